//! `targetref-bad-reference`: the words are in rules/targetref-bad-reference.md.
use super::prelude::*;
use crate::mesh::Unreadable;

pub(in crate::checks) struct TargetrefBadReference;

impl Rule for TargetrefBadReference {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for aim in mesh.aims().into_iter().filter(crate::mesh::Aim::is_istio) {
            let Some(why) = aim.unreadable() else { continue };
            let who = &aim.policy.id;
            let kind = &**aim.kind;
            let (place, message, help) = match why {
                Unreadable::Group(group) => {
                    let shown = if group.is_empty() { "the empty group".to_owned() } else { format!("the group `{group}`") };
                    let place = aim.group_at.map_or(aim.node, crate::yaml::At::node);
                    let written = if aim.group.is_empty() { "no group".to_owned() } else { format!("the group `{}`", aim.group) };
                    (
                        place,
                        format!("{who} targets a `{kind}` with {written}: it is of {shown}"),
                        format!("write `group: {}`", if group.is_empty() { "\"\"" } else { group }),
                    )
                }
                Unreadable::Kind => (
                    aim.kind.node(),
                    format!("{who} targets a `{kind}`, to which Istio attaches no policies"),
                    "target a Service, a ServiceEntry or a Gateway".to_owned(),
                ),
                Unreadable::Namespace => (
                    aim.namespace.map_or(aim.node, crate::yaml::At::node),
                    format!("{who} targets an object of another namespace"),
                    "put the policy into the namespace of its target".to_owned(),
                ),
                Unreadable::ClassOutsideRoot => (
                    aim.kind.node(),
                    format!("{who} targets a GatewayClass from outside the root namespace `{}`", aim.policy.platform().root_namespace),
                    "put the policy into the root namespace, or target the Gateway".to_owned(),
                ),
            };
            out.finding(place)
                .about(aim.policy)
                .say(message)
                .label("not read")
                .note("a policy whose target Istio does not understand is attached to nothing, and nothing enforces it")
                .help(help.clone())
                .fix(Manual, help);
        }
    }
}
