//! Which waypoint serves a service, and does ingress pass it (istiod: `ambient/waypoints.go`).

use super::classes::{Product, Role};
use super::facts::{Fact, LabelAt, parse_bool};
use super::index::{Lookup, Missing};
use super::pods::WORKLOADS;
use super::routes::{GatewayView, ListenerView};
use super::services::ServiceView;
use super::{Admission, Mesh, Object, attach};
use crate::model::{Kind, Labels, Namespace, Spec, Text};
use crate::yaml::{At, NodeId};

/// The label that binds to a waypoint.
pub const USE_WAYPOINT: &str = "istio.io/use-waypoint";
/// The label beside it that names the waypoint's namespace.
pub const USE_WAYPOINT_NAMESPACE: &str = "istio.io/use-waypoint-namespace";
/// The label that sends ingress traffic through the waypoint.
pub const INGRESS_USE_WAYPOINT: &str = "istio.io/ingress-use-waypoint";
/// The label that says what a waypoint takes.
pub const WAYPOINT_FOR: &str = "istio.io/waypoint-for";
/// The only port and protocol of an Istio waypoint.
const MESH_LISTENER: (i64, &str) = (15008, "HBONE");

/// What `istio.io/use-waypoint` leads to.
#[derive(Clone, Debug)]
pub enum Binding<'m> {
    /// A waypoint that takes the service.
    Bound {
        /// The waypoint.
        gateway: GatewayView<'m>,
        /// The label that binds.
        label: LabelAt<'m>,
    },
    /// The label says `none`.
    OptedOut(LabelAt<'m>),
    /// Neither the service nor its namespace has the label.
    Unlabelled,
    /// The label is there in a form that istiod does not read.
    Misspelt,
    /// The Gateway it names is not in the input.
    Missing(LabelAt<'m>, Missing),
    /// The Gateway it names is there and does not take the service.
    Refused {
        /// The label.
        label: LabelAt<'m>,
        /// The Gateway.
        gateway: GatewayView<'m>,
        /// Why.
        because: Unfit,
    },
    /// A waypoint that istiod makes by itself (`auto`, Solo's distribution).
    Automatic(LabelAt<'m>),
    /// It depends on something outside the input.
    Unknown,
}

/// Why a Gateway is no waypoint for something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// Its listeners are not a waypoint's.
    Shape,
    /// It is a Gateway for something else. istiod takes it all the same, and traffic ends there.
    NotWaypoint,
    /// `istio.io/waypoint-for` leaves this kind of traffic out.
    Traffic,
    /// Its listener does not admit the namespace.
    Namespace,
}

/// What is to use a waypoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Subject {
    /// Traffic to a Service or a ServiceEntry.
    Service,
    /// Traffic to the address of a pod or a WorkloadEntry.
    Workload,
    /// Either: the label stands on a namespace.
    Any,
}

/// A label `istio.io/use-waypoint` where it counts.
#[derive(Clone, Debug)]
pub struct Claim<'m> {
    /// The Namespace, Service, ServiceEntry, workload or WorkloadEntry.
    pub object: Object<'m>,
    /// The namespace of what is to use the waypoint.
    pub namespace: Namespace,
    /// What the label leads to.
    pub binding: Binding<'m>,
}

/// A way to write `istio.io/use-waypoint` that istiod does not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slip {
    /// The key is spelt in another way.
    Key,
    /// It is an annotation, as releases before 1.23 had it.
    Annotation,
    /// The value stands for `none` and is not that word.
    OptOut,
    /// The value is `namespace/name`.
    Path,
}

/// A misspelt binding with its place.
#[derive(Clone, Copy, Debug)]
pub struct MisspeltBinding<'m> {
    /// The object it stands on.
    pub object: Object<'m>,
    /// The mapping whose `metadata` has it: the object, or the pods' template of a workload.
    pub home: NodeId,
    /// How it is wrong.
    pub slip: Slip,
    /// The key.
    pub key: &'m At<Text>,
    /// The value.
    pub value: &'m At<Text>,
}

/// What is wrong with the listeners of a Gateway where waypoints come in.
#[derive(Clone, Copy, Debug)]
pub enum ShapeFault<'m> {
    /// A waypoint without listeners.
    Empty,
    /// `hbone` on the right port.
    Case(ListenerView<'m>),
    /// Another protocol.
    Protocol(ListenerView<'m>),
    /// HBONE on another port.
    Port(ListenerView<'m>),
    /// A second one.
    Repeated(ListenerView<'m>),
    /// One more beside the right one, which istiod refuses.
    Extra(ListenerView<'m>),
    /// HBONE on a Gateway of class `istio`.
    OnIngress(ListenerView<'m>),
}

impl<'m> MisspeltBinding<'m> {
    /// What was meant, as the name of the waypoint and the namespace that it is looked for in when that is another one.
    /// None where it can't be said: the value is no name, another label says something else, or there are several bindings.
    pub fn meant(&self) -> Option<(&'m str, Option<&'m str>)> {
        if self.object.misspelt_bindings().len() > 1 {
            return None;
        }
        let value: &'m str = self.value;
        let (labels, annotations) = self.object.waypoint_labels();
        let beside = labels.and_then(|l| l.get(USE_WAYPOINT_NAMESPACE)).or_else(|| annotations?.get(USE_WAYPOINT_NAMESPACE));
        if slip_of(value) == Some(Slip::OptOut) || value == "none" {
            return Some(("none", None));
        }
        let Some((namespace, name)) = value.split_once('/') else {
            // the annotation would have to come along
            let stays = labels.and_then(|l| l.get(USE_WAYPOINT_NAMESPACE)).is_some() || beside.is_none();
            return (stays && !value.is_empty()).then_some((value, None));
        };
        let own = match self.object.kind {
            Kind::Namespace => &*self.object.resource().id.name,
            _ => self.object.namespace().name()?,
        };
        let is_name = !namespace.is_empty() && !name.is_empty() && !name.contains('/');
        (is_name && beside.is_none()).then_some((name, Some(namespace).filter(|ns| *ns != own)))
    }
}

impl<'m> ServiceView<'m> {
    /// The waypoint of this service. The service's own label beats its namespace's, also when it leads nowhere.
    pub fn binding(&self) -> Binding<'m> {
        let label = match self.object.label_or_namespace(USE_WAYPOINT) {
            Fact::Known(Some(label)) => label,
            Fact::Known(None) if self.object.binding_is_misspelt() => return Binding::Misspelt,
            Fact::Known(None) => return Binding::Unlabelled,
            Fact::Unknown => return Binding::Unknown,
        };
        match self.waypoint_namespace() {
            Fact::Known(namespace) => lead(self.object, label, &namespace, Subject::Service, self.object.namespace()),
            Fact::Unknown => Binding::Unknown,
        }
    }

    /// The namespace of the waypoint: named by a label on the same object as the binding.
    fn waypoint_namespace(&self) -> Fact<Namespace> {
        let own = self.object.namespace();
        let named = if self.object.own_label(USE_WAYPOINT).is_some() {
            Fact::Known(self.object.own_label(USE_WAYPOINT_NAMESPACE))
        } else {
            self.object.namespace_label(own, USE_WAYPOINT_NAMESPACE)
        };
        named.map(|label| label.map_or_else(|| own.clone(), |l| Namespace::Named(l.value.into())))
    }

    /// Whether ingress is told to pass the waypoint, and by which label. A value that is no boolean counts as false
    /// and hides the namespace's.
    pub fn ingress_use_waypoint(&self) -> Fact<(bool, Option<LabelAt<'m>>)> {
        self.object.label_or_namespace(INGRESS_USE_WAYPOINT).map(|label| (label.and_then(|l| parse_bool(l.value)) == Some(true), label))
    }

    /// Whether somebody said in so many words that ingress passes no waypoint here.
    pub fn declines_ingress_waypoint(&self) -> bool {
        self.ingress_use_waypoint().known().and_then(|(_, label)| label).is_some_and(|l| means_no(l.value))
    }

    /// Whether somebody wants ingress to pass the waypoint, in whatever words.
    pub fn asks_for_ingress_waypoint(&self) -> bool {
        self.ingress_use_waypoint().known().and_then(|(_, label)| label).is_some_and(|l| !means_no(l.value))
    }

    /// Whether traffic from this ingress passes the service's waypoint.
    pub fn ingress_passes_waypoint(&self, ingress: GatewayView<'_>) -> Fact<bool> {
        let (told, label) = match self.ingress_use_waypoint() {
            Fact::Known(answer) => answer,
            Fact::Unknown => return Fact::Unknown,
        };
        // kgateway compares with the exact word
        let understood = !ingress.product.needs_capture() || label.is_some_and(|l| l.value == "true");
        Fact::Known(told && understood && self.has_vip())
    }
}

/// Whether a value of a boolean label stands for no, also where Istio would not read it so.
pub fn means_no(value: &str) -> bool {
    parse_bool(value) == Some(false) || ["false", "no", "off", "none", "disabled"].iter().any(|word| value.eq_ignore_ascii_case(word))
}

/// Where the name in a label leads, for something in the namespace `member`.
fn lead<'m>(from: Object<'m>, label: LabelAt<'m>, namespace: &Namespace, subject: Subject, member: &Namespace) -> Binding<'m> {
    if label.value == "none" {
        return Binding::OptedOut(label);
    }
    if slip_of(label.value).is_some() {
        return Binding::Misspelt;
    }
    match from.find(Kind::Gateway, namespace, label.value) {
        Lookup::Found(ix) => match from.sibling(ix).and_then(GatewayView::of) {
            Some(gateway) => gateway.take(from, label, subject, member),
            None => Binding::Unknown,
        },
        Lookup::Ambiguous(_) => Binding::Unknown,
        Lookup::Missing(_) if label.value == "auto" && from.platform().may_be_solo() => Binding::Automatic(label),
        Lookup::Missing(missing) => Binding::Missing(label, missing),
    }
}

fn slip_of(value: &str) -> Option<Slip> {
    if value == "#none" || (value != "none" && value.eq_ignore_ascii_case("none")) {
        Some(Slip::OptOut)
    } else {
        value.contains('/').then_some(Slip::Path)
    }
}

impl<'m> GatewayView<'m> {
    /// Whether it takes something as its waypoint.
    fn take(self, from: Object<'m>, label: LabelAt<'m>, subject: Subject, member: &Namespace) -> Binding<'m> {
        let refused = |because| Binding::Refused { label, gateway: self, because };
        if self.shape_faults().iter().any(|fault| !matches!(fault, ShapeFault::Extra(_))) {
            return refused(Unfit::Shape);
        }
        if matches!(self.role(), Role::EastWest | Role::Ingress) {
            return refused(Unfit::NotWaypoint);
        }
        let serves = self.waypoint_for().map_or("service", |l| l.value);
        let fits = match subject {
            Subject::Service => matches!(serves, "service" | "all"),
            Subject::Workload => matches!(serves, "workload" | "all"),
            Subject::Any => matches!(serves, "service" | "workload" | "all"),
        };
        if !fits {
            return refused(Unfit::Traffic);
        }
        match self.mesh_listener().map_or(Fact::Known(true), |l| attach::admits_namespace(self.object, l.allowed, from, member)) {
            Fact::Known(true) => Binding::Bound { gateway: self, label },
            Fact::Known(false) => refused(Unfit::Namespace),
            Fact::Unknown => Binding::Unknown,
        }
    }

    /// What it says it takes as a waypoint: its own label, else that of its class.
    pub fn waypoint_for(&self) -> Option<LabelAt<'m>> {
        self.object.own_label(WAYPOINT_FOR).or_else(|| self.object.class_object(&self.spec.gateway_class_name)?.own_label(WAYPOINT_FOR))
    }

    /// The listener by which it is used as a waypoint: the one that waypoints have, else its first.
    fn mesh_listener(&self) -> Option<ListenerView<'m>> {
        let listeners = self.listeners();
        listeners.iter().find(|l| l.is_mesh_listener()).or(listeners.first()).copied()
    }

    /// How it comes to admit the namespace of something that wants to use it.
    pub fn waypoint_admission(&self, claim: &Claim<'m>) -> Option<Admission<'m>> {
        attach::admission(self.object, &self.mesh_listener()?, claim.object, &claim.namespace)
    }

    /// What is wrong with its listeners: an Istio waypoint has one, on port 15008 with protocol HBONE, and an Istio
    /// ingress has none of that protocol.
    pub fn shape_faults(&self) -> Vec<ShapeFault<'m>> {
        let listeners = self.listeners();
        let is_hbone = |l: &ListenerView<'_>| l.protocol.eq_ignore_ascii_case(MESH_LISTENER.1);
        match self.product {
            Product::Istio => listeners.into_iter().filter(is_hbone).map(ShapeFault::OnIngress).collect(),
            Product::IstioWaypoint => {
                let (right, others): (Vec<_>, Vec<_>) = listeners.into_iter().partition(ListenerView::is_mesh_listener);
                if !right.is_empty() {
                    let repeated = right.into_iter().skip(1).map(ShapeFault::Repeated);
                    return repeated.chain(others.into_iter().map(ShapeFault::Extra)).collect();
                }
                let on_port = |l: &ListenerView<'_>| l.port.is_some_and(|p| **p == MESH_LISTENER.0);
                let closest = others.iter().max_by_key(|l| (u8::from(on_port(l)) + u8::from(is_hbone(l)), on_port(l)));
                vec![match closest {
                    None => ShapeFault::Empty,
                    Some(l) if on_port(l) && is_hbone(l) => ShapeFault::Case(*l),
                    Some(l) if is_hbone(l) => ShapeFault::Port(*l),
                    Some(l) => ShapeFault::Protocol(*l),
                }]
            }
            _ => Vec::new(),
        }
    }
}

impl ListenerView<'_> {
    /// Whether it is the one that a waypoint has.
    pub fn is_mesh_listener(&self) -> bool {
        self.port.is_some_and(|p| **p == MESH_LISTENER.0) && &***self.protocol == MESH_LISTENER.1
    }
}

/// Kinds on which `istio.io/use-waypoint` counts, but for workloads, where it counts on their pods.
const BOUND_KINDS: [Kind; 4] = [Kind::Namespace, Kind::Service, Kind::ServiceEntry, Kind::WorkloadEntry];

impl Mesh {
    /// Every label that names a waypoint, where it counts.
    pub fn waypoint_claims(&self) -> impl Iterator<Item = Claim<'_>> {
        self.waypoint_users().filter_map(|object| {
            let labels = object.waypoint_labels().0?;
            let label = LabelAt::of(labels, USE_WAYPOINT)?;
            let (namespace, subject) = match object.kind {
                Kind::Namespace => (Namespace::Named(object.id.name.clone()), Subject::Any),
                Kind::Service | Kind::ServiceEntry => (object.namespace().clone(), Subject::Service),
                _ => (object.namespace().clone(), Subject::Workload),
            };
            let of = labels.get(USE_WAYPOINT_NAMESPACE).map_or_else(|| namespace.clone(), |ns| Namespace::Named((**ns).clone()));
            let binding = lead(object, label, &of, subject, &namespace);
            Some(Claim { object, namespace, binding })
        })
    }

    /// The labels that name a waypoint and are refused for one reason, by the Gateway they name, in the order of the input.
    pub fn refused_claims(&self, reason: Unfit) -> Vec<(GatewayView<'_>, Vec<(Claim<'_>, LabelAt<'_>)>)> {
        let mut found: Vec<(GatewayView<'_>, Vec<_>)> = Vec::new();
        // a namespace's label may be meant for its pods, but not where a Service sends ingress through the waypoint
        let asking = self.services().filter(|s| s.object.own_label(USE_WAYPOINT).is_none() && s.asks_for_ingress_waypoint());
        let asking = asking.map(|s| Claim { object: s.object, namespace: s.object.namespace().clone(), binding: s.binding() });
        for claim in self.waypoint_claims().chain(asking) {
            let Binding::Refused { label, gateway, because } = claim.binding else { continue };
            if because != reason {
                continue;
            }
            match found.iter_mut().find(|(other, _)| other.object == gateway.object) {
                Some((_, claims)) => claims.push((claim, label)),
                None => found.push((gateway, vec![(claim, label)])),
            }
        }
        found
    }

    /// Everything that may name a waypoint.
    pub fn waypoint_users(&self) -> impl Iterator<Item = Object<'_>> {
        BOUND_KINDS.iter().chain(&WORKLOADS).flat_map(|kind| self.objects(*kind))
    }
}

impl<'m> Object<'m> {
    /// The Services of a namespace in the input.
    pub fn services_in(&self, namespace: &Namespace) -> impl Iterator<Item = ServiceView<'m>> {
        self.neighbours(Kind::Service, namespace).filter_map(ServiceView::of)
    }

    /// The waypoint that a Service or Namespace without a binding would be bound to: the only one for Services in its own
    /// namespace, if it takes it and nothing else there may be one.
    pub fn only_waypoint(&self) -> Option<GatewayView<'m>> {
        let namespace = match self.kind {
            Kind::Namespace => Namespace::Named(self.id.name.clone()),
            _ => self.namespace().clone(),
        };
        if self.own_label(USE_WAYPOINT_NAMESPACE).is_some() || self.mesh().left_out(Kind::Gateway, &namespace) {
            return None;
        }
        let mut found: Vec<GatewayView<'m>> = Vec::new();
        for object in self.neighbours(Kind::Gateway, &namespace) {
            let gateway = GatewayView::of(object)?;
            match gateway.role() {
                Role::Waypoint if gateway.product == Product::IstioWaypoint => {}
                Role::Waypoint | Role::Unknown => return None,
                Role::Ingress | Role::EastWest => continue,
            }
            let label = LabelAt { value: &gateway.object.resource().id.name, node: None };
            match gateway.take(*self, label, Subject::Service, &namespace) {
                Binding::Bound { .. } => found.push(gateway),
                Binding::Refused { because: Unfit::Traffic, .. } => {}
                _ => return None,
            }
        }
        if let [one] = found.as_slice() { Some(*one) } else { None }
    }

    /// The mapping whose `metadata` has the labels in which a waypoint would be named.
    fn waypoint_home(&self) -> NodeId {
        match &self.resource().spec {
            Spec::Workload(workload) => workload.template.as_ref().map_or(self.resource().node, At::node),
            _ => self.resource().node,
        }
    }

    /// The labels and annotations in which a waypoint would be named: those of the pods for a workload.
    fn waypoint_labels(&self) -> (Option<&'m At<Labels>>, Option<&'m At<Labels>>) {
        let resource = self.resource();
        if let Spec::Workload(workload) = &resource.spec {
            let meta = workload.template.as_ref().and_then(|t| t.metadata.as_deref());
            return (meta.and_then(|m| m.labels.as_ref()), meta.and_then(|m| m.annotations.as_ref()));
        }
        (resource.meta.labels.as_ref(), resource.meta.annotations.as_ref())
    }

    /// What goes when a label or annotation that names a waypoint is taken out: all of them, where it is the only one.
    pub fn goes_with(&self, value: NodeId) -> NodeId {
        let (labels, annotations) = self.waypoint_labels();
        let alone = |all: &&At<Labels>| all.iter().len() == 1 && all.iter().all(|(_, own)| own.node() == value);
        labels.into_iter().chain(annotations).find(alone).map_or(value, At::node)
    }

    /// `istio.io/use-waypoint-namespace` without the label that it belongs to.
    pub fn orphaned_waypoint_namespace(&self) -> Option<&'m (At<Text>, At<Text>)> {
        let labels = self.waypoint_labels().0?;
        labels.entry(USE_WAYPOINT_NAMESPACE).filter(|_| labels.get(USE_WAYPOINT).is_none() && self.misspelt_bindings().is_empty())
    }

    /// The forms of `istio.io/use-waypoint` here that istiod does not read. What stands beside the right label is history.
    pub fn misspelt_bindings(&self) -> Vec<MisspeltBinding<'m>> {
        let (labels, annotations) = self.waypoint_labels();
        if let Some((key, value)) = labels.and_then(|l| l.entry(USE_WAYPOINT)) {
            return slip_of(value)
                .map(|slip| MisspeltBinding { object: *self, home: self.waypoint_home(), slip, key, value })
                .into_iter()
                .collect();
        }
        let spelt =
            |key: &str| key.strip_prefix("istio.io/").is_some_and(|k| k.replace(['-', '_'], "").eq_ignore_ascii_case("usewaypoint"));
        let both = [(labels, Slip::Key), (annotations, Slip::Annotation)];
        both.into_iter()
            .flat_map(|(entries, slip)| entries.into_iter().flat_map(|all| all.iter()).map(move |(key, value)| (key, value, slip)))
            .filter(|(key, ..)| spelt(key))
            .map(|(key, value, slip)| MisspeltBinding { object: *self, home: self.waypoint_home(), slip, key, value })
            .collect()
    }

    /// Whether a waypoint is named here, or on the namespace, in a form that istiod does not read.
    fn binding_is_misspelt(&self) -> bool {
        !self.misspelt_bindings().is_empty() || self.namespace_object(self.namespace()).is_some_and(|ns| !ns.misspelt_bindings().is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_for_no_are_not_words_for_something_unread() {
        for (value, no) in
            [("false", true), ("F", true), ("0", true), ("No", true), ("disabled", true), ("true", false), ("yes", false), ("", false)]
        {
            assert_eq!(means_no(value), no, "{value}");
        }
    }

    #[test]
    fn values_that_name_no_gateway() {
        for (value, slip) in [
            ("none", None),
            ("None", Some(Slip::OptOut)),
            ("#none", Some(Slip::OptOut)),
            ("infra/waypoint", Some(Slip::Path)),
            ("waypoint", None),
            ("none-such", None),
        ] {
            assert_eq!(slip_of(value), slip, "{value}");
        }
    }
}
