//! ReferenceGrant and BackendTLSPolicy.

use schemars::JsonSchema;
use serde::Deserialize;

use super::shared::{API_GROUP, DNS_LABEL, HOSTNAME, KIND, LocalRef, SUBDOMAIN};
use crate::model::{Checked, Labels, Text};
use crate::yaml::At;

/// Which other namespaces may refer to objects of this one.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReferenceGrant {
    /// What is granted; nothing when it is absent.
    pub spec: Option<At<ReferenceGrantSpec>>,
}

impl ReferenceGrant {
    /// Who may refer.
    pub fn from(&self) -> &[At<GrantFrom>] {
        self.spec.as_ref().map_or(&[], |spec| &spec.from)
    }

    /// To what.
    pub fn to(&self) -> &[At<GrantTo>] {
        self.spec.as_ref().map_or(&[], |spec| &spec.to)
    }
}

/// `spec` of a ReferenceGrant.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReferenceGrantSpec {
    /// Who may refer.
    #[schemars(length(min = 1, max = 16))]
    pub from: Vec<At<GrantFrom>>,
    /// To what.
    #[schemars(length(min = 1, max = 16))]
    pub to: Vec<At<GrantTo>>,
}

/// Objects that may refer.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GrantFrom {
    /// API group; empty for core kinds.
    #[schemars(length(max = 253), regex(pattern = API_GROUP))]
    pub group: At<Text>,
    /// Kind.
    #[schemars(length(min = 1, max = 63), regex(pattern = KIND))]
    pub kind: At<Text>,
    /// Their namespace.
    #[schemars(length(min = 1, max = 63), regex(pattern = DNS_LABEL))]
    pub namespace: At<Text>,
}

/// Objects that may be referred to.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GrantTo {
    /// API group; empty for core kinds.
    #[schemars(length(max = 253), regex(pattern = API_GROUP))]
    pub group: At<Text>,
    /// Kind.
    #[schemars(length(min = 1, max = 63), regex(pattern = KIND))]
    pub kind: At<Text>,
    /// One name; all of them unless said.
    #[schemars(length(min = 1, max = 253))]
    pub name: Option<At<Text>>,
}

/// How gateways speak TLS to backends.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BackendTlsPolicy {
    /// What is wanted.
    pub spec: At<BackendTlsPolicySpec>,
}

/// `spec` of a BackendTLSPolicy.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BackendTlsPolicySpec {
    /// The backends.
    #[schemars(length(min = 1, max = 16))]
    pub target_refs: Vec<At<TargetRef>>,
    /// How their certificates are checked.
    pub validation: At<BackendTlsValidation>,
    /// Settings of the product.
    #[schemars(extend("maxProperties" = 16))]
    pub options: Option<Checked<Labels>>,
}

/// What a policy acts on: an object of its own namespace, or a part of it.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TargetRef {
    /// API group; empty for core kinds.
    #[schemars(length(max = 253), regex(pattern = API_GROUP))]
    pub group: At<Text>,
    /// Kind.
    #[schemars(length(min = 1, max = 63), regex(pattern = KIND))]
    pub kind: At<Text>,
    /// Name.
    #[schemars(length(min = 1, max = 253))]
    pub name: At<Text>,
    /// The name of a Service's port, or of another object's part.
    #[schemars(length(min = 1, max = 253), regex(pattern = SUBDOMAIN))]
    pub section_name: Option<At<Text>>,
}

/// How the certificates of backends are checked.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BackendTlsValidation {
    /// Authorities that are believed.
    #[serde(default)]
    #[schemars(length(max = 8))]
    pub ca_certificate_refs: Vec<At<LocalRef>>,
    /// `System`, or a product's own set of authorities.
    #[serde(rename = "wellKnownCACertificates")]
    #[schemars(length(min = 1, max = 253))]
    pub well_known_ca_certificates: Option<At<Text>>,
    /// The server name that is asked for, and that the certificate must carry.
    #[schemars(length(min = 1, max = 253), regex(pattern = SUBDOMAIN))]
    pub hostname: At<Text>,
    /// Names of which the certificate must carry one instead.
    #[serde(default)]
    #[schemars(length(max = 5))]
    pub subject_alt_names: Vec<At<SubjectAltName>>,
}

/// A name in a certificate.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SubjectAltName {
    /// Which of the two.
    #[serde(rename = "type")]
    pub kind: At<SubjectAltNameType>,
    /// A host.
    #[schemars(length(min = 1, max = 253), regex(pattern = HOSTNAME))]
    pub hostname: Option<At<Text>>,
    /// An identity such as `spiffe://…`.
    #[schemars(length(min = 1, max = 253))]
    pub uri: Option<At<Text>>,
}

words! {
    /// What kind of name a certificate carries.
    SubjectAltNameType {
        /// A host.
        Hostname = "Hostname",
        /// A URI.
        Uri = "URI",
    }
}
