//! `route-parent-unknown`: the words are in rules/route-parent-unknown.md.
use super::prelude::*;
use crate::mesh::{ParentVerdict, ParentView, Refusal, listener_names};

pub(in crate::checks) struct RouteParentUnknown;

impl Rule for RouteParentUnknown {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for parent in mesh.parents() {
            match parent.verdict {
                ParentVerdict::Missing(missing) => no_gateway(parent, missing, out),
                ParentVerdict::Refused { parent: ix, because: Refusal::NoListenerNamed } => no_listener(parent, *ix, out),
                ParentVerdict::Refused { parent: ix, because: Refusal::NoListenerOnPort } => no_port(parent, *ix, out),
                _ => {}
            }
        }
    }
}

const REFUSED: &str = "the route does not attach: the gateway answers 404 for it";

fn no_gateway(parent: ParentView<'_>, missing: &crate::mesh::Missing, out: &mut Findings) {
    let (route, reference) = (parent.route.object, parent.reference);
    let (kind, name) = (reference.kind(), &reference.name);
    let message = match route.namespace_or_own(reference.namespace.as_deref()).name() {
        Some(namespace) => format!("namespace `{namespace}` has no {kind} `{name}`"),
        None => format!("there is no {kind} `{name}` beside {}", route.id),
    };
    let draft = out.finding(name).about(route).certainty(missing.certainty).say(message).label(format!("names no {kind}")).note(REFUSED);
    match missing.near.and_then(|ix| route.sibling(ix)) {
        Some(near) => draft
            .also(name_of(near), "this one has a similar name")
            .help(format!("use `{}` if that is the one", near.id.name))
            .fix_by_setting(Unsafe, format!("use `{}`", near.id.name), name.node(), near.id.name.to_string()),
        None => draft
            .help(format!("name a {kind} that exists; without `namespace` it is looked up in the route's own"))
            .fix(Manual, "name one that exists"),
    };
}

fn no_listener(parent: ParentView<'_>, ix: u32, out: &mut Findings) {
    let (Some(section), Some(gateway)) = (&parent.reference.section_name, parent.route.object.sibling(ix)) else { return };
    let names = listener_names(gateway);
    let near = crate::text::near(section, names.iter().map(|n| &****n)).map(ToOwned::to_owned);
    let shown = crate::mesh::in_words(names.iter().map(|n| format!("`{n}`")));
    let draft = out
        .finding(section)
        .about(parent.route.object)
        .say(format!("{} has no listener `{section}`", gateway.id))
        .label("names no listener")
        .also(name_of(gateway), format!("its listeners: {shown}"))
        .note(REFUSED);
    match near {
        Some(near) => draft.help(format!("use `{near}` if that is the one")).fix_by_setting(
            Unsafe,
            format!("use `{near}`"),
            section.node(),
            near.clone(),
        ),
        None => draft.help("name one of its listeners, or leave `sectionName` out").fix(Manual, "name one of its listeners"),
    };
}

fn no_port(parent: ParentView<'_>, ix: u32, out: &mut Findings) {
    let (Some(port), Some(gateway)) = (&parent.reference.port, parent.route.object.sibling(ix)) else { return };
    out.finding(port)
        .about(parent.route.object)
        .say(format!("{} has no listener on port {port}", gateway.id))
        .label("no listener has this port")
        .also(name_of(gateway), "its listeners have other ports")
        .note(REFUSED)
        .help("use the port of a listener, or leave `port` out")
        .fix(Manual, "use the port of a listener");
}
