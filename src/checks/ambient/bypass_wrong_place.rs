//! `bypass-wrong-place`: the words are in rules/bypass-wrong-place.md.
use super::bypass;
use super::prelude::*;

pub(in crate::checks) struct BypassWrongPlace;

impl Rule for BypassWrongPlace {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for found in mesh.misplaced_bypasses() {
            let (what, on) = (if found.label { "label" } else { "annotation" }, if found.in_metadata { "on" } else { "in" });
            let draft = out
                .finding(found.key)
                .about(found.object)
                .say(format!("{what} `{}` {on} {} does nothing: it counts only as an annotation on pods", found.key, found.object.id))
                .label("nothing reads it here")
                .note("ztunnel still captures what the gateway receives")
                .help("move it to the annotations of the gateway's pods");
            match found.home() {
                Some(home) => draft.fix_by(bypass::level(&home), bypass::title("move", "it", &home), |edits| {
                    if let Some((labels, key)) = found.labels_meant_as_annotations() {
                        edits.rename(labels, key);
                    } else {
                        edits.remove(found.alone_in.unwrap_or_else(|| found.value.node()));
                        bypass::add(edits, &home, found.value);
                    }
                }),
                None if found.is_settled() => draft.fix_by(Unsafe, "remove it: the pods have the annotation already", |edits| {
                    edits.remove(found.alone_in.unwrap_or_else(|| found.value.node()));
                }),
                None => draft.fix(Manual, "move it to the annotations of the pods"),
            };
        }
    }
}
