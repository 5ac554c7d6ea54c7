//! `auto-waypoint-misuse`: the words are in rules/auto-waypoint-misuse.md.
use super::prelude::*;
use crate::mesh::{Binding, Distribution, LabelAt, USE_WAYPOINT};

pub(in crate::checks) struct AutoWaypointMisuse;

/// The first minor version of Solo's Istio that makes waypoints by itself.
const SINCE: (u32, u32) = (1, 25);

impl Rule for AutoWaypointMisuse {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for claim in mesh.waypoint_claims() {
            match claim.binding {
                // not Solo's, as far as is known
                Binding::Missing(label, _) if label.value == "auto" => {
                    let what = "this Istio does not make waypoints by itself, and no Gateway `auto` exists";
                    unknown(out, claim.object, label, what);
                }
                Binding::Automatic(label) => automatic(out, claim.object, label),
                Binding::Bound { gateway, label } if label.value == "auto" => shadowed(out, claim.object, gateway.object, label),
                _ => {}
            }
        }
    }
}

fn unknown<'f>(out: &'f mut Findings, object: Object<'_>, label: LabelAt<'_>, what: &str) -> Option<Draft<'f>> {
    let draft = out
        .finding(label.node?)
        .about(object)
        .say(format!("{} has `{USE_WAYPOINT}: auto`: {what}", object.id))
        .label("read as the name of a Gateway")
        .note("traffic goes straight to the pods, and no policy of a waypoint is enforced on it")
        .help("create a waypoint and name it here")
        .fix(Manual, "create a waypoint and name it in the label");
    Some(draft)
}

fn automatic(out: &mut Findings, object: Object<'_>, label: LabelAt<'_>) {
    let platform = object.platform();
    let version = platform.istio.as_ref().map(|v| &v.value);
    match (&platform.distribution, version) {
        (None, _) => {
            let what = "only Solo's distribution of Istio makes waypoints by itself";
            _ = unknown(out, object, label, what).map(|draft| draft.undecided("mesh.distribution"));
        }
        (Some(d), Some(version)) if d.value == Distribution::Solo && version.minor() < SINCE => {
            let what = format!("Istio {version} does not make waypoints by itself yet, 1.25 does");
            _ = unknown(out, object, label, &what)
                .map(|draft| draft.also_at(platform.istio.as_ref().and_then(|v| v.place), "this version"));
        }
        _ => {
            let on_namespace =
                object.namespace_object(object.namespace()).and_then(|ns| ns.own_label(USE_WAYPOINT)).filter(|l| l.value == "auto");
            let (Some(above), Some(node)) = (on_namespace, label.node) else { return };
            out.finding(node)
                .about(object)
                .otherwise()
                .say(format!("{} and its namespace both have `{USE_WAYPOINT}: auto`, and only one of them may", object.id))
                .label("said twice")
                .also_at(above.node, "this is for the whole namespace")
                .note("the two ask for a waypoint each, and which one serves the Service is not defined")
                .help("remove the label here")
                .fix_by(Unsafe, format!("remove the label from {}", object.id), |e| _ = e.remove(object.goes_with(node)));
        }
    }
}

/// A Gateway of one's own by the name that stands for an automatic one.
fn shadowed(out: &mut Findings, object: Object<'_>, gateway: Object<'_>, label: LabelAt<'_>) {
    let Some(distribution) = object.platform().distribution.as_ref().filter(|d| d.value == Distribution::Solo) else { return };
    let Some(node) = label.node else { return };
    out.finding(node)
        .about(object)
        .otherwise()
        .certainty(Likely)
        .say(format!("{} has `{USE_WAYPOINT}: auto`, and a Gateway {} of that name exists", object.id, path(gateway)))
        .label("stands for a waypoint that istiod makes")
        .also(name_of(gateway), "a Gateway with the reserved name")
        .also_at(distribution.place, "Solo's distribution")
        .note("which of the two serves the traffic can't be said")
        .help("give the Gateway another name")
        .fix(Manual, "give the Gateway another name");
}
