//! Small documents with exactly the problems they have.
#![expect(clippy::unwrap_used, reason = "tests")]

use schemars::JsonSchema;
use serde_json::json;

use super::{CORE_KINDS, Schema, check, core_schema, metadata_schema, try_derived, try_derived_spec};
use crate::text::FileId;
use crate::yaml::read;

/// "kind | place in the text | message | label", one for each problem.
fn problems(schema: &Schema, text: &str) -> Vec<String> {
    let tree = read(text);
    assert!(tree.errors.is_empty(), "{:?}", tree.errors);
    let found = check(schema, &tree, FileId(0), tree.documents[0].root.unwrap());
    let line = |p: &super::ShapeProblem| {
        let place = tree.span(p.node.index).of(text).lines().next().unwrap_or_default();
        format!("{:?} | {place}{} | {} | {}", p.kind, if p.on_key { ":" } else { "" }, p.message, p.label)
    };
    found.iter().map(line).collect()
}

fn core(kind: &str, body: &str) -> Vec<String> {
    problems(core_schema(kind).unwrap(), &format!("kind: {kind}\n{body}"))
}

const NAMED: &str = "metadata: {name: web}\n";

#[test]
fn embedded_schemas_compile() {
    for kind in CORE_KINDS {
        let schema = core_schema(kind).unwrap();
        assert!(schema.node(schema.root()).object.is_some(), "{kind}");
        assert_eq!(schema.broken_patterns(), Vec::<&str>::new());
    }
    assert!(metadata_schema().node(metadata_schema().root()).object.is_some());
    assert!(core_schema("HTTPRoute").is_none());
    assert!(CORE_KINDS.is_sorted());
}

#[test]
fn services() {
    for (body, expected) in [
        ("spec: {ports: [{port: 80, targetPort: http}, {port: 81.0, targetPort: 8080}], selector: {app: web}}", vec![]),
        ("spec: {ports: [{port: 80}], selector: null, type: }\nstatus: {anything: [1]}", vec![]),
        (
            "spec:\n  ports:\n  - port: \"80\"",
            vec!["WrongType | \"80\" | `spec.ports[0].port` wants an integer, not text | is text because of its quotes"],
        ),
        ("spec:\n  ports:\n  - port: ${PORT}", vec![]),
        (
            "spec:\n  ports:\n  - port: http",
            vec!["WrongType | http | `spec.ports[0].port` wants an integer, not text | expected an integer"],
        ),
        (
            "spec:\n  ports:\n  - port: 70000",
            vec!["OutOfBounds | 70000 | `spec.ports[0].port` is 70000, out of bounds | at most 65535 is allowed"],
        ),
        ("spec:\n  ports:\n  - name: a", vec!["Missing | name: a | `spec.ports[0].port` is missing | needs `port`"]),
        (
            "spec:\n  ports:\n  - {name: a, port: null}",
            vec!["Missing | port: | `spec.ports[0].port` is required and has no value | needs a value"],
        ),
        (
            "spec:\n  ports: {port: 80}",
            vec!["WrongType | {port: 80} | `spec.ports` wants a list, not a mapping | start each item with `- `"],
        ),
        (
            "spec:\n  ports:\n  - port: 80\n    targetport: 8080",
            vec!["Unknown | targetport: | unknown field `targetport` in `spec.ports[0]` | did you mean `targetPort`?"],
        ),
        ("ports:\n- port: 80", vec!["Unknown | ports: | unknown field `ports` in the document | belongs in `spec`"]),
        (
            "spec:\n  ports:\n  - port: 80\n    selector: {a: b}",
            vec!["Unknown | selector: | unknown field `selector` in `spec.ports[0]` | belongs in `spec`"],
        ),
        ("spec:\n  zzzzzz: 1", vec!["Unknown | zzzzzz: | unknown field `zzzzzz` in `spec` | no such field here"]),
        ("spec:\n  type: Clusterip", vec!["NotInEnum | Clusterip | `spec.type` cannot be `Clusterip` | did you mean `ClusterIP`?"]),
        (
            "spec:\n  type: Internal",
            vec![
                "NotInEnum | Internal | `spec.type` cannot be `Internal` | one of `ClusterIP`, `NodePort`, `LoadBalancer`, `ExternalName`",
            ],
        ),
        (
            "spec:\n  selector: {app: yes, v: \"1\", n: ~, x: 1.10}",
            vec![
                "LabelNotString | yes | label `app` is the boolean true, not text | `yes` reads as the boolean true: quote it",
                "LabelNotString | 1.10 | label `x` is the number 1.10, not text | `1.10` reads as the number 1.1: quote it",
            ],
        ),
        ("spec:\n  selector: {app: [a]}", vec!["WrongType | [a] | `spec.selector.app` wants text, not a list | expected text"]),
    ] {
        assert_eq!(core("Service", &format!("{NAMED}{body}")), expected, "{body}");
    }
}

#[test]
fn metadata() {
    for (body, expected) in [
        ("metadata: {generateName: web-}", vec![]),
        ("metadata: {name: '{{ .Release.Name }}-Web'}", vec![]),
        ("metadata: {name: \"${NAME}_1\"}", vec![]),
        ("metadata: {name: web.v1, creationTimestamp: null, labels: }", vec![]),
        ("", vec!["Missing | ConfigMap | `metadata.name` is missing | needs `metadata.name`"]),
        ("metadata:", vec!["Missing | metadata: | `metadata.name` is missing | needs `metadata.name`"]),
        ("metadata: {namespace: a}", vec!["Missing | metadata: | `metadata.name` is missing | needs `name`"]),
        (
            "metadata: {name: no}",
            vec!["WrongType | no | `metadata.name` wants text, not the boolean false | `no` reads as the boolean false: quote it"],
        ),
        ("metadata: {name: 12}", vec!["WrongType | 12 | `metadata.name` wants text, not the number 12 | quote it"]),
        ("metadata: {name: Web}", vec!["Pattern | Web | `Web` is not a valid name | upper case is not allowed"]),
        ("metadata: [a]", vec!["WrongType | [a] | `metadata` wants a mapping, not a list | only one goes here, without `- `"]),
        (
            "metadata: {name: web, lables: {a: b}}",
            vec!["Unknown | lables: | unknown field `lables` in `metadata` | did you mean `labels`?"],
        ),
        (
            "metadata:\n  name: web\n  labels: {istio.io/use-waypoint: true}\n  annotations: {a/b: 1}",
            vec![
                "LabelNotString | true | label `istio.io/use-waypoint` is the boolean true, not text | quote it",
                "LabelNotString | 1 | annotation `a/b` is the number 1, not text | quote it",
            ],
        ),
        ("metadata: {name: web}\ndata: {PORT: 80, A: b}", vec!["WrongType | 80 | `data.PORT` wants text, not the number 80 | quote it"]),
        (
            "metadata: {name: web}\ndata: {a.yaml: on}",
            vec!["WrongType | on | `data[a.yaml]` wants text, not the boolean true | `on` reads as the boolean true: quote it"],
        ),
        ("metadata: {name: web}\ndata: {? [a] : b}", vec!["WrongType | [a]: | a key in `data` is a list, not text | must be text"]),
    ] {
        assert_eq!(core("ConfigMap", body), expected, "{body}");
    }
    assert_eq!(core("Service", "metadata: {name: web.v1}").len(), 1);
}

#[test]
fn everything_at_once_in_the_order_of_the_file() {
    let found = core(
        "Deployment",
        "metadata: {name: web}\nspec:\n  replicas: two\n  template:\n    metadata: {labels: {v: 1}}\n    spec:\n      container:\n      - name: a\n",
    );
    assert_eq!(
        found,
        [
            "Missing | spec: | `spec.selector` is missing | needs `selector`",
            "WrongType | two | `spec.replicas` wants an integer, not text | expected an integer",
            "LabelNotString | 1 | label `v` is the number 1, not text | quote it",
            "Missing | spec: | `spec.template.spec.containers` is missing | needs `containers`",
            "Unknown | container: | unknown field `container` in `spec.template.spec` | did you mean `containers`?",
        ]
    );
}

#[test]
fn aliases_and_merge_keys_are_followed_and_reported_once() {
    let text = "metadata: {name: web}\nspec:\n  ports:\n  - &p {port: 80, protcol: TCP}\n  - *p\n  - <<: *p\n    port: x\n    name: b\n";
    assert_eq!(
        core("Service", text),
        [
            "Unknown | protcol: | unknown field `protcol` in `spec.ports[0]` | did you mean `protocol`?",
            "WrongType | x | `spec.ports[2].port` wants an integer, not text | expected an integer",
        ]
    );
    let merged = "base: &b {name: web}\nmetadata:\n  <<: *b\n";
    assert_eq!(core("Secret", merged), ["Unknown | base: | unknown field `base` in the document | no such field here"]);
    assert_eq!(
        core("Secret", "metadata:\n  <<: 1\n  name: a\n"),
        ["WrongType | <<: | `<<` in `metadata` takes a mapping or a list of mappings | merges nothing"]
    );
}

/// A word.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "only its schema is used")]
enum Word {
    /// With words.
    Exact,
    /// With others.
    PathPrefix,
}

#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "only its schema is used")]
enum Text {
    Exact(String),
    Prefix(String),
}

#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "only its schema is used")]
struct Spec {
    parent_refs: Vec<String>,
    word: Option<Word>,
    weight: Option<u16>,
    ratio: Option<f64>,
    #[schemars(regex(pattern = r"^[a-z]+$"), length(min = 2, max = 4))]
    host: Option<String>,
    #[schemars(length(max = 1))]
    list: Option<Vec<bool>>,
    text: Option<Text>,
    inner: Option<Box<Spec>>,
    free: Option<Free>,
}

#[derive(JsonSchema)]
#[schemars(extend("x-open" = true))]
#[expect(dead_code, reason = "only its schema is used")]
struct Free {
    size: Option<i32>,
}

#[derive(JsonSchema)]
#[expect(dead_code, reason = "only its schema is used")]
struct Body {
    spec: Spec,
}

#[test]
fn derived_schemas() {
    let from_body = try_derived::<Body>().unwrap();
    let from_spec = try_derived_spec::<Spec>(true).unwrap();
    for (spec, expected) in [
        ("{parentRefs: [a], word: Exact, weight: 1, ratio: 2, host: ab, list: [true], text: {exact: a}, inner: null}", vec![]),
        ("{parentRefs: [], free: {any: {thing: 1}, size: 3}}", vec![]),
        (
            "{parentRef: []}",
            vec![
                "Missing | spec: | `spec.parentRefs` is missing | needs `parentRefs`",
                "Unknown | parentRef: | unknown field `parentRef` in `spec` | did you mean `parentRefs`?",
            ],
        ),
        ("{parentRefs: [], word: Prefix}", vec!["NotInEnum | Prefix | `spec.word` cannot be `Prefix` | one of `Exact`, `PathPrefix`"]),
        ("{parentRefs: [], weight: 65536}", vec!["OutOfBounds | 65536 | `spec.weight` is 65536, out of bounds | at most 65535 is allowed"]),
        ("{parentRefs: [], weight: -1}", vec!["OutOfBounds | -1 | `spec.weight` is -1, out of bounds | at least 0 is allowed"]),
        (
            "{parentRefs: [], weight: 1.5}",
            vec!["WrongType | 1.5 | `spec.weight` wants an integer, not the number 1.5 | expected an integer"],
        ),
        ("{parentRefs: [], free: {size: a}}", vec!["WrongType | a | `spec.free.size` wants an integer, not text | expected an integer"]),
        (
            "{parentRefs: [], host: ABCDE}",
            vec![
                "OutOfBounds | ABCDE | `spec.host` has 5 characters, which is out of bounds | at most 4 characters",
                "Pattern | ABCDE | `spec.host` does not have the form of such a value: `ABCDE` | must match `^[a-z]+$`",
            ],
        ),
        (
            "{parentRefs: [], list: [true, \"true\"]}",
            vec![
                "OutOfBounds | [true, \"true\"] | `spec.list` has 2 items, which is out of bounds | at most 1 item",
                "WrongType | \"true\" | `spec.list[1]` wants a boolean, not text | is text because of its quotes",
            ],
        ),
        ("{parentRefs: [], text: {exakt: a}}", vec!["Unknown | exakt: | unknown field `exakt` in `spec.text` | did you mean `exact`?"]),
        ("{parentRefs: [], text: {prefix: 1}}", vec!["WrongType | 1 | `spec.text.prefix` wants text, not the number 1 | quote it"]),
        ("{parentRefs: [], text: a}", vec!["WrongType | a | `spec.text` wants a mapping, not text | expected a mapping"]),
        (
            "{parentRefs: [], inner: {parentRefs: [], inner: {}}}",
            vec!["Missing | inner: | `spec.inner.inner.parentRefs` is missing | needs `parentRefs`"],
        ),
    ] {
        let text = format!("kind: Route\n{NAMED}spec: {spec}");
        assert_eq!(problems(&from_body, &text), expected, "{spec}");
        assert_eq!(problems(&from_spec, &text), expected, "{spec}");
    }
    let none = format!("kind: Route\n{NAMED}");
    assert_eq!(problems(&from_spec, &none), ["Missing | Route | `spec` is missing | needs `spec`"]);
    assert_eq!(problems(&try_derived_spec::<Spec>(false).unwrap(), &none), Vec::<String>::new());
}

#[test]
fn schemas_that_cannot_be_expressed_are_refused() {
    for json in [
        json!({ "not": {} }),
        json!({ "$ref": "#/$defs/None" }),
        json!({ "type": "thing" }),
        json!({ "enum": [1] }),
        json!({ "allOf": [{}, {}] }),
        json!({ "type": "object", "required": ["a"] , "properties": {} }),
    ] {
        assert!(Schema::from_json(&json).is_err(), "{json}");
    }
    let broken = Schema::from_json(&json!({ "type": "string", "pattern": "(?!a)" })).unwrap();
    assert_eq!(broken.broken_patterns(), ["(?!a)"]);
    assert_eq!(problems(&broken, "a"), Vec::<String>::new());
}

#[test]
fn hostile_documents_end() {
    let keys: Vec<String> = (0..20_000).map(|n| format!("  port{n}: {{a: [1, 2]}}\n")).collect();
    assert_eq!(core("Service", &format!("{NAMED}spec:\n{}", keys.concat())).len(), 20_000);
    let deep = format!("{NAMED}spec: {}{}", "[".repeat(190), "]".repeat(190));
    assert_eq!(core("Pod", &deep).len(), 1);
}
