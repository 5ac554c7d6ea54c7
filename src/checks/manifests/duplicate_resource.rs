//! `duplicate-resource`: the words are in rules/duplicate-resource.md.
use super::prelude::*;
use crate::model::Resource;
use rustc_hash::FxHashMap;

pub(in crate::checks) struct DuplicateResource;

impl Rule for DuplicateResource {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        let mut seen: FxHashMap<_, Vec<&Resource>> = FxHashMap::default();
        for later in mesh.resources().iter().filter(|r| r.meta.name.is_some()) {
            let earlier = seen.entry(&later.id).or_default();
            if let Some((first, certainty)) = earlier.iter().find_map(|first| Some((*first, clash(mesh, first, later)?))) {
                let words = if first.digest == later.digest { "with the same text" } else { "and the two differ" };
                out.finding(later.name_place())
                    .of(&later.id)
                    .certainty(certainty)
                    .say(format!("{} is defined twice", later.id))
                    .label("defined again here")
                    .also(first.name_place(), "and here first")
                    .note(format!("whichever is applied last stays, {words}"))
                    .help("keep one of them");
            }
            earlier.push(later);
        }
    }
}

/// Whether two definitions of one object meet in a cluster, and how sure that is.
fn clash(mesh: &Mesh, first: &Resource, later: &Resource) -> Option<Certainty> {
    // what different kustomizations reach goes to different places
    if !first.origin.roots.is_empty()
        && !later.origin.roots.is_empty()
        && !first.origin.roots.iter().any(|r| later.origin.roots.contains(r))
    {
        return None;
    }
    let (a, b) = (&first.origin.clusters, &later.origin.clusters);
    let everywhere = a.is_empty() || b.is_empty();
    if !everywhere && !a.iter().any(|c| b.contains(c)) {
        return None;
    }
    let stated = mesh.settings().complete || mesh.cluster_count() > 1;
    // folders of a tree are often environments
    let together = first.node.file == later.node.file || first.origin.folder == later.origin.folder;
    Some(if stated || together { Certainty::Sure } else { Possible })
}
