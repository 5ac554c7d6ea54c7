//! What the rules about policies at ztunnel share.
use super::prelude::*;
use crate::mesh::Outcome;

const HELP: &str = "give the Service a waypoint and attach the policy to it with `targetRefs`";

/// Reports the rules that come to this; `words` makes headline and note of the policy and the field.
pub(super) fn report(mesh: &Mesh, out: &mut Findings, outcome: Outcome, words: impl Fn(String, &str) -> (String, &'static str)) {
    for policy in mesh.policies_at_ztunnel() {
        for found in policy.partly_read().into_iter().filter(|found| found.outcome == outcome) {
            let (message, note) = words(policy.object.id.to_string(), found.field);
            out.finding(found.at)
                .about(policy.object)
                .certainty(policy.certainty)
                .say(message)
                .label("a matter of HTTP")
                .also_at(policy.pods.as_ref().map(|pods| name_of(pods.owner)), "ztunnel enforces it for these pods")
                .note(note)
                .help(HELP)
                .fix(Manual, HELP);
        }
    }
}
