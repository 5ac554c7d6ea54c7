//! `ingress-waypoint-unbound`: the words are in rules/ingress-waypoint-unbound.md.
use super::prelude::*;
use crate::mesh::{Binding, INGRESS_USE_WAYPOINT, LabelAt, USE_WAYPOINT, parse_bool};
use crate::model::{Kind, Namespace};

pub(in crate::checks) struct IngressWaypointUnbound;

impl Rule for IngressWaypointUnbound {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for service in mesh.services() {
            let Some(node) = asks(service.object.own_label(INGRESS_USE_WAYPOINT)) else { continue };
            let who = format!("{} sends ingress through a waypoint it does not have", service.object.id);
            match service.binding() {
                Binding::OptedOut(label) => {
                    let draft = report(out, node, service.object, format!("{who}: its `{USE_WAYPOINT}` is `none`"));
                    choose(draft.also_at(label.node, "opted out here"));
                }
                Binding::Unlabelled => {
                    let why = format!("{who}: `{USE_WAYPOINT}` is set neither on it nor on its namespace");
                    bind(report(out, node, service.object, why), service.object);
                }
                Binding::Unknown if service.object.own_label(USE_WAYPOINT).is_none() => {
                    choose(report(out, node, service.object, format!("{who}: `{USE_WAYPOINT}` is not set on it")).certainty(Possible));
                }
                _ => {}
            }
        }
        for object in mesh.objects(Kind::Namespace) {
            let Some(node) = asks(object.own_label(INGRESS_USE_WAYPOINT)) else { continue };
            let namespace = Namespace::Named(object.id.name.clone());
            let services: Vec<_> = object.services_in(&namespace).collect();
            let own = object.own_label(USE_WAYPOINT);
            let named = |o: Object<'_>| o.own_label(USE_WAYPOINT).is_some_and(|l| l.value != "none") || !o.misspelt_bindings().is_empty();
            if named(object) || services.iter().any(|s| named(s.object)) {
                continue;
            }
            let who = format!("namespace `{}` sends ingress through a waypoint it does not have", object.id.name);
            let why = match own {
                Some(_) => format!("{who}: its `{USE_WAYPOINT}` is `none`"),
                None => format!("{who}: `{USE_WAYPOINT}` is set neither on it nor on its Services"),
            };
            let draft = report(out, node, object, why);
            let draft = if own.is_some() { choose(draft) } else { bind(draft, object) };
            if own.is_none() && !mesh.settings().complete {
                // Services with a binding of their own may stand elsewhere
                draft.certainty(if services.is_empty() { Possible } else { Likely });
            }
        }
    }
}

/// The place of the label, when it asks for the way through a waypoint.
fn asks(label: Option<LabelAt<'_>>) -> Option<crate::yaml::NodeId> {
    label.filter(|l| parse_bool(l.value) == Some(true))?.node
}

fn report<'f>(out: &'f mut Findings, value: crate::yaml::NodeId, object: Object<'_>, message: String) -> Draft<'f> {
    out.finding(Place::KeyOf(value))
        .about(object)
        .say(message)
        .label("this needs a waypoint to be bound")
        .note("requests go straight to the pods, and no policy of a waypoint is enforced on them")
        .help(format!("set `{USE_WAYPOINT}` to the name of the waypoint"))
}

/// The label, where one waypoint is there to be bound to; else it is a choice.
fn bind<'f>(draft: Draft<'f>, object: Object<'_>) -> Draft<'f> {
    match object.only_waypoint() {
        Some(waypoint) => {
            let name = &*waypoint.object.resource().id.name;
            draft.fix_by(Unsafe, format!("add the label `{USE_WAYPOINT}: {name}`"), |e| {
                e.insert(object.node, &["metadata", "labels", USE_WAYPOINT], name);
            })
        }
        None => choose(draft),
    }
}

fn choose(draft: Draft<'_>) -> Draft<'_> {
    draft.fix(Manual, format!("add the label `{USE_WAYPOINT}` with the name of a waypoint"))
}
