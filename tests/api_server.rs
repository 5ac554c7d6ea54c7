//! What the API server refuses by the Gateway API's own validation rules, and what it takes.
#![expect(clippy::unwrap_used, reason = "tests")]

use meshgate::checks::{Certainty, Finding};
use meshgate::lint::{Request, lint};
use meshgate::text::MemoryWorld;

/// A manifest of the Gateway API with a `spec` in flow style.
fn manifest(kind: &str, spec: &str) -> String {
    let (version, kind) = kind.split_once(' ').unwrap_or(("v1", kind));
    let group = if kind.starts_with('X') { "gateway.networking.x-k8s.io" } else { "gateway.networking.k8s.io" };
    format!("apiVersion: {group}/{version}\nkind: {kind}\nmetadata: {{name: it, namespace: shop}}\nspec: {spec}\n")
}

fn findings(text: &str) -> Vec<Finding> {
    let world = MemoryWorld::new([("all.yaml", text)]);
    lint(&world, &Request { pedantic: true, ..Request::new(["."]) }).unwrap().findings
}

/// The messages of `invalid-manifest` for a document.
fn refused(text: &str) -> Vec<String> {
    let own = findings(text).into_iter().filter(|finding| &*finding.rule == "invalid-manifest");
    own.inspect(|finding| assert_eq!(finding.certainty, Certainty::Sure, "{text}")).map(|finding| finding.message).collect()
}

fn http(rule: &str) -> String {
    manifest("HTTPRoute", &format!("{{parentRefs: [{{name: g}}], rules: [{{{rule}}}]}}"))
}

fn filter(filter: &str) -> String {
    http(&format!("filters: [{filter}], backendRefs: [{{name: s, port: 80}}]"))
}

fn grpc(rule: &str) -> String {
    manifest("GRPCRoute", &format!("{{parentRefs: [{{name: g}}], rules: [{{{rule}, backendRefs: [{{name: s, port: 80}}]}}]}}"))
}

fn parents(kind: &str, parents: &str) -> String {
    manifest(kind, &format!("{{parentRefs: [{parents}], rules: [{{backendRefs: [{{name: s, port: 80}}]}}]}}"))
}

fn listeners(kind: &str, listeners: &str) -> String {
    let head = if kind == "Gateway" { "gatewayClassName: istio" } else { "parentRef: {name: g}" };
    manifest(kind, &format!("{{{head}, listeners: [{listeners}]}}"))
}

fn policy(validation: &str) -> String {
    manifest(
        "BackendTLSPolicy",
        &format!("{{targetRefs: [{{group: '', kind: Service, name: s}}], validation: {{hostname: a.example, {validation}}}}}"),
    )
}

fn targets(targets: &str) -> String {
    manifest(
        "BackendTLSPolicy",
        &format!("{{targetRefs: [{targets}], validation: {{hostname: a.example, wellKnownCACertificates: System}}}}"),
    )
}

/// Each is refused for this, and for nothing else.
fn only(cases: impl IntoIterator<Item = (String, &'static str)>) {
    for (text, expected) in cases {
        let found = refused(&text);
        assert!(matches!(found.as_slice(), [one] if one.starts_with(expected)), "{text}\nexpected {expected}\nfound {found:#?}");
    }
}

fn none(cases: impl IntoIterator<Item = String>) {
    for text in cases {
        assert_eq!(refused(&text), Vec::<String>::new(), "{text}");
    }
}

const SYSTEM: &str = "wellKnownCACertificates: System";
const HEADERS: &str = "requestHeaderModifier: {set: [{name: a, value: b}]}";

#[test]
fn backend_tls_policies() {
    let names = |names: &str| policy(&format!("{SYSTEM}, subjectAltNames: [{names}]"));
    let service = |section: &str| format!("{{group: '', kind: Service, name: s{section}}}");
    only([
        (policy("caCertificateRefs: []"), "a BackendTLSPolicy says whose certificates are believed"),
        (policy(""), "a BackendTLSPolicy says whose certificates are believed"),
        (policy(&format!("{SYSTEM}, caCertificateRefs: [{{group: '', kind: ConfigMap, name: c}}]")), "`caCertificateRefs` and `wellKnown"),
        (names("{type: Hostname}"), "a name of type `Hostname` has no `hostname`"),
        (names("{type: URI}"), "a name of type `URI` has no `uri`"),
        (names("{type: Hostname, hostname: a.example, uri: 'spiffe://a'}"), "a name of type `Hostname` has a `uri`"),
        (names("{type: URI, hostname: a.example, uri: 'spiffe://a'}"), "a name of type `URI` has a `hostname`"),
        (targets(&format!("{}, {}", service(""), service(""))), "two targetRefs name the same part of Service `s`"),
        (targets(&format!("{}, {}", service(", sectionName: a"), service(", sectionName: a"))), "two targetRefs name the same part"),
        (targets(&format!("{}, {}", service(", sectionName: a"), service(""))), "of two targetRefs to Service `s` one has a `sectionName`"),
    ]);
    none([
        policy(SYSTEM),
        policy("caCertificateRefs: [{group: '', kind: ConfigMap, name: c}]"),
        names("{type: Hostname, hostname: a.example}, {type: URI, uri: 'spiffe://a/b'}"),
        targets(&format!("{}, {}", service(", sectionName: a"), service(", sectionName: b"))),
        targets(&format!("{}, {{group: '', kind: Service, name: other}}", service(""))),
    ]);
    // a hostname has to be there, which the shape says
    let bare = "{targetRefs: [{group: '', kind: Service, name: s}], validation: {wellKnownCACertificates: System}}";
    only([(manifest("BackendTLSPolicy", bare), "`spec.validation.hostname` is missing")]);
}

#[test]
fn listeners_of_gateways_and_listener_sets() {
    let tls = "certificateRefs: [{name: c}]";
    for kind in ["Gateway", "ListenerSet", "v1alpha1 XListenerSet"] {
        let one = |listener: &str| listeners(kind, &format!("{{name: a, port: 80, {listener}}}"));
        only([
            (one(&format!("protocol: HTTP, tls: {{{tls}}}")), "a listener for HTTP has no `tls`"),
            (one(&format!("protocol: TCP, tls: {{{tls}}}")), "a listener for TCP has no `tls`"),
            (one("protocol: UDP, hostname: a.example"), "a listener for UDP has no `hostname`"),
            (one("protocol: HTTPS, tls: {mode: Passthrough}"), "a listener for HTTPS ends TLS"),
            (one("protocol: example.com/own, tls: {mode: Terminate}"), "listener `a` ends TLS and has neither certificates nor"),
            (
                listeners(kind, "{name: a, port: 80, protocol: HTTP}, {name: a, port: 81, protocol: HTTP}"),
                "a second listener is called `a`",
            ),
        ]);
        none([
            one(&format!("protocol: HTTPS, tls: {{{tls}}}")),
            one("protocol: TLS, hostname: a.example, tls: {mode: Passthrough}"),
            one("protocol: example.com/own, tls: {options: {a.example/b: c}}"),
            one("protocol: example.com/own, hostname: a.example"),
            listeners(kind, "{name: a, port: 80, protocol: HTTP}, {name: b, port: 81, protocol: TCP}"),
        ]);
    }
}

#[test]
fn gateways() {
    let gateway = |more: &str| {
        manifest("Gateway", &format!("{{gatewayClassName: istio, listeners: [{{name: a, port: 80, protocol: HTTP}}], {more}}}"))
    };
    let authority = "{validation: {caCertificateRefs: [{group: '', kind: ConfigMap, name: c}]}}";
    let ports = |ports: &str| gateway(&format!("tls: {{frontend: {{default: {authority}, perPort: [{ports}]}}}}"));
    only([
        (gateway("addresses: [{value: 10.0.0.1}, {type: IPAddress, value: 10.0.0.1}]"), "the address `10.0.0.1` is asked for twice"),
        (gateway("infrastructure: {labels: {'a/b/c': d}}"), "`a/b/c` is no key of a label"),
        (gateway("infrastructure: {annotations: {-a: d}}"), "`-a` is no key of an annotation"),
        (ports(&format!("{{port: 443, tls: {authority}}}, {{port: 443, tls: {authority}}}")), "port 443 has a check of clients already"),
    ]);
    none([
        gateway("addresses: [{value: 10.0.0.1}, {value: 10.0.0.2}, {}, {}]"),
        gateway("addresses: [{type: a.example/pool, value: x}, {type: a.example/pool, value: x}]"),
        gateway("infrastructure: {labels: {a.example/b: c, d: e}, annotations: {a.example/B_c.d: ''}}"),
        ports(&format!("{{port: 443, tls: {authority}}}, {{port: 444, tls: {authority}}}")),
    ]);
}

#[test]
fn parents_of_routes() {
    for kind in ["HTTPRoute", "GRPCRoute", "v1alpha2 TCPRoute", "v1alpha2 UDPRoute", "v1alpha2 TLSRoute"] {
        only([
            (parents(kind, "{name: g}, {name: g}"), "two parentRefs name the same part of Gateway `g`"),
            (parents(kind, "{name: g, sectionName: a}, {name: g, kind: Gateway, sectionName: a}"), "two parentRefs name the same part"),
            (parents(kind, "{name: g}, {name: g, sectionName: a}"), "of two parentRefs to Gateway `g` one has a `sectionName`"),
            (parents(kind, "{name: g, port: 80}, {name: g}"), "two parentRefs name the same part of Gateway `g`"),
        ]);
        none([
            parents(kind, "{name: g}, {name: h}, {name: g, namespace: other}, {name: g, group: '', kind: Service}"),
            parents(kind, "{name: g, sectionName: a}, {name: g, sectionName: b}"),
            // the experimental channel tells parts apart by port
            parents(kind, "{name: g, port: 80}, {name: g, port: 81}"),
        ]);
        let named = |b: &str| {
            let backend = "backendRefs: [{name: s, port: 80}]";
            manifest(
                kind,
                &format!("{{parentRefs: [{{name: g}}], rules: [{{name: a, {backend}}}, {{name: {b}, {backend}}}, {{{backend}}}]}}"),
            )
        };
        only([(named("a"), "a second rule is called `a`")]);
        none([named("b")]);
    }
    let tls = |version: &str, host: &str| {
        manifest(
            &format!("{version} TLSRoute"),
            &format!("{{parentRefs: [{{name: g}}], hostnames: [{host}], rules: [{{backendRefs: [{{name: s, port: 80}}]}}]}}"),
        )
    };
    only([
        (tls("v1", "10.0.0.1"), "`10.0.0.1` is an address, and a TLSRoute has names"),
        (tls("v1", ""), "a TLSRoute of `v1` names at least one host"),
    ]);
    none([tls("v1", "a.example"), tls("v1", "'*.example'"), tls("v1alpha2", "10.0.0.1"), tls("v1alpha2", "")]);
}

#[test]
fn filters_of_http_and_grpc() {
    for kind in ["HTTP", "GRPC"] {
        let with = |text: &str| if kind == "HTTP" { filter(text) } else { grpc(&format!("filters: [{text}]")) };
        let mirror = |share: &str| with(&format!("{{type: RequestMirror, requestMirror: {{backendRef: {{name: m, port: 80}}, {share}}}}}"));
        let modifier = |words: &str| with(&format!("{{type: ResponseHeaderModifier, responseHeaderModifier: {{{words}}}}}"));
        let one = format!("{{type: RequestHeaderModifier, {HEADERS}}}");
        only([
            (with(&format!("{one}, {one}")), "there is a second filter of type `RequestHeaderModifier`"),
            (with("{type: RequestHeaderModifier}"), "a filter of type `RequestHeaderModifier` says nothing of that type"),
            (
                with(&format!("{{type: ExtensionRef, extensionRef: {{group: a.example, kind: K, name: k}}, {HEADERS}}}")),
                "a filter of type `ExtensionRef` has what belongs to `RequestHeaderModifier`",
            ),
            (mirror("percent: 1, fraction: {numerator: 1}"), "a share is said by `percent` or by `fraction`"),
            (mirror("fraction: {numerator: 101}"), "a share is no more than all"),
            (mirror("fraction: {numerator: 3, denominator: 2}"), "a share is no more than all"),
            (modifier("set: [{name: a, value: b}, {name: a, value: c}]"), "`set` lists the header `a` twice"),
            (modifier("add: [{name: a, value: b}, {name: a, value: c}]"), "`add` lists the header `a` twice"),
            (modifier("remove: [a, a]"), "`remove` lists `a` twice"),
        ]);
        none([
            with(&one),
            with(&format!("{one}, {{type: ResponseHeaderModifier, responseHeaderModifier: {{remove: [a]}}}}")),
            mirror(""),
            mirror("percent: 100"),
            mirror("fraction: {numerator: 100}"),
            modifier("set: [{name: a, value: b}], add: [{name: a, value: c}], remove: [a, A]"),
        ]);
    }
}

#[test]
fn filters_of_http() {
    let redirect = |path: &str| format!("filters: [{{type: RequestRedirect, requestRedirect: {{{path}}}}}]");
    let rewrite = |path: &str| format!("{{type: URLRewrite, urlRewrite: {{path: {{{path}}}}}}}");
    let prefix = rewrite("type: ReplacePrefixMatch, replacePrefixMatch: /b");
    let under =
        |matches: &str, filter: &str| http(&format!("matches: [{matches}], filters: [{filter}], backendRefs: [{{name: s, port: 80}}]"));
    let behind =
        |matches: &str, more: &str| http(&format!("matches: [{matches}], backendRefs: [{{name: s, port: 80, filters: [{prefix}]}}{more}]"));
    let cors = |words: &str| filter(&format!("{{type: CORS, cors: {{{words}}}}}"));
    let auth = |words: &str| filter(&format!("{{type: ExternalAuth, externalAuth: {{backendRef: {{name: a, port: 9000}}, {words}}}}}"));
    let backends = "backendRefs: [{name: s, port: 80}]";
    only([
        (http(&format!("{}, {backends}", redirect("scheme: https"))), "a rule redirects or has backends"),
        (
            http("filters: [{type: RequestRedirect, requestRedirect: {}}, {type: URLRewrite, urlRewrite: {hostname: a}}]"),
            "a request is redirected or rewritten",
        ),
        (filter(&format!("{prefix}, {prefix}")), "there is a second filter of type `URLRewrite`"),
        (cors("allowOrigins: ['*', 'https://a.example']"), "`*` stands alone"),
        (cors("allowMethods: ['*', GET]"), "`*` stands alone"),
        (cors("allowHeaders: ['*', a]"), "`*` stands alone"),
        (cors("allowMethods: [GET, GET]"), "`allowMethods` lists `GET` twice"),
        (cors("exposeHeaders: [a, a]"), "`exposeHeaders` lists `a` twice"),
        (filter(&rewrite("type: ReplaceFullPath")), "`ReplaceFullPath` has no path"),
        (http(&redirect("path: {type: ReplacePrefixMatch}")), "`ReplacePrefixMatch` has no path"),
        (
            filter(&rewrite("type: ReplaceFullPath, replaceFullPath: /a, replacePrefixMatch: /b")),
            "`ReplaceFullPath` has a `replacePrefixMatch`, which belongs to the other type",
        ),
        (under("{path: {value: /a}}, {path: {value: /b}}", &prefix), "a prefix is replaced where the rule has one match"),
        (behind("{path: {type: Exact, value: /a}}", ""), "a prefix is replaced where the rule has one match"),
        (auth("protocol: GRPC"), "an authorization service that is asked by `GRPC` has no `grpc`"),
        (auth("protocol: HTTP, http: {}, grpc: {}"), "an authorization service that is asked by `HTTP` has settings for `GRPC`"),
        (
            filter("{type: ExternalAuth, externalAuth: {backendRef: {name: a}, protocol: GRPC, grpc: {}}}"),
            "the Service `a` is asked at no port",
        ),
        (
            http(&format!("sessionPersistence: {{cookieConfig: {{lifetimeType: Permanent}}}}, {backends}")),
            "a cookie that is `Permanent` has no `absoluteTimeout`",
        ),
    ]);
    none([
        http(&redirect("scheme: https")),
        http(&redirect("path: {type: ReplaceFullPath, replaceFullPath: ''}")),
        filter(&prefix),
        under("{}", &prefix),
        under("{path: {value: /a}}", &prefix),
        under("{path: {value: /a}, method: GET}", &prefix),
        under("{path: {value: /a}}, {path: {type: Exact, value: /b}}", &rewrite("type: ReplaceFullPath, replaceFullPath: /c")),
        cors("allowOrigins: ['*'], allowMethods: ['*'], allowHeaders: ['*'], exposeHeaders: ['*', a]"),
        cors("allowOrigins: ['https://*.a.example', 'https://b.example'], allowMethods: [GET, PUT]"),
        auth("protocol: GRPC, grpc: {}"),
        auth("protocol: HTTP, http: {path: /check}"),
        http(&format!("sessionPersistence: {{cookieConfig: {{lifetimeType: Permanent}}, absoluteTimeout: 1h}}, {backends}")),
        http(&format!("sessionPersistence: {{cookieConfig: {{lifetimeType: Session}}}}, {backends}")),
    ]);
}

#[test]
fn matches_of_routes() {
    let many = |each: usize, rules: usize| {
        let matches = (0..each).map(|n| format!("{{headers: [{{name: h{n}, value: v}}]}}")).collect::<Vec<_>>().join(", ");
        (0..rules).map(|_| format!("{{matches: [{matches}], backendRefs: [{{name: s, port: 80}}]}}")).collect::<Vec<_>>().join(", ")
    };
    for kind in ["HTTPRoute", "GRPCRoute"] {
        let route = |rules: &str| manifest(kind, &format!("{{parentRefs: [{{name: g}}], rules: [{rules}]}}"));
        only([(route(&many(43, 3)), "the rules have more than 128 matches together")]);
        none([route(&many(64, 2))]);
    }
    only([
        (grpc("matches: [{method: {}}]"), "a match by method names a service, a method, or both"),
        (grpc("matches: [{method: {service: 'a b'}}]"), "`a b` is no name of a gRPC service"),
        (grpc("matches: [{method: {service: a.B/C}}]"), "`a.B/C` is no name of a gRPC service"),
        (grpc("matches: [{method: {method: a.B}}]"), "`a.B` is no name of a gRPC method"),
        (grpc("matches: [{headers: [{name: a, value: b}, {name: a, value: c}]}]"), "a match asks for the header `a` twice"),
    ]);
    none([
        grpc("matches: [{method: {service: .a_b.C1, method: Get}}, {}]"),
        grpc("matches: [{method: {type: RegularExpression, service: 'a.*', method: '[A-Z]+'}}]"),
        grpc("matches: [{headers: [{name: a, value: b}, {name: b, value: c}]}]"),
    ]);
}

/// What has a rule of its own is not said a second time.
#[test]
fn rules_of_their_own_say_what_is_theirs() {
    let rewrite = "{type: URLRewrite, urlRewrite: {path: {type: ReplacePrefixMatch, replacePrefixMatch: /b}}}";
    let exact = "matches: [{path: {type: Exact, value: /a}}]";
    let said = [
        (http(&format!("{exact}, filters: [{rewrite}], backendRefs: [{{name: s, port: 80}}]")), "rewrite-without-prefix-match"),
        (http("timeouts: {request: 1s, backendRequest: 2s}, backendRefs: [{name: s, port: 80}]"), "timeouts-inconsistent"),
        (http("matches: [{path: {value: 'a'}}], backendRefs: [{name: s, port: 80}]"), "match-impossible"),
        (http("matches: [{path: {value: '/a b'}}], backendRefs: [{name: s, port: 80}]"), "match-impossible"),
        (
            http("matches: [{queryParams: [{name: a, value: b}, {name: a, value: c}]}], backendRefs: [{name: s, port: 80}]"),
            "match-impossible",
        ),
        (http("backendRefs: [{name: s}]"), "backend-port-missing"),
        (listeners("Gateway", "{name: a, port: 443, protocol: HTTPS, tls: {}}"), "listener-tls-invalid"),
        (listeners("Gateway", "{name: a, port: 80, protocol: HTTP}, {name: b, port: 80, protocol: HTTP}"), "listener-conflict"),
    ];
    for (text, rule) in said {
        let found = findings(&text);
        let errors = |rule: &str| found.iter().filter(|f| &*f.rule == rule && f.certainty == Certainty::Sure).count();
        assert_eq!((errors(rule), errors("invalid-manifest")), (1, 0), "{text}\n{found:#?}");
    }
    for right in ["/a%20b", "/a~b:@", "/(a)'!$&*+,;="] {
        let text = http(&format!("matches: [{{path: {{value: \"{right}\"}}}}], backendRefs: [{{name: s, port: 80}}]"));
        assert!(findings(&text).iter().all(|f| &*f.rule != "match-impossible"), "{right}");
    }
}
