//! `protocol-undeclared`: the words are in rules/protocol-undeclared.md.
use super::prelude::*;

pub(in crate::checks) struct ProtocolUndeclared;

impl Rule for ProtocolUndeclared {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for found in mesh.backends_without_http2() {
            let help = "add `appProtocol: kubernetes.io/h2c` to the port";
            let place = found.port.name.as_ref().map_or(found.port.port.node(), crate::yaml::At::node);
            out.finding(place)
                .about(found.service.object)
                .certainty(Likely)
                .say(format!("port {} of Service {} takes gRPC and does not say so", *found.port.port, path(found.service.object)))
                .label("HTTP/1 unless said")
                .also(found.backend.name(), "gRPC comes by this route")
                .note("the gateway speaks HTTP/1.1 to a port that says nothing of its protocol, and a gRPC server closes the connection")
                .help(help)
                .fix(Manual, help);
        }
    }
}
