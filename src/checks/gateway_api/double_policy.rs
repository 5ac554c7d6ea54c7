//! `double-policy`: the words are in rules/double-policy.md.
use super::prelude::*;
use crate::mesh::{Doubled, Twice};

pub(in crate::checks) struct DoublePolicy;

impl Rule for DoublePolicy {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for Doubled { what, edge, edge_place, waypoint, waypoint_place, service } in mesh.doubled() {
            let (words, note) = match what {
                Twice::Timeout => ("set the same timeout", "both clocks run; which of them ends a request is left to chance"),
                Twice::Retries => ("retry", "each try of the gateway is tried again at the waypoint: the numbers multiply"),
                Twice::Split => (
                    "make the same split",
                    "what the gateway sends to one Service is split again at its waypoint: the shares are not those that are written",
                ),
            };
            let place = |node| if what == Twice::Retries { Place::KeyOf(node) } else { Place::Node(node) };
            out.finding(place(edge_place))
                .about(edge.object)
                .say(format!(
                    "{} at the gateway and {} at the waypoint both {words} for {}",
                    edge.object.id, waypoint.object.id, service.object.id
                ))
                .label("at the gateway")
                .also(place(waypoint_place), "and again at the waypoint")
                .note(note)
                .help("keep it at the waypoint, where callers inside the mesh meet it too");
        }
    }
}
