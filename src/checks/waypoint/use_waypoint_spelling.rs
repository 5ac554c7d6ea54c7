//! `use-waypoint-spelling`: the words are in rules/use-waypoint-spelling.md.
use super::prelude::*;
use crate::mesh::{MisspeltBinding, Slip, USE_WAYPOINT, USE_WAYPOINT_NAMESPACE};

pub(in crate::checks) struct UseWaypointSpelling;

impl Rule for UseWaypointSpelling {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for found in mesh.waypoint_users().flat_map(|object| object.misspelt_bindings()) {
            let (key, value, id) = (found.key, found.value, &found.object.id);
            let draft = out.finding(if matches!(found.slip, Slip::Key | Slip::Annotation) { key } else { value }).about(found.object);
            let unread = "nothing reads this: traffic goes on without the waypoint, and without its policies";
            let draft = match found.slip {
                Slip::Key => draft
                    .say(format!("{id} has the label `{key}`, which nothing reads: it is `{USE_WAYPOINT}`"))
                    .label(format!("spelt `{USE_WAYPOINT}`"))
                    .note(unread)
                    .help(format!("rename the label to `{USE_WAYPOINT}`")),
                Slip::Annotation => draft
                    .say(format!("{id} has `{key}` as an annotation, and only the label `{USE_WAYPOINT}` is read"))
                    .label("an annotation here does nothing")
                    .note(unread)
                    .help(format!("set it as the label `{USE_WAYPOINT}`")),
                Slip::OptOut => draft
                    .say(format!("{id} has `{USE_WAYPOINT}: {value}`, which does not opt out: the word is `none`"))
                    .label("read as the name of a Gateway")
                    .note("it is taken for a waypoint that does not exist, or refused by the API server")
                    .help("set it to `none`"),
                Slip::Path => draft
                    .say(format!("{id} has `{USE_WAYPOINT}: {value}`, and the namespace of a waypoint has a label of its own"))
                    .label("a label value has no `/`")
                    .note("the API server refuses the object")
                    .help(match found.meant() {
                        Some((name, None)) => format!("set `{USE_WAYPOINT}: {name}`"),
                        Some((name, Some(namespace))) => {
                            format!("set `{USE_WAYPOINT}: {name}` and `{USE_WAYPOINT_NAMESPACE}: {namespace}`")
                        }
                        None => format!("set `{USE_WAYPOINT}` to the name and `{USE_WAYPOINT_NAMESPACE}` to the namespace"),
                    }),
            };
            repair(draft, &found);
        }
    }
}

/// Puts what was meant where it is read.
fn repair(draft: Draft<'_>, found: &MisspeltBinding<'_>) {
    let title = |what: String| match found.slip {
        Slip::Key => format!("rename the label to {what}"),
        Slip::Annotation => format!("move it to the labels as {what}"),
        Slip::OptOut | Slip::Path => format!("set {what}"),
    };
    let Some((name, namespace)) = found.meant() else {
        draft.fix(Manual, title(format!("`{USE_WAYPOINT}`")));
        return;
    };
    let what = match namespace {
        Some(namespace) => format!("`{USE_WAYPOINT}: {name}` and `{USE_WAYPOINT_NAMESPACE}: {namespace}`"),
        None => format!("`{USE_WAYPOINT}: {name}`"),
    };
    draft.fix_by(Unsafe, title(what), |e| {
        match found.slip {
            Slip::Annotation => {
                e.insert(found.home, &["metadata", "labels", USE_WAYPOINT], name).remove(found.object.goes_with(found.value.node()));
            }
            Slip::Key => _ = e.rename(found.value.node(), USE_WAYPOINT),
            Slip::OptOut | Slip::Path => {}
        }
        if found.slip != Slip::Annotation && name != &***found.value {
            e.set(found.value.node(), name);
        }
        if let Some(namespace) = namespace {
            e.insert(found.home, &["metadata", "labels", USE_WAYPOINT_NAMESPACE], namespace);
        }
    });
}
