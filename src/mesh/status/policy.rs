//! The conditions of policies that name what they act on (Gateway API: PolicyStatus; istiod's `WaypointAccepted`).

use rustc_hash::FxHashMap;

use super::condition::{Condition, ConditionType, Fault, Reason, judged};
use super::listener::in_words;
use crate::mesh::classes::is_well_known_class;
use crate::mesh::listeners::{CertificateFault, authority_fault};
use crate::mesh::{Binding, Certainty, GatewayView, Lookup, Mesh, Missing, Object, RouteView, ServiceView, attach, listener_names};
use crate::model::gateway::{BackendTlsPolicySpec, GROUP, TargetRef};
use crate::model::istio::{AuthorizationPolicySpec, RequestAuthenticationSpec};
use crate::model::{Info, Kind, Namespace, Spec, Text};
use crate::yaml::{At, NodeId};

/// A policy with its conditions.
#[derive(Clone, Debug)]
pub struct PolicyStatus<'m> {
    /// The policy.
    pub policy: Object<'m>,
    /// What it acts through, each with the conditions there.
    pub ancestors: Vec<Ancestor<'m>>,
}

/// What a policy acts through: a Gateway, or its target where no Gateway of the input leads there.
#[derive(Clone, Debug)]
pub struct Ancestor<'m> {
    /// API group.
    pub group: &'m str,
    /// Kind.
    pub kind: &'m str,
    /// Namespace.
    pub namespace: Namespace,
    /// Name.
    pub name: &'m str,
    /// The conditions.
    pub conditions: Vec<Condition>,
}

/// The Gateways from which requests go to each Service, by its cluster and index.
type Senders<'m> = FxHashMap<(usize, u32), Vec<GatewayView<'m>>>;

impl Mesh {
    /// What controllers would write into the statuses of policies that name what they act on.
    pub fn policy_statuses(&self) -> Vec<PolicyStatus<'_>> {
        let kinds = [Kind::BackendTlsPolicy, Kind::Policy, Kind::AuthorizationPolicy, Kind::RequestAuthentication];
        let mut policies = kinds.into_iter().flat_map(|kind| self.objects(kind)).peekable();
        if policies.peek().is_none() {
            return Vec::new();
        }
        let senders = senders(self);
        policies.filter_map(|policy| status(policy, &senders)).filter(|status| !status.ancestors.is_empty()).collect()
    }
}

fn senders(mesh: &Mesh) -> Senders<'_> {
    let mut found = Senders::default();
    for route in mesh.routes() {
        let gateways: Vec<GatewayView<'_>> = route.gateways().collect();
        if gateways.is_empty() {
            continue;
        }
        for service in route.backends().filter_map(|backend| backend.service()) {
            let known = found.entry((service.object.cluster, service.object.ix)).or_default();
            for gateway in &gateways {
                if !known.iter().any(|other| other.object == gateway.object) {
                    known.push(*gateway);
                }
            }
        }
    }
    found
}

fn status<'m>(policy: Object<'m>, senders: &Senders<'m>) -> Option<PolicyStatus<'m>> {
    let ancestors = match &policy.resource().spec {
        Spec::BackendTlsPolicy(content) => backend_tls(policy, &content.spec, senders),
        Spec::Policy(content) => {
            let targets = content.targets().filter_map(|target| {
                Some(Target {
                    node: target.name.as_ref()?.node(),
                    group: target.group.as_ref().map_or("", |group| group),
                    kind: target.kind.as_ref()?,
                    namespace: policy.namespace_or_own(target.namespace.as_deref()),
                    name: target.name.as_ref()?,
                    section: target.section_name.as_ref(),
                })
            });
            targets.flat_map(|target| acting(policy, &target, senders)).collect()
        }
        Spec::AuthorizationPolicy(content) => istio(policy, content.spec.as_deref().into_iter().flat_map(AuthorizationPolicySpec::targets)),
        Spec::RequestAuthentication(content) => {
            istio(policy, content.spec.as_deref().into_iter().flat_map(RequestAuthenticationSpec::targets))
        }
        _ => return None,
    };
    Some(PolicyStatus { policy, ancestors: merged(ancestors) })
}

/// Several targets behind one Gateway are one ancestor; what is wrong with one of them decides.
fn merged(all: Vec<Ancestor<'_>>) -> Vec<Ancestor<'_>> {
    let mut kept: Vec<Ancestor<'_>> = Vec::new();
    for ancestor in all {
        let same = |other: &&mut Ancestor<'_>| {
            (other.group, other.kind, &other.namespace, other.name) == (ancestor.group, ancestor.kind, &ancestor.namespace, ancestor.name)
        };
        match kept.iter_mut().find(same) {
            Some(before) if !before.conditions.iter().any(Condition::is_bad) => *before = ancestor,
            Some(_) => {}
            None => kept.push(ancestor),
        }
    }
    kept
}

/// What a policy names.
struct Target<'m> {
    node: NodeId,
    group: &'m str,
    kind: &'m str,
    namespace: Namespace,
    name: &'m str,
    section: Option<&'m At<Text>>,
}

/// What a target leads to.
enum Found<'m> {
    Object(Object<'m>),
    Missing(Missing),
    /// Of a kind that is not known here, or not clear which.
    Unclear,
}

impl<'m> Target<'m> {
    fn find(&self, policy: Object<'m>) -> Found<'m> {
        let group = if self.group == "core" { "" } else { self.group };
        let Some(kind) = Info::of(group, self.kind).map(|info| info.kind).filter(|kind| *kind != Kind::Policy) else {
            return Found::Unclear;
        };
        let namespace = if kind == Kind::GatewayClass { &Namespace::Cluster } else { &self.namespace };
        match policy.find(kind, namespace, self.name) {
            Lookup::Found(ix) => policy.sibling(ix).filter(|object| !object.is_broken()).map_or(Found::Unclear, Found::Object),
            Lookup::Ambiguous(_) => Found::Unclear,
            Lookup::Missing(_) if kind == Kind::GatewayClass && is_well_known_class(self.name) => Found::Unclear,
            // what controllers make for Gateways stands in no file
            Lookup::Missing(_) if kind == Kind::Service && policy.is_made_for_a_gateway(namespace, self.name) => Found::Unclear,
            Lookup::Missing(missing) => Found::Missing(missing),
        }
    }

    fn missing(&self, missing: &Missing) -> Fault {
        Fault {
            reason: Reason::TargetNotFound,
            certainty: missing.certainty,
            message: format!("the input holds no {} `{}`", self.kind, self.name),
            place: self.node,
            certificate: None,
        }
    }

    /// `sectionName` that is no part of what is named.
    fn section_fault(&self, object: Object<'m>) -> Option<Fault> {
        let section = self.section?;
        let (names, what): (Vec<&str>, _) = match &object.resource().spec {
            Spec::Gateway(_) | Spec::ListenerSet(_) => (listener_names(object).iter().map(|name| &****name).collect(), "listener"),
            Spec::Service(service) => {
                (service.spec.as_deref()?.ports.iter().filter_map(|port| port.name.as_ref()).map(|n| &***n).collect(), "port")
            }
            Spec::HttpRoute(route) => (route.spec.rules.iter().filter_map(|rule| rule.name.as_ref()).map(|n| &***n).collect(), "rule"),
            Spec::GrpcRoute(route) => (route.spec.rules.iter().filter_map(|rule| rule.name.as_ref()).map(|n| &***n).collect(), "rule"),
            _ => return None,
        };
        let message = || format!("{} has no {what} `{}`", object.id, **section);
        (!names.contains(&section.as_str())).then(|| Fault::sure(Reason::TargetNotFound, section.node(), message()))
    }

    fn itself(&self, conditions: Vec<Condition>) -> Ancestor<'m> {
        Ancestor { group: self.group, kind: self.kind, namespace: self.namespace.clone(), name: self.name, conditions }
    }
}

fn gateway_ancestor(gateway: GatewayView<'_>, conditions: Vec<Condition>) -> Ancestor<'_> {
    let object = gateway.object;
    Ancestor { group: GROUP, kind: "Gateway", namespace: object.namespace().clone(), name: &object.resource().id.name, conditions }
}

/// The Gateways through which a policy acts on an object.
fn gateways_of<'m>(object: Object<'m>, senders: &Senders<'m>) -> Vec<GatewayView<'m>> {
    if let Some(gateway) = GatewayView::of(object) {
        return vec![gateway];
    }
    if let Some(route) = RouteView::of(object) {
        let mut gateways: Vec<GatewayView<'m>> = Vec::new();
        for gateway in route.gateways() {
            if !gateways.iter().any(|other| other.object == gateway.object) {
                gateways.push(gateway);
            }
        }
        return gateways;
    }
    match object.kind {
        Kind::Service => senders.get(&(object.cluster, object.ix)).cloned().unwrap_or_default(),
        _ => attach::gateway_of(object).and_then(|ix| object.sibling(ix)).and_then(GatewayView::of).into_iter().collect(),
    }
}

/// A policy of kgateway or Gloo Gateway at one of its targets.
fn acting<'m>(policy: Object<'m>, target: &Target<'m>, senders: &Senders<'m>) -> Vec<Ancestor<'m>> {
    let (gateways, faults) = match target.find(policy) {
        Found::Object(object) => (gateways_of(object, senders), target.section_fault(object).into_iter().collect::<Vec<_>>()),
        Found::Missing(missing) => (Vec::new(), vec![target.missing(&missing)]),
        Found::Unclear => {
            let message = format!("what {} `{}` is depends on the product", target.kind, target.name);
            let fault =
                Fault { reason: Reason::TargetNotFound, certainty: Certainty::Possible, message, place: target.node, certificate: None };
            (Vec::new(), vec![fault])
        }
    };
    let conditions = || vec![judged(ConditionType::Accepted, Reason::Accepted, target.node, &faults)];
    if gateways.is_empty() {
        return vec![target.itself(conditions())];
    }
    gateways.into_iter().map(|gateway| gateway_ancestor(gateway, conditions())).collect()
}

/// A BackendTLSPolicy at the Gateways that send to its targets.
fn backend_tls<'m>(policy: Object<'m>, spec: &'m BackendTlsPolicySpec, senders: &Senders<'m>) -> Vec<Ancestor<'m>> {
    let authorities = authority_faults(policy, spec);
    let mut found = Vec::new();
    for reference in &spec.target_refs {
        let target = Target {
            node: reference.name.node(),
            group: &reference.group,
            kind: &reference.kind,
            namespace: policy.namespace().clone(),
            name: &reference.name,
            section: reference.section_name.as_ref(),
        };
        let (gateways, mut faults) = match target.find(policy) {
            Found::Object(object) => (gateways_of(object, senders), target.section_fault(object).into_iter().collect::<Vec<_>>()),
            Found::Missing(missing) => (Vec::new(), vec![target.missing(&missing)]),
            Found::Unclear => (Vec::new(), Vec::new()),
        };
        faults.extend(earlier(policy, reference).map(|winner| {
            let message = format!("{} came first and acts on the same {}", winner.id, target.kind);
            Fault::sure(Reason::Conflicted, target.node, message)
        }));
        if !spec.validation.ca_certificate_refs.is_empty() && authorities.len() == spec.validation.ca_certificate_refs.len() {
            let certainty = authorities.iter().map(|fault| fault.certainty).min().unwrap_or(Certainty::Sure);
            let message = "none of its authorities can be used: no request gets through".to_owned();
            faults.push(Fault {
                reason: Reason::NoValidCACertificate,
                certainty,
                message,
                place: spec.validation.node(),
                certificate: None,
            });
        }
        let conditions = || {
            let accepted = judged(ConditionType::Accepted, Reason::Accepted, target.node, &faults);
            vec![accepted, judged(ConditionType::ResolvedRefs, Reason::ResolvedRefs, spec.validation.node(), &authorities)]
        };
        if gateways.is_empty() {
            found.push(target.itself(conditions()));
        }
        found.extend(gateways.into_iter().map(|gateway| gateway_ancestor(gateway, conditions())));
    }
    found
}

fn authority_faults(policy: Object<'_>, spec: &BackendTlsPolicySpec) -> Vec<Fault> {
    let faults = spec.validation.ca_certificate_refs.iter().filter_map(|reference| {
        let what = (&**reference.group, &**reference.kind, &**reference.name);
        let fault = authority_fault(policy, what, policy.namespace())?;
        let reason = if fault == CertificateFault::WrongKind { Reason::InvalidKind } else { Reason::InvalidCACertificateRef };
        let message = in_words(policy, (what.1, policy.namespace(), what.2), fault, "certificates of an authority in `ca.crt`");
        Some(Fault { reason, certainty: fault.certainty(), message, place: reference.node(), certificate: Some(fault) })
    });
    faults.collect()
}

/// The BackendTLSPolicy that acts on the same part of a target and comes first: the oldest, then by name. Ages are left aside
/// when any is not known: else it is no order.
fn earlier<'m>(policy: Object<'m>, target: &TargetRef) -> Option<Object<'m>> {
    let part = |one: &TargetRef| {
        (one.group.to_string(), one.kind.to_string(), one.name.to_string(), one.section_name.as_ref().map(ToString::to_string))
    };
    let own = part(target);
    let same = |other: &Object<'m>| match &other.resource().spec {
        Spec::BackendTlsPolicy(content) => content.spec.target_refs.iter().any(|one| part(one) == own),
        _ => false,
    };
    let all: Vec<Object<'m>> = policy.neighbours(Kind::BackendTlsPolicy, policy.namespace()).filter(same).collect();
    let aged = all.iter().all(|one| one.meta.creation_timestamp.is_some());
    let key = |one: &Object<'m>| {
        let age = one.resource().meta.creation_timestamp.as_ref().filter(|_| aged).map(|at| (**at).clone());
        (age, one.resource().id.name.clone())
    };
    all.into_iter().min_by_key(key).filter(|first| *first != policy && first.id.name != policy.id.name)
}

/// A policy of Istio at its targets: a waypoint has to stand there.
fn istio<'m>(policy: Object<'m>, targets: impl Iterator<Item = &'m At<crate::model::istio::TargetRef>>) -> Vec<Ancestor<'m>> {
    let ancestors = targets.map(|reference| {
        let target = Target {
            node: reference.name.node(),
            group: reference.group.as_ref().map_or("", |group| group),
            kind: &reference.kind,
            namespace: policy.namespace_or_own(reference.namespace.as_deref()),
            name: &reference.name,
            section: None,
        };
        let fault = |certainty, message: String| Fault {
            reason: Reason::AncestorNotBound,
            certainty,
            message,
            place: target.node,
            certificate: None,
        };
        let faults = match target.find(policy) {
            Found::Object(object) => ServiceView::of(object).and_then(|service| {
                let name = object.id.to_string();
                match service.binding() {
                    Binding::Bound { .. } | Binding::Automatic(_) => None,
                    Binding::Missing(_, missing) => Some(fault(missing.certainty, format!("the waypoint of {name} is not in the input"))),
                    Binding::Unknown => Some(fault(Certainty::Possible, format!("whether {name} has a waypoint depends on its Namespace"))),
                    Binding::OptedOut(_) | Binding::Unlabelled | Binding::Misspelt => {
                        Some(fault(Certainty::Sure, format!("{name} is bound to no waypoint")))
                    }
                    Binding::Refused { gateway, .. } => Some(fault(Certainty::Sure, format!("{} does not take {name}", gateway.object.id))),
                }
            }),
            Found::Missing(missing) => Some(target.missing(&missing)),
            Found::Unclear => Some(fault(Certainty::Possible, format!("what {} `{}` is cannot be told", target.kind, target.name))),
        };
        let faults: Vec<Fault> = faults.into_iter().collect();
        target.itself(vec![judged(ConditionType::WaypointAccepted, Reason::Accepted, target.node, &faults)])
    });
    ancestors.collect()
}
