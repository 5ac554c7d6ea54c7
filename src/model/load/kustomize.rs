//! What kustomizations say about the files they name.
//!
//! Nothing is built: a base is read as it stands, and is told that an overlay changes it. Kustomize would replace a
//! namespace written in a resource; we keep the written one, as it is what the reader of the file sees.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::touch::{self, Touch};
use crate::model::Text;
use crate::text::{FileId, lexical};
use crate::yaml::{Index, Kind, Tree};

/// A kustomization, by its index in [`super::Loaded::kustomizations`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RootId(pub u32);

/// One kustomization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kustomization {
    /// Its file.
    pub file: FileId,
    /// The mapping that it is; none when the file holds something else.
    pub root: Option<Index>,
    /// The folder it stands in, absolute.
    pub folder: PathBuf,
    /// Its `namespace`.
    pub namespace: Option<Text>,
    /// Whether it changes what it includes: patches, names, labels, replacements, transformers or components. Images, replicas
    /// and annotations leave routes, ports and identities alone and do not count.
    pub changes: bool,
    /// Whether it gives what it includes other names.
    renames: bool,
    /// Whether it brings in resources that no file of the input shows: charts, addresses, generators.
    pub brings: bool,
    /// Files and folders it takes resources from, absolute.
    resources: Vec<PathBuf>,
    /// Files it uses for something else.
    others: Vec<PathBuf>,
    /// The components among its resources.
    components: Vec<PathBuf>,
    /// What its patches change.
    touches: Arc<[Touch]>,
    /// Files with Helm values.
    values: Vec<PathBuf>,
}

impl Kustomization {
    /// Whether it names a file or folder as a resource.
    pub fn lists(&self, path: &Path) -> bool {
        self.resources.iter().any(|resource| resource == path)
    }

    /// Whether it uses a file for something other than a resource: as a patch, say.
    pub(super) fn uses(&self, path: &Path) -> bool {
        self.others.iter().any(|other| other == path)
    }
}

/// What the folders around a file say about it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts, each asked by itself")]
pub struct FileContext {
    /// The namespace of resources that do not say theirs.
    pub namespace: Option<Text>,
    /// Whether the kustomizations that reach the file disagree on the namespace.
    pub ambiguous: bool,
    /// The topmost kustomizations that reach the file; empty when none does.
    pub roots: Vec<RootId>,
    /// Whether the kustomization that lists the file changes it.
    pub changed_by_lister: bool,
    /// Whether a kustomization above the one that lists the file changes it.
    pub changed_by_overlay: bool,
    /// Whether the names of its resources are others once they are applied.
    pub renamed: bool,
    /// What the patches of each kustomization that reaches the file change.
    pub touched: Vec<Arc<[Touch]>>,
    /// Whether the same kustomization brings in resources that no file of the input shows.
    pub more_beside: bool,
    /// A patch, a generator's input or the like: not applied by itself, and not linted.
    pub not_a_resource: bool,
    /// Named as Helm values.
    pub values: bool,
}

/// Whether a file of this name is a kustomization.
pub(super) fn is_kustomization(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name == "kustomization.yaml" || name == "kustomization.yml" || name == "Kustomization")
}

/// Reads the first document of a kustomization. `text` reads a patch that it names.
pub(super) fn read(tree: &Tree<'_>, file: FileId, path: &Path, text: &dyn Fn(&Path) -> Option<String>) -> Kustomization {
    let folder = path.parent().unwrap_or(Path::new("")).to_owned();
    let mut found = Kustomization {
        file,
        root: None,
        folder,
        namespace: None,
        changes: false,
        renames: false,
        brings: false,
        resources: Vec::new(),
        others: Vec::new(),
        components: Vec::new(),
        touches: Arc::default(),
        values: Vec::new(),
    };
    let Some(root) = tree.documents.first().and_then(|d| d.root) else {
        return found;
    };
    found.root = matches!(tree.node(root).kind, Kind::Map { .. }).then_some(root);
    found.namespace = tree.get_text(root, &["namespace"]).filter(|n| !n.is_empty() && !super::template::is_template(n)).map(Into::into);
    let says = |key: &str| tree.get(root, &[key]).is_some_and(|value| !is_empty(tree, value));
    found.changes = [
        "patches",
        "patchesStrategicMerge",
        "patchesJson6902",
        "namePrefix",
        "nameSuffix",
        "commonLabels",
        "labels",
        "replacements",
        "transformers",
        "components",
        "vars",
    ]
    .into_iter()
    .any(says);
    found.renames = ["namePrefix", "nameSuffix"].into_iter().any(says);
    found.brings = ["helmCharts", "helmChartInflationGenerator", "generators"].into_iter().any(says);
    let items = |key: &str| tree.get(root, &[key]).map(|list| tree.kids(tree.target(list))).unwrap_or_default().iter().copied();
    let here = |name: &str| local(&found.folder, name);
    let (mut resources, mut others, mut values) = (Vec::new(), Vec::new(), Vec::new());
    for key in ["resources", "bases", "components"] {
        found.brings |= items(key).filter_map(|item| tree.text(item)).any(is_remote);
        resources.extend(items(key).filter_map(|item| tree.text(item)).filter_map(here));
    }
    found.components = items("components").filter_map(|item| tree.text(item)).filter_map(here).collect();
    found.touches = touch::touches(tree, root, &|name| text(&local(&found.folder, name)?)).into();
    for key in ["patchesStrategicMerge", "configurations", "transformers", "generators", "validators"] {
        others.extend(items(key).filter_map(|item| tree.text(item)).filter_map(here));
    }
    for key in ["patches", "patchesJson6902", "replacements"] {
        others.extend(items(key).filter_map(|item| tree.get_text(item, &["path"])).filter_map(here));
    }
    others.extend(tree.get_text(root, &["openapi", "path"]).and_then(here));
    for generator in ["configMapGenerator", "secretGenerator"].into_iter().flat_map(items) {
        let lists = ["files", "envs"].into_iter().filter_map(|key| tree.get(generator, &[key]));
        let names = lists.flat_map(|list| tree.kids(tree.target(list))).filter_map(|name| tree.text(*name));
        // `key=path`
        let names = names.chain(tree.get_text(generator, &["env"])).map(|name| name.split_once('=').map_or(name, |(_, path)| path));
        others.extend(names.filter_map(here));
    }
    for chart in items("helmCharts").chain(items("helmChartInflationGenerator")) {
        let files = ["valuesFile", "values"].into_iter().filter_map(|key| tree.get_text(chart, &[key]));
        let more = tree.get(chart, &["additionalValuesFiles"]).map(|list| tree.kids(tree.target(list))).unwrap_or_default();
        values.extend(files.chain(more.iter().filter_map(|name| tree.text(*name))).filter_map(here));
    }
    (found.resources, found.others, found.values) = (resources, others, values);
    found
}

fn is_empty(tree: &Tree<'_>, value: Index) -> bool {
    match &tree.node(tree.target(value)).kind {
        Kind::Scalar { text, .. } => matches!(&**text, "" | "~" | "null"),
        _ => tree.kids(tree.target(value)).is_empty(),
    }
}

fn is_remote(name: &str) -> bool {
    name.contains("://") || name.contains("?ref=") || name.starts_with("git@") || name.starts_with("github.com/")
}

/// The path that an entry names; nothing for an address, or a patch that is written in place.
fn local(folder: &Path, name: &str) -> Option<PathBuf> {
    let inline = name.is_empty() || name.len() > 4096 || name.contains(['\n', '\0']);
    (!is_remote(name) && !inline).then(|| lexical(&folder.join(name)))
}

/// What all kustomizations that reach one of them say together.
struct Above {
    namespace: Option<Text>,
    ambiguous: bool,
    roots: Vec<RootId>,
    changed: bool,
    renamed: bool,
    touched: Vec<Arc<[Touch]>>,
}

/// The context of every file that a kustomization names; every other file has the default one.
/// `file` finds a file of the input by its path.
pub(super) fn contexts(kustomizations: &[Kustomization], file: &dyn Fn(&Path) -> Option<FileId>) -> FxHashMap<FileId, FileContext> {
    let mut folders: FxHashMap<&Path, usize> = FxHashMap::default();
    for (n, kustomization) in kustomizations.iter().enumerate() {
        folders.entry(&kustomization.folder).or_insert(n);
    }
    let mut parents: Vec<Vec<usize>> = vec![Vec::new(); kustomizations.len()];
    let mut entries: Vec<(usize, FileId)> = Vec::new();
    let mut unlinted: Vec<FileId> = Vec::new();
    let mut tools: FxHashSet<usize> = FxHashSet::default();
    let mut values: Vec<FileId> = Vec::new();
    for (n, kustomization) in kustomizations.iter().enumerate() {
        for path in &kustomization.resources {
            if let Some(list) = folders.get(&**path).and_then(|below| parents.get_mut(*below)) {
                if list.last() != Some(&n) {
                    list.push(n);
                }
            } else if let Some(found) = file(path) {
                entries.push((n, found));
            }
        }
        for path in &kustomization.others {
            match folders.get(&**path).and_then(|below| Some((*below, kustomizations.get(*below)?))) {
                // a folder of transformers: what it lists are transformers
                Some((n, below)) => {
                    tools.insert(n);
                    unlinted.extend(below.resources.iter().filter_map(|path| file(path)));
                }
                None => unlinted.extend(file(path)),
            }
        }
        values.extend(kustomization.values.iter().filter_map(|path| file(path)));
    }
    let above: Vec<Above> = (0..kustomizations.len()).map(|n| look_up(n, kustomizations, &parents, &folders)).collect();
    let mut contexts: FxHashMap<FileId, FileContext> = FxHashMap::default();
    let mut first: FxHashSet<FileId> = FxHashSet::default();
    for (n, id) in entries.into_iter().filter(|(n, _)| !tools.contains(n)) {
        let (Some(lister), Some(above)) = (kustomizations.get(n), above.get(n)) else {
            continue;
        };
        let context = contexts.entry(id).or_default();
        if first.insert(id) {
            context.namespace.clone_from(&above.namespace);
        } else if context.namespace != above.namespace {
            context.namespace = None;
            context.ambiguous = true;
        }
        context.ambiguous |= above.ambiguous;
        if context.ambiguous {
            context.namespace = None;
        }
        context.roots.extend(&above.roots);
        context.changed_by_lister |= lister.changes;
        context.changed_by_overlay |= above.changed;
        context.renamed |= above.renamed;
        let new = above.touched.iter().filter(|touches| !context.touched.contains(touches));
        let new: Vec<Arc<[Touch]>> = new.cloned().collect();
        context.touched.extend(new);
    }
    let open: FxHashSet<RootId> =
        kustomizations.iter().zip(&above).filter(|(k, _)| k.brings).flat_map(|(_, above)| above.roots.iter().copied()).collect();
    for context in contexts.values_mut() {
        context.more_beside = context.roots.iter().any(|root| open.contains(root));
        context.roots.sort_unstable();
        context.roots.dedup();
    }
    for id in unlinted {
        // what is entries as a resource as well is one
        contexts.entry(id).or_insert_with(|| FileContext { not_a_resource: true, ..FileContext::default() });
    }
    for id in values {
        let context = contexts.entry(id).or_default();
        (context.not_a_resource, context.values) = (true, true);
    }
    contexts
}

/// Walks from a kustomization to those that include it. Cycles end where they began.
fn look_up(from: usize, kustomizations: &[Kustomization], parents: &[Vec<usize>], folders: &FxHashMap<&Path, usize>) -> Above {
    // each with whether a namespace has already been found on the way
    let mut queue = VecDeque::from([(from, false)]);
    let mut seen = FxHashSet::from_iter([(from, false)]);
    let mut namespaces: Vec<Option<&Text>> = Vec::new();
    let (mut roots, mut changed, mut renamed) = (Vec::new(), false, false);
    // components change what stands beside them
    let (mut patching, mut known): (Vec<usize>, FxHashSet<usize>) = Default::default();
    while let Some((n, mut settled)) = queue.pop_front() {
        let (Some(kustomization), Some(above)) = (kustomizations.get(n), parents.get(n)) else {
            continue;
        };
        changed |= n != from && kustomization.changes;
        renamed |= kustomization.renames;
        if known.insert(n) {
            patching.push(n);
        }
        if !settled && (kustomization.namespace.is_some() || above.is_empty()) {
            let namespace = kustomization.namespace.as_ref();
            if !namespaces.contains(&namespace) {
                namespaces.push(namespace);
            }
            settled = kustomization.namespace.is_some();
        }
        if above.is_empty() {
            roots.push(n);
        }
        queue.extend(above.iter().map(|n| (*n, settled)).filter(|step| seen.insert(*step)));
    }
    if roots.is_empty() {
        // a cycle without a way in: its first member stands for it
        roots.extend(seen.iter().map(|(n, _)| *n).min());
    }
    roots.sort_unstable();
    roots.dedup();
    let (mut touched, mut at) = (Vec::new(), 0);
    while let Some(kustomization) = patching.get(at).and_then(|n| kustomizations.get(*n)) {
        let components = kustomization.components.iter().filter_map(|folder| folders.get(&**folder).copied());
        patching.extend(components.filter(|n| known.insert(*n)));
        touched.extend(Some(&kustomization.touches).filter(|touches| !touches.is_empty()).cloned());
        at += 1;
    }
    Above {
        namespace: if let [only] = *namespaces { only.cloned() } else { None },
        ambiguous: namespaces.len() > 1,
        roots: roots.into_iter().filter_map(|n| u32::try_from(n).ok()).map(RootId).collect(),
        changed,
        renamed,
        touched,
    }
}
