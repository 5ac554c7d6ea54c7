//! `rule-without-backends`: the words are in rules/rule-without-backends.md.
use super::prelude::*;
use crate::mesh::RouteView;
use crate::mesh::routing::{Action, Failure};

pub(in crate::checks) struct RuleWithoutBackends;

impl Rule for RuleWithoutBackends {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for route in mesh.routes().filter(RouteView::lacks_backends) {
            for rule in route.routing_rules() {
                let Action::Fail(Failure::NoBackend, _) = rule.action else { continue };
                // a policy may answer in its place
                let certainty = if route.has_policies() { Possible } else { Certainty::Sure };
                let place = if rule.node == route.object.node { name_of(route.object) } else { Place::Node(rule.node) };
                out.finding(place)
                    .about(route.object)
                    .certainty(certainty)
                    .say(format!("rule {} of {} sends requests nowhere", rule.index + 1, route.object.id))
                    .label("has no `backendRefs` and no redirect")
                    .note("every request that the rule takes is answered with 500")
                    .help("give the rule a backend, or a RequestRedirect filter");
            }
        }
    }
}
