//! `waypoint-cross-namespace-denied`: the words are in rules/waypoint-cross-namespace-denied.md.
use serde_json::json;

use super::prelude::*;
use crate::checks::finding::Edits;
use crate::mesh::{Admission, NAMESPACE_NAME, Unfit, allowing_places};

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
                let title = format!("admit namespace `{namespace}` at the listener of the waypoint by a selector");
                match waypoint.mesh_listener().and_then(|l| l.admission(waypoint.object)) {
                    Some(how) => draft.fix_by(Unsafe, title, |e| admit(e, &how, namespace)),
                    None => draft.fix(Manual, title),
                };
            }
        }
    }
}

/// Lets a namespace in by its name, beside those that are let in already.
fn admit(edits: &mut Edits, how: &Admission, namespace: &str) {
    let names = |first: &str| json!([{ "key": NAMESPACE_NAME, "operator": "In", "values": [first, namespace] }]);
    match how {
        Admission::Own { listener, own } => {
            let rule = json!({ "from": "Selector", "selector": { "matchExpressions": names(own) } });
            edits.insert(*listener, &["allowedRoutes", "namespaces"], rule)
        }
        Admission::Named { selector, labels, name } => edits.remove(*labels).insert(*selector, &["matchExpressions"], names(name)),
        Admission::Listed(requirement) => edits.append(*requirement, &["values"], namespace),
    };
}
