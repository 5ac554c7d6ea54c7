//! `gateway-not-in-mesh`: the words are in rules/gateway-not-in-mesh.md.
use super::bypass;
use super::prelude::*;
use crate::mesh::{GatewayView, PeerMode, ServiceView, WhyNot};

pub(in crate::checks) struct GatewayNotInMesh;

const ENROL: &str = "label the namespace of the Gateway `istio.io/dataplane-mode: ambient`";

/// What an enrolled backend makes of a gateway that is not in the mesh.
pub(super) enum Loss<'m> {
    Rejected(PeerMode),
    Unidentified(Object<'m>),
    PlainText,
}

impl Rule for GatewayNotInMesh {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for gateway in mesh.gateways().filter(|g| g.product.needs_capture()) {
            let (why, certainty) = match gateway.pods().capture() {
                // other rules speak of a label that nothing reads and of the host's network
                Capture::Captured | Capture::Not(WhyNot::Sidecar | WhyNot::Unread(_) | WhyNot::HostNetwork(_)) => continue,
                Capture::Not(why) => (Some(why), Certainty::Sure),
                Capture::Unknown => (None, Possible),
            };
            let Some((backend, loss)) = worst_loss(gateway) else { continue };
            let (shown, service) = (path(gateway.object), path(backend.object));
            let start = match why {
                Some(WhyNot::PodLabel(_)) => format!("pods of Gateway {shown} opt out of the mesh"),
                Some(WhyNot::ExcludedNamespace) => format!("istio-cni leaves out {} of Gateway {shown}", namespace_of(gateway.object)),
                Some(WhyNot::NotSelected) => format!("pods of Gateway {shown} are not in the mesh"),
                _ => format!("{} of Gateway {shown} is not in the mesh", namespace_of(gateway.object)),
            };
            let end = match &loss {
                Loss::Rejected(_) => format!("{service} takes only mTLS and rejects its traffic"),
                Loss::Unidentified(policy) => format!("it has no identity for {}", policy.id),
                Loss::PlainText => format!("its traffic to {service} leaves as plain text"),
            };
            let mut draft = out
                .finding(&gateway.spec.gateway_class_name)
                .about(gateway.object)
                .say(format!("{start}: {end}"))
                .label(format!("{} does not speak HBONE itself", gateway.product.name()))
                .certainty(certainty)
                .note("ztunnel does not capture the gateway's pods, so nothing encrypts their requests or gives them an identity");
            let namespace = gateway.object.namespace_object(gateway.object.namespace());
            draft = match why {
                Some(WhyNot::PodLabel(label)) => {
                    draft.also_at(label.node, "this keeps them out").help("remove the label, or set it to `ambient`")
                }
                Some(WhyNot::ExcludedNamespace) => draft.help("put the Gateway into a namespace that istio-cni does not leave out"),
                Some(WhyNot::NotSelected) => draft.help("label the gateway's namespace as istio-cni's `ambient.enablementSelectors` ask"),
                Some(WhyNot::NamespaceLabel(label)) => {
                    bypass::enrol(draft.also_at(label.node, "this keeps it out").help(ENROL), namespace, ENROL)
                }
                _ => {
                    let draft = draft.also_at(namespace.map(name_of), "no `istio.io/dataplane-mode: ambient` here");
                    bypass::enrol(draft.help(ENROL), namespace, ENROL)
                }
            };
            match loss {
                Loss::Rejected(mode) => draft.also_at(mode.because, "only mTLS gets in"),
                Loss::Unidentified(policy) => draft.also(name_of(policy), "lets only identities in"),
                Loss::PlainText => draft.otherwise(),
            };
        }
    }
}

/// The enrolled backend of this gateway that loses most by its being outside.
pub(super) fn worst_loss(gateway: GatewayView<'_>) -> Option<(ServiceView<'_>, Loss<'_>)> {
    let rank = |loss: &Loss<'_>| match loss {
        Loss::Rejected(_) => 0,
        Loss::Unidentified(_) => 1,
        Loss::PlainText => 2,
    };
    gateway
        .routes()
        .into_iter()
        .flat_map(|route| route.backends())
        .flat_map(|backend| backend.services().into_iter().map(move |service| (service, backend.port().map(|p| **p))))
        .filter(|(service, _)| service.capture() == Capture::Captured)
        .map(|(service, port)| match service.strict(port) {
            Some(mode) => (service, Loss::Rejected(mode)),
            None => (service, service.identity_allow().map_or(Loss::PlainText, Loss::Unidentified)),
        })
        .min_by_key(|(_, loss)| rank(loss))
}
