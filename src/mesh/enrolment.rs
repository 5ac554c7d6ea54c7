//! Is a pod captured by ztunnel? (Istio's CNI: `cni/pkg/util/enablement_selector.go`.)

use super::facts::{Fact, LabelAt, fits};
use super::parameters::BypassHome;
use super::platform::Enablement;
use super::pods::PodFacts;
use super::routes::GatewayView;
use super::{Certainty, Mesh, Object};
use crate::model::{Kind, Namespace};
use crate::yaml::NodeId;

/// The label that enrols a pod or a namespace.
pub const DATAPLANE_MODE: &str = "istio.io/dataplane-mode";

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
    /// The namespace opts out.
    NamespaceLabel(LabelAt<'m>),
    /// Pod or namespace has the label with a value that nothing reads.
    Unread(LabelAt<'m>),
    /// None of the selectors that istio-cni enrols by fits.
    NotSelected,
    /// Neither pod nor namespace has the label.
    NoLabel,
}

/// `istio.io/dataplane-mode` with a value that nothing reads.
#[derive(Clone, Copy, Debug)]
pub struct UnreadMode<'m> {
    /// The Namespace, or what makes the pods.
    pub object: Object<'m>,
    /// The label.
    pub label: LabelAt<'m>,
    /// What ztunnel makes of the pods, when it is a label of pods.
    pub pods: Option<Capture<'m>>,
}

/// Pods that are told to be in the ambient mesh and to have a sidecar.
#[derive(Clone, Copy, Debug)]
pub struct SidecarConflict<'m> {
    /// The Namespace, or what makes the pods.
    pub object: Object<'m>,
    /// What asks for a sidecar.
    pub sidecar: LabelAt<'m>,
    /// What asks for ambient.
    pub ambient: LabelAt<'m>,
    /// A revision alone is what a namespace has while it moves from one to the other.
    pub revision_only: bool,
}

/// Whether a value of the label was written to say something and says nothing. Empty is what patches leave of a label.
fn is_unread(value: &str) -> bool {
    !matches!(value, "ambient" | "none" | "")
}

const INJECTION: &str = "istio-injection";
const REVISION: &str = "istio.io/rev";
const INJECT: &str = "sidecar.istio.io/inject";

impl Mesh {
    /// Everywhere `istio.io/dataplane-mode` has a value that nothing reads. Selectors of the user's own may read any.
    pub fn unread_modes(&self) -> Vec<UnreadMode<'_>> {
        let unread = |label: &LabelAt<'_>| is_unread(label.value);
        let of_namespaces = self
            .objects(Kind::Namespace)
            .filter_map(|object| Some(UnreadMode { object, label: object.own_label(DATAPLANE_MODE).filter(unread)?, pods: None }));
        let all_pods = self.workloads().chain(self.gateways().map(|g| g.pods()));
        let of_pods = all_pods.filter_map(|pods| {
            let label = pods.mode_label().filter(unread)?;
            Some(UnreadMode { object: pods.owner, label, pods: Some(pods.capture()) })
        });
        of_namespaces.chain(of_pods).filter(|found| found.object.platform().enablement.is_none()).collect()
    }

    /// Everywhere pods are told to be in the ambient mesh and to have a sidecar.
    pub fn sidecar_conflicts(&self) -> Vec<SidecarConflict<'_>> {
        let namespaces = self.objects(Kind::Namespace).filter_map(namespace_conflict);
        let pods = self.workloads().filter_map(|pods| pods.sidecar_conflict());
        namespaces.chain(pods).filter(|found| found.object.platform().enablement.is_none()).collect()
    }
}

impl<'m> Object<'m> {
    /// The namespace that a Namespace object stands for.
    pub(super) fn as_namespace(&self) -> Namespace {
        Namespace::Named(self.id.name.clone())
    }

    /// Where the bypass annotation has to be written as soon as ztunnel captures the pods of this Gateway, or those in this
    /// namespace, so that no Gateway begins to reject clients from outside. None when that is not clear for one of them.
    pub fn bypasses_once_captured(&self) -> Option<Vec<BypassHome<'m>>> {
        let gateways: Vec<GatewayView<'m>> = match self.kind {
            Kind::Namespace => self.neighbours(Kind::Gateway, &self.as_namespace()).filter_map(GatewayView::of).collect(),
            _ => GatewayView::of(*self).into_iter().collect(),
        };
        let newly = |gateway: &GatewayView<'m>| match gateway.pods().capture() {
            Capture::Captured | Capture::Not(WhyNot::HostNetwork(_) | WhyNot::Sidecar | WhyNot::PodLabel(_)) => false,
            Capture::Not(_) | Capture::Unknown => true,
        };
        let rejecting = gateways.into_iter().filter(newly).filter(|g| g.rejects_once_captured(Certainty::Sure).is_some());
        rejecting.map(|gateway| gateway.bypass_home()).collect()
    }
}

/// What asks for sidecars in a namespace, and whether it is a revision alone.
fn injection<'m>(label: impl Fn(&str) -> Option<LabelAt<'m>>) -> Option<(LabelAt<'m>, bool)> {
    match label(INJECTION) {
        Some(injection) if injection.value == "enabled" => Some((injection, false)),
        // a namespace with this label is passed over, whatever its revision
        Some(_) => None,
        None => label(REVISION).map(|revision| (revision, true)),
    }
}

fn namespace_conflict(object: Object<'_>) -> Option<SidecarConflict<'_>> {
    let ambient = object.own_label(DATAPLANE_MODE).filter(|mode| mode.value == "ambient")?;
    let (sidecar, revision_only) = injection(|key| object.own_label(key))?;
    Some(SidecarConflict { object, sidecar, ambient, revision_only })
}

impl<'m> PodFacts<'m> {
    fn sidecar_conflict(&self) -> Option<SidecarConflict<'m>> {
        let of_namespace = |key: &str| self.owner.namespace_label(self.namespace, key).known().flatten();
        let own = self.label(DATAPLANE_MODE).known()?;
        let ambient_namespace = of_namespace(DATAPLANE_MODE).filter(|mode| mode.value == "ambient");
        let injected = injection(of_namespace);
        let inject = self.label(INJECT).known().flatten().or_else(|| self.annotation(INJECT).known().flatten());
        // gateways are injected too, with a template of their own, which makes no sidecar
        if own.is_some_and(|mode| mode.value == "none") || self.annotation("inject.istio.io/templates").known().flatten().is_some() {
            return None;
        }
        let ambient = own.filter(|mode| mode.value == "ambient");
        let conflict = |sidecar, ambient, revision_only| SidecarConflict { object: self.owner, sidecar, ambient, revision_only };
        match (inject.map(|l| (l.value, l)), injected) {
            // said once, of the namespace
            (_, Some((_, false))) if ambient_namespace.is_some() => None,
            (Some(("true", inject)), _) => ambient.or(ambient_namespace).map(|ambient| conflict(inject, ambient, false)),
            (Some(_), _) | (None, None) => None,
            (None, Some((sidecar, revision_only))) => {
                ambient.filter(|_| ambient_namespace.is_none()).map(|a| conflict(sidecar, a, revision_only))
            }
        }
    }

    /// Whether ztunnel captures these pods.
    pub fn capture(&self) -> Capture<'m> {
        if let Some(node) = self.host_network {
            return Capture::Not(WhyNot::HostNetwork(node));
        }
        if self.annotation("sidecar.istio.io/status").known().flatten().is_some() {
            return Capture::Not(WhyNot::Sidecar);
        }
        let captured = match &self.owner.platform().enablement {
            Some(enablement) => self.selected_for_capture(enablement),
            None => self.by_labels(),
        };
        match self.owner.platform().excludes(self.namespace) {
            Fact::Known(true) if captured == Capture::Captured => Capture::Not(WhyNot::ExcludedNamespace),
            Fact::Unknown if captured == Capture::Captured => Capture::Unknown,
            _ => captured,
        }
    }

    fn by_labels(&self) -> Capture<'m> {
        let Fact::Known(mode) = self.label(DATAPLANE_MODE) else { return Capture::Unknown };
        match self.sidecar() {
            Fact::Known(true) => return Capture::Not(WhyNot::Sidecar),
            Fact::Known(false) => {}
            Fact::Unknown => return Capture::Unknown,
        }
        // a value from the settings has no place in the manifests where it could be reported
        let unread = |label: LabelAt<'_>| is_unread(label.value) && label.node.is_some();
        let mistaken = match mode {
            Some(label) if label.value == "ambient" => return Capture::Captured,
            Some(label) if label.value == "none" => return Capture::Not(WhyNot::PodLabel(label)),
            mode => mode.filter(|label| unread(*label)),
        };
        match self.owner.namespace_label(self.namespace, DATAPLANE_MODE) {
            Fact::Known(Some(label)) if label.value == "ambient" => Capture::Captured,
            Fact::Known(of_namespace) => Capture::Not(match (mistaken, of_namespace) {
                (Some(label), _) => WhyNot::Unread(label),
                (None, Some(label)) if unread(label) => WhyNot::Unread(label),
                (None, Some(label)) => WhyNot::NamespaceLabel(label),
                (None, None) => WhyNot::NoLabel,
            }),
            Fact::Unknown => Capture::Unknown,
        }
    }

    /// Whether istio-cni enrols these pods by selectors of the user's own.
    fn selected_for_capture(&self, enablement: &[Enablement]) -> Capture<'m> {
        let mut answer = Capture::Not(WhyNot::NotSelected);
        for one in enablement {
            // what controllers add to pods is nothing that a selector of the user's own asks for
            let pod = fits(&one.pod, |key| match self.label_of_any_kind(key) {
                Fact::Unknown => self.label(key).map(|label| label.map(|l| l.value)),
                known @ Fact::Known(_) => known,
            });
            match (pod, self.owner.namespace_fits(self.namespace, &one.namespace)) {
                (Fact::Known(true), Fact::Known(true)) => return Capture::Captured,
                (Fact::Known(false), _) | (_, Fact::Known(false)) => {}
                _ => answer = Capture::Unknown,
            }
        }
        answer
    }

    /// Whether a sidecar is injected. A namespace with both a revision and ambient is in the middle of a migration.
    fn sidecar(&self) -> Fact<bool> {
        let Fact::Known(label) = self.label(INJECT) else { return Fact::Unknown };
        let inject = label.or_else(|| self.annotation(INJECT).known().flatten());
        match inject.map(|l| l.value) {
            Some("false") => return Fact::Known(false),
            Some("true") => return Fact::Known(true),
            _ => {}
        }
        let of_namespace = |key| self.owner.namespace_label(self.namespace, key);
        let (Fact::Known(injection), Fact::Known(revision)) = (of_namespace(INJECTION), of_namespace(REVISION)) else {
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
