//! `listener-route-kinds-invalid`: the words are in rules/listener-route-kinds-invalid.md.
use super::prelude::*;

pub(in crate::checks) struct ListenerRouteKindsInvalid;

impl Rule for ListenerRouteKindsInvalid {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for listener in mesh.gateways().flat_map(|gateway| gateway.effective_listeners()) {
            let (taken, refused) = listener.view.kinds();
            let (name, protocol) = (&**listener.view.name, &**listener.view.protocol);
            for entry in refused {
                let note = if taken.is_empty() {
                    "the listener has `ResolvedRefs` False, and no route attaches to it"
                } else {
                    "the listener has `ResolvedRefs` False; the other kinds hold all the same"
                };
                out.finding(&entry.kind)
                    .about(listener.parent)
                    .say(format!("listener `{name}` of {} is for {protocol}, which carries no {}", listener.parent.id, *entry.kind))
                    .label(format!("not carried by {protocol}"))
                    .also(listener.view.protocol, "the protocol")
                    .note(note)
                    .help("take the entry out, or change the protocol");
            }
        }
    }
}
