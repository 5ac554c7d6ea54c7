//! Envoy configuration from the table of a Gateway: listeners, routes, clusters, certificates, and what Envoy would refuse
//! or misread, said before Envoy sees it.

mod actions;
mod clusters;
mod endpoints;
mod filters;
mod json;
mod listeners;
mod options;
mod output;
mod refuse;
mod routes;
mod run;
mod tls;
mod validate;
mod yaml;

pub use json::{Fields, Json};
pub use options::{EndpointMode, Key, Listen, Options, SecretsMode, host_and_port};
pub use output::{Format, Written, folded};
pub use run::{NotChosen, Outcome, Wanted, run};
pub use validate::{ask, find_envoy, shadow};

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::{FxHashMap, FxHashSet};

use crate::checks::Finding;
use crate::mesh::routing::{Protocol, RoutingTable};
use crate::mesh::{GatewayView, Object};
use crate::model::Text;
use crate::yaml::NodeId;

/// Says where a node stands, as `file:line`.
pub trait Places: Sync {
    /// The place; none when the file cannot be read again.
    fn place(&self, node: NodeId) -> Option<Text>;
}

/// The configuration of one Gateway, in parts.
#[derive(Clone, Debug)]
pub struct Compiled {
    /// The Gateway, by `[CLUSTER/]NAMESPACE/NAME`.
    pub gateway: String,
    /// `config.listener.v3.Listener`s; their route tables are referred to by name.
    pub listeners: Vec<Json>,
    /// `config.route.v3.RouteConfiguration`s.
    pub tables: Vec<Json>,
    /// `config.cluster.v3.Cluster`s.
    pub clusters: Vec<Json>,
    /// `config.endpoint.v3.ClusterLoadAssignment`s, where endpoints are left to somebody else: what the input knows of them.
    pub assignments: Vec<Json>,
    /// Files of certificates and keys, by their names in the folder of secrets.
    pub secrets: BTreeMap<String, String>,
    /// What a person should know about it.
    pub notes: Vec<String>,
    /// What Envoy would refuse or misread, and what the API server would not take.
    pub findings: Vec<Finding>,
    /// Findings that are none where this rule of `lint` speaks of the same resource, by their places.
    covered: BTreeSet<(NodeId, &'static str)>,
}

/// What is being put together for one Gateway.
struct Context<'c, 'm> {
    table: &'c RoutingTable<'m>,
    options: &'c Options,
    shadow: bool,
    places: Option<&'c dyn Places>,
    tables: Vec<Json>,
    clusters: BTreeMap<String, Json>,
    /// The Services, by their indexes, whose clusters are there: with the port, the protocol, and whether with TLS.
    added: FxHashSet<(u32, u16, Protocol, bool)>,
    assignments: BTreeMap<String, Json>,
    /// The EndpointSlices of each Service, by its index.
    slices: FxHashMap<u32, Vec<Object<'m>>>,
    secrets: BTreeMap<String, String>,
    notes: BTreeSet<String>,
    findings: Vec<Finding>,
    covered: BTreeSet<(NodeId, &'static str)>,
}

/// Compiles one Gateway.
pub fn compile(gateway: GatewayView<'_>, options: &Options, places: Option<&dyn Places>) -> Compiled {
    compile_as(gateway, options, places, false)
}

/// As [`compile`]; a `shadow` is only to be looked at by Envoy, and leaves out what is in files that are not there.
fn compile_as(gateway: GatewayView<'_>, options: &Options, places: Option<&dyn Places>, shadow: bool) -> Compiled {
    let profile = options.profile.unwrap_or_else(|| gateway.profile());
    let table = gateway.routing(profile);
    let mut cx = Context {
        table: &table,
        options,
        shadow,
        places,
        tables: Vec::new(),
        clusters: BTreeMap::new(),
        added: FxHashSet::default(),
        assignments: BTreeMap::new(),
        slices: endpoints::slices(gateway.object),
        secrets: BTreeMap::new(),
        notes: BTreeSet::new(),
        findings: Vec::new(),
        covered: BTreeSet::new(),
    };
    cx.refuse();
    let listeners = cx.listeners();
    Compiled {
        gateway: gateway.object.full_name(),
        listeners,
        tables: cx.tables,
        clusters: cx.clusters.into_values().collect(),
        assignments: cx.assignments.into_values().collect(),
        secrets: cx.secrets,
        notes: cx.notes.into_iter().collect(),
        findings: cx.findings,
        covered: cx.covered,
    }
}

impl Context<'_, '_> {
    /// The metadata of an object that a node stands behind: where that is.
    fn metadata(&self, node: NodeId) -> Json {
        self.metadata_with(Some(node), None)
    }

    /// As [`Context::metadata`], with further words.
    fn metadata_with(&self, node: Option<NodeId>, words: impl IntoIterator<Item = (&'static str, Json)>) -> Json {
        let place = node.and_then(|node| self.places?.place(node)).map(|place| ("place", place.into()));
        let mut words = words.into_iter().peekable();
        let entries: Fields = match place {
            // most have nothing else
            Some(place) if words.peek().is_none() => [place].into_iter().collect(),
            place => place.into_iter().chain(words).collect(),
        };
        if entries.is_empty() {
            return Json::Null;
        }
        json::object([("filter_metadata", json::object([("meshgate", entries.into())]))])
    }
}
