//! `l7-selector-allow`: the words are in rules/l7-selector-allow.md.
use super::at_ztunnel::report;
use super::prelude::*;
use crate::mesh::Outcome;

pub(in crate::checks) struct L7SelectorAllow;

impl Rule for L7SelectorAllow {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        report(mesh, out, Outcome::Dropped, |policy, field| {
            (
                format!("{policy} allows by `{field}`, which ztunnel does not read: nothing gets in by this rule"),
                "ztunnel leaves the whole rule out, and what no ALLOW rule lets in is denied: connections are closed",
            )
        });
    }
}
