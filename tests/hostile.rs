//! Input that means harm, or might as well: whatever a file holds, the program ends soon, says what is true, and prints
//! nothing that a terminal, a log or a build server would obey.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

#[path = "support/mutate.rs"]
mod mutate;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use assert_cmd::Command;
use meshgate::cli::Exit;
use meshgate::lint::{Linted, Request, lint};
use meshgate::report::Sources;
use meshgate::text::{LineIndex, MemoryWorld};
use mutate::{Random, mutate};

const FOLDER: &str = "testdata/hostile";
const FORMATS: [&str; 7] = ["full", "concise", "json", "sarif", "gitlab", "junit", "github"];

/// What must be said of a file: exactly these findings (rule and line), or at most findings of these rules.
enum Says {
    Just(&'static [(&'static str, usize)]),
    AtMost(&'static [&'static str]),
    /// At least one, and at most so many, of one rule.
    Some(&'static str, usize),
}
use Says::{AtMost, Just, Some as AFew};

const SILENCE: Says = Just(&[]);

#[rustfmt::skip]
const EXPECTED: &[(&str, Says)] = &[
    ("alias-bomb-merge.yaml", AtMost(&["invalid-yaml", "invalid-manifest"])),
    ("alias-bomb.yaml", Just(&[("invalid-yaml", 11)])),
    ("alias-unknown.yaml", Just(&[("invalid-yaml", 7)])),
    ("anchor-to-itself.yaml", Just(&[("invalid-yaml", 7)])),
    ("anchor-twice.yaml", SILENCE),
    ("bidi.yaml", Just(&[("backend-service-not-found", 14)])),
    ("binary-with-manifest.yaml", AtMost(&["invalid-yaml"])),
    ("binary.yaml", SILENCE),
    ("blank.yaml", SILENCE),
    ("bom-in-the-middle.yaml", AtMost(&["invalid-yaml"])),
    ("bom.yaml", Just(&[("backend-port-missing", 27)])),
    ("broken-between-good.yaml", Just(&[("invalid-yaml", 17), ("invalid-yaml", 34), ("backend-port-missing", 49)])),
    ("broken.json", AtMost(&["invalid-yaml"])),
    ("comments.yaml", SILENCE),
    ("complex-keys.yaml", AtMost(&["invalid-manifest"])),
    ("control-c1.yaml", Just(&[("invalid-yaml", 7)])),
    ("control-characters.yaml", Just(&[("invalid-yaml", 4)])),
    ("cr-only.yaml", SILENCE),
    ("crlf.yaml", Just(&[("backend-port-missing", 27)])),
    ("deep-block-mapping.yaml", AFew("invalid-yaml", 1)),
    ("deep-block-sequence.yaml", Just(&[("invalid-yaml", 8)])),
    ("deep-flow-open.yaml", Just(&[("invalid-yaml", 7)])),
    ("deep-flow.yaml", Just(&[("invalid-yaml", 7)])),
    ("deep-json.json", AtMost(&["invalid-yaml"])),
    ("directive-unknown.yaml", AtMost(&["invalid-yaml"])),
    ("directives.yaml", SILENCE),
    ("duplicate-keys.yaml", AFew("duplicate-key", 100)),
    ("duplicate-kind.yaml", Just(&[("duplicate-key", 3)])),
    ("empty.yaml", SILENCE),
    ("homoglyph.yaml", Just(&[("backend-service-not-found", 26)])),
    ("huge-key.yaml", SILENCE),
    ("huge-scalar.yaml", SILENCE),
    ("ignore-odd.yaml", AtMost(&["unused-ignore"])),
    ("kinds-odd.yaml", AtMost(&["invalid-manifest"])),
    ("latin-1.yaml", Just(&[("invalid-yaml", 7)])),
    ("list-deep.yaml", AtMost(&["invalid-yaml"])),
    ("list-odd.yaml", AtMost(&["invalid-manifest"])),
    ("list-of-lists.yaml", Just(&[("backend-port-missing", 35)])),
    ("long-line.yaml", Just(&[("backend-port-missing", 9)])),
    ("look-alike-template.yaml", SILENCE),
    ("manifests.json", Just(&[("backend-port-missing", 46)])),
    ("many-documents.yaml", SILENCE),
    ("many-errors.yaml", AFew("invalid-yaml", 100)),
    ("names/dash -rf.yaml", SILENCE),
    ("nul.yaml", Just(&[("invalid-yaml", 7)])),
    ("null-key.yaml", AtMost(&["duplicate-key", "invalid-manifest", "invalid-yaml"])),
    ("numbers-odd.yaml", AFew("invalid-manifest", 10)),
    ("numbers.yaml", Just(&[("invalid-manifest", 11)])),
    ("one-line.json", Just(&[("backend-port-missing", 1)])),
    ("only-end-marks.yaml", SILENCE),
    ("only-separators.yaml", SILENCE),
    ("separator-inside-text.yaml", SILENCE),
    ("tabs-allowed.yaml", SILENCE),
    ("tabs.yaml", Just(&[("invalid-yaml", 4)])),
    ("tags.yaml", AtMost(&["invalid-manifest"])),
    ("terminal-escapes.yaml", AtMost(&["invalid-manifest", "backend-service-not-found"])),
    ("unclosed-bracket.yaml", AFew("invalid-yaml", 1)),
    ("unclosed-double-quote.yaml", AFew("invalid-yaml", 1)),
    ("unclosed-not-a-manifest.yaml", SILENCE),
    ("unclosed-single-quote.yaml", AFew("invalid-yaml", 1)),
    ("utf-16.yaml", AtMost(&["invalid-yaml"])),
    ("wide-characters.yaml", Just(&[("backend-port-missing", 27)])),
];

/// Files whose first document is broken and whose second is to be read all the same: how many resources are left.
const READ_ANYWAY: &[(&str, usize)] = &[
    ("alias-unknown.yaml", 1),
    ("anchor-to-itself.yaml", 1),
    ("control-characters.yaml", 1),
    ("tabs.yaml", 1),
    ("unclosed-bracket.yaml", 1),
];

fn lint_bytes(name: &str, bytes: impl Into<Vec<u8>>) -> Linted {
    let world = MemoryWorld::default().with(name, bytes);
    lint(&world, &Request::new(["."])).unwrap_or_else(|failure| panic!("{name}: {failure:?}"))
}

fn found(linted: &Linted) -> Vec<(&str, usize)> {
    let line = |place: meshgate::checks::Place| {
        let text = linted.texts.text(place.file()).unwrap_or_default();
        LineIndex::new(text).position(linted.texts.span(place).start).line
    };
    linted.findings.iter().map(|f| (&*f.rule, line(f.primary.place))).collect()
}

#[test]
fn each_file_says_what_its_table_says() {
    let mut wrong = Vec::new();
    for (name, says) in EXPECTED {
        let started = Instant::now();
        let linted = lint_bytes(name, fs::read(Path::new(FOLDER).join(name)).unwrap());
        let (found, took) = (found(&linted), started.elapsed());
        let right = match says {
            Just(expected) => found == *expected,
            AtMost(rules) => found.iter().all(|(rule, _)| rules.contains(rule)),
            AFew(only, most) => (1..=*most).contains(&found.len()) && found.iter().all(|(rule, _)| rule == only),
        };
        if !right {
            wrong.push(format!("{name}: {:?}", &found[..found.len().min(10)]));
        }
        if took > Duration::from_secs(5) {
            wrong.push(format!("{name}: {took:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_stands_behind_an_error_is_read() {
    for (name, resources) in READ_ANYWAY {
        let linted = lint_bytes(name, fs::read(Path::new(FOLDER).join(name)).unwrap());
        assert_eq!((linted.broken, linted.summary.resources), (1, *resources), "{name}");
    }
    // what comes before a character that YAML does not allow counts too, and a quote that is left open ends at `---`
    let service = |name: &str| format!("apiVersion: v1\nkind: Service\nmetadata:\n  name: {name}\n  namespace: a\n");
    let text = format!("{}---\n{}---\n{}---\n{}", service("a"), service("\u{1}"), service("'c"), service("d"));
    let linted = lint_bytes("x.yaml", text);
    assert_eq!(found(&linted), [("invalid-yaml", 10), ("invalid-yaml", 18)]);
    assert_eq!((linted.broken, linted.summary.resources), (2, 2));
    // an open quote in something else does not become a manifest by the one behind it
    let linted = lint_bytes("x.yaml", format!("note: 'open\n---\n{}", service("a")));
    assert_eq!((found(&linted), linted.broken, linted.summary.resources), (vec![], 0, 1));
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|end| end == "yaml" || end == "json") {
            found.push(path);
        }
    }
    found
}

#[test]
fn the_tables_name_every_file() {
    let name = |path: &Path| path.strip_prefix(FOLDER).unwrap().to_str().unwrap().to_owned();
    let there: BTreeSet<String> = files(Path::new(FOLDER)).iter().map(|path| name(path)).collect();
    let here: BTreeSet<String> = EXPECTED.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(there, here);
    let readme = fs::read_to_string(format!("{FOLDER}/README.md")).unwrap();
    let rows: BTreeSet<String> =
        readme.lines().filter_map(|line| Some(line.strip_prefix("| `")?.split_once("` |")?.0.to_owned())).collect();
    assert_eq!(there, rows);
}

/// Runs the program; its exit code and all that it printed.
fn run(folder: &Path, args: &[&str]) -> (i32, String, String) {
    let mut command = Command::cargo_bin("meshgate").unwrap();
    let output = command.current_dir(folder).arg("lint").args(args).timeout(Duration::from_mins(1)).output().unwrap();
    let code = output.status.code().unwrap_or_else(|| panic!("{args:?} was killed"));
    (code, String::from_utf8(output.stdout).expect("UTF-8"), String::from_utf8(output.stderr).expect("UTF-8"))
}

/// What must not reach a terminal: control characters but for the line feed (and tabs, which move nothing but text), and
/// characters that turn the direction of writing around or cannot be seen.
fn dangerous(c: char) -> bool {
    (c.is_control() && c != '\n' && c != '\t')
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

fn assert_harmless(what: &str, out: &str, err: &str) {
    for text in [out, err] {
        if let Some(line) = text.lines().find(|line| line.contains(dangerous)) {
            panic!("{what}: {:?}", line.chars().take(300).collect::<String>());
        }
        // GitHub obeys `::command` and Azure `##vso` at the start of a line
        let obeyed = |line: &str| line.trim_start().starts_with("::") || line.trim_start().starts_with("##[") || line.starts_with("##vso");
        assert!(!text.lines().any(obeyed), "{what}: {text}");
    }
}

fn check_all_formats(folder: &Path, args: &[&str], what: &str) {
    for format in FORMATS {
        let args: Vec<&str> = args.iter().copied().chain(["--pedantic", "--output-format", format]).collect();
        let (code, out, err) = run(folder, &args);
        assert!((0..=2).contains(&code), "{what}: {code} {err}");
        if format == "github" {
            // its own commands are meant to be obeyed: one for each finding, each whole
            let commands = out.lines().map(|line| line.strip_prefix("::").and_then(|rest| rest.split_once("::")?.0.split_once(' ')));
            let known =
                commands.filter(|command| matches!(command, Some(("error" | "warning" | "notice", rest)) if rest.starts_with("file=")));
            assert_eq!(known.count(), out.lines().count(), "{what}: {out}");
            assert_harmless(what, &out.replace("::", ""), &err);
            continue;
        }
        assert_harmless(what, &out, &err);
        if out.is_empty() {
            continue;
        }
        if matches!(format, "json" | "sarif" | "gitlab") {
            let parsed: Result<serde_json::Value, _> = serde_json::from_str(&out);
            assert!(parsed.is_ok(), "{what}: {parsed:?}");
        }
        if format == "junit" {
            let parsed = quick_junit::Report::deserialize_from_str(&out);
            assert!(parsed.is_ok(), "{what}: {parsed:?}");
        }
    }
}

#[test]
fn the_program_survives_each_file_and_all_together() {
    for (name, says) in EXPECTED {
        let (code, out, err) = run(Path::new(FOLDER), &["--fail-on", "info", &format!("./{name}")]);
        assert!((0..=2).contains(&code), "{name}: {code} {err}");
        if let Just([_, ..]) = says {
            assert_eq!(code, 1, "{name}: {out}{err}");
        }
        assert_harmless(name, &out, &err);
        // the one long line is not printed whole
        assert!(out.lines().all(|line| line.chars().count() < 1_000), "{name}");
    }
    check_all_formats(Path::new("."), &[FOLDER], "all");
}

const NASTY: &[&str] = &[
    "\u{1b}[2J",
    "\u{1b}]0;title\u{7}",
    "a\r::error file=x::forged",
    "a\n::error::forged",
    "\n##vso[task.complete]",
    "a\u{202e}b\u{2066}",
    "\u{9b}31m",
    "\u{85}x",
    "\u{2028}::warning::y",
    "x\u{7f}\u{8}\u{8}",
    "</script><b>",
    "%0A::error::z",
    "\u{feff}\u{200b}",
    "\"}],\"x\":[{\"",
    "`$(id)`",
    "\u{fff9}\u{fffb}",
];

/// A text as a scalar of YAML.
fn quoted(text: &str) -> String {
    let q = serde_json::to_string(text).unwrap();
    // YAML wants its escapes for what JSON leaves as it is
    q.chars()
        .map(|c| {
            if c.is_control() || dangerous(c) || ('\u{fff0}'..='\u{ffff}').contains(&c) {
                format!("\\u{:04x}", u32::from(c))
            } else {
                c.to_string()
            }
        })
        .collect()
}

/// Manifests in which a text stands wherever a text may.
fn manifests_with(text: &str) -> String {
    let q = quoted(text);
    format!(
        "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {{name: {q}, namespace: a, labels: {{{q}: {q}, b: 5}}}}\n\
         spec:\n  parentRefs: [{{name: {q}, {q}: 1}}]\n  hostnames: [{q}, 7]\n  rules:\n  - backendRefs:\n    - {{name: {q}, port: 81}}\n    \
         - {{name: s, port: 99}}\n    - {{name: s, port: {q}}}\n---\n\
         apiVersion: v1\nkind: Service\nmetadata: {{name: s, namespace: a, annotations: {{{q}: {q}}}}}\n\
         spec: {{ports: [{{name: {q}, port: 80, targetPort: {q}, {q}: x}}], selector: {{{q}: {q}}}, type: {q}}}\n---\n\
         apiVersion: v1\nkind: Service\nmetadata: {{name: s, namespace: a}}\nspec: {{ports: [{{port: 80}}], {q}: 1, {q}: 2}}\n---\n\
         apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {{name: {q}}}\nspec: {{mtls: {{mode: {q}}}}}\n---\n\
         apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {q}}}\ndata: {{a: *x}}\n# meshgate: ignore[{}]\n",
        text.replace(['\n', '\r'], " ").replace(|c: char| c.is_control(), "?"),
    )
}

#[test]
fn texts_of_manifests_are_never_obeyed() {
    let folder = tempfile::tempdir().unwrap();
    for (n, text) in NASTY.iter().enumerate() {
        fs::write(folder.path().join(format!("{n}.yaml")), manifests_with(text)).unwrap();
    }
    check_all_formats(folder.path(), &["."], "all texts");
    let (code, out, _) = run(folder.path(), &["."]);
    assert_eq!(code, 1);
    assert!(out.contains("\\u{1b}[2J"), "the texts are shown, escaped");
}

/// A Gateway and a route in which a text stands wherever a text may.
fn gateway_with(text: &str) -> String {
    let q = quoted(text);
    format!(
        "apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {{name: {q}, namespace: {q}}}\nspec:\n  gatewayClassName: {q}\n  \
         listeners: [{{name: {q}, port: 80, protocol: HTTP, hostname: {q}}}]\n---\n\
         apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {{name: {q}, namespace: {q}}}\nspec:\n  parentRefs: [{{name: {q}}}]\n  \
         hostnames: [{q}]\n  rules:\n  - matches: [{{path: {{value: {q}}}, headers: [{{name: {q}, value: {q}}}]}}]\n    \
         filters: [{{type: RequestHeaderModifier, requestHeaderModifier: {{set: [{{name: {q}, value: {q}}}]}}}}]\n    \
         backendRefs: [{{name: {q}, port: 80}}, {{kind: {q}, name: x}}]\n---\n\
         apiVersion: v1\nkind: Service\nmetadata: {{name: {q}, namespace: {q}}}\nspec: {{ports: [{{port: 80, name: {q}}}]}}\n"
    )
}

#[test]
fn texts_of_gateways_are_never_obeyed() {
    for text in NASTY {
        let world = MemoryWorld::default().with("a.yaml", gateway_with(text));
        for args in [
            "status",
            "status --complete --output-format json",
            "trace http://a.example.com/",
            "trace http://a.example.com/ . --output-format json",
            "compile --keep-going",
            "compile --keep-going --format config-dump",
            "compile --all --keep-going --format xds-files -o out",
        ] {
            let (mut out, mut err) = (Vec::new(), Vec::new());
            let exit = meshgate::cli::run_in(args.split(' '), &world, &mut out, &mut err).unwrap();
            let (out, err) = (String::from_utf8(out).unwrap(), String::from_utf8(err).unwrap());
            assert!(!matches!(exit, Exit::Bug), "{args}: {err}");
            assert!(!out.is_empty() || !err.is_empty() || args.ends_with("out"), "{args}");
            assert_harmless(&format!("{args} with {text:?}"), &out, &err);
        }
    }
}

#[cfg(unix)]
#[test]
fn odd_files_are_passed_over_or_named() {
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::{PermissionsExt, symlink};

    let (root, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let at = |name: &str| root.path().join(name);
    let broken = "apiVersion: v1\nkind: Service\nmetadata: [\n";
    for name in ["a\u{1b}[2J.yaml", "b\n::error::forged.yaml", "c\u{202e}lmay.yaml", "d\r.yaml", "--fail-on=none.yaml", "e'\"<&>.yaml"] {
        fs::write(at(name), broken).unwrap();
    }
    let not_utf8 = root.path().join(std::ffi::OsStr::from_bytes(b"f\xff\x9b.yaml"));
    // some file systems refuse such a name
    let _ = fs::write(not_utf8, broken);
    fs::write(outside.path().join("secret.yaml"), broken.replace("Service", "Secret")).unwrap();
    symlink(outside.path().join("secret.yaml"), at("link.yaml")).unwrap();
    symlink(outside.path(), at("out")).unwrap();
    symlink(root.path(), at("loop")).unwrap();
    symlink(at("nowhere"), at("dangling.yaml")).unwrap();
    fs::create_dir(at("folder.yaml")).unwrap();
    fs::write(at("folder.yaml/inside.yaml"), broken).unwrap();
    let fifo = std::process::Command::new("mkfifo").arg(at("pipe.yaml")).status();

    check_all_formats(root.path(), &["."], "odd names");
    let (code, out, err) = run(root.path(), &[".", "--output-format", "concise"]);
    assert_eq!(code, 1, "{err}");
    assert!(out.contains("folder.yaml/inside.yaml:"), "{out}");
    assert!(out.contains("--fail-on=none.yaml:"), "{out}");
    assert!(!out.contains("secret") && !out.contains("link.yaml"), "what lies outside is not ours to read: {out}");
    if fifo.is_ok_and(|status| status.success()) {
        assert!(!out.contains("pipe.yaml"), "{out}");
    }
    // a link that leads nowhere, named
    assert_eq!(run(root.path(), &["dangling.yaml"]).0, 2);
    // a name that looks like an option is one only without `--`
    assert_eq!(run(root.path(), &["--", "--fail-on=none.yaml"]).0, 1);

    fs::set_permissions(at("e'\"<&>.yaml"), fs::Permissions::from_mode(0o000)).unwrap();
    if fs::read(at("e'\"<&>.yaml")).is_err() {
        let (code, out, err) = run(root.path(), &["."]);
        assert_eq!(code, 2, "{err}");
        assert!(err.contains("<&>.yaml"));
        assert_harmless("unreadable", &out, &err);
    }
}

/// How many damaged inputs each thread looks at, and how many threads.
const MUTANTS: usize = 5_000;
const THREADS: u64 = 4;

fn corpus() -> Vec<String> {
    let mut corpus: Vec<PathBuf> = files(Path::new("testdata/scenarios")).into_iter().chain(files(Path::new("testdata/working"))).collect();
    corpus.sort();
    let texts: Vec<String> = corpus.iter().filter_map(|path| fs::read_to_string(path).ok()).filter(|text| text.len() < 20_000).collect();
    assert!(texts.len() > 50);
    texts
}

/// Lints a damaged input; how many resources and findings there were.
fn lint_damaged(bytes: &[u8], world: &MemoryWorld, complete: bool) -> (usize, usize) {
    let request = Request { pedantic: true, complete, ..Request::new(["."]) };
    let shown = || String::from_utf8_lossy(bytes);
    let started = Instant::now();
    let linted = lint(world, &request).unwrap_or_else(|failure| panic!("{failure:?}: {}", shown()));
    // a machine that does much else may take this long once
    let slow = |took: Duration| took >= Duration::from_secs(1);
    if slow(started.elapsed()) {
        let again = (0..3).map(|_| {
            let started = Instant::now();
            assert!(lint(world, &request).is_ok());
            started.elapsed()
        });
        let least = again.min().unwrap();
        assert!(!slow(least), "{least:?}: {}", shown());
    }
    for finding in &linted.findings {
        let place = finding.primary.place;
        let text = linted.texts.text(place.file()).unwrap_or_default();
        let span = linted.texts.span(place);
        assert!(text.get(span.start as usize..span.end as usize).is_some() || text.is_empty(), "{finding:?}");
    }
    (linted.summary.resources, linted.findings.len())
}

/// Runs commands on a damaged input: their exit codes are what they say, and nothing is written by what only looks.
fn run_damaged(bytes: &[u8], world: &MemoryWorld) {
    let run = |args: &str| {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let exit = meshgate::cli::run_in(args.split(' '), world, &mut out, &mut err).unwrap();
        (exit, String::from_utf8(out).unwrap(), String::from_utf8(err).unwrap())
    };
    let shown = || String::from_utf8_lossy(bytes);
    let (exit, out, err) = run("lint --fail-on info --pedantic --output-format json");
    if err.contains("no manifests found") || err.contains("only templates here") {
        assert_eq!((exit, run("fix").0), (Exit::Failed, Exit::Failed), "{}", shown());
        return;
    }
    let said: serde_json::Value = serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}{err}{}", shown()));
    // what only --pedantic shows never counts
    let found = said["findings"].as_array().unwrap().iter().any(|finding| finding["certainty"] != "possible");
    assert_eq!(exit, if found { Exit::Found } else { Exit::Clean }, "{err}{}", shown());
    let (exit, out, err) = run("fix --diff --unsafe-fixes --fail-on never");
    assert_eq!(exit, if out.is_empty() { Exit::Clean } else { Exit::Found }, "{out}{err}{}", shown());
    assert!(!err.contains("bug in meshgate"), "{err}{}", shown());
    assert_eq!((world.written("a.yaml"), world.written("b.yaml")), (None, None));
}

#[test]
fn damaged_manifests_never_break_it() {
    let texts = corpus();
    let one_thread = &|seed: u64| {
        let mut random = Random(seed);
        let (mut resources, mut findings) = (0, 0);
        for round in 0..MUTANTS {
            let (first, second) = (random.below(texts.len()), random.below(texts.len()));
            let bytes = mutate(&mut random, &texts[first]);
            let world = MemoryWorld::default().with("a.yaml", bytes.clone()).with("b.yaml", texts[second].as_str());
            let (r, f) = lint_damaged(&bytes, &world, round % 2 == 0);
            (resources, findings) = (resources + r, findings + f);
            if round % 20 == 0 {
                run_damaged(&bytes, &world);
            }
        }
        assert!(resources > MUTANTS && findings > MUTANTS / 4, "{resources} resources, {findings} findings");
    };
    std::thread::scope(|scope| {
        for seed in 0..THREADS {
            scope.spawn(move || one_thread(seed));
        }
    });
}
