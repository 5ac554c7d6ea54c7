//! NetworkPolicy: does it let the mesh's tunnel (HBONE, TCP port 15008) through where it lets requests through? Policies
//! are a union: what one of them allows is allowed.

use super::enrolment::Capture;
use super::facts::Fact;
use super::pods::PodFacts;
use super::routes::GatewayView;
use super::services::ServiceView;
use super::{Certainty, Object, Product};
use crate::model::core::{NetworkPolicyPeer, NetworkPolicyPort, NetworkPolicySpec};
use crate::model::{IntOrText, Kind, Spec};
use crate::yaml::{At, NodeId};

/// The port on which ztunnel, waypoints and Istio's gateways receive what is for a pod.
const HBONE: i64 = 15008;

/// A rule that lets a gateway reach a backend on its own port only.
#[derive(Clone, Debug)]
pub struct BlockedTunnel<'m> {
    /// The NetworkPolicy.
    pub policy: Object<'m>,
    /// The port that the rule allows.
    pub port: NodeId,
    /// The rule.
    pub rule: NodeId,
    /// Whether a protocol is written there, and whether before the port.
    pub protocol: Option<bool>,
    /// Whether it limits what the gateway sends; else what the backend receives.
    pub egress: bool,
    /// How sure.
    pub certainty: Certainty,
}

/// One side of a rule: whom it lets through on which ports.
struct Passage<'m> {
    policy: Object<'m>,
    rule: NodeId,
    ports: &'m [At<NetworkPolicyPort>],
    peers: &'m [At<NetworkPolicyPeer>],
}

impl<'m> GatewayView<'m> {
    /// NetworkPolicies that stop the tunnel from this gateway to a backend, while they mean to let its requests through.
    pub fn blocked_tunnels(&self, service: ServiceView<'m>, port: Option<i64>) -> Vec<BlockedTunnel<'m>> {
        let limited = |object: Object<'_>| object.neighbours(Kind::NetworkPolicy, object.namespace()).next().is_some();
        if !limited(self.object) && !limited(service.object) {
            return Vec::new();
        }
        let pods = self.pods();
        let speaks = self.product == Product::Istio || pods.capture() == Capture::Captured;
        if !speaks || service.capture() != Capture::Captured {
            return Vec::new();
        }
        let mut found = Vec::new();
        for workload in service.workloads() {
            let Some(target) = target(service, &workload, port) else { continue };
            found.extend(blocked(&workload, &pods, &target, false));
            found.extend(blocked(&pods, &workload, &target, true));
        }
        found
    }
}

/// The port of the pods behind a Service port: its number, where it is known, and its name.
fn target(service: ServiceView<'_>, pods: &PodFacts<'_>, port: Option<i64>) -> Option<(Option<i64>, Option<String>)> {
    match service.port(port?)?.target().into_inner() {
        IntOrText::Int(number) => Some((Some(number), None)),
        IntOrText::Text(name) => Some((pods.container_port(&name), Some(name.to_string()))),
    }
}

/// The rule that lets `other` through to (or from) these pods on the target port, when none of all policies on these
/// pods lets the tunnel through.
fn blocked<'m>(
    pods: &PodFacts<'m>,
    other: &PodFacts<'m>,
    target: &(Option<i64>, Option<String>),
    egress: bool,
) -> Option<BlockedTunnel<'m>> {
    let passages = passages(pods, egress)?;
    let tunnel = |port: &At<NetworkPolicyPort>| port.protocol() == "TCP" && port.covers(HBONE).unwrap_or(false);
    if passages.iter().any(|p| p.ports.is_empty() || p.ports.iter().any(tunnel)) {
        return None;
    }
    let meant = |port: &&At<NetworkPolicyPort>| {
        let named = matches!((port.port.as_deref(), &target.1), (Some(IntOrText::Text(name)), Some(wanted)) if **name == **wanted);
        port.protocol() == "TCP" && (named || target.0.is_some_and(|number| port.covers(number) == Some(true)))
    };
    let hit = |passage: &Passage<'m>| {
        let port = passage.ports.iter().find(meant)?;
        let certainty = match admits(passage, pods, other) {
            Fact::Known(true) if pods.owner.mesh().settings().complete => Certainty::Sure,
            // another repository may hold the policy that lets the tunnel through
            Fact::Known(true) => Certainty::Likely,
            Fact::Unknown => Certainty::Possible,
            Fact::Known(false) => return None,
        };
        let place = port.port.as_ref().map_or(port.node(), At::node);
        let protocol = port.protocol.as_ref().map(|protocol| protocol.node() < place);
        Some(BlockedTunnel { policy: passage.policy, port: place, rule: passage.rule, protocol, egress, certainty })
    };
    passages.iter().filter_map(hit).max_by_key(|found| found.certainty)
}

/// All rules of all policies on these pods; none when no policy limits them, or when one cannot be read.
fn passages<'m>(pods: &PodFacts<'m>, egress: bool) -> Option<Vec<Passage<'m>>> {
    let mut passages = Vec::new();
    for policy in pods.owner.neighbours(Kind::NetworkPolicy, pods.namespace) {
        let Spec::NetworkPolicy(network) = &policy.resource().spec else { return None };
        let Some(spec) = network.spec.as_deref() else { continue };
        let limits = if egress { spec.limits_egress() } else { spec.limits_ingress() };
        if !limits {
            continue;
        }
        match selects(spec, pods) {
            Fact::Known(false) => continue,
            Fact::Known(true) => {}
            // it may be the one that lets the tunnel through, or may not be for these pods at all
            Fact::Unknown => return None,
        }
        if egress {
            passages.extend(spec.egress.iter().map(|rule| Passage { policy, rule: rule.node(), ports: &rule.ports, peers: &rule.to }));
        } else {
            passages.extend(spec.ingress.iter().map(|rule| Passage { policy, rule: rule.node(), ports: &rule.ports, peers: &rule.from }));
        }
    }
    Some(passages)
}

fn selects(spec: &NetworkPolicySpec, pods: &PodFacts<'_>) -> Fact<bool> {
    spec.pod_selector.as_deref().map_or(Fact::Known(true), |selector| pods.selected_by_expressions(selector))
}

/// Whether a rule on `pods` is for `other` too.
fn admits(passage: &Passage<'_>, pods: &PodFacts<'_>, other: &PodFacts<'_>) -> Fact<bool> {
    if passage.peers.is_empty() {
        return Fact::Known(true);
    }
    let mut answer = Fact::Known(false);
    for peer in passage.peers {
        match admits_peer(peer, pods, other) {
            Fact::Known(true) => return Fact::Known(true),
            Fact::Unknown => answer = Fact::Unknown,
            Fact::Known(false) => {}
        }
    }
    answer
}

fn admits_peer(peer: &NetworkPolicyPeer, pods: &PodFacts<'_>, other: &PodFacts<'_>) -> Fact<bool> {
    if let Some(block) = &peer.ip_block {
        let everyone = block.except.is_empty() && block.cidr.as_ref().is_some_and(|cidr| matches!(&***cidr, "0.0.0.0/0" | "::/0"));
        return if everyone { Fact::Known(true) } else { Fact::Unknown };
    }
    let namespace = match &peer.namespace_selector {
        Some(selector) => other.owner.namespace_fits(other.namespace, selector),
        None => Fact::Known(pods.namespace == other.namespace),
    };
    let pod = peer.pod_selector.as_deref().map_or(Fact::Known(true), |selector| other.selected_by_expressions(selector));
    match (namespace, pod) {
        (Fact::Known(false), _) | (_, Fact::Known(false)) => Fact::Known(false),
        (Fact::Known(true), Fact::Known(true)) => Fact::Known(true),
        _ => Fact::Unknown,
    }
}
