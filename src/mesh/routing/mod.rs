//! What a Gateway does with a request: for each port the listeners, their hosts, and the rules of each host in the order in
//! which they are tried (Gateway API: HTTPRouteSpec, Listener, "listener isolation").

mod apply;
mod backends;
mod build;
mod evaluate;
mod faults;
mod filters;
mod matching;
pub mod order;
pub mod re2;
mod reach;
mod sample;
mod service;
mod tls;

#[cfg(test)]
mod tests;

pub use apply::{Applied, Redirect};
pub use backends::{Destination, Host, Invalid, Protocol, Target, Weighted, names_host};
pub use evaluate::{Answer, Tried};
#[doc(hidden)]
pub use faults::Fault;
pub use filters::{Filters, Mirror, Unsupported};
pub use matching::{Match, Mismatch, NamedMatch, PathMatch, Pattern, ValueMatch};
pub use sample::samples;
pub use service::ServiceRoutes;
pub(super) use tls::authority;
pub use tls::{AltName, Authority, Certificate, ClientCheck, Pem, Trust, UpstreamTls, policies_for};

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

pub use super::request::Request;

use super::precedence::{Key, Profile};
use super::{EffectiveListener, GatewayView, RouteView};
use crate::model::Text;
use crate::model::gateway::{HttpTimeouts, RedirectFilter, Retry, SessionPersistence};
use crate::yaml::{At, NodeId};

/// All that a Gateway routes.
#[derive(Debug)]
pub struct RoutingTable<'m> {
    /// The Gateway.
    pub gateway: GatewayView<'m>,
    /// Whose order of rules holds.
    pub profile: Profile,
    /// Its ports, in their order.
    pub ports: Vec<PortTable<'m>>,
    /// The rules of all attached routes.
    pub rules: Vec<Rule<'m>>,
    /// What it shows to backends that ask for a certificate; an error where that is asked for and cannot be had.
    pub client_certificate: Result<Option<Certificate<'m>>, NodeId>,
    /// A fault that a test has put in.
    fault: Fault,
}

/// What a port speaks: listeners of one family share it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// Plain HTTP; hosts tell listeners apart.
    Http,
    /// TLS, ending here or going through; server names tell listeners apart.
    Tls,
    /// Plain TCP.
    Tcp,
    /// UDP.
    Udp,
}

impl Family {
    /// Of a listener's protocol; none for a product's own.
    pub fn of(protocol: &str) -> Option<Self> {
        Some(match protocol {
            "HTTP" => Self::Http,
            "HTTPS" | "TLS" => Self::Tls,
            "TCP" => Self::Tcp,
            "UDP" => Self::Udp,
            _ => return None,
        })
    }
}

/// One port.
#[derive(Debug)]
pub struct PortTable<'m> {
    /// Its number.
    pub port: u16,
    /// What it speaks.
    pub family: Family,
    /// Its listeners, in the order of precedence.
    pub listeners: Vec<ListenerTable<'m>>,
}

/// One listener.
#[derive(Debug)]
pub struct ListenerTable<'m> {
    /// What the files say.
    pub effective: EffectiveListener<'m>,
    /// Its hostname in lower case; none for every host.
    pub hostname: Option<Text>,
    /// What it does with TLS; none where it speaks without.
    pub tls: Option<ListenerTls<'m>>,
    /// Its hosts by name (`*` for every host), for HTTP and HTTPS.
    pub hosts: BTreeMap<Text, VirtualHost>,
    /// Where connections or packets go, for TLS, TCP and UDP.
    pub streams: Vec<Stream>,
    /// Which of them has a server name.
    server_names: FxHashMap<Option<Text>, usize>,
}

/// What a listener does with TLS.
#[derive(Debug)]
pub enum ListenerTls<'m> {
    /// It goes on to the backend.
    Passthrough,
    /// It ends here.
    Terminate {
        /// What is shown; with none the listener takes no connection.
        certificates: Vec<Certificate<'m>>,
        /// Whether there may be certificates that the input does not show.
        unseen: bool,
        /// How clients are checked; an error when it is asked for and cannot be done: then none is let in.
        clients: Result<Option<ClientCheck<'m>>, NodeId>,
    },
}

/// The rules of one host of a listener.
#[derive(Debug, Default)]
pub struct VirtualHost {
    /// In the order in which they are tried.
    pub entries: Vec<Entry>,
}

/// A match of a rule, in its place among others.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The rule, by its place in [`RoutingTable::rules`].
    pub rule: usize,
    /// The match, by its place in [`Rule::matches`].
    pub matching: usize,
    /// Why it stands here.
    pub key: Key,
}

/// Where connections or packets go that no request is read of.
#[derive(Clone, Debug)]
pub struct Stream {
    /// The server name; none for all.
    pub server_name: Option<Text>,
    /// The rule, by its place in [`RoutingTable::rules`].
    pub rule: usize,
}

/// A rule of a route.
#[derive(Debug)]
pub struct Rule<'m> {
    /// The route.
    pub route: RouteView<'m>,
    /// Which rule of the route.
    pub index: usize,
    /// The rule; the route where it is filled in.
    pub node: NodeId,
    /// Its name.
    pub name: Option<&'m At<Text>>,
    /// Whether calls are gRPC.
    pub grpc: bool,
    /// What requests must look like: any of these. None for TLS, TCP and UDP.
    pub matches: Vec<Match<'m>>,
    /// What is done to requests and answers.
    pub filters: Filters<'m>,
    /// What becomes of a request.
    pub action: Action<'m>,
    /// How long requests may take.
    pub timeouts: Option<&'m HttpTimeouts>,
    /// Which failures are tried again.
    pub retry: Option<&'m Retry>,
    /// How requests of one session stay together.
    pub session: Option<&'m SessionPersistence>,
}

/// What becomes of a request.
#[derive(Debug)]
pub enum Action<'m> {
    /// It goes to one of these, by their weights; the share of those that lead nowhere is answered with 500.
    Forward(Vec<Weighted<'m>>),
    /// The client is sent elsewhere.
    Redirect(&'m At<Box<RedirectFilter>>),
    /// It is answered with 500; the backends are kept for what there is to say about them.
    Fail(Failure, Vec<Weighted<'m>>),
}

/// Why every request of a rule is answered with 500.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// It has no backend.
    NoBackend,
    /// All weights are 0.
    NoWeight,
    /// Every backend with a weight leads nowhere.
    AllInvalid,
    /// A filter that nobody here knows; ignoring it could open what it closes.
    Filter(Unsupported),
}
