//! What if: pods that are gone or not ready.

use crate::mesh::Mesh;
use crate::mesh::pods::PodFacts;
use crate::model::{Spec, Text};

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

/// A workload by its name, with or without its cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkloadName {
    /// The cluster; any without one.
    pub cluster: Option<Text>,
    /// The namespace.
    pub namespace: Text,
    /// The name.
    pub name: Text,
}

impl std::str::FromStr for WorkloadName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts: Vec<&str> = text.split('/').collect();
        match parts.as_slice() {
            [namespace, name] if ![namespace, name].iter().any(|p| p.is_empty()) => {
                Ok(Self { cluster: None, namespace: (*namespace).into(), name: (*name).into() })
            }
            [cluster, namespace, name] if !parts.iter().any(|p| p.is_empty()) => {
                Ok(Self { cluster: Some((*cluster).into()), namespace: (*namespace).into(), name: (*name).into() })
            }
            _ => Err(format!("`{text}` is no workload: write NAMESPACE/WORKLOAD or CLUSTER/NAMESPACE/WORKLOAD")),
        }
    }
}

impl std::fmt::Display for WorkloadName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.cluster.iter().try_for_each(|cluster| write!(f, "{cluster}/"))?;
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

/// What is supposed of pods, against what the files say.
#[derive(Clone, Debug, Default)]
pub struct WhatIf {
    /// Workloads without endpoints.
    pub down: Vec<WorkloadName>,
    /// Workloads whose pods are not ready.
    pub not_ready: Vec<WorkloadName>,
}

impl WorkloadName {
    fn names(&self, pods: &PodFacts<'_>) -> bool {
        let owner = pods.owner;
        self.cluster.as_ref().is_none_or(|cluster| owner.cluster_name() == Some(cluster))
            && owner.namespace().name() == Some(&*self.namespace)
            && owner.id.name == self.name
    }
}

impl WhatIf {
    /// How the pods of a workload are.
    pub fn state(&self, pods: &PodFacts<'_>) -> PodState {
        let scaled_down = || match &pods.owner.resource().spec {
            Spec::Workload(workload) => workload.replicas.as_ref().is_some_and(|replicas| **replicas == 0),
            _ => false,
        };
        if self.down.iter().any(|name| name.names(pods)) || scaled_down() {
            PodState::Down
        } else if self.not_ready.iter().any(|name| name.names(pods)) {
            PodState::NotReady
        } else {
            PodState::Up
        }
    }

    /// The names that no workload of the input has.
    pub fn strangers(&self, mesh: &Mesh) -> Vec<&WorkloadName> {
        self.down.iter().chain(&self.not_ready).filter(|name| !mesh.workloads().any(|pods| name.names(&pods))).collect()
    }
}
