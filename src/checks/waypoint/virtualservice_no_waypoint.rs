//! `virtualservice-no-waypoint`: the words are in rules/virtualservice-no-waypoint.md.
use super::prelude::*;
use crate::mesh::USE_WAYPOINT;

pub(in crate::checks) struct VirtualserviceNoWaypoint;

impl Rule for VirtualserviceNoWaypoint {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for found in mesh.unserved_virtual_hosts() {
            let help = format!("bind the Service or its namespace to a waypoint with `{USE_WAYPOINT}`");
            out.finding(found.host)
                .about(found.object)
                .say(format!("{} is for Service {}, which has no waypoint to follow it", found.object.id, path(found.service.object)))
                .label("no waypoint stands before it")
                .also(name_of(found.service.object), format!("no `{USE_WAYPOINT}` here or on its namespace"))
                .note("ztunnel reads no VirtualService, and there are no sidecars that would: requests go to the pods as if it were not there")
                .help(help.clone())
                .fix(Manual, help);
        }
    }
}
