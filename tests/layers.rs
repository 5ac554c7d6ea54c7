//! The tree keeps to its own rules: which layer uses which, how findings are worded, how long files are.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use meshgate::checks::{Finding, catalogue};
use meshgate::lint::{Request, lint};
use meshgate::text::MemoryWorld;
use regex::Regex;

/// The layers from the bottom up: each uses those before it.
const LAYERS: [&str; 13] =
    ["text", "yaml", "model", "mesh", "checks", "config", "report", "lint", "fix", "status", "trace", "compile", "cli"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All files below a folder, sorted.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    found
}

fn rust_files(folder: &str) -> Vec<PathBuf> {
    let folder = root().join(folder);
    let all = if folder.is_dir() { files(&folder) } else { Vec::new() };
    all.into_iter().filter(|path| path.extension().is_some_and(|e| e == "rs")).collect()
}

/// A file without its tests and comments; nothing of a file that is tests alone.
fn code(path: &Path) -> String {
    let stem = path.file_stem().unwrap().to_str().unwrap();
    if matches!(stem, "tests" | "testing") || stem.ends_with("_tests") {
        return String::new();
    }
    let text = fs::read_to_string(path).unwrap().replace("\r\n", "\n");
    let tests = Regex::new(r"(?ms)^#\[cfg\(test\)\]\n(#[^\n]*\n)*(pub(\([a-z]+\))? )?mod \w+ \{\n.*?^\}\n").unwrap();
    let comments = Regex::new(r"(?m)^\s*//.*$").unwrap();
    comments.replace_all(&tests.replace_all(&text, ""), "").into_owned()
}

/// The top-level module a file is in, and how many `super` lead from it to the crate.
fn module(path: &Path) -> (String, usize) {
    let path = path.strip_prefix(root().join("src")).unwrap().with_extension("");
    let mut parts: Vec<&str> = path.iter().map(|part| part.to_str().unwrap()).collect();
    if parts.last() == Some(&"mod") {
        parts.pop();
    }
    (parts[0].to_owned(), parts.len())
}

/// The modules of the crate that some code names, from the crate's root.
fn used(code: &str, depth: usize) -> BTreeSet<String> {
    let paths = Regex::new(r"\b(?:crate|super(?:::super)*)::(?:\w+|\{[^;]*\})").unwrap();
    let names = Regex::new(r"^\w+|[{,]\s*(\w+)").unwrap();
    let mut found = BTreeSet::new();
    for path in paths.find_iter(code).map(|m| m.as_str()) {
        let (start, name) = path.split_at(path.rfind("::").filter(|_| !path.contains('{')).unwrap_or_else(|| path.find("::{").unwrap()));
        if start == "crate" || start.matches("super").count() == depth {
            found.extend(names.captures_iter(&name[2..]).map(|c| c.get(1).or(c.get(0)).unwrap().as_str().to_owned()));
        }
    }
    found
}

#[test]
fn a_layer_uses_those_below_it_and_no_others() {
    let mut wrong = Vec::new();
    let mut edges = 0;
    for path in rust_files("src") {
        let (layer, depth) = module(&path);
        if matches!(layer.as_str(), "lib" | "main") {
            continue;
        }
        let Some(own) = LAYERS.iter().position(|l| *l == layer) else {
            wrong.push(format!("{} is in no layer", path.display()));
            continue;
        };
        for name in used(&code(&path), depth) {
            edges += 1;
            match LAYERS.iter().position(|l| *l == name) {
                Some(other) if other <= own => {}
                Some(_) => wrong.push(format!("{}: {layer} uses {name}", path.display())),
                None => wrong.push(format!("{}: crate::{name} is no layer", path.display())),
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(edges > 100, "the search finds what there is: {edges}");
}

#[test]
fn the_search_sees_every_form_of_a_path() {
    let text =
        "use crate::mesh::Mesh;\nuse crate::{text::Span, yaml};\nlet x = super::super::report::full();\nsuper::near();\nuse super::{a, b};";
    let expected = ["mesh", "report", "text", "yaml"].map(ToOwned::to_owned);
    assert_eq!(used(text, 2), BTreeSet::from(expected));
    assert_eq!(module(&root().join("src/checks/ambient/mod.rs")), ("checks".to_owned(), 2));
    assert_eq!(module(&root().join("src/lint/mod.rs")), ("lint".to_owned(), 1));
}

#[test]
fn no_source_file_is_over_600_lines() {
    for path in ["src", "benches", "examples", "fuzz"].iter().flat_map(|folder| rust_files(folder)) {
        let lines = fs::read_to_string(&path).unwrap().lines().count();
        assert!(lines <= 600, "{} has {lines} lines", path.display());
    }
}

/// A snapshot of which no test knows, or that nobody accepted.
#[test]
fn no_snapshot_is_left_behind() {
    let all: Vec<PathBuf> = ["src", "tests"].iter().flat_map(|folder| files(&root().join(folder))).collect();
    for path in all {
        let name = path.file_name().unwrap().to_str().unwrap();
        assert!(!name.ends_with(".snap.new") && !name.ends_with(".pending-snap"), "{}: accept or remove it", path.display());
        let Some(stem) = name.strip_suffix(".snap") else { continue };
        let text = fs::read_to_string(&path).unwrap();
        let source = text.lines().find_map(|line| line.strip_prefix("source: ")).unwrap();
        let full = stem.rsplit("__").next().unwrap();
        let name = full.rsplit_once('-').filter(|(_, n)| n.parse::<u32>().is_ok()).map_or(full, |(name, _)| name);
        let source = fs::read_to_string(root().join(source)).unwrap_or_default();
        assert!(source.contains(name), "{}: no test makes it any more", path.display());
    }
}

/// Everything that the examples of the rules bring out, shown or not, with the rule file's name.
fn all_findings() -> Vec<(String, Finding)> {
    let mut found = Vec::new();
    for rule in catalogue().files() {
        for example in &rule.examples {
            let world = MemoryWorld::new(example.files.iter().map(|f| (f.path.as_str(), f.text.as_str())));
            for complete in [false, true] {
                let linted = lint(&world, &Request { pedantic: true, complete, ..Request::new(["."]) }).unwrap_or_else(|f| panic!("{f:?}"));
                found.extend(linted.findings.into_iter().map(|finding| (rule.name.clone(), finding)));
            }
        }
    }
    found
}

/// Products, which keep their capital at the start of a line as kinds do.
const PRODUCTS: [&str; 7] = ["Istio", "Solo", "Gloo", "Kubernetes", "Gateway", "Helm", "Envoy"];

/// What is wrong with a line for people.
fn fault(line: &str, kinds: &BTreeSet<String>) -> Option<&'static str> {
    let first = line.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
    let named = first.is_empty()
        || first.chars().filter(char::is_ascii_uppercase).count() > 1
        || kinds.contains(first)
        || PRODUCTS.contains(&first);
    if line.is_empty() {
        Some("is empty")
    } else if line.ends_with('.') && !line.ends_with("…") {
        Some("ends with a full stop")
    } else if line.trim() != line || line.contains("  ") || line.contains('\n') {
        Some("has odd blanks")
    } else if line.starts_with(|c: char| c.is_uppercase()) && !named {
        Some("starts with a capital that is no kind's")
    } else if line.matches('`').count() % 2 == 1 {
        Some("has an odd backtick")
    } else {
        None
    }
}

fn kinds() -> BTreeSet<String> {
    let of_rules = catalogue().files().flat_map(|rule| rule.kinds.iter().cloned());
    let others =
        ["Service", "Namespace", "Deployment", "StatefulSet", "DaemonSet", "Pod", "Secret", "Job", "ReplicaSet"].map(ToOwned::to_owned);
    of_rules.chain(others).collect()
}

#[test]
fn findings_are_worded_alike() {
    let kinds = kinds();
    let mut wrong = BTreeSet::new();
    let findings = all_findings();
    for (file, finding) in &findings {
        let mut look = |what: &str, line: &str| {
            if let Some(fault) = fault(line, &kinds) {
                wrong.insert(format!("{} (example of {file}): {what} {fault}: {line}", finding.rule));
            }
        };
        look("the headline", &finding.message);
        for label in std::iter::once(&finding.primary).chain(&finding.secondary).filter(|label| !label.text.is_empty()) {
            look("a label", &label.text);
        }
        finding.notes.iter().for_each(|note| look("a note", note));
        finding.help.iter().for_each(|help| look("the help", help));
        for fix in &finding.fixes {
            look("a fix", &fix.title);
        }
        if finding.secondary.iter().any(|label| label.text.is_empty()) {
            wrong.insert(format!("{} (example of {file}): a label without words", finding.rule));
        }
    }
    assert!(findings.len() > 50, "{} findings", findings.len());
    assert!(wrong.is_empty(), "{} lines:\n{}", wrong.len(), wrong.into_iter().collect::<Vec<_>>().join("\n"));
}

#[test]
fn summaries_of_rules_are_worded_alike() {
    let kinds = kinds();
    let wrong: Vec<String> =
        catalogue().files().filter_map(|r| Some(format!("{}: {}: {}", r.name, fault(&r.summary, &kinds)?, r.summary))).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
