//! Certificates: what a listener shows, which clients it believes, and how backends are spoken to.

use super::super::facts::Fact;
use super::super::resolve::permitted;
use super::super::{Object, ServiceView};
use super::backends::Invalid;
use crate::model::core::Hidden;
use crate::model::gateway::{
    BackendTlsPolicySpec, FrontendTlsConfig, GatewaySpec, SecretRef, SubjectAltName, SubjectAltNameType, ValidationMode,
};
use crate::model::{Kind, Namespace, Spec, Text};
use crate::yaml::{At, NodeId};

/// A certificate or a key, as its object holds it.
#[derive(Clone, Copy, Debug)]
pub enum Pem<'m> {
    /// Of a ConfigMap.
    Open(&'m At<Text>),
    /// Of a Secret's `stringData`.
    Plain(&'m At<Hidden>),
    /// Of a Secret's `data`.
    Base64(&'m At<Hidden>),
}

impl Pem<'_> {
    /// Whether it looks like PEM with such a block: anything else is refused when it is loaded.
    fn holds(&self, block: &str) -> bool {
        let marker = |text: &str| {
            text.split("-----BEGIN ").skip(1).any(|rest| {
                let Some((label, body)) = rest.split_once("-----") else { return false };
                let body: String = body.split("-----END").next().unwrap_or_default().split_whitespace().collect();
                // every certificate and key is an ASN.1 sequence
                label.ends_with(block) && body.starts_with("MI") && decode(&body).is_some()
            })
        };
        match self {
            Self::Open(text) => marker(text),
            Self::Plain(text) => marker(text.reveal()),
            Self::Base64(text) => decode(text.reveal()).and_then(|bytes| String::from_utf8(bytes).ok()).is_some_and(|text| marker(&text)),
        }
    }

    /// The text, decoded.
    pub fn text(&self) -> String {
        match self {
            Self::Open(text) => text.to_string(),
            Self::Plain(text) => text.reveal().to_owned(),
            Self::Base64(text) => decode(text.reveal()).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default(),
        }
    }
}

/// Base64 as Kubernetes writes it: padded, perhaps with line breaks.
fn decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut count, mut padding) = (0_u32, 0_u32, 0_usize);
    for byte in text.bytes().filter(|byte| !byte.is_ascii_whitespace()) {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            b'=' => {
                padding += 1;
                continue;
            }
            _ => return None,
        };
        if padding > 0 {
            return None;
        }
        bits = (bits << 6) | u32::from(value);
        count += 1;
        if count.is_multiple_of(4) {
            bytes.extend(bits.to_be_bytes().into_iter().skip(1));
            bits = 0;
        }
    }
    match (count % 4, padding) {
        (0, 0) => {}
        (2, 2) => bytes.push(u8::try_from((bits >> 4) & 0xff).ok()?),
        (3, 1) => bytes.extend([u8::try_from((bits >> 10) & 0xff).ok()?, u8::try_from((bits >> 2) & 0xff).ok()?]),
        _ => return None,
    }
    Some(bytes)
}

/// A certificate with its key.
#[derive(Clone, Copy, Debug)]
pub struct Certificate<'m> {
    /// The Secret.
    pub secret: Object<'m>,
    /// The reference to it.
    pub node: NodeId,
    /// `tls.crt`.
    pub chain: Pem<'m>,
    /// `tls.key`.
    pub key: Pem<'m>,
}

impl<'m> Certificate<'m> {
    /// Of a Secret: none unless it holds both halves.
    fn of(secret: Object<'m>, node: NodeId) -> Option<Self> {
        let (chain, key) = (secret_value(secret, "tls.crt")?, secret_value(secret, "tls.key")?);
        (chain.holds("CERTIFICATE") && key.holds("PRIVATE KEY")).then_some(Self { secret, node, chain, key })
    }

    /// What a reference leads to: none when it leads to no usable certificate.
    pub(in crate::mesh) fn referred(from: Object<'m>, reference: &At<SecretRef>) -> Option<Self> {
        if !matches!(reference.group(), "" | "core") || reference.kind() != "Secret" {
            return None;
        }
        let namespace = from.namespace_or_own(reference.namespace.as_deref());
        if namespace != *from.namespace() && !permitted(from, &namespace, ("", "Secret"), &reference.name) {
            return None;
        }
        Self::of(from.get(Kind::Secret, &namespace, &reference.name)?, reference.node())
    }
}

fn secret_value<'m>(secret: Object<'m>, key: &str) -> Option<Pem<'m>> {
    let Spec::Secret(content) = &secret.resource().spec else { return None };
    // what is written plainly wins, as the API server merges it
    let plain = content.string_data.as_ref().and_then(|data| data.value(key)).map(Pem::Plain);
    plain.or_else(|| content.data.as_ref().and_then(|data| data.value(key)).map(Pem::Base64))
}

/// Authorities in an object of the input.
#[derive(Clone, Copy, Debug)]
pub struct Authority<'m> {
    /// The ConfigMap or Secret.
    pub object: Object<'m>,
    /// `ca.crt`.
    pub pem: Pem<'m>,
}

/// What a reference to authorities leads to: none when it leads to no usable certificate.
pub(in crate::mesh) fn authority<'m>(
    from: Object<'m>,
    (group, kind, name): (&str, &str, &str),
    namespace: &Namespace,
) -> Option<Authority<'m>> {
    if !matches!(group, "" | "core") {
        return None;
    }
    let (kind, word) = match kind {
        "ConfigMap" => (Kind::ConfigMap, "ConfigMap"),
        "Secret" => (Kind::Secret, "Secret"),
        _ => return None,
    };
    if namespace != from.namespace() && !permitted(from, namespace, ("", word), name) {
        return None;
    }
    let object = from.get(kind, namespace, name)?;
    let pem = match &object.resource().spec {
        Spec::ConfigMap(map) => map.get("ca.crt").map(Pem::Open)?,
        _ => secret_value(object, "ca.crt")?,
    };
    pem.holds("CERTIFICATE").then_some(Authority { object, pem })
}

/// How clients of a listener are checked.
#[derive(Clone, Debug)]
pub struct ClientCheck<'m> {
    /// Where it stands.
    pub node: NodeId,
    /// Authorities that are believed.
    pub authorities: Vec<Authority<'m>>,
    /// Whether clients without a valid certificate are let in all the same.
    pub fallback: bool,
}

/// The check of clients on a port of a Gateway; an error when it is asked for and cannot be done.
pub(super) fn client_check<'m>(gateway: Object<'m>, spec: &'m GatewaySpec, port: u16) -> Result<Option<ClientCheck<'m>>, NodeId> {
    let Some(frontend) = spec.tls.as_deref().and_then(|tls| tls.frontend.as_deref()) else { return Ok(None) };
    let own = frontend.per_port.iter().find(|one| *one.port == i64::from(port)).map(|one| &one.tls);
    let config: &At<FrontendTlsConfig> = own.unwrap_or(&frontend.default);
    let Some(validation) = &config.validation else { return Ok(None) };
    let authorities: Vec<_> = validation
        .ca_certificate_refs
        .iter()
        .filter_map(|reference| {
            let namespace = gateway.namespace_or_own(reference.namespace.as_deref());
            authority(gateway, (&reference.group, &reference.kind, &reference.name), &namespace)
        })
        .collect();
    if authorities.is_empty() {
        return Err(validation.node());
    }
    let fallback = validation.mode.as_deref() == Some(&ValidationMode::AllowInsecureFallback);
    Ok(Some(ClientCheck { node: validation.node(), authorities, fallback }))
}

/// How TLS is spoken to a backend.
#[derive(Clone, Debug)]
pub struct UpstreamTls<'m> {
    /// The BackendTLSPolicy; none when the port itself asks for TLS.
    pub policy: Option<Object<'m>>,
    /// The server name that is asked for.
    pub hostname: Option<&'m Text>,
    /// Authorities that are believed.
    pub trust: Trust<'m>,
    /// Names of which the certificate must carry one, instead of the server name.
    pub names: Vec<AltName<'m>>,
}

/// Whom a gateway believes.
#[derive(Clone, Debug)]
pub enum Trust<'m> {
    /// These authorities.
    Authorities(Vec<Authority<'m>>),
    /// Those of its own system.
    System,
    /// Anyone: nothing says how the certificate is checked.
    Anyone,
}

/// A name in a certificate.
#[derive(Clone, Copy, Debug)]
pub enum AltName<'m> {
    /// A host.
    Dns(&'m Text),
    /// A URI.
    Uri(&'m Text),
}

impl UpstreamTls<'_> {
    /// TLS that the port asks for, without a word on certificates.
    pub(super) const fn unchecked() -> Self {
        Self { policy: None, hostname: None, trust: Trust::Anyone, names: Vec::new() }
    }
}

/// The BackendTLSPolicies that act on a port of a Service, the one that holds first: for the port by name, then the oldest,
/// then by name.
pub fn policies_for(service: ServiceView<'_>, port: u16) -> Vec<(Object<'_>, &BackendTlsPolicySpec)> {
    let name = service.port(port.into()).and_then(|port| port.name.as_ref()).map(|name| &***name);
    let mut found = Vec::new();
    for object in service.object.neighbours(Kind::BackendTlsPolicy, service.object.namespace()) {
        let Spec::BackendTlsPolicy(policy) = &object.resource().spec else { continue };
        let targets = policy.spec.target_refs.iter().filter(|target| {
            matches!((&**target.group, &**target.kind), ("" | "core", "Service")) && **target.name == *service.object.id.name
        });
        let sections: Vec<_> = targets.map(|target| target.section_name.as_ref().map(|section| &***section)).collect();
        let narrow = sections.iter().any(|section| section.is_some() && *section == name);
        if narrow || sections.contains(&None) {
            found.push((narrow, object, &*policy.spec));
        }
    }
    let aged = found.iter().all(|(_, object, _)| object.meta.creation_timestamp.is_some());
    found.sort_by_key(|(narrow, object, _)| {
        let age = object.resource().meta.creation_timestamp.as_ref().filter(|_| aged).map(|at| &***at);
        (!narrow, age, object.resource().id.name.clone())
    });
    found.into_iter().map(|(_, object, spec)| (object, spec)).collect()
}

/// How TLS is spoken to a port of a Service, when a policy asks for it.
pub(super) fn policy_for(service: ServiceView<'_>, port: u16) -> Result<Option<UpstreamTls<'_>>, Invalid> {
    let Some((policy, spec)) = policies_for(service, port).into_iter().next() else { return Ok(None) };
    let validation = &spec.validation;
    let trust = if validation.ca_certificate_refs.is_empty() {
        match validation.well_known_ca_certificates.as_ref().map(|word| &***word) {
            Some("System") => Trust::System,
            _ => return Err(Invalid::Tls),
        }
    } else {
        let namespace = policy.namespace().clone();
        let found = validation
            .ca_certificate_refs
            .iter()
            .filter_map(|reference| authority(policy, (&reference.group, &reference.kind, &reference.name), &namespace));
        Trust::Authorities(found.collect())
    };
    if matches!(&trust, Trust::Authorities(none) if none.is_empty()) {
        return Err(Invalid::Tls);
    }
    let names = validation.subject_alt_names.iter().filter_map(|name| alt_name(name)).collect();
    Ok(Some(UpstreamTls { policy: Some(policy), hostname: Some(&validation.hostname), trust, names }))
}

fn alt_name(name: &SubjectAltName) -> Option<AltName<'_>> {
    match *name.kind {
        SubjectAltNameType::Hostname => name.hostname.as_deref().map(AltName::Dns),
        SubjectAltNameType::Uri => name.uri.as_deref().map(AltName::Uri),
    }
}

/// Whether something may be so: what is not known may.
pub(super) fn may(fact: Fact<bool>) -> bool {
    fact != Fact::Known(false)
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn base64_is_read_as_kubernetes_writes_it() {
        for (text, bytes) in [("", ""), ("Zg==", "f"), ("Zm8=", "fo"), ("Zm9v", "foo"), ("Zm9v\nYmFy", "foobar"), ("Zm9vYg==", "foob")] {
            assert_eq!(decode(text).as_deref(), Some(bytes.as_bytes()), "{text}");
        }
        assert_eq!(decode("+/+/"), Some(vec![0xfb, 0xff, 0xbf]));
        for text in ["Zg", "Zg=", "Z", "Zg==Zg==", "Z*==", "===="] {
            assert_eq!(decode(text), None, "{text}");
        }
    }
}
