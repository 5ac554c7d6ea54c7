//! `reference-grant-missing`: the words are in rules/reference-grant-missing.md.
use super::prelude::*;
use crate::mesh::{Backend, RouteView, Ungranted, in_words};
use crate::model::Kind;
use crate::model::gateway::GrantTo;
use crate::yaml::At;

pub(in crate::checks) struct ReferenceGrantMissing;

impl Rule for ReferenceGrantMissing {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for route in mesh.routes() {
            let mut absent: Vec<(Backend<'_>, Object<'_>, Certainty)> = Vec::new();
            for backend in route.backends() {
                let Some(service) = backend.service().map(|s| s.object) else { continue };
                match backend.ungranted() {
                    Some(Ungranted::Absent(certainty)) => absent.push((backend, service, certainty)),
                    Some(Ungranted::PassedOver { grant, to }) => passed_over(backend, service, grant, to, out),
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
    draft
        .note(note)
        .help(format!("add a ReferenceGrant to {namespace}, from {kind}s of {from} to {services}"))
        .fix(Unsafe, format!("add a ReferenceGrant to {namespace} for {kind}s of {from}"));
}

fn passed_over(backend: Backend<'_>, service: Object<'_>, grant: Object<'_>, to: &At<GrantTo>, out: &mut Findings) {
    let version = backend.route.object.platform().istio.as_ref();
    out.finding(backend.reference.namespace.unwrap_or(backend.name()))
        .about(backend.route.object)
        .say(format!(
            "Istio before 1.30 does not see that {} lets {} refer to Service `{}`",
            grant.id, backend.route.object.id, service.id.name
        ))
        .label("needs the grant")
        .also(to, "passed over: not the last of several")
        .also_at(version.and_then(|v| v.place), "this version")
        .note("of several entries under `to` these versions read the last: the backend's share of the requests is answered with 500")
        .help(format!("give Service `{}` a ReferenceGrant of its own", service.id.name))
        .fix(Unsafe, "move the entry to a ReferenceGrant of its own");
}
