//! `waypoint-listener-shape`: the words are in rules/waypoint-listener-shape.md.
use serde_json::json;

use super::prelude::*;
use crate::mesh::{GatewayView, ListenerView, ShapeFault};

pub(in crate::checks) struct WaypointListenerShape;

const NEEDS: &str = "a waypoint has one listener, on port 15008 with protocol HBONE";

impl Rule for WaypointListenerShape {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for gateway in mesh.gateways() {
            for fault in gateway.shape_faults() {
                report(out, gateway, fault);
            }
        }
    }
}

fn report(out: &mut Findings, gateway: GatewayView<'_>, fault: ShapeFault<'_>) {
    let (name, class) = (path(gateway.object), &gateway.spec.gateway_class_name);
    // one of several, or one for a host, may be meant for something else
    let alone = |l: ListenerView<'_>| if gateway.listeners().len() == 1 && l.hostname.is_none() { Unsafe } else { Manual };
    let dead = "istiod does not accept the listener, and what is bound to the waypoint goes without it";
    match fault {
        ShapeFault::Empty => out.finding(class).say(format!("waypoint {name} has no listener")).label(NEEDS).note(dead).fix_by(
            Unsafe,
            "add a listener `mesh` on port 15008 with protocol HBONE",
            |e| {
                e.append(gateway.object.node, &["spec", "listeners"], json!({ "name": "mesh", "port": 15008, "protocol": "HBONE" }));
            },
        ),
        ShapeFault::Case(l) => out
            .finding(l.protocol)
            .say(format!("waypoint {name} has a listener with protocol `{}`: it is written `HBONE`", l.protocol))
            .label("an unknown protocol")
            .note(dead)
            .fix_by_setting(Unsafe, "use `HBONE`", l.protocol.node(), "HBONE"),
        ShapeFault::Protocol(l) => out
            .finding(l.protocol)
            .say(format!("waypoint {name} listens with protocol `{}`, not HBONE on port 15008", l.protocol))
            .label(NEEDS)
            .note(dead)
            .fix_by(alone(l), "make it one listener on port 15008 with protocol HBONE", |e| {
                e.insert(l.node, &["port"], 15008).set(l.protocol.node(), "HBONE");
            }),
        ShapeFault::Port(l) => {
            let draft = match l.port {
                Some(port) => out.finding(port).say(format!("waypoint {name} listens on port {port}, not 15008")),
                None => out.finding(l.name).say(format!("waypoint {name} does not listen on port 15008")),
            };
            let draft = draft.label("ztunnel connects to port 15008").note(dead);
            match l.port {
                Some(port) => draft.fix_by_setting(Unsafe, "use port 15008", port.node(), 15008),
                None => draft.fix(Manual, "use port 15008"),
            }
        }
        ShapeFault::Repeated(l) => out
            .finding(l.name)
            .say(format!("waypoint {name} has a second listener on port 15008 with protocol HBONE: `{}`", l.name))
            .label(NEEDS)
            .note(dead)
            .fix_by(Unsafe, "remove the second listener", |e| _ = e.remove(l.node)),
        ShapeFault::Extra(l) => out
            .finding(l.name)
            .otherwise()
            .say(format!("listener `{}` of waypoint {name} is not accepted: {NEEDS}", l.name))
            .label("one too many")
            .note("istiod refuses this listener; the others work")
            .fix_by(Unsafe, "remove the listener", |e| _ = e.remove(l.node)),
        ShapeFault::OnIngress(l) => out
            .finding(l.protocol)
            .say(format!("Gateway {name} of class `{class}` has a listener with protocol `{}`, which only waypoints have", l.protocol))
            .label("not accepted with this class")
            .also(class, "an ingress gateway")
            .note("istiod does not accept the listener, and the Gateway is no waypoint")
            .fix_by(alone(l), "use class `istio-waypoint`", |e| {
                e.set(class.node(), "istio-waypoint");
                if !l.is_mesh_listener() {
                    e.insert(l.node, &["port"], 15008).insert(l.node, &["protocol"], "HBONE");
                }
            }),
    }
    .about(gateway.object)
    .help(match fault {
        ShapeFault::OnIngress(_) => "set `gatewayClassName: istio-waypoint` if it is to be a waypoint",
        ShapeFault::Extra(_) | ShapeFault::Repeated(_) => "remove this listener",
        _ => "give the waypoint one listener, on port 15008 with protocol HBONE",
    });
}
