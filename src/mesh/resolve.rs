//! What a backend reference points to: the Service, the host, or why it can't be said.

use super::global::GlobalHost;
use super::index::{Lookup, Missing};
use super::routes::RouteView;
use super::services::{ServiceView, in_words};
use super::{Certainty, Object, ParentVerdict, Product, hosts};
use crate::model::core::ServicePort;
use crate::model::gateway::{BackendRefView, GrantTo, ReferenceGrant};
use crate::model::{IntOrText, Kind, Namespace, Spec, Text};
use crate::yaml::At;

/// The group of Istio's networking kinds, `Hostname` among them.
pub const NETWORKING: &str = "networking.istio.io";

/// What a backend reference leads to.
#[derive(Clone, Debug, PartialEq)]
pub enum BackendVerdict {
    /// A Service of the same cluster.
    Service {
        /// Its index.
        service: u32,
        /// What its port leads to.
        port: PortVerdict,
        /// Whether the reference stays in its namespace, or a ReferenceGrant in the input lets it out.
        granted: bool,
    },
    /// A host of the registry, by kind `Hostname`.
    Host(HostTarget, PortVerdict),
    /// A Service that is not in the input.
    Missing(Missing),
    /// A Service reference whose name is a hostname: it can't name a Service.
    HostAsService,
    /// A `Hostname` reference that the data plane refuses.
    MalformedHost,
    /// Other kinds, broken and ambiguous objects, delegation: decided elsewhere.
    Elsewhere,
}

/// What the host of a `Hostname` reference is.
#[derive(Clone, Debug, PartialEq)]
pub enum HostTarget {
    /// `<service>.<namespace>.<global domain>`, and the Services in all clusters that could stand behind it.
    Global(GlobalHost),
    /// A host of a ServiceEntry in the input.
    Entry(u32),
    /// `<service>.<namespace>.svc.…` of the same cluster.
    Local(u32),
    /// Nothing that the input knows.
    Unknown,
}

/// What the port of a reference leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PortVerdict {
    /// A port of the Service.
    Found,
    /// No port of the Service, but the pods' port behind one.
    OnlyTarget {
        /// The cluster of that Service.
        cluster: usize,
        /// The Service, by its index.
        service: u32,
        /// The port whose target it is, by its place in the list.
        of: usize,
        /// Whether it is the only port with that target.
        unique: bool,
    },
    /// Neither.
    Nowhere,
    /// The reference names no port.
    Unnamed,
    /// The ports are not in the input.
    Unknown,
}

/// Why a reference into another namespace leads nowhere.
#[derive(Clone, Copy, Debug)]
pub enum Ungranted<'m> {
    /// No ReferenceGrant in the input lets it out.
    Absent(Certainty),
    /// One does, and Istio before 1.30 passes that entry over: of several `to` it reads the last.
    PassedOver {
        /// The grant.
        grant: Object<'m>,
        /// The entry.
        to: &'m At<GrantTo>,
    },
}

/// A backend reference of a route with the verdict on it.
#[derive(Clone, Copy, Debug)]
pub struct Backend<'m> {
    /// The route.
    pub route: RouteView<'m>,
    /// The reference.
    pub reference: BackendRefView<'m>,
    /// Whether it only gets copies of requests.
    pub mirror: bool,
    /// What it leads to.
    pub verdict: &'m BackendVerdict,
}

impl<'m> Backend<'m> {
    /// The name it gives.
    pub fn name(&self) -> &'m At<Text> {
        self.reference.name
    }

    /// The port it gives.
    pub fn port(&self) -> Option<&'m At<i64>> {
        self.reference.port
    }

    /// The Service of the same cluster that it names by kind `Service`.
    pub fn service(&self) -> Option<ServiceView<'m>> {
        match self.verdict {
            BackendVerdict::Service { service, .. } => ServiceView::of(self.route.object.sibling(*service)?),
            _ => None,
        }
    }

    /// The global host that it names.
    pub fn global(&self) -> Option<&'m GlobalHost> {
        match self.verdict {
            BackendVerdict::Host(HostTarget::Global(host), _) => Some(host),
            _ => None,
        }
    }

    /// Every Service that can answer: the one it names, or those behind its host in all clusters.
    pub fn services(&self) -> Vec<ServiceView<'m>> {
        let mesh = self.route.object.mesh();
        match self.verdict {
            BackendVerdict::Service { .. } => self.service().into_iter().collect(),
            BackendVerdict::Host(HostTarget::Global(host), _) => host.behind(mesh),
            BackendVerdict::Host(HostTarget::Local(ix), _) => {
                self.route.object.sibling(*ix).and_then(ServiceView::of).into_iter().collect()
            }
            _ => Vec::new(),
        }
    }

    /// The port that every Service that can answer has, when none has another.
    pub fn only_port(&self) -> Option<i64> {
        let services = self.services();
        let mut ports = services.iter().flat_map(ServiceView::ports).map(|port| *port.port);
        let first = ports.next()?;
        (ports.all(|port| port == first) && services.iter().all(|s| s.ports().len() == 1)).then_some(first)
    }

    /// Why the reference may not leave its namespace, when it has to. A route whose parents are all Services needs no
    /// grant: istiod asks for one only on the way from a gateway.
    pub fn ungranted(&self) -> Option<Ungranted<'m>> {
        let (from, BackendVerdict::Service { granted, .. }) = (self.route.object, self.verdict) else { return None };
        let service = self.service()?.object;
        let mut parents = self.route.parent_views().peekable();
        if service.namespace() == from.namespace()
            || (parents.peek().is_some() && parents.all(|p| matches!(p.verdict, ParentVerdict::Service(_))))
        {
            return None;
        }
        if !granted {
            let certainty = if from.namespace().name().is_none() || from.mesh().left_out(Kind::ReferenceGrant, service.namespace()) {
                Certainty::Possible
            } else if from.mesh().settings().complete {
                Certainty::Sure
            } else {
                Certainty::Likely
            };
            return Some(Ungranted::Absent(certainty));
        }
        let old = || from.platform().istio.as_ref().and_then(|v| v.value.before(&"1.30.0".parse().ok()?)) == Some(true);
        if !self.route.gateways().any(|g| g.product == Product::Istio) || !old() {
            return None;
        }
        let mut passed_over = None;
        for (object, grant) in grants(from, service) {
            let grant = grant?;
            match grant.to().iter().rposition(|to| opens(to, service)) {
                Some(at) if at + 1 == grant.to().len() => return None,
                Some(at) => passed_over = passed_over.or(grant.to().get(at).map(|to| Ungranted::PassedOver { grant: object, to })),
                None => {}
            }
        }
        passed_over
    }

    /// The Service and the port of it whose target is what the reference names.
    pub fn target_of(&self) -> Option<(ServiceView<'m>, &'m At<ServicePort>)> {
        let PortVerdict::OnlyTarget { cluster, service, of, .. } = self.port_verdict() else { return None };
        let service = ServiceView::of(self.route.object.mesh().object(cluster, service)?)?;
        Some((service, service.ports().get(of)?))
    }

    /// The ServiceEntry whose host it names, and that one's ports in words.
    pub fn entry_ports(&self) -> Option<(Object<'m>, String)> {
        let BackendVerdict::Host(HostTarget::Entry(ix), _) = self.verdict else { return None };
        let object = self.route.object.sibling(*ix)?;
        let Spec::ServiceEntry(entry) = &object.resource().spec else { return None };
        Some((object, in_words(entry.spec.ports.iter().map(|p| p.number.to_string()))))
    }

    /// What its port leads to.
    pub fn port_verdict(&self) -> PortVerdict {
        self.verdict.port()
    }
}

impl BackendVerdict {
    /// What became of the port.
    pub fn port(&self) -> PortVerdict {
        match self {
            Self::Service { port, .. } | Self::Host(_, port) => *port,
            _ => PortVerdict::Unknown,
        }
    }

    /// Whether it is a global host.
    pub fn is_global(&self) -> bool {
        matches!(self, Self::Host(HostTarget::Global(_), _))
    }
}

/// Decides one backend reference; used once, when the graph is built.
pub(super) fn decide(route: RouteView<'_>, reference: BackendRefView<'_>) -> BackendVerdict {
    let from = route.object;
    match (reference.group(), reference.kind()) {
        ("" | "core", "Service") => service(from, reference),
        (NETWORKING, "Hostname") => host(from, reference),
        // without the group it is no Hostname to any controller
        ("" | "gateway.networking.k8s.io", "Hostname") => BackendVerdict::MalformedHost,
        _ => BackendVerdict::Elsewhere,
    }
}

fn service(from: Object<'_>, reference: BackendRefView<'_>) -> BackendVerdict {
    if reference.name.contains('.') {
        return BackendVerdict::HostAsService;
    }
    let namespace = from.namespace_or_own(reference.namespace.map(|n| &**n));
    let ix = match from.find(Kind::Service, &namespace, reference.name) {
        Lookup::Found(ix) => ix,
        Lookup::Ambiguous(_) => return BackendVerdict::Elsewhere,
        // what controllers make for Gateways stands in no file
        Lookup::Missing(_) if from.is_made_for_a_gateway(&namespace, reference.name) => return BackendVerdict::Elsewhere,
        Lookup::Missing(missing) => {
            let assumed = &from.mesh().settings.services;
            if assumed.iter().any(|(ns, name)| Some(&**ns) == namespace.name() && **name == ***reference.name) {
                return BackendVerdict::Elsewhere;
            }
            return BackendVerdict::Missing(missing);
        }
    };
    let Some(view) = from.sibling(ix).and_then(ServiceView::of) else { return BackendVerdict::Elsewhere };
    let port = reference.port.map_or(PortVerdict::Unnamed, |port| port_of(view, **port));
    let granted = namespace == *from.namespace() || granted(from, view.object);
    BackendVerdict::Service { service: ix, port, granted }
}

fn host(from: Object<'_>, reference: BackendRefView<'_>) -> BackendVerdict {
    let host: &str = reference.name;
    if reference.namespace.is_some() || !host.contains('.') {
        return BackendVerdict::MalformedHost;
    }
    let target = host_target(from, host);
    let Some(port) = reference.port else { return BackendVerdict::Host(target, PortVerdict::Unnamed) };
    let verdict = match &target {
        HostTarget::Global(global) => best(global.owners(from.mesh()).map(|owner| port_of(owner, **port))),
        HostTarget::Local(ix) => from.sibling(*ix).and_then(ServiceView::of).map_or(PortVerdict::Unknown, |s| port_of(s, **port)),
        HostTarget::Entry(ix) => from.sibling(*ix).map_or(PortVerdict::Unknown, |o| entry_port(o, **port)),
        HostTarget::Unknown => PortVerdict::Unknown,
    };
    BackendVerdict::Host(target, verdict)
}

/// Of several clusters, the one in which the port works.
fn best(verdicts: impl Iterator<Item = PortVerdict>) -> PortVerdict {
    let rank = |v: &PortVerdict| match v {
        PortVerdict::Found => 3,
        PortVerdict::OnlyTarget { .. } => 2,
        PortVerdict::Nowhere => 1,
        PortVerdict::Unnamed | PortVerdict::Unknown => 0,
    };
    verdicts.max_by_key(rank).unwrap_or(PortVerdict::Unknown)
}

/// What a host is, as seen from an object.
pub(super) fn host_target(from: Object<'_>, host: &str) -> HostTarget {
    let mesh = from.mesh();
    let entry = from.entries_with_host(host).find(|object| {
        matches!(&object.resource().spec, Spec::ServiceEntry(entry) if entry.spec.hosts.iter().any(|own| hosts::covers(own, host)))
    });
    if let Some(entry) = entry {
        return HostTarget::Entry(entry.ix);
    }
    let Some(parts) = hosts::service_host(host) else { return HostTarget::Unknown };
    if parts.domain == "svc" || parts.domain.starts_with("svc.") {
        let namespace = crate::model::Namespace::Named(parts.namespace.into());
        return from.get(Kind::Service, &namespace, parts.service).map_or(HostTarget::Unknown, |o| HostTarget::Local(o.ix));
    }
    GlobalHost::of(mesh, from, parts).map_or(HostTarget::Unknown, HostTarget::Global)
}

/// What a port number means to a Service.
fn port_of(service: ServiceView<'_>, number: i64) -> PortVerdict {
    if service.port(number).is_some() {
        return PortVerdict::Found;
    }
    let ports = service.ports();
    if ports.is_empty() {
        return PortVerdict::Unknown;
    }
    let mut behind = ports.iter().enumerate().filter(|(_, port)| leads_to(service, port, number)).map(|(n, _)| n);
    match behind.next() {
        Some(of) => {
            PortVerdict::OnlyTarget { cluster: service.object.cluster, service: service.object.ix, of, unique: behind.next().is_none() }
        }
        None => PortVerdict::Nowhere,
    }
}

/// Whether a Service port ends at that port of the pods.
fn leads_to(service: ServiceView<'_>, port: &ServicePort, number: i64) -> bool {
    match port.target_port.as_deref() {
        Some(IntOrText::Int(target)) => *target == number,
        Some(IntOrText::Text(name)) => service.workloads().iter().any(|pods| pods.container_port(name) == Some(number)),
        None => false,
    }
}

fn entry_port(entry: Object<'_>, number: i64) -> PortVerdict {
    let Spec::ServiceEntry(entry) = &entry.resource().spec else { return PortVerdict::Unknown };
    if entry.spec.ports.is_empty() {
        return PortVerdict::Unknown;
    }
    if entry.spec.ports.iter().any(|p| *p.number == number) { PortVerdict::Found } else { PortVerdict::Nowhere }
}

/// Whether a ReferenceGrant in the Service's namespace admits the route.
fn granted(from: Object<'_>, service: Object<'_>) -> bool {
    grants(from, service).into_iter().any(|(_, grant)| grant.is_none_or(|grant| grant.to().iter().any(|to| opens(to, service))))
}

/// Whether a ReferenceGrant in another namespace lets a reference from this object to something there in; one that
/// could not be read may.
pub(super) fn permitted(from: Object<'_>, namespace: &Namespace, (group, kind): (&str, &str), name: &str) -> bool {
    from.neighbours(Kind::ReferenceGrant, namespace).any(|object| {
        let Spec::ReferenceGrant(grant) = &object.resource().spec else { return true };
        speaks_to(grant, from)
            && grant
                .to()
                .iter()
                .any(|to| &**to.group == group && &**to.kind == kind && to.name.as_ref().is_none_or(|only| &***only == name))
    })
}

/// Whether a grant is for references from objects like this one.
fn speaks_to(grant: &ReferenceGrant, from: Object<'_>) -> bool {
    let own = from.namespace().name();
    grant.from().iter().any(|f| **f.group == *from.id.group && **f.kind == *from.id.kind && Some(&**f.namespace) == own)
}

/// The ReferenceGrants in the Service's namespace that speak to such a route; without their content where that is broken.
fn grants<'m>(from: Object<'m>, service: Object<'m>) -> Vec<(Object<'m>, Option<&'m ReferenceGrant>)> {
    let all = service.neighbours(Kind::ReferenceGrant, service.namespace());
    let speaking = all.filter_map(|object| {
        let Spec::ReferenceGrant(grant) = &object.resource().spec else { return Some((object, None)) };
        speaks_to(grant, from).then_some((object, Some(&**grant)))
    });
    speaking.collect()
}

/// Whether one entry of a grant lets references to a Service in.
fn opens(to: &GrantTo, service: Object<'_>) -> bool {
    to.group.is_empty() && &**to.kind == "Service" && to.name.as_ref().is_none_or(|name| ***name == *service.id.name)
}

impl<'m> Object<'m> {
    /// The Service that a host of an Istio resource means: a name without dots is one of the resource's own namespace.
    pub fn service_of_host(&self, host: &str) -> Option<ServiceView<'m>> {
        let found = match hosts::service_host(host) {
            Some(parts) if parts.domain == "svc" || parts.domain.starts_with("svc.") => {
                self.get(Kind::Service, &Namespace::Named(parts.namespace.into()), parts.service)
            }
            Some(_) => None,
            None if host.contains('.') => None,
            None => self.get(Kind::Service, self.namespace(), host),
        };
        found.and_then(ServiceView::of)
    }
}
