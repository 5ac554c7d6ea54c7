//! Which route and rule wins a request. `Fit` is the text of the Gateway API (HTTPRouteRule.matches, GRPCRouteRule.matches,
//! HTTPRouteSpec.hostnames) as a type: the order of its fields is the order of the text. What products do instead are key
//! types of their own beside it. Nobody else compares routes.

use std::cmp::Reverse;

use super::Product;
use crate::model::Text;

/// Whose order of rules holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Profile {
    /// The text of the Gateway API.
    Spec,
    /// Istio's own gateways and waypoints.
    Istio,
    /// kgateway and the products made of it.
    Kgateway,
    /// Envoy Gateway.
    EnvoyGateway,
}

impl Profile {
    /// What `auto` means for a Gateway: the order of the product behind its class, and the text where that is not known.
    pub const fn of(product: Product) -> Self {
        match product {
            Product::Istio | Product::IstioWaypoint | Product::IstioRemote | Product::IstioEastWest => Self::Istio,
            Product::Kgateway | Product::EnterpriseKgateway | Product::Gloo | Product::KgatewayWaypoint | Product::GlooWaypoint => {
                Self::Kgateway
            }
            _ => Self::Spec,
        }
    }

    /// Its word on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Spec => "spec",
            Self::Istio => "istio",
            Self::Kgateway => "kgateway",
            Self::EnvoyGateway => "envoy-gateway",
        }
    }
}

/// How well a hostname fits a request's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct HostFit {
    /// Characters of a hostname without a wildcard; 0 for one with a wildcard.
    pub plain: usize,
    /// Characters of the hostname; 0 for none.
    pub characters: usize,
}

impl HostFit {
    /// Of a hostname that matches; `*` and nothing are the same.
    pub fn of(hostname: Option<&str>) -> Self {
        match hostname {
            None | Some("" | "*") => Self::default(),
            Some(host) if host.starts_with('*') => Self { plain: 0, characters: host.chars().count() },
            Some(host) => Self { plain: host.chars().count(), characters: host.chars().count() },
        }
    }
}

/// How a path is compared: the later, the better the fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PathForm {
    /// By its beginning.
    Prefix,
    /// By a pattern. The text leaves its position open; kgateway and Envoy Gateway have it here.
    Regex,
    /// As a whole; and any match of a gRPC method, among which only characters count.
    Exact,
}

/// How well a path fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PathFit {
    /// How it is compared.
    pub form: PathForm,
    /// Characters of the path (without a `/` at its end), or of the gRPC service; 0 for patterns.
    pub characters: usize,
    /// Characters of the gRPC method.
    pub method: usize,
}

/// What is to be compared, whoever compares it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Traits {
    /// The hostname of the route.
    pub host: HostFit,
    /// The path.
    pub path: PathFit,
    /// Characters of the path as written, patterns too.
    pub written: usize,
    /// Whether a method is named.
    pub method: bool,
    /// How many headers are.
    pub headers: usize,
    /// How many query parameters are.
    pub query: usize,
    /// When the route was made, where all that compete say so.
    pub created: Option<Text>,
    /// The route's namespace and name.
    pub name: (Text, Text),
    /// Which rule of the route.
    pub rule: usize,
    /// Which match of the rule.
    pub matching: usize,
}

/// How well a match fits a request; the greatest wins. Order of fields = order of the Gateway API text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fit {
    /// Most characters of a hostname without wildcard, then of any hostname.
    pub host: HostFit,
    /// An exact path, then the longest prefix.
    pub path: PathFit,
    /// A method.
    pub method: bool,
    /// The most headers.
    pub headers: usize,
    /// The most query parameters.
    pub query: usize,
    /// The oldest route.
    pub created: Reverse<Option<Text>>,
    /// The first by `namespace/name`.
    pub name: Reverse<String>,
    /// The first rule.
    pub rule: Reverse<usize>,
    /// The first match.
    pub matching: Reverse<usize>,
}

impl From<Traits> for Fit {
    fn from(t: Traits) -> Self {
        Self {
            host: t.host,
            path: t.path,
            method: t.method,
            headers: t.headers,
            query: t.query,
            created: Reverse(t.created),
            name: Reverse(format!("{}/{}", t.name.0, t.name.1)),
            rule: Reverse(t.rule),
            matching: Reverse(t.matching),
        }
    }
}

/// How a path is compared, in Istio's order: patterns come last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum IstioForm {
    /// By a pattern.
    Regex,
    /// By its beginning.
    Prefix,
    /// As a whole.
    Exact,
}

/// Istio's order (`sortHTTPRoutes` in its Gateway API conversion); ties go by age, then by `name.namespace`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct IstioFit {
    host: HostFit,
    form: IstioForm,
    characters: usize,
    method_characters: usize,
    method: bool,
    headers: usize,
    query: usize,
    created: Reverse<Option<Text>>,
    name: Reverse<String>,
    rule: Reverse<usize>,
    matching: Reverse<usize>,
}

impl From<Traits> for IstioFit {
    fn from(t: Traits) -> Self {
        let form = match t.path.form {
            PathForm::Regex => IstioForm::Regex,
            PathForm::Prefix => IstioForm::Prefix,
            PathForm::Exact => IstioForm::Exact,
        };
        Self {
            host: t.host,
            form,
            characters: if form == IstioForm::Regex { t.written } else { t.path.characters },
            method_characters: t.path.method,
            method: t.method,
            headers: t.headers,
            query: t.query,
            created: Reverse(t.created),
            name: Reverse(format!("{}.{}", t.name.1, t.name.0)),
            rule: Reverse(t.rule),
            matching: Reverse(t.matching),
        }
    }
}

/// kgateway's order: the text's, with patterns by their length between exact paths and prefixes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct KgatewayFit {
    host: HostFit,
    form: PathForm,
    characters: usize,
    method_characters: usize,
    method: bool,
    headers: usize,
    query: usize,
    created: Reverse<Option<Text>>,
    name: Reverse<String>,
    rule: Reverse<usize>,
    matching: Reverse<usize>,
}

impl From<Traits> for KgatewayFit {
    fn from(t: Traits) -> Self {
        Self {
            host: t.host,
            form: t.path.form,
            characters: if t.path.form == PathForm::Regex { t.written } else { t.path.characters },
            method_characters: t.path.method,
            method: t.method,
            headers: t.headers,
            query: t.query,
            created: Reverse(t.created),
            name: Reverse(format!("{}/{}", t.name.0, t.name.1)),
            rule: Reverse(t.rule),
            matching: Reverse(t.matching),
        }
    }
}

/// Envoy Gateway's order: a method is one header more.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EnvoyGatewayFit {
    host: HostFit,
    form: PathForm,
    characters: usize,
    method_characters: usize,
    headers: usize,
    query: usize,
    created: Reverse<Option<Text>>,
    name: Reverse<String>,
    rule: Reverse<usize>,
    matching: Reverse<usize>,
}

impl From<Traits> for EnvoyGatewayFit {
    fn from(t: Traits) -> Self {
        Self {
            host: t.host,
            form: t.path.form,
            characters: if t.path.form == PathForm::Regex { t.written } else { t.path.characters },
            method_characters: t.path.method,
            headers: t.headers + usize::from(t.method),
            query: t.query,
            created: Reverse(t.created),
            name: Reverse(format!("{}/{}", t.name.0, t.name.1)),
            rule: Reverse(t.rule),
            matching: Reverse(t.matching),
        }
    }
}

/// A key of one of the orders; keys of one profile are compared with each other only.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// The text's.
    Spec(Fit),
    /// Istio's.
    Istio(IstioFit),
    /// kgateway's.
    Kgateway(KgatewayFit),
    /// Envoy Gateway's.
    EnvoyGateway(EnvoyGatewayFit),
}

impl Key {
    /// The key of a match; the greatest wins.
    pub fn of(profile: Profile, traits: Traits) -> Self {
        match profile {
            Profile::Spec => Self::Spec(traits.into()),
            Profile::Istio => Self::Istio(traits.into()),
            Profile::Kgateway => Self::Kgateway(traits.into()),
            Profile::EnvoyGateway => Self::EnvoyGateway(traits.into()),
        }
    }
}

/// The age of a route among its competitors: where one of them does not say it, it counts for none, or there would be no
/// order.
pub fn ages<'r>(stamps: impl IntoIterator<Item = Option<&'r Text>>) -> bool {
    stamps.into_iter().all(|stamp| stamp.is_some())
}

#[cfg(test)]
#[path = "precedence_tests.rs"]
mod tests;
