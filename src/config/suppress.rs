//! Findings that people have decided to live with: comments and annotations that name rules.
//!
//! - `# meshgate: ignore[rule-name, other] reason` after a value holds for its line; alone on its line it holds for the
//!   next line that is neither blank nor a comment; above the first such line of a document, for the whole document.
//! - The annotation `meshgate.dev/ignore` on a resource, one `rule-name: reason` a line, holds for the whole resource.

use std::ops::RangeInclusive;

use rustc_hash::FxHashMap;

use crate::checks::{Finding, Place};
use crate::text::{FileId, LineIndex, Span, near};
use crate::yaml::{Index, Tree};

/// The rule that reports suppressions without use. It cannot be suppressed.
pub const UNUSED_IGNORE: &str = "unused-ignore";
/// The rule that reports suppressions without a reason. It cannot be suppressed.
pub const IGNORE_WITHOUT_REASON: &str = "ignore-without-reason";
/// The annotation that suppresses findings in its resource.
pub const ANNOTATION: &str = "meshgate.dev/ignore";
/// How a comment starts that speaks to meshgate.
const MARK: &str = "meshgate:";

/// Where a suppression holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// For findings that start on these lines (from 1).
    Lines(RangeInclusive<usize>),
    /// For findings that start within a document, or within an item of a List.
    Document(Span),
    /// Nowhere: nothing follows, or it is malformed.
    Nothing,
}

/// A comment, or one line of an annotation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suppression {
    /// The file.
    pub file: FileId,
    /// The whole comment, or the annotation's value.
    pub span: Span,
    /// The rules it names, each with its place.
    pub rules: Vec<(String, Span)>,
    /// Why, in the words of whoever wrote it.
    pub reason: Option<String>,
    /// Where it holds.
    pub scope: Scope,
    /// Whether it stands in an annotation.
    pub annotation: bool,
    /// What is wrong with its form, and what to do; then it holds nowhere.
    pub problem: Option<(String, &'static str)>,
}

/// All suppressions of a file, in the order of the file.
pub fn scan(text: &str, tree: &Tree<'_>, file: FileId) -> Vec<Suppression> {
    if memchr::memmem::find(text.as_bytes(), b"meshgate").is_none() {
        return Vec::new();
    }
    let lines = Lines::new(text, tree);
    let around = lines.around();
    let mut found: Vec<Suppression> = lines.comments.iter().filter_map(|span| comment(&lines, &around, *span, file)).collect();
    for (nth, document) in tree.documents.iter().enumerate() {
        let Some(root) = document.root else { continue };
        annotations(text, tree, root, lines.documents.get(nth).copied().unwrap_or(document.span), file, &mut found);
        if !tree.get_text(root, &["kind"]).is_some_and(|kind| kind.ends_with("List")) {
            continue;
        }
        for item in tree.get(root, &["items"]).map(|items| tree.kids(tree.target(items))).unwrap_or_default() {
            annotations(text, tree, *item, tree.span(*item), file, &mut found);
        }
    }
    found.sort_by_key(|suppression| suppression.span);
    found
}

/// What a line holds, as far as comments care.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Line {
    /// Nothing, or only a comment.
    Quiet,
    /// `---` with nothing after it, `...`, or a directive.
    Marker,
    Content,
}

/// A file by lines.
struct Lines<'t> {
    text: &'t str,
    index: LineIndex<'t>,
    comments: Vec<Span>,
    /// For each document the bytes that are its own, up to the next one's first.
    documents: Vec<Span>,
}

impl<'t> Lines<'t> {
    fn new(text: &'t str, tree: &Tree<'_>) -> Self {
        let mut documents: Vec<Span> = Vec::with_capacity(tree.documents.len());
        for document in &tree.documents {
            let start = if documents.is_empty() { 0 } else { document.span.start };
            if let Some(before) = documents.last_mut() {
                before.end = start;
            }
            // a finding may stand at the very end of the text
            documents.push(Span::new(start, u32::MAX));
        }
        Self { text, index: LineIndex::new(text), comments: tree.comments(text), documents }
    }

    /// The bytes of a line (from 1) up to its comment.
    fn before_comment(&self, line: usize) -> &'t str {
        let text = self.index.line(line);
        let start = self.start(line);
        let end = start.saturating_add(u32::try_from(text.len()).unwrap_or(u32::MAX));
        let next = self.comments.partition_point(|comment| comment.start < start);
        match self.comments.get(next).filter(|comment| comment.start < end) {
            Some(comment) => Span::new(start, comment.start).of(self.text),
            None => text,
        }
    }

    fn start(&self, line: usize) -> u32 {
        offset_in(self.text, self.index.line(line))
    }

    fn kind(&self, line: usize) -> Line {
        let text = self.before_comment(line).trim_end();
        match text {
            "---" | "..." => Line::Marker,
            _ if text.trim_start().is_empty() => Line::Quiet,
            _ if text.starts_with('%') => Line::Marker,
            _ => Line::Content,
        }
    }

    /// What stands around each line (from 1), found in one pass each way: a file may be all comments.
    fn around(&self) -> Vec<Around> {
        let kinds: Vec<Line> = (1..=self.index.count()).map(|line| self.kind(line)).collect();
        let mut around = Vec::with_capacity(kinds.len());
        let mut before = None;
        for kind in &kinds {
            around.push(Around { here: *kind, opened: before != Some(Line::Content), marker: false, next: None });
            before = if *kind == Line::Quiet { before } else { Some(*kind) };
        }
        let (mut marker, mut next) = (false, None);
        for (line, around) in around.iter_mut().enumerate().map(|(at, around)| (at + 1, around)).rev() {
            (around.marker, around.next) = (marker, next);
            match around.here {
                Line::Content => (marker, next) = (false, Some(line)),
                Line::Marker => marker = true,
                Line::Quiet => {}
            }
        }
        around
    }

    /// What a comment on a line holds for.
    fn scope(&self, line: usize, around: Around, indented: bool) -> Scope {
        if around.here == Line::Content {
            return Scope::Lines(line..=line);
        }
        // an indented comment belongs to what stands above it, not to the next document
        let Some(next) = around.next.filter(|_| !(around.marker && indented)) else { return Scope::Nothing };
        if around.here != Line::Marker && !around.marker && !around.opened {
            return Scope::Lines(next..=next);
        }
        let at = self.start(next);
        let nth = self.documents.partition_point(|document| document.start <= at);
        let document = nth.checked_sub(1).and_then(|nth| self.documents.get(nth));
        document.map_or(Scope::Nothing, |document| Scope::Document(*document))
    }
}

/// What stands around a line.
#[derive(Clone, Copy)]
struct Around {
    here: Line,
    /// Nothing of its document stands above it.
    opened: bool,
    /// A document starts between it and the next line with content.
    marker: bool,
    /// The next line with content.
    next: Option<usize>,
}

/// The suppression in a comment, when it speaks to meshgate.
fn comment(lines: &Lines<'_>, around: &[Around], span: Span, file: FileId) -> Option<Suppression> {
    let words = span.of(lines.text).trim_start_matches('#').trim();
    let rest = words.strip_prefix(MARK)?.trim_start();
    let form = "write `# meshgate: ignore[rule-name] reason`";
    let malformed = |why: &str| {
        let problem = Some((why.to_owned(), form));
        Some(Suppression { file, span, rules: Vec::new(), reason: None, scope: Scope::Nothing, annotation: false, problem })
    };
    let verb_end = rest.find(|c: char| c == '[' || c == ':' || c.is_whitespace()).unwrap_or(rest.len());
    let (verb, rest) = rest.split_at(verb_end);
    if verb.is_empty() {
        return malformed("a comment to meshgate that says nothing");
    }
    if verb != "ignore" {
        return malformed(&format!("meshgate knows no `{verb}` in a comment"));
    }
    let Some(list) = rest.trim_start().strip_prefix('[') else {
        return malformed("`ignore` names no rule");
    };
    let Some((names, reason)) = list.split_once(']') else {
        return malformed("`ignore[` has no closing `]`");
    };
    let base = span.start + offset_in(span.of(lines.text), names);
    let mut rules = Vec::new();
    for part in names.split(',') {
        let name = part.trim();
        if !name.is_empty() {
            let start = base + offset_in(names, name);
            rules.push((name.to_owned(), Span::new(start, start + length(name))));
        }
    }
    if rules.is_empty() {
        return malformed("`ignore[]` names no rule");
    }
    let line = lines.index.position(span.start).line;
    let indented = lines.before_comment(line).starts_with([' ', '\t']);
    let scope = around.get(line - 1).map_or(Scope::Nothing, |around| lines.scope(line, *around, indented));
    Some(Suppression { file, span, rules, reason: words_of(reason), scope, annotation: false, problem: None })
}

/// The suppressions in a resource's annotation, one a line.
fn annotations(text: &str, tree: &Tree<'_>, resource: Index, scope: Span, file: FileId, found: &mut Vec<Suppression>) {
    let Some(node) = tree.get(resource, &["metadata", "annotations", ANNOTATION]) else { return };
    let Some(value) = tree.text(node) else { return };
    let span = tree.span(tree.target(node));
    if value.trim().is_empty() {
        let problem = Some((format!("`{ANNOTATION}` names no rule"), "write `rule-name: reason`, one a line"));
        return found.push(Suppression { file, span, rules: Vec::new(), reason: None, scope: Scope::Nothing, annotation: true, problem });
    }
    let source = span.of(text);
    let block = source.starts_with(['|', '>']);
    let mut from = 0;
    for line in value.lines() {
        let (name, reason) = line.split_once(':').map_or((line, ""), |(name, reason)| (name, reason));
        let name = name.trim();
        if name.is_empty() {
            continue;
        }
        // escapes and folds may hide a name from the source: then the whole value is its place, and
        // that of all after it: looking for each of them through the whole value could take for ever
        let place = if let Some(at) = source.get(from..).and_then(|rest| rest.find(name)).map(|at| from + at) {
            // the reason may speak of other rules
            let line_end = source.get(at..).filter(|_| block).and_then(|rest| rest.find('\n'));
            from = at + line_end.unwrap_or(name.len());
            let start = span.start + u32::try_from(at).unwrap_or_default();
            Span::new(start, start + length(name))
        } else {
            from = source.len();
            span
        };
        let rules = vec![(name.to_owned(), place)];
        found.push(Suppression {
            file,
            span,
            rules,
            reason: words_of(reason),
            scope: Scope::Document(scope),
            annotation: true,
            problem: None,
        });
    }
}

fn words_of(reason: &str) -> Option<String> {
    let reason = reason.trim();
    (!reason.is_empty()).then(|| reason.to_owned())
}

/// Where a part of a text starts in it.
fn offset_in(whole: &str, part: &str) -> u32 {
    u32::try_from((part.as_ptr() as usize).saturating_sub(whole.as_ptr() as usize)).unwrap_or_default()
}

fn length(text: &str) -> u32 {
    u32::try_from(text.len()).unwrap_or(u32::MAX)
}

/// What is known of a rule in a file, for suppressions that matched nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuleState {
    /// It ran and decided: without a match the suppression has no use.
    On,
    /// It is off there.
    Off,
    /// It could not decide there, for want of a version or of other input.
    Undecided,
    /// There is no such rule.
    Unknown,
}

/// A suppression, or one of its names, that suppresses nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnusedIgnore {
    /// The file.
    pub file: FileId,
    /// The rule's name in it, or the whole comment.
    pub span: Span,
    /// The name; none when the comment is malformed.
    pub rule: Option<String>,
    /// The headline.
    pub why: String,
    /// What to do.
    pub help: Option<String>,
    /// The whole comment, and all of its names that can go; none where something else is to be done.
    pub comment: Option<(Span, Vec<String>)>,
}

/// A comment without some of its names; none when no name is left.
pub fn without(comment: &str, gone: &[String]) -> Option<String> {
    let (before, rest) = comment.split_once('[')?;
    let (names, after) = rest.split_once(']')?;
    let kept: Vec<&str> = names.split(',').map(str::trim).filter(|name| !name.is_empty() && !gone.iter().any(|g| g == name)).collect();
    (!kept.is_empty()).then(|| format!("{before}[{}]{after}", kept.join(", ")))
}

/// What suppressions make of the findings.
#[derive(Debug, Default)]
pub struct Applied {
    /// Findings that nothing suppresses, in their order.
    pub kept: Vec<Finding>,
    /// Findings that are suppressed, in their order.
    pub suppressed: Vec<Finding>,
    /// Suppressions without use, by file and place.
    pub unused: Vec<UnusedIgnore>,
    /// Suppressions that do not say why, as the place of their first name and all names. Those without use are left out: they
    /// should go, not get a reason.
    pub unreasoned: Vec<(FileId, Span, Vec<String>)>,
}

/// Applies suppressions. Give it all findings, the hidden `Possible` ones too: a suppression that meets one of those
/// has its use, though nobody sees it. `locate` gives the span of a place in its file, and its line (from 1); `state`
/// speaks of a rule in a file; `known` are the names of all rules and known issues.
pub fn apply(
    findings: Vec<Finding>,
    suppressions: &[Suppression],
    locate: &dyn Fn(Place) -> (Span, usize),
    state: &dyn Fn(&str, FileId) -> RuleState,
    known: &[&str],
) -> Applied {
    let mut by_line: FxHashMap<(FileId, usize), Vec<usize>> = FxHashMap::default();
    let mut by_file: FxHashMap<FileId, Vec<(Span, usize)>> = FxHashMap::default();
    for (index, suppression) in suppressions.iter().enumerate() {
        let documents = by_file.entry(suppression.file).or_default();
        match &suppression.scope {
            Scope::Lines(lines) => lines.clone().for_each(|line| by_line.entry((suppression.file, line)).or_default().push(index)),
            Scope::Document(document) => documents.push((*document, index)),
            Scope::Nothing => {}
        }
    }
    let mut used: Vec<Vec<bool>> = suppressions.iter().map(|suppression| vec![false; suppression.rules.len()]).collect();
    let mut applied = Applied::default();
    for finding in findings {
        let place = finding.primary.place;
        let file = place.file();
        let Some(documents) = by_file.get(&file).filter(|_| &*finding.rule != UNUSED_IGNORE) else {
            applied.kept.push(finding);
            continue;
        };
        let (span, line) = locate(place);
        let around = documents.iter().filter(|(document, _)| (document.start..document.end).contains(&span.start)).map(|(_, index)| index);
        let mut suppressed = false;
        for index in by_line.get(&(file, line)).into_iter().flatten().chain(around) {
            let (Some(suppression), Some(used)) = (suppressions.get(*index), used.get_mut(*index)) else { continue };
            for ((rule, _), used) in suppression.rules.iter().zip(used) {
                if **rule == *finding.rule {
                    (*used, suppressed) = (true, true);
                }
            }
        }
        if suppressed { applied.suppressed.push(finding) } else { applied.kept.push(finding) }
    }
    for (suppression, used) in suppressions.iter().zip(used) {
        let Suppression { file, span, .. } = *suppression;
        if let Some((why, help)) = &suppression.problem {
            applied.unused.push(UnusedIgnore { file, span, rule: None, why: why.clone(), help: Some((*help).to_owned()), comment: None });
        }
        let unused = || suppression.rules.iter().zip(&used).filter(|(_, used)| !**used).map(|(rule, _)| rule);
        let can_go: Vec<String> = unused().filter(|(rule, _)| state(rule, file) == RuleState::On).map(|(rule, _)| rule.clone()).collect();
        let before = applied.unused.len();
        for (rule, name) in unused() {
            if let Some((why, help)) = useless(rule, &suppression.scope, state(rule, file), known) {
                let comment = (!suppression.annotation && can_go.contains(rule)).then(|| (span, can_go.clone()));
                applied.unused.push(UnusedIgnore { file, span: *name, rule: Some(rule.clone()), why, help, comment });
            }
        }
        if suppression.reason.is_none() && suppression.problem.is_none() && applied.unused.len() == before {
            let span = suppression.rules.first().map_or(span, |(_, span)| *span);
            applied.unreasoned.push((file, span, suppression.rules.iter().map(|(rule, _)| rule.clone()).collect()));
        }
    }
    applied.unused.sort_by_key(|unused| (unused.file, unused.span));
    applied
}

/// Why a name that matched nothing is worth a word, and what to do; nothing when nobody can know.
fn useless(rule: &str, scope: &Scope, state: RuleState, known: &[&str]) -> Option<(String, Option<String>)> {
    if rule == UNUSED_IGNORE || rule == IGNORE_WITHOUT_REASON {
        let help = format!("set `rules: {{{rule}: off}}` in meshgate.yaml");
        return Some((format!("`{rule}` cannot be ignored in place"), Some(help)));
    }
    match state {
        RuleState::Unknown => {
            let help = near(rule, known.iter().copied()).map(|near| format!("did you mean `{near}`?"));
            Some((format!("there is no rule `{rule}` to ignore"), help))
        }
        RuleState::Off | RuleState::Undecided => None,
        RuleState::On => {
            let place = match scope {
                Scope::Lines(_) => "on that line",
                Scope::Document(_) => "in that document",
                Scope::Nothing => "after it",
            };
            Some((format!("`ignore[{rule}]` suppresses nothing {place}"), Some("remove it".to_owned())))
        }
    }
}

#[cfg(test)]
#[path = "suppress_tests.rs"]
mod tests;
