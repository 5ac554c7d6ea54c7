//! `policy-target-missing`: the words are in rules/policy-target-missing.md.
use super::prelude::*;

pub(in crate::checks) struct PolicyTargetMissing;

impl Rule for PolicyTargetMissing {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for aim in mesh.aims().into_iter().filter(|aim| !aim.is_istio() || aim.unreadable().is_none()) {
            let Some(missing) = aim.missing() else { continue };
            let near = missing.near.and_then(|ix| aim.policy.sibling(ix));
            let help = near.map_or_else(|| "name one that is there".to_owned(), |near| format!("did you mean `{}`", near.id.name));
            out.finding(aim.name)
                .about(aim.policy)
                .certainty(missing.certainty)
                .say(format!("{} targets the {} `{}`, and there is none", aim.policy.id, aim.kind, aim.name))
                .label("not there")
                .also_at(near.map(name_of), "one of a similar name")
                .note("the policy is attached to nothing, and nothing of what it says is done")
                .help(help.clone())
                .fix(Manual, help);
        }
    }
}
