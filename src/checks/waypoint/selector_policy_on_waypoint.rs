//! `selector-policy-on-waypoint`: the words are in rules/selector-policy-on-waypoint.md.
use super::prelude::*;

pub(in crate::checks) struct SelectorPolicyOnWaypoint;

/// istiod's setting by which waypoints read policies with a selector too.
const LAYERED: &str = "ENABLE_LAYERED_WAYPOINT_AUTHORIZATION_POLICIES";

impl Rule for SelectorPolicyOnWaypoint {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for found in mesh.selectors_on_waypoints() {
            if found.object.platform().istiod_switch(LAYERED) == Some(true) {
                continue;
            }
            let name = &found.waypoint.object.id.name;
            let help = format!("write `targetRefs` with the Gateway `{name}` in place of the selector");
            out.finding(found.selector)
                .about(found.object)
                .say(format!(
                    "{} selects the pods of the waypoint {}, which reads no policy with a selector",
                    found.object.id,
                    path(found.waypoint.object)
                ))
                .label("takes the waypoint's pods")
                .also(name_of(found.waypoint.object), "this waypoint")
                .note("a waypoint enforces what names it, its class or a Service behind it: this policy is enforced nowhere")
                .help(help.clone())
                .fix(Manual, help);
        }
    }
}
