//! `backend-not-in-mesh`: the words are in rules/backend-not-in-mesh.md.
use rustc_hash::{FxHashMap, FxHashSet};

use super::bypass;
use super::prelude::*;
use crate::mesh::{GatewayView, RouteView, ServiceView, WhyNot};

pub(in crate::checks) struct BackendNotInMesh;

impl Rule for BackendNotInMesh {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        // many routes share Gateways and Services
        let (mut gateways, mut services) = (FxHashMap::default(), FxHashMap::default());
        for route in mesh.routes() {
            let mut captured =
                |g: &GatewayView<'_>| *gateways.entry(key(g.object)).or_insert_with(|| g.pods().capture() == Capture::Captured);
            let Some(gateway) = route.ingresses().find(|g| g.product.needs_capture() && captured(g)) else { continue };
            for (name, service) in once_each(route) {
                let Capture::Not(why) = *services.entry(key(service.object)).or_insert_with(|| service.capture()) else { continue };
                let (shown, from) = (path(service.object), path(gateway.object));
                let message = match why {
                    // a sidecar speaks mTLS too, and what istio-cni leaves out is left out on purpose
                    // and a label that nothing reads is `dataplane-mode-value`
                    WhyNot::Sidecar | WhyNot::ExcludedNamespace | WhyNot::Unread(_) => continue,
                    WhyNot::HostNetwork(_) => {
                        format!(
                            "pods of Service {shown} run on the host network, outside the mesh: Gateway {from} reaches them in plain text"
                        )
                    }
                    WhyNot::PodLabel(_) => {
                        format!("pods of Service {shown} opt out of the mesh: Gateway {from} reaches them in plain text")
                    }
                    WhyNot::NotSelected => {
                        format!("pods of Service {shown} are not in the mesh: Gateway {from} reaches them in plain text")
                    }
                    WhyNot::NamespaceLabel(_) | WhyNot::NoLabel => {
                        let namespace = namespace_of(service.object);
                        format!("{namespace} of Service {shown} is not in the mesh: Gateway {from} reaches it in plain text")
                    }
                };
                let draft = out
                    .finding(name)
                    .about(route.object)
                    .say(message)
                    .label("this backend is outside the mesh")
                    .note("the gateway's ztunnel finds no tunnel to these pods and passes plain text on");
                let namespace = service.object.namespace_object(service.object.namespace());
                let draft = match why {
                    WhyNot::PodLabel(label) => draft.also_at(label.node, "the pods opt out here").help("remove the label from the pods"),
                    WhyNot::HostNetwork(node) => {
                        draft.also(node, "ztunnel never captures such pods").help("take the pods off the host network")
                    }
                    WhyNot::NotSelected => draft.help("label the pods or their namespace as istio-cni's `ambient.enablementSelectors` ask"),
                    WhyNot::NamespaceLabel(label) => {
                        bypass::enrol(draft.also_at(label.node, "this is not `ambient`").help(ENROL), namespace, ENROL)
                    }
                    _ => {
                        let draft = draft.also_at(namespace.map(name_of), "no `istio.io/dataplane-mode: ambient` here");
                        bypass::enrol(draft.help(ENROL), namespace, ENROL)
                    }
                };
                if service.workloads().is_empty() {
                    draft.certainty(Likely);
                }
            }
        }
    }
}

const ENROL: &str = "label the namespace of the backend `istio.io/dataplane-mode: ambient`";

fn key(object: Object<'_>) -> (usize, u32) {
    (object.cluster(), object.ix())
}

/// The Services behind a route that select pods, each at its first reference.
fn once_each(route: RouteView<'_>) -> Vec<(&crate::yaml::At<crate::model::Text>, ServiceView<'_>)> {
    let mut seen = FxHashSet::default();
    let services = route.backends().flat_map(|b| b.services().into_iter().map(move |service| (b.name(), service)));
    services.filter(|(_, service)| service.selects() && seen.insert(key(service.object))).collect()
}
