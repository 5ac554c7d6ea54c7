//! `udp-port-in-route`: the words are in rules/udp-port-in-route.md.
use super::prelude::*;

pub(in crate::checks) struct UdpPortInRoute;

impl Rule for UdpPortInRoute {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for found in mesh.backends_without_tcp() {
            let Some(place) = found.backend.port() else { continue };
            let protocol = found.port.protocol();
            out.finding(place)
                .about(found.backend.route.object)
                .say(format!(
                    "port {} of Service {} speaks {protocol}, and {} sends TCP",
                    **place,
                    path(found.service.object),
                    found.backend.route.object.id
                ))
                .label(format!("a port for {protocol}"))
                .also_at(found.port.protocol.as_ref(), "says so here")
                .note("the gateway finds no endpoints behind the port and answers 503")
                .help("name a port with `protocol: TCP`");
        }
    }
}
