//! Listeners of Gateways and of listener sets.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;

use super::gateway::OldFrontendValidation;
use super::shared::{API_GROUP, DNS_LABEL, FromNamespaces, GROUP, HOSTNAME, KIND, LabelSelector, SUBDOMAIN, or};
use crate::model::{Checked, Labels, Text};
use crate::yaml::At;

/// A protocol: a word, or a product's own as `domain/name`.
const PROTOCOL: &str =
    r"^[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?$|[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/[A-Za-z0-9]+$";

/// A port, a protocol and perhaps a host on which traffic comes in.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Listener {
    /// Its name: what `sectionName` of a route speaks of.
    #[schemars(length(min = 1, max = 253), regex(pattern = SUBDOMAIN))]
    pub name: At<Text>,
    /// The host it serves; every host unless said.
    #[schemars(length(min = 1, max = 253), regex(pattern = HOSTNAME))]
    pub hostname: Option<At<Text>>,
    /// The port clients use.
    #[schemars(range(min = 1, max = 65535))]
    pub port: At<i64>,
    /// `HTTP`, `HTTPS`, `TLS`, `TCP`, `UDP` or a product's own, such as Istio's `HBONE`.
    #[schemars(length(min = 1, max = 255), regex(pattern = PROTOCOL))]
    pub protocol: At<Text>,
    /// Certificates.
    pub tls: Option<At<ListenerTls>>,
    /// Which routes may attach.
    pub allowed_routes: Option<At<AllowedRoutes>>,
}

impl Listener {
    /// Whose routes may attach: those of the listener's own namespace unless said.
    pub fn routes_from(&self) -> FromNamespaces {
        self.allowed_routes.as_ref().map_or(FromNamespaces::Same, |routes| routes.from())
    }

    /// The labels that a route's namespace must have, with `from: Selector`.
    pub fn selector(&self) -> Option<&At<LabelSelector>> {
        self.allowed_routes.as_ref()?.namespaces.as_ref()?.selector.as_ref()
    }

    /// What is done with TLS: it ends here unless said.
    pub fn tls_mode(&self) -> TlsMode {
        self.tls.as_ref().map_or(TlsMode::Terminate, |tls| tls.mode())
    }
}

/// Certificates of a listener.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ListenerTls {
    /// What is done with TLS.
    pub mode: Option<At<TlsMode>>,
    /// Certificates to show.
    #[serde(default)]
    #[schemars(length(max = 64))]
    pub certificate_refs: Vec<At<SecretRef>>,
    /// Settings of the product.
    #[schemars(extend("maxProperties" = 16))]
    pub options: Option<At<Labels>>,
    /// The check of client certificates, where it stood before 1.4 (experimental).
    pub frontend_validation: Option<Checked<OldFrontendValidation>>,
}

impl ListenerTls {
    /// What is done with TLS: it ends here unless said.
    pub fn mode(&self) -> TlsMode {
        self.mode.as_deref().copied().unwrap_or(TlsMode::Terminate)
    }
}

words! {
    /// What a listener does with TLS.
    TlsMode {
        /// It ends here; the default.
        Terminate = "Terminate",
        /// It goes on to the backend.
        Passthrough = "Passthrough",
    }
}

/// A reference to certificates.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SecretRef {
    /// API group; the core group unless said.
    #[schemars(length(max = 253), regex(pattern = API_GROUP))]
    pub group: Option<At<Text>>,
    /// Kind; `Secret` unless said.
    #[schemars(length(min = 1, max = 63), regex(pattern = KIND))]
    pub kind: Option<At<Text>>,
    /// Name.
    #[schemars(length(min = 1, max = 253))]
    pub name: At<Text>,
    /// Namespace; that of the object that refers unless said.
    #[schemars(length(min = 1, max = 63), regex(pattern = DNS_LABEL))]
    pub namespace: Option<At<Text>>,
}

impl SecretRef {
    /// Its group, the core group unless said.
    pub fn group(&self) -> &str {
        or(self.group.as_ref(), "")
    }

    /// Its kind, `Secret` unless said.
    pub fn kind(&self) -> &str {
        or(self.kind.as_ref(), "Secret")
    }
}

/// Which routes may attach to a listener.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AllowedRoutes {
    /// From which namespaces.
    pub namespaces: Option<At<RouteNamespaces>>,
    /// Of which kinds; unless said, those of the protocol.
    #[serde(default)]
    #[schemars(length(max = 8))]
    pub kinds: Vec<At<RouteKind>>,
}

impl AllowedRoutes {
    /// From which namespaces: the listener's own unless said.
    pub fn from(&self) -> FromNamespaces {
        self.namespaces.as_ref().and_then(|n| n.from.as_ref()).map_or(FromNamespaces::Same, |from| **from)
    }
}

/// Namespaces whose routes may attach.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RouteNamespaces {
    /// Which ones.
    #[serde(default)]
    #[schemars(schema_with = "route_namespaces")]
    pub from: Option<At<FromNamespaces>>,
    /// Labels they must have, with `from: Selector`.
    pub selector: Option<At<LabelSelector>>,
}

/// `None` is for listener sets only.
fn route_namespaces(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": ["string", "null"], "enum": ["All", "Selector", "Same", null] })
}

/// A kind of route.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RouteKind {
    /// API group; the Gateway API's unless said.
    #[schemars(length(max = 253), regex(pattern = API_GROUP))]
    pub group: Option<At<Text>>,
    /// Kind.
    #[schemars(length(min = 1, max = 63), regex(pattern = KIND))]
    pub kind: At<Text>,
}

impl RouteKind {
    /// Its group, the Gateway API's unless said.
    pub fn group(&self) -> &str {
        or(self.group.as_ref(), GROUP)
    }
}

/// Listeners that another namespace adds to a Gateway.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ListenerSet {
    /// What is wanted.
    pub spec: At<ListenerSetSpec>,
}

/// `spec` of a ListenerSet.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ListenerSetSpec {
    /// The Gateway.
    pub parent_ref: At<ParentGatewayRef>,
    /// The listeners.
    #[schemars(length(min = 1, max = 64))]
    pub listeners: Vec<At<Listener>>,
}

/// The Gateway that a listener set adds to.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ParentGatewayRef {
    /// API group; the Gateway API's unless said.
    #[schemars(length(max = 253), regex(pattern = API_GROUP))]
    pub group: Option<At<Text>>,
    /// Kind; `Gateway` unless said.
    #[schemars(length(min = 1, max = 63), regex(pattern = KIND))]
    pub kind: Option<At<Text>>,
    /// Name.
    #[schemars(length(min = 1, max = 253))]
    pub name: At<Text>,
    /// Namespace; the listener set's unless said.
    #[schemars(length(min = 1, max = 63), regex(pattern = DNS_LABEL))]
    pub namespace: Option<At<Text>>,
}

impl ParentGatewayRef {
    /// Its group, the Gateway API's unless said.
    pub fn group(&self) -> &str {
        or(self.group.as_ref(), GROUP)
    }

    /// Its kind, `Gateway` unless said.
    pub fn kind(&self) -> &str {
        or(self.kind.as_ref(), "Gateway")
    }
}

/// The experimental form of a listener set (`gateway.networking.x-k8s.io`), whose listeners may leave the port to the
/// controller. `ListenerSet::from` makes it a listener set.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct XListenerSet {
    /// What is wanted.
    pub spec: At<XListenerSetSpec>,
}

/// `spec` of an XListenerSet.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct XListenerSetSpec {
    /// The Gateway.
    pub parent_ref: At<ParentGatewayRef>,
    /// The listeners.
    #[schemars(length(min = 1, max = 64))]
    pub listeners: Vec<At<XListener>>,
}

/// A listener of an XListenerSet.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct XListener {
    /// Its name.
    #[schemars(length(min = 1, max = 253), regex(pattern = SUBDOMAIN))]
    pub name: At<Text>,
    /// The host it serves.
    #[schemars(length(min = 1, max = 253), regex(pattern = HOSTNAME))]
    pub hostname: Option<At<Text>>,
    /// The port; absent or 0 lets the controller choose.
    #[schemars(range(min = 0, max = 65535))]
    pub port: Option<At<i64>>,
    /// The protocol.
    #[schemars(length(min = 1, max = 255), regex(pattern = PROTOCOL))]
    pub protocol: At<Text>,
    /// Certificates.
    pub tls: Option<At<ListenerTls>>,
    /// Which routes may attach.
    pub allowed_routes: Option<At<AllowedRoutes>>,
}

impl From<XListener> for Listener {
    /// A port left to the controller is 0, at the listener's name.
    fn from(x: XListener) -> Self {
        let port = x.port.unwrap_or_else(|| At::new(0, x.name.node()));
        Self { name: x.name, hostname: x.hostname, port, protocol: x.protocol, tls: x.tls, allowed_routes: x.allowed_routes }
    }
}

impl From<XListenerSet> for ListenerSet {
    fn from(set: XListenerSet) -> Self {
        let spec = set.spec.map(|spec| ListenerSetSpec {
            parent_ref: spec.parent_ref,
            listeners: spec.listeners.into_iter().map(|listener| listener.map(Listener::from)).collect(),
        });
        Self { spec }
    }
}
