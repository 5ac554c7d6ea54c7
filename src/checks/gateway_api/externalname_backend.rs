//! `externalname-backend`: the words are in rules/externalname-backend.md.
use super::prelude::*;

pub(in crate::checks) struct ExternalnameBackend;

impl Rule for ExternalnameBackend {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for (backend, service, certainty) in mesh.external_backends() {
            let help = "write a ServiceEntry for the host, and name it with kind `Hostname`";
            let place = service.spec.spec.as_deref().and_then(|s| s.external_name.as_ref());
            out.finding(backend.name())
                .about(backend.route.object)
                .certainty(certainty)
                .say(format!("the backend {} of {} is an ExternalName Service", path(service.object), backend.route.object.id))
                .label("stands for a name outside")
                .also_at(place, "this name")
                .note("ambient mode has no such Services: gateways find no endpoints behind it and answer 500 or 503")
                .help(help)
                .fix(Manual, help);
        }
    }
}
