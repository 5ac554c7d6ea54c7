//! What is not in the input is unknown, not absent: how sure a finding is, by what the input shows.

use meshgate::checks::{Certainty, Severity};
use meshgate::lint::{Linted, Request, lint};
use meshgate::report::Sources;
use meshgate::text::MemoryWorld;

/// Lints files with everything shown that is possible.
fn run(files: &[(&str, &str)], change: impl FnOnce(&mut Request)) -> Linted {
    let mut request = Request { pedantic: true, ..Request::new(["."]) };
    change(&mut request);
    lint(&MemoryWorld::new(files.iter().copied()), &request).unwrap_or_else(|failure| panic!("{failure:?}"))
}

/// How sure the findings of one rule are, in the order of the files.
fn certainties(linted: &Linted, rule: &str) -> Vec<Certainty> {
    linted.findings.iter().filter(|f| &*f.rule == rule).map(|f| f.certainty).collect()
}

fn sure_of(files: &[(&str, &str)], rule: &str) -> Vec<Certainty> {
    certainties(&run(files, |_| {}), rule)
}

use Certainty::{Likely, Possible, Sure};

fn service(namespace: &str, name: &str) -> String {
    let namespace = if namespace.is_empty() { String::new() } else { format!(", namespace: {namespace}") };
    format!(
        "apiVersion: v1\nkind: Service\nmetadata: {{name: {name}{namespace}}}\nspec:\n  selector: {{app: {name}}}\n  ports: [{{port: 80, targetPort: 8080}}]\n"
    )
}

/// A route in a namespace to a backend in the same one.
fn route(namespace: &str, backend: &str, port: u16) -> String {
    let namespace = if namespace.is_empty() { String::new() } else { format!(", namespace: {namespace}") };
    format!(
        "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {{name: {backend}{namespace}}}\nspec:\n  parentRefs: [{{name: public, namespace: edge}}]\n  rules: [{{backendRefs: [{{name: {backend}, port: {port}}}]}}]\n"
    )
}

fn namespace(name: &str, labels: &str) -> String {
    format!("apiVersion: v1\nkind: Namespace\nmetadata: {{name: {name}, labels: {{{labels}}}}}\n")
}

const AMBIENT: &str = "istio.io/dataplane-mode: ambient";
const NOT_FOUND: &str = "backend-service-not-found";
const TARGET_PORT: &str = "backend-port-is-target-port";
const DUPLICATE: &str = "duplicate-resource";
const NOT_IN_MESH: &str = "gateway-not-in-mesh";

// --- contents ---

#[test]
fn absent_is_missing_when_the_input_is_complete() {
    let route = route("shop", "cart", 80);
    assert_eq!(certainties(&run(&[("r.yaml", &route)], |request| request.complete = true), NOT_FOUND), [Sure]);
    let config = "assume: {complete: true}\n";
    assert_eq!(sure_of(&[("r.yaml", &route), ("meshgate.yaml", config)], NOT_FOUND), [Sure]);
}

#[test]
fn a_near_name_in_that_namespace_is_a_typo() {
    let route = route("shop", "checkuot", 80);
    assert_eq!(sure_of(&[("r.yaml", &route), ("s.yaml", &service("shop", "checkout"))], NOT_FOUND), [Sure]);
    // in another namespace it says nothing
    assert_eq!(sure_of(&[("r.yaml", &route), ("s.yaml", &service("bank", "checkout"))], NOT_FOUND), [Possible]);
}

#[test]
fn where_others_of_its_kind_are_it_is_likely_missing() {
    let route = route("shop", "cart", 80);
    let linted = run(&[("r.yaml", &route), ("s.yaml", &service("shop", "payments"))], |_| {});
    assert_eq!(certainties(&linted, NOT_FOUND), [Likely]);
    let severity = linted.findings.iter().find(|f| &*f.rule == NOT_FOUND).map(|f| f.severity);
    assert_eq!(severity, Some(Severity::Warning), "one step below the rule's");
    // a Deployment of that name is no Service
    let deployment = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: payments, namespace: shop}\nspec:\n  selector: {matchLabels: {app: a}}\n  template: {metadata: {labels: {app: a}}, spec: {containers: [{name: a, image: a}]}}\n";
    assert_eq!(sure_of(&[("r.yaml", &route), ("d.yaml", deployment)], NOT_FOUND), [Possible]);
}

#[test]
fn where_something_was_skipped_it_is_only_possible() {
    let (route, other) = (route("shop", "cart", 80), service("shop", "payments"));
    let template = "apiVersion: v1\nkind: Service\nmetadata:\n  name: {{ .Values.name }}\n  namespace: shop\n";
    let broken = "apiVersion: v1\nkind: Service\nmetadata:\n  namespace: shop\n  name: [\n";
    for skipped in [template, broken] {
        assert_eq!(sure_of(&[("r.yaml", &route), ("s.yaml", &other), ("t.yaml", skipped)], NOT_FOUND), [Possible], "{skipped}");
    }
    // not when it stands in another namespace
    let elsewhere = template.replace("shop", "bank");
    assert_eq!(sure_of(&[("r.yaml", &route), ("s.yaml", &other), ("t.yaml", &elsewhere)], NOT_FOUND), [Likely]);
}

#[test]
fn in_a_namespace_of_which_nothing_is_shown_it_is_only_possible() {
    let linted = run(&[("r.yaml", &route("shop", "cart", 80))], |_| {});
    assert_eq!(certainties(&linted, NOT_FOUND), [Possible]);
    assert_eq!(linted.worst, None, "what is possible fails no run");
    let shown = run(&[("r.yaml", &route("shop", "cart", 80))], |request| request.pedantic = false);
    assert!(shown.findings.is_empty() && shown.summary.hidden > 0);
    assert!(shown.summary.outside_references > 0);
}

#[test]
fn pods_are_not_missed_without_complete() {
    let named = service("shop", "cart").replace("targetPort: 8080", "targetPort: web");
    let other = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: payments, namespace: shop}\nspec:\n  selector: {matchLabels: {app: payments}}\n  template: {metadata: {labels: {app: payments}}, spec: {containers: [{name: a, image: a}]}}\n";
    let linted = run(&[("s.yaml", &named), ("d.yaml", other)], |_| {});
    assert!(linted.worst.is_none(), "an operator may make the pods: {:?}", linted.findings);
}

#[test]
fn what_broke_is_reported_once_and_not_missed() {
    let broken = service("shop", "cart").replace("ports: [{port: 80, targetPort: 8080}]", "ports: none");
    let linted = run(&[("r.yaml", &route("shop", "cart", 80)), ("s.yaml", &broken)], |request| request.complete = true);
    let rules: Vec<&str> = linted.findings.iter().map(|f| &*f.rule).filter(|rule| *rule != "route-parent-unknown").collect();
    assert_eq!(rules, ["invalid-manifest"]);
}

// --- labels ---

/// A kgateway Gateway in `edge` that leads to an enrolled `shop/cart`.
fn edge() -> Vec<(&'static str, String)> {
    let gateway = "apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: public, namespace: edge}\nspec:\n  gatewayClassName: kgateway\n  listeners: [{name: http, protocol: HTTP, port: 80, allowedRoutes: {namespaces: {from: All}}}]\n";
    let deployment = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: cart, namespace: shop}\nspec:\n  selector: {matchLabels: {app: cart}}\n  template: {metadata: {labels: {app: cart}}, spec: {containers: [{name: a, image: a, ports: [{containerPort: 8080}]}]}}\n";
    vec![
        ("gateway.yaml", gateway.to_owned()),
        ("route.yaml", route("shop", "cart", 80)),
        ("cart.yaml", service("shop", "cart")),
        ("pods.yaml", deployment.to_owned()),
        ("shop.yaml", namespace("shop", AMBIENT)),
    ]
}

fn edge_with(more: &[(&'static str, &str)]) -> Vec<Certainty> {
    let mut files = edge();
    files.extend(more.iter().map(|(path, text)| (*path, (*text).to_owned())));
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
    sure_of(&files, NOT_IN_MESH).into_iter().filter(|certainty| *certainty > Possible).collect()
}

#[test]
fn labels_of_a_namespace_are_known_from_its_object_or_from_assume() {
    assert_eq!(edge_with(&[]), [], "nothing says how `edge` is labelled");
    assert_eq!(edge_with(&[("edge.yaml", &namespace("edge", ""))]), [Sure]);
    assert_eq!(edge_with(&[("meshgate.yaml", "assume: {namespaces: {edge: {}}}\n")]), [Sure]);
    assert_eq!(edge_with(&[("meshgate.yaml", &format!("assume: {{namespaces: {{edge: {{labels: {{{AMBIENT}}}}}}}}}\n"))]), []);
}

#[test]
fn what_the_input_declares_wins_over_what_is_assumed() {
    let assumed = "assume: {namespaces: {edge: {}}}\n";
    assert_eq!(edge_with(&[("edge.yaml", &namespace("edge", AMBIENT)), ("meshgate.yaml", assumed)]), []);
    let assumed = format!("assume: {{namespaces: {{edge: {{labels: {{{AMBIENT}}}}}}}}}\n");
    assert_eq!(edge_with(&[("edge.yaml", &namespace("edge", "")), ("meshgate.yaml", &assumed)]), [Sure]);
}

#[test]
fn a_class_that_nothing_shows_decides_nothing() {
    let mut files = edge();
    files.push(("edge.yaml", namespace("edge", "")));
    for (_, text) in &mut files {
        *text = text.replace("gatewayClassName: kgateway", "gatewayClassName: our-own");
    }
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
    assert!(sure_of(&files, NOT_IN_MESH).iter().all(|c| *c == Possible), "it may tunnel by itself");
}

// --- namespaces that manifests leave out ---

#[test]
fn a_folder_without_namespaces_is_one_of_its_own() {
    let (service, route) = (service("", "cart"), route("", "cart", 8080));
    assert_eq!(sure_of(&[("a/s.yaml", &service), ("a/r.yaml", &route)], TARGET_PORT), [Sure], "one folder is one namespace");
    let apart = sure_of(&[("a/s.yaml", &service), ("b/r.yaml", &route)], TARGET_PORT);
    assert!(apart.iter().all(|certainty| *certainty == Possible), "two may be two: {apart:?}");
    let known = self::service("shop", "cart");
    let apart = sure_of(&[("a/s.yaml", &known), ("a/r.yaml", &route)], TARGET_PORT);
    assert!(apart.iter().all(|certainty| *certainty == Possible), "it is equal to no known one: {apart:?}");
    // and nobody is missed there
    assert!(sure_of(&[("a/s.yaml", &known), ("b/r.yaml", &route)], NOT_FOUND).iter().all(|c| *c == Possible));
    assert_eq!(sure_of(&[("a/s.yaml", &service), ("b/s.yaml", &service)], DUPLICATE), []);
}

#[test]
fn the_kustomization_says_it_first_then_the_flag_then_the_settings() {
    let (service, route) = (service("", "cart"), route("shop", "cart", 8080));
    let kustomization = "resources: [s.yaml]\nnamespace: shop\n";
    let settings = |namespace: &str| format!("namespaces: [{{paths: [.], namespace: {namespace}}}]\n");
    let found = |kustomized: bool, flag: Option<&str>, settings: &str| {
        let mut files = vec![("a/s.yaml", service.as_str()), ("b/r.yaml", route.as_str()), ("meshgate.yaml", settings)];
        if kustomized {
            files.push(("a/kustomization.yaml", kustomization));
        }
        let linted = run(&files, |request| request.namespace = flag.map(ToOwned::to_owned));
        certainties(&linted, TARGET_PORT).contains(&Sure)
    };
    assert!(!found(false, None, "{}"));
    assert!(found(true, None, "{}"));
    assert!(found(true, Some("bank"), &settings("bank")), "the kustomization first");
    assert!(found(false, Some("shop"), &settings("bank")), "then the flag");
    assert!(!found(false, Some("bank"), &settings("shop")));
    assert!(found(false, None, &settings("shop")), "then the settings");
}

#[test]
fn objects_of_the_whole_cluster_have_no_namespace() {
    let linted = run(&[("a/n.yaml", &namespace("shop", "")), ("b/n.yaml", &namespace("shop", ""))], |_| {});
    assert_eq!(certainties(&linted, DUPLICATE).len(), 1, "in whatever folders they stand");
}

// --- kustomizations ---

#[test]
fn inputs_of_kustomizations_are_no_resources() {
    let wrong = route("shop", "cart", 8080);
    for list in [
        "patches: [{path: x.yaml}]",
        "patchesStrategicMerge: [x.yaml]",
        "patchesJson6902: [{path: x.yaml, target: {kind: HTTPRoute, name: cart, version: v1}}]",
        "replacements: [{path: x.yaml}]",
        "configurations: [x.yaml]",
    ] {
        let kustomization = format!("resources: [s.yaml]\n{list}\n");
        let files = [("a/kustomization.yaml", kustomization.as_str()), ("a/s.yaml", &service("shop", "cart")), ("a/x.yaml", &wrong)];
        let linted = run(&files, |_| {});
        assert!(linted.findings.is_empty(), "{list}: {:?}", linted.findings);
    }
    let files = [("a/kustomization.yaml", "resources: [s.yaml, x.yaml]\n"), ("a/s.yaml", &service("shop", "cart")), ("a/x.yaml", &wrong)];
    assert_eq!(sure_of(&files, TARGET_PORT), [Sure]);
}

#[test]
fn resources_of_different_roots_are_no_duplicates() {
    let cart = service("shop", "cart");
    let plain = [("east/s.yaml", cart.as_str()), ("west/s.yaml", &cart)];
    // folders of a tree are often environments
    assert_eq!(sure_of(&plain, DUPLICATE), [Possible]);
    let list = "resources: [s.yaml]\n";
    let rooted = [plain[0], plain[1], ("east/kustomization.yaml", list), ("west/kustomization.yaml", list)];
    assert_eq!(sure_of(&rooted, DUPLICATE), []);
    let twice = [("east/s.yaml", cart.as_str()), ("east/t.yaml", &cart), ("east/kustomization.yaml", "resources: [s.yaml, t.yaml]\n")];
    assert_eq!(sure_of(&twice, DUPLICATE), [Sure], "within one root they are");
}

#[test]
fn in_a_base_that_an_overlay_changes_nothing_is_sure() {
    let base = format!("{}---\n{}", service("shop", "cart"), route("shop", "cart", 8080));
    let kustomization = "resources: [all.yaml]\n";
    let overlay = "resources: [../base]\npatches: [{target: {kind: HTTPRoute}, patch: '[]'}]\n";
    let files = [("base/all.yaml", base.as_str()), ("base/kustomization.yaml", kustomization), ("prod/kustomization.yaml", overlay)];
    let linted = run(&files, |_| {});
    assert_eq!(certainties(&linted, TARGET_PORT), [Likely]);
    assert!(linted.summary.hints.iter().any(|hint| hint.contains("kustomize build DIR | meshgate lint -")), "{:?}", linted.summary.hints);
    let patched = overlay.replace("'[]'", "'[{op: replace, path: /spec/rules/0/backendRefs/0/port, value: 80}]'");
    let mut with_a_patch = files;
    with_a_patch[2].1 = &patched;
    assert_eq!(certainties(&run(&with_a_patch, |_| {}), TARGET_PORT), [Possible], "the overlay says what the field is");
    let elsewhere = patched.replace("/spec/rules/0/backendRefs/0/port", "/spec/hostnames/0");
    with_a_patch[2].1 = &elsewhere;
    assert_eq!(certainties(&run(&with_a_patch, |_| {}), TARGET_PORT), [Likely], "another field is patched");
    let component = [
        ("prod/kustomization.yaml", "resources: [../base]\ncomponents: [../part]\n"),
        ("part/kustomization.yaml", "kind: Component\npatches: [{target: {kind: HTTPRoute}, path: p.yaml}]\n"),
        ("part/p.yaml", "- {op: replace, path: /spec/rules/0/backendRefs/0/port, value: 80}\n"),
    ];
    let with_a_component: Vec<_> = files[..2].iter().chain(&component).copied().collect();
    assert_eq!(certainties(&run(&with_a_component, |_| {}), TARGET_PORT), [Possible], "a component of the overlay patches it");
    let linted = run(&files[..2], |_| {});
    assert_eq!(certainties(&linted, TARGET_PORT), [Sure], "without the overlay it is");
    assert!(linted.summary.hints.is_empty());
}

// --- clusters ---

#[test]
fn a_path_in_no_cluster_is_in_all_and_one_in_several_in_each() {
    let (cart, wrong) = (service("shop", "cart"), route("shop", "cart", 8080));
    let clusters = |east: &str, west: &str| format!("clusters: [{{name: east, paths: [{east}]}}, {{name: west, paths: [{west}]}}]\n");
    let found = |config: &str| {
        let linted = run(&[("a/s.yaml", &cart), ("b/r.yaml", &wrong), ("meshgate.yaml", config)], |_| {});
        certainties(&linted, TARGET_PORT)
    };
    assert_eq!(found("{}\n"), [Sure], "one cluster unless said otherwise");
    let apart = found(&clusters("a", "b"));
    assert!(apart.iter().all(|certainty| *certainty == Possible), "{apart:?}");
    assert_eq!(found(&clusters("other", "b")), [Sure], "the Service is in all clusters");
    assert_eq!(found(&clusters("'a', b", "a")), [Sure], "the Service is in both, and the finding said once");
    let both = [("a/s.yaml", cart.as_str()), ("b/s.yaml", &cart), ("meshgate.yaml", &clusters("a", "b"))];
    assert_eq!(sure_of(&both, DUPLICATE), [], "one in each cluster");
}

// --- versions ---

const KNOWN_ISSUE: &str = "named-target-port-known-issue";

/// A global Service with a named target port, under some settings.
fn global(more: &[(&str, &str)]) -> Linted {
    let cart = service("shop", "cart")
        .replace("namespace: shop}", "namespace: shop, labels: {solo.io/service-scope: global}}")
        .replace("8080", "web");
    let pods = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: cart, namespace: shop}\nspec:\n  selector: {matchLabels: {app: cart}}\n  template: {metadata: {labels: {app: cart}}, spec: {containers: [{name: a, image: a, ports: [{name: web, containerPort: 8080}]}]}}\n";
    let shop = namespace("shop", AMBIENT);
    let files: Vec<(&str, &str)> =
        [("s.yaml", cart.as_str()), ("p.yaml", pods), ("n.yaml", &shop)].into_iter().chain(more.iter().copied()).collect();
    run(&files, |_| {})
}

#[test]
fn a_version_decides_and_an_unknown_one_is_asked_for() {
    let with = |mesh: &str| global(&[("meshgate.yaml", &format!("mesh: {{{mesh}}}\n"))]);
    assert_eq!(certainties(&with("distribution: solo, version: 1.29.1-solo"), KNOWN_ISSUE), [Sure]);
    assert_eq!(certainties(&with("distribution: solo, version: 1.29.3-solo"), KNOWN_ISSUE), []);
    assert_eq!(certainties(&with("distribution: solo, version: '1.27'"), KNOWN_ISSUE), []);
    let unknown = with("distribution: solo");
    assert!(certainties(&unknown, KNOWN_ISSUE).iter().all(|c| *c == Possible), "{:?}", unknown.findings);
    assert!(
        unknown.summary.hints.iter().any(|hint| hint.contains("`mesh.version`") && hint.contains("meshgate.yaml")),
        "{:?}",
        unknown.summary.hints
    );
}

#[test]
fn a_version_is_read_off_the_input() {
    let values = "global:\n  hub: us-docker.pkg.dev/soloio-img/istio\n  tag: 1.29.1-solo\n  network: n\nenv:\n  PILOT_ENABLE_IP_AUTOALLOCATE: \"true\"\nplatforms:\n  peering:\n    enabled: true\n";
    assert_eq!(certainties(&global(&[("istiod/values.yaml", values)]), KNOWN_ISSUE), [Sure]);
    assert_eq!(certainties(&global(&[("istiod/values.yaml", &values.replace("1.29.1", "1.29.3"))]), KNOWN_ISSUE), []);
    // the settings say it better
    let settings = ("meshgate.yaml", "mesh: {version: 1.29.3-solo, distribution: solo}\n");
    assert_eq!(certainties(&global(&[("istiod/values.yaml", values), settings]), KNOWN_ISSUE), []);
}

#[test]
fn every_finding_has_a_place_in_the_input() {
    let linted = run(&[("a/r.yaml", &route("shop", "cart", 80))], |request| request.complete = true);
    assert!(!linted.findings.is_empty());
    assert!(linted.findings.iter().all(|f| linted.texts.path(f.primary.place.file()) == "a/r.yaml"));
}
