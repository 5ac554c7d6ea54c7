//! CustomResourceDefinitions, in the input and given: kinds are checked by them.
#![expect(clippy::unwrap_used, reason = "tests")]

mod support;

use std::time::{Duration, Instant};

use meshgate::lint::{Request, lint};
use meshgate::text::MemoryWorld;
use support::{command, finish, folder, meshgate};

const ROUTES: &str = include_str!("crds/routes.yaml");

const GATEWAY: &str = "\
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: public, namespace: edge}
spec: {gatewayClassName: istio, listeners: [{name: http, port: 80, protocol: HTTP}]}
";

/// A definition of `Recording` with this schema of `spec`, in YAML's flow style.
fn recording(spec: &str) -> String {
    version_of_recording("v1", spec)
}

fn version_of_recording(version: &str, spec: &str) -> String {
    format!(
        "apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {{name: recordings.studio.example.com}}
spec:
  group: studio.example.com
  names: {{kind: Recording, plural: recordings, singular: recording, listKind: RecordingList}}
  scope: Namespaced
  versions:
    - name: {version}
      served: true
      storage: true
      schema:
        openAPIV3Schema: {{type: object, properties: {{spec: {spec}}}}}
"
    )
}

/// A `Recording` with this `spec`.
fn take(spec: &str) -> String {
    format!("apiVersion: studio.example.com/v1\nkind: Recording\nmetadata: {{name: first, namespace: studio}}\nspec: {spec}\n")
}

/// What linting says of some files, with their names, one line each.
fn said(files: &[(&str, &str)]) -> Vec<String> {
    said_with(files, |_| {})
}

fn said_with(files: &[(&str, &str)], change: impl FnOnce(&mut Request)) -> Vec<String> {
    let world = MemoryWorld::new(files.iter().copied());
    let mut request = Request::new(["."]);
    change(&mut request);
    let linted = lint(&world, &request).unwrap_or_else(|failure| panic!("{failure:?}"));
    assert!(linted.unreadable.is_empty(), "{:?}", linted.unreadable);
    linted.findings.iter().map(|f| format!("{}: {} ({})", f.rule, f.message, f.primary.text)).collect()
}

/// What linting says of a `Recording` by a schema of its `spec`.
fn judged(schema: &str, spec: &str) -> Vec<String> {
    said(&[("crd.yaml", &recording(schema)), ("a.yaml", &take(spec))])
}

#[track_caller]
fn fits(schema: &str, spec: &str) {
    let found = judged(schema, spec);
    assert!(found.is_empty(), "{schema}\n{spec}\n{found:#?}");
}

#[track_caller]
fn says(schema: &str, spec: &str, wanted: &str) {
    let found = judged(schema, spec);
    assert_eq!(found, [format!("invalid-manifest: {wanted}")], "{schema}\n{spec}");
}

/// A schema with one field `it`.
fn with(it: &str) -> String {
    format!("{{type: object, properties: {{it: {it}}}}}")
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn every_keyword() {
    for (it, good, bad, wanted) in [
        ("{type: integer}", "3", "three", "`spec.it` wants an integer, not text (expected an integer)"),
        ("{type: number}", "3.5", "[1]", "`spec.it` wants a number, not a list (expected a number)"),
        ("{type: string, enum: [Mono, Stereo]}", "Mono", "Quadro", "`spec.it` cannot be `Quadro` (one of `Mono`, `Stereo`)"),
        ("{type: integer, enum: [1, 2]}", "2", "3", "`spec.it` cannot be `3` (one of `1`, `2`)"),
        ("{type: integer, minimum: 1}", "1", "0", "`spec.it` is 0, out of bounds (at least 1 is allowed)"),
        ("{type: integer, maximum: 3}", "3", "4", "`spec.it` is 4, out of bounds (at most 3 is allowed)"),
        ("{type: integer, minimum: 1, exclusiveMinimum: true}", "2", "1", "`spec.it` is 1, out of bounds (must be more than 1)"),
        ("{type: number, maximum: 3, exclusiveMaximum: true}", "2.9", "3", "`spec.it` is 3, out of bounds (must be less than 3)"),
        ("{type: integer, multipleOf: 5}", "15", "7", "`spec.it` is 7, out of bounds (must be a multiple of 5)"),
        ("{type: integer, format: int32}", "7", "3000000000", "`spec.it` is 3000000000, out of bounds (at most 2147483647 is allowed)"),
        ("{type: string, maxLength: 3}", "abc", "abcd", "`spec.it` has 4 characters, which is out of bounds (at most 3 characters)"),
        ("{type: array, minItems: 1, items: {type: string}}", "[a]", "[]", "`spec.it` is empty (at least 1 item)"),
        (
            "{type: object, maxProperties: 1, additionalProperties: {type: string}}",
            "{a: b}",
            "{a: b, c: d}",
            "`spec.it` has 2 entries, which is out of bounds (at most 1 entry)",
        ),
        ("{type: string, pattern: '^a+$'}", "aa", "ab", "`spec.it` does not have the form of such a value: `ab` (must match `^a+$`)"),
        (
            "{type: string, format: ipv4}",
            "10.0.0.1",
            "10.0.0",
            "`spec.it` does not have the form of such a value: `10.0.0` (must be an IPv4 address)",
        ),
        (
            "{type: string, format: cidr}",
            "10.0.0.0/8",
            "10.0.0.0/40",
            "`spec.it` does not have the form of such a value: `10.0.0.0/40` (must be a range of addresses such as `10.0.0.0/8`)",
        ),
        (
            "{type: string, format: date-time}",
            "'2030-01-31T12:00:00Z'",
            "tomorrow",
            "`spec.it` does not have the form of such a value: `tomorrow` (must be a time such as `2030-01-31T12:00:00Z`)",
        ),
        (
            "{type: string, format: uri}",
            "https://a.example.com",
            "a b",
            "`spec.it` does not have the form of such a value: `a b` (must be a URI)",
        ),
        (
            "{x-kubernetes-int-or-string: true, anyOf: [{type: integer}, {type: string}]}",
            "http",
            "[http]",
            "`spec.it` wants text or an integer, not a list (expected text or an integer)",
        ),
        (
            "{type: array, x-kubernetes-list-type: set, items: {type: string}}",
            "[a, b]",
            "[a, b, a]",
            "`spec.it[2]` stands in the list already (a second time)",
        ),
        (
            "{type: array, x-kubernetes-list-type: map, x-kubernetes-list-map-keys: [port, protocol], items: {type: object, properties: {port: {type: integer}, protocol: {type: string, default: TCP}}}}",
            "[{port: 1}, {port: 1, protocol: UDP}, {port: 2}]",
            "[{port: 1}, {port: 1, protocol: TCP}]",
            "`spec.it[1]` has the same `port` and `protocol` as an item before it (a second time)",
        ),
        ("{type: object, properties: {a: {type: string}}}", "{a: b}", "{aa: b}", "unknown field `aa` in `spec.it` (no such field here)"),
        ("{type: object}", "{}", "{a: b}", "unknown field `a` in `spec.it` (no such field here)"),
        ("{type: object, required: [a], properties: {a: {type: string}}}", "{a: b}", "{}", "`spec.it.a` is missing (needs `a`)"),
        (
            "{type: object, additionalProperties: {type: integer}}",
            "{a: 1}",
            "{a: []}",
            "`spec.it.a` wants an integer, not a list (expected an integer)",
        ),
        ("{type: integer, allOf: [{minimum: 2}, {maximum: 3}]}", "2", "4", "`spec.it` is 4, out of bounds (at most 3 is allowed)"),
        (
            "{type: integer, anyOf: [{minimum: 10}, {maximum: 3}]}",
            "2",
            "4",
            "`spec.it` fits none of the forms that are allowed (of another form)",
        ),
        (
            "{type: integer, oneOf: [{minimum: 3}, {maximum: 5}]}",
            "2",
            "4",
            "`spec.it` fits several forms that exclude each other (only one of them is allowed)",
        ),
        ("{type: string, not: {enum: [none]}}", "some", "none", "`spec.it` has a form that is not allowed (not allowed)"),
        (
            "{type: object, properties: {file: {type: string}, url: {type: string}}, oneOf: [{required: [file]}, {required: [url]}]}",
            "{url: a}",
            "{url: a, file: b}",
            "`spec.it` takes only one of `file` and `url` (only one is allowed)",
        ),
        (
            "{type: object, properties: {file: {type: string}, url: {type: string}}, anyOf: [{required: [file]}, {required: [url]}]}",
            "{url: a, file: b}",
            "{}",
            "`spec.it` needs `file` or `url` (needs `file` or `url`)",
        ),
    ] {
        fits(&with(it), &format!("{{it: {good}}}"));
        says(&with(it), &format!("{{it: {bad}}}"), wanted);
    }
}

#[test]
fn what_the_api_server_lets_pass() {
    // null is absent, and may be a value
    fits(&with("{type: string}"), "{it: null}");
    fits("{type: object, required: [it], properties: {it: {type: string, nullable: true}}}", "{it: null}");
    // what is filled in is not missing
    fits("{type: object, required: [it], properties: {it: {type: string, default: a}}}", "{}");
    // unknown fields that are kept, those that look like slips too
    fits("{type: object, x-kubernetes-preserve-unknown-fields: true, properties: {takes: {type: integer}}}", "{take: 1, other: {a: []}}");
    fits(&with("{x-kubernetes-preserve-unknown-fields: true}"), "{it: [1, {a: b}]}");
    fits(&with("{type: object, additionalProperties: true}"), "{it: {a: 1, b: []}}");
    fits(&with("{type: object, x-kubernetes-embedded-resource: true}"), "{it: {apiVersion: v1, kind: Pod, metadata: {name: a}}}");
    // a value that is filled in later
    fits(&with("{type: string, enum: [a], not: {pattern: '^x'}}"), "{it: '${WHICH}'}");
    fits(&with("{type: string, not: {pattern: '[a-z'}}"), "{it: a}");
    fits(&with("{type: string, format: duration}"), "{it: 3 days}");
    // status is the controllers'
    let files = [("crd.yaml", recording("{type: object}")), ("a.yaml", format!("{}status: {{a: b}}\n", take("{}")))];
    assert_eq!(said(&files.each_ref().map(|(name, text)| (*name, text.as_str()))), [""; 0]);
}

#[test]
fn rules_in_cel() {
    let schema = "{type: object, properties: {takes: {type: integer}, most: {type: integer, default: 5}, rate: {type: number},
      length: {type: string, format: duration}, names: {type: array, items: {type: object, properties: {first-name: {type: string}}}}},
      x-kubernetes-validations: [
        {rule: 'self.takes <= self.most', message: more takes than allowed., fieldPath: .takes},
        {rule: 'self.rate > 0.5', messageExpression: \"'a rate of ' + string(self.rate)\"},
        {rule: 'self.length < duration(\"1h\")'},
        {rule: 'self.names.all(n, n.first__dash__name.size() > 1)', message: names are longer}]}";
    fits(schema, "{takes: 5, rate: 1, length: 30m, names: [{first-name: ab}]}");
    says(schema, "{takes: 6}", "`spec.takes`: more takes than allowed (breaks a rule of its kind)");
    says(schema, "{takes: 6, most: null}", "`spec.takes`: more takes than allowed (breaks a rule of its kind)");
    fits(schema, "{takes: 6, most: 7}");
    says(schema, "{rate: 0.25}", "`spec`: a rate of 0.25 (breaks a rule of its kind)");
    says(schema, "{length: 90m}", "`spec`: failed rule: self.length < duration(\"1h\") (breaks a rule of its kind)");
    says(schema, "{names: [{first-name: a}]}", "`spec`: names are longer (breaks a rule of its kind)");
    // rules are asked when everything else fits
    says(schema, "{takes: 6, rate: fast}", "`spec.rate` wants a number, not text (expected a number)");
}

#[test]
fn rules_that_say_nothing() {
    for rule in [
        "self.takes == oldSelf.takes",
        "semver(self.name).major() > 1",
        "self.nothing.here > 1",
        "self.takes",
        "self.takes <",
        "timestamp('x') > timestamp('y')",
        "1 / 0 == 1",
    ] {
        let schema = format!("{{type: object, properties: {{takes: {{type: integer}}}}, x-kubernetes-validations: [{{rule: {rule:?}}}]}}");
        fits(&schema, "{takes: 1}");
    }
    // what is filled in later is not known
    fits("{type: object, properties: {a: {type: string}}, x-kubernetes-validations: [{rule: \"self.a == 'b'\"}]}", "{a: '${A}'}");
}

#[test]
fn rules_of_the_whole_document_see_its_name() {
    let crd = recording("{type: object}").replace("{type: object, properties: {spec", "{type: object, x-kubernetes-validations: [{rule: \"self.metadata.name == 'studio' && !has(self.metadata.labels)\", message: there is only one}], properties: {spec");
    assert_eq!(
        said(&[("crd.yaml", &crd), ("a.yaml", &take("{}"))]),
        ["invalid-manifest: Recording: there is only one (breaks a rule of its kind)"]
    );
    assert_eq!(said(&[("crd.yaml", &crd), ("a.yaml", &take("{}").replace("first", "studio, labels: {a: b}"))]), [""; 0]);
}

#[test]
fn slips_are_fixed_as_in_other_kinds() {
    let dir = folder(&[("crd.yaml", &recording(&with("{type: string, enum: [Mono, Stereo]}"))), ("a.yaml", &take("{it: stereo}"))]);
    let run = meshgate(dir.path(), "fix .");
    assert_eq!(run.code, 0, "{run:?}");
    assert_eq!(std::fs::read_to_string(dir.path().join("a.yaml")).unwrap(), take("{it: Stereo}"));
}

#[test]
fn versions() {
    let two = recording(&with("{type: string}")).replace("versions:\n", "versions:\n    - {name: v0, served: false, storage: false}\n");
    let document = take("{it: a}").replace("/v1", "/v0");
    let found = said(&[("crd.yaml", &two), ("a.yaml", &document)]);
    assert_eq!(found, ["invalid-manifest: version `v0` of Recording is not served (served: `v1`)"]);
    let found = said(&[("crd.yaml", &two), ("a.yaml", &document.replace("/v0", "/v7"))]);
    assert_eq!(found, ["invalid-manifest: version `v7` of Recording is not served (served: `v1`)"]);
}

#[test]
fn several_definitions_of_a_kind_must_agree() {
    let (old, new) = (recording(&with("{type: string}")), recording(&with("{type: integer}")));
    let both = |spec: &str| said(&[("east/crd.yaml", &old), ("west/crd.yaml", &new), ("a.yaml", &take(spec))]);
    assert_eq!(both("{it: a}"), [""; 0]);
    assert_eq!(both("{it: 3}"), [""; 0]);
    assert_eq!(both("{it: a, other: b}"), ["invalid-manifest: unknown field `other` in `spec` (no such field here)"]);
    // one that serves nothing says nothing
    let none = old.replace("served: true", "served: false");
    assert_eq!(said(&[("crd.yaml", &none), ("a.yaml", &take("{it: 3}"))]), [""; 0]);
    // in different versions each kind of document has one that takes it
    let next = version_of_recording("v2", &with("{type: integer}"));
    assert_eq!(said(&[("east/crd.yaml", &old), ("west/crd.yaml", &next), ("a.yaml", &take("{it: a}"))]), [""; 0]);
}

#[test]
fn each_cluster_has_its_own() {
    let config = "clusters: [{name: east, paths: [east]}, {name: west, paths: [west]}]\n";
    let (old, new) = (recording(&with("{type: string}")), recording(&with("{type: integer}")));
    let found = said(&[
        ("meshgate.yaml", config),
        ("east/crd.yaml", &old),
        ("west/crd.yaml", &new),
        ("east/a.yaml", &take("{it: 3}")),
        ("west/a.yaml", &take("{it: 3}")),
    ]);
    assert_eq!(found, ["invalid-manifest: `spec.it` wants text, not the number 3 (quote it)"]);
}

#[test]
fn a_definition_that_a_kustomization_patches_says_nothing() {
    let crd = recording(&with("{type: string}"));
    let patched = |path: &str| {
        let patch = format!(
            "resources: [crd.yaml]\npatches:\n- target: {{kind: CustomResourceDefinition}}\n  patch: |\n    - {{op: add, path: {path}, value: {{}}}}\n"
        );
        said(&[("kustomization.yaml", &patch), ("crd.yaml", &crd), ("x/a.yaml", &take("{it: 3}"))])
    };
    assert_eq!(patched("/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/it"), [""; 0]);
    assert_eq!(patched("/spec/conversion").len(), 1);
}

#[test]
fn patches_are_no_documents() {
    let crd = recording("{type: object, required: [it], properties: {it: {type: string}, other: {type: string}}}");
    let kustomization = "resources: [a.yaml]\npatches: [{path: patch.yaml}]\n";
    assert_eq!(
        said(&[
            ("crd.yaml", &crd),
            ("kustomization.yaml", kustomization),
            ("a.yaml", &take("{it: a}")),
            ("patch.yaml", &take("{other: b}"))
        ]),
        [""; 0]
    );
}

#[test]
fn of_modelled_kinds_the_definition_counts() {
    let route = |spec: &str| {
        format!(
            "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {{name: a, namespace: shop}}\nspec: {{parentRefs: [{{name: g, namespace: edge}}], {spec}}}\n"
        )
    };
    let of = |crd: &str, spec: &str| said(&[("crd.yaml", crd), ("a.yaml", &route(spec))]);
    // a field that no bundle we know has
    let newer =
        ROUTES.replace("hostnames:\n", "surprise: {type: object, additionalProperties: {type: integer}}\n                hostnames:\n");
    let spec = "surprise: {a: 1}, rules: [{backendRefs: [{name: a, port: 80}]}]";
    assert_eq!(of(ROUTES, spec), ["invalid-manifest: unknown field `surprise` in `spec` (no such field here)"]);
    assert_eq!(of(&newer, spec), [""; 0]);
    assert_eq!(said(&[("a.yaml", &route(spec))]).len(), 1);
    // a field that this bundle does not have yet
    let older = ROUTES.replace("                      timeouts:\n", "                      timeout:\n");
    let spec = "rules: [{timeouts: {request: 5s}, backendRefs: [{name: a, port: 80}]}]";
    assert_eq!(of(&older, spec), ["invalid-manifest: unknown field `timeouts` in `spec.rules[0]` (did you mean `timeout`?)"]);
    assert_eq!(of(ROUTES, spec), [""; 0]);
    // a shape that is not ours is right by its definition, and nothing is concluded from it
    let other = ROUTES.replace("request: {type: string", "request: {type: integer}\n                          rest: {type: string");
    assert_eq!(of(&other, "rules: [{timeouts: {request: 5}, backendRefs: [{name: a, port: 80}]}]"), [""; 0]);
}

#[test]
fn rules_of_modelled_kinds() {
    let route = |spec: &str| {
        format!("apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {{name: a, namespace: shop}}\nspec: {{{spec}}}\n")
    };
    let of = |spec: &str| said(&[("crd.yaml", ROUTES), ("a.yaml", &route(spec))]);
    let rule = |says: &str| format!("invalid-manifest: {says} (breaks a rule of its kind)");
    let good = "parentRefs: [{name: g, namespace: edge, sectionName: v}, {name: g, namespace: edge, sectionName: x}], hostnames: [a.example.com], rules: [{name: a, matches: [{path: {value: /a}}], filters: [{type: URLRewrite, urlRewrite: {hostname: x.example.com}}], backendRefs: [{name: a, port: 80}]}]";
    assert_eq!(of(good), [""; 0]);
    // a rule that only this bundle has is said in its words
    let stricter = ROUTES.replace(
        "hostnames:\n                  type: array\n",
        "hostnames:\n                  type: array\n                  x-kubernetes-validations: [{rule: \"self.all(h, h.endsWith('.example.com'))\", message: hosts are ours}]\n",
    );
    let under = |spec: &str| said(&[("crd.yaml", &stricter), ("a.yaml", &route(spec))]);
    assert_eq!(under(good), [""; 0]);
    assert_eq!(
        under(&good.replace("hostnames: [a.example.com]", "hostnames: [a.example.org]")),
        [rule("`spec.hostnames`: hosts are ours")]
    );
    // what a rule of ours says is said once, in our words
    let found = of(
        "parentRefs: [{name: g, namespace: edge}, {name: g, namespace: edge, sectionName: x}], rules: [{backendRefs: [{name: a, port: 80}]}]",
    );
    let ours = "invalid-manifest: of two parentRefs to Gateway `g` one has a `sectionName` and the other has none (not allowed here)";
    assert_eq!(found, [ours]);
}

/// The same of a group that nobody models: only the definition speaks.
#[test]
fn rules_as_real_bundles_have_them() {
    let crd = ROUTES.replace("gateway.networking.k8s.io", "routes.example.com");
    let of = |spec: &str| {
        let route =
            format!("apiVersion: routes.example.com/v1\nkind: HTTPRoute\nmetadata: {{name: a, namespace: shop}}\nspec: {{{spec}}}\n");
        said(&[("crd.yaml", &crd), ("a.yaml", &route)])
    };
    let many = vec!["{}"; 64].join(", ");
    let many = format!("rules: [{{matches: [{many}]}}, {{matches: [{many}]}}, {{}}]");
    for (good, bad, wanted) in [
        (
            "parentRefs: [{name: g}, {name: g, namespace: edge}]",
            "parentRefs: [{name: g}, {name: g, port: 80}]",
            "spec.parentRefs`: sectionName or port must be given when several parents are the same",
        ),
        ("rules: [{matches: [{}, {}]}]", &many, "spec.rules`: all rules together have at most 128 matches"),
        ("rules: [{name: a}, {}, {}]", "rules: [{name: a}, {name: a}]", "spec.rules`: rule names stand once"),
        (
            "rules: [{matches: [{path: {type: RegularExpression, value: a}}]}]",
            "rules: [{matches: [{path: {value: a}}]}]",
            "spec.rules[0].matches[0].path`: the path begins with / but for regular expressions",
        ),
        (
            "rules: [{matches: [{path: {value: /a/b}}]}]",
            "rules: [{matches: [{path: {value: /a//b}}]}]",
            "spec.rules[0].matches[0].path`: no // in the path",
        ),
        (
            "rules: [{matches: [{path: {value: /a%20b}}]}]",
            "rules: [{matches: [{path: {value: /a%2}}]}]",
            "spec.rules[0].matches[0].path`: only path characters",
        ),
        (
            "rules: [{filters: [{type: URLRewrite}]}]",
            "rules: [{filters: [{type: URLRewrite}, {type: RequestRedirect, requestRedirect: {}}]}]",
            "spec.rules[0].filters`: a redirect and a rewrite exclude each other",
        ),
        (
            "rules: [{filters: [{type: CORS}]}]",
            "rules: [{filters: [{type: URLRewrite}, {type: URLRewrite}]}]",
            "spec.rules[0].filters`: URLRewrite stands once",
        ),
        (
            "rules: [{filters: [{type: RequestRedirect, requestRedirect: {}}]}]",
            "rules: [{filters: [{type: CORS, requestRedirect: {}}]}]",
            "spec.rules[0].filters[0]`: requestRedirect goes with type RequestRedirect",
        ),
        (
            "rules: [{}]",
            "rules: [{filters: [{type: RequestRedirect}]}]",
            "spec.rules[0].filters[0]`: type RequestRedirect needs requestRedirect",
        ),
        (
            "rules: [{backendRefs: [{name: a, kind: Other}]}]",
            "rules: [{backendRefs: [{name: a}]}]",
            "spec.rules[0].backendRefs[0]`: a Service needs a port",
        ),
        (
            "rules: [{timeouts: {request: 0s, backendRequest: 1m}}]",
            "rules: [{timeouts: {request: 59s, backendRequest: 1m}}]",
            "spec.rules[0].timeouts`: backendRequest is no longer than request",
        ),
        (
            "rules: [{filters: [{type: CORS}], backendRefs: [{name: a, port: 1}]}]",
            "rules: [{filters: [{type: RequestRedirect, requestRedirect: {}}], backendRefs: [{name: a, port: 1}]}]",
            "spec.rules[0]`: a redirect has no backends",
        ),
    ] {
        assert_eq!(of(good), [""; 0], "{good}");
        assert_eq!(of(bad), [format!("invalid-manifest: `{wanted} (breaks a rule of its kind)")], "{bad}");
    }
}

#[test]
fn what_rules_of_ours_say_is_not_said_again() {
    let route = "apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: a, namespace: shop}
spec:
  parentRefs: [{name: g, namespace: edge}]
  rules:
    - timeouts: {request: 5s, backendRequest: 9s}
      backendRefs: [{name: a, port: 80}]
";
    let without = said(&[("a.yaml", route)]);
    assert_eq!(without.len(), 1, "{without:?}");
    assert!(without[0].starts_with("timeouts-inconsistent"), "{without:?}");
    let found = said(&[("crd.yaml", ROUTES), ("a.yaml", route)]);
    assert_eq!(found, without);
}

#[test]
fn working_manifests_stay_silent() {
    let root = env!("CARGO_MANIFEST_DIR");
    let mut scenarios = 0;
    for entry in std::fs::read_dir(format!("{root}/testdata/working")).unwrap() {
        let folder = entry.unwrap().path();
        if folder.is_dir() {
            scenarios += 1;
            let run = finish(command(root).args(["lint", "--output-format", "json", "--crd", "tests/crds/routes.yaml"]).arg(&folder));
            assert!(!run.out.contains("by the CustomResourceDefinition"), "{}", run.out);
        }
    }
    assert!(scenarios > 10);
}

#[test]
fn given_definitions() {
    let files = [
        ("bundle/recordings.yaml", recording(&with("{type: string}"))),
        ("bundle/readme.yaml", "nothing: here\n".to_owned()),
        ("apps/a.yaml", take("{it: 3}")),
        ("edge/gateway.yaml", GATEWAY.to_owned()),
        ("nothing/a.yaml", take("{it: 3}")),
        ("nothing/broken.yaml", "kind: CustomResourceDefinition\nspec: [\n".to_owned()),
    ];
    let dir = folder(&files.each_ref().map(|(name, text)| (*name, text.as_str())));
    let run = |args: &str| meshgate(dir.path(), &format!("lint --output-format concise {args}"));
    let found = "apps/a.yaml:4:12: error[invalid-manifest]: `spec.it` wants text, not the number 3";
    for args in ["--crd bundle apps", "--crd bundle/recordings.yaml apps", "--crd bundle --crd bundle/recordings.yaml apps/a.yaml"] {
        let run = run(args);
        assert!(run.code == 1 && run.out.contains(found), "{args}: {run:?}");
        assert!(run.err.contains("in 1 file (1 resource)"), "what is given is not linted: {run:?}");
    }
    assert_eq!(run("apps").code, 0);
    for (args, wanted) in [
        ("--crd gone apps", "error: gone: "),
        ("--crd apps apps", "error: apps: there is no CustomResourceDefinition in it"),
        ("--crd apps/a.yaml apps", "error: apps/a.yaml: there is no CustomResourceDefinition in it"),
        ("--crd nothing apps", "error: nothing/broken.yaml: line "),
        ("--crd - apps", "error: -: CustomResourceDefinitions come from files"),
    ] {
        let run = run(args);
        assert!(run.code == 2 && run.err.contains(wanted), "{args}: {run:?}");
    }
    // every command that reads manifests takes it
    for args in ["status --crd gone apps", "fix --crd gone apps", "trace --crd gone http://a.example.com/ edge", "compile --crd gone edge"]
    {
        let run = meshgate(dir.path(), args);
        assert!(run.code == 2 && run.err.contains("gone: "), "{args}: {run:?}");
    }
}

#[test]
fn what_is_given_comes_before_what_the_input_says() {
    let (given, own) = (recording(&with("{type: integer}")), recording(&with("{type: string}")));
    let files = [("given.yaml", given.as_str()), ("apps/crd.yaml", &own), ("apps/a.yaml", &take("{it: 3}"))];
    let run = meshgate(folder(&files).path(), "lint --crd given.yaml apps");
    assert_eq!(run.code, 0, "{run:?}");
    let run = meshgate(folder(&files).path(), "lint apps");
    assert_eq!(run.code, 1, "{run:?}");
}

#[test]
fn definitions_named_by_the_settings() {
    let crd = recording(&with("{type: string}"));
    let run = |config: &str| {
        let dir = folder(&[("meshgate.yaml", config), ("vendor/crd.yaml", &crd), ("apps/a.yaml", &take("{it: 3}"))]);
        meshgate(dir.path(), "lint --output-format concise apps")
    };
    assert!(run("crds: [vendor]\n").out.contains("`spec.it` wants text"));
    assert!(run("crds: [vendor/crd.yaml]\n").out.contains("`spec.it` wants text"));
    let missing = run("crds: [vendor, gone.yaml]\n");
    assert!(
        missing.code == 2 && missing.err.contains("meshgate.yaml:1:16") && missing.err.contains("`gone.yaml` cannot be read"),
        "{missing:?}"
    );
}

#[test]
fn definitions_on_standard_input_and_in_lists() {
    let crd = recording(&with("{type: string}"));
    let dir = folder(&[]);
    let both = format!("{crd}---\n{}", take("{it: 3}"));
    let run = finish(command(dir.path()).args(["lint", "--output-format", "concise", "-"]).write_stdin(both));
    assert!(run.out.contains("`spec.it` wants text"), "{run:?}");
    let item = crd.replace('\n', "\n    ");
    let list = format!("apiVersion: v1\nkind: List\nitems:\n  - {}\n", item.trim_end());
    assert_eq!(said(&[("crds.yaml", &list), ("a.yaml", &take("{it: 3}"))]).len(), 1);
}

#[test]
fn definitions_that_are_wrong() {
    for (spec, wanted) in [
        (
            "{properties: {a: {type: string}}}",
            "`spec.versions[0].schema.openAPIV3Schema.properties.spec` has no `type` (no structural schema)",
        ),
        ("{type: thing}", "`spec.versions[0].schema.openAPIV3Schema.properties.spec.type` cannot be `thing` (no structural schema)"),
        (
            "{type: object, properties: [a]}",
            "`spec.versions[0].schema.openAPIV3Schema.properties.spec.properties` takes a mapping (no structural schema)",
        ),
        (
            "{type: integer, minimum: one}",
            "`spec.versions[0].schema.openAPIV3Schema.properties.spec.minimum` takes a number (no structural schema)",
        ),
        (
            "{type: array, items: {$ref: '#/x'}}",
            "`spec.versions[0].schema.openAPIV3Schema.properties.spec.items.$ref` is not allowed in a structural schema (no structural schema)",
        ),
        (
            "{type: object, allOf: [{required: [a]}, 3]}",
            "`spec.versions[0].schema.openAPIV3Schema.properties.spec.allOf[1]` is no schema: it takes a mapping (no structural schema)",
        ),
        ("text", "`spec.versions[0].schema.openAPIV3Schema.properties.spec` is no schema: it takes a mapping (no structural schema)"),
    ] {
        assert_eq!(judged(spec, "{a: [1]}"), [format!("invalid-manifest: {wanted}")], "{spec}");
    }
    // nobody is told of what is not used
    assert_eq!(said(&[("crd.yaml", &recording("{type: thing}"))]), [""; 0]);
    let none = recording("{}").replace("openAPIV3Schema", "somethingElse");
    let found = said(&[("crd.yaml", &none), ("a.yaml", &take("{}"))]);
    assert_eq!(found, ["invalid-manifest: `spec.versions[0].schema.openAPIV3Schema` is missing (no structural schema)"]);
    // of one that was given, the summary says so
    let dir = folder(&[("given.yaml", &recording("{type: thing}")), ("apps/a.yaml", &take("{}"))]);
    let run = meshgate(dir.path(), "lint --crd given.yaml apps");
    assert!(run.code == 0 && run.err.contains("hint: nothing is checked by a definition that is wrong"), "{run:?}");
}

#[test]
fn wrong_types_everywhere_are_no_panic() {
    let crd = recording(&with("{type: string, default: a, x-kubernetes-validations: [{rule: 'self != \"\"'}]}"));
    let lines: Vec<&str> = crd.lines().collect();
    for odd in ["[]", "{}", "3", "null", "'{{ x }}'", "[[a, b], {c: d}]", "\"\\u202e\\u0000\""] {
        for n in 2..lines.len() {
            let Some((key, _)) = lines[n].split_once(": ").or_else(|| Some((lines[n].strip_suffix(':')?, ""))) else { continue };
            let kept = &lines[..n];
            let text = format!("{}\n{key}: {odd}\n", kept.join("\n"));
            said(&[("crd.yaml", &text), ("a.yaml", &take("{it: 3}"))]);
            let schema = crd.replacen("{type: string, default: a", &format!("{{type: string, default: {odd}"), 1);
            said(&[("crd.yaml", &schema), ("a.yaml", &take("{}"))]);
        }
    }
    for key in [
        "required",
        "enum",
        "pattern",
        "items",
        "nullable",
        "allOf",
        "oneOf",
        "not",
        "x-kubernetes-validations",
        "x-kubernetes-list-map-keys",
        "additionalProperties",
        "format",
        "maxLength",
        "default",
    ] {
        for odd in [
            "[]",
            "{}",
            "-3",
            "1e400",
            "null",
            "[3, {a: b}]",
            "'('",
            "[null]",
            "{rule: {}}",
            "[{rule: 3}]",
            "[{rule: self, fieldPath: '[', messageExpression: '('}]",
        ] {
            judged(&with(&format!("{{type: string, {key}: {odd}}}")), "{it: b}");
            judged(&format!("{{type: object, {key}: {odd}}}"), "{it: b}");
        }
    }
}

#[test]
fn hostile_definitions_take_no_time() {
    let timed = |what: &str, crd: &str, document: &str| {
        let start = Instant::now();
        let found = said(&[("crd.yaml", crd), ("a.yaml", document)]);
        assert!(start.elapsed() < Duration::from_secs(if cfg!(debug_assertions) { 20 } else { 2 }), "{what}: {:?}", start.elapsed());
        found
    };
    let deep = format!("{}{{type: string}}{}", "{type: object, properties: {a: ".repeat(60), "}}".repeat(60));
    timed("deep", &recording(&deep), &take(&format!("{}b{}", "{a: ".repeat(60), "}".repeat(60))));
    let many: Vec<String> = (0..2000).map(|n| format!("a{n}: {{type: string, pattern: '^([a-z]{{50}}){{50}}x{n}$'}}")).collect();
    let all: Vec<String> = (0..2000).map(|n| format!("a{n}: bbb")).collect();
    timed(
        "patterns",
        &recording(&format!("{{type: object, properties: {{{}}}}}", many.join(", "))),
        &take(&format!("{{{}}}", all.join(", "))),
    );
    let any: Vec<String> = (0..2000).map(|n| format!("{{minimum: {n}, maximum: {n}}}")).collect();
    let choices = format!("{{type: array, items: {{type: integer, anyOf: [{}]}}}}", any.join(", "));
    timed("choices", &recording(&with(&choices)), &take(&format!("{{it: [{}]}}", vec!["5000"; 20_000].join(", "))));
    let list = format!("{{it: [{}]}}", (0..3000).map(|n| n.to_string()).collect::<Vec<_>>().join(", "));
    for rule in [
        "self.all(a, self.all(b, self.all(c, a + b + c >= 0)))",
        "self.all(a, self == self)",
        "self.map(a, self).map(b, b.map(c, self)).size() > 0",
        "'aaaaaaaaaa'.replace('a', 'aaaaaaaaaaaaaaaaaaaaaaaaa').replace('a', 'aaaaaaaaaaaaaaaaaaaaaaaaa').replace('a', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa').replace('a', 'aaaaaaaaaaaaaaaaaaaaaaaaa').size() > 0",
        "self.all(a, string(a).matches('^([a-z]{100}){100}$'))",
    ] {
        let schema = with(&format!("{{type: array, items: {{type: integer}}, x-kubernetes-validations: [{{rule: {rule:?}}}]}}"));
        timed(rule, &recording(&schema), &take(&list));
    }
    let parentheses = format!("{}true{}", "(".repeat(3000), ")".repeat(3000));
    timed("parentheses", &recording(&format!("{{type: object, x-kubernetes-validations: [{{rule: '{parentheses}'}}]}}")), &take("{}"));
    let filled = format!(
        "{{type: array, items: {{type: object, properties: {{b: {{type: array, items: {{type: integer}}, default: [{}]}}}}, x-kubernetes-validations: [{{rule: 'self.b.size() > 1'}}]}}}}",
        vec!["1"; 5000].join(", ")
    );
    timed("defaults", &recording(&with(&filled)), &take(&format!("{{it: [{}]}}", vec!["{}"; 5000].join(", "))));
}

#[test]
fn names_of_strangers_are_shown_safely() {
    let nasty = "\\u202e\\u001b[31mx\\n`y`";
    let crd = recording(&with(&format!("{{type: string, x-kubernetes-validations: [{{rule: 'false', message: \"{nasty}\"}}]}}")));
    let dir = folder(&[("crd.yaml", &crd), ("a.yaml", &take("{it: a}"))]);
    for format in ["full", "concise", "json", "sarif", "github", "gitlab", "junit"] {
        let run = meshgate(dir.path(), &format!("lint --output-format {format} ."));
        assert_eq!(run.code, 1, "{run:?}");
        assert!(!run.out.contains('\u{1b}') && !run.out.contains('\u{202e}'), "{format}: {}", run.out);
    }
}
