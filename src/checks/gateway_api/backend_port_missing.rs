//! `backend-port-missing`: the words are in rules/backend-port-missing.md.
use super::prelude::*;
use crate::mesh::{BackendVerdict, PortVerdict};
use crate::yaml::NodeId;

pub(in crate::checks) struct BackendPortMissing;

impl Rule for BackendPortMissing {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for backend in mesh.backends() {
            let Some(port) = backend.port() else {
                // other kinds have no ports, or rules of their own
                if matches!(backend.verdict, BackendVerdict::Elsewhere | BackendVerdict::MalformedHost | BackendVerdict::HostAsService) {
                    continue;
                }
                let draft = out
                    .finding(backend.name())
                    .about(backend.route.object)
                    .say(format!("backendRef `{}` has no port", backend.name()))
                    .label("which port of it?")
                    .note("a Service has no default port: the rule is refused and its requests are answered with 500");
                match (backend.only_port(), backend.services().as_slice()) {
                    (Some(only), _) => add_port(draft, backend.reference.node, only),
                    (None, [service]) => draft.help(format!("add one of its ports: {}", service.ports_in_words())),
                    _ => draft.help("add the port of the Service"),
                };
                continue;
            };
            if backend.port_verdict() != PortVerdict::Nowhere {
                continue;
            }
            if let Some((entry, ports)) = backend.entry_ports() {
                out.finding(port)
                    .about(backend.route.object)
                    .say(format!("{} has no port {port}: it has {ports}", entry.id))
                    .label("no port of the ServiceEntry")
                    .also(name_of(entry), format!("its ports: {ports}"))
                    .note("the host is found and its port is not: requests are answered with 5xx")
                    .help("use one of the ServiceEntry's ports")
                    .fix(Manual, "use one of the ServiceEntry's ports");
                continue;
            }
            let services = backend.services();
            let Some(service) = services.first() else { continue };
            let draft = out
                .finding(port)
                .about(backend.route.object)
                .say(format!("{} has no port {port}: it has {}", service.object.id, service.ports_in_words()))
                .label("no port of the Service")
                .also(name_of(service.object), format!("its ports: {}", service.ports_in_words()))
                .note("the gateway looks the port up on the Service and answers 5xx");
            match backend.only_port() {
                Some(right) => {
                    draft.help(format!("use port {right}")).fix_by_setting(Safe, format!("use port {right}"), port.node(), right)
                }
                None => draft.help("use one of the Service's ports").fix(Manual, "use one of the Service's ports"),
            };
        }
    }
}

fn add_port(draft: Draft<'_>, reference: NodeId, port: i64) -> Draft<'_> {
    let what = format!("add `port: {port}`");
    draft.help(what.clone()).fix_by(Safe, what, |e| _ = e.insert(reference, &["port"], port))
}
