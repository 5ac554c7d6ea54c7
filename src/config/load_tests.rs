//! What a configuration means, and what is said about a wrong one.
#![expect(clippy::unwrap_used, reason = "tests")]

use super::super::resolved::ClusterIndex;
use super::super::testing::Files;
use super::*;
use crate::checks::Severity;

const RULES: [&str; 3] = ["backend-port-missing", "label-not-string", "unused-ignore"];

fn read(text: &str) -> Result<Config, Vec<ConfigProblem>> {
    parse(Path::new("/repo/deploy"), Path::new("/repo/meshgate.yaml"), text, FileId(7), &RULES)
}

/// Each problem as `text at its place: message (hint)`.
fn problems(text: &str) -> Vec<String> {
    let problems = read(text).unwrap_err();
    let hint = |p: &ConfigProblem| p.hint.as_ref().map(|hint| format!(" ({hint})")).unwrap_or_default();
    problems.iter().map(|p| format!("{}: {}{}", p.span.of(text), p.message, hint(p))).collect()
}

#[test]
fn nothing_is_a_configuration() {
    for text in ["", "# only words\n", "---\n", "null\n", "rules:\n", "\u{feff}clusters:\n"] {
        let config = read(text).unwrap();
        assert_eq!(config.clusters_of(Path::new("a.yaml")), [ClusterIndex(0)], "{text}");
        assert!(!config.excluded(Path::new("a.yaml")));
    }
}

#[test]
fn clusters_by_path() {
    let config = read(
        "clusters:\n- {name: east, paths: [deploy/east], network: n1, segment: eu, version: 1.29}\n- {name: west, paths: [west, shared]}\n- {name: north, paths: [shared]}\n",
    )
    .unwrap();
    let of = |path: &str| config.clusters_of(Path::new(path)).iter().map(|c| c.0).collect::<Vec<_>>();
    assert_eq!(of("east/a.yaml"), [0], "paths are relative to the working directory, globs to the file");
    assert_eq!(of("/repo/deploy/east/a.yaml"), [0]);
    assert_eq!(of("../east/a.yaml"), [0, 1, 2], "in no cluster is in all");
    assert_eq!(of("x/shared/a.yaml"), [1, 2]);
    let east = config.clusters().first().unwrap();
    assert_eq!(east.name.as_ref().map(|name| &***name), Some("east"));
    assert_eq!(east.version.as_ref().map(|version| &***version), Some("1.29"));
    assert_eq!(east.name.as_ref().unwrap().node().file, FileId(7));
}

#[test]
fn exclude_and_namespaces() {
    let config =
        read("exclude: [gen/, '*.tmpl.yaml']\nnamespaces:\n- {paths: [apps], namespace: shop}\n- {paths: [.], namespace: rest}\n").unwrap();
    assert!(config.excluded(Path::new("x/gen/a.yaml")));
    assert!(config.excluded(Path::new("a.tmpl.yaml")));
    assert!(!config.excluded(Path::new("gen.yaml")));
    assert_eq!(config.namespace_of(Path::new("apps/a.yaml")), Some("shop"));
    assert_eq!(config.namespace_of(Path::new("b.yaml")), Some("rest"));
    assert_eq!(config.namespace_of(Path::new("/elsewhere/b.yaml")), None);
}

#[test]
fn the_last_override_counts() {
    let config = read(
        "rules: {backend-port-missing: off, label-not-string: info}\noverrides:\n- {paths: [a], rules: {backend-port-missing: warning}}\n- {paths: [a/b], rules: {backend-port-missing: error, unused-ignore: OFF}}\n",
    );
    assert_eq!(config.unwrap_err().len(), 1, "words are lower case");
    let config = read(
        "rules: {backend-port-missing: off, label-not-string: off}\noverrides:\n- {paths: [a], rules: {backend-port-missing: warning}}\n- {paths: [a/b], rules: {backend-port-missing: error}}\n",
    )
    .unwrap();
    let level = |path: &str| config.severity("backend-port-missing", Path::new(path));
    assert_eq!(level("x.yaml"), Some(Level::Off));
    assert_eq!(level("../a/x.yaml"), Some(Level::At(Severity::Warning)));
    assert_eq!(level("../a/b/x.yaml"), Some(Level::At(Severity::Error)));
    assert_eq!(config.severity("label-not-string", Path::new("../a/x.yaml")), Some(Level::Off), "an override without the rule is none");
    assert_eq!(config.severity("unused-ignore", Path::new("x.yaml")), None);
    assert!(config.off_everywhere("label-not-string"));
    assert!(!config.off_everywhere("backend-port-missing"));
}

#[test]
fn settings_keep_their_places() {
    let text = "mesh: {distribution: solo, version: '1.30', rootNamespace: istio-system}\ngateway:\n  gloo: {version: 1.20.3}\nassume:\n  complete: true\n  namespaces: {web: {labels: {a: b}}, empty: }\n  gatewayClasses: [internal]\n  services: [web/front]\n";
    let config = read(text).unwrap();
    assert_eq!(config.distribution.as_deref(), Some(&Distribution::Solo));
    let tree = yaml::read(text);
    let place = |node: crate::yaml::NodeId| tree.span(node.index).of(text);
    assert_eq!(place(config.distribution.as_ref().unwrap().node()), "solo");
    let mesh = config.file.mesh.as_ref().unwrap();
    assert_eq!(&***mesh.version.as_ref().unwrap(), "1.30");
    assert_eq!(place(mesh.root_namespace.as_ref().unwrap().node()), "istio-system");
    let gloo = config.file.gateway.as_ref().unwrap().gloo.as_ref().unwrap();
    assert_eq!(&***gloo.version.as_ref().unwrap(), "1.20.3");
    let assume = config.file.assume.as_ref().unwrap();
    assert!(config.complete());
    let namespaces = assume.namespaces.as_ref().unwrap();
    assert!(namespaces.get("web").unwrap().labels.as_ref().unwrap().is("a", "b"));
    assert!(namespaces.get("empty").unwrap().labels.is_none());
    assert_eq!(place(assume.services.as_ref().unwrap().first().unwrap().node()), "web/front");
}

#[test]
fn everything_wrong_is_said_at_once() {
    let text = "mesh:\n  distribution: istoi\n  version: 1.30\ngateway: {kgateway: {version: latest}}\nclusters:\n- {name: a, paths: ['x[']}\n- {name: a, paths: []}\nassume: {services: [web, a/b/c, a/b]}\nnamespaces: [{paths: ['!x'], namespace: ''}]\nrules: {backend-prot-missing: error, label-not-string: eror}\nexclude: ['']\noverrides: [{paths: [.], rules: {nothing-like-it: off, unused-ignore: loud}}]\n";
    assert_eq!(
        problems(text),
        [
            "istoi: `istoi` is no distribution (did you mean `istio`?)",
            "1.30: without quotes `1.30` is the number 1.3 (write \"1.30\")",
            "latest: `latest` is no version (write it like `1.29` or `1.29.2`)",
            "'x[': bad pattern: unclosed character class; missing ']' (put characters that are meant literally into brackets, as in `[*]`)",
            "a: a second cluster named `a`",
            "[]: no paths: this holds nowhere (write `.` for everything)",
            "web: `web` does not name a Service (write `namespace/name`)",
            "a/b/c: `a/b/c` does not name a Service (write `namespace/name`)",
            "'!x': bad pattern: a pattern cannot be negated (name what is meant instead)",
            "'': an empty namespace",
            "backend-prot-missing: there is no rule `backend-prot-missing` (did you mean `backend-port-missing`?)",
            "eror: `eror` is no severity (did you mean `error`?)",
            "'': bad pattern: an empty pattern (write `.` for everything)",
            "nothing-like-it: there is no rule `nothing-like-it`",
            "loud: `loud` is no severity (write one of `off`, `info`, `warning` or `error`)",
        ]
    );
}

#[test]
fn shapes_have_places_too() {
    assert_eq!(problems("mesh:\n  verison: '1.29'\n"), ["verison: unknown key `verison` (did you mean `version`?)"]);
    assert_eq!(
        problems("gateway:\n  nginx: {}\n"),
        ["nginx: unknown key `nginx` (write one of `kgateway`, `enterpriseKgateway` or `gloo`)"]
    );
    assert_eq!(problems("clusters: [{paths: [x]}]\n"), ["{paths: [x]}: missing field `name`"]);
    assert_eq!(problems("mesh: []\n"), ["[]: invalid type: sequence, expected a mapping"]);
    assert_eq!(problems("- a\n"), ["- a: expected a mapping of settings"]);
    assert_eq!(problems("assume: {complete: 'yes'}\n"), ["'yes': invalid type: string \"yes\", expected a boolean"]);
    assert_eq!(problems("exclude: gen\n"), ["gen: invalid type: string \"gen\", expected a sequence"]);
    assert_eq!(problems("mesh: {version: [1]}\n").len(), 1);
}

#[test]
fn texts_that_are_no_settings() {
    assert_eq!(problems("rules: {}\nrules: {}\n"), ["rules: the key `rules` stands here twice"]);
    assert_eq!(
        problems("rules: {unused-ignore: off, unused-ignore: info}\n"),
        ["unused-ignore: the key `unused-ignore` stands here twice"]
    );
    assert_eq!(problems("rules: {}\n---\nmesh: {}\n"), ["m: a second document: settings are one document"]);
    assert!(!problems("rules: {\n").is_empty());
    assert!(!problems("rules: [a\n---\nmesh: {}\n").is_empty());
}

#[test]
fn versions() {
    for good in ["1.29", "v1.29.2", "1.29.2-patch0", "2.2.0-rc.2", "'1.30'", "\"1.30\"", "1.29.2+solo"] {
        assert!(read(&format!("mesh: {{version: {good}}}")).is_ok(), "{good}");
    }
    for bad in ["1.30", "1", "1.x", "latest", "''", "1.29.2.4", "1.29-", "1_0.2", "01.5", "1e3"] {
        assert!(read(&format!("mesh: {{version: {bad}}}")).is_err(), "{bad}");
    }
}

#[test]
fn from_the_world() {
    let world =
        Files::new("/repo/deploy", &["/repo/.git"]).with("/repo/meshgate.yaml", "exclude: [old]\n").with("/other.yaml", "exclud: []\n");
    let config = Choice::Find.load(&world, &[], true, FileId(0), &RULES).unwrap();
    assert!(config.excluded(Path::new("old/a.yaml")));
    assert_eq!(config.source.unwrap().0, Path::new("/repo/meshgate.yaml"));
    let none = Choice::Nothing.load(&world, &[], true, FileId(0), &RULES).unwrap();
    assert!(none.source.is_none());
    let error = Choice::File("/other.yaml".into()).load(&world, &[], false, FileId(0), &RULES).unwrap_err();
    assert_eq!((error.text.as_str(), error.to_string().as_str()), ("exclud: []\n", "/other.yaml: unknown key `exclud`"));
    let error = Choice::File("gone.yaml".into()).load(&world, &[], false, FileId(0), &RULES).unwrap_err();
    assert_eq!(error.to_string(), "gone.yaml: there is no such file");
}

/// The example in docs/configuration.md that shows every key.
#[test]
fn the_documented_example_is_valid() {
    let guide = include_str!("../../docs/configuration.md");
    let blocks: Vec<&str> = guide.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    let settings = blocks.iter().filter(|block| !block.contains("kind:") && !block.starts_with("- "));
    for block in settings.clone() {
        let names: Vec<&str> = block.split([' ', '{', ',', ':', '\n']).filter(|word| word.contains('-')).collect();
        let config = parse(Path::new("/repo"), Path::new("/repo/meshgate.yaml"), block, FileId(0), &names);
        assert!(config.is_ok(), "{block}\n{config:?}");
    }
    let complete = settings.max_by_key(|block| block.len()).unwrap();
    for key in ["mesh", "gateway", "clusters", "assume", "namespaces", "rules", "exclude", "overrides"] {
        assert!(complete.starts_with(&format!("{key}:")) || complete.contains(&format!("\n{key}:")), "{key}");
    }
}
