//! The conditions of Gateways and listener sets (Gateway API: GatewayStatus, ListenerSetStatus).

use super::condition::{Condition, ConditionType, Fault, Reason, State, judged};
use super::listener::{ListenerStatus, attachments, in_words};
use super::route::whole_route_fault;
use crate::mesh::classes::is_well_known_class;
use crate::mesh::facts::Fact;
use crate::mesh::listeners::{CertificateFault, client_certificate_fault};
use crate::mesh::{Certainty, GatewayView, Lookup, Mesh, Object, ParametersVerdict, Product};
use crate::model::gateway::ValidationMode;
use crate::model::{Kind, Namespace, Spec};
use crate::yaml::NodeId;

/// A Gateway with its conditions.
#[derive(Clone, Debug)]
pub struct GatewayStatus<'m> {
    /// The Gateway.
    pub gateway: GatewayView<'m>,
    /// Its conditions.
    pub conditions: Vec<Condition>,
    /// How many listener sets it has taken.
    pub attached_listener_sets: usize,
    /// Its own listeners.
    pub listeners: Vec<ListenerStatus<'m>>,
    /// The listener sets that ask to add to it.
    pub sets: Vec<ListenerSetStatus<'m>>,
}

/// A listener set with its conditions.
#[derive(Clone, Debug)]
pub struct ListenerSetStatus<'m> {
    /// The listener set.
    pub set: Object<'m>,
    /// Its conditions.
    pub conditions: Vec<Condition>,
    /// Its listeners; none when the Gateway does not take them.
    pub listeners: Vec<ListenerStatus<'m>>,
}

impl<'m> GatewayView<'m> {
    /// What its controller would write into its status and into those of its listener sets.
    pub fn status(&self) -> GatewayStatus<'m> {
        let attachments = attachments(*self);
        let invalid = |route| whole_route_fault(route).is_some();
        let (own, added): (Vec<_>, Vec<_>) = self
            .effective_listeners()
            .into_iter()
            .map(|listener| listener.status(*self, &attachments, &invalid))
            .partition(|status| status.listener.parent == self.object);
        let mut added = added;
        let refused = self.parameters_fault();
        let sets: Vec<_> = self
            .listener_sets()
            .into_iter()
            .map(|(set, admitted)| {
                let (listeners, others) = std::mem::take(&mut added).into_iter().partition(|status| status.listener.parent == set);
                added = others;
                self.set_status(set, admitted, listeners, refused.as_ref())
            })
            .collect();
        let accepted =
            |set: &&ListenerSetStatus<'_>| set.conditions.iter().any(|c| c.kind == ConditionType::Accepted && c.state == State::True);
        GatewayStatus {
            gateway: *self,
            conditions: self.conditions(&own, refused),
            attached_listener_sets: sets.iter().filter(accepted).count(),
            listeners: own,
            sets,
        }
    }

    fn conditions(&self, own: &[ListenerStatus<'m>], refused: Option<Fault>) -> Vec<Condition> {
        let place = self.object.name_place();
        let mut accepted = match refused {
            Some(fault) => judged(ConditionType::Accepted, Reason::Accepted, place, &[fault]),
            None => of_listeners(place, own),
        };
        if accepted.state != State::False
            && let Some(unknown) = self.class_unknown()
        {
            accepted = unknown;
        }
        let resolved = judged(ConditionType::ResolvedRefs, Reason::ResolvedRefs, place, &self.client_certificate_faults());
        let programmed = programmed(&accepted);
        let mut conditions = vec![accepted, resolved, programmed];
        conditions.extend(self.insecure_validation());
        conditions
    }

    /// Whether its class is in the input, stated, or one that a product brings along.
    pub fn class_is_known(&self) -> bool {
        let class = &self.spec.gateway_class_name;
        self.product != Product::Other
            || !matches!(self.object.find(Kind::GatewayClass, &Namespace::Cluster, class), Lookup::Missing(_))
            || is_well_known_class(class)
            || self.object.mesh().settings().gateway_classes.iter().any(|known| **known == ***class)
    }

    /// A class that is neither in the input nor a product's well-known one leaves open whether anybody takes the Gateway.
    fn class_unknown(&self) -> Option<Condition> {
        let class = &self.spec.gateway_class_name;
        (!self.class_is_known()).then(|| {
            let complete = self.object.mesh().settings().complete;
            Condition {
                kind: ConditionType::Accepted,
                state: State::Unknown,
                reason: if complete { Reason::Pending } else { Reason::NotInInput },
                message: format!("the input holds no GatewayClass `{}`", **class),
                place: class.node(),
            }
        })
    }

    /// What is wrong with its parameters: then it is not accepted at all.
    fn parameters_fault(&self) -> Option<Fault> {
        let reference = self.spec.infrastructure.as_deref()?.parameters_ref.as_ref()?;
        let fault = |certainty, message| {
            Some(Fault { reason: Reason::InvalidParameters, certainty, message, place: reference.node(), certificate: None })
        };
        let whole = format!("{} `{}`", *reference.kind, *reference.name);
        if self.product == Product::Istio {
            // istiod reads ConfigMaps
            return match (&**reference.group, &**reference.kind) {
                ("" | "core", "ConfigMap") => match self.object.find(Kind::ConfigMap, self.object.namespace(), &reference.name) {
                    Lookup::Missing(missing) => fault(missing.certainty, format!("the input holds no {whole}")),
                    _ => None,
                },
                _ => fault(Certainty::Sure, format!("Istio reads no {} of group `{}`", *reference.kind, *reference.group)),
            };
        }
        match self.parameters_reference() {
            Some(reference) => match reference.verdict {
                ParametersVerdict::Fine | ParametersVerdict::NoNamespace => None,
                ParametersVerdict::WrongKind { kind, related: false, .. } => {
                    fault(Certainty::Sure, format!("{} reads {kind}, not {}", self.product.name(), *reference.kind))
                }
                ParametersVerdict::WrongKind { .. } => fault(Certainty::Possible, format!("{whole} is another product's")),
                ParametersVerdict::Elsewhere(_) => fault(Certainty::Sure, format!("{whole} is in another namespace")),
                ParametersVerdict::Missing(missing) => fault(missing.certainty, format!("the input holds no {whole}")),
            },
            // a class of which nothing is known may read anything
            None => fault(Certainty::Possible, format!("whether {whole} is right depends on the class")),
        }
    }

    fn client_certificate_faults(&self) -> Vec<Fault> {
        let backend = self.spec.tls.as_deref().and_then(|tls| tls.backend.as_deref()).or(self.spec.backend_tls.as_deref());
        let Some(reference) = backend.and_then(|backend| backend.client_certificate_ref.as_ref()) else { return Vec::new() };
        let Some(fault) = client_certificate_fault(self.object, reference) else { return Vec::new() };
        let namespace = self.object.namespace_or_own(reference.namespace.as_deref());
        let reason = match fault {
            CertificateFault::NotPermitted(_) => Reason::RefNotPermitted,
            _ => Reason::InvalidClientCertificateRef,
        };
        let message = in_words(self.object, (reference.kind(), &namespace, &reference.name), fault, "a certificate with its key");
        vec![Fault { reason, certainty: fault.certainty(), message, place: reference.node(), certificate: Some(fault) }]
    }

    fn insecure_validation(&self) -> Option<Condition> {
        let frontend = self.spec.tls.as_deref()?.frontend.as_deref()?;
        let configs = std::iter::once(&frontend.default).chain(frontend.per_port.iter().map(|one| &one.tls));
        let mode = configs
            .filter_map(|config| config.validation.as_ref()?.mode.as_ref())
            .find(|mode| ***mode == ValidationMode::AllowInsecureFallback)?;
        Some(Condition {
            kind: ConditionType::InsecureFrontendValidationMode,
            state: State::True,
            reason: Reason::ConfigurationChanged,
            message: "clients without a valid certificate are let in".to_owned(),
            place: mode.node(),
        })
    }

    fn set_status(
        &self,
        set: Object<'m>,
        admitted: Fact<bool>,
        listeners: Vec<ListenerStatus<'m>>,
        refused: Option<&Fault>,
    ) -> ListenerSetStatus<'m> {
        let parent = match &set.resource().spec {
            Spec::ListenerSet(set) => set.spec.parent_ref.node(),
            _ => set.node,
        };
        let fault = |reason, certainty, message| Fault { reason, certainty, message, place: parent, certificate: None };
        let words = || format!("{} takes no listeners from {}", self.object.id, set.id);
        let accepted = match (admitted, refused) {
            (Fact::Known(false), _) => {
                judged(ConditionType::Accepted, Reason::Accepted, parent, &[fault(Reason::NotAllowed, Certainty::Sure, words())])
            }
            (_, Some(refused)) if refused.certainty == Certainty::Sure => {
                let message = format!("{} is not accepted", self.object.id);
                judged(ConditionType::Accepted, Reason::Accepted, parent, &[fault(Reason::ParentNotAccepted, Certainty::Sure, message)])
            }
            (Fact::Unknown, _) => {
                let message = format!("whether {} takes its listeners depends on the labels of its Namespace", self.object.id);
                judged(ConditionType::Accepted, Reason::Accepted, parent, &[fault(Reason::NotAllowed, Certainty::Possible, message)])
            }
            (Fact::Known(true), _) => of_listeners(set.name_place(), &listeners),
        };
        let programmed = programmed(&accepted);
        ListenerSetStatus { set, conditions: vec![accepted, programmed], listeners }
    }
}

impl Mesh {
    /// The status of listener sets whose Gateway is not in the input: nobody is there to write it.
    pub(super) fn orphaned_sets(&self) -> Vec<ListenerSetStatus<'_>> {
        let sets = [Kind::ListenerSet, Kind::XListenerSet].into_iter().flat_map(|kind| self.objects(kind));
        let orphaned = sets.filter_map(|set| {
            let Spec::ListenerSet(content) = &set.resource().spec else { return None };
            let gateway = crate::mesh::attach::gateway_of(set).and_then(|ix| set.sibling(ix)).and_then(GatewayView::of);
            let above = &content.spec.parent_ref;
            let accepted = gateway.is_none().then(|| Condition {
                kind: ConditionType::Accepted,
                state: State::Unknown,
                reason: if self.settings().complete { Reason::Pending } else { Reason::NotInInput },
                message: format!("the input holds no Gateway `{}` that can be read", *above.name),
                place: above.node(),
            })?;
            let programmed = programmed(&accepted);
            Some(ListenerSetStatus { set, conditions: vec![accepted, programmed], listeners: Vec::new() })
        });
        orphaned.collect()
    }
}

/// `Accepted` of what has listeners: without one that can be used it is not; with some it is, and says that others can't be.
fn of_listeners(place: NodeId, listeners: &[ListenerStatus<'_>]) -> Condition {
    let usable: Vec<Fact<bool>> = listeners.iter().map(ListenerStatus::usable).collect();
    let count = |fact| usable.iter().filter(|usable| **usable == fact).count();
    let (refused, unknown) = (count(Fact::Known(false)), count(Fact::Unknown));
    let (state, reason, message) = match (refused, unknown) {
        (all, _) if all > 0 && all == listeners.len() => (State::False, Reason::ListenersNotValid, "no listener can be used".to_owned()),
        (refused, unknown) if unknown > 0 && refused + unknown == listeners.len() => {
            (State::Unknown, Reason::NotInInput, "whether a listener can be used depends on what is not in the input".to_owned())
        }
        (0, _) => (State::True, Reason::Accepted, String::new()),
        (1, _) => (State::True, Reason::ListenersNotValid, "one listener can't be used".to_owned()),
        (some, _) => (State::True, Reason::ListenersNotValid, format!("{some} listeners can't be used")),
    };
    Condition { kind: ConditionType::Accepted, state, reason, message, place }
}

fn programmed(accepted: &Condition) -> Condition {
    let kind = ConditionType::Programmed;
    match accepted.state {
        State::False => Condition { kind, ..accepted.clone() },
        _ => Condition {
            kind,
            state: State::Unknown,
            reason: Reason::Pending,
            message: "what the gateway's pods do stands in no file".to_owned(),
            place: accepted.place,
        },
    }
}

impl<'m> GatewayStatus<'m> {
    /// Its own listeners and those of its listener sets.
    pub fn all_listeners(&self) -> impl Iterator<Item = &ListenerStatus<'m>> {
        self.listeners.iter().chain(self.sets.iter().flat_map(|set| &set.listeners))
    }
}
