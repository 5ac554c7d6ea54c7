//! What the mesh answers, fact by fact: small inputs, named for what they show.
//!
//! Each case says which findings come (rule and severity), or that none does.

use std::fmt::Write as _;

use meshgate::checks::Severity;
use meshgate::lint::{Linted, Request, lint};
use meshgate::text::MemoryWorld;

/// Lints files; `args` knows `--complete` and `--pedantic`.
fn run(files: &[(&str, String)], args: &str) -> Linted {
    let world = MemoryWorld::new(files.iter().map(|(path, text)| (*path, text.as_str())));
    let request = Request { complete: args.contains("--complete"), pedantic: args.contains("--pedantic"), ..Request::new(["."]) };
    lint(&world, &request).unwrap_or_else(|failure| panic!("{failure:?}"))
}

/// `rule severity` of everything found, sorted.
fn found(files: &[(&str, String)], args: &str) -> Vec<String> {
    let mut found: Vec<String> = run(files, args)
        .findings
        .iter()
        .map(|f| {
            let severity = match f.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Info => "info",
            };
            format!("{} {severity}", f.rule)
        })
        .collect();
    found.sort();
    found
}

/// Collects what is wrong, so that a table shows all of its failures at once.
#[derive(Default)]
struct Table(String);

impl Table {
    fn case(&mut self, name: &str, files: &[(&str, String)], args: &str, expected: &[&str]) {
        let found = found(files, args);
        let mut expected: Vec<String> = expected.iter().map(ToString::to_string).collect();
        expected.sort();
        if found != expected {
            _ = writeln!(self.0, "{name}\n    expected {expected:?}\n    found    {found:?}");
        }
    }
    fn one(&mut self, name: &str, text: String, expected: &[&str]) {
        self.case(name, &[("all.yaml", text)], "", expected);
    }
    fn done(self) {
        assert!(self.0.is_empty(), "\n{}", self.0);
    }
}

const AMBIENT: &str = "istio.io/dataplane-mode: ambient";

/// `a: b, c: d` as a flow mapping; quoted by the caller where it has to be.
fn ns(name: &str, labels: &str) -> String {
    format!("---\napiVersion: v1\nkind: Namespace\nmetadata: {{name: {name}, labels: {{{labels}}}}}\n")
}
fn svc_with(name: &str, labels: &str, spec: &str) -> String {
    let (ns, name) = name.split_once('/').unwrap();
    format!(
        "---\napiVersion: v1\nkind: Service\nmetadata: {{name: {name}, namespace: {ns}, labels: {{{labels}}}}}\nspec: {{selector: {{app: {name}}}, {spec}}}\n"
    )
}
/// A Service with port 80 to 8080.
fn svc(name: &str, labels: &str) -> String {
    svc_with(name, labels, "ports: [{name: http, port: 80, targetPort: 8080}]")
}
fn deploy(name: &str, labels: &str, pod: &str) -> String {
    let (ns, name) = name.split_once('/').unwrap();
    let comma = if labels.is_empty() { "" } else { ", " };
    format!(
        "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}, namespace: {ns}}}\nspec:\n  selector: {{matchLabels: {{app: {name}}}}}\n  template:\n    metadata: {{labels: {{app: {name}{comma}{labels}}}}}\n    spec: {{{pod}containers: [{{name: c, image: \"c:1\", ports: [{{name: web, containerPort: 8080}}]}}]}}\n"
    )
}
/// A Gateway with one HTTP listener that admits all; `meta` and `spec` are further lines' worth of flow fields.
fn gw_with(name: &str, class: &str, meta: &str, spec: &str, port: u16) -> String {
    let (ns, name) = name.split_once('/').unwrap();
    format!(
        "---\napiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {{name: {name}, namespace: {ns}{meta}}}\nspec: {{gatewayClassName: {class}{spec}, listeners: [{{name: http, port: {port}, protocol: HTTP, allowedRoutes: {{namespaces: {{from: All}}}}}}]}}\n"
    )
}
fn gw(name: &str, class: &str) -> String {
    gw_with(name, class, "", "", 8080)
}
fn waypoint(name: &str, from: &str) -> String {
    let (ns, name) = name.split_once('/').unwrap();
    let from = if from.is_empty() { String::new() } else { format!(", allowedRoutes: {{namespaces: {{{from}}}}}") };
    format!(
        "---\napiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {{name: {name}, namespace: {ns}}}\nspec: {{gatewayClassName: istio-waypoint, listeners: [{{name: mesh, port: 15008, protocol: HBONE{from}}}]}}\n"
    )
}
/// A route to Gateway `parent` with one backend, written as flow fields.
fn route_to(name: &str, parent: &str, backend: &str) -> String {
    let (ns, name) = name.split_once('/').unwrap();
    let (pns, parent) = parent.split_once('/').unwrap();
    format!(
        "---\napiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {{name: {name}, namespace: {ns}}}\nspec: {{parentRefs: [{{name: {parent}, namespace: {pns}}}], rules: [{{backendRefs: [{{{backend}}}]}}]}}\n"
    )
}
fn route(name: &str, parent: &str, service: &str) -> String {
    route_to(name, parent, &format!("name: {service}, port: 80"))
}
fn host_route(name: &str, parent: &str, host: &str, port: u16) -> String {
    route_to(name, parent, &format!("kind: Hostname, group: networking.istio.io, name: {host}, port: {port}"))
}
fn peer(name: &str, spec: &str) -> String {
    let (ns, name) = name.split_once('/').unwrap();
    format!("---\napiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {{name: {name}, namespace: {ns}}}\nspec: {{{spec}}}\n")
}
fn strict(name: &str) -> String {
    peer(name, "mtls: {mode: STRICT}")
}
fn authz(name: &str, spec: &str) -> String {
    let (ns, name) = name.split_once('/').unwrap();
    format!("---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {{name: {name}, namespace: {ns}}}\nspec: {{{spec}}}\n")
}
/// EnterpriseKgatewayParameters with pod labels and annotations.
fn params(name: &str, labels: &str, annotations: &str) -> String {
    let (ns, name) = name.split_once('/').unwrap();
    format!(
        "---\napiVersion: enterprisekgateway.solo.io/v1alpha1\nkind: EnterpriseKgatewayParameters\nmetadata: {{name: {name}, namespace: {ns}}}\nspec: {{kube: {{podTemplate: {{extraLabels: {{{labels}}}, extraAnnotations: {{{annotations}}}}}}}}}\n"
    )
}
const BYPASS: &str = "ambient.istio.io/bypass-inbound-capture: \"true\"";
fn with_params(name: &str) -> String {
    format!(", infrastructure: {{parametersRef: {{group: enterprisekgateway.solo.io, kind: EnterpriseKgatewayParameters, name: {name}}}}}")
}
/// An enrolled app `shop/web` behind Gateway `gw/edge`.
fn shop() -> String {
    ns("shop", AMBIENT) + &svc("shop/web", "") + &deploy("shop/web", "", "") + &route("shop/web", "gw/edge", "web")
}

const OUT: &[&str] = &["gateway-not-in-mesh warning"];
const REJECTED: &[&str] = &["gateway-not-in-mesh error"];
const STRICT: &[&str] = &["strict-rejects-ingress error"];
const NONE: &[&str] = &[];

#[test]
fn enrolment() {
    let mut t = Table::default();
    let at = |labels: &str, gateway: String| ns("gw", labels) + &gateway + &shop();
    for class in ["kgateway", "enterprise-kgateway", "gloo-gateway"] {
        t.one(&format!("{class} in a namespace without the label"), at("", gw("gw/edge", class)), OUT);
        t.one(&format!("{class} in an ambient namespace"), at(AMBIENT, gw("gw/edge", class)), NONE);
        t.one(&format!("{class} in a namespace that is not in the input"), gw("gw/edge", class) + &shop(), NONE);
    }
    for value in ["enabled", "Ambient", "none", "sidecar", "\"\""] {
        t.one(&format!("namespace value {value} enrols nothing"), at(&format!("istio.io/dataplane-mode: {value}"), gw("gw/edge", "kgateway")), OUT);
    }
    for class in ["istio", "nginx", "cilium", "eg", "traefik", "istio-agentgateway"] {
        t.one(&format!("class {class} is not asked to be in the mesh"), at("", gw("gw/edge", class)), NONE);
    }
    let ent = |labels: &str, ns_labels: &str| {
        at(ns_labels, gw_with("gw/edge", "enterprise-kgateway", "", &with_params("p"), 8080) + &params("gw/p", labels, "")) + &strict("istio-system/default")
    };
    t.one("pod label opts in alone, and STRICT then holds", ent(AMBIENT, ""), STRICT);
    t.one("pod label none beats an ambient namespace", ent("istio.io/dataplane-mode: none", AMBIENT), REJECTED);
    t.one("another pod value leaves it to the namespace", ent("istio.io/dataplane-mode: enabled", AMBIENT), STRICT);
    let backend = |ns_labels: &str, labels: &str, pod: &str| {
        ns("gw", AMBIENT) + &gw("gw/edge", "kgateway") + &ns("shop", ns_labels) + &svc("shop/web", "") + &deploy("shop/web", labels, pod) + &route("shop/web", "gw/edge", "web")
    };
    let plain: &[&str] = &["backend-not-in-mesh warning"];
    t.one("backend pods opt in alone", backend("", AMBIENT, ""), NONE);
    t.one("backend pods opt out", backend(AMBIENT, "istio.io/dataplane-mode: none", ""), plain);
    t.one("backend pods with another value follow the namespace", backend(AMBIENT, "istio.io/dataplane-mode: \"true\"", ""), NONE);
    t.one("backend on the host network", backend(AMBIENT, "", "hostNetwork: true, "), plain);
    t.one("backend with injection", backend("istio-injection: enabled", "", ""), NONE);
    t.one("backend with pod injection", backend("", "sidecar.istio.io/inject: \"true\"", ""), NONE);
    t.one("injection disabled beside ambient", backend(&format!("{AMBIENT}, istio-injection: disabled"), "", ""), NONE);
    t.one("inject false on the pod beside ambient", backend(AMBIENT, "sidecar.istio.io/inject: \"false\"", ""), NONE);
    t.one("revision beside ambient is a migration", backend(&format!("{AMBIENT}, istio.io/rev: stable"), "", ""), NONE);
    t.one("a pod with a rev label of its own in an unlabelled namespace", backend("", "istio.io/rev: stable", ""), NONE);
    t.one("unlabelled backend", backend("", "", ""), plain);
    t.done();
}

#[test]
fn gateways_of_istio_keep_out_unless_they_ask() {
    let mut t = Table::default();
    let at = |gateway: String| ns("gw", AMBIENT) + &gateway + &shop() + &strict("istio-system/default");
    t.one("class istio in an ambient namespace under STRICT", at(gw("gw/edge", "istio")), NONE);
    t.one("class istio with the label in metadata", at(gw_with("gw/edge", "istio", &format!(", labels: {{{AMBIENT}}}"), "", 8080)), STRICT);
    t.one("class istio with the label in infrastructure", at(gw_with("gw/edge", "istio", "", &format!(", infrastructure: {{labels: {{{AMBIENT}}}}}"), 8080)), STRICT);
    t.one("none in infrastructure", at(gw_with("gw/edge", "istio", "", ", infrastructure: {labels: {istio.io/dataplane-mode: none}}", 8080)), NONE);
    t.one(
        "captured, bypassed by the Gateway's annotation, which istiod copies",
        at(gw_with("gw/edge", "istio", &format!(", labels: {{{AMBIENT}}}, annotations: {{{BYPASS}}}"), "", 8080)),
        NONE,
    );
    let class = "---\napiVersion: gateway.networking.k8s.io/v1\nkind: GatewayClass\nmetadata: {name: mine}\nspec: {controllerName: istio.io/gateway-controller}\n";
    t.one("a class of one's own on Istio's controller", at(gw("gw/edge", "mine")) + class, NONE);
    t.one("istiod keeps its agentgateways out as well", at(gw("gw/edge", "istio-agentgateway")), NONE);
    t.done();
}

#[test]
fn settings_of_the_cni() {
    let mut t = Table::default();
    let all = |labels: &str| ns("gw", labels) + &gw("gw/edge", "kgateway") + &shop();
    let with = |file: &'static str, values: &str, all: String| vec![("all.yaml", all), (file, values.to_owned())];
    t.case("enablementSelectors of one's own", &with("cni/values.yaml", "ambient:\n  enabled: true\n  enablementSelectors:\n  - podSelector: {matchLabels: {mesh: \"on\"}}\n", all("")), "", NONE);
    t.case("the same under cni", &with("values.yaml", "cni:\n  ambient:\n    enablementSelectors:\n    - namespaceSelector: {matchLabels: {mesh: \"on\"}}\n", all("")), "", NONE);
    t.case("excluded by istio-cni 1.30", &with("values.yaml", "global: {tag: 1.30.1, hub: docker.io/istio}\ncni:\n  excludeNamespaces: [kube-system, gw]\n", all(AMBIENT)), "", OUT);
    t.case("before 1.30 the ambient agent did not read the list", &with("values.yaml", "global: {tag: 1.28.2, hub: docker.io/istio}\ncni:\n  excludeNamespaces: [kube-system, gw]\n", all(AMBIENT)), "", NONE);
    t.case("excludeNamespaces of another chart says nothing of Istio", &with("charts/policy/values.yaml", "image: {tag: v3.1.0}\nexcludeNamespaces: [gw]\n", all(AMBIENT)), "", NONE);
    t.case("profile and tag of an application are not Istio's", &[("values.yaml", "profile: production\ntag: 1.28.1\n".to_owned()), ("meshgate.yaml", "mesh: {distribution: solo}\n".to_owned()), ("all.yaml", ns("shop", AMBIENT) + &svc_with("shop/web", "solo.io/service-scope: global", "ports: [{port: 80, targetPort: web}]"))], "", NONE);
    t.done();
}

#[test]
fn parameters() {
    let mut t = Table::default();
    let at = |gateway: String| ns("gw", AMBIENT) + &gateway + &shop() + &strict("istio-system/default");
    let ent = |spec: &str| gw_with("gw/edge", "enterprise-kgateway", "", spec, 8080);
    for value in ["1", "t", "T", "TRUE", "true", "True"] {
        let text = at(ent(&with_params("p")) + &params("gw/p", "", &format!("ambient.istio.io/bypass-inbound-capture: \"{value}\"")));
        t.one(&format!("bypass {value}"), text, NONE);
    }
    for value in ["0", "f", "false", "yes", "on", ""] {
        let text = at(ent(&with_params("p")) + &params("gw/p", "", &format!("ambient.istio.io/bypass-inbound-capture: \"{value}\"")));
        t.one(&format!("bypass `{value}` is none"), text, STRICT);
    }
    t.one("parameters not in the input", at(ent(&with_params("p"))), NONE);
    t.one("parameters that nothing names", at(ent("") + &params("gw/p", "", BYPASS)), &["params-not-referenced error"]);
    let class = |namespace: &str| format!("---\napiVersion: gateway.networking.k8s.io/v1\nkind: GatewayClass\nmetadata: {{name: enterprise-kgateway}}\nspec: {{controllerName: solo.io/enterprise-kgateway, parametersRef: {{group: enterprisekgateway.solo.io, kind: EnterpriseKgatewayParameters, name: p, namespace: {namespace}}}}}\n");
    t.one("parameters of the class", at(ent("")) + &class("infra") + &params("infra/p", "", BYPASS), NONE);
    t.one("parameters of the class that are elsewhere", at(ent("")) + &class("infra"), NONE);
    t.one("parameters of the class without the annotation", at(ent("")) + &class("infra") + &params("infra/p", "a: b", ""), STRICT);
    t.one(
        "parameters of another Gateway are not idle, whatever the order of names",
        ns("gw", AMBIENT)
            + &gw_with("gw/a", "enterprise-kgateway", "", &with_params("pb"), 8080)
            + &gw_with("gw/b", "enterprise-kgateway", "", &with_params("pa"), 8080)
            + &gw("gw/edge", "enterprise-kgateway")
            + &params("gw/pa", "", BYPASS)
            + &params("gw/pb", "", BYPASS)
            + &shop()
            + &strict("istio-system/default"),
        STRICT,
    );
    t.one(
        "the annotation once more on the Gateway does no harm",
        at(gw_with("gw/edge", "enterprise-kgateway", &format!(", annotations: {{{BYPASS}}}"), &with_params("p"), 8080) + &params("gw/p", "", BYPASS)),
        NONE,
    );
    t.one("infrastructure annotations of Solo's build are not settled", at(ent(&format!(", infrastructure: {{annotations: {{{BYPASS}}}}}"))), NONE);
    let kgw = at(gw_with("gw/edge", "kgateway", "", &format!(", infrastructure: {{annotations: {{{BYPASS}}}}}"), 8080));
    let version = |v: &str| vec![("all.yaml", kgw.clone()), ("meshgate.yaml", format!("gateway: {{kgateway: {{version: {v}}}}}\n"))];
    t.case("kgateway 2.2 copies infrastructure annotations", &version("2.2.0"), "", NONE);
    t.case("kgateway 2.1 does not", &version("2.1.3"), "", STRICT);
    t.one("self-managed proxies are not to be seen", at(ent(&with_params("p")) + "---\napiVersion: enterprisekgateway.solo.io/v1alpha1\nkind: EnterpriseKgatewayParameters\nmetadata: {name: p, namespace: gw}\nspec: {selfManaged: {}}\n"), NONE);
    t.done();
}

#[test]
fn mtls() {
    let mut t = Table::default();
    let at = |port: u16, policies: String| ns("gw", AMBIENT) + &gw_with("gw/edge", "kgateway", "", "", port) + &shop() + &policies;
    let me = "selector: {matchLabels: {gateway.networking.k8s.io/gateway-name: edge}}";
    let mesh = || strict("istio-system/default");
    t.one("mesh STRICT", at(8080, mesh()), STRICT);
    t.one("mesh STRICT, namespace PERMISSIVE", at(8080, mesh() + &peer("gw/d", "mtls: {mode: PERMISSIVE}")), NONE);
    t.one("mesh STRICT, namespace DISABLE", at(8080, mesh() + &peer("gw/d", "mtls: {mode: DISABLE}")), NONE);
    t.one("mesh STRICT, namespace UNSET inherits", at(8080, mesh() + &peer("gw/d", "mtls: {mode: UNSET}")), STRICT);
    t.one("mesh STRICT, namespace policy without mtls inherits", at(8080, mesh() + &peer("gw/d", "")), STRICT);
    t.one("namespace STRICT alone", at(8080, strict("gw/d")), STRICT);
    t.one("STRICT on the app only", at(8080, strict("shop/d")), NONE);
    t.one("workload PERMISSIVE", at(8080, mesh() + &peer("gw/w", &format!("{me}, mtls: {{mode: PERMISSIVE}}"))), NONE);
    t.one("workload STRICT", at(8080, peer("gw/w", &format!("{me}, mtls: {{mode: STRICT}}"))), STRICT);
    t.one("port PERMISSIVE under inherited STRICT", at(8080, mesh() + &peer("gw/w", &format!("{me}, portLevelMtls: {{8080: {{mode: PERMISSIVE}}}}"))), NONE);
    t.one("port DISABLE under inherited STRICT is not recognised", at(8080, mesh() + &peer("gw/w", &format!("{me}, portLevelMtls: {{8080: {{mode: DISABLE}}}}"))), STRICT);
    t.one("port DISABLE under STRICT of its own", at(8080, peer("gw/w", &format!("{me}, mtls: {{mode: STRICT}}, portLevelMtls: {{8080: {{mode: DISABLE}}}}"))), NONE);
    t.one("port 80 listens on 8080", at(80, mesh() + &peer("gw/w", &format!("{me}, portLevelMtls: {{8080: {{mode: PERMISSIVE}}}}"))), NONE);
    t.one("port 443 listens on 8443", at(443, mesh() + &peer("gw/w", &format!("{me}, portLevelMtls: {{8443: {{mode: PERMISSIVE}}}}"))), NONE);
    t.one("another port is exempted", at(8080, mesh() + &peer("gw/w", &format!("{me}, portLevelMtls: {{9090: {{mode: PERMISSIVE}}}}"))), STRICT);
    t.one("portLevelMtls without selector does nothing", at(8080, mesh() + &peer("gw/d", "portLevelMtls: {8080: {mode: PERMISSIVE}}")), STRICT);
    t.one("empty selector counts as none", at(8080, mesh() + &peer("gw/d", "selector: {}, mtls: {mode: PERMISSIVE}")), NONE);
    t.one("empty matchLabels count as none", at(8080, mesh() + &peer("gw/d", "selector: {matchLabels: {}}, mtls: {mode: PERMISSIVE}")), NONE);
    t.one("two mesh policies that differ", at(8080, mesh() + &peer("istio-system/other", "mtls: {mode: PERMISSIVE}")), NONE);
    t.one("two mesh policies that agree", at(8080, mesh() + &strict("istio-system/other")), STRICT);
    t.one("two namespace policies, the older may be UNSET", at(8080, strict("gw/a") + &peer("gw/b", "mtls: {mode: UNSET}")), NONE);
    t.one("selector in the root namespace is ignored", at(8080, peer("istio-system/w", &format!("{me}, mtls: {{mode: STRICT}}"))), NONE);
    t.one("a selector that cannot be decided", at(8080, mesh() + &peer("gw/w", "selector: {matchLabels: {app: proxy}}, mtls: {mode: PERMISSIVE}")), NONE);
    t.one("a selector that cannot be decided and says what holds anyway", at(8080, mesh() + &peer("gw/w", "selector: {matchLabels: {app: redis}}, mtls: {mode: STRICT}")), STRICT);
    t.one("a selector for another Gateway", at(8080, mesh() + &peer("gw/w", "selector: {matchLabels: {gateway.networking.k8s.io/gateway-name: other}}, mtls: {mode: PERMISSIVE}")), STRICT);
    t.one("broken policy", at(8080, mesh() + "---\napiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {name: d, namespace: gw}\nspec: {mtls: [PERMISSIVE]}\n"), &["invalid-manifest error"]);
    t.one("a Gateway in the root namespace cannot be exempted by selector",
        ns("istio-system", AMBIENT) + &gw("istio-system/edge", "kgateway") + &ns("shop", AMBIENT) + &svc("shop/web", "") + &route("shop/web", "istio-system/edge", "web") + &mesh() + &peer("istio-system/w", &format!("{me}, mtls: {{mode: PERMISSIVE}}")),
        STRICT);
    let moved = |file: &'static str, text: &str| vec![("all.yaml", at(8080, strict("mesh-root/default"))), (file, text.to_owned())];
    t.case("root namespace by meshgate.yaml", &moved("meshgate.yaml", "mesh: {rootNamespace: mesh-root}\n"), "", STRICT);
    t.case("root namespace by Helm values", &moved("istiod/values.yaml", "meshConfig: {rootNamespace: mesh-root}\n"), "", STRICT);
    t.case("root namespace by IstioOperator", &moved("op.yaml", "apiVersion: install.istio.io/v1alpha1\nkind: IstioOperator\nmetadata: {name: i, namespace: istio-system}\nspec: {meshConfig: {rootNamespace: mesh-root}}\n"), "", STRICT);
    t.case("root namespace by Sail", &moved("op.yaml", "apiVersion: sailoperator.io/v1\nkind: Istio\nmetadata: {name: i}\nspec: {version: v1.28.1, namespace: istio-system, values: {meshConfig: {rootNamespace: mesh-root}}}\n"), "", STRICT);
    t.case("the usual root is none then", &[("all.yaml", at(8080, mesh())), ("meshgate.yaml", "mesh: {rootNamespace: mesh-root}\n".to_owned())], "", NONE);
    let app = |policies: String| ns("gw", "") + &gw("gw/edge", "kgateway") + &shop() + &policies;
    t.one("backend STRICT", app(strict("shop/d")), REJECTED);
    t.one("backend port exempted", app(strict("shop/d") + &peer("shop/w", "selector: {matchLabels: {app: web}}, portLevelMtls: {8080: {mode: PERMISSIVE}}")), OUT);
    t.one("backend exempted by the Service's port, which counts for nothing", app(strict("shop/d") + &peer("shop/w", "selector: {matchLabels: {app: web}}, portLevelMtls: {80: {mode: PERMISSIVE}}")), REJECTED);
    let id = "rules: [{from: [{source: {principals: [cluster.local/ns/a/sa/b]}}]}]";
    t.one("backend that lets only identities in", app(authz("shop/a", id)), REJECTED);
    t.one("another policy lets everybody in", app(authz("shop/a", id) + &authz("shop/b", "rules: [{}]")), OUT);
    t.one("an identity policy for other pods", app(authz("shop/a", &format!("selector: {{matchLabels: {{app: other}}}}, {id}"))), OUT);
    t.done();
}
