//! Which mTLS mode holds on a pod: PeerAuthentication as ambient reads it
//! (istiod: `pilot/pkg/serviceregistry/ambient/authorization.go`).

use super::enrolment::{Capture, DATAPLANE_MODE};
use super::facts::Fact;
use super::pods::PodFacts;
use super::{Mesh, Object};
use crate::model::core::ServicePort;
use crate::model::istio::{Mtls, MtlsMode as Written, PeerAuthentication, WorkloadSelector};
use crate::model::{IntOrText, Kind, Namespace, Spec, Text};
use crate::yaml::{At, NodeId};
use rustc_hash::FxHashMap;

/// What a pod asks of its clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MtlsMode {
    /// Only mesh identities may connect.
    Strict,
    /// Plain text is taken too.
    Permissive,
}

/// The mode in effect and what sets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeerMode {
    /// The mode.
    pub mode: MtlsMode,
    /// The `mode` field that decides; none when nothing is set anywhere.
    pub because: Option<NodeId>,
}

/// What one level of policies may say, `None` for what the level above says. Of several policies the oldest wins, and
/// files have no age: then all of them are possible.
type Candidates = Vec<Option<PeerMode>>;

/// What a level makes of what the level above says.
fn below(level: &[Option<PeerMode>], above: &[PeerMode]) -> Vec<PeerMode> {
    level.iter().flat_map(|candidate| candidate.map_or_else(|| above.to_vec(), |mode| vec![mode])).collect()
}

/// The mode on which all possibilities agree.
fn agreed(possible: &[PeerMode]) -> Fact<PeerMode> {
    match possible {
        [first, rest @ ..] if rest.iter().all(|other| other.mode == first.mode) => Fact::Known(*first),
        _ => Fact::Unknown,
    }
}

impl PodFacts<'_> {
    /// The mode on a port of these pods (the pod's own port, not the Service's); `None` for the pod as a whole.
    pub fn mtls(&self, port: Option<i64>) -> Fact<PeerMode> {
        let Some(inherited) = self.inherited() else { return Fact::Unknown };
        // a policy with a selector in the root namespace is ignored by ambient
        if self.namespace.name() == Some(&*self.owner.platform().root_namespace) {
            return agreed(&inherited);
        }
        self.workload_level(port).map_or(Fact::Unknown, |level| agreed(&below(&level, &inherited)))
    }

    /// The modes that may hold where no policy selects the pods; none when a policy cannot be read.
    fn inherited(&self) -> Option<Vec<PeerMode>> {
        let root = Namespace::Named(self.owner.platform().root_namespace.clone());
        let mesh = below(&self.selectorless(&root)?, &[PeerMode { mode: MtlsMode::Permissive, because: None }]);
        if *self.namespace == root { Some(mesh) } else { Some(below(&self.selectorless(self.namespace)?, &mesh)) }
    }

    /// The mode that holds where no policy selects the pods; none when that is not clear.
    fn inherited_mtls(&self) -> Option<PeerMode> {
        agreed(&self.inherited()?).known()
    }

    /// The policies of a namespace without a selector; none when one of them cannot be read.
    fn selectorless(&self, namespace: &Namespace) -> Option<Candidates> {
        let mut candidates = Vec::new();
        for object in self.owner.neighbours(Kind::PeerAuthentication, namespace) {
            let Spec::PeerAuthentication(policy) = &object.resource().spec else { return None };
            if selector(policy).is_none() {
                candidates.push(top_mode(policy));
            }
        }
        Some(if candidates.is_empty() { vec![None] } else { candidates })
    }

    /// The policies that select these pods, or may.
    fn workload_level(&self, port: Option<i64>) -> Option<Candidates> {
        let (mut candidates, mut surely) = (Vec::new(), false);
        for object in self.owner.neighbours(Kind::PeerAuthentication, self.namespace) {
            let Spec::PeerAuthentication(policy) = &object.resource().spec else { return None };
            let Some(selector) = selector(policy) else { continue };
            match self.selected_by(selector) {
                Fact::Known(false) => continue,
                Fact::Known(true) => surely = true,
                Fact::Unknown => {}
            }
            let top = top_mode(policy);
            candidates.push(port.and_then(|port| port_mode(policy, port, top.is_some())).or(top));
        }
        if !surely {
            candidates.push(None);
        }
        Some(candidates)
    }
}

/// A port of `portLevelMtls` that does not do what it says.
#[derive(Clone, Debug)]
pub struct UselessPort<'m> {
    /// The PeerAuthentication.
    pub policy: Object<'m>,
    /// The port, where it is written.
    pub port: &'m At<Text>,
    /// What is set for it.
    pub entry: NodeId,
    /// Why.
    pub because: WhyUseless<'m>,
}

/// Why a port of `portLevelMtls` does not do what it says.
#[derive(Clone, Debug)]
pub enum WhyUseless<'m> {
    /// The policy has no selector.
    NoSelector,
    /// It is the port of a Service, and the pods behind it listen on another one.
    ServicePort {
        /// The Service.
        service: Object<'m>,
        /// What the pods listen on.
        target: IntOrText,
        /// Where the Service says so.
        at: NodeId,
        /// Whether the pods say what they listen on.
        declared: bool,
        /// The number to write instead: the pods agree on it, and no mode is set for it.
        instead: Option<i64>,
    },
    /// `DISABLE` under a STRICT that is inherited: ambient takes only `PERMISSIVE` for an exemption there.
    Disable {
        /// The word.
        at: NodeId,
        /// Where STRICT comes from.
        strict: PeerMode,
    },
}

impl Mesh {
    /// Every port of `portLevelMtls` that does not do what it says.
    pub fn useless_ports(&self) -> Vec<UselessPort<'_>> {
        self.objects(Kind::PeerAuthentication).flat_map(useless_ports).collect()
    }

    /// PeerAuthentications with a selector in the root namespace: ambient ignores them. With the pods that they select and
    /// that are captured, when there are such; policies on other pods only are left out.
    pub fn selectors_in_root(&self) -> Vec<(Object<'_>, &At<WorkloadSelector>, Option<PodFacts<'_>>)> {
        let mut found = Vec::new();
        for policy in self.objects(Kind::PeerAuthentication) {
            let Spec::PeerAuthentication(spec) = &policy.resource().spec else { continue };
            let Some(labels) = selector(spec) else { continue };
            let Some(written) = spec.spec.as_deref().and_then(|s| s.selector.as_ref()) else { continue };
            if policy.namespace().name() != Some(&*policy.platform().root_namespace) {
                continue;
            }
            let here = |pods: &PodFacts<'_>| pods.owner.cluster() == policy.cluster() && pods.selected_by(labels) == Fact::Known(true);
            let selected: Vec<_> = self.workloads().chain(self.gateways().map(|g| g.pods())).filter(here).collect();
            let none = selected.is_empty();
            let captured = selected.into_iter().find(|pods| pods.capture() == Capture::Captured);
            if captured.is_some() || none {
                found.push((policy, written, captured));
            }
        }
        found
    }
}

impl Mesh {
    /// PeerAuthentications of one level that are for the same pods and do not say the same: the first and each later one.
    pub fn rival_peer_authentications(&self) -> Vec<(Object<'_>, Object<'_>)> {
        type Level<'m> = (usize, &'m Namespace, Vec<(&'m str, &'m str)>);
        let mut levels: FxHashMap<Level<'_>, Vec<Object<'_>>> = FxHashMap::default();
        for object in self.objects(Kind::PeerAuthentication) {
            let Spec::PeerAuthentication(policy) = &object.resource().spec else { continue };
            let mut labels: Vec<_> = selector(policy).into_iter().flatten().map(|(key, value)| (&***key, &***value)).collect();
            labels.sort_unstable();
            levels.entry((object.cluster(), object.namespace(), labels)).or_default().push(object);
        }
        let mut found: Vec<_> = levels
            .into_values()
            .filter_map(|all| all.split_first().map(|(first, rest)| (*first, rest.to_vec())))
            .flat_map(|(first, rest)| rest.into_iter().map(move |later| (first, later)))
            // one name twice is a finding of its own
            .filter(|(first, later)| first.id.name != later.id.name && self.apart.together(first.resource, later.resource))
            .filter(|(first, later)| says(*first) != says(*later))
            .collect();
        found.sort_by_key(|(_, later)| later.node);
        found
    }
}

/// All that a policy says of modes: for all ports, and by port.
type Said<'m> = (Option<MtlsMode>, Vec<(&'m str, Option<Written>)>);

fn says(policy: Object<'_>) -> Option<Said<'_>> {
    let Spec::PeerAuthentication(policy) = &policy.resource().spec else { return None };
    let ports = policy.spec.as_deref().and_then(|s| s.port_level_mtls.as_deref()).into_iter().flatten();
    let mut ports: Vec<_> = ports.map(|(port, mtls)| (&***port, mtls.mode.as_ref().map(|mode| **mode))).collect();
    ports.sort_unstable();
    Some((top_mode(policy).map(|mode| mode.mode), ports))
}

impl Object<'_> {
    /// Whether any namespace of this object's cluster is in the ambient mesh.
    pub fn cluster_is_ambient(&self) -> bool {
        let mut namespaces = self.mesh().objects(Kind::Namespace).filter(|ns| ns.cluster() == self.cluster());
        namespaces.any(|ns| ns.own_label(DATAPLANE_MODE).is_some_and(|mode| mode.value == "ambient"))
    }
}

fn useless_ports(policy: Object<'_>) -> Vec<UselessPort<'_>> {
    let Spec::PeerAuthentication(written) = &policy.resource().spec else { return Vec::new() };
    let Some(spec) = written.spec.as_deref() else { return Vec::new() };
    let Some(ports) = spec.port_level_mtls.as_deref() else { return Vec::new() };
    let useless = |port, mtls: &At<Mtls>, because| UselessPort { policy, port, entry: mtls.node(), because };
    if spec.selector.is_none() {
        return ports.iter().take(1).map(|(port, mtls)| useless(port, mtls, WhyUseless::NoSelector)).collect();
    }
    let Some(labels) = selector(written) else { return Vec::new() };
    let here = |pods: &PodFacts<'_>| pods.owner.cluster() == policy.cluster() && pods.namespace == policy.namespace();
    let selected: Vec<PodFacts<'_>> = policy.mesh().workloads().chain(policy.mesh().gateways().map(|g| g.pods())).filter(here).collect();
    let selected: Vec<_> = selected.into_iter().filter(|pods| pods.selected_by(labels) == Fact::Known(true)).collect();
    let has_top = top_mode(written).is_some();
    let mut found = Vec::new();
    for (port, mtls) in ports {
        let disable = mtls.mode.as_ref().filter(|mode| ***mode == Written::Disable && !has_top);
        let strict = || selected.iter().filter(|pods| pods.capture() == Capture::Captured).find_map(inherited_strict);
        let taken = |number: i64| ports.iter().any(|(other, _)| other.parse() == Ok(number));
        if let Some(because) = misunderstood(port, &selected, taken) {
            found.push(useless(port, mtls, because));
        } else if let Some((mode, strict)) = disable.and_then(|mode| Some((mode, strict()?))) {
            found.push(useless(port, mtls, WhyUseless::Disable { at: mode.node(), strict }));
        }
    }
    found
}

fn inherited_strict(pods: &PodFacts<'_>) -> Option<PeerMode> {
    pods.inherited_mtls().filter(|inherited| inherited.mode == MtlsMode::Strict)
}

/// Whether a port is a Service's and not the pods'.
fn misunderstood<'m>(port: &str, selected: &[PodFacts<'m>], taken: impl Fn(i64) -> bool) -> Option<WhyUseless<'m>> {
    let number: i64 = port.parse().ok()?;
    let targets = |pods: &PodFacts<'_>, port: &ServicePort| match port.target().into_inner() {
        IntOrText::Int(target) => Some(target),
        IntOrText::Text(name) => pods.container_port(&name),
    };
    let mut found = None;
    let mut numbers = Vec::new();
    for pods in selected {
        let services = pods.services();
        let all: Vec<_> = services.iter().flat_map(|service| service.ports().iter().map(move |port| (service, port))).collect();
        if pods.declares_port(number) || all.iter().any(|(_, port)| targets(pods, port) == Some(number)) {
            return None;
        }
        let of = all.iter().find(|(_, port)| *port.port == number && targets(pods, port).is_some())?;
        numbers.extend(all.iter().filter(|(_, port)| *port.port == number).map(|(_, port)| targets(pods, port)));
        found = found.or(Some((of.0.object, of.1.target(), pods.declares_ports())));
    }
    numbers.dedup();
    let instead = match numbers.as_slice() {
        [Some(one)] if !taken(*one) => Some(*one),
        _ => None,
    };
    let (service, target, declared) = found?;
    Some(WhyUseless::ServicePort { service, at: target.node(), target: target.into_inner(), declared, instead })
}

/// The labels a policy selects by; an empty selector counts as none.
fn selector(policy: &PeerAuthentication) -> Option<&crate::model::Labels> {
    let labels = policy.spec.as_deref()?.selector.as_deref()?.match_labels.as_deref()?;
    (!labels.is_empty()).then_some(labels)
}

fn top_mode(policy: &PeerAuthentication) -> Option<PeerMode> {
    let mode = policy.spec.as_deref()?.mtls.as_deref()?.mode.as_ref()?;
    let because = Some(mode.node());
    match **mode {
        Written::Strict => Some(PeerMode { mode: MtlsMode::Strict, because }),
        Written::Permissive | Written::Disable => Some(PeerMode { mode: MtlsMode::Permissive, because }),
        Written::Unset => None,
    }
}

/// The mode of a port. Under an inherited mode (`mtls.mode` unset), DISABLE is not recognised as an exemption.
fn port_mode(policy: &PeerAuthentication, port: i64, has_top: bool) -> Option<PeerMode> {
    let ports = policy.spec.as_deref()?.port_level_mtls.as_deref()?;
    let (_, mtls) = ports.iter().find(|(key, _)| key.parse::<i64>() == Ok(port))?;
    let mode = mtls.mode.as_ref()?;
    let because = Some(mode.node());
    match **mode {
        Written::Strict => Some(PeerMode { mode: MtlsMode::Strict, because }),
        Written::Permissive => Some(PeerMode { mode: MtlsMode::Permissive, because }),
        Written::Disable if has_top => Some(PeerMode { mode: MtlsMode::Permissive, because }),
        Written::Disable | Written::Unset => None,
    }
}
