//! `weights-all-zero`: the words are in rules/weights-all-zero.md.
use super::prelude::*;
use crate::mesh::RouteView;
use crate::mesh::routing::{Action, Failure};

pub(in crate::checks) struct WeightsAllZero;

impl Rule for WeightsAllZero {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for route in mesh.routes().filter(RouteView::has_zero_weights) {
            for rule in route.routing_rules() {
                let Action::Fail(Failure::NoWeight, backends) = &rule.action else { continue };
                let Some((first, others)) = backends.split_first() else { continue };
                let what = if others.is_empty() { "the only backend has weight 0" } else { "every backend has weight 0" };
                let draft = out
                    .finding(Place::Node(first.node))
                    .about(route.object)
                    .say(format!("{what} in rule {} of {}", rule.index + 1, route.object.id))
                    .label("gets no requests");
                others
                    .iter()
                    .fold(draft, |draft, other| draft.also(Place::Node(other.node), "and neither does this"))
                    .note("every request that the rule takes is answered with 500")
                    .help("give a backend a weight above 0; without `weight` it is 1");
            }
        }
    }
}
