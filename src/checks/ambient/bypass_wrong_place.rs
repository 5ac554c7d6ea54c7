//! `bypass-wrong-place`: the words are in rules/bypass-wrong-place.md.
use super::prelude::*;

pub(in crate::checks) struct BypassWrongPlace;

impl Rule for BypassWrongPlace {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for found in mesh.misplaced_bypasses() {
            let (what, on) = (if found.label { "label" } else { "annotation" }, if found.in_metadata { "on" } else { "in" });
            out.finding(found.key)
                .about(found.object)
                .say(format!("{what} `{}` {on} {} does nothing: it counts only as an annotation on pods", found.key, found.object.id))
                .label("nothing reads it here")
                .note("ztunnel still captures what the gateway receives")
                .help("move it to the annotations of the gateway's pods")
                .fix(Unsafe, "move it to the annotations of the pods");
        }
    }
}
