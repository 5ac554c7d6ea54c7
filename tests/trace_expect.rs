//! Promises about requests: kept, not kept, and not even understood.
#![expect(clippy::unwrap_used, reason = "tests")]

mod support;

use std::path::{Path, PathBuf};

use serde_json::Value;
use support::{Run, command, finish, folder, meshgate};

const MANIFESTS: &str = r#"apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {istio.io/dataplane-mode: ambient}}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: edge, namespace: shop}
spec:
  gatewayClassName: kgateway
  listeners: [{name: http, port: 80, protocol: HTTP}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: cart, namespace: shop}
spec:
  parentRefs: [{name: edge}]
  rules:
  - matches: [{path: {type: PathPrefix, value: /cart}}]
    filters:
    - {type: RequestHeaderModifier, requestHeaderModifier: {set: [{name: x-from, value: edge}], remove: [x-secret]}}
    backendRefs: [{name: cart, port: 80}]
  - matches: [{path: {type: PathPrefix, value: /old}}]
    filters: [{type: RequestRedirect, requestRedirect: {hostname: new.example.com}}]
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
"#;

fn expect(promises: &str, args: &str) -> Run {
    let dir = folder(&[("all.yaml", MANIFESTS), ("promises.yaml", promises)]);
    finish(command(dir.path()).args(["trace", "--expect", "promises.yaml"]).args(args.split_whitespace()))
}

fn promise(request: &str, wanted: &str) -> String {
    format!("- name: p\n  request: {{{request}}}\n  expect: {{{wanted}}}\n")
}

#[test]
fn scenarios_keep_their_promises() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/scenarios");
    let mut files: Vec<PathBuf> = Vec::new();
    for scenario in std::fs::read_dir(&root).unwrap().map(|entry| entry.unwrap().path()) {
        let own = std::fs::read_dir(&scenario).unwrap().map(|entry| entry.unwrap().path());
        let own: Vec<PathBuf> = own.filter(|path| path.to_str().unwrap().ends_with(".trace.yaml")).collect();
        assert!(own.iter().any(|path| path.ends_with("working.trace.yaml")), "{} promises nothing", scenario.display());
        files.extend(own);
    }
    for file in &files {
        let variant = file.to_str().unwrap().strip_suffix(".trace.yaml").unwrap().to_owned();
        let run = meshgate(&variant, &format!("trace --expect {}", file.display()));
        assert_eq!((run.out.as_str(), run.code), ("", 0), "{}: {}", file.display(), run.err);
        assert!(run.err.starts_with("All kept: "), "{}: {}", file.display(), run.err);
    }
    assert!(files.len() >= 18, "{} files", files.len());
}

/// Each key that can be expected: once kept, once not, with the headline that says so.
#[test]
fn what_is_expected_is_compared() {
    let cart = "url: 'http://a/cart', method: POST, headers: {x-secret: 1, x-team: blue}";
    for (request, kept, broken, headline) in [
        (cart, "status: 200", "status: 404", "the status is what the backend answers, not 404"),
        (cart, "status: 302", "status: closed", "the status is what the backend answers, not a closed connection"),
        ("url: 'http://a/x'", "status: 404", "status: 200", "the status is 404, not 200"),
        ("url: 'http://a:81/x'", "status: closed", "status: 404", "the status is a closed connection, not 404"),
        (cart, "service: cart", "service: other/cart", "the Service is `shop/cart`, not `other/cart`"),
        ("url: 'http://a/x'", "status: 404", "service: cart", "the Service is none, not `cart`"),
        (cart, "port: 80", "port: 8080", "the port is 80, not 8080"),
        (cart, "waypoint: none", "waypoint: way", "the waypoint is none, not `way`"),
        (cart, "headers: {x-from: edge}", "headers: {X-From: door}", "header `X-From` behind the gateway is `edge`, not `door`"),
        (cart, "headers: {x-secret: }", "headers: {x-team: }", "header `x-team` behind the gateway is `blue`, not absent"),
        (cart, "headers: {host: a}", "headers: {x-gone: 1}", "header `x-gone` behind the gateway is absent, not `1`"),
        (
            "url: 'http://a/old/x?y=1'",
            "location: 'http://new.example.com/old/x?y=1', status: 302",
            "location: 'https://new.example.com/old/x'",
            "the location is `http://new.example.com/old/x?y=1`, not `https://new.example.com/old/x`",
        ),
        (cart, "service: shop/cart", "location: /x", "the location is absent, not `/x`"),
    ] {
        let run = expect(&promise(request, kept), "");
        assert_eq!((run.out.as_str(), run.code), ("", 0), "{kept}: {}{}", run.out, run.err);
        assert_eq!(run.err, "All kept: 1 promise\n");
        let run = expect(&promise(request, broken), "");
        assert_eq!(run.code, 1, "{broken}");
        let first = run.out.lines().next().unwrap();
        assert_eq!(first, format!("error[expectation-not-met]: `p`: {headline}"), "{broken}");
        assert_eq!(run.err, "Not kept: 1 of 1 promise\n");
    }
}

#[test]
fn a_promise_that_is_not_kept_is_shown_with_its_places() {
    let promises = "\
- name: the cart opens
  request: {url: http://shop.example.com/cart}
  expect: {status: 200}
- name: the old cart moves
  request:
    url: http://shop.example.com/old
    method: POST
    headers: {x-team: it's blue}
  down: [shop/cart]
  expect:
    status: 301
    location: http://elsewhere.example.com/old
";
    let run = expect(promises, "--color never");
    let expected = "\
error[expectation-not-met]: `the old cart moves`: the status is 302, not 301
  ┌ promises.yaml:11:13
11│     status: 301
  │             ^^^ it is 302
12│     location: http://elsewhere.example.com/old
  │               -------------------------------- it is `http://new.example.com/old`
  ├ all.yaml:23:56
22│   - matches: [{path: {type: PathPrefix, value: /old}}]
  │               --------------------------------------- HTTPRoute `shop/cart`, rule 2, match 1: /old/*
23│     filters: [{type: RequestRedirect, requestRedirect: {hostname: new.example.com}}]
  │                                                        --------------------------- filter RequestRedirect
  = `POST http://shop.example.com/old` ends so: 302 from Gateway `shop/edge`: to http://new.example.com/old
  = help: run `meshgate trace http://shop.example.com/old -X POST -H 'x-team: it'\\''s blue' --down shop/cart` to see its way
";
    assert_eq!((run.out.as_str(), run.code), (expected, 1));
    assert_eq!(run.err, "Not kept: 1 of 2 promises\n");
    assert_eq!(expect(promises, "--quiet").err, "");
}

#[test]
fn every_format_has_the_promises() {
    let broken = promise("url: http://a/x", "status: 200");
    for (format, sign) in [
        ("full", "error[expectation-not-met]"),
        ("concise", "promises.yaml:3:20: error[expectation-not-met]"),
        ("json", "\"rule\": \"expectation-not-met\""),
        ("sarif", "\"ruleId\": \"expectation-not-met\""),
        ("github", "::error file=promises.yaml,line=3"),
        ("gitlab", "\"check_name\": \"expectation-not-met\""),
        ("junit", "expectation-not-met"),
    ] {
        let run = expect(&broken, &format!("--output-format {format}"));
        assert!(run.code == 1 && run.out.contains(sign), "{format}: {}{}", run.out, run.err);
        if matches!(format, "json" | "sarif" | "gitlab") {
            assert!(serde_json::from_str::<Value>(&run.out).is_ok(), "{format}");
        }
    }
    let dir = folder(&[("all.yaml", MANIFESTS), ("promises.yaml", &broken)]);
    let args = "trace --expect promises.yaml --output concise --output json=out.json";
    let run = finish(command(dir.path()).args(args.split_whitespace()));
    assert!(run.code == 1 && run.out.starts_with("promises.yaml:3:"), "{}{}", run.out, run.err);
    let written: Value = serde_json::from_str(&std::fs::read_to_string(dir.path().join("out.json")).unwrap()).unwrap();
    assert_eq!(written["findings"][0]["file"], "promises.yaml");
    assert_eq!(written["summary"]["errors"], 1);
    let twice = expect(&broken, "--output concise --output json");
    assert_eq!((twice.err.as_str(), twice.code), ("error: several of --output write to standard output\n", 2));
}

/// A file with errors says all of them at their places.
#[test]
fn a_file_with_errors_is_refused() {
    let mut wrong = Vec::new();
    for (promises, places) in [
        ("", vec!["1:1 there is no promise in it"]),
        ("name: x\n", vec!["1:1 expected a list of promises"]),
        ("- name: [\n", vec![" "]),
        ("- name: a\n  name: b\n", vec!["2:3 the key `name` stands here twice"]),
        ("- name: a\n  expect: {status: 200}\n", vec!["1:3 there is no `request`"]),
        ("- name: a\n  request: {url: http://a/}\n", vec!["1:3 there is no `expect`"]),
        ("- nmae: a\n  request: {url: http://a/}\n  expect: {status: 200}\n", vec!["1:3 unknown key `nmae`", "did you mean `name`?"]),
        (
            "- name: a\n  request: {url: 'http://a/', methods: GET}\n  expect: {status: 200}\n- name: b\n  request: {url: 'ftp://a/'}\n  expect: {status: 200}\n",
            vec!["2:31 unknown key `methods`", "5:18 `ftp://a/` is no URL: its scheme is neither http nor https"],
        ),
        (&promise("url: http://a/", ""), vec!["3:11 nothing is expected"]),
        (&promise("url: http://a/", "status: 99"), vec!["3:20 `99` is no status"]),
        (&promise("url: http://a/", "status: open"), vec!["3:20 `open` is no status"]),
        (&promise("url: http://a/", "port: http"), vec!["3:18"]),
        (&promise("url: 'http://a/', method: A B", "status: 200"), vec!["2:39 `A B` is no method"]),
        (&promise("url: 'http://a/', headers: {x y: 1}", "status: 200"), vec!["2:41 `x y` is no name of a header"]),
        (&promise("url: 'http://a/', headers: {x: }", "status: 200"), vec!["header `x` has no value"]),
        (&format!("{}  gateway: edge\n", promise("url: http://a/", "status: 200")), vec!["4:12 `edge` has no namespace"]),
        (
            &format!("{}  gateway: shop/edgy\n", promise("url: http://a/", "status: 200")),
            vec!["4:12 no Gateway `shop/edgy`", "did you mean `shop/edge`?"],
        ),
        (&format!("{}  down: [shop/cart, shop/crat]\n", promise("url: http://a/", "status: 200")), vec!["4:21 no workload `shop/crat`"]),
        (&format!("{}  notReady: [shop/crat]\n", promise("url: http://a/", "status: 200")), vec!["4:14 no workload `shop/crat`"]),
        (&format!("{}  from: other/x\n", promise("url: http://a/", "status: 200")), vec!["4:9 nothing of the namespace of `other/x`"]),
        (&format!("{}  clientIp: x\n", promise("url: http://a/", "status: 200")), vec!["4:13 `x` is no IP address"]),
        (
            &format!("{}  eastWest: true\n", promise("url: http://a/", "status: 200")),
            vec!["4:13 a call inside the mesh has a client there"],
        ),
    ] {
        let run = expect(promises, "--color never");
        assert_eq!((run.out.as_str(), run.code), ("", 2), "{promises}\n{}", run.err);
        assert!(run.err.starts_with("error[expect]: "), "{promises}\n{}", run.err);
        for place in places {
            let (position, words) = place.split_once(' ').unwrap_or((place, ""));
            let has_place = !position.contains(':') || run.err.contains(&format!("promises.yaml:{position}"));
            let words = if position.contains(':') { words } else { place };
            if !has_place || !run.err.contains(words.trim()) {
                wrong.push(format!("{promises}{place}\n{}", run.err));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let gone = folder(&[("all.yaml", MANIFESTS)]);
    let run = finish(command(gone.path()).args(["trace", "--expect", "gone.yaml"]));
    assert!(run.code == 2 && run.err.contains("there is no such file"), "{}", run.err);
}

#[test]
fn flags_of_one_request_are_said_in_the_file() {
    let kept = promise("url: http://a/cart", "status: 200");
    for flag in [
        "-X POST",
        "-H x:1",
        "--gateway shop/edge",
        "--from shop/cart",
        "--client-ip 192.0.2.1",
        "--down shop/cart",
        "--not-ready shop/cart",
        "--east-west --from shop/cart",
    ] {
        let run = expect(&kept, flag);
        assert!(run.code == 2 && run.err.starts_with("error: -") && run.err.contains("is for one request"), "{flag}: {}", run.err);
    }
    for args in ["all.yaml", "--profile spec", "--complete", "--expect promises.yaml", "--no-config --namespace shop"] {
        assert_eq!(expect(&kept, args).code, 0, "{args}");
    }
    let two = expect(&kept, "--expect promises.yaml");
    assert_eq!(two.err, "All kept: 2 promises\n");
}

#[test]
fn clients_and_what_ifs_of_promises() {
    let with = |keys: &str, wanted: &str| format!("- name: p\n  request: {{url: http://a/cart}}\n{keys}  expect: {{{wanted}}}\n");
    for (keys, wanted) in [
        ("  from: outside\n", "status: 200"),
        ("  from: shop/default\n", "status: 200"),
        ("  gateway: shop/edge\n", "status: 200"),
        ("  clientIp: 192.0.2.1\n", "status: 200"),
        ("  down: [shop/cart]\n", "status: 503"),
        ("  notReady: [shop/cart]\n", "status: 503"),
    ] {
        let run = expect(&with(keys, wanted), "");
        assert_eq!((run.out.as_str(), run.code), ("", 0), "{keys}{}", run.err);
    }
    let across = "- name: p\n  request: {url: http://cart.shop/x}\n  from: shop/default\n  eastWest: true\n  expect: {service: cart}\n";
    assert_eq!(expect(across, "").code, 0);
}
