//! CustomResourceDefinitions: which kinds the input and the files that were named for it define. What is in the input is
//! read a second time only where there are resources of a kind that it defines.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use rayon::prelude::*;

use super::Failure;
use crate::model::load::{self, Input, InputFile, LoadedFile, MAX_FILE, Unreadable};
use crate::model::shape::{Definition, Definitions, ShapeProblem};
use crate::model::{Resource, ResourceId, Spec};
use crate::text::{FileId, World};
use crate::yaml::{self, Index, NodeId, Tree};

/// Reads files and folders that were named for their CustomResourceDefinitions, and gives back what is wrong with them.
pub(super) fn given<'p>(world: &dyn World, paths: impl Iterator<Item = &'p PathBuf>) -> (Definitions, Vec<Unreadable>) {
    let (mut definitions, mut unreadable) = (Definitions::default(), Vec::new());
    for path in paths {
        let wrong = |why: &str| Unreadable { shown: path.to_string_lossy().into(), error: io::Error::other(why.to_owned()) };
        if path.as_os_str() == "-" {
            unreadable.push(wrong("CustomResourceDefinitions come from files, not from standard input"));
            continue;
        }
        let input = Input::collect(world, std::slice::from_ref(path), None, &|_| false);
        let missing = !input.unreadable.is_empty();
        unreadable.extend(input.unreadable);
        let read: Vec<_> = input.files.par_iter().map(|file| of_file(world, file)).collect();
        let (mut any, mut failed) = (false, missing);
        for found in read {
            match found {
                Ok(found) => {
                    any |= !found.is_empty();
                    for definition in found {
                        definitions.add(definition);
                    }
                }
                Err(why) => {
                    failed = true;
                    unreadable.push(why);
                }
            }
        }
        if !any && !failed {
            unreadable.push(wrong("there is no CustomResourceDefinition in it"));
        }
    }
    (definitions, unreadable)
}

fn of_file(world: &dyn World, file: &InputFile) -> Result<Vec<Definition>, Unreadable> {
    let wrong = |error| Unreadable { shown: Arc::clone(&file.shown), error };
    let bytes = world.read(&file.path, MAX_FILE).map_err(wrong)?;
    let Ok(text) = String::from_utf8(bytes) else {
        // a folder may hold anything
        return if file.named { Err(wrong(io::Error::other("not UTF-8"))) } else { Ok(Vec::new()) };
    };
    // most files of a folder of many things define nothing
    if !text.contains("CustomResourceDefinition") {
        return Ok(Vec::new());
    }
    let tree = yaml::read(&text);
    if let Some(error) = tree.errors.first() {
        let line = text.get(..error.at as usize).unwrap_or_default().matches('\n').count() + 1;
        return Err(wrong(io::Error::other(format!("line {line}: {}", error.message))));
    }
    let roots = tree.documents.iter().filter_map(|document| document.root);
    let roots = roots.flat_map(|root| items(&tree, root));
    Ok(roots.filter_map(|root| Definition::read(&tree, root, &file.shown, Vec::new(), false)).collect())
}

/// The items of a list; anything else itself.
fn items(tree: &Tree<'_>, root: Index) -> Vec<Index> {
    let is_list = tree.get_text(root, &["kind"]).is_some_and(|kind| kind.ends_with("List"));
    let list = tree.get(root, &["items"]).filter(|_| is_list).map(|list| tree.target(list));
    list.map_or_else(|| vec![root], |list| tree.kids(list).iter().map(|item| tree.target(*item)).collect())
}

/// What the input defines, of which it has resources.
#[derive(Default)]
pub(super) struct Found {
    pub(super) definitions: Definitions,
    /// What is wrong with the definitions.
    pub(super) faults: Vec<(ShapeProblem, ResourceId)>,
    /// The files with resources of the kinds.
    pub(super) users: Vec<FileId>,
}

/// Looks for what the input defines, but for kinds that were `given` already.
///
/// # Errors
/// When a file changed behind our back.
pub(super) fn found(world: &dyn World, files: &[LoadedFile], resources: &[Resource], given: &Definitions) -> Result<Found, Failure> {
    let mut found = Found::default();
    let defines = |resource: &&Resource| kind_of(resource).is_some_and(|(group, kind)| !given.has(group, kind));
    let mut defining: Vec<&Resource> = resources.iter().filter(defines).collect();
    if defining.is_empty() {
        return Ok(found);
    }
    let kinds: BTreeSet<(&str, &str)> = defining.iter().filter_map(|resource| kind_of(resource)).collect();
    let mut used: BTreeSet<(&str, &str)> = BTreeSet::new();
    for resource in resources {
        if let Some(kind) = kinds.get(&(&*resource.id.group, &*resource.id.kind)) {
            used.insert(*kind);
            found.users.push(resource.node.file);
        }
    }
    found.users.sort_unstable();
    found.users.dedup();
    defining.retain(|resource| kind_of(resource).is_some_and(|kind| used.contains(&kind)));
    let mut by_file: BTreeMap<FileId, Vec<&Resource>> = BTreeMap::new();
    for resource in defining {
        by_file.entry(resource.node.file).or_default().push(resource);
    }
    for (id, defining) in by_file {
        let Some(file) = files.get(id.0 as usize) else { continue };
        let text = load::reread(world, file).map_err(|_| Failure::Changed(Arc::clone(&file.shown)))?;
        let tree = yaml::read(&text);
        for resource in defining {
            let NodeId { index: root, .. } = resource.node;
            let touches = |what: &str| {
                file.context.touched.iter().flat_map(|all| &**all).any(|touch| touch.changes(&resource.id.kind, &resource.id.name, what))
            };
            let Some(definition) = Definition::read(&tree, root, &file.shown, resource.origin.clusters.clone(), touches("spec.versions"))
            else {
                continue;
            };
            found.faults.extend(definition.faults(&tree, id, root).into_iter().map(|fault| (fault, resource.id.clone())));
            found.definitions.add(definition);
        }
    }
    Ok(found)
}

/// The kind that a resource defines.
fn kind_of(resource: &Resource) -> Option<(&str, &str)> {
    let Spec::CustomResourceDefinition(definition) = &resource.spec else { return None };
    let spec = definition.spec.as_ref()?;
    Some((&***spec.group.as_ref()?, &***spec.names.as_ref()?.kind.as_ref()?))
}

/// What is wrong with the definitions that were given for kinds of the input, in words.
pub(super) fn faults(given: &Definitions, resources: &[Resource]) -> Vec<String> {
    if given.is_empty() {
        return Vec::new();
    }
    let kinds: BTreeSet<(&str, &str)> = resources.iter().map(|resource| (&*resource.id.group, &*resource.id.kind)).collect();
    kinds.into_iter().flat_map(|(group, kind)| given.of(group, kind)).filter_map(Definition::fault).collect()
}
