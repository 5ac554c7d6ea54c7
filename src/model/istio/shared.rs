//! Pieces of several Istio kinds.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};

use crate::model::{Labels, Text};
use crate::yaml::At;

/// The pods a policy is for (`selector` of policies and of DestinationRule).
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WorkloadSelector {
    /// Labels the pods must have; none means all of the namespace.
    pub match_labels: Option<At<Labels>>,
}

impl WorkloadSelector {
    /// Whether it means all pods.
    pub fn is_empty(&self) -> bool {
        self.match_labels.as_ref().is_none_or(|labels| labels.is_empty())
    }

    /// Whether a pod whose labels `get` looks up is meant. Empty means all.
    pub fn matches<'a>(&self, get: impl Fn(&str) -> Option<&'a str>) -> bool {
        self.match_labels.iter().flat_map(|labels| labels.iter()).all(|(key, value)| get(key) == Some(&***value))
    }
}

/// The pods behind a ServiceEntry (`workloadSelector`), which says `labels` where others say `matchLabels`.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WorkloadLabels {
    /// Labels the pods or WorkloadEntries must have.
    pub labels: Option<At<Labels>>,
}

/// What a policy is attached to: a Gateway, GatewayClass, Service or ServiceEntry.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TargetRef {
    /// The API group; empty or left out for a Service.
    pub group: Option<At<Text>>,
    /// The kind.
    #[schemars(length(min = 1, max = 63))]
    pub kind: At<Text>,
    /// The name.
    #[schemars(length(min = 1, max = 253))]
    pub name: At<Text>,
    /// Must be left out or be the namespace of the policy.
    pub namespace: Option<At<Text>>,
}

/// A mapping whose keys know their places, in the order of the file.
#[derive(Debug, Clone, PartialEq)]
pub struct Entries<T>(Vec<(At<Text>, At<T>)>);

impl<T> Default for Entries<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Entries<T> {
    /// All entries.
    pub fn iter(&self) -> std::slice::Iter<'_, (At<Text>, At<T>)> {
        self.0.iter()
    }

    /// The value of a key; of equal keys the last one counts.
    pub fn get(&self, key: &str) -> Option<&At<T>> {
        self.0.iter().rev().find(|(k, _)| &***k == key).map(|(_, value)| value)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<'a, T> IntoIterator for &'a Entries<T> {
    type Item = &'a (At<Text>, At<T>);
    type IntoIter = std::slice::Iter<'a, (At<Text>, At<T>)>;
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Entries<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct EntriesVisitor<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for EntriesVisitor<T> {
            type Value = Entries<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a mapping")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries<T>, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Entries(entries))
            }
        }
        deserializer.deserialize_map(EntriesVisitor(PhantomData))
    }
}

impl<T: JsonSchema> JsonSchema for Entries<T> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        format!("Entries_of_{}", T::schema_name()).into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "object", "additionalProperties": generator.subschema_for::<T>() })
    }
}
