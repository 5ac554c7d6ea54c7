//! What the fixes for enrolment, mTLS and the bypass annotation change, how far they may go, and where they stay words.

use std::collections::BTreeSet;

use meshgate::checks::{Applicability, Edit};
use meshgate::lint::{Request, lint};
use meshgate::text::MemoryWorld;
use meshgate::yaml::patch;

/// An edit in one line.
fn shown(edit: &Edit) -> String {
    let Edit::Change { edit, .. } = edit else { return format!("{edit:?}") };
    match edit {
        patch::Edit::Set { value, .. } => format!("set {value}"),
        patch::Edit::Insert { path, value, .. } => format!("insert {} {value}", path.join(" ")),
        patch::Edit::Append { path, value, .. } => format!("append {} {value}", path.join(" ")),
        patch::Edit::Remove { .. } => "remove".to_owned(),
        patch::Edit::Rename { key, .. } => format!("rename {key}"),
        patch::Edit::Comment { content, .. } => format!("comment {content:?}"),
        patch::Edit::AddDocument { value, .. } => format!("new {value}"),
    }
}

/// The fixes of a rule, each with its level and edits, every one once. No level above manual goes without edits.
fn fixes(rule: &str, text: &str) -> Vec<String> {
    let world = MemoryWorld::new([("all.yaml", text)]);
    let linted = lint(&world, &Request::new(["."])).unwrap_or_else(|failure| panic!("{failure:?}"));
    let of_rule: Vec<_> = linted.findings.iter().filter(|finding| &*finding.rule == rule).collect();
    assert!(!of_rule.is_empty(), "no {rule} in {:?}", linted.findings.iter().map(|f| &f.rule).collect::<Vec<_>>());
    let written: BTreeSet<String> = of_rule
        .iter()
        .flat_map(|finding| &finding.fixes)
        .map(|fix| {
            assert_eq!(fix.edits.is_empty(), fix.applicability == Applicability::Manual, "{}", fix.title);
            let edits: Vec<String> = fix.edits.iter().map(shown).collect();
            format!("{:?}: {}", fix.applicability, edits.join("; "))
        })
        .collect();
    written.into_iter().collect()
}

fn ns(name: &str, meta: &str) -> String {
    format!("---\napiVersion: v1\nkind: Namespace\nmetadata: {{name: {name}{meta}}}\n")
}

const AMBIENT: &str = ", labels: {istio.io/dataplane-mode: ambient}";

fn strict(ns: &str) -> String {
    format!(
        "---\napiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {{name: default, namespace: {ns}}}\nspec: {{mtls: {{mode: STRICT}}}}\n"
    )
}

fn gateway(name: &str, class: &str, meta: &str, infrastructure: &str) -> String {
    format!(
        "---\napiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {{name: {name}, namespace: edge{meta}}}\nspec:\n  gatewayClassName: {class}\n  infrastructure: {{{infrastructure}}}\n  listeners: [{{name: http, port: 8080, protocol: HTTP, allowedRoutes: {{namespaces: {{from: All}}}}}}]\n"
    )
}

fn params(name: &str, spec: &str) -> String {
    format!(
        "---\napiVersion: gateway.kgateway.dev/v1alpha1\nkind: GatewayParameters\nmetadata: {{name: {name}, namespace: edge}}\nspec: {{{spec}}}\n"
    )
}

const REFERENCE: &str = "parametersRef: {group: gateway.kgateway.dev, kind: GatewayParameters, name: pods}";

/// An enrolled app behind a Gateway.
fn app(gateway: &str) -> String {
    format!(
        "{}---\napiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {{name: {gateway}, namespace: shop}}\nspec: {{parentRefs: [{{name: {gateway}, namespace: edge}}], rules: [{{backendRefs: [{{name: web, port: 80}}]}}]}}\n",
        if gateway == "door" { service("web", "shop", "") + &deployment("web", "shop", "") + &ns("shop", AMBIENT) } else { String::new() }
    )
}

fn service(name: &str, ns: &str, meta: &str) -> String {
    format!(
        "---\napiVersion: v1\nkind: Service\nmetadata: {{name: {name}, namespace: {ns}{meta}}}\nspec: {{selector: {{app: {name}}}, ports: [{{name: http, port: 80, targetPort: 8080}}]}}\n"
    )
}

fn deployment(name: &str, ns: &str, meta: &str) -> String {
    format!(
        "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}, namespace: {ns}{meta}}}\nspec:\n  selector: {{matchLabels: {{app: {name}}}}}\n  template:\n    metadata: {{labels: {{app: {name}}}}}\n    spec: {{containers: [{{name: c, image: \"c:1\", ports: [{{name: web, containerPort: 8080}}]}}]}}\n"
    )
}

const KEY: &str = "ambient.istio.io/bypass-inbound-capture";
const IN_PARAMETERS: &str = "insert spec kube podTemplate extraAnnotations ambient.istio.io/bypass-inbound-capture \"true\"";

/// The new Parameters of a Gateway, and the reference to them.
fn made(gateway: &str) -> String {
    format!(
        "new {{\"apiVersion\":\"gateway.kgateway.dev/v1alpha1\",\"kind\":\"GatewayParameters\",\"metadata\":{{\"name\":\"{gateway}-parameters\",\"namespace\":\"edge\"}},\"spec\":{{\"kube\":{{\"podTemplate\":{{\"extraAnnotations\":{{\"{KEY}\":\"true\"}}}}}}}}}}; insert spec infrastructure parametersRef {{\"group\":\"gateway.kgateway.dev\",\"kind\":\"GatewayParameters\",\"name\":\"{gateway}-parameters\"}}"
    )
}

#[test]
fn strict_gateways_get_the_annotation_where_their_pods_have_theirs_from() {
    let start = ns("edge", AMBIENT) + &strict("istio-system");
    let fix = |rest: &str| fixes("strict-rejects-ingress", &format!("{start}{rest}"));
    assert_eq!(fix(&gateway("door", "kgateway", "", "")), [format!("Safe: {}", made("door"))]);
    let referring = gateway("door", "kgateway", "", REFERENCE);
    assert_eq!(fix(&(referring.clone() + &params("pods", ""))), [format!("Safe: {IN_PARAMETERS}")]);
    // somebody wrote that it shall not be
    let refused = format!("kube: {{podTemplate: {{extraAnnotations: {{{KEY}: \"false\"}}}}}}");
    assert_eq!(fix(&(referring.clone() + &params("pods", &refused))), ["Manual: "]);
    assert_eq!(fix(&(gateway("door", "kgateway", "", "") + &params("door-parameters", ""))), ["Manual: "]);
    // the policy is for the pods of one gateway, and both get their annotations from one place
    let policy = "---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: p, namespace: edge}\nspec: {selector: {matchLabels: {gateway.networking.k8s.io/gateway-name: gate}}, rules: [{}]}\n";
    let both = referring + &gateway("gate", "kgateway", "", REFERENCE) + &params("pods", "") + policy;
    assert_eq!(fix(&both), [format!("Unsafe: {IN_PARAMETERS}")]);
    // istiod takes it from the Gateway: what it copies now it goes on to copy
    let label = "labels: {istio.io/dataplane-mode: ambient}";
    let below = |path: &str| vec![format!("Safe: insert {path} annotations {KEY} \"true\"")];
    assert_eq!(fix(&gateway("door", "istio", "", label)), below("spec infrastructure"));
    assert_eq!(fix(&gateway("door", "istio", ", annotations: {a: b}", label)), below("metadata"));
    assert_eq!(
        fix(&gateway("door", "istio", ", annotations: {a: b}", &format!("{label}, annotations: {{c: d}}"))),
        below("spec infrastructure")
    );
}

#[test]
fn enrolment_brings_along_what_strict_then_asks_for() {
    let label = "insert metadata labels istio.io/dataplane-mode \"ambient\"";
    let two = gateway("door", "kgateway", "", "") + &gateway("gate", "kgateway", "", "") + &app("door") + &app("gate");
    assert_eq!(fixes("gateway-not-in-mesh", &(ns("edge", "") + &two)), [format!("Unsafe: {label}")]);
    let all = format!("Unsafe: {label}; {}; {}", made("door"), made("gate"));
    assert_eq!(fixes("gateway-not-in-mesh", &(ns("edge", "") + &two + &strict("istio-system"))), [all.as_str()]);
    let mistaken = ns("edge", ", labels: {istio.io/dataplane-mode: Ambient}") + &two + &strict("istio-system");
    assert_eq!(fixes("dataplane-mode-value", &mistaken), [all.replace(label, "set \"ambient\"")]);
    // one of them cannot be told where to get it from
    let taken = ns("edge", "") + &two + &strict("istio-system") + &params("gate-parameters", "");
    assert_eq!(fixes("gateway-not-in-mesh", &taken), ["Manual: "]);
    // a backend beside a Gateway that is not in the mesh
    let out = ", labels: {istio.io/dataplane-mode: ambient}";
    let opted = gateway("door", "kgateway", "", REFERENCE)
        + &params("pods", "kube: {podTemplate: {extraLabels: {istio.io/dataplane-mode: ambient}}}");
    let shop = service("web", "shop", "") + &deployment("web", "shop", "") + &ns("shop", "");
    let route = app("gate").replace("name: gate", "name: door");
    assert_eq!(fixes("backend-not-in-mesh", &(ns("edge", out) + &opted + &shop + &route)), [format!("Unsafe: {label}")]);
}

#[test]
fn a_misplaced_annotation_moves_when_it_is_clear_where_to() {
    let start = ns("edge", AMBIENT) + &strict("istio-system");
    let fix = |rest: &str| fixes("bypass-wrong-place", &format!("{start}{rest}"));
    let marked = |value: &str| format!(", annotations: {{{KEY}: \"{value}\"}}");
    assert_eq!(fix(&gateway("door", "kgateway", &marked("true"), "")), [format!("Safe: remove; {}", made("door"))]);
    assert_eq!(fix(&gateway("door", "kgateway", &marked("yes"), "")), ["Manual: "]);
    // only the key has to change
    let labels = |more: &str| params("pods", &format!("kube: {{podTemplate: {{extraLabels: {{{KEY}: \"true\"{more}}}}}}}"));
    let referring = gateway("door", "kgateway", "", REFERENCE);
    assert_eq!(fix(&(referring.clone() + &labels(""))), ["Safe: rename extraAnnotations"]);
    assert_eq!(fix(&(referring + &labels(", tier: edge"))), [format!("Safe: remove; {IN_PARAMETERS}")]);
    assert_eq!(fix(&labels("")), ["Manual: "]);
    // a namespace: of one gateway, of several
    let whole = ns("edge", &format!(", labels: {{istio.io/dataplane-mode: ambient, {KEY}: \"true\"}}")) + &strict("istio-system");
    let one = whole.clone() + &gateway("door", "kgateway", "", "");
    assert_eq!(fixes("bypass-wrong-place", &one), [format!("Safe: remove; {}", made("door"))]);
    let more = [gateway("gate", "kgateway", "", ""), deployment("ingress-nginx", "edge", "")];
    for more in more {
        assert_eq!(fixes("bypass-wrong-place", &(one.clone() + &more)), ["Manual: "], "{more}");
    }
    // workloads: one that is open to the outside, one that is only called a gateway, and an app
    let in_template = format!("remove; insert metadata annotations {KEY} \"true\"");
    let proxy = deployment("proxy", "edge", &marked("true"));
    let open = service("proxy", "edge", "").replace("spec: {", "spec: {type: LoadBalancer, ");
    assert_eq!(fix(&(proxy.clone() + &open)), [format!("Safe: {in_template}")]);
    assert_eq!(fix(&deployment("ingress", "edge", &marked("true"))), [format!("Unsafe: {in_template}")]);
    assert_eq!(fix(&proxy), ["Manual: "]);
    assert_eq!(fix(&service("proxy", "edge", &marked("true"))), ["Manual: "]);
}

#[test]
fn references_are_added_and_never_replaced() {
    let start = ns("edge", AMBIENT) + &strict("istio-system");
    let fix = |rest: &str| fixes("params-not-referenced", &format!("{start}{rest}"));
    let idle = |more: &str| params("idle", &format!("kube: {{podTemplate: {{extraAnnotations: {{{KEY}: \"true\"}}}}{more}}}"));
    let reference =
        "insert spec infrastructure parametersRef {\"group\":\"gateway.kgateway.dev\",\"kind\":\"GatewayParameters\",\"name\":\"idle\"}";
    let alone = gateway("door", "kgateway", "", "");
    assert_eq!(fix(&(alone.clone() + &idle(""))), [format!("Safe: {reference}")]);
    assert_eq!(fix(&(alone + &idle(", service: {type: NodePort}"))), [format!("Unsafe: {reference}")]);
    let referring = gateway("door", "kgateway", "", REFERENCE);
    assert_eq!(fix(&(referring + &params("pods", "") + &idle(""))), [format!("Safe: {IN_PARAMETERS}")]);
}

#[test]
fn a_mode_moves_to_the_one_port_of_the_pods() {
    let policy = |ports: &str| {
        format!(
            "---\napiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {{name: p, namespace: shop}}\nspec: {{selector: {{matchLabels: {{app: web}}}}, mtls: {{mode: STRICT}}, portLevelMtls: {{{ports}}}}}\n"
        )
    };
    let shop = ns("shop", AMBIENT) + &service("web", "shop", "") + &deployment("web", "shop", "");
    let fix = |text: &str| fixes("peerauth-portlevel-useless", text);
    assert_eq!(fix(&(shop.clone() + &policy("80: {mode: PERMISSIVE}"))), ["Unsafe: rename 8080"]);
    let named = shop.replace("targetPort: 8080", "targetPort: web");
    assert_eq!(fix(&(named + &policy("80: {mode: PERMISSIVE}"))), ["Unsafe: rename 8080"]);
    assert_eq!(fix(&(shop.clone() + &policy("80: {mode: PERMISSIVE}, 8080: {mode: STRICT}"))), ["Manual: "]);
    let other = service("web", "shop", "").replace("name: web,", "name: web2,").replace("8080", "8081");
    assert_eq!(fix(&(shop + &other + &policy("80: {mode: PERMISSIVE}"))), ["Manual: "]);
}

#[test]
fn selectors_ask_for_labels_that_can_be_given() {
    let istio = |label: &str| {
        format!(
            "---\napiVersion: sailoperator.io/v1\nkind: Istio\nmetadata: {{name: default}}\nspec: {{namespace: istio-system, values: {{meshConfig: {{discoverySelectors: [{{matchLabels: {{{label}}}}}]}}}}}}\n"
        )
    };
    let rest = ns("edge", AMBIENT) + &gateway("door", "kgateway", "", "");
    let fix = |label: &str| fixes("discovery-selector-excludes", &(istio(label) + &rest));
    assert_eq!(fix("seen: \"yes\""), ["Unsafe: insert metadata labels seen \"yes\""]);
    assert_eq!(fix("kubernetes.io/metadata.name: other"), ["Manual: "]);
    assert_eq!(fix("istio.io/dataplane-mode: none"), ["Manual: "]);
}

#[test]
fn the_port_of_the_tunnel_is_written_as_the_one_beside_it() {
    let start = ns("edge", AMBIENT) + &gateway("door", "kgateway", "", "") + &app("door");
    let fix = |port: &str| {
        let policy = format!(
            "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: p, namespace: shop}}\nspec: {{podSelector: {{}}, ingress: [{{ports: [{{{port}}}]}}]}}\n"
        );
        fixes("networkpolicy-blocks-hbone", &(start.clone() + &policy))
    };
    assert_eq!(fix("port: 8080"), ["Unsafe: append ports {\"port\":15008}"]);
    assert_eq!(fix("port: 8080, protocol: TCP"), ["Unsafe: append ports {\"port\":15008,\"protocol\":\"TCP\"}"]);
    assert_eq!(fix("protocol: TCP, port: 8080"), ["Unsafe: append ports {\"protocol\":\"TCP\",\"port\":15008}"]);
}
