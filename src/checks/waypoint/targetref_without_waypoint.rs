//! `targetref-without-waypoint`: the words are in rules/targetref-without-waypoint.md.
use super::prelude::*;
use crate::mesh::USE_WAYPOINT;

pub(in crate::checks) struct TargetrefWithoutWaypoint;

impl Rule for TargetrefWithoutWaypoint {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for aim in mesh.aims().into_iter().filter(|aim| aim.is_istio() && aim.unreadable().is_none()) {
            let Some(service) = aim.without_waypoint() else { continue };
            let help = format!("bind the Service or its namespace to a waypoint with `{USE_WAYPOINT}`");
            out.finding(aim.name)
                .about(aim.policy)
                .say(format!("{} targets Service {}, which has no waypoint to enforce it", aim.policy.id, path(service.object)))
                .label("no waypoint stands before it")
                .also(name_of(service.object), format!("no `{USE_WAYPOINT}` here or on its namespace"))
                .note("ztunnel reads no policy with targetRefs and neither do the pods: the policy is enforced nowhere")
                .help(help.clone())
                .fix(Manual, help);
        }
    }
}
