//! What Istio's own traffic kinds and a Service's ports come to in ambient mode.

use super::classes::{Product, Role};
use super::destination::RuleView;
use super::enrolment::{Capture, DATAPLANE_MODE};
use super::facts::Fact;
use super::index::{Lookup, Missing};
use super::pods::PodFacts;
use super::resolve::{Backend, HostTarget, PortVerdict, host_target};
use super::routes::{GatewayView, RouteView};
use super::services::ServiceView;
use super::waypoint::Binding;
use super::{Certainty, Mesh, Object, hosts};
use crate::model::core::ServicePort;
use crate::model::gateway::ParentRef;
use crate::model::{IntOrText, Kind, Namespace, Spec, Text, Value};
use crate::yaml::{At, NodeId};

/// A host of a VirtualService for clients in the mesh that no waypoint serves.
#[derive(Clone, Copy, Debug)]
pub struct VirtualHost<'m> {
    /// The VirtualService.
    pub object: Object<'m>,
    /// The host.
    pub host: &'m At<Text>,
    /// The Service it means.
    pub service: ServiceView<'m>,
}

/// Something of Istio's older API that is meant for a Gateway which does not read it.
#[derive(Clone, Copy, Debug)]
pub struct ClassicGateway<'m> {
    /// The VirtualService or the Gateway of `networking.istio.io`.
    pub object: Object<'m>,
    /// The name, or the selector.
    pub at: NodeId,
    /// The Gateway of the Gateway API.
    pub gateway: GatewayView<'m>,
}

/// A subset under a global host.
#[derive(Clone, Copy, Debug)]
pub struct DeadSubset<'m> {
    /// The DestinationRule.
    pub object: Object<'m>,
    /// Its host.
    pub host: &'m At<Text>,
    /// The subset's name.
    pub subset: &'m At<Text>,
}

/// A DestinationRule whose host is nothing.
#[derive(Clone, Debug)]
pub struct LostHost<'m> {
    /// The DestinationRule.
    pub object: Object<'m>,
    /// Its host.
    pub host: &'m At<Text>,
    /// What is known of the Service.
    pub missing: Missing,
}

/// A port of a Service behind a route of which something is not declared.
#[derive(Clone, Copy, Debug)]
pub struct Undeclared<'m> {
    /// The reference.
    pub backend: Backend<'m>,
    /// The Service.
    pub service: ServiceView<'m>,
    /// Its port.
    pub port: &'m At<ServicePort>,
}

impl Mesh {
    /// Routes whose parent is a Service that has no waypoint.
    pub fn unserved_routes(&self) -> Vec<(RouteView<'_>, &At<ParentRef>, ServiceView<'_>, Certainty)> {
        let mut found = Vec::new();
        for route in self.routes() {
            for (reference, object) in route.service_parents() {
                let Some(service) = ServiceView::of(object).filter(ServiceView::has_no_waypoint) else { continue };
                if service.capture() == Capture::Captured {
                    // sidecars apply such routes themselves
                    let certainty = if object.may_have_sidecars() { Certainty::Possible } else { Certainty::Sure };
                    found.push((route, reference, service, certainty));
                }
            }
        }
        found
    }

    /// Hosts of VirtualServices for clients in the mesh whose Service has no waypoint, where nothing else would apply them.
    pub fn unserved_virtual_hosts(&self) -> Vec<VirtualHost<'_>> {
        let mut found = Vec::new();
        for object in self.objects(Kind::VirtualService).filter(|o| !o.may_have_sidecars()) {
            let Spec::VirtualService(content) = &object.resource().spec else { continue };
            let Some(spec) = content.spec.as_deref() else { continue };
            if !spec.gateways.is_empty() && spec.gateways.iter().all(|g| &***g != "mesh") {
                continue;
            }
            let services = spec.hosts.iter().filter_map(|host| Some((host, object.service_of_host(host)?)));
            let unserved = services.filter(|(_, s)| s.capture() == Capture::Captured && s.has_no_waypoint());
            found.extend(unserved.map(|(host, service)| VirtualHost { object, host, service }));
        }
        found
    }

    /// VirtualServices and Gateways of Istio's older API that mean a Gateway of the Gateway API.
    pub fn classic_gateways(&self) -> Vec<ClassicGateway<'_>> {
        let mut found = Vec::new();
        for object in self.objects(Kind::VirtualService) {
            let Spec::VirtualService(content) = &object.resource().spec else { continue };
            for entry in content.spec.iter().flat_map(|s| &s.gateways).filter(|g| &****g != "mesh") {
                let (namespace, name) = match entry.split_once('/') {
                    Some((".", name)) => (object.namespace().clone(), name),
                    Some((namespace, name)) => (Namespace::Named(namespace.into()), name),
                    None => (object.namespace().clone(), &***entry),
                };
                let classic = matches!(object.find(Kind::IstioGateway, &namespace, name), Lookup::Found(_) | Lookup::Ambiguous(_));
                let gateway = object.get(Kind::Gateway, &namespace, name).and_then(GatewayView::of).filter(|_| !classic);
                found.extend(gateway.map(|gateway| ClassicGateway { object, at: entry.node(), gateway }));
            }
        }
        for object in self.objects(Kind::IstioGateway) {
            let Spec::IstioGateway(content) = &object.resource().spec else { continue };
            let Some(selector) = content.spec.as_deref().and_then(|s| s.selector.as_ref()).filter(|s| !s.is_empty()) else { continue };
            let here = self.gateways().filter(|g| g.object.cluster() == object.cluster() && g.product.needs_capture());
            let taken = here.into_iter().find(|g| g.pods().selected_by(selector) == Fact::Known(true));
            found.extend(taken.map(|gateway| ClassicGateway { object, at: selector.node(), gateway }));
        }
        found
    }

    /// Subsets of DestinationRules for global hosts.
    pub fn global_subsets(&self) -> Vec<DeadSubset<'_>> {
        let rules = self.objects(Kind::DestinationRule).filter_map(|object| match &object.resource().spec {
            Spec::DestinationRule(rule) => Some((object, rule.spec.as_deref()?)),
            _ => None,
        });
        rules
            .filter_map(|(object, spec)| {
                let subset = spec.subsets.first()?;
                matches!(host_target(object, &spec.host), HostTarget::Global(_)).then_some(DeadSubset {
                    object,
                    host: &spec.host,
                    subset: &subset.name,
                })
            })
            .collect()
    }

    /// DestinationRules whose host names a Service that is not there.
    pub fn lost_hosts(&self) -> Vec<LostHost<'_>> {
        let mut found = Vec::new();
        for object in self.objects(Kind::DestinationRule) {
            let Spec::DestinationRule(rule) = &object.resource().spec else { continue };
            let Some(host) = rule.spec.as_deref().map(|spec| &spec.host).filter(|host| !host.contains('*')) else { continue };
            let (namespace, name) = match hosts::service_host(host) {
                Some(parts) if parts.domain == "svc" || parts.domain.starts_with("svc.") => {
                    (Namespace::Named(parts.namespace.into()), parts.service)
                }
                None if !host.contains('.') => (object.namespace().clone(), &***host),
                _ => continue,
            };
            let Lookup::Missing(missing) = object.find(Kind::Service, &namespace, name) else { continue };
            let elsewhere = matches!(host_target(object, host), HostTarget::Entry(_)) || object.is_made_for_a_gateway(&namespace, name);
            if !elsewhere {
                found.push(LostHost { object, host, missing });
            }
        }
        found
    }

    /// DestinationRules for a Service's own name, while routes name it by its global host only: with that backend.
    pub fn local_rules_of_global_hosts(&self) -> Vec<(RuleView<'_>, Backend<'_>)> {
        self.destination_rules().filter_map(|rule| rule.only_reached_globally().map(|backend| (rule, backend))).collect()
    }

    /// DestinationRules that ask for fail-over by locality and not for what finds out that pods fail.
    pub fn blind_failovers(&self) -> Vec<(Object<'_>, NodeId)> {
        let rules = self.objects(Kind::DestinationRule).filter_map(|object| match &object.resource().spec {
            Spec::DestinationRule(rule) => Some((object, rule.spec.as_deref()?.traffic_policy.as_deref()?)),
            _ => None,
        });
        rules.filter_map(|(object, policy)| blind_failover(policy).map(|at| (object, at))).collect()
    }

    /// Headless Services whose ingress traffic is told to pass a waypoint.
    pub fn headless_behind_waypoints(&self) -> impl Iterator<Item = ServiceView<'_>> {
        self.services().filter(|service| {
            let told = matches!(service.ingress_use_waypoint(), Fact::Known((true, _)));
            service.spec.is_headless() && told && matches!(service.binding(), Binding::Bound { .. })
        })
    }

    /// Backends of ingress routes that are `ExternalName` Services. Istio's own gateway has no endpoints for them; what
    /// kgateway makes of them is not settled.
    pub fn external_backends(&self) -> Vec<(Backend<'_>, ServiceView<'_>, Certainty)> {
        let by = |backend: &Backend<'_>, is: fn(Product) -> bool| backend.route.ingresses().any(|g| is(g.product));
        self.backends_behind(|_| true)
            .filter_map(|backend| Some((backend, backend.service()?)))
            .filter(|(_, service)| service.spec.is_external_name())
            .filter_map(|(backend, service)| {
                let of_istio = by(&backend, |product| product == Product::Istio).then_some(Certainty::Sure);
                let certainty = of_istio.or_else(|| by(&backend, Product::needs_capture).then_some(Certainty::Possible))?;
                Some((backend, service, certainty))
            })
            .collect()
    }

    /// Backends of routes for TCP and what is above it whose port is one of another protocol.
    pub fn backends_without_tcp(&self) -> Vec<Undeclared<'_>> {
        let ports = self.backends().filter(|b| b.route.object.kind != Kind::UdpRoute).filter_map(port_of);
        ports.filter(|p| p.service.ports().iter().filter(|own| *own.port == *p.port.port).all(|own| own.protocol() != "TCP")).collect()
    }

    /// Backends of GRPCRoutes on gateways that speak HTTP/1 to what says nothing else, and that say nothing.
    pub fn backends_without_http2(&self) -> Vec<Undeclared<'_>> {
        let configured: Vec<_> = self
            .aims()
            .into_iter()
            .filter(|aim| &*aim.policy.id.kind == "BackendConfigPolicy" && &***aim.kind == "Service")
            .map(|aim| (aim.policy.cluster(), aim.policy.namespace(), &***aim.name))
            .collect();
        self.backends_behind(|g| g.product.needs_capture())
            .filter(|b| b.route.object.kind == Kind::GrpcRoute && !b.mirror)
            .filter_map(port_of)
            .filter(|p| p.port.app_protocol.is_none() && !p.port.name.as_ref().is_some_and(|name| says_http2(name)))
            .filter(|p| {
                let own = p.service.object;
                !configured.contains(&(own.cluster(), own.namespace(), &own.resource().id.name))
            })
            .collect()
    }

    /// Backends whose targetPort none of the pods declares, though all of them declare ports.
    pub fn undeclared_targets(&self) -> Vec<(Undeclared<'_>, i64)> {
        self.backends()
            .filter_map(port_of)
            .filter_map(|found| {
                let IntOrText::Int(target) = found.port.target().into_inner() else { return None };
                let pods = found.service.lasting_workloads();
                let all_say = !pods.is_empty() && pods.iter().all(PodFacts::declares_ports);
                (all_say && !pods.iter().any(|p| p.declares_port(target))).then_some((found, target))
            })
            .collect()
    }

    /// Gateways by Istio's Helm chart before 1.25 in namespaces of the ambient mesh, without the label that keeps them
    /// out: with the chart's version and the mapping of the pods' labels.
    pub fn old_chart_gateways(&self) -> Vec<(Object<'_>, &str, NodeId)> {
        let gate = "1.25".parse().ok();
        self.workloads()
            .filter_map(|pods| {
                let meta = &pods.owner.resource().meta;
                let chart: &str = meta.label("helm.sh/chart")?;
                let version = chart.strip_prefix("gateway-")?;
                let old = version.parse::<super::version::Version>().ok()?.before(gate.as_ref()?)?;
                let Spec::Workload(workload) = &pods.owner.resource().spec else { return None };
                let template = workload.template.as_ref()?.metadata.as_deref()?;
                template.annotation("inject.istio.io/templates").filter(|t| &****t == "gateway")?;
                let labels = template.labels.as_ref()?;
                let ambient = pods.owner.namespace_label(pods.namespace, DATAPLANE_MODE);
                let taken = matches!(ambient, Fact::Known(Some(mode)) if mode.value == "ambient") && labels.get(DATAPLANE_MODE).is_none();
                (old && taken).then_some((pods.owner, version, labels.node()))
            })
            .collect()
    }

    /// Gateways of a kgateway class that a release has taken away.
    pub fn removed_waypoints(&self) -> impl Iterator<Item = (GatewayView<'_>, Option<bool>)> {
        let waypoints = self.gateways().filter(|g| g.product == Product::KgatewayWaypoint && g.role() == Role::Waypoint);
        waypoints.map(|g| (g, g.object.platform().at_least(Product::Kgateway, "2.2.0")))
    }
}

impl ServiceView<'_> {
    /// Whether neither it nor its namespace names a waypoint. One that sends ingress through a waypoint has a rule of its own.
    pub(super) fn has_no_waypoint(&self) -> bool {
        matches!(self.binding(), Binding::Unlabelled | Binding::OptedOut(_)) && !self.asks_for_ingress_waypoint()
    }
}

/// The port of the Service that a backend names by number.
fn port_of(backend: Backend<'_>) -> Option<Undeclared<'_>> {
    let service = backend.service().filter(|_| backend.port_verdict() == PortVerdict::Found)?;
    Some(Undeclared { backend, service, port: service.port(**backend.port()?)? })
}

fn says_http2(name: &str) -> bool {
    ["grpc", "http2", "h2c", "h2"].iter().any(|word| name.strip_prefix(word).is_some_and(|rest| rest.is_empty() || rest.starts_with('-')))
}

fn blind_failover(policy: &Value) -> Option<NodeId> {
    let inner = policy.get("portLevelSettings").map_or(&[][..], |list| list.items());
    if let Some(found) = inner.iter().find_map(|item| blind_failover(item)) {
        return Some(found);
    }
    let setting = policy.at(&["loadBalancer", "localityLbSetting"])?;
    let asks = ["failover", "failoverPriority"].iter().any(|key| setting.get(key).is_some_and(|list| !list.items().is_empty()));
    let off = matches!(setting.get("enabled").map(|v| &**v), Some(Value::Bool(false)));
    (asks && !off && policy.get("outlierDetection").is_none()).then(|| setting.node())
}
