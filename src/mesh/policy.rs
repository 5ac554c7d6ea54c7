//! Policies: what a waypoint carries for a service, which pods let only identities in, and whether the policies at a hop
//! let a request through.

mod addresses;
mod decide;
mod rule;
mod targets;
mod ztunnel;

pub use addresses::OutsideAddress;
pub use decide::{Considered, Decision, Effect, Hop, Tokens, Unread, Verdict};
pub use rule::Asked;
pub use targets::{Aim, Unreadable};
pub use ztunnel::{AtZtunnel, OnWaypoint, Outcome, PartlyRead, Unadmitted};

use super::classes::Product;
use super::facts::Fact;
use super::pods::PodFacts;
use super::routes::{GatewayView, ROUTES, RouteView};
use super::services::ServiceView;
use super::{Object, hosts};
use crate::model::istio::{Action, AuthorizationPolicy, TargetRef};
use crate::model::{Kind, Namespace, Spec};

/// Something that a waypoint does for a service and that is lost when traffic goes past it.
#[derive(Clone, Copy, Debug)]
pub struct Carried<'m> {
    /// The policy, route or DestinationRule.
    pub object: Object<'m>,
}

impl<'m> ServiceView<'m> {
    /// Everything the waypoint carries for this service that this ingress loses when it goes past: policies that target
    /// the Service or the waypoint, routes whose parent is the Service, DestinationRules (but Istio's own gateway
    /// applies those itself).
    pub fn carried(&self, waypoint: GatewayView<'m>, ingress: GatewayView<'_>) -> Vec<Carried<'m>> {
        let mut carried = Vec::new();
        for kind in [Kind::AuthorizationPolicy, Kind::RequestAuthentication] {
            carried.extend(at_waypoint(kind, waypoint, Some(*self)));
        }
        for kind in ROUTES {
            // a route in another namespace speaks for the clients there only
            let routes = self.object.neighbours(kind, self.object.namespace()).filter_map(RouteView::of);
            let routes = routes.filter(|r| r.service_parents().any(|(_, s)| s == self.object));
            // one that is attached to the ingress too is not lost
            carried.extend(routes.filter(|r| r.gateways().all(|g| g.object != ingress.object)).map(|r| r.object));
        }
        if ingress.product != Product::Istio {
            carried.extend(self.destination_rules());
        }
        carried.into_iter().map(|object| Carried { object }).collect()
    }

    /// The DestinationRules of the same namespace that name this service and ask for something.
    pub fn destination_rules(&self) -> Vec<Object<'m>> {
        self.object.neighbours(Kind::DestinationRule, self.object.namespace()).filter(|o| self.is_host_of(*o)).collect()
    }

    /// Whether a DestinationRule of the same namespace names this service and asks for something.
    fn is_host_of(&self, rule: Object<'_>) -> bool {
        let Spec::DestinationRule(rule) = &rule.resource().spec else { return false };
        let Some(rule) = rule.spec.as_deref() else { return false };
        let host = &**rule.host;
        let named = match (hosts::service_host(host), self.object.namespace().name()) {
            (Some(parts), Some(namespace)) => {
                parts.service == &*self.object.id.name
                    && parts.namespace == namespace
                    && (parts.domain == "svc" || parts.domain.starts_with("svc."))
            }
            _ => host == &*self.object.id.name,
        };
        named && rule.traffic_policy.is_some()
    }

    /// An ALLOW policy in the input that lets only identities into this service's pods.
    pub fn identity_allow(&self) -> Option<Object<'m>> {
        let root = Namespace::Named(self.object.platform().root_namespace.clone());
        let pods = self.workloads();
        let namespaces = if *self.object.namespace() == root { vec![&root] } else { vec![self.object.namespace(), &root] };
        let mut found = None;
        for object in namespaces.into_iter().flat_map(|ns| self.object.neighbours(Kind::AuthorizationPolicy, ns)) {
            let Spec::AuthorizationPolicy(policy) = &object.resource().spec else { return None };
            let Some(policy) = policy.spec.as_deref() else { continue };
            let selected = match policy.selector.as_deref().and_then(|s| s.match_labels.as_deref()).filter(|l| !l.is_empty()) {
                None => true,
                Some(labels) => pods.iter().any(|p| p.selected_by(labels) == Fact::Known(true)),
            };
            let allow = policy.action.as_ref().is_none_or(|a| **a == Action::Allow);
            if !selected || !allow || !policy.target_refs.is_empty() || policy.target_ref.is_some() || policy.rules.is_empty() {
                continue;
            }
            // policies that allow are a union: one that asks for no identity lets anybody in
            if !asks_for_identities(policy) {
                return None;
            }
            found = found.or(Some(object));
        }
        found
    }
}

impl PodFacts<'_> {
    /// Whether AuthorizationPolicies apply to these pods (they stop working once inbound traffic is bypassed).
    pub fn have_policies(&self) -> bool {
        !self.policies(Kind::AuthorizationPolicy).is_empty()
    }
}

/// The policies of a kind that a waypoint reads for a Service: those with a target, and no others.
fn at_waypoint<'m>(kind: Kind, waypoint: GatewayView<'m>, service: Option<ServiceView<'m>>) -> Vec<Object<'m>> {
    let aimed =
        |object: Object<'m>, target| object.neighbours(kind, object.namespace()).filter(move |p| targets(*p, target, object)).collect();
    let of_service: Vec<Object<'m>> = service.map(|service| aimed(service.object, "Service")).unwrap_or_default();
    let at = waypoint.object;
    let of_waypoint: Vec<Object<'m>> = aimed(at, "Gateway");
    let root = Namespace::Named(at.platform().root_namespace.clone());
    // only istiod's own class can be a target, from the root namespace
    let class = Some(&**waypoint.spec.gateway_class_name).filter(|_| waypoint.product == Product::IstioWaypoint);
    let of_class = at.neighbours(kind, &root).filter(|policy| class.is_some_and(|class| target_names(*policy, "GatewayClass", class)));
    of_service.into_iter().chain(of_waypoint).chain(of_class).collect()
}

/// Whether every rule asks for an identity.
fn asks_for_identities(policy: &crate::model::istio::AuthorizationPolicySpec) -> bool {
    let asks = |rule: &crate::model::istio::AuthRule| {
        !rule.from.is_empty()
            && rule.from.iter().all(|from| {
                from.source.as_ref().is_some_and(|s| !s.principals.is_empty() || !s.namespaces.is_empty() || !s.service_accounts.is_empty())
            })
    };
    policy.rules.iter().all(|r| asks(r))
}

/// Whether a policy's target references name an object of this kind. References stay in the policy's namespace.
fn targets(policy: Object<'_>, kind: &str, object: Object<'_>) -> bool {
    policy.namespace() == object.namespace() && target_names(policy, kind, &object.id.name)
}

fn target_names(policy: Object<'_>, kind: &str, name: &str) -> bool {
    let (one, many) = match &policy.resource().spec {
        Spec::AuthorizationPolicy(p) => target_refs(p),
        Spec::RequestAuthentication(p) => {
            let Some(spec) = p.spec.as_deref() else { return false };
            (spec.target_ref.as_deref(), &*spec.target_refs)
        }
        _ => return false,
    };
    one.into_iter().chain(many.iter().map(|r| &**r)).any(|r| **r.kind == *kind && **r.name == *name)
}

fn target_refs(policy: &AuthorizationPolicy) -> (Option<&TargetRef>, &[crate::yaml::At<TargetRef>]) {
    policy.spec.as_deref().map_or((None, &[]), |spec| (spec.target_ref.as_deref(), &spec.target_refs))
}
