//! `service-ref-is-hostname`: the words are in rules/service-ref-is-hostname.md.
use super::prelude::*;
use crate::mesh::{BackendVerdict, hosts};

pub(in crate::checks) struct ServiceRefIsHostname;

impl Rule for ServiceRefIsHostname {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for backend in mesh.backends().filter(|b| matches!(b.verdict, BackendVerdict::HostAsService)) {
            let (name, route) = (backend.name(), backend.route.object);
            let local = hosts::service_host(name).filter(|h| h.domain == "svc" || h.domain.starts_with("svc."));
            let own = local.filter(|h| Some(h.namespace) == route.namespace().name());
            let draft = out
                .finding(name)
                .about(route)
                .say(format!("backendRef names Service `{name}`, which is a hostname"))
                .label("a Service's name has no dots")
                .note("no Service has such a name: the backend's share of the requests is answered with 500");
            if let Some(host) = own {
                let what = format!("use the Service's name `{}`", host.service);
                draft.help(what.clone()).fix_by_setting(Safe, what, name.node(), host.service);
            } else {
                let what = "set `kind: Hostname` and `group: networking.istio.io`";
                let level = if backend.reference.namespace.is_some() { Manual } else { Safe };
                draft.help(what).fix(level, what);
            }
        }
    }
}
