//! Decoding, defaults, selectors, and what stands in the schemas.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;

use super::*;
use crate::text::FileId;
use crate::yaml::{Decoder, read};

/// The first document of a text, as a `T`.
pub(crate) fn decode<T: DeserializeOwned>(text: &str) -> T {
    let tree = read(text);
    assert!(tree.errors.is_empty(), "{:?}", tree.errors);
    Decoder::new(&tree, FileId(0), tree.documents[0].root.unwrap_or_default()).decode().unwrap_or_else(|e| panic!("{e}\n{text}"))
}

fn schema<T: JsonSchema>() -> Json {
    schemars::SchemaGenerator::default().into_root_schema_for::<T>().to_value()
}

const ROUTE: &str = r#"
spec:
  parentRefs:
  - name: edge
    namespace: infra
    sectionName: web
  - {group: "", kind: Service, name: cart, port: 80}
  hostnames: [shop.example.org, "*.example.org"]
  useDefaultGateways: None
  rules:
  - name: first
    matches:
    - path: {type: Exact, value: /buy}
      method: POST
      headers: [{name: x-team, value: blue}]
      queryParams: [{type: RegularExpression, name: q, value: a.*}]
    - path: {value: /old}
    - headers: [{type: RegularExpression, name: x-id, value: "[0-9]+"}]
    filters:
    - type: RequestHeaderModifier
      requestHeaderModifier: {set: [{name: a, value: b}], add: [{name: c, value: d}], remove: [e]}
    - type: RequestMirror
      requestMirror: {backendRef: {name: shadow, port: 80}, fraction: {numerator: 1}}
    - type: RequestRedirect
      requestRedirect: {scheme: https, path: {type: ReplaceFullPath, replaceFullPath: /new}}
    - type: URLRewrite
      urlRewrite: {hostname: inner.example.org, path: {type: ReplacePrefixMatch, replacePrefixMatch: /}}
    - type: CORS
      cors: {allowOrigins: ["*"], allowMethods: ["*", GET], maxAge: 60, allowCredentials: true}
    - type: ExternalAuth
      externalAuth: {protocol: GRPC, backendRef: {name: gate, port: 9000}, forwardBody: {maxSize: 10}, grpc: {allowedHeaders: [x]}}
    - type: ExtensionRef
      extensionRef: {group: gateway.kgateway.dev, kind: DirectResponse, name: teapot}
    backendRefs:
    - {name: cart, port: 8080}
    - {group: networking.istio.io, kind: Hostname, name: cart.shop.mesh.internal, port: 8080, weight: 0, filters: []}
    timeouts: {request: 10s, backendRequest: 500ms}
    retry: {codes: [503], attempts: 2, backoff: 10ms}
    sessionPersistence: {sessionName: s, absoluteTimeout: 1h, cookieConfig: {lifetimeType: Permanent}}
  - backendRefs: [{name: rest, port: 80, namespace: other}]
"#;

#[test]
fn a_full_http_route_decodes() {
    let route: HttpRoute = decode(ROUTE);
    let spec = &route.spec;
    assert_eq!((spec.parent_refs[0].kind(), spec.parent_refs[0].group()), ("Gateway", GROUP));
    assert_eq!((spec.parent_refs[1].kind(), spec.parent_refs[1].group()), ("Service", ""));
    assert_eq!(**spec.parent_refs[1].port.as_ref().unwrap(), 80);
    assert_eq!(spec.hostnames.len(), 2);
    assert_eq!(spec.use_default_gateways.as_deref(), Some(&DefaultScope::None));
    let rule = &spec.rules[0];
    assert_eq!(rule.filters.len(), 7);
    assert_eq!(rule.filters.iter().map(|f| f.kind.as_str()).next_back(), Some("ExtensionRef"));
    let matches = &rule.matches;
    assert_eq!((matches[0].path_type(), matches[0].path_value()), (PathMatchType::Exact, "/buy"));
    assert_eq!((matches[1].path_type(), matches[1].path_value()), (PathMatchType::PathPrefix, "/old"));
    assert_eq!((matches[2].path_type(), matches[2].path_value()), (PathMatchType::PathPrefix, "/"));
    assert_eq!(matches[0].headers[0].kind(), MatchType::Exact);
    assert_eq!(matches[2].headers[0].kind(), MatchType::RegularExpression);
    assert_eq!(matches[0].method.as_deref(), Some(&HttpMethod::Post));
    assert_eq!(rule.filters[2].request_redirect.as_ref().unwrap().status_code(), 302);
    assert_eq!(rule.filters[1].request_mirror.as_ref().unwrap().backend_ref.reference().kind(), "Service");
    assert_eq!(&**rule.timeouts.as_ref().unwrap().request.as_deref().unwrap(), "10s");
    assert_eq!(rule.session_persistence.as_ref().unwrap().kind(), SessionType::Cookie);
}

#[test]
fn backends_are_seen_alike_and_keep_their_places() {
    let route: HttpRoute = decode(ROUTE);
    let backend = |rule: usize, at: usize| route.spec.rules[rule].backend_refs[at].reference();
    assert_eq!((backend(0, 0).group(), backend(0, 0).kind(), backend(0, 0).weight()), ("", "Service", 1));
    assert_eq!((backend(0, 1).kind(), backend(0, 1).weight()), ("Hostname", 0));
    assert_eq!(&***backend(1, 0).namespace.unwrap(), "other");
    let tree = read(ROUTE);
    let span = tree.span(backend(0, 1).name.node().index);
    assert_eq!(&ROUTE[span.start as usize..span.end as usize], "cart.shop.mesh.internal");
}

#[test]
fn a_rule_without_matches_takes_every_path() {
    let route: HttpRoute = decode(ROUTE);
    assert_eq!(route.spec.rules[0].effective_matches().count(), 3);
    let every: Vec<_> = route.spec.rules[1].effective_matches().map(|m| (m.path_type(), m.path_value().to_owned())).collect();
    assert_eq!(every, [(PathMatchType::PathPrefix, "/".to_owned())]);
}

#[test]
fn a_full_gateway_decodes() {
    let gateway: Gateway = decode(
        r#"
spec:
  gatewayClassName: kgateway
  addresses: [{value: 192.0.2.1}, {type: Hostname, value: east.example.org}]
  infrastructure:
    labels: {team: edge}
    annotations: {note: "yes"}
    parametersRef: {group: gateway.kgateway.dev, kind: GatewayParameters, name: edge}
  allowedListeners: {namespaces: {from: All}}
  defaultScope: All
  tls:
    backend: {clientCertificateRef: {name: client}}
    frontend: {default: {validation: {caCertificateRefs: [{group: "", kind: ConfigMap, name: ca}], mode: AllowValidOnly}}, perPort: []}
  listeners:
  - {name: web, port: 80, protocol: HTTP}
  - name: secure
    port: 443
    protocol: HTTPS
    hostname: "*.example.org"
    tls: {mode: Passthrough, certificateRefs: [{name: cert}], options: {a: b}}
    allowedRoutes:
      kinds: [{kind: HTTPRoute}]
      namespaces:
        from: Selector
        selector: {matchLabels: {shared: "true"}}
"#,
    );
    let spec = &gateway.spec;
    assert_eq!(spec.infrastructure.as_ref().unwrap().parameters_ref.as_ref().unwrap().kind.to_string(), "GatewayParameters");
    assert_eq!((spec.addresses[0].kind(), spec.addresses[1].kind()), ("IPAddress", "Hostname"));
    assert_eq!(spec.allowed_listeners.as_ref().unwrap().from(), FromNamespaces::All);
    let [web, secure] = &spec.listeners[..] else { panic!("two listeners") };
    assert_eq!((web.routes_from(), web.tls_mode()), (FromNamespaces::Same, TlsMode::Terminate));
    assert_eq!((secure.routes_from(), secure.tls_mode()), (FromNamespaces::Selector, TlsMode::Passthrough));
    assert_eq!(secure.allowed_routes.as_ref().unwrap().kinds[0].group(), GROUP);
    assert_eq!(secure.tls.as_ref().unwrap().certificate_refs[0].kind(), "Secret");
    assert!(secure.selector().unwrap().matches(|key| (key == "shared").then_some("true")));
    let closed: AllowedListeners = decode("{}\n");
    assert_eq!(closed.from(), FromNamespaces::None);
}

#[test]
fn listener_sets_of_both_groups_are_one() {
    let set: XListenerSet =
        decode("spec: {parentRef: {name: edge}, listeners: [{name: a, protocol: HTTP}, {name: b, port: 81, protocol: HTTP}]}\n");
    let set = ListenerSet::from(set);
    assert_eq!((set.spec.parent_ref.kind(), set.spec.parent_ref.group()), ("Gateway", GROUP));
    assert_eq!(set.spec.listeners.iter().map(|l| *l.port).collect::<Vec<_>>(), [0, 81]);
}

#[test]
fn the_other_routes_decode() {
    let grpc: GrpcRoute = decode(
        "spec: {rules: [{matches: [{method: {service: a.B, method: C}, headers: [{name: x, value: w}]}], filters: [{type: RequestHeaderModifier, requestHeaderModifier: {remove: [z]}}], backendRefs: [{name: s, port: 1}]}, {}]}\n",
    );
    let rule = &grpc.spec.rules[0];
    assert_eq!(rule.matches[0].method.as_ref().unwrap().kind(), MatchType::Exact);
    assert_eq!(rule.backend_refs[0].weight(), 1);
    assert!(grpc.spec.rules[1].effective_matches().next().unwrap().method.is_none());
    let tls: TlsRoute = decode("spec: {hostnames: [a.b], rules: [{backendRefs: [{name: s, port: 443}]}]}\n");
    assert_eq!(tls.spec.hostnames.len(), 1);
    let tcp: L4Route = decode("spec: {parentRefs: [{name: g}], rules: [{name: r, backendRefs: [{name: s, port: 443, weight: 3}]}]}\n");
    assert_eq!(tcp.spec.rules[0].backend_refs[0].reference().weight(), 3);
}

#[test]
fn grants_and_tls_policies_decode() {
    let grant: ReferenceGrant = decode("spec: {from: [{group: g, kind: HTTPRoute, namespace: a}], to: [{group: \"\", kind: Service}]}\n");
    assert_eq!((grant.from().len(), grant.to().len()), (1, 1));
    assert!(decode::<ReferenceGrant>("{}\n").to().is_empty());
    let policy: BackendTlsPolicy = decode(
        "spec: {targetRefs: [{group: \"\", kind: Service, name: s, sectionName: web}], options: {a: b}, validation: {hostname: s.org, wellKnownCACertificates: System, subjectAltNames: [{type: URI, uri: \"spiffe://t/ns/a/sa/b\"}]}}\n",
    );
    assert!(policy.spec.validation.well_known_ca_certificates.is_some());
    assert_eq!(*policy.spec.validation.subject_alt_names[0].kind, SubjectAltNameType::Uri);
}

#[test]
fn selectors_mean_what_kubernetes_says() {
    let fits = |selector: &str, labels: &[(&str, &str)]| {
        let selector: LabelSelector = decode(selector);
        selector.matches(|key| labels.iter().find(|(k, _)| *k == key).map(|(_, v)| *v))
    };
    let one = |requirement: &str, labels: &[(&str, &str)]| fits(&format!("matchExpressions: [{requirement}]\n"), labels);
    assert!(fits("{}\n", &[]) && fits("{}\n", &[("a", "1")]));
    assert!(fits("matchLabels: {a: \"1\"}\n", &[("a", "1"), ("b", "2")]));
    assert!(!fits("matchLabels: {a: \"1\", b: \"2\"}\n", &[("a", "1")]));
    assert!(!fits("matchLabels: {a: \"1\"}\n", &[("a", "2")]));
    assert!(one("{key: a, operator: In, values: [x, w]}", &[("a", "w")]));
    assert!(!one("{key: a, operator: In, values: [x, w]}", &[("a", "z")]) && !one("{key: a, operator: In, values: [x]}", &[]));
    assert!(one("{key: a, operator: NotIn, values: [x]}", &[]) && one("{key: a, operator: NotIn, values: [x]}", &[("a", "z")]));
    assert!(!one("{key: a, operator: NotIn, values: [x]}", &[("a", "x")]));
    assert!(one("{key: a, operator: Exists}", &[("a", "")]) && !one("{key: a, operator: Exists}", &[]));
    assert!(one("{key: a, operator: DoesNotExist}", &[]) && !one("{key: a, operator: DoesNotExist}", &[("a", "")]));
    assert!(!one("{key: a, operator: Equals, values: [x]}", &[("a", "x")]));
    assert!(!one("{key: a, operator: NotIn}", &[]) && !one("{key: a, operator: Exists, values: [x]}", &[("a", "x")]));
    assert!(!fits("{matchLabels: {a: \"1\"}, matchExpressions: [{key: a, operator: DoesNotExist}]}\n", &[("a", "1")]));
}

#[test]
fn bounds_and_words_stand_in_the_schemas() {
    let gateway = schema::<Gateway>();
    let listener = &gateway["$defs"]["Listener"];
    assert_eq!(listener["required"], serde_json::json!(["name", "port", "protocol"]));
    let field = |name: &str| &listener["properties"][name];
    assert_eq!((&field("port")["minimum"], &field("port")["maximum"]), (&1.into(), &65535.into()));
    assert_eq!(field("hostname")["maxLength"], 253);
    assert!(field("hostname")["pattern"].as_str().unwrap().starts_with(r"^(\*\.)?"));
    assert_eq!(gateway["$defs"]["GatewaySpec"]["properties"]["listeners"]["minItems"], 1);
    assert_eq!(gateway["$defs"]["FromNamespaces"]["enum"], serde_json::json!(["All", "Selector", "Same", "None"]));
    assert_eq!(gateway["$defs"]["RouteNamespaces"]["properties"]["from"]["enum"], serde_json::json!(["All", "Selector", "Same", null]));
    assert!(gateway["$defs"]["RouteNamespaces"].get("required").is_none());
    let infrastructure = &gateway["$defs"]["Infrastructure"]["properties"];
    assert_eq!(infrastructure["labels"]["maxProperties"], 8);
    let http = schema::<HttpRoute>();
    let weight = &http["$defs"]["HttpBackendRef"]["properties"]["weight"];
    assert_eq!((&weight["minimum"], &weight["maximum"]), (&0.into(), &1_000_000.into()));
    let hostnames = &http["$defs"]["HttpRouteSpec"]["properties"]["hostnames"];
    assert_eq!((&hostnames["maxItems"], &hostnames["items"]["maxLength"]), (&16.into(), &253.into()));
    assert_eq!(http["$defs"]["Retry"]["properties"]["codes"]["items"]["minimum"], 400);
    assert_eq!(http["$defs"]["HttpFilterType"]["enum"].as_array().unwrap().len(), 8);
    assert_eq!(http["$defs"]["RedirectFilter"]["properties"]["statusCode"]["enum"][1], 302);
    assert!(http["$defs"]["HttpTimeouts"]["properties"]["request"]["pattern"].is_string());
    assert!(schema::<L4Route>()["$defs"]["L4RouteSpec"]["properties"].get("hostnames").is_none());
    assert_eq!(schema::<GatewayClass>()["$defs"]["GatewayClassSpec"]["properties"]["description"]["maxLength"], 64);
}

#[test]
fn every_pattern_compiles_and_every_key_is_camel_case() {
    fn walk(json: &Json, patterns: &mut usize) {
        match json {
            Json::Object(map) => {
                if let Some(Json::String(pattern)) = map.get("pattern") {
                    regex::Regex::new(pattern).unwrap();
                    *patterns += 1;
                }
                if let Some(Json::Object(properties)) = map.get("properties") {
                    assert!(properties.keys().all(|key| !key.contains('_')), "{:?}", properties.keys());
                }
                map.values().for_each(|value| walk(value, patterns));
            }
            Json::Array(items) => items.iter().for_each(|item| walk(item, patterns)),
            _ => {}
        }
    }
    let mut patterns = 0;
    for json in [
        schema::<GatewayClass>(),
        schema::<Gateway>(),
        schema::<ListenerSet>(),
        schema::<XListenerSet>(),
        schema::<HttpRoute>(),
        schema::<GrpcRoute>(),
        schema::<TlsRoute>(),
        schema::<L4Route>(),
        schema::<ReferenceGrant>(),
        schema::<BackendTlsPolicy>(),
    ] {
        walk(&json, &mut patterns);
    }
    assert!(patterns > 100, "{patterns}");
}
