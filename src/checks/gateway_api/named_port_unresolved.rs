//! `named-port-unresolved`: the words are in rules/named-port-unresolved.md.
use super::prelude::*;
use crate::mesh::ServiceView;
use crate::model::IntOrText;
use crate::model::core::ServicePort;

pub(in crate::checks) struct NamedPortUnresolved;

impl Rule for NamedPortUnresolved {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for service in mesh.services() {
            for port in service.ports() {
                check_port(service, port, out);
            }
        }
    }
}

fn check_port(service: ServiceView<'_>, port: &ServicePort, out: &mut Findings) {
    let Some(target) = port.target_port.as_ref() else { return };
    let IntOrText::Text(name) = &**target else { return };
    let pods = service.lasting_workloads();
    let (with, without): (Vec<_>, Vec<_>) = pods.iter().partition(|p| p.container_port(name).is_some());
    let Some(first) = without.first() else { return };
    let names = first.container_port_names();
    let near = crate::text::near(name, names.iter().map(|n| &****n));
    let draft = out
        .finding(target)
        .about(service.object)
        .say(format!("no container of {} names a port `{name}`", first.owner.id))
        .label("resolved in each pod, by the names of its containers' ports")
        .note("pods without a port of that name get no traffic on it");
    let draft = without.iter().fold(draft, |draft, p| draft.also(name_of(p.owner), "selected by the Service"));
    let draft = if with.is_empty() { draft } else { draft.certainty(Likely) };
    match near {
        Some(near) => draft.help(format!("use `{near}` if that is the port")).fix(Manual, format!("use `{near}`")),
        None => draft.help(format!("name a port `{name}` in the container, or use its number")).fix(Manual, "use the port's number"),
    };
}
