//! `custom-action-at-ztunnel`: the words are in rules/custom-action-at-ztunnel.md.
use super::prelude::*;
use crate::model::istio::Action;

pub(in crate::checks) struct CustomActionAtZtunnel;

impl Rule for CustomActionAtZtunnel {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for policy in mesh.policies_at_ztunnel() {
            let Some(action) = &policy.spec.action else { continue };
            let (word, lost) = match **action {
                Action::Custom => ("CUSTOM", "nobody is asked, and requests get through unchecked"),
                Action::Audit => ("AUDIT", "nothing is logged"),
                Action::Allow | Action::Deny => continue,
            };
            let help = "give the Service a waypoint and attach the policy to it with `targetRefs`";
            let draft = out
                .finding(action)
                .about(policy.object)
                .certainty(policy.certainty)
                .say(format!("{} has the action `{word}`, which ztunnel does not know: {lost}", policy.object.id))
                .label("only a waypoint or gateway does this")
                .also_at(policy.pods.as_ref().map(|pods| name_of(pods.owner)), "ztunnel stands before these pods")
                .note("istiod does not send such a policy to ztunnel")
                .help(help)
                .fix(Manual, help);
            if **action == Action::Audit {
                draft.otherwise();
            }
        }
    }
}
