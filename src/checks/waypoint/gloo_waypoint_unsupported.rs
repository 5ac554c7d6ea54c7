//! `gloo-waypoint-unsupported`: the words are in rules/gloo-waypoint-unsupported.md.
use super::prelude::*;
use crate::mesh::{Binding, GlobalScope, INGRESS_USE_WAYPOINT, Product};

pub(in crate::checks) struct GlooWaypointUnsupported;

impl Rule for GlooWaypointUnsupported {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for service in mesh.services() {
            let Binding::Bound { gateway: waypoint, label: bound } = service.binding() else { continue };
            if waypoint.product != Product::GlooWaypoint {
                continue;
            }
            let ingress = match service.ingress_use_waypoint() {
                Fact::Known((true, Some(label))) => label.node.map(|node| {
                    let what =
                        format!("takes no traffic from ingress: `{INGRESS_USE_WAYPOINT}` does not work with Gloo Gateway as waypoint");
                    (
                        node,
                        what,
                        "not supported by this waypoint",
                        "gateways send straight to the pods, and the waypoint's policies are not enforced",
                    )
                }),
                _ => None,
            };
            let global = match service.scope() {
                Fact::Known((GlobalScope::Global | GlobalScope::Segment, Some(label))) => label.node.map(|node| {
                    let what = "can't serve a Service with a global host: Gloo Gateway is a waypoint for one cluster only".to_owned();
                    (
                        node,
                        what,
                        "seen by other clusters",
                        "callers that use the global host are not served as the policies of the waypoint say",
                    )
                }),
                _ => None,
            };
            for (node, what, says, note) in ingress.into_iter().chain(global) {
                out.finding(node)
                    .about(service.object)
                    .say(format!("waypoint {} of {} {what}", path(waypoint.object), service.object.id))
                    .label(says)
                    .also(&waypoint.spec.gateway_class_name, "Gloo Gateway's waypoint")
                    .also_at(bound.node, "bound here")
                    .note(note)
                    .help("use a waypoint of class `istio-waypoint`")
                    .fix(Manual, "use a waypoint of class `istio-waypoint`");
            }
        }
    }
}
