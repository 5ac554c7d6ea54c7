//! The command line: what each flag does, where output goes, and exit codes.
#![expect(clippy::unwrap_used, reason = "tests")]

mod support;

use std::io::Read;
use std::process::{Command, Stdio};

use serde_json::Value;
use support::{command, finish, folder, meshgate};

const SERVICE: &str = "\
apiVersion: v1
kind: Service
metadata: {name: cart, namespace: shop}
spec:
  selector: {app: cart}
  ports:
    - port: 80
      targetPort: 8080
";

/// A route to the cart at a port, with room for one more backend.
fn route(backends: &str) -> String {
    format!(
        "\
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {{name: cart, namespace: shop}}
spec:
  parentRefs: [{{name: public, namespace: edge}}]
  rules:
    - backendRefs:
{backends}"
    )
}

const GOOD: &str = "        - {name: cart, port: 80}\n";
/// An error.
const TARGET_PORT: &str = "        - {name: cart, port: 8080}\n";
/// A warning: the namespace has another Service in the input, so this one is likely missing.
const BILLING: &str = "        - {name: billing, port: 80}\n";

/// The rules of `concise` lines.
fn rules(out: &str) -> Vec<&str> {
    out.lines().map(|line| line.split_once('[').unwrap().1.split_once(']').unwrap().0).collect()
}

fn json(out: &str) -> Value {
    serde_json::from_str(out).unwrap_or_else(|error| panic!("{error}:\n{out}"))
}

#[test]
fn exit_codes_say_what_was_found() {
    let dir = folder(&[
        ("good.yaml", &format!("{SERVICE}---\n{}", route(GOOD))),
        ("warning.yaml", &format!("{SERVICE}---\n{}", route(&format!("{GOOD}{BILLING}")))),
        ("error.yaml", &format!("{SERVICE}---\n{}", route(TARGET_PORT))),
    ]);
    for (args, code) in [
        ("lint good.yaml", 0),
        ("lint warning.yaml", 0),
        ("lint error.yaml", 1),
        ("lint --fail-on error warning.yaml", 0),
        ("lint --fail-on warning warning.yaml", 1),
        ("lint --fail-on info warning.yaml", 1),
        ("lint --fail-on never error.yaml", 0),
        // what is only possible never fails a run
        ("lint --fail-on info --pedantic good.yaml", 0),
        // what is not shown still counts
        ("lint --fail-on warning --min-severity error warning.yaml", 1),
        // no format changes the exit code
        ("lint --output-format full error.yaml", 1),
        ("lint --output-format concise error.yaml", 1),
        ("lint --output-format json error.yaml", 1),
        ("lint --statistics error.yaml", 1),
        ("lint -q error.yaml", 1),
    ] {
        let run = meshgate(&dir, args);
        assert_eq!(run.code, code, "meshgate {args}\n{run:?}");
    }
}

#[test]
fn wrong_usage_is_2_and_help_is_0() {
    let dir = folder(&[]);
    for args in [
        "",
        "lint --bogus",
        "lint --fail-on",
        "lint --fail-on fatal",
        "lint -q -v",
        "lint --config a --no-config",
        "nothing",
        "completions tcsh",
    ] {
        let run = meshgate(&dir, args);
        assert_eq!((run.code, run.out.as_str()), (2, ""), "meshgate {args}");
        assert!(!run.err.is_empty());
    }
    for args in ["--help", "-h", "lint --help", "--version", "-V"] {
        let run = meshgate(&dir, args);
        assert_eq!((run.code, run.err.as_str()), (0, ""), "meshgate {args}");
    }
    assert_eq!(meshgate(&dir, "--version").out, format!("meshgate {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn no_manifests_is_2_with_the_reasons() {
    let dir = folder(&[
        (".git/HEAD", ""),
        ("empty/.keep", ""),
        ("words/values.yaml", "a: b\n"),
        ("words/notes.txt", "a\n"),
        ("left-out/x.yaml", SERVICE),
        ("meshgate.yaml", "exclude: [left-out]\n"),
    ]);
    let run = meshgate(&dir, "lint empty");
    assert_eq!((run.code, run.err.lines().next()), (2, Some("error: no manifests found")));
    let run = meshgate(&dir, "lint words");
    assert_eq!(run.code, 2);
    assert!(
        run.err.starts_with("error: no manifests found (1 YAML or JSON file without apiVersion and kind, 1 file of another kind)\n"),
        "{}",
        run.err
    );
    let run = meshgate(&dir, "lint left-out");
    assert_eq!(run.code, 2);
    assert!(run.err.starts_with("error: no manifests found (1 file excluded by meshgate.yaml)\n"), "{}", run.err);
}

#[test]
fn only_templates_is_2_and_says_to_render_them() {
    let template = "apiVersion: v1\nkind: Service\nmetadata:\n  name: {{ .Release.Name }}\n";
    let dir = folder(&[("templates/service.yaml", template), ("good.yaml", SERVICE)]);
    let run = meshgate(&dir, "lint templates");
    assert_eq!(run.code, 2);
    assert!(run.err.starts_with("error: there are only templates here; render them"), "{}", run.err);
    assert_eq!(meshgate(&dir, "lint templates good.yaml").code, 0);
}

#[test]
fn a_path_that_cannot_be_read_is_2_and_the_rest_is_linted() {
    let dir = folder(&[("error.yaml", &format!("{SERVICE}---\n{}", route(TARGET_PORT)))]);
    let run = meshgate(&dir, "lint gone.yaml error.yaml --output-format concise");
    assert_eq!((run.code, rules(&run.out)), (2, vec!["backend-port-is-target-port"]));
    assert!(run.err.starts_with("error: gone.yaml: "), "{}", run.err);
}

#[test]
fn files_folders_and_standard_input_mix() {
    let dir = folder(&[("apps/cart.yaml", SERVICE), ("routes/cart.yaml", &route(TARGET_PORT))]);
    let run = finish(command(&dir).args(["lint", "--output-format", "concise", "apps", "-"]).write_stdin(route(TARGET_PORT)));
    assert_eq!((run.code, rules(&run.out)), (1, vec!["backend-port-is-target-port"]));
    assert!(run.out.starts_with("-:8:") || run.out.starts_with("<stdin>:8:"), "{}", run.out);
    // the Service of one path decides about the route of another
    let run = meshgate(&dir, "lint --output-format concise apps/cart.yaml routes");
    assert!(run.out.starts_with("routes/cart.yaml:8:"), "{}", run.out);
    // without arguments, the working directory
    assert_eq!(meshgate(&dir, "lint --output-format concise").out, run.out);
    // a path given twice is one file
    assert_eq!(meshgate(&dir, "lint --output-format concise . apps routes/cart.yaml ./routes").out, run.out);
    // nothing on standard input is no manifests
    assert_eq!(finish(command(&dir).args(["lint", "-"]).write_stdin("")).code, 2);
}

#[test]
fn paths_are_relative_to_the_working_directory() {
    let dir = folder(&[("a/routes/cart.yaml", &format!("{SERVICE}---\n{}", route(TARGET_PORT))), ("a/b/keep", "")]);
    let below = dir.path().join("a/b");
    for (at, path, shown) in [
        (dir.path(), "./a//routes", "a/routes/cart.yaml"),
        (below.as_path(), "../routes", "../routes/cart.yaml"),
        (dir.path(), dir.path().join("a").to_str().unwrap(), "a/routes/cart.yaml"),
    ] {
        let run = meshgate(at, &format!("lint --output-format concise {path}"));
        assert!(run.out.starts_with(&format!("{shown}:17:")), "{path}: {}", run.out);
    }
}

#[test]
fn complete_makes_what_is_absent_missing() {
    let dir = folder(&[("route.yaml", &route(GOOD))]);
    assert_eq!(meshgate(&dir, "lint --output-format concise").out, "");
    let run = meshgate(&dir, "lint --output-format concise --complete");
    assert_eq!((run.code, rules(&run.out)), (1, vec!["route-parent-unknown", "backend-service-not-found"]));
    assert!(run.out.contains(": error[backend-service-not-found]"), "{}", run.out);
}

#[test]
fn namespace_is_that_of_resources_without_one() {
    let bare = |text: &str| text.replace(", namespace: shop}", "}");
    let dir = folder(&[("a/service.yaml", &bare(SERVICE)), ("b/route.yaml", &bare(&route(TARGET_PORT)))]);
    // two folders may be two namespaces
    assert_eq!(meshgate(&dir, "lint --output-format concise").out, "");
    let run = meshgate(&dir, "lint --output-format concise --namespace shop");
    assert_eq!(rules(&run.out), ["backend-port-is-target-port"]);
    assert!(run.out.contains("Service `shop/cart`"), "{}", run.out);
}

#[test]
fn severities_and_possible_findings_are_chosen() {
    let dir = folder(&[("a.yaml", &format!("{SERVICE}---\n{}", route(&format!("{TARGET_PORT}{BILLING}"))))]);
    let run = meshgate(&dir, "lint --output-format concise");
    assert_eq!(rules(&run.out), ["backend-port-is-target-port", "backend-service-not-found"]);
    assert!(run.err.contains("1 more with --pedantic"), "{}", run.err);
    let run = meshgate(&dir, "lint --output-format concise --min-severity error");
    assert_eq!(rules(&run.out), ["backend-port-is-target-port"]);
    let run = meshgate(&dir, "lint --output-format concise --pedantic");
    assert_eq!(rules(&run.out), ["route-parent-unknown", "backend-port-is-target-port", "backend-service-not-found"]);
    assert!(run.out.contains(": info[route-parent-unknown]"), "{}", run.out);
    let run = meshgate(&dir, "lint --output-format concise --pedantic --min-severity warning");
    assert_eq!(rules(&run.out), ["backend-port-is-target-port", "backend-service-not-found"]);
}

#[test]
fn statistics_counts_instead_of_printing() {
    let dir = folder(&[("a.yaml", &format!("{SERVICE}---\n{}", route(&format!("{TARGET_PORT}{TARGET_PORT}{BILLING}"))))]);
    let run = meshgate(&dir, "lint --statistics");
    assert_eq!(run.out, "2  backend-port-is-target-port  [safe]\n1  backend-service-not-found  [manual]\n");
    assert!(run.err.starts_with("Found 2 errors and 1 warning in 1 file (2 resources)"), "{}", run.err);
}

#[test]
fn findings_go_out_and_the_rest_to_standard_error() {
    let dir = folder(&[("a.yaml", &format!("{SERVICE}---\n{}", route(TARGET_PORT))), ("notes.txt", ""), ("values.yaml", "a: b\n")]);
    let plain = meshgate(&dir, "lint");
    assert!(plain.out.starts_with("error[backend-port-is-target-port]: Service `shop/cart` has no port 8080"), "{}", plain.out);
    assert!(plain.err.starts_with("Found 1 error in 1 file (2 resources)"), "{}", plain.err);
    let quiet = meshgate(&dir, "lint -q");
    assert_eq!((quiet.out.as_str(), quiet.err.as_str()), (plain.out.as_str(), ""));
    assert_eq!(meshgate(&dir, "--quiet lint").err, "");
    let verbose = meshgate(&dir, "lint -v");
    assert_eq!(verbose.out, plain.out);
    assert!(verbose.err.starts_with(&plain.err) && verbose.err.contains("files are of other kinds"), "{}", verbose.err);
    assert_eq!(meshgate(&dir, "lint --verbose").err, verbose.err);
    // -q keeps errors
    assert!(meshgate(&dir, "lint -q gone").err.starts_with("error: gone: "));
}

#[test]
fn colours_are_for_terminals_and_for_those_who_ask() {
    let dir = folder(&[("a.yaml", &format!("{SERVICE}---\n{}", route(TARGET_PORT)))]);
    let coloured = |args: &[&str], variables: &[(&str, &str)]| {
        let run = finish(command(&dir).arg("lint").args(args).envs(variables.iter().copied()));
        run.out.contains('\u{1b}')
    };
    assert!(!coloured(&[], &[]), "a pipe is no terminal");
    assert!(!coloured(&["--color", "auto"], &[]));
    assert!(coloured(&["--color", "always"], &[]));
    assert!(coloured(&["--color", "always"], &[("NO_COLOR", "1")]), "a flag comes before a variable");
    assert!(!coloured(&["--color", "never"], &[("FORCE_COLOR", "1")]));
    assert!(coloured(&[], &[("FORCE_COLOR", "1")]));
    assert!(!coloured(&[], &[("FORCE_COLOR", "1"), ("NO_COLOR", "1")]));
    assert!(coloured(&[], &[("FORCE_COLOR", "1"), ("NO_COLOR", "")]), "an empty NO_COLOR is none");
    for format in ["concise", "json"] {
        assert!(!coloured(&["--color", "always", "--output-format", format], &[]), "{format}");
    }
}

/// The keys of an object, in the order they are printed.
fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap_or_else(|| panic!("no object: {value}")).keys().map(String::as_str).collect()
}

#[test]
fn json_has_exactly_its_keys() {
    let dir = folder(&[("routes/a.yaml", &format!("{SERVICE}---\n{}", route(&format!("{TARGET_PORT}{BILLING}"))))]);
    let run = meshgate(&dir, "lint --output-format json --pedantic");
    let document = json(&run.out);
    assert_eq!(keys(&document), ["version", "findings", "summary"]);
    assert_eq!(document["version"], 1);
    let summary = ["files", "resources", "errors", "warnings", "infos", "hidden", "suppressed", "outside_references"];
    assert_eq!(keys(&document["summary"]), summary);
    assert!(summary.iter().all(|key| document["summary"][key].is_u64()));
    let place = ["file", "line", "column", "end_line", "end_column"];
    let findings = document["findings"].as_array().unwrap();
    assert_eq!(findings.len(), 3);
    for finding in findings {
        let expected =
            [&["rule", "severity", "certainty", "message", "resource"], place.as_slice(), &["labels", "notes", "help", "fixes"]].concat();
        assert_eq!(keys(finding), expected);
        assert!(["error", "warning", "info"].contains(&finding["severity"].as_str().unwrap()));
        assert!(["sure", "likely", "possible"].contains(&finding["certainty"].as_str().unwrap()));
        assert_eq!(keys(&finding["resource"]), ["cluster", "group", "kind", "namespace", "name"]);
        assert_eq!(finding["file"], "routes/a.yaml");
        for label in finding["labels"].as_array().unwrap() {
            assert_eq!(keys(label), [place.as_slice(), &["message"]].concat());
        }
        assert!(finding["notes"].as_array().unwrap().iter().all(Value::is_string));
        assert!(finding["help"].is_string() || finding["help"].is_null());
        for fix in finding["fixes"].as_array().unwrap() {
            assert_eq!(keys(fix), ["title", "applicability", "edits"]);
            assert!(["safe", "unsafe", "manual"].contains(&fix["applicability"].as_str().unwrap()));
            for edit in fix["edits"].as_array().unwrap() {
                assert_eq!(keys(edit), ["file", "start", "end", "content"]);
            }
        }
    }
    let counts = [("errors", 1), ("warnings", 1), ("infos", 1), ("files", 1), ("resources", 2), ("hidden", 0), ("suppressed", 0)];
    for (key, count) in counts {
        assert_eq!(document["summary"][key], count, "{key}");
    }
    // the summary is in the document, and nowhere else
    assert_eq!(run.err, "");
}

#[test]
fn columns_are_characters_and_edits_are_bytes() {
    // two bytes each before the port, a byte order mark and Windows line ends before all of it
    let wide = "        - {name: cart, filters: [], \"größe漢\": 1, port: 8080}\n";
    let text = format!("\u{feff}{SERVICE}---\n{}", route(wide)).replace('\n', "\r\n");
    let dir = folder(&[("a.yaml", &text)]);
    let document = json(&meshgate(&dir, "lint --output-format json").out);
    let finding = document["findings"].as_array().unwrap().iter().find(|f| f["rule"] == "backend-port-is-target-port").unwrap();
    let line = text.lines().nth(16).unwrap();
    let column = line.chars().position(|c| c == '8').unwrap() + 1;
    let place = ["line", "column", "end_line", "end_column"].map(|key| finding[key].as_u64().unwrap());
    assert_eq!(place, [17, column as u64, 17, column as u64 + 4]);
    let edit = &finding["fixes"][0]["edits"][0];
    let offset = |key: &str| usize::try_from(edit[key].as_u64().unwrap()).unwrap();
    let mut bytes = std::fs::read(dir.path().join(edit["file"].as_str().unwrap())).unwrap();
    bytes.splice(offset("start")..offset("end"), edit["content"].as_str().unwrap().bytes());
    assert_eq!(String::from_utf8(bytes).unwrap(), text.replace("port: 8080}", "port: 80}"));
}

#[test]
fn an_edit_that_is_applied_takes_the_finding_away() {
    let dir = folder(&[("a.yaml", &format!("{SERVICE}---\n{}", route(TARGET_PORT)))]);
    let document = json(&meshgate(&dir, "lint --output-format json").out);
    let edit = &document["findings"][0]["fixes"][0]["edits"][0];
    let offset = |key: &str| usize::try_from(edit[key].as_u64().unwrap()).unwrap();
    let path = dir.path().join("a.yaml");
    let mut text = std::fs::read_to_string(&path).unwrap();
    text.replace_range(offset("start")..offset("end"), edit["content"].as_str().unwrap());
    std::fs::write(&path, text).unwrap();
    assert_eq!(meshgate(&dir, "lint").code, 0);
}

#[test]
fn explain_knows_rules_and_known_issues() {
    let dir = folder(&[]);
    for name in ["strict-rejects-ingress", "named-target-port-known-issue", "invalid-yaml", "unused-ignore"] {
        let run = meshgate(&dir, &format!("explain {name}"));
        assert_eq!((run.code, run.err.as_str()), (0, ""), "{name}");
        assert!(run.out.starts_with(&format!("{name}\n")), "{}", run.out);
        for heading in ["Why it matters", "What to do", "Examples", "When to ignore it"] {
            assert!(run.out.contains(&format!("\n{heading}\n")), "{name}: {heading}");
        }
    }
    let run = meshgate(&dir, "explain strict-reject-ingress");
    assert_eq!((run.code, run.out.as_str()), (2, ""));
    assert_eq!(run.err, "error: there is no rule `strict-reject-ingress`; did you mean `strict-rejects-ingress`?\n");
    let run = meshgate(&dir, "explain something-else-entirely");
    assert_eq!((run.code, run.err.as_str()), (2, "error: there is no rule `something-else-entirely`; `meshgate rules` lists them\n"));
}

#[test]
fn rules_lists_every_rule() {
    let dir = folder(&[]);
    let mut files: Vec<String> = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/rules"))
        .unwrap()
        .filter_map(|entry| Some(entry.unwrap().file_name().to_str()?.strip_suffix(".md")?.to_owned()))
        .collect();
    files.sort();
    let text = meshgate(&dir, "rules").out;
    let mut listed: Vec<&str> = text.lines().map(|line| line.split_whitespace().next().unwrap()).collect();
    listed.sort_unstable();
    assert_eq!(listed, files);
    let rules = json(&meshgate(&dir, "rules --output-format json").out);
    let mut listed: Vec<&str> = rules.as_array().unwrap().iter().map(|rule| rule["name"].as_str().unwrap()).collect();
    listed.sort_unstable();
    assert_eq!(listed, files);
    for rule in rules.as_array().unwrap() {
        assert_eq!(keys(rule), ["name", "summary", "severity", "otherwise", "certainty", "family", "kinds", "fix", "since", "links"]);
    }
    assert_eq!(meshgate(&dir, "rules --output-format text").out, text);
}

#[test]
fn completions_for_every_shell() {
    let dir = folder(&[]);
    for (shell, file) in [
        ("bash", "meshgate.bash"),
        ("zsh", "_meshgate"),
        ("fish", "meshgate.fish"),
        ("powershell", "_meshgate.ps1"),
        ("elvish", "meshgate.elv"),
    ] {
        let run = meshgate(&dir, &format!("completions {shell}"));
        let expected = std::fs::read_to_string(format!("{}/completions/{file}", env!("CARGO_MANIFEST_DIR"))).unwrap();
        assert_eq!((run.code, run.out.replace("\r\n", "\n")), (0, expected.replace("\r\n", "\n")), "{shell}");
    }
}

#[test]
fn init_writes_a_file_that_holds_and_overwrites_none() {
    let dir = folder(&[("a.yaml", SERVICE)]);
    let path = dir.path().join("meshgate.yaml");
    assert_eq!(meshgate(&dir, "init").code, 0);
    let written = std::fs::read_to_string(&path).unwrap();
    assert_eq!(meshgate(&dir, "lint").code, 0, "what init writes is a configuration");
    std::fs::write(&path, "rules: {}\n").unwrap();
    let run = meshgate(&dir, "init");
    assert_eq!((run.code, run.err.as_str()), (2, "error: there is a meshgate.yaml already; --force overwrites it\n"));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "rules: {}\n");
    assert_eq!(meshgate(&dir, "init --force").code, 0);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), written);
}

/// Whoever reads may stop reading: `meshgate … | head -1`.
#[test]
fn a_broken_pipe_is_silent() {
    // more than a pipe holds
    let text = format!("{SERVICE}---\n{}", route(&TARGET_PORT.repeat(700)));
    let dir = folder(&[("a.yaml", &text)]);
    for args in [&["lint"] as &[&str], &["lint", "--output-format", "json"], &["lint", "--output-format", "concise"]] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_meshgate"))
            .args(args)
            .current_dir(&dir)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        let mut start = [0; 10];
        child.stdout.take().unwrap().read_exact(&mut start).unwrap();
        let output = child.wait_with_output().unwrap();
        let err = String::from_utf8(output.stderr).unwrap();
        assert!(!err.contains("error:") && !err.contains("panicked"), "{args:?}: {err}");
        assert!(matches!(output.status.code(), Some(0 | 1)), "{args:?}: {}", output.status);
    }
}
