//! What is done to headers, and CORS.

use super::json::{Fields, Json, json, object, put};
use crate::mesh::routing::Filters;
use crate::model::gateway::{CorsFilter, HeaderFilter};
use crate::yaml::At;

/// What becomes of one header.
#[derive(Debug, Default, PartialEq)]
struct Change<'m> {
    name: &'m str,
    /// Whether the values that came are gone.
    cleared: bool,
    values: Vec<&'m str>,
}

/// What several filters make of headers, one after the other: Envoy removes before it adds, whoever said it first. In each
/// list the first of a name counts.
fn changes<'m>(filters: impl IntoIterator<Item = &'m HeaderFilter>) -> Vec<Change<'m>> {
    let mut all: Vec<Change<'m>> = Vec::new();
    for filter in filters {
        let mut seen: Vec<&str> = Vec::new();
        let mut first = |name: &'m str| {
            let new = !seen.iter().any(|before| before.eq_ignore_ascii_case(name));
            seen.push(name);
            new
        };
        for header in &filter.set {
            if first(&header.name) {
                alter(&mut all, &header.name, |change| (change.cleared, change.values) = (true, vec![header.value.as_str()]));
            }
        }
        for header in &filter.add {
            if first(&header.name) {
                alter(&mut all, &header.name, |change| change.values.push(&header.value));
            }
        }
        for name in &filter.remove {
            alter(&mut all, name, |change| (change.cleared, change.values) = (true, Vec::new()));
        }
    }
    all
}

/// Changes what becomes of one header.
fn alter<'m>(all: &mut Vec<Change<'m>>, name: &'m str, how: impl FnOnce(&mut Change<'m>)) {
    if let Some(known) = all.iter_mut().find(|change| change.name.eq_ignore_ascii_case(name)) {
        return how(known);
    }
    let mut change = Change { name, ..Change::default() };
    how(&mut change);
    all.push(change);
}

/// Headers that are changed, as routes and weighted clusters say it. The host is not among them: see [`host`].
pub(super) fn headers(into: &mut Fields, filters: &[&Filters<'_>]) {
    let request = changes(filters.iter().flat_map(|filters| &filters.request_headers).map(|filter| &****filter));
    let response = changes(filters.iter().flat_map(|filters| &filters.response_headers).map(|filter| &****filter));
    let directions = [
        (request, "request_headers_to_add", "request_headers_to_remove"),
        (response, "response_headers_to_add", "response_headers_to_remove"),
    ];
    for (changes, to_add, to_remove) in directions {
        let (mut add, mut remove) = (Vec::new(), Vec::new());
        for change in changes.iter().filter(|change| !is_host(change.name)) {
            if change.cleared && change.values.is_empty() {
                remove.push(Json::from(change.name));
            }
            for (n, value) in change.values.iter().enumerate() {
                let action = if change.cleared && n == 0 { "OVERWRITE_IF_EXISTS_OR_ADD" } else { "APPEND_IF_EXISTS_OR_ADD" };
                let header = object([("key", change.name.into()), ("value", value.replace('%', "%%").into())]);
                add.push(object([("header", header), ("append_action", action.into())]));
            }
        }
        put(into, to_add, add);
        put(into, to_remove, remove);
    }
}

/// The host that backends see, where a filter changes it: by a rewrite, or as a header, which Envoy does not take.
pub(super) fn host<'m>(filters: &[&Filters<'m>]) -> Option<&'m str> {
    let mut host = None;
    for filters in filters {
        let as_header = changes(filters.request_headers.iter().map(|filter| &****filter));
        let set = as_header.iter().find(|change| is_host(change.name) && change.cleared).and_then(|change| change.values.first().copied());
        let rewritten = filters.rewrite.and_then(|rewrite| rewrite.hostname.as_ref()).map(|host| host.as_str());
        host = rewritten.or(set).or(host);
    }
    host
}

pub(super) fn is_host(name: &str) -> bool {
    name.eq_ignore_ascii_case("host")
}

/// `extensions.filters.http.cors.v3.CorsPolicy`.
pub(super) fn cors(of: &CorsFilter) -> Json {
    let words = |list: &[At<crate::model::Text>]| list.iter().map(|word| word.as_str()).collect::<Vec<_>>().join(",");
    let mut policy = Fields::default();
    put(&mut policy, "allow_origin_string_match", of.allow_origins.iter().map(|origin| self::origin(origin)).collect::<Vec<Json>>());
    put(&mut policy, "allow_methods", text(of.allow_methods.iter().map(|method| method.as_str()).collect::<Vec<_>>().join(",")));
    put(&mut policy, "allow_headers", text(words(&of.allow_headers)));
    put(&mut policy, "expose_headers", text(words(&of.expose_headers)));
    put(&mut policy, "max_age", of.max_age.as_ref().map_or(5, |age| **age).to_string());
    if of.allow_credentials.as_ref().is_some_and(|allow| **allow) {
        put(&mut policy, "allow_credentials", true);
    }
    // what is asked for an origin that may not call is answered here, without a word of CORS
    put(&mut policy, "forward_not_matching_preflights", false);
    Json::Object(policy)
}

fn text(words: String) -> Option<String> {
    (!words.is_empty()).then_some(words)
}

/// An origin: `*` stands for any text.
fn origin(origin: &str) -> Json {
    if !origin.contains('*') {
        return object([("exact", origin.into())]);
    }
    let pattern: String = origin.split('*').map(regex::escape).collect::<Vec<_>>().join(".*");
    json!({ "safe_regex": { "regex": pattern } })
}
