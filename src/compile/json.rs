//! Envoy's messages as JSON values, in the JSON form of its protobufs. Keys stand in the order in which people read them.

use serde_json::{Map, Value as Json};

/// The key of an object under which words for people stand: a comment in YAML, left out of JSON.
pub(super) const COMMENT: &str = "#";

/// A message with its type: `config.cluster.v3.Cluster` and the like, without `envoy.`.
pub(super) fn any(type_name: &str, value: Json) -> Json {
    let mut all = Map::new();
    all.insert("@type".to_owned(), Json::String(format!("type.googleapis.com/envoy.{type_name}")));
    if let Json::Object(fields) = value {
        all.extend(fields);
    }
    Json::Object(all)
}

/// A filter or another extension.
pub(super) fn extension(name: &str, type_name: &str, value: Json) -> Json {
    object([("name", name.into()), ("typed_config", any(type_name, value))])
}

/// An object of these entries.
pub(super) fn object(entries: impl IntoIterator<Item = (&'static str, Json)>) -> Json {
    Json::Object(entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
}

/// Puts an entry into an object, unless there is nothing to say: null, an empty list, an empty object.
pub(super) fn put(into: &mut Map<String, Json>, key: &str, value: impl Into<Json>) {
    let value = value.into();
    let empty = match &value {
        Json::Null => true,
        Json::Array(list) => list.is_empty(),
        Json::Object(fields) => fields.is_empty(),
        _ => false,
    };
    if !empty {
        into.insert(key.to_owned(), value);
    }
}

/// An address of TCP, or of UDP.
pub(super) fn address(address: &str, port: u16, udp: bool) -> Json {
    let mut socket = Map::new();
    if udp {
        socket.insert("protocol".to_owned(), "UDP".into());
    }
    socket.insert("address".to_owned(), address.into());
    socket.insert("port_value".to_owned(), port.into());
    object([("socket_address", Json::Object(socket))])
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
            fields.shift_remove(COMMENT);
            fields.values_mut().for_each(without_comments);
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
