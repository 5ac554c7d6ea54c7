//! What the API server refuses though each field by itself is as it should be: the rules of the Gateway API's own
//! definitions (CEL, `x-kubernetes-validations`, and lists whose entries have keys), with defaults filled in.
//!
//! Where the definitions of two versions or channels differ, only what both refuse is refused here. What another rule of
//! `lint` says better is not repeated: paths of matches, ports of backends, listeners that can't be told apart.

mod gateway;
mod grpc;
mod http;
mod policy;
mod route;

use std::hash::Hash;

use rustc_hash::FxHashMap;

use crate::model::{Resource, Spec};
use crate::yaml::{At, NodeId};

/// Something that the API server refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Where.
    pub place: NodeId,
    /// What.
    pub message: String,
    /// What to do.
    pub help: &'static str,
    /// What it cannot stand beside.
    pub beside: Option<NodeId>,
    /// The rule of `lint` that says it; none when it is `invalid-manifest`.
    pub said_by: Option<&'static str>,
}

impl Resource {
    /// What the API server refuses in it, beyond the shape of each field. Nothing for kinds outside the Gateway API.
    pub fn refused(&self) -> Vec<Refused> {
        let mut found = Found::default();
        match &self.spec {
            Spec::Gateway(gateway) => found.gateway(&gateway.spec),
            Spec::ListenerSet(set) => found.listeners(&set.spec.listeners),
            Spec::HttpRoute(route) => found.http(&route.spec),
            Spec::GrpcRoute(route) => found.grpc(&route.spec),
            Spec::TlsRoute(route) => found.tls(&route.spec, self.api_version.ends_with("/v1")),
            Spec::L4Route(route) => {
                found.parents(&route.spec.parent_refs);
                found.rule_names(route.spec.rules.iter().filter_map(|rule| rule.name.as_ref()));
            }
            Spec::BackendTlsPolicy(policy) => found.backend_tls(&policy.spec),
            _ => {}
        }
        found.0
    }
}

/// What was found so far.
#[derive(Default)]
struct Found(Vec<Refused>);

impl Found {
    fn add(&mut self, place: NodeId, message: impl Into<String>, help: &'static str) {
        self.0.push(Refused { place, message: message.into(), help, beside: None, said_by: None });
    }

    fn beside(&mut self, place: NodeId, beside: NodeId, message: impl Into<String>, help: &'static str) {
        self.0.push(Refused { place, message: message.into(), help, beside: Some(beside), said_by: None });
    }

    fn said_by(&mut self, rule: &'static str, place: NodeId, message: impl Into<String>, help: &'static str) {
        self.0.push(Refused { place, message: message.into(), help, beside: None, said_by: Some(rule) });
    }

    /// Entries of a list whose key is that of an earlier one.
    fn twice<K: Eq + Hash>(&mut self, keys: impl Iterator<Item = (K, NodeId)>, words: impl Fn(&K) -> String, help: &'static str) {
        let mut first: FxHashMap<K, NodeId> = FxHashMap::default();
        for (key, node) in keys {
            match first.get(&key) {
                Some(before) => self.beside(node, *before, words(&key), help),
                None => _ = first.insert(key, node),
            }
        }
    }

    /// Texts of a list that is a set.
    fn set<'t, T: AsRef<str> + 't>(&mut self, what: &str, texts: impl IntoIterator<Item = &'t At<T>>) {
        let keys = texts.into_iter().map(|text| ((**text).as_ref(), text.node()));
        self.twice(keys, |text| format!("{what} lists `{text}` twice"), "keep one of them");
    }
}

/// Whether a field says something: empty text is nothing.
fn said<T: AsRef<str>>(field: Option<&At<T>>) -> bool {
    field.is_some_and(|text| !(**text).as_ref().is_empty())
}
