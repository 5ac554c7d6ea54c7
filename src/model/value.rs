//! Pieces that every kind uses: text, labels, metadata, free-form values.

use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::yaml::At;

/// Text that many places share. Most of it is short: a name or a word of up to 23 bytes stands where it is kept.
pub type Text = smol_str::SmolStr;

/// Labels or annotations, in the order of the file. A value that is a boolean or number in the file is kept in its
/// plain form ("true", "8080"): the shape check reports it, and everyone else reads what was meant.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Labels(Vec<(At<Text>, At<Text>)>);

impl Labels {
    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&At<Text>> {
        self.entry(key).map(|(_, value)| value)
    }

    /// Key and value.
    pub fn entry(&self, key: &str) -> Option<&(At<Text>, At<Text>)> {
        self.0.iter().rev().find(|(k, _)| &***k == key)
    }

    /// Whether the key has exactly this value.
    pub fn is(&self, key: &str, value: &str) -> bool {
        self.get(key).is_some_and(|v| &***v == value)
    }

    /// All entries in order.
    pub fn iter(&self) -> std::slice::Iter<'_, (At<Text>, At<Text>)> {
        self.0.iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<'a> IntoIterator for &'a Labels {
    type Item = &'a (At<Text>, At<Text>);
    type IntoIter = std::slice::Iter<'a, (At<Text>, At<Text>)>;
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// A scalar's text, whatever its type.
struct Plain(Option<Text>);

impl<'de> Deserialize<'de> for Plain {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct PlainVisitor;
        impl<'de> Visitor<'de> for PlainVisitor {
            type Value = Plain;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("text")
            }
            fn visit_str<E>(self, v: &str) -> Result<Plain, E> {
                Ok(Plain(Some(v.into())))
            }
            fn visit_bool<E>(self, v: bool) -> Result<Plain, E> {
                Ok(Plain(Some(if v { "true" } else { "false" }.into())))
            }
            fn visit_i64<E>(self, v: i64) -> Result<Plain, E> {
                Ok(Plain(Some(v.to_string().into())))
            }
            fn visit_u64<E>(self, v: u64) -> Result<Plain, E> {
                Ok(Plain(Some(v.to_string().into())))
            }
            fn visit_f64<E>(self, v: f64) -> Result<Plain, E> {
                Ok(Plain(Some(v.to_string().into())))
            }
            fn visit_unit<E>(self) -> Result<Plain, E> {
                Ok(Plain(Some("".into())))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Plain, A::Error> {
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Plain(None))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Plain, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Plain(None))
            }
        }
        deserializer.deserialize_any(PlainVisitor)
    }
}

impl<'de> Deserialize<'de> for Labels {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct LabelsVisitor;
        impl<'de> Visitor<'de> for LabelsVisitor {
            type Value = Labels;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a mapping of text to text")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Labels, A::Error> {
                let mut labels = Vec::with_capacity(map.size_hint().unwrap_or_default());
                while let Some((key, value)) = map.next_entry::<At<Text>, At<Plain>>()? {
                    let node = value.node();
                    if let Some(text) = value.into_inner().0 {
                        labels.push((key, At::new(text, node)));
                    }
                }
                Ok(Labels(labels))
            }
        }
        deserializer.deserialize_map(LabelsVisitor)
    }
}

impl JsonSchema for Labels {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Labels".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "object", "additionalProperties": { "type": "string" } })
    }
}

/// `metadata` of any object.
#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Metadata {
    /// The name.
    pub name: Option<At<Text>>,
    /// A prefix from which the API server makes a name.
    pub generate_name: Option<At<Text>>,
    /// The namespace, when the file says it.
    pub namespace: Option<At<Text>>,
    /// Labels.
    pub labels: Option<At<Labels>>,
    /// Annotations.
    pub annotations: Option<At<Labels>>,
    /// When the object was made; only in exports.
    pub creation_timestamp: Option<At<Text>>,
}

impl Metadata {
    /// A label's value.
    pub fn label(&self, key: &str) -> Option<&At<Text>> {
        self.labels.as_ref()?.get(key)
    }

    /// An annotation's value.
    pub fn annotation(&self, key: &str) -> Option<&At<Text>> {
        self.annotations.as_ref()?.get(key)
    }
}

/// A value whose shape nobody models: Helm values, settings inside free-form fields.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `null`.
    Null,
    /// A boolean.
    Bool(bool),
    /// A number.
    Number(f64),
    /// Text.
    Text(Text),
    /// A list.
    List(Vec<At<Value>>),
    /// A mapping, in the order of the file.
    Map(Vec<(At<Text>, At<Value>)>),
}

impl Value {
    /// The value of a key of a mapping.
    pub fn get(&self, key: &str) -> Option<&At<Value>> {
        match self {
            Self::Map(entries) => entries.iter().rev().find(|(k, _)| &***k == key).map(|(_, v)| v),
            _ => None,
        }
    }

    /// The value below a path of keys.
    pub fn at(&self, path: &[&str]) -> Option<&At<Value>> {
        let (first, rest) = path.split_first()?;
        let inner = self.get(first)?;
        if rest.is_empty() { Some(inner) } else { inner.at(rest) }
    }

    /// Its text, when it is text.
    pub fn text(&self) -> Option<&Text> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The items of a list; none for anything else.
    pub fn items(&self) -> &[At<Value>] {
        match self {
            Self::List(items) => items,
            _ => &[],
        }
    }

    /// The entries of a mapping; none for anything else.
    pub fn entries(&self) -> &[(At<Text>, At<Value>)] {
        match self {
            Self::Map(entries) => entries,
            _ => &[],
        }
    }

    /// Whether it says true: the boolean, or text that Helm and Go would print for it.
    pub fn is_true(&self) -> bool {
        match self {
            Self::Bool(b) => *b,
            Self::Text(text) => &**text == "true",
            _ => false,
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ValueVisitor;
        impl<'de> Visitor<'de> for ValueVisitor {
            type Value = Value;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("any value")
            }
            fn visit_unit<E>(self) -> Result<Value, E> {
                Ok(Value::Null)
            }
            fn visit_bool<E>(self, v: bool) -> Result<Value, E> {
                Ok(Value::Bool(v))
            }
            #[expect(clippy::cast_precision_loss, reason = "settings that are numbers are small")]
            fn visit_i64<E>(self, v: i64) -> Result<Value, E> {
                Ok(Value::Number(v as f64))
            }
            #[expect(clippy::cast_precision_loss, reason = "settings that are numbers are small")]
            fn visit_u64<E>(self, v: u64) -> Result<Value, E> {
                Ok(Value::Number(v as f64))
            }
            fn visit_f64<E>(self, v: f64) -> Result<Value, E> {
                Ok(Value::Number(v))
            }
            fn visit_str<E>(self, v: &str) -> Result<Value, E> {
                Ok(Value::Text(v.into()))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = seq.next_element()? {
                    items.push(item);
                }
                Ok(Value::List(items))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Value::Map(entries))
            }
        }
        deserializer.deserialize_any(ValueVisitor)
    }
}

impl JsonSchema for Value {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Value".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!(true)
    }
}

/// A field that nobody reads: its shape is checked, its value is not kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Checked<T>(std::marker::PhantomData<fn() -> T>);

impl<'de, T> Deserialize<'de> for Checked<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        IgnoredAny::deserialize(deserializer).map(|_| Self(std::marker::PhantomData))
    }
}

impl<T: JsonSchema> JsonSchema for Checked<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        T::schema_name()
    }
    fn schema_id() -> std::borrow::Cow<'static, str> {
        T::schema_id()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

/// A mapping of which only some keys are read, and how many it has in all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted<T> {
    value: T,
    entries: usize,
}

impl<T> Counted<T> {
    /// How many entries the mapping has, those that nobody reads included.
    pub const fn entries(&self) -> usize {
        self.entries
    }
}

impl<T> std::ops::Deref for Counted<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.value
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Counted<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Counting<'c, A> {
            map: A,
            entries: &'c mut usize,
        }
        impl<'de, A: MapAccess<'de>> MapAccess<'de> for Counting<'_, A> {
            type Error = A::Error;
            fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
                let key = self.map.next_key_seed(seed)?;
                *self.entries += usize::from(key.is_some());
                Ok(key)
            }
            fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
                self.map.next_value_seed(seed)
            }
        }
        struct CountedVisitor<T>(std::marker::PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for CountedVisitor<T> {
            type Value = Counted<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a mapping")
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Counted<T>, A::Error> {
                let mut entries = 0;
                let value = T::deserialize(MapAccessDeserializer::new(Counting { map, entries: &mut entries }))?;
                Ok(Counted { value, entries })
            }
        }
        deserializer.deserialize_map(CountedVisitor(std::marker::PhantomData))
    }
}

impl<T: JsonSchema> JsonSchema for Counted<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        T::schema_name()
    }
    fn schema_id() -> std::borrow::Cow<'static, str> {
        T::schema_id()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

/// A number or a name, as in `targetPort`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IntOrText {
    /// A number.
    Int(i64),
    /// A name.
    Text(Text),
}

impl fmt::Display for IntOrText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int(int) => write!(f, "{int}"),
            Self::Text(text) => f.write_str(text),
        }
    }
}

impl<'de> Deserialize<'de> for IntOrText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct IntOrTextVisitor;
        impl Visitor<'_> for IntOrTextVisitor {
            type Value = IntOrText;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number or a name")
            }
            fn visit_i64<E>(self, v: i64) -> Result<IntOrText, E> {
                Ok(IntOrText::Int(v))
            }
            fn visit_str<E>(self, v: &str) -> Result<IntOrText, E> {
                Ok(IntOrText::Text(v.into()))
            }
        }
        deserializer.deserialize_any(IntOrTextVisitor)
    }
}

impl JsonSchema for IntOrText {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "IntOrString".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["integer", "string"] })
    }
}

/// Anything at all, kept only as a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Anything;

impl<'de> Deserialize<'de> for Anything {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        IgnoredAny::deserialize(deserializer).map(|_| Self)
    }
}

impl JsonSchema for Anything {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Anything".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!(true)
    }
}
