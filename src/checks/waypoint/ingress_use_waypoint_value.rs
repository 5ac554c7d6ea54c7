//! `ingress-use-waypoint-value`: the words are in rules/ingress-use-waypoint-value.md.
use rustc_hash::FxHashSet;

use super::prelude::*;
use crate::mesh::{Binding, INGRESS_USE_WAYPOINT, means_no, parse_bool};
use crate::model::Kind;

pub(in crate::checks) struct IngressUseWaypointValue;

impl Rule for IngressUseWaypointValue {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for object in [Kind::Namespace, Kind::Service, Kind::ServiceEntry].into_iter().flat_map(|kind| mesh.objects(kind)) {
            let Some(label) = object.own_label(INGRESS_USE_WAYPOINT) else { continue };
            let Some(node) = label.node.filter(|_| parse_bool(label.value).is_none() && !means_no(label.value)) else { continue };
            out.finding(node)
                .about(object)
                .say(format!(
                    "{} has `{INGRESS_USE_WAYPOINT}: {}`, which is no boolean and counts as false",
                    object.id,
                    quoted(label.value)
                ))
                .label("read as false")
                .note("ingress goes past the waypoint; on a Service the value also hides that of the namespace")
                .help("set it to `\"true\"`")
                .fix_by_setting(Unsafe, "use `\"true\"`", node, "true");
        }
        let mut seen = FxHashSet::default();
        for route in mesh.routes() {
            let Some(ingress) = route.ingresses().find(|g| g.product.needs_capture()) else { continue };
            for service in route.backends().filter(|b| !b.mirror).flat_map(|b| b.services()) {
                // the first of the gateways that send to it is the one to name
                if !seen.insert((service.object.cluster(), service.object.ix())) {
                    continue;
                }
                let Fact::Known((true, Some(label))) = service.ingress_use_waypoint() else { continue };
                let Some(node) = label.node.filter(|_| label.value != "true" && matches!(service.binding(), Binding::Bound { .. })) else {
                    continue;
                };
                out.finding(node)
                    .about(service.object)
                    .otherwise()
                    .say(format!("{} reads only `true` in `{INGRESS_USE_WAYPOINT}`, not `{}`", ingress.product.name(), label.value))
                    .label("Istio takes this for true, kgateway does not")
                    .also(name_of(ingress.object), "this Gateway goes past the waypoint")
                    .note("traffic from this Gateway skips the waypoint and its policies")
                    .help("set it to `\"true\"`")
                    .fix_by_setting(Unsafe, "use `\"true\"`", node, "true");
            }
        }
    }
}

fn quoted(value: &str) -> String {
    if value.is_empty() { "\"\"".to_owned() } else { value.to_owned() }
}
