//! One run of the linter, from paths to findings: what `meshgate lint` prints and sets its exit code by.

mod defining;
mod placing;
mod session;
mod texts;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::checks::{Finding, Severity};
use crate::config::{Baseline, Choice, ConfigError, Key};
use crate::model::load::{Statistics, Unreadable};
use crate::report::Summary;
use crate::text::World;

pub use session::{NodeLines, Session};
pub use texts::Texts;

/// What to lint, and how.
#[derive(Clone, Debug)]
pub struct Request {
    /// Files and folders; `-` is standard input.
    pub paths: Vec<PathBuf>,
    /// Files and folders that are read for their CustomResourceDefinitions alone.
    pub crds: Vec<PathBuf>,
    /// Where the settings come from.
    pub config: Choice,
    /// Whether the input is the whole cluster, whatever the settings say.
    pub complete: bool,
    /// The namespace of resources that do not say theirs.
    pub namespace: Option<String>,
    /// Whether to show findings that are only possible.
    pub pedantic: bool,
    /// The least severity to show.
    pub min_severity: Severity,
    /// Findings that are known already.
    pub baseline: Option<Baseline>,
    /// Report only what touches lines that changed since this revision.
    pub since: Option<String>,
    /// The path that standard input stands for.
    pub stdin_filename: Option<PathBuf>,
    /// Whether the line of every node is remembered.
    pub lines: bool,
}

impl Request {
    /// Lints paths with nothing else said.
    pub fn new(paths: impl IntoIterator<Item = impl Into<PathBuf>>) -> Self {
        Self {
            paths: paths.into_iter().map(Into::into).collect(),
            crds: Vec::new(),
            config: Choice::Find,
            complete: false,
            namespace: None,
            pedantic: false,
            min_severity: Severity::Info,
            baseline: None,
            since: None,
            stdin_filename: None,
            lines: false,
        }
    }
}

/// Why there is nothing to report.
#[derive(Debug)]
pub enum Failure {
    /// The settings are wrong.
    Config(ConfigError),
    /// A file changed between reading it and reporting on it.
    Changed(Arc<str>),
    /// What changed since a revision cannot be told, and why.
    Since(String),
}

/// What came of it.
#[derive(Debug)]
pub struct Linted {
    /// What to show, by file and place; findings that the baseline has are among them, and marked.
    pub findings: Vec<Finding>,
    /// The most severe finding there is, shown or not; those that are `Possible` or in the baseline do not count.
    pub worst: Option<Severity>,
    /// How long each rule took, the longest first.
    pub timings: Vec<(Arc<str>, Duration)>,
    /// What a baseline of this run consists of.
    pub keys: Vec<Key>,
    /// Entries of the baseline that match nothing any more.
    pub stale: Vec<Key>,
    /// The counts.
    pub summary: Summary,
    /// What was read and what was passed over.
    pub statistics: Statistics,
    /// Paths that could not be read; of a session, see [`Session::into_unreadable`].
    pub unreadable: Vec<Unreadable>,
    /// Manifests that do not parse; they count as manifests that were found.
    pub broken: usize,
    /// The texts that findings point into.
    pub texts: Texts,
}

/// Lints.
///
/// # Errors
/// What keeps it from saying anything; findings are no error.
pub fn lint(world: &dyn World, request: &Request) -> Result<Linted, Failure> {
    let mut session = Session::open(world, request)?;
    let mut linted = session.check(Texts::default())?;
    linted.unreadable = session.into_unreadable();
    Ok(linted)
}
