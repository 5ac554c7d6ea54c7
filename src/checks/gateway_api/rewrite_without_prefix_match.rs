//! `rewrite-without-prefix-match`: the words are in rules/rewrite-without-prefix-match.md.
use super::prelude::*;
use crate::mesh::status::Reason;

pub(in crate::checks) struct RewriteWithoutPrefixMatch;

impl Rule for RewriteWithoutPrefixMatch {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for route in mesh.routes() {
            for (rule, fault) in route.rule_faults().into_iter().filter(|(_, fault)| fault.reason == Reason::UnsupportedValue) {
                out.finding(Place::Node(fault.place))
                    .about(route.object)
                    .say(format!("rule {} of {} replaces a prefix, and not all of its matches are prefixes", rule + 1, route.object.id))
                    .label("has no prefix to replace")
                    .note("the API server refuses the route, or the controller does not accept the rule")
                    .help("match by `PathPrefix`, or use `ReplaceFullPath`");
            }
        }
    }
}
