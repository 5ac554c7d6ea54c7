//! Envoy's messages that several parts use, in the JSON form of its protobufs.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value as Json;

/// A message with its type.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Any<T> {
    #[serde(rename = "@type")]
    type_url: &'static str,
    #[serde(flatten)]
    value: T,
}

impl<T> Any<T> {
    pub(super) const fn new(type_url: &'static str, value: T) -> Self {
        Self { type_url, value }
    }
}

/// A message without fields.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Empty {}

/// `config.core.v3.TypedExtensionConfig`, and filters, which have the same form.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Extension {
    pub(super) name: &'static str,
    pub(super) typed_config: Json,
}

impl Extension {
    pub(super) fn new<T: Serialize>(name: &'static str, type_url: &'static str, value: T) -> Self {
        Self { name, typed_config: json(&Any::new(type_url, value)) }
    }
}

/// A message as JSON; none of ours can fail to be written.
pub(super) fn json<T: Serialize>(value: &T) -> Json {
    serde_json::to_value(value).unwrap_or_default()
}

/// `config.core.v3.Address`.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Address {
    socket_address: SocketAddress,
}

#[derive(Clone, Debug, Serialize)]
struct SocketAddress {
    #[serde(skip_serializing_if = "Option::is_none")]
    protocol: Option<&'static str>,
    address: String,
    port_value: u16,
}

impl Address {
    pub(super) fn tcp(address: impl Into<String>, port: u16) -> Self {
        Self { socket_address: SocketAddress { protocol: None, address: address.into(), port_value: port } }
    }

    pub(super) fn udp(address: impl Into<String>, port: u16) -> Self {
        Self { socket_address: SocketAddress { protocol: Some("UDP"), address: address.into(), port_value: port } }
    }
}

/// `config.core.v3.Metadata`: what we say about an object, for people and programs that read the file.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Metadata {
    filter_metadata: BTreeMap<&'static str, BTreeMap<&'static str, Json>>,
}

impl Metadata {
    /// Of our own keys; none without any.
    pub(super) fn of(entries: impl IntoIterator<Item = (&'static str, Option<String>)>) -> Option<Self> {
        let entries: BTreeMap<_, _> = entries.into_iter().filter_map(|(key, value)| Some((key, Json::String(value?)))).collect();
        (!entries.is_empty()).then(|| Self { filter_metadata: BTreeMap::from([("meshgate", entries)]) })
    }
}

/// `type.matcher.v3.StringMatcher`.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum StringMatch {
    Exact(String),
    SafeRegex(Regex),
}

/// `type.matcher.v3.RegexMatcher`; RE2 needs no word.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Regex {
    pub(super) regex: String,
}

/// `type.v3.FractionalPercent` at run time.
#[derive(Clone, Debug, Serialize)]
pub(super) struct RuntimeFraction {
    default_value: Fraction,
}

#[derive(Clone, Debug, Serialize)]
struct Fraction {
    numerator: u32,
    denominator: &'static str,
}

impl RuntimeFraction {
    pub(super) const fn per_million(numerator: u32) -> Self {
        Self { default_value: Fraction { numerator, denominator: "MILLION" } }
    }
}

/// `config.core.v3.ConfigSource` of a file.
#[derive(Clone, Debug, Serialize)]
pub(super) struct ConfigSource {
    pub(super) resource_api_version: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) path_config_source: Option<PathSource>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) api_config_source: Option<ApiSource>,
}

/// A file that is read again when its folder changes.
#[derive(Clone, Debug, Serialize)]
pub(super) struct PathSource {
    path: String,
    watched_directory: Watched,
}

#[derive(Clone, Debug, Serialize)]
struct Watched {
    path: String,
}

/// A management server.
#[derive(Clone, Debug, Serialize)]
pub(super) struct ApiSource {
    api_type: &'static str,
    transport_api_version: &'static str,
    grpc_services: Vec<GrpcService>,
}

#[derive(Clone, Debug, Serialize)]
struct GrpcService {
    envoy_grpc: EnvoyGrpc,
}

#[derive(Clone, Debug, Serialize)]
struct EnvoyGrpc {
    cluster_name: &'static str,
}

impl ConfigSource {
    /// A file of a folder.
    pub(super) fn file(folder: &str, name: &str) -> Self {
        let source = PathSource { path: format!("{folder}/{name}"), watched_directory: Watched { path: folder.to_owned() } };
        Self { resource_api_version: "V3", path_config_source: Some(source), api_config_source: None }
    }

    /// The management server that a cluster of the bootstrap leads to.
    pub(super) fn server(cluster_name: &'static str) -> Self {
        let services = vec![GrpcService { envoy_grpc: EnvoyGrpc { cluster_name } }];
        let source = ApiSource { api_type: "GRPC", transport_api_version: "V3", grpc_services: services };
        Self { resource_api_version: "V3", path_config_source: None, api_config_source: Some(source) }
    }
}

/// A duration of the Gateway API (GEP-2257) in milliseconds.
pub(super) fn milliseconds(text: &str) -> Option<u64> {
    let (mut total, mut number) = (0_u64, String::new());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        if c.is_ascii_digit() {
            number.push(c);
            continue;
        }
        let unit = match (c, rest.peek()) {
            ('m', Some('s')) => {
                rest.next();
                1
            }
            ('h', _) => 3_600_000,
            ('m', _) => 60_000,
            ('s', _) => 1_000,
            _ => return None,
        };
        total = total.checked_add(number.parse::<u64>().ok()?.checked_mul(unit)?)?;
        number.clear();
    }
    (number.is_empty() && !text.is_empty()).then_some(total)
}

/// A duration as Envoy reads it.
pub(super) fn duration(milliseconds: u64) -> String {
    match (milliseconds / 1000, milliseconds % 1000) {
        (seconds, 0) => format!("{seconds}s"),
        (seconds, rest) => format!("{seconds}.{rest:03}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_of_one_api_in_the_words_of_the_other() {
        for (text, expected) in [("500ms", "0.500s"), ("0s", "0s"), ("1h2m3s4ms", "3723.004s"), ("90s", "90s"), ("1m", "60s")] {
            assert_eq!(milliseconds(text).map(duration).as_deref(), Some(expected), "{text}");
        }
        for text in ["", "5", "s", "5d", "99999999999999999999h"] {
            assert_eq!(milliseconds(text), None, "{text}");
        }
    }
}
