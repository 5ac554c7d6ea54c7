//! `meshgate compile`.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::args::{Compile, CompileFormat, Endpoint, Global, OutputFormat, Secrets};
use super::printing::{counted, failed, failure, nothing_found, print_as, request};
use super::{Exit, Streams};
use crate::checks::{Certainty, Severity};
use crate::compile::{Compiled, Format, NotChosen, Options, Outcome, SecretsMode, Wanted, Written, ask, find_envoy};
use crate::lint::Linted;
use crate::mesh::NoGateway;
use crate::report::Style;
use crate::text::{FileKind, World, one_line};

pub(super) fn run(args: &Compile, global: &Global, world: &dyn World, streams: &mut Streams<'_>) -> io::Result<Exit> {
    let wanted = match &args.gateway {
        Some(name) => Wanted::Named(name.clone()),
        None if args.all => Wanted::All,
        None => Wanted::Only,
    };
    let target = match Target::of(args, world) {
        Ok(target) => target,
        Err(message) => return failed(&message, streams),
    };
    if args.secrets == Some(Secrets::Inline) && matches!(target, Target::Standard) && streams.terminal {
        return failed("keys are not printed to a terminal; write to a file, or leave them out by --secrets redact", streams);
    }
    let envoy = match args.validate.then(|| find_envoy(world, args.envoy.as_ref().map(|path| path.to_string_lossy()).as_deref())) {
        Some(Err(message)) => return failed(&one_line(&message), streams),
        found => found.and_then(Result::ok),
    };
    let options = options(args, &target);
    let format = Format::from(args.format);
    let findings =
        super::args::Findings { min_severity: super::args::MinSeverity::Info, fail_on: super::args::FailOn::Error, pedantic: false };
    let request = request(&args.input, &findings);
    let outcome = match crate::compile::run(world, &request, &wanted, &options, envoy.is_some().then_some(format)) {
        Ok(outcome) => outcome,
        Err(why) => return failure(&why, world, streams),
    };
    for path in &outcome.linted.unreadable {
        writeln!(streams.err, "error: {}: {}", one_line(&path.shown), path.error)?;
    }
    if nothing_found(&outcome.linted, streams)? || !outcome.linted.unreadable.is_empty() {
        return Ok(Exit::Failed);
    }
    let Outcome { compiled, shadows, linted } = outcome;
    let compiled = match compiled {
        Ok(compiled) => compiled,
        Err(why) => return no_gateway(&wanted, &why, streams),
    };
    let errors = report(linted, args, global, streams)?;
    if errors > 0 && !args.keep_going {
        let words = counted(errors, "error stands", "errors stand");
        writeln!(streams.err, "error: nothing was written: {words} in the way (--keep-going goes on)")?;
        return Ok(Exit::Found);
    }
    if let Some(envoy) = &envoy {
        for (compiled, shadow) in compiled.iter().zip(&shadows) {
            if let Err(words) = asked(world, envoy, shadow) {
                writeln!(streams.err, "error: Envoy refuses the configuration of Gateway {}: {}", compiled.gateway, one_line(&words))?;
                return Ok(Exit::Found);
            }
        }
    }
    if !global.quiet {
        let notes: std::collections::BTreeSet<&String> = compiled.iter().flat_map(|compiled| &compiled.notes).collect();
        for note in notes {
            writeln!(streams.err, "note: {}", one_line(note))?;
        }
    }
    let inline = options.secrets == SecretsMode::Inline;
    write(compiled, &target, (format, inline), world, streams)
}

/// A configuration in a file of its own, which only this process's user can read, for Envoy to look at.
fn asked(world: &dyn World, envoy: &str, shadow: &str) -> Result<(), String> {
    let file = tempfile::Builder::new().prefix("meshgate-").suffix(".json").tempfile();
    let mut file = file.map_err(|error| error.to_string())?;
    file.write_all(shadow.as_bytes()).map_err(|error| error.to_string())?;
    ask(world, envoy, &file.path().to_string_lossy())
}

/// Where the configuration goes.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Target {
    Standard,
    File(PathBuf),
    /// A file, or a folder, for each Gateway.
    Folder(PathBuf),
    /// The files of the only Gateway.
    Files(PathBuf),
}

impl Target {
    fn of(args: &Compile, world: &dyn World) -> Result<Self, String> {
        let xds = args.format == CompileFormat::XdsFiles;
        let Some(path) = &args.output else {
            return match (xds, args.all) {
                (true, _) => Err("xds-files are several files: name a folder by -o".to_owned()),
                (false, true) => Err("--all writes several files: name a folder by -o".to_owned()),
                (false, false) => Ok(Self::Standard),
            };
        };
        let kind = world.kind(path).ok();
        let shown = path.to_string_lossy();
        if (xds || args.all) && kind == Some(FileKind::File) {
            return Err(format!("{} is a file; a folder is needed", one_line(&shown)));
        }
        let as_folder = kind == Some(FileKind::Folder) || shown.ends_with(['/', std::path::MAIN_SEPARATOR]);
        Ok(match (args.all, xds) {
            (true, _) => Self::Folder(path.clone()),
            (false, true) => Self::Files(path.clone()),
            (false, false) if as_folder => Self::Folder(path.clone()),
            (false, false) => Self::File(path.clone()),
        })
    }

    /// The folder that secrets go to.
    fn secrets(&self) -> PathBuf {
        match self {
            Self::Standard => PathBuf::from("secrets"),
            Self::File(file) => file.parent().unwrap_or(Path::new("")).join("secrets"),
            Self::Folder(folder) | Self::Files(folder) => folder.join("secrets"),
        }
    }
}

fn options(args: &Compile, target: &Target) -> Options {
    let secrets = match args.secrets {
        Some(Secrets::Inline) => SecretsMode::Inline,
        Some(Secrets::Files) | None if *target != Target::Standard => SecretsMode::Files,
        Some(Secrets::Files | Secrets::Redact) | None => SecretsMode::Redact,
    };
    Options {
        listen: args.listen.clone(),
        endpoints: args.endpoint.iter().map(|Endpoint { backend, at }| (backend.clone(), at.clone())).collect(),
        mode: args.endpoints.into(),
        profile: args.profile.order(),
        secrets,
        secrets_folder: target.secrets().to_string_lossy().into_owned(),
        places: !args.no_places,
    }
}

/// Prints what stands in the way, and what only compiling finds. Says how many errors there are.
fn report(mut linted: Linted, args: &Compile, global: &Global, streams: &mut Streams<'_>) -> io::Result<usize> {
    let blocks = |f: &crate::checks::Finding| f.severity == Severity::Error && f.certainty > Certainty::Possible && !f.known;
    let errors = linted.findings.iter().filter(|finding| blocks(finding)).count();
    let others = linted.findings.len();
    linted.findings.retain(|finding| blocks(finding) || &*finding.rule == "compile");
    let others = others - linted.findings.len();
    print_as(OutputFormat::Full, &linted, false, Style { color: false }, streams.err)?;
    if others > 0 && !global.quiet && global.verbose {
        let words = counted(others, "finding does", "findings do");
        writeln!(streams.err, "{words} not stand in the way: `meshgate lint` shows them")?;
    }
    let _ = args;
    Ok(errors)
}

fn no_gateway(wanted: &Wanted, why: &NotChosen, streams: &mut Streams<'_>) -> io::Result<Exit> {
    let (message, names): (String, &[String]) = match (why, wanted) {
        (NotChosen::None, _) => return failed("no Gateway takes traffic from outside", streams),
        (NotChosen::Twice(name), _) => {
            let name = one_line(name).into_owned();
            return failed(
                &format!("Gateway `{name}` is defined in several places that are not applied together; compile one of them at a time"),
                streams,
            );
        }
        (NotChosen::Several(names), _) => ("there are several Gateways; choose one by --gateway, or take --all".to_owned(), names),
        (NotChosen::Named(NoGateway::Several(names)), _) => ("several clusters have that Gateway".to_owned(), names),
        (NotChosen::Named(NoGateway::Absent(near)), Wanted::Named(name)) => {
            let near = near.as_ref().map(|near| format!("; did you mean `{}`", one_line(near))).unwrap_or_default();
            return failed(&format!("there is no Gateway `{}`{near}", one_line(&name.to_string())), streams);
        }
        (NotChosen::Named(NoGateway::Absent(_)), _) => ("there is no such Gateway".to_owned(), &[]),
    };
    writeln!(streams.err, "error: {message}")?;
    for name in names {
        writeln!(streams.err, "  {}", one_line(name))?;
    }
    Ok(Exit::Failed)
}

/// Writes; with keys in it (`secrets`) so that only this user can read it.
fn write(
    compiled: Vec<Compiled>,
    target: &Target,
    (format, secrets): (Format, bool),
    world: &dyn World,
    streams: &mut Streams<'_>,
) -> io::Result<Exit> {
    // what the configuration names is there before it
    for compiled in &compiled {
        let folder = target.secrets();
        for (name, text) in &compiled.secrets {
            // certificates are shown to everyone
            put(world, &folder.join(name), text, Path::new(name).extension().is_some_and(|end| end == "key"))?;
        }
    }
    for one in compiled {
        let head = one.head();
        let json = |path: &Path| path.extension().is_some_and(|end| end.eq_ignore_ascii_case("json"));
        match target {
            Target::Standard => {
                for file in one.into_files(format, "") {
                    streams.out.write_all(file.text(&head, format == Format::ConfigDump).as_bytes())?;
                }
            }
            Target::File(path) => {
                for file in one.into_files(format, "") {
                    put_file(world, path, file, (&head, json(path)), secrets)?;
                }
            }
            Target::Folder(folder) if format != Format::XdsFiles => {
                let end = if format == Format::ConfigDump { "config-dump.json" } else { "envoy.yaml" };
                let path = folder.join(format!("{}.{end}", one.file_name()));
                for file in one.into_files(format, "") {
                    put_file(world, &path, file, (&head, json(&path)), secrets)?;
                }
            }
            Target::Folder(folder) => {
                let folder = folder.join(one.file_name());
                write_files(one, &folder, secrets, world)?;
            }
            Target::Files(folder) => write_files(one, folder, secrets, world)?,
        }
    }
    streams.out.flush()?;
    Ok(Exit::Clean)
}

/// The files of filesystem xDS; what others refer to comes first.
fn write_files(one: Compiled, folder: &Path, secrets: bool, world: &dyn World) -> io::Result<()> {
    let head = one.head();
    let mut files = one.into_files(Format::XdsFiles, &folder.to_string_lossy());
    let rank = |path: &str| match path {
        "bootstrap.yaml" => 3,
        "lds.yaml" => 2,
        "cds.yaml" => 1,
        _ => 0,
    };
    files.sort_by_key(|file| rank(&file.path));
    for file in files {
        put_file(world, &folder.join(&file.path), file, (&head, false), secrets)?;
    }
    Ok(())
}

/// Writes a file. What it is made of may be much, and nobody has to wait for it to be taken apart.
fn put_file(world: &dyn World, path: &Path, file: Written, (head, json): (&str, bool), secret: bool) -> io::Result<()> {
    let text = file.text(head, json);
    rayon::spawn(|| drop(file));
    put(world, path, &text, secret)
}

fn put(world: &dyn World, path: &Path, text: &str, secret: bool) -> io::Result<()> {
    let context = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", one_line(&path.to_string_lossy())));
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        world.make_folder(folder).map_err(context)?;
    }
    let bytes = text.as_bytes();
    if secret { world.write_private(path, bytes) } else { world.write(path, bytes) }.map_err(context)
}
