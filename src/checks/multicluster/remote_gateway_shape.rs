//! `remote-gateway-shape`: the words are in rules/remote-gateway-shape.md.
use super::prelude::*;
use crate::mesh::{NETWORK, RemoteFault};

pub(in crate::checks) struct RemoteGatewayShape;

impl Rule for RemoteGatewayShape {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for (gateway, fault) in mesh.remote_faults() {
            let who = path(gateway.object);
            let (message, help) = match fault {
                RemoteFault::Addresses => (
                    format!("Gateway {who} points to another cluster and has no address of it"),
                    "write the address into `spec.addresses`".to_owned(),
                ),
                RemoteFault::Network => (
                    format!("Gateway {who} points to another cluster and does not say which network it is"),
                    format!("label it `{NETWORK}`"),
                ),
            };
            out.finding(name_of(gateway.object))
                .about(gateway.object)
                .say(message)
                .label("points nowhere")
                .note("istiod leaves the pointer out, and nothing of the other cluster is reached")
                .help(help);
        }
    }
}
