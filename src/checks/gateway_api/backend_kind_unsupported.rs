//! `backend-kind-unsupported`: the words are in rules/backend-kind-unsupported.md.
use super::prelude::*;
use crate::mesh::BackendVerdict;
use crate::mesh::status::Reason;

pub(in crate::checks) struct BackendKindUnsupported;

impl Rule for BackendKindUnsupported {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for route in mesh.routes() {
            let backends: Vec<_> = route.backends().collect();
            // malformed hosts are a matter of their own
            if !backends.iter().any(|backend| matches!(backend.verdict, BackendVerdict::Elsewhere)) {
                continue;
            }
            for fault in route.backend_faults().into_iter().filter(|fault| fault.reason == Reason::InvalidKind) {
                let Some(backend) = backends.iter().find(|backend| backend.reference.node == fault.place) else { continue };
                let BackendVerdict::Elsewhere = backend.verdict else { continue };
                let (group, kind) = (backend.reference.group(), backend.reference.kind());
                let whole = if group.is_empty() { kind.to_owned() } else { format!("{group}/{kind}") };
                let place = backend.reference.kind.map_or(Place::from(backend.name()), Place::from);
                let who = if fault.certainty == Certainty::Sure { "no gateway sends" } else { "not every gateway sends" };
                out.finding(place)
                    .about(route.object)
                    .certainty(fault.certainty)
                    .say(format!("the backend `{}` is of kind `{whole}`, to which {who} requests", backend.name()))
                    .label("no kind of backend")
                    .note("the reference gets `InvalidKind`: its share of the requests is answered with 500")
                    .help("name a Service, or a kind that the gateway's product defines");
            }
        }
    }
}
