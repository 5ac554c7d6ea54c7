//! Does STRICT mTLS reject clients from outside at a Gateway, and where people put the annotation against it.

use super::enrolment::Capture;
use super::facts::{Fact, LabelAt, parse_bool};
use super::mtls::{MtlsMode, PeerMode};
use super::parameters::BypassHome;
use super::pods::{BYPASS, PodFacts, WORKLOADS, is_unread_bypass};
use super::routes::GatewayView;
use super::{Certainty, Mesh, Object};
use crate::model::{Kind, Spec, Text};
use crate::yaml::{At, NodeId};

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
    /// The value.
    pub value: &'m At<Text>,
    /// Whether it is a label (annotations count, labels never do).
    pub label: bool,
    /// Whether it stands in the object's metadata, not further inside.
    pub in_metadata: bool,
    /// The labels or annotations that it is the only one of.
    pub alone_in: Option<NodeId>,
}

impl<'m> MisplacedBypass<'m> {
    /// Where the annotation counts for the pods that it was meant for; none when that is for a person to say, or when the
    /// value is no boolean.
    pub fn home(&self) -> Option<BypassHome<'m>> {
        parse_bool(self.value)?;
        let object = self.object;
        match &object.resource().spec {
            Spec::Gateway(_) => GatewayView::of(object)?.bypass_home(),
            Spec::Parameters(_) => BypassHome::in_parameters(object),
            Spec::Workload(_) => BypassHome::in_template(&PodFacts::of_workload(object)?),
            _ if object.kind == Kind::Namespace => only_ingress(object)?.bypass_home(),
            _ => None,
        }
    }
}

impl MisplacedBypass<'_> {
    /// The labels of pods that only have to become their annotations: the mapping, and the key to give it.
    pub fn labels_meant_as_annotations(&self) -> Option<(NodeId, &'static str)> {
        let Spec::Parameters(params) = &self.object.resource().spec else { return None };
        let free = !self.in_metadata && params.pod_template().is_some_and(|t| t.extra_annotations.is_none());
        self.alone_in.filter(|_| free).map(|labels| (labels, "extraAnnotations"))
    }
}

impl MisplacedBypass<'_> {
    /// Whether the pods that it can only have been meant for have the annotation already, so that it may go.
    pub fn is_settled(&self) -> bool {
        let gateway = if self.object.kind == Kind::Namespace { only_gateway(self.object) } else { GatewayView::of(self.object) };
        gateway.is_some_and(|gateway| gateway.pods().is_bypassed())
    }
}

/// The Gateway that an annotation on a whole namespace can only have been meant for: it rejects clients from outside, and
/// nothing else there looks like a gateway.
fn only_ingress(namespace: Object<'_>) -> Option<GatewayView<'_>> {
    only_gateway(namespace).filter(|gateway| gateway.rejects_outside().is_some_and(|r| r.certainty == Certainty::Sure))
}

/// The only Gateway of a namespace in which nothing else looks like one.
fn only_gateway(namespace: Object<'_>) -> Option<GatewayView<'_>> {
    let inside = namespace.as_namespace();
    let mut gateways = namespace.neighbours(Kind::Gateway, &inside);
    let gateway = gateways.next().and_then(GatewayView::of)?;
    let others = WORKLOADS.into_iter().flat_map(|kind| namespace.neighbours(kind, &inside));
    let alone = gateways.next().is_none() && !others.filter_map(PodFacts::of_workload).any(|pods| pods.looks_like_gateway());
    alone.then_some(gateway)
}

impl GatewayView<'_> {
    /// Whether ztunnel rejects clients from outside the mesh at this Gateway: its pods are captured, STRICT holds on a
    /// listener's port, and inbound traffic is not bypassed.
    pub fn rejects_outside(&self) -> Option<Rejection> {
        match self.pods().capture() {
            Capture::Captured => self.rejects_once_captured(Certainty::Sure),
            Capture::Unknown => self.rejects_once_captured(Certainty::Possible),
            Capture::Not(_) => None,
        }
    }

    /// As [`GatewayView::rejects_outside`], when it is this sure that its pods are captured.
    pub(super) fn rejects_once_captured(&self, mut certainty: Certainty) -> Option<Rejection> {
        // whoever calls it may be in the mesh as well
        if self.is_internal() {
            certainty = Certainty::Possible;
        }
        // whether agentgateway's pods take HBONE themselves is not settled
        if !self.product.needs_capture() && self.product != super::Product::Istio {
            return None;
        }
        let pods = self.pods();
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

impl Mesh {
    /// The bypass annotation with a value that Istio cannot read, wherever it reaches pods: in pod templates, Parameters
    /// and Gateways.
    pub fn unread_bypasses(&self) -> Vec<(Object<'_>, LabelAt<'_>)> {
        let workloads = self.workloads().filter_map(|pods| Some((pods.owner, pods.bypass().known().flatten()?)));
        let kinds = [Kind::KgatewayParameters, Kind::EnterpriseKgatewayParameters, Kind::GlooParameters];
        let parameters = kinds.into_iter().flat_map(|kind| self.objects(kind)).filter_map(|object| {
            let Spec::Parameters(params) = &object.resource().spec else { return None };
            Some((object, LabelAt::of(params.pod_template()?.extra_annotations.as_deref()?, BYPASS)?))
        });
        let gateways = self.gateways().filter_map(|gateway| {
            let infrastructure = gateway.spec.infrastructure.as_deref().and_then(|i| i.annotations.as_deref());
            // istiod copies a Gateway's metadata to its pods, unless infrastructure says something
            let own = || gateway.object.resource().meta.annotations.as_deref().filter(|_| !gateway.product.needs_capture());
            Some((gateway.object, LabelAt::of(infrastructure.or_else(own)?, BYPASS)?))
        });
        workloads.chain(parameters).chain(gateways).filter(|(_, label)| is_unread_bypass(label.value)).collect()
    }
}

impl Object<'_> {
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
        Spec::Workload(workload) if resource.kind != Kind::Pod => workload.template.as_ref().and_then(|t| t.labels()),
        Spec::Gateway(gateway) => gateway.spec.infrastructure.as_deref().and_then(|i| i.labels.as_ref()),
        Spec::Parameters(params) => {
            let kube = params.spec.as_deref().and_then(|s| s.kube.as_deref());
            kube.and_then(|k| k.pod_template.as_deref()).and_then(|t| t.extra_labels.as_ref())
        }
        _ => None,
    };
    // istiod copies a Gateway's metadata to its pods; a Pod's own annotations are the pod's
    let copied = resource.kind == Kind::Gateway && GatewayView::of(object).is_none_or(|g| !g.product.needs_capture());
    let annotations = meta.annotations.as_ref().filter(|_| resource.kind != Kind::Pod && !copied);
    [(meta.labels.as_ref(), true, true), (annotations, false, true), (inner, true, false)]
        .into_iter()
        .filter_map(|(labels, label, in_metadata)| {
            let (key, value) = labels?.entry(BYPASS)?;
            let alone_in = labels.filter(|l| l.len() == 1).map(At::node);
            (parse_bool(value) != Some(false)).then_some(MisplacedBypass { object, key, value, label, in_metadata, alone_in })
        })
        .filter(|_| !bypassed_already(object))
        .collect()
}

/// Whether the pods that an object makes have the annotation where it counts: then it does no harm elsewhere.
fn bypassed_already(object: Object<'_>) -> bool {
    let pods = GatewayView::of(object).map(|g| g.pods()).or_else(|| PodFacts::of_workload(object));
    pods.is_some_and(|pods| matches!(pods.annotation(BYPASS), Fact::Known(Some(l)) if parse_bool(l.value) == Some(true)))
}
