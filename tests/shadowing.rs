//! What is said about rules that get no request: true of every request that can be told apart from others, and true of a real
//! Envoy. For every rule of which it is not said there is a request that Envoy sends to it.
#![expect(clippy::unwrap_used, reason = "tests")]

#[path = "support/envoy.rs"]
mod envoy;
#[path = "shadowing/worlds.rs"]
mod worlds;

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

use envoy::{Client, Running, envoy, free_port};
use meshgate::compile::{Format, Listen, Options, compile};
use meshgate::lint::{Request as Run, Session, lint};
use meshgate::mesh::precedence::Profile;
use meshgate::mesh::routing::{Action, Answer, RoutingTable};
use meshgate::mesh::{Mesh, ObjectName, Request};
use meshgate::text::MemoryWorld;
use serde_json::Value;
use worlds::{Random, World, universe};

/// A rule, as its answers name it: `route.rule0.test`.
type Name = String;

fn open(text: &str) -> (Mesh, BTreeSet<(String, Name)>, BTreeSet<(String, String)>) {
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
