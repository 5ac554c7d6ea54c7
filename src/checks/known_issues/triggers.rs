//! What brings faults of released versions out: predicates over the mesh, by the names that files of known issues use.

use serde::Deserialize;
use serde_json::Value;

use crate::checks::prelude::*;
use crate::mesh::{
    BYPASS, Backend, BackendVerdict, Binding, Fact, GlobalScope, HostTarget, INGRESS_USE_WAYPOINT, LabelAt, PodFacts, Product, ServiceView,
    USE_WAYPOINT_NAMESPACE, parse_bool,
};
use crate::model::{IntOrText, Kind, Spec};
use crate::yaml::NodeId;

/// What in the mesh brings a fault out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Trigger {
    BypassAnnotation,
    BypassedGateway,
    GlobalBackendThroughWaypoint,
    GlobalServiceWithNamedTargetPort,
    HostnameBackendWithSeveralPorts,
    HostnameBackendWithoutAddress,
    HttpPolicyOnGlobalService,
    IngressUseWaypointOnNamespace,
    IngressUseWaypointOnService,
    PolicyTargetsGatewayClass,
    PolicyTargetsServiceEntry,
    PolicyWithServiceAccounts,
    Segment,
    SegmentAliases,
    SeveralVirtualServicesAtWaypoint,
    TcpRouteAtService,
    UseWaypointOfAnotherNamespace,
    WaypointWithoutTrustDomainCheck,
}

/// A place at which a fault would come out.
pub(super) struct Hit<'m> {
    pub(super) object: Object<'m>,
    pub(super) place: NodeId,
    pub(super) subject: String,
    pub(super) cause: String,
    /// What to write at the place, with a title, where that avoids the fault.
    pub(super) instead: Option<(String, Value)>,
}

impl<'m> Hit<'m> {
    fn at(object: Object<'m>, place: NodeId, subject: impl Into<String>, cause: impl Into<String>) -> Self {
        Self { object, place, subject: subject.into(), cause: cause.into(), instead: None }
    }
}

impl Trigger {
    pub(super) fn hits(self, mesh: &Mesh) -> Vec<Hit<'_>> {
        match self {
            Self::BypassAnnotation => bypasses(mesh),
            Self::BypassedGateway => bypassed_gateways(mesh),
            Self::GlobalBackendThroughWaypoint => global_through_waypoint(mesh),
            Self::GlobalServiceWithNamedTargetPort => named_target_ports(mesh),
            Self::HostnameBackendWithSeveralPorts => several_ports(mesh),
            Self::HostnameBackendWithoutAddress => without_address(mesh),
            Self::HttpPolicyOnGlobalService => http_on_global(mesh),
            Self::IngressUseWaypointOnNamespace => ingress_label(mesh, Kind::Namespace),
            Self::IngressUseWaypointOnService => ingress_label(mesh, Kind::Service),
            Self::PolicyTargetsGatewayClass => targets(mesh, "GatewayClass"),
            Self::PolicyTargetsServiceEntry => targets(mesh, "ServiceEntry"),
            Self::PolicyWithServiceAccounts => service_accounts(mesh),
            Self::Segment => segments(mesh, false),
            Self::SegmentAliases => segments(mesh, true),
            Self::SeveralVirtualServicesAtWaypoint => rival_virtual_services(mesh),
            Self::TcpRouteAtService => tcp_routes(mesh),
            Self::UseWaypointOfAnotherNamespace => far_waypoints(mesh),
            Self::WaypointWithoutTrustDomainCheck => unchecked_waypoints(mesh),
        }
    }
}

fn is_host(verdict: &BackendVerdict) -> bool {
    matches!(verdict, BackendVerdict::Host(..))
}

/// Whether a gateway of a product sends to a backend.
fn behind(backend: &Backend<'_>, product: Product) -> bool {
    backend.route.ingresses().any(|gateway| gateway.product == product)
}

/// The bypass annotation on pods.
fn bypasses(mesh: &Mesh) -> Vec<Hit<'_>> {
    let pods = mesh.workloads().chain(mesh.gateways().filter(|g| g.product.needs_capture()).map(|g| g.pods()));
    let bypassed = pods.filter(PodFacts::is_bypassed).filter_map(|pods| {
        let label = pods.bypass().known().flatten()?;
        Some(Hit::at(pods.owner, label.node?, format!("pods of {}", pods.owner.id), format!("`{BYPASS}`")))
    });
    bypassed.collect()
}

/// Gateways that keep ztunnel off their inbound traffic.
fn bypassed_gateways(mesh: &Mesh) -> Vec<Hit<'_>> {
    let gateways = mesh.gateways().filter(|g| g.product.needs_capture() && g.pods().is_bypassed());
    let hits = gateways.filter_map(|gateway| {
        let place = gateway.pods().bypass().known().flatten()?.node?;
        Some(Hit::at(gateway.object, place, format!("Gateway {}", path(gateway.object)), format!("`{BYPASS}`")))
    });
    hits.collect()
}

/// Backends by a global host whose Service sends ingress through a waypoint.
fn global_through_waypoint(mesh: &Mesh) -> Vec<Hit<'_>> {
    let told = |s: &ServiceView<'_>| {
        matches!(s.ingress_use_waypoint(), Fact::Known((true, _))) && matches!(s.binding(), Binding::Bound { .. } | Binding::Automatic(_))
    };
    let found = mesh.backends_with(BackendVerdict::is_global).filter(|b| behind(b, Product::Istio));
    let hits = found.filter_map(|backend| {
        let service = backend.services().into_iter().find(told)?;
        let subject = format!("`{}`", **backend.name());
        Some(Hit::at(backend.route.object, backend.name().node(), subject, format!("{} sends ingress through one", service.object.id)))
    });
    hits.collect()
}

/// Named target ports of Services with global or segment scope.
fn named_target_ports(mesh: &Mesh) -> Vec<Hit<'_>> {
    let mut hits = Vec::new();
    for service in mesh.services() {
        let adjective = match service.scope() {
            Fact::Known((GlobalScope::Global, _)) => "global",
            Fact::Known((GlobalScope::Segment, _)) => "segment-scoped",
            _ => continue,
        };
        for target in service.ports().iter().filter(|p| p.protocol() == "TCP").filter_map(|p| p.target_port.as_ref()) {
            let IntOrText::Text(name) = &**target else { continue };
            hits.push(Hit {
                object: service.object,
                place: target.node(),
                subject: format!("{adjective} {}", service.object.id),
                cause: format!("its targetPort `{name}` is a name"),
                instead: service.container_port(name).map(|port| (format!("write `targetPort: {port}`"), port.into())),
            });
        }
    }
    hits
}

/// Backends of kgateway's routes by a host that has several ports.
fn several_ports(mesh: &Mesh) -> Vec<Hit<'_>> {
    let mut hits = Vec::new();
    for backend in mesh.backends_with(is_host).filter(|b| !b.mirror && behind(b, Product::Kgateway)) {
        let BackendVerdict::Host(target, _) = backend.verdict else { continue };
        let ports = match target {
            HostTarget::Entry(ix) => match backend.route.object.sibling(*ix).map(|o| &o.resource().spec) {
                Some(Spec::ServiceEntry(entry)) => entry.spec.ports.len(),
                _ => 0,
            },
            _ => backend.services().iter().map(|s| s.ports().len()).max().unwrap_or(0),
        };
        if ports > 1 {
            let subject = format!("`{}`", **backend.name());
            hits.push(Hit::at(backend.route.object, backend.name().node(), subject, format!("it has {ports} ports")));
        }
    }
    hits
}

/// Backends of kgateway's routes by the host of a ServiceEntry that leaves its address to istiod.
fn without_address(mesh: &Mesh) -> Vec<Hit<'_>> {
    let mut hits = Vec::new();
    for backend in mesh.backends_with(is_host).filter(|b| !b.mirror && behind(b, Product::Kgateway)) {
        let BackendVerdict::Host(HostTarget::Entry(ix), _) = backend.verdict else { continue };
        let Some(entry) = backend.route.object.sibling(*ix) else { continue };
        let Spec::ServiceEntry(spec) = &entry.resource().spec else { continue };
        let told = entry.label_or_namespace(INGRESS_USE_WAYPOINT).known().flatten().is_some_and(|l| l.value == "true");
        if spec.spec.addresses.is_empty() && told {
            let subject = format!("`{}`", **backend.name());
            hits.push(Hit::at(backend.route.object, backend.name().node(), subject, format!("{} has no address of its own", entry.id)));
        }
    }
    hits
}

/// Policies about requests that target a global Service.
fn http_on_global(mesh: &Mesh) -> Vec<Hit<'_>> {
    let mut hits = Vec::new();
    for aim in mesh.aims().into_iter().filter(|aim| aim.is_istio() && &***aim.kind == "Service") {
        let Spec::AuthorizationPolicy(policy) = &aim.policy.resource().spec else { continue };
        let operations = policy.spec.iter().flat_map(|s| &s.rules).flat_map(|r| &r.to).filter_map(|t| t.operation.as_deref());
        let http = operations.into_iter().any(|o| !o.methods.is_empty() || !o.paths.is_empty() || !o.hosts.is_empty());
        let service = aim.policy.get(Kind::Service, aim.policy.namespace(), aim.name).and_then(ServiceView::of);
        if let Some(service) = service.filter(|s| http && s.is_global()) {
            hits.push(Hit::at(aim.policy, aim.name.node(), service.object.id.to_string(), aim.policy.id.to_string()));
        }
    }
    hits
}

/// `istio.io/ingress-use-waypoint` on Services, or on namespaces, that Istio's own gateway sends requests to.
fn ingress_label(mesh: &Mesh, kind: Kind) -> Vec<Hit<'_>> {
    let mut hits: Vec<Hit<'_>> = Vec::new();
    for backend in mesh.backends_behind(|g| g.product == Product::Istio) {
        for service in backend.services() {
            let own = service.object.own_label(INGRESS_USE_WAYPOINT);
            let home = service.object.namespace_object(service.object.namespace()).filter(|_| own.is_none());
            let (object, label): (Option<Object<'_>>, Option<LabelAt<'_>>) = match kind {
                Kind::Service => (Some(service.object), own),
                _ => (home, home.and_then(|ns| ns.own_label(INGRESS_USE_WAYPOINT))),
            };
            let (Some(object), Some(label)) = (object, label.filter(|l| parse_bool(l.value) == Some(true))) else { continue };
            let Some(place) = label.node else { continue };
            if hits.iter().all(|hit| hit.place != place) {
                hits.push(Hit::at(object, place, object.id.to_string(), format!("`{INGRESS_USE_WAYPOINT}`")));
            }
        }
    }
    hits
}

fn targets<'m>(mesh: &'m Mesh, kind: &str) -> Vec<Hit<'m>> {
    let aims = mesh.aims().into_iter().filter(|aim| aim.is_istio() && &***aim.kind == kind && aim.unreadable().is_none());
    aims.map(|aim| Hit::at(aim.policy, aim.kind.node(), aim.policy.id.to_string(), format!("it targets a {kind}"))).collect()
}

fn service_accounts(mesh: &Mesh) -> Vec<Hit<'_>> {
    let mut hits = Vec::new();
    for object in mesh.objects(Kind::AuthorizationPolicy) {
        let Spec::AuthorizationPolicy(policy) = &object.resource().spec else { continue };
        let sources = policy.spec.iter().flat_map(|s| &s.rules).flat_map(|r| &r.from).filter_map(|f| f.source.as_deref());
        if let Some(account) = sources.flat_map(|s| s.service_accounts.iter().chain(&s.not_service_accounts)).next() {
            hits.push(Hit::at(object, account.node(), object.id.to_string(), format!("`serviceAccounts` names `{}`", **account)));
        }
    }
    hits
}

fn segments(mesh: &Mesh, aliased: bool) -> Vec<Hit<'_>> {
    let mut hits = Vec::new();
    for object in mesh.objects(Kind::Segment) {
        let Spec::Segment(segment) = &object.resource().spec else { continue };
        let alias = segment.spec.as_deref().and_then(|s| s.aliases.first());
        match alias {
            Some(alias) if aliased => hits.push(Hit::at(object, alias.node(), object.id.to_string(), "it has aliases")),
            None if aliased => {}
            _ => hits.push(Hit::at(object, object.name_place(), object.id.to_string(), "it is a Segment")),
        }
    }
    hits
}

/// Several VirtualServices for the host of one Service that has a waypoint: the second and later ones.
fn rival_virtual_services(mesh: &Mesh) -> Vec<Hit<'_>> {
    let mut seen: rustc_hash::FxHashMap<(usize, NodeId), Object<'_>> = rustc_hash::FxHashMap::default();
    let mut hits = Vec::new();
    for object in mesh.objects(Kind::VirtualService) {
        let Spec::VirtualService(content) = &object.resource().spec else { continue };
        let Some(spec) = content.spec.as_deref() else { continue };
        if !spec.gateways.is_empty() && spec.gateways.iter().all(|g| &***g != "mesh") {
            continue;
        }
        for host in &spec.hosts {
            let Some(service) = object.service_of_host(host).filter(|s| matches!(s.binding(), Binding::Bound { .. })) else { continue };
            let key = (object.cluster(), service.object.node);
            match seen.get(&key) {
                Some(first) if first.node != object.node => {
                    let subject = format!("{} and {}", first.id, object.id);
                    hits.push(Hit::at(object, host.node(), subject, format!("both are for {}", service.object.id)));
                }
                Some(_) => {}
                None => _ = seen.insert(key, object),
            }
        }
    }
    hits
}

fn tcp_routes(mesh: &Mesh) -> Vec<Hit<'_>> {
    let routes = mesh.routes().filter(|r| r.object.kind == Kind::TcpRoute);
    let at_services = routes.flat_map(|r| r.service_parents().map(|(reference, s)| (r, reference, s)).collect::<Vec<_>>());
    let bound = at_services.filter(|(_, _, s)| ServiceView::of(*s).is_some_and(|s| matches!(s.binding(), Binding::Bound { .. })));
    bound
        .map(|(r, reference, s)| Hit::at(r.object, reference.name.node(), r.object.id.to_string(), format!("it governs {}", s.id)))
        .collect()
}

/// Labels that name a waypoint of another namespace.
fn far_waypoints(mesh: &Mesh) -> Vec<Hit<'_>> {
    let claims = mesh.waypoint_claims().filter_map(|claim| {
        let label = claim.object.own_label(USE_WAYPOINT_NAMESPACE)?;
        let far = claim.namespace.name().is_some_and(|own| own != label.value);
        let place = label.node.filter(|_| far)?;
        Some(Hit::at(claim.object, place, claim.object.id.to_string(), format!("`{USE_WAYPOINT_NAMESPACE}`")))
    });
    claims.collect()
}

/// The first of Istio's waypoints in each cluster whose trust domains are not to be checked.
fn unchecked_waypoints(mesh: &Mesh) -> Vec<Hit<'_>> {
    let mut hits: Vec<Hit<'_>> = Vec::new();
    for gateway in mesh.gateways().filter(|gateway| gateway.product == Product::IstioWaypoint) {
        let told = |name: &&str| gateway.object.platform().istiod_switch(name) == Some(true);
        let Some(variable) = ["PILOT_SKIP_VALIDATE_TRUST_DOMAIN", "SKIP_VALIDATE_TRUST_DOMAIN"].into_iter().find(told) else { continue };
        if hits.iter().all(|hit| hit.object.cluster() != gateway.object.cluster()) {
            let subject = format!("waypoint {}", path(gateway.object));
            hits.push(Hit::at(gateway.object, gateway.object.name_place(), subject, format!("`{variable}`")));
        }
    }
    hits
}
