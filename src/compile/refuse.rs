//! What Envoy would refuse, or take for something else: said with a place, before Envoy sees it.

use super::output::PROGRAM_SIZE;
use super::{Context, filters::is_host};
use crate::checks::{Certainty, Finding, Label, Severity};
use crate::mesh::routing::{Action, Failure, Filters, Invalid, ListenerTls, Match, PathMatch, Rule, Target, Unsupported, Weighted, re2};
use crate::mesh::{Fact, GatewayView, protocol_kinds};
use crate::model::Text;
use crate::model::gateway::{HeaderFilter, PathModifier, PathModifierType};
use crate::yaml::{At, NodeId};

/// What findings of compiling are called.
pub(super) const RULE: &str = "compile";

impl<'m> Context<'_, 'm> {
    /// Looks through the table.
    pub(super) fn refuse(&mut self) {
        let table = self.table;
        self.listeners_refused(table.gateway);
        for rule in &table.rules {
            for matching in &rule.matches {
                self.match_refused(matching);
            }
            self.rule_refused(rule);
        }
        for problem in super::validation::of_table(table) {
            self.find_unless(problem.rule, problem.node, Severity::Error, problem.message, "the API server refuses it");
        }
    }

    /// Listeners that nothing is compiled of, or that take no connection.
    fn listeners_refused(&mut self, gateway: GatewayView<'m>) {
        for listener in gateway.effective_listeners() {
            let (name, protocol) = (&**listener.view.name, &***listener.view.protocol);
            if listener.admitted != Fact::Known(false) && protocol_kinds(protocol).is_none() {
                let message = format!("listener `{name}` speaks `{protocol}`, which is not compiled");
                let node = listener.view.protocol.node();
                self.find_unless("listener-protocol-unsupported", node, Severity::Warning, message, "nothing listens there");
            }
        }
        let mut taken: Vec<((String, u16, bool), u16)> = Vec::new();
        for port in &self.table.ports {
            let udp = port.family == crate::mesh::routing::Family::Udp;
            let (address, at) = self.options.listen_on(port.port, udp);
            let own = (address, at, udp);
            if let Some((_, other)) = taken.iter().find(|(before, other)| *before == own && *other != port.port) {
                let message = format!("ports {other} and {} would both listen on {}:{at}", port.port, own.0);
                if let Some(first) = port.listeners.first() {
                    self.find(first.effective.view.node, Severity::Error, message, "Envoy refuses a second listener on one address");
                }
            }
            taken.push((own, port.port));
            for listener in &port.listeners {
                let (name, node) = (&**listener.effective.view.name, listener.effective.view.node);
                let Some(ListenerTls::Terminate { certificates, unseen, clients }) = &listener.tls else { continue };
                if certificates.is_empty() && !unseen {
                    let message = format!("listener `{name}` has no certificate that can be used");
                    self.find_unless("listener-tls-invalid", node, Severity::Error, message, "connections to it are closed");
                }
                if let Err(node) = clients {
                    let message = format!("listener `{name}` is to check its clients, and none of the authorities can be read");
                    self.find_unless("listener-tls-invalid", *node, Severity::Error, message, "connections to it are closed");
                }
            }
        }
        if let Err(node) = self.table.client_certificate {
            let message = "the certificate for backends cannot be had".to_owned();
            self.find(node, Severity::Error, message, "backends that ask for one refuse the connection");
        }
    }

    fn match_refused(&mut self, matching: &Match<'m>) {
        for (node, pattern) in matching.patterns() {
            let Some(node) = node.or(matching.node) else { continue };
            match re2::program_size(&pattern.text) {
                Err(why) => {
                    let message = format!("Envoy cannot read the pattern `{}`: {why}", pattern.text);
                    self.find_unless("regex-invalid", node, Severity::Error, message, "nothing fits the match");
                }
                Ok(size) if size > PROGRAM_SIZE => {
                    let message = format!("the pattern is too large for Envoy: about {size} instructions, of at most {PROGRAM_SIZE}");
                    self.find(node, Severity::Error, message, "nothing fits the match");
                }
                Ok(_) => {}
            }
        }
        if let (PathMatch::Exact(path) | PathMatch::Prefix(path), Some(node)) = (&matching.path, matching.path_node)
            && let Some(why) = path_fault(path)
        {
            self.find(node, Severity::Error, format!("no request has the path `{path}`: {why}"), "nothing fits the match");
        }
    }

    fn rule_refused(&mut self, rule: &Rule<'m>) {
        let backends: &[Weighted<'m>] = match &rule.action {
            Action::Forward(backends) | Action::Fail(_, backends) => backends,
            Action::Redirect(_) => &[],
        };
        // a filter that says nothing is the API server's matter
        let told = |unsupported: &Unsupported| rule.grpc || matches!(unsupported.kind, "ExtensionRef" | "ExternalAuth");
        if let Action::Fail(Failure::Filter(unsupported), _) = &rule.action
            && told(unsupported)
        {
            let message = format!("filters of type `{}` are not compiled", unsupported.kind);
            self.find(
                unsupported.node,
                Severity::Error,
                message,
                "requests of the rule get 500: leaving the filter out could open what it closes",
            );
        }
        self.filters_refused(rule, &rule.filters);
        for backend in backends {
            if let Some(unsupported) = backend.filters.unsupported.filter(told) {
                let message = format!("filters of type `{}` are not compiled", unsupported.kind);
                self.find(unsupported.node, Severity::Error, message, "requests for this backend get 500");
            }
            self.filters_refused(rule, &backend.filters);
            if let Target::Invalid(why) = backend.target
                && backend.weight > 0
            {
                self.backend_refused(backend.node, why);
            }
        }
        if rule.session.is_some() {
            self.find(rule.node, Severity::Warning, "`sessionPersistence` is not compiled", "requests of one session go to any backend");
        }
    }

    /// What has a rule of its own among those of `lint` is no error here: that rule knows how sure it is.
    fn backend_refused(&mut self, node: NodeId, why: Invalid) {
        let (rule, severity, message) = match why {
            Invalid::Kind => ("backend-kind-unsupported", Severity::Error, "backends of this kind are not compiled"),
            Invalid::Protocol => ("", Severity::Error, "the port of this backend speaks another protocol than the route"),
            Invalid::Tls => ("", Severity::Error, "the BackendTLSPolicy of this backend cannot be honoured"),
            Invalid::Unclear => ("", Severity::Error, "which object this backend means is not clear"),
            Invalid::NotFound => ("", Severity::Warning, "this backend leads nowhere"),
            Invalid::NotPermitted => ("", Severity::Warning, "no ReferenceGrant of the input lets the route refer to this backend"),
        };
        self.find_unless(rule, node, severity, message, "its share of the requests gets 500, its connections are closed");
    }

    fn filters_refused(&mut self, rule: &Rule<'m>, filters: &Filters<'m>) {
        for (headers, request) in
            filters.request_headers.iter().map(|f| (f, true)).chain(filters.response_headers.iter().map(|f| (f, false)))
        {
            self.headers_refused(headers, request);
        }
        let prefixes = !rule.matches.is_empty() && rule.matches.iter().all(|m| matches!(m.path, PathMatch::Prefix(_)));
        let redirect = filters.redirect.and_then(|redirect| redirect.path.as_ref());
        let rewrite = filters.rewrite.and_then(|rewrite| rewrite.path.as_ref());
        for path in redirect.into_iter().chain(rewrite) {
            self.new_path_refused(path, prefixes);
        }
    }

    fn headers_refused(&mut self, headers: &HeaderFilter, request: bool) {
        for header in headers.set.iter().chain(&headers.add) {
            if header.value.chars().any(|c| matches!(c, '\n' | '\r' | '\0')) {
                self.find(
                    header.value.node(),
                    Severity::Error,
                    format!("the value of `{}` has a line break in it", *header.name),
                    "no header can hold one",
                );
            }
        }
        let set = headers.set.iter().filter(|_| !request);
        let hosts = set.chain(&headers.add).map(|header| &header.name).chain(&headers.remove).filter(|name| is_host(name));
        for name in hosts {
            let message = if request { "`Host` can be set, neither added nor removed" } else { "answers have no `Host`" };
            self.find(name.node(), Severity::Error, message, "Envoy refuses it; it is left out");
        }
    }

    fn new_path_refused(&mut self, path: &At<PathModifier>, prefixes: bool) {
        let of_prefix = *path.kind == PathModifierType::ReplacePrefixMatch;
        let value: Option<&At<Text>> = if of_prefix { path.replace_prefix_match.as_ref() } else { path.replace_full_path.as_ref() };
        let Some(value) = value else {
            self.find(path.node(), Severity::Error, format!("`{}` has no path", path.kind), "the path stays as it is");
            return;
        };
        if of_prefix && !prefixes {
            let message = "only a prefix that matched can be replaced";
            let meaning = "the path stays as it is where something else matched";
            self.find_unless("rewrite-without-prefix-match", value.node(), Severity::Error, message, meaning);
        }
        if !(value.starts_with('/') || of_prefix && value.is_empty()) {
            self.find(value.node(), Severity::Error, format!("the path `{}` does not begin with `/`", **value), "it is sent as it is");
        }
        if value.contains(['?', '#']) || value.chars().any(|c| c.is_control() || c == ' ') {
            self.find(
                value.node(),
                Severity::Error,
                format!("`{}` is more than a path", **value),
                "the query of a request follows it as it is",
            );
        }
    }

    /// As [`Context::find`], unless that rule of `lint` speaks of the same resource.
    fn find_unless(&mut self, rule: &'static str, node: NodeId, severity: Severity, message: impl Into<String>, meaning: &str) {
        self.find(node, severity, message, meaning);
        self.covered.insert((node, rule));
    }

    /// A finding at a place, with what it means at run time.
    pub(super) fn find(&mut self, node: NodeId, severity: Severity, message: impl Into<String>, meaning: &str) {
        self.findings.push(Finding {
            rule: RULE.into(),
            severity,
            otherwise: false,
            certainty: Certainty::Sure,
            message: message.into(),
            resource: self.table.gateway.object.mesh().resource_around(node).map(|resource| resource.id.clone()),
            primary: Label { place: node.into(), text: String::new() },
            secondary: Vec::new(),
            notes: Vec::from([meaning.to_owned()]),
            help: None,
            fixes: Vec::new(),
            origin: None,
            known: false,
        });
    }
}

/// Why no request has a path: what the API server looks for, too (Gateway API: HTTPPathMatch). A prefix has lost the `/` at
/// its end.
fn path_fault(path: &str) -> Option<&'static str> {
    let elements = || path.split('/');
    if !path.is_empty() && !path.starts_with('/') {
        return Some("paths begin with `/`");
    }
    if path.contains(['?', '#']) {
        return Some("what follows `?` or `#` is no part of a path");
    }
    if path.contains("//") {
        return Some("`//` is not allowed");
    }
    if elements().any(|element| matches!(element, "." | "..")) {
        return Some("`.` and `..` are resolved before paths are compared");
    }
    if path.contains('%') && path.to_ascii_lowercase().contains("%2f") {
        return Some("`%2F` is not allowed");
    }
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-/._~!$&'()*+,;=:@%".contains(&byte);
    (!path.bytes().all(plain)).then_some("some of its characters must be percent-encoded")
}

/// Whether a match can be said to Envoy. Nothing fits one that cannot.
pub(super) fn can_be_said(matching: &Match<'_>) -> bool {
    let paths = match &matching.path {
        PathMatch::Exact(path) => !path.is_empty(),
        PathMatch::Prefix(path) => path.is_empty() || (path.len() > 1 && !path.contains(['?', '#'])),
        PathMatch::Regex(_) => true,
    };
    let mut patterns = matching.patterns();
    paths && patterns.all(|(_, pattern)| re2::program_size(&pattern.text).is_ok_and(|size| size <= PROGRAM_SIZE))
}

#[cfg(test)]
mod tests {
    use super::path_fault;

    #[test]
    fn paths_that_no_request_has() {
        for path in ["", "/", "/a/b.c", "/a%20b", "/a~b:@", "/..a"] {
            assert_eq!(path_fault(path), None, "{path}");
        }
        for path in ["a", "/a?b", "/a#b", "/a//b", "/a/../b", "/./a", "/a%2Fb", "/a b", "/ä", "/a\nb"] {
            assert!(path_fault(path).is_some(), "{path}");
        }
    }
}
