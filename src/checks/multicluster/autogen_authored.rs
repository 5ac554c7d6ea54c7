//! `autogen-authored`: the words are in rules/autogen-authored.md.
use super::prelude::*;

pub(in crate::checks) struct AutogenAuthored;

impl Rule for AutogenAuthored {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for object in mesh.authored_entries() {
            out.finding(name_of(object))
                .about(object)
                .say(format!("{} has the name of one that istiod generates for a global Service", object.id))
                .label("istiod's own")
                .note("istiod writes these from the Services of all clusters and overwrites or deletes what stands there")
                .help("label the Service `solo.io/service-scope: global` and leave the rest to istiod");
        }
    }
}
