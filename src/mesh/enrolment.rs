//! Is a pod captured by ztunnel? (Istio's CNI: `cni/pkg/util/enablement_selector.go`.)

use super::facts::{Fact, LabelAt};
use super::pods::PodFacts;
use crate::yaml::NodeId;

/// The label that enrols a pod or a namespace.
pub(super) const DATAPLANE_MODE: &str = "istio.io/dataplane-mode";

/// Whether ztunnel captures a pod's traffic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Capture<'m> {
    /// It does.
    Captured,
    /// It does not.
    Not(WhyNot<'m>),
    /// It depends on something outside the input.
    Unknown,
}

/// Why a pod is not captured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhyNot<'m> {
    /// Pods on the host's network never are.
    HostNetwork(NodeId),
    /// A sidecar takes the traffic.
    Sidecar,
    /// istio-cni leaves the namespace out.
    ExcludedNamespace,
    /// The pod opts out.
    PodLabel(LabelAt<'m>),
    /// The namespace has the label with another value.
    NamespaceLabel(LabelAt<'m>),
    /// Neither pod nor namespace has the label.
    NoLabel,
}

impl<'m> PodFacts<'m> {
    /// Whether ztunnel captures these pods.
    pub fn capture(&self) -> Capture<'m> {
        if let Some(node) = self.host_network {
            return Capture::Not(WhyNot::HostNetwork(node));
        }
        if self.annotation("sidecar.istio.io/status").known().flatten().is_some() {
            return Capture::Not(WhyNot::Sidecar);
        }
        if self.owner.platform().custom_enablement {
            return Capture::Unknown;
        }
        let Fact::Known(mode) = self.label(DATAPLANE_MODE) else { return Capture::Unknown };
        match self.sidecar() {
            Fact::Known(true) => return Capture::Not(WhyNot::Sidecar),
            Fact::Known(false) => {}
            Fact::Unknown => return Capture::Unknown,
        }
        let captured = self.by_labels(mode);
        match self.owner.platform().excludes(self.namespace) {
            Fact::Known(true) if captured == Capture::Captured => Capture::Not(WhyNot::ExcludedNamespace),
            Fact::Unknown if captured == Capture::Captured => Capture::Unknown,
            _ => captured,
        }
    }

    fn by_labels(&self, mode: Option<LabelAt<'m>>) -> Capture<'m> {
        match mode {
            Some(label) if label.value == "ambient" => return Capture::Captured,
            Some(label) if label.value == "none" => return Capture::Not(WhyNot::PodLabel(label)),
            _ => {}
        }
        match self.owner.namespace_label(self.namespace, DATAPLANE_MODE) {
            Fact::Known(Some(label)) if label.value == "ambient" => Capture::Captured,
            Fact::Known(Some(label)) => Capture::Not(WhyNot::NamespaceLabel(label)),
            Fact::Known(None) => Capture::Not(WhyNot::NoLabel),
            Fact::Unknown => Capture::Unknown,
        }
    }

    /// Whether a sidecar is injected. A namespace with both a revision and ambient is in the middle of a migration.
    fn sidecar(&self) -> Fact<bool> {
        const INJECT: &str = "sidecar.istio.io/inject";
        let Fact::Known(label) = self.label(INJECT) else { return Fact::Unknown };
        let inject = label.or_else(|| self.annotation(INJECT).known().flatten());
        match inject.map(|l| l.value) {
            Some("false") => return Fact::Known(false),
            Some("true") => return Fact::Known(true),
            _ => {}
        }
        let of_namespace = |key| self.owner.namespace_label(self.namespace, key);
        let (Fact::Known(injection), Fact::Known(revision)) = (of_namespace("istio-injection"), of_namespace("istio.io/rev")) else {
            // without the namespace's labels its dataplane mode is unknown too, and decides
            return Fact::Known(false);
        };
        match (injection.map(|l| l.value), revision) {
            (Some("enabled"), _) => Fact::Known(true),
            // a pod that names a revision itself is injected wherever it is
            (_, None) if self.label("istio.io/rev").known().flatten().is_some() => Fact::Unknown,
            (Some("disabled"), _) | (_, None) => Fact::Known(false),
            (_, Some(_)) => match of_namespace(DATAPLANE_MODE) {
                Fact::Known(Some(mode)) if mode.value == "ambient" => Fact::Unknown,
                _ => Fact::Known(true),
            },
        }
    }
}
