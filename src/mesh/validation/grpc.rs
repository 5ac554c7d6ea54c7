//! GRPCRoute.

use super::Found;
use super::http::MOST_MATCHES;
use crate::model::gateway::{GrpcFilter, GrpcFilterType, GrpcMethodMatch, GrpcRouteSpec, MatchType};
use crate::yaml::At;

impl Found {
    pub(super) fn grpc(&mut self, spec: &GrpcRouteSpec) {
        self.parents(&spec.parent_refs);
        self.rule_names(spec.rules.iter().filter_map(|rule| rule.name.as_ref()));
        let matches = || spec.rules.iter().flat_map(|rule| &rule.matches);
        if let Some(last) = matches().nth(MOST_MATCHES) {
            self.add(last.node(), format!("the rules have more than {MOST_MATCHES} matches together"), "make several routes of it");
        }
        for one in matches() {
            if let Some(method) = &one.method {
                self.method(method);
            }
            let keys = one.headers.iter().map(|header| (&**header.name, header.name.node()));
            self.twice(keys, |name| format!("a match asks for the header `{name}` twice"), "keep one of them");
        }
        for rule in &spec.rules {
            self.grpc_filters(&rule.filters);
            rule.backend_refs.iter().for_each(|backend| self.grpc_filters(&backend.filters));
            rule.session_persistence.iter().for_each(|session| self.session(session));
        }
    }

    fn method(&mut self, method: &At<GrpcMethodMatch>) {
        if method.service.is_none() && method.method.is_none() {
            let message = "a match by method names a service, a method, or both";
            self.add(method.node(), message, "name one, or leave `method` out to match every call");
        }
        if method.kind() != MatchType::Exact {
            return;
        }
        // `package.Service`, perhaps with a dot before it, and a plain name
        let word = |text: &str| {
            let mut chars = text.chars();
            chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_') && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
        };
        if let Some(service) = method.service.as_ref().filter(|text| !text.strip_prefix('.').unwrap_or(text).split('.').all(word)) {
            self.add(service.node(), format!("`{service}` is no name of a gRPC service"), "write it as `package.Service`");
        }
        if let Some(name) = method.method.as_ref().filter(|text| !word(text)) {
            self.add(name.node(), format!("`{name}` is no name of a gRPC method"), "write the method alone, without its service");
        }
    }

    fn grpc_filters(&mut self, list: &[At<GrpcFilter>]) {
        use GrpcFilterType::{ExtensionRef, RequestHeaderModifier, RequestMirror, ResponseHeaderModifier};
        self.once(list, |filter| *filter.kind, &[RequestHeaderModifier, ResponseHeaderModifier]);
        for filter in list {
            let set = [
                (RequestHeaderModifier, filter.request_header_modifier.is_some()),
                (ResponseHeaderModifier, filter.response_header_modifier.is_some()),
                (RequestMirror, filter.request_mirror.is_some()),
                (ExtensionRef, filter.extension_ref.is_some()),
            ];
            self.of_its_type(filter.node(), *filter.kind, &set);
            for headers in filter.request_header_modifier.iter().chain(&filter.response_header_modifier) {
                self.headers(headers);
            }
            filter.request_mirror.iter().for_each(|mirror| self.mirror(mirror));
        }
    }
}
