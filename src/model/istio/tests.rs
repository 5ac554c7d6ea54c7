#![expect(clippy::unwrap_used, reason = "tests")]

use schemars::{JsonSchema, schema_for};
use serde::de::DeserializeOwned;

use super::*;
use crate::text::FileId;
use crate::yaml::{DecodeError, Decoder, read};

fn try_decode<T: DeserializeOwned>(text: &str) -> Result<T, DecodeError> {
    let tree = read(text);
    assert_eq!(tree.errors, []);
    Decoder::new(&tree, FileId(0), tree.documents[0].root.unwrap()).decode()
}

fn decode<T: DeserializeOwned>(text: &str) -> T {
    try_decode(text).unwrap()
}

#[test]
fn service_entries() {
    let entry: ServiceEntry = decode(
        "
spec:
  hosts: [cart.shop.mesh.internal]
  addresses: [240.1.2.3]
  location: MESH_INTERNAL
  resolution: DYNAMIC_DNS
  ports: [{number: 80, name: http, protocol: HTTP, targetPort: 8080}]
  endpoints: [{address: 10.0.0.1, ports: {http: 8081, admin: 9}, labels: {app: cart}, network: east, locality: r/z, weight: 3, serviceAccount: cart}]
  workloadSelector: {labels: {app: cart}}
  exportTo: ['.']
  subjectAltNames: [spiffe://x]
",
    );
    let spec = &entry.spec;
    assert_eq!(&**spec.hosts[0], "cart.shop.mesh.internal");
    assert_eq!((spec.location.as_deref(), spec.resolution.as_deref()), (Some(&Location::MeshInternal), Some(&Resolution::DynamicDns)));
    assert_eq!((*spec.ports[0].number, **spec.ports[0].target_port.as_ref().unwrap()), (80, 8080));
    let ports = spec.endpoints[0].ports.as_ref().unwrap();
    assert_eq!(ports.get("http").map(|p| **p), Some(8081));
    assert_eq!(ports.iter().map(|(name, _)| &***name).collect::<Vec<_>>(), ["http", "admin"]);
    assert!(spec.workload_selector.as_ref().unwrap().labels.as_ref().unwrap().is("app", "cart"));
    assert!(try_decode::<ServiceEntry>("{spec: {addresses: []}}").is_err(), "hosts are required");
    assert!(try_decode::<ServiceEntry>("{spec: {hosts: [a], resolution: dns}}").is_err(), "words are exact");
    for (word, resolution) in [
        ("NONE", Resolution::None),
        ("STATIC", Resolution::Static),
        ("DNS", Resolution::Dns),
        ("DNS_ROUND_ROBIN", Resolution::DnsRoundRobin),
    ] {
        assert_eq!(
            **decode::<ServiceEntry>(&format!("{{spec: {{hosts: [a], resolution: {word}}}}}")).spec.resolution.as_ref().unwrap(),
            resolution
        );
    }
}

#[test]
fn workload_entries() {
    let entry: WorkloadEntry = decode("{spec: {address: vm.example.com, labels: {app: vm}, serviceAccount: vm}}");
    assert_eq!(&***entry.spec.address.as_ref().unwrap(), "vm.example.com");
    assert!(entry.spec.ports.is_none());
}

#[test]
fn destination_rules_and_virtual_services() {
    let rule: DestinationRule = decode(
        "{spec: {host: cart, trafficPolicy: {tls: {mode: DISABLE}}, subsets: [{name: v1, labels: {v: '1'}}], workloadSelector: {matchLabels: {a: b}}}}",
    );
    let spec = rule.spec.unwrap();
    assert_eq!(spec.traffic_policy.as_ref().unwrap().at(&["tls", "mode"]).unwrap().text().map(|t| &**t), Some("DISABLE"));
    assert_eq!(&**spec.subsets[0].name, "v1");
    let routes: VirtualService =
        decode("{spec: {hosts: [cart], gateways: [mesh], http: [{route: [{destination: {host: cart, subset: v1}}]}]}}");
    let http = &routes.spec.as_ref().unwrap().http[0];
    assert_eq!(http.get("route").unwrap().items()[0].at(&["destination", "subset"]).unwrap().text().map(|t| &**t), Some("v1"));
}

#[test]
fn gateways() {
    let gateway: IstioGateway = decode(
        "{spec: {selector: {istio: ingress}, servers: [{port: {number: 443, name: https, protocol: HTTPS}, hosts: ['*/shop.example.com'],
          tls: {mode: OPTIONAL_MUTUAL, credentialName: cert, minProtocolVersion: TLSV1_2}, bind: 0.0.0.0}]}}",
    );
    let spec = gateway.spec.unwrap();
    assert!(spec.selector.as_ref().unwrap().is("istio", "ingress"));
    let tls = spec.servers[0].tls.as_ref().unwrap();
    assert_eq!(tls.mode.as_deref(), Some(&ServerTlsMode::OptionalMutual));
    assert!(tls.min_protocol_version.is_some() && tls.max_protocol_version.is_none());
}

#[test]
fn peer_authentications() {
    let policy: PeerAuthentication =
        decode("{spec: {selector: {matchLabels: {app: gw}}, mtls: {mode: STRICT}, portLevelMtls: {8080: {mode: PERMISSIVE}, '9090': {}}}}");
    let spec = policy.spec.unwrap();
    assert_eq!(spec.mtls.as_ref().unwrap().mode.as_deref(), Some(&MtlsMode::Strict));
    assert!(!spec.selector.as_ref().unwrap().is_empty());
    let ports = spec.port_level_mtls.as_ref().unwrap();
    assert_eq!(ports.get("8080").unwrap().mode.as_deref(), Some(&MtlsMode::Permissive), "a number as key is text");
    assert!(ports.get("9090").unwrap().mode.is_none());
    for (word, mode) in [("UNSET", MtlsMode::Unset), ("DISABLE", MtlsMode::Disable)] {
        assert_eq!(**decode::<Mtls>(&format!("{{mode: {word}}}")).mode.as_ref().unwrap(), mode);
    }
    assert!(decode::<PeerAuthentication>("{metadata: {name: default}}").spec.is_none());
    assert!(decode::<WorkloadSelector>("{}").matches(|_| None));
    assert!(!decode::<WorkloadSelector>("{matchLabels: {a: b}}").matches(|_| None));
}

#[test]
fn authorization_policies() {
    let policy: AuthorizationPolicy = decode(
        "
spec:
  targetRef: {group: gateway.networking.k8s.io, kind: Gateway, name: way}
  targetRefs: [{kind: Service, name: cart}]
  action: DENY
  provider: {name: ask}
  rules:
  - {}
  - from: [{source: {notPrincipals: [p], requestPrincipals: [r], remoteIpBlocks: [10.0.0.0/8], notServiceAccounts: [a/b], notTrustDomains: [t]}}]
    to: [{operation: {methods: [POST], notPorts: ['80']}}]
    when: [{key: source.ip, notValues: [10.0.0.1]}]
",
    );
    let spec = policy.spec.unwrap();
    assert_eq!((spec.action(), spec.targets().count()), (Action::Deny, 2));
    assert_eq!(spec.rules.iter().map(|r| r.is_empty()).collect::<Vec<_>>(), [true, false]);
    let source = spec.rules[1].from[0].source.as_ref().unwrap();
    assert_eq!((source.not_principals.len(), source.remote_ip_blocks.len(), source.principals.len()), (1, 1, 0));
    assert_eq!((source.not_service_accounts.len(), source.not_trust_domains.len()), (1, 1));
    let operation = spec.rules[1].to[0].operation.as_ref().unwrap();
    assert_eq!((operation.methods.len(), operation.not_ports.len(), operation.ports.len()), (1, 1, 0));
    assert_eq!(spec.rules[1].when[0].not_values.len(), 1);
    assert_eq!(decode::<AuthorizationPolicySpec>("{}").action(), Action::Allow);
    assert!(decode::<AuthorizationPolicySpec>("{rules: }").rules.is_empty());
}

#[test]
fn request_authentications() {
    let policy: RequestAuthentication = decode(
        "{spec: {targetRefs: [{kind: Service, name: cart}], jwtRules: [{issuer: me, jwks_uri: https://me/keys, fromHeaders: [{name: x}], forwardOriginalToken: true}]}}",
    );
    let spec = policy.spec.unwrap();
    assert_eq!(spec.targets().count(), 1);
    assert!(spec.jwt_rules[0].jwks_uri_snake.is_some() && spec.jwt_rules[0].jwks_uri.is_none() && spec.jwt_rules[0].from_headers.is_some());
}

#[test]
fn install_resources() {
    let operator: IstioOperator = decode("{spec: {profile: ambient, tag: 1.30, values: {global: {tag: 1.30.1}}, unvalidatedValues: {}}}");
    let spec = operator.spec.unwrap();
    assert_eq!(spec.values.as_ref().unwrap().at(&["global", "tag"]).unwrap().text().map(|t| &**t), Some("1.30.1"));
    assert!(spec.tag.is_some());
    let sail: SailInstall =
        decode("{spec: {version: v1.28-latest, profile: ambient, namespace: istio-system, updateStrategy: {type: InPlace}}}");
    assert_eq!(&***sail.spec.as_ref().unwrap().version.as_ref().unwrap(), "v1.28-latest");
}

fn schema<T: JsonSchema>() -> serde_json::Value {
    schema_for!(T).to_value()
}

/// The keys that a path of definitions allows.
fn keys(value: &serde_json::Value) -> Vec<&str> {
    value["properties"].as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn every_kind_has_a_schema() {
    for made in [
        schema::<ServiceEntry>(),
        schema::<WorkloadEntry>(),
        schema::<DestinationRule>(),
        schema::<VirtualService>(),
        schema::<IstioGateway>(),
        schema::<PeerAuthentication>(),
        schema::<AuthorizationPolicy>(),
        schema::<RequestAuthentication>(),
        schema::<IstioOperator>(),
        schema::<SailInstall>(),
    ] {
        assert_eq!(keys(&made), ["spec"]);
    }
}

#[test]
fn schemas_say_what_is_required_open_and_bounded() {
    let entry = schema::<ServiceEntry>();
    assert_eq!(entry["required"], serde_json::json!(["spec"]));
    assert_eq!(entry["$defs"]["ServiceEntrySpec"]["required"], serde_json::json!(["hosts"]));
    assert_eq!(entry["$defs"]["SePort"]["properties"]["number"]["maximum"], 65535);
    assert_eq!(entry["$defs"]["ServiceEntrySpec"]["properties"]["hosts"]["minItems"], 1);
    assert_eq!(schema::<AuthorizationPolicy>()["$defs"]["TargetRef"]["properties"]["name"]["minLength"], 1);
    assert_eq!(entry["$defs"]["SePort"]["properties"]["targetPort"]["maximum"], 65535);
    let gateway = schema::<IstioGateway>();
    assert_eq!(gateway["$defs"]["Server"]["required"], serde_json::json!(["port", "hosts"]));
    assert!(gateway["$defs"]["TlsVersion"].is_object(), "the shape of fields that nobody reads is in the schema");
    let peer = schema::<PeerAuthentication>();
    assert!(peer["$defs"]["PeerAuthenticationSpec"]["properties"]["portLevelMtls"].to_string().contains("#/$defs/Mtls"));
    assert_eq!(schema::<SailInstall>()["$defs"]["SailSpec"]["x-open"], true);
    assert_eq!(keys(&schema::<RequestAuthentication>()["$defs"]["JwtRule"]).iter().filter(|k| k.starts_with("jwks")).count(), 3);
}
