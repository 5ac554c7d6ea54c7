//! Taking meshgate into a repository that has findings already, and into its checks: baselines, changed lines, several outputs.
#![expect(clippy::unwrap_used, reason = "tests")]

mod support;

use std::path::Path;
use std::process::Command;

use serde_json::Value;
use support::{Run, command, finish, folder, meshgate};

const SERVICE: &str = "\
apiVersion: v1
kind: Service
metadata: {name: cart, namespace: shop}
spec:
  selector: {app: cart}
  ports: [{port: 80, targetPort: 8080}]
";

/// A route whose backend names the port of the pods: an error.
fn route(name: &str) -> String {
    format!(
        "\
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {{name: {name}, namespace: shop}}
spec:
  parentRefs: [{{name: public, namespace: edge}}]
  rules:
    - backendRefs:
        - {{name: cart, port: 8080}}
"
    )
}

fn write(at: &Path, path: &str, text: &str) {
    std::fs::write(at.join(path), text).unwrap();
}

/// The files of `concise` lines.
fn files(run: &Run) -> Vec<&str> {
    run.out.lines().map(|line| line.split_once(':').unwrap().0).collect()
}

#[test]
fn a_baseline_takes_out_what_was_there_before() {
    let dir = folder(&[("service.yaml", SERVICE), ("old.yaml", &route("old"))]);
    let lint = |args: &str| {
        finish(command(&dir).args(["lint", "--output-format", "concise", "--baseline", "known.json"]).args(args.split_whitespace()))
    };
    assert_eq!(lint("").code, 2, "a baseline that is not there is none");
    let run = lint("--write-baseline");
    assert_eq!(run.code, 0, "what is accepted fails no run: {run:?}");
    assert!(run.err.contains("wrote 1 finding to known.json\n"), "{}", run.err);
    let run = lint("");
    assert_eq!((run.code, run.out.as_str()), (0, ""));

    // lines above it change nothing, a new finding is new
    write(dir.path(), "old.yaml", &format!("# moved\n\n{}", route("old")));
    write(dir.path(), "new.yaml", &route("new"));
    let run = lint("");
    assert_eq!((run.code, files(&run)), (1, vec!["new.yaml"]));

    // what is repaired is dropped when asked for, and then counts as new when it comes back
    std::fs::remove_file(dir.path().join("new.yaml")).unwrap();
    write(dir.path(), "old.yaml", &route("old").replace("8080", "80"));
    let before = std::fs::read_to_string(dir.path().join("known.json")).unwrap();
    assert_eq!(lint("").code, 0);
    assert_eq!(std::fs::read_to_string(dir.path().join("known.json")).unwrap(), before, "nothing is written unasked");
    let run = lint("--prune-baseline");
    assert!(run.code == 0 && run.err.contains("dropped 1 entry from known.json\n"), "{run:?}");
    write(dir.path(), "old.yaml", &route("old"));
    assert_eq!(lint("").code, 1);

    write(dir.path(), "known.json", "[]");
    assert_eq!(lint("").code, 2, "a file that is no baseline");
    for args in ["lint --write-baseline", "lint --prune-baseline", "lint --baseline a --write-baseline --prune-baseline"] {
        assert_eq!(meshgate(&dir, args).code, 2, "{args}");
    }
}

fn git(at: &Path, args: &str) {
    let identity = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false", "-c", "init.defaultBranch=trunk"];
    let output = Command::new("git").args(identity).args(args.split_whitespace()).current_dir(at).output().unwrap();
    assert!(output.status.success(), "git {args}: {}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn since_a_revision_only_what_touches_changed_lines_is_reported() {
    let dir = folder(&[("service.yaml", SERVICE), ("old.yaml", &route("old")), ("edited.yaml", &route("edited").replace("8080", "80"))]);
    let lint = |at: &Path, args: &str| meshgate(at, &format!("lint --output-format concise {args}"));
    assert_eq!(lint(dir.path(), "--since HEAD").code, 2, "no repository");
    for args in ["init -q", "add -A", "commit -q -m first"] {
        git(dir.path(), args);
    }
    let run = lint(dir.path(), "--since HEAD");
    assert_eq!((run.code, run.out.as_str()), (0, ""), "nothing changed");
    write(dir.path(), "edited.yaml", &route("edited"));
    write(dir.path(), "untracked.yaml", &route("untracked"));
    write(dir.path(), "old.yaml", &format!("# a line that matters to nobody\n{}", route("old")));
    let run = lint(dir.path(), "--since HEAD");
    assert_eq!((run.code, files(&run)), (1, vec!["edited.yaml", "untracked.yaml"]));
    assert_eq!(lint(dir.path(), "").out.lines().count(), 3);
    // from below, the same changes
    std::fs::create_dir(dir.path().join("below")).unwrap();
    assert_eq!(lint(&dir.path().join("below"), "--since HEAD ..").out.lines().count(), 2);
    let run = lint(dir.path(), "--since no-such-revision");
    assert_eq!(run.code, 2);
    assert!(run.err.starts_with("error: --since: there is no revision `no-such-revision`"), "{}", run.err);
    assert_eq!(lint(dir.path(), "--since=--help").code, 2, "an option is no revision");
}

#[test]
fn one_run_prints_several_formats() {
    let dir = folder(&[("service.yaml", SERVICE), ("route.yaml", &route("cart"))]);
    let each = |format: &str| meshgate(&dir, &format!("lint --output-format {format}")).out;
    let (full, concise, json) = (each("full"), each("concise"), each("json"));
    let run = meshgate(&dir, "lint --output full --output concise=out.txt --output json=out.json");
    assert_eq!((run.code, &run.out), (1, &full));
    let read = |path: &str| std::fs::read_to_string(dir.path().join(path)).unwrap();
    assert_eq!(read("out.txt"), concise);
    let value = |text: &str| serde_json::from_str::<Value>(text).unwrap()["findings"].clone();
    assert_eq!(value(&read("out.json")), value(&json));
    // colours are for the terminal, not for files
    let run = meshgate(&dir, "--color always lint --output full=out.txt");
    assert_eq!((run.out.as_str(), read("out.txt")), ("", full));
    for args in ["--output full=", "--output loud", "--output full --output-format full"] {
        assert_eq!(meshgate(&dir, &format!("lint {args}")).code, 2, "{args}");
    }
}

#[test]
fn timings_say_how_long_each_rule_took() {
    let dir = folder(&[("service.yaml", SERVICE)]);
    let run = meshgate(&dir, "lint -v --timings");
    let timed: Vec<&str> = run.err.lines().filter_map(|line| line.split_once(" ms  ")).map(|(_, rule)| rule).collect();
    assert!(timed.contains(&"backend-port-is-target-port") && timed.len() > 10, "{}", run.err);
    assert!(!meshgate(&dir, "lint -v").err.contains(" ms  "));
}
