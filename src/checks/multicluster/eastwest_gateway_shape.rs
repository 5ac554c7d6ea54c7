//! `eastwest-gateway-shape`: the words are in rules/eastwest-gateway-shape.md.
use super::prelude::*;
use crate::mesh::{EastWestFault, NETWORK, east_west_certainty};

pub(in crate::checks) struct EastwestGatewayShape;

impl Rule for EastwestGatewayShape {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for (gateway, fault) in mesh.east_west_faults() {
            let (who, class) = (path(gateway.object), &gateway.spec.gateway_class_name);
            let (place, message, help) = match fault {
                EastWestFault::Class(instead) => (
                    class.node(),
                    format!("east-west Gateway {who} is of a class that this distribution of Istio does not have"),
                    format!("set the class to `{instead}`"),
                ),
                EastWestFault::NoTunnel => (
                    class.node(),
                    format!("east-west Gateway {who} has no listener for the tunnel between clusters"),
                    "add a listener with port 15008 and protocol `HBONE`".to_owned(),
                ),
                EastWestFault::Mode(at, wanted) => (
                    at,
                    format!("the tunnel of east-west Gateway {who} needs the TLS mode `{wanted}`"),
                    format!("set `tls.mode` to `{wanted}`"),
                ),
                EastWestFault::NoNetwork => (
                    gateway.object.name_place(),
                    format!("east-west Gateway {who} does not say for which network it is"),
                    format!("label it `{NETWORK}`"),
                ),
                EastWestFault::Extra(protocol) => (
                    protocol.node(),
                    format!("east-west Gateway {who} has a listener for {}", **protocol),
                    "use protocol `TLS` with mode `Passthrough`".to_owned(),
                ),
            };
            out.finding(place)
                .about(gateway.object)
                .certainty(east_west_certainty(&fault))
                .say(message)
                .label("not as istiod takes it")
                .note("istiod refuses the listener or the Gateway, and other clusters do not reach this one")
                .help(help.clone())
                .fix(Manual, help);
        }
    }
}
