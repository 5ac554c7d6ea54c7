//! What policies are attached to by name: targetRefs of Istio's, the Gateway API's and kgateway's policies.

use crate::mesh::index::{Lookup, Missing};
use crate::mesh::services::ServiceView;
use crate::mesh::{Mesh, NETWORKING, Object};
use crate::model::{Kind, Namespace, Spec, Text};
use crate::yaml::{At, NodeId};

const GATEWAY_API: &str = "gateway.networking.k8s.io";

/// A reference of a policy to what it is attached to.
#[derive(Clone, Copy, Debug)]
pub struct Aim<'m> {
    /// The policy.
    pub policy: Object<'m>,
    /// All of the reference.
    pub node: NodeId,
    /// The group it names; empty for the core group, and where it names none.
    pub group: &'m str,
    /// The group, where it is written.
    pub group_at: Option<&'m At<Text>>,
    /// The kind it names.
    pub kind: &'m At<Text>,
    /// The name.
    pub name: &'m At<Text>,
    /// The namespace, where it is written.
    pub namespace: Option<&'m At<Text>>,
}

/// Why Istio does not read a reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// The kind is one of those that policies attach to, in another group: this one.
    Group(&'static str),
    /// Policies attach to no such kind.
    Kind,
    /// It names another namespace.
    Namespace,
    /// It names a GatewayClass and is not in the root namespace.
    ClassOutsideRoot,
}

impl Mesh {
    /// Every reference of a policy to what it is attached to.
    pub fn aims(&self) -> Vec<Aim<'_>> {
        let kinds = [Kind::AuthorizationPolicy, Kind::RequestAuthentication, Kind::BackendTlsPolicy, Kind::Policy];
        kinds.into_iter().flat_map(|kind| self.objects(kind)).flat_map(aims_of).collect()
    }
}

fn aims_of(policy: Object<'_>) -> Vec<Aim<'_>> {
    type Parts<'m> = (NodeId, Option<&'m At<Text>>, &'m At<Text>, &'m At<Text>, Option<&'m At<Text>>);
    let found: Vec<Parts<'_>> = match &policy.resource().spec {
        Spec::AuthorizationPolicy(p) => {
            let targets = p.spec.iter().flat_map(|s| s.targets());
            targets.map(|t| (t.node(), t.group.as_ref(), &t.kind, &t.name, t.namespace.as_ref())).collect()
        }
        Spec::RequestAuthentication(p) => {
            let targets = p.spec.iter().flat_map(|s| s.targets());
            targets.map(|t| (t.node(), t.group.as_ref(), &t.kind, &t.name, t.namespace.as_ref())).collect()
        }
        Spec::BackendTlsPolicy(p) => p.spec.target_refs.iter().map(|t| (t.node(), Some(&t.group), &t.kind, &t.name, None)).collect(),
        Spec::Policy(p) => p
            .targets()
            .filter_map(|t| Some((t.node(), t.group.as_ref(), t.kind.as_ref()?, t.name.as_ref()?, t.namespace.as_ref())))
            .collect(),
        _ => Vec::new(),
    };
    found
        .into_iter()
        .map(|(node, group_at, kind, name, namespace)| Aim {
            policy,
            node,
            group: group_at.map_or("", |group| group),
            group_at,
            kind,
            name,
            namespace,
        })
        .collect()
}

impl<'m> Aim<'m> {
    /// Whether it is of one of Istio's own policies.
    pub fn is_istio(&self) -> bool {
        matches!(self.policy.kind, Kind::AuthorizationPolicy | Kind::RequestAuthentication)
    }

    /// Why Istio does not read it.
    pub fn unreadable(&self) -> Option<Unreadable> {
        let wanted = match &***self.kind {
            "Service" => "",
            "Gateway" | "GatewayClass" => GATEWAY_API,
            "ServiceEntry" => NETWORKING,
            _ => return Some(Unreadable::Kind),
        };
        if self.group != wanted && !(wanted.is_empty() && self.group == "core") {
            return Some(Unreadable::Group(wanted));
        }
        if self.namespace.is_some_and(|named| self.policy.namespace().name().is_some_and(|own| own != &***named)) {
            return Some(Unreadable::Namespace);
        }
        let root = &*self.policy.platform().root_namespace;
        (&***self.kind == "GatewayClass" && self.policy.namespace().name().is_some_and(|own| own != root))
            .then_some(Unreadable::ClassOutsideRoot)
    }

    /// The kind of what it names, where that is modelled.
    fn target_kind(&self) -> Option<Kind> {
        match (self.group, &***self.kind) {
            ("" | "core", "Service") => Some(Kind::Service),
            (GATEWAY_API, "Gateway") => Some(Kind::Gateway),
            (GATEWAY_API, "HTTPRoute") => Some(Kind::HttpRoute),
            (GATEWAY_API, "GRPCRoute") => Some(Kind::GrpcRoute),
            (GATEWAY_API, "ListenerSet") => Some(Kind::ListenerSet),
            (NETWORKING, "ServiceEntry") => Some(Kind::ServiceEntry),
            _ => None,
        }
    }

    fn target_namespace(&self) -> Namespace {
        self.policy.namespace_or_own(self.namespace.map(|n| &**n))
    }

    /// What is known of an object that it names and that is not there.
    pub fn missing(&self) -> Option<Missing> {
        let namespace = self.target_namespace();
        match self.policy.find(self.target_kind()?, &namespace, self.name) {
            Lookup::Missing(_) if self.policy.is_made_for_a_gateway(&namespace, self.name) => None,
            Lookup::Missing(missing) => Some(missing),
            Lookup::Found(_) | Lookup::Ambiguous(_) => None,
        }
    }

    /// The Service that it names, when that Service has no waypoint at all.
    pub fn without_waypoint(&self) -> Option<ServiceView<'m>> {
        let kind = self.target_kind().filter(|kind| *kind == Kind::Service)?;
        let service = ServiceView::of(self.policy.get(kind, &self.target_namespace(), self.name)?)?;
        service.has_no_waypoint().then_some(service)
    }
}
