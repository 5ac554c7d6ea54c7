//! `service-ref-is-hostname`: the words are in rules/service-ref-is-hostname.md.
use super::prelude::*;
use crate::checks::finding::Edits;
use crate::mesh::{Backend, BackendVerdict, NETWORKING, hosts};

pub(in crate::checks) struct ServiceRefIsHostname;

impl Rule for ServiceRefIsHostname {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for backend in mesh.backends_with(|verdict| matches!(verdict, BackendVerdict::HostAsService)) {
            let (name, route) = (backend.name(), backend.route.object);
            let stated = backend.reference.namespace;
            let host = hosts::service_host(name);
            let local = host.filter(|h| h.domain == "svc" || h.domain.starts_with("svc."));
            // the namespace that the reference means is the one in the host
            let own = local.filter(|h| Some(h.namespace) == stated.map(|n| &***n).or(route.namespace().name()));
            let draft = out
                .finding(name)
                .about(route)
                .say(format!("backendRef names Service `{name}`, which is a hostname"))
                .label("a Service's name has no dots")
                .note("no Service has such a name: the backend's share of the requests is answered with 500");
            if let Some(host) = own {
                let what = format!("use the Service's name `{}`", host.service);
                draft.help(what.clone()).fix_by_setting(Safe, what, name.node(), host.service);
                continue;
            }
            let what = "set `kind: Hostname` and `group: networking.istio.io`";
            let draft = draft.help(what);
            match stated {
                // a hostname has no namespace beside it
                Some(namespace) if host.is_some_and(|h| h.namespace == &***namespace) => {
                    draft.fix_by(Safe, format!("{what}, and remove the namespace"), |e| _ = as_host(e, backend).remove(namespace.node()))
                }
                Some(_) => draft.fix(Manual, what),
                None => draft.fix_by(Safe, what, |e| _ = as_host(e, backend)),
            };
        }
    }
}

fn as_host<'e>(edits: &'e mut Edits, backend: Backend<'_>) -> &'e mut Edits {
    let reference = backend.reference.node;
    edits.insert(reference, &["group"], NETWORKING).insert(reference, &["kind"], "Hostname")
}
