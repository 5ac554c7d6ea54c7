//! Known issues and rules of the user's own, as `meshgate.yaml` names them.
#![expect(clippy::unwrap_used, reason = "tests")]

mod support;

use support::{folder, meshgate};

const ROUTES: &str = "\
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: cart, namespace: shop}
spec:
  parentRefs: [{name: public, namespace: edge}]
  hostnames: [cart.example.net]
  rules: [{backendRefs: [{name: cart, port: 80}]}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: tills, namespace: shop, labels: {team: desk}}
spec:
  parentRefs: [{name: public, namespace: edge}]
  hostnames: [tills.example.com]
  rules: [{backendRefs: [{name: tills, port: 80}]}]
";

const RULES: &str = "\
- name: hostname-of-ours
  severity: error
  match: {kinds: [HTTPRoute]}
  expression: has(self.spec.hostnames) && self.spec.hostnames.all(h, h.endsWith('.example.com'))
  message: a hostname outside of example.com
  place: spec.hostnames
  help: use a name under example.com
- name: team-label
  severity: warning
  match: {kinds: [gateway.networking.k8s.io/HTTPRoute, Gateway]}
  expression: has(self.metadata.labels) && 'team' in self.metadata.labels
  message: no label `team`
  place: metadata.labels
";

fn lint(files: &[(&str, &str)], args: &str) -> (i32, String, String) {
    let dir = folder(files);
    let run = meshgate(dir.path(), &format!("lint --output-format concise {args}"));
    (run.code, run.out, run.err)
}

#[test]
fn rules_of_ones_own() {
    let config = "customRules: [policy/rules.yaml]\nexclude: [policy]\n";
    let (code, out, _) = lint(&[("meshgate.yaml", config), ("policy/rules.yaml", RULES), ("a.yaml", ROUTES)], ".");
    assert_eq!(code, 1, "{out}");
    assert!(out.contains("a.yaml:6:14: error[hostname-of-ours]: HTTPRoute `shop/cart`: a hostname outside of example.com"), "{out}");
    assert!(out.contains("a.yaml:3:11: warning[team-label]: HTTPRoute `shop/cart`: no label `team`"), "{out}");
    assert_eq!(out.lines().filter(|line| line.contains("[hostname-of-ours]") || line.contains("[team-label]")).count(), 2, "{out}");
}

#[test]
fn their_names_are_names_like_others() {
    let config = "customRules: [policy/rules.yaml]\nexclude: [policy]\nrules: {hostname-of-ours: off, team-label: info}\n";
    let (code, out, _) = lint(&[("meshgate.yaml", config), ("policy/rules.yaml", RULES), ("a.yaml", ROUTES)], ".");
    assert_eq!(code, 0, "{out}");
    assert!(!out.contains("hostname-of-ours") && out.contains("info[team-label]"), "{out}");
    let ignored = ROUTES.replace("  hostnames: [cart", "  # meshgate: ignore[hostname-of-ours] an old name, until May\n  hostnames: [cart");
    let config = "customRules: [policy/rules.yaml]\nexclude: [policy]\n";
    let (_, out, _) = lint(&[("meshgate.yaml", config), ("policy/rules.yaml", RULES), ("a.yaml", &ignored)], ".");
    assert!(!out.contains("hostname-of-ours") && !out.contains("unused-ignore"), "{out}");
}

#[test]
fn every_format_takes_them() {
    let config = "customRules: [policy/rules.yaml]\nexclude: [policy]\n";
    for format in ["full", "concise", "json", "sarif", "github", "gitlab", "junit"] {
        let dir = folder(&[("meshgate.yaml", config), ("policy/rules.yaml", RULES), ("a.yaml", ROUTES)]);
        let run = meshgate(dir.path(), &format!("lint --output-format {format} ."));
        assert_eq!(run.code, 1, "{format}: {run:?}");
        assert!(run.out.contains("hostname-of-ours") || run.out.contains("outside of example.com"), "{format}: {}", run.out);
    }
}

#[test]
fn what_is_wrong_with_their_files_is_said_with_its_place() {
    let cases = [
        ("customRules: [policy/none.yaml]\n", RULES, "meshgate.yaml:1:15", "cannot be read"),
        (
            "customRules: [policy/rules.yaml]\n",
            "- name: a\n  match: {kinds: [Gateway]}\n  expression: self.spec.\n  message: m\n",
            "rules.yaml:3:15",
            "no CEL expression",
        ),
        ("customRules: [policy/rules.yaml]\n", "- nam: a\n", "rules.yaml:1:3", "nam"),
        (
            "customRules: [policy/rules.yaml]\n",
            "- name: backend-port-missing\n  match: {kinds: [Gateway]}\n  expression: 'true'\n  message: m\n",
            "rules.yaml:1:9",
            "already",
        ),
        (
            "knownIssues: [policy/rules.yaml]\n",
            "- name: x\n  product: istio\n  affected: soon\n  trigger: segment\n  fault: f\n  advice: a\n  run-time: r\n",
            "rules.yaml:3:13",
            "affected",
        ),
        (
            "knownIssues: [policy/rules.yaml]\n",
            "- name: x\n  product: istio\n  affected: <1.2.0\n  trigger: none-such\n  fault: f\n  advice: a\n  run-time: r\n",
            "rules.yaml:4:12",
            "none-such",
        ),
    ];
    for (config, rules, place, words) in cases {
        let (code, _, err) = lint(&[("meshgate.yaml", config), ("policy/rules.yaml", rules), ("a.yaml", ROUTES)], "a.yaml");
        assert_eq!(code, 2, "{err}");
        assert!(err.contains(place) && err.contains(words), "{config}{rules}\n{err}");
    }
}

#[test]
fn known_issues_of_ones_own() {
    let issues = "\
- name: accounts-in-policies
  product: istio
  affected: \">=1.29.0 <1.29.9\"
  fixed: [1.29.9]
  severity: warning
  trigger: policy-with-service-accounts
  fault: \"does with {subject} what it should not: {cause}\"
  advice: upgrade
  run-time: something happens
";
    let policy = "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: desk, namespace: shop}\nspec: {rules: [{from: [{source: {serviceAccounts: [desk/desk]}}]}]}\n";
    let config = |version: &str| format!("knownIssues: [policy/issues.yaml]\nexclude: [policy]\nmesh: {{version: {version}}}\n");
    let (_, out, _) = lint(&[("meshgate.yaml", &config("1.29.5")), ("policy/issues.yaml", issues), ("a.yaml", policy)], ".");
    assert!(
        out.contains("warning[accounts-in-policies]: Istio 1.29.5 does with AuthorizationPolicy `shop/desk` what it should not"),
        "{out}"
    );
    let (_, out, _) = lint(&[("meshgate.yaml", &config("1.29.9")), ("policy/issues.yaml", issues), ("a.yaml", policy)], ".");
    assert!(!out.contains("accounts-in-policies"), "{out}");
}

/// The rules of docs/configuration.md, joined into one file.
#[test]
fn the_documented_rules_work() {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/configuration.md")).unwrap();
    let section = text.split("### `customRules`").nth(1).unwrap().split("### `exclude`").next().unwrap();
    let blocks: Vec<&str> = section.split("```yaml\n").skip(1).map(|b| b.split("```").next().unwrap()).collect();
    let rules: String = blocks.into_iter().filter(|block| block.starts_with("- name")).collect();
    let gateway = "---\napiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: public, namespace: edge, labels: {team: edge}}\nspec:\n  gatewayClassName: istio\n  listeners: [{name: http, port: 80, protocol: HTTP, allowedRoutes: {namespaces: {from: All}}}]\n";
    let files = [
        ("meshgate.yaml", "customRules: [policy/rules.yaml]\nexclude: [policy]\n"),
        ("policy/rules.yaml", rules.as_str()),
        ("a.yaml", &format!("{ROUTES}{gateway}")),
    ];
    let (_, out, err) = lint(&files, ".");
    let of = |rule: &str| out.lines().filter(|line| line.contains(rule)).collect::<Vec<_>>();
    assert!(matches!(of("[hostname-of-ours]").as_slice(), [one] if one.starts_with("a.yaml:6:")), "{out}{err}");
    assert!(matches!(of("[gateway-without-tls]").as_slice(), [one] if one.contains("Gateway `edge/public`")), "{out}{err}");
    assert!(matches!(of("[team-label]").as_slice(), [one] if one.contains("HTTPRoute `shop/cart`")), "{out}{err}");
}
