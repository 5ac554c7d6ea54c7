//! `meshgate trace` as a person runs it: flags, exit codes, the story, and every kind of event.
#![expect(clippy::unwrap_used, reason = "tests")]

mod support;

use std::collections::BTreeSet;

use serde_json::Value;
use support::{Run, command, finish, folder, meshgate};

const SHOP: &str = r#"
apiVersion: v1
kind: Namespace
metadata: {name: infra, labels: {istio.io/dataplane-mode: ambient}}
---
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {istio.io/dataplane-mode: ambient}}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: edge, namespace: infra}
spec:
  gatewayClassName: kgateway
  listeners:
  - {name: http, port: 80, protocol: HTTP, hostname: "*.example.com", allowedRoutes: {namespaces: {from: All}}}
  - {name: admin, port: 80, protocol: HTTP, hostname: admin.example.com, allowedRoutes: {namespaces: {from: All}}}
  - {name: raw, port: 9000, protocol: TCP, allowedRoutes: {namespaces: {from: All}}}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: cart, namespace: shop}
spec:
  parentRefs: [{name: edge, namespace: infra}]
  hostnames: [shop.example.com, "*.example.com"]
  rules:
  - matches:
    - {path: {type: PathPrefix, value: /cart}, headers: [{name: x-team, value: blue}]}
    - {path: {type: Exact, value: /cart}, method: POST}
    - {path: {type: PathPrefix, value: /cart}, queryParams: [{name: beta, value: "1"}]}
    filters:
    - {type: RequestHeaderModifier, requestHeaderModifier: {set: [{name: x-from, value: edge}], remove: [x-secret]}}
    - {type: URLRewrite, urlRewrite: {hostname: cart.internal, path: {type: ReplacePrefixMatch, replacePrefixMatch: /v2}}}
    backendRefs:
    - {name: cart, port: 80, weight: 9}
    - {name: nowhere, port: 80, weight: 1}
  - matches: [{path: {type: PathPrefix, value: /old}}]
    filters: [{type: RequestRedirect, requestRedirect: {scheme: https, path: {type: ReplaceFullPath, replaceFullPath: /new}, statusCode: 301}}]
  - matches: [{path: {type: PathPrefix, value: /auth}}]
    filters: [{type: ExtensionRef, extensionRef: {group: example.com, kind: Auth, name: a}}]
    backendRefs: [{name: cart, port: 80}]
  - matches: [{path: {type: PathPrefix, value: /plain}}]
    backendRefs: [{name: cart, port: 80}]
  - matches: [{path: {type: PathPrefix, value: /off}}]
    backendRefs: [{name: cart, port: 80, weight: 0}]
  - matches: [{path: {type: PathPrefix, value: /none}}]
---
apiVersion: gateway.networking.k8s.io/v1alpha2
kind: TCPRoute
metadata: {name: raw, namespace: shop}
spec:
  parentRefs: [{name: edge, namespace: infra, sectionName: raw}]
  rules: [{backendRefs: [{name: cart, port: 80}]}]
---
apiVersion: v1
kind: Service
metadata: {name: cart, namespace: shop}
spec: {selector: {app: cart}, ports: [{name: http, port: 80, targetPort: web}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: cart, namespace: shop}
spec:
  selector: {matchLabels: {app: cart}}
  template:
    metadata: {labels: {app: cart}}
    spec: {serviceAccountName: cart, containers: [{name: c, image: "c:1", ports: [{name: web, containerPort: 8080}]}]}
"#;

/// Runs `meshgate trace` with arguments, as a shell would take them apart, over one file.
fn trace(text: &str, args: &str) -> Run {
    let dir = folder(&[("all.yaml", text)]);
    finish(command(dir.path()).arg("trace").args(words(args)))
}

/// Words of a shell, with single quotes.
fn words(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (n, part) in text.split('\'').enumerate() {
        if n % 2 == 1 { found.push(part.to_owned()) } else { found.extend(part.split_whitespace().map(ToOwned::to_owned)) }
    }
    found
}

fn json(text: &str, args: &str) -> Value {
    let run = trace(text, &format!("{args} --output-format json"));
    assert!(run.code < 2, "{args}: {}", run.err);
    serde_json::from_str(&run.out).unwrap()
}

/// The last line of the story.
fn last(run: &Run) -> &str {
    run.out.lines().last().unwrap_or_default()
}

#[test]
fn the_story_of_a_request() {
    let run = trace(SHOP, "http://shop.example.com/cart/7?x=1 -H 'X-Team: blue' --header x-secret:1 --color never");
    assert_eq!(run.code, 0, "{}", run.err);
    let expected = "\
GET http://shop.example.com/cart/7?x=1 from outside the mesh
  Gateway `infra/edge`: ztunnel captures its pods
  listener `http` of Gateway `infra/edge`: HTTP, `*.example.com`  all.yaml:16:5
    not `admin`, for `admin.example.com`: another hostname  all.yaml:17:5
  host `shop.example.com`
    `*.example.com` covers it too and is not looked at
  HTTPRoute `shop/cart`, rule 1, match 1: /cart/*, header x-team: blue  all.yaml:28:7
    not HTTPRoute `shop/cart`, rule 1, match 2: POST /cart: another path  all.yaml:29:7
";
    assert!(run.out.starts_with(expected), "{}", run.out);
    for line in [
        "    and 1 more; --verbose shows all",
        "  filter RequestHeaderModifier  all.yaml:32:60",
        "    after it: GET http://cart.internal/v2/7?x=1",
        "    X-Team: blue",
        "    x-from: edge",
        "  9 of 10 to `shop/cart` port 80, followed here  all.yaml:35:7",
        "  Service `shop/cart` port 80 → target port `web`  all.yaml:58:39",
        "    Deployment `shop/cart`: container port 8080, up  all.yaml:60:1",
        "  Gateway `infra/edge` → ztunnel before Deployment `shop/cart`: HBONE, as `cluster.local/ns/infra/sa/edge`",
        "served by Service `shop/cart` port 80",
    ] {
        assert!(run.out.lines().any(|own| own == line), "no line {line:?} in\n{}", run.out);
    }
    assert!(!run.out.contains("x-secret"), "{}", run.out);
    let all = trace(SHOP, "http://shop.example.com/cart/7 -H x-team:blue --verbose");
    assert!(all.out.contains("rule 6, match 1") && !all.out.contains("--verbose"), "{}", all.out);
}

/// What is asked, how the story ends, and the exit code.
#[test]
fn how_requests_end() {
    for (args, end, code) in [
        ("http://shop.example.com/plain", "served by Service `shop/cart` port 80", 0),
        ("shop.example.com/plain", "served by Service `shop/cart` port 80", 0),
        ("http://shop.example.com/cart -X POST", "served by Service `shop/cart` port 80", 0),
        ("http://shop.example.com/cart --method post", "served by Service `shop/cart` port 80", 0),
        ("http://shop.example.com/cart", "not served: 404 from Gateway `infra/edge`: no rule matches", 1),
        ("http://shop.example.com/cart?beta=1", "served by Service `shop/cart` port 80", 0),
        ("http://shop.example.com/old/x?q=1", "served: 301 from Gateway `infra/edge`: to https://shop.example.com/new?q=1", 0),
        ("http://shop.example.com/none", "not served: 500 from Gateway `infra/edge`: the rule has no backends", 1),
        ("http://shop.example.com/off", "not served: 500 from Gateway `infra/edge`: all backends have weight 0", 1),
        ("http://shop.example.com/auth", "not known: a filter decides that files do not say", 1),
        ("http://other.example.org/", "not served: 404 from Gateway `infra/edge`: no listener of the port is for that host", 1),
        ("http://admin.example.com/plain", "served by Service `shop/cart` port 80", 0),
        ("http://shop.example.com:81/", "not served: connection closed by Gateway `infra/edge`: it has no listener on that port", 1),
        ("http://shop.example.com:9000/", "served by Service `shop/cart` port 80", 0),
        ("http://shop.example.com/plain --down shop/cart", "not served: 503 from Gateway `infra/edge`: there are no endpoints", 1),
        ("http://shop.example.com/plain --not-ready shop/cart", "not served: 503 from Gateway `infra/edge`: no pod is ready", 1),
        ("http://shop.example.com/plain --gateway infra/edge --from shop/cart", "served by Service `shop/cart` port 80", 0),
        ("http://cart.shop/x --east-west --from shop/cart", "served by Service `shop/cart` port 80", 0),
        ("http://cart/x --east-west --from shop/cart", "served by Service `shop/cart` port 80", 0),
        (
            "http://cart.shop.svc.cluster.local:81/ --east-west --from shop/cart",
            "not served: 500 from the client: the Service has no such port",
            1,
        ),
        ("http://elsewhere.example.net/ --east-west --from shop/cart", "not known: it leads out of the input", 1),
        ("http://10.0.0.1/plain -H 'Host: shop.example.com:80'", "served by Service `shop/cart` port 80", 0),
    ] {
        let run = trace(SHOP, args);
        assert_eq!((last(&run), run.code), (end, code), "{args}\n{}{}", run.out, run.err);
    }
}

#[test]
fn a_question_that_makes_no_sense_says_what_is_wrong() {
    for (args, error) in [
        ("", "error: say which URL is asked for, or which promises are to be kept with --expect\n"),
        ("ftp://shop.example.com/", "error: `ftp://shop.example.com/` is no URL: its scheme is neither http nor https\n"),
        ("http://", "error: `http://` is no URL: it has no host\n"),
        ("http://a:99999/", "error: `http://a:99999/` is no URL: its port is no port\n"),
        ("http://a/ -X 'A B'", "error: `A B` is no method\n"),
        ("http://a/ -H x-team", "error: `x-team` is no header: write `name: value`\n"),
        ("http://a/ -H 'x team: 1'", "error: `x team` is no name of a header\n"),
        ("http://a/ --gateway infra/edgy", "error: no Gateway `infra/edgy` is in the input\nhelp: did you mean `infra/edge`?\n"),
        ("http://a/ --down shop/crat", "error: no workload `shop/crat` is in the input\nhelp: did you mean `shop/cart`?\n"),
        ("http://a/ --not-ready x/y", "error: no workload `x/y` is in the input\n"),
        ("http://a/ --from nobody/x", "error: nothing of the namespace of `nobody/x` is in the input\n"),
        ("http://a/ --output-format sarif", "error: one request is printed as full or json\n"),
        ("http://a/ --output json", "error: --output is for --expect; one request is printed by --output-format\n"),
    ] {
        let run = trace(SHOP, args);
        assert_eq!((run.err.as_str(), run.code), (error, 2), "{args}\n{}", run.out);
        assert_eq!(run.out, "", "{args}");
    }
    for args in ["http://a/ --gateway edge", "http://a/ --client-ip x", "http://a/ --east-west", "http://a/ --profile envoy"] {
        let run = trace(SHOP, args);
        assert_eq!(run.code, 2, "{args}");
        assert!(run.err.starts_with("error: "), "{args}: {}", run.err);
    }
    let nothing = trace("x: 1\n", "http://a/");
    assert!(nothing.code == 2 && nothing.err.starts_with("error: no manifests found"), "{}", nothing.err);
    let missing = trace(SHOP, "http://a/ gone.yaml");
    assert!(missing.code == 2 && missing.err.starts_with("error: gone.yaml: "), "{}", missing.err);
}

#[test]
fn of_several_gateways_one_is_named_or_the_only_taker() {
    let second = SHOP.replace(
        "name: edge, namespace: infra}\nspec:\n  gatewayClassName: kgateway",
        "name: back, namespace: infra}\nspec:\n  gatewayClassName: kgateway",
    );
    let gateway = second.split("---").find(|document| document.contains("name: back")).unwrap();
    let two = format!("{SHOP}---{}", gateway.replace("*.example.com", "*.example.org"));
    let run = trace(&two, "http://shop.example.com/plain");
    assert_eq!((last(&run), run.code), ("served by Service `shop/cart` port 80", 0), "{}", run.err);
    let run = trace(&two, "http://shop.example.net/plain");
    let help = "error: no Gateway has a route for that host on that port\nhelp: say which one is meant with --gateway: `infra/edge`, `infra/back`\n";
    assert_eq!((run.err.as_str(), run.code), (help, 2));
    let run = trace(&two, "http://shop.example.com/plain --gateway infra/back");
    assert_eq!(run.code, 1, "{}", run.out);
}

#[test]
fn profiles_choose_the_order_of_rules() {
    let rules = "
  - matches: [{path: {type: RegularExpression, value: '/o.*'}}]
    filters: [{type: RequestRedirect, requestRedirect: {hostname: pattern}}]
  - matches: [{path: {type: PathPrefix, value: /old}}]
    filters: [{type: RequestRedirect, requestRedirect: {hostname: prefix}}]
---";
    let (before, rest) = SHOP.split_once("  rules:\n").unwrap();
    let text = format!("{before}  rules:{rules}{}", rest.split_once("---").unwrap().1);
    for (profile, host) in
        [("auto", "pattern"), ("spec", "pattern"), ("istio", "prefix"), ("kgateway", "pattern"), ("envoy-gateway", "pattern")]
    {
        let run = trace(&text, &format!("http://shop.example.com/old --profile {profile}"));
        assert_eq!(last(&run), format!("served: 302 from Gateway `infra/edge`: to http://{host}/old"), "{profile}");
    }
}

#[test]
fn addresses_of_clients_count_for_policies_of_the_gateway() {
    let policy = "---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: office, namespace: infra}
spec:
  targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: edge}]
  rules: [{from: [{source: {remoteIpBlocks: [203.0.113.0/24]}}]}]
";
    let text = SHOP.replace("gatewayClassName: kgateway", "gatewayClassName: istio") + policy;
    for (args, end) in [
        ("--client-ip 203.0.113.9", "served by Service `shop/cart` port 80"),
        ("--client-ip 198.51.100.1", "not served: 403 from Gateway `infra/edge`: policies"),
        ("", "not known: policies"),
    ] {
        let run = trace(&text, &format!("http://shop.example.com/plain {args}"));
        assert_eq!(last(&run), end, "{args}\n{}", run.out);
    }
}

/// What stands outside the input is said, not guessed.
#[test]
fn unknown_is_not_guessed() {
    let document = |text: &str, what: &str| text.split("---").filter(|d| !d.contains(what)).collect::<Vec<_>>().join("---");
    let without_service = document(&document(SHOP, "kind: Service\n"), "kind: Deployment");
    let run = trace(&without_service, "http://shop.example.com/plain");
    assert_eq!((last(&run), run.code), ("not known: it leads out of the input", 1), "{}", run.out);
    let run = trace(&without_service, "http://shop.example.com/plain --complete");
    assert_eq!(last(&run), "not served: 500 from Gateway `infra/edge`: no such Service, host or port", "{}", run.out);
    let without_pods = document(SHOP, "kind: Deployment");
    let run = trace(&without_pods, "http://shop.example.com/plain");
    assert_eq!(run.code, 0, "{}", run.out);
    assert!(run.out.contains("note: the input shows no pods behind Service `shop/cart`"), "{}", run.out);
    let selected = SHOP.replace("from: All", "from: Selector, selector: {matchLabels: {team: shop}}");
    let run = trace(&document(&selected, "metadata: {name: shop, "), "http://shop.example.com/plain");
    assert_eq!(run.code, 1, "{}", run.out);
    assert!(last(&run).starts_with("not known"), "{}", run.out);
    let broken = format!("{SHOP}---\napiVersion: v1\nkind: Secret\nmetadata: [\n");
    let run = trace(&broken, "http://shop.example.com/plain");
    assert!(run.code == 0 && run.err.contains("hint: 1 manifest does not parse"), "{}{}", run.out, run.err);
    assert_eq!(trace(&broken, "http://shop.example.com/plain --quiet").err, "");
}

/// A certificate that files do not have is no reason to close the connection; one that cannot be one is.
#[test]
fn listeners_with_tls() {
    let tls = "{name: https, port: 443, protocol: HTTPS, hostname: \"*.example.com\", tls: {certificateRefs: [{name: cert}]}, allowedRoutes: {namespaces: {from: All}}}";
    let text = SHOP.replace("  - {name: raw,", &format!("  - {tls}\n  - {{name: raw,"));
    let run = trace(&text, "https://shop.example.com/plain");
    assert_eq!(run.code, 0, "{}", run.out);
    assert!(run.out.contains("note: the certificate of the listener is not in the input"), "{}", run.out);
    let run = trace(&text, "https://shop.example.com/plain --complete");
    assert_eq!(
        last(&run),
        "not served: connection closed by Gateway `infra/edge`: the listener has no certificate, or cannot check clients as it is asked to"
    );
    let run = trace(&text, "https://shop.example.net/plain");
    assert_eq!(last(&run), "not served: connection closed by Gateway `infra/edge`: no listener of the port is for that host");
    let two = text.replace(
        "  - {name: raw,",
        &format!("  - {}\n  - {{name: raw,", tls.replace("name: https", "name: more").replace("*.example.com", "more.example.com")),
    );
    let run = trace(&two, "https://shop.example.com/plain -H 'Host: more.example.com' --profile spec");
    assert_eq!(
        last(&run),
        "not served: 421 from Gateway `infra/edge`: another listener of the port is for that host than for the server name"
    );
    let run = trace(&two, "https://shop.example.com/plain -H 'Host: more.example.com'");
    assert_eq!(run.code, 1);
    assert!(last(&run).starts_with("not known"), "{}", run.out);
}

/// Each kind of event with an input that brings it out, and something that it must say.
#[test]
fn every_kind_of_event() {
    let waypoint = "---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: way, namespace: shop}
spec: {gatewayClassName: istio-waypoint, listeners: [{name: mesh, port: 15008, protocol: HBONE}]}
";
    let labelled = |labels: &str| {
        format!(
            "{}{waypoint}",
            SHOP.replace(
                "metadata: {name: cart, namespace: shop}\nspec: {selector",
                &format!("metadata: {{name: cart, namespace: shop, labels: {{{labels}}}}}\nspec: {{selector")
            )
        )
    };
    let through = labelled("istio.io/use-waypoint: way, istio.io/ingress-use-waypoint: 'true'");
    let policy = "---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: p, namespace: shop}
spec: {targetRefs: [{kind: Service, name: cart}], action: DENY, rules: [{to: [{operation: {methods: [DELETE]}}]}]}
";
    let token = "---
apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: {name: r, namespace: shop}
spec: {targetRefs: [{kind: Service, name: cart}], jwtRules: [{issuer: example}]}
";
    let strict = "---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: s, namespace: infra}
spec: {mtls: {mode: STRICT}}
";
    let (plain, get) = ("http://shop.example.com/plain", |value: &Value, path: &str| value.pointer(path).cloned().unwrap_or_default());
    let rows: Vec<(&str, String, String, &str, Value)> = vec![
        ("listener", SHOP.into(), plain.into(), "/listeners/0/taken", true.into()),
        ("host", SHOP.into(), plain.into(), "/not_looked_at/0", "*.example.com".into()),
        ("rules", SHOP.into(), plain.into(), "/candidates/0/why_not", "another path".into()),
        ("filters", SHOP.into(), "http://shop.example.com/cart?beta=1".into(), "/after/host", "cart.internal".into()),
        ("backends", SHOP.into(), "http://shop.example.com/cart?beta=1".into(), "/backends/0/weight", 9.into()),
        ("stream", SHOP.into(), "http://shop.example.com:9000/".into(), "/route/kind", "TCPRoute".into()),
        ("capture", SHOP.into(), plain.into(), "/captured", true.into()),
        ("leg", SHOP.into(), plain.into(), "/identity", "cluster.local/ns/infra/sa/edge".into()),
        ("pods", SHOP.into(), plain.into(), "/workloads/0/container_port", 8080.into()),
        ("strict", format!("{SHOP}{strict}"), plain.into(), "/at/kind", "ztunnel".into()),
        ("waypoint", through.clone(), plain.into(), "/waypoint/name", "shop/way".into()),
        ("past-waypoint", labelled("istio.io/use-waypoint: way"), plain.into(), "/because", "not told".into()),
        (
            "no-waypoint",
            format!("{} ", labelled("istio.io/use-waypoint: edge2, istio.io/use-waypoint-namespace: shop")),
            format!("{plain} --complete"),
            "/named",
            "edge2".into(),
        ),
        ("policies", format!("{through}{policy}"), format!("{plain} -X DELETE"), "/verdict", "denied".into()),
        ("token", format!("{through}{policy}{token}"), format!("{plain} -H 'Authorization: Bearer x'"), "/at/name", "shop/way".into()),
        ("note", SHOP.into(), "http://shop.example.com:81/".into(), "/text", "the ports of Gateway `infra/edge` are 80, 9000".into()),
        (
            "takeover-without-effect",
            labelled("solo.io/service-scope: global, solo.io/service-takeover: 'true'"),
            plain.into(),
            "/service/name",
            "shop/cart".into(),
        ),
    ];
    let mut seen = BTreeSet::new();
    for (name, text, args, path, expected) in rows {
        let document = json(&text, &args);
        let events = get(&document, "/events");
        let events = events.as_array().unwrap();
        let event = events.iter().find(|event| event["event"] == name).unwrap_or_else(|| panic!("no {name}: {document:#}"));
        assert_eq!(get(event, path), expected, "{name}: {event:#}");
        assert!(!event["message"].as_str().unwrap().is_empty(), "{name}");
        seen.insert(name);
    }
    for (args, name, path, expected) in [
        ("http://ferries.example.com:8080/book", "global-host", "/services/1/name", "west/ferries/booking"),
        (
            "http://ferries.example.com:8080/book --down east/ferries/booking",
            "other-cluster",
            "/through/name",
            "west/istio-eastwest/istio-eastwest",
        ),
    ] {
        let run = meshgate("testdata/scenarios/two-clusters-global-host/working", &format!("trace {args} --output-format json"));
        let document: Value = serde_json::from_str(&run.out).unwrap();
        let event = document["events"].as_array().unwrap().iter().find(|event| event["event"] == name).unwrap();
        assert_eq!(event.pointer(path).unwrap(), expected, "{name}");
        seen.insert(name);
    }
    // the page describes each of them
    let page = std::fs::read_to_string("docs/trace.md").unwrap();
    for name in &seen {
        assert!(page.contains(&format!("`{name}`")), "docs/trace.md does not describe `{name}`");
    }
    assert_eq!(seen.len(), 19);
}

#[test]
fn the_document_for_programs() {
    let document = json(SHOP, "http://shop.example.com/cart?beta=1 -H x-team:red --client-ip 192.0.2.1");
    assert_eq!(document["version"], 1);
    assert_eq!(document["gateway"], "infra/edge");
    assert_eq!(document["served"], true);
    assert_eq!(document["end"]["kind"], "reached");
    assert_eq!(document["end"]["service"], "shop/cart");
    assert_eq!(document["request"]["path"], "/cart");
    assert_eq!(document["backend_request"]["path"], "/v2");
    let rules = document["events"].as_array().unwrap().iter().find(|event| event["event"] == "rules").unwrap();
    assert_eq!(rules["place"], serde_json::json!({"file": "all.yaml", "line": 30, "column": 7}));
    let candidates = rules["candidates"].as_array().unwrap();
    let why = |rule: u64, n: u64| candidates.iter().find(|c| c["rule"] == rule && c["match"] == n).unwrap()["why_not"].clone();
    assert_eq!(why(0, 0), "header `x-team` does not fit");
    assert_eq!(why(0, 1), "another method");
    assert_eq!(why(0, 2), Value::Null);
    let document = json(SHOP, "http://shop.example.com/cart?beta=1 -H x-team:blue -X POST");
    let rules = document["events"].as_array().unwrap().iter().find(|event| event["event"] == "rules").unwrap().clone();
    let lost: Vec<&Value> = rules["candidates"].as_array().unwrap().iter().map(|c| &c["why_not"]).filter(|why| !why.is_null()).collect();
    assert!(lost.iter().any(|why| **why == "another kind of path match comes first"), "{lost:?}");
    assert_eq!(json(SHOP, "http://shop.example.com/none")["end"]["status"], 500);
    assert_eq!(json(SHOP, "http://shop.example.com/auth")["served"], Value::Null);
    assert_eq!(json(SHOP, "http://shop.example.com:81/")["end"]["kind"], "closed");
}

/// Names in manifests and URLs cannot harm a terminal, and odd URLs no program.
#[test]
fn hostile_input() {
    let text = SHOP.replace("value: /plain", "value: \"/plain\\u001b[31m\"");
    let run = trace(&text, "http://shop.example.com/none");
    assert!(!run.out.contains('\u{1b}'), "{:?}", run.out);
    for url in
        ["http://ä.example.com/", "http://.example.com/", "http://x..example.com/%00", "http://example.com/?&&=&", "http://[::1]:80/"]
    {
        let run = trace(SHOP, url);
        assert!(run.code < 3, "{url}: {}", run.err);
    }
}
