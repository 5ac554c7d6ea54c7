//! `listener-conflict`: the words are in rules/listener-conflict.md.
use super::prelude::*;
use crate::mesh::{Clash, EffectiveListener};

pub(in crate::checks) struct ListenerConflict;

impl Rule for ListenerConflict {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for gateway in mesh.gateways() {
            for listener in gateway.effective_listeners() {
                let Some(conflict) = listener.conflict else { continue };
                // of two in one object the later one says it for both
                let of_one_object = mesh.resource_around(conflict.with).is_some_and(|other| other.node == listener.parent.node);
                if !of_one_object || conflict.with < listener.view.node {
                    report(listener, of_one_object, out);
                }
            }
        }
    }
}

fn report(listener: EffectiveListener<'_>, of_one_object: bool, out: &mut Findings) {
    let (Some(conflict), Some(port)) = (listener.conflict, listener.view.port) else { return };
    let (name, id) = (&**listener.view.name, &listener.parent.id);
    let (what, help) = match (conflict.clash, listener.view.hostname) {
        (Clash::Hostname, Some(host)) => (
            format!("listener `{name}` of {id} has port {port} and host `{host}` in common with another one"),
            "give each listener of the port a hostname of its own, or make them one",
        ),
        (Clash::Hostname, None) => (
            format!("listener `{name}` of {id} has port {port} in common with another one, and neither has a hostname"),
            "give each listener of the port a hostname of its own, or make them one",
        ),
        (Clash::Protocol, _) => {
            let protocol = &**listener.view.protocol;
            (
                format!("listener `{name}` of {id} can't share port {port} with another protocol than {protocol}"),
                "give one of them another port",
            )
        }
    };
    let what = if conflict.clash == Clash::Protocol && matches!(&***listener.view.protocol, "TCP" | "UDP") {
        format!("listener `{name}` of {id} takes port {port} whole, which another listener has too")
    } else {
        what
    };
    let note = if of_one_object {
        "both are `Conflicted`: no route attaches to either of them"
    } else {
        "the listener that came first keeps the port; this one is `Conflicted`, and no route attaches to it"
    };
    out.finding(listener.view.name)
        .about(listener.parent)
        .certainty(if listener.admitted == Fact::Known(true) { Certainty::Sure } else { Possible })
        .say(what)
        .label("can't be told apart")
        .also(Place::Node(conflict.with), "from this one")
        .note(note)
        .help(help);
}
