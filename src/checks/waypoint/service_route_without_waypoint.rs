//! `service-route-without-waypoint`: the words are in rules/service-route-without-waypoint.md.
use super::prelude::*;
use crate::mesh::USE_WAYPOINT;

pub(in crate::checks) struct ServiceRouteWithoutWaypoint;

impl Rule for ServiceRouteWithoutWaypoint {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for (route, reference, service, certainty) in mesh.unserved_routes() {
            let help = format!("bind the Service or its namespace to a waypoint with `{USE_WAYPOINT}`");
            out.finding(&reference.name)
                .about(route.object)
                .certainty(certainty)
                .say(format!("{} governs Service {}, which has no waypoint to follow it", route.object.id, path(service.object)))
                .label("no waypoint stands before it")
                .also(name_of(service.object), format!("no `{USE_WAYPOINT}` here or on its namespace"))
                .note("ztunnel reads no routes: requests go to the pods as if the route were not there, and it gets the condition MissingUseWaypointLabel")
                .help(help.clone())
                .fix(Manual, help);
        }
    }
}
