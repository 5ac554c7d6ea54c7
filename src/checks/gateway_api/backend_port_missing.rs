//! `backend-port-missing`: the words are in rules/backend-port-missing.md.
use super::prelude::*;
use crate::mesh::{BackendVerdict, PortVerdict, in_words};

pub struct BackendPortMissing;

impl Rule for BackendPortMissing {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for backend in mesh.backends() {
            let services = backend.services();
            let Some(port) = backend.port() else {
                // other kinds have no ports, or rules of their own
                if matches!(backend.verdict, BackendVerdict::Elsewhere | BackendVerdict::MalformedHost) {
                    continue;
                }
                let draft = out
                    .finding(backend.name())
                    .about(backend.route.object)
                    .say(format!("backendRef `{}` has no port", backend.name()))
                    .label("which port of it?")
                    .note("a Service has no default port: the rule is refused and its requests are answered with 500");
                match services.as_slice() {
                    [service] => match service.ports() {
                        [only] => add_fix(draft, only.port.as_deref()),
                        _ => draft.help(format!("add one of its ports: {}", service.ports_in_words())),
                    },
                    _ => draft.help("add the port of the Service"),
                };
                continue;
            };
            if backend.port_verdict() != PortVerdict::Nowhere {
                continue;
            }
            let Some(service) = services.first() else { continue };
            let single = if let [only] = service.ports() { only.port.as_ref() } else { None };
            let ports = if service.ports().len() == 1 { "only " } else { "" };
            let draft = out
                .finding(port)
                .about(backend.route.object)
                .say(format!("{} has no port {port}: it has {ports}{}", service.object.id, service.ports_in_words()))
                .label("no port of the Service")
                .also(name_of(service.object), format!("its ports: {}", in_words(service.ports().iter().filter_map(|p| p.port.as_deref()).map(i64::to_string))))
                .note("the gateway looks the port up on the Service and answers 5xx");
            match single {
                Some(right) => draft
                    .help(format!("use port {right}"))
                    .fix_by_setting(Safe, format!("use port {right}"), port.node(), right.to_string()),
                None => draft.help("use one of the Service's ports").fix(Manual, "use one of the Service's ports"),
            };
        }
    }
}

fn add_fix<'f>(draft: super::super::Draft<'f>, port: Option<&i64>) -> super::super::Draft<'f> {
    match port {
        Some(port) => draft.help(format!("add `port: {port}`")).fix(Safe, format!("add `port: {port}`")),
        None => draft,
    }
}
