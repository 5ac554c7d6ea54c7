//! `backend-not-in-mesh`: the words are in rules/backend-not-in-mesh.md.
use super::bypass;
use super::prelude::*;
use crate::mesh::{RouteView, ServiceView, WhyNot};

pub(in crate::checks) struct BackendNotInMesh;

impl Rule for BackendNotInMesh {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for route in mesh.routes() {
            let Some(gateway) = route.ingresses().find(|g| g.product.needs_capture() && g.pods().capture() == Capture::Captured) else {
                continue;
            };
            for (name, service) in once_each(route) {
                let Capture::Not(why) = service.capture() else { continue };
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

/// The Services behind a route that select pods, each at its first reference.
fn once_each(route: RouteView<'_>) -> Vec<(&crate::yaml::At<crate::model::Text>, ServiceView<'_>)> {
    let mut found: Vec<(_, ServiceView<'_>)> = Vec::new();
    for backend in route.backends() {
        for service in backend.services().into_iter().filter(crate::mesh::ServiceView::selects) {
            if !found.iter().any(|(_, other)| other.object == service.object) {
                found.push((backend.name(), service));
            }
        }
    }
    found
}
