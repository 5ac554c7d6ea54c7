//! Kinds of Kubernetes itself, as far as the mesh reads them. Unknown fields pass: their shape is checked elsewhere.

mod other;
mod service;
#[cfg(test)]
mod tests;
mod workload;

pub use super::gateway::{LabelRequirement, LabelSelector};
pub use other::{
    ConfigMap, Endpoint, EndpointConditions, EndpointPort, EndpointSlice, Hidden, IpBlock, Keys, NamespaceObject, NetworkPolicy,
    NetworkPolicyEgress, NetworkPolicyIngress, NetworkPolicyPeer, NetworkPolicyPort, NetworkPolicySpec, Secret, ServiceAccount,
};
pub use service::{Service, ServicePort, ServiceSpec};
pub use workload::{
    Container, ContainerPort, CronJob, CronJobSpec, EnvVar, JobTemplate, JobTemplateSpec, Pod, PodSpec, PodTemplate, TemplateOwner,
    TemplateOwnerSpec, Workload,
};
