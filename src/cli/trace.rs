//! `meshgate trace`.

use std::io;
use std::path::{Path, PathBuf};

use super::args::{Global, Input, Output, OutputFormat, Trace};
use super::printing::{failed, failure, no_manifests, reading, wrong_file};
use super::{Exit, Streams};
use crate::checks::{Finding, Place, Severity};
use crate::config::{ConfigError, ConfigProblem};
use crate::lint::{Request as Run, Session, Texts};
use crate::mesh::walk::WhatIf;
use crate::mesh::{Fact, Mesh, Request};
use crate::report::{self, ReportInput, Sources, Style, Summary};
use crate::text::{FileId, Span, World, one_line};
use crate::trace::expect::{Promise, judge, read};
use crate::trace::{Question, Senseless, Tracer, json, places, story};

/// The largest file of promises that is read, in bytes.
const MAX_PROMISES: u64 = 64 << 20;

pub(super) fn run(args: &Trace, global: &Global, world: &dyn World, streams: &mut Streams<'_>) -> io::Result<Exit> {
    let (url, paths) = if args.expect.is_empty() {
        let Some((url, paths)) = args.words.split_first() else {
            return failed("say which URL is asked for, or which promises are to be kept with --expect", streams);
        };
        (Some(url.as_str()), paths)
    } else {
        (None, args.words.as_slice())
    };
    let paths: Vec<PathBuf> = if paths.is_empty() { vec![".".into()] } else { paths.iter().map(PathBuf::from).collect() };
    let run = reading(&Input { paths, reading: args.reading.clone() });
    match url {
        Some(url) => follow(url, args, &run, global, world, streams),
        None => keep(args, &run, global, world, streams),
    }
}

/// Reads the input; none when that has been said to be of no use.
fn open<'w>(run: &'w Run, world: &'w dyn World, streams: &mut Streams<'_>) -> io::Result<Result<Session<'w>, Exit>> {
    let session = match Session::open(world, run) {
        Ok(session) => session,
        Err(why) => return failure(&why, world, streams).map(Err),
    };
    for path in session.unreadable() {
        writeln!(streams.err, "error: {}: {}", one_line(&path.shown), path.error)?;
    }
    if !session.unreadable().is_empty() || session.broken() == 0 && no_manifests(&session.statistics(), streams)? {
        return Ok(Err(Exit::Failed));
    }
    Ok(Ok(session))
}

fn epilogue(broken: usize, global: &Global, streams: &mut Streams<'_>) -> io::Result<()> {
    if broken > 0 && !global.quiet {
        let documents = if broken == 1 { "1 manifest does".to_owned() } else { format!("{broken} manifests do") };
        writeln!(streams.err, "hint: {documents} not parse and count for nothing here; `meshgate lint` says where")?;
    }
    Ok(())
}

/// Follows one request.
fn follow(url: &str, args: &Trace, run: &Run, global: &Global, world: &dyn World, streams: &mut Streams<'_>) -> io::Result<Exit> {
    if !args.output.is_empty() {
        return failed("--output is for --expect; one request is printed by --output-format", streams);
    }
    let as_json = match args.output_format {
        OutputFormat::Full => false,
        OutputFormat::Json => true,
        _ => return failed("one request is printed as full or json", streams),
    };
    let question = match question(url, args) {
        Ok(question) => question,
        Err(message) => return failed(&one_line(&message), streams),
    };
    let mut session = match open(run, world, streams)? {
        Ok(session) => session,
        Err(exit) => return Ok(exit),
    };
    let broken = session.broken();
    let mesh = session.mesh();
    let traced = match Tracer::new(&mesh, args.profile.order()).ask(&question, false) {
        Ok(traced) => traced,
        Err(Senseless { message, help, .. }) => {
            failed(&one_line(&message), streams)?;
            if let Some(help) = help {
                writeln!(streams.err, "help: {}", one_line(&help))?;
            }
            return Ok(Exit::Failed);
        }
    };
    let texts = match session.texts(places(&traced)) {
        Ok(texts) => texts,
        Err(why) => return failure(&why, world, streams),
    };
    if as_json {
        report::value(&json(&traced, &texts), streams.out)?;
    } else {
        story(&traced, &texts, global.verbose, streams.style, streams.out)?;
    }
    streams.out.flush()?;
    epilogue(broken, global, streams)?;
    Ok(if traced.walk.served() == Fact::Known(true) { Exit::Clean } else { Exit::Found })
}

fn question(url: &str, args: &Trace) -> Result<Question, String> {
    let mut request = Request::get(url)?;
    if let Some(method) = &args.method {
        request.set_method(method)?;
    }
    for header in &args.header {
        let (name, value) = header.split_once(':').ok_or_else(|| format!("`{header}` is no header: write `name: value`"))?;
        request.add_header(name.trim(), value.trim())?;
    }
    request.client = args.client_ip;
    let what_if = WhatIf { down: args.down.clone(), not_ready: args.not_ready.clone() };
    let (gateway, from) = (args.gateway.clone(), args.from.clone());
    Ok(Question { request, gateway, from, east_west: args.east_west, what_if })
}

/// A file of promises.
struct Promises {
    path: PathBuf,
    shown: String,
    text: String,
    list: Vec<Promise>,
}

impl Promises {
    fn read(path: &Path, world: &dyn World) -> Result<Self, ConfigError> {
        let error = |text: &str, problems| ConfigError { path: path.to_path_buf(), text: text.to_owned(), problems };
        let cannot = |why: String| error("", vec![ConfigProblem { span: Span::at(0), message: why, hint: None }]);
        let bytes = world.read(path, MAX_PROMISES).map_err(|why| match why.kind() {
            io::ErrorKind::NotFound => cannot("there is no such file".to_owned()),
            _ => cannot(format!("cannot be read: {why}")),
        })?;
        let text = String::from_utf8(bytes).map_err(|_| cannot("the file is not UTF-8 text".to_owned()))?;
        let list = read(&text).map_err(|problems| error(&text, problems))?;
        let shown = path.strip_prefix(world.working_directory()).unwrap_or(path).to_string_lossy().replace('\\', "/");
        Ok(Self { path: path.to_path_buf(), shown, text, list })
    }
}

/// Sees whether promises are kept.
fn keep(args: &Trace, run: &Run, global: &Global, world: &dyn World, streams: &mut Streams<'_>) -> io::Result<Exit> {
    let one_request = [
        (args.method.is_some(), "-X"),
        (!args.header.is_empty(), "-H"),
        (args.gateway.is_some(), "--gateway"),
        (args.from.is_some(), "--from"),
        (args.client_ip.is_some(), "--client-ip"),
        (args.east_west, "--east-west"),
        (!args.down.is_empty(), "--down"),
        (!args.not_ready.is_empty(), "--not-ready"),
    ];
    if let Some((_, flag)) = one_request.iter().find(|(given, _)| *given) {
        return failed(&format!("{flag} is for one request: with --expect each promise says it in the file"), streams);
    }
    if let Some(twice) = super::lint::written_twice(&args.output) {
        return failed(&format!("several of --output write to {}", one_line(&twice)), streams);
    }
    let mut files = Vec::new();
    let mut wrong = false;
    for path in &args.expect {
        match Promises::read(path, world) {
            Ok(file) => files.push(file),
            Err(error) => {
                wrong = true;
                wrong_file("expect", &error, world, streams)?;
            }
        }
    }
    if wrong {
        return Ok(Exit::Failed);
    }
    let mut session = match open(run, world, streams)? {
        Ok(session) => session,
        Err(exit) => return Ok(exit),
    };
    let broken = session.broken();
    let mesh = session.mesh();
    let base = u32::try_from(session.files().len()).unwrap_or(u32::MAX);
    let Some(findings) = judged(&mesh, &files, base, args, world, streams)? else { return Ok(Exit::Failed) };
    let inside = findings.iter().flat_map(|f| &f.secondary).map(|label| label.place).filter(|place| place.file().0 < base);
    let texts = match session.texts(inside) {
        Ok(texts) => texts,
        Err(why) => return failure(&why, world, streams),
    };
    let sources = Both { texts: &texts, files: &files, base };
    print(args, &findings, &sources, world, streams)?;
    streams.out.flush()?;
    epilogue(broken, global, streams)?;
    if !global.quiet {
        let all: usize = files.iter().map(|file| file.list.len()).sum();
        let promises = if all == 1 { "1 promise".to_owned() } else { format!("{all} promises") };
        match findings.len() {
            0 => writeln!(streams.err, "All kept: {promises}")?,
            broken => writeln!(streams.err, "Not kept: {broken} of {promises}")?,
        }
    }
    Ok(if findings.is_empty() { Exit::Clean } else { Exit::Found })
}

/// The promises that are not kept; none when some make no sense here, which has been said.
fn judged(
    mesh: &Mesh,
    files: &[Promises],
    base: u32,
    args: &Trace,
    world: &dyn World,
    streams: &mut Streams<'_>,
) -> io::Result<Option<Vec<Finding>>> {
    let tracer = Tracer::new(mesh, args.profile.order());
    let (mut findings, mut wrong) = (Vec::new(), false);
    for (number, file) in (base..).zip(files) {
        match judge(&tracer, &file.list, FileId(number)) {
            Ok(found) => findings.extend(found),
            Err(problems) => {
                wrong = true;
                let error = ConfigError { path: file.path.clone(), text: file.text.clone(), problems };
                wrong_file("expect", &error, world, streams)?;
            }
        }
    }
    Ok((!wrong).then_some(findings))
}

/// The files of the input, and behind them those of promises.
struct Both<'s> {
    texts: &'s Texts,
    files: &'s [Promises],
    base: u32,
}

impl<'s> Both<'s> {
    fn promises(&self, file: FileId) -> Option<&'s Promises> {
        self.files.get(file.0.checked_sub(self.base)? as usize)
    }
}

impl Sources for Both<'_> {
    fn path(&self, file: FileId) -> &str {
        self.promises(file).map_or_else(|| self.texts.path(file), |promises| &promises.shown)
    }

    fn text(&self, file: FileId) -> Option<&str> {
        self.promises(file).map_or_else(|| self.texts.text(file), |promises| Some(&promises.text))
    }

    fn span(&self, place: Place) -> Span {
        self.texts.span(place)
    }
}

fn print(args: &Trace, findings: &[Finding], sources: &dyn Sources, world: &dyn World, streams: &mut Streams<'_>) -> io::Result<()> {
    let mut summary = Summary { errors: findings.iter().filter(|f| f.severity == Severity::Error).count(), ..Summary::default() };
    summary.files = args.expect.len();
    let input = ReportInput { findings, sources, summary: &summary };
    let standard = [Output { format: args.output_format, file: None }];
    for output in if args.output.is_empty() { &standard[..] } else { &args.output } {
        match &output.file {
            None => super::printing::report_as(output.format, &input, &input, false, streams.style, streams.out)?,
            Some(file) => {
                let mut bytes = Vec::new();
                super::printing::report_as(output.format, &input, &input, false, Style { color: false }, &mut bytes)?;
                world.write(file, &bytes)?;
            }
        }
    }
    Ok(())
}
