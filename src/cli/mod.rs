//! Arguments, one file per subcommand; all input and output to the world is here.

pub mod args;
mod compile;
mod fix;
mod init;
mod lint;
mod printing;
mod rules;
mod status;
mod trace;
pub mod world;

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use clap::Parser;

use crate::checks::catalogue;
use crate::config;
use crate::report::Style;
use crate::text::World;
use args::{Cli, Color, Command, Global};
use world::RealWorld;

/// How a run ends; no output format changes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Nothing at or above `--fail-on`.
    Clean,
    /// Something was found.
    Found,
    /// The job could not be done.
    Failed,
    /// A bug in meshgate.
    Bug,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Clean => 0,
            Exit::Found => 1,
            Exit::Failed => 2,
            Exit::Bug => 3,
        })
    }
}

/// Where a command writes.
struct Streams<'w> {
    out: &'w mut dyn Write,
    err: &'w mut dyn Write,
    /// How standard output is painted.
    style: Style,
    /// Whether a person reads standard output.
    terminal: bool,
}

/// The program: parses arguments, runs the command, and turns what went wrong into an exit code.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // help and version go to standard output with 0, usage errors to standard error with 2
            let _ = error.print();
            return if error.use_stderr() { Exit::Failed.into() } else { Exit::Clean.into() };
        }
    };
    // a bug is said once, with what to send; the panic's own message stays for those who ask for it
    if std::env::var_os("RUST_BACKTRACE").is_none() {
        std::panic::set_hook(Box::new(|_| {}));
    }
    let result = std::panic::catch_unwind(|| run(&cli));
    match result {
        Ok(Ok(exit)) => exit.into(),
        // whoever reads us has read enough
        Ok(Err(error)) if error.kind() == io::ErrorKind::BrokenPipe => Exit::Clean.into(),
        Ok(Err(error)) => {
            let _ = writeln!(io::stderr(), "error: {error}");
            Exit::Failed.into()
        }
        Err(_) => {
            let _ = writeln!(
                io::stderr(),
                "error: a bug in meshgate; please report it with the input, or with the output under RUST_BACKTRACE=1"
            );
            Exit::Bug.into()
        }
    }
}

/// The program in another world, without colours: what `main` does between its arguments and its exit code.
///
/// # Errors
/// When the streams cannot be written to.
pub fn run_in<'a>(
    arguments: impl IntoIterator<Item = &'a str>,
    world: &dyn World,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> io::Result<Exit> {
    match Cli::try_parse_from(std::iter::once("meshgate").chain(arguments)) {
        Ok(cli) => dispatch(&cli, world, &mut Streams { out, err, style: Style { color: false }, terminal: false }),
        Err(error) => {
            write!(err, "{error}")?;
            Ok(if error.use_stderr() { Exit::Failed } else { Exit::Clean })
        }
    }
}

fn run(cli: &Cli) -> io::Result<Exit> {
    let world = RealWorld::new()?;
    let (stdout, stderr) = (io::stdout(), io::stderr());
    let mut out = io::BufWriter::new(stdout.lock());
    let mut err = stderr.lock();
    let color = colors(&cli.global, &world, stdout.is_terminal());
    let mut streams = Streams { out: &mut out, err: &mut err, style: Style { color }, terminal: stdout.is_terminal() };
    let exit = dispatch(cli, &world, &mut streams);
    out.flush()?;
    exit
}

fn dispatch(cli: &Cli, world: &dyn World, streams: &mut Streams<'_>) -> io::Result<Exit> {
    match &cli.command {
        Command::Lint(args) => lint::run(args, &cli.global, world, streams),
        Command::Fix(args) => fix::run(args, &cli.global, world, streams),
        Command::Trace(args) => trace::run(args, &cli.global, world, streams),
        Command::Compile(args) => compile::run(args, &cli.global, world, streams),
        Command::Status(args) => status::run(args, &cli.global, world, streams),
        Command::Explain { rule } => rules::explain(rule, streams),
        Command::Rules { output_format } => rules::list(*output_format, streams),
        Command::Completions { shell } => {
            clap_complete::generate(*shell, &mut args::command(), "meshgate", &mut streams.out);
            Ok(Exit::Clean)
        }
        Command::Schema => {
            let rules: Vec<(&str, &str)> = catalogue().files().map(|file| (file.name.as_str(), file.summary.as_str())).collect();
            serde_json::to_writer_pretty(&mut streams.out, &config::schema(&rules))?;
            writeln!(streams.out)?;
            Ok(Exit::Clean)
        }
        Command::Init { force } => init::run(*force, world, streams),
    }
}

/// Colours as the field has them: `--color` first, then NO_COLOR and FORCE_COLOR, then whether a person is watching.
fn colors(global: &Global, world: &dyn World, terminal: bool) -> bool {
    let set = |name: &str| world.variable(name).is_some_and(|value| !value.is_empty());
    match global.color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto if set("NO_COLOR") => false,
        Color::Auto if set("FORCE_COLOR") || set("CLICOLOR_FORCE") => true,
        Color::Auto => terminal && world.variable("TERM").as_deref() != Some("dumb"),
    }
}
