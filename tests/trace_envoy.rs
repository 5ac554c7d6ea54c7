//! The engine that `trace` asks and a real Envoy with the compiled configuration name the same rule, whatever the Gateways,
//! listeners, hosts, routes, matches and requests. And this would be noticed, were it otherwise.
#![expect(clippy::unwrap_used, reason = "tests")]

#[path = "support/chance.rs"]
mod chance;
#[path = "support/envoy.rs"]
mod envoy;
#[path = "trace_envoy/oracle.rs"]
mod oracle;
#[path = "trace_envoy/random.rs"]
mod random;

use std::collections::BTreeSet;
use std::net::SocketAddr;

use chance::Random;
use envoy::{Client, Running, envoy, free_port};
use meshgate::compile::{Format, Listen, Options, compile};
use meshgate::lint::{Request as Run, Session};
use meshgate::mesh::precedence::Profile;
use meshgate::mesh::routing::{Action, Answer, Fault};
use meshgate::mesh::walk::End;
use meshgate::mesh::{Mesh, ObjectName, Request};
use meshgate::text::MemoryWorld;
use meshgate::trace::{Question, Tracer};
use random::{Asked, World};
use serde_json::Value;

/// Envoys, Gateways in each, and requests for each Gateway.
const RUNS: usize = 8;
const GATEWAYS: usize = 50;
const REQUESTS: usize = 60;

/// Within how many requests a fault must show.
const SOON: usize = 2000;

/// Which rule answers: where it redirects to. None where no rule does.
type Named = Option<String>;

/// A request at one of the Gateways, and what Envoy did with it.
struct Seen {
    gateway: usize,
    asked: Asked,
    envoy: Named,
}

fn mesh(text: &str) -> Mesh {
    let world = MemoryWorld::new([("all.yaml", text)]);
    let request = Run { complete: true, ..Run::new(["."]) };
    Session::open(&world, &request).unwrap_or_else(|failure| panic!("{failure:?}")).into_mesh()
}

fn name_of(world: &World) -> ObjectName {
    format!("{}/edge", world.namespace).parse().unwrap()
}

/// The host that a `location` names.
fn host_of(location: &str) -> String {
    let rest = location.split_once("://").map_or(location, |(_, rest)| rest);
    rest.split(['/', ':', '?']).next().unwrap_or_default().to_owned()
}

fn request(asked: &Asked) -> Request {
    Request {
        method: asked.method.clone(),
        scheme: "http".to_owned(),
        host: asked.host.split(':').next().unwrap().to_ascii_lowercase(),
        port: asked.port,
        path: asked.path.clone(),
        query: asked.query.clone(),
        headers: asked.headers.clone(),
        ..Request::default()
    }
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
        let listen: Vec<Listen> = world
            .ports()
            .into_iter()
            .map(|port| Listen { port, udp: None, address: "127.0.0.1".to_owned(), at: free.next().unwrap() })
            .collect();
        all.push(listen.iter().map(|listen| (listen.port, ([127, 0, 0, 1], listen.at).into())).collect());
        let gateway = mesh.gateway_named(&name_of(world)).unwrap();
        let options = Options { listen, profile: Some(Profile::Spec), places: false, ..Options::default() };
        let compiled = compile(gateway, &options, None);
        let written = compiled.files(Format::Bootstrap, "").remove(0);
        let mut bootstrap: Value = serde_json::from_str(&compiled.text(&written, true)).unwrap();
        for listener in bootstrap["static_resources"]["listeners"].as_array_mut().into_iter().flatten() {
            let name = format!("{}-{}", world.namespace, listener["name"].as_str().unwrap());
            listener["name"] = name.into();
        }
        match &mut config {
            None => config = Some(bootstrap),
            Some(config) => {
                let more = bootstrap["static_resources"]["listeners"].as_array().cloned().unwrap_or_default();
                config["static_resources"]["listeners"].as_array_mut().unwrap().extend(more);
            }
        }
    }
    let addresses: Vec<SocketAddr> = all.iter().flatten().map(|(_, address)| *address).collect();
    (Running::start(envoy, &config.unwrap().to_string(), &addresses), all)
}

/// What the engine says, with a fault or without.
fn engine(mesh: &Mesh, world: &World, fault: Fault) -> impl Fn(&Asked) -> Named {
    let table = mesh.gateway_named(&name_of(world)).unwrap().routing_with(Profile::Spec, fault);
    move |asked| match table.answer(&request(asked)) {
        Answer::Rule { rule, .. } => match &rule.action {
            Action::Redirect(redirect) => Some(redirect.hostname.as_ref().unwrap().to_string()),
            other => panic!("{other:?}"),
        },
        _ => None,
    }
}

#[test]
fn trace_and_envoy_name_the_same_rule() {
    let Some(envoy) = envoy() else { return };
    let mut asked = 0;
    let mut answered = 0;
    let mut first: Vec<(Mesh, Vec<World>, Vec<Seen>)> = Vec::new();
    for run in 0..RUNS {
        let mut random = Random::new(0x5eed_0000 + run as u64);
        let worlds: Vec<World> = (0..GATEWAYS).map(|n| World::random(&mut random, &format!("w{n}"))).collect();
        let text: String = worlds.iter().map(|world| world.text.as_str()).collect();
        let mesh = mesh(&text);
        let (running, addresses) = start(envoy, &mesh, &worlds);
        let tracer = Tracer::new(&mesh, Some(Profile::Spec));
        let mut seen = Vec::new();
        for (number, world) in worlds.iter().enumerate() {
            let ours = engine(&mesh, world, Fault::None);
            let mut clients: Vec<(u16, Client)> = addresses[number].iter().map(|(port, at)| (*port, Client::new(*at))).collect();
            for _ in 0..REQUESTS {
                let one = Asked::random(&mut random, &world.ports());
                let (_, client) = clients.iter_mut().find(|(port, _)| *port == one.port).unwrap();
                let answer = client.ask(&one.method, &one.target(), &one.host, &one.headers);
                let theirs = match answer.status {
                    302 => Some(host_of(answer.header("location").unwrap())),
                    404 => None,
                    other => panic!("Envoy answers {other} to {one:?}\n{}\n{}", world.text, running.log()),
                };
                assert_eq!(ours(&one), theirs, "left: meshgate, right: Envoy\n{one:?}\n{}", world.text);
                assert_eq!(oracle::answer(world, &one), theirs, "left: the text, right: Envoy\n{one:?}\n{}", world.text);
                let question = Question { request: request(&one), gateway: Some(name_of(world)), ..Question::default() };
                let followed = tracer.ask(&question, true).unwrap();
                let walked = match &followed.walk.end {
                    End::Answer { location: Some(location), .. } => Some(host_of(location)),
                    End::Answer { status: 404, .. } => None,
                    other => panic!("{other:?}\n{one:?}"),
                };
                assert_eq!(walked, theirs, "left: the walk, right: Envoy\n{one:?}\n{}", world.text);
                asked += 1;
                answered += usize::from(theirs.is_some());
                seen.push(Seen { gateway: number, asked: one, envoy: theirs });
            }
        }
        if run < SOON.div_ceil(GATEWAYS * REQUESTS) {
            first.push((mesh, worlds, seen));
        }
    }
    assert!(asked >= 20_000, "{asked} requests");
    // a test in which nearly nothing is answered would prove little
    assert!(answered * 3 > asked && answered * 20 < asked * 19, "{answered} of {asked} are answered");
    println!("{asked} requests, {answered} answered by a rule");
    for fault in [Fault::MethodIgnored, Fault::PrefixByBytes, Fault::HeaderCountIgnored, Fault::WildcardFirst, Fault::IsolationOff] {
        let noticed = first_difference(&first, fault);
        let noticed = noticed.unwrap_or_else(|| panic!("{fault:?} is not noticed within {SOON} requests"));
        println!("{fault:?} is noticed by request {noticed}");
    }
}

/// After how many requests a fault in the engine shows; none within [`SOON`].
fn first_difference(first: &[(Mesh, Vec<World>, Vec<Seen>)], fault: Fault) -> Option<usize> {
    let mut count = 0;
    for (mesh, worlds, seen) in first {
        for (number, world) in worlds.iter().enumerate() {
            let faulty = engine(mesh, world, fault);
            for one in seen.iter().filter(|one| one.gateway == number) {
                count += 1;
                if count > SOON {
                    return None;
                }
                if faulty(&one.asked) != one.envoy {
                    return Some(count);
                }
            }
        }
    }
    None
}
