//! The conditions of a route, for each of its parents (Gateway API: RouteParentStatus).

use rustc_hash::FxHashMap;

use super::condition::{Condition, ConditionType, Fault, Reason, State, judged};
use super::listener::ListenerStatus;
use crate::mesh::resolve::{Backend, BackendVerdict, HostTarget, PortVerdict, Ungranted, permitted};
use crate::mesh::routing::{Host, Invalid, Match, Target};
use crate::mesh::{Certainty, Object, ParentVerdict, ParentView, Refusal, RouteView};
use crate::model::gateway::{GROUP, HttpFilterType, HttpRouteRule, LocalRef, PathMatchType, PathModifierType};
use crate::model::{Kind, Spec, Text};
use crate::yaml::At;

/// A route with its conditions.
#[derive(Clone, Debug)]
pub struct RouteStatus<'m> {
    /// The route.
    pub route: RouteView<'m>,
    /// Its parents, in the order of the file.
    pub parents: Vec<ParentStatus<'m>>,
}

/// What holds of a route at one of its parents.
#[derive(Clone, Debug)]
pub struct ParentStatus<'m> {
    /// The parent.
    pub parent: ParentView<'m>,
    /// The conditions.
    pub conditions: Vec<Condition>,
}

impl<'m> RouteView<'m> {
    /// What controllers would write into its status; `crossings` tell which routes keep others out.
    pub(super) fn status(&self, crossings: &Crossings<'m, '_>) -> RouteStatus<'m> {
        let (rules, backends) = (rule_faults(*self), self.backend_faults());
        let parents = self.parent_views().map(|parent| {
            let place = parent.reference.node();
            let accepted = match lost_to(&parent, crossings) {
                Some(winner) => {
                    let message = format!("{} came first and has one of its hosts: HTTP and gRPC routes share none", winner.object.id);
                    judged(ConditionType::Accepted, Reason::Accepted, place, &[Fault::sure(Reason::HostnameConflict, place, message)])
                }
                None => accepted(&parent, &rules),
            };
            let resolved = judged(ConditionType::ResolvedRefs, Reason::ResolvedRefs, place, &backends);
            let partly = (accepted.state != State::False).then(|| partly_invalid(*self, &rules)).flatten();
            ParentStatus { parent, conditions: [accepted, resolved].into_iter().chain(partly).collect() }
        });
        RouteStatus { route: *self, parents: parents.collect() }
    }

    /// Values in its rules that no controller takes, each with the place of its rule in the list.
    pub fn rule_faults(&self) -> Vec<(usize, Fault)> {
        rule_faults(*self)
    }

    /// The references of its rules that lead nowhere.
    pub fn backend_faults(&self) -> Vec<Fault> {
        let backends = self.targets().into_iter().filter_map(|(backend, target)| backend_fault(&backend, &target));
        backends.chain(extension_faults(*self)).collect()
    }
}

fn accepted(parent: &ParentView<'_>, rules: &[(usize, Fault)]) -> Condition {
    let place = parent.reference.node();
    let fault = |reason, certainty, message: String| vec![Fault { reason, certainty, message, place, certificate: None }];
    let name = &**parent.reference.name;
    let faults = match parent.verdict {
        ParentVerdict::Attached { certainty: Certainty::Sure, .. } | ParentVerdict::Service(_) => {
            whole_fault(parent.route, rules).into_iter().cloned().collect()
        }
        ParentVerdict::Attached { .. } => {
            let message = "whether a listener takes it depends on the labels of a Namespace that is not in the input";
            fault(Reason::NotAllowedByListeners, Certainty::Possible, message.to_owned())
        }
        ParentVerdict::Refused { because, .. } => {
            let (reason, message) = refusal(parent, *because);
            fault(reason, Certainty::Sure, message)
        }
        ParentVerdict::Missing(missing) => {
            fault(Reason::NoMatchingParent, missing.certainty, format!("the input holds no {} `{name}`", parent.reference.kind()))
        }
        ParentVerdict::Elsewhere => fault(
            Reason::NoMatchingParent,
            Certainty::Possible,
            format!("what {} `{name}` says of it is not known", parent.reference.kind()),
        ),
    };
    judged(ConditionType::Accepted, Reason::Accepted, place, &faults)
}

/// The reason and the words for a parent that does not take a route.
fn refusal(parent: &ParentView<'_>, because: Refusal) -> (Reason, String) {
    let reference = parent.reference;
    let whom = format!("{} `{}`", reference.kind(), *reference.name);
    let subject = |some: &str, does: &str| match &reference.section_name {
        Some(section) if does.is_empty() => format!("listener `{}` of {whom}", **section),
        Some(section) => format!("{some} `{}` of {whom}{does}", **section),
        None => format!("{some} of {whom}{does}"),
    };
    match because {
        Refusal::NoListenerNamed => {
            let section = reference.section_name.as_ref().map_or("", |section| section);
            (Reason::NoMatchingParent, format!("{whom} has no listener `{section}`"))
        }
        Refusal::NoListenerOnPort => {
            let port = reference.port.as_ref().map_or(0, |port| **port);
            let which = reference.section_name.as_ref().map_or("listener".to_owned(), |section| format!("listener `{}`", **section));
            (Reason::NoMatchingParent, format!("{whom} has no {which} on port {port}"))
        }
        Refusal::SetNotAllowed => (Reason::NoMatchingParent, format!("the Gateway takes no listeners from {whom}")),
        Refusal::Conflict => {
            (Reason::NoMatchingParent, format!("{which} can't be told apart from others", which = subject("the listeners", "")))
        }
        Refusal::Namespace => (Reason::NotAllowedByListeners, subject("no listener", " admits the route's namespace")),
        Refusal::Kind => (Reason::NotAllowedByListeners, subject("no listener", &format!(" takes {}s", parent.route.object.id.kind))),
        Refusal::Hostname => (Reason::NoMatchingListenerHostname, subject("no listener", " has one of the route's hosts")),
    }
}

/// What is wrong with all of a route, whatever its parent.
pub(super) fn whole_route_fault(route: RouteView<'_>) -> Option<Fault> {
    whole_fault(route, &rule_faults(route)).cloned()
}

fn whole_fault<'f>(route: RouteView<'_>, faults: &'f [(usize, Fault)]) -> Option<&'f Fault> {
    let rules = match &route.object.resource().spec {
        Spec::HttpRoute(route) => route.spec.rules.len(),
        Spec::GrpcRoute(route) => route.spec.rules.len(),
        _ => 0,
    };
    let mut wrong: Vec<usize> = faults.iter().map(|(rule, _)| *rule).collect();
    wrong.dedup();
    (rules > 0 && wrong.len() == rules).then_some(())?;
    faults.first().map(|(_, fault)| fault)
}

/// `PartiallyInvalid`: rules that are left out of a route that is accepted otherwise.
fn partly_invalid(route: RouteView<'_>, faults: &[(usize, Fault)]) -> Option<Condition> {
    if whole_fault(route, faults).is_some() {
        return None;
    }
    let (rule, fault) = faults.first()?;
    Some(Condition {
        kind: ConditionType::PartiallyInvalid,
        state: State::True,
        reason: fault.reason,
        message: format!("rule {} is left out: {}", rule + 1, fault.message),
        place: fault.place,
    })
}

/// Values in rules that no controller takes, by the place of the rule.
fn rule_faults(route: RouteView<'_>) -> Vec<(usize, Fault)> {
    let mut faults = Vec::new();
    match &route.object.resource().spec {
        Spec::HttpRoute(route) => {
            for (n, rule) in route.spec.rules.iter().enumerate() {
                faults.extend(prefix_fault(rule).map(|fault| (n, fault)));
                let nodes = rule.matches.iter().map(|one| Some(one.node())).chain([None]);
                let matches = nodes.zip(rule.effective_matches()).map(|(node, of)| Match::http(n, node, of));
                faults.extend(matches.filter_map(|one| pattern_fault(&one, rule.node())).map(|fault| (n, fault)));
            }
        }
        Spec::GrpcRoute(route) => {
            for (n, rule) in route.spec.rules.iter().enumerate() {
                let nodes = rule.matches.iter().map(|one| Some(one.node())).chain([None]);
                let matches = nodes.zip(rule.effective_matches()).map(|(node, of)| Match::grpc(n, node, of));
                faults.extend(matches.filter_map(|one| pattern_fault(&one, rule.node())).map(|fault| (n, fault)));
            }
        }
        _ => {}
    }
    faults
}

/// `ReplacePrefixMatch` without a prefix that matched (Gateway API: HTTPPathModifier).
fn prefix_fault(rule: &HttpRouteRule) -> Option<Fault> {
    let mut paths = rule.filters.iter().filter_map(|filter| {
        let rewrite = filter.url_rewrite.as_ref().and_then(|rewrite| rewrite.path.as_ref());
        rewrite.or_else(|| filter.request_redirect.as_ref().and_then(|redirect| redirect.path.as_ref()))
    });
    let path = paths.find(|path| *path.kind == PathModifierType::ReplacePrefixMatch)?;
    let by_prefix = rule.effective_matches().all(|one| one.path_type() == PathMatchType::PathPrefix);
    let message = "`ReplacePrefixMatch` has no prefix to replace: a match of the rule is of another type";
    (!by_prefix).then(|| Fault::sure(Reason::UnsupportedValue, path.node(), message))
}

fn pattern_fault(one: &Match<'_>, rule: crate::yaml::NodeId) -> Option<Fault> {
    let (at, wrong) = one.patterns().find(|(_, pattern)| !pattern.is_valid() && !is_of_re2_alone(&pattern.text))?;
    let place = at.or(one.node).unwrap_or(rule);
    Some(Fault::sure(Reason::InvalidPattern, place, format!("`{}` is no regular expression", wrong.text)))
}

/// Whether a pattern has something that RE2 reads and the library here may not: literal braces, quoting, bytes, and brackets
/// within brackets.
fn is_of_re2_alone(pattern: &str) -> bool {
    let mut chars = pattern.char_indices().peekable();
    let mut in_class = false;
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => {
                if matches!(chars.next(), Some((_, 'Q' | 'C'))) {
                    return true;
                }
            }
            '[' if in_class => return true,
            '[' => in_class = true,
            ']' => in_class = false,
            '{' | '}' if !in_class => {
                let rest = pattern.get(at + 1..).unwrap_or_default();
                let repeats = rest.split_once('}').is_some_and(|(count, _)| count.bytes().all(|b| b.is_ascii_digit() || b == b','));
                if c == '{' && !repeats {
                    return true;
                }
            }
            _ => {}
        }
    }
    false
}

/// What is wrong with where a backend leads.
fn backend_fault(backend: &Backend<'_>, target: &Target<'_>) -> Option<Fault> {
    let (reference, place) = (backend.reference, backend.reference.node);
    let name = &**reference.name;
    let fault = |reason, certainty, message: String| Some(Fault { reason, certainty, message, place, certificate: None });
    if let Some(certainty) = unreachable(backend) {
        let message = format!("no ReferenceGrant lets it refer to {} `{name}` of another namespace", reference.kind());
        return fault(Reason::RefNotPermitted, certainty, message);
    }
    let nothing = |certainty| fault(Reason::BackendNotFound, certainty, format!("the input holds no {} `{name}`", reference.kind()));
    match target {
        Target::To(destination) => match (backend.verdict, &destination.host) {
            (BackendVerdict::Missing(_) | BackendVerdict::Host(HostTarget::Unknown, _), _) | (_, Host::OutsideHost(_)) => {
                nothing(Certainty::Possible)
            }
            _ => None,
        },
        Target::Invalid(Invalid::NotFound) => match backend.port_verdict() {
            PortVerdict::Nowhere | PortVerdict::OnlyTarget { .. } => {
                let port = reference.port.map_or(0, |port| **port);
                fault(Reason::BackendNotFound, Certainty::Sure, format!("{} `{name}` has no port {port}", reference.kind()))
            }
            PortVerdict::Unnamed => {
                fault(Reason::BackendNotFound, Certainty::Sure, format!("no port of {} `{name}` is named", reference.kind()))
            }
            PortVerdict::Found | PortVerdict::Unknown => nothing(Certainty::Sure),
        },
        Target::Invalid(Invalid::Protocol) => fault(
            Reason::UnsupportedProtocolOfBackend,
            Certainty::Sure,
            format!("the port of {} `{name}` speaks another protocol", reference.kind()),
        ),
        Target::Invalid(Invalid::Kind) => match kind_fault(backend) {
            None => None,
            Some(Certainty::Sure) => fault(Reason::InvalidKind, Certainty::Sure, format!("nothing can be sent to a {}", reference.kind())),
            Some(certainty) => fault(
                Reason::InvalidKind,
                certainty,
                format!("whether anything can be sent to a {} depends on the product", reference.kind()),
            ),
        },
        // grants are asked for above, and a BackendTLSPolicy has a status of its own
        Target::Invalid(Invalid::NotPermitted | Invalid::Tls) => None,
        Target::Invalid(Invalid::Unclear) => {
            fault(Reason::BackendNotFound, Certainty::Possible, format!("what {} `{name}` is cannot be read", reference.kind()))
        }
    }
}

/// How sure it is that a Service of another namespace may not be referred to. Who may not look does not learn whether it is
/// there.
fn unreachable(backend: &Backend<'_>) -> Option<Certainty> {
    let from = backend.route.object;
    match (backend.verdict, backend.ungranted()) {
        (_, Some(Ungranted::Absent(certainty))) => Some(certainty),
        (_, Some(Ungranted::PassedOver { .. })) => Some(Certainty::Sure),
        (BackendVerdict::Missing(missing), None) => {
            let namespace = from.namespace_or_own(backend.reference.namespace.map(|n| &**n));
            let outside = namespace != *from.namespace() && !permitted(from, &namespace, ("", "Service"), backend.reference.name);
            outside.then_some(missing.certainty)
        }
        _ => None,
    }
}

/// How sure it is that no gateway of the route sends to a kind of backend that is no Service.
fn kind_fault(backend: &Backend<'_>) -> Option<Certainty> {
    let (group, kind) = (backend.reference.group(), backend.reference.kind());
    if group == GROUP && kind == "HTTPRoute" {
        // a route that hands on to another one
        let gateways: Vec<_> = backend.route.gateways().collect();
        let delegates = gateways.iter().all(|gateway| gateway.product.delegates());
        return match (gateways.is_empty(), delegates) {
            (true, _) => Some(Certainty::Possible),
            (false, true) => None,
            (false, false) => Some(Certainty::Sure),
        };
    }
    // what kgateway and Gloo Gateway define, they send to
    let own = ["kgateway.dev", "solo.io"].iter().any(|product| group.ends_with(product));
    let mut gateways = backend.route.gateways().peekable();
    if own && gateways.peek().is_some() && gateways.all(|gateway| gateway.product.needs_capture()) {
        return None;
    }
    let of_kubernetes = ["", "core", "apps", "batch", "networking.k8s.io", "discovery.k8s.io", GROUP];
    let products = [
        "istio.io",
        "kgateway.dev",
        "solo.io",
        "agentgateway.dev",
        "envoyproxy.io",
        "networking.k8s.io",
        "networking.x-k8s.io",
        "x-k8s.io",
    ];
    let of_a_product = products.iter().any(|product| group.ends_with(product));
    let sure = of_kubernetes.contains(&group) || (backend.route.object.mesh().settings().complete && !of_a_product);
    Some(if sure { Certainty::Sure } else { Certainty::Possible })
}

/// Filters by reference to something that is not there.
fn extension_faults(route: RouteView<'_>) -> Vec<Fault> {
    let mut references: Vec<&At<Box<LocalRef>>> = Vec::new();
    match &route.object.resource().spec {
        Spec::HttpRoute(of) => {
            for rule in &of.spec.rules {
                let filters = rule.filters.iter().chain(rule.backend_refs.iter().flat_map(|b| &b.filters));
                references.extend(filters.filter(|f| *f.kind == HttpFilterType::ExtensionRef).filter_map(|f| f.extension_ref.as_ref()));
            }
        }
        Spec::GrpcRoute(of) => {
            for rule in &of.spec.rules {
                let filters = rule.filters.iter().chain(rule.backend_refs.iter().flat_map(|b| &b.filters));
                references.extend(filters.filter_map(|f| f.extension_ref.as_ref()));
            }
        }
        _ => {}
    }
    let missing = references.into_iter().filter(|reference| !has_extension(route.object, reference));
    let complete = route.object.mesh().settings().complete;
    let fault = |reference: &At<Box<LocalRef>>| Fault {
        reason: Reason::MissingExtension,
        certainty: if complete { Certainty::Sure } else { Certainty::Possible },
        message: format!("the input holds no {} `{}`", *reference.kind, *reference.name),
        place: reference.name.node(),
        certificate: None,
    };
    missing.map(fault).collect()
}

fn has_extension(from: Object<'_>, reference: &LocalRef) -> bool {
    let mut beside = [Kind::Policy, Kind::Other].into_iter().flat_map(|kind| from.neighbours(kind, from.namespace()));
    beside.any(|other| *other.id.group == **reference.group && *other.id.kind == **reference.kind && *other.id.name == **reference.name)
}

/// The listeners at which routes keep others out, by the cluster and index of the Gateway or listener set.
pub(super) type Crossings<'m, 's> = FxHashMap<(usize, u32), Vec<&'s ListenerStatus<'m>>>;

/// The route to which this one lost its place at every listener that would take it.
fn lost_to<'m>(parent: &ParentView<'m>, crossings: &Crossings<'m, '_>) -> Option<RouteView<'m>> {
    let object = parent.object().filter(|_| !crossings.is_empty())?;
    let of = crossings.get(&(object.cluster, object.ix))?;
    let ParentVerdict::Attached { listeners, .. } = parent.verdict else { return None };
    let lost = |name: &Text| {
        let status = of.iter().find(|status| ***status.listener.view.name == *name)?;
        status.crossed.iter().find(|(lost, _)| lost.object == parent.route.object).map(|(_, winner)| *winner)
    };
    let winners: Option<Vec<_>> = listeners.iter().map(lost).collect();
    winners?.into_iter().next()
}
