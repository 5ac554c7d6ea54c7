//! Which pods answer: those of this cluster or of another one (Solo multicluster, failover north-south and east-west).

use super::{Answerer, Because, Failover, PodState, WhatIf};
use crate::mesh::Object;
use crate::mesh::classes::Role;
use crate::mesh::pods::PodFacts;
use crate::mesh::routes::GatewayView;
use crate::mesh::services::ServiceView;
use crate::model::core::ServicePort;
use crate::model::{IntOrText, Spec, Value};
use crate::yaml::At;

/// The pods behind a Service in one cluster.
pub(super) struct Behind<'m> {
    pub(super) service: ServiceView<'m>,
    pub(super) port: &'m At<ServicePort>,
    pub(super) workloads: Vec<(PodFacts<'m>, Answerer<'m>)>,
}

/// Whose turn it is.
pub(super) enum Turn {
    /// This one's, by its place among those that were asked.
    Of(usize),
    /// Nobody's.
    Nobody(Because),
}

impl<'m> Behind<'m> {
    pub(super) fn of(service: ServiceView<'m>, port: &'m At<ServicePort>, what_if: &WhatIf) -> Self {
        let target = port.target().into_inner();
        let workloads = service.lasting_workloads().into_iter().map(|pods| {
            let number = match &target {
                IntOrText::Int(number) => Some(*number),
                IntOrText::Text(name) => pods.container_port(name),
            };
            let declared = number.is_some_and(|number| pods.declares_port(number));
            let answerer = Answerer { object: pods.owner, state: what_if.state(&pods), port: number, declared };
            (pods, answerer)
        });
        Self { service, port, workloads: workloads.collect() }
    }

    /// The port of the pods where the input shows none.
    pub(super) fn target(&self) -> Option<i64> {
        match self.port.target().into_inner() {
            IntOrText::Int(number) => Some(number),
            IntOrText::Text(_) => None,
        }
    }

    /// How good the best of the pods are; none when the input shows no pods and there may be some all the same.
    pub(super) fn best(&self) -> Option<PodState> {
        if self.workloads.is_empty() {
            let complete = self.service.object.mesh().settings().complete;
            return (complete && self.service.selects()).then_some(PodState::Down);
        }
        let reached = self.workloads.iter().filter(|(_, a)| a.port.is_some()).map(|(_, a)| a.state);
        Some(reached.max().unwrap_or(PodState::Down))
    }

    /// Whether none of the pods has a port of the name that the Service asks for.
    pub(super) fn lacks_port(&self) -> bool {
        !self.workloads.is_empty() && self.workloads.iter().all(|(_, answerer)| answerer.port.is_none())
    }
}

/// Chooses among the same Service in several clusters, the first of which is the one that the request is in (if it has the
/// Service at all).
pub(super) fn choose(all: &[Behind<'_>], home: usize, failover: Failover) -> Turn {
    let here = |b: &Behind<'_>| b.service.object.cluster() == home;
    let usable = |b: &Behind<'_>, least: PodState| b.best().is_none_or(|state| state >= least);
    let at = |test: &dyn Fn(&Behind<'_>) -> bool| all.iter().position(test);
    // pods that are not ready keep the request here, where nobody looks at readiness
    let keeps = if failover == Failover::WithoutEndpoints { PodState::NotReady } else { PodState::Up };
    if let Some(own) = at(&|b| here(b) && usable(b, keeps)) {
        let ready = all.get(own).is_some_and(|b| usable(b, PodState::Up));
        return if ready { Turn::Of(own) } else { Turn::Nobody(Because::NotReady) };
    }
    if failover != Failover::Never
        && let Some(other) = at(&|b| !here(b) && usable(b, PodState::Up))
    {
        return Turn::Of(other);
    }
    Turn::Nobody(if all.iter().all(Behind::lacks_port) && !all.is_empty() {
        Because::PortName
    } else if all.iter().any(|b| b.best() == Some(PodState::NotReady)) {
        Because::NotReady
    } else {
        Because::NoPods
    })
}

/// The east-west gateway of an object's cluster.
pub(super) fn east_west(object: Object<'_>) -> Option<Object<'_>> {
    let gateways = object.mesh().gateways().filter(|g| g.object.cluster() == object.cluster());
    gateways.filter(|g| g.role() == Role::EastWest && g.product != crate::mesh::Product::IstioRemote).map(|g| g.object).next()
}

/// Whether a DestinationRule that the waypoint applies takes pods out of its list by how they answer.
pub(super) fn has_outlier_detection(service: ServiceView<'_>, waypoint: GatewayView<'_>) -> bool {
    service.destination_rules().into_iter().filter(|rule| rule.cluster() == waypoint.object.cluster()).any(|object| {
        let Spec::DestinationRule(rule) = &object.resource().spec else { return false };
        let policy = rule.spec.as_deref().and_then(|s| s.traffic_policy.as_deref());
        policy.and_then(|p| Value::get(p, "outlierDetection")).is_some_and(|value| !value.entries().is_empty())
    })
}
