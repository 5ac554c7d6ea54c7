//! Routes: what a request must look like.

use rustc_hash::FxHashSet;
use smol_str::format_smolstr;

use super::Context;
use super::json::{Fields, Json, any, json, object, put};
use super::listeners::Port;
use super::refuse::can_be_said;
use crate::mesh::routing::{
    Action, Entry, Failure, Filters, Match, NamedMatch, PathMatch, RoutingTable, Rule, Target, ValueMatch, VirtualHost, Weighted,
};

/// What a share of a rule's requests goes through.
#[derive(Clone, Copy)]
struct Share<'c, 'm> {
    /// The backends; one where each has filters that only routes can have.
    backends: &'c [Weighted<'m>],
    /// The filters of that one.
    own: Option<&'c Filters<'m>>,
    /// How many of a million take this share or one before it; all of what is left without it.
    upto: Option<u32>,
}

impl<'c, 'm> Share<'c, 'm> {
    /// The filters that its requests go through.
    fn filters(self, rule: &'c Rule<'m>) -> Vec<&'c Filters<'m>> {
        std::iter::once(&rule.filters).chain(self.own).collect()
    }
}

/// The rules of a host whose matches can be said, in the order in which they are tried.
fn entries<'c, 'm>(table: &'c RoutingTable<'m>, host: &'c VirtualHost) -> impl Iterator<Item = (&'c Rule<'m>, &'c Match<'m>)> {
    let of = |entry: &Entry| table.rules.get(entry.rule).and_then(|rule| Some((rule, rule.matches.get(entry.matching)?)));
    host.entries.iter().filter_map(of).filter(|(_, matching)| can_be_said(matching))
}

impl<'c, 'm> Context<'c, 'm> {
    /// Adds the clusters that the routes of hosts name. Says whether one of the routes has CORS.
    pub(super) fn add_clusters_of(&mut self, hosts: impl Iterator<Item = &'c VirtualHost>) -> bool {
        let (mut seen, mut cors) = (FxHashSet::default(), false);
        let table = self.table;
        for (rule, _) in hosts.flat_map(|host| entries(table, host)) {
            if !seen.insert(std::ptr::from_ref(rule)) {
                continue;
            }
            for share in parts(rule) {
                let filters = share.filters(rule);
                cors |= filters.iter().any(|filters| filters.cors.is_some());
                if !matches!(rule.action, Action::Forward(_)) || filters.iter().any(|filters| filters.redirect.is_some()) {
                    continue;
                }
                self.add_clusters(share.backends, true);
                for mirror in filters.iter().flat_map(|filters| &filters.mirrors) {
                    if let Target::To(to) = &mirror.target {
                        self.add_cluster(to, true, mirror.node);
                    }
                }
            }
        }
        cors
    }

    /// The routes of a host, in the order in which they are tried.
    pub(super) fn routes(&self, domain: &str, host: &'c VirtualHost, port: Port) -> Vec<Json> {
        let route = |(rule, matching)| parts(rule).into_iter().map(move |share| self.route(domain, rule, matching, port, share));
        entries(self.table, host).flat_map(route).collect()
    }

    fn route(&self, domain: &str, rule: &'c Rule<'m>, matching: &'c Match<'m>, port: Port, share: Share<'c, 'm>) -> Json {
        let mut route = Fields::default();
        let id = &rule.route.object.id;
        let namespace = id.namespace.name().unwrap_or_default();
        let kind = if rule.grpc { "grpcroute" } else { "httproute" };
        put(&mut route, "name", format_smolstr!("{kind}/{namespace}/{}/{}/{}", id.name, rule.index, matching.index));
        put(&mut route, "match", wanted(matching, share.upto));
        let filters = share.filters(rule);
        let redirect = filters.iter().rev().find_map(|filters| filters.redirect);
        match &rule.action {
            Action::Fail(failure, _) => {
                put(&mut route, "direct_response", object([("status", failure_status(rule, *failure).into())]));
            }
            Action::Redirect(_) | Action::Forward(_) if redirect.is_some() => {
                let target = redirect.map(|redirect| super::actions::redirect(redirect, matching, domain, port));
                put(&mut route, "redirect", target.unwrap_or_default());
            }
            Action::Redirect(to) => put(&mut route, "redirect", super::actions::redirect(to, matching, domain, port)),
            Action::Forward(_) => put(&mut route, "route", self.forward(rule, matching, share.backends, &filters)),
        }
        // where backends have headers of their own, the cluster carries all of them
        let shared = share.own.is_some() || !has_own_headers(share.backends);
        if shared || redirect.is_some() {
            super::filters::headers(&mut route, &filters);
        }
        if let Some(policy) = filters.iter().rev().find_map(|filters| filters.cors) {
            let policy = any("extensions.filters.http.cors.v3.CorsPolicy", super::filters::cors(policy));
            put(&mut route, "typed_per_filter_config", object([("envoy.filters.http.cors", policy)]));
        }
        let name = rule.name.map(|name| ("rule", Json::String((**name).clone())));
        put(&mut route, "metadata", self.metadata_with(Some(matching.node.unwrap_or(rule.node)), name));
        Json::Object(route)
    }
}

/// Whether headers are changed for single backends.
pub(super) fn has_own_headers(backends: &[Weighted<'_>]) -> bool {
    let counting = || backends.iter().filter(|backend| backend.weight > 0);
    counting().any(|backend| !backend.filters.request_headers.is_empty() || !backend.filters.response_headers.is_empty())
        && counting().nth(1).is_some()
}

/// A rule whose backends have filters that Envoy has only on routes becomes one route for each backend, taken by chance.
fn parts<'c, 'm>(rule: &'c Rule<'m>) -> Vec<Share<'c, 'm>> {
    let Action::Forward(backends) = &rule.action else { return vec![Share { backends: &[], own: None, upto: None }] };
    let counting: Vec<&Weighted<'m>> = backends.iter().filter(|backend| backend.weight > 0).collect();
    let of_routes = |filters: &Filters<'_>| {
        filters.redirect.is_some() || filters.rewrite.is_some() || filters.cors.is_some() || !filters.mirrors.is_empty()
    };
    let leads = |backend: &&&Weighted<'_>| matches!(backend.target, Target::To(_));
    if counting.len() > 1 && !counting.iter().filter(leads).any(|backend| of_routes(&backend.filters)) {
        return vec![Share { backends, own: None, upto: None }];
    }
    let sum: u64 = counting.iter().map(|backend| u64::from(backend.weight)).sum::<u64>().max(1);
    let (mut before, last) = (0_u64, counting.len().saturating_sub(1));
    let part = |(n, backend): (usize, &&'c Weighted<'m>)| {
        before += u64::from(backend.weight);
        let upto = u32::try_from((before * 1_000_000 + sum / 2) / sum).unwrap_or(1_000_000);
        Share { backends: std::slice::from_ref(*backend), own: Some(&backend.filters), upto: (n < last).then_some(upto) }
    };
    counting.iter().enumerate().map(part).collect()
}

/// 500; gRPC clients make `UNAVAILABLE` of 503 and `UNKNOWN` of 500.
pub(super) const fn failure_status(rule: &Rule<'_>, _: Failure) -> u16 {
    if rule.grpc { 503 } else { 500 }
}

/// `config.route.v3.RouteMatch`.
fn wanted(matching: &Match<'_>, upto: Option<u32>) -> Json {
    let mut wanted = Fields::default();
    match &matching.path {
        PathMatch::Exact(path) => put(&mut wanted, "path", &**path),
        PathMatch::Prefix(prefix) if prefix.is_empty() => put(&mut wanted, "prefix", "/"),
        PathMatch::Prefix(prefix) => put(&mut wanted, "path_separated_prefix", &**prefix),
        PathMatch::Regex(pattern) => put(&mut wanted, "safe_regex", object([("regex", (&*pattern.text).into())])),
    }
    let method = matching.method.map(|method| object([("name", ":method".into()), ("string_match", object([("exact", method.into())]))]));
    put(&mut wanted, "headers", method.into_iter().chain(matching.headers.iter().map(named)).collect::<Vec<Json>>());
    put(&mut wanted, "query_parameters", matching.query.iter().map(named).collect::<Vec<Json>>());
    if let Some(upto) = upto {
        put(&mut wanted, "runtime_fraction", per_million(upto));
    }
    Json::Object(wanted)
}

fn named(of: &NamedMatch<'_>) -> Json {
    let value = match &of.value {
        ValueMatch::Exact(value) => object([("exact", (*value).into())]),
        ValueMatch::Regex(pattern) => object([("safe_regex", object([("regex", (&*pattern.text).into())]))]),
    };
    object([("name", of.name.into()), ("string_match", value)])
}

/// `config.core.v3.RuntimeFractionalPercent`.
pub(super) fn per_million(numerator: u32) -> Json {
    json!({ "default_value": { "numerator": numerator, "denominator": "MILLION" } })
}
