//! `takeover-ingress-noop`: the words are in rules/takeover-ingress-noop.md.
use super::prelude::*;
use super::switches;
use crate::checks::finding::Edits;
use crate::mesh::{Backend, GlobalScope, NETWORKING};

pub(in crate::checks) struct TakeoverIngressNoop;

impl Rule for TakeoverIngressNoop {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for backend in mesh.backends_behind(|_| true).filter(|b| !b.mirror) {
            let Some(service) = backend.service() else { continue };
            let Fact::Known((GlobalScope::Global | GlobalScope::Segment, scope)) = service.scope() else { continue };
            let Fact::Known(takeover) = service.takeover() else { continue };
            let (shown, reaches) = (backend.route.object.id.clone(), path(service.object));
            let message = match takeover {
                Some(_) => {
                    format!("{shown} reaches only the local pods of Service {reaches}: `solo.io/service-takeover` does not act on ingress")
                }
                None => format!("{shown} reaches only the local pods of global Service {reaches}"),
            };
            let host = service.global_host().known().flatten();
            let help = match &host {
                Some(host) => format!("name the global host `{host}` as a backendRef of kind Hostname"),
                None => "name the global host as a backendRef of kind Hostname".to_owned(),
            };
            let draft = out
                .finding(backend.name())
                .about(backend.route.object)
                .say(message)
                .label("a Service backend stays in its cluster")
                .also_at(takeover.or(scope).and_then(|l| l.node), "acts on traffic inside the mesh only")
                .note("requests fail once no local pod is left, though other clusters could answer")
                .help(help.clone());
            let draft = match host {
                Some(host) if takeover.is_some() && backend.port().is_some() => draft.fix_by(Unsafe, help, |e| to_host(e, &backend, &host)),
                _ => draft.fix(Manual, help),
            };
            if takeover.is_none() {
                // a global Service may be reached locally on purpose
                draft.certainty(Possible);
            }
        }
    }
}

/// Makes a reference to a Service one to a host, on the same port.
fn to_host(edits: &mut Edits, backend: &Backend<'_>, host: &str) {
    let reference = &backend.reference;
    edits.insert(reference.node, &["group"], NETWORKING).insert(reference.node, &["kind"], "Hostname").set(reference.name.node(), host);
    if let Some(namespace) = reference.namespace {
        // a host has none beside it
        edits.remove(namespace.node());
    }
    switches::let_reach_hosts(edits, backend.route.ingresses());
}
