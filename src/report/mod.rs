//! Findings, written for people and programs. Everything taken from a manifest is escaped for where it is printed.

mod clip;
mod concise;
mod full;
mod github;
mod gitlab;
mod json;
mod junit;
mod sarif;
mod summary;
mod target;
#[cfg(test)]
mod testing;

use rustc_hash::FxHashMap;

use crate::checks::{Certainty, Finding, Fix, FixTarget, Label, Place};
use crate::text::{FileId, LineIndex, Position, Span, one_line};

pub use concise::concise;
pub use full::full;
pub use github::github;
pub use gitlab::gitlab;
pub(crate) use json::escaped;
pub use json::{json, value};
pub use junit::junit;
pub use sarif::sarif;
pub use summary::{Summary, statistics};

/// The files that findings point into. Trees and texts of the run are gone by the time findings are printed, so whoever
/// implements this has read these files again.
pub trait Sources {
    /// The path as people see it: relative to the working directory, with `/`.
    fn path(&self, file: FileId) -> &str;
    /// The text; `None` when it cannot be had any more.
    fn text(&self, file: FileId) -> Option<&str>;
    /// The bytes of a place.
    fn span(&self, place: Place) -> Span;
    /// The field of a place, as a baseline names it.
    fn field(&self, _place: Place) -> Option<&str> {
        None
    }
    /// The file that the document around a place says it was rendered from.
    fn origin(&self, _place: Place) -> Option<&str> {
        None
    }
}

/// What a report is made of.
#[derive(Clone, Copy)]
pub struct ReportInput<'a> {
    /// What to print, in this order; what is hidden or suppressed is not among them, and what a baseline has only in SARIF.
    pub findings: &'a [Finding],
    /// The files they point into.
    pub sources: &'a dyn Sources,
    /// The counts of the run.
    pub summary: &'a Summary,
}

/// How text is painted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// Whether to use the terminal's colours at all.
    pub color: bool,
}

impl Style {
    fn paint(self, style: anstyle::Style, text: &str) -> String {
        if self.color && !text.is_empty() { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }
}

/// Sources with an index of lines for every file that findings point into.
struct Places<'a> {
    sources: &'a dyn Sources,
    lines: FxHashMap<FileId, LineIndex<'a>>,
}

impl<'a> Places<'a> {
    fn new(input: &ReportInput<'a>) -> Self {
        let mut places = Self { sources: input.sources, lines: FxHashMap::default() };
        let changed = |fix: &'a Fix| fix.changes.iter().filter_map(|c| if let FixTarget::Known(file) = c.file { Some(file) } else { None });
        let files = |f: &'a Finding| {
            let labels = std::iter::once(&f.primary).chain(&f.secondary).map(|label| label.place.file());
            labels.chain(f.fixes.iter().flat_map(changed))
        };
        for file in input.findings.iter().flat_map(files) {
            if !places.lines.contains_key(&file)
                && let Some(text) = places.sources.text(file)
            {
                places.lines.insert(file, LineIndex::new(text));
            }
        }
        places
    }

    fn path(&self, file: FileId) -> &'a str {
        self.sources.path(file)
    }

    /// Start and end (exclusive) of a label; the start of the file when its text is gone.
    fn range(&self, label: &Label) -> (Position, Position) {
        let span = self.sources.span(label.place);
        self.lines
            .get(&label.place.file())
            .map_or((Position { line: 1, column: 1 }, Position { line: 1, column: 1 }), |lines| lines.range(span))
    }

    /// The text of a line, when there is one.
    fn line(&self, file: FileId, line: usize) -> Option<&'a str> {
        self.lines.get(&file).map(|lines| lines.line(line))
    }
}

/// What follows the headline, a line each: what happens at run time, how sure that is when it is not, and what to do.
fn remarks(finding: &Finding) -> Vec<String> {
    let certainty = match finding.certainty {
        Certainty::Sure => None,
        Certainty::Likely => Some("certainty: likely".to_owned()),
        Certainty::Possible => Some("certainty: possible".to_owned()),
    };
    let notes = finding.notes.iter().map(|note| one_line(note).into_owned());
    let help = finding.help.iter().map(|help| format!("help: {}", one_line(help)));
    let fixes = finding.fixes.iter().map(|fix| format!("fix ({}): {}", applicability_name(fix.applicability), one_line(&fix.title)));
    notes.chain(certainty).chain(help).chain(fixes).collect()
}

fn severity_name(severity: crate::checks::Severity) -> &'static str {
    use crate::checks::Severity;
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "info",
    }
}

fn applicability_name(applicability: crate::checks::Applicability) -> &'static str {
    use crate::checks::Applicability;
    match applicability {
        Applicability::Manual => "manual",
        Applicability::Unsafe => "unsafe",
        Applicability::Safe => "safe",
    }
}
