//! Whole scenarios: the working variant gives nothing, a broken one exactly what stands beside it.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::path::{Path, PathBuf};

use meshgate::checks::{Finding, Severity};
use meshgate::cli::world::RealWorld;
use meshgate::fix::{End, Options, fix, fix_of};
use meshgate::lint::{Linted, Request, lint};
use meshgate::report::Sources;
use meshgate::text::{LineIndex, unified_diff};

fn folders(of: &str) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(of).unwrap().map(|e| e.unwrap().path()).filter(|p| p.is_dir()).collect();
    found.sort();
    found
}

fn lint_folder(folder: &Path) -> Linted {
    let world = RealWorld::at(fs::canonicalize(folder).unwrap());
    lint(&world, &Request::new(["."])).unwrap_or_else(|failure| panic!("{}: {failure:?}", folder.display()))
}

/// `path:line rule severity`, sorted.
fn lines(linted: &Linted) -> Vec<String> {
    let mut lines: Vec<String> = linted
        .findings
        .iter()
        .map(|finding| {
            let place = finding.primary.place;
            let text = linted.texts.text(place.file()).unwrap_or_default();
            let line = LineIndex::new(text).position(linted.texts.span(place).start).line;
            let severity = match finding.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Info => "info",
            };
            format!("{}:{line} {} {severity}", linted.texts.path(place.file()), finding.rule)
        })
        .collect();
    lines.sort();
    lines
}

#[test]
fn working_scenarios_are_silent_and_broken_ones_say_what_is_expected() {
    let mut wrong = Vec::new();
    for scenario in folders("testdata/scenarios") {
        for variant in folders(scenario.to_str().unwrap()) {
            let expected = fs::read_to_string(variant.with_extension("expected"));
            let is_working = variant.file_name().is_some_and(|name| name == "working");
            assert_eq!(is_working, expected.is_err(), "{}: every broken variant has its .expected, and no other", variant.display());
            let mut expected: Vec<String> = expected.unwrap_or_default().lines().map(ToOwned::to_owned).collect();
            expected.sort();
            let found = lines(&lint_folder(&variant));
            for line in expected.iter().filter(|line| !found.contains(line)) {
                wrong.push(format!("{}: expected and not found: {line}", variant.display()));
            }
            for line in found.iter().filter(|line| !expected.contains(line)) {
                wrong.push(format!("{}: found and not expected: {line}", variant.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{} differences\n{}", wrong.len(), wrong.join("\n"));
}

/// What `meshgate fix --unsafe-fixes` makes of a broken scenario stands beside it, and nothing that can be fixed is left. A line
/// `# left` is a finding that wants a person.
#[test]
fn broken_scenarios_are_fixed_as_expected_and_stay_so() {
    let bless = std::env::var_os("MESHGATE_BLESS").is_some();
    let options = Options { unsafe_fixes: true, only: Vec::new() };
    let mut wrong = Vec::new();
    for variant in folders("testdata/scenarios").iter().flat_map(|scenario| folders(scenario.to_str().unwrap())) {
        let world = RealWorld::at(fs::canonicalize(&variant).unwrap());
        let fixed = fix(&world, &Request::new(["."]), &options).unwrap_or_else(|failure| panic!("{}: {failure:?}", variant.display()));
        wrong.extend(fixed.dropped.iter().map(|dropped| format!("{}: {dropped:?}", variant.display())));
        assert_eq!(fixed.end, End::Settled, "{}", variant.display());
        let can_be = |finding: &&Finding| fix_of(finding, &options).is_some();
        assert_eq!(fixed.linted.findings.iter().find(can_be), None, "{}: what is left wants a person", variant.display());
        let left = lines(&fixed.linted).into_iter().map(|line| format!("# left: {line}\n"));
        let diffs = fixed.files.iter().map(|file| unified_diff(&file.shown, file.before.as_deref(), &file.after));
        let made: String = left.chain(diffs).collect();
        let beside = variant.with_extension("fixed.diff");
        if made.is_empty() {
            assert!(!beside.exists(), "{} belongs to nothing", beside.display());
        } else if bless {
            fs::write(&beside, made).unwrap();
        } else if fs::read_to_string(&beside).unwrap_or_default() != made {
            wrong.push(format!("{} is not what is made now:\n{made}", beside.display()));
        }
    }
    assert!(wrong.is_empty(), "{} differences\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn working_repositories_have_no_errors_and_no_warnings() {
    let mut wrong = Vec::new();
    for repository in folders("testdata/working") {
        let found = lines(&lint_folder(&repository));
        wrong.extend(found.into_iter().filter(|line| !line.ends_with(" info")).map(|line| format!("{}: {line}", repository.display())));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
