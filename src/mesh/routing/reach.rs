//! A request that a rule answers, found by asking the engine.
//!
//! Why a few requests are enough to decide it, where nothing is compared by patterns. Let a request fit a match, and no match
//! before it. Then so do
//!
//! - the same request with no headers and query parameters but those that the match names: a match before it that took this one
//!   would name some of them only, and take the first request too;
//! - the same with a method that no match names, if the match names none;
//! - the same with a host that has a label which nobody names in place of the wildcard;
//! - for a prefix, the same with the path of the prefix and one more element that nobody names: an exact path does not take it, and
//!   a prefix that does is the same or shorter, and takes every path of the match.
//!
//! So of all requests that fit, this one is the last to be taken by others. An exact path is its own witness. Patterns get a few
//! texts that they take, and what others' patterns take is up to the engine: where none of these requests comes through, there may
//! be one all the same.

use super::sample::samples;
use super::{Answer, Family, Match, PathMatch, PortTable, Request, RoutingTable, ValueMatch, VirtualHost};
use crate::model::Text;

/// A method that HTTP has and the Gateway API's list of nine has not (RFC 4918, 9.1); Envoy takes it as it takes others.
const OTHER_METHOD: &str = "PROPFIND";

impl<'m> RoutingTable<'m> {
    /// A request that a rule (by its place in [`RoutingTable::rules`]) answers. None where there is no such request, or where
    /// patterns hide it.
    pub fn witness(&self, rule: usize) -> Option<Request> {
        let tables = self.ports.iter().flat_map(|port| port.listeners.iter().map(move |listener| (port, listener)));
        let hosts = tables.flat_map(|(port, listener)| listener.hosts.iter().map(move |host| (port, host)));
        hosts
            .flat_map(|(port, (host, table))| {
                let own = table.entries.iter().filter(move |entry| entry.rule == rule);
                own.filter_map(|entry| self.rules.get(entry.rule)?.matches.get(entry.matching))
                    .flat_map(move |matching| self.requests(port, (host, table), matching))
            })
            .find(|request| matches!(self.answer(request), Answer::Rule { rule: found, .. } if self.is(found, rule)))
    }

    fn is(&self, found: &super::Rule<'m>, rule: usize) -> bool {
        self.rules.get(rule).is_some_and(|own| std::ptr::eq(own, found))
    }

    /// Requests that fit a match of a host, those that others take least first.
    fn requests(&self, port: &PortTable<'m>, (host, table): (&Text, &VirtualHost), matching: &Match<'m>) -> Vec<Request> {
        let named = |fresh: &str| {
            let hosts = port.listeners.iter().flat_map(|l| l.hosts.keys().chain(&l.hostname));
            hosts.clone().any(|host| host.contains(fresh))
        };
        let all = || table.entries.iter().filter_map(|entry| self.rules.get(entry.rule)?.matches.get(entry.matching));
        let walked = |fresh: &str| all().any(|other| path_text(other).contains(fresh));
        let host = match host.strip_prefix('*') {
            None => host.to_string(),
            Some("") => format!("{0}.{0}", unused(named)),
            Some(ending) => format!("{}{ending}", unused(named)),
        };
        let grpc = matching.query.is_empty() && all().all(|other| other.method.is_none()) && self.is_grpc(table);
        let method = match matching.method {
            Some(method) => method,
            None if grpc => "POST",
            None if all().all(|other| other.method.is_none()) => "GET",
            None => OTHER_METHOD,
        };
        let headers = matching.headers.iter().map(|header| Some((header.name.to_owned(), text_for(&header.value)?)));
        let query = matching.query.iter().map(|one| Some(format!("{}={}", one.name, text_for(&one.value)?)));
        let (Some(headers), Some(query)) = (headers.collect::<Option<Vec<_>>>(), query.collect::<Option<Vec<_>>>()) else {
            return Vec::new();
        };
        let secure = port.family == Family::Tls;
        let request = |path: String| Request {
            method: method.to_owned(),
            scheme: if secure { "https" } else { "http" }.to_owned(),
            host: host.clone(),
            port: port.port,
            server_name: secure.then(|| host.clone()),
            path,
            query: (!query.is_empty()).then(|| query.join("&")),
            headers: headers.clone(),
            client: None,
        };
        paths(&matching.path, &unused(walked), grpc).into_iter().map(request).collect()
    }

    fn is_grpc(&self, table: &VirtualHost) -> bool {
        table.entries.first().and_then(|entry| self.rules.get(entry.rule)).is_some_and(|rule| rule.grpc)
    }
}

/// A word that nobody uses.
fn unused(used: impl Fn(&str) -> bool) -> String {
    let mut word = "other".to_owned();
    while used(&word) {
        word.push('s');
    }
    word
}

fn path_text<'t>(matching: &'t Match<'_>) -> &'t str {
    match &matching.path {
        PathMatch::Exact(text) | PathMatch::Prefix(text) => text,
        PathMatch::Regex(pattern) => &pattern.text,
    }
}

fn text_for(value: &ValueMatch<'_>) -> Option<String> {
    match value {
        ValueMatch::Exact(text) => Some((*text).to_owned()),
        ValueMatch::Regex(pattern) => samples(&pattern.text).into_iter().rev().find(|text| pattern.fits(text)),
    }
}

/// Paths that fit, the one that others take least first.
fn paths(path: &PathMatch<'_>, fresh: &str, grpc: bool) -> Vec<String> {
    let mut all = match path {
        PathMatch::Exact(whole) => vec![whole.to_string()],
        // a call has a service and a method
        PathMatch::Prefix(prefix) if grpc && prefix.is_empty() => vec![format!("/{fresh}/{fresh}")],
        PathMatch::Prefix(prefix) if grpc => vec![format!("{prefix}/{fresh}")],
        PathMatch::Prefix(prefix) => vec![
            format!("{prefix}/{fresh}"),
            format!("{prefix}/"),
            prefix.to_string(),
            format!("{prefix}/{fresh}/{fresh}"),
            format!("{prefix}/{fresh}.{fresh}"),
        ],
        PathMatch::Regex(pattern) => samples(&pattern.text),
    };
    // no request has another path; see `match-impossible`
    all.retain(|path| path.starts_with('/') && !path.contains(['?', '#', ' ']) && !path.contains("//") && path.is_ascii());
    all
}
