//! What `meshgate.yaml` states about the mesh, in the mesh's own terms.

use rustc_hash::FxHashMap;

use super::file::{Product, Word};
use super::resolved::{Cluster, Config};
use crate::mesh::version::Version;
use crate::mesh::{AssumedNamespace, ClusterSettings, Settings};
use crate::model::{Labels, Text};
use crate::yaml::At;

impl Config {
    /// What is stated; `complete` is the command line's `--complete`.
    pub fn settings(&self, complete: bool) -> Settings {
        let (mesh, gateway, assume) = (self.file.mesh.as_deref(), self.file.gateway.as_deref(), self.file.assume.as_deref());
        let text = |value: Option<&At<Text>>| value.map(|v| (**v).clone());
        let product = |p: Option<&At<Product>>| version(p.and_then(|p| p.version.as_ref()));
        let named = self.clusters().iter().filter(|c| c.name.is_some());
        let names = |list: Option<&At<Vec<At<Text>>>>| list.into_iter().flat_map(|l| l.iter()).map(|n| (**n).clone()).collect::<Vec<_>>();
        let services = names(assume.and_then(|a| a.services.as_ref()));
        Settings {
            complete: complete || self.complete(),
            distribution: self.distribution.as_deref().copied(),
            version: version(mesh.and_then(|m| m.version.as_ref())),
            root_namespace: text(mesh.and_then(|m| m.root_namespace.as_ref())),
            trust_domain: text(mesh.and_then(|m| m.trust_domain.as_ref())),
            global_suffix: text(mesh.and_then(|m| m.global_suffix.as_ref())),
            kgateway: product(gateway.and_then(|g| g.kgateway.as_ref())),
            enterprise_kgateway: product(gateway.and_then(|g| g.enterprise_kgateway.as_ref())),
            gloo: product(gateway.and_then(|g| g.gloo.as_ref())),
            clusters: named.map(cluster).collect(),
            namespaces: assume
                .and_then(|a| a.namespaces.as_ref())
                .into_iter()
                .flat_map(|table| table.iter())
                .map(|(name, ns)| {
                    ((**name).clone(), AssumedNamespace { labels: plain(ns.labels.as_ref()), annotations: plain(ns.annotations.as_ref()) })
                })
                .collect(),
            gateway_classes: names(assume.and_then(|a| a.gateway_classes.as_ref())),
            services: services.iter().filter_map(|s| s.split_once('/')).map(|(ns, name)| (ns.into(), name.into())).collect(),
        }
    }
}

fn version(written: Option<&At<Word>>) -> Option<Version> {
    written.and_then(|v| v.parse().ok())
}

fn cluster(cluster: &Cluster) -> ClusterSettings {
    let text = |value: Option<&At<Text>>| value.map(|v| (**v).clone());
    ClusterSettings {
        name: text(cluster.name.as_ref()).unwrap_or_default(),
        network: text(cluster.network.as_ref()),
        segment: text(cluster.segment.as_ref()),
        version: cluster.version.as_ref().and_then(|v| v.parse().ok()),
    }
}

fn plain(labels: Option<&At<Labels>>) -> FxHashMap<Text, Text> {
    labels.into_iter().flat_map(|l| l.iter()).map(|(k, v)| ((**k).clone(), (**v).clone())).collect()
}
