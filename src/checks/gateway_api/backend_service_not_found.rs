//! `backend-service-not-found`: the words are in rules/backend-service-not-found.md.
use super::prelude::*;
use crate::mesh::BackendVerdict;

pub(in crate::checks) struct BackendServiceNotFound;

impl Rule for BackendServiceNotFound {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for backend in mesh.backends_with(|verdict| matches!(verdict, BackendVerdict::Missing(_))) {
            let BackendVerdict::Missing(missing) = backend.verdict else { continue };
            let namespace = backend.route.object.namespace_or_own(backend.reference.namespace.map(|n| &**n));
            let message = match namespace.name() {
                Some(namespace) => format!("namespace `{namespace}` has no Service `{}`", backend.name()),
                None => format!("there is no Service `{}` beside {}", backend.name(), backend.route.object.id),
            };
            let draft = out
                .finding(backend.name())
                .about(backend.route.object)
                .certainty(missing.certainty)
                .say(message)
                .label("names no Service")
                .note("the backend's share of the requests is answered with 500");
            match missing.near.and_then(|ix| backend.route.object.sibling(ix)) {
                Some(near) => draft
                    .also(name_of(near), "this one has a similar name")
                    .help(format!("use `{}` if that is the one", near.id.name))
                    .fix_by_setting(Unsafe, format!("use `{}`", near.id.name), backend.name().node(), near.id.name.to_string()),
                None => draft.help("name a Service that exists").fix(Manual, "name a Service that exists"),
            };
        }
    }
}
