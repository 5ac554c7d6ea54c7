//! Which match of which route takes a request, and why the others do not. Who wins among those that fit is said in
//! `mesh/precedence`.

use crate::mesh::hosts;
use crate::mesh::precedence::{HostFit, Key, PathFit, PathForm, Profile, Traits};
use crate::mesh::routes::RouteView;
use crate::model::gateway::{HttpRouteMatch, HttpRouteRule, MatchType, PathMatchType};
use crate::model::{Spec, Text};
use crate::yaml::{At, NodeId};

use super::Request;

/// A match of a route that was considered.
#[derive(Clone, Debug)]
pub struct Candidate<'m> {
    /// The route.
    pub route: RouteView<'m>,
    /// The rule, by its place in the route.
    pub rule: usize,
    /// All of the rule.
    pub spec: &'m At<HttpRouteRule>,
    /// The match, by its place in the rule.
    pub matching: usize,
    /// The match where it is written; the rule, where it is left out.
    pub node: NodeId,
    /// The match as people say it.
    pub words: String,
    /// The prefix that the request's path has, for rewriting it.
    pub prefix: Option<&'m str>,
    /// Why it is not the one; none for the winner.
    pub lost: Option<Lost>,
}

/// Why a match does not take a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lost {
    /// No hostname of the route fits.
    Host,
    /// The path does not fit.
    Path,
    /// The method does not.
    Method,
    /// This header does not.
    Header(Text),
    /// This parameter of the query does not.
    Query(Text),
    /// The pattern cannot be read.
    Pattern,
    /// It fits, and another one comes first.
    Precedence,
}

/// Compares a request with every match of the routes, each with the hostname that it was reached by; the winner has lost
/// nothing.
pub fn pick<'m>(routes: &[(RouteView<'m>, Option<&str>)], request: &Request, profile: Profile) -> Vec<Candidate<'m>> {
    let mut all: Vec<(Candidate<'m>, Key)> = Vec::new();
    let stamps = crate::mesh::precedence::ages(routes.iter().map(|(route, _)| created(route)));
    for (route, host) in routes {
        let Spec::HttpRoute(http) = &route.object.resource().spec else { continue };
        for (rule, spec) in http.spec.rules.iter().enumerate() {
            for (matching, one) in spec.effective_matches().enumerate() {
                let node = spec.matches.get(matching).map_or(spec.node(), At::node);
                let lost = fault(one, *host, request);
                let prefix = (one.path_type() == PathMatchType::PathPrefix).then(|| one.path_value());
                let candidate = Candidate { route: *route, rule, spec, matching, node, words: words(one), prefix, lost };
                all.push((candidate, Key::of(profile, traits(route, *host, one, stamps, (rule, matching)))));
            }
        }
    }
    let best = all.iter().enumerate().filter(|(_, (c, _))| c.lost.is_none()).max_by(|(_, (_, a)), (_, (_, b))| a.cmp(b)).map(|(at, _)| at);
    let judged = all.into_iter().enumerate().map(|(at, (mut candidate, _))| {
        if candidate.lost.is_none() && Some(at) != best {
            candidate.lost = Some(Lost::Precedence);
        }
        candidate
    });
    judged.collect()
}

fn created<'m>(route: &RouteView<'m>) -> Option<&'m Text> {
    route.object.resource().meta.creation_timestamp.as_deref()
}

fn traits(route: &RouteView<'_>, host: Option<&str>, one: &HttpRouteMatch, stamps: bool, place: (usize, usize)) -> Traits {
    let written = one.path_value();
    let (form, characters) = match one.path_type() {
        PathMatchType::Exact => (PathForm::Exact, written.chars().count()),
        PathMatchType::PathPrefix => (PathForm::Prefix, written.trim_end_matches('/').chars().count()),
        PathMatchType::RegularExpression => (PathForm::Regex, 0),
    };
    let id = &route.object.resource().id;
    Traits {
        host: HostFit::of(host),
        path: PathFit { form, characters, method: 0 },
        written: written.chars().count(),
        method: one.method.is_some(),
        headers: one.headers.len(),
        query: one.query_params.len(),
        created: created(route).filter(|_| stamps).cloned(),
        name: (id.namespace.name().unwrap_or_default().into(), id.name.clone()),
        rule: place.0,
        matching: place.1,
    }
}

fn fault(one: &HttpRouteMatch, host: Option<&str>, request: &Request) -> Option<Lost> {
    if host.is_some_and(|host| !hosts::covers(host, &request.host)) {
        return Some(Lost::Host);
    }
    match path_fits(one.path_type(), one.path_value(), &request.path) {
        Some(true) => {}
        Some(false) => return Some(Lost::Path),
        None => return Some(Lost::Pattern),
    }
    if one.method.as_ref().is_some_and(|method| method.as_str() != request.method) {
        return Some(Lost::Method);
    }
    for (at, header) in one.headers.iter().enumerate() {
        // of entries with one name the first counts
        if one.headers.iter().take(at).any(|other| other.name.eq_ignore_ascii_case(&header.name)) {
            continue;
        }
        let value = request.header(&header.name);
        match value.map(|value| value_fits(header.kind(), &header.value, value)) {
            Some(Some(true)) => {}
            Some(None) => return Some(Lost::Pattern),
            _ => return Some(Lost::Header((*header.name).clone())),
        }
    }
    for (at, parameter) in one.query_params.iter().enumerate() {
        if one.query_params.iter().take(at).any(|other| other.name == parameter.name) {
            continue;
        }
        let value = request.parameters().find(|(name, _)| *name == parameter.name.as_str()).map(|(_, value)| value);
        match value.map(|value| value_fits(parameter.kind(), &parameter.value, value)) {
            Some(Some(true)) => {}
            Some(None) => return Some(Lost::Pattern),
            _ => return Some(Lost::Query((*parameter.name).clone())),
        }
    }
    None
}

/// Prefixes are compared part by part. None for a pattern that cannot be read.
fn path_fits(kind: PathMatchType, wanted: &str, path: &str) -> Option<bool> {
    match kind {
        PathMatchType::Exact => Some(wanted == path),
        PathMatchType::PathPrefix => {
            let prefix = wanted.trim_end_matches('/');
            Some(path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
        }
        PathMatchType::RegularExpression => matches_whole(wanted, path),
    }
}

fn value_fits(kind: MatchType, wanted: &str, value: &str) -> Option<bool> {
    match kind {
        MatchType::Exact => Some(wanted == value),
        MatchType::RegularExpression => matches_whole(wanted, value),
    }
}

fn matches_whole(pattern: &str, text: &str) -> Option<bool> {
    let pattern = regex::RegexBuilder::new(&format!("^(?:{pattern})$")).size_limit(1 << 20).build().ok()?;
    Some(pattern.is_match(text))
}

fn words(one: &HttpRouteMatch) -> String {
    let mut words = match one.path_type() {
        PathMatchType::Exact => one.path_value().to_owned(),
        PathMatchType::PathPrefix => format!("{}/*", one.path_value().trim_end_matches('/')),
        PathMatchType::RegularExpression => format!("~{}", one.path_value()),
    };
    if let Some(method) = &one.method {
        words = format!("{} {words}", **method);
    }
    for header in &one.headers {
        words = format!("{words}, header {}: {}", *header.name, *header.value);
    }
    for parameter in &one.query_params {
        words = format!("{words}, query {}={}", *parameter.name, *parameter.value);
    }
    words
}
