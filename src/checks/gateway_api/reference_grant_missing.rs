//! `reference-grant-missing`: the words are in rules/reference-grant-missing.md.
use super::prelude::*;
use crate::checks::finding::Edits;
use crate::mesh::{Backend, Opening, RouteView, Ungranted, in_words};
use crate::model::Kind;
use serde_json::{Value, json};

pub(in crate::checks) struct ReferenceGrantMissing;

impl Rule for ReferenceGrantMissing {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for route in mesh.routes() {
            let mut absent: Vec<(Backend<'_>, Object<'_>, Certainty)> = Vec::new();
            for backend in route.backends() {
                let Some(service) = backend.service().map(|s| s.object) else { continue };
                match backend.ungranted() {
                    Some(Ungranted::Absent(certainty)) => absent.push((backend, service, certainty)),
                    Some(passed) => passed_over(backend, service, passed, out),
                    None => {}
                }
            }
            // one grant lets a route into a namespace, to all that it names there
            while let Some((_, first, _)) = absent.first() {
                let namespace = first.namespace();
                let (here, rest) = absent.into_iter().partition(|(_, service, _)| service.namespace() == namespace);
                absent = rest;
                report(route, here, out);
            }
        }
    }
}

fn report(route: RouteView<'_>, backends: Vec<(Backend<'_>, Object<'_>, Certainty)>, out: &mut Findings) {
    let mut names: Vec<_> = backends.iter().map(|(_, service, _)| format!("`{}`", service.id.name)).collect();
    names.sort_unstable();
    names.dedup();
    let services = format!("{} {}", if names.len() > 1 { "Services" } else { "Service" }, in_words(names));
    let openings: Option<Vec<_>> = backends.iter().map(|(backend, service, _)| Some((*service, backend.opening()?))).collect();
    let mut backends = backends.into_iter();
    let Some((first, service, certainty)) = backends.next() else { return };
    let (kind, id) = (&route.object.id.kind, &route.object.id);
    let namespace = namespace_of(service);
    let draft = out
        .finding(first.reference.namespace.unwrap_or(first.name()))
        .about(route.object)
        .certainty(certainty)
        .say(format!("no ReferenceGrant in {namespace} lets {id} refer to {services}"))
        .label("leads into another namespace");
    let draft = backends.fold(draft, |draft, (backend, ..)| draft.also(backend.name(), "and so does this"));
    let draft = service
        .neighbours(Kind::ReferenceGrant, service.namespace())
        .fold(draft, |draft, grant| draft.also(name_of(grant), "lets others in, or to other objects"));
    let from = namespace_of(route.object);
    let note = if first.mirror {
        "the mirror gets RefNotPermitted: no copies are sent"
    } else {
        "the backend gets RefNotPermitted: its share of the requests is answered with 500"
    };
    let draft = draft.note(note).help(format!("add a ReferenceGrant to {namespace}, from {kind}s of {from} to {services}"));
    let title = format!("let {kind}s of {from} refer to {services} by a ReferenceGrant");
    match openings {
        Some(openings) => draft.fix_by(Unsafe, title, |e| open(route.object, openings, e)),
        None => draft.fix(Manual, title),
    };
}

/// Each Service once, in a grant of its own or in one that is there.
fn open(route: Object<'_>, openings: Vec<(Object<'_>, Opening<'_>)>, edits: &mut Edits) {
    let mut done: Vec<Object<'_>> = Vec::new();
    for (service, opening) in openings {
        if done.contains(&service) {
            continue;
        }
        done.push(service);
        let from = json!({ "group": &*route.id.group, "kind": &*route.id.kind, "namespace": route.namespace().name() });
        let to = json!({ "group": "", "kind": "Service", "name": &*service.id.name });
        match opening {
            Opening::MoreTo(grant) => edits.append(grant.node, &["spec", "to"], to),
            Opening::MoreFrom(grant) => edits.append(grant.node, &["spec", "from"], from),
            Opening::New(name) => edits.create(service.node, grant(&name, service, &json!([from]), &json!([to]))),
        };
    }
}

fn grant(name: &str, beside: Object<'_>, from: &Value, to: &Value) -> Value {
    json!({
        "apiVersion": "gateway.networking.k8s.io/v1beta1",
        "kind": "ReferenceGrant",
        "metadata": { "name": name, "namespace": beside.namespace().name() },
        "spec": { "from": from, "to": to },
    })
}

fn passed_over(backend: Backend<'_>, service: Object<'_>, passed: Ungranted<'_>, out: &mut Findings) {
    let (Ungranted::PassedOver { grant: object, .. }, Some((spec, to, name))) = (passed, passed.passed_over()) else { return };
    let version = backend.route.object.platform().istio.as_ref();
    let draft = out
        .finding(backend.reference.namespace.unwrap_or(backend.name()))
        .about(backend.route.object)
        .say(format!(
            "Istio before 1.30 does not see that {} lets {} refer to Service `{}`",
            object.id, backend.route.object.id, service.id.name
        ))
        .label("needs the grant")
        .also(to, "passed over: not the last of several")
        .also_at(version.and_then(|v| v.place), "this version")
        .note("of several entries under `to` these versions read the last: the backend's share of the requests is answered with 500")
        .help(format!("give Service `{}` a ReferenceGrant of its own", service.id.name));
    let from: Vec<Value> =
        spec.from().iter().map(|from| json!({ "group": &**from.group, "kind": &**from.kind, "namespace": &**from.namespace })).collect();
    let mut entry = json!({ "group": "", "kind": "Service" });
    if let Some(name) = &to.name {
        entry["name"] = json!(&***name);
    }
    draft.fix_by(Unsafe, "move the entry to a ReferenceGrant of its own", |e| {
        e.remove(to.node()).create(object.node, grant(&name, object, &json!(from), &json!([entry])));
    });
}
