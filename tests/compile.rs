//! Each piece of a configuration, and the command line of `meshgate compile`.
#![expect(clippy::unwrap_used, reason = "tests")]

#[path = "support/compiling.rs"]
mod compiling;
mod support;

use compiling::{AROUND, compiled, compiled_with, hosts, route, routes, values};
use meshgate::compile::{EndpointMode, Options, SecretsMode};
use serde_json::{Value, json};
use support::{folder, meshgate};

const CART: &str = "backendRefs: [{name: cart, port: 80}]";

/// One match, as Envoy says it.
fn wanted(matching: &str) -> Value {
    routes(&format!("{{matches: [{{{matching}}}], {CART}}}"))[0]["match"].clone()
}

#[test]
fn matches() {
    for (matching, expected) in [
        ("", json!({ "prefix": "/" })),
        ("path: {value: /}", json!({ "prefix": "/" })),
        ("path: {value: /a/}", json!({ "path_separated_prefix": "/a" })),
        ("path: {type: Exact, value: /a/}", json!({ "path": "/a/" })),
        ("path: {type: RegularExpression, value: '/a[0-9]+'}", json!({ "safe_regex": { "regex": "/a[0-9]+" } })),
        ("method: GET", json!({ "prefix": "/", "headers": [{ "name": ":method", "string_match": { "exact": "GET" } }] })),
        (
            "headers: [{name: A, value: '1'}, {name: a, value: '2'}, {name: b, type: RegularExpression, value: x.*}]",
            json!({ "prefix": "/", "headers": [
                { "name": "A", "string_match": { "exact": "1" } },
                { "name": "b", "string_match": { "safe_regex": { "regex": "x.*" } } },
            ] }),
        ),
        (
            "queryParams: [{name: A, value: '1'}, {name: a, value: '2'}, {name: A, value: '3'}]",
            json!({ "prefix": "/", "query_parameters": [
                { "name": "A", "string_match": { "exact": "1" } },
                { "name": "a", "string_match": { "exact": "2" } },
            ] }),
        ),
    ] {
        assert_eq!(wanted(matching), expected, "{matching}");
    }
}

/// The part of a route below a pointer, for a rule with one match, these filters and a backend.
fn filtered(path: &str, filter: &str, pointer: &str) -> Value {
    let backends = if filter.contains("Redirect") { "" } else { CART };
    let rule = format!("{{matches: [{{path: {{value: {path}}}}}], filters: [{filter}], {backends}}}");
    routes(&rule)[0].pointer(pointer).cloned().unwrap_or_default()
}

#[test]
fn redirects() {
    let of = |what: &str| filtered("/a", &format!("{{type: RequestRedirect, requestRedirect: {{{what}}}}}"), "/redirect");
    for (what, expected) in [
        ("", json!({ "response_code": "FOUND" })),
        ("statusCode: 301", json!({ "response_code": "MOVED_PERMANENTLY" })),
        ("statusCode: 303", json!({ "response_code": "SEE_OTHER" })),
        ("statusCode: 307", json!({ "response_code": "TEMPORARY_REDIRECT" })),
        ("statusCode: 308", json!({ "response_code": "PERMANENT_REDIRECT" })),
        ("scheme: https", json!({ "scheme_redirect": "https", "response_code": "FOUND" })),
        ("scheme: https, port: 443", json!({ "scheme_redirect": "https", "response_code": "FOUND" })),
        ("scheme: https, port: 8443", json!({ "scheme_redirect": "https", "port_redirect": 8443, "response_code": "FOUND" })),
        ("hostname: b.example.com", json!({ "host_redirect": "b.example.com", "response_code": "FOUND" })),
        ("port: 8080", json!({ "port_redirect": 8080, "response_code": "FOUND" })),
        ("path: {type: ReplaceFullPath, replaceFullPath: /b}", json!({ "path_redirect": "/b", "response_code": "FOUND" })),
        ("path: {type: ReplacePrefixMatch, replacePrefixMatch: /b/}", json!({ "prefix_rewrite": "/b", "response_code": "FOUND" })),
    ] {
        assert_eq!(of(what), expected, "{what}");
    }
}

/// The port that clients of an odd listener send along goes where the redirect leads to the usual one.
#[test]
fn the_port_of_the_client_does_not_survive_a_redirect() {
    let text = AROUND.replace("port: 80, protocol", "port: 8080, protocol");
    let rules = "{filters: [{type: RequestRedirect, requestRedirect: {scheme: https}}]}";
    let of = |hostnames: &str| {
        let (compiled, errors) = compiled(&format!("{text}{}", route("r", hostnames, rules)));
        assert!(errors.is_empty(), "{errors:#?}");
        hosts(&compiled)[0].1[0]["redirect"].clone()
    };
    let expected = json!({ "scheme_redirect": "https", "host_redirect": "a.example.com", "response_code": "FOUND" });
    assert_eq!(of("a.example.com"), expected);
    assert_eq!(of("'*.example.com'"), json!({ "scheme_redirect": "https", "port_redirect": 443, "response_code": "FOUND" }));
}

#[test]
fn rewrites() {
    let of = |path: &str, what: &str| {
        let mut action = filtered(path, &format!("{{type: URLRewrite, urlRewrite: {{{what}}}}}"), "/route");
        let fields = action.as_object_mut().unwrap();
        fields.retain(|key, _| !matches!(key.as_str(), "cluster" | "timeout"));
        action
    };
    let regex = |pattern: &str, to: &str| json!({ "regex_rewrite": { "pattern": { "regex": pattern }, "substitution": to } });
    for (path, what, expected) in [
        ("/a", "hostname: b.example.com", json!({ "host_rewrite_literal": "b.example.com" })),
        ("/a", "path: {type: ReplacePrefixMatch, replacePrefixMatch: /b}", json!({ "prefix_rewrite": "/b" })),
        ("/a.b", "path: {type: ReplacePrefixMatch, replacePrefixMatch: /}", regex(r"^/a\.b/*", "/")),
        ("/", "path: {type: ReplacePrefixMatch, replacePrefixMatch: /b}", regex("^/*", "/b/")),
        ("/a", r"path: {type: ReplaceFullPath, replaceFullPath: '/b\1'}", regex("^/.*$", r"/b\\1")),
    ] {
        assert_eq!(of(path, what), expected, "{path} {what}");
    }
}

#[test]
fn headers() {
    let one = |value: &str, action: &str| json!([{ "header": { "key": "x", "value": value }, "append_action": action }]);
    let of =
        |what: &str, pointer: &str| filtered("/a", &format!("{{type: RequestHeaderModifier, requestHeaderModifier: {{{what}}}}}"), pointer);
    assert_eq!(of("set: [{name: x, value: 50% off}]", "/request_headers_to_add"), one("50%% off", "OVERWRITE_IF_EXISTS_OR_ADD"));
    assert_eq!(of("add: [{name: x, value: '%REQ(y)%'}]", "/request_headers_to_add"), one("%%REQ(y)%%", "APPEND_IF_EXISTS_OR_ADD"));
    assert_eq!(
        of("set: [{name: x, value: '1'}, {name: X, value: '2'}]", "/request_headers_to_add"),
        one("1", "OVERWRITE_IF_EXISTS_OR_ADD")
    );
    assert_eq!(of("remove: [x]", "/request_headers_to_remove"), json!(["x"]));
    assert_eq!(of("set: [{name: Host, value: b.example.com}]", "/route/host_rewrite_literal"), json!("b.example.com"));
}

/// Envoy removes before it adds; the rule comes before the backend all the same.
#[test]
fn headers_of_backends_follow_those_of_the_rule() {
    let modifier = |what: &str| format!("[{{type: RequestHeaderModifier, requestHeaderModifier: {{{what}}}}}]");
    let rule = format!(
        "{{filters: {}, backendRefs: [{{name: cart, port: 80, weight: 2, filters: {}}}, {{name: pay, port: 80, weight: 1, filters: {}}}]}}",
        modifier("set: [{name: x, value: a}]"),
        modifier("remove: [X]"),
        modifier("add: [{name: x, value: b}]"),
    );
    let route = routes(&rule).remove(0);
    let clusters = route.pointer("/route/weighted_clusters/clusters").unwrap();
    assert_eq!(route.get("request_headers_to_add"), None);
    assert_eq!(clusters[0]["request_headers_to_remove"], json!(["x"]));
    assert_eq!(clusters[0].get("request_headers_to_add"), None);
    let added = clusters[1]["request_headers_to_add"].as_array().unwrap();
    let values: Vec<&str> = added.iter().map(|one| one["header"]["value"].as_str().unwrap()).collect();
    assert_eq!(values, ["a", "b"]);
}

/// What Envoy has only on routes is done by routes that are taken by chance.
#[test]
fn backends_that_rewrite_paths_have_routes_of_their_own() {
    let rewrite = "filters: [{type: URLRewrite, urlRewrite: {path: {type: ReplaceFullPath, replaceFullPath: /b}}}]";
    let rule = format!("{{backendRefs: [{{name: cart, port: 80, weight: 1, {rewrite}}}, {{name: pay, port: 80, weight: 3}}]}}");
    let routes = routes(&rule);
    let chance = |route: &Value| route.pointer("/match/runtime_fraction/default_value/numerator").cloned();
    let found: Vec<_> = routes.iter().map(|route| (chance(route), route["route"]["cluster"].as_str().unwrap())).collect();
    assert_eq!(found, [(Some(json!(250_000)), "shop/cart:80"), (None, "shop/pay:80")]);
    assert!(routes[0]["route"]["regex_rewrite"].is_object() && routes[1]["route"].get("regex_rewrite").is_none());
}

#[test]
fn mirrors_cors_timeouts_and_retries() {
    let mirror = |what: &str| {
        filtered(
            "/a",
            &format!("{{type: RequestMirror, requestMirror: {{backendRef: {{name: pay, port: 80}}{what}}}}}"),
            "/route/request_mirror_policies",
        )
    };
    assert_eq!(mirror(""), json!([{ "cluster": "shop/pay:80", "disable_shadow_host_suffix_append": true }]));
    let share = |policy: Value| policy[0]["runtime_fraction"]["default_value"]["numerator"].clone();
    assert_eq!(share(mirror(", percent: 5")), json!(50_000));
    assert_eq!(share(mirror(", fraction: {numerator: 1, denominator: 1000}")), json!(1000));

    let cors = filtered(
        "/a",
        "{type: CORS, cors: {allowOrigins: ['https://*.a.example', 'https://b.example'], allowCredentials: true, allowMethods: [GET, PUT]}}",
        "/typed_per_filter_config/envoy.filters.http.cors",
    );
    assert_eq!(cors["allow_origin_string_match"][0], json!({ "safe_regex": { "regex": r"https://.*\.a\.example" } }));
    assert_eq!((&cors["allow_methods"], &cors["max_age"], &cors["allow_credentials"]), (&json!("GET,PUT"), &json!("5"), &json!(true)));

    let timed = |what: &str| routes(&format!("{{{what}, {CART}}}"))[0]["route"].clone();
    let time = |what: &str| timed(what)["timeout"].as_str().unwrap().to_owned();
    assert_eq!(time("name: r"), "0s");
    assert_eq!(time("timeouts: {request: 2s}"), "2s");
    assert_eq!(time("timeouts: {request: 0s}"), "0s");
    assert_eq!(time("timeouts: {request: 2s, backendRequest: 500ms}"), "0.500s", "without a retry there is one try");
    let retried = timed("timeouts: {request: 2s, backendRequest: 500ms}, retry: {attempts: 3, codes: [503], backoff: 10ms}");
    assert_eq!(
        (&retried["timeout"], &retried["retry_policy"]),
        (
            &json!("2s"),
            &json!({
                "retry_on": "connect-failure,refused-stream,reset,retriable-status-codes",
                "num_retries": 3,
                "retriable_status_codes": [503],
                "per_try_timeout": "0.500s",
                "retry_back_off": { "base_interval": "0.010s" },
            })
        )
    );
    assert_eq!(timed("retry: {attempts: 0}").get("retry_policy"), None);
}

#[test]
fn broken_backends_get_what_the_gateway_api_prescribes() {
    for (rule, expected) in [
        ("{}", json!({ "status": 500 })),
        ("{backendRefs: [{name: cart, port: 80, weight: 0}]}", json!({ "status": 500 })),
        ("{backendRefs: [{name: gone, port: 80}]}", json!({ "status": 500 })),
        (
            "{filters: [{type: ExtensionRef, extensionRef: {group: a.example, kind: X, name: x}}], backendRefs: [{name: cart, port: 80}]}",
            json!({ "status": 500 }),
        ),
    ] {
        let (compiled, _) = compiled(&format!("{AROUND}{}", route("r", "", rule)));
        assert_eq!(hosts(&compiled)[0].1[0]["direct_response"], expected, "{rule}");
    }
    let (compiled, errors) =
        compiled(&format!("{AROUND}{}", route("r", "", "{backendRefs: [{name: cart, port: 80, weight: 3}, {name: gone, port: 80}]}")));
    let action = &hosts(&compiled)[0].1[0]["route"];
    assert_eq!(action["cluster_not_found_response_code"], json!("INTERNAL_SERVER_ERROR"));
    assert_eq!(
        action["weighted_clusters"]["clusters"],
        json!([{ "name": "shop/cart:80", "weight": 3 }, { "name": "leads-nowhere", "weight": 1 }])
    );
    assert_eq!(values(&compiled.tables)[0]["validate_clusters"], json!(false));
    assert_eq!(errors.len(), 1, "{errors:#?}");
}

#[test]
fn what_a_finding_says_before_envoy_does() {
    let path = |path: &str| format!("{{matches: [{{path: {{type: Exact, value: '{path}'}}}}], {CART}}}");
    let pattern = |pattern: &str| format!("{{matches: [{{path: {{type: RegularExpression, value: '{pattern}'}}}}], {CART}}}");
    let filter = |filter: &str| format!("{{matches: [{{path: {{value: /a}}}}], filters: [{filter}], {CART}}}");
    let rewrite = |path: &str| filter(&format!("{{type: URLRewrite, urlRewrite: {{path: {{{path}}}}}}}"));
    let headers = |what: &str| filter(&format!("{{type: RequestHeaderModifier, requestHeaderModifier: {{{what}}}}}"));
    for (rule, expected) in [
        (path("/a?b"), "no request has the path `/a?b`"),
        (path("/a/../b"), "no request has the path"),
        (pattern("["), "Envoy cannot read the pattern"),
        (pattern("(?=a)"), "Envoy cannot read the pattern"),
        (pattern("(a{100}){11}"), "Envoy cannot read the pattern `(a{100}){11}`: it repeats more than 1000 times"),
        (pattern(&"[a-zA-Z0-9_./-]{1000}".repeat(40)), "the pattern is too large for Envoy"),
        (headers("add: [{name: host, value: a}]"), "`Host` can be set, neither added nor removed"),
        (headers("remove: [Host]"), "`Host` can be set, neither added nor removed"),
        (headers("set: [{name: a, value: \"b\\nc\"}]"), "the value of `a` has a line break in it"),
        (rewrite("type: ReplaceFullPath, replaceFullPath: a"), "the path `a` does not begin with `/`"),
        (rewrite("type: ReplaceFullPath, replaceFullPath: '/a?b'"), "`/a?b` is more than a path"),
        (rewrite("type: ReplaceFullPath"), "`ReplaceFullPath` has no path"),
        (
            format!(
                "{{matches: [{{path: {{type: Exact, value: /a}}}}], filters: [{{type: URLRewrite, urlRewrite: {{path: {{type: ReplacePrefixMatch, replacePrefixMatch: /b}}}}}}], {CART}}}"
            ),
            "only a prefix that matched can be replaced",
        ),
        (
            filter("{type: ExtensionRef, extensionRef: {group: a.example, kind: X, name: x}}"),
            "filters of type `ExtensionRef` are not compiled",
        ),
        (filter("{type: RequestHeaderModifier}"), "a filter of type `RequestHeaderModifier` says nothing of that type"),
        (filter("{type: RequestRedirect, requestRedirect: {}}"), "a rule redirects or has backends, not both"),
        (
            filter("{type: URLRewrite, urlRewrite: {hostname: a}}, {type: URLRewrite, urlRewrite: {hostname: b}}"),
            "there is a second filter of type `URLRewrite`",
        ),
        (format!("{{timeouts: {{request: 1s, backendRequest: 2s}}, {CART}}}"), "a request to a backend may not take longer than the whole"),
        (
            filter("{type: RequestMirror, requestMirror: {backendRef: {name: pay, port: 80}, percent: 1, fraction: {numerator: 1}}}"),
            "a share is said by `percent` or by `fraction`, not by both",
        ),
        (filter("{type: CORS, cors: {allowOrigins: ['*', 'https://a.example']}}"), "`*` stands alone"),
    ] {
        let (compiled, errors) = compiled(&format!("{AROUND}{}", route("r", "", &rule)));
        let own: Vec<&str> = compiled.findings.iter().map(|f| f.message.as_str()).collect();
        assert!(own.iter().any(|message| message.starts_with(expected)), "{rule}\n{own:#?}");
        // where a rule of lint says it, it is said once
        assert!(!errors.is_empty(), "{rule}");
        let texts = |finding: &meshgate::checks::Finding| format!("{:?}", finding.primary.place);
        let doubled = errors.iter().enumerate().any(|(n, f)| errors.iter().skip(n + 1).any(|other| texts(f) == texts(other)));
        assert!(!doubled, "{rule}\n{own:#?}");
        assert!(!compiled.tables.is_empty());
    }
}

/// What the definitions of Gateway and GRPCRoute forbid, too.
#[test]
fn what_the_api_server_refuses() {
    let listener = |listener: &str| AROUND.replace("listeners:\n", &format!("listeners:\n  - {listener}\n"));
    let grpc = |rule: &str| {
        format!(
            "{AROUND}---\napiVersion: gateway.networking.k8s.io/v1\nkind: GRPCRoute\nmetadata: {{name: g, namespace: shop}}\nspec:\n  \
             parentRefs: [{{name: edge, namespace: infra}}]\n  rules:\n  - {{{rule}, {CART}}}\n"
        )
    };
    let set = "requestHeaderModifier: {set: [{name: a, value: b}]}";
    for (text, expected) in [
        (listener("{name: http, port: 81, protocol: HTTP}"), "a second listener is called `http`"),
        (listener("{name: x, port: 81, protocol: HTTP, tls: {mode: Passthrough}}"), "a listener for HTTP has no `tls`"),
        (listener("{name: x, port: 81, protocol: HTTPS, tls: {mode: Passthrough}}"), "a listener for HTTPS ends TLS"),
        (listener("{name: x, port: 81, protocol: TCP, hostname: a.example.com}"), "a listener for TCP has no `hostname`"),
        (grpc("matches: [{method: {type: Exact}}]"), "a match by method names a service, a method, or both"),
        (grpc("filters: [{type: RequestHeaderModifier}]"), "a filter of type `RequestHeaderModifier` says nothing of that type"),
        (
            grpc(&format!("filters: [{{type: RequestHeaderModifier, {set}}}, {{type: RequestHeaderModifier, {set}}}]")),
            "there is a second filter of type `RequestHeaderModifier`",
        ),
        (
            grpc(
                "filters: [{type: RequestMirror, requestMirror: {backendRef: {name: pay, port: 80}, fraction: {numerator: 3, denominator: 2}}}]",
            ),
            "a share is no more than all",
        ),
    ] {
        let (compiled, _) = compiled(&text);
        let own: Vec<&str> = compiled.findings.iter().map(|f| f.message.as_str()).collect();
        assert!(own.iter().any(|message| message.starts_with(expected)), "{text}\n{own:#?}");
    }
    for right in [
        listener("{name: x, port: 81, protocol: TLS, hostname: a.example.com, tls: {mode: Passthrough}}"),
        grpc("matches: [{method: {service: a.B}}]"),
    ] {
        let (compiled, _) = compiled(&right);
        assert!(compiled.findings.is_empty(), "{right}\n{:#?}", compiled.findings);
    }
}

/// A port of TLS: a chain for each server name, 421 for the hosts of others, and a closed chain where nothing answers.
#[test]
fn server_names() {
    let pem = |label: &str| format!("\"-----BEGIN {label}-----\\nMIIB\\n-----END {label}-----\\n\"");
    let secret = format!(
        "---\napiVersion: v1\nkind: Secret\nmetadata: {{name: c, namespace: infra}}\ntype: kubernetes.io/tls\nstringData: {{tls.crt: {}, tls.key: {}}}\n",
        pem("CERTIFICATE"),
        pem("PRIVATE KEY"),
    );
    let tls = "tls: {certificateRefs: [{name: c}]}, allowedRoutes: {namespaces: {from: All}}";
    let listeners = format!(
        "  - {{name: any, port: 443, protocol: HTTPS, {tls}}}\n  - {{name: wild, port: 443, protocol: HTTPS, hostname: '*.example.com', {tls}}}\n  \
         - {{name: through, port: 443, protocol: TLS, hostname: raw.example.com, tls: {{mode: Passthrough}}}}\n"
    );
    let around = AROUND.replace("  - {name: http, port: 80, protocol: HTTP, allowedRoutes: {namespaces: {from: All}}}\n", &listeners);
    let text = format!("{around}{secret}{}", route("r", "a.example.com", &format!("{{{CART}}}")));
    let options = |secrets| Options { places: false, secrets, ..Options::default() };
    let (compiled, errors) = compiled_with(&text, &options(SecretsMode::Inline));
    assert!(errors.is_empty(), "{errors:#?}");
    let listener = &values(&compiled.listeners)[0];
    let chains = listener["filter_chains"].as_array().unwrap();
    let names: Vec<&Value> = chains.iter().map(|chain| &chain["filter_chain_match"]["server_names"]).collect();
    assert_eq!(names, [&Value::Null, &json!(["*.example.com"]), &json!(["raw.example.com"])]);
    assert_eq!(chains[2]["filters"], json!([]), "no route: the connection is closed, not answered by a wider name");
    assert_eq!(listener["listener_filters"][0]["name"], json!("envoy.filters.listener.tls_inspector"));
    let answer = |table: &Value| -> Vec<(String, Value)> {
        let hosts = table["virtual_hosts"].as_array().unwrap();
        let first = |host: &Value| host.pointer("/routes/0/direct_response/status").cloned().unwrap_or_default();
        hosts.iter().map(|host| (host["domains"][0].as_str().unwrap().to_owned(), first(host))).collect()
    };
    let tables = values(&compiled.tables);
    let [any, wild] = tables.as_slice() else { panic!("{tables:?}") };
    assert_eq!(answer(any), [("*.example.com".to_owned(), json!(421))]);
    assert_eq!(
        answer(wild),
        [("*".to_owned(), json!(421)), ("*.example.com".to_owned(), Value::Null), ("a.example.com".to_owned(), Value::Null)]
    );

    let key = |compiled: &meshgate::compile::Compiled| {
        let listeners = values(&compiled.listeners);
        let tls = listeners[0].pointer("/filter_chains/0/transport_socket/typed_config/common_tls_context/tls_certificates/0");
        tls.unwrap()["private_key"].clone()
    };
    assert_eq!(key(&compiled)["inline_string"], json!("-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n"));
    let (redacted, _) = compiled_with(&text, &options(SecretsMode::Redact));
    assert_eq!(key(&redacted), json!({ "inline_string": "[redacted]" }));
    let (files, _) = compiled_with(&text, &options(SecretsMode::Files));
    assert_eq!(key(&files), json!({ "filename": "secrets/infra.c.key" }));
    assert_eq!(files.secrets.keys().collect::<Vec<_>>(), ["infra.c.crt", "infra.c.key"]);
}

/// How a backend is found, and what the configuration says about it.
#[test]
fn endpoints() {
    use EndpointMode::{Auto, Dns, Eds, Pods, Vip};
    let waypoint = "---\napiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: wp, namespace: shop}\n\
        spec: {gatewayClassName: istio-waypoint, listeners: [{name: mesh, port: 15008, protocol: HBONE}]}\n";
    let slice = "---\napiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {name: cart-1, namespace: shop, labels: {kubernetes.io/service-name: cart}}\n\
        addressType: IPv4\nports: [{name: http, port: 8080}]\nendpoints: [{addresses: [10.1.0.1]}, {addresses: [10.1.0.2], conditions: {ready: false}}]\n";
    let mesh = "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: infra, labels: {istio.io/dataplane-mode: ambient}}\n\
        ---\napiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {istio.io/dataplane-mode: ambient, istio.io/use-waypoint: wp}}\n";
    let around = format!("{}{}", AROUND.replace("some-class", "kgateway"), route("r", "", &format!("{{{CART}}}")));
    let passing =
        around.replace("{name: cart, namespace: shop}", "{name: cart, namespace: shop, labels: {istio.io/ingress-use-waypoint: 'true'}}");
    let bare = around.replace("clusterIP: 10.0.0.1, ", "");
    let headless = around
        .replace("clusterIP: 10.0.0.1, ", "clusterIP: None, ")
        .replace("{name: http, port: 80}", "{name: http, port: 80, targetPort: 8080}");
    let find = |text: &str, mode: EndpointMode| {
        let (compiled, _) = compiled_with(text, &Options { places: false, mode, ..Options::default() });
        let cluster = values(&compiled.clusters).into_iter().find(|cluster| cluster["name"] == "shop/cart:80").unwrap();
        let address =
            cluster.pointer("/load_assignment/endpoints/0/lb_endpoints/0/endpoint/address/socket_address").cloned().unwrap_or_default();
        let at = format!("{}:{}", address["address"].as_str().unwrap_or_default(), address["port_value"]);
        let word = cluster.pointer("/metadata/filter_metadata/meshgate/resolution").unwrap().as_str().unwrap().to_owned();
        (word, at, compiled.notes.join("\n"))
    };
    let name = "cart.shop.svc.cluster.local";
    for (text, mode, word, at, note) in [
        (around.clone(), Auto, "vip", "10.0.0.1:80", ""),
        (bare.clone(), Auto, "dns", &format!("{name}:80"), ""),
        (format!("{around}{slice}"), Auto, "pods", "10.1.0.1:8080", ""),
        (format!("{around}{slice}{mesh}{waypoint}"), Auto, "pods", "10.1.0.1:8080", ""),
        (format!("{around}{mesh}{waypoint}"), Auto, "vip", "10.0.0.1:80", "which the real gateway walks past; by the address"),
        (format!("{bare}{mesh}{waypoint}"), Auto, "dns", &format!("{name}:80"), "which the real gateway walks past; by the name"),
        (format!("{passing}{slice}{mesh}{waypoint}"), Auto, "vip", "10.0.0.1:80", ""),
        (
            format!("{passing}{slice}{mesh}{waypoint}"),
            Pods,
            "pods",
            "10.1.0.1:8080",
            "which the real gateway passes; by the addresses of pods",
        ),
        (headless, Dns, "dns", &format!("{name}:8080"), ""),
        (bare.clone(), Vip, "dns", &format!("{name}:80"), ""),
        (around.clone(), Pods, "nothing", ":null", ""),
        (around.clone(), Eds, "eds", ":null", ""),
        (
            AROUND.replace("some-class", "istio") + &route("r", "", &format!("{{{CART}}}")),
            Auto,
            "vip",
            "10.0.0.1:80",
            "opens HBONE tunnels by itself",
        ),
    ] {
        let found = find(&text, mode);
        assert_eq!((found.0.as_str(), found.1.as_str()), (word, at), "{mode:?}\n{text}");
        assert!(if note.is_empty() { found.2.is_empty() } else { found.2.contains(note) }, "{mode:?}: {note:?} in {:?}\n{text}", found.2);
    }
}

fn good() -> String {
    format!("{AROUND}{}", route("r", "", &format!("{{{CART}}}")))
}

#[test]
fn files_formats_and_places() {
    let dir = folder(&[("in/all.yaml", &good())]);
    let run = |args: &str| meshgate(dir.path(), &format!("compile in {args}"));
    let read = |path: &str| std::fs::read_to_string(dir.path().join(path)).unwrap();
    let standard = run("");
    assert_eq!((standard.code, standard.err.as_str()), (0, ""));
    assert!(
        standard.out.starts_with("# Envoy configuration of Gateway infra/edge, written by `meshgate compile`\nnode:\n"),
        "{}",
        standard.out
    );
    assert!(standard.out.contains("place: \"in/all.yaml:"), "{}", standard.out);
    assert_eq!(run("").out, standard.out, "the same bytes each time");
    let bare = run("--no-places").out;
    assert!(!bare.contains("all.yaml") && bare.contains("resolution: vip"), "{bare}");

    assert_eq!(run("-o out/x.json").code, 0);
    let json: Value = serde_json::from_str(&read("out/x.json")).unwrap();
    assert_eq!(json["static_resources"]["listeners"][0]["name"], json!("http-80"));
    assert_eq!(run("--output out/x.yaml").code, 0);
    assert_eq!(read("out/x.yaml"), standard.out);
    assert_eq!(run("--all -o many").code, 0);
    assert_eq!(read("many/infra.edge.envoy.yaml"), standard.out);
    assert_eq!(run("--gateway infra/edge -o many/").code, 0);

    assert_eq!(run("--format xds-files -o xds").code, 0);
    for file in ["bootstrap.yaml", "lds.yaml", "cds.yaml", "rds/http-80.yaml"] {
        assert!(read(&format!("xds/{file}")).contains(if file == "bootstrap.yaml" { "lds_config" } else { "@type" }), "{file}");
    }
    let dump: Value = serde_json::from_str(&run("--format config-dump").out).unwrap();
    let kinds: Vec<&str> =
        dump["configs"].as_array().unwrap().iter().map(|one| one["@type"].as_str().unwrap().rsplit('.').next().unwrap()).collect();
    assert_eq!(kinds, ["BootstrapConfigDump", "ClustersConfigDump", "ListenersConfigDump", "RoutesConfigDump"]);
    assert_eq!(dump["configs"][3]["static_route_configs"][0]["route_config"]["name"], json!("http-80"));

    let given =
        run("--endpoint shop/cart:80=127.0.0.1:9999 --listen 80=127.0.0.1:8081 --endpoints dns --profile kgateway --secrets redact").out;
    assert!(given.contains("port_value: 9999") && given.contains("port_value: 8081") && given.contains("timeout: 15s"), "{given}");
}

#[test]
fn errors_stand_in_the_way_unless_told_otherwise() {
    let broken = format!(
        "{AROUND}{}",
        route(
            "r",
            "",
            &format!("{{filters: [{{type: URLRewrite, urlRewrite: {{path: {{type: ReplaceFullPath, replaceFullPath: a}}}}}}], {CART}}}")
        )
    );
    let dir = folder(&[("all.yaml", &broken)]);
    let run = meshgate(dir.path(), "compile -o out.yaml");
    assert_eq!((run.code, run.out.as_str()), (1, ""));
    assert!(run.err.contains("error[compile]: the path `a` does not begin with `/`") && run.err.contains("all.yaml:"), "{}", run.err);
    assert!(run.err.contains("nothing was written: 1 error stands in the way"), "{}", run.err);
    assert!(!dir.path().join("out.yaml").exists());
    let run = meshgate(dir.path(), "compile -o out.yaml --keep-going");
    assert_eq!((run.code, run.out.as_str()), (0, ""), "{}", run.err);
    assert!(run.err.contains("error[compile]"), "{}", run.err);
    assert!(dir.path().join("out.yaml").exists());
}

#[test]
fn usage() {
    let two = good() + &AROUND.split("---").next().unwrap().replace("name: edge", "name: other").replacen('\n', "---\n", 1);
    let waypoint = "---\napiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: wp, namespace: shop}\n\
        spec: {gatewayClassName: istio-waypoint, listeners: [{name: mesh, port: 15008, protocol: HBONE}]}\n";
    let dir = folder(&[("one/all.yaml", &(good() + waypoint)), ("two/all.yaml", &two), ("none/all.yaml", waypoint)]);
    for (args, code, expected) in [
        ("one", 0, ""),
        ("two", 2, "error: there are several Gateways; choose one by --gateway, or take --all\n  infra/edge\n  infra/other\n"),
        ("none", 2, "error: no Gateway takes traffic from outside\n"),
        ("two --gateway infra/egde", 2, "error: there is no Gateway `infra/egde`; did you mean `infra/edge`\n"),
        ("two --gateway infra/other", 0, ""),
        ("two --all", 2, "error: --all writes several files: name a folder by -o\n"),
        ("one --format xds-files", 2, "error: xds-files are several files: name a folder by -o\n"),
        ("one --all -o one/all.yaml", 2, "error: one/all.yaml is a file; a folder is needed\n"),
        ("one --validate --envoy no/such/envoy", 2, "error: no/such/envoy: "),
    ] {
        let run = meshgate(dir.path(), &format!("compile {args}"));
        assert_eq!(run.code, code, "{args}: {}", run.err);
        assert!(run.err.starts_with(expected), "{args}: {}", run.err);
    }
    for wrong in ["--listen 80", "--endpoint shop/cart=1.2.3.4:80", "--gateway edge", "--envoy x"] {
        assert_eq!(meshgate(dir.path(), &format!("compile one {wrong}")).code, 2, "{wrong}");
    }
}

/// Keys are in files that only their owner can read, and nowhere on standard output.
#[test]
#[cfg(unix)]
fn keys_are_kept() {
    use std::os::unix::fs::PermissionsExt;
    let pem = |label: &str| format!("\"-----BEGIN {label}-----\\nMIIB\\n-----END {label}-----\\n\"");
    let secret = format!(
        "---\napiVersion: v1\nkind: Secret\nmetadata: {{name: c, namespace: infra}}\nstringData: {{tls.crt: {}, tls.key: {}}}\n",
        pem("CERTIFICATE"),
        pem("PRIVATE KEY"),
    );
    let text = good().replace("port: 80, protocol: HTTP,", "port: 443, protocol: HTTPS, tls: {certificateRefs: [{name: c}]},") + &secret;
    let dir = folder(&[("all.yaml", &text)]);
    let standard = meshgate(dir.path(), "compile all.yaml");
    assert!(standard.out.contains("[redacted]") && !standard.out.contains("PRIVATE KEY-----"), "{}", standard.out);
    assert!(standard.err.contains("note: certificates and keys are left out"), "{}", standard.err);
    assert_eq!(meshgate(dir.path(), "compile all.yaml -o out/e.yaml").code, 0);
    let mode = |path: &str| std::fs::metadata(dir.path().join(path)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("out/secrets/infra.c.key"), mode("out/secrets/infra.c.crt"), mode("out/e.yaml")), (0o600, 0o644, 0o644));
    assert_eq!(meshgate(dir.path(), "compile all.yaml --secrets inline -o out/i.yaml").code, 0);
    assert_eq!(mode("out/i.yaml"), 0o600);
    assert!(std::fs::read_to_string(dir.path().join("out/e.yaml")).unwrap().contains("filename: out/secrets/infra.c.key"));
}

/// Connections and packets: who gets them by name or port, in which shares, and what is closed or dropped.
#[test]
fn streams() {
    let text = compiling::streams();
    let (compiled, _) = compiled(&text);
    let listeners = values(&compiled.listeners);
    let listener = |name: &str| listeners.iter().find(|one| one["name"] == name).unwrap_or_else(|| panic!("{name}: {listeners:#?}"));
    let tcp = listener("tcp-9000").pointer("/filter_chains/0/filters/0/typed_config/weighted_clusters/clusters").unwrap();
    assert_eq!(tcp, &json!([{ "name": "shop/cart:80/tcp", "weight": 9 }, { "name": "leads-nowhere", "weight": 1 }]));
    assert_eq!(listener("tcp-9001")["filter_chains"][0]["filters"], json!([]), "nobody answers: the connection is closed");

    let packets = listener("udp-5353");
    assert_eq!(packets["address"]["socket_address"]["protocol"], json!("UDP"));
    let action = packets.pointer("/listener_filters/0/typed_config/matcher/on_no_match/action/typed_config/cluster");
    assert_eq!(action, Some(&json!("udproute/shop/u/0")));
    let joined = values(&compiled.clusters).into_iter().find(|cluster| cluster["name"] == "udproute/shop/u/0").unwrap();
    let weights: Vec<_> = joined
        .pointer("/load_assignment/endpoints/0/lb_endpoints")
        .unwrap()
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["load_balancing_weight"].clone())
        .collect();
    assert_eq!(weights, [json!(3000), json!(1000)]);

    let chains = listener("tls-8443")["filter_chains"].as_array().unwrap();
    let matches: Vec<_> = chains.iter().map(|chain| chain["filter_chain_match"].clone()).collect();
    assert_eq!(
        matches,
        [
            json!({ "server_names": ["a.example.com"], "transport_protocol": "tls" }),
            json!({ "server_names": ["*.example.com"], "transport_protocol": "tls" }),
        ]
    );
    assert_eq!(chains[0]["filters"][0]["typed_config"]["cluster"], json!("shop/cart:80/tcp"));
    assert_eq!((chains[0].get("transport_socket"), &chains[1]["filters"]), (None, &json!([])));
}

/// Calls: by service and method, over HTTP/2, and `UNAVAILABLE` where nobody answers.
#[test]
fn calls() {
    let grpc = |rules: &str| {
        format!(
            "{AROUND}---\napiVersion: gateway.networking.k8s.io/v1\nkind: GRPCRoute\nmetadata: {{name: g, namespace: shop}}\n\
             spec: {{parentRefs: [{{name: edge, namespace: infra}}], rules: [{rules}]}}\n"
        )
    };
    let first = |rules: &str| hosts(&compiled(&grpc(rules)).0).remove(0).1.remove(0);
    for (method, expected) in [
        ("service: a.B, method: C", json!({ "path": "/a.B/C" })),
        ("service: a.B", json!({ "path_separated_prefix": "/a.B" })),
        ("method: C", json!({ "safe_regex": { "regex": "/[^/]+/C" } })),
        ("type: RegularExpression, service: 'a|b'", json!({ "safe_regex": { "regex": "/(?:a|b)/[^/]+" } })),
    ] {
        let route = first(&format!("{{matches: [{{method: {{{method}}}}}], {CART}}}"));
        assert_eq!((&route["match"], &route["route"]["cluster"]), (&expected, &json!("shop/cart:80/h2")), "{method}");
    }
    assert_eq!(first("{}")["direct_response"], json!({ "status": 503 }));
    let (compiled, _) = compiled(&grpc(&format!("{{{CART}}}")));
    let clusters = values(&compiled.clusters);
    let options = clusters[0]
        .pointer("/typed_extension_protocol_options/envoy.extensions.upstreams.http.v3.HttpProtocolOptions/explicit_http_config");
    assert_eq!(options, Some(&json!({ "http2_protocol_options": {} })));
}
