//! TLSRoute, TCPRoute and UDPRoute.

use schemars::JsonSchema;
use serde::Deserialize;

use super::route::{BackendRef, DefaultScope, ParentRef};
use super::shared::{HOSTNAME, SUBDOMAIN};
use crate::model::Text;
use crate::yaml::At;

/// Which TLS connections go to which backends.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TlsRoute {
    /// What is wanted.
    pub spec: At<TlsRouteSpec>,
}

/// `spec` of a TLSRoute.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TlsRouteSpec {
    /// What the route attaches to.
    #[serde(default)]
    #[schemars(length(max = 32))]
    pub parent_refs: Vec<At<ParentRef>>,
    /// Server names; `v1` wants one at least, `v1alpha2` does without.
    #[serde(default)]
    #[schemars(length(max = 16), inner(length(min = 1, max = 253), regex(pattern = HOSTNAME)))]
    pub hostnames: Vec<At<Text>>,
    /// Rules.
    #[schemars(length(min = 1, max = 16))]
    pub rules: Vec<At<L4RouteRule>>,
    /// Whether it attaches to default gateways (experimental).
    pub use_default_gateways: Option<At<DefaultScope>>,
}

/// Which connections (TCPRoute) or packets (UDPRoute) go to which backends.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct L4Route {
    /// What is wanted.
    pub spec: At<L4RouteSpec>,
}

/// `spec` of a TCPRoute or UDPRoute.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct L4RouteSpec {
    /// What the route attaches to.
    #[serde(default)]
    #[schemars(length(max = 32))]
    pub parent_refs: Vec<At<ParentRef>>,
    /// Rules.
    #[schemars(length(min = 1, max = 16))]
    pub rules: Vec<At<L4RouteRule>>,
    /// Whether it attaches to default gateways (experimental).
    pub use_default_gateways: Option<At<DefaultScope>>,
}

/// A rule of a TLSRoute, TCPRoute or UDPRoute.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct L4RouteRule {
    /// Its name.
    #[schemars(length(min = 1, max = 253), regex(pattern = SUBDOMAIN))]
    pub name: Option<At<Text>>,
    /// Where connections go.
    #[serde(default)]
    #[schemars(length(min = 1, max = 16))]
    pub backend_refs: Vec<At<BackendRef>>,
}
