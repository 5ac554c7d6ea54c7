//! Every example of every rule file, linted: each `bad` gives exactly its marks, each `good` gives nothing.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::{BTreeMap, BTreeSet};

use meshgate::checks::rule_file::{Example, ExampleFile, ExampleKind, RuleFile};
use meshgate::checks::{Applicability, catalogue};
use meshgate::config::Choice;
use meshgate::fix::{End, Options, fix};
use meshgate::lint::{Request, lint};
use meshgate::report::Sources;
use meshgate::text::{LineIndex, MemoryWorld, unified_diff};

/// What an example is linted to: file, line, rule, headline.
type Found = (String, usize, String, String);

fn lint_files(files: &[ExampleFile], args: &[String]) -> Vec<Found> {
    let world = MemoryWorld::new(files.iter().map(|f| (f.path.as_str(), f.text.as_str())));
    let request = Request {
        config: Choice::Find,
        complete: args.iter().any(|a| a == "--complete"),
        pedantic: args.iter().any(|a| a == "--pedantic"),
        ..Request::new(["."])
    };
    let linted = lint(&world, &request).unwrap_or_else(|failure| panic!("{failure:?}"));
    linted
        .findings
        .iter()
        .map(|finding| {
            let place = finding.primary.place;
            let text = linted.texts.text(place.file()).unwrap();
            let line = LineIndex::new(text).position(linted.texts.span(place).start).line;
            (linted.texts.path(place.file()).to_owned(), line, finding.rule.to_string(), finding.message.clone())
        })
        .collect()
}

/// The files of an example after `meshgate fix`, with unsafe fixes where the rule's fix is one.
fn fix_files(rule: &RuleFile, files: &[ExampleFile], args: &[String], wrong: &mut Vec<String>) -> BTreeMap<String, String> {
    let world = MemoryWorld::new(files.iter().map(|f| (f.path.as_str(), f.text.as_str())));
    let request = Request { complete: args.iter().any(|a| a == "--complete"), ..Request::new(["."]) };
    let options = Options { unsafe_fixes: rule.fix == Some(Applicability::Unsafe), only: Vec::new() };
    let fixed = fix(&world, &request, &options).unwrap_or_else(|failure| panic!("{failure:?}"));
    wrong.extend(fixed.dropped.iter().map(|dropped| format!("{}: dropped {dropped:?}", rule.name)));
    if fixed.end != End::Settled {
        wrong.push(format!("{}: {:?}", rule.name, fixed.end));
    }
    let mut texts: BTreeMap<String, String> = files.iter().map(|f| (f.path.clone(), f.text.clone())).collect();
    texts.extend(fixed.files.into_iter().map(|file| (file.shown.to_string(), file.after)));
    texts
}

/// A fixed block is what the fixer makes of the bad example, byte for byte; files that it does not show stay as they are.
#[test]
fn fixed_examples_are_what_fix_makes_of_the_bad_ones() {
    let mut wrong = Vec::new();
    for rule in catalogue().files() {
        for example in &rule.examples {
            let Some(fixed) = &example.fixed else { continue };
            let mut expected: BTreeMap<String, String> = example.files.iter().map(|f| (f.path.clone(), f.text.clone())).collect();
            expected.extend(fixed.iter().map(|f| (f.path.clone(), f.text.clone())));
            let made = fix_files(rule, &example.files, &example.args, &mut wrong);
            let paths: BTreeSet<&String> = expected.keys().chain(made.keys()).collect();
            for path in paths.into_iter().filter(|path| expected.get(*path) != made.get(*path)) {
                let (expected, made) = (expected.get(path).map_or("", String::as_str), made.get(path).map_or("", String::as_str));
                wrong.push(format!("{}: from what is expected to what is made:\n{}", rule.name, unified_diff(path, Some(expected), made)));
            }
        }
    }
    assert!(wrong.is_empty(), "{} differences:\n\n{}", wrong.len(), wrong.join("\n\n"));
}

#[test]
fn a_rule_with_a_fix_that_is_written_shows_it() {
    let written = catalogue().files().filter(|rule| rule.fix > Some(Applicability::Manual));
    let unshown: Vec<&str> = written.filter(|rule| rule.examples.iter().all(|e| e.fixed.is_none())).map(|rule| &*rule.name).collect();
    assert_eq!(unshown, Vec::<&str>::new());
}

fn check(rule: &RuleFile, example: &Example, wrong: &mut Vec<String>) {
    let mut found = lint_files(&example.files, &example.args);
    let which = format!(
        "{} ({:?} example starting `{}`)",
        rule.name,
        example.kind,
        example.files[0].text.lines().take(8).collect::<Vec<_>>().join("⏎")
    );
    for file in &example.files {
        for mark in &file.marks {
            let name = mark.rule.as_deref().unwrap_or(&rule.name);
            let hit = found.iter().position(|(path, line, rule, message)| {
                (path.as_str(), *line, rule.as_str()) == (&file.path, mark.line, name) && message.contains(&mark.text)
            });
            match hit {
                Some(hit) => drop(found.remove(hit)),
                None => wrong.push(format!("{which}\n  no finding {name} at {}:{} that says `{}`", file.path, mark.line, mark.text)),
            }
        }
    }
    for (path, line, rule, message) in found {
        wrong.push(format!("{which}\n  unexpected {rule} at {path}:{line}: {message}"));
    }
}

#[test]
fn examples_give_exactly_their_marks() {
    let mut wrong = Vec::new();
    for rule in catalogue().files() {
        for example in &rule.examples {
            check(rule, example, &mut wrong);
        }
    }
    assert!(wrong.is_empty(), "{} differences:\n\n{}", wrong.len(), wrong.join("\n\n"));
}

#[test]
fn fixed_examples_are_clean() {
    let mut wrong = Vec::new();
    for rule in catalogue().files() {
        for example in &rule.examples {
            let Some(fixed) = &example.fixed else { continue };
            for (path, line, found, message) in lint_files(fixed, &example.args) {
                wrong.push(format!("{}: fixed, and still {found} at {path}:{line}: {message}", rule.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_rule_has_two_bad_two_good_and_a_near_miss() {
    for rule in catalogue().files() {
        let count = |kind: ExampleKind| rule.examples.iter().filter(|e| e.kind == kind).count();
        assert!(count(ExampleKind::Bad) >= 2, "{} needs two bad examples", rule.name);
        assert!(count(ExampleKind::Good) >= 2, "{} needs two good examples", rule.name);
        assert!(count(ExampleKind::NearMiss) >= 1, "{} needs a near miss", rule.name);
    }
}
