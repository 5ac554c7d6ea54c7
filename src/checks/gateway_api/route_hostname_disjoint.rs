//! `route-hostname-disjoint`: the words are in rules/route-hostname-disjoint.md.
use super::prelude::*;
use crate::mesh::{ParentVerdict, ParentView, Refusal};

pub(in crate::checks) struct RouteHostnameDisjoint;

impl Rule for RouteHostnameDisjoint {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for parent in mesh.parents().filter(ParentView::speaks_for_itself) {
            if let ParentVerdict::Refused { parent: ix, because: Refusal::Hostname } = parent.verdict {
                report(parent, *ix, out);
            }
        }
    }
}

fn report(parent: ParentView<'_>, ix: u32, out: &mut Findings) {
    let (route, reference) = (parent.route, parent.reference);
    let (Some(gateway), Some((host, others))) = (route.object.sibling(ix), route.hostnames.split_first()) else { return };
    let listener = match &reference.section_name {
        Some(section) => format!("listener `{section}` of {} takes", gateway.id),
        None => format!("no listener of {} takes", gateway.id),
    };
    let what = match (&reference.section_name, others) {
        (Some(_), []) => format!("{listener} other hosts than `{host}`"),
        (Some(_), _) => format!("{listener} none of the hosts of {}", route.object.id),
        (None, []) => format!("{listener} the host `{host}`"),
        (None, _) => format!("{listener} any of the hosts of {}", route.object.id),
    };
    // of a route with other parents, the reference is what is wrong
    let place = if route.parents.len() > 1 { Place::from(&reference.name) } else { Place::from(host) };
    let draft = out.finding(place).about(route.object).say(what).label("fits no hostname of a listener");
    parent
        .listener_hostnames(gateway)
        .into_iter()
        .fold(draft, |draft, own| draft.also(own, "the listener takes this"))
        .note("the route does not attach: the gateway answers 404 for its hosts")
        .help("give the route a host that the listener's hostname covers, or change the listener's");
}
