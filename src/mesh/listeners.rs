//! The listeners that a Gateway has in effect: its own and those of listener sets, with what is wrong with each
//! (Gateway API: `Gateway.spec.listeners`, ListenerSet, listener precedence).

use super::attach::gateway_of;
use super::facts::Fact;
use super::resolve::permitted;
use super::routes::{GatewayView, ListenerView, ROUTES, listeners};
use super::{Certainty, Object};
use crate::model::gateway::{FromNamespaces, RouteKind, SecretRef};
use crate::model::{Kind, Namespace};
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

/// What is wrong with a reference to a certificate; what its Secret holds is not looked at here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CertificateFault {
    /// `InvalidCertificateRef`: no kind that holds certificates.
    NotASecret,
    /// `InvalidCertificateRef`: not in the input, and how sure it is that it does not exist.
    Missing(Certainty),
    /// `RefNotPermitted`: no ReferenceGrant lets the reference into that namespace.
    NotPermitted,
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
        let mesh = self.object.mesh();
        let mut sets: Vec<_> = [Kind::ListenerSet, Kind::XListenerSet]
            .into_iter()
            .flat_map(|kind| mesh.objects(kind))
            .filter(|set| set.cluster == self.object.cluster && gateway_of(*set) == Some(self.object.ix))
            .collect();
        let aged = sets.iter().all(|set| set.meta.creation_timestamp.is_some());
        sets.sort_by_key(|set| {
            let age = set.resource().meta.creation_timestamp.as_ref().filter(|_| aged).map(|at| &***at);
            (age, set.namespace().name(), &*set.resource().id.name, set.ix)
        });
        sets.into_iter().map(|set| (set, self.takes(set))).collect()
    }

    /// Whether `allowedListeners` takes a listener set. Absent means none.
    fn takes(&self, set: Object<'m>) -> Fact<bool> {
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
        let mut all: Vec<EffectiveListener<'m>> = Vec::new();
        for (parent, admitted) in own.chain(sets) {
            let views = listeners(parent);
            let decided = views.iter().enumerate().map(|(n, view)| {
                // what is itself refused, or only perhaps there, takes nothing away from others
                let before = all.iter().filter(|o| o.conflict.is_none() && o.admitted == Fact::Known(true)).map(|o| &o.view);
                let beside = views.iter().enumerate().filter(|(other, _)| *other != n).map(|(_, view)| view);
                let conflict = before.chain(beside).find_map(|other| clash(view, other).map(|clash| Conflict { clash, with: other.node }));
                EffectiveListener { parent, view: *view, admitted, conflict }
            });
            let decided: Vec<_> = decided.collect();
            all.extend(decided);
        }
        all
    }
}

/// Whether two listeners can't be told apart.
fn clash(one: &ListenerView<'_>, other: &ListenerView<'_>) -> Option<Clash> {
    // a port that is left to the controller is one of its own
    if **one.port? != **other.port? {
        return None;
    }
    let host = |l: &ListenerView<'_>| l.hostname.map_or_else(String::new, |host| host.to_ascii_lowercase());
    match (&***one.protocol, &***other.protocol) {
        ("TCP", "TCP") | ("UDP", "UDP") => Some(Clash::Protocol),
        ("TCP", "HTTP" | "HTTPS" | "TLS") | ("HTTP" | "HTTPS" | "TLS", "TCP") => Some(Clash::Protocol),
        ("HTTP", "HTTP") | ("HTTPS", "HTTPS") | ("TLS", "TLS") => (host(one) == host(other)).then_some(Clash::Hostname),
        _ => None,
    }
}

impl<'m> EffectiveListener<'m> {
    /// Whether some controller of the Gateway API knows its protocol: the API's own ones. A product's own is `None`.
    pub fn protocol_supported(&self) -> Option<bool> {
        let protocol = &***self.view.protocol;
        match protocol_kinds(protocol) {
            Some(_) => Some(true),
            // a domain, or Istio's word for its tunnel
            None if protocol.contains('/') || protocol == "HBONE" => None,
            None => Some(false),
        }
    }

    /// The kinds of routes that it takes, and the entries of `allowedRoutes.kinds` that it can't
    /// (`InvalidRouteKinds`): the others hold all the same.
    pub fn kinds(&self) -> (Vec<Kind>, Vec<&'m At<RouteKind>>) {
        let carried = protocol_kinds(self.view.protocol);
        let wanted = self.view.allowed.map_or(&[][..], |allowed| &allowed.kinds);
        if wanted.is_empty() {
            return (carried.unwrap_or(&ROUTES).to_vec(), Vec::new());
        }
        let (mut taken, mut refused) = (Vec::new(), Vec::new());
        for entry in wanted {
            let named = |kind: &&Kind| entry.group() == "gateway.networking.k8s.io" && kind.name() == &**entry.kind;
            match carried.unwrap_or(&ROUTES).iter().find(named) {
                Some(kind) if !taken.contains(kind) => taken.push(*kind),
                Some(_) => {}
                None if carried.is_some() => refused.push(entry),
                None => {}
            }
        }
        (taken, refused)
    }

    /// Its references to certificates that lead to none, with why.
    pub fn certificate_faults(&self) -> Vec<(&'m At<SecretRef>, CertificateFault)> {
        let references = self.view.tls.map_or(&[][..], |tls| &tls.certificate_refs);
        references.iter().filter_map(|reference| Some((reference, certificate_fault(self.parent, reference)?))).collect()
    }
}

fn certificate_fault(from: Object<'_>, reference: &SecretRef) -> Option<CertificateFault> {
    if !matches!(reference.group(), "" | "core") || reference.kind() != "Secret" {
        return Some(CertificateFault::NotASecret);
    }
    let namespace = from.namespace_or_own(reference.namespace.as_ref().map(|n| &**n));
    // asked first: who may not look does not learn whether it is there
    if !may_reach(from, &namespace, &reference.name) {
        return Some(CertificateFault::NotPermitted);
    }
    match from.find(Kind::Secret, &namespace, &reference.name) {
        super::Lookup::Missing(missing) => Some(CertificateFault::Missing(missing.certainty)),
        _ => None,
    }
}

fn may_reach(from: Object<'_>, namespace: &Namespace, name: &str) -> bool {
    namespace == from.namespace() || permitted(from, namespace, ("", "Secret"), name)
}
