//! What people state about the mesh, beside the manifests.

use rustc_hash::FxHashMap;

use super::version::Version;
use crate::model::{Kind, Namespace, Text};
use crate::yaml::NodeId;

/// Whose Istio it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Distribution {
    /// The community's.
    Istio,
    /// Solo.io's.
    Solo,
    /// Alauda Service Mesh v2.
    Alauda,
}

impl Distribution {
    /// All of them by their word in `meshgate.yaml`.
    pub const WORDS: [(&'static str, Self); 3] = [("istio", Self::Istio), ("solo", Self::Solo), ("alauda", Self::Alauda)];
}

/// Something stated or detected, with where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Stated<T> {
    /// What.
    pub value: T,
    /// Where, when it stands in a file of the input.
    pub place: Option<NodeId>,
}

/// A namespace that the input need not hold.
#[derive(Clone, Debug, Default)]
pub struct AssumedNamespace {
    /// Its labels.
    pub labels: FxHashMap<Text, Text>,
    /// Its annotations.
    pub annotations: FxHashMap<Text, Text>,
}

/// One configured cluster.
#[derive(Clone, Debug, Default)]
pub struct ClusterSettings {
    /// Its name.
    pub name: Text,
    /// Its network.
    pub network: Option<Text>,
    /// The name of its Segment.
    pub segment: Option<Text>,
    /// Its Istio version.
    pub version: Option<Version>,
}

/// Everything stated.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// The input is the whole cluster: what is absent is missing.
    pub complete: bool,
    /// Whose Istio it is.
    pub distribution: Option<Distribution>,
    /// The Istio version.
    pub version: Option<Version>,
    /// meshConfig.rootNamespace.
    pub root_namespace: Option<Text>,
    /// meshConfig.trustDomain.
    pub trust_domain: Option<Text>,
    /// The suffix of global hosts outside segments.
    pub global_suffix: Option<Text>,
    /// kgateway's version.
    pub kgateway: Option<Version>,
    /// Solo Enterprise for kgateway's version.
    pub enterprise_kgateway: Option<Version>,
    /// Gloo Gateway's version.
    pub gloo: Option<Version>,
    /// The clusters; empty when everything is one.
    pub clusters: Vec<ClusterSettings>,
    /// Namespaces that are taken for granted; what the input declares wins.
    pub namespaces: FxHashMap<Text, AssumedNamespace>,
    /// GatewayClasses that are taken for granted.
    pub gateway_classes: Vec<Text>,
    /// Services that are taken for granted, as namespace and name.
    pub services: Vec<(Text, Text)>,
}

/// A document that was left out, so that what it may define is not called missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// Its kind, when it is literal.
    pub kind: Option<Text>,
    /// Its name, when it is literal.
    pub name: Option<Text>,
    /// Its namespace, when it is literal.
    pub namespace: Option<Text>,
    /// Whether it does not parse (else it is a template).
    pub broken: bool,
}

impl Skipped {
    /// Whether it may define an object of this kind in this namespace.
    pub(super) fn may_be(&self, kind: Kind, namespace: &Namespace) -> bool {
        self.kind.as_deref().is_none_or(|k| k == kind.name()) && self.namespace.as_deref().is_none_or(|ns| Some(ns) == namespace.name())
    }
}
