//! `meshgate fix`.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anstyle::{AnsiColor, Style as Paint};

use super::args::{Fix, Global};
use super::printing::{counted, failed, failure, nothing_found, print_as, request};
use super::{Exit, Streams};
use crate::checks::{Applicability, catalogue};
use crate::fix::{Dropped, End, Fixed, FixedFile, Options, WriteFailure, fix, fix_of, write};
use crate::lint::Request;
use crate::report::Style;
use crate::text::{FileKind, World, for_terminal, lexical, near, one_line, unified_diff};

pub(super) fn run(args: &Fix, global: &Global, world: &dyn World, streams: &mut Streams<'_>) -> io::Result<Exit> {
    let options = Options { unsafe_fixes: args.unsafe_fixes, only: args.only.clone() };
    if let Some(unknown) = options.only.iter().find(|name| catalogue().file(name).is_none()) {
        let near = near(unknown, catalogue().names()).map_or_else(String::new, |name| format!("; did you mean `{name}`"));
        return failed(&format!("there is no rule `{}`{near}", one_line(unknown)), streams);
    }
    let piped = args.input.paths.iter().any(|path| path.as_os_str() == "-");
    if piped && args.input.paths.len() > 1 {
        return failed("standard input is fixed alone, without other paths", streams);
    }
    if args.stdin_filename.is_some() && !piped {
        return failed("--stdin-filename is for standard input: write `-` as the path", streams);
    }
    if piped && args.output_dir.is_some() {
        return failed("standard input is printed fixed; it has no folder", streams);
    }
    let copy = match args.output_dir.as_deref().map(|folder| Copy::plan(folder, &args.input.paths, world)).transpose() {
        Ok(copy) => copy,
        Err(message) => return failed(&message, streams),
    };
    let request = Request { stdin_filename: args.stdin_filename.clone(), ..request(&args.input, &args.findings) };
    let fixed = match fix(world, &request, &options) {
        Ok(fixed) => fixed,
        Err(why) => return failure(&why, world, streams),
    };
    for path in &fixed.linted.unreadable {
        writeln!(streams.err, "error: {}: {}", one_line(&path.shown), path.error)?;
    }
    if nothing_found(&fixed.linted, streams)? || !fixed.linted.unreadable.is_empty() {
        return Ok(Exit::Failed);
    }
    let written = match &copy {
        _ if args.diff || piped => Ok(()),
        Some(copy) => copy.write(&fixed.files, world),
        None => write(world, &fixed.files),
    };
    if let Err(why) = written {
        return not_written(&why, streams);
    }
    if args.diff {
        for file in &fixed.files {
            print_diff(&unified_diff(&file.shown, file.before.as_deref(), &file.after), streams)?;
        }
    } else if piped {
        let text = match fixed.files.iter().find(|file| file.piped) {
            Some(file) => file.after.clone(),
            None => fixed.piped.clone().unwrap_or_default(),
        };
        streams.out.write_all(text.as_bytes())?;
        print_as(args.output_format, &fixed.linted, false, Style { color: false }, streams.err)?;
    } else {
        print_as(args.output_format, &fixed.linted, false, streams.style, streams.out)?;
    }
    streams.out.flush()?;
    if !global.quiet {
        summary(&fixed, &options, if args.diff { "would fix" } else { "fixed" }, streams.err)?;
        if args.output_format.for_people() {
            writeln!(streams.err, "{}", fixed.linted.summary)?;
        }
    }
    let left = args.findings.fail_on.severity().is_some_and(|least| fixed.linted.worst.is_some_and(|worst| worst >= least));
    Ok(if left || (args.diff && !fixed.files.is_empty()) { Exit::Found } else { Exit::Clean })
}

/// What could not be written, and what was.
pub(super) fn not_written(why: &WriteFailure, streams: &mut Streams<'_>) -> io::Result<Exit> {
    match why {
        WriteFailure::Changed(shown) => {
            failed(&format!("{} changed while it was being fixed; nothing was written, run again", one_line(shown)), streams)
        }
        WriteFailure::Io { shown, error, written: 0 } => failed(&format!("{}: {error}; nothing was written", one_line(shown)), streams),
        WriteFailure::Io { shown, error, written } => {
            let before = counted(*written, "file was", "files were");
            failed(&format!("{}: {error}; {before} written before it, a second run completes the work", one_line(shown)), streams)
        }
    }
}

/// What was changed; what was left, and why.
pub(super) fn summary(fixed: &Fixed, options: &Options, verb: &str, err: &mut dyn Write) -> io::Result<()> {
    let total: usize = fixed.made.values().sum();
    if total > 0 {
        writeln!(err, "{verb} {} in {}", counted(total, "finding", "findings"), counted(fixed.files.len(), "file", "files"))?;
        for (rule, count) in &fixed.made {
            writeln!(err, "{count:>5}  {rule}")?;
        }
    } else {
        writeln!(err, "{verb} nothing")?;
    }
    for Dropped { rule, title, path, why, bug } in &fixed.dropped {
        writeln!(err, "not made: {} ({rule} in {}): {}", one_line(title), one_line(path), one_line(why))?;
        if *bug {
            writeln!(err, "  that is a bug in meshgate; please report it with this line and the file")?;
        }
    }
    match &fixed.end {
        End::Settled => {}
        End::Cycle(rules) => writeln!(err, "fixes of {} undo each other; that is a bug in meshgate, please report it", rules.join(", "))?,
        End::Unsettled(rules) => writeln!(err, "fixes of {} go on making work for each other; they were stopped", rules.join(", "))?,
    }
    let (mut others, mut held, mut manual, mut none) = (0, 0, 0, 0);
    let of_all = Options { only: Vec::new(), ..options.clone() };
    let with_unsafe = Options { unsafe_fixes: true, only: Vec::new() };
    for finding in fixed.linted.findings.iter().filter(|finding| !finding.known) {
        if fix_of(finding, options).is_some() {
            // it was tried, and stands above
        } else if fix_of(finding, &of_all).is_some() {
            others += 1;
        } else if fix_of(finding, &with_unsafe).is_some() {
            held += 1;
        } else if finding.fixes.iter().any(|fix| fix.applicability == Applicability::Manual) {
            manual += 1;
        } else if finding.fixes.is_empty() {
            none += 1;
        }
    }
    let left = [
        (others, "with a fix that --only leaves out"),
        (held, "with a fix that is unsafe (--unsafe-fixes makes it)"),
        (manual, "to fix by hand"),
        (none, "without a fix"),
    ];
    let left: Vec<String> = left.iter().filter(|(count, _)| *count > 0).map(|(count, words)| format!("{count} {words}")).collect();
    if left.is_empty() { Ok(()) } else { writeln!(err, "left: {}", left.join(", ")) }
}

/// A diff is data where a program reads it; on a terminal nothing of a manifest may control it.
fn print_diff(diff: &str, streams: &mut Streams<'_>) -> io::Result<()> {
    if !streams.terminal && !streams.style.color {
        return streams.out.write_all(diff.as_bytes());
    }
    for line in diff.lines() {
        let color = match line.as_bytes().first() {
            _ if !streams.style.color => None,
            Some(b'+') => Some(AnsiColor::Green),
            Some(b'-') => Some(AnsiColor::Red),
            Some(b'@') => Some(AnsiColor::Cyan),
            _ => None,
        };
        let paint = color.map_or_else(Paint::new, |color| Paint::new().fg_color(Some(color.into())));
        writeln!(streams.out, "{paint}{}{paint:#}", for_terminal(line))?;
    }
    Ok(())
}

/// A tree that is written anew, with what was fixed.
struct Copy {
    /// Where from, and where to.
    files: Vec<(PathBuf, PathBuf)>,
    from: PathBuf,
    to: PathBuf,
}

impl Copy {
    /// Everything below the paths goes to the same place below the folder, seen from the common parent of the paths.
    fn plan(folder: &Path, paths: &[PathBuf], world: &dyn World) -> Result<Self, String> {
        let to = lexical(&world.working_directory().join(folder));
        let shown = one_line(&folder.to_string_lossy()).into_owned();
        match world.kind(&to) {
            Ok(FileKind::File) => return Err(format!("{shown} is a file")),
            Ok(FileKind::Folder) => {
                let there = world.list(&to);
                if !there.files.is_empty() || !there.others.is_empty() {
                    return Err(format!("{shown} is not empty; --output-dir writes into a new folder"));
                }
            }
            Err(_) => {}
        }
        let (mut files, mut from): (Vec<PathBuf>, Option<PathBuf>) = (Vec::new(), None);
        for path in paths {
            let path = lexical(&world.working_directory().join(path));
            let base = match world.kind(&path) {
                Ok(FileKind::Folder) => {
                    let listing = world.list(&path);
                    files.extend(listing.files.into_iter().chain(listing.others));
                    path
                }
                Ok(FileKind::File) => {
                    files.push(path.clone());
                    path.parent().unwrap_or(Path::new("/")).to_owned()
                }
                // it is reported as any path that cannot be read
                Err(_) => continue,
            };
            from = Some(match from {
                None => base,
                Some(before) => before.ancestors().find(|above| base.starts_with(above)).unwrap_or(Path::new("/")).to_owned(),
            });
        }
        let from = from.unwrap_or_else(|| world.working_directory().to_owned());
        files.sort_unstable();
        files.dedup();
        let files = files.into_iter().filter_map(|path| Some((to.join(path.strip_prefix(&from).ok()?), path)));
        Ok(Self { files: files.map(|(to, from)| (from, to)).collect(), from, to })
    }

    fn write(&self, fixed: &[FixedFile], world: &dyn World) -> Result<(), WriteFailure> {
        let mut written = 0;
        let mut put = |shown: &str, to: &Path, bytes: io::Result<Vec<u8>>| {
            let folder = || to.parent().map_or(Ok(()), |folder| world.make_folder(folder));
            let put = bytes.and_then(|bytes| folder().and_then(|()| world.write(to, &bytes)));
            put.map_err(|error| WriteFailure::Io { shown: shown.into(), error, written })?;
            written += 1;
            Ok(())
        };
        for (from, to) in &self.files {
            if let Some(file) = fixed.iter().find(|file| file.path == *from) {
                put(&file.shown, to, Ok(file.after.clone().into_bytes()))?;
            } else {
                put(&from.to_string_lossy(), to, world.read(from, u64::MAX))?;
            }
        }
        for file in fixed.iter().filter(|file| file.before.is_none()) {
            if let Ok(inside) = file.path.strip_prefix(&self.from) {
                put(&file.shown, &self.to.join(inside), Ok(file.after.clone().into_bytes()))?;
            }
        }
        Ok(())
    }
}
