//! What ztunnel makes of policies without targetRefs: it reads identities, addresses and ports, and nothing of HTTP
//! (istiod: `pilot/pkg/serviceregistry/ambient/authorization.go`).

use rustc_hash::{FxHashMap, FxHashSet};

use super::decide::Hop;
use super::rule::{Asked, is_connection_key};

use crate::mesh::classes::Role;
use crate::mesh::enrolment::Capture;
use crate::mesh::facts::{Fact, parse_bool};
use crate::mesh::identity::Identity;
use crate::mesh::pods::{PodFacts, WORKLOADS};
use crate::mesh::routes::{GatewayView, RouteView};
use crate::mesh::services::ServiceView;
use crate::mesh::waypoint::Binding;
use crate::mesh::{Certainty, Mesh, Object, Verdict};
use crate::model::istio::{Action, AuthRule, AuthorizationPolicySpec, Operation, Source};
use crate::model::{IntOrText, Kind, Labels, Namespace, Spec, Text};
use crate::yaml::{At, NodeId};

/// An AuthorizationPolicy that ztunnel is to enforce.
#[derive(Clone, Debug)]
pub struct AtZtunnel<'m> {
    /// The policy.
    pub object: Object<'m>,
    /// What it says.
    pub spec: &'m AuthorizationPolicySpec,
    /// Captured pods that it is for; none when the input shows no pods of the namespace.
    pub pods: Option<PodFacts<'m>>,
    /// How sure it is that there are such pods.
    pub certainty: Certainty,
}

/// A rule of a policy of which ztunnel does not read everything.
#[derive(Clone, Copy, Debug)]
pub struct PartlyRead {
    /// The rule.
    pub rule: NodeId,
    /// The first field that is not read.
    pub field: &'static str,
    /// Where it stands.
    pub at: NodeId,
    /// What becomes of the rule.
    pub outcome: Outcome,
}

/// What becomes of a rule that asks for HTTP at ztunnel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// An ALLOW rule is left out: what it would allow is denied.
    Dropped,
    /// A DENY rule that never matches: nothing is denied.
    Idle,
    /// A DENY rule that matches more than it says.
    Wider,
}

/// The field of HTTP in a source, an operation or a condition.
type HttpField = (&'static str, NodeId);

impl Mesh {
    /// Every AuthorizationPolicy that ztunnel is to enforce on captured pods. Dry runs are left out.
    pub fn policies_at_ztunnel(&self) -> Vec<AtZtunnel<'_>> {
        self.objects(Kind::AuthorizationPolicy).filter_map(at_ztunnel).collect()
    }

    /// Routes of gateways whose requests an ALLOW policy on the pods behind turns away, because it does not name the
    /// gateway. Backends behind waypoints are left out.
    pub fn unadmitted_gateways(&self) -> Vec<Unadmitted<'_>> {
        let (mut found, mut seen, mut in_mesh) = (Vec::new(), FxHashSet::default(), FxHashMap::default());
        let is_in_mesh = |gateway: GatewayView<'_>| !gateway.product.needs_capture() || gateway.pods().capture() == Capture::Captured;
        for route in self.routes() {
            for gateway in route.ingresses() {
                if !*in_mesh.entry((gateway.object.cluster, gateway.object.ix)).or_insert_with(|| is_in_mesh(gateway)) {
                    continue;
                }
                for backend in route.backends().filter(|b| !b.mirror) {
                    let Some(service) = backend.service() else { continue };
                    let port = backend.port().map(|p| **p);
                    // most rules of a route lead to one Service
                    if !seen.insert((gateway.object.cluster, gateway.object.ix, service.object.cluster, service.object.ix, port)) {
                        continue;
                    }
                    if service.ingress_passes_waypoint(gateway) != Fact::Known(false) {
                        continue;
                    }
                    found.extend(unadmitted(gateway, service, port).map(|u| Unadmitted { route: Some(route), ..u }));
                }
            }
        }
        found
    }

    /// Waypoints that an ALLOW policy on the pods behind turns away.
    pub fn unadmitted_waypoints(&self) -> Vec<Unadmitted<'_>> {
        let bound = |service: ServiceView<'_>| match service.binding() {
            Binding::Bound { gateway, .. } => Some(gateway.object.ix),
            _ => None,
        };
        self.services()
            .filter_map(|service| {
                let gateway = GatewayView::of(service.object.sibling(bound(service)?)?)?;
                unadmitted(gateway, service, service.ports().first().map(|p| *p.port))
            })
            .collect()
    }
}

/// A gateway or waypoint whose identity no ALLOW policy on the pods names.
#[derive(Clone, Debug)]
pub struct Unadmitted<'m> {
    /// The gateway or waypoint.
    pub gateway: GatewayView<'m>,
    /// Its identity, as policies write it.
    pub principal: String,
    /// The Service in front of the pods.
    pub service: ServiceView<'m>,
    /// The route that sends requests there.
    pub route: Option<RouteView<'m>>,
    /// The ALLOW policy; of several the first.
    pub policy: Object<'m>,
    /// The list of principals or service accounts that can take one more entry, and what to write there.
    pub list: Option<(NodeId, &'static str, String)>,
}

fn unadmitted<'m>(gateway: GatewayView<'m>, service: ServiceView<'m>, port: Option<i64>) -> Option<Unadmitted<'m>> {
    let identity = gateway.identity()?;
    let request = crate::mesh::Request::get("http://service/").ok()?;
    let target = port.and_then(|port| service.port(port)).map(|port| port.target().into_inner());
    for pods in service.lasting_workloads() {
        if pods.capture() != Capture::Captured {
            continue;
        }
        let port = match &target {
            Some(IntOrText::Int(number)) => Some(*number),
            Some(IntOrText::Text(name)) => pods.container_port(name),
            None => None,
        };
        let asked =
            Asked { identity: Fact::Known(Some(identity.clone())), source: None, port, request: &request, token: Fact::Known(None) };
        let decision = Hop::Ztunnel(&pods).decide(&asked);
        // rules that are left out have a rule of their own
        if !matches!(decision.verdict, Verdict::NotAllowed) || decision.policies.iter().any(|p| p.dropped > 0) {
            continue;
        }
        let allowing: Vec<_> = decision.policies.iter().filter(|p| p.action == Action::Allow).collect();
        let specs = || allowing.iter().filter_map(|p| spec_of(p.object));
        // the trust domain need not be the one that is known here
        if specs().any(|spec| names(spec, &identity)) {
            continue;
        }
        let first = allowing.first()?;
        let list = match allowing.as_slice() {
            [one] => spec_of(one.object).and_then(|spec| list_of(spec, &identity)),
            _ => None,
        };
        return Some(Unadmitted { gateway, principal: identity.to_string(), service, route: None, policy: first.object, list });
    }
    None
}

fn spec_of(policy: Object<'_>) -> Option<&AuthorizationPolicySpec> {
    match &policy.resource().spec {
        Spec::AuthorizationPolicy(policy) => policy.spec.as_deref(),
        _ => None,
    }
}

/// Whether a policy names an identity under any trust domain.
fn names(spec: &AuthorizationPolicySpec, identity: &Identity) -> bool {
    let end = format!("/ns/{}/sa/{}", identity.namespace, identity.account);
    let sources = spec.rules.iter().flat_map(|rule| &rule.from).filter_map(|from| from.source.as_deref());
    sources.into_iter().flat_map(|source| &source.principals).any(|principal| principal.ends_with(&end))
}

/// The one list of a policy that names who may connect, and how this identity is written there.
fn list_of(spec: &AuthorizationPolicySpec, identity: &Identity) -> Option<(NodeId, &'static str, String)> {
    let [rule] = spec.rules.as_slice() else { return None };
    let [from] = rule.from.as_slice() else { return None };
    let source = from.source.as_ref()?;
    if !rule.when.is_empty() || !source.namespaces.is_empty() {
        return None;
    }
    match (source.principals.is_empty(), source.service_accounts.is_empty()) {
        (false, true) => Some((source.node(), "principals", identity.to_string())),
        (true, false) => Some((source.node(), "serviceAccounts", format!("{}/{}", identity.namespace, identity.account))),
        _ => None,
    }
}

fn at_ztunnel(object: Object<'_>) -> Option<AtZtunnel<'_>> {
    let spec = spec_of(object)?;
    let dry = object.own_annotation("istio.io/dry-run").is_some_and(|label| parse_bool(label.value) == Some(true));
    if dry || spec.targets().next().is_some() {
        return None;
    }
    let labels = spec.selector.as_deref().and_then(|s| s.match_labels.as_deref()).filter(|labels| !labels.is_empty());
    let found = |pods, certainty| Some(AtZtunnel { object, spec, pods, certainty });
    let everywhere = object.namespace().name() == Some(&*object.platform().root_namespace);
    let here = |kind| -> Box<dyn Iterator<Item = Object<'_>>> {
        if everywhere {
            Box::new(object.mesh().objects(kind).filter(move |o| o.cluster() == object.cluster()))
        } else {
            Box::new(object.neighbours(kind, object.namespace()))
        }
    };
    let selected = |pods: &PodFacts<'_>| labels.is_none_or(|labels| pods.selected_by(labels) == Fact::Known(true));
    let workloads = || WORKLOADS.into_iter().flat_map(here).filter_map(PodFacts::of_workload);
    let gateways = || here(Kind::Gateway).filter_map(GatewayView::of);
    let captured = |pods: &PodFacts<'_>| selected(pods) && pods.capture() == Capture::Captured;
    if let Some(pods) = workloads().find(captured).or_else(|| gateways().map(|g| g.pods()).find(captured)) {
        return found(Some(pods), Certainty::Sure);
    }
    // pods of a gateway that reads HTTP itself, or of another namespace's making
    let others = workloads().next().is_some() || gateways().any(|g| g.role() != Role::EastWest && selected(&g.pods()));
    if everywhere || others || PodFacts::unseen(object).capture() != Capture::Captured {
        return None;
    }
    found(None, Certainty::Likely)
}

impl AtZtunnel<'_> {
    /// The rules of which ztunnel does not read everything, in the order of the file.
    pub fn partly_read(&self) -> Vec<PartlyRead> {
        let action = self.spec.action();
        self.spec.rules.iter().filter_map(|rule| partly_read(rule, action)).collect()
    }
}

fn partly_read(rule: &At<AuthRule>, action: Action) -> Option<PartlyRead> {
    let sources: Vec<_> = rule.from.iter().map(|from| from.source.as_deref().map_or((None, false), of_source)).collect();
    let operations: Vec<_> = rule.to.iter().map(|to| to.operation.as_deref().map_or((None, false), of_operation)).collect();
    let condition = rule.when.iter().find(|when| !is_connection_key(&when.key)).map(|when| ("when", when.key.node()));
    let (field, at) = sources.iter().chain(&operations).find_map(|(http, _)| *http).or(condition)?;
    // a clause of which nothing is left never matches, and all clauses have to
    let idle = |clause: &[(Option<HttpField>, bool)]| !clause.is_empty() && clause.iter().all(|(_, rest)| !rest);
    let outcome = match action {
        Action::Allow => Outcome::Dropped,
        _ if condition.is_some() || idle(&sources) || idle(&operations) => Outcome::Idle,
        _ => Outcome::Wider,
    };
    Some(PartlyRead { rule: rule.node(), field, at, outcome })
}

fn first(fields: &[(&'static str, &[At<Text>])]) -> Option<HttpField> {
    fields.iter().find_map(|(name, values)| Some((*name, values.first()?.node())))
}

/// The first field of HTTP, and whether there are others.
fn of_source(source: &Source) -> (Option<HttpField>, bool) {
    let http = first(&[
        ("remoteIpBlocks", &source.remote_ip_blocks),
        ("notRemoteIpBlocks", &source.not_remote_ip_blocks),
        ("requestPrincipals", &source.request_principals),
        ("notRequestPrincipals", &source.not_request_principals),
    ]);
    let rest = [
        &source.principals,
        &source.not_principals,
        &source.namespaces,
        &source.not_namespaces,
        &source.ip_blocks,
        &source.not_ip_blocks,
        &source.service_accounts,
        &source.not_service_accounts,
        &source.trust_domains,
        &source.not_trust_domains,
    ];
    (http, rest.iter().any(|values| !values.is_empty()))
}

fn of_operation(operation: &Operation) -> (Option<HttpField>, bool) {
    let http = first(&[
        ("methods", &operation.methods),
        ("notMethods", &operation.not_methods),
        ("paths", &operation.paths),
        ("notPaths", &operation.not_paths),
        ("hosts", &operation.hosts),
        ("notHosts", &operation.not_hosts),
    ]);
    (http, !operation.ports.is_empty() || !operation.not_ports.is_empty())
}

/// A policy with a selector that takes a waypoint's pods, where nobody reads it.
#[derive(Clone, Debug)]
pub struct OnWaypoint<'m> {
    /// The policy.
    pub object: Object<'m>,
    /// The labels by which it selects.
    pub selector: &'m At<Labels>,
    /// The waypoint.
    pub waypoint: GatewayView<'m>,
}

impl Mesh {
    /// Policies whose selector takes the pods of a waypoint. A waypoint reads only what names it, or a Service behind it.
    pub fn selectors_on_waypoints(&self) -> Vec<OnWaypoint<'_>> {
        let mut found = Vec::new();
        for waypoint in self.gateways().filter(|g| g.role() == Role::Waypoint) {
            let pods = waypoint.pods();
            for kind in [Kind::AuthorizationPolicy, Kind::RequestAuthentication] {
                for object in waypoint.object.neighbours(kind, waypoint.object.namespace()) {
                    let selector = match &object.resource().spec {
                        Spec::AuthorizationPolicy(p) => p.spec.as_deref().and_then(|s| s.selector.as_deref()),
                        Spec::RequestAuthentication(p) => p.spec.as_deref().and_then(|s| s.selector.as_deref()),
                        _ => None,
                    };
                    let Some(selector) = selector.and_then(|s| s.match_labels.as_ref()).filter(|l| !l.is_empty()) else { continue };
                    if pods.selected_by(selector) == Fact::Known(true) {
                        found.push(OnWaypoint { object, selector, waypoint });
                    }
                }
            }
        }
        found
    }

    /// Gateways whose pods are told to take inbound traffic past ztunnel, with the AuthorizationPolicies that are meant
    /// for these pods and lose their force so. Policies for the whole mesh are left out.
    pub fn voided_policies(&self) -> Vec<(GatewayView<'_>, Object<'_>)> {
        let bypassed = self.gateways().filter(|g| g.product.needs_capture() && g.pods().is_bypassed());
        bypassed
            .flat_map(|gateway| {
                let root = Namespace::Named(gateway.object.platform().root_namespace.clone());
                let own = *gateway.object.namespace() == root;
                let pods = gateway.pods();
                let surely = pods.policies(Kind::AuthorizationPolicy).into_iter().filter(|(_, applies)| *applies == Fact::Known(true));
                let aimed: Vec<_> = surely.filter(|(policy, _)| own || *policy.namespace() != root).map(|(p, _)| (gateway, p)).collect();
                aimed
            })
            .collect()
    }
}
