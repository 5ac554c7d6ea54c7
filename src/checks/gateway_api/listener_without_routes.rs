//! `listener-without-routes`: the words are in rules/listener-without-routes.md.
use super::prelude::*;
use rustc_hash::FxHashSet;

use crate::mesh::{ParentVerdict, ParentView, Role};

pub(in crate::checks) struct ListenerWithoutRoutes;

impl Rule for ListenerWithoutRoutes {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        // routes live with the apps: what is not in the input says nothing
        if !mesh.settings().complete {
            return;
        }
        // why a route that names the listener is refused is said of the route
        let refused = |parent: &ParentView<'_>| matches!(parent.verdict, ParentVerdict::Refused { .. });
        let asked: FxHashSet<_> = mesh.parents().filter(refused).filter_map(asked_for).collect();
        for gateway in mesh.gateways().filter(|gateway| gateway.role() == Role::Ingress) {
            let status = gateway.status();
            let idle =
                status.all_listeners().filter(|one| one.attached_routes + one.perhaps_routes == 0 && one.listener.conflict.is_none());
            for listener in idle.filter(|one| !one.supported_kinds.is_empty()) {
                let (parent, name) = (listener.listener.parent, &**listener.listener.view.name);
                let key = |section| (parent.cluster(), parent.ix(), section);
                if asked.contains(&key(None)) || asked.contains(&key(Some(name))) {
                    continue;
                }
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

/// The object that a parentRef leads to, and which listener of it, if it names one.
fn asked_for(parent: ParentView<'_>) -> Option<(usize, u32, Option<&str>)> {
    let object = parent.object()?;
    Some((object.cluster(), object.ix(), parent.reference.section_name.as_ref().map(|name| &***name)))
}
