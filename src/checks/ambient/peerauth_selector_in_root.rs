//! `peerauth-selector-in-root`: the words are in rules/peerauth-selector-in-root.md.
use super::prelude::*;

pub(in crate::checks) struct PeerauthSelectorInRoot;

impl Rule for PeerauthSelectorInRoot {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for (policy, selector, pods) in mesh.selectors_in_root() {
            if pods.is_none() && !policy.cluster_is_ambient() {
                continue;
            }
            let root = &policy.platform().root_namespace;
            let draft = out
                .finding(selector)
                .about(policy)
                .say(format!("{} selects pods from the root namespace `{root}`: ambient ignores it", policy.id))
                .label("has no effect on pods that ztunnel captures")
                .note("in the root namespace ztunnel knows only the policy for the whole mesh; pods in other namespaces, and those of the root namespace itself, keep the mode they had")
                .help("move the policy to the namespace of the pods it is for")
                .fix(Manual, "move the policy to the namespace of the pods");
            match pods {
                Some(pods) => draft.also(name_of(pods.owner), "its pods keep the mode they had"),
                // it may be for sidecars that are not in the input
                None => draft.certainty(Likely),
            };
        }
    }
}
