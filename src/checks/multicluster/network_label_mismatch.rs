//! `network-label-mismatch`: the words are in rules/network-label-mismatch.md.
use super::prelude::*;
use crate::mesh::NETWORK;

pub(in crate::checks) struct NetworkLabelMismatch;

impl Rule for NetworkLabelMismatch {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for found in mesh.wrong_networks() {
            let (namespace, network) = (found.namespace, &**found.installed);
            let title = format!("label it `{NETWORK}: {network}`");
            let what = if found.label.is_some() {
                "names another network than the installation"
            } else {
                "does not name the network of the installation"
            };
            let place = found.label.map_or_else(|| name_of(namespace), Place::Node);
            out.finding(place)
                .about(namespace)
                .say(format!("namespace `{}` {what}: `{network}`", namespace.id.name))
                .label("the network of this cluster")
                .also(found.installed, "the installation says this one")
                .note("istiod takes the cluster's own addresses for those of another network: they are not found, and waypoints are passed by")
                .help(title.clone())
                .fix_by(Unsafe, title, |e| {
                    match found.label {
                        Some(label) => e.set(label, network.as_str()),
                        None => e.insert(namespace.node, &["metadata", "labels", NETWORK], network.as_str()),
                    };
                });
        }
    }
}
