//! `segment-domain-mismatch`: the words are in rules/segment-domain-mismatch.md.
use super::prelude::*;
use crate::mesh::{BackendVerdict, GlobalScope, ServiceView};

pub(in crate::checks) struct SegmentDomainMismatch;

impl Rule for SegmentDomainMismatch {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for backend in mesh.backends_with(BackendVerdict::is_global) {
            let Some(host) = backend.global() else { continue };
            let scoped = host.owners(mesh).filter(|o| matches!(o.scope(), Fact::Known((GlobalScope::Global | GlobalScope::Segment, _))));
            let Some(segments) = scoped.map(|o| o.object.segment().known().map(|s| (o, s))).collect::<Option<Vec<_>>>() else { continue };
            let here = |(owner, _): &&(ServiceView<'_>, _)| owner.object.cluster() == backend.route.object.cluster();
            let Some((owner, segment)) = segments.iter().find(here).or(segments.first()) else { continue };
            if segments.iter().any(|(_, s)| s.aliased || s.domain.eq_ignore_ascii_case(&host.domain)) {
                continue;
            }
            let right = format!("{}.{}.{}", host.service, host.namespace, segment.domain);
            // owned in several segments it has a host in each
            let choice = segments.iter().any(|(_, s)| !s.domain.eq_ignore_ascii_case(&segment.domain));
            let of = segment.name.as_ref().map_or_else(String::new, |name| format!(" in segment `{name}`"));
            out.finding(backend.name())
                .about(backend.route.object)
                .certainty(mesh.sure_of_clusters())
                .say(format!("host `{}` does not exist: {} is `{right}`{of}", backend.name(), owner.object.id))
                .label("the domain of another segment")
                .also(name_of(owner.object), "the Service behind it")
                .note("the gateway finds no such host: the route gets BackendNotFound and requests are answered with 500")
                .help(format!("use the host `{right}`"))
                .fix_by_setting(
                    if choice { Manual } else { Safe },
                    format!("use the host `{right}`"),
                    backend.name().node(),
                    right.clone(),
                );
        }
    }
}
