//! A safe fix leaves what requests experience as it is, but for what could not work before. Shown on every example of every rule
//! and on every broken scenario: by the findings, and by the mesh's answers for every route, backend and gateway.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use meshgate::checks::{Severity, catalogue};
use meshgate::cli::world::RealWorld;
use meshgate::fix::{Fixed, Options, fix};
use meshgate::lint::{Request, Session};
use meshgate::mesh::routing::Action;
use meshgate::mesh::{Backend, BackendVerdict, Capture, GatewayView, HostTarget, Mesh, ParentVerdict, PortVerdict, ServiceView};
use meshgate::model::IntOrText;
use meshgate::text::{MemoryWorld, World};
use meshgate::yaml::NodeId;

/// What a request experiences at one place, in words, and whether that works as far as the input tells.
#[derive(Debug, PartialEq)]
struct Experience {
    works: bool,
    words: String,
}

fn mesh(world: &dyn World, request: &Request) -> Mesh {
    Session::open(world, request).unwrap_or_else(|failure| panic!("{failure:?}")).into_mesh()
}

/// How the pods behind a Service are reached.
fn reached(service: ServiceView<'_>, port: Option<i64>) -> String {
    let strict = service.strict(port).is_some();
    let captured = match service.capture() {
        Capture::Captured => "captured",
        Capture::Not(_) => "not captured",
        Capture::Unknown => "unknown",
    };
    format!("{} {captured}, STRICT {strict}, {}", service.object.id, waypoint(service))
}

fn waypoint(service: ServiceView<'_>) -> String {
    use meshgate::mesh::Binding;
    match service.binding() {
        Binding::Bound { gateway, .. } => format!("through waypoint {}", gateway.object.id),
        Binding::Automatic(_) => "through a waypoint".to_owned(),
        _ => "without waypoint".to_owned(),
    }
}

fn backend(backend: Backend<'_>) -> Experience {
    let port_works = |verdict: &PortVerdict| matches!(verdict, PortVerdict::Found | PortVerdict::Unknown);
    let works = match backend.verdict {
        BackendVerdict::Service { port, granted, .. } => port_works(port) && *granted,
        BackendVerdict::Host(target, port) => port_works(port) && *target != HostTarget::Unknown,
        BackendVerdict::Missing(_) | BackendVerdict::HostAsService | BackendVerdict::MalformedHost => false,
        BackendVerdict::Elsewhere => true,
    };
    let unresolved = |service: &ServiceView<'_>| {
        let target = backend.port().and_then(|port| service.port(**port)).and_then(|port| port.target_port.as_ref());
        target.is_some_and(|target| matches!(&**target, IntOrText::Text(name) if service.container_port(name).is_none()))
    };
    let port = backend.port().map(|port| **port);
    let ways: Vec<String> = backend.services().into_iter().map(|service| reached(service, port)).collect();
    let unresolved = backend.services().iter().any(unresolved);
    Experience { works: works && !unresolved, words: format!("port {port:?} of {ways:?}, mirror {}", backend.mirror) }
}

fn gateway(gateway: GatewayView<'_>) -> Experience {
    let pods = gateway.pods();
    let captured = match pods.capture() {
        Capture::Captured => "captured",
        Capture::Not(_) => "not captured",
        Capture::Unknown => "unknown",
    };
    let rejected = gateway.rejects_outside().is_some();
    Experience {
        works: !rejected && captured != "not captured",
        words: format!("{captured}, bypass {}, rejects {rejected}", pods.is_bypassed()),
    }
}

/// Where backends stand to which no request comes, because other rules take all of them.
fn idle(mesh: &Mesh) -> Vec<NodeId> {
    let rules = mesh.order().unreached.iter().filter_map(|found| {
        let rule = found.rule.route(mesh)?.routing_rules().into_iter().nth(found.rule.rule)?;
        match rule.action {
            Action::Forward(backends) | Action::Fail(_, backends) => Some(backends),
            Action::Redirect(_) => None,
        }
    });
    rules.flatten().map(|backend| backend.node).collect()
}

/// Every place, by a name that a fix does not change.
fn experiences(mesh: &Mesh) -> BTreeMap<String, Experience> {
    let mut all = BTreeMap::new();
    let idle = idle(mesh);
    for view in mesh.gateways() {
        all.insert(format!("{:?}", view.object), gateway(view));
    }
    for route in mesh.routes() {
        for (n, parent) in route.parent_views().enumerate() {
            let (attached, words) = match parent.verdict {
                ParentVerdict::Attached { listeners, .. } => (true, format!("attached to {listeners:?} of {}", *parent.reference.name)),
                ParentVerdict::Service(_) => (true, format!("governs {}", *parent.reference.name)),
                ParentVerdict::Elsewhere => (true, "elsewhere".to_owned()),
                ParentVerdict::Refused { .. } | ParentVerdict::Missing(_) => (false, "not attached".to_owned()),
            };
            all.insert(format!("{:?} parent {n}", route.object), Experience { works: attached, words });
        }
        let asked = route.backends().filter(|backend| !idle.contains(&backend.reference.node));
        for (n, reference) in asked.enumerate() {
            all.insert(format!("{:?} backend {n}", route.object), backend(reference));
        }
    }
    all
}

/// What is different afterwards and was not broken before.
fn unsafe_changes(before: &Mesh, after: &Mesh) -> Vec<String> {
    // neither a broken document nor one of a version that is not served has worked before
    let refused = |r: &meshgate::model::Resource| r.is_broken() || r.kind == meshgate::model::Kind::Other;
    let unread = |place: &str| before.resources().iter().any(|r| refused(r) && place.starts_with(&format!("{} in", r.id)));
    // what refers to a document that the API server refuses is decided by nothing yet
    let undecided = |then: &Experience| then.words == "elsewhere" && before.resources().iter().any(meshgate::model::Resource::is_broken);
    let (before_all, after_all) = (experiences(before), experiences(after));
    let mut wrong = Vec::new();
    for (place, then) in &before_all {
        match after_all.get(place) {
            Some(now) if now == then || !then.works || undecided(then) => {}
            Some(now) => wrong.push(format!("{place}: {} became {}", then.words, now.words)),
            None => wrong.push(format!("{place}: {} is gone", then.words)),
        }
    }
    let new = after_all.keys().filter(|place| !before_all.contains_key(*place) && !unread(place));
    wrong.extend(new.map(|place| format!("{place} is new")));
    wrong
}

/// Checks the safe fixes of one input, and gives back how many there were.
fn check(
    what: &str,
    world: &dyn World,
    request: &Request,
    fixed_world: impl FnOnce(&Fixed) -> Box<dyn World>,
    wrong: &mut Vec<String>,
) -> usize {
    let fixed = fix(world, request, &Options::default()).unwrap_or_else(|failure| panic!("{failure:?}"));
    let made: usize = fixed.made.values().sum();
    if made == 0 {
        return 0;
    }
    let before = meshgate::lint::lint(world, request).unwrap();
    let count = |linted: &meshgate::lint::Linted, severity| linted.findings.iter().filter(|f| f.severity == severity).count();
    for severity in [Severity::Error, Severity::Warning] {
        if count(&fixed.linted, severity) > count(&before, severity) {
            wrong.push(format!("{what}: more findings of severity {severity:?} than before"));
        }
    }
    let changes = unsafe_changes(&mesh(world, request), &mesh(&*fixed_world(&fixed), request));
    wrong.extend(changes.into_iter().map(|change| format!("{what} ({:?}): {change}", fixed.made.keys().collect::<Vec<_>>())));
    made
}

#[test]
fn safe_fixes_of_examples_change_nothing_that_works() {
    let (mut wrong, mut made) = (Vec::new(), BTreeMap::new());
    for rule in catalogue().files() {
        for example in rule.examples.iter().filter(|example| !example.files.is_empty()) {
            let world = example.files.iter().fold(MemoryWorld::default(), |world, file| world.with(&file.path, file.text.clone()));
            let request = Request { complete: example.args.iter().any(|a| a == "--complete"), ..Request::new(["."]) };
            let below = world.clone();
            let after = move |fixed: &Fixed| -> Box<dyn World> {
                Box::new(fixed.files.iter().fold(below, |world, file| world.with(&file.path, file.after.clone())))
            };
            *made.entry(rule.name.clone()).or_insert(0) += check(&rule.name, &world, &request, after, &mut wrong);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let safe = catalogue().files().filter(|rule| rule.fix == Some(meshgate::checks::Applicability::Safe));
    let unseen: Vec<_> = safe.map(|rule| rule.name.clone()).filter(|name| made.get(name).is_none_or(|n| *n == 0)).collect();
    assert_eq!(unseen, Vec::<String>::new(), "each rule with a safe fix has an example that shows it");
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            fs::create_dir_all(&target).unwrap();
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

fn folders(of: impl AsRef<Path>) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(of).unwrap().map(|e| e.unwrap().path()).filter(|p| p.is_dir()).collect();
    found.sort();
    found
}

#[test]
fn safe_fixes_of_scenarios_change_nothing_that_works() {
    let (mut wrong, mut made) = (Vec::new(), 0);
    for variant in folders("testdata/scenarios").into_iter().flat_map(folders) {
        let world = RealWorld::at(fs::canonicalize(&variant).unwrap());
        let place = tempfile::tempdir().unwrap();
        let root = place.path().canonicalize().unwrap();
        let after = |fixed: &Fixed| -> Box<dyn World> {
            copy(&variant, &root);
            for file in &fixed.files {
                fs::write(root.join(&*file.shown), &file.after).unwrap();
            }
            Box::new(RealWorld::at(root.clone()))
        };
        made += check(&variant.display().to_string(), &world, &Request::new(["."]), after, &mut wrong);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(made >= 20, "scenarios have safe fixes: {made}");
}

/// The comparison itself must be able to fail.
#[test]
fn a_change_of_what_works_is_seen() {
    let route = |port: i64| {
        format!(
            "apiVersion: v1\nkind: Service\nmetadata: {{name: a, namespace: shop}}\nspec: {{selector: {{app: a}}, ports: [{{name: one, port: 80}}, {{name: two, port: 81}}]}}\n---\napiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {{name: r, namespace: shop}}\nspec: {{parentRefs: [{{name: g}}], rules: [{{backendRefs: [{{name: a, port: {port}}}]}}]}}\n"
        )
    };
    let of = |text: &str| mesh(&MemoryWorld::new([("a.yaml", text)]), &Request::new(["."]));
    assert_eq!(unsafe_changes(&of(&route(80)), &of(&route(81))).len(), 1);
    assert_eq!(unsafe_changes(&of(&route(80)), &of(&route(80))), Vec::<String>::new());
    assert_eq!(unsafe_changes(&of(&route(9)), &of(&route(80))), Vec::<String>::new(), "what could not work may work now");
}
