//! What the API server would refuse though each field by itself is as it should be: the rules of the Gateway API's own
//! definitions (CEL, `x-kubernetes-validations`) that bear on routing.

use rustc_hash::FxHashSet;

use crate::mesh::GatewayView;
use crate::mesh::routing::RoutingTable;
use crate::model::Spec;
use crate::model::gateway::{
    CorsMethod, GrpcFilter, GrpcFilterType, GrpcRouteSpec, HttpFilter, HttpFilterType, HttpPathMatch, HttpRouteRule, HttpRouteSpec,
    MirrorFilter, PathMatchType, PathModifierType, TlsMode,
};
use crate::yaml::{At, NodeId};

/// Something that the API server refuses.
#[derive(Debug)]
pub(super) struct Problem {
    /// Where.
    pub(super) node: NodeId,
    /// What.
    pub(super) message: String,
    /// A rule of `lint` that may say it; empty for none.
    pub(super) rule: &'static str,
}

/// In the listeners and the routes of a table, each looked at once.
pub(super) fn of_table(table: &RoutingTable<'_>) -> Vec<Problem> {
    let mut found = Vec::new();
    listeners(table.gateway, &mut found);
    let routes = table.rules.iter().filter(|rule| rule.index == 0).map(|rule| rule.route.object.resource());
    for resource in routes {
        match &resource.spec {
            Spec::HttpRoute(route) => http(&route.spec, &mut found),
            Spec::GrpcRoute(route) => grpc(&route.spec, &mut found),
            _ => {}
        }
    }
    found
}

fn listeners(gateway: GatewayView<'_>, found: &mut Vec<Problem>) {
    let mut names = FxHashSet::default();
    for listener in gateway.effective_listeners() {
        let (view, parent) = (listener.view, listener.parent);
        let (name, protocol) = (view.name, &***view.protocol);
        if !names.insert((parent.node, &***name)) {
            problem(found, name.node(), format!("a second listener is called `{}`", **name));
        }
        if let (Some(_), "HTTP" | "TCP" | "UDP") = (view.tls, protocol) {
            problem(found, view.node, format!("a listener for {protocol} has no `tls`"));
        }
        if view.tls.is_some_and(|tls| tls.mode() == TlsMode::Passthrough) && protocol == "HTTPS" {
            problem(found, view.node, "a listener for HTTPS ends TLS: its mode is `Terminate`");
        }
        if let (Some(hostname), "TCP" | "UDP") = (view.hostname.filter(|hostname| !hostname.is_empty()), protocol) {
            problem(found, hostname.node(), format!("a listener for {protocol} has no `hostname`"));
        }
    }
}

fn grpc(spec: &GrpcRouteSpec, found: &mut Vec<Problem>) {
    for rule in &spec.rules {
        for method in rule.matches.iter().filter_map(|one| one.method.as_ref()) {
            if method.service.is_none() && method.method.is_none() {
                problem(found, method.node(), "a match by method names a service, a method, or both");
            }
        }
        grpc_filters(&rule.filters, found);
        rule.backend_refs.iter().for_each(|backend| grpc_filters(&backend.filters, found));
    }
}

fn grpc_filters(list: &[At<GrpcFilter>], found: &mut Vec<Problem>) {
    use GrpcFilterType::{ExtensionRef, RequestHeaderModifier, RequestMirror, ResponseHeaderModifier};
    for once in [RequestHeaderModifier, ResponseHeaderModifier] {
        second(list.iter().filter(|filter| *filter.kind == once).nth(1), once, found);
    }
    for filter in list {
        let set = [
            (RequestHeaderModifier, filter.request_header_modifier.is_some()),
            (ResponseHeaderModifier, filter.response_header_modifier.is_some()),
            (RequestMirror, filter.request_mirror.is_some()),
            (ExtensionRef, filter.extension_ref.is_some()),
        ];
        of_its_type(filter.node(), *filter.kind, &set, found);
        filter.request_mirror.iter().for_each(|mirror| share(mirror, found));
    }
}

fn second<F, K: std::fmt::Display>(second: Option<&At<F>>, kind: K, found: &mut Vec<Problem>) {
    if let Some(second) = second {
        problem(found, second.node(), format!("there is a second filter of type `{kind}`"));
    }
}

/// A filter says what belongs to its type, and nothing else.
fn of_its_type<K: PartialEq + Copy + std::fmt::Display>(node: NodeId, kind: K, set: &[(K, bool)], found: &mut Vec<Problem>) {
    if !set.iter().any(|(own, set)| *own == kind && *set) {
        problem(found, node, format!("a filter of type `{kind}` says nothing of that type"));
    }
    if let Some((other, _)) = set.iter().find(|(other, set)| *set && *other != kind) {
        problem(found, node, format!("a filter of type `{kind}` has what belongs to `{other}`"));
    }
}

/// How much of the traffic is copied.
fn share(mirror: &MirrorFilter, found: &mut Vec<Problem>) {
    if let (Some(percent), Some(_)) = (&mirror.percent, &mirror.fraction) {
        problem(found, percent.node(), "a share is said by `percent` or by `fraction`, not by both");
    }
    if let Some(fraction) = &mirror.fraction
        && *fraction.numerator > fraction.denominator.as_ref().map_or(100, |of| **of)
    {
        problem(found, fraction.node(), "a share is no more than all");
    }
}

fn http(spec: &HttpRouteSpec, found: &mut Vec<Problem>) {
    for rule in &spec.rules {
        filters(&rule.filters, &rule.filters, rule, found);
        for backend in &rule.backend_refs {
            filters(&backend.filters, &rule.filters, rule, found);
        }
        let redirects = rule.filters.iter().find(|filter| *filter.kind == HttpFilterType::RequestRedirect);
        if let (Some(redirect), false) = (redirects, rule.backend_refs.is_empty()) {
            problem(found, redirect.node(), "a rule redirects or has backends, not both");
        }
        timeouts(rule, found);
    }
}

fn problem(found: &mut Vec<Problem>, node: NodeId, message: impl Into<String>) {
    found.push(Problem { node, message: message.into(), rule: "" });
}

fn filters(list: &[At<HttpFilter>], of_rule: &[At<HttpFilter>], rule: &HttpRouteRule, found: &mut Vec<Problem>) {
    use HttpFilterType::{
        Cors, ExtensionRef, ExternalAuth, RequestHeaderModifier, RequestMirror, RequestRedirect, ResponseHeaderModifier, UrlRewrite,
    };
    for once in [RequestHeaderModifier, ResponseHeaderModifier, RequestRedirect, UrlRewrite, Cors] {
        second(list.iter().filter(|filter| *filter.kind == once).nth(1), once, found);
    }
    let has = |kind| list.iter().find(|filter| *filter.kind == kind);
    if let (Some(redirect), Some(_)) = (has(RequestRedirect), has(UrlRewrite)) {
        problem(found, redirect.node(), "a request is redirected or rewritten, not both");
    }
    for filter in list {
        let set = [
            (RequestHeaderModifier, filter.request_header_modifier.is_some()),
            (ResponseHeaderModifier, filter.response_header_modifier.is_some()),
            (RequestMirror, filter.request_mirror.is_some()),
            (RequestRedirect, filter.request_redirect.is_some()),
            (UrlRewrite, filter.url_rewrite.is_some()),
            (Cors, filter.cors.is_some()),
            (ExternalAuth, filter.external_auth.is_some()),
            (ExtensionRef, filter.extension_ref.is_some()),
        ];
        of_its_type(filter.node(), *filter.kind, &set, found);
        of_one(filter, rule, std::ptr::eq(list, of_rule), found);
    }
}

fn of_one(filter: &HttpFilter, rule: &HttpRouteRule, of_rule: bool, found: &mut Vec<Problem>) {
    filter.request_mirror.iter().for_each(|mirror| share(mirror, found));
    if let Some(cors) = &filter.cors {
        let lists = [&cors.allow_origins, &cors.allow_headers, &cors.expose_headers];
        let alone = |list: &&&Vec<At<crate::model::Text>>| list.len() > 1 && list.iter().any(|one| &***one == "*");
        if let Some(star) = lists.iter().find(alone).and_then(|list| list.iter().find(|one| &***one == "*")) {
            problem(found, star.node(), "`*` stands alone");
        }
        if let Some(star) = cors.allow_methods.iter().find(|one| ***one == CorsMethod::Any).filter(|_| cors.allow_methods.len() > 1) {
            problem(found, star.node(), "`*` stands alone");
        }
    }
    let redirect = filter.request_redirect.as_ref().and_then(|redirect| redirect.path.as_ref());
    let rewrite = filter.url_rewrite.as_ref().and_then(|rewrite| rewrite.path.as_ref());
    for path in redirect.into_iter().chain(rewrite) {
        let (whole, prefix) = (path.replace_full_path.is_some(), path.replace_prefix_match.is_some());
        let fits = match *path.kind {
            PathModifierType::ReplaceFullPath => !prefix,
            PathModifierType::ReplacePrefixMatch => !whole,
        };
        if !fits {
            problem(found, path.node(), format!("`{}` has what belongs to the other type", path.kind));
        }
        let is_prefix = |of: &HttpPathMatch| of.kind() == PathMatchType::PathPrefix;
        let one = matches!(rule.matches.as_slice(), [only] if only.path.as_ref().is_none_or(|path| is_prefix(path)));
        if *path.kind == PathModifierType::ReplacePrefixMatch && !one && !rule.matches.is_empty() && of_rule {
            let message = "a prefix is replaced where the rule has one match, by a prefix".to_owned();
            found.push(Problem { node: path.node(), message, rule: "rewrite-without-prefix-match" });
        }
    }
}

fn timeouts(rule: &HttpRouteRule, found: &mut Vec<Problem>) {
    let Some(timeouts) = &rule.timeouts else { return };
    let of = |text: Option<&At<crate::model::Text>>| text.and_then(|text| super::json::milliseconds(text)).filter(|time| *time > 0);
    if let (Some(request), Some(backend), Some(at)) =
        (of(timeouts.request.as_ref()), of(timeouts.backend_request.as_ref()), &timeouts.backend_request)
        && backend > request
    {
        problem(found, at.node(), "a request to a backend may not take longer than the whole");
    }
}
