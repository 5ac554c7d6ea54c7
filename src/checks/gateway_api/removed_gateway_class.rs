//! `removed-gateway-class`: the words are in rules/removed-gateway-class.md.
use super::prelude::*;
use crate::mesh::Product;
use crate::model::Kind;

pub(in crate::checks) struct RemovedGatewayClass;

impl Rule for RemovedGatewayClass {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for (gateway, gone) in mesh.removed_waypoints().filter(|(_, gone)| *gone != Some(false)) {
            let help = "use a waypoint of Istio's class `istio-waypoint`";
            let draft = out
                .finding(&gateway.spec.gateway_class_name)
                .about(gateway.object)
                .say(format!("Gateway {} is a waypoint of kgateway, which has none since 2.2", path(gateway.object)))
                .label("no longer served")
                .also_at(gateway.object.platform().kgateway.as_ref().and_then(|v| v.place), "this version")
                .note("no controller takes the Gateway: no proxy runs, and requests go past the waypoint with its policies")
                .help(help)
                .fix(Manual, help);
            if gone.is_none() {
                draft.undecided("gateway.kgateway.version");
            }
        }
        for policy in mesh.objects(Kind::Policy).filter(|o| &*o.id.kind == "HTTPListenerPolicy") {
            if policy.platform().at_least(Product::Kgateway, "2.2.0") == Some(true) {
                out.finding(name_of(policy))
                    .about(policy)
                    .otherwise()
                    .say(format!("{} is of a kind that kgateway has deprecated in 2.2", policy.id))
                    .label("ListenerPolicy takes its place")
                    .note("it works for now, and a later release will not read it")
                    .help("write it as a ListenerPolicy")
                    .fix(Manual, "write it as a ListenerPolicy");
            }
        }
    }
}
