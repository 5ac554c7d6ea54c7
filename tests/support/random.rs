//! Manifests by chance, the same for the same seed: hosts, listeners and matches that overlap often.
#![allow(dead_code, clippy::allow_attributes, reason = "each test uses its part of it")]

use serde_json::{Value, json};

/// Chance without the world's.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x1234_5678_9abc_def1)
    }

    fn next(&mut self) -> u64 {
        // splitmix64
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit as u64).unwrap()
    }

    /// Once in so many times.
    pub(crate) fn chance(&mut self, of: usize) -> bool {
        self.below(of) == 0
    }

    pub(crate) fn pick<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }

    pub(crate) fn shuffle<T>(&mut self, all: &mut [T]) {
        for n in (1..all.len()).rev() {
            all.swap(n, self.below(n + 1));
        }
    }
}

const HOSTS: [&str; 6] = ["a.example.com", "b.example.com", "*.example.com", "*.a.example.com", "x.a.example.com", "*.com"];
const PATHS: [&str; 6] = ["/", "/a", "/a/", "/a/b", "/ab", "/a.b%20c"];
const PATTERNS: [&str; 5] = ["/a.*", "/[ab]+", r"/\d{2,3}/\w+", "/(a|b)/c?", r"/a\.b"];
const NAMES: [&str; 3] = ["x-one", "X-Two", "x-three"];
const VALUES: [&str; 5] = ["1", "two words", "50%", "ä%REQ(x)%", "*\"\\"];

/// The documents of a file.
pub(crate) fn file(documents: &[Value]) -> String {
    let texts: Vec<String> = documents.iter().map(|document| format!("---\n{document}\n")).collect();
    texts.concat()
}

/// A Gateway `infra/edge` with several listeners of HTTP, its Services, and HTTPRoutes.
pub(crate) fn gateway_and_routes(random: &mut Random) -> Vec<Value> {
    let mut listeners =
        vec![json!({ "name": "any", "port": 80, "protocol": "HTTP", "allowedRoutes": { "namespaces": { "from": "All" } } })];
    for n in 0..random.below(3) {
        let mut listener = listeners[0].clone();
        listener["name"] = json!(format!("l{n}"));
        listener["hostname"] = json!(HOSTS[(n * 2 + random.below(2)) % HOSTS.len()]);
        listener["port"] = json!(if random.chance(4) { 8080 } else { 80 });
        listeners.push(listener);
    }
    let gateway = json!({
        "apiVersion": "gateway.networking.k8s.io/v1", "kind": "Gateway", "metadata": { "name": "edge", "namespace": "infra" },
        "spec": { "gatewayClassName": random.pick(&["some", "istio", "kgateway"]), "listeners": listeners },
    });
    let service = |name: &str, ip: &str| {
        json!({
            "apiVersion": "v1", "kind": "Service", "metadata": { "name": name, "namespace": "shop" },
            "spec": { "clusterIP": ip, "ports": [{ "name": "http", "port": 80 }, { "name": "h2", "port": 81, "appProtocol": "kubernetes.io/h2c" }] },
        })
    };
    let mut all = vec![gateway, service("cart", "10.0.0.1"), service("pay", "10.0.0.2")];
    for n in 0..=random.below(4) {
        let rules: Vec<Value> = (0..=random.below(3)).map(|_| rule(random)).collect();
        let mut hostnames: Vec<&str> = (0..random.below(3)).map(|_| *random.pick(&HOSTS)).collect();
        hostnames.dedup();
        let mut parent = json!({ "name": "edge", "namespace": "infra" });
        if random.chance(4) {
            parent["sectionName"] = json!("any");
        }
        all.push(json!({
            "apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute", "metadata": { "name": format!("r{n}"), "namespace": "shop" },
            "spec": { "parentRefs": [parent], "hostnames": hostnames, "rules": rules },
        }));
    }
    all
}

fn rule(random: &mut Random) -> Value {
    let matches: Vec<Value> = (0..=random.below(2)).map(|_| matching(random)).collect();
    let mut rule = json!({ "matches": matches });
    if random.chance(6) {
        let mut redirect = json!({ "statusCode": random.pick(&[301, 302, 303, 307, 308]) });
        if random.chance(2) {
            redirect["scheme"] = json!(random.pick(&["http", "https"]));
        }
        if random.chance(2) {
            redirect["port"] = json!(random.pick(&[80, 443, 8443]));
        }
        rule["filters"] = json!([{ "type": "RequestRedirect", "requestRedirect": redirect }]);
        return rule;
    }
    let backend = |random: &mut Random| json!({ "name": random.pick(&["cart", "pay"]), "port": random.pick(&[80, 81]), "weight": 1 + random.below(5) });
    let backends: Vec<Value> = (0..=random.below(3)).map(|_| backend(random)).collect();
    rule["backendRefs"] = json!(backends);
    let mut filters = Vec::new();
    if random.chance(3) {
        let header = |random: &mut Random| json!({ "name": random.pick(&NAMES), "value": random.pick(&VALUES) });
        filters.push(json!({ "type": "RequestHeaderModifier", "requestHeaderModifier": { "set": [header(random)], "add": [header(random)], "remove": ["x-gone"] } }));
    }
    if random.chance(4) {
        filters.push(json!({ "type": "ResponseHeaderModifier", "responseHeaderModifier": { "add": [{ "name": "x-answer", "value": random.pick(&VALUES) }] } }));
    }
    if random.chance(4) {
        let path = json!({ "type": "ReplaceFullPath", "replaceFullPath": random.pick(&["/n", "/n\\1", "/n/%20"]) });
        filters.push(json!({ "type": "URLRewrite", "urlRewrite": { "hostname": "inner.example.com", "path": path } }));
    }
    if random.chance(5) {
        filters.push(json!({ "type": "RequestMirror", "requestMirror": { "backendRef": { "name": "pay", "port": 80 }, "percent": random.below(101) } }));
    }
    if random.chance(5) {
        filters
            .push(json!({ "type": "CORS", "cors": { "allowOrigins": ["https://*.example.com"], "allowMethods": ["GET"], "maxAge": 10 } }));
    }
    rule["filters"] = json!(filters);
    if random.chance(4) {
        rule["timeouts"] = json!({ "request": "2s", "backendRequest": "500ms" });
    }
    if random.chance(4) {
        rule["retry"] = json!({ "attempts": random.below(4), "codes": [503], "backoff": "25ms" });
    }
    rule
}

fn matching(random: &mut Random) -> Value {
    let path = match random.below(3) {
        0 => json!({ "type": "Exact", "value": random.pick(&PATHS) }),
        1 => json!({ "type": "PathPrefix", "value": random.pick(&PATHS) }),
        _ => json!({ "type": "RegularExpression", "value": random.pick(&PATTERNS) }),
    };
    let mut found = json!({ "path": path });
    if random.chance(3) {
        found["method"] = json!(random.pick(&["GET", "POST"]));
    }
    let named = |random: &mut Random| json!({ "name": random.pick(&NAMES), "value": random.pick(&VALUES), "type": "Exact" });
    if random.chance(3) {
        found["headers"] = json!([named(random)]);
    }
    if random.chance(3) {
        found["queryParams"] = json!([named(random)]);
    }
    found
}
