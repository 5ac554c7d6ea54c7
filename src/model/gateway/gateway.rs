//! GatewayClass and Gateway.

use schemars::JsonSchema;
use serde::Deserialize;

use super::listener::{Listener, SecretRef};
use super::route::DefaultScope;
use super::shared::{API_GROUP, CONTROLLER, DNS_LABEL, FromNamespaces, KIND, LabelSelector, LocalParametersRef, ParametersRef, or};
use crate::model::{Checked, Labels, Text};
use crate::yaml::At;

/// A class of gateways: which controller serves them, with which settings.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GatewayClass {
    /// What is wanted.
    pub spec: At<GatewayClassSpec>,
}

/// `spec` of a GatewayClass.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GatewayClassSpec {
    /// The controller that serves Gateways of this class.
    #[schemars(length(min = 1, max = 253), regex(pattern = CONTROLLER))]
    pub controller_name: At<Text>,
    /// Settings for all Gateways of the class.
    pub parameters_ref: Option<At<ParametersRef>>,
    /// Words for people.
    #[schemars(length(max = 64))]
    pub description: Option<Checked<Text>>,
}

/// A gateway: the ports, protocols and hosts on which traffic comes in.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Gateway {
    /// What is wanted.
    pub spec: At<GatewaySpec>,
}

/// `spec` of a Gateway.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GatewaySpec {
    /// The GatewayClass.
    #[schemars(length(min = 1, max = 253))]
    pub gateway_class_name: At<Text>,
    /// Ports, protocols and hosts.
    #[schemars(length(min = 1, max = 64))]
    pub listeners: Vec<At<Listener>>,
    /// Addresses asked for; where the remote side is, for Istio's pointers to other clusters.
    #[serde(default)]
    #[schemars(length(max = 16))]
    pub addresses: Vec<At<Address>>,
    /// What the generated Deployment, Service and pods carry.
    pub infrastructure: Option<At<Infrastructure>>,
    /// Which namespaces may add listener sets.
    pub allowed_listeners: Option<At<AllowedListeners>>,
    /// Certificates towards backends and clients (since 1.4).
    pub tls: Option<At<GatewayTls>>,
    /// The certificate towards backends, where it stood before 1.4 (experimental).
    #[serde(rename = "backendTLS")]
    pub backend_tls: Option<At<BackendTls>>,
    /// Whether routes that ask for default gateways attach here (experimental).
    pub default_scope: Option<At<DefaultScope>>,
}

/// An address of a Gateway.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Address {
    /// `IPAddress`, `Hostname`, `NamedAddress` or a product's own type.
    #[serde(rename = "type")]
    #[schemars(length(min = 1, max = 253))]
    pub kind: Option<At<Text>>,
    /// The address; empty asks for any.
    #[schemars(length(max = 253))]
    pub value: Option<At<Text>>,
}

impl Address {
    /// Its type, `IPAddress` unless said.
    pub fn kind(&self) -> &str {
        or(self.kind.as_ref(), "IPAddress")
    }
}

/// What the objects generated for a Gateway carry.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Infrastructure {
    /// Labels of the generated objects.
    #[schemars(extend("maxProperties" = 8))]
    pub labels: Option<At<Labels>>,
    /// Annotations of the generated objects.
    #[schemars(extend("maxProperties" = 8))]
    pub annotations: Option<At<Labels>>,
    /// Settings of the product, in the Gateway's namespace.
    pub parameters_ref: Option<At<LocalParametersRef>>,
}

/// Which namespaces may add listener sets.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AllowedListeners {
    /// The namespaces.
    pub namespaces: Option<At<ListenerNamespaces>>,
}

impl AllowedListeners {
    /// Which namespaces, none unless said.
    pub fn from(&self) -> FromNamespaces {
        self.namespaces.as_ref().and_then(|n| n.from.as_ref()).map_or(FromNamespaces::None, |from| **from)
    }
}

/// Namespaces that may add listener sets.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ListenerNamespaces {
    /// Which ones.
    pub from: Option<At<FromNamespaces>>,
    /// Labels they must have, with `from: Selector`.
    pub selector: Option<At<LabelSelector>>,
}

/// Certificates of a Gateway.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GatewayTls {
    /// Towards backends.
    pub backend: Option<At<BackendTls>>,
    /// Towards clients.
    pub frontend: Option<At<FrontendTls>>,
}

/// What the Gateway shows to backends.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BackendTls {
    /// The client certificate.
    pub client_certificate_ref: Option<At<SecretRef>>,
}

/// How clients are checked.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FrontendTls {
    /// On all HTTPS ports.
    pub default: At<FrontendTlsConfig>,
    /// On single ports.
    #[serde(default)]
    #[schemars(length(max = 64))]
    pub per_port: Vec<At<PerPortTls>>,
}

/// How clients of one port are checked.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PerPortTls {
    /// The port.
    #[schemars(range(min = 1, max = 65535))]
    pub port: At<i64>,
    /// The check.
    pub tls: At<FrontendTlsConfig>,
}

/// How clients are checked.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FrontendTlsConfig {
    /// The check of their certificates.
    pub validation: Option<At<FrontendValidation>>,
}

/// The check of client certificates.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FrontendValidation {
    /// Authorities that are believed.
    #[schemars(length(min = 1, max = 8))]
    pub ca_certificate_refs: Vec<At<CaRef>>,
    /// Whether clients without a valid certificate are refused.
    pub mode: Option<At<ValidationMode>>,
}

/// A reference to certificates of an authority.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CaRef {
    /// API group; empty for core kinds.
    #[schemars(length(max = 253), regex(pattern = API_GROUP))]
    pub group: At<Text>,
    /// Kind.
    #[schemars(length(min = 1, max = 63), regex(pattern = KIND))]
    pub kind: At<Text>,
    /// Name.
    #[schemars(length(min = 1, max = 253))]
    pub name: At<Text>,
    /// Namespace, the Gateway's unless said.
    #[schemars(length(min = 1, max = 63), regex(pattern = DNS_LABEL))]
    pub namespace: Option<At<Text>>,
}

words! {
    /// What becomes of clients without a valid certificate.
    ValidationMode {
        /// They are refused; the default.
        AllowValidOnly = "AllowValidOnly",
        /// They are let in.
        AllowInsecureFallback = "AllowInsecureFallback",
    }
}

/// `frontendValidation` of a listener, as the experimental channel had it before 1.4.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OldFrontendValidation {
    /// Authorities that are believed.
    #[serde(default)]
    #[schemars(length(max = 8))]
    pub ca_certificate_refs: Vec<At<SecretRef>>,
}
