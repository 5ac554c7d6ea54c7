//! `listener-without-routes`: the words are in rules/listener-without-routes.md.
use super::prelude::*;
use crate::mesh::Role;

pub(in crate::checks) struct ListenerWithoutRoutes;

impl Rule for ListenerWithoutRoutes {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        // routes live with the apps: what is not in the input says nothing
        if !mesh.settings().complete {
            return;
        }
        for gateway in mesh.gateways().filter(|gateway| gateway.role() == Role::Ingress) {
            let status = gateway.status();
            let idle =
                status.all_listeners().filter(|one| one.attached_routes + one.perhaps_routes == 0 && one.listener.conflict.is_none());
            for listener in idle.filter(|one| !one.supported_kinds.is_empty()) {
                let (parent, name) = (listener.listener.parent, &**listener.listener.view.name);
                out.finding(listener.listener.view.name)
                    .about(parent)
                    .say(format!("no route attaches to listener `{name}` of {}", parent.id))
                    .label("has no routes")
                    .note("every request to it is answered with 404, and every connection closed")
                    .help("attach a route, or take the listener out");
            }
        }
    }
}
