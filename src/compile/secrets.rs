//! Certificates and keys: in the file, beside it, or left out.

use std::collections::BTreeMap;

use serde::Serialize;

use super::proto::{Any, StringMatch, json};
use super::{Context, SecretsMode};
use crate::mesh::routing::{AltName, Authority, Certificate, ClientCheck, Pem, Trust, UpstreamTls};

const DOWNSTREAM: &str = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext";
const UPSTREAM: &str = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext";
/// Where most systems keep the authorities they believe.
const SYSTEM_AUTHORITIES: &str = "/etc/ssl/certs/ca-certificates.crt";

/// `config.core.v3.TransportSocket`.
#[derive(Clone, Debug, Serialize)]
pub(super) struct TransportSocket {
    name: &'static str,
    typed_config: serde_json::Value,
}

/// `config.core.v3.DataSource`.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
enum DataSource {
    Filename(String),
    InlineString(String),
}

#[derive(Clone, Debug, Serialize)]
struct TlsCertificate {
    certificate_chain: DataSource,
    private_key: DataSource,
}

#[derive(Clone, Debug, Default, Serialize)]
struct CommonTls {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tls_certificates: Vec<TlsCertificate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    validation_context: Option<Validation>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    alpn_protocols: Vec<&'static str>,
}

#[derive(Clone, Debug, Serialize)]
struct Validation {
    trusted_ca: DataSource,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    match_typed_subject_alt_names: Vec<NameMatch>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trust_chain_verification: Option<&'static str>,
}

#[derive(Clone, Debug, Serialize)]
struct NameMatch {
    san_type: &'static str,
    matcher: StringMatch,
}

#[derive(Clone, Debug, Serialize)]
struct Downstream {
    common_tls_context: CommonTls,
    require_client_certificate: bool,
}

#[derive(Clone, Debug, Serialize)]
struct Upstream {
    common_tls_context: CommonTls,
    #[serde(skip_serializing_if = "Option::is_none")]
    sni: Option<String>,
}

/// Files of certificates and keys that stand beside the configuration, by their names.
pub(super) type Files = BTreeMap<String, String>;

impl Context<'_, '_> {
    fn source(&mut self, text: impl FnOnce() -> String, file: String) -> DataSource {
        match self.options.secrets {
            SecretsMode::Inline => DataSource::InlineString(text()),
            SecretsMode::Redact => DataSource::InlineString("[redacted]".to_owned()),
            SecretsMode::Files => {
                let path = format!("{}/{file}", self.options.secrets_folder);
                self.files.entry(file).or_insert_with(text);
                DataSource::Filename(path)
            }
        }
    }

    fn certificate(&mut self, certificate: &Certificate<'_>) -> TlsCertificate {
        let id = &certificate.secret.id;
        let name = format!("{}.{}", id.namespace.name().unwrap_or_default(), id.name);
        TlsCertificate {
            certificate_chain: self.source(|| certificate.chain.text(), format!("{name}.crt")),
            private_key: self.source(|| certificate.key.text(), format!("{name}.key")),
        }
    }

    fn authorities(&mut self, authorities: &[Authority<'_>]) -> DataSource {
        let pems: Vec<Pem<'_>> = authorities.iter().map(|authority| authority.pem).collect();
        let names: Vec<String> = authorities
            .iter()
            .map(|a| format!("{}.{}.{}", a.object.id.kind.to_lowercase(), a.object.id.namespace.name().unwrap_or_default(), a.object.id.name))
            .collect();
        let all = move || pems.iter().map(|pem| pem.text().trim_end().to_owned() + "\n").collect::<String>();
        // certificates of authorities are no secrets
        if self.options.secrets == SecretsMode::Redact {
            return DataSource::InlineString(all());
        }
        self.source(all, format!("{}.ca.crt", names.join("+")))
    }

    /// What a listener shows and asks for.
    pub(super) fn downstream_tls(&mut self, certificates: &[Certificate<'_>], clients: Option<&ClientCheck<'_>>, http: bool) -> TransportSocket {
        let validation_context = clients.map(|check| Validation {
            trusted_ca: self.authorities(&check.authorities),
            match_typed_subject_alt_names: Vec::new(),
            trust_chain_verification: check.fallback.then_some("ACCEPT_UNTRUSTED"),
        });
        let tls = CommonTls {
            tls_certificates: certificates.iter().map(|certificate| self.certificate(certificate)).collect(),
            validation_context,
            alpn_protocols: if http { vec!["h2", "http/1.1"] } else { Vec::new() },
        };
        let context = Downstream { common_tls_context: tls, require_client_certificate: clients.is_some_and(|check| !check.fallback) };
        TransportSocket { name: "envoy.transport_sockets.tls", typed_config: json(&Any::new(DOWNSTREAM, context)) }
    }

    /// How TLS is spoken to a backend.
    pub(super) fn upstream_tls(&mut self, tls: &UpstreamTls<'_>, shown: Option<&Certificate<'_>>, http2: bool) -> TransportSocket {
        let dns = |name: &str| NameMatch { san_type: "DNS", matcher: StringMatch::Exact(name.to_owned()) };
        let names = if tls.names.is_empty() {
            tls.hostname.iter().map(|name| dns(name)).collect()
        } else {
            let each = tls.names.iter().map(|name| match name {
                AltName::Dns(name) => wildcard(name).unwrap_or_else(|| dns(name)),
                AltName::Uri(uri) => NameMatch { san_type: "URI", matcher: StringMatch::Exact(uri.to_string()) },
            });
            each.collect()
        };
        let trusted_ca = match &tls.trust {
            Trust::Authorities(authorities) => Some(self.authorities(authorities)),
            Trust::System => Some(DataSource::Filename(SYSTEM_AUTHORITIES.to_owned())),
            Trust::Anyone => None,
        };
        let validation_context =
            trusted_ca.map(|trusted_ca| Validation { trusted_ca, match_typed_subject_alt_names: names, trust_chain_verification: None });
        let context = Upstream {
            common_tls_context: CommonTls {
                tls_certificates: shown.map(|certificate| self.certificate(certificate)).into_iter().collect(),
                validation_context,
                alpn_protocols: if http2 { vec!["h2"] } else { Vec::new() },
            },
            sni: tls.hostname.map(ToString::to_string),
        };
        TransportSocket { name: "envoy.transport_sockets.tls", typed_config: json(&Any::new(UPSTREAM, context)) }
    }
}

/// A wildcard stands for one label in certificates.
fn wildcard(name: &str) -> Option<NameMatch> {
    let suffix = name.strip_prefix("*.")?;
    let regex = format!(r"[^.]+\.{}|\*\.{}", regex::escape(suffix), regex::escape(suffix));
    Some(NameMatch { san_type: "DNS", matcher: StringMatch::SafeRegex(super::proto::Regex { regex }) })
}
