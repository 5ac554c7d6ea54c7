//! The conditions of a listener (Gateway API: ListenerStatus, ListenerEntryStatus).

use rustc_hash::FxHashMap;

use super::condition::{Condition, ConditionType, Fault, Reason, State, judged};
use crate::mesh::facts::Fact;
use crate::mesh::listeners::{CertificateFault, authority_fault};
use crate::mesh::{Certainty, Clash, EffectiveListener, GatewayView, Object, ParentVerdict, Product, RouteView};
use crate::model::gateway::{FrontendTlsConfig, FrontendValidation, TlsMode};
use crate::model::{Kind, Namespace, Text};
use crate::yaml::At;

/// A listener with its conditions.
#[derive(Clone, Debug)]
pub struct ListenerStatus<'m> {
    /// The listener.
    pub listener: EffectiveListener<'m>,
    /// Its conditions.
    pub conditions: Vec<Condition>,
    /// How many routes of the input are attached.
    pub attached_routes: usize,
    /// How many more may be, depending on what the input does not hold.
    pub perhaps_routes: usize,
    /// The kinds of routes that it takes.
    pub supported_kinds: Vec<Kind>,
    /// Routes that are left out because a route of the other kind came first and has the host, with that one.
    pub crossed: Vec<(RouteView<'m>, RouteView<'m>)>,
}

impl ListenerStatus<'_> {
    /// A condition.
    pub fn condition(&self, kind: ConditionType) -> Option<&Condition> {
        self.conditions.iter().find(|condition| condition.kind == kind)
    }

    /// Whether it can be used: unknown where its conditions are.
    pub(super) fn usable(&self) -> Fact<bool> {
        let state = |kind| self.condition(kind).map_or(State::True, |condition| condition.state);
        match (state(ConditionType::Accepted), self.condition(ConditionType::ResolvedRefs)) {
            (State::False, _) => Fact::Known(false),
            // kinds that are left out leave the others
            (state, Some(Condition { reason: Reason::InvalidRouteKinds, .. }) | None) => known(state),
            (_, Some(Condition { state: State::False, .. })) => Fact::Known(false),
            (State::True, Some(Condition { state: State::True, .. })) => Fact::Known(true),
            _ => Fact::Unknown,
        }
    }
}

fn known(state: State) -> Fact<bool> {
    match state {
        State::True => Fact::Known(true),
        State::False => Fact::Known(false),
        State::Unknown => Fact::Unknown,
    }
}

/// The routes of each listener, by the index of its parent and its name, with whether they surely attach.
pub(super) type Attachments<'m> = FxHashMap<(u32, Text), Vec<(RouteView<'m>, bool)>>;

/// The routes that attach to the listeners of a Gateway.
pub(super) fn attachments(gateway: GatewayView<'_>) -> Attachments<'_> {
    let mut found = Attachments::default();
    for view in gateway.attached_parents() {
        let (ParentVerdict::Attached { listeners, sure, .. }, Some(parent)) = (view.verdict, view.object()) else { continue };
        for (n, name) in listeners.iter().enumerate() {
            let routes = found.entry((parent.ix, name.clone())).or_default();
            // the parents of one route follow each other
            match routes.last_mut().filter(|(other, _)| other.object == view.route.object) {
                Some((_, surely)) => *surely |= n < *sure,
                None => routes.push((view.route, n < *sure)),
            }
        }
    }
    found
}

impl<'m> EffectiveListener<'m> {
    /// Its conditions, without what its routes say.
    pub fn conditions(&self, gateway: GatewayView<'m>) -> Vec<Condition> {
        let name = self.view.name.node();
        let references = self.reference_faults(gateway);
        let accepted = judged(ConditionType::Accepted, Reason::Accepted, name, &self.acceptance_faults(gateway));
        let resolved = judged(ConditionType::ResolvedRefs, Reason::ResolvedRefs, name, &references);
        let conflicted = match self.conflict {
            None => Condition {
                kind: ConditionType::Conflicted,
                state: State::False,
                reason: Reason::NoConflicts,
                message: String::new(),
                place: name,
            },
            Some(conflict) => Condition {
                kind: ConditionType::Conflicted,
                state: State::True,
                reason: reason_of(conflict.clash),
                message: self.conflict_in_words(),
                place: self.view.node,
            },
        };
        let programmed = programmed(&accepted, &resolved);
        vec![accepted, conflicted, resolved, programmed]
    }

    fn conflict_in_words(&self) -> String {
        let Some(conflict) = self.conflict else { return String::new() };
        let port = self.view.port.map_or(0, |port| **port);
        let other = self.parent.mesh().resource_around(conflict.with);
        let whose = other.filter(|other| other.id != self.parent.id).map_or(String::new(), |other| format!(" of {}", other.id));
        match conflict.clash {
            Clash::Hostname => format!("port {port} has another listener with the same hostname{whose}"),
            Clash::Protocol => format!("port {port} has a listener{whose} with a protocol that this one can't share it with"),
        }
    }

    /// What keeps it from being accepted.
    pub fn acceptance_faults(&self, gateway: GatewayView<'m>) -> Vec<Fault> {
        let mut faults = Vec::new();
        if self.view.protocol_supported() == Some(false) {
            let message = format!("no gateway speaks `{}`", **self.view.protocol);
            faults.push(Fault::sure(Reason::UnsupportedProtocol, self.view.protocol.node(), message));
        }
        if let Some(conflict) = self.conflict {
            faults.push(Fault::sure(reason_of(conflict.clash), self.view.node, self.conflict_in_words()));
        }
        if let Some(validation) = self.client_validation(gateway) {
            let wrong = authority_faults(gateway.object, validation);
            if !validation.ca_certificate_refs.is_empty() && wrong.len() == validation.ca_certificate_refs.len() {
                let certainty = wrong.iter().map(|fault| fault.certainty).min().unwrap_or(Certainty::Sure);
                let message = "none of the authorities that clients are checked by can be used".to_owned();
                faults.push(Fault {
                    reason: Reason::NoValidCACertificate,
                    certainty,
                    message,
                    place: validation.node(),
                    certificate: None,
                });
            }
        }
        faults
    }

    /// The references that lead nowhere.
    pub fn reference_faults(&self, gateway: GatewayView<'m>) -> Vec<Fault> {
        let mut faults: Vec<Fault> = Vec::new();
        for (reference, fault) in self.certificate_faults() {
            let namespace = self.parent.namespace_or_own(reference.namespace.as_deref());
            let what = (reference.kind(), &namespace, &**reference.name);
            faults.push(Fault {
                reason: if matches!(fault, CertificateFault::NotPermitted(_)) {
                    Reason::RefNotPermitted
                } else {
                    Reason::InvalidCertificateRef
                },
                certainty: fault.certainty(),
                message: in_words(self.parent, what, fault, "a certificate with its key"),
                place: reference.node(),
                certificate: Some(fault),
            });
        }
        let terminates = match &***self.view.protocol {
            "HTTPS" => true,
            "TLS" => self.view.tls.is_some_and(|tls| tls.mode() == TlsMode::Terminate),
            _ => false,
        };
        let bare = self.view.tls.is_none_or(|tls| tls.certificate_refs.is_empty() && tls.options.is_none());
        if terminates && bare {
            // some clouds keep certificates in places of their own
            let certainty = if gateway.product == Product::Other { Certainty::Possible } else { Certainty::Sure };
            let message = "it has no certificate to show".to_owned();
            faults.push(Fault {
                reason: Reason::InvalidCertificateRef,
                certainty,
                message,
                place: self.view.name.node(),
                certificate: None,
            });
        }
        if let Some(validation) = self.client_validation(gateway) {
            faults.extend(authority_faults(gateway.object, validation));
        }
        faults.extend(self.view.kinds().1.into_iter().map(|entry| {
            let message = format!("a listener for {} takes no {}", **self.view.protocol, *entry.kind);
            Fault::sure(Reason::InvalidRouteKinds, entry.node(), message)
        }));
        faults
    }

    /// How clients are to be checked (Gateway API: `spec.tls.frontend`, for listeners at which TLS ends).
    pub(super) fn client_validation(&self, gateway: GatewayView<'m>) -> Option<&'m At<FrontendValidation>> {
        let ends_here = match &***self.view.protocol {
            "HTTPS" => true,
            "TLS" => self.view.tls.is_none_or(|tls| tls.mode() == TlsMode::Terminate),
            _ => false,
        };
        let frontend = gateway.spec.tls.as_deref()?.frontend.as_deref().filter(|_| ends_here)?;
        let own = frontend.per_port.iter().find(|one| self.view.port.is_some_and(|port| **port == *one.port)).map(|one| &one.tls);
        let config: &At<FrontendTlsConfig> = own.unwrap_or(&frontend.default);
        config.validation.as_ref()
    }

    /// With its routes.
    pub(super) fn status(
        self,
        gateway: GatewayView<'m>,
        attachments: &Attachments<'m>,
        invalid: &dyn Fn(RouteView<'m>) -> bool,
    ) -> ListenerStatus<'m> {
        let routes = attachments.get(&(self.parent.ix, (**self.view.name).clone())).map_or(&[][..], Vec::as_slice);
        let crossed = self.crossed(routes.iter().map(|(route, _)| *route));
        let counts = |route: RouteView<'m>| !crossed.iter().any(|(lost, _)| lost.object == route.object) && !invalid(route);
        let (sure, perhaps): (Vec<&(RouteView<'m>, bool)>, Vec<_>) =
            routes.iter().filter(|(route, _)| counts(*route)).partition(|(_, sure)| *sure);
        let (attached_routes, perhaps_routes) = (sure.len(), perhaps.len());
        ListenerStatus {
            listener: self,
            conditions: self.conditions(gateway),
            attached_routes,
            perhaps_routes,
            supported_kinds: self.view.kinds().0,
            crossed,
        }
    }
}

const fn reason_of(clash: Clash) -> Reason {
    match clash {
        Clash::Hostname => Reason::HostnameConflict,
        Clash::Protocol => Reason::ProtocolConflict,
    }
}

/// The authorities that can't be used.
fn authority_faults(gateway: Object<'_>, validation: &FrontendValidation) -> Vec<Fault> {
    let faults = validation.ca_certificate_refs.iter().filter_map(|reference| {
        let namespace = gateway.namespace_or_own(reference.namespace.as_deref());
        let fault = authority_fault(gateway, (&reference.group, &reference.kind, &reference.name), &namespace)?;
        let reason = match fault {
            CertificateFault::WrongKind => Reason::InvalidCACertificateKind,
            CertificateFault::NotPermitted(_) => Reason::RefNotPermitted,
            CertificateFault::Missing(_) | CertificateFault::Malformed(_) => Reason::InvalidCACertificateRef,
        };
        let message = in_words(gateway, (&reference.kind, &namespace, &reference.name), fault, "certificates of an authority in `ca.crt`");
        Some(Fault { reason, certainty: fault.certainty(), message, place: reference.node(), certificate: Some(fault) })
    });
    faults.collect()
}

/// What is wrong with a reference to something that holds certificates.
pub(super) fn in_words(
    from: Object<'_>,
    (kind, namespace, name): (&str, &Namespace, &str),
    fault: CertificateFault,
    wanted: &str,
) -> String {
    let whole = namespace.name().map_or_else(|| format!("{kind} `{name}`"), |namespace| format!("{kind} `{namespace}/{name}`"));
    match fault {
        CertificateFault::WrongKind => format!("a {kind} holds no certificates"),
        CertificateFault::Missing(_) => format!("the input holds no {whole}"),
        CertificateFault::NotPermitted(_) => format!("no ReferenceGrant lets {} refer to {whole}", from.id),
        CertificateFault::Malformed(_) => format!("{whole} does not hold {wanted}"),
    }
}

/// Whether a data plane does what is written: files tell only when it can't.
pub(super) fn programmed(accepted: &Condition, resolved: &Condition) -> Condition {
    let kind = ConditionType::Programmed;
    let bad = [accepted, resolved].into_iter().find(|c| c.state == State::False && c.reason != Reason::InvalidRouteKinds);
    match bad {
        Some(bad) => Condition { kind, state: State::False, reason: Reason::Invalid, message: bad.message.clone(), place: bad.place },
        None => Condition {
            kind,
            state: State::Unknown,
            reason: Reason::Pending,
            message: "what the gateway's pods do stands in no file".to_owned(),
            place: accepted.place,
        },
    }
}
