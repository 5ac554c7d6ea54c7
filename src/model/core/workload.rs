//! Everything that runs pods, in one form.

use serde::Deserialize;

use super::LabelSelector;
use crate::model::{Labels, Metadata, Text};
use crate::yaml::{At, NodeId};

/// What runs pods: a Deployment, StatefulSet, DaemonSet, ReplicaSet, Job, CronJob or a single Pod.
#[derive(Debug, Clone, Default)]
pub struct Workload {
    /// The pods it makes. For a Pod it stands at the object itself.
    pub template: Option<At<PodTemplate>>,
    /// Which pods it calls its own; not for a Pod or a CronJob.
    pub selector: Option<At<LabelSelector>>,
    /// How many pods, where the kind has that and the file says it.
    pub replicas: Option<At<i64>>,
}

/// A Deployment, StatefulSet, DaemonSet, ReplicaSet or Job.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TemplateOwner {
    /// What it asks for.
    pub spec: Option<At<TemplateOwnerSpec>>,
}

/// `spec` of a [`TemplateOwner`].
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TemplateOwnerSpec {
    /// How many pods.
    pub replicas: Option<At<i64>>,
    /// Which pods it calls its own.
    pub selector: Option<At<LabelSelector>>,
    /// The pods it makes.
    pub template: Option<At<PodTemplate>>,
}

/// A CronJob.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CronJob {
    /// What it asks for.
    pub spec: Option<At<CronJobSpec>>,
}

/// `spec` of a [`CronJob`].
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CronJobSpec {
    /// The Jobs it makes.
    pub job_template: Option<At<JobTemplate>>,
}

/// The Jobs of a [`CronJob`].
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct JobTemplate {
    /// What each Job asks for.
    pub spec: Option<At<JobTemplateSpec>>,
}

/// `spec` of a [`JobTemplate`].
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct JobTemplateSpec {
    /// The pods it makes.
    pub template: Option<At<PodTemplate>>,
}

/// A Pod.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Pod {
    /// What it asks for.
    pub spec: Option<At<PodSpec>>,
}

impl From<TemplateOwner> for Workload {
    fn from(owner: TemplateOwner) -> Self {
        let Some(TemplateOwnerSpec { replicas, selector, template }) = owner.spec.map(At::into_inner) else {
            return Self::default();
        };
        Self { template, selector, replicas }
    }
}

impl From<CronJob> for Workload {
    fn from(cron: CronJob) -> Self {
        let job = cron.spec.and_then(|spec| spec.into_inner().job_template).and_then(|job| job.into_inner().spec);
        Self { template: job.and_then(|spec| spec.into_inner().template), ..Self::default() }
    }
}

impl Pod {
    /// The Pod as a workload of its own: its metadata is that of its only pod, and `node` is the whole object.
    pub fn into_workload(self, metadata: Option<At<Metadata>>, node: NodeId) -> Workload {
        Workload { template: Some(At::new(PodTemplate { metadata, spec: self.spec }, node)), ..Workload::default() }
    }
}

/// The pods of a workload.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PodTemplate {
    /// Labels and annotations of the pods.
    pub metadata: Option<At<Metadata>>,
    /// What runs in them.
    pub spec: Option<At<PodSpec>>,
}

/// `spec` of a pod.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PodSpec {
    /// Whether the pod shares the network of its node; ztunnel never captures such a pod.
    pub host_network: Option<At<bool>>,
    /// The identity of the pod; `default` when left out.
    pub service_account_name: Option<At<Text>>,
    /// The old name of `serviceAccountName`.
    pub service_account: Option<At<Text>>,
    /// What runs.
    #[serde(default)]
    pub containers: Vec<At<Container>>,
    /// What runs before that, and sidecars.
    #[serde(default)]
    pub init_containers: Vec<At<Container>>,
}

/// A container.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Container {
    /// Its name.
    pub name: Option<At<Text>>,
    /// Its image, with registry and tag.
    pub image: Option<At<Text>>,
    /// `Always` on an init container makes it a sidecar, which stays.
    pub restart_policy: Option<At<Text>>,
    /// What it says to listen on. Only information: a container may listen on others.
    #[serde(default)]
    pub ports: Vec<At<ContainerPort>>,
    /// Environment variables.
    #[serde(default)]
    pub env: Vec<At<EnvVar>>,
    /// Sources of more environment variables, which no file here shows.
    #[serde(default)]
    pub env_from: Vec<At<crate::model::Anything>>,
    /// The program and its first arguments.
    #[serde(default)]
    pub command: Vec<At<Text>>,
    /// Its arguments.
    #[serde(default)]
    pub args: Vec<At<Text>>,
}

/// A port of a [`Container`].
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ContainerPort {
    /// The name that a Service may use as its `targetPort`.
    pub name: Option<At<Text>>,
    /// The number.
    pub container_port: At<i64>,
    /// `TCP` when left out.
    pub protocol: Option<At<Text>>,
}

/// An environment variable.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EnvVar {
    /// Its name.
    pub name: At<Text>,
    /// Its value, when the file says it.
    pub value: Option<At<Text>>,
    /// Where else the value comes from: then it is unknown.
    pub value_from: Option<At<crate::model::Anything>>,
}

impl Workload {
    /// A label of its pods.
    pub fn label(&self, key: &str) -> Option<&At<Text>> {
        self.template.as_ref()?.label(key)
    }

    /// An annotation of its pods.
    pub fn annotation(&self, key: &str) -> Option<&At<Text>> {
        self.template.as_ref()?.annotation(key)
    }

    /// What runs in its pods.
    pub fn pod_spec(&self) -> Option<&At<PodSpec>> {
        self.template.as_ref()?.spec.as_ref()
    }
}

impl PodTemplate {
    /// Labels of the pods.
    pub fn labels(&self) -> Option<&At<Labels>> {
        self.metadata.as_ref()?.labels.as_ref()
    }

    /// A label of the pods.
    pub fn label(&self, key: &str) -> Option<&At<Text>> {
        self.metadata.as_ref()?.label(key)
    }

    /// An annotation of the pods.
    pub fn annotation(&self, key: &str) -> Option<&At<Text>> {
        self.metadata.as_ref()?.annotation(key)
    }

    /// Containers that stay: the ordinary ones, then sidecars among the init containers.
    pub fn running_containers(&self) -> impl Iterator<Item = &At<Container>> {
        let spec = self.spec.as_deref();
        let sidecars = spec.into_iter().flat_map(|spec| &spec.init_containers).filter(|c| c.is_sidecar());
        spec.into_iter().flat_map(|spec| &spec.containers).chain(sidecars)
    }

    /// Ports of the containers that stay, in the order in which Kubernetes looks for a name.
    pub fn container_ports(&self) -> impl Iterator<Item = &At<ContainerPort>> {
        self.running_containers().flat_map(|container| &container.ports)
    }

    /// The container port with this name and protocol, as a named `targetPort` finds it.
    pub fn port_named(&self, name: &str, protocol: &str) -> Option<&At<ContainerPort>> {
        self.container_ports().find(|port| port.protocol() == protocol && port.name.as_ref().is_some_and(|n| &***n == name))
    }
}

impl PodSpec {
    /// Whether the pod shares the network of its node.
    pub fn is_host_network(&self) -> bool {
        self.host_network.as_ref().is_some_and(|h| **h)
    }

    /// The ServiceAccount, when the file says it; else it is `default`.
    pub fn service_account(&self) -> Option<&At<Text>> {
        [&self.service_account_name, &self.service_account].into_iter().flatten().find(|name| !name.is_empty())
    }
}

impl Container {
    /// Whether it stays, when it is an init container.
    pub fn is_sidecar(&self) -> bool {
        self.restart_policy.as_ref().is_some_and(|p| &***p == "Always")
    }

    /// An environment variable; of equal names the last one counts.
    pub fn env(&self, name: &str) -> Option<&At<EnvVar>> {
        self.env.iter().rev().find(|var| &**var.name == name)
    }
}

impl ContainerPort {
    /// `TCP`, `UDP` or `SCTP`.
    pub fn protocol(&self) -> &str {
        self.protocol.as_ref().map_or("TCP", |p| p)
    }
}
