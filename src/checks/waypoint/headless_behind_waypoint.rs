//! `headless-behind-waypoint`: the words are in rules/headless-behind-waypoint.md.
use super::prelude::*;

pub(in crate::checks) struct HeadlessBehindWaypoint;

impl Rule for HeadlessBehindWaypoint {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for service in mesh.headless_behind_waypoints() {
            let spec = service.spec.spec.as_deref();
            let place = spec.and_then(|s| s.cluster_ip.as_ref().or(s.cluster_ips.first())).map(crate::yaml::At::node);
            let label = service.ingress_use_waypoint().known().and_then(|(_, label)| label).and_then(|l| l.node);
            out.finding(place.unwrap_or_else(|| service.object.name_place()))
                .about(service.object)
                .say(format!("{} is headless, so that ingress goes past its waypoint", service.object.id))
                .label("no address of its own")
                .also_at(label, "ingress is to pass the waypoint")
                .note(
                    "a waypoint takes traffic for the address of a Service; of a headless one the gateway knows pods only, and sends there",
                )
                .help("give the Service an address (`clusterIP`), or a second Service for ingress");
        }
    }
}
