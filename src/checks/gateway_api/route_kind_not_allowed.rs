//! `route-kind-not-allowed`: the words are in rules/route-kind-not-allowed.md.
use super::prelude::*;
use crate::mesh::{ParentVerdict, ParentView, Refusal, in_words};

pub(in crate::checks) struct RouteKindNotAllowed;

impl Rule for RouteKindNotAllowed {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for parent in mesh.parents().filter(ParentView::speaks_for_itself) {
            let ParentVerdict::Refused { because: Refusal::Kind, .. } = parent.verdict else { continue };
            let Some(gateway) = parent.object() else { continue };
            let meant = parent.listeners();
            // of a protocol that is none `listener-protocol-unsupported` speaks
            if !meant.is_empty() && meant.iter().all(|listener| listener.protocol_supported() == Some(false)) {
                continue;
            }
            let (route, reference) = (parent.route.object, parent.reference);
            let kind = &route.id.kind;
            let what = match &reference.section_name {
                Some(section) => format!("listener `{section}` of {} takes no {kind}s", gateway.id),
                None => format!("no listener of {} takes {kind}s", gateway.id),
            };
            let draft = out.finding(&reference.name).about(route).say(what).label(format!("refuses the {kind}"));
            meant
                .iter()
                .fold(draft, |draft, listener| {
                    let kinds = listener.kinds().0;
                    let takes = if kinds.is_empty() {
                        "no routes".to_owned()
                    } else {
                        in_words(kinds.iter().map(|kind| format!("{}s", kind.name())))
                    };
                    draft.also(listener.protocol, format!("takes {takes}"))
                })
                .note("the route does not attach: nothing that it says happens")
                .help(format!("name a listener that takes {kind}s, or allow them there"));
        }
    }
}
