//! `backend-kind-unsupported`: the words are in rules/backend-kind-unsupported.md.
use super::prelude::*;

pub(in crate::checks) struct BackendKindUnsupported;

impl Rule for BackendKindUnsupported {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for found in mesh.unknown_backend_kinds() {
            let (kind, group) = (found.reference.kind(), found.reference.group());
            let shown = if group.is_empty() { "no group".to_owned() } else { format!("the group `{group}`") };
            let help = match found.meant {
                Some("") => "leave the group out".to_owned(),
                Some(meant) => format!("write `group: {meant}`"),
                None => "name a Service".to_owned(),
            };
            let place = match (found.meant, found.reference.group) {
                (Some(_), Some(group)) => group.node(),
                _ => found.reference.kind.map_or(found.reference.node, crate::yaml::At::node),
            };
            out.finding(place)
                .about(found.route.object)
                .say(format!("{} does not route to a `{kind}` with {shown}, which {} names", found.product.name(), found.route.object.id))
                .label("no kind of backend")
                .note("the reference is answered with InvalidKind, and its share of the requests gets 500")
                .help(help.clone())
                .fix(Manual, help);
        }
    }
}
