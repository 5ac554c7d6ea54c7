//! `segment-scope-unreachable`: the words are in rules/segment-scope-unreachable.md.
use super::prelude::*;
use crate::mesh::{Backend, BackendVerdict, GatewayView, GlobalScope, SegmentFacts};

pub(in crate::checks) struct SegmentScopeUnreachable;

impl Rule for SegmentScopeUnreachable {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for backend in mesh.backends_with(BackendVerdict::is_global) {
            for gateway in backend.route.ingresses() {
                check_way(mesh, backend, gateway, out);
            }
        }
    }
}

fn check_way(mesh: &Mesh, backend: Backend<'_>, gateway: GatewayView<'_>, out: &mut Findings) {
    let (Some(host), Fact::Known(here)) = (backend.global(), gateway.object.segment()) else { return };
    let mut elsewhere = None;
    let reachable = host.owners(mesh).any(|owner| match (owner.scope(), owner.object.segment()) {
        (Fact::Known((GlobalScope::Segment, label)), Fact::Known(segment)) => {
            // only the owners of this host's domain answer under it
            if segment.name != here.name && segment.domain.eq_ignore_ascii_case(&host.domain) {
                elsewhere.get_or_insert((owner, segment, label));
                return false;
            }
            segment.domain.eq_ignore_ascii_case(&host.domain)
        }
        // no scope: it does not stand behind the host at all
        (Fact::Known((GlobalScope::Cluster | GlobalScope::Invalid, _)), _) => false,
        _ => true,
    });
    let (Some((owner, there, label)), false) = (elsewhere, reachable) else { return };
    let name =
        |segment: &SegmentFacts| segment.name.as_ref().map_or_else(|| "the default segment".to_owned(), |n| format!("segment `{n}`"));
    out.finding(backend.name())
        .about(backend.route.object)
        .certainty(mesh.sure_of_clusters())
        .say(format!(
            "{} has segment scope in {}: {} of {} cannot resolve `{}`",
            owner.object.id,
            name(&there),
            gateway.object.id,
            name(&here),
            backend.name()
        ))
        .label("a host of another segment")
        .also_at(label.and_then(|l| l.node), "only gateways of its own segment reach it")
        .note("the gateway finds no such host: the route gets BackendNotFound and requests are answered with 500")
        .help("label the Service `solo.io/service-scope: global`, or serve it from a Gateway of its segment")
        .fix(Manual, "make the scope global, or move the route to a Gateway of that segment");
}
