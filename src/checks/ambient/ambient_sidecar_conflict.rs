//! `ambient-sidecar-conflict`: the words are in rules/ambient-sidecar-conflict.md.
use super::prelude::*;
use crate::model::Kind;

pub(in crate::checks) struct AmbientSidecarConflict;

impl Rule for AmbientSidecarConflict {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for found in mesh.sidecar_conflicts() {
            let Some(node) = found.sidecar.node else { continue };
            let message = match (found.object.kind, found.revision_only) {
                (Kind::Namespace, false) => {
                    format!("namespace `{}` enrols its pods in ambient and injects sidecars too", found.object.id.name)
                }
                (Kind::Namespace, true) => {
                    format!("namespace `{}` enrols its pods in ambient and has a revision, which injects sidecars", found.object.id.name)
                }
                (_, false) => format!("pods of {} are enrolled in ambient and get a sidecar too", found.object.id),
                (_, true) => format!(
                    "pods of {} are enrolled in ambient and their namespace has a revision, which injects sidecars",
                    found.object.id
                ),
            };
            let draft = out
                .finding(node)
                .about(found.object)
                .say(message)
                .label("asks for a sidecar")
                .also_at(found.ambient.node, "asks for ambient")
                .note("a pod with a sidecar leaves the ambient mesh: ztunnel does not capture it, and its traffic takes the sidecar's way")
                .help("remove the request for a sidecar, or the one for ambient")
                .fix(Manual, "decide for one of the two");
            // on the way from sidecars to ambient, and while a revision is replaced, a namespace has both
            if found.revision_only {
                draft.certainty(Likely);
            }
        }
    }
}
