//! `peering-prereq`: the words are in rules/peering-prereq.md.
use super::prelude::*;

pub(in crate::checks) struct PeeringPrereq;

impl Rule for PeeringPrereq {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for (service, at) in mesh.unpeered_globals() {
            out.finding(at)
                .about(service)
                .say(format!("these settings of istiod do not switch peering on, and {} is meant for other clusters", service.id))
                .label("no `platforms.peering.enabled: true` here")
                .also(name_of(service), "has a global host")
                .note("without peering, a shared root of trust and a link between the clusters the global host has the pods of one cluster")
                .help("set `platforms.peering.enabled: true`, and link the clusters");
        }
    }
}
