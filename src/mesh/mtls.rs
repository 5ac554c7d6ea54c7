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

/// What one level of policies may say, `None` for what the level above says. Of several policies the oldest wins, and
/// files have no age: then all of them are possible.
type Candidates = Vec<Option<PeerMode>>;

impl PodFacts<'_> {
    /// The mode on a port of these pods (the pod's own port, not the Service's); `None` for the pod as a whole.
    pub fn mtls(&self, port: Option<i64>) -> Fact<PeerMode> {
        let root = Namespace::Named(self.owner.platform().root_namespace.clone());
        let mut levels = vec![self.selectorless(&root)];
        if *self.namespace != root {
            // a policy with a selector in the root namespace is ignored by ambient
            levels.extend([self.selectorless(self.namespace), self.workload_level(port)]);
        }
        let mut possible = vec![PeerMode { mode: MtlsMode::Permissive, because: None }];
        for level in levels {
            let Some(level) = level else { return Fact::Unknown };
            possible = level.iter().flat_map(|candidate| candidate.map_or_else(|| possible.clone(), |mode| vec![mode])).collect();
        }
        match possible.as_slice() {
            [first, rest @ ..] if rest.iter().all(|other| other.mode == first.mode) => Fact::Known(*first),
            _ => Fact::Unknown,
        }
    }

    /// The policies of a namespace without a selector; none when one of them cannot be read.
    fn selectorless(&self, namespace: &Namespace) -> Option<Candidates> {
        let mut candidates = Vec::new();
        for object in self.owner.neighbours(Kind::PeerAuthentication, namespace) {
            let Spec::PeerAuthentication(policy) = &object.resource().spec else { return None };
            if selector(policy).is_none() {
                candidates.push(top_mode(policy));
            }
        }
        Some(if candidates.is_empty() { vec![None] } else { candidates })
    }

    /// The policies that select these pods, or may.
    fn workload_level(&self, port: Option<i64>) -> Option<Candidates> {
        let (mut candidates, mut surely) = (Vec::new(), false);
        for object in self.owner.neighbours(Kind::PeerAuthentication, self.namespace) {
            let Spec::PeerAuthentication(policy) = &object.resource().spec else { return None };
            let Some(selector) = selector(policy) else { continue };
            match self.selected_by(selector) {
                Fact::Known(false) => continue,
                Fact::Known(true) => surely = true,
                Fact::Unknown => {}
            }
            let top = top_mode(policy);
            candidates.push(port.and_then(|port| port_mode(policy, port, top.is_some())).or(top));
        }
        if !surely {
            candidates.push(None);
        }
        Some(candidates)
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
