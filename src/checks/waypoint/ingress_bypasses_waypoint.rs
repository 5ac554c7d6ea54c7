//! `ingress-bypasses-waypoint`: the words are in rules/ingress-bypasses-waypoint.md.
use super::prelude::*;
use crate::mesh::{Binding, INGRESS_USE_WAYPOINT, Product, ServiceView};

pub(in crate::checks) struct IngressBypassesWaypoint;

const THROUGH: &str = "add the label `istio.io/ingress-use-waypoint: \"true\"` to the Service";

impl Rule for IngressBypassesWaypoint {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for route in mesh.routes() {
            let mut seen = Vec::new();
            let ways = route.ingresses().flat_map(|ingress| route.backends().map(move |backend| (ingress, backend)));
            for (ingress, backend) in ways.filter(|(_, backend)| !backend.mirror) {
                // a Service without an address of its own has no way through a waypoint
                let here = |s: &ServiceView<'_>| s.object.cluster() == route.object.cluster() && s.has_vip() && !seen.contains(&s.object);
                let Some(service) = backend.services().into_iter().find(here) else { continue };
                let Binding::Bound { gateway: waypoint, label } = service.binding() else { continue };
                if waypoint.product == Product::GlooWaypoint {
                    continue;
                }
                let certainty = match (service.ingress_use_waypoint(), service.ingress_passes_waypoint(ingress)) {
                    // told, but with a value that nobody or not this product reads: that is the mistake to show
                    _ if service.asks_for_ingress_waypoint() => continue,
                    (_, Fact::Known(true)) => continue,
                    (Fact::Unknown, _) | (_, Fact::Unknown) => Possible,
                    _ => Certainty::Sure,
                };
                // whether a host's one address leads through the waypoint after all is not settled
                let certainty = if backend.service().is_some() { certainty } else { Possible };
                let carried = service.carried(waypoint, ingress);
                let Some(first) = carried.first() else { continue };
                seen.push(service.object);
                let others = if carried.len() > 1 { format!(" and {} more", carried.len() - 1) } else { String::new() };
                let draft = out
                    .finding(backend.name())
                    .about(route.object)
                    .certainty(certainty)
                    .say(format!(
                        "traffic from {} to {} skips waypoint {} and with it {}{others}",
                        ingress.object.id,
                        path(service.object),
                        path(waypoint.object),
                        first.object.id
                    ))
                    .label("reached past its waypoint")
                    .also_at(label.node, "bound to the waypoint here");
                carried
                    .iter()
                    .fold(draft, |draft, c| draft.also(name_of(c.object), "not applied to this traffic"))
                    .note("the gateway sends straight to the pods; only traffic inside the mesh goes through the waypoint")
                    .help("label the Service `istio.io/ingress-use-waypoint: \"true\"`")
                    .fix_by(if service.declines_ingress_waypoint() { Manual } else { Unsafe }, THROUGH, |e| {
                        e.insert(service.object.node, &["metadata", "labels", INGRESS_USE_WAYPOINT], "true");
                    });
            }
        }
    }
}
