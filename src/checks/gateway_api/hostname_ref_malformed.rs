//! `hostname-ref-malformed`: the words are in rules/hostname-ref-malformed.md.
use super::prelude::*;
use crate::mesh::{BackendVerdict, NETWORKING};

pub(in crate::checks) struct HostnameRefMalformed;

impl Rule for HostnameRefMalformed {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for backend in mesh.backends_with(|verdict| matches!(verdict, BackendVerdict::MalformedHost)) {
            let (name, about) = (backend.name(), backend.route.object);
            if let Some(kind) = backend.reference.kind.filter(|_| backend.reference.group() != NETWORKING) {
                let what = format!("set `group: {NETWORKING}`");
                out.finding(kind)
                    .about(about)
                    .say(format!("backendRef `{name}` of kind Hostname lacks group `{NETWORKING}`"))
                    .label("a Hostname only in that group")
                    .note("the route gets InvalidKind and the backend's share of the requests is answered with 500")
                    .help(what.clone())
                    .fix_by(Safe, what, |e| _ = e.insert(backend.reference.node, &["group"], NETWORKING));
            }
            if let Some(namespace) = backend.reference.namespace {
                out.finding(namespace)
                    .about(about)
                    .say(format!("backendRef `{name}` of kind Hostname has a namespace, which a hostname cannot have"))
                    .label("not allowed here")
                    .note("the whole route is refused with InvalidDestination")
                    .help("remove the namespace")
                    .fix_by(Safe, "remove the namespace", |e| _ = e.remove(namespace.node()));
            }
            if !name.contains('.') {
                out.finding(name)
                    .about(about)
                    .say(format!("backendRef `{name}` of kind Hostname is no full hostname"))
                    .label("has no dot")
                    .note("the gateway finds no such host: the backend's share of the requests is answered with 500")
                    .help("write the full host, such as `name.namespace.mesh.internal`")
                    .fix(Manual, "write the full host");
            }
        }
    }
}
