//! Who may talk to whom: PeerAuthentication, AuthorizationPolicy, RequestAuthentication.

use schemars::JsonSchema;
use serde::Deserialize;

use super::shared::{Entries, TargetRef, WorkloadSelector};
use crate::model::{Checked, Text};
use crate::yaml::At;

/// Which mTLS a workload takes.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PeerAuthentication {
    /// What it asks for.
    pub spec: Option<At<PeerAuthenticationSpec>>,
}

/// `spec` of a [`PeerAuthentication`].
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PeerAuthenticationSpec {
    /// The pods it is for; without one the namespace, or the mesh in the root namespace.
    pub selector: Option<At<WorkloadSelector>>,
    /// The mode for all ports.
    pub mtls: Option<At<Mtls>>,
    /// Modes for ports of the pods (not of the Service), by number; only with a selector.
    pub port_level_mtls: Option<At<Entries<Mtls>>>,
}

/// A mode, in its wrapper.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Mtls {
    /// The mode; left out is `UNSET`.
    pub mode: Option<At<MtlsMode>>,
}

/// Which mTLS is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum MtlsMode {
    /// As the next wider policy says.
    Unset,
    /// Only plain text.
    Disable,
    /// Plain text and mTLS.
    Permissive,
    /// Only mTLS.
    Strict,
}

/// Who may do what.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuthorizationPolicy {
    /// What it asks for; without one it allows nothing.
    pub spec: Option<At<AuthorizationPolicySpec>>,
}

/// `spec` of an [`AuthorizationPolicy`].
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuthorizationPolicySpec {
    /// The pods it is for.
    pub selector: Option<At<WorkloadSelector>>,
    /// What it is attached to; the older form of `targetRefs`.
    pub target_ref: Option<At<TargetRef>>,
    /// What it is attached to.
    #[serde(default)]
    #[schemars(length(max = 16))]
    pub target_refs: Vec<At<TargetRef>>,
    /// What a matching rule does; `ALLOW` when left out.
    pub action: Option<At<Action>>,
    /// The rules, any of which may match. None at all matches nothing; a rule without fields matches everything.
    #[serde(default)]
    pub rules: Vec<At<AuthRule>>,
    /// Who decides for `CUSTOM`.
    pub provider: Option<At<Provider>>,
}

impl AuthorizationPolicySpec {
    /// What a matching rule does.
    pub fn action(&self) -> Action {
        self.action.as_ref().map_or(Action::Allow, |action| **action)
    }

    /// All it is attached to, in both forms.
    pub fn targets(&self) -> impl Iterator<Item = &At<TargetRef>> {
        self.target_ref.iter().chain(&self.target_refs)
    }
}

/// What a matching rule does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Action {
    /// Allows, and denies what no policy allows.
    Allow,
    /// Denies.
    Deny,
    /// Logs.
    Audit,
    /// Asks a provider.
    Custom,
}

/// Who decides for `CUSTOM`.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Provider {
    /// Its name among `extensionProviders` of the mesh config.
    pub name: Option<At<Text>>,
}

/// A rule: it matches when `from`, `to` and `when` all do. An empty list of any of them matches everything.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuthRule {
    /// Sources, any of which may match.
    #[serde(default)]
    pub from: Vec<At<AuthFrom>>,
    /// Operations, any of which may match.
    #[serde(default)]
    pub to: Vec<At<AuthTo>>,
    /// Conditions, all of which must match.
    #[serde(default)]
    pub when: Vec<At<AuthCondition>>,
}

impl AuthRule {
    /// Whether it has no fields and so matches every request.
    pub fn is_empty(&self) -> bool {
        self.from.is_empty() && self.to.is_empty() && self.when.is_empty()
    }
}

/// A source, in its wrapper.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuthFrom {
    /// The source.
    pub source: Option<At<Source>>,
}

/// Who asks: all fields that are there must match, in each any of its values. Ambient reads only those that need no HTTP
/// at ztunnel.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Source {
    /// Identities of workloads, as in `cluster.local/ns/shop/sa/cart`.
    #[serde(default)]
    pub principals: Vec<At<Text>>,
    /// Identities that do not match.
    #[serde(default)]
    pub not_principals: Vec<At<Text>>,
    /// Identities in tokens, as issuer, `/` and subject. HTTP only.
    #[serde(default)]
    pub request_principals: Vec<At<Text>>,
    /// Identities in tokens that do not match. HTTP only.
    #[serde(default)]
    pub not_request_principals: Vec<At<Text>>,
    /// Namespaces of workloads.
    #[serde(default)]
    pub namespaces: Vec<At<Text>>,
    /// Namespaces that do not match.
    #[serde(default)]
    pub not_namespaces: Vec<At<Text>>,
    /// Addresses of the connection's other end.
    #[serde(default)]
    pub ip_blocks: Vec<At<Text>>,
    /// Addresses that do not match.
    #[serde(default)]
    pub not_ip_blocks: Vec<At<Text>>,
    /// Addresses of the client as headers or the PROXY protocol tell them. HTTP only.
    #[serde(default)]
    pub remote_ip_blocks: Vec<At<Text>>,
    /// Addresses of the client that do not match. HTTP only.
    #[serde(default)]
    pub not_remote_ip_blocks: Vec<At<Text>>,
    /// Service accounts of workloads, as `name` or `namespace/name`.
    #[serde(default)]
    #[schemars(length(max = 16))]
    pub service_accounts: Vec<At<Text>>,
    /// Service accounts that do not match.
    #[serde(default)]
    #[schemars(length(max = 16))]
    pub not_service_accounts: Vec<At<Text>>,
    /// Trust domains of workloads (newer releases).
    #[serde(default)]
    pub trust_domains: Vec<At<Text>>,
    /// Trust domains that do not match (newer releases).
    #[serde(default)]
    pub not_trust_domains: Vec<At<Text>>,
}

/// An operation, in its wrapper.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuthTo {
    /// The operation.
    pub operation: Option<At<Operation>>,
}

/// What is asked for: all fields that are there must match, in each any of its values. All but ports are HTTP only.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Operation {
    /// Hosts of requests (the `Host` header, no Service names).
    #[serde(default)]
    pub hosts: Vec<At<Text>>,
    /// Hosts that do not match.
    #[serde(default)]
    pub not_hosts: Vec<At<Text>>,
    /// Ports of the pods, as text.
    #[serde(default)]
    pub ports: Vec<At<Text>>,
    /// Ports that do not match.
    #[serde(default)]
    pub not_ports: Vec<At<Text>>,
    /// Methods.
    #[serde(default)]
    pub methods: Vec<At<Text>>,
    /// Methods that do not match.
    #[serde(default)]
    pub not_methods: Vec<At<Text>>,
    /// Paths.
    #[serde(default)]
    pub paths: Vec<At<Text>>,
    /// Paths that do not match.
    #[serde(default)]
    pub not_paths: Vec<At<Text>>,
}

/// A condition on an attribute.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuthCondition {
    /// The attribute, as in `source.ip` or `request.headers[x-team]`.
    pub key: At<Text>,
    /// Values, any of which may match.
    #[serde(default)]
    pub values: Vec<At<Text>>,
    /// Values that do not match.
    #[serde(default)]
    pub not_values: Vec<At<Text>>,
}

/// Which tokens are valid.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RequestAuthentication {
    /// What it asks for.
    pub spec: Option<At<RequestAuthenticationSpec>>,
}

/// `spec` of a [`RequestAuthentication`].
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RequestAuthenticationSpec {
    /// The pods it is for.
    pub selector: Option<At<WorkloadSelector>>,
    /// What it is attached to; the older form of `targetRefs`.
    pub target_ref: Option<At<TargetRef>>,
    /// What it is attached to.
    #[serde(default)]
    #[schemars(length(max = 16))]
    pub target_refs: Vec<At<TargetRef>>,
    /// Issuers and their keys.
    #[serde(default)]
    pub jwt_rules: Vec<At<JwtRule>>,
}

impl RequestAuthenticationSpec {
    /// All it is attached to, in both forms.
    pub fn targets(&self) -> impl Iterator<Item = &At<TargetRef>> {
        self.target_ref.iter().chain(&self.target_refs)
    }
}

/// An issuer of tokens.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct JwtRule {
    /// Who issues them.
    pub issuer: Option<At<Text>>,
    /// Whom they may be for.
    #[serde(default)]
    pub audiences: Vec<At<Text>>,
    /// Where the keys are.
    pub jwks_uri: Option<At<Text>>,
    /// The one other spelling that the CRD has.
    #[serde(rename = "jwks_uri")]
    pub jwks_uri_snake: Option<At<Text>>,
    /// The keys themselves.
    pub jwks: Option<Checked<Text>>,
    /// Headers that hold the token.
    pub from_headers: Option<Checked<Vec<JwtHeader>>>,
    /// Query parameters that hold the token.
    pub from_params: Option<Checked<Vec<Text>>>,
    /// Cookies that hold the token.
    pub from_cookies: Option<Checked<Vec<Text>>>,
    /// A header for the payload.
    pub output_payload_to_header: Option<Checked<Text>>,
    /// Whether the token goes on to the workload.
    pub forward_original_token: Option<At<bool>>,
    /// Headers for single claims.
    pub output_claim_to_headers: Option<Checked<Vec<OutputClaim>>>,
    /// How long fetching the keys may take.
    pub timeout: Option<Checked<Text>>,
    /// Claims that are lists in one text (newer releases).
    pub space_delimited_claims: Option<Checked<Vec<Text>>>,
}

/// A header that holds a token.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct JwtHeader {
    /// The header.
    pub name: At<Text>,
    /// What stands before the token.
    pub prefix: Option<At<Text>>,
}

/// A header for a claim.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OutputClaim {
    /// The header.
    pub header: At<Text>,
    /// The claim.
    pub claim: At<Text>,
}
