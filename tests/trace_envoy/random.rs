//! Random Gateways with their routes, and random requests for them. Words come from small sets, so that listeners, hosts,
//! paths and headers overlap often.

use std::fmt::Write as _;

use super::chance::Random;

const LISTENER_HOSTS: [&str; 8] =
    ["", "", "*.example.com", "*.a.example.com", "a.example.com", "b.example.com", "*.com", "x.a.example.com"];
const ROUTE_HOSTS: [&str; 9] = [
    "a.example.com",
    "b.example.com",
    "x.a.example.com",
    "*.example.com",
    "*.a.example.com",
    "*.com",
    "example.com",
    "A.Example.com",
    "other.org",
];
const HOSTS: [&str; 11] = [
    "a.example.com",
    "a.example.com",
    "b.example.com",
    "x.a.example.com",
    "y.x.a.example.com",
    "c.example.com",
    "example.com",
    "other.org",
    "A.EXAMPLE.com",
    "a.example.com:8080",
    "b.a.example.com:80",
];
const PATHS: [&str; 8] = ["/", "/a", "/a/b", "/ab", "/a/", "/b", "/a/b/c", "/a/bc"];
const PATTERNS: [&str; 5] = ["/a.*", "/[ab]+", "/a/[^/]+", "/(a|ab)/b", ".*b"];
const METHODS: [&str; 3] = ["GET", "POST", "PUT"];
const HEADERS: [&str; 4] = ["x-a", "X-A", "x-b", "x-c"];
const VALUES: [&str; 3] = ["1", "2", "1,2"];
const QUERIES: [&str; 2] = ["p", "q"];

/// A Gateway with its routes.
pub(crate) struct World {
    pub(crate) namespace: String,
    pub(crate) listeners: Vec<Listener>,
    pub(crate) routes: Vec<Route>,
    /// All of it, as manifests.
    pub(crate) text: String,
}

pub(crate) struct Listener {
    pub(crate) name: String,
    pub(crate) port: u16,
    /// Empty for every host.
    pub(crate) host: &'static str,
}

pub(crate) struct Route {
    pub(crate) name: String,
    pub(crate) age: Option<usize>,
    /// The listener that its parentRef names.
    pub(crate) section: Option<String>,
    pub(crate) port: Option<u16>,
    pub(crate) hosts: Vec<&'static str>,
    /// The matches of each rule; none at all is one that takes everything.
    pub(crate) rules: Vec<Vec<Match>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Path {
    Exact(&'static str),
    Prefix(&'static str),
    Pattern(&'static str),
}

#[derive(Default)]
pub(crate) struct Match {
    pub(crate) path: Option<Path>,
    pub(crate) method: Option<&'static str>,
    pub(crate) headers: Vec<Named>,
    pub(crate) query: Vec<Named>,
}

/// A header or query parameter; `[12]` for a pattern.
pub(crate) struct Named {
    pub(crate) name: &'static str,
    pub(crate) value: &'static str,
}

impl World {
    /// The ports that have listeners.
    pub(crate) fn ports(&self) -> Vec<u16> {
        let mut ports: Vec<u16> = Vec::new();
        for listener in &self.listeners {
            if !ports.contains(&listener.port) {
                ports.push(listener.port);
            }
        }
        ports
    }

    pub(crate) fn random(random: &mut Random, namespace: &str) -> Self {
        let mut listeners: Vec<Listener> = Vec::new();
        for n in 0..=random.below(4) {
            let (port, host) = (if random.chance(80) { 80 } else { 8080 }, random.of(&LISTENER_HOSTS));
            // two that cannot be told apart are both refused, which is another question
            if !listeners.iter().any(|other| (other.port, other.host) == (port, host)) {
                listeners.push(Listener { name: format!("l{n}"), port, host });
            }
        }
        // ages: of all routes, of some, of none
        let aged = *random.of(&[&0, &50, &100]);
        let routes: Vec<Route> = (0..=random.below(5)).map(|n| Route::random(random, n, aged)).collect();
        let mut world = Self { namespace: namespace.to_owned(), listeners, routes, text: String::new() };
        world.text = world.written();
        world
    }

    fn written(&self) -> String {
        let namespace = &self.namespace;
        let mut text = format!(
            "---\napiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {{name: edge, namespace: {namespace}}}\n\
             spec:\n  gatewayClassName: somebody\n  listeners:\n"
        );
        for Listener { name, port, host } in &self.listeners {
            let host = if host.is_empty() { String::new() } else { format!(", hostname: '{host}'") };
            _ = writeln!(text, "  - {{name: {name}, port: {port}, protocol: HTTP{host}}}");
        }
        for route in &self.routes {
            let age = route.age.map(|age| format!(", creationTimestamp: 2025-01-0{age}T00:00:00Z")).unwrap_or_default();
            let name = &route.name;
            _ = writeln!(
                text,
                "---\napiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {{name: {name}, namespace: {namespace}{age}}}\nspec:"
            );
            let section = route.section.as_ref().map(|section| format!(", sectionName: {section}")).unwrap_or_default();
            let port = route.port.map(|port| format!(", port: {port}")).unwrap_or_default();
            _ = writeln!(text, "  parentRefs: [{{name: edge{section}{port}}}]");
            if !route.hosts.is_empty() {
                let hosts: Vec<String> = route.hosts.iter().map(|host| format!("'{host}'")).collect();
                _ = writeln!(text, "  hostnames: [{}]", hosts.join(", "));
            }
            text.push_str("  rules:\n");
            for (n, rule) in route.rules.iter().enumerate() {
                let matches: Vec<String> = rule.iter().map(Match::written).collect();
                let matches = if matches.is_empty() { String::new() } else { format!("matches: [{}], ", matches.join(", ")) };
                let redirect = format!("{{type: RequestRedirect, requestRedirect: {{hostname: {name}.rule{n}.test}}}}");
                _ = writeln!(text, "  - {{{matches}filters: [{redirect}]}}");
            }
        }
        text
    }
}

impl Route {
    fn random(random: &mut Random, number: usize, aged: usize) -> Self {
        Self {
            // names in another order than the routes
            name: format!("r{}-{number}", random.below(5)),
            age: random.chance(aged).then(|| 1 + random.below(3)),
            section: random.chance(15).then(|| format!("l{}", random.below(2))),
            port: random.chance(10).then_some(80),
            hosts: (0..random.below(4)).map(|_| random.of(&ROUTE_HOSTS)).collect(),
            rules: (0..=random.below(3)).map(|_| (0..random.below(4)).map(|_| Match::random(random)).collect()).collect(),
        }
    }
}

impl Match {
    fn random(random: &mut Random) -> Self {
        let path = match random.below(10) {
            0..=1 => None,
            2..=4 => Some(Path::Exact(random.of(&PATHS))),
            5..=8 => Some(Path::Prefix(random.of(&PATHS))),
            _ => Some(Path::Pattern(random.of(&PATTERNS))),
        };
        let method = random.chance(30).then(|| random.of(&METHODS));
        Self { path, method, headers: Named::random(random, 35, &HEADERS), query: Named::random(random, 15, &QUERIES) }
    }

    fn written(&self) -> String {
        let mut parts = Vec::new();
        parts.extend(self.path.map(|path| match path {
            Path::Exact(value) => format!("path: {{type: Exact, value: {value}}}"),
            Path::Prefix(value) => format!("path: {{type: PathPrefix, value: {value}}}"),
            Path::Pattern(value) => format!("path: {{type: RegularExpression, value: '{value}'}}"),
        }));
        parts.extend(self.method.map(|method| format!("method: {method}")));
        for (key, all) in [("headers", &self.headers), ("queryParams", &self.query)] {
            if !all.is_empty() {
                parts.push(format!("{key}: [{}]", all.iter().map(Named::written).collect::<Vec<_>>().join(", ")));
            }
        }
        format!("{{{}}}", parts.join(", "))
    }
}

impl Named {
    /// Some, `per_cent` times of a hundred; names may come twice.
    fn random(random: &mut Random, per_cent: usize, names: &[&'static str]) -> Vec<Self> {
        let count = if random.chance(per_cent) { 1 + random.below(3) } else { 0 };
        (0..count).map(|_| Self { name: random.of(names), value: if random.chance(15) { "[12]" } else { random.of(&VALUES) } }).collect()
    }

    fn written(&self) -> String {
        let kind = if self.value == "[12]" { "type: RegularExpression, " } else { "" };
        format!("{{{kind}name: {}, value: '{}'}}", self.name, self.value)
    }
}

/// A request.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) port: u16,
    pub(crate) method: String,
    /// As the `Host` header has it, perhaps with a port.
    pub(crate) host: String,
    pub(crate) path: String,
    pub(crate) query: Option<String>,
    pub(crate) headers: Vec<(String, String)>,
}

impl Asked {
    pub(crate) fn random(random: &mut Random, ports: &[u16]) -> Self {
        let mut path = random.of(&PATHS).to_owned();
        if random.chance(20) {
            path.push_str(random.of(&["c", "/", "/b", "//", "%2Fb"]));
        }
        let headers = (0..random.below(4)).map(|_| (random.of(&HEADERS).to_owned(), random.of(&VALUES).to_owned())).collect();
        let query = random.chance(30).then(|| {
            let pairs: Vec<String> = (0..random.below(4))
                .map(|_| match random.of(&VALUES) {
                    "1,2" => random.of(&QUERIES).to_owned(),
                    value => format!("{}={value}", random.of(&QUERIES)),
                })
                .collect();
            pairs.join("&")
        });
        Self {
            port: ports[random.below(ports.len())],
            method: random.of(&["GET", "GET", "POST", "PUT", "DELETE"]).to_owned(),
            host: random.of(&HOSTS).to_owned(),
            path,
            query,
            headers,
        }
    }

    /// Path and query.
    pub(crate) fn target(&self) -> String {
        self.query.as_ref().map_or_else(|| self.path.clone(), |query| format!("{}?{query}", self.path))
    }
}
