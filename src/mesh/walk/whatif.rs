//! What if: pods that are gone or not ready.

use crate::mesh::ObjectName;
use crate::mesh::pods::PodFacts;
use crate::model::Spec;

/// How pods are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PodState {
    /// There are none: no endpoints.
    Down,
    /// They run and are not ready.
    NotReady,
    /// They run and are ready, as far as files can say.
    Up,
}

/// What is supposed of pods, against what the files say.
#[derive(Clone, Debug, Default)]
pub struct WhatIf {
    /// Workloads without endpoints.
    pub down: Vec<ObjectName>,
    /// Workloads whose pods are not ready.
    pub not_ready: Vec<ObjectName>,
}

impl WhatIf {
    /// How the pods of a workload are.
    pub fn state(&self, pods: &PodFacts<'_>) -> PodState {
        let scaled_down = || match &pods.owner.resource().spec {
            Spec::Workload(workload) => workload.replicas.as_ref().is_some_and(|replicas| **replicas == 0),
            _ => false,
        };
        if self.down.iter().any(|name| name.means(pods.owner)) || scaled_down() {
            PodState::Down
        } else if self.not_ready.iter().any(|name| name.means(pods.owner)) {
            PodState::NotReady
        } else {
            PodState::Up
        }
    }
}
