//! Namespaces, accounts, data, network policies and endpoints.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};

use super::LabelSelector;
use crate::model::{IntOrText, Labels, Text, Value};
use crate::yaml::At;

/// A Namespace object; all that matters is in its metadata.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct NamespaceObject {}

/// A ServiceAccount; all that matters is in its metadata.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct ServiceAccount {}

/// A Secret; of what it hides only certificates and their keys are kept.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Secret {
    /// As in `kubernetes.io/tls`; `Opaque` when left out.
    #[serde(rename = "type")]
    pub type_: Option<At<Text>>,
    /// Keys of what is written in base64.
    pub data: Option<At<Keys>>,
    /// Keys of what is written plainly.
    pub string_data: Option<At<Keys>>,
}

impl Secret {
    /// All its keys, those of `data` first.
    pub fn keys(&self) -> impl Iterator<Item = &At<Text>> {
        [&self.data, &self.string_data].into_iter().flatten().flat_map(|keys| keys.iter())
    }
}

/// The keys of a mapping. Of the values only certificates and their keys are kept, and nothing prints them by accident.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Keys {
    keys: Vec<At<Text>>,
    kept: Vec<At<Hidden>>,
}

/// The keys whose values are kept: what gateways need for TLS.
const KEPT: [&str; 3] = ["tls.crt", "tls.key", "ca.crt"];

/// Text that is not for eyes: nothing shows it but who asks for it.
#[derive(Clone, PartialEq, Eq)]
pub struct Hidden {
    key: &'static str,
    text: Box<str>,
}

impl Hidden {
    /// The text itself.
    pub fn reveal(&self) -> &str {
        &self.text
    }
}

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: [hidden]", self.key)
    }
}

impl Keys {
    /// The keys, in the order of the file.
    pub fn iter(&self) -> std::slice::Iter<'_, At<Text>> {
        self.keys.iter()
    }

    /// The value of `tls.crt`, `tls.key` or `ca.crt`.
    pub fn value(&self, key: &str) -> Option<&At<Hidden>> {
        self.kept.iter().rev().find(|kept| kept.key == key)
    }
}

impl<'a> IntoIterator for &'a Keys {
    type Item = &'a At<Text>;
    type IntoIter = std::slice::Iter<'a, At<Text>>;
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<'de> Deserialize<'de> for Keys {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KeysVisitor;
        impl<'de> Visitor<'de> for KeysVisitor {
            type Value = Keys;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a mapping")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Keys, A::Error> {
                let mut found = Keys::default();
                while let Some(key) = map.next_key::<At<Text>>()? {
                    match KEPT.into_iter().find(|kept| *kept == &**key) {
                        None => {
                            map.next_value::<IgnoredAny>()?;
                        }
                        Some(kept) => {
                            let value = map.next_value::<At<Value>>()?;
                            if let Value::Text(text) = &*value {
                                found.kept.push(At::new(Hidden { key: kept, text: (&**text).into() }, value.node()));
                            }
                        }
                    }
                    found.keys.push(key);
                }
                Ok(found)
            }
        }
        deserializer.deserialize_map(KeysVisitor)
    }
}

/// A ConfigMap.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConfigMap {
    /// Its keys and their texts.
    pub data: Option<At<Labels>>,
}

impl ConfigMap {
    /// The text of a key.
    pub fn get(&self, key: &str) -> Option<&At<Text>> {
        self.data.as_ref()?.get(key)
    }
}

/// A NetworkPolicy.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NetworkPolicy {
    /// What it asks for.
    pub spec: Option<At<NetworkPolicySpec>>,
}

/// `spec` of a [`NetworkPolicy`].
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NetworkPolicySpec {
    /// The pods it is for; empty or left out means all of the namespace.
    pub pod_selector: Option<At<LabelSelector>>,
    /// `Ingress`, `Egress` or both.
    #[serde(default)]
    pub policy_types: Vec<At<Text>>,
    /// What may come in.
    #[serde(default)]
    pub ingress: Vec<At<NetworkPolicyIngress>>,
    /// What may go out.
    #[serde(default)]
    pub egress: Vec<At<NetworkPolicyEgress>>,
}

impl NetworkPolicySpec {
    /// Whether it limits what comes in. Without `policyTypes` every policy does.
    pub fn limits_ingress(&self) -> bool {
        self.policy_types.is_empty() || self.policy_types.iter().any(|t| &***t == "Ingress")
    }

    /// Whether it limits what goes out. Without `policyTypes` only a policy with egress rules does.
    pub fn limits_egress(&self) -> bool {
        if self.policy_types.is_empty() { !self.egress.is_empty() } else { self.policy_types.iter().any(|t| &***t == "Egress") }
    }
}

/// What may come in: any of the sources to any of the ports; an empty list means all.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NetworkPolicyIngress {
    /// Ports of the pods.
    #[serde(default)]
    pub ports: Vec<At<NetworkPolicyPort>>,
    /// Sources.
    #[serde(default)]
    pub from: Vec<At<NetworkPolicyPeer>>,
}

/// What may go out: to any of the destinations on any of the ports; an empty list means all.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NetworkPolicyEgress {
    /// Ports of the destinations.
    #[serde(default)]
    pub ports: Vec<At<NetworkPolicyPort>>,
    /// Destinations.
    #[serde(default)]
    pub to: Vec<At<NetworkPolicyPeer>>,
}

/// A port, or a range of them.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NetworkPolicyPort {
    /// A number or the name of a container port; all ports when left out.
    pub port: Option<At<IntOrText>>,
    /// The last port of a range that begins with `port`.
    pub end_port: Option<At<i64>>,
    /// `TCP` when left out.
    pub protocol: Option<At<Text>>,
}

impl NetworkPolicyPort {
    /// `TCP`, `UDP` or `SCTP`.
    pub fn protocol(&self) -> &str {
        self.protocol.as_ref().map_or("TCP", |p| p)
    }

    /// Whether it covers a number. A named port does not say.
    pub fn covers(&self, number: i64) -> Option<bool> {
        match self.port.as_deref() {
            None => Some(true),
            Some(IntOrText::Int(first)) => Some((*first..=self.end_port.as_ref().map_or(*first, |end| **end)).contains(&number)),
            Some(IntOrText::Text(_)) => None,
        }
    }
}

/// Who may talk or be talked to.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NetworkPolicyPeer {
    /// Pods, of this namespace unless a namespace selector stands beside it.
    pub pod_selector: Option<At<LabelSelector>>,
    /// Namespaces.
    pub namespace_selector: Option<At<LabelSelector>>,
    /// Addresses.
    pub ip_block: Option<At<IpBlock>>,
}

/// A range of addresses.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IpBlock {
    /// The range.
    pub cidr: Option<At<Text>>,
    /// Ranges in it that are not meant.
    #[serde(default)]
    pub except: Vec<At<Text>>,
}

/// An EndpointSlice. The Service it belongs to is in its label `kubernetes.io/service-name`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EndpointSlice {
    /// `IPv4`, `IPv6` or `FQDN`.
    pub address_type: Option<At<Text>>,
    /// Ports of all endpoints.
    #[serde(default)]
    pub ports: Vec<At<EndpointPort>>,
    /// The endpoints.
    #[serde(default)]
    pub endpoints: Vec<At<Endpoint>>,
}

/// A port of an [`EndpointSlice`].
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EndpointPort {
    /// The name of the Service port; empty when left out.
    pub name: Option<At<Text>>,
    /// The number; all ports when left out.
    pub port: Option<At<i64>>,
    /// `TCP` when left out.
    pub protocol: Option<At<Text>>,
    /// The protocol inside.
    pub app_protocol: Option<At<Text>>,
}

/// An endpoint of an [`EndpointSlice`].
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Endpoint {
    /// Its addresses.
    #[serde(default)]
    pub addresses: Vec<At<Text>>,
    /// How it is.
    pub conditions: Option<At<EndpointConditions>>,
}

/// How an [`Endpoint`] is.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EndpointConditions {
    /// Whether it takes traffic; left out means unknown and counts as ready.
    pub ready: Option<At<bool>>,
}

impl Endpoint {
    /// Whether it takes traffic.
    pub fn is_ready(&self) -> bool {
        self.conditions.as_ref().and_then(|c| c.ready.as_ref()).is_none_or(|ready| **ready)
    }
}
