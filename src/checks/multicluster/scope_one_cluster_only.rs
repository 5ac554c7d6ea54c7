//! `scope-one-cluster-only`: the words are in rules/scope-one-cluster-only.md.
use super::prelude::*;
use crate::mesh::{GlobalScope, SERVICE_SCOPE};

pub(in crate::checks) struct ScopeOneClusterOnly;

impl Rule for ScopeOneClusterOnly {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for service in mesh.services() {
            // `cluster` in so many words is somebody's choice
            let (Fact::Known((GlobalScope::Cluster, None)), Some(here)) = (service.scope(), service.object.cluster_name()) else {
                continue;
            };
            let Some((other, scope, label)) = service.in_other_clusters().find_map(|other| match other.scope() {
                Fact::Known((scope, label)) if scope.has_host() => Some((other, scope, label)),
                _ => None,
            }) else {
                continue;
            };
            let (Some(certainty), Some(there)) = (service.one_host_with(other), other.object.cluster_name()) else { continue };
            let word = if scope == GlobalScope::Segment { "segment" } else { "global" };
            out.finding(name_of(service.object))
                .about(service.object)
                .certainty(certainty)
                .say(format!("{} has {word} scope in cluster `{there}` and none in cluster `{here}`", service.object.id))
                .label("no scope here")
                .also_at(label.and_then(|l| l.node), format!("scope in cluster `{there}`"))
                .note(format!(
                    "the pods of cluster `{here}` do not stand behind the global host, and its traffic does not fail over to them"
                ))
                .help(format!("label the Service `{SERVICE_SCOPE}: {word}` in cluster `{here}` too, or `cluster` if that is meant"))
                .fix(Manual, format!("add the label `{SERVICE_SCOPE}: {word}` to the Service in cluster `{here}`"));
        }
    }
}
