//! `policy-blocks-waypoint`: the words are in rules/policy-blocks-waypoint.md.
use super::prelude::*;

pub(in crate::checks) struct PolicyBlocksWaypoint;

/// istiod's setting by which it allows waypoints in by itself.
const AUTO: &str = "PILOT_AUTO_ALLOW_WAYPOINT_POLICY";

impl Rule for PolicyBlocksWaypoint {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for found in mesh.unadmitted_waypoints() {
            if found.policy.platform().istiod_switch(AUTO) == Some(true) {
                continue;
            }
            let (waypoint, service) = (path(found.gateway.object), path(found.service.object));
            let help = format!("allow the principal `{}`, and move the rule for clients to `targetRefs`", found.principal);
            let draft = out
                .finding(name_of(found.policy))
                .about(found.policy)
                .certainty(if mesh.settings().complete { Certainty::Sure } else { Likely })
                .say(format!("{} does not let the waypoint {waypoint} in, which stands before Service {service}", found.policy.id))
                .label("allows others only")
                .also(name_of(found.gateway.object), "the waypoint")
                .note(format!(
                    "behind the waypoint all requests come from `{}`: ztunnel closes the connection, and clients get 503",
                    found.principal
                ))
                .help(help.clone());
            match found.list {
                Some((source, list, entry)) => {
                    draft.fix_by(Unsafe, format!("add `{entry}` to `{list}`"), |e| _ = e.append(source, &[list], entry.clone()));
                }
                None => _ = draft.fix(Manual, help),
            }
        }
    }
}
