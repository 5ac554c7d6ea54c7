#![expect(clippy::unwrap_used, reason = "tests")]

use serde::de::DeserializeOwned;

use super::*;
use crate::model::{IntOrText, Metadata};
use crate::text::FileId;
use crate::yaml::{At, DecodeError, Decoder, NodeId, read};

fn try_decode<T: DeserializeOwned>(text: &str) -> Result<T, DecodeError> {
    let tree = read(text);
    assert_eq!(tree.errors, []);
    Decoder::new(&tree, FileId(3), tree.documents[0].root.unwrap()).decode()
}

fn decode<T: DeserializeOwned>(text: &str) -> T {
    try_decode(text).unwrap()
}

/// The text at a node of `text`.
fn at(text: &str, node: NodeId) -> &str {
    let span = read(text).span(node.index);
    &text[span.start as usize..span.end as usize]
}

const POD_SPEC: &str = "{containers: [{name: web, ports: [{name: http, containerPort: 8080}, {name: dns, containerPort: 53, protocol: UDP}]}],
  initContainers: [{name: once, ports: [{name: once, containerPort: 1}]}, {name: side, restartPolicy: Always, ports: [{name: admin, containerPort: 9000}]}]}";

#[test]
fn a_service_says_its_ports_and_what_kind_it_is() {
    let text = "
apiVersion: v1
kind: Service
metadata: {name: cart}
spec:
  type: ClusterIP
  clusterIP: 10.0.0.7
  selector: {app: cart}
  sessionAffinity: None
  trafficDistribution: PreferClose
  publishNotReadyAddresses: true
  ports:
  - {name: web, port: 80, targetPort: http, appProtocol: kubernetes.io/h2c, nodePort: 30080}
  - {name: raw, port: 9090, protocol: UDP}
  - {name: zero, port: 70, targetPort: 0}
  - {name: num, port: 81, targetPort: 8081}
";
    let service: Service = decode(text);
    assert!(service.has_selector() && !service.is_headless() && !service.is_external_name());
    assert!(service.selector().unwrap().is("app", "cart"));
    let spec = service.spec.as_ref().unwrap();
    assert_eq!(&***spec.traffic_distribution.as_ref().unwrap(), "PreferClose");
    assert!(**spec.publish_not_ready_addresses.as_ref().unwrap());
    let [web, raw, zero, num] = service.ports() else { panic!("four ports") };
    assert_eq!((web.protocol(), raw.protocol()), ("TCP", "UDP"));
    assert_eq!((*web.port, **web.node_port.as_ref().unwrap()), (80, 30080));
    assert_eq!(*web.target(), IntOrText::Text("http".into()));
    assert_eq!(at(text, web.target().node()), "http");
    assert_eq!(*raw.target(), IntOrText::Int(9090));
    assert_eq!(at(text, raw.target().node()), "9090");
    assert_eq!(*zero.target(), IntOrText::Int(70));
    assert_eq!(*num.target(), IntOrText::Int(8081));
}

#[test]
fn services_without_an_address_or_without_pods() {
    assert!(decode::<Service>("{spec: {clusterIP: None, selector: {a: b}}}").is_headless());
    assert!(decode::<Service>("{spec: {clusterIPs: [None]}}").is_headless());
    assert!(!decode::<Service>("{spec: {clusterIPs: [10.0.0.1], clusterIP: ''}}").is_headless());
    let external: Service = decode("{spec: {type: ExternalName, externalName: shop.example.com, selector: {a: b}}}");
    assert!(external.is_external_name() && !external.has_selector() && !external.is_headless());
    assert!(!decode::<Service>("{spec: {selector: {}}}").has_selector());
    let empty: Service = decode("{}");
    assert!(empty.ports().is_empty() && empty.selector().is_none() && !empty.is_headless());
    assert!(try_decode::<Service>("{spec: {ports: [{name: web}]}}").is_err(), "a port without its number is broken");
}

#[test]
fn a_deployment_is_a_workload() {
    let text = format!(
        "{{spec: {{replicas: 2, selector: {{matchLabels: {{app: web}}}}, template: {{metadata: {{labels: {{app: web}}, annotations: {{note: hi}}}}, spec: {POD_SPEC}}}}}}}"
    );
    let workload = Workload::from(decode::<TemplateOwner>(&text));
    assert_eq!(**workload.replicas.as_ref().unwrap(), 2);
    assert!(workload.selector.as_ref().unwrap().matches(|key| (key == "app").then_some("web")));
    assert_eq!(at(&text, workload.label("app").unwrap().node()), "web");
    assert_eq!(&***workload.annotation("note").unwrap(), "hi");
    let template = workload.template.as_ref().unwrap();
    let names: Vec<&str> = template.container_ports().map(|p| &***p.name.as_ref().unwrap()).collect();
    assert_eq!(names, ["http", "dns", "admin"]);
    assert_eq!(*template.port_named("http", "TCP").unwrap().container_port, 8080);
    assert!(template.port_named("dns", "TCP").is_none(), "another protocol");
    assert!(template.port_named("once", "TCP").is_none(), "that container ends before the pod serves");
}

#[test]
fn a_cron_job_is_a_workload() {
    let text = "{spec: {schedule: '* * * * *', jobTemplate: {spec: {template: {metadata: {labels: {app: night}}, spec: {hostNetwork: true, serviceAccountName: owl}}}}}}";
    let workload = Workload::from(decode::<CronJob>(text));
    assert_eq!(&***workload.label("app").unwrap(), "night");
    let spec = workload.pod_spec().unwrap();
    assert!(spec.is_host_network());
    assert_eq!(&***spec.service_account().unwrap(), "owl");
    assert!(Workload::from(decode::<CronJob>("{spec: {jobTemplate: {}}}")).template.is_none());
}

#[test]
fn a_pod_is_a_workload_with_its_own_labels() {
    #[derive(serde::Deserialize)]
    struct Object {
        metadata: At<Metadata>,
    }
    let text = format!("{{metadata: {{name: one, labels: {{app: solo}}}}, spec: {POD_SPEC}}}");
    let root = read(&text).documents[0].root.unwrap();
    let metadata = decode::<Object>(&text).metadata;
    let workload = decode::<Pod>(&text).into_workload(Some(metadata), NodeId { file: FileId(3), index: root });
    assert_eq!(at(&text, workload.label("app").unwrap().node()), "solo");
    assert_eq!(at(&text, workload.template.as_ref().unwrap().node()), text);
    assert_eq!(workload.template.as_ref().unwrap().container_ports().count(), 3);
    assert!(workload.selector.is_none() && workload.replicas.is_none());
}

#[test]
fn environment_of_a_container() {
    let container: Container = decode(
        "{image: 'example.org/x:1', args: [--level, debug], env: [{name: A, value: one}, {name: A, value: two}, {name: B, valueFrom: {fieldRef: {fieldPath: x}}}], envFrom: [{configMapRef: {name: c}}]}",
    );
    assert_eq!(&***container.env("A").unwrap().value.as_ref().unwrap(), "two");
    let unknown = container.env("B").unwrap();
    assert!(unknown.value.is_none() && unknown.value_from.is_some());
    assert!(container.env("C").is_none());
    assert_eq!((container.env_from.len(), container.args.len()), (1, 2));
}

#[test]
fn the_older_name_of_the_service_account() {
    let spec: PodSpec = decode("{serviceAccountName: '', serviceAccount: old}");
    assert_eq!(&***spec.service_account().unwrap(), "old");
    assert!(decode::<PodSpec>("{}").service_account().is_none());
}

#[test]
fn a_secret_keeps_no_values() {
    let secret: Secret = decode("{type: kubernetes.io/tls, data: {tls.crt: aGlkZGVu, tls.key: 12}, stringData: {extra: veryhidden}}");
    assert_eq!(secret.keys().map(|k| &***k).collect::<Vec<_>>(), ["tls.crt", "tls.key", "extra"]);
    let shown = format!("{secret:?}");
    assert!(!shown.contains("aGlk") && !shown.contains("veryhidden"), "{shown}");
    assert_eq!(decode::<Secret>("{data: null}").keys().count(), 0);
}

#[test]
fn namespaces_accounts_and_config_maps() {
    let _: NamespaceObject = decode("{metadata: {name: shop}, spec: {finalizers: [kubernetes]}}");
    let _: ServiceAccount = decode("{metadata: {name: cart}, automountServiceAccountToken: false}");
    let map: ConfigMap = decode("{data: {mesh: \"a: 1\\n\", plain: text}, binaryData: {x: AA==}}");
    assert_eq!(&***map.get("mesh").unwrap(), "a: 1\n");
    assert!(map.get("x").is_none());
}

#[test]
fn network_policies() {
    let policy: NetworkPolicy = decode(
        "
spec:
  podSelector: {}
  policyTypes: [Egress]
  ingress:
  - from: [{namespaceSelector: {matchLabels: {team: a}}, podSelector: {matchExpressions: [{key: app, operator: Exists}]}}, {ipBlock: {cidr: 10.0.0.0/8, except: [10.1.0.0/16]}}]
    ports: [{port: 15008, protocol: TCP}, {port: 8000, endPort: 8100}, {port: http}, {protocol: UDP}]
  egress:
  - to: [{podSelector: {}}]
",
    );
    let spec = policy.spec.unwrap();
    assert!(spec.pod_selector.as_ref().unwrap().is_empty());
    assert!(!spec.limits_ingress() && spec.limits_egress());
    let rule = &spec.ingress[0];
    assert_eq!(rule.ports.iter().map(|p| p.covers(8080)).collect::<Vec<_>>(), [Some(false), Some(true), None, Some(true)]);
    assert_eq!(rule.ports[1].protocol(), "TCP");
    assert!(rule.from[0].pod_selector.as_ref().unwrap().matches(|_| Some("any")));
    assert_eq!(rule.from[1].ip_block.as_ref().unwrap().except.len(), 1);
    assert_eq!(spec.egress[0].to.len(), 1);
    let plain: NetworkPolicySpec = decode("{podSelector: {}}");
    assert!(plain.limits_ingress() && !plain.limits_egress());
}

#[test]
fn endpoint_slices() {
    let slice: EndpointSlice = decode(
        "
addressType: IPv4
ports: [{name: web, port: 8080, protocol: TCP}]
endpoints: [{addresses: [10.0.0.1]}, {addresses: [10.0.0.2], conditions: {ready: false}}, {addresses: [10.0.0.3], conditions: {serving: true}}]
",
    );
    assert_eq!(slice.endpoints.iter().map(|e| e.is_ready()).collect::<Vec<_>>(), [true, false, true]);
    assert_eq!(**slice.ports[0].port.as_ref().unwrap(), 8080);
}

#[test]
fn label_selectors() {
    let labels = |key: &str| match key {
        "app" => Some("web"),
        "tier" => Some("front"),
        _ => None,
    };
    let yes = |text: &str| decode::<LabelSelector>(text).matches(labels);
    assert!(yes("{}"));
    assert!(decode::<LabelSelector>("{matchLabels: {}, matchExpressions: []}").is_empty());
    assert!(yes("{matchLabels: {app: web, tier: front}}"));
    assert!(!yes("{matchLabels: {app: web, tier: back}}"));
    assert!(!yes("{matchLabels: {other: ''}}"), "a label that is not there is not empty");
    assert!(yes("{matchExpressions: [{key: app, operator: In, values: [api, web]}]}"));
    assert!(!yes("{matchExpressions: [{key: app, operator: NotIn, values: [api, web]}]}"));
    assert!(yes("{matchExpressions: [{key: other, operator: NotIn, values: [x]}]}"), "NotIn holds without the label");
    assert!(!yes("{matchExpressions: [{key: other, operator: In, values: [x]}]}"));
    assert!(!yes("{matchExpressions: [{key: app, operator: DoesNotExist}]}"));
    assert!(yes("{matchExpressions: [{key: app, operator: Exists}, {key: other, operator: DoesNotExist}]}"));
    assert!(!yes("{matchExpressions: [{key: app, operator: Gt, values: ['1']}]}"));
    assert!(!yes("{matchLabels: {app: api}, matchExpressions: [{key: app, operator: Exists}]}"), "all must hold");
}
