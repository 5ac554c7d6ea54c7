//! The mesh graph and its answers. Each question has one place here, and every command asks there; rules look
//! nothing up on their own.

mod build;
mod certainty;
mod classes;
mod enrolment;
mod facts;
mod global;
mod index;
mod ingress;
mod mtls;
mod platform;
mod pods;
mod policy;
mod resolve;
mod routes;
mod services;
mod settings;
mod waypoint;

pub mod attach;
pub mod hosts;
pub mod identity;
pub mod version;

pub use attach::{ParentVerdict, Refusal};
pub use certainty::Certainty;
pub use classes::{Product, Role};
pub use enrolment::{Capture, WhyNot};
pub use facts::{Fact, LabelAt, parse_bool};
pub use global::{GlobalScope, SegmentFacts};
pub use index::{Lookup, Missing};
pub use ingress::{MisplacedBypass, Rejection};
pub use mtls::{MtlsMode, PeerMode};
pub use platform::{Platform, SettingsFile};
pub use pods::{PodFacts, bypasses_inbound};
pub use policy::Carried;
pub use resolve::{Backend, BackendVerdict, HostTarget, NETWORKING, PortVerdict};
pub use routes::{GatewayView, ParentView, RouteView, allowing_places, listener_names};
pub use services::{ServiceView, in_words};
pub use settings::{AssumedNamespace, ClusterSettings, Distribution, Settings, Skipped, Stated};
pub use waypoint::{Binding, INGRESS_USE_WAYPOINT, USE_WAYPOINT};

use std::ops::Deref;

use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::EdgeRef;
use rustc_hash::FxHashMap;

use crate::model::{Kind, Namespace, Resource, Text};
use crate::yaml::NodeId;
use index::{Index, Ix, Roots};

/// A point of the graph: an object in one cluster, or something that is referred to and not in the input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Vertex {
    /// An object of the input, in one of its clusters.
    Object {
        /// Index of the cluster.
        cluster: usize,
        /// Index in the list of resources.
        ix: u32,
    },
    /// What a reference names and the input does not hold, as `Kind namespace/name`.
    Absent(String),
}

/// A relation, with the verdict on it.
#[derive(Clone, Debug)]
pub enum Edge {
    /// A route's parentRef (by its place in the list).
    Parent(usize, ParentVerdict),
    /// A route's backend (by its place in [`RouteView::backends`]).
    Backend(usize, BackendVerdict),
    /// A Service's selector takes the pods of a workload.
    Selects,
    /// A Service is bound to a waypoint.
    Waypoint,
}

/// One cluster of the mesh.
#[derive(Debug)]
struct Cluster {
    name: Option<Text>,
    index: Index,
    platform: Platform,
    vertices: FxHashMap<Ix, NodeIndex>,
}

/// The whole input, resolved.
#[derive(Debug)]
pub struct Mesh {
    resources: Vec<Resource>,
    settings: Settings,
    skipped: Vec<Skipped>,
    roots: Roots,
    clusters: Vec<Cluster>,
    graph: DiGraph<Vertex, Edge>,
}

/// An object in one of its clusters.
#[derive(Clone, Copy)]
pub struct Object<'m> {
    mesh: &'m Mesh,
    cluster: usize,
    ix: Ix,
    resource: &'m Resource,
}

impl Deref for Object<'_> {
    type Target = Resource;
    fn deref(&self) -> &Resource {
        self.resource
    }
}

impl PartialEq for Object<'_> {
    fn eq(&self, other: &Self) -> bool {
        (self.cluster, self.ix) == (other.cluster, other.ix)
    }
}

impl std::fmt::Debug for Object<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} in cluster {}", self.id, self.cluster)
    }
}

impl Mesh {
    /// All resources, in the order they were read.
    pub fn resources(&self) -> &[Resource] {
        &self.resources
    }

    /// What was stated about the mesh.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The graph.
    pub fn graph(&self) -> &DiGraph<Vertex, Edge> {
        &self.graph
    }

    /// How many clusters there are; at least one.
    pub fn cluster_count(&self) -> usize {
        self.clusters.len()
    }

    /// All objects of a kind; one that belongs to several clusters comes once for each.
    pub fn objects(&self, kind: Kind) -> impl Iterator<Item = Object<'_>> {
        self.clusters
            .iter()
            .enumerate()
            .flat_map(move |(cluster, c)| c.index.all(kind).iter().filter_map(move |ix| self.object(cluster, *ix)))
    }

    fn object(&self, cluster: usize, ix: Ix) -> Option<Object<'_>> {
        Some(Object { mesh: self, cluster, ix, resource: self.resources.get(ix as usize)? })
    }

    /// The resource whose document a node is in.
    pub fn resource_around(&self, node: NodeId) -> Option<&Resource> {
        // resources are in the order of files and nodes, and a document's nodes follow its root
        let after = self.resources.partition_point(|r| r.node <= node);
        self.resources.get(after.checked_sub(1)?).filter(|r| r.node.file == node.file)
    }

    /// How many references of routes lead out of the input.
    pub fn outside_references(&self) -> usize {
        self.graph
            .edge_weights()
            .filter(|edge| {
                matches!(
                    edge,
                    Edge::Parent(_, ParentVerdict::Missing(Missing { certainty: Certainty::Possible, .. }))
                        | Edge::Backend(_, BackendVerdict::Missing(Missing { certainty: Certainty::Possible, .. }))
                )
            })
            .count()
    }
}

impl<'m> Object<'m> {
    /// The resource, for as long as the mesh lives.
    pub fn resource(&self) -> &'m Resource {
        self.resource
    }

    /// The mesh it is part of.
    pub fn mesh(&self) -> &'m Mesh {
        self.mesh
    }

    /// The index of its cluster.
    pub fn cluster(&self) -> usize {
        self.cluster
    }

    /// The name of its cluster, when clusters are configured.
    pub fn cluster_name(&self) -> Option<&'m Text> {
        self.data().name.as_ref()
    }

    /// Its namespace.
    pub fn namespace(&self) -> &'m Namespace {
        &self.resource.id.namespace
    }

    /// The product and version its cluster runs.
    pub fn platform(&self) -> &'m Platform {
        &self.data().platform
    }

    fn data(&self) -> &'m Cluster {
        // an object is only ever made with the index of a cluster that exists
        self.mesh.clusters.get(self.cluster).unwrap_or_else(|| unreachable!("object of a cluster that is not there"))
    }

    /// The namespace that a reference from here means: the one it names, else the object's own.
    pub fn namespace_or_own(&self, named: Option<&Text>) -> Namespace {
        named.map_or_else(|| self.namespace().clone(), |name| Namespace::Named(name.clone()))
    }

    /// What a reference by kind, namespace and name leads to from here.
    pub fn find(&self, kind: Kind, namespace: &Namespace, name: &str) -> Lookup {
        let missing = || self.data().index.missing(kind, namespace, name, self.mesh.settings.complete, &self.mesh.skipped);
        self.present(kind, namespace, name).unwrap_or_else(|| Lookup::Missing(missing()))
    }

    /// As [`Object::find`], and `None` for what is missing: looking for a similar name takes as long as there are names.
    fn present(&self, kind: Kind, namespace: &Namespace, name: &str) -> Option<Lookup> {
        let named = self.data().index.named(kind, namespace, name);
        let visible: Vec<Ix> = named
            .iter()
            .copied()
            .filter(|ix| self.mesh.resources.get(*ix as usize).is_some_and(|other| self.mesh.roots.together(self.resource, other)))
            .collect();
        let close: Vec<Ix> = visible
            .iter()
            .copied()
            .filter(|ix| self.mesh.resources.get(*ix as usize).is_some_and(|other| Roots::same(self.resource, other)))
            .collect();
        let candidates = if close.is_empty() { visible } else { close };
        Some(match candidates.as_slice() {
            [] => return None,
            [one] => Lookup::Found(*one),
            [first, .., last] => {
                let roots = |ix: &Ix| self.mesh.resources.get(*ix as usize).map(|r| &r.origin.roots);
                // twice in one place is a finding of its own, and the last one is what kubectl leaves
                if candidates.iter().all(|ix| roots(ix) == roots(first)) { Lookup::Found(*last) } else { Lookup::Ambiguous(candidates) }
            }
        })
    }

    /// The one object that a reference leads to, when it is clear which.
    pub fn get(&self, kind: Kind, namespace: &Namespace, name: &str) -> Option<Object<'m>> {
        match self.present(kind, namespace, name)? {
            Lookup::Found(ix) => self.sibling(ix),
            Lookup::Ambiguous(_) | Lookup::Missing(_) => None,
        }
    }

    /// Another object of the same cluster.
    pub fn sibling(&self, ix: u32) -> Option<Object<'m>> {
        self.mesh.object(self.cluster, ix)
    }

    /// The objects of a kind in a namespace that can be in one cluster with this one.
    pub fn neighbours(&self, kind: Kind, namespace: &Namespace) -> impl Iterator<Item = Object<'m>> {
        let found: Vec<Ix> = self.data().index.in_namespace(kind, namespace).collect();
        let this = *self;
        found
            .into_iter()
            .filter_map(move |ix| this.sibling(ix))
            .filter(move |other| this.mesh.roots.together(this.resource, other.resource))
    }

    fn edges(&self) -> impl Iterator<Item = (&'m Edge, &'m Vertex)> {
        let (graph, vertex) = (&self.mesh.graph, self.data().vertices.get(&self.ix).copied());
        let mut edges: Vec<_> = vertex.into_iter().flat_map(move |v| graph.edges(v)).map(|e| (e.weight(), e.target())).collect();
        edges.reverse(); // petgraph gives the newest edge first
        edges.into_iter().filter_map(move |(edge, target)| Some((edge, graph.node_weight(target)?)))
    }
}
