//! `waypoint-cross-namespace-denied`: the words are in rules/waypoint-cross-namespace-denied.md.
use super::prelude::*;
use crate::checks::admit::admit;
use crate::mesh::{Admission, Unfit, allowing_places};

pub(in crate::checks) struct WaypointCrossNamespaceDenied;

impl Rule for WaypointCrossNamespaceDenied {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for (waypoint, claims) in mesh.refused_claims(Unfit::Namespace) {
            let mut seen = Vec::new();
            for (first, label) in &claims {
                let (Some(node), Some(namespace)) = (label.node, first.namespace.name()) else { continue };
                if seen.contains(&namespace) {
                    continue;
                }
                seen.push(namespace);
                let others = claims.iter().filter(|(c, l)| c.namespace == first.namespace && l.node != label.node);
                let draft = out
                    .finding(node)
                    .about(first.object)
                    .say(format!("waypoint {} does not admit namespace `{namespace}`", path(waypoint.object)))
                    .label("not admitted by this waypoint");
                let draft = allowing_places(waypoint.object, None).into_iter().fold(draft, |draft, (place, says)| draft.also(place, says));
                let draft = others
                    .filter_map(|(_, l)| l.node)
                    .fold(draft, |draft, place| draft.also(place, "nor is this"))
                    .note("traffic goes straight to the pods, and no policy of the waypoint is enforced on it")
                    .help("let the listener of the waypoint admit the namespace with `allowedRoutes.namespaces`");
                match waypoint.waypoint_admission(first) {
                    Some(how) => {
                        let title = match how {
                            Admission::Labels(..) => format!("give namespace `{namespace}` the labels that the waypoint asks for"),
                            _ => format!("admit namespace `{namespace}` at the listener of the waypoint by a selector"),
                        };
                        draft.fix_by(Unsafe, title, |e| admit(&how, namespace, e))
                    }
                    None => draft.fix(Manual, format!("admit namespace `{namespace}` at the listener of the waypoint")),
                };
            }
        }
    }
}
