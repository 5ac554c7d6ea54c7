//! What is said about rules that get no request: true of every request that can be told apart from others, and true of a real
//! Envoy. For every rule of which it is not said there is a request that Envoy sends to it.
#![expect(clippy::unwrap_used, reason = "tests")]

#[path = "support/chance.rs"]
mod chance;
#[path = "support/envoy.rs"]
mod envoy;
#[path = "shadowing/worlds.rs"]
mod worlds;

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

use chance::Random;
use envoy::{Client, Running, envoy, free_port};
use meshgate::compile::{Format, Listen, Options, compile};
use meshgate::lint::{Request as Run, Session, lint};
use meshgate::mesh::precedence::Profile;
use meshgate::mesh::routing::{Action, Answer, RoutingTable};
use meshgate::mesh::{Mesh, ObjectName, Request};
use meshgate::text::MemoryWorld;
use serde_json::Value;
use worlds::{World, universe};

/// A rule, as its answers name it: `route.rule0.test`.
type Name = String;

/// Rules or routes that something is said of, each with its namespace.
type Said = BTreeSet<(String, String)>;

fn open(text: &str) -> (Mesh, Said, Said) {
    let world = MemoryWorld::new([("all.yaml", text)]);
    let request = Run { complete: true, ..Run::new(["."]) };
    let mesh = Session::open(&world, &request).unwrap_or_else(|failure| panic!("{failure:?}")).into_mesh();
    let (mut never, mut tied) = (BTreeSet::new(), BTreeSet::new());
    for finding in lint(&world, &request).unwrap_or_else(|failure| panic!("{failure:?}")).findings {
        let Some(id) = &finding.resource else { continue };
        let namespace = id.namespace.name().unwrap().to_string();
        match &*finding.rule {
            "rule-never-matches" => {
                let number: usize = finding.message.split(' ').nth(1).unwrap().parse().unwrap();
                never.insert((namespace, format!("{}.rule{}.test", id.name, number - 1)));
            }
            "rule-order-depends-on-age" => _ = tied.insert((namespace, id.name.to_string())),
            _ => {}
        }
    }
    assert_eq!(never.len(), mesh.order().unreached.len());
    (mesh, never, tied)
}

fn gateway(world: &World) -> ObjectName {
    format!("{}/edge", world.namespace).parse().unwrap()
}

fn name_of(rule: &meshgate::mesh::routing::Rule<'_>) -> Name {
    match &rule.action {
        Action::Redirect(redirect) => redirect.hostname.as_ref().unwrap().to_string(),
        other => panic!("{other:?}"),
    }
}

fn answer(table: &RoutingTable<'_>, request: &Request) -> Option<Name> {
    match table.answer(request) {
        Answer::Rule { rule, .. } => Some(name_of(rule)),
        _ => None,
    }
}

/// The rules that some host of some listener has, with a request that reaches them.
fn witnesses(table: &RoutingTable<'_>) -> BTreeMap<Name, Option<Request>> {
    let hosts = table.ports.iter().flat_map(|port| &port.listeners).flat_map(|listener| listener.hosts.values());
    let rules: BTreeSet<usize> = hosts.flat_map(|host| host.entries.iter().map(|entry| entry.rule)).collect();
    rules.into_iter().map(|rule| (name_of(&table.rules[rule]), table.witness(rule))).collect()
}

/// All requests over the words of the worlds, and over one more of each kind: what is unreachable is so for each of them, and the
/// other way round.
#[test]
fn unreachable_is_what_no_request_reaches() {
    let (mut unreachable, mut reached, mut tied_rules) = (0, 0, 0);
    for seed in 0..120 {
        let world = World::random(&mut Random::new(seed), "w", seed % 2 == 0, false);
        let (mesh, never, tied) = open(&world.text);
        let table = mesh.gateway_named(&gateway(&world)).unwrap().routing(Profile::Spec);
        let answered: BTreeSet<Name> = universe(&world).iter().filter_map(|request| answer(&table, request)).collect();
        for (rule, witness) in witnesses(&table) {
            let called = never.contains(&("w".to_owned(), rule.clone()));
            let is_reached = answered.contains(&rule);
            assert_eq!(witness.is_some(), is_reached, "seed {seed}: {rule} {witness:?}\n{}", world.text);
            if let Some(request) = witness {
                assert_eq!(answer(&table, &request).as_ref(), Some(&rule), "seed {seed}: {request:?}");
            }
            assert!(!(called && is_reached), "seed {seed}: {rule} is reached\n{}", world.text);
            // where no ages are known, the route that comes later by name is said to hang on them
            let route = rule.split('.').next().unwrap().to_owned();
            let ages_decide = !world.aged && tied.contains(&("w".to_owned(), route));
            assert!(called || is_reached || ages_decide, "seed {seed}: nothing is said of {rule}\n{}", world.text);
            unreachable += usize::from(called);
            reached += usize::from(is_reached);
            tied_rules += usize::from(!called && !is_reached);
        }
    }
    println!("{unreachable} rules unreachable, {reached} reached, {tied_rules} by age");
    assert!(unreachable > 60 && reached > 300 && tied_rules > 8, "{unreachable} {reached} {tied_rules}");
}

/// Envoys, Gateways in each, and requests for each Gateway.
const RUNS: u64 = 3;
const GATEWAYS: usize = 40;
const REQUESTS: usize = 200;

#[test]
fn envoy_never_answers_from_what_is_called_unreachable_and_reaches_the_others() {
    let Some(envoy) = envoy() else { return };
    let (mut unreachable, mut reached, mut hidden, mut asked) = (0, 0, 0, 0);
    for run in 0..RUNS {
        let mut random = Random::new(0x0005_ade0 + run);
        let patterns = run == RUNS - 1;
        let worlds: Vec<World> = (0..GATEWAYS).map(|n| World::random(&mut random, &format!("w{n}"), true, patterns)).collect();
        let text: String = worlds.iter().map(|world| world.text.as_str()).collect();
        let (mesh, never, _) = open(&text);
        let (running, addresses) = start(envoy, &mesh, &worlds);
        for (world, addresses) in worlds.iter().zip(&addresses) {
            let mut clients: BTreeMap<u16, Client> = addresses.iter().map(|(port, at)| (*port, Client::new(*at))).collect();
            let mut ask = |request: &Request| -> Option<Name> {
                let target = request.query.as_ref().map_or_else(|| request.path.clone(), |query| format!("{}?{query}", request.path));
                let client = clients.get_mut(&request.port).unwrap();
                let answer = client.ask(&request.method, &target, &request.host, &request.headers);
                match answer.status {
                    302 => Some(host_of(answer.header("location").unwrap())),
                    404 => None,
                    other => panic!("Envoy answers {other} to {request:?}\n{}\n{}", world.text, running.log()),
                }
            };
            let table = mesh.gateway_named(&gateway(world)).unwrap().routing(Profile::Spec);
            let witnesses = witnesses(&table);
            let is_never = |rule: &Name| never.contains(&(world.namespace.clone(), rule.clone()));
            for (rule, witness) in &witnesses {
                match witness {
                    Some(request) => {
                        assert!(!is_never(rule), "{rule} has a witness {request:?}\n{}", world.text);
                        assert_eq!(ask(request).as_ref(), Some(rule), "{request:?}\n{}", world.text);
                        reached += 1;
                    }
                    None if is_never(rule) => unreachable += 1,
                    // a pattern may hide it, and then nothing is said
                    None => {
                        assert!(patterns, "nothing is said of {rule}, and nothing reaches it\n{}", world.text);
                        hidden += 1;
                    }
                }
            }
            let mut all = universe(world);
            for _ in 0..REQUESTS {
                let request = all.swap_remove(random.below(all.len()));
                let theirs = ask(&request);
                assert!(!theirs.as_ref().is_some_and(is_never), "{theirs:?} answers {request:?}\n{}", world.text);
                asked += 1;
            }
        }
    }
    println!("{unreachable} rules unreachable, {reached} reached, {hidden} behind patterns, {asked} other requests");
    assert!(unreachable > 60 && reached > 300 && hidden * 10 < reached, "{unreachable} {reached} {hidden}");
}

/// The host that a `location` names.
fn host_of(location: &str) -> String {
    let rest = location.split_once("://").map_or(location, |(_, rest)| rest);
    rest.split(['/', ':', '?']).next().unwrap_or_default().to_owned()
}

/// One Envoy with the listeners of all Gateways; the addresses of each one's ports.
fn start(envoy: &std::path::Path, mesh: &Mesh, worlds: &[World]) -> (Running, Vec<Vec<(u16, SocketAddr)>>) {
    let mut free = BTreeSet::new();
    let ports: usize = worlds.iter().map(|world| world.ports().len()).sum();
    while free.len() < ports {
        free.insert(free_port());
    }
    let mut free = free.into_iter();
    let (mut config, mut all): (Option<Value>, Vec<Vec<(u16, SocketAddr)>>) = (None, Vec::new());
    for world in worlds {
        let at = |port| Listen { port, udp: None, address: "127.0.0.1".to_owned(), at: free.next().unwrap() };
        let listen: Vec<Listen> = world.ports().into_iter().map(at).collect();
        all.push(listen.iter().map(|listen| (listen.port, ([127, 0, 0, 1], listen.at).into())).collect());
        let options = Options { listen, profile: Some(Profile::Spec), places: false, ..Options::default() };
        let compiled = compile(mesh.gateway_named(&gateway(world)).unwrap(), &options, None);
        let written = compiled.files(Format::Bootstrap, "").remove(0);
        let mut bootstrap: Value = serde_json::from_str(&compiled.text(&written, true)).unwrap();
        let listeners = bootstrap["static_resources"]["listeners"].as_array_mut().unwrap();
        for listener in listeners.iter_mut() {
            listener["name"] = format!("{}-{}", world.namespace, listener["name"].as_str().unwrap()).into();
        }
        match &mut config {
            None => config = Some(bootstrap),
            Some(config) => config["static_resources"]["listeners"].as_array_mut().unwrap().append(listeners),
        }
    }
    let addresses: Vec<SocketAddr> = all.iter().flatten().map(|(_, address)| *address).collect();
    (Running::start(envoy, &config.unwrap().to_string(), &addresses), all)
}

/// A Gateway of a class, with these listeners.
fn edge(class: &str, listeners: &str) -> String {
    format!(
        "---\napiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {{name: edge, namespace: shop}}\n\
         spec: {{gatewayClassName: {class}, listeners: [{listeners}]}}\n"
    )
}

const HTTP: &str = "{name: http, port: 80, protocol: HTTP}";

/// A route with more of metadata, hostnames and rules, in flow style.
fn route(name: &str, more: &str, hosts: &str, rules: &str) -> String {
    format!(
        "---\napiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {{name: {name}, namespace: shop{more}}}\n\
         spec: {{parentRefs: [{{name: edge}}], hostnames: [{hosts}], rules: [{rules}]}}\n"
    )
}

/// A rule with a match and a backend.
fn to(backend: &str, matching: &str) -> String {
    let matches = if matching.is_empty() { String::new() } else { format!("matches: [{matching}], ") };
    format!("{{{matches}backendRefs: [{{name: {backend}, port: 80}}]}}")
}

/// What is said about order, as `rule severity line`; with `possible` where it is shown with `--pedantic` only.
fn said(files: &[(&str, &str)]) -> Vec<String> {
    let world = MemoryWorld::new(files.iter().copied());
    let linted = lint(&world, &Run { pedantic: true, ..Run::new(["."]) }).unwrap_or_else(|failure| panic!("{failure:?}"));
    let ours = ["rule-never-matches", "rule-order-", "rule-dropped-", "hostname-fall-through", "match-impossible"];
    let findings = linted.findings.iter().filter(|finding| ours.iter().any(|name| finding.rule.starts_with(name)));
    let mut all: Vec<String> = findings
        .map(|finding| {
            let severity = format!("{:?}", finding.severity).to_lowercase();
            let possible = if finding.certainty == meshgate::checks::Certainty::Possible { " possible" } else { "" };
            format!("{} {severity}{possible}", finding.rule)
        })
        .collect();
    all.sort();
    all
}

const AGE: &str = "rule-order-depends-on-age";
const NEVER: &str = "rule-never-matches";
const PRODUCT: &str = "rule-order-depends-on-implementation";
const HOST: &str = "a.example.com";

/// A mesh in words and as manifests, and what is said of it.
type Case = (&'static str, String, Vec<String>);

fn check(cases: Vec<Case>) {
    for (what, text, expected) in cases {
        assert_eq!(said(&[("all.yaml", &text)]), expected, "{what}\n{text}");
    }
}

/// One route with these rules.
fn one(class: &str, rules: &str) -> String {
    edge(class, HTTP) + &route("only", "", HOST, rules)
}

#[test]
fn between_routes_ages_decide() {
    let old = ", creationTimestamp: '2025-01-01T00:00:00Z'";
    let young = ", creationTimestamp: '2025-01-02T00:00:00Z'";
    let (a, b) = (to("a", ""), to("b", ""));
    let twice = |listeners: &str, first: &str, second: &str| {
        let mut all = edge("kgateway", listeners);
        all.push_str(&route("first", first, HOST, &a));
        all + &route("second", second, HOST, &b)
    };
    check(vec![
        ("ages are not known", twice(HTTP, "", ""), vec![format!("{AGE} warning")]),
        ("one age is not known", twice(HTTP, old, ""), vec![format!("{AGE} warning")]),
        ("ages are known", twice(HTTP, old, young), vec![format!("{NEVER} warning")]),
        ("ages are known of these two, and not of a third", twice(HTTP, old, young) + &route("third", "", "c.example.com", &a), vec![]),
        ("a weight decides", twice(HTTP, ", annotations: {kgateway.dev/route-weight: '10'}", ""), vec![]),
        (
            "a listener leaves the younger one a host",
            {
                let listeners = format!("{HTTP}, {{name: other, port: 8080, protocol: HTTP}}");
                twice(&listeners, old, young).replacen("parentRefs: [{name: edge}]", "parentRefs: [{name: edge, sectionName: http}]", 1)
            },
            vec![],
        ),
        (
            "the younger one has another parent that is not there",
            {
                twice(HTTP, young, old).replacen(
                    "parentRefs: [{name: edge}]",
                    "parentRefs: [{name: edge}, {name: other, namespace: elsewhere}]",
                    1,
                )
            },
            vec![],
        ),
        (
            "the same requests count more than some of them, whatever comes first",
            {
                let with = |name: &str, backend: &str| to(backend, &format!("{{headers: [{{name: {name}, value: '1'}}]}}"));
                let first = route("first", "", "a.example.com, b.example.com", &with("x-a", "a"));
                let some = route("second", "", "a.example.com", &with("x-b", "b"));
                let rules = format!("{}, {}", with("x-b", "b"), with("x-a", "b"));
                let all = route("second", "", "b.example.com, a.example.com", &rules);
                assert_eq!(said(&[("all.yaml", &(edge("kgateway", HTTP) + &first + &some))]), [format!("{AGE} info")]);
                edge("kgateway", HTTP) + &first + &all
            },
            vec![format!("{AGE} warning")],
        ),
        (
            "some requests fit both",
            {
                let with = |name: &str, backend: &str| to(backend, &format!("{{headers: [{{name: {name}, value: '1'}}]}}"));
                edge("kgateway", HTTP) + &route("first", "", HOST, &with("x-a", "a")) + &route("second", "", HOST, &with("x-b", "b"))
            },
            vec![format!("{AGE} info")],
        ),
        (
            "at another listener the ages are not known",
            {
                let listeners = format!("{HTTP}, {{name: other, port: 8080, protocol: HTTP}}");
                let third = route("third", "", "c.example.com", &a).replace("{name: edge}", "{name: edge, sectionName: other}");
                twice(&listeners, old, young) + &third
            },
            vec![],
        ),
    ]);
}

#[test]
fn in_one_route_the_same_match_takes_all() {
    let (a, b) = (to("a", ""), to("b", ""));
    let regex = to("a", "{path: {type: RegularExpression, value: '/x/[0-9]+'}}");
    check(vec![
        ("a duplicate needs no Gateway", route("only", "", HOST, &format!("{a}, {b}")), vec![format!("{NEVER} error")]),
        (
            "a filter of a product's own may look at more",
            {
                let filter = "filters: [{type: ExtensionRef, extensionRef: {group: a.example.com, kind: Cookies, name: c}}], ";
                one("kgateway", &format!("{}, {b}", a.replacen('{', &format!("{{{filter}"), 1)))
            },
            vec![],
        ),
        (
            "a rule that hands on to routes may leave some",
            {
                let handed =
                    "{matches: [{path: {value: /x}}], backendRefs: [{group: gateway.networking.k8s.io, kind: HTTPRoute, name: child}]}";
                one("kgateway", &format!("{handed}, {}", to("b", "{path: {value: /x}}")))
            },
            vec![],
        ),
        (
            "all nine methods are not all",
            {
                let methods = ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"];
                let rules: Vec<String> = methods.iter().map(|method| to("a", &format!("{{method: {method}}}"))).collect();
                one("kgateway", &format!("{}, {b}", rules.join(", ")))
            },
            vec![],
        ),
        ("one of two matches is left", one("kgateway", &format!("{a}, {}", to("b", "{path: {value: /}}, {path: {value: /x}}"))), vec![]),
        ("the same pattern", one("kgateway", &format!("{regex}, {}", regex.replace("name: a", "name: b"))), vec![format!("{NEVER} error")]),
    ]);
}

#[test]
fn products_disagree_on_patterns_and_methods() {
    let (a, b) = (to("a", ""), to("b", ""));
    let regex = to("a", "{path: {type: RegularExpression, value: '/x/[0-9]+'}}");
    check(vec![
        (
            "a pattern before a prefix, as with most",
            one("kgateway", &format!("{regex}, {}", to("b", "{path: {value: /x}}"))),
            vec![format!("{PRODUCT} info possible")],
        ),
        (
            "a pattern after a prefix, as with Istio",
            one("istio", &format!("{regex}, {}", to("b", "{path: {value: /x}}"))),
            vec![format!("{PRODUCT} warning")],
        ),
        (
            "nobody knows the product",
            one("somebody", &format!("{regex}, {}", to("b", "{path: {value: /x}}"))),
            vec![format!("{PRODUCT} info possible")],
        ),
        (
            "a pattern that another header tells apart",
            {
                let with = |value: &str, path: &str| format!("{{path: {path}, headers: [{{name: x, value: '{value}'}}]}}");
                let first = to("a", &with("1", "{type: RegularExpression, value: '/x/[0-9]+'}"));
                one("istio", &format!("{first}, {}", to("b", &with("2", "{value: /x}"))))
            },
            vec![],
        ),
        ("Istio drops", one("istio", &format!("{regex}, {b}")), vec!["rule-dropped-after-catch-all error".to_owned()]),
        ("Istio drops what does the same", one("istio", &format!("{regex}, {a}")), vec![]),
        (
            "Istio drops nothing where all need a header",
            { one("istio", &format!("{regex}, {}", to("b", "{headers: [{name: x, value: '1'}]}"))) },
            vec![format!("{PRODUCT} warning")],
        ),
        (
            "nobody takes what is impossible",
            one("kgateway", &format!("{a}, {}", to("b", "{path: {type: Exact, value: '/x?y'}}"))),
            vec!["match-impossible error".to_owned()],
        ),
        (
            "a class of Envoy Gateway's controller",
            {
                let class = "---\napiVersion: gateway.networking.k8s.io/v1\nkind: GatewayClass\nmetadata: {name: ours}\nspec: {controllerName: gateway.envoyproxy.io/gatewayclass-controller}\n";
                let headers = "{headers: [{name: x, value: '1'}, {name: z, value: '1'}]}";
                class.to_owned() + &one("ours", &format!("{}, {}", to("a", "{method: GET}"), to("b", headers)))
            },
            vec![format!("{PRODUCT} warning")],
        ),
        (
            "calls",
            {
                let call = |backend: &str| to(backend, "{method: {service: a.B, method: C}}");
                one("kgateway", &format!("{}, {}", call("a"), call("b"))).replace("kind: HTTPRoute", "kind: GRPCRoute")
            },
            vec![format!("{NEVER} error")],
        ),
        ("two definitions of one route", edge("kgateway", HTTP) + &route("r", "", HOST, &a) + &route("r", "", HOST, &b), vec![]),
    ]);
}

/// What is in two clusters, or reached by two kustomizations, may never meet.
#[test]
fn what_never_meets_is_left_alone() {
    let (a, b) = (route("first", "", "", &to("a", "")), route("second", "", "", &to("b", "")));
    let gateway = edge("kgateway", HTTP);
    let both = "clusters: [{name: east, paths: [east/*]}, {name: west, paths: [west/*]}]\n";
    let east = format!("{gateway}{a}");
    let west = format!("{gateway}{b}");
    assert_eq!(said(&[("meshgate.yaml", both), ("east/all.yaml", &east), ("west/all.yaml", &west)]), Vec::<String>::new());
    let list = "resources: [all.yaml]\n";
    let apart = [
        ("gateway.yaml", gateway.as_str()),
        ("one/kustomization.yaml", list),
        ("one/all.yaml", &a),
        ("two/kustomization.yaml", list),
        ("two/all.yaml", &b),
    ];
    assert_eq!(said(&apart), ["rule-order-depends-on-age info possible"]);
}

/// A rule that is taken in one of two clusters has its requests in the other.
#[test]
fn a_rule_is_unreachable_only_where_it_is_so_in_all_clusters() {
    let both = "clusters: [{name: east, paths: [shared.yaml, east/*]}, {name: west, paths: [shared.yaml]}]\n";
    let age = |day: u8| format!(", creationTimestamp: '2025-01-0{day}T00:00:00Z'");
    let shared = edge("kgateway", HTTP) + &route("young", &age(2), "", &to("a", ""));
    let older = route("old", &age(1), "", &to("b", ""));
    assert_eq!(said(&[("meshgate.yaml", both), ("shared.yaml", &shared), ("east/all.yaml", &older)]), Vec::<String>::new());
    let everywhere = shared + &older;
    assert_eq!(said(&[("meshgate.yaml", both), ("shared.yaml", &everywhere)]), ["rule-never-matches warning"]);
}
