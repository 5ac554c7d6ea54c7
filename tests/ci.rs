//! The places where meshgate is meant to run: the action, the workflows, the hook, and every command of `docs/ci.md`.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use clap::Parser;
use meshgate::cli::args::Cli;
use meshgate::text::FileId;
use meshgate::yaml::{Decoder, read};
use serde_json::{Value, json};
use tempfile::TempDir;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

const SERVICE: &str = "apiVersion: v1\nkind: Service\nmetadata: {name: cart, namespace: shop}\nspec: {ports: [{port: 80}]}\n";
const ROUTE: &str = "\
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: cart, namespace: shop}
spec:
  parentRefs: [{name: public, namespace: edge}]
  rules: [{backendRefs: [{name: cart, port: 81}]}]
";

/// A folder with these files.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = dir.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    dir
}

fn text(path: &str) -> String {
    fs::read_to_string(Path::new(ROOT).join(path)).unwrap().replace("\r\n", "\n")
}

fn yaml(text: &str) -> Value {
    let tree = read(text);
    assert!(tree.errors.is_empty() && tree.documents.len() == 1, "{:?}: {text}", tree.errors);
    Decoder::new(&tree, FileId(0), tree.documents[0].root.unwrap()).decode().unwrap()
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn the_hook_is_what_pre_commit_expects() {
    let hooks = yaml(&text(".pre-commit-hooks.yaml"));
    for (hook, (id, entry)) in [("meshgate-lint", "meshgate lint"), ("meshgate-fix", "meshgate fix")].into_iter().enumerate() {
        let hook = &hooks[hook];
        let expected = json!({ "id": id, "language": "rust", "entry": entry, "pass_filenames": false, "types_or": ["yaml", "json"] });
        for (key, value) in expected.as_object().unwrap() {
            assert_eq!(&hook[key], value, "{id}: {key}");
        }
        assert!(Cli::try_parse_from(entry.split(' ')).is_ok());
    }
    assert!(text(".ci/run").contains("step .ci/pre-commit\n"), "the hook is run");
}

#[test]
fn the_action_is_a_composite_one_with_the_inputs_that_are_documented() {
    let action = yaml(&text("action.yml"));
    assert_eq!(action["runs"]["using"], "composite");
    assert_eq!(keys(&action["inputs"]), ["paths", "args", "sarif-file"]);
    let page = text("docs/ci.md");
    for (name, input) in action["inputs"].as_object().unwrap() {
        assert_eq!(keys(input), ["description", "default"], "{name}");
        let default = input["default"].as_str().unwrap();
        let shown = if default.is_empty() { String::new() } else { format!("`{default}` ") };
        assert!(page.contains(&format!("| `{name}` | {shown}| ")), "docs/ci.md and the default of {name}");
    }
    let steps = action["runs"]["steps"].as_array().unwrap();
    assert!(steps[0]["run"].as_str().unwrap().contains("cargo install --locked --path \"$GITHUB_ACTION_PATH\""));
    for step in steps {
        assert_eq!(step["shell"], "bash", "composite steps name their shell");
        assert!(!step["run"].as_str().unwrap().contains("${{"), "an expression in a script runs whatever it holds");
    }
}

/// Runs the action's own script as GitHub does, with what was built here.
fn act(at: &Path, paths: &str, args: &str, sarif: &str) -> (Output, String) {
    let runner = tempfile::tempdir().unwrap();
    fs::create_dir_all(runner.path().join("meshgate/bin")).unwrap();
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_meshgate"), runner.path().join("meshgate/bin/meshgate")).unwrap();
    let action = yaml(&text("action.yml"));
    let script = runner.path().join("script.sh");
    fs::write(&script, action["runs"]["steps"][1]["run"].as_str().unwrap()).unwrap();
    let outputs = runner.path().join("outputs");
    let output = Command::new("bash")
        .args(["--noprofile", "--norc", "-eo", "pipefail"])
        .arg(&script)
        .current_dir(at)
        .env("RUNNER_TEMP", runner.path())
        .env("GITHUB_OUTPUT", &outputs)
        .envs([("MESHGATE_PATHS", paths), ("MESHGATE_ARGS", args), ("MESHGATE_SARIF", sarif)])
        .output()
        .unwrap();
    (output, fs::read_to_string(outputs).unwrap_or_default())
}

#[test]
fn the_script_of_the_action_lints() {
    let dir = folder(&[("a/route.yaml", ROUTE), ("b/service.yaml", SERVICE)]);
    let (output, set) = act(dir.path(), "a b", "--fail-on warning", "out.sarif");
    let out = String::from_utf8(output.stdout).unwrap();
    assert_eq!((output.status.code(), set.as_str()), (Some(1), "sarif-file=out.sarif\n"), "{out}");
    assert!(out.starts_with("::error file=a/route.yaml,line=6,"), "{out}");
    assert!(dir.path().join("out.sarif").exists());
    // empty inputs, and inputs that would be commands
    let (output, set) = act(dir.path(), "b\n", "", "");
    assert_eq!((output.status.code(), set.as_str()), (Some(0), ""), "{output:?}");
    let (output, _) = act(dir.path(), "$(touch${IFS}forged) ;touch forged `touch forged`", "", "");
    assert_eq!(output.status.code(), Some(2));
    assert!(!dir.path().join("forged").exists());
}

#[test]
fn workflows_have_what_they_need_and_no_more() {
    let mut names: Vec<String> = fs::read_dir(Path::new(ROOT).join(".github/workflows"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["ci.yml", "lint-example.yml"]);
    for name in names {
        let workflow = yaml(&text(&format!(".github/workflows/{name}")));
        assert_eq!(workflow["permissions"], json!({ "contents": "read" }), "{name}");
        // `on` is a word of YAML 1.1 for true, as kubectl reads it; GitHub does not
        assert!(keys(&workflow).iter().any(|key| matches!(*key, "on" | "true")), "{name}");
        for (job, description) in workflow["jobs"].as_object().unwrap() {
            assert!(description["runs-on"].is_string() && description["timeout-minutes"].is_number(), "{name} {job}");
            for step in description["steps"].as_array().unwrap() {
                assert!(step["uses"].is_string() != step["run"].is_string(), "{name} {job}: {step}");
                assert!(!step["run"].as_str().unwrap_or_default().contains("${{"), "{name} {job}: {step}");
            }
        }
    }
    let ci = text(".github/workflows/ci.yml");
    assert!(ci.contains("run: .ci/run"));
    let example = yaml(&text(".github/workflows/lint-example.yml"));
    let step = example["jobs"]["lint"]["steps"].as_array().unwrap().iter().find(|step| step["uses"] == "./").unwrap();
    let inputs: Vec<&str> = keys(&step["with"]);
    assert!(inputs.iter().all(|input| yaml(&text("action.yml"))["inputs"].get(input).is_some()), "{inputs:?}");
    let (output, _) = act(Path::new(ROOT), step["with"]["paths"].as_str().unwrap(), step["with"]["args"].as_str().unwrap(), "");
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stdout));
    // both install the Rust that the crate asks for
    let wanted =
        text("Cargo.toml").lines().find_map(|l| l.strip_prefix("rust-version = ").map(|v| v.trim_matches('"').to_owned())).unwrap();
    for page in [".github/workflows/ci.yml", ".github/workflows/lint-example.yml"] {
        assert!(text(page).contains(&format!("rustup toolchain install {wanted} ")), "{page}");
    }
    assert!(text("docs/ci.md").contains(&format!("image: rust:{wanted}\n")));
}

/// The commands of `bash` and `yaml` blocks that run meshgate.
fn commands(page: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut inside = false;
    for line in page.lines() {
        if let Some(info) = line.strip_prefix("```") {
            inside = matches!(info, "bash" | "yaml");
        } else if inside && line.contains("meshgate lint") {
            found.push(line.trim().trim_start_matches("- ").trim_start_matches("run: ").to_owned());
        }
    }
    found
}

/// A repository as those of the guides, with a rendering program of each kind that prints what it would.
fn repository() -> (TempDir, PathBuf) {
    let dir = folder(&[("apps/cart/overlays/prod/service.yaml", SERVICE), ("route.yaml", ROUTE)]);
    let git = |args: &str| {
        let identity = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"];
        let ran = Command::new("git").args(identity).args(args.split(' ')).current_dir(dir.path()).output().unwrap();
        assert!(ran.status.success(), "git {args}: {ran:?}");
    };
    for args in ["init -q", "add -A", "commit -q -m first", "update-ref refs/remotes/origin/main HEAD"] {
        git(args);
    }
    let bin = dir.path().join(".bin");
    fs::create_dir(&bin).unwrap();
    for program in ["kustomize", "helm", "argocd"] {
        fs::write(bin.join(program), format!("#!/bin/sh\ncat <<'END'\n# Source: shop/templates/service.yaml\n{SERVICE}END\n")).unwrap();
        fs::set_permissions(bin.join(program), fs::Permissions::from_mode(0o755)).unwrap();
    }
    (dir, bin)
}

#[test]
fn the_commands_of_the_guide_work() {
    let (dir, bin) = repository();
    let built = Path::new(env!("CARGO_BIN_EXE_meshgate")).parent().unwrap();
    let path = format!("{}:{}:{}", bin.display(), built.display(), std::env::var("PATH").unwrap());
    let all: Vec<String> = ["docs/ci.md", "docs/output.md"].iter().flat_map(|page| commands(&text(page))).collect();
    assert!(all.len() >= 11, "{all:#?}");
    for command in &all {
        let ran =
            Command::new("sh").args(["-c", command]).current_dir(dir.path()).env("PATH", &path).stdin(Stdio::null()).output().unwrap();
        // the route names a port that is not there; what a stream, a baseline or --since leaves of the input is clean
        let narrowed = ["| meshgate", "--baseline", "--since"].iter().any(|word| command.contains(word));
        let (out, err) = (String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
        assert_eq!(ran.status.code(), Some(i32::from(!narrowed)), "{command}\n{out}{err}");
    }
    for file in ["meshgate.sarif", "gl-code-quality-report.json", "meshgate.xml", "meshgate.baseline.json"] {
        assert!(dir.path().join(file).exists(), "{file}");
    }
    // what the other blocks give to the action and the hook is understood too
    for arguments in ["--since origin/main", "--fail-on warning"] {
        assert!(Cli::try_parse_from(["meshgate", "lint"].into_iter().chain(arguments.split(' '))).is_ok());
    }
}
