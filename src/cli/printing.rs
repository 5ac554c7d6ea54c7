//! What commands that check manifests have to say in common.

use std::io;

use super::args::{Input, OutputFormat};
use super::{Exit, Streams};
use crate::checks::{Certainty, Finding, Label, Place, Severity};
use crate::config::ConfigError;
use crate::lint::{Failure, Linted, Request};
use crate::model::load::Statistics;
use crate::report::{self, ReportInput, Sources, Style, Summary};
use crate::text::{FileId, Span, World, one_line};

pub(super) fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

pub(super) fn failed(message: &str, streams: &mut Streams<'_>) -> io::Result<Exit> {
    writeln!(streams.err, "error: {message}")?;
    Ok(Exit::Failed)
}

/// Only SARIF has what a baseline has too, and says so; `compared` is whether there was one.
pub(super) fn print_as(format: OutputFormat, linted: &Linted, compared: bool, style: Style, out: &mut dyn io::Write) -> io::Result<()> {
    let all = ReportInput { findings: &linted.findings, sources: &linted.texts, summary: &linted.summary };
    let new: Vec<Finding> = linted.findings.iter().filter(|f| !f.known).cloned().collect();
    let input = ReportInput { findings: &new, ..all };
    report_as(format, &input, &all, compared, style, out)
}

/// Prints findings: SARIF has `all`, every other format `input`.
pub(super) fn report_as(
    format: OutputFormat,
    input: &ReportInput<'_>,
    all: &ReportInput<'_>,
    compared: bool,
    style: Style,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    match format {
        OutputFormat::Full => report::full(input, style, out),
        OutputFormat::Concise => report::concise(input, out),
        OutputFormat::Json => report::json(input, out),
        OutputFormat::Sarif => report::sarif(all, compared, out),
        OutputFormat::Github => report::github(input, out),
        OutputFormat::Gitlab => report::gitlab(input, out),
        OutputFormat::Junit => report::junit(input, out),
    }
}

/// No manifests is no success: says what was passed over, and why.
pub(super) fn nothing_found(linted: &Linted, streams: &mut Streams<'_>) -> io::Result<bool> {
    if linted.broken > 0 || !linted.unreadable.is_empty() || linted.worst >= Some(Severity::Warning) {
        return Ok(false);
    }
    no_manifests(&linted.statistics, streams)
}

/// As [`nothing_found`], where nothing was broken or unreadable either.
pub(super) fn no_manifests(seen: &Statistics, streams: &mut Streams<'_>) -> io::Result<bool> {
    if seen.manifests > 0 {
        return Ok(false);
    }
    if seen.templated > 0 {
        writeln!(
            streams.err,
            "error: there are only templates here; render them, then pipe the result in: `helm template … | meshgate lint -`"
        )?;
        return Ok(true);
    }
    write!(streams.err, "error: no manifests found")?;
    let passed_over = [
        (seen.files, "YAML or JSON file without apiVersion and kind", "YAML or JSON files without apiVersion and kind"),
        (seen.other_files, "file of another kind", "files of other kinds"),
        (seen.excluded, "file excluded by meshgate.yaml", "files excluded by meshgate.yaml"),
        (seen.links, "symbolic link not followed", "symbolic links not followed"),
    ];
    let words: Vec<String> = passed_over.iter().filter(|(n, ..)| *n > 0).map(|(n, one, many)| counted(*n, one, many)).collect();
    if words.is_empty() { writeln!(streams.err) } else { writeln!(streams.err, " ({})", words.join(", ")) }?;
    Ok(true)
}

/// What keeps a run from saying anything.
pub(super) fn failure(failure: &Failure, world: &dyn World, streams: &mut Streams<'_>) -> io::Result<Exit> {
    match failure {
        Failure::Config(error) => wrong_file("config", error, world, streams),
        Failure::Changed(path) => failed(&format!("{} changed while it was being checked; run again", one_line(path)), streams),
        Failure::Since(message) => failed(&one_line(message), streams),
    }
}

/// What every check asks for.
pub(super) fn request(input: &Input, findings: &super::args::Findings) -> Request {
    Request { pedantic: findings.pedantic, min_severity: findings.min_severity.into(), ..reading(input) }
}

/// What every command that reads manifests asks for.
pub(super) fn reading(input: &Input) -> Request {
    Request {
        config: input.config(),
        complete: input.complete,
        namespace: input.namespace.clone(),
        crds: input.crd.clone(),
        ..Request::new(&input.paths)
    }
}

/// A wrong meshgate.yaml, or another file of ours, looks like any other finding, on standard error.
pub(super) fn wrong_file(name: &str, error: &ConfigError, world: &dyn World, streams: &mut Streams<'_>) -> io::Result<Exit> {
    let file = FileId(0);
    let findings: Vec<Finding> = error
        .problems
        .iter()
        .map(|problem| Finding {
            rule: name.into(),
            severity: Severity::Error,
            otherwise: false,
            certainty: Certainty::Sure,
            message: problem.message.clone(),
            resource: None,
            primary: Label { place: Place::Bytes(file, problem.span), text: String::new() },
            secondary: Vec::new(),
            notes: Vec::new(),
            help: problem.hint.clone(),
            fixes: Vec::new(),
            origin: None,
            known: false,
        })
        .collect();
    let sources = OneFile {
        path: error.path.strip_prefix(world.working_directory()).unwrap_or(&error.path).to_string_lossy().replace('\\', "/"),
        text: &error.text,
    };
    let summary = Summary::default();
    report::full(&ReportInput { findings: &findings, sources: &sources, summary: &summary }, streams.style, streams.err)?;
    Ok(Exit::Failed)
}

struct OneFile<'t> {
    path: String,
    text: &'t str,
}

impl Sources for OneFile<'_> {
    fn path(&self, _: FileId) -> &str {
        &self.path
    }
    fn text(&self, _: FileId) -> Option<&str> {
        Some(self.text)
    }
    fn span(&self, place: Place) -> Span {
        match place {
            Place::Bytes(_, span) => span,
            Place::Node(_) | Place::KeyOf(_) => Span::at(0),
        }
    }
}
