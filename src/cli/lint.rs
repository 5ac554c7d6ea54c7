//! `meshgate lint`.

use std::io;

use super::args::{Global, Lint, OutputFormat};
use super::{Exit, Streams};
use crate::checks::{Certainty, Finding, Label, Place, Severity};
use crate::config::ConfigError;
use crate::lint::{Failure, Linted, Request, lint};
use crate::report::{self, ReportInput, Sources, Summary};
use crate::text::{FileId, Span, World, one_line};

pub(super) fn run(args: &Lint, global: &Global, world: &dyn World, streams: &mut Streams<'_>) -> io::Result<Exit> {
    let request = Request {
        paths: args.paths.clone(),
        config: args.config(),
        complete: args.complete,
        namespace: args.namespace.clone(),
        pedantic: args.pedantic,
        min_severity: args.min_severity.into(),
    };
    let linted = match lint(world, &request) {
        Ok(linted) => linted,
        Err(Failure::Config(error)) => return wrong_config(&error, streams),
        Err(Failure::Changed(path)) => {
            writeln!(streams.err, "error: {} changed while it was being checked; run again", one_line(&path))?;
            return Ok(Exit::Failed);
        }
    };
    print(args, &linted, streams)?;
    streams.out.flush()?;
    for path in &linted.unreadable {
        writeln!(streams.err, "error: {}: {}", one_line(&path.shown), path.error)?;
    }
    let failed = !linted.unreadable.is_empty() | nothing_found(&linted, streams)?;
    if !global.quiet {
        epilogue(args, global, &linted, streams)?;
    }
    if failed {
        return Ok(Exit::Failed);
    }
    let fails = args.fail_on.severity().is_some_and(|least| linted.worst.is_some_and(|worst| worst >= least));
    Ok(if fails { Exit::Found } else { Exit::Clean })
}

fn print(args: &Lint, linted: &Linted, streams: &mut Streams<'_>) -> io::Result<()> {
    let input = ReportInput { findings: &linted.findings, sources: &linted.texts, summary: &linted.summary };
    match args.output_format {
        OutputFormat::Json => report::json(&input, streams.out),
        _ if args.statistics => report::statistics(&linted.findings, streams.out),
        OutputFormat::Full => report::full(&input, streams.style, streams.out),
        OutputFormat::Concise => report::concise(&input, streams.out),
    }
}

/// No manifests is no success: says what was passed over, and why.
fn nothing_found(linted: &Linted, streams: &mut Streams<'_>) -> io::Result<bool> {
    let seen = &linted.statistics;
    if seen.manifests > 0 || linted.broken > 0 || !linted.unreadable.is_empty() || linted.worst >= Some(Severity::Warning) {
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
    let words: Vec<String> =
        passed_over.iter().filter(|(n, ..)| *n > 0).map(|(n, one, many)| format!("{n} {}", if *n == 1 { one } else { many })).collect();
    if words.is_empty() { writeln!(streams.err) } else { writeln!(streams.err, " ({})", words.join(", ")) }?;
    Ok(true)
}

fn epilogue(args: &Lint, global: &Global, linted: &Linted, streams: &mut Streams<'_>) -> io::Result<()> {
    if args.output_format != OutputFormat::Json {
        writeln!(streams.err, "{}", linted.summary)?;
    }
    for hint in &linted.summary.hints {
        writeln!(streams.err, "hint: {hint}")?;
    }
    if global.verbose {
        let s = &linted.statistics;
        let lines = [
            (s.other, "documents are no manifests"),
            (s.broken_other, "documents do not parse and do not look like manifests"),
            (s.templated, "documents are templates"),
            (s.not_resources, "files are patches or inputs of kustomizations"),
            (s.other_files, "files are of other kinds"),
            (s.excluded, "files are excluded by meshgate.yaml"),
            (s.links, "symbolic links were not followed"),
        ];
        for (count, words) in lines.iter().filter(|(count, _)| *count > 0) {
            writeln!(streams.err, "passed over: {count} {words}")?;
        }
    }
    Ok(())
}

/// A wrong meshgate.yaml looks like any other finding, on standard error.
fn wrong_config(error: &ConfigError, streams: &mut Streams<'_>) -> io::Result<Exit> {
    let file = FileId(0);
    let findings: Vec<Finding> = error
        .problems
        .iter()
        .map(|problem| Finding {
            rule: "config".into(),
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
        })
        .collect();
    let sources = OneFile { path: error.path.to_string_lossy().replace('\\', "/"), text: &error.text };
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
