//! Where requests go: backend references, resolved to what a gateway can send to.

use rustc_hash::FxHashMap;

use super::super::resolve::{Backend, BackendVerdict, HostTarget, NETWORKING, PortVerdict, Ungranted};
use super::super::{Certainty, Object, ServiceView};
use super::tls::{self, UpstreamTls};
use super::{Filters, RouteView};
use crate::mesh::global::GlobalHost;
use crate::model::gateway::BackendRefView;
use crate::model::{Kind, Spec, Text};
use crate::yaml::NodeId;

/// A backend with its share.
#[derive(Debug)]
pub struct Weighted<'m> {
    /// The reference.
    pub node: NodeId,
    /// Its share of the sum of all weights.
    pub weight: u32,
    /// Where it leads.
    pub target: Target<'m>,
    /// What is done to requests that go here.
    pub filters: Filters<'m>,
}

/// Where a reference leads.
#[derive(Debug)]
pub enum Target<'m> {
    /// Somewhere.
    To(Destination<'m>),
    /// Nowhere: its share is answered with 500.
    Invalid(Invalid),
}

/// Why a reference leads nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Invalid {
    /// `InvalidKind`: not a kind that requests can be sent to.
    Kind,
    /// `BackendNotFound`: no such Service, host or port.
    NotFound,
    /// `RefNotPermitted`: no ReferenceGrant lets the reference into that namespace.
    NotPermitted,
    /// `UnsupportedProtocol`: the port speaks another protocol.
    Protocol,
    /// A BackendTLSPolicy that cannot be honoured: never plaintext instead.
    Tls,
    /// Several objects could be meant, or one that could not be read.
    Unclear,
}

impl Invalid {
    /// The reason as a route's `ResolvedRefs` gives it.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Kind => "InvalidKind",
            Self::NotFound => "BackendNotFound",
            Self::NotPermitted => "RefNotPermitted",
            Self::Protocol => "UnsupportedProtocol",
            Self::Tls => "InvalidBackendTLSPolicy",
            Self::Unclear => "Unclear",
        }
    }
}

/// Something that requests can be sent to.
#[derive(Debug)]
pub struct Destination<'m> {
    /// What it is.
    pub host: Host<'m>,
    /// The port that the reference names: the Service's, not the pods'.
    pub port: u16,
    /// The protocol it speaks.
    pub protocol: Protocol,
    /// How TLS is spoken to it.
    pub tls: Option<Box<UpstreamTls<'m>>>,
}

/// What requests are sent to.
#[derive(Clone, Debug)]
pub enum Host<'m> {
    /// A Service of the cluster.
    Service(ServiceView<'m>),
    /// A host of a ServiceEntry.
    Entry(Object<'m>, &'m Text),
    /// A host that several clusters serve.
    Global(&'m GlobalHost, &'m Text),
    /// A Service that the input does not hold, as namespace and name.
    OutsideService(Text, Text),
    /// A host of which the input says nothing.
    OutsideHost(&'m Text),
}

/// What a backend speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Protocol {
    /// HTTP/1.1.
    #[default]
    Http1,
    /// HTTP/2 without asking first.
    Http2,
    /// Anything; bytes go through as they are.
    Tcp,
    /// Datagrams.
    Udp,
}

/// Resolves the references of one route.
pub(super) struct Resolver<'m> {
    backends: FxHashMap<NodeId, Backend<'m>>,
    route: RouteView<'m>,
    protocol: Protocol,
}

impl<'m> Resolver<'m> {
    pub(super) fn of(route: RouteView<'m>) -> Self {
        let protocol = match route.object.kind {
            Kind::GrpcRoute => Protocol::Http2,
            Kind::TlsRoute | Kind::TcpRoute => Protocol::Tcp,
            Kind::UdpRoute => Protocol::Udp,
            _ => Protocol::Http1,
        };
        Self { backends: route.backends().map(|b| (b.reference.node, b)).collect(), route, protocol }
    }

    pub(super) fn target(&self, reference: BackendRefView<'m>) -> Target<'m> {
        match self.backends.get(&reference.node) {
            Some(backend) => self.resolve(backend).map_or_else(Target::Invalid, Target::To),
            None => Target::Invalid(Invalid::Unclear),
        }
    }

    fn resolve(&self, backend: &Backend<'m>) -> Result<Destination<'m>, Invalid> {
        let reference = backend.reference;
        let service_kind = matches!((reference.group(), reference.kind()), ("" | "core", "Service"));
        let (host, verdict) = match backend.verdict {
            BackendVerdict::Service { port, .. } => {
                // a grant may well be outside the input
                if !matches!(backend.ungranted(), None | Some(Ungranted::Absent(Certainty::Possible))) {
                    return Err(Invalid::NotPermitted);
                }
                (Host::Service(backend.service().ok_or(Invalid::Unclear)?), *port)
            }
            BackendVerdict::Host(target, port) => (self.host(target, reference.name)?, *port),
            BackendVerdict::Missing(missing) if missing.certainty == Certainty::Sure => return Err(Invalid::NotFound),
            BackendVerdict::HostAsService => return Err(Invalid::NotFound),
            BackendVerdict::Missing(_) => (self.outside(reference), PortVerdict::Unknown),
            BackendVerdict::Elsewhere if service_kind => (self.outside(reference), PortVerdict::Unknown),
            BackendVerdict::MalformedHost | BackendVerdict::Elsewhere => return Err(Invalid::Kind),
        };
        if matches!(verdict, PortVerdict::Nowhere | PortVerdict::OnlyTarget { .. }) {
            return Err(Invalid::NotFound);
        }
        let port = reference.port.and_then(|port| u16::try_from(**port).ok()).ok_or(Invalid::NotFound)?;
        let (protocol, tls_by_protocol) = self.protocol_of(&host, port)?;
        let tls = match &host {
            Host::Service(service) => tls::policy_for(*service, port)?,
            _ => None,
        };
        let tls = tls.or_else(|| tls_by_protocol.then(UpstreamTls::unchecked));
        Ok(Destination { host, port, protocol, tls: tls.map(Box::new) })
    }

    fn host(&self, target: &'m HostTarget, name: &'m Text) -> Result<Host<'m>, Invalid> {
        let sibling = |ix| self.route.object.sibling(ix).ok_or(Invalid::Unclear);
        Ok(match target {
            HostTarget::Global(host) => Host::Global(host, name),
            HostTarget::Entry(ix) => Host::Entry(sibling(*ix)?, name),
            HostTarget::Local(ix) => Host::Service(ServiceView::of(sibling(*ix)?).ok_or(Invalid::Unclear)?),
            HostTarget::Unknown if self.route.object.mesh().settings().complete => return Err(Invalid::NotFound),
            HostTarget::Unknown => Host::OutsideHost(name),
        })
    }

    fn outside(&self, reference: BackendRefView<'m>) -> Host<'m> {
        let namespace = self.route.object.namespace_or_own(reference.namespace.map(|n| &**n));
        Host::OutsideService(namespace.name().unwrap_or_default().into(), (**reference.name).clone())
    }

    /// The protocol that a Service's port asks for by `appProtocol` (or Istio's port names), and whether with TLS.
    fn protocol_of(&self, host: &Host<'m>, port: u16) -> Result<(Protocol, bool), Invalid> {
        let (app, transport) = match host {
            Host::Service(service) => match service.port(port.into()) {
                Some(port) => (port.app_protocol.as_ref().map(|p| &***p), port.protocol()),
                None => (None, if self.protocol == Protocol::Udp { "UDP" } else { "TCP" }),
            },
            Host::Entry(object, _) => match &object.resource().spec {
                Spec::ServiceEntry(entry) => {
                    let port = entry.spec.ports.iter().find(|p| *p.number == i64::from(port));
                    let http2 = port.and_then(|p| p.protocol.as_ref()).is_some_and(|p| matches!(&***p, "HTTP2" | "GRPC"));
                    (http2.then_some("kubernetes.io/h2c"), if self.protocol == Protocol::Udp { "UDP" } else { "TCP" })
                }
                _ => (None, "TCP"),
            },
            _ => (None, if self.protocol == Protocol::Udp { "UDP" } else { "TCP" }),
        };
        if (transport == "UDP") != (self.protocol == Protocol::Udp) {
            return Err(Invalid::Protocol);
        }
        Ok(match (self.protocol, app) {
            (Protocol::Http1, Some("kubernetes.io/h2c" | "http2" | "grpc" | "grpc-web" | "h2c")) => (Protocol::Http2, false),
            (Protocol::Http1, Some("kubernetes.io/wss")) => (Protocol::Http1, true),
            (protocol, _) => (protocol, false),
        })
    }
}

impl<'m> RouteView<'m> {
    /// All its backends, mirrors included, with where they lead.
    pub fn targets(&self) -> Vec<(Backend<'m>, Target<'m>)> {
        let resolver = Resolver::of(*self);
        self.backends().map(|backend| (backend, resolver.target(backend.reference))).collect()
    }
}

/// Whether a reference names a host instead of a Service.
pub fn names_host(reference: BackendRefView<'_>) -> bool {
    reference.group() == NETWORKING && reference.kind() == "Hostname"
}
