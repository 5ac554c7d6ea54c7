//! `segment-undefined`: the words are in rules/segment-undefined.md.
use super::prelude::*;

pub(in crate::checks) struct SegmentUndefined;

impl Rule for SegmentUndefined {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for undefined in mesh.undefined_segments() {
            let Some(node) = undefined.label.node else { continue };
            // it is there, but where nobody reads it: that is the finding below
            let stray =
                |segment: Object<'_>| segment.cluster() == undefined.namespace.cluster() && *segment.id.name == *undefined.label.value;
            if mesh.misplaced_segments().any(stray) {
                continue;
            }
            let near = undefined.missing.near.and_then(|ix| undefined.namespace.sibling(ix));
            let draft = out
                .finding(node)
                .about(undefined.namespace)
                .certainty(undefined.missing.certainty)
                .say(format!("there is no Segment `{}` in {}", undefined.label.value, namespace_named(undefined.namespace)))
                .label("names a Segment that does not exist")
                .note(format!("the cluster stays in the default segment, and its global hosts end in `{}`", mesh.global_suffix()));
            let help = match near {
                Some(near) => format!("name the Segment `{}`", near.id.name),
                None => format!("apply the Segment `{}` in every cluster", undefined.label.value),
            };
            draft.also_at(near.map(name_of), "the nearest name").help(help.clone()).fix(Manual, help);
        }
        for segment in mesh.misplaced_segments() {
            let root = &segment.platform().root_namespace;
            out.finding(segment.resource().meta.namespace.as_ref().map_or(name_of(segment), Place::from))
                .about(segment)
                .say(format!("Segment `{}` is not read: it is not in namespace `{root}`", segment.id.name))
                .label("only those of the system namespace are read")
                .note("clusters that name it stay in the default segment")
                .help(format!("move it to namespace `{root}`"))
                .fix(Manual, format!("move it to namespace `{root}`"));
        }
        for [(segment, domain), (other, theirs)] in mesh.segment_conflicts() {
            let (Some(here), Some(there)) = (segment.cluster_name(), other.cluster_name()) else { continue };
            out.finding(domain)
                .about(segment)
                .say(format!("Segment `{}` is `{domain}` in cluster `{here}` and `{theirs}` in cluster `{there}`", segment.id.name))
                .label("another domain")
                .also(theirs, format!("the domain in cluster `{there}`"))
                .note("each cluster takes the other's segment for invalid, and the global hosts of the other do not resolve")
                .help("give the Segment one domain and apply it in every cluster")
                .fix(Manual, "give the Segment one domain in every cluster");
        }
    }
}

fn namespace_named(namespace: Object<'_>) -> String {
    format!("namespace `{}`", namespace.id.name)
}
