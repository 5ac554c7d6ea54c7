//! `use-waypoint-namespace-orphan`: the words are in rules/use-waypoint-namespace-orphan.md.
use super::prelude::*;
use crate::mesh::{USE_WAYPOINT, USE_WAYPOINT_NAMESPACE};

pub(in crate::checks) struct UseWaypointNamespaceOrphan;

impl Rule for UseWaypointNamespaceOrphan {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for object in mesh.waypoint_users() {
            let Some((key, _)) = object.orphaned_waypoint_namespace() else { continue };
            out.finding(key)
                .about(object)
                .say(format!("{} has `{USE_WAYPOINT_NAMESPACE}` without `{USE_WAYPOINT}`, and alone it does nothing", object.id))
                .label(format!("read only beside `{USE_WAYPOINT}`"))
                .note("which namespace to look in is read from the object that names the waypoint, from no other")
                .help(format!("add `{USE_WAYPOINT}` with the name of the waypoint, or remove this label"))
                .fix(Manual, format!("add the label `{USE_WAYPOINT}` with the name of the waypoint"));
        }
    }
}
