//! `unknown-mesh-key`: the words are in rules/unknown-mesh-key.md.
use super::mesh_keys;
use super::prelude::*;
use crate::model::{Labels, Resource, Spec};
use rustc_hash::FxHashSet;

pub(in crate::checks) struct UnknownMeshKey;

impl Rule for UnknownMeshKey {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        // most keys are the same few everywhere
        let mut fine: FxHashSet<&str> = FxHashSet::default();
        for resource in mesh.resources() {
            for labels in all(resource) {
                for (key, value) in labels {
                    if fine.contains(&***key) {
                        continue;
                    }
                    let Some((known, distance)) = mesh_keys::meant(key) else {
                        fine.insert(key);
                        continue;
                    };
                    let draft = out
                        .finding(key)
                        .of(&resource.id)
                        .say(format!("`{key}` is no key that the mesh reads; `{known}` is"))
                        .label("looks like a slip of the keyboard")
                        .note("nothing reads this key: the setting has no effect");
                    let what = format!("rename it to `{known}`");
                    if labels.get(known).is_some() {
                        draft.help("remove it: the right key is there as well").fix(Manual, "remove it");
                    } else if distance > 1 {
                        draft.help(format!("{what} if that is what you mean")).fix(Manual, what);
                    } else {
                        draft.help(what.clone()).fix_by(Safe, what, |e| _ = e.rename(value.node(), known));
                    }
                }
            }
        }
    }
}

/// All labels and annotations of a resource, its own and those it gives to others.
fn all(resource: &Resource) -> impl Iterator<Item = &Labels> {
    let own = [resource.meta.labels.as_deref(), resource.meta.annotations.as_deref()];
    let given = match &resource.spec {
        Spec::Workload(workload) => {
            workload.template.as_ref().and_then(|t| t.metadata.as_ref()).map(|m| [m.labels.as_deref(), m.annotations.as_deref()])
        }
        Spec::Gateway(gateway) => gateway.spec.infrastructure.as_deref().map(|i| [i.labels.as_deref(), i.annotations.as_deref()]),
        Spec::Parameters(params) => params.pod_template().map(|t| [t.extra_labels.as_deref(), t.extra_annotations.as_deref()]),
        _ => None,
    };
    own.into_iter().chain(given.into_iter().flatten()).flatten()
}
