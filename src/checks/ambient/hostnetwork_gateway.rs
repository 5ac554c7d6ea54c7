//! `hostnetwork-gateway`: the words are in rules/hostnetwork-gateway.md.
use super::gateway_not_in_mesh::{Loss, worst_loss};
use super::prelude::*;
use crate::mesh::WhyNot;

pub(in crate::checks) struct HostnetworkGateway;

const NOTE: &str = "ztunnel never captures pods on the host network: nothing encrypts what they send or gives it an identity";

impl Rule for HostnetworkGateway {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for gateway in mesh.gateways().filter(|g| g.product.needs_capture()) {
            let Some(node) = gateway.host_network() else { continue };
            let Some((backend, loss)) = worst_loss(gateway) else { continue };
            let (shown, service) = (path(gateway.object), path(backend.object));
            let end = match loss {
                Loss::Rejected(_) => format!("{service} takes only mTLS and rejects its traffic"),
                Loss::Unidentified(policy) => format!("it has no identity for {}", policy.id),
                Loss::PlainText => format!("its traffic to {service} leaves as plain text"),
            };
            let draft = out
                .finding(node)
                .about(gateway.object)
                .say(format!("pods of Gateway {shown} run on the host network, outside the mesh: {end}"))
                .label("keeps them out of the mesh")
                .also(name_of(gateway.object), "this Gateway's pods")
                .note(NOTE)
                .help("take the pods off the host network and open them by a Service of type LoadBalancer");
            match loss {
                Loss::Rejected(mode) => draft.also_at(mode.because, "only mTLS gets in"),
                Loss::Unidentified(policy) => draft.also(name_of(policy), "lets only identities in"),
                Loss::PlainText => draft.otherwise(),
            };
        }
        for pods in mesh.workloads().filter(|pods| pods.host_network.is_some() && pods.asks_for_mesh() && pods.looks_like_gateway()) {
            let Capture::Not(WhyNot::HostNetwork(node)) = pods.capture() else { continue };
            // a Gateway's own pods were judged above
            if pods.label("gateway.networking.k8s.io/gateway-name").known().flatten().is_some() {
                continue;
            }
            let draft = out
                .finding(node)
                .about(pods.owner)
                .otherwise()
                .say(format!(
                    "pods of {} take traffic from outside on the host network: the label that puts them into the mesh does nothing",
                    pods.owner.id
                ))
                .label("keeps them out of the mesh")
                .note(NOTE)
                .help("take the pods off the host network, or keep them out by `istio.io/dataplane-mode: none`");
            // a whole namespace's label may not have been meant for these pods
            match pods.mode_label() {
                Some(label) => draft.also_at(label.node, "asks for the mesh"),
                None => draft.certainty(Likely),
            };
        }
    }
}
