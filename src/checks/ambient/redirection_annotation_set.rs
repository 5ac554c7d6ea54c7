//! `redirection-annotation-set`: the words are in rules/redirection-annotation-set.md.
use super::prelude::*;

pub(in crate::checks) struct RedirectionAnnotationSet;

impl Rule for RedirectionAnnotationSet {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for (object, label) in mesh.written_redirections() {
            let Some(node) = label.node else { continue };
            let off = matches!(label.value, "disabled" | "false" | "none");
            let help =
                if off { "label the pods `istio.io/dataplane-mode: none` and remove the annotation" } else { "remove the annotation" };
            let draft = out
                .finding(Place::KeyOf(node))
                .about(object)
                .say(format!("{} has the annotation `ambient.istio.io/redirection`, which istio-cni writes and nobody reads", object.id))
                .label("a status, not a setting")
                .note("istio-cni writes there whether it captures a pod, and takes no notice of what is written before")
                .help(help);
            if off {
                draft.fix(Manual, help);
            } else {
                draft.fix_by(Unsafe, help, |e| _ = e.remove(node));
            }
        }
    }
}
