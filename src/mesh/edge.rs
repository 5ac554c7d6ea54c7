//! What a gateway does to requests although they pass a waypoint that does it, or could.

use rustc_hash::FxHashMap;

use super::classes::Role;
use super::facts::Fact;
use super::resolve::Backend;
use super::routes::{GatewayView, RouteView};
use super::services::ServiceView;
use super::waypoint::Binding;
use super::{Certainty, Mesh, Object};
use crate::model::gateway::{HttpRouteMatch, HttpRouteRule, MatchType, PathMatchType};
use crate::model::kgateway::PolicyTargetRef;
use crate::model::{Kind, Spec};
use crate::yaml::{At, NodeId};

/// A policy at the edge with settings that are the service's, where everything behind passes a waypoint.
#[derive(Clone, Debug)]
pub struct EdgePolicy<'m> {
    /// The policy.
    pub policy: Object<'m>,
    /// The reference by which it acts at the edge.
    pub target: &'m At<PolicyTargetRef>,
    /// The Gateway or route that the reference names.
    pub at: Object<'m>,
    /// A waypoint that requests pass.
    pub waypoint: Object<'m>,
    /// The settings, with their places.
    pub settings: Vec<(&'m str, NodeId)>,
    /// How sure that is: routes of a Gateway may stand outside the input.
    pub certainty: Certainty,
}

/// Something that both the gateway and the waypoint do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Twice {
    /// The same time limit.
    Timeout,
    /// Retries.
    Retries,
    /// The same split between Services.
    Split,
}

/// Something done twice to one request.
#[derive(Clone, Copy, Debug)]
pub struct Doubled<'m> {
    /// What.
    pub what: Twice,
    /// The route of the gateway.
    pub edge: RouteView<'m>,
    /// Where it says so.
    pub edge_place: NodeId,
    /// The route of the waypoint.
    pub waypoint: RouteView<'m>,
    /// Where it says so.
    pub waypoint_place: NodeId,
    /// The Service whose waypoint it is.
    pub service: ServiceView<'m>,
}

/// The kinds of policies whose settings are known here.
const TRAFFIC_POLICIES: [&str; 4] = ["TrafficPolicy", "EnterpriseKgatewayTrafficPolicy", "RouteOption", "VirtualHostOption"];

impl Mesh {
    /// Every reference of a policy to the edge where it could stand at waypoints: each request that it governs passes one.
    pub fn edge_policies(&self) -> Vec<EdgePolicy<'_>> {
        let mut found = Vec::new();
        for policy in self.objects(Kind::Policy).filter(|o| TRAFFIC_POLICIES.contains(&&*o.id.kind)) {
            let Spec::Policy(content) = &policy.resource().spec else { continue };
            let settings = content.spec.as_deref().map(|spec| spec.service_settings()).unwrap_or_default();
            if settings.is_empty() {
                continue;
            }
            for target in content.targets() {
                let Some(at) = target_object(policy, target) else { continue };
                let routes = match GatewayView::of(at) {
                    Some(gateway) if gateway.role() == Role::Ingress => gateway.routes().into_iter().map(|r| (r, gateway)).collect(),
                    Some(_) => Vec::new(),
                    None => RouteView::of(at).map_or_else(Vec::new, |r| r.ingresses().map(|g| (r, g)).collect()),
                };
                let mut waypoints = routes.into_iter().map(|(route, ingress)| only_through(route, ingress)).collect::<Option<Vec<_>>>();
                if let Some(waypoint) = waypoints.as_mut().and_then(Vec::pop) {
                    let whole = at.kind != Kind::Gateway || self.settings().complete;
                    let certainty = if whole { Certainty::Sure } else { Certainty::Likely };
                    found.push(EdgePolicy { policy, target, at, waypoint, settings: settings.clone(), certainty });
                }
            }
        }
        found
    }

    /// Everything that both the route of a gateway and the route of the waypoint behind it do to a request.
    pub fn doubled(&self) -> Vec<Doubled<'_>> {
        let governing = self.governing_routes();
        let mut found = Vec::new();
        for edge in self.routes() {
            let backends: Vec<_> = edge.backends().collect();
            for (rule, backend) in http_rules(edge).flat_map(|rule| backends_of(rule, &backends).map(move |b| (rule, b))) {
                let Some(service) = backend.service() else { continue };
                let Some(routes) = governing.get(&(service.object.cluster, service.object.ix)) else { continue };
                if !edge.ingresses().any(|ingress| waypoint_between(ingress, service).is_some()) {
                    continue;
                }
                for (waypoint, port) in routes {
                    if port.is_some_and(|port| backend.port().is_some_and(|own| **own != port)) {
                        continue;
                    }
                    let inner_backends: Vec<_> = waypoint.backends().collect();
                    for inner in http_rules(*waypoint).filter(|inner| may_meet(rule, inner)) {
                        let twice = common(rule, &backends, inner, &inner_backends);
                        found.extend(twice.into_iter().map(|(what, edge_place, waypoint_place)| Doubled {
                            what,
                            edge,
                            edge_place,
                            waypoint: *waypoint,
                            waypoint_place,
                            service,
                        }));
                    }
                }
            }
        }
        found
    }
}

fn target_object<'m>(policy: Object<'m>, target: &PolicyTargetRef) -> Option<Object<'m>> {
    let text = |field: &Option<At<crate::model::Text>>| field.as_ref().map(|t| (**t).clone());
    if text(&target.group).is_some_and(|group| &*group != "gateway.networking.k8s.io") {
        return None;
    }
    let kind = match &*text(&target.kind)? {
        "Gateway" => Kind::Gateway,
        "HTTPRoute" => Kind::HttpRoute,
        "GRPCRoute" => Kind::GrpcRoute,
        _ => return None,
    };
    policy.get(kind, &policy.namespace_or_own(text(&target.namespace).as_ref()), &text(&target.name)?)
}

/// A waypoint of the route's backends, when what the ingress sends to any of them passes one for sure.
fn only_through<'m>(route: RouteView<'m>, ingress: GatewayView<'m>) -> Option<Object<'m>> {
    let through = |backend: Backend<'m>| waypoint_between(ingress, backend.service()?);
    route.backends().filter(|b| !b.mirror).map(through).collect::<Option<Vec<_>>>()?.pop()
}

/// The waypoint that traffic from this ingress passes on its way to a service, when that is sure.
fn waypoint_between<'m>(ingress: GatewayView<'m>, service: ServiceView<'m>) -> Option<Object<'m>> {
    match service.binding() {
        Binding::Bound { gateway, .. } if service.ingress_passes_waypoint(ingress) == Fact::Known(true) => Some(gateway.object),
        _ => None,
    }
}

fn http_rules(route: RouteView<'_>) -> impl Iterator<Item = &HttpRouteRule> {
    let rules: &[At<HttpRouteRule>] = match &route.object.resource().spec {
        Spec::HttpRoute(route) => &route.spec.rules,
        _ => &[],
    };
    rules.iter().map(|rule| &**rule)
}

/// The backends of one rule, mirrors left out.
fn backends_of<'a, 'm>(rule: &'a HttpRouteRule, backends: &'a [Backend<'m>]) -> impl Iterator<Item = &'a Backend<'m>> {
    backends.iter().filter(|b| rule.backend_refs.iter().any(|r| r.name.node() == b.name().node()))
}

/// What two rules both do, with the places.
fn common(
    edge: &HttpRouteRule,
    edge_backends: &[Backend<'_>],
    inner: &HttpRouteRule,
    inner_backends: &[Backend<'_>],
) -> Vec<(Twice, NodeId, NodeId)> {
    let mut found = Vec::new();
    if let (Some(a), Some(b)) = (&edge.retry, &inner.retry) {
        let tries = |retry: &crate::model::gateway::Retry| retry.attempts.as_ref().is_none_or(|n| **n > 0);
        if tries(a) && tries(b) {
            found.push((Twice::Retries, a.node(), b.node()));
        }
    }
    if let (Some(a), Some(b)) = (&edge.timeouts, &inner.timeouts) {
        let same = [(&a.request, &b.request), (&a.backend_request, &b.backend_request)].into_iter().find_map(|pair| match pair {
            (Some(a), Some(b)) if **a == **b && !never(a) => Some((a.node(), b.node())),
            _ => None,
        });
        found.extend(same.map(|(a, b)| (Twice::Timeout, a, b)));
    }
    if let (Some(a), Some(b)) = (split(edge, edge_backends), split(inner, inner_backends))
        && a == b
    {
        let place = |rule: &HttpRouteRule| rule.backend_refs.first().map(|r| r.name.node());
        found.extend(place(edge).zip(place(inner)).map(|(a, b)| (Twice::Split, a, b)));
    }
    found
}

/// Whether a duration is zero, which switches the limit off.
fn never(duration: &str) -> bool {
    !duration.bytes().any(|b| (b'1'..=b'9').contains(&b))
}

/// The shares of the Services that a rule splits requests between, by their indices; none when it does not split.
fn split(rule: &HttpRouteRule, backends: &[Backend<'_>]) -> Option<Vec<(u32, i64)>> {
    let mut shares: FxHashMap<u32, i64> = FxHashMap::default();
    for backend in backends_of(rule, backends) {
        let weight = backend.reference.weight();
        if weight > 0 {
            *shares.entry(backend.service()?.object.ix).or_default() += weight;
        }
    }
    let mut shares: Vec<_> = shares.into_iter().collect();
    shares.sort_unstable();
    (shares.len() > 1).then_some(shares)
}

/// Whether one request could meet both rules. What can't be decided counts as no.
fn may_meet(edge: &HttpRouteRule, inner: &HttpRouteRule) -> bool {
    let filters = edge.filters.iter().chain(edge.backend_refs.iter().flat_map(|b| &b.filters));
    let rewrites = filters.filter_map(|f| f.url_rewrite.as_deref()).any(|r| r.path.is_some());
    !rewrites && edge.effective_matches().any(|a| inner.effective_matches().any(|b| fit_together(a, b)))
}

fn fit_together(a: &HttpRouteMatch, b: &HttpRouteMatch) -> bool {
    use PathMatchType::{Exact, PathPrefix, RegularExpression};
    let (one, other) = (a.path_value(), b.path_value());
    let paths = match (a.path_type(), b.path_type()) {
        (PathPrefix, PathPrefix) => under(one, other) || under(other, one),
        (Exact, PathPrefix) => under(one, other),
        (PathPrefix, Exact) => under(other, one),
        (Exact, Exact) | (RegularExpression, RegularExpression) => one == other,
        _ => false,
    };
    let methods = match (&a.method, &b.method) {
        (Some(a), Some(b)) => **a == **b,
        _ => true,
    };
    let apart = a.headers.iter().any(|h| {
        b.headers.iter().any(|other| {
            h.name.eq_ignore_ascii_case(&other.name)
                && h.kind() == MatchType::Exact
                && other.kind() == MatchType::Exact
                && **h.value != **other.value
        })
    });
    paths && methods && !apart
}

/// Whether a path begins with the elements of a prefix.
fn under(path: &str, prefix: &str) -> bool {
    let prefix = prefix.trim_end_matches('/');
    path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_are_whole_elements() {
        assert!(under("/a/b", "/a") && under("/a", "/a/") && under("/a", "/") && !under("/ab", "/a") && !under("/", "/a"));
        assert!(never("0s") && never("0h0m") && !never("10ms"));
    }
}
