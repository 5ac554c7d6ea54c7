//! `reference-grant-unused`: the words are in rules/reference-grant-unused.md.
use super::prelude::*;

pub(in crate::checks) struct ReferenceGrantUnused;

impl Rule for ReferenceGrantUnused {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for grant in mesh.unused_grants() {
            out.finding(name_of(grant))
                .about(grant)
                .certainty(if mesh.settings().complete { Certainty::Sure } else { Possible })
                .say(format!("{} lets in references that nothing here makes", grant.id))
                .label("not needed")
                .note("it opens the namespace to whoever writes such a reference later")
                .help("take it out")
                .fix(Manual, "take it out");
        }
    }
}
