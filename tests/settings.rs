//! meshgate.yaml and ignores, as a run sees them.
#![expect(clippy::unwrap_used, reason = "tests")]

mod support;

use serde_json::Value;
use support::{command, finish, folder, meshgate};

/// A Service `cart` and a route that names the port of its pods, at line 17.
const BROKEN: &str = "\
apiVersion: v1
kind: Service
metadata: {name: cart, namespace: shop}
spec:
  selector: {app: cart}
  ports:
    - port: 80
      targetPort: 8080
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: cart, namespace: shop}
spec:
  parentRefs: [{name: public, namespace: edge}]
  rules:
    - backendRefs:
        - {name: cart, port: 8080}
";
const RULE: &str = "backend-port-is-target-port";

/// `path severity[rule]` of each finding.
fn found(at: &std::path::Path, args: &str) -> Vec<String> {
    let run = meshgate(at, &format!("lint --output-format concise {args}"));
    assert!(run.code < 2, "{run:?}");
    run.out
        .lines()
        .map(|line| {
            let (place, rest) = line.split_once(": ").unwrap();
            format!("{} {}", place.split_once(':').unwrap().0, rest.split_once(':').unwrap().0)
        })
        .collect()
}

fn broken(path: &str) -> Vec<String> {
    vec![format!("{path} error[{RULE}]")]
}

#[test]
fn the_nearest_configuration_up_to_the_repository_counts() {
    let off = format!("rules: {{{RULE}: off}}\n");
    let dir = folder(&[
        ("meshgate.yaml", "not: read\n"),
        ("repo/.git/HEAD", ""),
        ("repo/apps/cart/a.yaml", BROKEN),
        ("repo/bare/a.yaml", BROKEN),
        ("repo/apps/meshgate.yaml", &off),
    ]);
    let repo = dir.path().join("repo");
    assert_eq!(found(&repo, "apps/cart"), Vec::<String>::new(), "above the path");
    assert_eq!(found(&repo.join("apps/cart"), "a.yaml"), Vec::<String>::new(), "above the working directory");
    assert_eq!(found(&repo, "bare"), broken("bare/a.yaml"), "not beside the path, and not above the repository");
    assert_eq!(found(&repo, "apps bare").len(), 2, "the common parent of the paths has none");
    assert_eq!(found(&repo, "--no-config apps"), broken("apps/cart/a.yaml"));
    assert_eq!(found(&repo, "--config apps/meshgate.yaml bare"), Vec::<String>::new());
    // standard input is where one is
    let piped = |at: &str| finish(command(repo.join(at)).args(["lint", "-"]).write_stdin(BROKEN)).code;
    assert_eq!((piped("apps"), piped("bare")), (0, 1));
}

#[test]
fn an_error_in_the_configuration_is_2_and_shown_at_its_place() {
    let dir = folder(&[
        (".git/HEAD", ""),
        ("a.yaml", BROKEN),
        ("meshgate.yaml", "mesh:\n  distributon: istio\nrules: {backend-port-mising: off}\n"),
    ]);
    let run = meshgate(&dir, "lint");
    assert_eq!((run.code, run.out.as_str()), (2, ""));
    assert!(run.err.contains(" meshgate.yaml:2:3\n"), "{}", run.err);
    assert!(run.err.contains("distribution"), "did you mean: {}", run.err);
    std::fs::write(dir.path().join("meshgate.yaml"), "rules: {backend-port-mising: off}\n").unwrap();
    let run = meshgate(&dir, "lint");
    assert!(run.err.contains(" meshgate.yaml:1:9\n") && run.err.contains("backend-port-missing"), "{}", run.err);
    // one that does not exist
    let run = meshgate(&dir, "lint --config gone.yaml");
    assert_eq!(run.code, 2);
    assert!(run.err.contains("gone.yaml"), "{}", run.err);
    assert_eq!(meshgate(&dir, "lint --no-config").code, 1);
}

#[test]
fn rules_overrides_and_exclude_follow_their_globs() {
    let dir = folder(&[(".git/HEAD", ""), ("apps/a.yaml", BROKEN), ("examples/b.yaml", &BROKEN.replace("cart", "tray"))]);
    let with = |config: &str| {
        std::fs::write(dir.path().join("meshgate.yaml"), config).unwrap();
        found(dir.path(), "")
    };
    let shown = |a: &str, b: &str| vec![format!("apps/a.yaml {a}[{RULE}]"), format!("examples/b.yaml {b}[{RULE}]")];
    assert_eq!(with("{}\n"), shown("error", "error"));
    assert_eq!(with(&format!("rules: {{{RULE}: warning}}\n")), shown("warning", "warning"));
    assert_eq!(with(&format!("overrides: [{{paths: [examples], rules: {{{RULE}: info}}}}]\n")), shown("error", "info"));
    assert_eq!(with(&format!("rules: {{{RULE}: off}}\noverrides: [{{paths: [apps], rules: {{{RULE}: error}}}}]\n")), broken("apps/a.yaml"));
    assert_eq!(with("exclude: [examples/]\n"), broken("apps/a.yaml"));
    std::fs::write(dir.path().join("meshgate.yaml"), "exclude: ['*.yaml']\n").unwrap();
    assert_eq!(meshgate(&dir, "lint").code, 2, "everything is left out");
}

#[test]
fn namespaces_are_given_by_path() {
    let bare = BROKEN.replace(", namespace: shop}", "}");
    let (service, route) = bare.split_once("---\n").unwrap();
    let dir = folder(&[(".git/HEAD", ""), ("a/service.yaml", service), ("b/route.yaml", route)]);
    assert_eq!(found(dir.path(), ""), Vec::<String>::new());
    std::fs::write(dir.path().join("meshgate.yaml"), "namespaces: [{paths: [a, b], namespace: shop}]\n").unwrap();
    assert_eq!(found(dir.path(), ""), broken("b/route.yaml"));
    std::fs::write(dir.path().join("meshgate.yaml"), "namespaces: [{paths: [a], namespace: shop}, {paths: [.], namespace: other}]\n")
        .unwrap();
    assert_eq!(found(dir.path(), ""), Vec::<String>::new());
}

#[test]
fn clusters_keep_their_resources_apart() {
    let (service, route) = BROKEN.split_once("---\n").unwrap();
    let dir = folder(&[(".git/HEAD", ""), ("east/service.yaml", service), ("west/route.yaml", route)]);
    assert_eq!(found(dir.path(), ""), broken("west/route.yaml"), "one cluster unless said otherwise");
    let config = "clusters: [{name: east, paths: [east]}, {name: west, paths: [west]}]\n";
    std::fs::write(dir.path().join("meshgate.yaml"), config).unwrap();
    assert_eq!(found(dir.path(), ""), Vec::<String>::new());
    // a file of no cluster is in all of them
    std::fs::create_dir(dir.path().join("both")).unwrap();
    std::fs::rename(dir.path().join("east/service.yaml"), dir.path().join("both/service.yaml")).unwrap();
    std::fs::write(dir.path().join("east/other.yaml"), service.replace("cart", "other")).unwrap();
    assert_eq!(found(dir.path(), ""), broken("west/route.yaml"));
    let run = meshgate(&dir, "lint --output-format json");
    let document: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(document["findings"][0]["resource"]["cluster"], "west");
}

#[test]
fn assume_states_what_is_elsewhere() {
    let route = BROKEN.split_once("---\n").unwrap().1;
    let dir = folder(&[(".git/HEAD", ""), ("route.yaml", route)]);
    let with = |config: &str| {
        std::fs::write(dir.path().join("meshgate.yaml"), config).unwrap();
        found(dir.path(), "")
    };
    assert_eq!(with("{}\n"), Vec::<String>::new());
    let missing = with("assume: {complete: true}\n");
    assert!(missing.contains(&"route.yaml error[backend-service-not-found]".to_owned()), "{missing:?}");
    let missing = with("assume: {complete: true, services: [shop/cart]}\n");
    assert!(!missing.contains(&"route.yaml error[backend-service-not-found]".to_owned()), "{missing:?}");
}

const IGNORE: &str = "# meshgate: ignore[backend-port-is-target-port] the gateway is told so";

#[test]
fn ignores_hold_where_they_stand() {
    let line = "        - {name: cart, port: 8080}\n";
    let document = "---\napiVersion: gateway";
    let on = |from: &str, to: String| BROKEN.replace(from, &to);
    let annotated =
        "metadata:\n  name: cart\n  namespace: shop\n  annotations:\n    meshgate.dev/ignore: |\n      backend-port-is-target-port: so\n";
    for (name, text, ignored) in [
        ("after the value", on(line, format!("{} {IGNORE}\n", line.trim_end())), true),
        ("on the line above", on(line, format!("        {IGNORE}\n{line}")), true),
        ("above another comment", on(line, format!("        {IGNORE}\n        # why\n\n{line}")), true),
        ("two lines above", on("  rules:\n", format!("  {IGNORE}\n  rules:\n")), false),
        ("below", format!("{BROKEN}        {IGNORE}\n"), false),
        ("above the document", on(document, format!("---\n{IGNORE}\n\napiVersion: gateway")), true),
        ("above another document", format!("{IGNORE}\n{BROKEN}"), false),
        (
            "as an annotation",
            BROKEN.replacen("HTTPRoute\nmetadata: {name: cart, namespace: shop}\n", &format!("HTTPRoute\n{annotated}"), 1),
            true,
        ),
        ("as an annotation of another resource", BROKEN.replacen("metadata: {name: cart, namespace: shop}\n", annotated, 1), false),
        ("several rules", on(line, format!("{} # meshgate: ignore[label-not-string, {RULE}] so\n", line.trim_end())), true),
        ("another rule", on(line, format!("{} # meshgate: ignore[label-not-string] so\n", line.trim_end())), false),
    ] {
        let dir = folder(&[("a.yaml", &text)]);
        let run = meshgate(&dir, "lint --output-format concise");
        assert_eq!(!run.out.contains(RULE) && run.code == 0, ignored, "{name}: {run:?}\n{text}");
        assert_eq!(run.err.contains("; 1 ignored"), ignored, "{name}: {}", run.err);
        let unused = !ignored || name == "several rules";
        assert_eq!(run.out.contains("warning[unused-ignore]"), unused, "{name}: {}", run.out);
    }
}

/// The yaml blocks of the guide that are a meshgate.yaml.
fn guide() -> Vec<String> {
    let guide = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/configuration.md")).unwrap().replace("\r\n", "\n");
    let blocks = guide.split("```yaml\n").skip(1).map(|block| block.split_once("```").unwrap().0.to_owned());
    blocks.filter(|block| !block.contains("kind:") && !block.starts_with("- ")).collect()
}

#[test]
fn the_schema_takes_what_the_program_takes() {
    let crd = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nspec: {group: example.com, names: {kind: Thing}}\n";
    let own = [
        ("policy/known-issues.yaml", ""),
        ("policy/rules.yaml", ""),
        ("vendor/crds/things.yaml", crd),
        ("gateway-api/experimental-install.yaml", crd),
    ];
    let dir = folder(&[&[(".git/HEAD", ""), ("a.yaml", BROKEN)], own.as_slice()].concat());
    let run = meshgate(&dir, "schema");
    assert_eq!(run.code, 0);
    let schema: Value = serde_json::from_str(&run.out).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    // to an editor, which reads YAML 1.2, `off` is text
    let value = |text: &str| -> Value {
        let text = text.replace(": off", ": \"off\"");
        let tree = meshgate::yaml::read(&text);
        let root = tree.documents[0].root.unwrap();
        meshgate::yaml::Decoder::new(&tree, meshgate::text::FileId(0), root).decode().unwrap()
    };
    let accepted = |text: &str| {
        std::fs::write(dir.path().join("meshgate.yaml"), text).unwrap();
        meshgate(&dir, "lint").code < 2
    };
    // what init writes, each setting taken out of its comment
    assert_eq!(meshgate(&dir, "init").code, 0);
    let init = std::fs::read_to_string(dir.path().join("meshgate.yaml")).unwrap();
    let lines = init.lines().skip(1).filter(|line| !line.starts_with("##"));
    let settings: String = lines.flat_map(|line| [line.strip_prefix("# ").unwrap_or(line), "\n"]).collect();
    let blocks = guide();
    assert!(blocks.len() > 5, "the guide has examples");
    for good in blocks.iter().chain([&settings]) {
        let errors: Vec<String> = validator.iter_errors(&value(good)).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:?}\n{good}");
        assert!(accepted(good), "{good}");
    }
    for bad in [
        "mesh: {distribution: other}",
        "mesh: {versoin: '1.29'}",
        "rules: {backend-port-missing: loud}",
        "rules: {no-such-rule: off}",
        "clusters: [{name: a}]",
        "clusters: [{paths: [a]}]",
        "assume: {complete: maybe}",
        "assume: {namespaces: []}",
        "exclude: charts",
        "overrides: [{rules: {backend-port-missing: off}}]",
        "unknown: 1",
    ] {
        assert!(!validator.is_valid(&value(bad)), "the schema takes {bad}");
        assert!(!accepted(bad), "the program takes {bad}");
    }
    // rules and known issues of one's own can be set like the others
    let rules = "- name: owner-label\n  match: {kinds: [HTTPRoute]}\n  expression: \"true\"\n  message: m\n  severity: warning\n";
    std::fs::create_dir_all(dir.path().join("policy")).unwrap();
    std::fs::write(dir.path().join("policy/rules.yaml"), rules).unwrap();
    for own in [
        "customRules: [policy/rules.yaml]\nrules: {owner-label: error, backend-port-missing: off}",
        "customRules: [policy/rules.yaml]\noverrides: [{paths: [a], rules: {owner-label: off}}]",
    ] {
        assert!(validator.is_valid(&value(own)), "the schema does not take {own}");
        assert!(accepted(own), "the program does not take {own}");
    }
}
