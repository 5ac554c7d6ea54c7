//! `meshgate lint`.

use std::io;
use std::path::Path;

use super::args::{Global, Lint, Output};
use super::fix::{not_written, summary};
use super::printing::{counted, failed, failure, nothing_found, print_as, request};
use super::{Exit, Streams};
use crate::checks::Finding;
use crate::config::Baseline;
use crate::fix::{Options, fix, write};
use crate::lint::{Failure, Linted, Request, lint};
use crate::report::{self, Style};
use crate::text::{World, one_line};

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
    let request = Request { baseline, since: args.since.clone(), ..request(&args.input, &args.findings) };
    let linted = if args.fix { fix_first(args, &request, global, world, streams)? } else { lint(world, &request).map_err(Stop::Failure) };
    let linted = match linted {
        Ok(linted) => linted,
        Err(Stop::Failure(why)) => return failure(&why, world, streams),
        Err(Stop::Said(exit)) => return Ok(exit),
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
    let fails = args.findings.fail_on.severity().is_some_and(|least| linted.worst.is_some_and(|worst| worst >= least));
    Ok(if fails && !written { Exit::Found } else { Exit::Clean })
}

/// Why there is nothing to print.
enum Stop {
    Failure(Failure),
    /// It has been said already.
    Said(Exit),
}

/// Fixes the files, and gives back what is left.
fn fix_first(
    args: &Lint,
    request: &Request,
    global: &Global,
    world: &dyn World,
    streams: &mut Streams<'_>,
) -> io::Result<Result<Linted, Stop>> {
    if args.input.paths.iter().any(|path| path.as_os_str() == "-") {
        return failed("standard input cannot be written to; `meshgate fix -` prints it fixed", streams).map(|exit| Err(Stop::Said(exit)));
    }
    let options = Options { unsafe_fixes: args.unsafe_fixes, only: Vec::new() };
    let fixed = match fix(world, request, &options) {
        Ok(fixed) => fixed,
        Err(why) => return Ok(Err(Stop::Failure(why))),
    };
    // what could not be read may be what a fix depends on; the error follows
    if !fixed.linted.unreadable.is_empty() {
        return Ok(Ok(fixed.linted));
    }
    if let Err(why) = write(world, &fixed.files) {
        return not_written(&why, streams).map(|exit| Err(Stop::Said(exit)));
    }
    if !global.quiet {
        summary(&fixed, &options, "fixed", streams.err)?;
    }
    Ok(Ok(fixed.linted))
}

/// Where more than one format would go.
pub(super) fn written_twice(outputs: &[Output]) -> Option<String> {
    let twice = outputs.iter().enumerate().find(|(i, output)| outputs.iter().skip(i + 1).any(|other| other.file == output.file))?;
    Some(twice.1.file.as_ref().map_or_else(|| "standard output".to_owned(), |file| file.to_string_lossy().into_owned()))
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
