//! Which mTLS mode holds on a pod: PeerAuthentication as ambient reads it
//! (istiod: `pilot/pkg/serviceregistry/ambient/authorization.go`).

use super::facts::Fact;
use super::pods::PodFacts;
use crate::model::istio::{MtlsMode as Written, PeerAuthentication};
use crate::model::{Kind, Namespace, Spec};
use crate::yaml::NodeId;

/// What a pod asks of its clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MtlsMode {
    /// Only mesh identities may connect.
    Strict,
    /// Plain text is taken too.
    Permissive,
}

/// The mode in effect and what sets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeerMode {
    /// The mode.
    pub mode: MtlsMode,
    /// The `mode` field that decides; none when nothing is set anywhere.
    pub because: Option<NodeId>,
}

/// What one level of policies says: nothing, a mode, or several that differ (the oldest wins, and files have no age).
#[derive(Clone, Copy)]
enum Level {
    Unset,
    Set(PeerMode),
    Unclear,
}

impl Level {
    fn join(self, other: PeerMode) -> Self {
        match self {
            Self::Unset => Self::Set(other),
            Self::Set(one) if one.mode == other.mode => self,
            Self::Set(_) | Self::Unclear => Self::Unclear,
        }
    }
}

impl PodFacts<'_> {
    /// The mode on a port of these pods (the pod's own port, not the Service's); `None` for the pod as a whole.
    pub fn mtls(&self, port: Option<i64>) -> Fact<PeerMode> {
        let root = Namespace::Named(self.owner.platform().root_namespace.clone());
        let inherited = match self.selectorless(self.namespace) {
            Level::Unset if *self.namespace != root => match self.selectorless(&root) {
                Level::Unset => Some(PeerMode { mode: MtlsMode::Permissive, because: None }),
                Level::Set(mode) => Some(mode),
                Level::Unclear => None,
            },
            Level::Unset => Some(PeerMode { mode: MtlsMode::Permissive, because: None }),
            Level::Set(mode) => Some(mode),
            Level::Unclear => None,
        };
        // a policy with a selector in the root namespace is ignored by ambient
        if *self.namespace == root {
            return inherited.map_or(Fact::Unknown, Fact::Known);
        }
        self.workload_level(port, inherited)
    }

    fn selectorless(&self, namespace: &Namespace) -> Level {
        let mut level = Level::Unset;
        for object in self.owner.neighbours(Kind::PeerAuthentication, namespace) {
            let Spec::PeerAuthentication(policy) = &object.resource().spec else { return Level::Unclear };
            if selector(policy).is_none()
                && let Some(mode) = top_mode(policy)
            {
                level = level.join(mode);
            }
        }
        level
    }

    fn workload_level(&self, port: Option<i64>, inherited: Option<PeerMode>) -> Fact<PeerMode> {
        let mut level = Level::Unset;
        for object in self.owner.neighbours(Kind::PeerAuthentication, self.namespace) {
            let Spec::PeerAuthentication(policy) = &object.resource().spec else { return Fact::Unknown };
            let Some(selector) = selector(policy) else { continue };
            match self.selected_by(selector) {
                Fact::Known(false) => continue,
                Fact::Known(true) => {}
                Fact::Unknown => return Fact::Unknown,
            }
            let top = top_mode(policy);
            let of_port = port.and_then(|port| port_mode(policy, port, top.is_some()));
            if let Some(mode) = of_port.or(top) {
                level = level.join(mode);
            }
        }
        match (level, inherited) {
            (Level::Set(mode), _) | (Level::Unset, Some(mode)) => Fact::Known(mode),
            (Level::Unclear, _) | (Level::Unset, None) => Fact::Unknown,
        }
    }
}

/// The labels a policy selects by; an empty selector counts as none.
fn selector(policy: &PeerAuthentication) -> Option<&crate::model::Labels> {
    let labels = policy.spec.as_deref()?.selector.as_deref()?.match_labels.as_deref()?;
    (!labels.is_empty()).then_some(labels)
}

fn top_mode(policy: &PeerAuthentication) -> Option<PeerMode> {
    let mode = policy.spec.as_deref()?.mtls.as_deref()?.mode.as_ref()?;
    let because = Some(mode.node());
    match **mode {
        Written::Strict => Some(PeerMode { mode: MtlsMode::Strict, because }),
        Written::Permissive | Written::Disable => Some(PeerMode { mode: MtlsMode::Permissive, because }),
        Written::Unset => None,
    }
}

/// The mode of a port. Under an inherited mode (`mtls.mode` unset), DISABLE is not recognised as an exemption.
fn port_mode(policy: &PeerAuthentication, port: i64, has_top: bool) -> Option<PeerMode> {
    let ports = policy.spec.as_deref()?.port_level_mtls.as_deref()?;
    let (_, mtls) = ports.iter().find(|(key, _)| key.parse::<i64>() == Ok(port))?;
    let mode = mtls.mode.as_ref()?;
    let because = Some(mode.node());
    match **mode {
        Written::Strict => Some(PeerMode { mode: MtlsMode::Strict, because }),
        Written::Permissive => Some(PeerMode { mode: MtlsMode::Permissive, because }),
        Written::Disable if has_top => Some(PeerMode { mode: MtlsMode::Permissive, because }),
        Written::Disable | Written::Unset => None,
    }
}
