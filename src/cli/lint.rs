//! `meshgate lint`.

use std::io;
use std::path::Path;

use super::args::{Global, Lint, Output, OutputFormat};
use super::{Exit, Streams};
use crate::checks::{Certainty, Finding, Label, Place, Severity};
use crate::config::{Baseline, ConfigError};
use crate::lint::{Failure, Linted, Request, lint};
use crate::report::{self, ReportInput, Sources, Style, Summary};
use crate::text::{FileId, Span, World, one_line};

/// The largest baseline that is read, in bytes.
const MAX_BASELINE: u64 = 64 << 20;

pub(super) fn run(args: &Lint, global: &Global, world: &dyn World, streams: &mut Streams<'_>) -> io::Result<Exit> {
    let baseline = match args.baseline.as_deref().filter(|_| !args.write_baseline).map(|path| read_baseline(world, path)).transpose() {
        Ok(baseline) => baseline,
        Err(message) => return failed(&message, streams),
    };
    if let Some(twice) = written_twice(&args.output) {
        return failed(&format!("several of --output write to {}", one_line(&twice)), streams);
    }
    let request = Request {
        paths: args.paths.clone(),
        config: args.config(),
        complete: args.complete,
        namespace: args.namespace.clone(),
        pedantic: args.pedantic,
        min_severity: args.min_severity.into(),
        baseline,
        since: args.since.clone(),
        stdin_filename: None,
    };
    let linted = match lint(world, &request) {
        Ok(linted) => linted,
        Err(Failure::Config(error)) => return wrong_config(&error, world, streams),
        Err(Failure::Changed(path)) => {
            return failed(&format!("{} changed while it was being checked; run again", one_line(&path)), streams);
        }
        Err(Failure::Since(message)) => return failed(&one_line(&message), streams),
    };
    print(args, &linted, world, streams)?;
    streams.out.flush()?;
    for path in &linted.unreadable {
        writeln!(streams.err, "error: {}: {}", one_line(&path.shown), path.error)?;
    }
    if nothing_found(&linted, streams)? || !linted.unreadable.is_empty() {
        return Ok(Exit::Failed);
    }
    let written = write_baseline(args, &request, &linted, world, streams)?;
    if !global.quiet {
        epilogue(args, global, &linted, streams)?;
    }
    let fails = args.fail_on.severity().is_some_and(|least| linted.worst.is_some_and(|worst| worst >= least));
    Ok(if fails && !written { Exit::Found } else { Exit::Clean })
}

/// Where more than one format would go.
fn written_twice(outputs: &[Output]) -> Option<String> {
    let twice = outputs.iter().enumerate().find(|(i, output)| outputs.iter().skip(i + 1).any(|other| other.file == output.file))?;
    Some(twice.1.file.as_ref().map_or_else(|| "standard output".to_owned(), |file| file.to_string_lossy().into_owned()))
}

fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

fn failed(message: &str, streams: &mut Streams<'_>) -> io::Result<Exit> {
    writeln!(streams.err, "error: {message}")?;
    Ok(Exit::Failed)
}

fn read_baseline(world: &dyn World, path: &Path) -> Result<Baseline, String> {
    let shown = path.to_string_lossy();
    let shown = one_line(&shown);
    let bytes = world.read(path, MAX_BASELINE).map_err(|error| format!("{shown}: {error}"))?;
    let text = String::from_utf8(bytes).map_err(|_| format!("{shown}: this is no UTF-8 text"))?;
    Baseline::parse(&text).map_err(|error| format!("{shown}: {error}"))
}

/// Writes or prunes the baseline; gives back whether this run accepted everything it found.
fn write_baseline(args: &Lint, request: &Request, linted: &Linted, world: &dyn World, streams: &mut Streams<'_>) -> io::Result<bool> {
    let Some(path) = &args.baseline else { return Ok(false) };
    let shown = path.to_string_lossy();
    if args.write_baseline {
        world.write(path, Baseline::of(linted.keys.iter().cloned()).print().as_bytes())?;
        writeln!(streams.err, "wrote {} to {}", counted(linted.keys.len(), "finding", "findings"), one_line(&shown))?;
    } else if let (true, Some(old)) = (args.prune_baseline && !linted.stale.is_empty(), &request.baseline) {
        world.write(path, old.pruned(&linted.keys).print().as_bytes())?;
        writeln!(streams.err, "dropped {} from {}", counted(linted.stale.len(), "entry", "entries"), one_line(&shown))?;
    }
    Ok(args.write_baseline)
}

fn print(args: &Lint, linted: &Linted, world: &dyn World, streams: &mut Streams<'_>) -> io::Result<()> {
    if args.statistics {
        let new: Vec<Finding> = linted.findings.iter().filter(|f| !f.known).cloned().collect();
        return report::statistics(&new, streams.out);
    }
    let standard = [Output { format: args.output_format, file: None }];
    let outputs = if args.output.is_empty() { &standard[..] } else { &args.output };
    let compared = args.baseline.is_some() && !args.write_baseline;
    for output in outputs {
        match &output.file {
            None => print_as(output.format, linted, compared, streams.style, streams.out)?,
            Some(file) => {
                let mut bytes = Vec::new();
                print_as(output.format, linted, compared, Style { color: false }, &mut bytes)?;
                world.write(file, &bytes)?;
            }
        }
    }
    Ok(())
}

/// Only SARIF has what a baseline has too, and says so; `compared` is whether there was one.
fn print_as(format: OutputFormat, linted: &Linted, compared: bool, style: Style, out: &mut dyn io::Write) -> io::Result<()> {
    let all = ReportInput { findings: &linted.findings, sources: &linted.texts, summary: &linted.summary };
    let new: Vec<Finding> = linted.findings.iter().filter(|f| !f.known).cloned().collect();
    let input = ReportInput { findings: &new, ..all };
    match format {
        OutputFormat::Full => report::full(&input, style, out),
        OutputFormat::Concise => report::concise(&input, out),
        OutputFormat::Json => report::json(&input, out),
        OutputFormat::Sarif => report::sarif(&all, compared, out),
        OutputFormat::Github => report::github(&input, out),
        OutputFormat::Gitlab => report::gitlab(&input, out),
        OutputFormat::Junit => report::junit(&input, out),
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
    let words: Vec<String> = passed_over.iter().filter(|(n, ..)| *n > 0).map(|(n, one, many)| counted(*n, one, many)).collect();
    if words.is_empty() { writeln!(streams.err) } else { writeln!(streams.err, " ({})", words.join(", ")) }?;
    Ok(true)
}

fn epilogue(args: &Lint, global: &Global, linted: &Linted, streams: &mut Streams<'_>) -> io::Result<()> {
    let for_programs = args.output.iter().map(|o| (o.format, o.file.is_some())).chain([(args.output_format, false)]);
    if !for_programs.into_iter().any(|(format, to_file)| !format.for_people() && !to_file) {
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
    if args.timings && global.verbose {
        for (rule, took) in &linted.timings {
            writeln!(streams.err, "{:>9.3} ms  {rule}", took.as_secs_f64() * 1000.0)?;
        }
    }
    Ok(())
}

/// A wrong meshgate.yaml looks like any other finding, on standard error.
fn wrong_config(error: &ConfigError, world: &dyn World, streams: &mut Streams<'_>) -> io::Result<Exit> {
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
