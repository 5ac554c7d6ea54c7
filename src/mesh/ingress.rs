//! Does STRICT mTLS reject clients from outside at a Gateway, and where people put the annotation against it.

use super::enrolment::Capture;
use super::facts::{Fact, parse_bool};
use super::mtls::{MtlsMode, PeerMode};
use super::pods::BYPASS;
use super::routes::GatewayView;
use super::{Certainty, Mesh, Object};
use crate::model::{Kind, Spec, Text};
use crate::yaml::At;

/// STRICT holds on a Gateway's own pods, and ztunnel sees what comes in.
#[derive(Clone, Copy, Debug)]
pub struct Rejection {
    /// The mode that does it.
    pub mode: PeerMode,
    /// How sure.
    pub certainty: Certainty,
}

/// The bypass annotation where it does nothing.
#[derive(Clone, Copy, Debug)]
pub struct MisplacedBypass<'m> {
    /// The object it stands on.
    pub object: Object<'m>,
    /// The key.
    pub key: &'m At<Text>,
    /// Whether it is a label (annotations count, labels never do).
    pub label: bool,
    /// Whether it stands in the object's metadata, not further inside.
    pub in_metadata: bool,
}

impl<'m> GatewayView<'m> {
    /// Whether ztunnel rejects clients from outside the mesh at this Gateway: its pods are captured, STRICT holds on a
    /// listener's port, and inbound traffic is not bypassed.
    pub fn rejects_outside(&self) -> Option<Rejection> {
        if !self.product.role().eq(&super::Role::Ingress) {
            return None;
        }
        let pods = self.pods();
        let mut certainty = match pods.capture() {
            Capture::Captured => Certainty::Sure,
            Capture::Unknown => Certainty::Possible,
            Capture::Not(_) => return None,
        };
        match pods.annotation(BYPASS) {
            Fact::Known(Some(label)) if parse_bool(label.value) == Some(true) => return None,
            Fact::Known(_) => {}
            Fact::Unknown => certainty = Certainty::Possible,
        }
        let listeners = self.listeners();
        let ports = listeners.iter().filter_map(|l| l.port).map(|p| **p);
        let strict = |mode: Fact<PeerMode>| mode.known().filter(|m| m.mode == MtlsMode::Strict);
        // kgateway's pods listen 8000 above a privileged port
        let pod_ports = |port: i64| [port, if port < 1024 { port + 8000 } else { port }];
        let mode = ports.into_iter().find_map(|port| {
            let modes = pod_ports(port).map(|p| strict(pods.mtls(Some(p))));
            modes.iter().all(Option::is_some).then_some(modes.into_iter().flatten().next()).flatten()
        })?;
        Some(Rejection { mode, certainty })
    }
}

impl Mesh {
    /// Everywhere the bypass annotation stands and does nothing.
    pub fn misplaced_bypasses(&self) -> Vec<MisplacedBypass<'_>> {
        let mut found = Vec::new();
        for (cluster, data) in self.clusters.iter().enumerate() {
            let mut objects: Vec<u32> = data.vertices.keys().copied().collect();
            objects.sort_unstable();
            for object in objects.into_iter().filter_map(|ix| self.object(cluster, ix)) {
                found.extend(misplaced(object));
            }
        }
        found
    }
}

impl<'m> Object<'m> {
    /// Whether the bypass annotation stands at a wrong place that belongs to this Gateway: on it, on its namespace, or on
    /// something in its namespace.
    pub fn has_misplaced_bypass(&self) -> bool {
        let namespace = self.namespace_object(self.namespace());
        let around = [
            Kind::Gateway,
            Kind::Service,
            Kind::Deployment,
            Kind::KgatewayParameters,
            Kind::EnterpriseKgatewayParameters,
            Kind::GlooParameters,
        ];
        around.into_iter().flat_map(|kind| self.neighbours(kind, self.namespace())).chain(namespace).any(|o| !misplaced(o).is_empty())
    }
}

fn misplaced(object: Object<'_>) -> Vec<MisplacedBypass<'_>> {
    let resource = object.resource();
    let meta = &resource.meta;
    let inner = match &resource.spec {
        Spec::Workload(workload) if resource.kind != Kind::Pod => workload.template.as_ref().and_then(|t| t.labels()).map(|l| &**l),
        Spec::Gateway(gateway) => gateway.spec.infrastructure.as_deref().and_then(|i| i.labels.as_deref()),
        Spec::Parameters(params) => {
            let kube = params.spec.as_deref().and_then(|s| s.kube.as_deref());
            kube.and_then(|k| k.pod_template.as_deref()).and_then(|t| t.extra_labels.as_deref())
        }
        _ => None,
    };
    // istiod copies a Gateway's metadata to its pods; a Pod's own annotations are the pod's
    let copied = resource.kind == Kind::Gateway && GatewayView::of(object).is_none_or(|g| !g.product.needs_capture());
    let annotations = meta.annotations.as_deref().filter(|_| resource.kind != Kind::Pod && !copied);
    [(meta.labels.as_deref(), true, true), (annotations, false, true), (inner, true, false)]
        .into_iter()
        .filter_map(|(labels, label, in_metadata)| {
            let (key, value) = labels?.entry(BYPASS)?;
            (parse_bool(value) != Some(false)).then_some(MisplacedBypass { object, key, label, in_metadata })
        })
        .collect()
}
