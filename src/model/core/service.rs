//! Service.

use serde::Deserialize;

use crate::model::{IntOrText, Labels, Text};
use crate::yaml::At;

/// A Service.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Service {
    /// What it asks for.
    pub spec: Option<At<ServiceSpec>>,
}

/// `spec` of a Service.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceSpec {
    /// `ClusterIP` (the default), `NodePort`, `LoadBalancer` or `ExternalName`.
    #[serde(rename = "type")]
    pub type_: Option<At<Text>>,
    /// Its address; `None` (the word) makes it headless.
    #[serde(rename = "clusterIP")]
    pub cluster_ip: Option<At<Text>>,
    /// Its addresses in a dual-stack cluster; the first one equals `clusterIP`.
    #[serde(rename = "clusterIPs", default)]
    pub cluster_ips: Vec<At<Text>>,
    /// Labels of the pods behind it. Without one, somebody else writes its EndpointSlices.
    pub selector: Option<At<Labels>>,
    /// Its ports.
    #[serde(default)]
    pub ports: Vec<At<ServicePort>>,
    /// The DNS name that an `ExternalName` Service stands for.
    pub external_name: Option<At<Text>>,
    /// Whether clients prefer near endpoints.
    pub traffic_distribution: Option<At<Text>>,
    /// Whether pods count before they are ready.
    pub publish_not_ready_addresses: Option<At<bool>>,
}

/// A port of a Service.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServicePort {
    /// Its name; needed when there are several ports.
    pub name: Option<At<Text>>,
    /// `TCP` when left out.
    pub protocol: Option<At<Text>>,
    /// The port clients use; routes name this one.
    pub port: At<i64>,
    /// The port of the pods, as a number or as the name of a container port.
    pub target_port: Option<At<IntOrText>>,
    /// The protocol inside, as in `kubernetes.io/h2c`.
    pub app_protocol: Option<At<Text>>,
    /// The port of the nodes.
    pub node_port: Option<At<i64>>,
}

impl Service {
    /// Its ports.
    pub fn ports(&self) -> &[At<ServicePort>] {
        self.spec.as_ref().map_or(&[], |spec| &spec.ports)
    }

    /// The labels of the pods behind it.
    pub fn selector(&self) -> Option<&At<Labels>> {
        self.spec.as_ref()?.selector.as_ref()
    }

    /// Whether it has no virtual address: its name resolves to the pods themselves.
    pub fn is_headless(&self) -> bool {
        self.spec.as_ref().is_some_and(|spec| spec.is_headless())
    }

    /// Whether it only stands for a DNS name.
    pub fn is_external_name(&self) -> bool {
        self.spec.as_ref().is_some_and(|spec| spec.is_external_name())
    }

    /// Whether Kubernetes looks for its pods. An empty selector counts as none.
    pub fn has_selector(&self) -> bool {
        self.spec.as_ref().is_some_and(|spec| spec.has_selector())
    }
}

impl ServiceSpec {
    /// Whether it has no virtual address: its name resolves to the pods themselves.
    pub fn is_headless(&self) -> bool {
        !self.is_external_name() && self.cluster_ip.as_ref().or(self.cluster_ips.first()).is_some_and(|ip| &***ip == "None")
    }

    /// Whether it only stands for a DNS name.
    pub fn is_external_name(&self) -> bool {
        self.type_.as_ref().is_some_and(|t| &***t == "ExternalName")
    }

    /// Whether Kubernetes looks for its pods. An empty selector counts as none, and so does that of an `ExternalName`
    /// Service.
    pub fn has_selector(&self) -> bool {
        !self.is_external_name() && self.selector.as_ref().is_some_and(|selector| !selector.is_empty())
    }
}

impl ServicePort {
    /// `TCP`, `UDP` or `SCTP`.
    pub fn protocol(&self) -> &str {
        self.protocol.as_ref().map_or("TCP", |p| p)
    }

    /// The port of the pods: `targetPort`, or `port` where that is left out, 0 or empty (API server defaulting), with
    /// the place that says so.
    pub fn target(&self) -> At<IntOrText> {
        let said = self.target_port.as_ref().filter(|target| match &***target {
            IntOrText::Int(number) => *number != 0,
            IntOrText::Text(name) => !name.is_empty(),
        });
        said.cloned().unwrap_or_else(|| self.port.map(IntOrText::Int))
    }
}
