//! `multicluster-waypoint-missing`: the words are in rules/multicluster-waypoint-missing.md.
use super::prelude::*;
use crate::mesh::{Binding, GatewayView, ServiceView, in_words};
use crate::model::Namespace;

pub(in crate::checks) struct MulticlusterWaypointMissing;

/// One reason, and the Services it holds for.
struct Gap<'m> {
    waypoint: GatewayView<'m>,
    bound: Option<crate::yaml::NodeId>,
    cluster: usize,
    namespace: &'m Namespace,
    why: Why<'m>,
    services: Vec<ServiceView<'m>>,
}

#[derive(PartialEq)]
enum Why<'m> {
    Unlabelled,
    Absent(&'m str),
    Other(Object<'m>),
}

impl Rule for MulticlusterWaypointMissing {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for gap in gaps(mesh) {
            report(out, &gap);
        }
    }
}

fn gaps(mesh: &Mesh) -> Vec<Gap<'_>> {
    let mut gaps: Vec<Gap<'_>> = Vec::new();
    for service in mesh.services().filter(ServiceView::is_global) {
        let Binding::Bound { gateway: waypoint, label } = service.binding() else { continue };
        for peer in service.elsewhere().into_iter().filter(ServiceView::is_global) {
            // in another segment it is another host's
            if service.one_host_with(peer).is_none() {
                continue;
            }
            let why = match peer.binding() {
                Binding::Unlabelled => Why::Unlabelled,
                // one that is surely missing is told as that
                Binding::Missing(label, missing) if missing.certainty != Certainty::Sure => Why::Absent(label.value),
                Binding::Bound { gateway, .. }
                    if gateway.object.id.name != waypoint.object.id.name && peer.object.cluster() > service.object.cluster() =>
                {
                    Why::Other(gateway.object)
                }
                _ => continue,
            };
            let (cluster, namespace) = (peer.object.cluster(), peer.object.namespace());
            let same = |g: &&mut Gap<'_>| {
                (g.waypoint.object, g.cluster, g.namespace, &g.why) == (waypoint.object, cluster, namespace, &why) && g.bound == label.node
            };
            match gaps.iter_mut().find(same) {
                Some(gap) => gap.services.push(peer),
                None => gaps.push(Gap { waypoint, bound: label.node, cluster, namespace, why, services: vec![peer] }),
            }
        }
    }
    gaps
}

fn report(out: &mut Findings, gap: &Gap<'_>) {
    let Some(first) = gap.services.first() else { return };
    let cluster =
        |object: Object<'_>| object.cluster_name().map_or_else(|| "another cluster".to_owned(), |name| format!("cluster `{name}`"));
    let (here, there) = (cluster(first.object), cluster(gap.waypoint.object));
    let names = in_words(gap.services.iter().take(3).map(|s| path(s.object)));
    let more = if gap.services.len() > 3 { format!(" and {} more", gap.services.len() - 3) } else { String::new() };
    let who = if gap.services.len() > 1 { format!("global Services {names}{more} have") } else { format!("global Service {names} has") };
    let waypoint = &gap.waypoint.object.id.name;
    let (what, label) = match &gap.why {
        Why::Unlabelled => (format!("no waypoint in {here}, and `{waypoint}` in {there}"), "no waypoint here"),
        Why::Absent(name) => {
            (format!("a waypoint in {there}, but `{name}` does not exist in {here}"), "its waypoint is not in this cluster")
        }
        Why::Other(other) => (format!("waypoint `{}` in {here}, and `{waypoint}` in {there}", other.id.name), "another waypoint here"),
    };
    // a cluster without pods of the Service may do without
    let sure = !matches!(gap.why, Why::Absent(_)) && gap.services.iter().any(|s| !s.workloads().is_empty());
    let draft = out
        .finding(name_of(first.object))
        .about(first.object)
        .certainty(if sure { Certainty::Sure } else { Likely })
        .say(format!("{who} {what}"))
        .label(label)
        .also_at(gap.bound, "bound to a waypoint here")
        .also(name_of(gap.waypoint.object), "this waypoint");
    let draft = match gap.why {
        Why::Other(other) => draft.also(name_of(other), "and that one"),
        _ => draft,
    };
    draft
        .note("requests are treated by the waypoint of the cluster they arrive in: here none of that one's policies and routes hold")
        .help(format!("deploy waypoint `{waypoint}` in every cluster that runs the Service, and bind the Service to it there"))
        .fix(Manual, format!("deploy waypoint `{waypoint}` in every cluster that runs the Service"));
}
