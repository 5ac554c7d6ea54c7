//! Where traffic goes: ServiceEntry, WorkloadEntry, DestinationRule, VirtualService, Gateway.

use schemars::JsonSchema;
use serde::Deserialize;

use super::shared::{Entries, WorkloadLabels, WorkloadSelector};
use crate::model::{Checked, Labels, Text, Value};
use crate::yaml::At;

/// Hosts that are not Services of this cluster.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ServiceEntry {
    /// What it asks for.
    pub spec: At<ServiceEntrySpec>,
}

/// `spec` of a [`ServiceEntry`].
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ServiceEntrySpec {
    /// Its names; the only field the CRD requires.
    #[schemars(length(min = 1, max = 256))]
    pub hosts: Vec<At<Text>>,
    /// Its addresses, single or ranges; the mesh may allocate one when left out.
    #[serde(default)]
    pub addresses: Vec<At<Text>>,
    /// Its ports.
    #[serde(default)]
    pub ports: Vec<At<SePort>>,
    /// Inside or outside the mesh; `MESH_EXTERNAL` when left out.
    pub location: Option<At<Location>>,
    /// How its endpoints are found; `NONE` when left out.
    pub resolution: Option<At<Resolution>>,
    /// Its endpoints.
    #[serde(default)]
    pub endpoints: Vec<At<WorkloadEntrySpec>>,
    /// Pods and WorkloadEntries that are its endpoints.
    pub workload_selector: Option<At<WorkloadLabels>>,
    /// Namespaces that see it; all when left out.
    #[serde(default)]
    pub export_to: Vec<At<Text>>,
    /// Names its certificates must have.
    #[serde(default)]
    pub subject_alt_names: Vec<At<Text>>,
}

/// A port of a [`ServiceEntry`].
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SePort {
    /// The number clients use.
    #[schemars(range(min = 0, max = 65535))]
    pub number: At<i64>,
    /// Its name.
    pub name: At<Text>,
    /// The protocol, as in `HTTP` or `TLS`.
    pub protocol: Option<At<Text>>,
    /// The number at the endpoints; `number` when left out.
    #[schemars(range(min = 0, max = 65535))]
    pub target_port: Option<At<i64>>,
}

/// Whether a [`ServiceEntry`] is part of the mesh.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Location {
    /// Outside.
    MeshExternal,
    /// Inside.
    MeshInternal,
}

/// How the endpoints of a [`ServiceEntry`] are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Resolution {
    /// The address the client asked for.
    None,
    /// The addresses in the file.
    Static,
    /// DNS, all answers.
    Dns,
    /// DNS, the first answer.
    DnsRoundRobin,
    /// DNS of the host that was asked for, when it is asked for (newer releases).
    DynamicDns,
}

/// A workload outside Kubernetes.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WorkloadEntry {
    /// What it asks for.
    pub spec: At<WorkloadEntrySpec>,
}

/// `spec` of a [`WorkloadEntry`], and an endpoint of a [`ServiceEntry`].
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WorkloadEntrySpec {
    /// An address or a DNS name; may be left out for a workload on another network.
    pub address: Option<At<Text>>,
    /// Numbers by the names of the ServiceEntry's ports.
    pub ports: Option<At<Entries<i64>>>,
    /// Labels.
    pub labels: Option<At<Labels>>,
    /// The network it is on.
    pub network: Option<At<Text>>,
    /// Region, zone and subzone, with `/` between.
    pub locality: Option<At<Text>>,
    /// Its share of the load.
    #[schemars(range(min = 0, max = 4_294_967_295_u64))]
    pub weight: Option<At<i64>>,
    /// Its identity.
    pub service_account: Option<At<Text>>,
}

/// What happens to traffic once it has a destination.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DestinationRule {
    /// What it asks for.
    pub spec: Option<At<DestinationRuleSpec>>,
}

/// `spec` of a [`DestinationRule`].
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DestinationRuleSpec {
    /// The host it is for.
    pub host: At<Text>,
    /// Load balancing, pools, TLS and so on; its shape is not checked.
    pub traffic_policy: Option<At<Value>>,
    /// Named parts of the host's workloads.
    #[serde(default)]
    pub subsets: Vec<At<Subset>>,
    /// Namespaces that see it; all when left out.
    #[serde(default)]
    pub export_to: Vec<At<Text>>,
    /// The clients it is for; never those of the ambient mesh.
    pub workload_selector: Option<At<WorkloadSelector>>,
}

/// A named part of a host's workloads.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Subset {
    /// Its name.
    pub name: At<Text>,
    /// Labels of its workloads.
    pub labels: Option<At<Labels>>,
    /// What is different for it; its shape is not checked.
    pub traffic_policy: Option<At<Value>>,
}

/// Routes by Istio's older API.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct VirtualService {
    /// What it asks for.
    pub spec: Option<At<VirtualServiceSpec>>,
}

/// `spec` of a [`VirtualService`].
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct VirtualServiceSpec {
    /// The hosts it is for.
    #[serde(default)]
    pub hosts: Vec<At<Text>>,
    /// Gateways as `namespace/name`, and `mesh`; only `mesh` when left out.
    #[serde(default)]
    pub gateways: Vec<At<Text>>,
    /// Routes for HTTP; their shape is not checked.
    #[serde(default)]
    pub http: Vec<At<Value>>,
    /// Routes for TLS by its server name; their shape is not checked.
    #[serde(default)]
    pub tls: Vec<At<Value>>,
    /// Routes for TCP; their shape is not checked.
    #[serde(default)]
    pub tcp: Vec<At<Value>>,
    /// Namespaces that see it; all when left out.
    #[serde(default)]
    pub export_to: Vec<At<Text>>,
}

/// `Gateway` of `networking.istio.io`, not of the Gateway API.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct IstioGateway {
    /// What it asks for.
    pub spec: Option<At<IstioGatewaySpec>>,
}

/// `spec` of an [`IstioGateway`].
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct IstioGatewaySpec {
    /// Labels of the gateway pods.
    pub selector: Option<At<Labels>>,
    /// What they listen on.
    #[serde(default)]
    pub servers: Vec<At<Server>>,
}

/// A listener of an [`IstioGateway`].
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Server {
    /// The port.
    pub port: At<ServerPort>,
    /// Hosts, with or without `namespace/` before them.
    pub hosts: Vec<At<Text>>,
    /// How TLS is done.
    pub tls: Option<At<ServerTls>>,
    /// Its name.
    pub name: Option<At<Text>>,
    /// The address to listen on.
    pub bind: Option<Checked<Text>>,
    /// Read by no release.
    pub default_endpoint: Option<Checked<Text>>,
}

/// A port of a [`Server`].
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ServerPort {
    /// The number.
    #[schemars(range(min = 0, max = 65535))]
    pub number: At<i64>,
    /// The protocol, as in `HTTP`, `HTTPS` or `TLS`.
    pub protocol: At<Text>,
    /// Its name.
    pub name: At<Text>,
    /// Read by no release.
    #[schemars(range(min = 0, max = 65535))]
    pub target_port: Option<At<i64>>,
}

/// TLS of a [`Server`].
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ServerTls {
    /// Whether plain HTTP is redirected.
    pub https_redirect: Option<At<bool>>,
    /// Who ends TLS and which certificates are asked for.
    pub mode: Option<At<ServerTlsMode>>,
    /// The Secret with the certificate.
    pub credential_name: Option<At<Text>>,
    /// Several Secrets, as for RSA and ECDSA (newer releases).
    #[serde(default)]
    pub credential_names: Vec<At<Text>>,
    /// The Secret with the certificates of clients' authorities (newer releases).
    pub ca_cert_credential_name: Option<At<Text>>,
    /// A file with the certificate.
    pub server_certificate: Option<Checked<Text>>,
    /// A file with the key.
    pub private_key: Option<Checked<Text>>,
    /// A file with the certificates of clients' authorities.
    pub ca_certificates: Option<Checked<Text>>,
    /// A file with revoked certificates.
    pub ca_crl: Option<Checked<Text>>,
    /// Several certificates as files (newer releases).
    pub tls_certificates: Option<Checked<Vec<TlsCertificate>>>,
    /// Names that clients' certificates may have.
    pub subject_alt_names: Option<Checked<Vec<Text>>>,
    /// Hashes of the keys of clients.
    pub verify_certificate_spki: Option<Checked<Vec<Text>>>,
    /// Hashes of the certificates of clients.
    pub verify_certificate_hash: Option<Checked<Vec<Text>>>,
    /// The oldest version.
    pub min_protocol_version: Option<Checked<TlsVersion>>,
    /// The newest version.
    pub max_protocol_version: Option<Checked<TlsVersion>>,
    /// Ciphers.
    pub cipher_suites: Option<Checked<Vec<Text>>>,
    /// Only meant for clients; in the CRD because the type is shared.
    pub insecure_skip_verify: Option<Checked<bool>>,
}

/// Who ends TLS and which certificates are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ServerTlsMode {
    /// The backend ends it.
    Passthrough,
    /// The gateway ends it.
    Simple,
    /// The gateway ends it and asks for a certificate.
    Mutual,
    /// The backend ends it and the server name says which it is.
    AutoPassthrough,
    /// The gateway ends it with the mesh's certificates and asks for one.
    IstioMutual,
    /// The gateway ends it and takes a certificate if there is one.
    OptionalMutual,
}

/// A version of TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
pub enum TlsVersion {
    /// As Envoy chooses.
    #[serde(rename = "TLS_AUTO")]
    Auto,
    /// 1.0
    #[serde(rename = "TLSV1_0")]
    V1_0,
    /// 1.1
    #[serde(rename = "TLSV1_1")]
    V1_1,
    /// 1.2
    #[serde(rename = "TLSV1_2")]
    V1_2,
    /// 1.3
    #[serde(rename = "TLSV1_3")]
    V1_3,
}

/// A certificate as files.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TlsCertificate {
    /// The certificate.
    pub server_certificate: Option<At<Text>>,
    /// The key.
    pub private_key: Option<At<Text>>,
    /// The certificates of authorities.
    pub ca_certificates: Option<At<Text>>,
}
