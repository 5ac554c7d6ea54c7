//! One pass: all fixes of one check at once, but for those that do not work out.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::FixedFile;
use super::overlay::Overlay;
use crate::checks::rule_file::Source;
use crate::checks::{Certainty, Edit, Finding, Fix, Severity, catalogue};
use crate::config::Key;
use crate::lint::{Failure, Linted, Session, Texts};
use crate::report::Sources;
use crate::text::FileId;
use crate::yaml::{self, patch};

/// A fix that may be made.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    pub(super) rule: Arc<str>,
    pub(super) title: String,
    /// Of its finding.
    pub(super) key: Key,
    /// The file its finding is in.
    pub(super) shown: Arc<str>,
    severity: Severity,
    edits: Vec<Edit>,
}

/// Why a fix is not made.
#[derive(Clone, Debug)]
pub(super) struct Why {
    pub(super) words: String,
    /// Whether people should tell us.
    pub(super) bug: bool,
}

/// What a pass came to.
#[derive(Default)]
pub(super) struct Outcome {
    /// What is left; none when nothing was done.
    pub(super) linted: Option<Linted>,
    pub(super) made: Vec<Candidate>,
    pub(super) dropped: Vec<(Candidate, Why)>,
}

/// New files by their paths: how people see these, and their texts.
type NewFiles = BTreeMap<PathBuf, (Arc<str>, String)>;

/// Texts as a set of fixes makes them.
#[derive(Default)]
struct Texted {
    files: BTreeMap<FileId, String>,
    new: NewFiles,
}

impl Candidate {
    pub(super) fn new(finding: &Finding, fix: &Fix, key: Key, texts: &Texts) -> Self {
        let shown = texts.path(finding.primary.place.file()).into();
        Self { rule: finding.rule.clone(), title: fix.title.clone(), key, shown, severity: finding.severity, edits: fix.edits.clone() }
    }

    fn changes(&self, file: FileId) -> impl Iterator<Item = &patch::Edit> {
        self.edits.iter().filter_map(move |edit| match edit {
            Edit::Change { file: other, edit } if *other == file => Some(edit),
            _ => None,
        })
    }

    fn files(&self) -> impl Iterator<Item = FileId> {
        self.edits.iter().filter_map(|edit| if let Edit::Change { file, .. } = edit { Some(*file) } else { None })
    }

    /// Whether it only makes readable what nothing was known of: what is found in it then was there before.
    fn uncovers(&self) -> bool {
        catalogue().file(&self.rule).is_some_and(|rule| rule.source != Source::Check)
    }
}

/// A pass over the findings of one check.
pub(super) struct Pass<'p, 'w> {
    pub(super) overlay: &'p Overlay<'w>,
    pub(super) session: &'p mut Session<'w>,
    pub(super) linted: &'p Linted,
    pub(super) candidates: &'p [Candidate],
}

impl Pass<'_, '_> {
    pub(super) fn run(mut self) -> Result<Outcome, Failure> {
        let mut outcome = Outcome::default();
        let mut chosen: Vec<usize> = (0..self.candidates.len()).collect();
        loop {
            let (texted, dropped) = self.write(&mut chosen);
            outcome.dropped.extend(dropped.into_iter().filter_map(|(n, why)| Some((self.candidates.get(n)?.clone(), why))));
            if chosen.is_empty() {
                self.show(&Texted::default())?;
                return Ok(outcome);
            }
            let linted = self.check(&texted)?;
            if self.harm(&linted, &chosen).is_none() {
                outcome.made = chosen.iter().filter_map(|n| self.candidates.get(*n)).cloned().collect();
                outcome.linted = Some(linted);
                return Ok(outcome);
            }
            // the shortest part from the start that does harm ends with what does it
            let (mut harmless, mut harmful) = (0, chosen.len());
            while harmful - harmless > 1 {
                let middle = usize::midpoint(harmless, harmful);
                let mut part: Vec<usize> = chosen.iter().copied().take(middle).collect();
                let (texted, _) = self.write(&mut part);
                let linted = self.check(&texted)?;
                if self.harm(&linted, &part).is_some() { harmful = middle } else { harmless = middle }
            }
            let guilty = chosen.remove(harmful - 1);
            let (texted, _) = self.write(&mut vec![guilty]);
            let linted = self.check(&texted)?;
            // together with others only: their turn is the next pass
            if let (Some(words), Some(candidate)) = (self.harm(&linted, &[guilty]), self.candidates.get(guilty)) {
                outcome.dropped.push((candidate.clone(), Why { words, bug: false }));
            }
        }
    }

    /// Writes the texts of the chosen fixes. What cannot be written is taken out of them; what cannot even be written alone is
    /// given back with the reason.
    fn write(&self, chosen: &mut Vec<usize>) -> (Texted, Vec<(usize, Why)>) {
        let mut dropped = Vec::new();
        let mut texts: FxHashMap<FileId, (Vec<usize>, String)> = FxHashMap::default();
        loop {
            let mut by_file: BTreeMap<FileId, Vec<usize>> = BTreeMap::new();
            for n in chosen.iter() {
                for file in self.candidates.get(*n).into_iter().flat_map(Candidate::files) {
                    let list = by_file.entry(file).or_default();
                    if list.last() != Some(n) {
                        list.push(*n);
                    }
                }
            }
            by_file.retain(|file, list| texts.get(file).is_none_or(|(written, _)| written != list));
            let written: Vec<_> =
                by_file.into_par_iter().map(|(file, list)| (file, self.patch(file, &list).map(|text| (list, text)))).collect();
            let mut guilty = FxHashSet::default();
            for (file, result) in written {
                match result {
                    Ok(text) => _ = texts.insert(file, text),
                    Err((n, why)) => {
                        guilty.insert(n);
                        dropped.extend(why.map(|why| (n, why)));
                    }
                }
            }
            let (new, twice) = self.new_files(chosen);
            guilty.extend(twice);
            if guilty.is_empty() {
                let of_chosen =
                    |(file, (list, text)): (FileId, (Vec<usize>, String))| list.iter().any(|n| chosen.contains(n)).then_some((file, text));
                return (Texted { files: texts.into_iter().filter_map(of_chosen).collect(), new }, dropped);
            }
            chosen.retain(|n| !guilty.contains(n));
        }
    }

    /// New files, and the fixes that want one of another content under a path that is taken.
    fn new_files(&self, chosen: &[usize]) -> (NewFiles, Vec<usize>) {
        let (mut new, mut twice) = (NewFiles::new(), Vec::new());
        for (n, candidate) in chosen.iter().filter_map(|n| Some((*n, self.candidates.get(*n)?))) {
            for edit in &candidate.edits {
                let Edit::NewFile { path, shown, content } = edit else { continue };
                let (_, there) = new.entry(path.clone()).or_insert_with(|| (shown.clone(), content.clone()));
                if there != content {
                    twice.push(n);
                }
            }
        }
        (new, twice)
    }

    /// The text of a file with all edits of some fixes. Else the first fix that does not go together with those before it, and
    /// the reason, when it does not go alone either.
    fn patch(&self, file: FileId, list: &[usize]) -> Result<String, (usize, Option<Why>)> {
        let text = self.linted.texts.text(file).unwrap_or_default();
        let tree = yaml::read(text);
        let patched = |list: &[usize]| -> Result<String, Why> {
            let edits: Vec<patch::Edit> =
                list.iter().filter_map(|n| self.candidates.get(*n)).flat_map(|c| c.changes(file)).cloned().collect();
            let changes = patch::patch(text, &tree, &edits).map_err(|refusal| Why { words: refusal.to_string(), bug: false })?;
            let wrong = |words: String| Why { words, bug: true };
            let after = patch::apply(text, &changes).ok_or_else(|| wrong("the changes overlap".to_owned()))?;
            patch::verify(text, &tree, &edits, &after).map_err(|mismatch| wrong(mismatch.to_string()))?;
            Ok(after)
        };
        if let Ok(text) = patched(list) {
            return Ok(text);
        }
        let (mut good, mut bad) = (0, list.len());
        while bad - good > 1 {
            let middle = usize::midpoint(good, bad);
            if list.get(..middle).is_some_and(|part| patched(part).is_ok()) { good = middle } else { bad = middle }
        }
        let Some(guilty) = list.get(bad - 1) else { return Ok(text.to_owned()) };
        Err((*guilty, patched(&[*guilty]).err()))
    }

    /// Lets the world show these texts, and no others of this pass.
    fn show(&mut self, texted: &Texted) -> Result<(), Failure> {
        let mut paths: Vec<PathBuf> = Vec::new();
        let mut put = |path: PathBuf, shown: Arc<str>, before: Option<String>, after: String, rank: u8, piped: bool| {
            self.overlay.put(FixedFile { path: path.clone(), shown, before, after, rank, piped });
            paths.push(path);
        };
        let touched: FxHashSet<FileId> = self.candidates.iter().flat_map(Candidate::files).collect();
        let mut touched: Vec<FileId> = touched.into_iter().collect();
        touched.sort_unstable();
        for id in touched {
            let (Some(file), Some(text)) = (self.session.files().get(id.0 as usize), self.linted.texts.text(id)) else { continue };
            let after = texted.files.get(&id).map_or(text, String::as_str);
            if self.overlay.text(&file.path).as_deref().unwrap_or(text) != after {
                let rank = self.rank(id);
                put(file.path.clone(), file.shown.clone(), Some(text.to_owned()), after.to_owned(), rank, file.kept.is_some());
            }
        }
        for edit in self.candidates.iter().flat_map(|candidate| &candidate.edits) {
            let Edit::NewFile { path, shown, .. } = edit else { continue };
            let after = texted.new.get(path).map_or("", |(_, content)| content);
            if self.overlay.text(path).unwrap_or_default() != after {
                put(path.clone(), shown.clone(), None, after.to_owned(), 0, false);
            }
        }
        if paths.is_empty() { Ok(()) } else { self.session.reload(&paths) }
    }

    /// When a file is written: new resources first, then kustomizations that name them, then what refers to them.
    fn rank(&self, file: FileId) -> u8 {
        let edits = || self.candidates.iter().flat_map(|candidate| candidate.changes(file));
        let names_files =
            |edit: &patch::Edit| matches!(edit, patch::Edit::Append { path, .. } if matches!(&**path, [key] if key == "resources"));
        if edits().any(|edit| matches!(edit, patch::Edit::AddDocument { .. })) {
            0
        } else if edits().any(names_files) {
            1
        } else {
            2
        }
    }

    fn check(&mut self, texted: &Texted) -> Result<Linted, Failure> {
        self.show(texted)?;
        self.session.check(self.linted.texts.known())
    }

    /// What fixes have done that they must not do: a finding is still there, or another one is there that is as bad.
    fn harm(&self, after: &Linted, chosen: &[usize]) -> Option<String> {
        let fixes = || chosen.iter().filter_map(|n| self.candidates.get(*n));
        let least = fixes().filter(|fix| !fix.uncovers()).map(|fix| fix.severity).min();
        let mut still: FxHashMap<&Key, usize> = FxHashMap::default();
        for key in &after.keys {
            *still.entry(key).or_default() += 1;
        }
        let mut left: FxHashMap<&Key, usize> = FxHashMap::default();
        for key in &self.linted.keys {
            *left.entry(key).or_default() += 1;
        }
        for fix in fixes() {
            let left = left.entry(&fix.key).or_default();
            *left = left.saturating_sub(1);
        }
        if fixes().any(|fix| still.get(&fix.key).copied().unwrap_or_default() > left.get(&fix.key).copied().unwrap_or_default()) {
            return Some("it would not help: the finding would still be there".to_owned());
        }
        let least = least?;
        // a fix may give a list's item another name, so fields are not compared
        let mut before: FxHashMap<(String, String), usize> = FxHashMap::default();
        for key in &self.linted.keys {
            *before.entry((key.rule.clone(), key.resource.clone())).or_default() += 1;
        }
        let uncovered: FxHashSet<&str> = fixes().filter(|fix| fix.uncovers()).map(|fix| &*fix.key.resource).collect();
        let bad = |finding: &&Finding| finding.certainty > Certainty::Possible && !finding.known && finding.severity >= least;
        after.findings.iter().filter(bad).find_map(|finding| {
            let key = after.texts.key(finding);
            let resource = key.resource.clone();
            let there = before.get_mut(&(key.rule, key.resource));
            let new = there.is_none_or(|count| {
                let none_left = *count == 0;
                *count = count.saturating_sub(1);
                none_left
            });
            let line = after.texts.path(finding.primary.place.file());
            (new && !uncovered.contains(&*resource)).then(|| format!("it would lead to {} in {line}: {}", finding.rule, finding.message))
        })
    }
}
