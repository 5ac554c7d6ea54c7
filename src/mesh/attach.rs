//! Does a route attach to a listener, and why not (Gateway API: ParentReference, AllowedRoutes).

use super::facts::Fact;
use super::hosts;
use super::index::{Lookup, Missing};
use super::routes::{GatewayView, ListenerView, ParentView, RouteView, listeners};
use super::{Certainty, Object};
use crate::model::gateway::{AllowedRoutes, FromNamespaces, ParentRef};
use crate::model::{Kind, Namespace, Spec, Text};
use crate::yaml::{At, NodeId};

/// What a parentRef leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ParentVerdict {
    /// It attaches.
    Attached {
        /// The Gateway, by its index; none when it is behind a ListenerSet and not in the input.
        gateway: Option<u32>,
        /// The names of the listeners that take it, and of those that may.
        listeners: Vec<crate::model::Text>,
        /// How many of them surely do: those come first.
        sure: usize,
        /// Less than sure when a listener's answer depends on something outside the input.
        certainty: Certainty,
    },
    /// The parent is there and does not take the route.
    Refused {
        /// The Gateway or ListenerSet, by its index.
        parent: u32,
        /// Why.
        because: Refusal,
    },
    /// The Gateway or ListenerSet is not in the input.
    Missing(Missing),
    /// A Service that the route governs at its waypoint.
    Service(u32),
    /// A parent that is decided elsewhere: delegation, ServiceEntry, other kinds, broken or ambiguous objects.
    Elsewhere,
}

/// Why no listener takes a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// `sectionName` names no listener.
    NoListenerNamed,
    /// `port` is no listener's.
    NoListenerOnPort,
    /// Every listener that the reference means leaves the route's namespace out.
    Namespace,
    /// Every listener that the reference means carries other kinds.
    Kind,
    /// No hostname fits both.
    Hostname,
    /// The Gateway does not take the ListenerSet.
    SetNotAllowed,
    /// Every listener that the reference means is in conflict with another one.
    Conflict,
}

/// The label by which the API server names each namespace.
const NAME_LABEL: &str = "kubernetes.io/metadata.name";

/// How a listener comes to admit one more namespace and no other.
#[derive(Clone, Debug, PartialEq)]
pub enum Admission<'m> {
    /// A selector by name: of these namespaces.
    Names {
        /// The listener.
        listener: NodeId,
        /// The selector that it takes the place of.
        instead: Option<NodeId>,
        /// The namespaces: the ones that it admits already, and the new one.
        names: Vec<Text>,
    },
    /// It selects by name: one more value of this requirement.
    OneMore(NodeId),
    /// It selects by labels, and the Namespace lacks these.
    Labels(Object<'m>, Vec<&'m (At<Text>, At<Text>)>),
}

/// How far a route got with one listener: the later, the closer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Conflict,
    Namespace,
    Kind,
    Hostname,
    Attached,
}

/// Decides one parentRef; used once, when the graph is built.
pub(super) fn decide(route: RouteView<'_>, reference: &ParentRef) -> ParentVerdict {
    let from = route.object;
    let namespace = from.namespace_or_own(reference.namespace.as_deref());
    let kind = match (reference.group(), reference.kind()) {
        ("gateway.networking.k8s.io", "Gateway") => Kind::Gateway,
        ("gateway.networking.k8s.io", "ListenerSet") => Kind::ListenerSet,
        ("gateway.networking.x-k8s.io", "XListenerSet") => Kind::XListenerSet,
        ("" | "core", "Service") => return service_parent(from, &namespace, &reference.name),
        _ => return ParentVerdict::Elsewhere,
    };
    let parent = match from.find(kind, &namespace, &reference.name) {
        Lookup::Missing(missing) => return ParentVerdict::Missing(missing),
        Lookup::Ambiguous(_) => return ParentVerdict::Elsewhere,
        Lookup::Found(ix) => ix,
    };
    let Some(object) = from.sibling(parent).filter(|o| !o.is_broken()) else { return ParentVerdict::Elsewhere };
    let all = listeners(object);
    let named: Vec<_> = all.iter().filter(|l| reference.section_name.as_ref().is_none_or(|section| ***section == ***l.name)).collect();
    if named.is_empty() && reference.section_name.is_some() {
        return ParentVerdict::Refused { parent, because: Refusal::NoListenerNamed };
    }
    let meant: Vec<_> =
        named.into_iter().filter(|l| reference.port.as_ref().is_none_or(|port| l.port.is_none_or(|own| **own == **port))).collect();
    if meant.is_empty() && reference.port.is_some() {
        return ParentVerdict::Refused { parent, because: Refusal::NoListenerOnPort };
    }
    weigh(route, object, parent, &meant)
}

impl<'m> ParentView<'m> {
    /// How the listeners that the reference means, and that would take the route otherwise, come to admit its namespace.
    /// None when there are no such listeners, or when it takes a decision about what their selectors mean.
    pub fn admissions(&self, parent: Object<'m>) -> Option<Vec<Admission<'m>>> {
        let (route, reference) = (self.route, self.reference);
        let meant = listeners(parent)
            .into_iter()
            .filter(|l| reference.section_name.as_ref().is_none_or(|section| ***section == ***l.name))
            .filter(|l| reference.port.as_ref().is_none_or(|port| l.port.is_none_or(|own| **own == **port)))
            .filter(|l| l.carries(route.object.kind) && hostnames_fit(l, route));
        let mut all = Vec::new();
        for listener in meant {
            let one = admission(parent, &listener, route.object, route.object.namespace())?;
            // one Namespace gets its labels once
            if !all.contains(&one) {
                all.push(one);
            }
        }
        (!all.is_empty()).then_some(all)
    }
}

/// How a listener comes to admit a namespace as seen from an object's cluster.
pub(super) fn admission<'m>(parent: Object<'m>, listener: &ListenerView<'m>, from: Object<'m>, other: &Namespace) -> Option<Admission<'m>> {
    let Namespace::Named(wanted) = other else { return None };
    let rule = listener.allowed.and_then(|a| a.namespaces.as_deref());
    let selector = rule.and_then(|r| r.selector.as_ref());
    let names = |instead, names: &[&Text]| {
        Some(Admission::Names { listener: listener.node, instead, names: names.iter().copied().cloned().collect() })
    };
    match (listener.allowed.map_or(FromNamespaces::Same, AllowedRoutes::from), selector) {
        (FromNamespaces::Same, None) => match parent.namespace() {
            Namespace::Named(own) => names(None, &[own, wanted]),
            _ => None,
        },
        (FromNamespaces::Selector, Some(selector)) => {
            let labels: Vec<_> = selector.match_labels.iter().flat_map(|labels| labels.iter()).collect();
            match (labels.as_slice(), selector.match_expressions.as_slice()) {
                ([], [by_name]) if &**by_name.key == NAME_LABEL && &**by_name.operator == "In" => Some(Admission::OneMore(by_name.node())),
                ([(key, one)], []) if &***key == NAME_LABEL => names(Some(selector.node()), &[one, wanted]),
                (labels, []) => {
                    let namespace = from.namespace_object(other)?;
                    let lacking = |(key, _): &&(At<Text>, At<Text>)| namespace.own_label(key).is_none();
                    let fits = |(key, value): &(At<Text>, At<Text>)| namespace.own_label(key).is_some_and(|own| own.value == &***value);
                    let (lacking, others): (Vec<_>, Vec<_>) = labels.iter().copied().partition(lacking);
                    let clear = others.iter().all(|label| fits(label)) && lacking.iter().all(|(key, _)| &***key != NAME_LABEL);
                    (clear && !lacking.is_empty()).then_some(Admission::Labels(namespace, lacking))
                }
                _ => None,
            }
        }
        _ => None,
    }
}

/// Asks each listener; the best answer counts.
fn weigh(route: RouteView<'_>, parent: Object<'_>, ix: u32, meant: &[&ListenerView<'_>]) -> ParentVerdict {
    let gateway = gateway_of(parent);
    let above = gateway.filter(|_| parent.kind != Kind::Gateway).and_then(|ix| parent.sibling(ix)).and_then(GatewayView::of);
    let set = above.map_or(Fact::Known(true), |above| above.takes(parent));
    let mut best = None;
    let (mut taken, mut unsure) = (Vec::new(), Vec::new());
    for listener in meant {
        let admitted = admits(parent, listener.allowed, route.object);
        let step = if admitted == Fact::Known(false) {
            Step::Namespace
        } else if !listener.carries(route.object.kind) {
            Step::Kind
        } else if !hostnames_fit(listener, route) {
            Step::Hostname
        } else if parent.conflict_of(listener).is_some() {
            Step::Conflict
        } else {
            Step::Attached
        };
        best = best.max(Some(step));
        if step == Step::Attached {
            let sure = (admitted, set) == (Fact::Known(true), Fact::Known(true));
            if sure { &mut taken } else { &mut unsure }.push((**listener.name).clone());
        }
    }
    let (certainty, sure) = (if taken.is_empty() { Certainty::Possible } else { Certainty::Sure }, taken.len());
    taken.extend(unsure);
    let because = match best {
        Some(Step::Attached) if set == Fact::Known(false) => Refusal::SetNotAllowed,
        Some(Step::Attached) => return ParentVerdict::Attached { gateway, listeners: taken, sure, certainty },
        // a Gateway without listeners of its own may get them from ListenerSets, which take their own parentRefs
        None => return ParentVerdict::Elsewhere,
        Some(Step::Conflict) => Refusal::Conflict,
        Some(Step::Namespace) => Refusal::Namespace,
        Some(Step::Kind) => Refusal::Kind,
        Some(Step::Hostname) => Refusal::Hostname,
    };
    ParentVerdict::Refused { parent: ix, because }
}

fn service_parent(from: Object<'_>, namespace: &Namespace, name: &str) -> ParentVerdict {
    match from.find(Kind::Service, namespace, name) {
        Lookup::Found(ix) => ParentVerdict::Service(ix),
        Lookup::Ambiguous(_) | Lookup::Missing(_) => ParentVerdict::Elsewhere,
    }
}

/// The Gateway behind a parent.
pub(super) fn gateway_of(parent: Object<'_>) -> Option<u32> {
    match &parent.resource().spec {
        Spec::Gateway(_) => Some(parent.ix),
        Spec::ListenerSet(set) => {
            let above = &set.spec.parent_ref;
            let namespace = parent.namespace_or_own(above.namespace.as_deref());
            parent.get(Kind::Gateway, &namespace, &above.name).map(|o| o.ix)
        }
        _ => None,
    }
}

/// Whether a listener admits objects from this one's namespace. Absent means Same.
pub(super) fn admits(parent: Object<'_>, allowed: Option<&AllowedRoutes>, from: Object<'_>) -> Fact<bool> {
    admits_namespace(parent, allowed, from, from.namespace())
}

/// As [`admits`], for a namespace as seen from an object's cluster.
pub(super) fn admits_namespace(parent: Object<'_>, allowed: Option<&AllowedRoutes>, from: Object<'_>, other: &Namespace) -> Fact<bool> {
    let own = parent.namespace();
    let rule = allowed.and_then(|a| a.namespaces.as_deref());
    match allowed.map_or(FromNamespaces::Same, AllowedRoutes::from) {
        FromNamespaces::All => Fact::Known(true),
        FromNamespaces::None => Fact::Known(false),
        FromNamespaces::Same if own == other => Fact::Known(true),
        FromNamespaces::Same if own.name().is_some() && other.name().is_some() => Fact::Known(false),
        FromNamespaces::Same => Fact::Unknown,
        FromNamespaces::Selector => {
            let Some(selector) = rule.and_then(|r| r.selector.as_deref()) else { return Fact::Known(false) };
            from.namespace_fits(other, selector)
        }
    }
}

fn hostnames_fit(listener: &ListenerView<'_>, route: RouteView<'_>) -> bool {
    let Some(own) = listener.hostname.filter(|h| !h.is_empty()) else { return true };
    route.hostnames.is_empty() || route.hostnames.iter().any(|host| hosts::intersect(own, host))
}
