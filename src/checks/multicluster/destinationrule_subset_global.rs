//! `destinationrule-subset-global`: the words are in rules/destinationrule-subset-global.md.
use super::prelude::*;

pub(in crate::checks) struct DestinationruleSubsetGlobal;

impl Rule for DestinationruleSubsetGlobal {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for found in mesh.global_subsets() {
            out.finding(found.subset)
                .about(found.object)
                .say(format!(
                    "{} has subsets for the global host `{}`: subsets do not reach across clusters",
                    found.object.id, **found.host
                ))
                .label("no pods of other clusters are in it")
                .also(found.host, "a host of all clusters")
                .note("under a global host the other clusters are known by their gateways, not by the labels of their pods")
                .help("make one global Service for each version, and split between them with weights in the route");
        }
    }
}
