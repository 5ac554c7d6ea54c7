//! Random Gateways with their routes, and random requests for them. Words come from small sets, so that listeners, hosts,
//! paths and headers overlap often.

use std::fmt::Write as _;

/// A generator of numbers (splitmix64): the same ones in every run of the test.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).unwrap()
    }

    fn of<'a, T: ?Sized>(&mut self, all: &[&'a T]) -> &'a T {
        all[self.below(all.len())]
    }

    /// Whether something happens that does so `per_cent` times of a hundred.
    fn chance(&mut self, per_cent: usize) -> bool {
        self.below(100) < per_cent
    }
}

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
    pub(crate) text: String,
    ports: Vec<u16>,
}

impl World {
    /// The ports that have listeners.
    pub(crate) fn ports(&self) -> Vec<u16> {
        self.ports.clone()
    }

    pub(crate) fn random(random: &mut Random, namespace: &str) -> Self {
        let mut text = format!(
            "---\napiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {{name: edge, namespace: {namespace}}}\n\
             spec:\n  gatewayClassName: somebody\n  listeners:\n"
        );
        let (mut listeners, mut ports): (Vec<(u16, &str)>, Vec<u16>) = (Vec::new(), Vec::new());
        for n in 0..=random.below(4) {
            let port = if random.chance(80) { 80 } else { 8080 };
            let host = random.of(&LISTENER_HOSTS);
            if listeners.contains(&(port, host)) {
                continue;
            }
            listeners.push((port, host));
            if !ports.contains(&port) {
                ports.push(port);
            }
            let host = if host.is_empty() { String::new() } else { format!(", hostname: '{host}'") };
            _ = writeln!(text, "  - {{name: l{n}, port: {port}, protocol: HTTP{host}}}");
        }
        // ages: of all routes, of some, of none
        let aged = random.of(&[&0, &50, &100]);
        for n in 0..=random.below(5) {
            route(random, namespace, n, *aged, &mut text);
        }
        Self { namespace: namespace.to_owned(), text, ports }
    }
}

fn route(random: &mut Random, namespace: &str, number: usize, aged: usize, text: &mut String) {
    // names in another order than the routes
    let name = format!("r{}-{number}", random.below(5));
    let age = if random.chance(aged) { format!(", creationTimestamp: 2025-01-0{}T00:00:00Z", 1 + random.below(3)) } else { String::new() };
    _ = writeln!(
        text,
        "---\napiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {{name: {name}, namespace: {namespace}{age}}}\nspec:"
    );
    let section = if random.chance(15) { format!(", sectionName: l{}", random.below(2)) } else { String::new() };
    let port = if random.chance(10) { ", port: 80" } else { "" };
    _ = writeln!(text, "  parentRefs: [{{name: edge{section}{port}}}]");
    let hosts: Vec<String> = (0..random.below(4)).map(|_| format!("'{}'", random.of(&ROUTE_HOSTS))).collect();
    if !hosts.is_empty() {
        _ = writeln!(text, "  hostnames: [{}]", hosts.join(", "));
    }
    text.push_str("  rules:\n");
    for rule in 0..=random.below(3) {
        let matches: Vec<String> = (0..random.below(4)).map(|_| one_match(random)).collect();
        let matches = if matches.is_empty() { String::new() } else { format!("matches: [{}], ", matches.join(", ")) };
        _ = writeln!(text, "  - {{{matches}filters: [{{type: RequestRedirect, requestRedirect: {{hostname: {name}.rule{rule}.test}}}}]}}");
    }
}

fn one_match(random: &mut Random) -> String {
    let mut parts = Vec::new();
    match random.below(10) {
        0..=1 => {}
        2..=4 => parts.push(format!("path: {{type: Exact, value: {}}}", random.of(&PATHS))),
        5..=8 => parts.push(format!("path: {{type: PathPrefix, value: {}}}", random.of(&PATHS))),
        _ => parts.push(format!("path: {{type: RegularExpression, value: '{}'}}", random.of(&PATTERNS))),
    }
    if random.chance(30) {
        parts.push(format!("method: {}", random.of(&METHODS)));
    }
    let headers = named(random, 35, &HEADERS);
    if !headers.is_empty() {
        parts.push(format!("headers: [{}]", headers.join(", ")));
    }
    let query = named(random, 15, &QUERIES);
    if !query.is_empty() {
        parts.push(format!("queryParams: [{}]", query.join(", ")));
    }
    format!("{{{}}}", parts.join(", "))
}

/// Headers or query parameters, with names that may come twice.
fn named(random: &mut Random, per_cent: usize, names: &[&str]) -> Vec<String> {
    let count = if random.chance(per_cent) { 1 + random.below(3) } else { 0 };
    let one = |_| {
        let name = random.of(names);
        if random.chance(15) {
            return format!("{{type: RegularExpression, name: {name}, value: '[12]'}}");
        }
        format!("{{name: {name}, value: '{}'}}", random.of(&VALUES))
    };
    (0..count).map(one).collect()
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
