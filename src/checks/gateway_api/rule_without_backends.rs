//! `rule-without-backends`: the words are in rules/rule-without-backends.md.
use super::prelude::*;

pub(in crate::checks) struct RuleWithoutBackends;

impl Rule for RuleWithoutBackends {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for (route, rule) in mesh.idle_rules() {
            out.finding(rule)
                .about(route.object)
                .say(format!("a rule of {} has no backend and no redirect: every request that it takes gets 500", route.object.id))
                .label("nowhere to go")
                .note("the Gateway API asks for the status 500 where a rule leads to no backend")
                .help("add `backendRefs`, or a filter that answers: `RequestRedirect`, or one of the product's own");
        }
    }
}
