//! What becomes of a request: a redirect, or a backend.

use super::Context;
use super::clusters::{NOWHERE, name_of, shares};
use super::json::{Fields, Json, duration, json, milliseconds, object, put};
use super::listeners::Port;
use super::routes::{has_own_headers, per_million};
use crate::mesh::precedence::Profile;
use crate::mesh::routing::{Filters, Match, Mirror, PathMatch, Rule, Target, Weighted};
use crate::model::Text;
use crate::model::gateway::{PathModifier, PathModifierType, RedirectFilter};

/// `config.route.v3.RedirectAction`.
pub(super) fn redirect(to: &RedirectFilter, matching: &Match<'_>, domain: &str, port: Port) -> Json {
    let mut action = Fields::default();
    let own_scheme = if port.tls { "https" } else { "http" };
    let default = |scheme: &str| if scheme == "https" { 443 } else { 80 };
    if let Some(scheme) = &to.scheme {
        put(&mut action, "scheme_redirect", scheme.as_str());
    }
    let scheme = to.scheme.as_ref().map_or(own_scheme, |scheme| scheme.as_str());
    let wanted = match (&to.port, &to.scheme) {
        (Some(port), _) => u16::try_from(**port).unwrap_or_default(),
        (None, Some(_)) => default(scheme),
        (None, None) => port.number,
    };
    // clients leave the port of the scheme out of the host, and Envoy takes it out when the scheme changes
    let host_without_port = port.number == default(own_scheme);
    let exact = (!domain.starts_with('*')).then_some(domain);
    let mut host = to.hostname.as_ref().map(|host| host.as_str());
    if wanted != default(scheme) {
        put(&mut action, "port_redirect", wanted);
    } else if host.is_none() && !host_without_port {
        // the client's host has the listener's port
        host = exact;
        if host.is_none() {
            put(&mut action, "port_redirect", wanted);
        }
    }
    put(&mut action, "host_redirect", host);
    if let Some(path) = &to.path {
        match new_path(path, matching) {
            NewPath::Whole(path) => put(&mut action, "path_redirect", path),
            NewPath::Prefix(prefix) => put(&mut action, "prefix_rewrite", prefix),
            NewPath::Regex(rewrite) => put(&mut action, "regex_rewrite", rewrite),
            NewPath::Same => {}
        }
    }
    let code = match to.status_code() {
        301 => "MOVED_PERMANENTLY",
        303 => "SEE_OTHER",
        307 => "TEMPORARY_REDIRECT",
        308 => "PERMANENT_REDIRECT",
        _ => "FOUND",
    };
    put(&mut action, "response_code", code);
    Json::Object(action)
}

/// A path that a filter asks for.
enum NewPath {
    Whole(String),
    Prefix(String),
    Regex(Json),
    Same,
}

fn new_path(path: &PathModifier, matching: &Match<'_>) -> NewPath {
    if *path.kind == PathModifierType::ReplaceFullPath {
        return path.replace_full_path.as_ref().map_or(NewPath::Same, |path| NewPath::Whole(path.to_string()));
    }
    let (Some(new), PathMatch::Prefix(prefix)) = (&path.replace_prefix_match, &matching.path) else { return NewPath::Same };
    let new = new.trim_end_matches('/');
    if prefix.is_empty() || new.is_empty() {
        // a `/` must remain, and only one
        return NewPath::Regex(regex_rewrite(&format!("^{}/*", quote(prefix)), &format!("{new}/")));
    }
    NewPath::Prefix(new.to_owned())
}

/// A text as a pattern that fits it alone.
fn quote(text: &str) -> String {
    let special = |c: char| c.is_ascii() && !c.is_ascii_alphanumeric() && !matches!(c, '_' | '/' | '-');
    text.chars().flat_map(|c| special(c).then_some('\\').into_iter().chain([c])).collect()
}

fn regex_rewrite(pattern: &str, substitution: &str) -> Json {
    json!({ "pattern": { "regex": pattern }, "substitution": substitution.replace('\\', r"\\") })
}

/// `config.route.v3.RouteAction.RequestMirrorPolicy`.
fn mirror(mirror: &Mirror<'_>) -> Option<Json> {
    let Target::To(to) = &mirror.target else { return None };
    let mut policy = Fields::default();
    put(&mut policy, "cluster", name_of(to, true));
    if mirror.per_million < 1_000_000 {
        put(&mut policy, "runtime_fraction", per_million(mirror.per_million));
    }
    put(&mut policy, "disable_shadow_host_suffix_append", true);
    Some(Json::Object(policy))
}

impl<'c, 'm> Context<'c, 'm> {
    /// `config.route.v3.RouteAction`. The clusters that it names have been added.
    pub(super) fn forward(
        &self,
        rule: &'c Rule<'m>,
        matching: &Match<'m>,
        backends: &'c [Weighted<'m>],
        filters: &[&'c Filters<'m>],
    ) -> Json {
        let mut action = Fields::default();
        let shares = shares(backends, true);
        let leads_nowhere = shares.iter().any(|(name, _)| name == NOWHERE);
        match shares.as_slice() {
            [(only, _)] => put(&mut action, "cluster", only.clone()),
            all => {
                let own = has_own_headers(backends);
                let counting = backends.iter().filter(|backend| backend.weight > 0);
                let share = |((name, weight), backend): (&(Text, u32), &'c Weighted<'m>)| {
                    let mut share = Fields::default();
                    put(&mut share, "name", name.clone());
                    share.insert("weight", *weight);
                    if own {
                        let all: Vec<&Filters<'m>> = filters.iter().copied().chain([&backend.filters]).collect();
                        super::filters::headers(&mut share, &all);
                        put(&mut share, "host_rewrite_literal", super::filters::host(&all));
                    }
                    Json::Object(share)
                };
                let clusters: Vec<Json> = all.iter().zip(counting).map(share).collect();
                put(&mut action, "weighted_clusters", object([("clusters", clusters.into())]));
            }
        }
        if leads_nowhere {
            let code = if rule.grpc { "SERVICE_UNAVAILABLE" } else { "INTERNAL_SERVER_ERROR" };
            put(&mut action, "cluster_not_found_response_code", code);
        }
        if !has_own_headers(backends) {
            put(&mut action, "host_rewrite_literal", super::filters::host(filters));
        }
        if let Some(path) = filters.iter().rev().find_map(|filters| filters.rewrite?.path.as_ref()) {
            match new_path(path, matching) {
                NewPath::Whole(path) => put(&mut action, "regex_rewrite", regex_rewrite("^/.*$", &path)),
                NewPath::Prefix(prefix) => put(&mut action, "prefix_rewrite", prefix),
                NewPath::Regex(rewrite) => put(&mut action, "regex_rewrite", rewrite),
                NewPath::Same => {}
            }
        }
        self.time(&mut action, rule);
        let mirrors: Vec<Json> = filters.iter().flat_map(|filters| &filters.mirrors).filter_map(mirror).collect();
        put(&mut action, "request_mirror_policies", mirrors);
        Json::Object(action)
    }

    /// Timeouts and retries.
    fn time(&self, action: &mut Fields, rule: &Rule<'_>) {
        let of = |text: Option<&crate::yaml::At<crate::model::Text>>| text.and_then(|text| milliseconds(text));
        let request = of(rule.timeouts.and_then(|t| t.request.as_ref()));
        let backend = of(rule.timeouts.and_then(|t| t.backend_request.as_ref()));
        let attempts = rule.retry.map(|retry| retry.attempts.as_ref().map_or(2, |n| u32::try_from(**n).unwrap_or_default()));
        let retried = attempts.is_some_and(|attempts| attempts > 0);
        // 0 is no limit
        let limits = |time: u64| (time > 0).then_some(time);
        let timeout = match (request, backend) {
            (Some(request), Some(backend)) if !retried => Some(limits(request).into_iter().chain(limits(backend)).min().unwrap_or(0)),
            (None, Some(backend)) if !retried => Some(backend),
            (request, _) => request,
        };
        let default = if matches!(self.table.profile, Profile::Kgateway | Profile::EnvoyGateway) { 15_000 } else { 0 };
        put(action, "timeout", duration(timeout.unwrap_or(default)));
        let (Some(retry), true) = (rule.retry, retried) else { return };
        let mut policy = Fields::default();
        let codes: Vec<i64> = retry.codes.iter().map(|code| **code).collect();
        let on = "connect-failure,refused-stream,reset";
        put(&mut policy, "retry_on", if codes.is_empty() { on.to_owned() } else { format!("{on},retriable-status-codes") });
        put(&mut policy, "num_retries", attempts);
        put(&mut policy, "retriable_status_codes", codes);
        if let Some(backend) = backend.and_then(limits) {
            put(&mut policy, "per_try_timeout", duration(backend));
        }
        if let Some(backoff) = of(retry.backoff.as_ref()).and_then(limits) {
            put(&mut policy, "retry_back_off", json!({ "base_interval": duration(backoff) }));
        }
        put(action, "retry_policy", Json::Object(policy));
    }
}

#[cfg(test)]
mod tests {
    use super::quote;

    #[test]
    fn paths_are_quoted_for_patterns() {
        assert_eq!(quote("/a.b/c+d/e-f_g/é"), r"/a\.b/c\+d/e-f_g/é");
    }
}
