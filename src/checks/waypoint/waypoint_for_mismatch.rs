//! `waypoint-for-mismatch`: the words are in rules/waypoint-for-mismatch.md.
use super::prelude::*;
use crate::mesh::{Claim, GatewayView, LabelAt, Unfit, WAYPOINT_FOR};
use crate::model::Kind;

pub(in crate::checks) struct WaypointForMismatch;

impl Rule for WaypointForMismatch {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for (waypoint, claims) in mesh.refused_claims(Unfit::Traffic) {
            report(out, waypoint, &claims);
        }
    }
}

fn report(out: &mut Findings, waypoint: GatewayView<'_>, claims: &[(Claim<'_>, LabelAt<'_>)]) {
    let is_workload = |claim: &Claim<'_>| !matches!(claim.object.kind, Kind::Namespace | Kind::Service | Kind::ServiceEntry);
    let Some((first, label)) = claims.first() else { return };
    let Some(node) = label.node else { return };
    let says = waypoint.waypoint_for();
    let value = says.map_or("service", |l| l.value);
    let takes = match value {
        "service" => "takes traffic to Services only",
        "workload" => "takes traffic to pods only",
        "none" => "takes no traffic",
        _ => "takes no traffic, because the value is unknown",
    };
    // what fits all that use it, and what it takes now
    let workloads = claims.iter().any(|(c, _)| is_workload(c));
    let others = claims.iter().any(|(c, _)| !is_workload(c));
    let wanted = match (workloads, others, value) {
        (true, false, "none") => "workload",
        (false, true, "workload") | (true, _, _) => "all",
        _ => "service",
    };
    let who = if is_workload(first) { format!("the pods of {}", first.object.id) } else { first.object.id.to_string() };
    let more = if claims.len() > 1 { format!(" and {} more", claims.len() - 1) } else { String::new() };
    let draft = out
        .finding(node)
        .about(first.object)
        .say(format!("waypoint {} does not serve {who}{more}: with `{WAYPOINT_FOR}: {value}` it {takes}", path(waypoint.object)))
        .label("this waypoint takes other traffic");
    let draft = match says.and_then(|l| l.node) {
        Some(place) => draft.also(place, takes),
        None => draft.also(name_of(waypoint.object), format!("without `{WAYPOINT_FOR}` it takes traffic to Services")),
    };
    let draft = claims.iter().skip(1).filter_map(|(_, l)| l.node).fold(draft, |draft, place| draft.also(place, "nor is this served"));
    let title = format!("set `{WAYPOINT_FOR}: {wanted}` on Gateway {}", path(waypoint.object));
    let draft = draft.note("this traffic goes past the waypoint, and none of its policies is enforced on it").help(title.clone());
    match waypoint.object.own_label(WAYPOINT_FOR).and_then(|l| l.node) {
        Some(place) => draft.fix_by_setting(Unsafe, title, place, wanted),
        None => draft.fix_by(Unsafe, title, |e| _ = e.insert(waypoint.object.node, &["metadata", "labels", WAYPOINT_FOR], wanted)),
    };
}
