//! The documentation is true: its commands run, and print what it shows. `cargo bless` rewrites what is shown.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Commands that no test can run from within `cargo test`, and what runs them instead.
const RUN_ELSEWHERE: [(&str, &str); 4] = [
    ("cargo test", ".ci/run"),
    ("cargo install --locked --path .", ".ci/run, without optimising"),
    ("cargo bless", ".cargo/config.toml; the tests that it runs"),
    ("cargo dev new-rule gateway-without-listener --family gateway-api", "tests/dev.rs"),
];

fn pages() -> Vec<PathBuf> {
    let docs = std::fs::read_dir(Path::new(ROOT).join("docs")).unwrap().map(|entry| entry.unwrap().path());
    let mut pages: Vec<PathBuf> = docs.filter(|path| path.extension().is_some_and(|e| e == "md")).collect();
    pages.push(Path::new(ROOT).join("README.md"));
    pages.sort();
    pages
}

fn read(page: &Path) -> String {
    std::fs::read_to_string(page).unwrap().replace("\r\n", "\n")
}

/// A code block: its info string, and where its lines are in the page.
struct Block {
    info: String,
    lines: Range<usize>,
}

fn blocks(page: &str) -> Vec<Block> {
    let mut found = Vec::new();
    let (mut at, mut open): (usize, Option<(String, usize)>) = (0, None);
    for line in page.split_inclusive('\n') {
        let next = at + line.len();
        if let Some(info) = line.trim_end().strip_prefix("```") {
            open = match open.take() {
                Some((info, start)) => {
                    found.push(Block { info, lines: start..at });
                    None
                }
                None => Some((info.to_owned(), next)),
            };
        }
        at = next;
    }
    assert!(open.is_none(), "a code block without an end");
    found
}

/// What a terminal shows for a command.
struct Shown {
    text: String,
    code: i32,
}

/// Runs a line in a shell, in the repository or, when it writes, in an empty folder.
fn run(line: &str) -> Shown {
    let line = match line.strip_prefix("cargo run --quiet -- ") {
        Some(arguments) => format!("meshgate {arguments}"),
        None => line.to_owned(),
    };
    let writes = line.contains('>') || line.contains("meshgate init");
    let scratch = tempfile::tempdir().unwrap();
    let bin = Path::new(env!("CARGO_BIN_EXE_meshgate")).parent().unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let output = Command::new("sh")
        .args(["-c", &line])
        .current_dir(if writes { scratch.path() } else { Path::new(ROOT) })
        .env("PATH", path)
        .env("NO_COLOR", "1")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat();
    Shown { text, code: output.status.code().unwrap() }
}

/// Runs the commands of a block; the block as it should be.
fn replayed(page: &Path, block: &str, shows_output: bool, commands: &mut Vec<String>) -> String {
    let mut out = String::new();
    for command in block.lines().filter_map(|line| line.strip_prefix("$ ")) {
        commands.push(command.to_owned());
        out.extend(["$ ", command, "\n"]);
        if RUN_ELSEWHERE.iter().any(|(elsewhere, _)| *elsewhere == command) {
            continue;
        }
        let shown = run(command);
        assert!(shown.code < 2, "{}: `{command}` ends with {}:\n{}", page.display(), shown.code, shown.text);
        if shows_output {
            out.push_str(&shown.text);
        }
    }
    out
}

/// `console` blocks show output, `sh` blocks are commands alone.
#[test]
fn commands_run_and_print_what_is_shown() {
    let bless = std::env::var_os("MESHGATE_BLESS").is_some();
    let mut commands = Vec::new();
    for page in pages() {
        let before = read(&page);
        let mut text = before.clone();
        for block in blocks(&before).into_iter().rev() {
            if !matches!(block.info.as_str(), "console" | "sh") {
                continue;
            }
            let shown = text[block.lines.clone()].to_owned();
            let real = replayed(&page, &shown, block.info == "console", &mut commands);
            if bless {
                text.replace_range(block.lines, &real);
            } else {
                assert!(shown == real, "{}: shown\n{shown}\nprinted\n{real}", page.display());
            }
        }
        // other tests read the pages meanwhile
        if text != before {
            std::fs::write(&page, text).unwrap();
        }
    }
    for (command, _) in RUN_ELSEWHERE {
        assert!(commands.iter().any(|c| c == command), "no page has `{command}` any more");
    }
    // the two commands that a newcomer runs
    let readme = read(&Path::new(ROOT).join("README.md"));
    assert!(readme.contains("$ cargo run --quiet -- lint testdata/") && readme.contains("$ cargo test\n"));
}

#[test]
fn ci_runs_what_the_documentation_promises() {
    let script = std::fs::read_to_string(Path::new(ROOT).join(".ci/run")).unwrap();
    assert!(script.starts_with("#!/usr/bin/env bash\n") && script.contains("\nset -euo pipefail\n"));
    for step in [
        "cargo fmt --all --check",
        "cargo clippy --locked --all-targets -- -D warnings",
        "cargo doc --locked --no-deps",
        "cargo test --locked",
        "cargo install --locked --debug --path .",
    ] {
        assert!(script.lines().any(|line| line.starts_with("step ") && line.contains(step)), "no step `{step}`");
    }
    let aliases = std::fs::read_to_string(Path::new(ROOT).join(".cargo/config.toml")).unwrap();
    assert!(aliases.contains("bless = [") && aliases.contains("MESHGATE_BLESS='1'") && aliases.contains("dev = "));
}

/// Links between the pages, and from them into the tree, lead somewhere.
#[test]
fn links_lead_somewhere() {
    let headings = |page: &str| -> BTreeSet<String> {
        let slug = |heading: &str| {
            let kept = heading.to_lowercase().chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-')).collect::<String>();
            kept.replace(' ', "-")
        };
        page.lines().filter(|line| line.starts_with('#')).map(|line| slug(line.trim_start_matches('#').trim())).collect()
    };
    for page in pages() {
        let text = read(&page);
        for target in text.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(target, _)| target) {
            if target.contains("://") {
                continue;
            }
            let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
            let file = if path.is_empty() { page.clone() } else { page.parent().unwrap().join(path) };
            assert!(file.exists(), "{}: {target} leads nowhere", page.display());
            assert!(anchor.is_empty() || headings(&read(&file)).contains(anchor), "{}: no heading {target}", page.display());
        }
    }
}

/// The long flags of a help text.
fn flags(help: &str) -> BTreeSet<String> {
    let words = help.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'));
    words
        .filter(|word| word.strip_prefix("--").is_some_and(|name| name.starts_with(|c: char| c.is_ascii_lowercase())))
        .map(ToOwned::to_owned)
        .collect()
}

#[test]
fn every_flag_and_subcommand_is_in_the_documentation_and_in_a_test() {
    let reference = read(&Path::new(ROOT).join("docs/cli.md"));
    let tests = [
        "cli.rs",
        "fix.rs",
        "settings.rs",
        "adoption.rs",
        "formats.rs",
        "status.rs",
        "trace.rs",
        "trace_expect.rs",
        "compile.rs",
        "crds.rs",
    ]
    .map(|file| std::fs::read_to_string(Path::new(ROOT).join("tests").join(file)).unwrap())
    .concat();
    let tested = |word: &str| tests.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).any(|w| w == word);
    let mut root = meshgate::cli::args::command();
    root.build();
    let mut subcommands = 0;
    for command in std::iter::once(&root).chain(root.get_subcommands()) {
        let name = command.get_name();
        if name != "meshgate" {
            subcommands += 1;
            assert!(reference.contains(&format!("\n## meshgate {name}\n")), "docs/cli.md has no {name}");
            assert!(tested(name), "no test runs `meshgate {name}`");
        }
        for argument in command.get_arguments() {
            let long = argument.get_long().map(|long| format!("--{long}"));
            let short = argument.get_short().map(|short| format!("-{short}"));
            for flag in long.iter().chain(&short) {
                assert!(reference.contains(flag.as_str()), "docs/cli.md has no {flag}");
                assert!(tested(flag), "no test of the command line uses {flag}");
            }
            for value in argument.get_possible_values() {
                let value = value.get_name();
                assert!(matches!(value, "true" | "false") || tested(value), "no test of the command line uses {long:?} {value}");
            }
        }
    }
    assert_eq!(subcommands, 10);
    // and the other way round: the guides name no flag that is not there
    for page in pages() {
        let text = read(&page);
        let words: String = text.lines().filter(|line| line.contains("meshgate ") || line.contains("`--")).collect::<Vec<_>>().join("\n");
        for flag in flags(&words) {
            let of_others = ["--locked", "--path", "--quiet", "--family", "--help", "--git", "--source"].contains(&flag.as_str());
            assert!(of_others || reference.contains(&flag), "{}: there is no {flag}", page.display());
        }
    }
}

/// The keys of all objects in a document.
fn keys(value: &Value, into: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            into.extend(map.keys().cloned());
            map.values().for_each(|value| keys(value, into));
        }
        Value::Array(items) => items.iter().for_each(|value| keys(value, into)),
        _ => {}
    }
}

#[test]
fn every_field_of_the_json_is_described() {
    let shown = run("meshgate lint --output-format json testdata/scenarios/gloo-one-cluster/backend-port-is-target-port");
    let mut found = BTreeSet::new();
    keys(&serde_json::from_str(&shown.text).unwrap(), &mut found);
    assert!(found.contains("edits") && found.contains("end_column") && found.contains("content"), "the example has everything: {found:?}");
    let page = read(&Path::new(ROOT).join("docs/output.md"));
    for key in found {
        assert!(page.contains(&format!("`{key}`")), "docs/output.md does not describe `{key}`");
    }
}
