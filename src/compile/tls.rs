//! Certificates and keys: in the configuration, beside it, or left out.

use super::json::{Fields, Json, any, json, object, put};
use super::{Context, SecretsMode};
use crate::mesh::routing::{AltName, Authority, Certificate, ClientCheck, Pem, Trust, UpstreamTls};

const DOWNSTREAM: &str = "extensions.transport_sockets.tls.v3.DownstreamTlsContext";
const UPSTREAM: &str = "extensions.transport_sockets.tls.v3.UpstreamTlsContext";
/// Where most systems keep the authorities they believe.
const SYSTEM_AUTHORITIES: &str = "/etc/ssl/certs/ca-certificates.crt";
/// What stands where a key is left out, as Envoy's own dumps have it.
const REDACTED: &str = "[redacted]";

impl<'m> Context<'_, 'm> {
    /// `config.core.v3.DataSource`.
    fn source(&mut self, text: impl FnOnce() -> String, file: String) -> Json {
        match self.options.secrets {
            SecretsMode::Inline => json!({ "inline_string": text() }),
            SecretsMode::Redact => {
                self.notes.insert(format!("certificates and keys are left out: Envoy does not start with `{REDACTED}` in their place"));
                json!({ "inline_string": REDACTED })
            }
            SecretsMode::Files => {
                let path = format!("{}/{file}", self.options.secrets_folder);
                self.secrets.entry(file).or_insert_with(text);
                json!({ "filename": path })
            }
        }
    }

    fn certificate(&mut self, certificate: &Certificate<'_>) -> Json {
        let id = &certificate.secret.id;
        let name = format!("{}.{}", id.namespace.name().unwrap_or_default(), id.name);
        let chain = self.source(|| certificate.chain.text(), format!("{name}.crt"));
        let key = self.source(|| certificate.key.text(), format!("{name}.key"));
        object([("certificate_chain", chain), ("private_key", key)])
    }

    /// A certificate that the input does not hold, and may be in the cluster: whoever has it puts it where this says.
    pub(super) fn unseen_certificate(&mut self, namespace: &str, name: &str) -> Json {
        let file = format!("{}/{namespace}.{name}", self.options.secrets_folder);
        self.notes
            .insert(format!("Secret {namespace}/{name} is not in the input: put its certificate at {file}.crt and its key at {file}.key"));
        json!({ "certificate_chain": { "filename": format!("{file}.crt") }, "private_key": { "filename": format!("{file}.key") } })
    }

    /// What a listener shows whose certificates are not in the input.
    pub(super) fn unseen_tls(&mut self, certificates: Vec<Json>, clients: Option<&ClientCheck<'_>>, http: bool) -> Json {
        if self.shadow {
            return Json::Null;
        }
        self.downstream(certificates, clients, http)
    }

    /// Certificates of authorities are no secrets.
    fn authorities(&mut self, authorities: &[Authority<'_>]) -> Json {
        let pems: Vec<Pem<'_>> = authorities.iter().map(|authority| authority.pem).collect();
        let all = move || pems.iter().map(|pem| pem.text().trim_end().to_owned() + "\n").collect::<String>();
        if self.options.secrets == SecretsMode::Redact {
            return json!({ "inline_string": all() });
        }
        let names: Vec<String> = authorities
            .iter()
            .map(|a| {
                format!("{}.{}.{}", a.object.id.kind.to_lowercase(), a.object.id.namespace.name().unwrap_or_default(), a.object.id.name)
            })
            .collect();
        self.source(all, format!("{}.ca.crt", names.join("+")))
    }

    /// What a listener shows and asks for.
    pub(super) fn downstream_tls(&mut self, certificates: &[Certificate<'_>], clients: Option<&ClientCheck<'_>>, http: bool) -> Json {
        let shown: Vec<Json> = certificates.iter().map(|certificate| self.certificate(certificate)).collect();
        self.downstream(shown, clients, http)
    }

    fn downstream(&mut self, shown: Vec<Json>, clients: Option<&ClientCheck<'_>>, http: bool) -> Json {
        let mut common = Fields::default();
        put(&mut common, "tls_certificates", shown);
        if let Some(check) = clients {
            let mut validation = Fields::default();
            put(&mut validation, "trusted_ca", self.authorities(&check.authorities));
            if check.fallback {
                put(&mut validation, "trust_chain_verification", "ACCEPT_UNTRUSTED");
            }
            put(&mut common, "validation_context", Json::Object(validation));
        }
        if http {
            put(&mut common, "alpn_protocols", json!(["h2", "http/1.1"]));
        }
        let mut context = Fields::default();
        put(&mut context, "common_tls_context", Json::Object(common));
        if clients.is_some_and(|check| !check.fallback) {
            put(&mut context, "require_client_certificate", true);
        }
        socket(DOWNSTREAM, context)
    }

    /// How TLS is spoken to a backend.
    pub(super) fn upstream_tls(&mut self, tls: &UpstreamTls<'m>, shown: Option<&Certificate<'_>>, http2: bool) -> Json {
        let mut common = Fields::default();
        let certificates: Vec<Json> = shown.map(|certificate| self.certificate(certificate)).into_iter().collect();
        put(&mut common, "tls_certificates", certificates);
        let trusted = match &tls.trust {
            Trust::Authorities(authorities) => Some(self.authorities(authorities)),
            Trust::System => Some(json!({ "filename": SYSTEM_AUTHORITIES })),
            Trust::Anyone => None,
        };
        if let Some(trusted) = trusted {
            let names: Vec<Json> = if tls.names.is_empty() {
                tls.hostname.iter().map(|name| name_of("DNS", name)).collect()
            } else {
                let of = |name: &AltName<'_>| match name {
                    AltName::Dns(name) => wildcard(name).unwrap_or_else(|| name_of("DNS", name)),
                    AltName::Uri(uri) => name_of("URI", uri),
                };
                tls.names.iter().map(of).collect()
            };
            put(&mut common, "validation_context", json!({ "trusted_ca": trusted, "match_typed_subject_alt_names": names }));
        }
        if http2 {
            put(&mut common, "alpn_protocols", json!(["h2"]));
        }
        let mut context = Fields::default();
        // an empty one is a message all the same
        context.insert("common_tls_context", Json::Object(common));
        put(&mut context, "sni", tls.hostname.map(crate::model::Text::as_str));
        socket(UPSTREAM, context)
    }
}

fn socket(context: &str, value: Fields) -> Json {
    json!({ "name": "envoy.transport_sockets.tls", "typed_config": any(context, Json::Object(value)) })
}

fn name_of(kind: &str, name: &str) -> Json {
    json!({ "san_type": kind, "matcher": { "exact": name } })
}

/// A wildcard stands for one label in certificates.
fn wildcard(name: &str) -> Option<Json> {
    let suffix = regex::escape(name.strip_prefix("*.")?);
    Some(json!({ "san_type": "DNS", "matcher": { "safe_regex": { "regex": format!(r"[^.]+\.{suffix}|\*\.{suffix}") } } }))
}
