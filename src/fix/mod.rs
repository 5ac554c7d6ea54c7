//! From findings to fixed files: choose, edit, verify, check again, until nothing is left that may be fixed.
//!
//! Nothing is written here before everything is decided: passes work on texts in memory, and [`write()`] is the end.

mod overlay;
mod pass;
#[cfg(test)]
mod tests;
mod write;

use std::collections::BTreeMap;
use std::hash::Hasher;
use std::path::PathBuf;
use std::sync::Arc;

use rustc_hash::{FxHashSet, FxHasher};

use crate::checks::{Applicability, Finding, Fix};
use crate::config::Key;
use crate::lint::{Failure, Linted, Request, Session, Texts};
use crate::text::World;

use overlay::Overlay;
use pass::{Candidate, Pass};
pub use write::{WriteFailure, write};

/// After how many passes it is given up: fixes that go on making work for each other never end.
const MAX_PASSES: usize = 10;

/// Which fixes are made.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Also those that change who may talk to whom, or where traffic goes.
    pub unsafe_fixes: bool,
    /// Only those of these rules; all when empty.
    pub only: Vec<String>,
}

/// A file that is others than it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FixedFile {
    /// Where, absolute.
    pub path: PathBuf,
    /// How people see the path.
    pub shown: Arc<str>,
    /// What it said; none for a new file.
    pub before: Option<String>,
    /// What it says.
    pub after: String,
    /// When it is written: what is referred to comes before what refers to it.
    pub rank: u8,
    /// Whether it is standard input.
    pub piped: bool,
}

/// A fix that was tried and taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dropped {
    /// The rule.
    pub rule: Arc<str>,
    /// What the fix would have done.
    pub title: String,
    /// The file its finding is in.
    pub path: Arc<str>,
    /// Why it was taken back.
    pub why: String,
    /// Whether people should tell us.
    pub bug: bool,
}

/// How it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// Nothing is left that may be fixed.
    Settled,
    /// Fixes of these rules undo each other.
    Cycle(Vec<Arc<str>>),
    /// Fixes of these rules made work for each other until it was given up.
    Unsettled(Vec<Arc<str>>),
}

/// What came of it.
#[derive(Debug)]
pub struct Fixed {
    /// What is left.
    pub linted: Linted,
    /// The files that are others than they were, by path.
    pub files: Vec<FixedFile>,
    /// How many findings of each rule were fixed.
    pub made: BTreeMap<Arc<str>, usize>,
    /// Fixes that were tried and taken back.
    pub dropped: Vec<Dropped>,
    /// How it ended.
    pub end: End,
    /// What standard input said, when it is among the input.
    pub piped: Option<String>,
}

/// Fixes what may be fixed, in memory.
///
/// # Errors
/// As for [`crate::lint::lint`].
pub fn fix(world: &dyn World, request: &Request, options: &Options) -> Result<Fixed, Failure> {
    settle(world, request, &|linted, given_up| candidates(linted, options, given_up))
}

/// Fixes that were tried and are not tried again: by their findings and titles.
type GivenUp = FxHashSet<(Key, String)>;

/// Makes what is proposed after each check, until nothing is proposed any more.
fn settle(world: &dyn World, request: &Request, propose: &dyn Fn(&Linted, &GivenUp) -> Vec<Candidate>) -> Result<Fixed, Failure> {
    let overlay = Overlay::over(world);
    let mut session = Session::open(&overlay, request)?;
    let mut linted = session.check(Texts::default())?;
    let mut made: BTreeMap<Arc<str>, usize> = BTreeMap::new();
    let (mut dropped, mut given_up): (Vec<Dropped>, GivenUp) = (Vec::new(), GivenUp::default());
    let mut seen = FxHashSet::from_iter([digest(&overlay)]);
    let mut end = End::Settled;
    for pass in 0.. {
        let candidates = propose(&linted, &given_up);
        if candidates.is_empty() {
            break;
        }
        let rules = |all: &[Candidate]| -> Vec<Arc<str>> {
            let names: std::collections::BTreeSet<_> = all.iter().map(|candidate| candidate.rule.clone()).collect();
            names.into_iter().collect()
        };
        if pass == MAX_PASSES {
            end = End::Unsettled(rules(&candidates));
            break;
        }
        let outcome = Pass { overlay: &overlay, session: &mut session, linted: &linted, candidates: &candidates }.run()?;
        for (candidate, why) in outcome.dropped {
            let Candidate { rule, title, key, .. } = &candidate;
            given_up.insert((key.clone(), title.clone()));
            let new = Dropped { rule: rule.clone(), title: title.clone(), path: candidate.shown.clone(), bug: why.bug, why: why.words };
            // a finding that got another key by what was fixed around it is tried again, and says the same
            if !dropped.contains(&new) {
                dropped.push(new);
            }
        }
        let Some(next) = outcome.linted else { break };
        linted = next;
        for candidate in &outcome.made {
            *made.entry(candidate.rule.clone()).or_default() += 1;
        }
        if !seen.insert(digest(&overlay)) {
            end = End::Cycle(rules(&outcome.made));
            break;
        }
    }
    let piped = session.files().iter().find_map(|file| file.kept.clone());
    linted.unreadable = session.into_unreadable();
    Ok(Fixed { linted, files: overlay.into_files(), made, dropped, end, piped })
}

/// The fix of a finding that may be written, if there is one.
pub fn fix_of<'f>(finding: &'f Finding, options: &Options) -> Option<&'f Fix> {
    let least = if options.unsafe_fixes { Applicability::Unsafe } else { Applicability::Safe };
    let chosen = options.only.is_empty() || options.only.iter().any(|rule| **rule == *finding.rule);
    finding.fixes.iter().find(|fix| chosen && !finding.known && fix.applicability >= least && !fix.edits.is_empty())
}

fn candidates(linted: &Linted, options: &Options, given_up: &GivenUp) -> Vec<Candidate> {
    let candidate = |finding: &Finding| {
        let fix = fix_of(finding, options)?;
        let key = linted.texts.key(finding);
        let new = !given_up.contains(&(key.clone(), fix.title.clone()));
        new.then(|| Candidate::new(finding, fix, key, &linted.texts))
    };
    linted.findings.iter().filter_map(candidate).collect()
}

/// Of all texts that were changed: equal for equal ones.
fn digest(overlay: &Overlay<'_>) -> u64 {
    let mut hasher = FxHasher::default();
    overlay.each(|path, text| {
        hasher.write(path.as_os_str().as_encoded_bytes());
        hasher.write(text.as_bytes());
        hasher.write_usize(text.len());
    });
    hasher.finish()
}
