//! Does a rule of an AuthorizationPolicy match? At ztunnel, which reads no HTTP (istiod:
//! `pilot/pkg/serviceregistry/ambient/authorization.go`, ztunnel: `src/rbac.rs`), and at proxies that do.

use std::net::IpAddr;

use super::Fact;
use crate::mesh::Request;
use crate::mesh::identity::Identity;
use crate::model::Text;
use crate::model::istio::{Action, AuthCondition, AuthRule, Operation, Source};
use crate::yaml::At;

/// What reads a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layer {
    /// ztunnel: identities, addresses, ports.
    Connection,
    /// A waypoint or gateway: all of a request.
    Request,
}

/// What is known of a request where policies look at it.
#[derive(Clone, Debug)]
pub struct Asked<'r> {
    /// Who the other end of the connection is; nobody in plain text.
    pub identity: Fact<Option<Identity>>,
    /// The address of the connection's other end, where it is known.
    pub source: Option<IpAddr>,
    /// The port that is asked for: the pods' own at ztunnel, the Service's at a waypoint.
    pub port: Option<i64>,
    /// The request.
    pub request: &'r Request,
    /// The identity in the request's token, `issuer/subject`: none without a token.
    pub token: Fact<Option<String>>,
}

/// What came of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Match {
    Of(Fact<bool>),
    /// It asks for what ztunnel does not read, and so never matches there.
    Dropped,
    /// As `Of`, without what ztunnel does not read: it matches more than it says.
    Widened(Fact<bool>),
}

pub(super) fn and(all: impl IntoIterator<Item = Fact<bool>>) -> Fact<bool> {
    let mut answer = Fact::Known(true);
    for one in all {
        match one {
            Fact::Known(false) => return one,
            Fact::Unknown => answer = Fact::Unknown,
            Fact::Known(true) => {}
        }
    }
    answer
}

pub(super) fn or(any: impl IntoIterator<Item = Fact<bool>>) -> Fact<bool> {
    not(and(any.into_iter().map(not)))
}

pub(super) fn not(fact: Fact<bool>) -> Fact<bool> {
    fact.map(|answer| !answer)
}

impl Asked<'_> {
    /// Whether a rule of a policy in the namespace matches.
    pub(super) fn matches(&self, rule: &AuthRule, action: Action, layer: Layer, namespace: Option<&str>) -> Match {
        let asks_http = rule.from.iter().filter_map(|f| f.source.as_deref()).any(source_reads_http)
            || rule.to.iter().filter_map(|t| t.operation.as_deref()).any(operation_reads_http)
            || rule.when.iter().any(|w| !is_connection_key(&w.key));
        if layer == Layer::Connection && asks_http && action == Action::Allow {
            return Match::Dropped;
        }
        let from = rule.from.iter().map(|from| from.source.as_deref().and_then(|source| self.source(source, layer, namespace)));
        let to = rule.to.iter().map(|to| to.operation.as_deref().and_then(|operation| self.operation(operation, layer)));
        let when: Vec<_> = rule.when.iter().map(|when| vec![self.condition(when, layer)]).collect();
        let clauses = [from.collect::<Vec<_>>(), to.collect()].into_iter().filter(|clause| !clause.is_empty()).chain(when);
        let mut found = Vec::new();
        for clause in clauses {
            // what has no field left never matches, and neither does a clause that has nothing else
            if layer == Layer::Connection && clause.iter().all(Option::is_none) {
                return Match::Dropped;
            }
            let empty = Fact::Known(layer == Layer::Request);
            found.push(or(clause.into_iter().map(|one| one.unwrap_or(empty))));
        }
        let answer = and(found);
        if layer == Layer::Connection && asks_http { Match::Widened(answer) } else { Match::Of(answer) }
    }

    /// None when there is nothing in it that this layer reads.
    fn source(&self, source: &Source, layer: Layer, namespace: Option<&str>) -> Option<Fact<bool>> {
        let request = |positive, negative, test: &dyn Fn(&str) -> Fact<bool>| match layer {
            Layer::Request => field(positive, negative, test),
            Layer::Connection => None,
        };
        let account = |wanted: &str| {
            self.of_identity(|id| match wanted.split_once('/') {
                Some((ns, name)) => ns == id.namespace && name == id.account,
                None => Some(id.namespace.as_str()) == namespace && wanted == id.account,
            })
        };
        let parts = [
            field(&source.principals, &source.not_principals, &|wanted| self.principal(wanted)),
            field(&source.namespaces, &source.not_namespaces, &|wanted| self.of_identity(|id| text_matches(wanted, &id.namespace))),
            field(&source.service_accounts, &source.not_service_accounts, &account),
            field(&source.trust_domains, &source.not_trust_domains, &|wanted| {
                self.of_identity(|id| text_matches(wanted, &id.trust_domain))
            }),
            field(&source.ip_blocks, &source.not_ip_blocks, &|block| within(block, self.source)),
            request(&source.remote_ip_blocks, &source.not_remote_ip_blocks, &|block| within(block, self.request.client)),
            request(&source.request_principals, &source.not_request_principals, &|wanted| self.of_token(wanted)),
        ];
        together(parts)
    }

    fn operation(&self, operation: &Operation, layer: Layer) -> Option<Fact<bool>> {
        let ports = field(&operation.ports, &operation.not_ports, &|port| self.on_port(port));
        if layer == Layer::Connection {
            return together([ports]);
        }
        let asked = self.request;
        together([
            ports,
            field(&operation.hosts, &operation.not_hosts, &|host| self.host(host)),
            field(&operation.methods, &operation.not_methods, &|method| Fact::Known(text_matches(method, &asked.method))),
            field(&operation.paths, &operation.not_paths, &|path| Fact::Known(path_matches(path, &asked.path))),
        ])
    }

    fn condition(&self, condition: &AuthCondition, layer: Layer) -> Option<Fact<bool>> {
        let key: &str = &condition.key;
        if layer == Layer::Connection && !is_connection_key(key) {
            return None;
        }
        let test = |wanted: &str| match key {
            "source.ip" => within(wanted, self.source),
            "remote.ip" => within(wanted, self.request.client),
            "source.namespace" => self.of_identity(|id| text_matches(wanted, &id.namespace)),
            "source.principal" => self.principal(wanted),
            "destination.port" => self.on_port(wanted),
            "request.auth.principal" => self.of_token(wanted),
            // without a token there are no claims
            _ if key.starts_with("request.auth.") => match self.token {
                Fact::Known(None) => Fact::Known(false),
                _ => Fact::Unknown,
            },
            _ => match key.strip_prefix("request.headers[").and_then(|rest| rest.strip_suffix(']')) {
                Some(name) => Fact::Known(self.request.header_values(name).any(|value| text_matches(wanted, value))),
                None => Fact::Unknown,
            },
        };
        field(&condition.values, &condition.not_values, &test)
    }

    fn of_identity(&self, test: impl FnOnce(&Identity) -> bool) -> Fact<bool> {
        match &self.identity {
            Fact::Known(identity) => Fact::Known(identity.as_ref().is_some_and(test)),
            Fact::Unknown => Fact::Unknown,
        }
    }

    fn principal(&self, wanted: &str) -> Fact<bool> {
        let exactly = self.of_identity(|id| text_matches(wanted, &id.to_string()));
        // `cluster.local` may stand for whatever the mesh's own trust domain is; not every reader takes it so
        let own = |id: &Identity| wanted.strip_prefix("cluster.local/").map(|rest| format!("{}/{rest}", id.trust_domain));
        match exactly {
            Fact::Known(false)
                if self.of_identity(|id| own(id).is_some_and(|w| text_matches(&w, &id.to_string()))) == Fact::Known(true) =>
            {
                Fact::Unknown
            }
            other => other,
        }
    }

    fn of_token(&self, wanted: &str) -> Fact<bool> {
        match &self.token {
            Fact::Known(token) => Fact::Known(token.as_deref().is_some_and(|principal| text_matches(wanted, principal))),
            Fact::Unknown => Fact::Unknown,
        }
    }

    fn on_port(&self, wanted: &str) -> Fact<bool> {
        self.port.map_or(Fact::Unknown, |port| Fact::Known(wanted == port.to_string()))
    }

    /// Hosts are compared in lower case. Whether the port stands in the header depends on the client.
    fn host(&self, wanted: &str) -> Fact<bool> {
        let wanted = wanted.to_ascii_lowercase();
        let asked = self.request;
        let (bare, full) = (text_matches(&wanted, &asked.host), text_matches(&wanted, &format!("{}:{}", asked.host, asked.port)));
        let usual = matches!((asked.scheme.as_str(), asked.port), ("http", 80) | ("https", 443));
        if usual || bare == full { Fact::Known(bare) } else { Fact::Unknown }
    }
}

/// All fields that are there; none when none is.
fn together<const N: usize>(fields: [Option<Fact<bool>>; N]) -> Option<Fact<bool>> {
    let mut present = fields.into_iter().flatten().peekable();
    present.peek()?;
    Some(and(present))
}

/// A field and its negation; none when neither is there.
fn field(positive: &[At<Text>], negative: &[At<Text>], test: &dyn Fn(&str) -> Fact<bool>) -> Option<Fact<bool>> {
    let any = |values: &[At<Text>]| or(values.iter().map(|value| test(value)));
    match (positive, negative) {
        ([], []) => None,
        ([], negative) => Some(not(any(negative))),
        (positive, []) => Some(any(positive)),
        (positive, negative) => Some(and([any(positive), not(any(negative))])),
    }
}

fn source_reads_http(source: &Source) -> bool {
    let lists = [&source.remote_ip_blocks, &source.not_remote_ip_blocks, &source.request_principals, &source.not_request_principals];
    lists.iter().any(|list| !list.is_empty())
}

fn operation_reads_http(o: &Operation) -> bool {
    [&o.hosts, &o.not_hosts, &o.methods, &o.not_methods, &o.paths, &o.not_paths].iter().any(|list| !list.is_empty())
}

pub(super) fn is_connection_key(key: &str) -> bool {
    matches!(key, "source.ip" | "source.namespace" | "source.principal" | "destination.ip" | "destination.port")
}

/// Exact, `prefix*`, `*suffix`, or `*` for anything that is there.
fn text_matches(wanted: &str, value: &str) -> bool {
    match (wanted.strip_suffix('*'), wanted.strip_prefix('*')) {
        (Some(""), _) => !value.is_empty(),
        (Some(prefix), _) => value.starts_with(prefix),
        (None, Some(suffix)) => value.ends_with(suffix),
        (None, None) => wanted == value,
    }
}

/// As [`text_matches`], and templates: `{*}` stands for one part of the path, `{**}` for any number of them.
fn path_matches(wanted: &str, path: &str) -> bool {
    if !wanted.contains("{*}") && !wanted.contains("{**}") {
        return text_matches(wanted, path);
    }
    let (wanted, path): (Vec<&str>, Vec<&str>) = (wanted.split('/').collect(), path.split('/').collect());
    // which parts of the template can have been used up: one pass over the path, so that no template is slow
    let mut reached = vec![false; wanted.len() + 1];
    if let Some(first) = reached.first_mut() {
        *first = true;
    }
    let skip = |reached: &mut Vec<bool>| {
        for (at, part) in wanted.iter().enumerate() {
            if *part == "{**}" && reached.get(at) == Some(&true) {
                reached.splice(at + 1..at + 2, [true]);
            }
        }
    };
    skip(&mut reached);
    for given in path {
        let mut next = vec![false; wanted.len() + 1];
        for (at, part) in wanted.iter().enumerate().filter(|(at, _)| reached.get(*at) == Some(&true)) {
            let (stays, goes) = match *part {
                "{**}" => (true, false),
                "{*}" => (false, !given.is_empty()),
                part => (false, part == given),
            };
            if stays || goes {
                next.splice(at + usize::from(goes)..=at + usize::from(goes), [true]);
            }
        }
        reached = next;
        skip(&mut reached);
    }
    reached.last() == Some(&true)
}

/// Whether an address is in a block, `10.0.0.0/8` or a single address.
fn within(block: &str, address: Option<IpAddr>) -> Fact<bool> {
    let Some(address) = address else { return Fact::Unknown };
    let (base, length) = block.split_once('/').map_or((block, None), |(base, length)| (base, Some(length)));
    let Ok(base) = base.parse::<IpAddr>() else { return Fact::Known(false) };
    let (own, wanted, bits) = match (address, base) {
        (IpAddr::V4(own), IpAddr::V4(wanted)) => (u128::from(own.to_bits()), u128::from(wanted.to_bits()), 32),
        (IpAddr::V6(own), IpAddr::V6(wanted)) => (own.to_bits(), wanted.to_bits(), 128),
        _ => return Fact::Known(false),
    };
    let length = match length.map(str::parse::<u32>) {
        None => bits,
        Some(Ok(length)) if length <= bits => length,
        Some(_) => return Fact::Known(false),
    };
    let differing = own ^ wanted;
    Fact::Known(differing.checked_shr(bits - length).unwrap_or(0) == 0)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn paths_and_templates() {
        for (wanted, path, expected) in [
            ("/a", "/a", true),
            ("/a", "/a/", false),
            ("/a*", "/ab/c", true),
            ("*.css", "/x/y.css", true),
            ("*", "/", true),
            ("/a/{*}/c", "/a/b/c", true),
            ("/a/{*}/c", "/a/b/b/c", false),
            ("/a/{*}", "/a/", false),
            ("/a/{**}", "/a/", true),
            ("/a/{**}/z", "/a/b/c/z", true),
            ("/a/{**}/z", "/a/b/c/y", false),
        ] {
            assert_eq!(path_matches(wanted, path), expected, "{wanted} {path}");
        }
    }

    #[test]
    fn blocks() {
        for (block, address, expected) in [
            ("10.0.0.0/8", "10.1.2.3", true),
            ("10.0.0.0/8", "11.1.2.3", false),
            ("10.1.2.3", "10.1.2.3", true),
            ("0.0.0.0/0", "11.1.2.3", true),
            ("0.0.0.0/0", "::1", false),
            ("::/0", "::1", true),
            ("10.0.0.0/99", "10.0.0.1", false),
        ] {
            assert_eq!(within(block, Some(address.parse().unwrap())), Fact::Known(expected), "{block} {address}");
        }
        assert_eq!(within("10.0.0.0/8", None), Fact::Unknown);
    }
}
