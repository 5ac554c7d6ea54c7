//! `l7-selector-deny-broad`: the words are in rules/l7-selector-deny-broad.md.
use super::at_ztunnel::report;
use super::prelude::*;
use crate::mesh::Outcome;

pub(in crate::checks) struct L7SelectorDenyBroad;

impl Rule for L7SelectorDenyBroad {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        report(mesh, out, Outcome::Wider, |policy, field| {
            (
                format!("{policy} denies by `{field}`, which ztunnel does not read: the rule denies more than it says"),
                "ztunnel strips the field and enforces the rest, so that every connection which the rest fits is closed",
            )
        });
    }
}
