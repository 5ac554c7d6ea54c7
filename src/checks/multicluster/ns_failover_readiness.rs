//! `ns-failover-readiness`: the words are in rules/ns-failover-readiness.md.
use super::prelude::*;
use crate::mesh::{BackendVerdict, Binding, ServiceView};

pub(in crate::checks) struct NsFailoverReadiness;

impl Rule for NsFailoverReadiness {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for backend in mesh.backends_with(BackendVerdict::is_global).filter(|b| !b.mirror) {
            let Some(host) = backend.global() else { continue };
            let Some(gateway) = backend.route.ingresses().find(|g| g.product.needs_capture()) else { continue };
            let here = gateway.object.cluster();
            let scoped = |o: &ServiceView<'_>| matches!(o.scope(), Fact::Known((scope, _)) if scope.has_host());
            let owners: Vec<_> = host.owners(mesh).filter(|o| scoped(o) && host.may_lead_to(*o)).collect();
            let Some(local) = owners.iter().find(|o| o.object.cluster() == here) else { continue };
            let Some(remote) = owners.iter().find(|o| o.object.cluster() != here) else { continue };
            // a waypoint looks at each endpoint
            let waypoint = matches!(local.binding(), Binding::Bound { .. } | Binding::Unknown);
            if waypoint && local.ingress_passes_waypoint(gateway) != Fact::Known(false) {
                continue;
            }
            let there = remote.object.cluster_name().map_or_else(|| "another cluster".to_owned(), |name| format!("cluster `{name}`"));
            out.finding(backend.name())
                .about(backend.route.object)
                .say(format!("requests for `{}` may not fail over while its local pods are only not ready", backend.name()))
                .label("one address for all clusters")
                .also(name_of(local.object), "the local pods")
                .also(name_of(remote.object), format!("the pods of {there}"))
                .note("from a gateway, other clusters may be used only once no local pod is left; readiness alone may not be enough")
                .help("send ingress through a waypoint with outlier detection, or scale the local pods to 0 to fail over")
                .fix(Manual, "send ingress through a waypoint, with outlierDetection in a DestinationRule for the host");
        }
    }
}
