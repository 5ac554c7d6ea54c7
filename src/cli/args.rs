//! The command line. The comments here are the help a person reads, and `docs/cli.md`.

mod compile;
mod profile;
mod status;
mod trace;

use std::path::PathBuf;

use clap::builder::Styles;
use clap::builder::styling::{AnsiColor, Effects};
use clap::{ArgAction, Args, CommandFactory, Parser, Subcommand, ValueEnum};

use crate::checks::Severity;
use crate::config;

pub use compile::{Compile, CompileFormat, Endpoint, Endpoints, Secrets};
pub use profile::Profile;
pub use status::{AnswerFormat, Status};
pub use trace::Trace;

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().effects(Effects::BOLD))
    .usage(AnsiColor::Green.on_default().effects(Effects::BOLD))
    .literal(AnsiColor::Cyan.on_default().effects(Effects::BOLD))
    .placeholder(AnsiColor::Cyan.on_default());

const EXIT_CODES: &str = "\
Exit codes:
  0  nothing found at or above --fail-on
  1  something found
  2  the job could not be done: wrong usage, wrong meshgate.yaml, unreadable path, no manifests
  3  a bug in meshgate";

const FIX_EXIT_CODES: &str = "\
Exit codes:
  0  nothing left at or above --fail-on
  1  something left; with --diff also when there is something to fix
  2  the job could not be done: wrong usage, wrong meshgate.yaml, unreadable path, no manifests, a file that cannot be written
  3  a bug in meshgate";

/// A linter for Kubernetes manifests that bring ingress traffic into an Istio ambient mesh.
#[derive(Clone, Debug, Parser)]
#[command(name = "meshgate", version, styles = STYLES, after_long_help = EXIT_CODES, disable_help_subcommand = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// What holds for every subcommand.
    #[command(flatten)]
    pub global: Global,
}

/// What holds for every subcommand.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Global options")]
pub struct Global {
    /// When to use colours
    ///
    /// `auto` uses them on a terminal, unless NO_COLOR is set.
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value_t)]
    pub color: Color,
    /// Print findings, but no summary and no hints
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Say more: files that were passed over, versions that were found and where
    #[arg(short, long, global = true, action = ArgAction::SetTrue)]
    pub verbose: bool,
}

/// What to do.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Check manifests
    ///
    /// Reads every YAML and JSON manifest in the given files and folders as one mesh, and reports what will not work or
    /// is probably not meant. Findings go to standard output; summary and hints go to standard error.
    #[command(after_long_help = EXIT_CODES)]
    Lint(Lint),
    /// Fix manifests
    ///
    /// Makes the fixes of what `lint` finds, and leaves comments, order, quoting and everything else of the files as they
    /// are. Without --unsafe-fixes only fixes are made that leave traffic and access as they are, but for what could not
    /// work before. What is left is printed as `lint` prints it.
    #[command(after_long_help = FIX_EXIT_CODES)]
    Fix(Fix),
    /// Follow a request through the mesh
    ///
    /// Shows the way of one request: listener, host and rule at the gateway, what filters make of it, the backend and its
    /// ports, then the mesh: tunnel or plain text, identities, STRICT mTLS, waypoint, policies, pods, other clusters. What
    /// files cannot tell is said, not guessed. With --expect it follows every request of a file, and reports what does not
    /// come out as promised.
    #[command(
        after_long_help = trace::EXIT_CODES,
        override_usage = "meshgate trace [OPTIONS] URL [PATHS]...\n       meshgate trace [OPTIONS] --expect FILE [PATHS]..."
    )]
    Trace(Box<Trace>),
    /// Write Envoy configuration
    ///
    /// Compiles Gateways and what is attached to them into configuration for Envoy. With errors in the input nothing is
    /// written. Findings go to standard error.
    #[command(after_long_help = compile::EXIT_CODES)]
    Compile(Box<Compile>),
    /// Show the conditions that controllers would write
    ///
    /// For every Gateway, listener, listener set, route and policy: whether it would be accepted, whether its references
    /// lead somewhere, how many routes attach, and the reason with its place in the files. What depends on something
    /// outside the input is Unknown, unless --complete says that there is nothing else.
    #[command(after_long_help = status::EXIT_CODES)]
    Status(Status),
    /// Explain a rule
    ///
    /// Prints what the rule finds, why it matters, what to do, and examples.
    Explain {
        /// The name of a rule or known issue, as findings print it
        rule: String,
    },
    /// List all rules
    Rules {
        /// How to print them
        #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
        output_format: RulesFormat,
    },
    /// Print completions for a shell
    Completions {
        /// The shell
        #[arg(value_enum)]
        shell: clap_complete::Shell,
    },
    /// Print the JSON Schema of meshgate.yaml
    ///
    /// `meshgate schema > meshgate.schema.json` puts it where the first line of a meshgate.yaml written by `meshgate init`
    /// looks for it.
    Schema,
    /// Write a meshgate.yaml to start from
    ///
    /// Writes it into the working directory, with every setting explained and commented out. A file that is there
    /// already is left alone without --force.
    Init {
        /// Overwrite a meshgate.yaml that is there already
        #[arg(long)]
        force: bool,
    },
}

/// What is read, and how.
#[derive(Args, Clone, Debug)]
pub struct Input {
    /// Files and folders to check; `-` is standard input
    ///
    /// Folders are searched for `.yaml`, `.yml` and `.json` files that git does not ignore. Files named here are read
    /// even if git ignores them.
    #[arg(default_value = ".")]
    pub paths: Vec<PathBuf>,
    /// How it is read.
    #[command(flatten)]
    pub reading: Reading,
}

impl std::ops::Deref for Input {
    type Target = Reading;
    fn deref(&self) -> &Reading {
        &self.reading
    }
}

/// How files are read.
#[derive(Args, Clone, Debug)]
pub struct Reading {
    /// Take the settings from this file
    ///
    /// Without it, meshgate.yaml is sought from the common parent of the paths upwards, up to the root of the repository.
    #[arg(long, value_name = "FILE", conflicts_with = "no_config", help_heading = "Settings")]
    pub config: Option<PathBuf>,
    /// Do not look for a meshgate.yaml
    #[arg(long, help_heading = "Settings")]
    pub no_config: bool,
    /// Take the input for the whole cluster: what is not in it does not exist
    ///
    /// Without it, what the input does not show may exist elsewhere, and findings that depend on it are hidden or lowered.
    #[arg(long, help_heading = "Settings")]
    pub complete: bool,
    /// The namespace of resources that do not say theirs
    #[arg(long, value_name = "NAMESPACE", help_heading = "Settings")]
    pub namespace: Option<String>,
    /// Check resources by the CustomResourceDefinitions in this file or folder; may be given several times
    ///
    /// What it defines comes before what the input defines and before what meshgate knows of a kind. It is read for nothing
    /// else.
    #[arg(long, value_name = "PATH", help_heading = "Settings")]
    pub crd: Vec<PathBuf>,
}

/// Which findings count.
#[derive(Args, Clone, Debug)]
pub struct Findings {
    /// Show findings of at least this severity
    #[arg(long, value_enum, value_name = "SEVERITY", default_value_t, help_heading = "Findings")]
    pub min_severity: MinSeverity,
    /// Exit with 1 when something of at least this severity is found
    #[arg(long, value_enum, value_name = "SEVERITY", default_value_t, help_heading = "Findings")]
    pub fail_on: FailOn,
    /// Show what may be wrong, depending on what the input does not show
    ///
    /// Such findings are informational and never count for --fail-on.
    #[arg(long, help_heading = "Findings")]
    pub pedantic: bool,
}

/// `meshgate fix`.
#[derive(Args, Clone, Debug)]
pub struct Fix {
    /// What is read.
    #[command(flatten)]
    pub input: Input,

    /// Make unsafe fixes as well: those that change who may talk to whom, or where traffic goes
    #[arg(long, help_heading = "Fixes")]
    pub unsafe_fixes: bool,
    /// Make the fixes of this rule and of no other; may be given several times
    #[arg(long, value_name = "RULE", help_heading = "Fixes")]
    pub only: Vec<String>,
    /// Print what would change as a unified diff, and write nothing
    #[arg(long, conflicts_with = "output_dir", help_heading = "Fixes")]
    pub diff: bool,
    /// Write the whole tree, fixed, into a new folder, and leave the originals alone
    #[arg(long, value_name = "DIR", help_heading = "Fixes")]
    pub output_dir: Option<PathBuf>,
    /// The path that standard input stands for; the fixed text goes to standard output
    #[arg(long, value_name = "PATH", help_heading = "Fixes")]
    pub stdin_filename: Option<PathBuf>,

    /// Which findings count.
    #[command(flatten)]
    pub findings: Findings,

    /// How to print what is left
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t, help_heading = "Output")]
    pub output_format: OutputFormat,
}

/// `meshgate lint`.
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
#[derive(Args, Clone, Debug)]
pub struct Lint {
    /// What is read.
    #[command(flatten)]
    pub input: Input,

    /// Which findings count.
    #[command(flatten)]
    pub findings: Findings,

    /// Fix what can be fixed, and print what is left
    #[arg(long, conflicts_with_all = ["since", "write_baseline"], help_heading = "Fixes")]
    pub fix: bool,
    /// With --fix, make unsafe fixes as well: those that change who may talk to whom, or where traffic goes
    #[arg(long, requires = "fix", help_heading = "Fixes")]
    pub unsafe_fixes: bool,

    /// How to print findings
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t, help_heading = "Output")]
    pub output_format: OutputFormat,
    /// Print findings in several formats at once, each to a file or (one of them) to standard output
    ///
    /// May be given several times, as FORMAT or FORMAT=FILE: `--output full --output sarif=meshgate.sarif`.
    #[arg(long, value_name = "FORMAT[=FILE]", conflicts_with = "output_format", help_heading = "Output")]
    pub output: Vec<Output>,
    /// Print how often each rule found something, instead of the findings
    #[arg(long, help_heading = "Output")]
    pub statistics: bool,
    /// With --verbose, say how long each rule took
    #[arg(long, help_heading = "Output")]
    pub timings: bool,

    /// Leave out findings that this file has
    ///
    /// They are known by rule, resource and field, so that edits around them change nothing. In SARIF they are marked, not
    /// left out. They never count for --fail-on.
    #[arg(long, value_name = "FILE", help_heading = "Adoption")]
    pub baseline: Option<PathBuf>,
    /// Write all findings into the file that --baseline names
    #[arg(long, requires = "baseline", conflicts_with = "prune_baseline", help_heading = "Adoption")]
    pub write_baseline: bool,
    /// Drop from the file that --baseline names what is not found any more
    #[arg(long, requires = "baseline", help_heading = "Adoption")]
    pub prune_baseline: bool,
    /// Report only findings that touch lines changed since this revision
    ///
    /// Everything is read all the same. Compared is with the common ancestor of the revision and HEAD; files that git does
    /// not know yet count as changed.
    #[arg(long, value_name = "REVISION", help_heading = "Adoption")]
    pub since: Option<String>,
}

/// A format and where it goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// How.
    pub format: OutputFormat,
    /// Where; standard output without it.
    pub file: Option<PathBuf>,
}

impl std::str::FromStr for Output {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (format, file) = text.split_once('=').map_or((text, None), |(format, file)| (format, Some(PathBuf::from(file))));
        if file.as_ref().is_some_and(|file| file.as_os_str().is_empty()) {
            return Err("a file is missing after `=`".to_owned());
        }
        let names = || OutputFormat::value_variants().iter().filter_map(|f| Some(f.to_possible_value()?.get_name().to_owned()));
        let format = OutputFormat::from_str(format, false)
            .map_err(|_| format!("`{format}` is no format: write one of {}", names().collect::<Vec<_>>().join(", ")))?;
        Ok(Self { format, file })
    }
}

impl Reading {
    /// Where the settings come from.
    pub fn config(&self) -> config::Choice {
        match &self.config {
            _ if self.no_config => config::Choice::Nothing,
            Some(file) => config::Choice::File(file.clone()),
            None => config::Choice::Find,
        }
    }
}

/// When to use colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal.
    #[default]
    Auto,
    /// Off a terminal too.
    Always,
    /// Nowhere.
    Never,
}

/// How `meshgate lint` prints findings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum OutputFormat {
    /// With the lines of the files they are about
    #[default]
    Full,
    /// One line each
    Concise,
    /// For programs
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// Workflow commands, which GitHub shows at the lines of a pull request
    Github,
    /// Code quality, which GitLab shows in a merge request
    Gitlab,
    /// JUnit XML, which CI systems show as test results
    Junit,
}

impl OutputFormat {
    /// Whether what people read on standard error may stand beside it.
    pub const fn for_people(self) -> bool {
        matches!(self, Self::Full | Self::Concise | Self::Github)
    }
}

/// How `meshgate rules` prints rules.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum RulesFormat {
    /// A table
    #[default]
    Text,
    /// For programs
    Json,
}

/// The least severity that is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum MinSeverity {
    /// Everything
    #[default]
    Info,
    /// Warnings and errors
    Warning,
    /// Errors
    Error,
}

impl From<MinSeverity> for Severity {
    fn from(least: MinSeverity) -> Self {
        match least {
            MinSeverity::Info => Self::Info,
            MinSeverity::Warning => Self::Warning,
            MinSeverity::Error => Self::Error,
        }
    }
}

/// The least severity that fails a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// Anything
    Info,
    /// Warnings and errors
    Warning,
    /// Errors
    #[default]
    Error,
    /// Nothing
    Never,
}

impl FailOn {
    /// The severity; `None` when no finding fails the run.
    pub const fn severity(self) -> Option<Severity> {
        match self {
            Self::Info => Some(Severity::Info),
            Self::Warning => Some(Severity::Warning),
            Self::Error => Some(Severity::Error),
            Self::Never => None,
        }
    }
}

/// The command line as clap sees it: for completions and the generated docs.
pub fn command() -> clap::Command {
    Cli::command()
}

#[cfg(test)]
#[path = "args_tests.rs"]
mod tests;
