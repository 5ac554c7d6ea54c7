//! What works is left alone. Each test is a false finding that other tools were reported for, or that meshgate once made, beside
//! a variant that is rightly found.

use meshgate::checks::{Certainty, Severity};
use meshgate::lint::{Request, lint};
use meshgate::text::MemoryWorld;

/// The rules that find something worse than information.
fn found(files: &[(&str, &str)], complete: bool) -> Vec<String> {
    let request = Request { complete, ..Request::new(["."]) };
    let linted = lint(&MemoryWorld::new(files.iter().copied()), &request).unwrap_or_else(|failure| panic!("{failure:?}"));
    linted.findings.iter().filter(|f| f.severity > Severity::Info).map(|f| f.rule.to_string()).collect()
}

/// The findings of one file, taken for the whole cluster and not.
fn of(text: &str) -> Vec<String> {
    let files = [("all.yaml", text)];
    let mut rules = found(&files, false);
    rules.extend(found(&files, true));
    rules.sort();
    rules.dedup();
    rules
}

const NOTHING: [&str; 0] = [];

const SHOP: &str = "
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {istio.io/dataplane-mode: ambient, team: shop}}
---
apiVersion: v1
kind: Service
metadata: {name: cart, namespace: shop}
spec: {selector: {app: cart}, ports: [{name: http, port: 80, targetPort: 8080}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: cart, namespace: shop}
spec:
  selector: {matchLabels: {app: cart}}
  template:
    metadata: {labels: {app: cart}}
    spec: {containers: [{name: cart, image: registry.example.com/cart:1}]}
---
";

const EDGE: &str = "
apiVersion: v1
kind: Namespace
metadata: {name: edge, labels: {istio.io/dataplane-mode: ambient}}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: public, namespace: edge}
spec:
  gatewayClassName: kgateway
  listeners:
  - {name: http, port: 8080, protocol: HTTP, allowedRoutes: {namespaces: {from: All}}}
---
";

/// A route of the shop, with one rule.
fn route(rule: &str) -> String {
    format!(
        "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {{name: cart, namespace: shop}}\nspec:\n  parentRefs: [{{name: public, namespace: edge}}]\n  hostnames: [shop.example.com]\n  rules:\n  - {rule}\n---\n"
    )
}

fn to_cart() -> String {
    route("backendRefs: [{name: cart, port: 80}]")
}

const STRICT: &str = "
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: default, namespace: istio-system}
spec: {mtls: {mode: STRICT}}
---
";

// --- what others were reported for ---

#[test]
fn a_route_in_an_ambient_namespace_needs_no_waypoint() {
    let all = format!("{SHOP}{EDGE}{}", to_cart());
    assert_eq!(of(&all), NOTHING);
    // what does need one is said
    let asks = all.replace(
        "metadata: {name: cart, namespace: shop}\nspec: {sel",
        "metadata: {name: cart, namespace: shop, labels: {istio.io/ingress-use-waypoint: 'true'}}\nspec: {sel",
    );
    assert_eq!(of(&asks), ["ingress-waypoint-unbound"]);
}

#[test]
fn match_expressions_of_selectors_are_read() {
    let selecting = |expression: &str| {
        let from = format!("{{from: Selector, selector: {{matchExpressions: [{expression}]}}}}");
        let policy = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: all, namespace: shop}\nspec:\n  podSelector: {matchExpressions: [{key: app, operator: NotIn, values: [cart]}]}\n  ingress: [{ports: [{port: 8080}]}]\n---\n";
        let edge = EDGE.replace("{from: All}", &from);
        format!("{SHOP}{edge}{policy}{}", to_cart())
    };
    for right in [
        "{key: team, operator: In, values: [bank, shop]}",
        "{key: team, operator: Exists}",
        "{key: kubernetes.io/metadata.name, operator: In, values: [shop]}",
        "{key: team, operator: NotIn, values: [bank]}",
        "{key: closed, operator: DoesNotExist}",
    ] {
        assert_eq!(of(&selecting(right)), NOTHING, "{right}");
    }
    assert_eq!(of(&selecting("{key: team, operator: NotIn, values: [shop]}")), ["route-namespace-not-allowed"]);
    let policy = selecting("{key: team, operator: Exists}").replace("operator: NotIn", "operator: In");
    assert_eq!(of(&policy), ["networkpolicy-blocks-hbone"]);
}

#[test]
fn every_entry_of_a_reference_grant_counts() {
    let bank = SHOP.replace("shop", "bank").replace("name: cart", "name: till");
    let backends = "backendRefs: [{name: till, namespace: bank, port: 80}]";
    let grant = "apiVersion: gateway.networking.k8s.io/v1beta1\nkind: ReferenceGrant\nmetadata: {name: routes, namespace: bank}\nspec:\n  from:\n  - {group: gateway.networking.k8s.io, kind: GRPCRoute, namespace: shop}\n  - {group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: other}\n  - {group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: shop}\n  to:\n  - {group: '', kind: Secret}\n  - {group: '', kind: Service, name: safe}\n  - {group: '', kind: Service, name: till}\n---\n";
    let all = format!("{SHOP}{bank}{EDGE}{}{grant}", route(backends));
    assert_eq!(of(&all), NOTHING);
    let one_less = all.replace("  - {group: '', kind: Service, name: till}\n", "");
    assert_eq!(of(&one_less), ["reference-grant-missing"]);
}

#[test]
fn hosts_of_an_authorization_policy_are_no_services() {
    let waypoint = "apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: waypoint, namespace: shop}\nspec: {gatewayClassName: istio-waypoint, listeners: [{name: mesh, port: 15008, protocol: HBONE}]}\n---\n";
    let bound = "labels: {istio.io/use-waypoint: waypoint, istio.io/ingress-use-waypoint: 'true'}";
    let shop = SHOP.replacen("metadata: {name: cart, namespace: shop}", &format!("metadata: {{name: cart, namespace: shop, {bound}}}"), 1);
    let policy = "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: cart, namespace: shop}\nspec:\n  targetRefs: [{group: '', kind: Service, name: cart}]\n  rules:\n  - to: [{operation: {hosts: [shop.example.com, '*.example.org', nobody, nobody.nowhere.svc.cluster.local]}}]\n---\n";
    let all = format!("{shop}{waypoint}{EDGE}{}{policy}", to_cart());
    assert_eq!(of(&all), NOTHING);
    assert_eq!(of(&all.replace("istio.io/ingress-use-waypoint: 'true'", "a: b")), ["ingress-bypasses-waypoint"]);
}

#[test]
fn app_protocols_of_kubernetes_are_known() {
    for protocol in ["kubernetes.io/h2c", "kubernetes.io/ws", "kubernetes.io/wss", "http", "example.com/own"] {
        let all = format!("{SHOP}{EDGE}{}", to_cart()).replace("targetPort: 8080", &format!("targetPort: 8080, appProtocol: {protocol}"));
        assert_eq!(of(&all), NOTHING, "{protocol}");
    }
}

#[test]
fn classes_that_controllers_make_are_not_missing() {
    let policy = |class: &str| {
        let all = "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: all, namespace: istio-system}\nspec: {targetRefs: [{group: gateway.networking.k8s.io, kind: GatewayClass, name: CLASS}], action: DENY, rules: [{from: [{source: {namespaces: [kitchen]}}]}]}\n---\n";
        of(&format!("{}{SHOP}{EDGE}{}", all.replace("CLASS", class), to_cart()))
    };
    assert_eq!(policy("istio-waypoint"), NOTHING);
    assert_eq!(policy("somebodys-waypoint"), ["policy-target-missing"]);
}

#[test]
fn addresses_that_istio_allocates_are_not_missing() {
    let entry = "apiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: {name: rates, namespace: shop}\nspec:\n  hosts: [rates.example.net]\n  ports: [{number: 443, name: tls, protocol: TLS}]\n  resolution: DNS\n---\n";
    let backend = "backendRefs: [{group: networking.istio.io, kind: Hostname, name: rates.example.net, port: 443}]";
    assert_eq!(of(&format!("{SHOP}{EDGE}{entry}{}", route(backend))), NOTHING);
}

#[test]
fn what_a_controller_makes_is_not_missing() {
    // the Services of gateways, by the controllers' naming, and the API server's own
    let inner = "apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: inner, namespace: shop}\nspec: {gatewayClassName: istio, listeners: [{name: http, port: 80, protocol: HTTP}]}\n---\n";
    let grant = "apiVersion: gateway.networking.k8s.io/v1beta1\nkind: ReferenceGrant\nmetadata: {name: api, namespace: default}\nspec: {from: [{group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: shop}], to: [{group: '', kind: Service}]}\n---\n";
    let made = |backend: &str| of(&format!("{SHOP}{EDGE}{inner}{grant}{}", route(&format!("backendRefs: [{backend}]"))));
    assert_eq!(made("{name: inner-istio, port: 80}"), NOTHING);
    assert_eq!(made("{name: kubernetes, namespace: default, port: 443}"), NOTHING);
    assert_eq!(made("{name: inner-nginx, port: 80}"), ["backend-service-not-found"]);
    // the Secret that cert-manager writes, the waypoint that `auto` makes
    let tls = EDGE.replace(
        "listeners:\n",
        "listeners:\n  - {name: https, port: 8443, protocol: HTTPS, tls: {certificateRefs: [{name: written-by-cert-manager}]}, allowedRoutes: {namespaces: {from: All}}}\n",
    );
    assert_eq!(of(&format!("{SHOP}{tls}{}", to_cart())), NOTHING);
    let solo = [
        ("meshgate.yaml", "mesh: {distribution: solo, version: 1.29.5}\n"),
        (
            "all.yaml",
            "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {istio.io/dataplane-mode: ambient, istio.io/use-waypoint: auto}}\n",
        ),
    ];
    assert_eq!(found(&solo, true), NOTHING);
    assert_eq!(found(&[("meshgate.yaml", "mesh: {distribution: istio}\n"), solo[1]], true), ["auto-waypoint-misuse"]);
}

#[test]
fn what_lies_outside_the_input_is_not_broken() {
    let outside = to_cart().replace("cart, port", "of-another-repository, namespace: elsewhere, port");
    assert_eq!(found(&[("all.yaml", &outside)], false), NOTHING);
    assert_eq!(found(&[("all.yaml", &outside)], true), ["route-parent-unknown", "backend-service-not-found"], "and with --complete it is");
    let bound = "apiVersion: v1\nkind: Service\nmetadata: {name: cart, namespace: shop, labels: {istio.io/use-waypoint: elsewhere, istio.io/use-waypoint-namespace: waypoints}}\nspec: {ports: [{port: 80}]}\n";
    assert_eq!(found(&[("all.yaml", bound)], false), NOTHING);
}

#[test]
fn what_the_api_server_fills_in_is_not_missing() {
    // no type, protocol, targetPort, weight, matches, path type, group, kind, allowedRoutes or tls mode
    let all = "
apiVersion: v1
kind: Service
metadata: {name: cart, namespace: edge}
spec: {selector: {app: cart}, ports: [{port: 8080}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: public, namespace: edge}
spec:
  gatewayClassName: istio
  listeners:
  - {name: http, port: 80, protocol: HTTP}
  - {name: https, port: 443, protocol: HTTPS, tls: {certificateRefs: [{name: public}]}}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: cart, namespace: edge}
spec:
  parentRefs: [{name: public}]
  rules:
  - backendRefs: [{name: cart, port: 8080}]
  - matches: [{path: {value: /a}}, {headers: [{name: a, value: b}]}]
    filters: [{type: RequestRedirect, requestRedirect: {hostname: other.example.com}}]
";
    assert_eq!(of(all), NOTHING);
    assert_eq!(of(&all.replace("name: cart, port: 8080}]\n", "name: cart}]\n")), ["backend-port-missing"], "a port is never filled in");
}

#[test]
fn pods_are_not_missing_where_their_workload_stands() {
    for kind in ["Deployment", "StatefulSet", "DaemonSet"] {
        assert_eq!(of(&format!("{SHOP}{EDGE}{}", to_cart()).replace("kind: Deployment", &format!("kind: {kind}"))), NOTHING, "{kind}");
    }
    // nor where an operator of another kind makes them
    let rollout = format!("{SHOP}{EDGE}{}", to_cart()).replace("apps/v1\nkind: Deployment", "argoproj.io/v1alpha1\nkind: Rollout");
    assert_eq!(of(&rollout.replace("targetPort: 8080", "targetPort: web")), NOTHING);
    let named = format!("{SHOP}{EDGE}{}", to_cart()).replace("targetPort: 8080", "targetPort: web");
    assert_eq!(of(&named), ["named-port-unresolved"]);
}

// --- what meshgate itself once said ---

#[test]
fn items_of_a_list_of_one_kind_are_of_that_kind() {
    let list = "{\"apiVersion\": \"v1\", \"kind\": \"ServiceList\", \"items\": [{\"metadata\": {\"name\": \"cart\", \"namespace\": \"shop\"}, \"spec\": {\"ports\": [{\"port\": 80}]}}]}";
    let config = "apiVersion: v1\nkind: Service\nmetadata: {name: other, namespace: shop}\nspec: {ports: [{port: 80}]}\n---\n";
    let files = |list| [("all.yaml", format!("{config}{}", to_cart())), ("list.json", list)];
    let check = |files: [(&str, String); 2]| found(&files.each_ref().map(|(path, text)| (*path, text.as_str())), false);
    assert_eq!(check(files(list.to_owned())), NOTHING);
    assert_eq!(check(files(list.replace("cart", "trolley"))), ["backend-service-not-found"]);
}

#[test]
fn what_is_deployed_into_a_namespace_from_elsewhere_is_not_missing() {
    let shop = format!("{SHOP}{EDGE}{}", route("backendRefs: [{name: payments, port: 80}]"));
    let with = |other: (&str, &str)| found(&[("shop.yaml", &shop), other], false);
    let flux = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: payments, namespace: flux-system}\nspec: {targetNamespace: shop, chart: {spec: {chart: payments}}}\n";
    assert_eq!(with(("flux.yaml", flux)), NOTHING);
    assert_eq!(with(("flux.yaml", &flux.replace("targetNamespace: shop", "targetNamespace: bank"))), ["backend-service-not-found"]);
    let argo = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: payments, namespace: argocd}\nspec: {destination: {namespace: shop}}\n";
    assert_eq!(with(("argo.yaml", argo)), NOTHING);
    let set = "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {name: all, namespace: argocd}\nspec: {template: {spec: {destination: {namespace: '{{.name}}'}}}}\n";
    assert_eq!(with(("argo.yaml", set)), NOTHING);
    let helmfile = "releases:\n- {name: payments, namespace: shop, chart: ./payments}\n";
    assert_eq!(with(("helmfile.yaml", helmfile)), NOTHING);
    assert_eq!(with(("helmfile.yaml", &helmfile.replace("shop", "bank"))), ["backend-service-not-found"]);
}

#[test]
fn names_that_a_kustomization_changes_are_not_missing() {
    let shop = format!("{SHOP}{EDGE}{}", route("backendRefs: [{name: new-till, port: 80}]"));
    let till = "apiVersion: v1\nkind: Service\nmetadata: {name: till, namespace: shop}\nspec: {ports: [{port: 80}]}\n";
    let with =
        |kustomization: &str| found(&[("shop.yaml", &shop), ("till/till.yaml", till), ("till/kustomization.yaml", kustomization)], false);
    assert_eq!(with("resources: [till.yaml]\nnamePrefix: new-\n"), NOTHING);
    assert_eq!(with("resources: [till.yaml]\n"), ["backend-service-not-found"]);
}

#[test]
fn a_field_that_an_overlay_patches_is_not_what_is_applied() {
    let edge = EDGE.replace("protocol: HTTP,", "protocol: HTTP, hostname: shop.example.org,");
    let base = format!("{SHOP}{edge}{}", to_cart());
    let with = |path: &str| {
        let overlay = format!(
            "resources: [../base]\npatches:\n- target: {{kind: HTTPRoute}}\n  patch: |-\n    - {{op: replace, path: {path}, value: x}}\n"
        );
        let files =
            [("base/all.yaml", &*base), ("base/kustomization.yaml", "resources: [all.yaml]\n"), ("prod/kustomization.yaml", &*overlay)];
        found(&files, false)
    };
    assert_eq!(with("/spec/hostnames/0"), NOTHING);
    assert_eq!(with("/metadata/annotations/note"), ["route-hostname-disjoint"]);
}

#[test]
fn services_of_another_segment_are_not_behind_a_host() {
    let cluster = |segment: &str, mesh: &str, waypoint: &str| {
        format!(
            "apiVersion: v1\nkind: Namespace\nmetadata: {{name: istio-system, labels: {{admin.solo.io/segment: {segment}}}}}\n---\napiVersion: v1\nkind: Namespace\nmetadata: {{name: edge, labels: {{istio.io/dataplane-mode: ambient}}}}\n---\napiVersion: v1\nkind: Namespace\nmetadata: {{name: shop, labels: {{{mesh}}}}}\n---\napiVersion: v1\nkind: Service\nmetadata: {{name: cart, namespace: shop, labels: {{solo.io/service-scope: global{waypoint}}}}}\nspec: {{selector: {{app: cart}}, ports: [{{port: 80, targetPort: 8080}}]}}\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: cart, namespace: shop}}\nspec: {{selector: {{matchLabels: {{app: cart}}}}, template: {{metadata: {{labels: {{app: cart}}}}, spec: {{containers: [{{name: a, image: b}}]}}}}}}\n---\n"
        )
    };
    let segments = "apiVersion: admin.solo.io/v1alpha1\nkind: Segment\nmetadata: {name: hill, namespace: istio-system}\nspec: {domain: hill.farm}\n---\napiVersion: admin.solo.io/v1alpha1\nkind: Segment\nmetadata: {name: dale, namespace: istio-system}\nspec: {domain: dale.farm}\n";
    let config = "mesh: {distribution: solo, version: 1.30.2}\ngateway: {kgateway: {version: 2.2.0}}\nclusters:\n- {name: a, paths: [a, all]}\n- {name: b, paths: [b, all]}\n";
    let ambient = "istio.io/dataplane-mode: ambient";
    let waypoint = "---\napiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: waypoint, namespace: shop}\nspec: {gatewayClassName: istio-waypoint, listeners: [{name: mesh, port: 15008, protocol: HBONE}]}\n";
    let reference = route("backendRefs: [{group: networking.istio.io, kind: Hostname, name: cart.shop.hill.farm, port: 80}]");
    let edge = EDGE.split_once("---\n").map_or("", |(_, gateway)| gateway);
    let a = format!("{}{edge}{reference}{waypoint}", cluster("hill", ambient, ", istio.io/use-waypoint: waypoint"));
    let with = |segment: &str| {
        let b = cluster(segment, "team: shop", "");
        found(&[("meshgate.yaml", config), ("all/segments.yaml", segments), ("a/all.yaml", &a), ("b/all.yaml", &b)], false)
    };
    assert_eq!(with("dale"), NOTHING);
    assert_eq!(with("hill"), ["backend-not-in-mesh", "multicluster-waypoint-missing"]);
}

#[test]
fn a_gateway_that_only_the_cluster_reaches_may_be_strict() {
    let parameters = "apiVersion: gateway.kgateway.dev/v1alpha1\nkind: GatewayParameters\nmetadata: {name: public, namespace: edge}\nspec: {kube: {service: {type: ClusterIP}}}\n---\n";
    let edge = EDGE.replace(
        "  gatewayClassName: kgateway\n",
        "  gatewayClassName: kgateway\n  infrastructure: {parametersRef: {group: gateway.kgateway.dev, kind: GatewayParameters, name: public}}\n",
    );
    let all = format!("{SHOP}{STRICT}{edge}{parameters}{}", to_cart());
    assert_eq!(of(&all), NOTHING);
    assert_eq!(of(&all.replace("ClusterIP", "LoadBalancer")), ["strict-rejects-ingress"]);
}

#[test]
fn what_is_only_possible_never_counts() {
    let outside = to_cart();
    let request = Request { pedantic: true, ..Request::new(["."]) };
    let world = MemoryWorld::new([("all.yaml", &*outside)]);
    let linted = lint(&world, &request).unwrap_or_else(|failure| panic!("{failure:?}"));
    assert!(!linted.findings.is_empty());
    assert!(linted.findings.iter().all(|f| f.certainty == Certainty::Possible && f.severity == Severity::Info), "{:?}", linted.findings);
    assert_eq!(linted.worst, None);
}
