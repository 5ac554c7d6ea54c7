//! From resources to the graph.

use std::sync::OnceLock;

use petgraph::graph::{DiGraph, NodeIndex};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::index::{Apart, Index, Ix};
use super::routes::{ROUTES, RouteView};
use super::services::ByLabel;
use super::waypoint::Binding;
use super::{
    BackendVerdict, Cluster, Edge, HostTarget, Mesh, ParentVerdict, Platform, Settings, SettingsFile, Skipped, Vertex, attach, resolve,
};
use crate::model::load::SettingsKind;
use crate::model::{Kind, Resource};

impl Mesh {
    /// Builds the mesh. `files` are Helm values, charts and the like, from which products and versions are read;
    /// `skipped` are documents that were left out (templates, broken ones).
    pub fn build(resources: Vec<Resource>, settings: Settings, files: &[SettingsFile], skipped: Vec<Skipped>) -> Self {
        let members = |n| (0..).zip(&resources).filter(move |(_, resource)| belongs(resource, n));
        let index = |n| {
            let mut index = Index::of(members(n));
            let here = |file: &&SettingsFile| file.clusters.is_empty() || file.clusters.iter().any(|cluster| usize::from(*cluster) == n);
            for file in files.iter().filter(|file| file.kind == SettingsKind::Helmfile).filter(here) {
                let releases = file.value.get("releases").map(|releases| releases.items()).unwrap_or_default();
                releases.iter().filter_map(|release| release.get("namespace")?.text()).for_each(|namespace| index.deploys(namespace));
            }
            index
        };
        let cluster = |n| {
            let (index, platform) = rayon::join(|| index(n), || Platform::detect(n, &settings, members(n).map(|(_, r)| r), files));
            let name = settings.clusters.get(n).map(|c| c.name.clone());
            Cluster { name, index, platform, vertices: FxHashMap::default(), sets: FxHashMap::default(), conflicts: FxHashMap::default() }
        };
        let count = settings.clusters.len().max(1);
        let (clusters, apart) = rayon::join(
            || (0..count).into_par_iter().map(cluster).collect(),
            || Apart::of(&resources, settings.complete || settings.clusters.len() > 1),
        );
        let mut mesh = Self {
            resources,
            settings,
            skipped,
            apart,
            clusters,
            graph: DiGraph::new(),
            segments: OnceLock::new(),
            order: OnceLock::new(),
        };
        mesh.add_vertices();
        // petgraph gives the newest edge of a vertex first, so the last one of each kind is added first;
        // routes look at the listeners of their parents;
        // backends look at the pods behind Services, routes at their parents, waypoints at Gateways: in this order
        mesh.add_selections();
        mesh.add_listeners();
        mesh.add_parents();
        mesh.add_backends();
        mesh.add_waypoints();
        mesh
    }

    fn add_vertices(&mut self) {
        for cluster in 0..self.clusters.len() {
            for (ix, _) in self.resources.iter().enumerate().filter(|(_, r)| belongs(r, cluster) && r.kind != Kind::Other) {
                let vertex = self.graph.add_node(Vertex::Object { cluster, ix: ix_of(ix) });
                if let Some(cluster) = self.clusters.get_mut(cluster) {
                    cluster.vertices.insert(ix_of(ix), vertex);
                }
            }
        }
    }

    fn add_selections(&mut self) {
        let workloads = ByLabel::of(self);
        let services: Vec<_> = self.services().collect();
        let found: Vec<_> = services
            .par_iter()
            .flat_map_iter(|&service| service.select(&workloads).into_iter().map(move |ix| (service.object.cluster, service.object.ix, ix)))
            .collect();
        for (cluster, service, workload) in found.into_iter().rev() {
            self.connect(cluster, service, Target::Object(cluster, workload), Edge::Selects);
        }
    }

    fn add_listeners(&mut self) {
        for cluster in 0..self.clusters.len() {
            let sets = self.listener_sets_of(cluster);
            self.clusters.get_mut(cluster).into_iter().for_each(|data| data.sets.clone_from(&sets));
            let conflicts = self.conflicts_of(cluster);
            self.clusters.get_mut(cluster).into_iter().for_each(|data| data.conflicts.clone_from(&conflicts));
        }
    }

    fn add_parents(&mut self) {
        let found: Vec<_> = self
            .all_routes()
            .par_iter()
            .flat_map_iter(|&route| {
                route.parents.iter().enumerate().map(move |(n, reference)| {
                    let verdict = attach::decide(route, reference);
                    let target = match &verdict {
                        ParentVerdict::Attached { gateway: Some(ix), .. }
                        | ParentVerdict::Refused { parent: ix, .. }
                        | ParentVerdict::Service(ix) => Target::Object(route.object.cluster, *ix),
                        _ => Target::Absent(absent(reference.kind(), reference.namespace.as_ref().map(|n| &***n), &reference.name)),
                    };
                    (route.object.cluster, route.object.ix, target, Edge::Parent(n, verdict))
                })
            })
            .collect();
        for (cluster, from, target, edge) in found.into_iter().rev() {
            self.connect(cluster, from, target, edge);
        }
    }

    fn add_backends(&mut self) {
        let found: Vec<_> = self
            .all_routes()
            .par_iter()
            .flat_map_iter(|&route| {
                route.references().enumerate().map(move |(n, (reference, _))| {
                    let verdict = resolve::decide(route, reference);
                    let here = route.object.cluster;
                    let target = match &verdict {
                        BackendVerdict::Service { service: ix, .. }
                        | BackendVerdict::Host(HostTarget::Local(ix) | HostTarget::Entry(ix), _) => Target::Object(here, *ix),
                        _ => Target::Absent(absent(reference.kind(), reference.namespace.map(|n| &***n), reference.name)),
                    };
                    (here, route.object.ix, target, Edge::Backend(n, verdict))
                })
            })
            .collect();
        for (cluster, from, target, edge) in found.into_iter().rev() {
            self.connect(cluster, from, target, edge);
        }
    }

    fn add_waypoints(&mut self) {
        let services: Vec<_> = self.services().collect();
        let found: Vec<_> = services
            .par_iter()
            .filter_map(|service| match service.binding() {
                Binding::Bound { gateway, .. } => Some((service.object.cluster, service.object.ix, gateway.object.ix)),
                _ => None,
            })
            .collect();
        for (cluster, service, gateway) in found {
            self.connect(cluster, service, Target::Object(cluster, gateway), Edge::Waypoint);
        }
    }

    fn all_routes(&self) -> Vec<RouteView<'_>> {
        ROUTES.into_iter().flat_map(|kind| self.objects(kind)).filter_map(RouteView::of).collect()
    }

    fn connect(&mut self, cluster: usize, from: Ix, target: Target, edge: Edge) {
        let vertex = |mesh: &Self, cluster: usize, ix: Ix| mesh.clusters.get(cluster)?.vertices.get(&ix).copied();
        let Some(from) = vertex(self, cluster, from) else { return };
        let to: Option<NodeIndex> = match target {
            Target::Object(cluster, ix) => vertex(self, cluster, ix),
            Target::Absent(name) => Some(self.graph.add_node(Vertex::Absent(name))),
        };
        if let Some(to) = to {
            self.graph.add_edge(from, to, edge);
        }
    }
}

enum Target {
    Object(usize, Ix),
    Absent(String),
}

fn absent(kind: &str, namespace: Option<&str>, name: &str) -> String {
    namespace.map_or_else(|| format!("{kind} {name}"), |ns| format!("{kind} {ns}/{name}"))
}

fn belongs(resource: &Resource, cluster: usize) -> bool {
    let clusters = &resource.origin.clusters;
    clusters.is_empty() || clusters.iter().any(|c| usize::from(*c) == cluster)
}

fn ix_of(n: usize) -> Ix {
    Ix::try_from(n).unwrap_or(Ix::MAX)
}
