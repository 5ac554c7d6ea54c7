//! `edge-policy-overload`: the words are in rules/edge-policy-overload.md.
use super::prelude::*;
use crate::mesh::in_words;

pub(in crate::checks) struct EdgePolicyOverload;

impl Rule for EdgePolicyOverload {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for edge in mesh.edge_policies() {
            let Some((first, place)) = edge.settings.first() else { continue };
            let names = in_words(edge.settings.iter().map(|(name, _)| format!("`{name}`")));
            out.finding(Place::KeyOf(*place))
                .about(edge.policy)
                .certainty(edge.certainty)
                .say(format!("{} sets {names} at the gateway, while everything behind {} passes a waypoint", edge.policy.id, edge.at.id))
                .label(format!("`{first}` acts on requests from outside only"))
                .also_at(edge.target.name.as_ref(), "acts here")
                .also(name_of(edge.waypoint), "sees these requests too, and those from inside the mesh")
                .note("callers inside the mesh do not meet this setting, and the waypoint's own comes on top of it")
                .help("leave limits and user authentication at the gateway, and set the rest where the waypoint applies it");
        }
    }
}
