//! `backend-port-is-target-port`: the words are in rules/backend-port-is-target-port.md.
use super::prelude::*;
use crate::mesh::PortVerdict;

pub(in crate::checks) struct BackendPortIsTargetPort;

impl Rule for BackendPortIsTargetPort {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for backend in mesh.backends_with(|verdict| matches!(verdict.port(), PortVerdict::OnlyTarget { .. })) {
            let PortVerdict::OnlyTarget { unique, .. } = backend.port_verdict() else { continue };
            let (Some(port), Some((service, of))) = (backend.port(), backend.target_of()) else { continue };
            let right = &of.port;
            let draft = out
                .finding(port)
                .about(backend.route.object)
                .say(format!("{} has no port {port}: that is the target port of port {right}", service.object.id))
                .label("looked up on the Service")
                .also_at(of.target_port.as_ref(), "the Service maps this port")
                .note("the gateway looks the port up on the Service and answers 5xx");
            if unique {
                draft.help(format!("use port {right}")).fix_by_setting(Safe, format!("use port {right}"), port.node(), **right);
            } else {
                draft.help("use the Service's own port").fix(Manual, "use one of the Service's ports that lead there");
            }
        }
    }
}
