//! Which AuthorizationPolicies hold at which hop, and what they say of a request.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::fmt::Write as _;

use meshgate::lint::{Request as Run, Session};
use meshgate::mesh::identity::Identity;
use meshgate::mesh::walk::Request;
use meshgate::mesh::{Asked, Fact, GatewayView, Hop, Mesh, ServiceView, Verdict};
use meshgate::model::Kind;
use meshgate::text::MemoryWorld;

const BASE: &str = r#"
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {istio.io/dataplane-mode: ambient}}
---
apiVersion: v1
kind: Service
metadata: {name: cart, namespace: shop}
spec: {selector: {app: cart}, ports: [{port: 80, targetPort: 8080}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: cart, namespace: shop}
spec:
  selector: {matchLabels: {app: cart}}
  template: {metadata: {labels: {app: cart}}, spec: {containers: [{name: c, image: "c:1"}]}}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: way, namespace: shop}
spec: {gatewayClassName: istio-waypoint, listeners: [{name: mesh, port: 15008, protocol: HBONE}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: door, namespace: shop}
spec: {gatewayClassName: istio, listeners: [{name: http, port: 80, protocol: HTTP}]}
"#;

/// A policy of `namespace/name` with a spec in flow style.
fn policy(name: &str, spec: &str) -> String {
    let (namespace, name) = name.split_once('/').unwrap();
    format!(
        "---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {{name: {name}, namespace: {namespace}}}\nspec: {{{spec}}}\n"
    )
}

fn mesh(text: &str) -> Mesh {
    let world = MemoryWorld::new([("all.yaml", text)]);
    Session::open(&world, &Run::new(["."])).unwrap_or_else(|failure| panic!("{failure:?}")).into_mesh()
}

/// What the hop says of `GET /public` by the identity of `door`, or of what `asks` says instead.
fn said(text: &str, hop: &str, asks: &str) -> &'static str {
    let mesh = mesh(text);
    let gateway = |name: &str| mesh.objects(Kind::Gateway).find(|o| &*o.id.name == name).and_then(GatewayView::of).unwrap();
    let service = mesh.objects(Kind::Service).find_map(ServiceView::of).unwrap();
    let pods = service.workloads().into_iter().next().unwrap();
    let mut request = Request::get("http://cart.example.com/public").unwrap();
    let mut identity = Some(("shop", "door-istio"));
    let mut known = true;
    for word in asks.split_whitespace() {
        match word {
            "plain" => identity = None,
            "unknown" => known = false,
            "waypoint" => identity = Some(("shop", "way")),
            method if method.chars().all(char::is_uppercase) => method.clone_into(&mut request.method),
            path if path.starts_with('/') => path.clone_into(&mut request.path),
            header => {
                let (name, value) = header.split_once('=').unwrap();
                request.headers.push((name.to_owned(), value.to_owned()));
            }
        }
    }
    let identity = identity.map(|(namespace, account)| Identity {
        trust_domain: "cluster.local".to_owned(),
        namespace: namespace.to_owned(),
        account: account.to_owned(),
    });
    let port = Some(if hop == "ztunnel" { 8080 } else { 80 });
    let identity = if known { Fact::Known(identity) } else { Fact::Unknown };
    let asked = Asked { identity, source: None, port, request: &request, token: Fact::Known(None) };
    let hop = match hop {
        "ztunnel" => Hop::Ztunnel(&pods),
        "waypoint" => Hop::Waypoint(gateway("way"), Some(service)),
        "gateway" => Hop::Gateway(gateway("door")),
        other => panic!("{other}"),
    };
    match hop.decide(&asked).verdict {
        Verdict::Allowed => "allowed",
        Verdict::Denied(_) => "denied",
        Verdict::NotAllowed => "not allowed",
        Verdict::Unknown => "unknown",
    }
}

const DOOR: &str = "rules: [{from: [{source: {principals: [cluster.local/ns/shop/sa/door-istio]}}]}]";
const READ: &str = "rules: [{to: [{operation: {methods: [GET]}}]}]";
const CART: &str = "selector: {matchLabels: {app: cart}}";
const AT_SERVICE: &str = "targetRefs: [{kind: Service, name: cart}]";
const AT_WAYPOINT: &str = "targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: way}]";
const AT_CLASS: &str = "targetRefs: [{group: gateway.networking.k8s.io, kind: GatewayClass, name: istio-waypoint}]";
const AT_DOOR: &str = "targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: door}]";

#[test]
#[expect(clippy::too_many_lines, reason = "one table")]
fn what_policies_say() {
    let mut wrong = String::new();
    let p = |spec: &str| policy("shop/p", spec);
    let root = |spec: &str| policy("istio-system/p", spec);
    let deny = "action: DENY";
    let rows: Vec<(&str, String, &str, &str, &str)> = vec![
        ("no policy allows all", String::new(), "ztunnel", "", "allowed"),
        ("no policy allows plain text", String::new(), "ztunnel", "plain", "allowed"),
        // which hold where
        ("ztunnel reads policies of the namespace", p(&format!("{deny}, rules: [{{}}]")), "ztunnel", "", "denied"),
        ("and of the root namespace", root(&format!("{deny}, rules: [{{}}]")), "ztunnel", "", "denied"),
        ("and not of others", policy("other/p", &format!("{deny}, rules: [{{}}]")), "ztunnel", "", "allowed"),
        ("a selector that fits", p(&format!("{CART}, {deny}, rules: [{{}}]")), "ztunnel", "", "denied"),
        ("a selector of the root namespace", root(&format!("{CART}, {deny}, rules: [{{}}]")), "ztunnel", "", "denied"),
        ("a selector for others", p(&format!("selector: {{matchLabels: {{app: x}}}}, {deny}, rules: [{{}}]")), "ztunnel", "", "allowed"),
        ("ztunnel reads nothing with targets", p(&format!("{AT_SERVICE}, {deny}, rules: [{{}}]")), "ztunnel", "", "allowed"),
        ("the waypoint reads what targets the Service", p(&format!("{AT_SERVICE}, {deny}, rules: [{{}}]")), "waypoint", "", "denied"),
        ("and what targets the waypoint", p(&format!("{AT_WAYPOINT}, {deny}, rules: [{{}}]")), "waypoint", "", "denied"),
        ("and its class, in the root namespace", root(&format!("{AT_CLASS}, {deny}, rules: [{{}}]")), "waypoint", "", "denied"),
        ("but not elsewhere", p(&format!("{AT_CLASS}, {deny}, rules: [{{}}]")), "waypoint", "", "allowed"),
        ("the target is in the policy's namespace", root(&format!("{AT_SERVICE}, {deny}, rules: [{{}}]")), "waypoint", "", "allowed"),
        ("the waypoint reads no selectors", p(&format!("{CART}, {deny}, rules: [{{}}]")), "waypoint", "", "allowed"),
        ("and nothing without targets", p(&format!("{deny}, rules: [{{}}]")), "waypoint", "", "allowed"),
        ("the gateway reads what targets it", p(&format!("{AT_DOOR}, {deny}, rules: [{{}}]")), "gateway", "plain", "denied"),
        ("and the root namespace", root(&format!("{deny}, rules: [{{}}]")), "gateway", "plain", "denied"),
        // order
        ("no rules allow nothing", p("action: ALLOW"), "ztunnel", "", "not allowed"),
        ("no rules deny nothing", p(deny), "ztunnel", "", "allowed"),
        ("an empty rule allows all", p("rules: [{}]"), "ztunnel", "plain", "allowed"),
        ("ALLOW for the client", p(DOOR), "ztunnel", "", "allowed"),
        ("ALLOW for others", p(DOOR), "ztunnel", "waypoint", "not allowed"),
        ("plain text has no identity", p(DOOR), "ztunnel", "plain", "not allowed"),
        ("an identity that is not known", p(DOOR), "ztunnel", "unknown", "unknown"),
        ("one ALLOW is enough", p(DOOR) + &policy("shop/q", "action: ALLOW"), "ztunnel", "", "allowed"),
        ("DENY before ALLOW", p(DOOR) + &policy("shop/q", &format!("{deny}, rules: [{{}}]")), "ztunnel", "", "denied"),
        ("DENY for others", p(&format!("{deny}, {DOOR}")), "ztunnel", "waypoint", "allowed"),
        // what ztunnel makes of HTTP
        ("ALLOW by method allows nothing", p(READ), "ztunnel", "", "not allowed"),
        ("but its other rules hold", p("rules: [{to: [{operation: {methods: [GET]}}]}, {}]"), "ztunnel", "", "allowed"),
        ("DENY by method does nothing", p(&format!("{deny}, {READ}")), "ztunnel", "", "allowed"),
        (
            "not even for one client",
            p(&format!("{deny}, rules: [{{from: [{{source: {{namespaces: [shop]}}}}], to: [{{operation: {{methods: [GET]}}}}]}}]")),
            "ztunnel",
            "",
            "allowed",
        ),
        (
            "DENY by method and port denies the port",
            p(&format!("{deny}, rules: [{{to: [{{operation: {{methods: [POST], ports: ['8080']}}}}]}}]")),
            "ztunnel",
            "",
            "denied",
        ),
        (
            "another port",
            p(&format!("{deny}, rules: [{{to: [{{operation: {{methods: [POST], ports: ['80']}}}}]}}]")),
            "ztunnel",
            "",
            "allowed",
        ),
        (
            "DENY by header does nothing",
            p(&format!("{deny}, rules: [{{when: [{{key: 'request.headers[x]', values: ['*']}}]}}]")),
            "ztunnel",
            "x=1",
            "allowed",
        ),
        ("CUSTOM is not read", p("action: CUSTOM, provider: {name: x}, rules: [{}]"), "ztunnel", "", "allowed"),
        ("AUDIT is not read", p("action: AUDIT, rules: [{}]"), "ztunnel", "", "allowed"),
        // and what proxies do
        ("ALLOW by method", p(&format!("{AT_SERVICE}, {READ}")), "waypoint", "GET", "allowed"),
        ("ALLOW by another method", p(&format!("{AT_SERVICE}, {READ}")), "waypoint", "POST", "not allowed"),
        (
            "DENY by path",
            p(&format!("{AT_SERVICE}, {deny}, rules: [{{to: [{{operation: {{paths: [/admin*]}}}}]}}]")),
            "waypoint",
            "/admin/x",
            "denied",
        ),
        (
            "another path",
            p(&format!("{AT_SERVICE}, {deny}, rules: [{{to: [{{operation: {{paths: [/admin*]}}}}]}}]")),
            "waypoint",
            "",
            "allowed",
        ),
        (
            "DENY but for a path",
            p(&format!("{AT_SERVICE}, {deny}, rules: [{{to: [{{operation: {{notPaths: [/public]}}}}]}}]")),
            "waypoint",
            "/x",
            "denied",
        ),
        (
            "a header",
            p(&format!("{AT_SERVICE}, rules: [{{when: [{{key: 'request.headers[x-team]', values: [blue]}}]}}]")),
            "waypoint",
            "x-team=blue",
            "allowed",
        ),
        (
            "no header",
            p(&format!("{AT_SERVICE}, rules: [{{when: [{{key: 'request.headers[x-team]', values: [blue]}}]}}]")),
            "waypoint",
            "",
            "not allowed",
        ),
        (
            "no token",
            p(&format!("{AT_SERVICE}, rules: [{{from: [{{source: {{requestPrincipals: ['*']}}}}]}}]")),
            "waypoint",
            "",
            "not allowed",
        ),
        (
            "CUSTOM asks somebody",
            p(&format!("{AT_SERVICE}, action: CUSTOM, provider: {{name: x}}, rules: [{{}}]")),
            "waypoint",
            "",
            "unknown",
        ),
        (
            "CUSTOM for another path",
            p(&format!("{AT_SERVICE}, action: CUSTOM, provider: {{name: x}}, rules: [{{to: [{{operation: {{paths: [/x]}}}}]}}]")),
            "waypoint",
            "",
            "allowed",
        ),
        ("AUDIT only logs", p(&format!("{AT_SERVICE}, action: AUDIT, rules: [{{}}]")), "waypoint", "", "allowed"),
        // sources
        ("a namespace", p("rules: [{from: [{source: {namespaces: [sh*]}}]}]"), "ztunnel", "", "allowed"),
        ("not a namespace", p("rules: [{from: [{source: {notNamespaces: [shop]}}]}]"), "ztunnel", "", "not allowed"),
        ("a service account", p("rules: [{from: [{source: {serviceAccounts: [door-istio]}}]}]"), "ztunnel", "", "allowed"),
        ("of another namespace", p("rules: [{from: [{source: {serviceAccounts: [x/door-istio]}}]}]"), "ztunnel", "", "not allowed"),
        ("any identity", p("rules: [{from: [{source: {principals: ['*']}}]}]"), "ztunnel", "plain", "not allowed"),
        ("addresses of pods are in no file", p("rules: [{from: [{source: {ipBlocks: [10.0.0.0/8]}}]}]"), "ztunnel", "", "unknown"),
        ("another trust domain", p("rules: [{from: [{source: {principals: [td/ns/shop/sa/door-istio]}}]}]"), "ztunnel", "", "not allowed"),
        (
            "from and to",
            p("rules: [{from: [{source: {namespaces: [shop]}}], to: [{operation: {ports: ['1']}}]}]"),
            "ztunnel",
            "",
            "not allowed",
        ),
        (
            "one of two sources",
            p("rules: [{from: [{source: {namespaces: [x]}}, {source: {namespaces: [shop]}}]}]"),
            "ztunnel",
            "",
            "allowed",
        ),
        (
            "all of two conditions",
            p("rules: [{when: [{key: source.namespace, values: [shop]}, {key: destination.port, values: ['1']}]}]"),
            "ztunnel",
            "",
            "not allowed",
        ),
    ];
    for (name, policies, hop, asks, expected) in rows {
        let found = said(&format!("{BASE}{policies}"), hop, asks);
        if found != expected {
            _ = writeln!(wrong, "{name}: expected {expected}, found {found}\n{policies}");
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn a_dry_run_does_nothing() {
    let text = policy("shop/p", "action: DENY, rules: [{}]")
        .replace("namespace: shop}", "namespace: shop, annotations: {istio.io/dry-run: 'true'}}");
    assert_eq!(said(&format!("{BASE}{text}"), "ztunnel", ""), "allowed");
}
