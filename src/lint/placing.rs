//! Where a new resource is written: after the resource it belongs to, unless that one is alone in its file and so is every other
//! resource of the folder. Then it gets a file of its own, named as the others are, which kustomizations that name its
//! neighbour name too.

use std::path::{Path, PathBuf};

use rustc_hash::FxHashMap;
use serde_json::Value as Json;

use crate::checks::{Edit, Finding};
use crate::model::Resource;
use crate::model::load::{Kustomization, LoadedFile};
use crate::text::{FileId, World};
use crate::yaml::{NodeId, patch};

/// How a resource's file may be called; the first that most neighbours follow is taken.
const NAMES: [fn(&str, &str) -> String; 6] = [
    |kind, name| format!("{name}-{kind}"),
    |kind, name| format!("{kind}-{name}"),
    |kind, _| kind.to_owned(),
    |_, name| name.to_owned(),
    |kind, name| format!("{name}.{kind}"),
    |kind, name| format!("{kind}.{name}"),
];

/// What is known of the folders that new resources may go to.
pub(super) struct Placing<'r> {
    world: &'r dyn World,
    files: &'r [LoadedFile],
    kustomizations: &'r [Kustomization],
    /// The resources of each file.
    resources: FxHashMap<FileId, Vec<&'r Resource>>,
    /// The files of each folder that hold resources.
    folders: FxHashMap<&'r Path, Vec<FileId>>,
}

impl<'r> Placing<'r> {
    pub(super) fn new(
        world: &'r dyn World,
        files: &'r [LoadedFile],
        kustomizations: &'r [Kustomization],
        resources: &'r [Resource],
    ) -> Self {
        let mut placing = Self { world, files, kustomizations, resources: FxHashMap::default(), folders: FxHashMap::default() };
        for of_file in resources.chunk_by(|a, b| a.node.file == b.node.file) {
            let Some(id) = of_file.first().map(|resource| resource.node.file) else { continue };
            placing.resources.insert(id, of_file.iter().collect());
            if let Some(folder) = files.get(id.0 as usize).and_then(|file| file.path.parent()) {
                placing.folders.entry(folder).or_default().push(id);
            }
        }
        placing
    }

    /// Replaces new resources among the edits of fixes by what is written for them.
    pub(super) fn settle(&self, findings: &mut [Finding]) {
        for fix in findings.iter_mut().flat_map(|finding| &mut finding.fixes) {
            if fix.edits.iter().any(|edit| matches!(edit, Edit::Create { .. })) {
                fix.edits = std::mem::take(&mut fix.edits).into_iter().flat_map(|edit| self.place(edit)).collect();
            }
        }
    }

    fn place(&self, edit: Edit) -> Vec<Edit> {
        let Edit::Create { beside, manifest } = edit else { return vec![edit] };
        let after = |value| Edit::Change { file: beside.file, edit: patch::Edit::AddDocument { after: beside.index, value } };
        let Some(owner) = self.files.get(beside.file.0 as usize) else { return Vec::new() };
        let Some(path) = self.own_file(owner, beside, &manifest) else { return vec![after(manifest)] };
        let content = if is_json(&path) { format!("{manifest:#}\n") } else { patch::to_yaml(&manifest) };
        let listed = self.kustomizations.iter().filter(|k| k.lists(&owner.path));
        let entries = listed.filter_map(|kustomization| {
            let (map, value) = (kustomization.root?, Json::from(relative(&kustomization.folder, &path)?));
            let edit = patch::Edit::Append { map, path: vec!["resources".to_owned()], value };
            Some(Edit::Change { file: kustomization.file, edit })
        });
        let entries: Vec<Edit> = entries.collect();
        let shown = crate::model::load::shown(self.world, &path);
        std::iter::once(Edit::NewFile { path, shown, content }).chain(entries).collect()
    }

    /// The file that a new resource gets to itself; none when the folder's habit is another one.
    fn own_file(&self, owner: &LoadedFile, beside: NodeId, manifest: &Json) -> Option<PathBuf> {
        let folder = owner.path.parent().filter(|_| owner.kept.is_none())?;
        let neighbours = self.folders.get(folder)?;
        let alone = |id: &FileId| self.resources.get(id).is_some_and(|resources| resources.len() == 1);
        let json = is_json(&owner.path);
        // JSON has no second document
        if !alone(&beside.file) || !(json || neighbours.len() > 1 && neighbours.iter().all(alone)) {
            return None;
        }
        let text = |value: &Json| value.as_str().map(ToOwned::to_owned);
        let (kind, name) = (text(manifest.get("kind")?)?.to_lowercase(), text(manifest.get("metadata")?.get("name")?)?);
        let ending = owner.path.extension().and_then(|ending| ending.to_str()).unwrap_or("yaml");
        let mut names: Vec<_> = NAMES.iter().map(|called| (self.followers(neighbours, *called), called)).collect();
        names.sort_by_key(|(followers, _)| std::cmp::Reverse(*followers));
        let paths = names.into_iter().map(|(_, called)| called(&kind, &name)).filter(|stem| is_plain(stem));
        paths.map(|stem| folder.join(format!("{stem}.{ending}"))).find(|path| self.world.kind(path).is_err())
    }

    /// How many files are called so.
    fn followers(&self, files: &[FileId], called: fn(&str, &str) -> String) -> usize {
        let follows = |id: &&FileId| {
            let stem = self.files.get(id.0 as usize).and_then(|file| file.path.file_stem()).and_then(|stem| stem.to_str());
            let resource = self.resources.get(*id).and_then(|resources| resources.first());
            resource.zip(stem).is_some_and(|(resource, stem)| called(&resource.id.kind.to_lowercase(), &resource.id.name) == stem)
        };
        files.iter().filter(follows).count()
    }
}

fn is_json(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "json")
}

/// Whether nothing in a name from a manifest could lead out of its folder or mean something to a shell.
fn is_plain(stem: &str) -> bool {
    stem.starts_with(|c: char| c.is_ascii_alphanumeric())
        && stem.len() <= 200
        && stem.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_'))
}

/// A path as a kustomization in a folder names it.
fn relative(folder: &Path, path: &Path) -> Option<String> {
    let mut up = String::new();
    for above in folder.ancestors() {
        if let Ok(inside) = path.strip_prefix(above) {
            let parts: Option<Vec<&str>> = inside.iter().map(|part| part.to_str()).collect();
            return Some(format!("{up}{}", parts?.join("/")));
        }
        up.push_str("../");
    }
    None
}
