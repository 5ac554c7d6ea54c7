//! `route-attaches-nowhere`: the words are in rules/route-attaches-nowhere.md.
use super::prelude::*;
use crate::mesh::{ParentVerdict, ParentView, Refusal};

pub(in crate::checks) struct RouteAttachesNowhere;

impl Rule for RouteAttachesNowhere {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for route in mesh.routes() {
            let Some(certainty) = route.attaches_nowhere() else { continue };
            let parents: Vec<_> = route.parent_views().collect();
            let Some((first, others)) = parents.split_first() else { continue };
            let draft = out
                .finding(&first.reference.name)
                .about(route.object)
                .certainty(certainty)
                .say(format!("none of the {} parents of {} takes it", parents.len(), route.object.id))
                .label(reason(*first));
            others
                .iter()
                .fold(draft, |draft, parent| draft.also(&parent.reference.name, reason(*parent)))
                .note("the route does not attach anywhere: no gateway answers for it")
                .help("put right what stands at each of the parents");
        }
    }
}

/// Why a parent does not take the route.
fn reason(parent: ParentView<'_>) -> String {
    let reference = parent.reference;
    let because = match parent.verdict {
        ParentVerdict::Refused { because, .. } => *because,
        _ => return format!("there is no such {}", reference.kind()),
    };
    let namespace = || parent.route.object.namespace().name().map_or_else(String::new, |name| format!(" `{name}`"));
    match (because, &reference.section_name, &reference.port) {
        (Refusal::NoListenerNamed, Some(section), _) => format!("it has no listener `{section}`"),
        (Refusal::NoListenerOnPort, _, Some(port)) => format!("it has no listener on port {port}"),
        (Refusal::NoListenerNamed | Refusal::NoListenerOnPort, ..) => "it has no such listener".to_owned(),
        (Refusal::Namespace, ..) => format!("it admits no routes from namespace{}", namespace()),
        (Refusal::Kind, ..) => format!("its listeners take no {}", parent.route.object.id.kind),
        (Refusal::Hostname, ..) => "its listeners are for other hosts".to_owned(),
        (Refusal::SetNotAllowed, ..) => "the Gateway does not take these listeners".to_owned(),
        (Refusal::Conflict, ..) => "its listeners are in conflict with others".to_owned(),
    }
}
