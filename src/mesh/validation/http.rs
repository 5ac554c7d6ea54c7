//! HTTPRoute.

use super::Found;
use crate::mesh::Duration;
use crate::model::gateway::{
    AuthProtocol, CorsFilter, ExternalAuthFilter, HttpFilter, HttpFilterType, HttpRouteRule, HttpRouteSpec, PathMatchType, PathModifier,
    PathModifierType,
};
use crate::yaml::At;

/// How many matches the rules of a route have together.
pub(super) const MOST_MATCHES: usize = 128;

impl Found {
    pub(super) fn http(&mut self, spec: &HttpRouteSpec) {
        self.parents(&spec.parent_refs);
        self.rule_names(spec.rules.iter().filter_map(|rule| rule.name.as_ref()));
        let matches = || spec.rules.iter().flat_map(|rule| &rule.matches);
        if let Some(last) = matches().nth(MOST_MATCHES) {
            self.add(last.node(), format!("the rules have more than {MOST_MATCHES} matches together"), "make several routes of it");
        }
        for rule in &spec.rules {
            self.http_filters(&rule.filters);
            for backend in &rule.backend_refs {
                self.http_filters(&backend.filters);
            }
            let redirects = rule.filters.iter().find(|filter| filter.request_redirect.is_some());
            if let (Some(redirect), Some(backend)) = (redirects, rule.backend_refs.first()) {
                let message = "a rule redirects or has backends, not both";
                self.beside(redirect.node(), backend.node(), message, "remove one of them: a redirected request reaches no backend");
            }
            self.prefixes(rule);
            self.timeouts(rule);
            rule.session_persistence.iter().for_each(|session| self.session(session));
        }
    }

    fn http_filters(&mut self, list: &[At<HttpFilter>]) {
        use HttpFilterType::{
            Cors, ExtensionRef, ExternalAuth, RequestHeaderModifier, RequestMirror, RequestRedirect, ResponseHeaderModifier, UrlRewrite,
        };
        self.once(list, |filter| *filter.kind, &[RequestHeaderModifier, ResponseHeaderModifier, RequestRedirect, UrlRewrite, Cors]);
        let has = |kind| list.iter().find(|filter| *filter.kind == kind);
        if let (Some(redirect), Some(rewrite)) = (has(RequestRedirect), has(UrlRewrite)) {
            let message = "a request is redirected or rewritten, not both";
            self.beside(redirect.node(), rewrite.node(), message, "remove one of them");
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
            self.of_its_type(filter.node(), *filter.kind, &set);
            for headers in filter.request_header_modifier.iter().chain(&filter.response_header_modifier) {
                self.headers(headers);
            }
            filter.request_mirror.iter().for_each(|mirror| self.mirror(mirror));
            filter.cors.iter().for_each(|cors| self.cors(cors));
            filter.external_auth.iter().for_each(|auth| self.external_auth(auth));
            path_of(filter).for_each(|path| self.new_path(path));
        }
    }

    fn cors(&mut self, cors: &CorsFilter) {
        let methods: Vec<_> = cors.allow_methods.iter().map(|method| (method.as_str(), method.node())).collect();
        let texts = |list: &'_ [At<crate::model::Text>]| list.iter().map(|one| (one.to_string(), one.node())).collect::<Vec<_>>();
        let methods: Vec<_> = methods.into_iter().map(|(word, node)| (word.to_owned(), node)).collect();
        let lists = [
            ("allowOrigins", texts(&cors.allow_origins), true),
            ("allowMethods", methods, true),
            ("allowHeaders", texts(&cors.allow_headers), true),
            ("exposeHeaders", texts(&cors.expose_headers), false),
        ];
        for (field, list, star_alone) in lists {
            let star = list.iter().find(|(text, _)| text == "*").filter(|_| star_alone && list.len() > 1);
            if let Some((_, star)) = star {
                self.add(*star, "`*` stands alone", "keep `*`, which is all of them, or the others");
            }
            self.twice(list.into_iter(), |text| format!("`{field}` lists `{text}` twice"), "keep one of them");
        }
    }

    fn external_auth(&mut self, auth: &ExternalAuthFilter) {
        let own = [
            (AuthProtocol::Http, "http", auth.http.as_ref().map(At::node)),
            (AuthProtocol::Grpc, "grpc", auth.grpc.as_ref().map(At::node)),
        ];
        for (protocol, field, at) in own {
            match at {
                None if *auth.protocol == protocol => {
                    let message = format!("an authorization service that is asked by `{protocol}` has no `{field}`");
                    self.add(auth.protocol.node(), message, "add the settings of the protocol, `{}` if there is nothing to say");
                }
                Some(at) if *auth.protocol != protocol => {
                    let message = format!("an authorization service that is asked by `{}` has settings for `{protocol}`", auth.protocol);
                    self.beside(at, auth.protocol.node(), message, "remove them, or correct the protocol");
                }
                _ => {}
            }
        }
        let reference = &auth.backend_ref;
        if reference.group().is_empty() && reference.kind() == "Service" && reference.port.is_none() {
            self.add(reference.node(), format!("the Service `{}` is asked at no port", reference.name), "add the port of the Service");
        }
    }

    fn new_path(&mut self, path: &At<PathModifier>) {
        let fields = [
            (PathModifierType::ReplaceFullPath, "replaceFullPath", &path.replace_full_path),
            (PathModifierType::ReplacePrefixMatch, "replacePrefixMatch", &path.replace_prefix_match),
        ];
        for (kind, field, value) in fields {
            match value {
                None if *path.kind == kind => self.add(path.node(), format!("`{kind}` has no path"), "say the new path"),
                Some(value) if *path.kind != kind => {
                    let message = format!("`{}` has a `{field}`, which belongs to the other type", path.kind);
                    self.beside(value.node(), path.kind.node(), message, "correct the type, or remove the field");
                }
                _ => {}
            }
        }
    }

    /// A prefix is replaced where the rule has one match, by a prefix (after the defaults: no match is one).
    fn prefixes(&mut self, rule: &HttpRouteRule) {
        let by_prefix = rule.effective_matches().all(|one| one.path_type() == PathMatchType::PathPrefix);
        if by_prefix && rule.matches.len() <= 1 {
            return;
        }
        let replaces = |filter: &&At<HttpFilter>| path_of(filter).any(|path| *path.kind == PathModifierType::ReplacePrefixMatch);
        let message = "a prefix is replaced where the rule has one match, by a prefix";
        let help = "make a rule of each match, all by `PathPrefix`, or use `ReplaceFullPath`";
        if let Some(filter) = rule.filters.iter().find(replaces) {
            match path_of(filter).next() {
                Some(path) if by_prefix => self.add(path.node(), message, help),
                Some(path) => self.said_by("rewrite-without-prefix-match", path.node(), message, help),
                None => {}
            }
        }
        // the rule for backends looks at those that are the only ones to do it
        let mut backends = rule.backend_refs.iter().filter_map(|backend| {
            let mut own = backend.filters.iter().filter(replaces);
            own.next().filter(|_| own.next().is_none())
        });
        if let (Some(only), None) = (backends.next(), backends.next())
            && let Some(path) = path_of(only).next()
        {
            self.add(path.node(), message, help);
        }
    }

    fn timeouts(&mut self, rule: &HttpRouteRule) {
        let Some(timeouts) = &rule.timeouts else { return };
        let (Some(request), Some(backend)) = (&timeouts.request, &timeouts.backend_request) else { return };
        let whole = Duration::read(request).filter(|time| time.0 > 0);
        if let (Some(whole), Some(each)) = (whole, Duration::read(backend))
            && each > whole
        {
            let message = "a request to a backend may not take longer than the whole";
            self.said_by("timeouts-inconsistent", backend.node(), message, "make `backendRequest` at most as long as `request`");
        }
    }
}

/// The new path that a filter makes.
fn path_of(filter: &HttpFilter) -> impl Iterator<Item = &At<PathModifier>> {
    let redirect = filter.request_redirect.as_ref().and_then(|redirect| redirect.path.as_ref());
    let rewrite = filter.url_rewrite.as_ref().and_then(|rewrite| rewrite.path.as_ref());
    redirect.into_iter().chain(rewrite)
}
