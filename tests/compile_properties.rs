//! What holds of every configuration: the order of files changes nothing, what is broken stays where it is, shares are those
//! of the manifests, and files say what one file says.
#![expect(clippy::unwrap_used, reason = "tests")]

#[path = "support/compiling.rs"]
mod compiling;
#[path = "support/random.rs"]
mod random;

use std::collections::BTreeMap;

use compiling::{AROUND, compiled, compiled_with, hosts, outcome, route};
use meshgate::compile::{Compiled, Format, Options, SecretsMode, Wanted, folded};
use random::{Random, gateway_and_routes};
use serde_json::{Value, json};

fn no_places() -> Options {
    Options { places: false, secrets: SecretsMode::Inline, ..Options::default() }
}

fn text(compiled: &Compiled) -> String {
    compiled.files(Format::Bootstrap, "").iter().map(|file| file.text(&compiled.head(), false)).collect()
}

/// The documents of files in another order, in other files, with the keys of each mapping turned round.
fn shuffled(documents: &[Value], random: &mut Random) -> Vec<(String, String)> {
    fn turned(value: &Value, random: &mut Random) -> Value {
        match value {
            Value::Object(fields) => {
                let mut all: Vec<_> = fields.iter().map(|(key, value)| (key.clone(), turned(value, random))).collect();
                random.shuffle(&mut all);
                Value::Object(all.into_iter().collect())
            }
            Value::Array(list) => list.iter().map(|value| turned(value, random)).collect(),
            other => other.clone(),
        }
    }
    let mut all: Vec<Value> = documents.iter().map(|document| turned(document, random)).collect();
    random.shuffle(&mut all);
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    for document in all {
        let file = files.entry(format!("{}/f{}.yaml", random.below(2), random.below(4))).or_default();
        file.push_str(&format!("---\n{document}\n"));
    }
    files.into_iter().collect()
}

fn of_files(files: &[(String, String)]) -> Compiled {
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    outcome(&files, &Wanted::Only, &no_places()).compiled.unwrap().remove(0)
}

#[test]
fn the_order_of_documents_files_and_keys_changes_nothing() {
    for seed in 0..60 {
        let mut random = Random::new(seed);
        let mut documents = gateway_and_routes(&mut random);
        let plain = text(&of_files(&shuffled(&documents, &mut random)));
        assert_eq!(text(&of_files(&shuffled(&documents, &mut random))), plain, "seed {seed}");
        assert!(plain.contains("virtual_hosts") || !plain.contains("http_connection_manager"), "{plain}");
        // ages in the order of names say what names say
        let mut routes: Vec<&mut Value> = documents.iter_mut().filter(|d| d["kind"] == "HTTPRoute").collect();
        routes.sort_by_key(|route| route["metadata"]["name"].as_str().unwrap().to_owned());
        for (n, route) in routes.into_iter().enumerate() {
            route["metadata"]["creationTimestamp"] = json!(format!("2026-01-01T00:00:{n:02}Z"));
        }
        assert_eq!(text(&of_files(&shuffled(&documents, &mut random))), plain, "with ages, seed {seed}");
    }
}

/// Whatever is wrong with a route, what others answer for other hosts and paths stays as it is.
#[test]
fn a_broken_route_changes_nothing_elsewhere() {
    let good = "{matches: [{path: {value: /a}}], backendRefs: [{name: cart, port: 80}]}";
    let base = format!("{AROUND}{}", route("good", "a.example.com", good));
    let (before, _) = compiled(&base);
    for broken in [
        "{}",
        "{backendRefs: [{name: gone, port: 80}]}",
        "{backendRefs: [{name: cart, port: 81}]}",
        "{backendRefs: [{name: cart, namespace: other, port: 80}]}",
        "{backendRefs: [{group: a.example, kind: Bucket, name: b}]}",
        "{matches: [{path: {type: RegularExpression, value: '['}}], backendRefs: [{name: cart, port: 80}]}",
        "{matches: [{path: {type: Exact, value: 'a?b'}}], backendRefs: [{name: cart, port: 80}]}",
        "{matches: [{path: {value: /a?b/}}], backendRefs: [{name: cart, port: 80}]}",
        "{filters: [{type: ExtensionRef, extensionRef: {group: a, kind: B, name: c}}], backendRefs: [{name: cart, port: 80}]}",
        "{filters: [{type: URLRewrite}], backendRefs: [{name: cart, port: 80}]}",
        "{filters: [{type: RequestHeaderModifier, requestHeaderModifier: {add: [{name: host, value: \"a\\nb\"}]}}], backendRefs: [{name: cart, port: 80}]}",
        "{timeouts: {request: x}, backendRefs: [{name: cart, port: 80}]}",
        "nonsense",
        "{matches: 5}",
    ] {
        let (after, errors) = compiled(&format!("{base}{}", route("broken", "b.example.com", broken)));
        let unchanged = |compiled: &Compiled| hosts(compiled).into_iter().find(|(host, _)| host == "a.example.com");
        assert_eq!(unchanged(&after), unchanged(&before), "{broken}");
        // a rule without backends is allowed, and answers 500
        assert!(!errors.is_empty() || broken == "{}", "{broken}");
        // on the same host, with another path
        let broken = broken.replace("/a?b/", "/b?c/");
        let (after, _) = compiled(&format!("{base}{}", route("broken", "a.example.com", &broken)));
        let first = |compiled: &Compiled| hosts(compiled)[0].1.iter().find(|route| route["name"] == "httproute/shop/good/0/0").cloned();
        assert_eq!(first(&after), first(&before), "{broken}");
    }
}

/// The fraction of a backend's weight among all, the broken ones included, is what Envoy is told.
#[test]
fn shares_are_those_of_the_manifest() {
    for seed in 0..60 {
        let mut random = Random::new(seed);
        let backends: Vec<(&str, u64)> = (0..1 + random.below(5))
            .map(|_| (["cart", "pay", "gone"][random.below(3)], random.below(4) as u64 * (1 + random.below(1000) as u64)))
            .collect();
        let rewritten = random.chance(3);
        let filters = if rewritten { ", filters: [{type: URLRewrite, urlRewrite: {hostname: x.example.com}}]" } else { "" };
        let list: Vec<String> =
            backends.iter().map(|(name, weight)| format!("{{name: {name}, port: 80, weight: {weight}{filters}}}")).collect();
        let (compiled, _) = compiled(&format!("{AROUND}{}", route("r", "", &format!("{{backendRefs: [{}]}}", list.join(", ")))));
        let routes = hosts(&compiled).remove(0).1;
        let mut expected: BTreeMap<&str, f64> = BTreeMap::new();
        let sum: u64 = backends.iter().map(|(_, weight)| weight).sum();
        for (name, weight) in &backends {
            let name = match *name {
                "cart" => "shop/cart:80",
                "pay" => "shop/pay:80",
                _ => "500",
            };
            let share = if sum == 0 { 0.0 } else { *weight as f64 / sum as f64 };
            *expected.entry(name).or_default() += share;
        }
        if sum == 0 {
            expected = BTreeMap::from([("500", 1.0)]);
        }
        expected.retain(|_, share| *share > 0.0);
        let found = shares(&routes);
        assert_eq!(found.keys().copied().collect::<Vec<_>>(), expected.keys().copied().collect::<Vec<_>>(), "{list:?}\n{routes:#?}");
        for (name, share) in expected {
            assert!((found[name] - share).abs() < 2e-6, "{name}: {} instead of {share}: {list:?}", found[name]);
        }
    }
}

/// Which share of requests goes where, as Envoy would compute it.
fn shares(routes: &[Value]) -> BTreeMap<&str, f64> {
    let mut all = BTreeMap::new();
    let mut before = 0.0;
    for route in routes {
        let upto = route.pointer("/match/runtime_fraction/default_value/numerator").map_or(1.0, |n| n.as_f64().unwrap() / 1e6);
        let own = upto - before;
        before = upto;
        let name = |name: &'_ str| -> &'static str {
            match name {
                "shop/cart:80" => "shop/cart:80",
                "shop/pay:80" => "shop/pay:80",
                "leads-nowhere" => "500",
                other => panic!("{other}"),
            }
        };
        if route.get("direct_response").is_some() {
            *all.entry("500").or_default() += own;
        } else if let Some(cluster) = route["route"].get("cluster") {
            *all.entry(name(cluster.as_str().unwrap())).or_default() += own;
        } else {
            let clusters = route["route"]["weighted_clusters"]["clusters"].as_array().unwrap();
            let sum: f64 = clusters.iter().map(|one| one["weight"].as_f64().unwrap()).sum();
            for one in clusters {
                *all.entry(name(one["name"].as_str().unwrap())).or_default() += own * one["weight"].as_f64().unwrap() / sum;
            }
        }
    }
    all
}

#[test]
fn files_for_filesystem_xds_say_what_the_bootstrap_says() {
    for seed in 0..40 {
        let mut random = Random::new(seed);
        let documents: String = gateway_and_routes(&mut random).iter().map(|document| format!("---\n{document}\n")).collect();
        for places in [false, true] {
            let (compiled, _) = compiled_with(&documents, &Options { places, ..no_places() });
            let whole = compiled.files(Format::Bootstrap, "").remove(0).value;
            let files = compiled.files(Format::XdsFiles, "/etc/envoy");
            assert_eq!(folded(&files), whole, "seed {seed}");
            // what is written is what is meant
            for file in &files {
                let json: Value = serde_json::from_str(&file.text(&compiled.head(), true)).unwrap();
                assert!(json.is_object() && !json.to_string().contains("\"#\""), "{json}");
            }
        }
    }
}
