//! Which changes a fix makes, where more than one would do or none is right: what the rules decide, not how it is written.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::fmt::Write as _;

use meshgate::checks::{Applicability, Edit, Finding};
use meshgate::lint::{Linted, Request, lint};
use meshgate::report::Sources;
use meshgate::text::MemoryWorld;
use meshgate::yaml::{self, patch};

fn run(files: &[(&str, &str)]) -> Linted {
    let world = MemoryWorld::new(files.iter().copied());
    let request = Request { pedantic: true, ..Request::new(["."]) };
    lint(&world, &request).unwrap_or_else(|failure| panic!("{failure:?}"))
}

/// The fixes of a rule's findings, one a line: the level, then each edit. Nodes are shown by the beginning of what stands there.
fn fixes(files: &[(&str, &str)], rule: &str) -> String {
    let linted = run(files);
    let mut out = String::new();
    for finding in linted.findings.iter().filter(|f| &*f.rule == rule) {
        _ = writeln!(out, "{}", fix_of(finding, &linted));
    }
    out
}

fn fix_of(finding: &Finding, linted: &Linted) -> String {
    let Some(fix) = finding.fixes.first() else { return "none".to_owned() };
    let level = match fix.applicability {
        Applicability::Safe => "safe",
        Applicability::Unsafe => "unsafe",
        Applicability::Manual => "manual",
    };
    let edits = fix.edits.iter().map(|edit| match edit {
        Edit::Change { file, edit } => change(linted.texts.text(*file).unwrap(), edit),
        Edit::NewFile { shown, .. } => format!("new {shown}"),
        Edit::Create { .. } => panic!("not settled"),
    });
    std::iter::once(level.to_owned()).chain(edits).collect::<Vec<_>>().join(" | ")
}

fn change(text: &str, edit: &patch::Edit) -> String {
    let tree = yaml::read(text);
    let at = |node: &u32| {
        let span = tree.span(*node);
        text[span.start as usize..span.end as usize].lines().next().unwrap().trim_end().to_owned()
    };
    match edit {
        patch::Edit::Set { node, value } => format!("set {} = {value}", at(node)),
        patch::Edit::Insert { map, path, value } => format!("insert [{}] {} = {value}", at(map), path.join("/")),
        patch::Edit::Append { map, path, value } => format!("append [{}] {} + {value}", at(map), path.join("/")),
        patch::Edit::Remove { node } => format!("remove {}", at(node)),
        patch::Edit::Rename { value, key } => format!("rename to {key}: {}", at(value)),
        patch::Edit::Comment { content, .. } => format!("comment {content:?}"),
        patch::Edit::AddDocument { value, .. } => {
            let spec = value.get("spec").map(ToString::to_string).unwrap_or_default();
            format!("create {} {spec}", value["metadata"]["name"].as_str().unwrap())
        }
    }
}

fn gateway(class: &str, listeners: &str) -> String {
    format!(
        "---\napiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {{name: public, namespace: edge}}\n\
         spec: {{gatewayClassName: {class}, listeners: [{listeners}]}}\n"
    )
}

fn open_gateway(class: &str) -> String {
    gateway(class, "{name: http, port: 80, protocol: HTTP, allowedRoutes: {namespaces: {from: All}}}")
}

fn service(name: &str, namespace: &str) -> String {
    format!(
        "---\napiVersion: v1\nkind: Service\nmetadata: {{name: {name}, namespace: {namespace}}}\n\
         spec: {{selector: {{app: {name}}}, ports: [{{port: 80, targetPort: 8080}}]}}\n"
    )
}

/// A route of a kind, in a namespace, to Gateway `edge/public`, with one backend.
fn route(kind: &str, name: &str, namespace: &str, more: &str, backend: &str) -> String {
    format!(
        "---\napiVersion: gateway.networking.k8s.io/v1\nkind: {kind}\nmetadata: {{name: {name}, namespace: {namespace}}}\n\
         spec: {{parentRefs: [{{name: public, namespace: edge{more}}}], rules: [{{backendRefs: [{{{backend}}}]}}]}}\n"
    )
}

fn grant(name: &str, from: &str, to: &str) -> String {
    format!(
        "---\napiVersion: gateway.networking.k8s.io/v1beta1\nkind: ReferenceGrant\nmetadata: {{name: {name}, namespace: shop}}\n\
         spec:\n  from: [{from}]\n  to: [{to}]\n"
    )
}

const HTTP_FROM_EDGE: &str = "{group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: edge}";
const HTTP_FROM_QUAY: &str = "{group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: quay}";
const TO_STOCK: &str = "{group: \"\", kind: Service, name: stock}";
const TO_CART: &str = "{group: \"\", kind: Service, name: cart}";

/// The fix for a route from `edge` to Service `shop/cart`, with these grants in `shop`.
fn grant_fix(class: &str, kind: &str, grants: &str) -> String {
    let files = [open_gateway(class), service("cart", "shop"), service("stock", "shop"), grants.to_owned()].concat();
    let text = files + &route(kind, "cart", "edge", "", "name: cart, namespace: shop, port: 80");
    fixes(&[("all.yaml", &text)], "reference-grant-missing")
}

const NEW: &str = "unsafe | create cart-from-edge {\"from\":[{\"group\":\"gateway.networking.k8s.io\",\"kind\":\"HTTPRoute\",\"namespace\":\"edge\"}],\
                   \"to\":[{\"group\":\"\",\"kind\":\"Service\",\"name\":\"cart\"}]}\n";

#[test]
fn a_grant_is_made_where_none_is_nearly_right() {
    assert_eq!(grant_fix("kgateway", "HTTPRoute", ""), NEW);
    // of several under `to` Istio before 1.30 reads the last, and which version runs is not known
    assert_eq!(grant_fix("istio", "HTTPRoute", &grant("g", HTTP_FROM_EDGE, TO_STOCK)), NEW);
    // it would open Service `cart` to `quay` as well
    assert_eq!(grant_fix("kgateway", "HTTPRoute", &grant("g", &format!("{HTTP_FROM_EDGE}, {HTTP_FROM_QUAY}"), TO_STOCK)), NEW);
    // it would open Service `stock` as well
    assert_eq!(grant_fix("kgateway", "HTTPRoute", &grant("g", HTTP_FROM_QUAY, &format!("{TO_CART}, {TO_STOCK}"))), NEW);
}

#[test]
fn a_new_grant_has_a_name_of_its_own() {
    let taken = grant("cart-from-edge", HTTP_FROM_QUAY, TO_STOCK);
    assert_eq!(grant_fix("kgateway", "HTTPRoute", &taken), NEW.replace("cart-from-edge", "cart-from-edge-2"));
    let grpc = NEW.replace("HTTPRoute", "GRPCRoute").replace("cart-from-edge", "cart-from-edge-grpcroute");
    assert_eq!(grant_fix("kgateway", "GRPCRoute", ""), grpc);
}

#[test]
fn a_grant_that_is_nearly_right_gets_the_entry() {
    let to = "unsafe | append [apiVersion: gateway.networking.k8s.io/v1beta1] spec/to + {\"group\":\"\",\"kind\":\"Service\",\"name\":\"cart\"}\n";
    assert_eq!(grant_fix("kgateway", "HTTPRoute", &grant("g", HTTP_FROM_EDGE, TO_STOCK)), to);
    let from = "unsafe | append [apiVersion: gateway.networking.k8s.io/v1beta1] spec/from + \
                {\"group\":\"gateway.networking.k8s.io\",\"kind\":\"HTTPRoute\",\"namespace\":\"edge\"}\n";
    assert_eq!(grant_fix("istio", "HTTPRoute", &grant("g", HTTP_FROM_QUAY, TO_CART)), from);
}

#[test]
fn routes_of_one_namespace_want_the_same_grant() {
    let one = |name: &str| route("HTTPRoute", name, "edge", "", "name: cart, namespace: shop, port: 80");
    let text = [open_gateway("kgateway"), service("cart", "shop"), one("a"), one("b")].concat();
    assert_eq!(fixes(&[("all.yaml", &text)], "reference-grant-missing"), [NEW, NEW].concat());
}

/// The fix for a route in `shop` to Gateway `edge/public` with these listeners.
fn namespace_fix(listeners: &str, namespace: &str, more: &str) -> String {
    let text =
        [namespace.to_owned(), gateway("istio", listeners), route("HTTPRoute", "cart", "shop", more, "name: cart, port: 80")].concat();
    fixes(&[("all.yaml", &text)], "route-namespace-not-allowed")
}

fn by_name(names: &str) -> String {
    format!("{{\"matchExpressions\":[{{\"key\":\"kubernetes.io/metadata.name\",\"operator\":\"In\",\"values\":[{names}]}}]}}")
}

fn selecting(selector: &str) -> String {
    format!("{{name: http, port: 80, protocol: HTTP, allowedRoutes: {{namespaces: {{from: Selector, selector: {selector}}}}}}}")
}

#[test]
fn every_listener_that_would_take_the_route_admits_its_namespace() {
    let insert = |listener: &str| {
        let value = format!("{{\"from\":\"Selector\",\"selector\":{}}}", by_name("\"edge\",\"shop\""));
        format!(" | insert [{listener}] allowedRoutes/namespaces = {value}")
    };
    let (http, https) = ("{name: http, port: 80, protocol: HTTP}", "{name: tls, port: 443, protocol: HTTPS}");
    let tcp = "{name: raw, port: 90, protocol: TCP}";
    let all = format!("{http}, {https}, {tcp}");
    assert_eq!(namespace_fix(&all, "", ""), format!("unsafe{}{}\n", insert(http), insert(https)));
    assert_eq!(namespace_fix(&all, "", ", sectionName: tls"), format!("unsafe{}\n", insert(https)));
    assert_eq!(namespace_fix(&all, "", ", port: 80"), format!("unsafe{}\n", insert(http)));
    // no listener would take it all the same
    assert_eq!(namespace_fix(tcp, "", ""), "manual\n");
}

#[test]
fn a_selector_by_name_takes_one_more_name() {
    let labels = "{matchLabels: {kubernetes.io/metadata.name: ferry}}";
    let set = format!("unsafe | set {labels} = {}\n", by_name("\"ferry\",\"shop\""));
    assert_eq!(namespace_fix(&selecting(labels), "", ""), set);
    let item = "{key: kubernetes.io/metadata.name, operator: In, values: [ferry]}";
    let expression = selecting(&format!("{{matchExpressions: [{item}]}}"));
    assert_eq!(namespace_fix(&expression, "", ""), format!("unsafe | append [{item}] values + \"shop\"\n"));
}

#[test]
fn a_namespace_gets_the_labels_it_lacks_and_no_other_value() {
    let gate = selecting("{matchLabels: {expose: \"true\", tier: web}}");
    let namespace = |labels: &str| format!("---\napiVersion: v1\nkind: Namespace\nmetadata: {{name: shop, labels: {{{labels}}}}}\n");
    let insert = "unsafe | insert [apiVersion: v1] metadata/labels/expose = \"true\"\n";
    assert_eq!(namespace_fix(&gate, &namespace("tier: web"), ""), insert);
    // said on purpose
    assert_eq!(namespace_fix(&gate, &namespace("tier: web, expose: \"false\""), ""), "manual\n");
    let team = selecting("{matchExpressions: [{key: team, operator: In, values: [web]}]}");
    assert_eq!(namespace_fix(&team, &namespace("tier: web"), ""), "manual\n");
}

/// A global Service with a named targetPort in clusters `east` and `west`, whose containers have these ports.
fn port_fix(east: i64, west: i64) -> String {
    let settings = "mesh: {distribution: solo, version: 1.29.1-solo}\n\
                    clusters:\n  - {name: east, paths: [east/**, all/**]}\n  - {name: west, paths: [west/**, all/**]}\n";
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: cart, namespace: shop, labels: {solo.io/service-scope: global}}\n\
                   spec: {selector: {app: cart}, ports: [{port: 80, targetPort: web}]}\n";
    let app = |port: i64| {
        format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: cart, namespace: shop}}\nspec:\n  selector: {{matchLabels: {{app: cart}}}}\n  \
             template: {{metadata: {{labels: {{app: cart}}}}, spec: {{containers: [{{name: c, image: \"c:1\", ports: [{{name: web, containerPort: {port}}}]}}]}}}}\n"
        )
    };
    let files =
        [("meshgate.yaml", settings), ("all/service.yaml", service), ("east/app.yaml", &*app(east)), ("west/app.yaml", &*app(west))];
    fixes(&files, "named-target-port-known-issue").lines().next().unwrap().to_owned()
}

#[test]
fn a_named_port_becomes_a_number_when_all_clusters_agree() {
    assert_eq!(port_fix(8080, 8080), "safe | set web = 8080");
    assert_eq!(port_fix(8080, 9090), "none");
}

#[test]
fn texts_are_quoted_as_they_were_written() {
    let labels = "a: 1.10\n    b: 0644\n    c: yes\n    d: 0x1F\n    e: 1e3\n    f: ~\n";
    let text = format!("apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n  labels:\n    {labels}");
    let expected = ["1.10", "0644", "yes", "0x1F", "1e3"].map(|text| format!("safe | set {text} = \"{text}\"\n")).concat();
    assert_eq!(fixes(&[("all.yaml", &text)], "label-not-string"), expected);
}

#[test]
fn quotes_come_and_go_with_the_type() {
    let fix = |value: &str, port: &str| {
        let text = format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: cart, namespace: shop}}\nspec:\n  containers:\n    - name: cart\n      \
             env: [{{name: A, value: {value}}}]\n      ports: [{{containerPort: {port}}}]\n"
        );
        fixes(&[("all.yaml", &text)], "invalid-manifest")
    };
    assert_eq!(fix("\"1\"", "80"), "");
    assert_eq!(fix("yes", "80"), "safe | set yes = \"yes\"\n");
    assert_eq!(fix("1.10", "80"), "safe | set 1.10 = \"1.10\"\n");
    assert_eq!(fix("a", "\"80\""), "safe | set \"80\" = 80\n");
    // octal without the quotes
    assert_eq!(fix("a", "'080'"), "none\n");
    assert_eq!(fix("a", "'0100'"), "none\n");
    assert_eq!(fix("a", "http"), "none\n");
    assert_eq!(fix("[a]", "80"), "none\n");
}

#[test]
fn the_port_of_a_host_is_that_of_all_its_services() {
    let settings = "clusters:\n  - {name: east, paths: [east/**], network: east}\n  - {name: west, paths: [west/**], network: west}\n";
    let service = |port: i64| {
        format!(
            "apiVersion: v1\nkind: Service\nmetadata: {{name: cart, namespace: shop, labels: {{solo.io/service-scope: global}}}}\n\
             spec: {{selector: {{app: cart}}, ports: [{{port: {port}, targetPort: 8080}}]}}\n"
        )
    };
    let fix = |west: i64, backend: &str| {
        let routes = [open_gateway("enterprise-kgateway"), route("HTTPRoute", "cart", "shop", "", backend)].concat();
        let (east, west) = (service(80), service(west));
        let files = [("meshgate.yaml", settings), ("east/s.yaml", &*east), ("west/s.yaml", &*west), ("east/r.yaml", &*routes)];
        fixes(&files, "backend-port-missing")
    };
    let host = "kind: Hostname, group: networking.istio.io, name: cart.shop.mesh.internal";
    assert_eq!(fix(80, host), format!("safe | insert [{{{host}}}] port = 80\n"));
    assert_eq!(fix(81, host), "none\n");
    let wrong = format!("{host}, port: 99");
    assert_eq!(fix(80, &wrong), "safe | set 99 = 80\n");
    assert_eq!(fix(81, &wrong), "manual\n");
}

#[test]
fn slips_are_corrected_when_hardly_anything_else_was_meant() {
    let gateway = |key: &str, protocol: &str, from: &str| {
        let text = format!(
            "apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {{name: public, namespace: edge}}\nspec:\n  {key}: istio\n  \
             listeners: [{{name: http, port: 80, protocol: {protocol}, allowedRoutes: {{namespaces: {{from: {from}}}}}}}]\n"
        );
        fixes(&[("all.yaml", &text)], "invalid-manifest")
    };
    assert_eq!(gateway("gatewayClassName", "HTTP", "selector"), "safe | set selector = \"Selector\"\n");
    assert_eq!(gateway("gatewayClassName", "HTTP", "Smae"), "safe | set Smae = \"Same\"\n");
    // some namespaces, perhaps: a selector
    assert_eq!(gateway("gatewayClassName", "HTTP", "Some"), "manual | set Some = \"Same\"\n");
    let missing = "none\n";
    assert!(gateway("gatewayClasName", "HTTP", "Same").contains("safe | rename to gatewayClassName: istio\n"));
    assert!(gateway("gatewayClaasNames", "HTTP", "Same").contains("manual | rename to gatewayClassName: istio\n"));
    assert!(gateway("className", "HTTP", "Same").contains(missing));
}

#[test]
fn a_host_of_another_kind_is_written_as_one() {
    let text = |backend: &str| {
        let text = [open_gateway("kgateway"), service("cart", "shop"), route("HTTPRoute", "cart", "shop", "", backend)].concat();
        fixes(&[("all.yaml", &text)], "service-ref-is-hostname")
    };
    let host = "name: cart.shop.mesh.internal, port: 80";
    let insert = |reference: &str| {
        format!("safe | insert [{{{reference}}}] group = \"networking.istio.io\" | insert [{{{reference}}}] kind = \"Hostname\"")
    };
    assert_eq!(text(host), insert(host) + "\n");
    let stated = "namespace: shop, name: cart.shop.mesh.internal, port: 80";
    assert_eq!(text(stated), insert(stated) + " | remove shop\n");
    // the two contradict each other
    assert_eq!(text("namespace: quay, name: cart.shop.mesh.internal, port: 80"), "manual\n");
    let own = "safe | set cart.shop.svc.cluster.local = \"cart\"\n";
    assert_eq!(text("name: cart.shop.svc.cluster.local, port: 80"), own);
    assert_eq!(text("name: cart.shop.svc.cluster.local, namespace: shop, port: 80"), own);
}
