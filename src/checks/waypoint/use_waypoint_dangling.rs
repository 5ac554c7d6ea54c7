//! `use-waypoint-dangling`: the words are in rules/use-waypoint-dangling.md.
use super::prelude::*;
use crate::mesh::{Binding, GatewayView, LabelAt, Missing, Role, Unfit};

pub(in crate::checks) struct UseWaypointDangling;

const FAILS_OPEN: &str = "traffic goes straight to the pods, and no policy of a waypoint is enforced on it";

impl Rule for UseWaypointDangling {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for claim in mesh.waypoint_claims() {
            match &claim.binding {
                // `auto` is a word of one distribution and has a rule of its own
                Binding::Missing(label, missing) if label.value != "auto" => absent(out, claim.object, label, missing),
                Binding::Refused { label, gateway, because: Unfit::NotWaypoint } => no_waypoint(out, claim.object, label, *gateway),
                _ => {}
            }
        }
    }
}

fn absent(out: &mut Findings, object: Object<'_>, label: &LabelAt<'_>, missing: &Missing) {
    let Some(node) = label.node else { return };
    let is_waypoint = |g: &GatewayView<'_>| matches!(g.role(), Role::Waypoint | Role::Unknown);
    let near = missing.near.and_then(|ix| object.sibling(ix)).and_then(GatewayView::of).filter(is_waypoint);
    let sure = near.is_some() || object.mesh().settings().complete;
    let draft = out
        .finding(node)
        .about(object)
        // a waypoint that the input does not hold may well be in the cluster
        .certainty(if sure { Certainty::Sure } else { Possible })
        .say(format!(
            "{} uses waypoint `{}`, which {}",
            object.id,
            label.value,
            if sure { "does not exist" } else { "is not in the input" }
        ))
        .label("no Gateway of this name")
        .note(FAILS_OPEN);
    match near {
        Some(near) => {
            let name = &near.object.resource().id.name;
            draft.also(name_of(near.object), "did you mean this one").help(format!("set it to `{name}`")).fix_by_setting(
                Manual,
                format!("use waypoint `{name}`"),
                node,
                &**name,
            )
        }
        None => draft.help("name a waypoint that exists, or create it").fix(Manual, "name a waypoint that exists"),
    };
}

fn no_waypoint(out: &mut Findings, object: Object<'_>, label: &LabelAt<'_>, gateway: GatewayView<'_>) {
    let Some(node) = label.node else { return };
    let class = &gateway.spec.gateway_class_name;
    out.finding(node)
        .about(object)
        .otherwise()
        .say(format!("{} uses Gateway {} as its waypoint, which is none: its class is `{class}`", object.id, path(gateway.object)))
        .label("this Gateway is no waypoint")
        .also(class, "not the class of a waypoint")
        .note("istiod does not look at the class: it sends traffic to this Gateway as to a waypoint, and it is not taken there")
        .help("name a Gateway of class `istio-waypoint`")
        .fix(Manual, "name a Gateway of class `istio-waypoint`");
}
