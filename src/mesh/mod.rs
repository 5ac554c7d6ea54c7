//! The mesh graph and its answers. Each question has one place here, and every command asks there; rules look
//! nothing up on their own.

mod build;
mod certainty;
mod classes;
mod controllers;
mod definitions;
mod deliveries;
mod destination;
mod discovery;
mod edge;
mod enrolment;
mod facts;
mod global;
mod grants;
mod http;
mod index;
mod ingress;
mod istiod;
mod listeners;
mod mixed;
mod mtls;
mod names;
mod network;
mod parameters;
mod peering;
mod platform;
mod pods;
mod policy;
mod request;
mod resolve;
mod routes;
mod services;
mod settings;
mod traffic;
mod undone;
mod validation;
mod waypoint;

pub mod attach;
pub mod hosts;
pub mod identity;
pub mod precedence;
pub mod routing;
pub mod status;
pub mod version;
pub mod walk;

pub use attach::{Admission, ParentVerdict, Refusal};
pub use certainty::Certainty;
pub use classes::{Product, Role, class_meant};
pub use controllers::{Remedy, Spot, Switch};
pub use destination::{RuleView, Unapplied};
pub use discovery::Undiscovered;
pub use edge::{Doubled, EdgePolicy, Twice};
pub use enrolment::{Capture, DATAPLANE_MODE, SidecarConflict, UnreadMode, WhyNot};
pub use facts::{Fact, LabelAt, parse_bool};
pub use global::{GlobalScope, SERVICE_SCOPE, SERVICE_TAKEOVER, SegmentFacts, UndefinedSegment};
pub use grants::Opening;
pub use http::{Duration, RuleOf};
pub use index::{Lookup, Missing};
pub use ingress::{MisplacedBypass, Rejection};
pub use listeners::{CertificateFault, Clash, Conflict, EffectiveListener, protocol_kinds};
pub use mixed::{Meeting, Mix};
pub use mtls::{MtlsMode, PeerMode, UselessPort, WhyUseless};
pub use names::{NoGateway, ObjectName};
pub use network::BlockedTunnel;
pub use parameters::{BypassHome, BypassPlace, ParametersReference, ParametersVerdict};
pub use peering::{EastWestFault, MULTI_NETWORK, NETWORK, RemoteFault, WrongNetwork, certainty_of as east_west_certainty};
pub use platform::{Pair, Platform, SettingsFile, UnequalCharts};
pub use pods::{BYPASS, PodFacts, bypasses_inbound, only_bypasses_inbound};
pub use policy::{
    Aim, Asked, AtZtunnel, Carried, Considered, Decision, Effect, Hop, OnWaypoint, Outcome, OutsideAddress, PartlyRead, Tokens, Unadmitted,
    Unread, Unreadable, Verdict,
};
pub use request::Request;
pub use resolve::{Backend, BackendVerdict, HostTarget, NETWORKING, PortVerdict, Ungranted};
pub use routes::{GatewayView, ListenerView, ParentView, RouteView, allowing_places, listener_names};
pub use services::{ServiceView, in_words};
pub use settings::{AssumedNamespace, ClusterSettings, Distribution, Settings, Skipped, Stated};
pub use traffic::{ClassicGateway, DeadSubset, LostHost, Undeclared, VirtualHost};
pub use undone::{Feature, Undone};
pub use validation::Refused;
pub use waypoint::{
    Binding, Claim, INGRESS_USE_WAYPOINT, MisspeltBinding, ShapeFault, Slip, USE_WAYPOINT, USE_WAYPOINT_NAMESPACE, Unfit, WAYPOINT_FOR,
    means_no,
};

use std::ops::Deref;
use std::sync::OnceLock;

use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::EdgeRef;
use rustc_hash::FxHashMap;

use crate::model::{Kind, Namespace, Resource, Text};
use crate::yaml::NodeId;
use index::{Apart, Index, Ix};

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
    /// The listener sets of each Gateway.
    sets: FxHashMap<Ix, Vec<Ix>>,
    /// The listeners that can't be told apart from another one.
    conflicts: FxHashMap<NodeId, Conflict>,
}

/// The whole input, resolved.
#[derive(Debug)]
pub struct Mesh {
    resources: Vec<Resource>,
    settings: Settings,
    skipped: Vec<Skipped>,
    apart: Apart,
    clusters: Vec<Cluster>,
    graph: DiGraph<Vertex, Edge>,
    /// The Segments by name, domain and whether they have aliases; asked for very often.
    segments: OnceLock<Vec<(Text, Text, bool)>>,
    /// What stands in the way of what; several rules ask for it.
    order: OnceLock<routing::order::Order>,
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

    /// Ends the mesh; its resources can become another one.
    pub fn into_resources(self) -> Vec<Resource> {
        self.resources
    }

    /// What was stated about the mesh.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Whether a document that was left out may define an object of this kind in this namespace.
    fn left_out(&self, kind: Kind, namespace: &Namespace) -> bool {
        self.skipped.iter().any(|s| s.may_be(kind, namespace))
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

    /// How sure an answer can be that compares clusters: folders that define one object differently may be clusters of
    /// which `meshgate.yaml` says nothing.
    pub fn sure_of_clusters(&self) -> Certainty {
        if self.apart.folders_differ() { Certainty::Possible } else { Certainty::Sure }
    }

    /// Whether an object of that kind could not be read, so that its being absent says nothing.
    pub fn has_unread(&self, kind: Kind) -> bool {
        self.skipped.iter().any(|s| s.kind.as_deref().is_none_or(|k| k == kind.name())) || self.objects(kind).any(|o| o.is_broken())
    }

    /// The one object of that name in a cluster, wherever in it.
    fn only(&self, cluster: usize, kind: Kind, namespace: &Namespace, name: &str) -> Option<Object<'_>> {
        match self.clusters.get(cluster)?.index.named(kind, namespace, name) {
            [one] => self.object(cluster, *one),
            _ => None,
        }
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

    /// Its index in the list of resources.
    pub fn ix(&self) -> u32 {
        self.ix
    }

    /// The index of its cluster.
    pub fn cluster(&self) -> usize {
        self.cluster
    }

    /// The name of its cluster, when clusters are configured.
    pub fn cluster_name(&self) -> Option<&'m Text> {
        self.data().name.as_ref()
    }

    /// Whether no other object of its cluster has its kind, namespace and name.
    pub fn is_defined_once(&self) -> bool {
        self.data().index.named(self.kind, self.namespace(), &self.id.name).len() == 1
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
        self.present(kind, namespace, name).unwrap_or_else(|| {
            let settings = &self.mesh.settings;
            let mut missing = self.data().index.missing(kind, namespace, name, settings.complete, &self.mesh.skipped);
            if self.origin.more_beside && missing.near.is_none() && !settings.complete {
                missing.certainty = Certainty::Possible;
            }
            Lookup::Missing(missing)
        })
    }

    /// As [`Object::find`], and `None` for what is missing: nobody looks for a similar name.
    fn present(&self, kind: Kind, namespace: &Namespace, name: &str) -> Option<Lookup> {
        let resource = |ix: &Ix| self.mesh.resources.get(*ix as usize);
        let named = self.data().index.named(kind, namespace, name);
        if let [one] = named {
            return resource(one).filter(|other| self.mesh.apart.together(self.resource, other)).map(|_| Lookup::Found(*one));
        }
        let visible = named.iter().copied().filter(|ix| resource(ix).is_some_and(|other| self.mesh.apart.together(self.resource, other)));
        let mut ranked: Vec<_> = visible.filter_map(|ix| Some((index::closeness(self.resource, resource(&ix)?), ix))).collect();
        let closest = ranked.iter().map(|(rank, _)| *rank).max()?;
        ranked.retain(|(rank, _)| *rank == closest);
        let candidates: Vec<Ix> = ranked.into_iter().map(|(_, ix)| ix).collect();
        let place = |ix: &Ix| resource(ix).map(|r| (&r.origin.roots, &r.origin.folder));
        let digest = |ix: &Ix| resource(ix).map(|r| r.digest);
        Some(match candidates.as_slice() {
            // twice in one place is a finding of its own, and the last one is what kubectl leaves
            [first, .., last] if candidates.iter().any(|ix| place(ix) != place(first) && digest(ix) != digest(last)) => {
                Lookup::Ambiguous(candidates)
            }
            [.., last] => Lookup::Found(*last),
            [] => return None,
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
            .filter(move |other| this.mesh.apart.together(this.resource, other.resource))
    }

    /// The ServiceEntries of its cluster whose hosts may cover a host, in the order they were read.
    fn entries_with_host(&self, host: &str) -> impl Iterator<Item = Object<'m>> {
        let this = *self;
        self.data().index.with_host(host).into_iter().filter_map(move |ix| this.sibling(ix))
    }

    /// Its relations; those of one kind in the order of the file.
    fn edges(&self) -> impl Iterator<Item = (&'m Edge, &'m Vertex)> + use<'m> {
        let (graph, vertex) = (&self.mesh.graph, self.data().vertices.get(&self.ix).copied());
        let edges = vertex.into_iter().flat_map(move |v| graph.edges(v));
        edges.filter_map(move |edge| Some((edge.weight(), graph.node_weight(edge.target())?)))
    }
}
