//! The command line as people type it.
#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;

fn parse(line: &str) -> Result<Cli, clap::error::ErrorKind> {
    Cli::try_parse_from(line.split(' ')).map_err(|error| error.kind())
}

fn lint(line: &str) -> Lint {
    match parse(line).unwrap().command {
        Command::Lint(arguments) => arguments,
        other => panic!("{other:?}"),
    }
}

#[test]
fn clap_finds_no_contradiction() {
    command().debug_assert();
}

#[test]
fn defaults() {
    let plain = lint("meshgate lint");
    assert_eq!(plain.input.paths, [PathBuf::from(".")]);
    assert_eq!(plain.findings.fail_on.severity(), Some(Severity::Error));
    assert_eq!(Severity::from(plain.findings.min_severity), Severity::Info);
    assert_eq!(plain.output_format, OutputFormat::Full);
    assert_eq!(plain.input.config(), config::Choice::Find);
    assert!(!plain.input.complete && !plain.findings.pedantic && !plain.statistics);
    assert_eq!(parse("meshgate rules").unwrap().global.color, Color::Auto);
}

#[test]
fn everything_at_once() {
    let line = "meshgate --color never lint a b.yaml - --config c.yaml --complete --namespace web --min-severity warning --fail-on never --pedantic --statistics --output-format json -v";
    let all = lint(line);
    assert_eq!(all.input.paths, ["a", "b.yaml", "-"].map(PathBuf::from));
    assert_eq!(all.input.config(), config::Choice::File("c.yaml".into()));
    assert_eq!((all.input.namespace.as_deref(), all.findings.fail_on.severity()), (Some("web"), None));
    assert_eq!((Severity::from(all.findings.min_severity), all.output_format), (Severity::Warning, OutputFormat::Json));
    assert!(all.input.complete && all.findings.pedantic && all.statistics);
    let global = parse(line).unwrap().global;
    assert!(global.verbose && !global.quiet);
    assert_eq!(global.color, Color::Never);
    assert_eq!(lint("meshgate lint --no-config").input.config(), config::Choice::Nothing);
}

#[test]
fn global_options_stand_anywhere() {
    assert!(parse("meshgate -q lint").unwrap().global.quiet);
    assert!(parse("meshgate explain backend-port-missing --quiet").unwrap().global.quiet);
}

#[test]
fn wrong_usage() {
    use clap::error::ErrorKind::{
        ArgumentConflict, DisplayHelpOnMissingArgumentOrSubcommand, InvalidValue, MissingRequiredArgument, UnknownArgument,
    };
    for (line, kind) in [
        ("meshgate", DisplayHelpOnMissingArgumentOrSubcommand),
        ("meshgate lint --config a --no-config", ArgumentConflict),
        ("meshgate lint -q -v", ArgumentConflict),
        ("meshgate lint --fail-on fatal", InvalidValue),
        ("meshgate lint --min-severity never", InvalidValue),
        ("meshgate lint --nope", UnknownArgument),
        ("meshgate explain", MissingRequiredArgument),
        ("meshgate completions tcsh", InvalidValue),
    ] {
        assert_eq!(parse(line).err(), Some(kind), "{line}");
    }
}

#[test]
fn all_five_shells() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        assert!(matches!(parse(&format!("meshgate completions {shell}")).unwrap().command, Command::Completions { .. }), "{shell}");
    }
}

#[test]
fn long_help_says_the_exit_codes() {
    let help = command().find_subcommand_mut("lint").unwrap().render_long_help().to_string();
    assert!(help.contains("Exit codes:") && help.contains("  2  the job could not be done"));
}
