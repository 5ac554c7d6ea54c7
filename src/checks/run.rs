//! Runs all rules and settles severities.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::catalogue::catalogue;
use super::finding::{Applicability, Certainty, Finding, Place, Severity};
use super::findings::Findings;
use super::manifests::{Seen, SeenKind};
use super::rule_file::RuleFile;
use super::{CustomHit, CustomRules, KnownIssues};
use crate::mesh::Mesh;
use crate::model::ResourceId;
use crate::text::FileId;
use crate::yaml::{NodeId, patch};

/// What the settings say of a rule in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// It is off.
    Off,
    /// It has this severity instead of its own.
    At(Severity),
}

impl Level {
    /// All of them by their word in `meshgate.yaml`.
    pub const WORDS: [(&'static str, Self); 4] = [
        ("off", Self::Off),
        ("info", Self::At(Severity::Info)),
        ("warning", Self::At(Severity::Warning)),
        ("error", Self::At(Severity::Error)),
    ];
}

/// What the user has of his own.
#[derive(Clone, Copy, Debug)]
pub struct Own<'o> {
    /// Known issues.
    pub issues: &'o KnownIssues,
    /// Rules.
    pub rules: &'o CustomRules,
    /// What the rules are not content with, and the resources.
    pub hits: &'o [(CustomHit, ResourceId)],
}

/// What the rules found.
#[derive(Debug, Default)]
pub struct Outcome {
    /// The findings with their severities, `Possible` ones included, in no particular order.
    pub findings: Vec<Finding>,
    /// How many checks each setting would decide.
    pub undecided: BTreeMap<&'static str, usize>,
    /// How long each rule took, the longest first.
    pub timings: Vec<(Arc<str>, Duration)>,
}

/// Runs all rules, and known issues of the user's `own`, on all cores. `level` says what the settings say of a rule in a file; `overlaid` whether an overlay changes a file,
/// so that what stands in it is not what is applied.
/// `clock` is asked before and after each rule.
pub fn run(
    mesh: &Mesh,
    seen: &[Seen<'_>],
    own: Own<'_>,
    level: &dyn Fn(&str, FileId) -> Option<Level>,
    overlaid: &dyn Fn(FileId) -> bool,
    clock: &(dyn Fn() -> Duration + Sync),
) -> Outcome {
    let timed = |name: &Arc<str>, check: &dyn Fn(&mut Findings)| {
        let before = clock();
        let mut found = Findings::default();
        found.of(name);
        check(&mut found);
        (found, (name.clone(), clock().saturating_sub(before)))
    };
    let rules = catalogue().entries().par_iter().map(|entry| {
        timed(&entry.name, &|out| {
            if let Some(rule) = entry.rule {
                rule.check(mesh, out);
            }
            for seen in seen.iter().filter(|s| s.kind().rule() == &*entry.name) {
                seen.report(out);
            }
        })
    });
    let (issues, others) = (catalogue().known_issues.all(), own.issues.all());
    let known = issues.par_iter().chain(others).map(|issue| timed(&issue.name, &|out| issue.check(mesh, out)));
    let (found, mut timings): (Vec<Findings>, Vec<_>) = rules.chain(known).with_max_len(1).unzip();
    let mut out = Findings::default();
    for found in found {
        out.append(found);
    }
    for (hit, id) in own.hits {
        own.rules.report(hit, id, &mut out);
    }
    let (findings, undecided) = out.into_parts();
    let files: FxHashMap<&str, &RuleFile> = catalogue().files().map(|file| (file.name.as_str(), file)).collect();
    let mut findings: Vec<Finding> = findings
        .into_iter()
        .filter_map(|finding| {
            let file = files.get(&*finding.rule).copied();
            let level = level(&finding.rule, finding.primary.place.file());
            settle(finding, file, level, overlaid)
        })
        .collect();
    once_each(&mut findings);
    one_of_two(&mut findings, seen);
    timings.sort_by_key(|(_, took)| std::cmp::Reverse(*took));
    Outcome { findings, undecided, timings }
}

/// The finding of one of the rules about suppressions, with a safe fix when there is one; none where the rule is off.
pub fn of_ignore(
    rule: &str,
    place: Place,
    message: String,
    help: Option<String>,
    fix: Option<(&str, patch::Edit)>,
    level: Option<Level>,
) -> Option<Finding> {
    let mut out = Findings::default();
    out.of(&rule.into());
    let mut draft = out.finding(place).say(message);
    if let Some(help) = help {
        draft = draft.help(help);
    }
    if let Some((title, edit)) = fix {
        draft.fix_by(Applicability::Safe, title, |e| _ = e.change(place.file(), edit));
    }
    let finding = out.into_parts().0.pop()?;
    settle(finding, catalogue().file(rule), level, &|_| false)
}

/// Settles certainty and severity; none when the rule is off here.
pub(super) fn settle(
    mut finding: Finding,
    file: Option<&RuleFile>,
    level: Option<Level>,
    overlaid: &dyn Fn(FileId) -> bool,
) -> Option<Finding> {
    let places = std::iter::once(&finding.primary).chain(&finding.secondary).map(|label| label.place.file());
    if places.into_iter().any(overlaid) {
        finding.certainty = finding.certainty.min(Certainty::Likely);
    }
    if let Some(file) = file {
        finding.certainty = finding.certainty.min(file.certainty);
        finding.severity = if finding.otherwise { file.otherwise.unwrap_or(file.severity) } else { file.severity };
    }
    match level {
        Some(Level::Off) => return None,
        Some(Level::At(severity)) => finding.severity = severity,
        None => {}
    }
    finding.severity = match finding.certainty {
        Certainty::Sure => finding.severity,
        Certainty::Likely => lower(finding.severity),
        Certainty::Possible => Severity::Info,
    };
    Some(finding)
}

const fn lower(severity: Severity) -> Severity {
    match severity {
        Severity::Error => Severity::Warning,
        Severity::Warning | Severity::Info => Severity::Info,
    }
}

/// What a definition of a kind says and a rule of ours too is said once. Ours say it better, but that the definition which was
/// given does not serve a version is surer than that a version gets old.
fn one_of_two(findings: &mut Vec<Finding>, seen: &[Seen<'_>]) {
    let defined: FxHashMap<NodeId, (NodeId, bool)> =
        seen.iter().filter_map(Seen::of_definition).map(|(place, until, version)| (place, (until, version))).collect();
    if defined.is_empty() {
        return;
    }
    let by_definition = |finding: &Finding| match finding.primary.place {
        Place::Node(node) | Place::KeyOf(node) if &*finding.rule == SeenKind::InvalidManifest.rule() => Some((node, *defined.get(&node)?)),
        _ => None,
    };
    let (theirs, mut ours): (Vec<Finding>, Vec<Finding>) =
        std::mem::take(findings).into_iter().partition(|finding| by_definition(finding).is_some());
    for finding in theirs {
        let Some((node, (until, version))) = by_definition(&finding) else { continue };
        let inside = |other: &Finding| match other.primary.place {
            Place::Node(place) | Place::KeyOf(place) => (node..=until).contains(&place),
            Place::Bytes(..) => false,
        };
        if version {
            ours.retain(|other| !inside(other) || other.severity == Severity::Error);
        }
        if !ours.iter().any(|other| inside(other) && other.severity == Severity::Error) {
            findings.push(finding);
        }
    }
    findings.append(&mut ours);
}

/// A resource that belongs to several clusters is judged in each; what is the same in all is said once, at its surest.
fn once_each(findings: &mut Vec<Finding>) {
    findings.sort_by(|a, b| (&a.rule, a.primary.place, b.certainty, &a.message).cmp(&(&b.rule, b.primary.place, a.certainty, &b.message)));
    let mut seen: FxHashSet<(Arc<str>, Place)> = FxHashSet::default();
    findings.retain(|finding| seen.insert((finding.rule.clone(), finding.primary.place)));
}
