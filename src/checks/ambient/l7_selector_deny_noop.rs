//! `l7-selector-deny-noop`: the words are in rules/l7-selector-deny-noop.md.
use super::at_ztunnel::report;
use super::prelude::*;
use crate::mesh::Outcome;

pub(in crate::checks) struct L7SelectorDenyNoop;

impl Rule for L7SelectorDenyNoop {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        report(mesh, out, Outcome::Idle, |policy, field| {
            (
                format!("{policy} denies by `{field}`, which ztunnel does not read: the rule denies nothing"),
                "ztunnel strips the field, and a part of a rule that is left empty never matches: the requests get through",
            )
        });
    }
}
