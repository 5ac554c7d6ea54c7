//! Rules without their backends: what it takes to compare them.

use std::fmt::Write;

use super::super::build::EVERY;
use super::super::{Match, NamedMatch, PathMatch, RouteView, ValueMatch};
use super::Spot;
use crate::model::Spec;
use crate::model::gateway::{GrpcRouteRule, HttpRouteRule, PathMatchType};
use crate::yaml::NodeId;

/// A rule, unresolved.
pub(super) struct RuleLite<'m> {
    pub(super) route: RouteView<'m>,
    pub(super) index: usize,
    pub(super) node: NodeId,
    pub(super) matches: Vec<Match<'m>>,
    source: Source<'m>,
}

#[derive(Clone, Copy)]
enum Source<'m> {
    Http(&'m HttpRouteRule),
    Grpc(&'m GrpcRouteRule),
    /// The API server's.
    FilledIn,
}

/// The rules of a route.
pub(super) fn rules_of(route: RouteView<'_>) -> Vec<RuleLite<'_>> {
    let rule = |index, node, matches, source| RuleLite { route, index, node, matches, source };
    match &route.object.resource().spec {
        Spec::HttpRoute(of) if of.spec.rules.is_empty() => {
            vec![rule(0, route.object.resource().node, vec![Match::http(0, None, &EVERY)], Source::FilledIn)]
        }
        Spec::HttpRoute(of) => {
            let rules = of.spec.rules.iter().enumerate();
            rules
                .map(|(index, one)| {
                    let nodes = one.matches.iter().map(|m| Some(m.node())).chain([None]);
                    let matches = nodes.zip(one.effective_matches()).enumerate().map(|(n, (node, of))| Match::http(n, node, of));
                    rule(index, one.node(), matches.collect(), Source::Http(one))
                })
                .collect()
        }
        Spec::GrpcRoute(of) => {
            let rules = of.spec.rules.iter().enumerate();
            rules
                .map(|(index, one)| {
                    let nodes = one.matches.iter().map(|m| Some(m.node())).chain([None]);
                    let matches = nodes.zip(one.effective_matches()).enumerate().map(|(n, (node, of))| Match::grpc(n, node, of));
                    rule(index, one.node(), matches.collect(), Source::Grpc(one))
                })
                .collect()
        }
        _ => Vec::new(),
    }
}

impl RuleLite<'_> {
    pub(super) fn spot(&self, matching: usize) -> Spot {
        let of = self.matches.get(matching);
        let place = of.and_then(|of| of.path_node.or(of.node)).unwrap_or(self.node);
        let (cluster, route) = (self.route.object.cluster, self.route.object.ix);
        Spot { place, node: self.node, cluster, route, rule: self.index, matching }
    }

    pub(super) fn is_named(&self) -> bool {
        match self.source {
            Source::Http(rule) => rule.name.is_some(),
            Source::Grpc(rule) => rule.name.is_some(),
            Source::FilledIn => false,
        }
    }

    /// Whether it may leave some requests that fit its matches to others: it hands them on to other routes, which may not want
    /// all of them, or has a filter of a product's own, which may look at more than matches can say.
    pub(super) fn may_leave_some(&self) -> bool {
        let handed = |group: &str, kind: &str| kind.ends_with("Route") || group.contains("delegation");
        match self.source {
            Source::Http(rule) => {
                let mut backends = rule.backend_refs.iter().map(|b| b.reference());
                backends.any(|b| handed(b.group(), b.kind())) || rule.filters.iter().any(|filter| filter.extension_ref.is_some())
            }
            Source::Grpc(rule) => {
                let mut backends = rule.backend_refs.iter().map(|b| b.reference());
                backends.any(|b| handed(b.group(), b.kind())) || rule.filters.iter().any(|filter| filter.extension_ref.is_some())
            }
            Source::FilledIn => false,
        }
    }

    /// All that it does with requests, in a form that is equal where that is.
    fn result(&self) -> String {
        let mut text = String::new();
        // nothing can go wrong with a String
        _ = match self.source {
            Source::Http(rule) => {
                write!(text, "{:?}{:?}{:?}{:?}{:?}", rule.backend_refs, rule.filters, rule.timeouts, rule.retry, rule.session_persistence)
            }
            Source::Grpc(rule) => write!(text, "{:?}{:?}{:?}", rule.backend_refs, rule.filters, rule.session_persistence),
            Source::FilledIn => Ok(()),
        };
        text
    }

    /// Whether both do the same with requests, as it is written: backends of one namespace, filters, times.
    pub(super) fn does_as(&self, other: &Self) -> bool {
        let here = |rule: &Self| rule.route.object.namespace().clone();
        let one_place = here(self) == here(other);
        let near = |rule: &Self| match rule.source {
            Source::Http(rule) => !rule.backend_refs.is_empty() || rule.filters.iter().any(|f| f.request_redirect.is_none()),
            Source::Grpc(_) | Source::FilledIn => true,
        };
        (one_place || !near(self) && !near(other)) && self.result() == other.result()
    }
}

/// What a match compares, in a form that is equal where the requests are.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Shape<'t> {
    pub(super) path: (u8, &'t str),
    pub(super) method: Option<&'t str>,
    pub(super) headers: Vec<(String, bool, &'t str)>,
    pub(super) query: Vec<(&'t str, bool, &'t str)>,
}

/// How a path is compared, and with what.
pub(super) fn path_of<'t>(matching: &'t Match<'_>) -> (u8, &'t str) {
    match &matching.path {
        PathMatch::Exact(text) => (0, text),
        PathMatch::Prefix(text) => (1, text),
        PathMatch::Regex(pattern) => (2, &pattern.text),
    }
}

impl<'t> Shape<'t> {
    pub(super) fn of(matching: &'t Match<'_>) -> Self {
        let value = |one: &'t NamedMatch<'_>| match &one.value {
            ValueMatch::Exact(text) => (false, *text),
            ValueMatch::Regex(pattern) => (true, &*pattern.text),
        };
        let mut headers: Vec<_> = matching.headers.iter().map(|h| (h.name.to_ascii_lowercase(), value(h).0, value(h).1)).collect();
        let mut query: Vec<_> = matching.query.iter().map(|q| (q.name, value(q).0, value(q).1)).collect();
        headers.sort_unstable();
        query.sort_unstable();
        Self { path: path_of(matching), method: matching.method, headers, query }
    }

    /// Whether some request fits the method, headers and query parameters of both, as far as equality tells.
    pub(super) fn is_compatible(&self, other: &Self) -> bool {
        let methods = self.method.is_none() || other.method.is_none() || self.method == other.method;
        let headers = self
            .headers
            .iter()
            .all(|(name, how, value)| other.headers.iter().all(|(same, with, text)| name != same || (how, value) == (with, text)));
        let query = self
            .query
            .iter()
            .all(|(name, how, value)| other.query.iter().all(|(same, with, text)| name != same || (how, value) == (with, text)));
        methods && headers && query
    }

    /// Whether it asks for nothing but what the other one asks for, the path left aside.
    pub(super) fn asks_no_more_than(&self, other: &Self) -> bool {
        (self.method.is_none() || self.method == other.method)
            && self.headers.iter().all(|header| other.headers.contains(header))
            && self.query.iter().all(|one| other.query.contains(one))
    }

    /// Whether every path that the other one takes is one of its own, as far as equality tells.
    pub(super) fn takes_paths_of(&self, other: &Self) -> bool {
        let within = |prefix: &str, path: &str| path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        match (self.path, other.path) {
            ((1, ""), _) => true,
            ((1, prefix), (0 | 1, path)) => within(prefix, path),
            (own, path) => own == path,
        }
    }

    pub(super) fn is_pattern(&self) -> bool {
        self.path.0 == 2
    }
}

/// What is worth knowing of a route before its matches are looked at.
#[derive(Clone, Copy, Default)]
pub(super) struct Traits {
    /// Whether a path is a pattern.
    pub(super) patterns: bool,
    /// Whether some match names a method, and some other one a header.
    pub(super) method: bool,
    pub(super) headers: bool,
}

impl Traits {
    pub(super) fn of(route: RouteView<'_>) -> Self {
        let mut found = Self::default();
        if let Spec::HttpRoute(of) = &route.object.resource().spec {
            for one in of.spec.rules.iter().flat_map(|rule| &rule.matches) {
                found.patterns |= one.path_type() == PathMatchType::RegularExpression;
                found.method |= one.method.is_some();
                found.headers |= one.method.is_none() && !one.headers.is_empty();
            }
        }
        found
    }
}
