//! Which waypoint serves a service, and does ingress pass it (istiod: `ambient/waypoints.go`).

use super::classes::{Product, Role};
use super::facts::{Fact, LabelAt, parse_bool};
use super::index::{Lookup, Missing};
use super::routes::GatewayView;
use super::services::ServiceView;
use super::{Object, attach};
use crate::model::{Kind, Namespace};

/// The label that binds to a waypoint.
pub const USE_WAYPOINT: &str = "istio.io/use-waypoint";
/// The label beside it that names the waypoint's namespace.
pub(super) const USE_WAYPOINT_NAMESPACE: &str = "istio.io/use-waypoint-namespace";
/// The label that sends ingress traffic through the waypoint.
pub const INGRESS_USE_WAYPOINT: &str = "istio.io/ingress-use-waypoint";

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
    /// The Gateway it names is not in the input.
    Missing(LabelAt<'m>, Missing),
    /// The Gateway it names is there and does not take the service.
    Refused(LabelAt<'m>, GatewayView<'m>),
    /// A waypoint that istiod makes by itself (`auto`, Solo's distribution).
    Automatic(LabelAt<'m>),
    /// It depends on something outside the input.
    Unknown,
}

impl<'m> ServiceView<'m> {
    /// The waypoint of this service. The service's own label beats its namespace's, also when it leads nowhere.
    pub fn binding(&self) -> Binding<'m> {
        let label = match self.object.label_or_namespace(USE_WAYPOINT) {
            Fact::Known(Some(label)) => label,
            Fact::Known(None) => return Binding::Unlabelled,
            Fact::Unknown => return Binding::Unknown,
        };
        if label.value == "none" {
            return Binding::OptedOut(label);
        }
        let Fact::Known(namespace) = self.waypoint_namespace() else { return Binding::Unknown };
        match self.object.find(Kind::Gateway, &namespace, label.value) {
            Lookup::Found(ix) => self.object.sibling(ix).and_then(GatewayView::of).map_or(Binding::Unknown, |g| self.bind(g, label)),
            Lookup::Ambiguous(_) => Binding::Unknown,
            Lookup::Missing(_) if label.value == "auto" && self.object.platform().may_be_solo() => Binding::Automatic(label),
            Lookup::Missing(missing) => Binding::Missing(label, missing),
        }
    }

    fn bind(&self, gateway: GatewayView<'m>, label: LabelAt<'m>) -> Binding<'m> {
        let listeners = gateway.listeners();
        let hbone = |l: &&super::routes::ListenerView<'_>| l.port.is_some_and(|p| **p == 15008) && &***l.protocol == "HBONE";
        let listener = listeners.iter().find(hbone).or(listeners.first());
        let wants_hbone = gateway.product == Product::IstioWaypoint;
        if (wants_hbone && listeners.iter().filter(hbone).count() != 1) || matches!(gateway.role(), Role::EastWest) {
            return Binding::Refused(label, gateway);
        }
        let of_class = || gateway.object.class_object(&gateway.spec.gateway_class_name)?.own_label("istio.io/waypoint-for");
        let serves = gateway.object.own_label("istio.io/waypoint-for").or_else(of_class).map_or("service", |l| l.value);
        if !matches!(serves, "service" | "all") {
            return Binding::Refused(label, gateway);
        }
        match listener.map_or(Fact::Known(true), |l| attach::admits(gateway.object, l.allowed, self.object)) {
            Fact::Known(true) => Binding::Bound { gateway, label },
            Fact::Known(false) => Binding::Refused(label, gateway),
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

impl<'m> Object<'m> {
    /// The Services of a namespace in the input.
    pub fn services_in(&self, namespace: &Namespace) -> impl Iterator<Item = ServiceView<'m>> {
        self.neighbours(Kind::Service, namespace).filter_map(ServiceView::of)
    }
}
