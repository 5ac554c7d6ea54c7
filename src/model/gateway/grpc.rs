//! GRPCRoute.

use schemars::JsonSchema;
use serde::Deserialize;

use super::route::{DefaultScope, HeaderFilter, MirrorFilter, ParentRef, SessionPersistence, backend};
use super::shared::{API_GROUP, DNS_LABEL, HEADER_NAME, HOSTNAME, KIND, LocalRef, MatchType, SUBDOMAIN};
use crate::model::Text;
use crate::yaml::At;

/// Which gRPC calls go to which backends.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GrpcRoute {
    /// What is wanted.
    pub spec: At<GrpcRouteSpec>,
}

/// `spec` of a GRPCRoute.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GrpcRouteSpec {
    /// What the route attaches to.
    #[serde(default)]
    #[schemars(length(max = 32))]
    pub parent_refs: Vec<At<ParentRef>>,
    /// Hosts; those of the listener unless said.
    #[serde(default)]
    #[schemars(length(max = 16), inner(length(min = 1, max = 253), regex(pattern = HOSTNAME)))]
    pub hostnames: Vec<At<Text>>,
    /// Rules.
    #[serde(default)]
    #[schemars(length(max = 16))]
    pub rules: Vec<At<GrpcRouteRule>>,
    /// Whether it attaches to default gateways (experimental).
    pub use_default_gateways: Option<At<DefaultScope>>,
}

/// A rule: which calls, what is done to them, where they go.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GrpcRouteRule {
    /// Its name.
    #[schemars(length(min = 1, max = 253), regex(pattern = SUBDOMAIN))]
    pub name: Option<At<Text>>,
    /// Which calls; one of these has to fit. All of them unless said.
    #[serde(default)]
    #[schemars(length(max = 64))]
    pub matches: Vec<At<GrpcRouteMatch>>,
    /// What is done to calls and answers.
    #[serde(default)]
    #[schemars(length(max = 16))]
    pub filters: Vec<At<GrpcFilter>>,
    /// Where calls go.
    #[serde(default)]
    #[schemars(length(max = 16))]
    pub backend_refs: Vec<At<GrpcBackendRef>>,
    /// How calls of one session stay with one backend (experimental).
    pub session_persistence: Option<At<Box<SessionPersistence>>>,
}

impl GrpcRouteRule {
    /// Its matches, or the one that takes every call.
    pub fn effective_matches(&self) -> impl Iterator<Item = &GrpcRouteMatch> {
        static EVERY: GrpcRouteMatch = GrpcRouteMatch { method: None, headers: Vec::new() };
        let default = self.matches.is_empty().then_some(&EVERY);
        self.matches.iter().map(|one| &**one).chain(default)
    }
}

/// A match: all of its parts have to fit.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GrpcRouteMatch {
    /// Service and method; any unless said.
    pub method: Option<At<GrpcMethodMatch>>,
    /// Headers.
    #[serde(default)]
    #[schemars(length(max = 16))]
    pub headers: Vec<At<GrpcHeaderMatch>>,
}

/// A service and a method, and how they are compared.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GrpcMethodMatch {
    /// How.
    #[serde(rename = "type")]
    pub kind: Option<At<MatchType>>,
    /// The service with its package; any unless said.
    #[schemars(length(max = 1024))]
    pub service: Option<At<Text>>,
    /// The method; any unless said.
    #[schemars(length(max = 1024))]
    pub method: Option<At<Text>>,
}

impl GrpcMethodMatch {
    /// How they are compared: exactly unless said.
    pub fn kind(&self) -> MatchType {
        self.kind.as_deref().copied().unwrap_or(MatchType::Exact)
    }
}

/// A header, and how it is compared.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GrpcHeaderMatch {
    /// How.
    #[serde(rename = "type")]
    pub kind: Option<At<MatchType>>,
    /// Its name, in any case.
    #[schemars(length(min = 1, max = 256), regex(pattern = HEADER_NAME))]
    pub name: At<Text>,
    /// With what.
    #[schemars(length(min = 1, max = 4096))]
    pub value: At<Text>,
}

impl GrpcHeaderMatch {
    /// How it is compared: exactly unless said.
    pub fn kind(&self) -> MatchType {
        self.kind.as_deref().copied().unwrap_or(MatchType::Exact)
    }
}

/// A backend of a GRPCRoute.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GrpcBackendRef {
    /// API group; the core group unless said.
    #[schemars(length(max = 253), regex(pattern = API_GROUP))]
    pub group: Option<At<Text>>,
    /// Kind; `Service` unless said.
    #[schemars(length(min = 1, max = 63), regex(pattern = KIND))]
    pub kind: Option<At<Text>>,
    /// Name.
    #[schemars(length(min = 1, max = 253))]
    pub name: At<Text>,
    /// Namespace; the route's unless said.
    #[schemars(length(min = 1, max = 63), regex(pattern = DNS_LABEL))]
    pub namespace: Option<At<Text>>,
    /// The port of the Service.
    #[schemars(range(min = 1, max = 65535))]
    pub port: Option<At<i64>>,
    /// Its share of the calls; 1 unless said.
    #[schemars(range(min = 0, max = 1_000_000))]
    pub weight: Option<At<i64>>,
    /// What is done to calls that go here.
    #[serde(default)]
    #[schemars(length(max = 16))]
    pub filters: Vec<At<GrpcFilter>>,
}

backend!(GrpcBackendRef, |this| this.weight.as_ref());

/// What is done to calls or answers: the part named by the type is set.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GrpcFilter {
    /// Which part.
    #[serde(rename = "type")]
    pub kind: At<GrpcFilterType>,
    /// Headers of calls.
    pub request_header_modifier: Option<At<Box<HeaderFilter>>>,
    /// Headers of answers.
    pub response_header_modifier: Option<At<Box<HeaderFilter>>>,
    /// Copies of calls.
    pub request_mirror: Option<At<Box<MirrorFilter>>>,
    /// A filter of the product.
    pub extension_ref: Option<At<Box<LocalRef>>>,
}

words! {
    /// What a filter does.
    GrpcFilterType {
        /// Changes headers of calls.
        RequestHeaderModifier = "RequestHeaderModifier",
        /// Changes headers of answers.
        ResponseHeaderModifier = "ResponseHeaderModifier",
        /// Copies calls.
        RequestMirror = "RequestMirror",
        /// What the product defines.
        ExtensionRef = "ExtensionRef",
    }
}
