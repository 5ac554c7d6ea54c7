//! `container-port-undeclared`: the words are in rules/container-port-undeclared.md.
use super::prelude::*;

pub(in crate::checks) struct ContainerPortUndeclared;

impl Rule for ContainerPortUndeclared {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for (found, target) in mesh.undeclared_targets() {
            out.finding(found.port.target().node())
                .about(found.service.object)
                .say(format!("Service {} sends to port {target} of its pods, which declare other ports only", path(found.service.object)))
                .label("declared by no container")
                .also_at(found.service.lasting_workloads().first().map(|pods| name_of(pods.owner)), "these pods")
                .also(found.backend.name(), "requests come by this route")
                .note("Kubernetes does not ask for declared ports, but if nothing listens there clients get 503")
                .help("check which port the container listens on");
        }
    }
}
