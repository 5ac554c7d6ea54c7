//! Envoy's messages in the JSON form of its protobufs. Keys stand in the order in which people read them, and are words of
//! the program's own: a configuration has a million of them.

use serde::Serialize;
use serde_json::Value;

use crate::model::Text;

/// The key of an object under which words for people stand: a comment in YAML, left out of JSON.
pub(super) const COMMENT: &str = "#";

/// A message of Envoy, or a part of one.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Json {
    /// Nothing.
    #[default]
    Null,
    /// A truth value.
    Bool(bool),
    /// A number.
    Number(serde_json::Number),
    /// A text.
    String(Text),
    /// A list.
    Array(Vec<Json>),
    /// A message.
    Object(Fields),
}

/// The fields of a message, in their order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fields(Vec<(Text, Json)>);

/// A message as `serde_json::json!` writes it: for those that stand once in a configuration.
macro_rules! json {
    ($($written:tt)*) => { $crate::compile::json::Json::from(serde_json::json!($($written)*)) };
}
pub(super) use json;

impl Json {
    /// The value of a field of an object.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.as_object()?.get(key)
    }

    /// As [`Json::get`], to change it.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Self> {
        self.as_object_mut()?.get_mut(key)
    }

    /// The text of a text.
    pub fn as_str(&self) -> Option<&str> {
        if let Self::String(text) = self { Some(text) } else { None }
    }

    /// The items of a list.
    pub fn as_array(&self) -> Option<&[Self]> {
        if let Self::Array(list) = self { Some(list) } else { None }
    }

    /// As [`Json::as_array`], to change them.
    pub fn as_array_mut(&mut self) -> Option<&mut Vec<Self>> {
        if let Self::Array(list) = self { Some(list) } else { None }
    }

    /// The fields of an object.
    pub fn as_object(&self) -> Option<&Fields> {
        if let Self::Object(fields) = self { Some(fields) } else { None }
    }

    /// As [`Json::as_object`], to change them.
    pub fn as_object_mut(&mut self) -> Option<&mut Fields> {
        if let Self::Object(fields) = self { Some(fields) } else { None }
    }
}

impl Fields {
    /// The value of a field.
    pub fn get(&self, key: &str) -> Option<&Json> {
        self.iter().find(|(own, _)| *own == key).map(|(_, value)| value)
    }

    /// As [`Fields::get`], to change it.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Json> {
        self.0.iter_mut().find(|(own, _)| own == key).map(|(_, value)| value)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Json)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value))
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Sets a field; a new one comes last.
    pub(super) fn insert(&mut self, key: &'static str, value: impl Into<Json>) {
        match self.get_mut(key) {
            Some(known) => *known = value.into(),
            None => self.0.push((Text::new_static(key), value.into())),
        }
    }

    /// Takes a field out.
    pub(super) fn remove(&mut self, key: &str) {
        self.0.retain(|(own, _)| own != key);
    }

    /// Puts another field where one stands.
    pub(super) fn replace(&mut self, key: &str, new: &'static str, value: Json) {
        if let Some(entry) = self.0.iter_mut().find(|(own, _)| own == key) {
            *entry = (Text::new_static(new), value);
        }
    }
}

impl FromIterator<(&'static str, Json)> for Fields {
    fn from_iter<I: IntoIterator<Item = (&'static str, Json)>>(entries: I) -> Self {
        Self(entries.into_iter().map(|(key, value)| (Text::new_static(key), value)).collect())
    }
}

impl std::fmt::Display for Json {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&serde_json::to_string(self).map_err(|_| std::fmt::Error)?)
    }
}

impl Serialize for Fields {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_map(self.iter())
    }
}

impl From<Value> for Json {
    fn from(value: Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Bool(value),
            Value::Number(value) => Self::Number(value),
            Value::String(text) => text.into(),
            Value::Array(list) => list.into_iter().map(Self::from).collect::<Vec<_>>().into(),
            Value::Object(fields) => Self::Object(Fields(fields.into_iter().map(|(key, value)| (key.into(), value.into())).collect())),
        }
    }
}

impl From<bool> for Json {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<u16> for Json {
    fn from(number: u16) -> Self {
        Self::Number(number.into())
    }
}

impl From<u32> for Json {
    fn from(number: u32) -> Self {
        Self::Number(number.into())
    }
}

impl From<i64> for Json {
    fn from(number: i64) -> Self {
        Self::Number(number.into())
    }
}

impl From<&str> for Json {
    fn from(text: &str) -> Self {
        Self::String(text.into())
    }
}

impl From<String> for Json {
    fn from(text: String) -> Self {
        Self::String(text.into())
    }
}

impl From<Text> for Json {
    fn from(text: Text) -> Self {
        Self::String(text)
    }
}

impl From<Fields> for Json {
    fn from(fields: Fields) -> Self {
        Self::Object(fields)
    }
}

impl<T: Into<Self>> From<Vec<T>> for Json {
    fn from(list: Vec<T>) -> Self {
        Self::Array(list.into_iter().map(Into::into).collect())
    }
}

impl<T: Into<Self>> From<Option<T>> for Json {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// A message with its type: `config.cluster.v3.Cluster` and the like, without `envoy.`.
pub(super) fn any(type_name: &str, value: impl Into<Json>) -> Json {
    let mut all = object([("@type", format!("type.googleapis.com/envoy.{type_name}").into())]);
    if let (Json::Object(all), Json::Object(fields)) = (&mut all, value.into()) {
        all.0.extend(fields.0);
    }
    all
}

/// A filter or another extension.
pub(super) fn extension(name: &'static str, type_name: &str, value: impl Into<Json>) -> Json {
    object([("name", name.into()), ("typed_config", any(type_name, value))])
}

/// An object of these entries.
pub(super) fn object<const N: usize>(entries: [(&'static str, Json); N]) -> Json {
    Json::Object(entries.into_iter().collect())
}

/// Puts a new field into an object, unless there is nothing to say: null, an empty list, an empty object.
pub(super) fn put(into: &mut Fields, key: &'static str, value: impl Into<Json>) {
    let value = value.into();
    let empty = match &value {
        Json::Null => true,
        Json::Array(list) => list.is_empty(),
        Json::Object(fields) => fields.is_empty(),
        _ => false,
    };
    if !empty {
        debug_assert!(into.get(key).is_none(), "{key} is there already");
        into.0.push((Text::new_static(key), value));
    }
}

/// An address of TCP, or of UDP.
pub(super) fn address(address: &str, port: u16, udp: bool) -> Json {
    let mut socket = Fields::default();
    put(&mut socket, "protocol", udp.then_some("UDP"));
    socket.insert("address", address);
    socket.insert("port_value", port);
    object([("socket_address", socket.into())])
}

/// A duration of the Gateway API in milliseconds.
pub(super) fn milliseconds(text: &str) -> Option<u64> {
    crate::mesh::Duration::read(text).map(|duration| duration.0)
}

/// A duration as Envoy reads it.
pub(super) fn duration(milliseconds: u64) -> String {
    match (milliseconds / 1000, milliseconds % 1000) {
        (seconds, 0) => format!("{seconds}s"),
        (seconds, rest) => format!("{seconds}.{rest:03}s"),
    }
}

/// Takes the words for people out, wherever they stand.
pub(super) fn without_comments(value: &mut Json) {
    match value {
        Json::Object(fields) => {
            fields.remove(COMMENT);
            fields.0.iter_mut().for_each(|(_, value)| without_comments(value));
        }
        Json::Array(list) => list.iter_mut().for_each(without_comments),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_of_one_api_in_the_words_of_the_other() {
        for (text, expected) in [("500ms", "0.500s"), ("0s", "0s"), ("1h2m3s4ms", "3723.004s"), ("90s", "90s"), ("1m", "60s")] {
            assert_eq!(milliseconds(text).map(duration).as_deref(), Some(expected), "{text}");
        }
        for text in ["", "5", "s", "5d", "99999999999999999999h"] {
            assert_eq!(milliseconds(text), None, "{text}");
        }
    }
}
