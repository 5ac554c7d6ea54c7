//! serde over a [`Tree`]: typed values that remember their nodes.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

use rustc_hash::FxHashMap;
use serde::de::{self, Deserialize, DeserializeSeed, IntoDeserializer, Visitor};

use super::scalar::{Resolved, resolve};
use super::tree::{Index, Kind, NodeId, ScalarStyle, Tree};
use crate::text::FileId;

/// The name by which [`At`] asks the decoder for its node.
pub const NODE_OF: &str = "$meshgate::At";

/// A decoded value that remembers its node.
#[derive(Clone, Copy)]
pub struct At<T> {
    value: T,
    node: NodeId,
}

impl<T> At<T> {
    /// A value that stands at a node.
    pub const fn new(value: T, node: NodeId) -> Self {
        Self { value, node }
    }

    /// Where it stands.
    pub const fn node(&self) -> NodeId {
        self.node
    }

    /// The value alone.
    pub fn into_inner(self) -> T {
        self.value
    }

    /// Another value at the same place.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> At<U> {
        At { value: change(self.value), node: self.node }
    }
}

impl<T> Deref for At<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: fmt::Debug> fmt::Debug for At<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt(f)
    }
}

impl<T: fmt::Display> fmt::Display for At<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt(f)
    }
}

/// Equal values are equal wherever they stand.
impl<T: PartialEq> PartialEq for At<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<T: schemars::JsonSchema> schemars::JsonSchema for At<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        T::schema_name()
    }
    fn schema_id() -> std::borrow::Cow<'static, str> {
        T::schema_id()
    }
    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        T::json_schema(generator)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for At<T> {
    /// Only [`Decoder`] knows nodes: any other deserializer is an error.
    fn deserialize<D: de::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AtVisitor<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for AtVisitor<T> {
            type Value = At<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value of a YAML node")
            }
            fn visit_seq<A: de::SeqAccess<'de>>(self, mut seq: A) -> Result<At<T>, A::Error> {
                let missing = || de::Error::custom("the decoder gave no node");
                let node: u64 = seq.next_element()?.ok_or_else(missing)?;
                let value = seq.next_element()?.ok_or_else(missing)?;
                let half = |n: u64| u32::try_from(n & u64::from(u32::MAX)).unwrap_or_default();
                Ok(At { value, node: NodeId { file: FileId(half(node >> 32)), index: half(node) } })
            }
        }
        deserializer.deserialize_newtype_struct(NODE_OF, AtVisitor(PhantomData))
    }
}

/// Why a value could not be decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecodeError {
    /// The cause, in serde's words.
    pub message: String,
    /// The innermost node it concerns.
    pub node: Option<Index>,
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for DecodeError {}

impl de::Error for DecodeError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self { message: message.to_string(), node: None }
    }
}

impl DecodeError {
    fn at(mut self, node: Index) -> Self {
        self.node.get_or_insert(node);
        self
    }
}

/// Decodes a node (and what is below it). Depth and the expansion of aliases were bounded by the reader.
#[derive(Clone, Copy)]
pub struct Decoder<'t, 's> {
    tree: &'t Tree<'s>,
    file: FileId,
    index: Index,
}

impl<'t, 's> Decoder<'t, 's> {
    /// A decoder for one node of a file.
    pub const fn new(tree: &'t Tree<'s>, file: FileId, index: Index) -> Self {
        Self { tree, file, index }
    }

    /// The node it decodes.
    pub const fn node(&self) -> NodeId {
        NodeId { file: self.file, index: self.index }
    }

    /// Decodes the node as a `T`.
    ///
    /// # Errors
    /// The first thing that does not fit, with its node.
    pub fn decode<T: Deserialize<'t>>(self) -> Result<T, DecodeError> {
        T::deserialize(self)
    }

    /// The entries of a mapping with merge keys applied in order, as go-yaml v2 does; of equal keys the last one counts.
    ///
    /// # Errors
    /// A merge key whose value is no mapping.
    pub fn entries(self) -> Result<Cow<'t, [[Index; 2]]>, DecodeError> {
        let kids = self.tree.kids(self.tree.target(self.index));
        let merges = kids.iter().step_by(2).any(|key| self.is_merge(*key));
        if !merges && self.tree.duplicate_keys.is_empty() {
            return Ok(Cow::Borrowed(kids.as_chunks::<2>().0));
        }
        let mut entries = Entries { tree: self.tree, list: Vec::with_capacity(kids.len() / 2), places: FxHashMap::default() };
        for [key, value] in kids.as_chunks::<2>().0 {
            if !self.is_merge(*key) {
                entries.set(*key, *value);
                continue;
            }
            let target = self.tree.target(*value);
            let maps: Vec<Index> = match self.tree.node(target).kind {
                Kind::Map { .. } => vec![target],
                Kind::Seq { .. } if target == *value => self.tree.kids(target).iter().rev().map(|m| self.tree.target(*m)).collect(),
                _ => return Err(bad_merge(*key)),
            };
            for map in maps {
                if !matches!(self.tree.node(map).kind, Kind::Map { .. }) {
                    return Err(bad_merge(*key));
                }
                for [k, v] in self.go(map).entries()?.iter() {
                    entries.set(*k, *v);
                }
            }
        }
        Ok(Cow::Owned(entries.list))
    }

    fn is_merge(&self, key: Index) -> bool {
        matches!(&self.tree.node(key).kind, Kind::Scalar { text, style: ScalarStyle::Plain, str_tag: false } if text == "<<")
    }

    fn go(self, index: Index) -> Self {
        Self { index, ..self }
    }

    fn target(self) -> Self {
        self.go(self.tree.target(self.index))
    }

    fn kind(&self) -> &'t Kind<'s> {
        &self.tree.node(self.index).kind
    }

    fn resolved(&self) -> Option<Resolved<'t>> {
        match self.kind() {
            Kind::Scalar { text, style: ScalarStyle::Plain, str_tag: false } => Some(resolve(text)),
            Kind::Scalar { text, .. } => Some(Resolved::Str(text)),
            _ => None,
        }
    }

    fn place(&self) -> u64 {
        (u64::from(self.file.0) << 32) | u64::from(self.index)
    }
}

fn bad_merge(key: Index) -> DecodeError {
    DecodeError { message: "`<<` takes a mapping or a list of mappings".to_owned(), node: Some(key) }
}

struct Entries<'t, 's> {
    tree: &'t Tree<'s>,
    list: Vec<[Index; 2]>,
    places: FxHashMap<&'t str, usize>,
}

impl Entries<'_, '_> {
    /// A later entry takes the place of an earlier one with the same key.
    fn set(&mut self, key: Index, value: Index) {
        let Some(text) = self.tree.text(key) else {
            return self.list.push([key, value]);
        };
        if let Some(place) = self.places.get(text) {
            if let Some(entry) = self.list.get_mut(*place) {
                *entry = [key, value];
            }
        } else {
            self.places.insert(text, self.list.len());
            self.list.push([key, value]);
        }
    }
}

impl<'de, 't: 'de> de::Deserializer<'de> for Decoder<'t, '_> {
    type Error = DecodeError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        let this = self.target();
        match this.kind() {
            Kind::Scalar { .. } => match this.resolved().unwrap_or(Resolved::Null) {
                Resolved::Null => visitor.visit_unit(),
                Resolved::Bool(b) => visitor.visit_bool(b),
                Resolved::Int(i) => visitor.visit_i64(i),
                Resolved::Uint(u) => visitor.visit_u64(u),
                Resolved::Float(f) => visitor.visit_f64(f),
                Resolved::Str(s) => visitor.visit_borrowed_str(s),
                Resolved::Merge => visitor.visit_borrowed_str("<<"),
            },
            Kind::Seq { .. } => visitor.visit_seq(List { decoder: this, next: 0 }),
            Kind::Map { .. } => visitor.visit_map(Map::of(this, this.entries()?)),
            Kind::Alias(_) => Err(de::Error::custom("an alias that leads to an alias")),
        }
        .map_err(|e: DecodeError| e.at(self.index))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        if let Some(Resolved::Null) = self.target().resolved() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    /// A list or mapping that is null is an empty one, as it is for the API server.
    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        if let Some(Resolved::Null) = self.target().resolved() {
            return visitor.visit_seq(List { decoder: self.go(Index::MAX), next: 0 });
        }
        self.deserialize_any(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        if let Some(Resolved::Null) = self.target().resolved() {
            return visitor.visit_map(Map::of(self, Cow::Borrowed(&[])));
        }
        // serde would fill a struct's fields from a list by their order
        if let Kind::Seq { .. } = self.target().kind() {
            return Err(de::Error::invalid_type(de::Unexpected::Seq, &visitor));
        }
        self.deserialize_any(visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(self, _: &'static str, _: &'static [&'static str], visitor: V) -> Result<V::Value, DecodeError> {
        self.deserialize_map(visitor)
    }

    /// Go writes integral floats into integers.
    fn deserialize_i64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        let this = self.target();
        match this.resolved() {
            #[expect(clippy::cast_possible_truncation, reason = "integral and in range, as checked")]
            Some(Resolved::Float(f)) if f.fract() == 0.0 && f.abs() < 9e15 => {
                visitor.visit_i64(f as i64).map_err(|e: DecodeError| e.at(self.index))
            }
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_i32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.deserialize_i64(visitor)
    }

    fn deserialize_u16<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.deserialize_i64(visitor)
    }

    fn deserialize_u32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.deserialize_i64(visitor)
    }

    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.deserialize_i64(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, name: &'static str, visitor: V) -> Result<V::Value, DecodeError> {
        if name == NODE_OF {
            return visitor.visit_seq(NodeAndValue { decoder: self, step: 0 });
        }
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(self, _: &'static str, _: &'static [&'static str], visitor: V) -> Result<V::Value, DecodeError> {
        let this = self.target();
        match this.kind() {
            Kind::Scalar { text, .. } => visitor.visit_enum(text.as_ref().into_deserializer()),
            Kind::Map { len: 2, .. } => visitor.visit_enum(de::value::MapAccessDeserializer::new(Map::of(this, this.entries()?))),
            _ => Err(de::Error::custom("expected one of a set of words")),
        }
        .map_err(|e: DecodeError| e.at(this.index))
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        visitor.visit_unit()
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i128 u8 u128 f32 f64 char str string bytes byte_buf unit unit_struct tuple tuple_struct identifier
    }
}

/// What [`At`] reads: the node, then the value.
struct NodeAndValue<'t, 's> {
    decoder: Decoder<'t, 's>,
    step: u8,
}

impl<'de, 't: 'de> de::SeqAccess<'de> for NodeAndValue<'t, '_> {
    type Error = DecodeError;
    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, DecodeError> {
        self.step += 1;
        match self.step {
            1 => seed.deserialize(self.decoder.place().into_deserializer()).map(Some),
            2 => seed.deserialize(self.decoder).map(Some),
            _ => Ok(None),
        }
    }
}

struct List<'t, 's> {
    decoder: Decoder<'t, 's>,
    next: usize,
}

impl<'de, 't: 'de> de::SeqAccess<'de> for List<'t, '_> {
    type Error = DecodeError;
    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, DecodeError> {
        let Some(kid) = self.decoder.tree.kids(self.decoder.index).get(self.next).copied() else {
            return Ok(None);
        };
        self.next += 1;
        seed.deserialize(self.decoder.go(kid)).map(Some).map_err(|e| e.at(kid))
    }
    fn size_hint(&self) -> Option<usize> {
        Some(self.decoder.tree.kids(self.decoder.index).len().saturating_sub(self.next))
    }
}

struct Map<'t, 's> {
    decoder: Decoder<'t, 's>,
    entries: Cow<'t, [[Index; 2]]>,
    next: usize,
    value: Index,
}

impl<'t, 's> Map<'t, 's> {
    const fn of(decoder: Decoder<'t, 's>, entries: Cow<'t, [[Index; 2]]>) -> Self {
        Self { decoder, entries, next: 0, value: 0 }
    }
}

impl<'de, 't: 'de> de::MapAccess<'de> for Map<'t, '_> {
    type Error = DecodeError;
    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, DecodeError> {
        let Some([key, value]) = self.entries.get(self.next).copied() else {
            return Ok(None);
        };
        self.next += 1;
        self.value = value;
        seed.deserialize(MapKey(self.decoder.go(key))).map(Some).map_err(|e| e.at(key))
    }
    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, DecodeError> {
        seed.deserialize(self.decoder.go(self.value)).map_err(|e| e.at(self.value))
    }
    fn size_hint(&self) -> Option<usize> {
        Some(self.entries.len().saturating_sub(self.next))
    }
}

/// Keys are text in Kubernetes; numbers and booleans become text as sigs.k8s.io/yaml does it.
struct MapKey<'t, 's>(Decoder<'t, 's>);

impl<'de, 't: 'de> de::Deserializer<'de> for MapKey<'t, '_> {
    type Error = DecodeError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        match self.0.target().resolved() {
            Some(Resolved::Str(s)) => visitor.visit_borrowed_str(s),
            Some(Resolved::Bool(b)) => visitor.visit_str(if b { "true" } else { "false" }),
            Some(Resolved::Int(i)) => visitor.visit_string(i.to_string()),
            Some(Resolved::Uint(u)) => visitor.visit_string(u.to_string()),
            Some(Resolved::Float(f)) => visitor.visit_string(f.to_string()),
            Some(Resolved::Merge) => visitor.visit_borrowed_str("<<"),
            Some(Resolved::Null) | None => Err(DecodeError { message: "a key that is no text".to_owned(), node: Some(self.0.index) }),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, name: &'static str, visitor: V) -> Result<V::Value, DecodeError> {
        if name == NODE_OF {
            return visitor.visit_seq(NodeAndKey { key: self, step: 0 });
        }
        visitor.visit_newtype_struct(self)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple tuple_struct
        map struct identifier option enum ignored_any
    }
}

struct NodeAndKey<'t, 's> {
    key: MapKey<'t, 's>,
    step: u8,
}

impl<'de, 't: 'de> de::SeqAccess<'de> for NodeAndKey<'t, '_> {
    type Error = DecodeError;
    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, DecodeError> {
        self.step += 1;
        match self.step {
            1 => seed.deserialize(self.key.0.place().into_deserializer()).map(Some),
            2 => seed.deserialize(MapKey(self.key.0)).map(Some),
            _ => Ok(None),
        }
    }
}
