//! Which files `meshgate fix` writes, and where new resources go.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "tests")]

mod support;

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::process::{Command, Stdio};

use support::{Run, command, finish, folder, meshgate};
use tempfile::TempDir;

const SERVICE: &str =
    "apiVersion: v1\nkind: Service\nmetadata:\n  name: cart\n  namespace: shop\nspec:\n  ports:\n    - port: 80\n      targetPort: 8080\n";
const ACCOUNT: &str = "apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: cart\n  namespace: shop\n";
const JSON_SERVICE: &str = "{\n  \"apiVersion\": \"v1\",\n  \"kind\": \"Service\",\n  \"metadata\": {\"name\": \"cart\", \"namespace\": \"shop\"},\n  \"spec\": {\"ports\": [{\"port\": 80, \"targetPort\": 8080}]}\n}\n";
const GRANT: &str = "apiVersion: gateway.networking.k8s.io/v1beta1\nkind: ReferenceGrant\nmetadata:\n  name: cart-from-front\n  namespace: shop\nspec:\n  from:\n    - group: gateway.networking.k8s.io\n      kind: HTTPRoute\n      namespace: front\n  to:\n    - group: \"\"\n      kind: Service\n      name: cart\n";

/// A route in its namespace to port 80 of Service `cart` in `shop`.
fn route(name: &str, namespace: &str, port: u16) -> String {
    format!(
        "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata:\n  name: {name}\n  namespace: {namespace}\nspec:\n  parentRefs:\n    - name: public\n      namespace: edge\n  rules:\n    - backendRefs:\n        - name: cart\n          namespace: shop\n          port: {port}\n"
    )
}

fn read(dir: &TempDir, path: &str) -> String {
    fs::read_to_string(dir.path().join(path)).unwrap_or_else(|error| panic!("{path}: {error}; {:?}", names(dir, Path::new(path).parent())))
}

/// The files of a folder.
fn names(dir: &TempDir, folder: Option<&Path>) -> Vec<String> {
    let entries = fs::read_dir(dir.path().join(folder.unwrap_or(Path::new("")))).unwrap();
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Grants what a route in `front` refers to, which wants a new resource beside the Service.
fn grant(files: &[(&str, &str)]) -> TempDir {
    let across = route("across", "front", 80);
    let dir = folder(&[files, &[("front/route.yaml", across.as_str())]].concat());
    let run = meshgate(&dir, "fix --unsafe-fixes --complete --only reference-grant-missing");
    assert!(run.err.starts_with("fixed 1 finding in "), "{}{}", run.out, run.err);
    dir
}

#[test]
fn in_a_list_a_new_resource_is_the_next_item() {
    let list = "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Service\n  metadata: {name: cart, namespace: shop}\n  spec: {ports: [{port: 80}]}\n- apiVersion: v1\n  kind: Namespace\n  metadata: {name: shop}\n";
    let dir = grant(&[("shop/all.yaml", list)]);
    let text = read(&dir, "shop/all.yaml");
    let (head, tail) = list.split_at(list.find("- apiVersion: v1\n  kind: Namespace").unwrap());
    assert!(text.starts_with(&format!("{head}- apiVersion: gateway.networking.k8s.io/v1beta1\n  kind: ReferenceGrant\n")), "{text}");
    assert!(text.ends_with(tail), "{text}");
    assert_eq!(names(&dir, Some(Path::new("shop"))), ["all.yaml"]);
}

/// What a folder's files are called, and what the grant is called then.
#[test]
fn a_new_file_is_named_as_the_others_are() {
    for (service, account, new) in [
        ("cart-service.yaml", "cart-serviceaccount.yaml", "cart-from-front-referencegrant.yaml"),
        ("service-cart.yml", "serviceaccount-cart.yml", "referencegrant-cart-from-front.yml"),
        ("service.yaml", "serviceaccount.yaml", "referencegrant.yaml"),
        ("cart.service.yaml", "cart.serviceaccount.yaml", "cart-from-front.referencegrant.yaml"),
        ("service.cart.yaml", "serviceaccount.cart.yaml", "referencegrant.cart-from-front.yaml"),
        // no habit that we know
        ("01.yaml", "02.yaml", "cart-from-front-referencegrant.yaml"),
    ] {
        let dir = grant(&[(&format!("shop/{service}"), SERVICE), (&format!("shop/{account}"), ACCOUNT)]);
        assert_eq!(read(&dir, &format!("shop/{new}")), GRANT, "{service}");
        assert_eq!(read(&dir, &format!("shop/{service}")), SERVICE);
        assert_eq!(names(&dir, Some(Path::new("shop"))).len(), 3);
    }
}

#[test]
fn a_name_that_is_taken_is_left_to_its_owner() {
    // no manifest, so that it does not speak against the habit
    let taken = "these: are words\n";
    let dir = grant(&[("shop/service.yaml", SERVICE), ("shop/serviceaccount.yaml", ACCOUNT), ("shop/referencegrant.yaml", taken)]);
    assert_eq!(read(&dir, "shop/referencegrant.yaml"), taken);
    assert_eq!(read(&dir, "shop/cart-from-front-referencegrant.yaml"), GRANT);
}

#[test]
fn a_file_of_several_resources_gets_another_one() {
    let two = format!("{ACCOUNT}---\n{SERVICE}---\napiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n");
    let dir = grant(&[("shop/all.yaml", &two)]);
    assert_eq!(read(&dir, "shop/all.yaml"), two.replace("targetPort: 8080\n---\n", &format!("targetPort: 8080\n---\n{GRANT}---\n")));
    // the owner is alone, but a neighbour is not: that is no habit
    let dir = grant(&[("shop/service.yaml", SERVICE), ("shop/rest.yaml", &format!("{ACCOUNT}---\n{}", ACCOUNT.replace("cart", "b")))]);
    assert_eq!(read(&dir, "shop/service.yaml"), format!("{SERVICE}---\n{GRANT}"));
}

#[test]
fn beside_json_it_is_json() {
    let dir = grant(&[("shop/service.json", JSON_SERVICE)]);
    assert_eq!(read(&dir, "shop/service.json"), JSON_SERVICE);
    let new: serde_json::Value = serde_json::from_str(&read(&dir, "shop/referencegrant.json")).unwrap();
    assert_eq!((&new["kind"], &new["metadata"]["name"]), (&"ReferenceGrant".into(), &"cart-from-front".into()));
    // a list of one is a file with a single resource; one of more is added to
    let service = JSON_SERVICE.trim_end();
    let other = service.replace("\"cart\"", "\"till\"");
    let list = format!("{{\n  \"apiVersion\": \"v1\",\n  \"kind\": \"List\",\n  \"items\": [{service}, {other}]\n}}\n");
    let dir = grant(&[("shop/list.json", &list)]);
    let new: serde_json::Value = serde_json::from_str(&read(&dir, "shop/list.json")).unwrap();
    assert_eq!(new["items"][1]["kind"], "ReferenceGrant");
    assert_eq!(names(&dir, Some(Path::new("shop"))), ["list.json"]);
}

#[test]
fn kustomizations_name_a_new_file_in_their_own_style() {
    for (kustomization, expected) in [
        (
            "resources: [shop/service.yaml, shop/serviceaccount.yaml]\n",
            "resources: [shop/service.yaml, shop/serviceaccount.yaml, shop/referencegrant.yaml]\n",
        ),
        (
            "# all\nresources:\n- shop/service.yaml\n- shop/serviceaccount.yaml # the pods'\nnamePrefix: \"\"\n",
            "# all\nresources:\n- shop/service.yaml\n- shop/serviceaccount.yaml # the pods'\n- shop/referencegrant.yaml\nnamePrefix: \"\"\n",
        ),
    ] {
        let dir = grant(&[("shop/service.yaml", SERVICE), ("shop/serviceaccount.yaml", ACCOUNT), ("kustomization.yaml", kustomization)]);
        assert_eq!(read(&dir, "kustomization.yaml"), expected);
        assert_eq!(read(&dir, "shop/referencegrant.yaml"), GRANT);
    }
}

#[test]
fn a_name_that_would_lead_elsewhere_names_no_file() {
    for name in ["../../x", "/etc/x", "-rf", "a b", "$(x)", "..", "a\\tb", "x;y"] {
        let hostile = SERVICE.replace("name: cart", &format!("name: \"{name}\""));
        let across = route("across", "front", 80).replace("name: cart", &format!("name: \"{name}\""));
        let account = ACCOUNT.replace("name: cart", &format!("name: \"{name}\""));
        let dir = folder(&[("in/shop/1.yaml", &hostile), ("in/shop/2.yaml", &account), ("in/front/route.yaml", &across)]);
        let run = meshgate(&dir, "fix in --unsafe-fixes --complete --only reference-grant-missing");
        assert!(run.code < 2, "{name}: {}", run.err);
        assert_eq!(
            (names(&dir, None), names(&dir, Some(Path::new("in")))),
            (vec!["in".to_owned()], vec!["front".to_owned(), "shop".to_owned()])
        );
        for file in names(&dir, Some(Path::new("in/shop"))) {
            let plain = file.starts_with(|c: char| c.is_ascii_alphanumeric())
                && file.chars().all(|c| c.is_ascii_alphanumeric() || "-._".contains(c));
            assert!(plain, "{name}: {file}");
        }
    }
}

#[test]
fn several_findings_that_want_one_resource_get_one() {
    let dir = folder(&[
        ("shop/service.yaml", SERVICE),
        ("shop/serviceaccount.yaml", ACCOUNT),
        ("front/a.yaml", &route("a", "front", 80)),
        ("front/b.yaml", &route("b", "front", 80)),
    ]);
    let run = meshgate(&dir, "fix --unsafe-fixes --complete --only reference-grant-missing");
    assert!(run.err.starts_with("fixed 2 findings in 1 file"), "{}{}", run.out, run.err);
    assert_eq!(read(&dir, "shop/referencegrant.yaml"), GRANT);
    assert_eq!(names(&dir, Some(Path::new("shop"))).len(), 3);
}

#[test]
fn a_file_that_does_not_change_is_not_touched() {
    let dir = folder(&[("svc.yaml", SERVICE), ("a.yaml", &route("a", "shop", 8080)), ("b.yaml", &route("b", "shop", 80))]);
    let look = |path: &str| fs::metadata(dir.path().join(path)).map(|m| (m.ino(), m.mtime_nsec(), m.mtime())).unwrap();
    let before = ["svc.yaml", "b.yaml", "a.yaml"].map(look);
    assert_eq!(meshgate(&dir, "fix").code, 0);
    let after = ["svc.yaml", "b.yaml", "a.yaml"].map(look);
    assert_eq!(before[..2], after[..2]);
    assert_ne!(before[2], after[2], "it was written anew");
    // nothing is left beside them either
    assert_eq!(names(&dir, None), ["a.yaml", "b.yaml", "svc.yaml"]);
}

/// Files in which everything is odd that a diff has to say.
fn odd() -> TempDir {
    let unended = route("a", "shop", 8080);
    folder(&[
        ("shop/service.yaml", SERVICE),
        ("shop/serviceaccount.yaml", ACCOUNT),
        ("a.yaml", unended.trim_end()),
        ("crlf.yaml", &route("b", "shop", 8080).replace('\n', "\r\n")),
        ("front/route.yaml", &route("across", "front", 8080)),
    ])
}

#[test]
fn a_diff_applied_is_the_fix() {
    let args = "fix --unsafe-fixes --complete";
    let fixed = odd();
    meshgate(&fixed, args);
    let paths = ["a.yaml", "crlf.yaml", "front/route.yaml", "shop/service.yaml", "shop/serviceaccount.yaml", "shop/referencegrant.yaml"];
    for program in [&["git", "apply"][..], &["patch", "-s", "-p1", "--binary", "-i"]] {
        let dir = odd();
        let diff = meshgate(&dir, &format!("{args} --diff"));
        assert_eq!(diff.code, 1, "{}", diff.err);
        assert!(!dir.path().join("shop/referencegrant.yaml").exists());
        fs::write(dir.path().join("fix.diff"), &diff.out).unwrap();
        let Ok(applied) = Command::new(program[0]).args(&program[1..]).arg("fix.diff").current_dir(&dir).stdin(Stdio::null()).output()
        else {
            continue;
        };
        assert!(applied.status.success(), "{applied:?}\n{}", diff.out);
        for path in paths {
            assert_eq!(read(&dir, path), read(&fixed, path), "{path} by {program:?}");
        }
    }
}

#[test]
fn a_diff_fails_for_what_is_left_too() {
    // which of two ports is meant, nobody knows
    let missing = route("a", "shop", 4321);
    let service = format!("{SERVICE}      name: web\n    - port: 81\n      name: admin\n");
    let dir = folder(&[("svc.yaml", &service), ("a.yaml", &missing)]);
    let run = meshgate(&dir, "fix --diff");
    assert_eq!((run.code, run.out.as_str()), (1, ""), "{}", run.err);
    assert!(run.err.starts_with("would fix nothing\n"), "{}", run.err);
    assert_eq!(meshgate(&dir, "fix --diff --fail-on never").code, 0);
    assert_eq!(meshgate(&dir, "fix --fail-on never").code, 0);
    assert_eq!(meshgate(&dir, "fix").code, 1);
    assert_eq!(read(&dir, "a.yaml"), missing);
}

#[test]
fn what_a_baseline_has_is_left_alone() {
    let old = route("a", "shop", 8080);
    let dir = folder(&[("svc.yaml", SERVICE), ("a.yaml", &old)]);
    assert_eq!(meshgate(&dir, "lint --baseline known.json --write-baseline").code, 0);
    fs::write(dir.path().join("b.yaml"), route("b", "shop", 8080)).unwrap();
    let run = meshgate(&dir, "lint --fix --baseline known.json");
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    assert!(run.err.starts_with("fixed 1 finding in 1 file\n"), "{}", run.err);
    assert_eq!((read(&dir, "a.yaml"), read(&dir, "b.yaml")), (old, route("b", "shop", 80)));
}

#[test]
fn a_new_folder_is_whole() {
    let files = [
        ("in/shop/service.yaml", SERVICE.to_owned()),
        ("in/shop/serviceaccount.yaml", ACCOUNT.to_owned()),
        ("in/front/route.yaml", route("across", "front", 80)),
        ("in/skip/route.yaml", route("skipped", "shop", 8080)),
        ("in/run.sh", "#!/bin/sh\n".to_owned()),
        ("in/meshgate.yaml", "exclude: [skip/**]\n".to_owned()),
    ];
    let dir = folder(&files.each_ref().map(|(path, text)| (*path, text.as_str())));
    fs::create_dir(dir.path().join("out")).unwrap();
    // the gateway that is not there is left
    let run = meshgate(&dir, "fix in --unsafe-fixes --complete --output-dir out --fail-on never");
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    for (path, text) in &files {
        assert_eq!((&read(&dir, path), &read(&dir, &path.replacen("in/", "out/", 1))), (text, text), "{path}");
    }
    assert_eq!(read(&dir, "out/shop/referencegrant.yaml"), GRANT);
    assert!(!dir.path().join("in/shop/referencegrant.yaml").exists());
    fs::write(dir.path().join("file"), "").unwrap();
    for (args, words) in [
        ("fix in --output-dir out", "out is not empty"),
        ("fix in --output-dir file", "file is a file"),
        ("fix in --output-dir new --diff", "--diff"),
        ("fix - --output-dir new", "standard input"),
    ] {
        let run = meshgate(&dir, args);
        assert_eq!(run.code, 2, "{args}: {}", run.err);
        assert!(run.err.contains(words), "{args}: {}", run.err);
    }
    assert!(!dir.path().join("new").exists());
}

fn pipe(dir: &TempDir, args: &str, text: &str) -> Run {
    finish(command(dir).args(args.split_whitespace()).write_stdin(text))
}

#[test]
fn standard_input_keeps_its_form() {
    let dir = folder(&[]);
    let crlf = |port| format!("{SERVICE}---\n{}", route("a", "shop", port)).trim_end().replace('\n', "\r\n");
    let run = pipe(&dir, "fix -", &crlf(8080));
    assert_eq!((run.code, run.out), (0, crlf(80)));
    let json = |port: u16| {
        format!(
            "{{\"apiVersion\": \"v1\", \"kind\": \"List\", \"items\": [{}, {{\"apiVersion\": \"gateway.networking.k8s.io/v1\", \"kind\": \"HTTPRoute\",\n\"metadata\": {{\"name\": \"a\", \"namespace\": \"shop\"}}, \"spec\": {{\"parentRefs\": [{{\"name\": \"p\", \"namespace\": \"edge\"}}], \"rules\": [{{\"backendRefs\": [{{\"name\": \"cart\", \"port\": {port}}}]}}]}}}}]}}",
            JSON_SERVICE.trim_end()
        )
    };
    for args in ["fix -", "fix - --stdin-filename all.json"] {
        let run = pipe(&dir, args, &json(8080));
        assert_eq!((run.code, run.out), (0, json(80)), "{args}");
    }
    // a new resource, and what is left, which does not get between the text
    let text = format!("{SERVICE}---\n{}---\n{}", route("across", "front", 80), route("missing", "shop", 4321));
    let run = pipe(&dir, "fix - --unsafe-fixes --complete --only reference-grant-missing --stdin-filename a/b.yaml", &text);
    assert_eq!(run.out, text.replacen("---\n", &format!("---\n{GRANT}---\n"), 1));
    assert_eq!(run.code, 1);
    assert!(run.err.contains("a/b.yaml:") && run.err.contains("backend-port-missing"), "{}", run.err);
    // in a diff too
    let run = pipe(&dir, "fix - --diff --stdin-filename a/b.yaml", &crlf(8080));
    assert!(run.code == 1 && run.out.starts_with("--- a/a/b.yaml\n+++ b/a/b.yaml\n"), "{}{}", run.out, run.err);
    assert_eq!(names(&dir, None), Vec::<String>::new());
}

#[test]
fn the_summary_says_what_was_left_and_why() {
    let value = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n  labels:\n    istio.io/dataplane-mode: enabled\n";
    let dir = folder(&[("svc.yaml", SERVICE), ("a.yaml", &route("a", "shop", 8080)), ("ns.yaml", value)]);
    let run = meshgate(&dir, "fix --diff --only named-port-unresolved");
    assert!(
        run.err.contains("left: 1 with a fix that --only leaves out, 1 with a fix that is unsafe (--unsafe-fixes makes it)\n"),
        "{}",
        run.err
    );
    let run = meshgate(&dir, "fix --diff --unsafe-fixes --only dataplane-mode-value");
    assert!(
        run.err.contains("would fix 1 finding in 1 file\n    1  dataplane-mode-value\nleft: 1 with a fix that --only leaves out\n"),
        "{}",
        run.err
    );
    let run = meshgate(&dir, "--quiet fix");
    assert_eq!((run.code, run.err.as_str()), (1, ""));
}

#[test]
fn what_cannot_be_read_or_written_is_an_error() {
    let wrong = route("a", "shop", 8080);
    let dir = folder(&[("svc.yaml", SERVICE), ("a.yaml", &wrong)]);
    // what is not there may be what a fix depends on
    for args in ["fix . gone.yaml", "lint --fix . gone.yaml"] {
        let run = meshgate(&dir, args);
        assert_eq!((run.code, read(&dir, "a.yaml")), (2, wrong.clone()), "{args}: {}", run.err);
        assert!(run.err.contains("gone.yaml"), "{args}: {}", run.err);
        assert!(!run.err.contains("fixed 1"), "{args}: {}", run.err);
    }
    let mode = |mode| fs::set_permissions(&dir, fs::Permissions::from_mode(mode)).unwrap();
    mode(0o555);
    // root may write everywhere
    if fs::write(dir.path().join("probe"), "").is_err() {
        for args in ["fix", "lint --fix"] {
            let run = meshgate(&dir, args);
            assert_eq!(run.code, 2, "{}", run.err);
            assert!(run.err.contains("a.yaml") && run.err.contains("nothing was written"), "{}", run.err);
            assert_eq!(read(&dir, "a.yaml"), wrong);
        }
    }
    mode(0o755);
}
