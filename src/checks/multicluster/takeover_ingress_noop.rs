//! `takeover-ingress-noop`: the words are in rules/takeover-ingress-noop.md.
use super::prelude::*;
use crate::mesh::GlobalScope;

pub(in crate::checks) struct TakeoverIngressNoop;

impl Rule for TakeoverIngressNoop {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for backend in mesh.backends().filter(|b| !b.mirror) {
            let Some(service) = backend.service().filter(|_| backend.route.ingresses().next().is_some()) else { continue };
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
                .fix(if host.is_some() { Unsafe } else { Manual }, help.clone())
                .help(help);
            if takeover.is_none() {
                // a global Service may be reached locally on purpose
                draft.certainty(Possible);
            }
        }
    }
}
