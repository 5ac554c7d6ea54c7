//! `route-namespace-not-allowed`: the words are in rules/route-namespace-not-allowed.md.
use super::prelude::*;
use crate::checks::admit::admit;
use crate::mesh::{Admission, ParentVerdict, ParentView, Refusal, allowing_places};

pub(in crate::checks) struct RouteNamespaceNotAllowed;

impl Rule for RouteNamespaceNotAllowed {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for parent in mesh.parents().filter(ParentView::speaks_for_itself) {
            let ParentVerdict::Refused { parent: ix, because: Refusal::Namespace } = parent.verdict else { continue };
            let (route, reference) = (parent.route.object, parent.reference);
            let (Some(gateway), Some(namespace)) = (route.sibling(*ix), route.namespace().name()) else { continue };
            let which = match &reference.section_name {
                Some(section) => format!("listener `{section}` of {} does not admit routes from namespace `{namespace}`", gateway.id),
                None => format!("no listener of {} admits routes from namespace `{namespace}`", gateway.id),
            };
            let draft = out.finding(&reference.name).about(route).say(which).label("the route stands in another namespace");
            let draft = allowing_places(gateway, reference.section_name.as_deref())
                .into_iter()
                .fold(draft, |draft, (place, words)| draft.also(place, words))
                .note("the route does not attach: the gateway answers 404 for it")
                .help(format!("let the listener admit namespace `{namespace}` in `allowedRoutes.namespaces`"));
            match parent.admissions(gateway) {
                Some(all) if all.iter().any(|one| matches!(one, Admission::Labels(..))) => {
                    let title = format!("give namespace `{namespace}` the labels that the listener asks for");
                    draft.fix_by(Unsafe, title, |e| all.iter().for_each(|one| admit(one, namespace, e)))
                }
                Some(all) => {
                    let title = format!("admit namespace `{namespace}` by a selector on `kubernetes.io/metadata.name`");
                    draft.fix_by(Unsafe, title, |e| all.iter().for_each(|one| admit(one, namespace, e)))
                }
                None => draft.fix(Manual, format!("admit namespace `{namespace}`")),
            };
        }
    }
}
