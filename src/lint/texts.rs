//! The texts of a run: read again for what there is to show in them.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::Failure;
use crate::checks::{Applicability, Edit, FileChange, Finding, Fix, FixTarget, Place};
use crate::config::suppress::Suppression;
use crate::config::{Changes, Fields, Key};
use crate::model::load::{self, LoadedFile, RereadError};
use crate::report::Sources;
use crate::text::{FileId, LineIndex, Span, World};
use crate::yaml::{self, NodeId, patch};

/// The files of a run; those with findings have been read again.
#[derive(Debug, Default)]
pub struct Texts {
    shown: Vec<Arc<str>>,
    contents: FxHashMap<FileId, String>,
    spans: FxHashMap<Place, Span>,
    /// The fields that findings are at.
    paths: FxHashMap<Place, String>,
}

impl Sources for Texts {
    fn path(&self, file: FileId) -> &str {
        self.shown.get(file.0 as usize).map_or("", |shown| shown)
    }

    fn text(&self, file: FileId) -> Option<&str> {
        self.contents.get(&file).map(String::as_str)
    }

    fn span(&self, place: Place) -> Span {
        match place {
            Place::Bytes(_, span) => span,
            _ => self.spans.get(&place).copied().unwrap_or_default(),
        }
    }

    fn field(&self, place: Place) -> Option<&str> {
        self.paths.get(&place).map(String::as_str)
    }

    /// Helm says it in a comment, kustomize in an annotation.
    fn origin(&self, place: Place) -> Option<&str> {
        let text = self.contents.get(&place.file())?;
        let before = text.get(..self.span(place).start as usize)?;
        let start = before.rfind("\n---").map_or(0, |at| at + 1);
        let document = text.get(start..)?;
        let document = document.get(..document.find("\n---").unwrap_or(document.len()))?;
        let helm = document.lines().take(6).find_map(|line| line.strip_prefix("# Source: "));
        let kustomize =
            || document.split_once("config.kubernetes.io/origin:")?.1.lines().take(6).find_map(|line| line.trim().strip_prefix("path: "));
        helm.or_else(kustomize).map(str::trim).filter(|origin| !origin.is_empty())
    }
}

impl Texts {
    /// Writes the fixes of findings that came after the files had been read again: those about suppressions.
    pub(super) fn write_late(&self, findings: &mut [Finding]) {
        let late = findings.iter_mut().flat_map(|finding| &mut finding.fixes).filter(|fix| fix.changes.is_empty());
        for fix in late {
            for edit in &fix.edits {
                let Edit::Change { file, edit } = edit else { continue };
                let text = self.text(*file).unwrap_or_default();
                let changes = patch::patch(text, &yaml::read(text), std::slice::from_ref(edit)).unwrap_or_default();
                fix.changes.extend(changes.into_iter().map(|change| FileChange { file: FixTarget::Known(*file), change }));
            }
        }
    }

    /// The same files, for another check that need not read them again; the places are those of that check.
    #[must_use]
    pub fn known(&self) -> Self {
        Self { contents: self.contents.clone(), ..Self::default() }
    }

    /// All of them.
    pub(super) fn iter(&self) -> impl Iterator<Item = (FileId, &str)> {
        self.contents.iter().map(|(file, text)| (*file, text.as_str()))
    }

    /// What makes a finding the same one in another run.
    pub fn key(&self, finding: &Finding) -> Key {
        let place = finding.primary.place;
        Key::of(finding, self.field(place).unwrap_or_default(), self.path(place.file()))
    }

    /// Whether a change touches a place of a finding.
    pub(super) fn touched<'p>(&self, finding: &Finding, changes: &Changes, path: &dyn Fn(FileId) -> &'p Path) -> bool {
        std::iter::once(&finding.primary).chain(&finding.secondary).any(|label| {
            let file = label.place.file();
            let Some(text) = self.contents.get(&file) else { return true };
            let (from, to) = LineIndex::new(text).range(self.span(label.place));
            changes.touch(path(file), from.line, to.line)
        })
    }

    /// Reads the files again that places are in.
    pub(super) fn at(world: &dyn World, files: &[LoadedFile], places: impl IntoIterator<Item = Place>) -> Result<Self, Failure> {
        let mut texts = Self { shown: files.iter().map(|f| f.shown.clone()).collect(), ..Self::default() };
        let mut wanted: FxHashMap<FileId, Wanted> = FxHashMap::default();
        for place in places {
            wanted.entry(place.file()).or_default().places.insert(place);
        }
        for Again { file, text, found, .. } in read_again(world, files, wanted, &mut Self::default())? {
            texts.take(file, text, found);
        }
        Ok(texts)
    }

    fn take(&mut self, file: FileId, text: String, found: Vec<(Place, Span, String)>) {
        for (place, span, path) in found {
            self.spans.insert(place, span);
            self.paths.insert(place, path);
        }
        self.contents.insert(file, text);
    }

    /// Reads the files again that findings, their fixes or suppressions are in: finds the bytes of places, and writes fixes as
    /// changes of text. Texts that are `known` and still hold are not read.
    pub(super) fn of(
        world: &dyn World,
        files: &[LoadedFile],
        findings: &mut [Finding],
        suppressions: &[Suppression],
        mut known: Self,
    ) -> Result<Self, Failure> {
        let mut texts = Self { shown: files.iter().map(|f| f.shown.clone()).collect(), ..Self::default() };
        let mut wanted: FxHashMap<FileId, Wanted> = FxHashMap::default();
        for place in findings.iter().flat_map(places_of) {
            wanted.entry(place.file()).or_default().places.insert(place);
        }
        for suppression in suppressions {
            wanted.entry(suppression.file).or_default();
        }
        for (number, fix) in (0..).zip(findings.iter().flat_map(|finding| &finding.fixes)) {
            for edit in &fix.edits {
                let Edit::Change { file, edit } = edit else { continue };
                let patches = &mut wanted.entry(*file).or_default().patches;
                match patches.last_mut().filter(|(last, _)| *last == number) {
                    Some((_, edits)) => edits.push(edit.clone()),
                    None => patches.push((number, vec![edit.clone()])),
                }
            }
        }
        let again = read_again(world, files, wanted, &mut known)?;
        let mut all: Vec<&mut Fix> = findings.iter_mut().flat_map(|finding| &mut finding.fixes).collect();
        let mut patched: FxHashMap<(usize, FileId), Vec<patch::Change>> = FxHashMap::default();
        for Again { file, text, found, changes } in again {
            texts.take(file, text, found);
            patched.extend(changes.into_iter().map(|(number, changes)| ((number, file), changes)));
        }
        for (number, fix) in all.iter_mut().enumerate().filter(|(_, fix)| !fix.edits.is_empty()) {
            let changes: Option<Vec<Vec<FileChange>>> = files_of(fix).map(|target| written(&target, number, fix, &patched)).collect();
            fix.changes = changes.unwrap_or_default().concat();
            if fix.changes.is_empty() {
                // what cannot be written without guessing is left to people
                fix.applicability = Applicability::Manual;
                fix.edits.clear();
            }
        }
        Ok(texts)
    }
}

/// What a file is read again for.
#[derive(Default)]
struct Wanted {
    places: FxHashSet<Place>,
    /// The edits of each fix in this file, by the number of the fix among those of all findings.
    patches: Vec<(usize, Vec<patch::Edit>)>,
}

/// A file that was read again.
struct Again {
    file: FileId,
    text: String,
    /// The bytes of each place, and the field in words.
    found: Vec<(Place, Span, String)>,
    /// The changes of each fix that can be made.
    changes: Vec<(usize, Vec<patch::Change>)>,
}

/// How many files a core takes at once: so many that the last ones are not left to one.
const AT_ONCE: usize = 16;

/// Reads files again, on all cores.
fn read_again(
    world: &dyn World,
    files: &[LoadedFile],
    wanted: FxHashMap<FileId, Wanted>,
    known: &mut Texts,
) -> Result<Vec<Again>, Failure> {
    let wanted: Vec<_> = wanted.into_iter().map(|(file, wanted)| (file, wanted, known.contents.remove(&file))).collect();
    let again: Result<Vec<_>, _> =
        wanted.into_par_iter().with_max_len(AT_ONCE).map(|(file, wanted, known)| Again::read(world, files, file, wanted, known)).collect();
    Ok(again?.into_iter().flatten().collect())
}

impl Again {
    /// None for what could not be read the first time: it has no text to show.
    fn read(world: &dyn World, files: &[LoadedFile], file: FileId, wanted: Wanted, known: Option<String>) -> Result<Option<Self>, Failure> {
        let Some(loaded) = files.get(file.0 as usize) else { return Ok(None) };
        let text = match known.filter(|text| loaded.says(text)).map_or_else(|| load::reread(world, loaded), Ok) {
            Ok(text) => text,
            Err(RereadError::Changed) => return Err(Failure::Changed(loaded.shown.clone())),
            Err(RereadError::Io(_)) => return Ok(None),
        };
        let (mut found, mut changes) = (Vec::new(), Vec::new());
        if !wanted.patches.is_empty() || wanted.places.iter().any(|p| !matches!(p, Place::Bytes(..))) {
            let tree = yaml::read(&text);
            let mut fields = Fields::new(&tree, &text);
            found.extend(wanted.places.into_iter().filter_map(|place| {
                let (node, span) = node_of(&tree, place)?;
                Some((place, span, fields.path(node)))
            }));
            let patched = |(number, edits): (usize, Vec<_>)| Some((number, patch::patch(&text, &tree, &edits).ok()?));
            changes.extend(wanted.patches.into_iter().filter_map(patched));
        }
        Ok(Some(Self { file, text, found, changes }))
    }
}

/// The files of a fix, each once.
fn files_of(fix: &Fix) -> impl Iterator<Item = FixTarget> + use<> {
    let target = |edit: &Edit| match edit {
        Edit::Change { file, .. } | Edit::Create { beside: NodeId { file, .. }, .. } => FixTarget::Known(*file),
        Edit::NewFile { shown, .. } => FixTarget::New(shown.clone()),
    };
    fix.edits.iter().map(target).collect::<BTreeSet<_>>().into_iter()
}

/// What a fix does to one of its files; none when it cannot be written.
fn written(
    file: &FixTarget,
    number: usize,
    fix: &Fix,
    patched: &FxHashMap<(usize, FileId), Vec<patch::Change>>,
) -> Option<Vec<FileChange>> {
    let changes = match file {
        FixTarget::Known(id) => patched.get(&(number, *id))?.clone(),
        FixTarget::New(path) => {
            let content = fix.edits.iter().find_map(|edit| match edit {
                Edit::NewFile { shown, content, .. } if shown == path => Some(content.clone()),
                _ => None,
            });
            vec![patch::Change { span: Span::at(0), content: content? }]
        }
    };
    Some(changes.into_iter().map(|change| FileChange { file: file.clone(), change }).collect())
}

fn places_of(finding: &Finding) -> impl Iterator<Item = Place> + '_ {
    std::iter::once(&finding.primary).chain(&finding.secondary).map(|label| label.place)
}

fn node_of(tree: &yaml::Tree<'_>, place: Place) -> Option<(yaml::Index, Span)> {
    let node = match place {
        Place::Node(NodeId { index, .. }) => index,
        Place::KeyOf(NodeId { index, .. }) => tree.key_of(index).unwrap_or(index),
        Place::Bytes(..) => return None,
    };
    Some((node, tree.span(node)))
}
