//! Random Gateways whose routes stand in each other's way more often than not, and every request that can tell them apart.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use meshgate::mesh::Request;

use super::chance::Random;

const LISTENER_HOSTS: [&str; 5] = ["", "", "*.example.com", "a.example.com", "*.com"];
const ROUTE_HOSTS: [&str; 5] = ["a.example.com", "A.example.com", "*.example.com", "*.a.example.com", "*.com"];
const PATHS: [&str; 5] = ["/", "/a", "/a/", "/a/b", "/ab"];
const PATTERNS: [&str; 4] = ["/a.*", "/a/[^/]+", "/(a|ab)/b", "/.*"];

/// A Gateway with its routes.
pub(crate) struct World {
    pub(crate) namespace: String,
    /// Port and hostname, empty for every host.
    listeners: Vec<(u16, &'static str)>,
    pub(crate) aged: bool,
    pub(crate) text: String,
}

impl World {
    pub(crate) fn ports(&self) -> Vec<u16> {
        self.listeners.iter().map(|(port, _)| *port).collect::<BTreeSet<_>>().into_iter().collect()
    }

    pub(crate) fn random(random: &mut Random, namespace: &str, aged: bool, patterns: bool) -> Self {
        let mut listeners = Vec::new();
        for _ in 0..=random.below(3) {
            let one = (if random.chance(80) { 80 } else { 8080 }, random.of(&LISTENER_HOSTS));
            // two that cannot be told apart are both refused, which is another question
            if !listeners.contains(&one) {
                listeners.push(one);
            }
        }
        let mut text = format!(
            "---\napiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {{name: edge, namespace: {namespace}}}\n\
             spec:\n  gatewayClassName: somebody\n  listeners:\n"
        );
        for (n, (port, host)) in listeners.iter().enumerate() {
            let host = if host.is_empty() { String::new() } else { format!(", hostname: '{host}'") };
            _ = writeln!(text, "  - {{name: l{n}, port: {port}, protocol: HTTP{host}}}");
        }
        for n in 0..=random.below(3) {
            // names in another order than the routes, and ages that may be the same
            let name = format!("r{}-{n}", random.below(5));
            let age = if aged { format!(", creationTimestamp: '2025-01-0{}T00:00:00Z'", 1 + random.below(3)) } else { String::new() };
            let section = if random.chance(15) { ", sectionName: l0" } else { "" };
            let hosts: Vec<String> = (0..random.below(3)).map(|_| format!("'{}'", random.of(&ROUTE_HOSTS))).collect();
            _ = writeln!(
                text,
                "---\napiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {{name: {name}, namespace: {namespace}{age}}}\n\
                 spec:\n  parentRefs: [{{name: edge{section}}}]\n  hostnames: [{}]\n  rules:",
                hosts.join(", ")
            );
            for rule in 0..=random.below(4) {
                let matches: Vec<String> = (0..random.below(3)).map(|_| matching(random, patterns)).collect();
                let redirect = format!("{{type: RequestRedirect, requestRedirect: {{hostname: {name}.rule{rule}.test}}}}");
                _ = writeln!(text, "  - {{matches: [{}], filters: [{redirect}]}}", matches.join(", "));
            }
        }
        Self { namespace: namespace.to_owned(), listeners, aged, text }
    }
}

fn matching(random: &mut Random, patterns: bool) -> String {
    let mut parts = Vec::new();
    if patterns && random.chance(15) {
        parts.push(format!("path: {{type: RegularExpression, value: '{}'}}", random.of(&PATTERNS)));
    } else if random.chance(85) {
        parts.push(format!("path: {{type: {}, value: {}}}", random.of(&["Exact", "PathPrefix"]), random.of(&PATHS)));
    }
    if random.chance(25) {
        parts.push(format!("method: {}", random.of(&["GET", "POST"])));
    }
    if random.chance(30) {
        let (mut one, mut other) = (format!("{{name: {}, value: '1'}}", random.of(&["x-a", "X-A"])), "{name: x-b, value: '1'}".to_owned());
        if random.chance(30) {
            std::mem::swap(&mut one, &mut other);
        }
        let all = if random.chance(50) { vec![one] } else { vec![one, other] };
        parts.push(format!("headers: [{}]", all.join(", ")));
    }
    if random.chance(15) {
        parts.push(format!("queryParams: [{{name: p, value: '{}'}}]", random.of(&["1", "2"])));
    }
    format!("{{{}}}", parts.join(", "))
}

/// Every request over the words of the worlds, and over one word more of each kind.
pub(crate) fn universe(world: &World) -> Vec<Request> {
    let hosts = ["a.example.com", "y.example.com", "y.a.example.com", "y.com", "y.org"];
    let paths = ["/", "/y", "/a", "/a/", "/a/y", "/a/b", "/a/b/", "/a/b/y", "/ab", "/ab/", "/ab/y"];
    let headers: [&[&str]; 4] = [&[], &["x-a"], &["x-b"], &["x-a", "x-b"]];
    let mut all = Vec::new();
    for (port, host) in world.ports().into_iter().flat_map(|port| hosts.map(|host| (port, host))) {
        for (path, method) in paths.into_iter().flat_map(|path| ["GET", "POST", "REPORT"].map(|method| (path, method))) {
            for (headers, query) in headers.into_iter().flat_map(|headers| ["", "p=1", "p=2"].map(|query| (headers, query))) {
                all.push(Request {
                    method: method.to_owned(),
                    scheme: "http".to_owned(),
                    host: host.to_owned(),
                    port,
                    path: path.to_owned(),
                    query: (!query.is_empty()).then(|| query.to_owned()),
                    headers: headers.iter().map(|name| ((*name).to_owned(), "1".to_owned())).collect(),
                    ..Request::default()
                });
            }
        }
    }
    all
}
