//! Global hosts (Solo multicluster): which a service has, and who can reach it.

use std::sync::OnceLock;

use super::facts::{Fact, LabelAt};
use super::hosts::ServiceHost;
use super::services::ServiceView;
use super::{Certainty, Lookup, Mesh, Missing, Object};
use crate::model::{Kind, Namespace, Spec, Text};
use crate::yaml::At;

/// The suffix of global hosts where nothing else is stated.
const DEFAULT_SUFFIX: &str = "mesh.internal";
/// The label that makes a Service global.
pub const SERVICE_SCOPE: &str = "solo.io/service-scope";
/// The label that redirects in-mesh traffic to the global host.
pub const SERVICE_TAKEOVER: &str = "solo.io/service-takeover";
/// Where Solo keeps Segments, whatever the root namespace of policies is.
const SYSTEM_NAMESPACE: &str = "istio-system";
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

impl GlobalScope {
    /// What a value of the label means. An empty one is as good as none.
    pub fn of(value: &str) -> Self {
        match value {
            "" | "cluster" | "local" => Self::Cluster,
            "global" | "global-only" => Self::Global,
            "segment" => Self::Segment,
            _ => Self::Invalid,
        }
    }

    /// What stands in place of a value that is still read and no longer recommended.
    pub fn instead_of(value: &str) -> Option<&'static str> {
        match value {
            "local" => Some("`cluster`, or no label"),
            "global-only" => Some("`global`, with `solo.io/service-takeover: \"true\"` beside it"),
            _ => None,
        }
    }

    /// Whether the service has a global host.
    pub const fn has_host(self) -> bool {
        matches!(self, Self::Global | Self::Segment)
    }
}

/// The segment of a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SegmentFacts {
    /// The name of the Segment; none for the default one.
    pub name: Option<Text>,
    /// The domain of its global hosts.
    pub domain: Text,
    /// Whether it has aliases, by which its services have further hosts.
    pub aliased: bool,
}

/// A cluster that is put into a segment which is not in the input.
#[derive(Clone, Debug)]
pub struct UndefinedSegment<'m> {
    /// The system namespace.
    pub namespace: Object<'m>,
    /// Its label.
    pub label: LabelAt<'m>,
    /// What is known of the Segment.
    pub missing: Missing,
}

fn services<'m>(mesh: &'m Mesh, of: &[(usize, u32)]) -> impl Iterator<Item = ServiceView<'m>> {
    of.iter().filter_map(|(cluster, ix)| mesh.object(*cluster, *ix)).filter_map(ServiceView::of)
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
    /// Those of them that may stand behind the host; many ask.
    behind: OnceLock<Vec<(usize, u32)>>,
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
                let here = || from.get(Kind::Service, &namespace, host.service);
                let found = if cluster == from.cluster { here() } else { mesh.only(cluster, Kind::Service, &namespace, host.service) };
                Some((cluster, found?.ix))
            })
            .collect();
        Some(Self {
            service: host.service.into(),
            namespace: host.namespace.into(),
            domain: host.domain.into(),
            owners,
            behind: OnceLock::new(),
        })
    }

    /// The Services of that name in all clusters.
    pub fn owners<'m>(&self, mesh: &'m Mesh) -> impl Iterator<Item = ServiceView<'m>> {
        services(mesh, &self.owners)
    }

    /// Those of them that stand behind the host, as far as is known: they have a scope, and their cluster is in the segment of the
    /// host's domain. All of that name where none does, as then something else is wrong.
    pub fn behind<'m>(&self, mesh: &'m Mesh) -> Vec<ServiceView<'m>> {
        let behind = self.behind.get_or_init(|| {
            let behind = self.owners(mesh).filter(|owner| self.may_lead_to(*owner));
            behind.map(|owner| (owner.object.cluster, owner.object.ix)).collect()
        });
        services(mesh, if behind.is_empty() { &self.owners } else { behind }).collect()
    }

    /// Whether a Service of that name may stand behind the host.
    pub fn may_lead_to(&self, owner: ServiceView<'_>) -> bool {
        let scoped = owner.scope().known().is_none_or(|(scope, _)| scope.has_host());
        scoped && owner.object.segment().known().is_none_or(|s| s.aliased || s.domain.eq_ignore_ascii_case(&self.domain))
    }
}

impl Mesh {
    /// The suffix of global hosts outside segments.
    pub fn global_suffix(&self) -> Text {
        self.settings.global_suffix.clone().unwrap_or_else(|| DEFAULT_SUFFIX.into())
    }

    /// Every domain that global hosts may have.
    pub fn global_domains(&self) -> impl Iterator<Item = Text> {
        std::iter::once(self.global_suffix()).chain(self.segments().map(|(_, domain, _)| domain.clone()))
    }

    /// The Segments of the input, looked for in all clusters as the same are to be applied in each: name, domain, and
    /// whether there are aliases. Each is there once, however many clusters have it.
    fn segments(&self) -> impl Iterator<Item = &(Text, Text, bool)> {
        let all = || {
            let mut all: Vec<(Text, Text, bool)> = Vec::new();
            for object in self.objects(Kind::Segment) {
                let Spec::Segment(segment) = &object.resource().spec else { continue };
                let Some((spec, domain)) = segment.spec.as_ref().and_then(|spec| Some((spec, spec.domain.as_ref()?))) else { continue };
                let new = (object.id.name.clone(), (**domain).clone(), !spec.aliases.is_empty());
                if !all.contains(&new) {
                    all.push(new);
                }
            }
            all
        };
        self.segments.get_or_init(all).iter()
    }

    /// The clusters whose system namespace names a Segment that is not there.
    pub fn undefined_segments(&self) -> Vec<UndefinedSegment<'_>> {
        let system = |object: &Object<'_>| &*object.id.name == SYSTEM_NAMESPACE;
        self.objects(Kind::Namespace)
            .filter(system)
            .filter_map(|namespace| {
                let label = namespace.own_label(SEGMENT).filter(|l| !l.value.is_empty())?;
                let within = Namespace::Named(namespace.id.name.clone());
                match namespace.find(Kind::Segment, &within, label.value) {
                    Lookup::Missing(missing) => Some(UndefinedSegment { namespace, label, missing }),
                    Lookup::Found(_) | Lookup::Ambiguous(_) => None,
                }
            })
            .collect()
    }

    /// The Segments outside the system namespace, where nobody reads them.
    pub fn misplaced_segments(&self) -> impl Iterator<Item = Object<'_>> {
        self.objects(Kind::Segment).filter(|object| object.namespace().name().is_some_and(|own| own != SYSTEM_NAMESPACE))
    }

    /// The Segments whose domain differs from that of the first one of the same name in another cluster: those two,
    /// with their domains.
    pub fn segment_conflicts(&self) -> Vec<[(Object<'_>, &At<Text>); 2]> {
        let all: Vec<_> = self
            .objects(Kind::Segment)
            .filter_map(|object| match &object.resource().spec {
                Spec::Segment(segment) => Some((object, segment.domain()?)),
                _ => None,
            })
            .collect();
        let first =
            |object: Object<'_>| all.iter().find(|(other, _)| other.id.name == object.id.name && other.cluster() != object.cluster());
        all.iter()
            .filter_map(|(object, own)| {
                let (other, theirs) = first(*object).filter(|(other, _)| other.cluster() < object.cluster())?;
                (!own.eq_ignore_ascii_case(theirs)).then_some([(*object, *own), (*other, *theirs)])
            })
            .collect()
    }
}

impl Object<'_> {
    /// The segment of the object's cluster: as `meshgate.yaml` says, else by the label of the system namespace.
    pub fn segment(&self) -> Fact<SegmentFacts> {
        let mesh = self.mesh();
        let default = || SegmentFacts { name: None, domain: mesh.global_suffix(), aliased: false };
        let named = |name: &str| match mesh.segments().find(|(own, ..)| &**own == name) {
            Some((_, domain, aliased)) => Fact::Known(SegmentFacts { name: Some(name.into()), domain: domain.clone(), aliased: *aliased }),
            // a label that names an absent Segment puts the cluster into the default one
            None if mesh.settings.complete => Fact::Known(default()),
            None => Fact::Unknown,
        };
        if let Some(name) = mesh.settings.clusters.get(self.cluster()).and_then(|c| c.segment.as_ref()) {
            return named(name);
        }
        let system = Namespace::Named(SYSTEM_NAMESPACE.into());
        match self.namespace_label(&system, SEGMENT) {
            Fact::Known(Some(label)) => named(label.value),
            Fact::Known(None) => Fact::Known(default()),
            Fact::Unknown if mesh.segments().next().is_none() => Fact::Known(default()),
            Fact::Unknown => Fact::Unknown,
        }
    }
}

impl<'m> ServiceView<'m> {
    /// The Services of the same name in the other clusters.
    pub fn in_other_clusters(&self) -> impl Iterator<Item = ServiceView<'m>> {
        let own = self.object;
        (0..own.mesh().clusters.len())
            .filter(move |cluster| *cluster != own.cluster())
            .filter_map(move |cluster| Self::of(Object { cluster, ..own }.get(Kind::Service, own.namespace(), &own.id.name)?))
    }

    /// The scope of the service: its own label, else its namespace's.
    pub fn scope(&self) -> Fact<(GlobalScope, Option<LabelAt<'m>>)> {
        self.object.label_or_namespace(SERVICE_SCOPE).map(|label| (label.map_or(GlobalScope::Cluster, |l| GlobalScope::of(l.value)), label))
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

    /// How sure it is that a Service of that name in another cluster would stand behind the same global host: in different
    /// segments they have one each.
    pub fn one_host_with(self, other: Self) -> Option<Certainty> {
        match (self.object.segment(), other.object.segment()) {
            (Fact::Known(a), Fact::Known(b)) => (a.name == b.name).then_some(Certainty::Sure),
            _ => Some(Certainty::Possible),
        }
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
