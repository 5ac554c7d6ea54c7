//! From paths to documents with their context: everything between bytes and typed resources that is not the types.
//!
//! [`Input::collect`] finds the files, [`load`] reads them on all cores. The caller's decoding runs while text and nodes of a
//! file are alive; both are gone when the next file is read, and who needs a text again asks [`reread`].

mod documents;
mod file;
mod input;
mod kustomize;
mod template;
mod touch;

use std::collections::BTreeSet;
use std::hash::Hasher;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet, FxHasher};

use crate::model::{Text, Value};
use crate::text::{FileId, Span, World};
use crate::yaml::{self, At, Index, NodeId, Tree};

pub use input::{Input, InputFile, Source, Unreadable, shown};
pub use kustomize::{FileContext, Kustomization, RootId};
pub use template::SkippedNamespace;
pub use touch::Touch;

/// The largest file that is read, in bytes. The largest manifests in the wild are bundles of CRDs of about 5 MiB.
pub const MAX_FILE: u64 = 16 << 20;
/// The largest standard input that is read, in bytes: a rendered installation may be larger than one file of it.
pub const MAX_STDIN: u64 = 64 << 20;
/// The largest patch of a kustomization that is read, in bytes.
const MAX_PATCH: u64 = 1 << 20;
/// How many files a core takes at once: so many that the last ones are not left to one.
const AT_ONCE: usize = 64;

/// A manifest: a mapping with text under `apiVersion` and `kind`.
#[derive(Clone, Copy, Debug)]
pub struct Document<'v> {
    /// The mapping.
    pub root: Index,
    /// As written, with its group.
    pub api_version: &'v str,
    /// The kind.
    pub kind: &'v str,
    /// Which document of the file it is in, from 0: an index in [`Tree::documents`].
    pub index: usize,
    /// Whether it is an item of a `List`.
    pub in_list: bool,
}

impl<'v> Document<'v> {
    /// The API group; empty for the core group.
    pub fn group(&self) -> &'v str {
        self.api_version.split_once('/').map_or("", |(group, _)| group)
    }

    /// The API version without its group.
    pub fn version(&self) -> &'v str {
        self.api_version.split_once('/').map_or(self.api_version, |(_, version)| version)
    }
}

/// A file while it is open.
#[derive(Clone, Copy)]
pub struct FileView<'v> {
    /// The file.
    pub file: FileId,
    /// How people see it.
    pub shown: &'v Arc<str>,
    /// Its absolute path.
    pub path: &'v Path,
    /// Its text.
    pub text: &'v str,
    /// Its nodes; none for a file of chart templates.
    pub tree: &'v Tree<'v>,
    /// What kustomizations say about it.
    pub context: &'v FileContext,
}

/// A manifest while its file is open.
#[derive(Clone, Copy)]
pub struct DocumentView<'v> {
    /// The file it is in.
    pub file: FileView<'v>,
    /// The manifest.
    pub document: Document<'v>,
}

/// What is wrong with a file or document, before anybody looks at its meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProblemKind {
    /// A manifest that is not YAML.
    Syntax,
    /// Not UTF-8; the place is the first byte that is not.
    NotUtf8,
    /// Not text: it holds a NUL byte.
    Binary,
    /// Larger than [`MAX_FILE`] (or [`MAX_STDIN`]).
    TooLarge,
    /// A key stands twice in one mapping of a manifest.
    DuplicateKey {
        /// The earlier key.
        first: NodeId,
        /// The later one, which counts.
        later: NodeId,
        /// The value of the later one, when both have the same value.
        equal: Option<Index>,
    },
    /// A template that nobody has rendered. Once a file.
    Templated,
}

/// What is wrong, with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What it is.
    pub kind: ProblemKind,
    /// The file.
    pub file: FileId,
    /// Where.
    pub span: Span,
    /// Another place that explains it.
    pub other: Option<Span>,
    /// In words.
    pub message: String,
    /// What usually helps.
    pub hint: Option<String>,
}

/// Why a document was skipped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SkipReason {
    /// It is a template.
    Templated,
    /// It does not parse.
    Broken,
}

/// A manifest that was not read, and what it says in plain words: what is skipped is not absent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// The file.
    pub file: FileId,
    /// Why.
    pub reason: SkipReason,
    /// Its `apiVersion`, when that is plain.
    pub api_version: Option<Text>,
    /// Its kind, when that is plain.
    pub kind: Option<Text>,
    /// Its name, when that is plain.
    pub name: Option<Text>,
    /// Its namespace.
    pub namespace: SkippedNamespace,
}

/// What a file of settings is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SettingsKind {
    /// Values of a Helm chart.
    Values,
    /// A chart's `Chart.yaml`.
    Chart,
    /// A `helmfile.yaml`.
    Helmfile,
    /// A kustomization with `helmCharts` or `images`.
    Kustomization,
}

/// A document that is no manifest, but may say which versions and settings an installation has.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The file.
    pub file: FileId,
    /// What it is for.
    pub kind: SettingsKind,
    /// All of it.
    pub value: At<Value>,
}

/// Counts for the summary.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Files whose bytes were read.
    pub files: usize,
    /// Documents that are not empty.
    pub documents: usize,
    /// Manifests given to the caller; items of lists count one by one.
    pub manifests: usize,
    /// Documents that are no manifests (settings among them).
    pub other: usize,
    /// Documents that do not parse and do not look like manifests.
    pub broken_other: usize,
    /// Documents (or items of lists) that are templates.
    pub templated: usize,
    /// Files that a kustomization uses for something else than resources.
    pub not_resources: usize,
    /// Files in folders without a manifest's ending.
    pub other_files: usize,
    /// Symbolic links that were not followed.
    pub links: usize,
    /// Files that `exclude` took away.
    pub excluded: usize,
}

impl Statistics {
    fn add(&mut self, other: &Self) {
        self.files += other.files;
        self.documents += other.documents;
        self.manifests += other.manifests;
        self.other += other.other;
        self.broken_other += other.broken_other;
        self.templated += other.templated;
        self.not_resources += other.not_resources;
    }
}

/// A file of the run, after its text is gone.
#[derive(Clone, Debug)]
pub struct LoadedFile {
    /// Its absolute path.
    pub path: PathBuf,
    /// How people see it.
    pub shown: Arc<str>,
    /// Of its bytes; notices a change between two readings, and is no defence against a forged one.
    pub hash: u64,
    /// The text of standard input, which cannot be read twice.
    pub kept: Option<String>,
    /// What kustomizations say about it.
    pub context: FileContext,
}

impl LoadedFile {
    /// Whether this is its text, as far as the hash tells.
    pub fn says(&self, text: &str) -> bool {
        hash(text.as_bytes()) == self.hash
    }
}

/// Everything that was read. Lists are in the order of files and documents.
#[derive(Debug)]
pub struct Loaded<D, F> {
    /// The files; a [`FileId`] is an index here.
    pub files: Vec<LoadedFile>,
    /// What the caller made of each manifest.
    pub documents: Vec<D>,
    /// What the caller made of each file that is text.
    pub per_file: Vec<F>,
    /// What is wrong, by file and place.
    pub problems: Vec<Problem>,
    /// Manifests that were not read.
    pub skipped: Vec<Skipped>,
    /// Settings of installations.
    pub settings: Vec<Settings>,
    /// All kustomizations; a [`RootId`] is an index here.
    pub kustomizations: Vec<Kustomization>,
    /// Paths that do not exist or could not be read, those of the input first.
    pub unreadable: Vec<Unreadable>,
    /// Counts.
    pub statistics: Statistics,
}

impl<D, F> Loaded<D, F> {
    /// A file by its id.
    pub fn file(&self, id: FileId) -> Option<&LoadedFile> {
        self.files.get(id.0 as usize)
    }
}

/// What reading needs to know besides the input.
struct Run<'r> {
    world: &'r dyn World,
    modelled: &'r (dyn Fn(&str, &str) -> bool + Sync),
    contexts: FxHashMap<FileId, FileContext>,
    /// Folders with a `Chart.yaml`.
    charts: FxHashSet<&'r Path>,
}

/// Reads the input. `modelled` says whether a kind (of a group) is one whose fields we know: in other kinds, braces in values are
/// ordinary. `per_document` runs for every manifest, `per_file` for every file that is text, both while the file's text and nodes
/// are alive and on any thread.
pub fn load<D: Send, F: Send>(
    world: &dyn World,
    input: Input,
    modelled: &(dyn Fn(&str, &str) -> bool + Sync),
    per_document: impl Fn(&DocumentView<'_>) -> D + Sync,
    per_file: impl Fn(&FileView<'_>) -> F + Sync,
) -> Loaded<D, F> {
    let kustomizations = kustomizations(world, &input.files);
    let find = |path: &Path| {
        let at = input.files.binary_search_by(|file| file.path.as_os_str().cmp(path.as_os_str())).ok()?;
        u32::try_from(at).ok().map(FileId)
    };
    let contexts = kustomize::contexts(&kustomizations, &find);
    let is_chart = |file: &&InputFile| file.path.file_name().is_some_and(|name| name == "Chart.yaml");
    let charts = input.files.iter().filter(is_chart).filter_map(|file| file.path.parent()).collect();
    let run = Run { world, modelled, contexts, charts };
    let outcomes: Vec<file::Outcome<D, F>> = input
        .files
        .par_iter()
        .with_max_len(AT_ONCE)
        .enumerate()
        .map(|(n, file)| run.file(FileId(u32::try_from(n).unwrap_or(u32::MAX)), file, &per_document, &per_file))
        .collect();
    let mut contexts = run.contexts;
    let mut loaded = Loaded {
        files: Vec::with_capacity(outcomes.len()),
        documents: Vec::with_capacity(outcomes.iter().map(|o| o.documents.len()).sum()),
        per_file: Vec::with_capacity(outcomes.len()),
        problems: Vec::new(),
        skipped: Vec::new(),
        settings: Vec::new(),
        kustomizations,
        unreadable: input.unreadable,
        statistics: Statistics { other_files: input.other, links: input.links, excluded: input.excluded, ..Statistics::default() },
    };
    for ((n, file), outcome) in (0..).zip(input.files).zip(outcomes) {
        let context = contexts.remove(&FileId(n)).unwrap_or_default();
        loaded.files.push(LoadedFile { path: file.path, shown: file.shown, hash: outcome.hash, kept: None, context });
        loaded.take(FileId(n), outcome);
    }
    loaded
}

/// Reads files again whose bytes are others by now, and files that are new, and gives back their ids. Ids stay; new files get
/// ids behind all others. `documents` and `per_file` hold what these files say now and nothing else; whoever has taken what
/// they held before takes the rest from there.
pub fn reload<D: Send, F: Send>(
    world: &dyn World,
    loaded: &mut Loaded<D, F>,
    paths: &[PathBuf],
    modelled: &(dyn Fn(&str, &str) -> bool + Sync),
    per_document: impl Fn(&DocumentView<'_>) -> D + Sync,
    per_file: impl Fn(&FileView<'_>) -> F + Sync,
) -> Vec<FileId> {
    let before = loaded.files.len();
    let mut changed = loaded.ids(world, paths);
    if loaded.kustomize_again(world, &changed) || loaded.files.len() > before {
        changed.extend(loaded.contexts_again());
    }
    changed.sort_unstable();
    changed.dedup();
    let is_chart = |file: &&LoadedFile| file.path.file_name().is_some_and(|name| name == "Chart.yaml");
    let charts = loaded.files.iter().filter(is_chart).filter_map(|file| file.path.parent()).collect();
    let contexts = changed.iter().filter_map(|id| Some((*id, loaded.file(*id)?.context.clone()))).collect();
    let run = Run { world, modelled, contexts, charts };
    let again = |id: &FileId| {
        let LoadedFile { path, shown, kept, .. } = loaded.file(*id)?;
        let source = if kept.is_some() { Source::Stdin } else { Source::Disk };
        Some((*id, InputFile { path: path.clone(), shown: shown.clone(), source, named: true }))
    };
    let again: Vec<(FileId, InputFile)> = changed.iter().filter_map(again).collect();
    let outcomes: Vec<_> =
        again.par_iter().with_max_len(AT_ONCE).map(|(id, file)| (*id, run.file(*id, file, &per_document, &per_file))).collect();
    let gone = |id: FileId| changed.binary_search(&id).is_ok();
    loaded.documents.clear();
    loaded.per_file.clear();
    loaded.problems.retain(|problem| !gone(problem.file));
    loaded.skipped.retain(|skipped| !gone(skipped.file));
    loaded.settings.retain(|settings| !gone(settings.file));
    for (id, outcome) in outcomes {
        loaded.take(id, outcome);
    }
    loaded.problems.sort_by_key(|problem| problem.file);
    loaded.skipped.sort_by_key(|skipped| skipped.file);
    loaded.settings.sort_by_key(|settings| settings.file);
    changed
}

/// Gives the manifests of some files to `per_document` once more, from the bytes that were read before.
///
/// # Errors
/// As people see it, the file whose bytes are others by now, or that cannot be read.
pub fn again<D, F: Sync, T: Send>(
    world: &dyn World,
    loaded: &Loaded<D, F>,
    files: &[FileId],
    modelled: &(dyn Fn(&str, &str) -> bool + Sync),
    per_document: impl Fn(&DocumentView<'_>) -> T + Sync,
) -> Result<Vec<T>, Arc<str>>
where
    D: Sync,
{
    let is_chart = |file: &&LoadedFile| file.path.file_name().is_some_and(|name| name == "Chart.yaml");
    let charts = loaded.files.iter().filter(is_chart).filter_map(|file| file.path.parent()).collect();
    let run = Run { world, modelled, contexts: FxHashMap::default(), charts };
    let of_file = |id: &FileId| {
        let Some(file) = loaded.file(*id) else { return Ok(Vec::new()) };
        let text = reread(world, file).map_err(|_| Arc::clone(&file.shown))?;
        Ok(run.again(*id, file, &text, &per_document))
    };
    let all: Result<Vec<Vec<T>>, Arc<str>> = files.par_iter().with_max_len(AT_ONCE).map(of_file).collect();
    all.map(|all| all.into_iter().flatten().collect())
}

impl<D, F> Loaded<D, F> {
    fn take(&mut self, id: FileId, outcome: file::Outcome<D, F>) {
        self.documents.extend(outcome.documents);
        self.per_file.extend(outcome.hook);
        self.problems.extend(outcome.problems);
        self.skipped.extend(outcome.skipped);
        self.settings.extend(outcome.settings);
        self.statistics.add(&outcome.statistics);
        if let Some(file) = self.files.get_mut(id.0 as usize) {
            self.unreadable.extend(outcome.error.map(|error| Unreadable { shown: Arc::clone(&file.shown), error }));
            (file.hash, file.kept) = (outcome.hash, outcome.kept);
        }
    }

    /// The ids of files by their paths; those that are not known yet get one.
    fn ids(&mut self, world: &dyn World, paths: &[PathBuf]) -> Vec<FileId> {
        let id = |n: usize| FileId(u32::try_from(n).unwrap_or(u32::MAX));
        let known: FxHashMap<&Path, usize> = self.files.iter().enumerate().map(|(n, file)| (&*file.path, n)).collect();
        let (old, new): (Vec<_>, Vec<_>) = paths.iter().partition(|path| known.contains_key(path.as_path()));
        let mut ids: Vec<FileId> = old.into_iter().filter_map(|path| known.get(path.as_path())).map(|n| id(*n)).collect();
        for path in new {
            ids.push(id(self.files.len()));
            let shown = input::shown(world, path);
            self.files.push(LoadedFile { path: path.clone(), shown, hash: 0, kept: None, context: FileContext::default() });
        }
        ids
    }

    /// Reads the kustomizations among some files again; gives back whether there were any.
    fn kustomize_again(&mut self, world: &dyn World, changed: &[FileId]) -> bool {
        let mut any = false;
        let users = |id: &FileId| {
            let path = self.files.get(id.0 as usize).map(|file| file.path.clone());
            let of = |k: &&Kustomization| path.as_ref().is_some_and(|path| k.uses(path));
            self.kustomizations.iter().filter(of).map(|k| k.file).collect::<Vec<_>>()
        };
        let again: BTreeSet<FileId> = changed.iter().flat_map(users).chain(changed.iter().copied()).collect();
        for id in &again {
            let Some(file) = self.files.get(id.0 as usize).filter(|file| kustomize::is_kustomization(&file.path)) else { continue };
            let Some(text) = text_of(world, &file.path, MAX_FILE) else { continue };
            let kustomization = kustomize::read(&yaml::read(&text), *id, &file.path, &|path| text_of(world, path, MAX_PATCH));
            any = true;
            match self.kustomizations.iter_mut().find(|k| k.file == *id) {
                Some(old) => *old = kustomization,
                None => self.kustomizations.push(kustomization),
            }
        }
        any
    }

    /// Asks the kustomizations again about all files; gives back those that are something else now.
    fn contexts_again(&mut self) -> Vec<FileId> {
        let ids: FxHashMap<&Path, FileId> = (0..).map(FileId).zip(&self.files).map(|(id, file)| (&*file.path, id)).collect();
        let mut contexts = kustomize::contexts(&self.kustomizations, &|path| ids.get(path).copied());
        let mut others = Vec::new();
        for (id, file) in (0..).map(FileId).zip(&mut self.files) {
            let context = contexts.remove(&id).unwrap_or_default();
            if context != file.context {
                file.context = context;
                others.push(id);
            }
        }
        others
    }
}

/// Reads all kustomizations first: they say what the other files are.
fn kustomizations(world: &dyn World, files: &[InputFile]) -> Vec<Kustomization> {
    files
        .par_iter()
        .enumerate()
        .filter(|(_, file)| kustomize::is_kustomization(&file.path) && file.source == Source::Disk)
        .filter_map(|(n, file)| {
            // what is wrong with the file is told when it is read with all others
            let text = text_of(world, &file.path, MAX_FILE)?;
            Some(kustomize::read(&yaml::read(&text), FileId(u32::try_from(n).ok()?), &file.path, &|path| text_of(world, path, MAX_PATCH)))
        })
        .collect()
}

fn text_of(world: &dyn World, path: &Path, limit: u64) -> Option<String> {
    String::from_utf8(world.read(path, limit).ok()?).ok()
}

/// Why a file could not be read a second time.
#[derive(Debug)]
pub enum RereadError {
    /// Its bytes are no longer those that were read first.
    Changed,
    /// It cannot be read.
    Io(io::Error),
}

/// The text of a file that was read before, byte for byte the same; node indices and spans still hold. Of a file that is not
/// UTF-8 the text before its first bad byte holds.
///
/// # Errors
/// When the file has changed meanwhile, or cannot be read.
pub fn reread(world: &dyn World, file: &LoadedFile) -> Result<String, RereadError> {
    if let Some(text) = &file.kept {
        return Ok(text.clone());
    }
    let bytes = world.read(&file.path, MAX_FILE).map_err(RereadError::Io)?;
    if hash(&bytes) != file.hash {
        return Err(RereadError::Changed);
    }
    Ok(into_text(bytes))
}

fn into_text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

fn hash(bytes: &[u8]) -> u64 {
    let mut hasher = FxHasher::default();
    hasher.write(bytes);
    hasher.write_usize(bytes.len());
    hasher.finish()
}

#[cfg(test)]
mod tests;
