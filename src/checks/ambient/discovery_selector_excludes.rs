//! `discovery-selector-excludes`: the words are in rules/discovery-selector-excludes.md.
use super::prelude::*;

pub(in crate::checks) struct DiscoverySelectorExcludes;

impl Rule for DiscoverySelectorExcludes {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for found in mesh.undiscovered() {
            let object = found.needed.namespace_object(found.namespace);
            let Some(place) = object.map(name_of).or_else(|| found.selectors.first().map(|node| Place::Node(*node))) else { continue };
            let draft = out
                .finding(place)
                .about(object.unwrap_or(found.needed))
                .say(format!("{} fits none of `meshConfig.discoverySelectors`: istiod does not see {}", namespace_of(found.needed), found.needed.id))
                .label("no label that the selectors ask for")
                .also(name_of(found.needed), "istiod has to see this")
                .note("istiod tells ztunnel and the gateways nothing of this namespace, while its pods are captured all the same: connections time out");
            let draft = found.selectors.iter().fold(draft, |draft, node| draft.also(*node, "asks for other labels"));
            match (found.label, object) {
                (Some((key, value)), Some(object)) => {
                    let title = format!("label the namespace `{key}: {value}`");
                    draft.help(title.clone()).fix_by(Unsafe, title, |edits| {
                        edits.insert(object.node, &["metadata", "labels", key], value);
                    });
                }
                _ => {
                    draft.help("label the namespace so that one of the selectors fits").fix(Manual, "add a label that a selector asks for");
                }
            }
        }
    }
}
