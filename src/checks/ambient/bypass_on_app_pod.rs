//! `bypass-on-app-pod`: the words are in rules/bypass-on-app-pod.md.
use super::prelude::*;
use crate::mesh::{MtlsMode, PodFacts, ServiceView};

pub(in crate::checks) struct BypassOnAppPod;

impl Rule for BypassOnAppPod {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for pods in mesh.workloads().filter(|pods| pods.is_bypassed() && !pods.looks_like_gateway()) {
            let captured = pods.capture();
            let Some(node) = pods.bypass().known().flatten().and_then(|label| label.node) else { continue };
            if matches!(captured, Capture::Not(_)) {
                continue;
            }
            let backend = routed(mesh, &pods);
            let strict = pods.mtls(None).known().filter(|mode| mode.mode == MtlsMode::Strict);
            let loss =
                if strict.is_some() { "anybody may reach them without mTLS" } else { "no policy of the mesh sees what they receive" };
            let draft = out
                .finding(node)
                .about(pods.owner)
                .say(format!("pods of {} bypass ztunnel and are no gateway: {loss}", pods.owner.id))
                .label("switches ztunnel off for all inbound traffic")
                .also_at(backend.map(|service| name_of(service.object)), "a backend of routes")
                .also_at(strict.and_then(|mode| mode.because), "mTLS is required here")
                .note("PeerAuthentication and AuthorizationPolicy no longer hold on these pods for what comes in as plain text")
                .help("remove the annotation: it is meant for the pods of gateways")
                .fix(Manual, "remove the annotation, or say why these pods need it");
            // admission webhooks and the like are called from outside the mesh on purpose
            if backend.is_none() || captured == Capture::Unknown {
                draft.certainty(Possible);
            }
        }
    }
}

/// The Service through which a route sends requests to these pods.
fn routed<'m>(mesh: &'m Mesh, pods: &PodFacts<'m>) -> Option<ServiceView<'m>> {
    let mut behind = mesh.backends().flat_map(|backend| backend.services());
    behind.find(|service| service.workloads().iter().any(|other| other.owner == pods.owner))
}
