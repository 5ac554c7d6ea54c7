//! The listeners that a Gateway has in effect: its own and those of listener sets, with what is wrong with each
//! (Gateway API: `Gateway.spec.listeners`, ListenerSet, listener precedence).

use std::borrow::Cow;

use rustc_hash::FxHashMap;

use super::attach::gateway_of;
use super::facts::Fact;
use super::index::Ix;
use super::resolve::permitted;
use super::routes::{GatewayView, ListenerView, ROUTES, listeners};
use super::routing::{Certificate, authority};
use super::{Certainty, Lookup, Mesh, Object};
use crate::model::gateway::{FromNamespaces, RouteKind, SecretRef, TlsMode};
use crate::model::{Kind, Namespace, Spec};
use crate::yaml::{At, NodeId};

/// A listener of a Gateway's effective set.
#[derive(Clone, Copy, Debug)]
pub struct EffectiveListener<'m> {
    /// The Gateway or listener set that declares it.
    pub parent: Object<'m>,
    /// What it says.
    pub view: ListenerView<'m>,
    /// Whether the Gateway takes what its parent declares: `Unknown` when that hangs on a Namespace outside the input.
    pub admitted: Fact<bool>,
    /// Another listener that it can't stand beside.
    pub conflict: Option<Conflict>,
}

/// Why a listener is `Conflicted`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// In what way.
    pub clash: Clash,
    /// The other listener.
    pub with: NodeId,
}

/// In what way two listeners of one port can't be told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clash {
    /// `HostnameConflict`: same protocol, same hostname.
    Hostname,
    /// `ProtocolConflict`: one of them takes the port's connections whole.
    Protocol,
}

impl Clash {
    /// The reason of the condition `Conflicted`.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Hostname => "HostnameConflict",
            Self::Protocol => "ProtocolConflict",
        }
    }
}

/// What is wrong with a reference to a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CertificateFault {
    /// `InvalidCertificateRef`: no kind that holds certificates.
    WrongKind,
    /// `InvalidCertificateRef`: not in the input, and how sure it is that it does not exist.
    Missing(Certainty),
    /// `RefNotPermitted`: no ReferenceGrant lets the reference into that namespace, and how sure it is that there is none.
    NotPermitted(Certainty),
    /// `InvalidCertificateRef`: what it holds is no certificate (with its key), and how sure that is.
    Malformed(Certainty),
}

impl CertificateFault {
    /// How sure it is.
    pub const fn certainty(self) -> Certainty {
        match self {
            Self::WrongKind => Certainty::Sure,
            Self::Missing(certainty) | Self::NotPermitted(certainty) | Self::Malformed(certainty) => certainty,
        }
    }
}

/// The kinds of routes that a protocol carries; none for a product's own protocols, which nothing here can tell.
pub fn protocol_kinds(protocol: &str) -> Option<&'static [Kind]> {
    Some(match protocol {
        "HTTP" | "HTTPS" => &[Kind::HttpRoute, Kind::GrpcRoute],
        "TLS" => &[Kind::TlsRoute, Kind::TcpRoute],
        "TCP" => &[Kind::TcpRoute],
        "UDP" => &[Kind::UdpRoute],
        _ => return None,
    })
}

impl<'m> GatewayView<'m> {
    /// The listener sets that ask to add to it, in their order of precedence (oldest first, then by namespace and name),
    /// with whether `allowedListeners` takes them. Ages are left aside when any is not known: else it is no order.
    pub fn listener_sets(&self) -> Vec<(Object<'m>, Fact<bool>)> {
        let sets = self.object.data().sets.get(&self.object.ix);
        let mut sets: Vec<_> = sets.into_iter().flatten().filter_map(|set| self.object.sibling(*set)).collect();
        let aged = sets.iter().all(|set| set.meta.creation_timestamp.is_some());
        sets.sort_by_key(|set| {
            let age = set.resource().meta.creation_timestamp.as_ref().filter(|_| aged).map(|at| &***at);
            (age, set.namespace().name(), &*set.resource().id.name, set.ix)
        });
        sets.into_iter().map(|set| (set, self.takes(set))).collect()
    }

    /// Whether `allowedListeners` takes a listener set. Absent means none.
    pub fn takes(&self, set: Object<'m>) -> Fact<bool> {
        let Some(allowed) = self.spec.allowed_listeners.as_deref() else { return Fact::Known(false) };
        let (own, other) = (self.object.namespace(), set.namespace());
        match allowed.from() {
            FromNamespaces::All => Fact::Known(true),
            FromNamespaces::None => Fact::Known(false),
            FromNamespaces::Same if own == other => Fact::Known(true),
            FromNamespaces::Same if own.name().is_some() && other.name().is_some() => Fact::Known(false),
            FromNamespaces::Same => Fact::Unknown,
            FromNamespaces::Selector => match allowed.namespaces.as_ref().and_then(|n| n.selector.as_deref()) {
                Some(selector) => set.namespace_fits(other, selector),
                None => Fact::Known(false),
            },
        }
    }

    /// All its listeners in effect: its own, then those of the listener sets it takes (or may take), in their order.
    ///
    /// Of listeners that clash within one object none wins; between objects the earlier one does.
    pub fn effective_listeners(&self) -> Vec<EffectiveListener<'m>> {
        let own = std::iter::once((self.object, Fact::Known(true)));
        let sets = self.listener_sets().into_iter().filter(|(_, admitted)| *admitted != Fact::Known(false));
        let (mut all, mut before): (Vec<EffectiveListener<'m>>, _) = (Vec::new(), Claims::default());
        for (parent, admitted) in own.chain(sets) {
            let views = listeners(parent);
            let mut beside = Claims::default();
            // what an earlier object's listeners refuse takes nothing away from its neighbours
            views.iter().filter(|view| before.conflict(view).is_none()).for_each(|view| beside.add(view));
            let decided = views.iter().map(|view| {
                let conflict = before.conflict(view).or_else(|| beside.conflict(view));
                EffectiveListener { parent, view: *view, admitted, conflict }
            });
            let decided: Vec<_> = decided.collect();
            // what is itself refused, or only perhaps there, takes nothing away from others
            decided.iter().filter(|l| l.conflict.is_none() && l.admitted == Fact::Known(true)).for_each(|l| before.add(&l.view));
            all.extend(decided);
        }
        all
    }
}

/// What listeners take of ports, with those that take it: two of each are enough to find another one than oneself.
#[derive(Default)]
struct Claims<'m> {
    /// By port and by what takes the port's connections apart from those of others.
    ports: FxHashMap<(i64, Taking), Vec<NodeId>>,
    /// By port, protocols that share it, and hostname.
    hosts: FxHashMap<(i64, Taking, Cow<'m, str>), Vec<NodeId>>,
}

/// How a listener takes connections of a port.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Taking {
    /// By the host of requests.
    Http,
    /// By the server name that clients ask for.
    Tls,
    /// All of them.
    Tcp,
    /// All datagrams.
    Udp,
}

impl Taking {
    fn of(protocol: &str) -> Option<Self> {
        Some(match protocol {
            "HTTP" => Self::Http,
            "HTTPS" | "TLS" => Self::Tls,
            "TCP" => Self::Tcp,
            "UDP" => Self::Udp,
            _ => return None,
        })
    }

    /// What can't share a port with it, whatever the hostnames.
    const fn rivals(self) -> &'static [Self] {
        match self {
            Self::Http => &[Self::Tcp, Self::Tls],
            Self::Tls => &[Self::Tcp, Self::Http],
            Self::Tcp => &[Self::Tcp, Self::Http, Self::Tls],
            Self::Udp => &[Self::Udp],
        }
    }
}

/// Port, protocol and hostname of a listener; none where the port is left to the controller, which takes one of its own.
fn claim<'m>(view: &ListenerView<'m>) -> Option<(i64, Taking, Cow<'m, str>)> {
    let host = view.hostname.map_or(Cow::Borrowed(""), |host| match &***host {
        host if host.bytes().any(|b| b.is_ascii_uppercase()) => Cow::Owned(host.to_ascii_lowercase()),
        host => Cow::Borrowed(host),
    });
    Some((**view.port?, Taking::of(view.protocol)?, host))
}

impl<'m> Claims<'m> {
    fn add(&mut self, view: &ListenerView<'m>) {
        let Some((port, taking, host)) = claim(view) else { return };
        for nodes in [self.ports.entry((port, taking)).or_default(), self.hosts.entry((port, taking, host)).or_default()] {
            if nodes.len() < 2 {
                nodes.push(view.node);
            }
        }
    }

    /// Another listener that this one can't be told apart from.
    fn conflict(&self, view: &ListenerView<'m>) -> Option<Conflict> {
        let (port, taking, host) = claim(view)?;
        let other = |nodes: &Vec<NodeId>| nodes.iter().copied().find(|node| *node != view.node);
        let rival = taking.rivals().iter().find_map(|rival| self.ports.get(&(port, *rival)).and_then(other));
        if let Some(with) = rival {
            return Some(Conflict { clash: Clash::Protocol, with });
        }
        let same = self.hosts.get(&(port, taking, host)).and_then(other).filter(|_| matches!(taking, Taking::Http | Taking::Tls));
        same.map(|with| Conflict { clash: Clash::Hostname, with })
    }
}

impl Mesh {
    /// The listener sets of each Gateway of a cluster, by the Gateway's index.
    pub(super) fn listener_sets_of(&self, cluster: usize) -> FxHashMap<Ix, Vec<Ix>> {
        let mut found: FxHashMap<Ix, Vec<Ix>> = FxHashMap::default();
        for set in [Kind::ListenerSet, Kind::XListenerSet].into_iter().flat_map(|kind| self.objects(kind)) {
            if let Some(gateway) = gateway_of(set).filter(|_| set.cluster == cluster) {
                found.entry(gateway).or_default().push(set.ix);
            }
        }
        found
    }

    /// The listeners of a cluster that can't be told apart from another one.
    pub(super) fn conflicts_of(&self, cluster: usize) -> FxHashMap<NodeId, Conflict> {
        let gateways = self.gateways().filter(|gateway| gateway.object.cluster == cluster);
        let conflicting = gateways.flat_map(|gateway| gateway.effective_listeners());
        conflicting.filter_map(|listener| Some((listener.view.node, listener.conflict?))).collect()
    }
}

impl Object<'_> {
    /// Another listener that one of this object's can't be told apart from.
    pub(super) fn conflict_of(&self, listener: &ListenerView<'_>) -> Option<Conflict> {
        self.data().conflicts.get(&listener.node).copied()
    }
}

impl<'m> ListenerView<'m> {
    /// Whether some controller of the Gateway API knows its protocol: the API's own ones. A product's own is `None`.
    pub fn protocol_supported(&self) -> Option<bool> {
        let protocol = &***self.protocol;
        match protocol_kinds(protocol) {
            Some(_) => Some(true),
            // a domain, or Istio's word for its tunnel
            None if protocol.contains('/') || protocol == "HBONE" => None,
            None => Some(false),
        }
    }

    /// The kinds of routes that its protocol carries; all of them where nothing here can tell.
    fn carried(&self) -> &'static [Kind] {
        let passes = || self.tls.is_some_and(|tls| tls.mode() == TlsMode::Passthrough);
        match self.protocol_supported() {
            Some(false) => &[],
            // Istio's waypoints
            _ if &***self.protocol == "HBONE" => &[Kind::HttpRoute, Kind::GrpcRoute, Kind::TlsRoute, Kind::TcpRoute],
            // what stays encrypted is told apart by server names, which TCPRoutes have none of
            Some(true) if &***self.protocol == "TLS" && passes() => &[Kind::TlsRoute],
            _ => protocol_kinds(self.protocol).unwrap_or(&ROUTES),
        }
    }

    /// The kinds of routes that it takes, and the entries of `allowedRoutes.kinds` that it can't
    /// (`InvalidRouteKinds`): the others hold all the same.
    pub fn kinds(&self) -> (Vec<Kind>, Vec<&'m At<RouteKind>>) {
        let carried = self.carried();
        let wanted = self.allowed.map_or(&[][..], |allowed| &allowed.kinds);
        if wanted.is_empty() {
            return (carried.to_vec(), Vec::new());
        }
        let (mut taken, mut refused) = (Vec::new(), Vec::new());
        for entry in wanted {
            let named = |kind: &&Kind| entry.group() == "gateway.networking.k8s.io" && kind.name() == &**entry.kind;
            match carried.iter().find(named) {
                Some(kind) if !taken.contains(kind) => taken.push(*kind),
                None if self.protocol_supported().is_some() => refused.push(entry),
                Some(_) | None => {}
            }
        }
        (taken, refused)
    }

    /// Whether it takes this kind of route.
    pub(super) fn carries(&self, kind: Kind) -> bool {
        let wanted = self.allowed.map_or(&[][..], |allowed| &allowed.kinds);
        let named = |entry: &At<RouteKind>| entry.group() == "gateway.networking.k8s.io" && kind.name() == &**entry.kind;
        self.carried().contains(&kind) && (wanted.is_empty() || wanted.iter().any(named))
    }
}

impl<'m> EffectiveListener<'m> {
    /// Its references to certificates that lead to none, with why.
    pub fn certificate_faults(&self) -> Vec<(&'m At<SecretRef>, CertificateFault)> {
        let references = self.view.tls.map_or(&[][..], |tls| &tls.certificate_refs);
        references.iter().filter_map(|reference| Some((reference, certificate_fault(self.parent, reference)?))).collect()
    }
}

fn certificate_fault(from: Object<'_>, reference: &At<SecretRef>) -> Option<CertificateFault> {
    let namespace = from.namespace_or_own(reference.namespace.as_deref());
    secret_fault(from, (reference.group(), reference.kind()), &namespace, &reference.name).or_else(|| {
        let usable = || Certificate::referred(from, reference).is_some();
        content_fault(from, Kind::Secret, &namespace, &reference.name, usable)
    })
}

/// What keeps a Gateway from the certificate that it shows to backends.
pub(super) fn client_certificate_fault(gateway: Object<'_>, reference: &At<SecretRef>) -> Option<CertificateFault> {
    certificate_fault(gateway, reference)
}

fn secret_fault(from: Object<'_>, kind: (&str, &str), namespace: &Namespace, name: &str) -> Option<CertificateFault> {
    if !matches!(kind, ("" | "core", "Secret")) {
        return Some(CertificateFault::WrongKind);
    }
    reference_fault(from, Kind::Secret, namespace, name)
}

/// What is wrong with a reference to an authority's certificates.
pub(super) fn authority_fault(
    from: Object<'_>,
    (group, kind, name): (&str, &str, &str),
    namespace: &Namespace,
) -> Option<CertificateFault> {
    let of = match (group, kind) {
        ("" | "core", "ConfigMap") => Kind::ConfigMap,
        ("" | "core", "Secret") => Kind::Secret,
        _ => return Some(CertificateFault::WrongKind),
    };
    reference_fault(from, of, namespace, name).or_else(|| {
        let usable = || authority(from, (group, kind, name), namespace).is_some();
        content_fault(from, of, namespace, name, usable)
    })
}

fn reference_fault(from: Object<'_>, kind: Kind, namespace: &Namespace, name: &str) -> Option<CertificateFault> {
    // asked first: who may not look does not learn whether it is there
    if namespace != from.namespace() && !permitted(from, namespace, ("", kind.name()), name) {
        let certainty = if from.mesh().left_out(Kind::ReferenceGrant, namespace) {
            Certainty::Possible
        } else if from.mesh().settings().complete {
            Certainty::Sure
        } else if from.get(kind, namespace, name).is_some() {
            Certainty::Likely
        } else {
            // grants stand beside what they open
            Certainty::Possible
        };
        return Some(CertificateFault::NotPermitted(certainty));
    }
    match from.find(kind, namespace, name) {
        // Secrets and the ConfigMaps of authorities are often made by others than who writes Gateways
        Lookup::Missing(_) if !from.mesh().settings().complete => Some(CertificateFault::Missing(Certainty::Possible)),
        Lookup::Missing(missing) => Some(CertificateFault::Missing(missing.certainty)),
        _ => None,
    }
}

/// Whether an object that is there holds nothing of use. One without any content is filled by somebody else.
fn content_fault(from: Object<'_>, kind: Kind, namespace: &Namespace, name: &str, usable: impl Fn() -> bool) -> Option<CertificateFault> {
    let object = from.get(kind, namespace, name)?;
    let empty = match &object.resource().spec {
        Spec::Secret(secret) => secret.data.is_none() && secret.string_data.is_none(),
        Spec::ConfigMap(map) => map.data.is_none(),
        _ => true,
    };
    match (empty, usable()) {
        (_, true) => None,
        (false, false) => Some(CertificateFault::Malformed(Certainty::Sure)),
        (true, false) => Some(CertificateFault::Malformed(Certainty::Possible)),
    }
}
