//! What all routes share: parents, backends, and the filters that HTTP and gRPC have in common.

use schemars::JsonSchema;
use serde::Deserialize;

use super::shared::{API_GROUP, DNS_LABEL, DURATION, GROUP, HEADER_NAME, KIND, SUBDOMAIN, or};
use crate::model::Text;
use crate::yaml::{At, NodeId};

words! {
    /// Which default gateways a route wants, or which routes a default gateway takes (experimental).
    DefaultScope {
        /// All of them.
        All = "All",
        /// None.
        None = "None",
    }
}

/// What a route attaches to: a Gateway, a listener set, a Service (in the mesh), or a route (delegation).
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ParentRef {
    /// API group; the Gateway API's unless said.
    #[schemars(length(max = 253), regex(pattern = API_GROUP))]
    pub group: Option<At<Text>>,
    /// Kind; `Gateway` unless said.
    #[schemars(length(min = 1, max = 63), regex(pattern = KIND))]
    pub kind: Option<At<Text>>,
    /// Namespace; the route's unless said.
    #[schemars(length(min = 1, max = 63), regex(pattern = DNS_LABEL))]
    pub namespace: Option<At<Text>>,
    /// Name.
    #[schemars(length(min = 1, max = 253))]
    pub name: At<Text>,
    /// One listener; all of them unless said.
    #[schemars(length(min = 1, max = 253), regex(pattern = SUBDOMAIN))]
    pub section_name: Option<At<Text>>,
    /// Listeners, or the Service's port, of this number.
    #[schemars(range(min = 1, max = 65535))]
    pub port: Option<At<i64>>,
}

impl ParentRef {
    /// Its group, the Gateway API's unless said.
    pub fn group(&self) -> &str {
        or(self.group.as_ref(), GROUP)
    }

    /// Its kind, `Gateway` unless said.
    pub fn kind(&self) -> &str {
        or(self.kind.as_ref(), "Gateway")
    }
}

/// A backend with its weight.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BackendRef {
    /// API group; the core group unless said.
    #[schemars(length(max = 253), regex(pattern = API_GROUP))]
    pub group: Option<At<Text>>,
    /// Kind; `Service` unless said.
    #[schemars(length(min = 1, max = 63), regex(pattern = KIND))]
    pub kind: Option<At<Text>>,
    /// Name.
    #[schemars(length(min = 1, max = 253))]
    pub name: At<Text>,
    /// Namespace; the route's unless said.
    #[schemars(length(min = 1, max = 63), regex(pattern = DNS_LABEL))]
    pub namespace: Option<At<Text>>,
    /// The port of the Service.
    #[schemars(range(min = 1, max = 65535))]
    pub port: Option<At<i64>>,
    /// Its share of the requests; 1 unless said.
    #[schemars(range(min = 0, max = 1_000_000))]
    pub weight: Option<At<i64>>,
}

/// A backend of a filter: requests are copied to it or asked about there.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BackendObjectRef {
    /// API group; the core group unless said.
    #[schemars(length(max = 253), regex(pattern = API_GROUP))]
    pub group: Option<At<Text>>,
    /// Kind; `Service` unless said.
    #[schemars(length(min = 1, max = 63), regex(pattern = KIND))]
    pub kind: Option<At<Text>>,
    /// Name.
    #[schemars(length(min = 1, max = 253))]
    pub name: At<Text>,
    /// Namespace; the route's unless said.
    #[schemars(length(min = 1, max = 63), regex(pattern = DNS_LABEL))]
    pub namespace: Option<At<Text>>,
    /// The port of the Service.
    #[schemars(range(min = 1, max = 65535))]
    pub port: Option<At<i64>>,
}

/// Any backend reference, whatever route or filter it stands in.
#[derive(Debug, Clone, Copy)]
pub struct BackendRefView<'a> {
    /// The whole reference.
    pub node: NodeId,
    /// API group, as written.
    pub group: Option<&'a At<Text>>,
    /// Kind, as written.
    pub kind: Option<&'a At<Text>>,
    /// Name.
    pub name: &'a At<Text>,
    /// Namespace, as written.
    pub namespace: Option<&'a At<Text>>,
    /// Port, as written.
    pub port: Option<&'a At<i64>>,
    /// Weight, as written.
    pub weight: Option<&'a At<i64>>,
}

impl<'a> BackendRefView<'a> {
    /// Its group, the core group unless said.
    pub fn group(&self) -> &'a str {
        or(self.group, "")
    }

    /// Its kind, `Service` unless said.
    pub fn kind(&self) -> &'a str {
        or(self.kind, "Service")
    }

    /// Its share of the requests, 1 unless said.
    pub fn weight(&self) -> i64 {
        self.weight.map_or(1, |weight| **weight)
    }
}

/// The view and the defaults of a struct with the fields of a backend reference.
macro_rules! backend {
    ($name:ty, $weight:expr) => {
        impl $crate::yaml::At<$name> {
            /// The reference, in the form that all backends share.
            pub fn reference(&self) -> $crate::model::gateway::BackendRefView<'_> {
                let weight: fn(&$name) -> Option<&$crate::yaml::At<i64>> = $weight;
                $crate::model::gateway::BackendRefView {
                    node: self.node(),
                    group: self.group.as_ref(),
                    kind: self.kind.as_ref(),
                    name: &self.name,
                    namespace: self.namespace.as_ref(),
                    port: self.port.as_ref(),
                    weight: weight(self),
                }
            }

            /// Its group, the core group unless said.
            pub fn group(&self) -> &str {
                self.reference().group()
            }

            /// Its kind, `Service` unless said.
            pub fn kind(&self) -> &str {
                self.reference().kind()
            }

            /// Its share of the requests, 1 unless said.
            pub fn weight(&self) -> i64 {
                self.reference().weight()
            }
        }
    };
}
pub(super) use backend;

backend!(BackendRef, |this| this.weight.as_ref());
backend!(BackendObjectRef, |_| None);

/// Headers that are set, added or removed.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HeaderFilter {
    /// Headers that replace what is there.
    #[serde(default)]
    #[schemars(length(max = 16))]
    pub set: Vec<At<Header>>,
    /// Headers that come on top.
    #[serde(default)]
    #[schemars(length(max = 16))]
    pub add: Vec<At<Header>>,
    /// Headers that go.
    #[serde(default)]
    #[schemars(length(max = 16))]
    pub remove: Vec<At<Text>>,
}

/// A header and its value.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Header {
    /// Its name, in any case.
    #[schemars(length(min = 1, max = 256), regex(pattern = HEADER_NAME))]
    pub name: At<Text>,
    /// Its value.
    #[schemars(length(min = 1, max = 4096))]
    pub value: At<Text>,
}

/// Requests are copied to another backend, whose answers are ignored.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MirrorFilter {
    /// Where the copies go.
    pub backend_ref: At<BackendObjectRef>,
    /// How many of 100.
    #[schemars(range(min = 0, max = 100))]
    pub percent: Option<At<i64>>,
    /// How many of a number.
    pub fraction: Option<At<Fraction>>,
}

/// A share.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Fraction {
    /// How many.
    #[schemars(range(min = 0))]
    pub numerator: At<i64>,
    /// Of how many; 100 unless said.
    #[schemars(range(min = 1))]
    pub denominator: Option<At<i64>>,
}

/// How requests of one session stay with one backend (experimental).
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SessionPersistence {
    /// The cookie's or header's name.
    #[schemars(length(max = 128))]
    pub session_name: Option<At<Text>>,
    /// When a session ends whatever happens.
    #[schemars(regex(pattern = DURATION))]
    pub absolute_timeout: Option<At<Text>>,
    /// When a session without requests ends.
    #[schemars(regex(pattern = DURATION))]
    pub idle_timeout: Option<At<Text>>,
    /// What carries the session.
    #[serde(rename = "type")]
    pub kind: Option<At<SessionType>>,
    /// Settings of the cookie.
    pub cookie_config: Option<At<CookieConfig>>,
}

impl SessionPersistence {
    /// What carries the session, a cookie unless said.
    pub fn kind(&self) -> SessionType {
        self.kind.as_deref().copied().unwrap_or(SessionType::Cookie)
    }
}

words! {
    /// What carries a session.
    SessionType {
        /// A cookie; the default.
        Cookie = "Cookie",
        /// A header.
        Header = "Header",
    }
}

/// Settings of a session cookie.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CookieConfig {
    /// How long the cookie lives.
    pub lifetime_type: Option<At<CookieLifetime>>,
}

words! {
    /// How long a session cookie lives.
    CookieLifetime {
        /// As long as the timeout says.
        Permanent = "Permanent",
        /// As long as the browser; the default.
        Session = "Session",
    }
}
