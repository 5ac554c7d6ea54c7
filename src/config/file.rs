//! The keys of `meshgate.yaml`. The comments here are the descriptions an editor shows.

use std::fmt;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, EnumAccess, MapAccess, VariantAccess, Visitor};

use crate::model::{Labels, Text};
use crate::yaml::At;

/// Settings of meshgate for the files below this folder. Globs are relative to the folder of this file.
#[derive(Clone, Debug, Default, serde::Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "a mapping of settings")]
#[schemars(title = "meshgate.yaml")]
pub struct ConfigFile {
    /// The mesh the manifests are for. What is left out is taken from the input where the input shows it.
    pub mesh: Option<At<Mesh>>,
    /// Versions of the gateways in front of the mesh.
    pub gateway: Option<At<Gateway>>,
    /// The clusters and which files belong to which. Without it everything is one cluster. A file in no cluster
    /// belongs to all of them, a file in several to each.
    pub clusters: Option<At<Vec<At<ClusterEntry>>>>,
    /// What exists outside the input. What the input declares wins.
    pub assume: Option<At<Assume>>,
    /// The namespace of resources that do not say theirs, by file. The first entry that has the file counts.
    pub namespaces: Option<At<Vec<At<NamespaceEntry>>>>,
    /// The severity of rules and known issues by name, or `off`.
    pub rules: Option<At<Rules>>,
    /// Files with known issues of your own: faults of released versions, in the form of meshgate's.
    pub known_issues: Option<At<Vec<At<Text>>>>,
    /// Files with rules of your own: CEL expressions over a resource.
    pub custom_rules: Option<At<Vec<At<Text>>>>,
    /// Files and folders with CustomResourceDefinitions: resources of the kinds that they define are checked by them. They are
    /// not linted for being named here.
    pub crds: Option<At<Vec<At<Text>>>>,
    /// Files that are not read.
    pub exclude: Option<At<Vec<At<Text>>>>,
    /// Other severities for some files. Of several entries that have a file and a rule the last one counts.
    pub overrides: Option<At<Vec<At<Override>>>>,
}

/// The mesh the manifests are for.
#[derive(Clone, Debug, Default, serde::Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "a mapping")]
pub struct Mesh {
    /// Who built it: `istio` (community), `solo` or `alauda`.
    #[schemars(extend("enum" = ["istio", "solo", "alauda"]))]
    pub distribution: Option<At<Word>>,
    /// The version of Istio, such as `1.29` or `1.29.2`.
    pub version: Option<At<Word>>,
    /// The root namespace of the mesh: policies in it hold everywhere. Istio's default is `istio-system`.
    pub root_namespace: Option<At<Text>>,
    /// The trust domain of the mesh's identities. Istio's default is `cluster.local`.
    pub trust_domain: Option<At<Text>>,
    /// The suffix of hostnames that hold in all clusters. The default of Solo's distribution is `mesh.internal`.
    pub global_suffix: Option<At<Text>>,
}

/// Versions of the gateways in front of the mesh.
#[derive(Clone, Debug, Default, serde::Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "a mapping")]
pub struct Gateway {
    /// kgateway, the open project.
    pub kgateway: Option<At<Product>>,
    /// Solo Enterprise for kgateway.
    pub enterprise_kgateway: Option<At<Product>>,
    /// Gloo Gateway.
    pub gloo: Option<At<Product>>,
}

/// One product.
#[derive(Clone, Debug, Default, serde::Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "a mapping")]
pub struct Product {
    /// Its version, such as `2.2` or `2.2.1`.
    pub version: Option<At<Word>>,
}

/// A cluster and the files that belong to it.
#[derive(Clone, Debug, serde::Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "a mapping")]
pub struct ClusterEntry {
    /// Its name, as the mesh knows it.
    pub name: At<Text>,
    /// The files that belong to it.
    pub paths: At<Vec<At<Text>>>,
    /// The network it is in: the value of the label `topology.istio.io/network`.
    pub network: Option<At<Text>>,
    /// The Segment it is in.
    pub segment: Option<At<Text>>,
    /// The version of Istio in this cluster, where it differs from `mesh.version`.
    pub version: Option<At<Word>>,
}

/// What exists outside the input.
#[derive(Clone, Debug, Default, serde::Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "a mapping")]
pub struct Assume {
    /// The input is the whole cluster: what is not in it does not exist.
    pub complete: Option<At<bool>>,
    /// Namespaces by name.
    pub namespaces: Option<At<Table<AssumedNamespace>>>,
    /// Names of gateway classes.
    pub gateway_classes: Option<At<Vec<At<Text>>>>,
    /// Services, each as `namespace/name`.
    #[schemars(extend("items" = { "type": "string", "pattern": "^[a-z0-9][a-z0-9.-]*/[a-z0-9][a-z0-9.-]*$" }))]
    pub services: Option<At<Vec<At<Text>>>>,
}

/// A namespace outside the input.
#[derive(Clone, Debug, Default, serde::Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "a mapping")]
pub struct AssumedNamespace {
    /// Its labels.
    pub labels: Option<At<Labels>>,
    /// Its annotations.
    pub annotations: Option<At<Labels>>,
}

/// The namespace of resources that do not say theirs.
#[derive(Clone, Debug, serde::Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "a mapping")]
pub struct NamespaceEntry {
    /// The files.
    pub paths: At<Vec<At<Text>>>,
    /// The namespace.
    pub namespace: At<Text>,
}

/// Other severities for some files.
#[derive(Clone, Debug, serde::Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "a mapping")]
pub struct Override {
    /// The files.
    pub paths: At<Vec<At<Text>>>,
    /// The severity of rules and known issues by name, or `off`.
    pub rules: At<Rules>,
}

/// A scalar kept as it is written, whatever YAML would make of it: `1.29` is not a number here, nor `off` a boolean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word(pub Text);

impl std::ops::Deref for Word {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Word {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct WordVisitor;
        impl<'de> Visitor<'de> for WordVisitor {
            type Value = Word;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a word")
            }
            fn visit_enum<A: EnumAccess<'de>>(self, access: A) -> Result<Word, A::Error> {
                let (word, rest) = access.variant::<Text>()?;
                rest.unit_variant()?;
                Ok(Word(word))
            }
        }
        // the decoder gives the source text of a scalar only where a word of a set is wanted
        deserializer.deserialize_enum("Word", &[], WordVisitor)
    }
}

impl JsonSchema for Word {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Word".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        // an editor reads an unquoted 1.29 as a number
        json_schema!({ "type": ["string", "number"] })
    }
}

/// A mapping from names to values, in the order of the file.
#[derive(Clone, Debug)]
pub struct Table<T>(Vec<(At<Text>, At<T>)>);

impl<T> Table<T> {
    /// The entries in order.
    pub fn iter(&self) -> std::slice::Iter<'_, (At<Text>, At<T>)> {
        self.0.iter()
    }

    /// The value of a name.
    pub fn get(&self, name: &str) -> Option<&At<T>> {
        self.0.iter().rev().find(|(key, _)| &***key == name).map(|(_, value)| value)
    }
}

impl<'a, T> IntoIterator for &'a Table<T> {
    type Item = &'a (At<Text>, At<T>);
    type IntoIter = std::slice::Iter<'a, (At<Text>, At<T>)>;
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<'de, T: Deserialize<'de> + Default> Deserialize<'de> for Table<T> {
    /// A name without a value has the default one.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TableVisitor<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de> + Default> Visitor<'de> for TableVisitor<T> {
            type Value = Table<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a mapping by name")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Table<T>, A::Error> {
                let mut entries = Vec::new();
                while let Some((key, value)) = map.next_entry::<At<Text>, At<Option<T>>>()? {
                    entries.push((key, value.map(Option::unwrap_or_default)));
                }
                Ok(Table(entries))
            }
        }
        deserializer.deserialize_map(TableVisitor(PhantomData))
    }
}

impl<T: JsonSchema> JsonSchema for Table<T> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        format!("TableOf{}", T::schema_name()).into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "object", "additionalProperties": generator.subschema_for::<T>() })
    }
}

/// Severities by the name of the rule.
#[derive(Clone, Debug)]
pub struct Rules(Vec<(At<Text>, At<Word>)>);

impl Rules {
    /// The words that a rule can be set to.
    pub const WORDS: [&'static str; 4] = ["off", "info", "warning", "error"];

    /// Name and word of each entry in order.
    pub fn iter(&self) -> std::slice::Iter<'_, (At<Text>, At<Word>)> {
        self.0.iter()
    }
}

impl<'a> IntoIterator for &'a Rules {
    type Item = &'a (At<Text>, At<Word>);
    type IntoIter = std::slice::Iter<'a, (At<Text>, At<Word>)>;
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<'de> Deserialize<'de> for Rules {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct RulesVisitor;
        impl<'de> Visitor<'de> for RulesVisitor {
            type Value = Rules;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a mapping from rule names to off, info, warning or error")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Rules, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Rules(entries))
            }
        }
        deserializer.deserialize_map(RulesVisitor)
    }
}

impl JsonSchema for Rules {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Rules".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "object", "additionalProperties": { "enum": Self::WORDS } })
    }
}
