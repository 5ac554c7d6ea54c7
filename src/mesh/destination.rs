//! DestinationRules that nobody on the path applies: ztunnel reads none of them, and kgateway leaves them to the waypoint.

use super::classes::Product;
use super::enrolment::{Capture, DATAPLANE_MODE};
use super::facts::Fact;
use super::resolve::{Backend, HostTarget, host_target};
use super::routes::GatewayView;
use super::services::ServiceView;
use super::waypoint::Binding;
use super::{Certainty, Mesh, Object};
use crate::model::istio::DestinationRuleSpec;
use crate::model::{Kind, Spec, Text, Value};
use crate::yaml::At;

/// What ztunnel does not do for a connection, as a `trafficPolicy` asks for it. TLS settings are left out: inside the mesh
/// they are what ztunnel does anyway.
const SETTINGS: [&str; 4] = ["outlierDetection", "connectionPool", "loadBalancer", "retryBudget"];

/// A DestinationRule for Services of the input.
#[derive(Clone, Debug)]
pub struct RuleView<'m> {
    /// The object.
    pub object: Object<'m>,
    /// Its host.
    pub host: &'m At<Text>,
    /// The first of its settings that only a proxy for requests applies.
    pub setting: &'m At<Text>,
    services: Vec<ServiceView<'m>>,
    is_local: bool,
}

/// A DestinationRule that is not applied.
#[derive(Clone, Debug)]
pub struct Unapplied<'m> {
    /// The Service it is for; with several clusters the first.
    pub service: ServiceView<'m>,
    /// The ingress whose traffic goes without it, when one is known.
    pub ingress: Option<GatewayView<'m>>,
    /// The waypoint that would apply it, when the Service has one and ingress goes past it.
    pub waypoint: Option<GatewayView<'m>>,
    /// The Services, each document once, that do not send ingress through their waypoint.
    pub unlabelled: Vec<Object<'m>>,
    /// Whether one of them says in so many words that ingress goes past it.
    pub declined: bool,
    /// How sure.
    pub certainty: Certainty,
}

impl Mesh {
    /// The DestinationRules that ask for more than ztunnel does, and whose host is a Service in the input.
    pub fn destination_rules(&self) -> impl Iterator<Item = RuleView<'_>> {
        self.objects(Kind::DestinationRule).filter_map(|object| {
            let Spec::DestinationRule(rule) = &object.resource().spec else { return None };
            let spec: &DestinationRuleSpec = rule.spec.as_deref()?;
            // such a rule is for sidecars
            let setting = setting(spec.traffic_policy.as_deref()?).filter(|_| spec.workload_selector.is_none())?;
            let (services, is_local) = services(object, &spec.host);
            (!services.is_empty()).then_some(RuleView { object, host: &spec.host, setting, services, is_local })
        })
    }
}

/// The first setting that asks for something, on its own or for one port.
fn setting(policy: &Value) -> Option<&At<Text>> {
    policy.entries().iter().find_map(|(key, value)| match &***key {
        "portLevelSettings" => value.items().iter().find_map(|item| setting(item)),
        key_text => (SETTINGS.contains(&key_text) && !value.entries().is_empty()).then_some(key),
    })
}

/// The Services that a host means, and whether it is the name of one in its own cluster. Rules for other namespaces'
/// Services speak for some clients only and are left alone.
fn services<'m>(rule: Object<'m>, host: &str) -> (Vec<ServiceView<'m>>, bool) {
    let mut found: Vec<ServiceView<'m>> = if host.contains('.') {
        match host_target(rule, host) {
            HostTarget::Local(ix) => rule.sibling(ix).and_then(ServiceView::of).into_iter().collect(),
            HostTarget::Global(global) => {
                let owners: Vec<_> = global.behind(rule.mesh()).into_iter().filter(|s| s.object.namespace() == rule.namespace()).collect();
                return (owners, false);
            }
            HostTarget::Entry(_) | HostTarget::Unknown => Vec::new(),
        }
    } else {
        rule.get(Kind::Service, rule.namespace(), host).and_then(ServiceView::of).into_iter().collect()
    };
    found.retain(|service| service.object.namespace() == rule.namespace());
    (found, true)
}

impl<'m> RuleView<'m> {
    /// Whether it is applied to nothing, or not to what comes from an ingress. None as well where another mistake is the
    /// reason: a waypoint that is missing or refuses the Service, ingress that is told to pass a waypoint in vain.
    pub fn unapplied(&self) -> Option<Unapplied<'m>> {
        let first = *self.services.first()?;
        let backends = self.backends();
        let ingresses: Vec<GatewayView<'m>> = backends.iter().flat_map(|b| b.route.ingresses()).collect();
        // Istio's own gateway applies it to what it sends to the pods
        if ingresses.iter().any(|g| !g.product.needs_capture()) || self.services.iter().any(ServiceView::asks_for_ingress_waypoint) {
            return None;
        }
        if !self.services.iter().all(|s| matches!(s.capture(), Capture::Captured)) {
            return None;
        }
        let ingress = ingresses.first().copied();
        let without = |s: &ServiceView<'m>| matches!(s.binding(), Binding::Unlabelled | Binding::OptedOut(_));
        if self.services.iter().all(without) {
            let certainty = match ingress {
                _ if self.has_other_clients() => Certainty::Possible,
                Some(_) => Certainty::Sure,
                None => Certainty::Likely,
            };
            return Some(Unapplied { service: first, ingress, waypoint: None, unlabelled: Vec::new(), declined: false, certainty });
        }
        // past the waypoint of a plain Service is another rule's: it names all that is lost
        let ingress = ingress.filter(|_| !self.is_local)?;
        let waypoints: Vec<_> = self
            .services
            .iter()
            .map(|s| match s.binding() {
                Binding::Bound { gateway, .. } if s.ingress_passes_waypoint(ingress) == Fact::Known(false) => {
                    Some(gateway).filter(|g| g.product != Product::GlooWaypoint)
                }
                _ => None,
            })
            .collect();
        let waypoint = waypoints.iter().all(Option::is_some).then(|| waypoints.first().copied().flatten())?;
        let mut unlabelled: Vec<_> = self.services.iter().map(|s| s.object).collect();
        // the document of several clusters is one
        unlabelled.sort_by_key(|o| o.node);
        unlabelled.dedup_by_key(|o| o.node);
        let declined = self.services.iter().any(ServiceView::declines_ingress_waypoint);
        Some(Unapplied { service: first, ingress: Some(ingress), waypoint, unlabelled, declined, certainty: Certainty::Sure })
    }

    /// The backends of routes that lead to its host.
    fn backends(&self) -> Vec<Backend<'m>> {
        let mesh = self.object.mesh();
        let meant = |b: &Backend<'_>| {
            let ours = b.services().iter().any(|s| self.services.iter().any(|own| own.object == s.object));
            // the rule for a global host does not act on the Service's own name, and the other way round
            ours && b.global().is_none() == self.is_local
        };
        mesh.backends().filter(|b| !b.mirror).filter(meant).collect()
    }

    /// A backend by the global host of its Service, when routes name it by no other: the rule is for the Service's own name.
    pub fn only_reached_globally(&self) -> Option<Backend<'m>> {
        let ours = |b: &Backend<'_>| b.services().iter().any(|s| self.services.iter().any(|own| own.object == s.object));
        let mut found = self.object.mesh().backends().filter(|b| !b.mirror && ours(b)).peekable();
        let first = *found.peek().filter(|_| self.is_local)?;
        found.all(|backend| backend.global().is_some()).then_some(first)
    }

    /// Whether there may be clients that apply it themselves: sidecars, or gateways of Istio's older API.
    fn has_other_clients(&self) -> bool {
        self.object.may_have_sidecars()
    }
}

impl Object<'_> {
    /// Whether its cluster may have sidecars, or gateways of Istio's older API.
    pub(super) fn may_have_sidecars(&self) -> bool {
        let cluster = self.cluster();
        let mesh = self.mesh();
        let injected = |o: &Object<'_>| {
            let ambient = o.own_label(DATAPLANE_MODE).is_some_and(|l| l.value == "ambient");
            o.own_label("istio-injection").is_some_and(|l| l.value == "enabled") || (o.own_label("istio.io/rev").is_some() && !ambient)
        };
        let sidecars = mesh.objects(Kind::Namespace).filter(|o| o.cluster() == cluster).any(|o| injected(&o));
        sidecars || mesh.objects(Kind::IstioGateway).any(|o| o.cluster() == cluster)
    }
}
