//! What the guides state, statement by statement: each has an identifier, and a small mesh in which it is kept and one
//! in which it is broken. The rules that answer to it find the second and are silent on the first.
#![expect(clippy::unwrap_used, reason = "tests")]

#[path = "statements/bases.rs"]
mod bases;
#[path = "support/blessed.rs"]
mod blessed;
#[path = "statements/more.rs"]
mod more;
#[path = "statements/rows.rs"]
mod rows;
#[path = "statements/words.rs"]
mod words;

use std::collections::BTreeSet;
use std::fmt::Write;

use meshgate::checks::{Certainty, catalogue};
use meshgate::lint::{Request, lint};
use meshgate::text::MemoryWorld;

/// A change to a mesh: in a file, one text in place of another. All it takes is that the text is there.
type Edit = (&'static str, &'static str, &'static str);

/// A statement, or several that one pair of meshes shows.
struct Row {
    ids: &'static [&'static str],
    /// The rules, as `name` or `name=severity`.
    rules: &'static [&'static str],
    /// A working mesh.
    base: &'static str,
    /// What makes the statement kept in it, where it is not.
    kept: &'static [Edit],
    /// What breaks it; none for a statement that nothing must be said about.
    broken: Option<&'static [Edit]>,
}

/// The rules find what `broken` makes of the base, and are silent on the base.
const fn fires(ids: &'static [&'static str], rules: &'static [&'static str], base: &'static str, broken: &'static [Edit]) -> Row {
    Row { ids, rules, base, kept: &[], broken: Some(broken) }
}

/// As [`fires`], with the kept form made from the base too.
const fn parts(
    ids: &'static [&'static str],
    rules: &'static [&'static str],
    base: &'static str,
    kept: &'static [Edit],
    broken: &'static [Edit],
) -> Row {
    Row { ids, rules, base, kept, broken: Some(broken) }
}

/// The rules are silent on what the edits make of the base.
const fn silent(ids: &'static [&'static str], rules: &'static [&'static str], base: &'static str, kept: &'static [Edit]) -> Row {
    Row { ids, rules, base, kept, broken: None }
}

/// Statements that no rule answers to, and why.
const WITHOUT_A_RULE: &[(&str, &str)] = &[("S3.18", "about the URL of a request, which `trace` reads so: a test of `Request::get`")];

/// A mesh as files, with edits.
fn files(base: &str, edits: &[Edit], ids: &[&str]) -> Vec<(String, String)> {
    let mut files: Vec<(String, String)> = base
        .split("\n### ")
        .skip(1)
        .map(|file| file.split_once('\n').map(|(path, text)| (path.to_owned(), text.to_owned())).unwrap())
        .collect();
    for (path, from, to) in edits {
        let (_, text) = files.iter_mut().find(|(own, _)| own == path).unwrap_or_else(|| panic!("{ids:?}: no file {path}"));
        assert!(text.contains(from), "{ids:?}: `{from}` is not in {path}");
        *text = text.replacen(from, to, 1);
    }
    files
}

/// The findings, as `rule` and `rule=severity`.
fn found(files: &[(String, String)], pedantic: bool) -> BTreeSet<String> {
    let world = MemoryWorld::new(files.iter().map(|(path, text)| (path.as_str(), text.as_str())));
    let linted = lint(&world, &Request { pedantic, ..Request::new(["."]) }).unwrap_or_else(|failure| panic!("{failure:?}"));
    let name = |f: &meshgate::checks::Finding| [f.rule.to_string(), format!("{}={:?}", f.rule, f.severity).to_lowercase()];
    linted.findings.iter().flat_map(name).collect()
}

fn check(row: &Row, rule: &str, wrong: &mut Vec<String>) {
    let name = rule.split('=').next().unwrap();
    let file = catalogue().file(name).unwrap_or_else(|| panic!("{:?}: no rule {name}", row.ids));
    // what is never more than possible is only shown on request
    let pedantic = file.certainty == Certainty::Possible;
    if found(&files(row.base, row.kept, row.ids), pedantic).contains(name) {
        wrong.push(format!("{:?}: {name} on what is right", row.ids));
    }
    let Some(broken) = row.broken else { return };
    let found = found(&files(row.base, broken, row.ids), pedantic);
    if !found.contains(rule) {
        wrong.push(format!("{:?}: no {rule} on what is broken, but {found:?}", row.ids));
    }
}

#[test]
fn the_bases_are_right() {
    for base in [bases::ONE, bases::TWO, bases::SEGMENTS, bases::WAYPOINT, bases::ISTIO] {
        let found = found(&files(base, &[], &[]), false);
        assert!(found.is_empty(), "{}\n{found:?}", base.lines().take(9).collect::<Vec<_>>().join("\n"));
    }
}

#[test]
fn statements() {
    let mut wrong = Vec::new();
    for row in rows::ROWS {
        row.rules.iter().for_each(|rule| check(row, rule, &mut wrong));
    }
    assert!(wrong.is_empty(), "{} differences\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn statements_on_waypoints_ambient_and_routes() {
    let mut wrong = Vec::new();
    for row in more::ROWS {
        // the meshes are read in any case
        for edits in [Some(row.kept), row.broken].into_iter().flatten() {
            let found = found(&files(row.base, edits, row.ids), false);
            let unread = found.iter().find(|name| name.starts_with("invalid-") || name.starts_with("templated-"));
            assert_eq!(unread, None, "{:?}", row.ids);
        }
        row.rules.iter().for_each(|rule| check(row, rule, &mut wrong));
    }
    assert!(wrong.is_empty(), "{} differences\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_statement_is_tested_or_says_why_not() {
    let all: BTreeSet<String> =
        words::GUIDES.iter().flat_map(|(guide, _, of)| (1..=of.len()).map(move |n| format!("{guide}.{n}"))).collect();
    let rows = || rows::ROWS.iter().chain(more::ROWS).flat_map(|row| row.ids);
    let tested: BTreeSet<String> = rows().map(ToString::to_string).collect();
    let excused: BTreeSet<String> = WITHOUT_A_RULE.iter().map(|(id, _)| (*id).to_owned()).collect();
    assert!(WITHOUT_A_RULE.iter().all(|(_, why)| !why.is_empty()));
    let neither: Vec<_> = all.iter().filter(|id| !tested.contains(*id) && !excused.contains(*id)).collect();
    assert!(neither.is_empty(), "neither tested nor excused: {neither:?}");
    assert_eq!(tested.intersection(&excused).collect::<Vec<_>>(), Vec::<&String>::new(), "tested and excused");
    assert!(tested.union(&excused).all(|id| all.contains(id)), "identifiers that are none");
    assert!(rows::ROWS.iter().all(|row| !row.rules.is_empty()));
}

/// `docs/coverage.md`: which rules and commands answer to which statement.
#[test]
fn the_coverage_is_written_down() {
    let mut page = "<!-- Generated from tests/statements/. -->\n\n# What is covered\n\n\
        meshgate began with five guides to ingress into an ambient mesh. This is every statement of theirs that can be checked, in our words, with the\n\
        rules that speak when it is broken and the commands that show what it means for a request. Each has a test by its identifier\n\
        (`tests/statements/`): a mesh in which it is kept, where the rule is silent, and one in which it is broken.\n"
        .to_owned();
    for (guide, about, statements) in words::GUIDES {
        writeln!(page, "\n## {guide}: {about}\n\n| | Statement | Rules | Commands |\n|---|---|---|---|").unwrap();
        for (n, (statement, commands)) in statements.iter().enumerate() {
            let id = format!("{guide}.{}", n + 1);
            let of = |row: &&Row| row.ids.contains(&id.as_str());
            let named =
                rows::ROWS.iter().chain(more::ROWS).filter(of).flat_map(|row| row.rules).map(|rule| rule.split('=').next().unwrap());
            let rules: BTreeSet<&str> = named.collect();
            let links: Vec<String> = rules.iter().map(|rule| format!("[{rule}](rules/{rule}.md)")).collect();
            let excuse = WITHOUT_A_RULE.iter().find(|(own, _)| *own == id).map(|(_, why)| *why);
            let rules = excuse.map_or_else(|| links.join(", "), |why| format!("none: {why}"));
            writeln!(page, "| {id} | {statement} | {rules} | {commands} |").unwrap();
        }
    }
    blessed::check("docs/coverage.md", &page);
}
