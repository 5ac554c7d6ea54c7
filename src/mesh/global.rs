//! Global hosts (Solo multicluster): which a service has, and who can reach it.

use super::facts::{Fact, LabelAt};
use super::hosts::ServiceHost;
use super::services::ServiceView;
use super::{Mesh, Object};
use crate::model::{Kind, Namespace, Spec, Text};

/// The suffix of global hosts where nothing else is stated.
const DEFAULT_SUFFIX: &str = "mesh.internal";
/// The label that makes a Service global.
pub(super) const SERVICE_SCOPE: &str = "solo.io/service-scope";
/// The label that redirects in-mesh traffic to the global host.
pub(super) const SERVICE_TAKEOVER: &str = "solo.io/service-takeover";
/// The label of the system namespace that puts a cluster into a segment.
pub(super) const SEGMENT: &str = "admin.solo.io/segment";

/// How far a service reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GlobalScope {
    /// Its own cluster.
    Cluster,
    /// The clusters of its segment.
    Segment,
    /// All peered clusters.
    Global,
    /// A value that means nothing.
    Invalid,
}

/// The segment of a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SegmentFacts {
    /// The name of the Segment; none for the default one.
    pub name: Option<Text>,
    /// The domain of its global hosts.
    pub domain: Text,
}

/// A host under a global domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GlobalHost {
    /// The name of the Service.
    pub service: Text,
    /// Its namespace.
    pub namespace: Text,
    /// The domain.
    pub domain: Text,
    /// The Services of that name in all clusters, as cluster and index.
    owners: Vec<(usize, u32)>,
}

impl GlobalHost {
    /// The host's parts, when its domain is a global one.
    pub(super) fn of(mesh: &Mesh, from: Object<'_>, host: ServiceHost<'_>) -> Option<Self> {
        if !mesh.global_domains().any(|domain| domain.eq_ignore_ascii_case(host.domain)) {
            return None;
        }
        let namespace = Namespace::Named(host.namespace.into());
        let owners = (0..mesh.clusters.len())
            .filter_map(|cluster| {
                let there = Object { cluster, ..from };
                Some((cluster, there.get(Kind::Service, &namespace, host.service)?.ix))
            })
            .collect();
        Some(Self { service: host.service.into(), namespace: host.namespace.into(), domain: host.domain.into(), owners })
    }

    /// The Services of that name in all clusters.
    pub fn owners<'m>(&self, mesh: &'m Mesh) -> impl Iterator<Item = ServiceView<'m>> {
        let owners: Vec<_> = self.owners.iter().filter_map(|(cluster, ix)| mesh.object(*cluster, *ix)).collect();
        owners.into_iter().filter_map(ServiceView::of)
    }
}

impl Mesh {
    /// The suffix of global hosts outside segments.
    pub fn global_suffix(&self) -> Text {
        self.settings.global_suffix.clone().unwrap_or_else(|| DEFAULT_SUFFIX.into())
    }

    /// Every domain that global hosts may have.
    pub fn global_domains(&self) -> impl Iterator<Item = Text> {
        std::iter::once(self.global_suffix()).chain(self.segments().map(|(_, domain)| domain))
    }

    /// The Segments of the input, by name and domain.
    fn segments(&self) -> impl Iterator<Item = (Text, Text)> {
        self.objects(Kind::Segment).filter_map(|object| match &object.resource().spec {
            Spec::Segment(segment) => Some((object.id.name.clone(), (**segment.spec.as_ref()?.domain.as_ref()?).clone())),
            _ => None,
        })
    }

    /// The domain of a Segment, looked for in all clusters: the same Segments are to be applied in each.
    fn segment_domain(&self, name: &str) -> Option<Text> {
        self.segments().find(|(own, _)| &**own == name).map(|(_, domain)| domain)
    }
}

impl Object<'_> {
    /// The segment of the object's cluster: as `meshgate.yaml` says, else by the label of the system namespace.
    pub fn segment(&self) -> Fact<SegmentFacts> {
        let mesh = self.mesh();
        let default = || SegmentFacts { name: None, domain: mesh.global_suffix() };
        let named = |name: &str| match mesh.segment_domain(name) {
            Some(domain) => Fact::Known(SegmentFacts { name: Some(name.into()), domain }),
            // a label that names an absent Segment puts the cluster into the default one
            None if mesh.settings.complete => Fact::Known(default()),
            None => Fact::Unknown,
        };
        if let Some(name) = mesh.settings.clusters.get(self.cluster()).and_then(|c| c.segment.as_ref()) {
            return named(name);
        }
        let system = Namespace::Named(self.platform().root_namespace.clone());
        match self.namespace_label(&system, SEGMENT) {
            Fact::Known(Some(label)) => named(label.value),
            Fact::Known(None) => Fact::Known(default()),
            Fact::Unknown if mesh.segments().next().is_none() => Fact::Known(default()),
            Fact::Unknown => Fact::Unknown,
        }
    }
}

impl<'m> ServiceView<'m> {
    /// The scope of the service: its own label, else its namespace's.
    pub fn scope(&self) -> Fact<(GlobalScope, Option<LabelAt<'m>>)> {
        self.object.label_or_namespace(SERVICE_SCOPE).map(|label| {
            let scope = match label.map(|l| l.value) {
                None | Some("" | "cluster" | "local") => GlobalScope::Cluster,
                Some("global" | "global-only") => GlobalScope::Global,
                Some("segment") => GlobalScope::Segment,
                Some(_) => GlobalScope::Invalid,
            };
            (scope, label)
        })
    }

    /// Whether in-mesh traffic for the cluster-local host is redirected to the global one, and by which label.
    pub fn takeover(&self) -> Fact<Option<LabelAt<'m>>> {
        let legacy = self.object.label_or_namespace(SERVICE_SCOPE).known().flatten().filter(|l| l.value == "global-only");
        if legacy.is_some() {
            return Fact::Known(legacy);
        }
        self.object.label_or_namespace(SERVICE_TAKEOVER).map(|label| label.filter(|l| l.value == "true"))
    }

    /// The Services of the same namespace and name in other clusters: under a global host they are one.
    pub fn elsewhere(&self) -> Vec<Self> {
        let here = self.object;
        (0..here.mesh.clusters.len())
            .filter(|cluster| *cluster != here.cluster)
            .filter_map(|cluster| Self::of(Object { cluster, ..here }.get(Kind::Service, here.namespace(), &here.resource.id.name)?))
            .collect()
    }

    /// Whether it has a global host.
    pub fn is_global(&self) -> bool {
        matches!(self.scope(), Fact::Known((GlobalScope::Global | GlobalScope::Segment, _)))
    }

    /// Its global host, when it has one.
    pub fn global_host(&self) -> Fact<Option<String>> {
        let Fact::Known((scope, _)) = self.scope() else { return Fact::Unknown };
        if !matches!(scope, GlobalScope::Global | GlobalScope::Segment) {
            return Fact::Known(None);
        }
        let Some(namespace) = self.object.namespace().name() else { return Fact::Unknown };
        self.object.segment().map(|segment| Some(format!("{}.{namespace}.{}", self.object.id.name, segment.domain)))
    }
}
