//! What the mesh answers, fact by fact: small inputs, named for what they show.
//!
//! Each case says which findings come (rule and severity), or that none does.
#![expect(clippy::unwrap_used, reason = "tests")]
#![expect(clippy::too_many_lines, reason = "each test is one table")]

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
    format!(
        "---\napiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {{name: {name}, namespace: {ns}}}\nspec: {{{spec}}}\n"
    )
}
fn strict(name: &str) -> String {
    peer(name, "mtls: {mode: STRICT}")
}
fn authz(name: &str, spec: &str) -> String {
    let (ns, name) = name.split_once('/').unwrap();
    format!(
        "---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {{name: {name}, namespace: {ns}}}\nspec: {{{spec}}}\n"
    )
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
const RIVALS: &[&str] = &["peerauth-duplicate warning"];
const IDLE: &[&str] = &["targetref-without-waypoint error"];

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
        t.one(
            &format!("namespace value {value} enrols nothing"),
            at(&format!("istio.io/dataplane-mode: {value}"), gw("gw/edge", "kgateway")),
            if matches!(value, "none" | "\"\"") { OUT } else { &["dataplane-mode-value error"] },
        );
    }
    for class in ["istio", "nginx", "cilium", "eg", "traefik", "istio-agentgateway"] {
        t.one(&format!("class {class} is not asked to be in the mesh"), at("", gw("gw/edge", class)), NONE);
    }
    let ent = |labels: &str, ns_labels: &str| {
        at(ns_labels, gw_with("gw/edge", "enterprise-kgateway", "", &with_params("p"), 8080) + &params("gw/p", labels, ""))
            + &strict("istio-system/default")
    };
    t.one("pod label opts in alone, and STRICT then holds", ent(AMBIENT, ""), STRICT);
    t.one("pod label none beats an ambient namespace", ent("istio.io/dataplane-mode: none", AMBIENT), REJECTED);
    t.one(
        "another pod value leaves it to the namespace",
        ent("istio.io/dataplane-mode: enabled", AMBIENT),
        &["dataplane-mode-value error", "strict-rejects-ingress error"],
    );
    let backend = |ns_labels: &str, labels: &str, pod: &str| {
        ns("gw", AMBIENT)
            + &gw("gw/edge", "kgateway")
            + &ns("shop", ns_labels)
            + &svc("shop/web", "")
            + &deploy("shop/web", labels, pod)
            + &route("shop/web", "gw/edge", "web")
    };
    let plain: &[&str] = &["backend-not-in-mesh warning"];
    t.one("backend pods opt in alone", backend("", AMBIENT, ""), NONE);
    t.one("backend pods opt out", backend(AMBIENT, "istio.io/dataplane-mode: none", ""), plain);
    t.one(
        "backend pods with another value follow the namespace",
        backend(AMBIENT, "istio.io/dataplane-mode: \"true\"", ""),
        &["dataplane-mode-value error"],
    );
    t.one("backend on the host network", backend(AMBIENT, "", "hostNetwork: true, "), plain);
    t.one("backend with injection", backend("istio-injection: enabled", "", ""), NONE);
    t.one("backend with pod injection", backend("", "sidecar.istio.io/inject: \"true\"", ""), NONE);
    t.one("injection disabled beside ambient", backend(&format!("{AMBIENT}, istio-injection: disabled"), "", ""), NONE);
    t.one("inject false on the pod beside ambient", backend(AMBIENT, "sidecar.istio.io/inject: \"false\"", ""), NONE);
    t.one(
        "revision beside ambient is a migration",
        backend(&format!("{AMBIENT}, istio.io/rev: stable"), "", ""),
        &["ambient-sidecar-conflict warning"],
    );
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
    t.one(
        "class istio with the label in infrastructure",
        at(gw_with("gw/edge", "istio", "", &format!(", infrastructure: {{labels: {{{AMBIENT}}}}}"), 8080)),
        STRICT,
    );
    t.one(
        "none in infrastructure",
        at(gw_with("gw/edge", "istio", "", ", infrastructure: {labels: {istio.io/dataplane-mode: none}}", 8080)),
        NONE,
    );
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
    t.case(
        "enablementSelectors of one's own",
        &with(
            "cni/values.yaml",
            "ambient:\n  enabled: true\n  enablementSelectors:\n  - podSelector: {matchLabels: {mesh: \"on\"}}\n",
            all(""),
        ),
        "",
        NONE,
    );
    t.case(
        "the same under cni",
        &with(
            "values.yaml",
            "cni:\n  ambient:\n    enablementSelectors:\n    - namespaceSelector: {matchLabels: {mesh: \"on\"}}\n",
            all(""),
        ),
        "",
        NONE,
    );
    t.case(
        "excluded by istio-cni 1.30",
        &with("values.yaml", "global: {tag: 1.30.1, hub: docker.io/istio}\ncni:\n  excludeNamespaces: [kube-system, gw]\n", all(AMBIENT)),
        "",
        OUT,
    );
    t.case(
        "before 1.30 the ambient agent did not read the list",
        &with("values.yaml", "global: {tag: 1.28.2, hub: docker.io/istio}\ncni:\n  excludeNamespaces: [kube-system, gw]\n", all(AMBIENT)),
        "",
        NONE,
    );
    t.case(
        "excludeNamespaces of another chart says nothing of Istio",
        &with("charts/policy/values.yaml", "image: {tag: v3.1.0}\nexcludeNamespaces: [gw]\n", all(AMBIENT)),
        "",
        NONE,
    );
    t.case(
        "profile and tag of an application are not Istio's",
        &[
            ("values.yaml", "profile: production\ntag: 1.28.1\n".to_owned()),
            ("meshgate.yaml", "mesh: {distribution: solo}\n".to_owned()),
            (
                "all.yaml",
                ns("shop", AMBIENT) + &svc_with("shop/web", "solo.io/service-scope: global", "ports: [{port: 80, targetPort: web}]"),
            ),
        ],
        "",
        NONE,
    );
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
        t.one(
            &format!("bypass `{value}` is none"),
            text,
            if matches!(value, "yes" | "on") { &["bypass-value-invalid error"] } else { STRICT },
        );
    }
    t.one("parameters not in the input", at(ent(&with_params("p"))), NONE);
    t.one("parameters that nothing names", at(ent("") + &params("gw/p", "", BYPASS)), &["params-not-referenced error"]);
    let class = |namespace: &str| {
        format!(
            "---\napiVersion: gateway.networking.k8s.io/v1\nkind: GatewayClass\nmetadata: {{name: enterprise-kgateway}}\nspec: {{controllerName: solo.io/enterprise-kgateway, parametersRef: {{group: enterprisekgateway.solo.io, kind: EnterpriseKgatewayParameters, name: p, namespace: {namespace}}}}}\n"
        )
    };
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
        at(gw_with("gw/edge", "enterprise-kgateway", &format!(", annotations: {{{BYPASS}}}"), &with_params("p"), 8080)
            + &params("gw/p", "", BYPASS)),
        NONE,
    );
    t.one(
        "infrastructure annotations of Solo's build are not settled",
        at(ent(&format!(", infrastructure: {{annotations: {{{BYPASS}}}}}"))),
        NONE,
    );
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
    t.one(
        "port PERMISSIVE under inherited STRICT",
        at(8080, mesh() + &peer("gw/w", &format!("{me}, portLevelMtls: {{8080: {{mode: PERMISSIVE}}}}"))),
        NONE,
    );
    t.one(
        "port DISABLE under inherited STRICT is not recognised",
        at(8080, mesh() + &peer("gw/w", &format!("{me}, portLevelMtls: {{8080: {{mode: DISABLE}}}}"))),
        &["peerauth-portlevel-useless warning", "strict-rejects-ingress error"],
    );
    t.one(
        "port DISABLE under STRICT of its own",
        at(8080, peer("gw/w", &format!("{me}, mtls: {{mode: STRICT}}, portLevelMtls: {{8080: {{mode: DISABLE}}}}"))),
        NONE,
    );
    t.one("port 80 listens on 8080", at(80, mesh() + &peer("gw/w", &format!("{me}, portLevelMtls: {{8080: {{mode: PERMISSIVE}}}}"))), NONE);
    t.one(
        "port 443 listens on 8443",
        at(443, mesh() + &peer("gw/w", &format!("{me}, portLevelMtls: {{8443: {{mode: PERMISSIVE}}}}"))),
        NONE,
    );
    t.one(
        "another port is exempted",
        at(8080, mesh() + &peer("gw/w", &format!("{me}, portLevelMtls: {{9090: {{mode: PERMISSIVE}}}}"))),
        STRICT,
    );
    t.one(
        "portLevelMtls without selector does nothing",
        at(8080, mesh() + &peer("gw/d", "portLevelMtls: {8080: {mode: PERMISSIVE}}")),
        &["peerauth-portlevel-useless warning", "strict-rejects-ingress error"],
    );
    t.one("empty selector counts as none", at(8080, mesh() + &peer("gw/d", "selector: {}, mtls: {mode: PERMISSIVE}")), NONE);
    t.one(
        "empty matchLabels count as none",
        at(8080, mesh() + &peer("gw/d", "selector: {matchLabels: {}}, mtls: {mode: PERMISSIVE}")),
        NONE,
    );
    t.one("two mesh policies that differ", at(8080, mesh() + &peer("istio-system/other", "mtls: {mode: PERMISSIVE}")), RIVALS);
    t.one("two mesh policies that agree", at(8080, mesh() + &strict("istio-system/other")), STRICT);
    t.one("two namespace policies, the older may be UNSET", at(8080, strict("gw/a") + &peer("gw/b", "mtls: {mode: UNSET}")), RIVALS);
    t.one(
        "selector in the root namespace is ignored",
        at(8080, peer("istio-system/w", &format!("{me}, mtls: {{mode: STRICT}}"))),
        &["peerauth-selector-in-root warning"],
    );
    t.one(
        "a selector that cannot be decided",
        at(8080, mesh() + &peer("gw/w", "selector: {matchLabels: {app: proxy}}, mtls: {mode: PERMISSIVE}")),
        NONE,
    );
    t.one(
        "a selector that cannot be decided and says what holds anyway",
        at(8080, mesh() + &peer("gw/w", "selector: {matchLabels: {app: redis}}, mtls: {mode: STRICT}")),
        STRICT,
    );
    t.one(
        "a selector for another Gateway",
        at(
            8080,
            mesh() + &peer("gw/w", "selector: {matchLabels: {gateway.networking.k8s.io/gateway-name: other}}, mtls: {mode: PERMISSIVE}"),
        ),
        STRICT,
    );
    t.one("broken policy", at(8080, mesh() + "---\napiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {name: d, namespace: gw}\nspec: {mtls: [PERMISSIVE]}\n"), &["invalid-manifest error"]);
    t.one(
        "a Gateway in the root namespace cannot be exempted by selector",
        ns("istio-system", AMBIENT)
            + &gw("istio-system/edge", "kgateway")
            + &ns("shop", AMBIENT)
            + &svc("shop/web", "")
            + &route("shop/web", "istio-system/edge", "web")
            + &mesh()
            + &peer("istio-system/w", &format!("{me}, mtls: {{mode: PERMISSIVE}}")),
        &["peerauth-selector-in-root warning", "strict-rejects-ingress error"],
    );
    let moved = |file: &'static str, text: &str| vec![("all.yaml", at(8080, strict("mesh-root/default"))), (file, text.to_owned())];
    t.case("root namespace by meshgate.yaml", &moved("meshgate.yaml", "mesh: {rootNamespace: mesh-root}\n"), "", STRICT);
    t.case("root namespace by Helm values", &moved("istiod/values.yaml", "meshConfig: {rootNamespace: mesh-root}\n"), "", STRICT);
    t.case("root namespace by IstioOperator", &moved("op.yaml", "apiVersion: install.istio.io/v1alpha1\nkind: IstioOperator\nmetadata: {name: i, namespace: istio-system}\nspec: {meshConfig: {rootNamespace: mesh-root}}\n"), "", STRICT);
    t.case("root namespace by Sail", &moved("op.yaml", "apiVersion: sailoperator.io/v1\nkind: Istio\nmetadata: {name: i}\nspec: {version: v1.28.1, namespace: istio-system, values: {meshConfig: {rootNamespace: mesh-root}}}\n"), "", STRICT);
    t.case(
        "the usual root is none then",
        &[("all.yaml", at(8080, mesh())), ("meshgate.yaml", "mesh: {rootNamespace: mesh-root}\n".to_owned())],
        "",
        NONE,
    );
    let app = |policies: String| ns("gw", "") + &gw("gw/edge", "kgateway") + &shop() + &policies;
    t.one("backend STRICT", app(strict("shop/d")), REJECTED);
    t.one(
        "backend port exempted",
        app(strict("shop/d") + &peer("shop/w", "selector: {matchLabels: {app: web}}, portLevelMtls: {8080: {mode: PERMISSIVE}}")),
        OUT,
    );
    t.one(
        "backend exempted by the Service's port, which counts for nothing",
        app(strict("shop/d") + &peer("shop/w", "selector: {matchLabels: {app: web}}, portLevelMtls: {80: {mode: PERMISSIVE}}")),
        &["gateway-not-in-mesh error", "peerauth-portlevel-useless warning"],
    );
    let id = "rules: [{from: [{source: {principals: [cluster.local/ns/a/sa/b]}}]}]";
    t.one("backend that lets only identities in", app(authz("shop/a", id)), REJECTED);
    t.one("another policy lets everybody in", app(authz("shop/a", id) + &authz("shop/b", "rules: [{}]")), OUT);
    t.one("an identity policy for other pods", app(authz("shop/a", &format!("selector: {{matchLabels: {{app: other}}}}, {id}"))), OUT);
    t.done();
}

const LOSS: &[&str] = &["ingress-bypasses-waypoint warning"];
const UNBOUND: &[&str] = &["ingress-waypoint-unbound error"];
/// A policy on Service `shop/web` that only a waypoint enforces.
fn at_waypoint() -> String {
    authz("shop/reads", "targetRefs: [{kind: Service, group: \"\", name: web}], rules: [{to: [{operation: {methods: [GET]}}]}]")
}
/// An enrolled shop behind an enrolled gateway; labels on the namespace and on the Service.
fn bound(class: &str, of_ns: &str, of_svc: &str, more: &str) -> String {
    let comma = if of_ns.is_empty() { "" } else { ", " };
    ns("gw", AMBIENT)
        + &gw("gw/edge", class)
        + &ns("shop", &format!("{AMBIENT}{comma}{of_ns}"))
        + &svc("shop/web", of_svc)
        + &route("shop/web", "gw/edge", "web")
        + more
}

#[test]
fn waypoints() {
    let mut t = Table::default();
    let use_wp = "istio.io/use-waypoint: wp";
    let on = "istio.io/ingress-use-waypoint: \"true\"";
    let wp = waypoint("shop/wp", "");
    let with = |more: &str| wp.clone() + &at_waypoint() + more;
    for class in ["istio", "kgateway", "enterprise-kgateway", "gloo-gateway"] {
        t.one(&format!("{class}: ingress walks past"), bound(class, use_wp, "", &with("")), LOSS);
        t.one(&format!("{class}: label on the namespace"), bound(class, &format!("{use_wp}, {on}"), "", &with("")), NONE);
        t.one(&format!("{class}: label on the Service"), bound(class, use_wp, on, &with("")), NONE);
    }
    t.one("nothing to lose", bound("istio", use_wp, "", &wp), NONE);
    t.one("the Service's own label binds", bound("istio", "", use_wp, &with("")), LOSS);
    t.one("the Service's none beats the namespace", bound("istio", use_wp, "istio.io/use-waypoint: none", &with("")), IDLE);
    t.one(
        "None is a name, and dangles",
        bound("istio", use_wp, "istio.io/use-waypoint: None", &with("")),
        &["use-waypoint-spelling error"],
    );
    t.one("a dangling label does not fall back", bound("istio", use_wp, "istio.io/use-waypoint: gone", &with("")), NONE);
    t.one(
        "false on the Service masks the namespace",
        bound("istio", &format!("{use_wp}, {on}"), "istio.io/ingress-use-waypoint: \"false\"", &with("")),
        LOSS,
    );
    t.one(
        "an unparsable value masks the namespace too",
        bound("istio", &format!("{use_wp}, {on}"), "istio.io/ingress-use-waypoint: \"yes\"", &with("")),
        &["ingress-use-waypoint-value error"],
    );
    t.one("class istio parses booleans", bound("istio", use_wp, "istio.io/ingress-use-waypoint: \"1\"", &with("")), NONE);
    let headless = |class: &str| {
        ns("gw", AMBIENT)
            + &gw("gw/edge", class)
            + &ns("shop", &format!("{AMBIENT}, {use_wp}"))
            + &svc_with("shop/web", "", "clusterIP: None, ports: [{port: 80}]")
            + &route("shop/web", "gw/edge", "web")
            + &with("")
    };
    t.one("headless has no way through", headless("istio"), NONE);
    let rule = "---\napiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: web, namespace: shop}\nspec: {host: web, trafficPolicy: {connectionPool: {tcp: {maxConnections: 9}}}}\n";
    let long = rule.replace("host: web", "host: web.shop.svc.cluster.local");
    t.one("kgateway loses a DestinationRule", bound("kgateway", use_wp, "", &(wp.clone() + rule)), LOSS);
    t.one("by its full host as well", bound("kgateway", use_wp, "", &(wp.clone() + &long)), LOSS);
    t.one("Istio's own gateway applies it", bound("istio", use_wp, "", &(wp.clone() + rule)), NONE);
    let mesh_route = |ns: &str| {
        format!(
            "---\napiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {{name: inner, namespace: {ns}}}\nspec: {{parentRefs: [{{kind: Service, group: \"\", name: web, namespace: shop}}], rules: [{{backendRefs: [{{name: web, namespace: shop, port: 80}}]}}]}}\n"
        )
    };
    t.one("a route of the Service is lost", bound("istio", use_wp, "", &(wp.clone() + &mesh_route("shop"))), LOSS);
    t.one("a consumer's route in another namespace is no loss", bound("istio", use_wp, "", &(wp.clone() + &mesh_route("client"))), NONE);
    let both = "---\napiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: web, namespace: shop}\nspec: {parentRefs: [{name: edge, namespace: gw}, {kind: Service, group: \"\", name: web}], rules: [{backendRefs: [{name: web, port: 80}]}]}\n";
    t.one(
        "one route for the Gateway and the Service loses nothing",
        ns("gw", AMBIENT) + &gw("gw/edge", "istio") + &ns("shop", &format!("{AMBIENT}, {use_wp}")) + &svc("shop/web", "") + &wp + both,
        NONE,
    );
    let gloo = wp.replace("istio-waypoint", "gloo-waypoint");
    t.one("gloo-waypoint takes no ingress", bound("kgateway", use_wp, "", &(gloo + &at_waypoint())), NONE);
    t.one("auto on Solo", bound("istio", "istio.io/use-waypoint: auto", on, &at_waypoint()), NONE);
    let far = |from: &str| ns("infra", "") + &waypoint("infra/wp", from) + &at_waypoint();
    let there = "istio.io/use-waypoint: wp, istio.io/use-waypoint-namespace: infra";
    let denied: &[&str] = &["waypoint-cross-namespace-denied error"];
    t.one("another namespace's waypoint, Same", bound("istio", there, "", &far("")), denied);
    t.one("another namespace's waypoint, All", bound("istio", there, "", &far("from: All")), LOSS);
    t.one(
        "another namespace's waypoint, Selector",
        bound("istio", there, "", &far("from: Selector, selector: {matchLabels: {kubernetes.io/metadata.name: shop}}")),
        LOSS,
    );
    t.one(
        "another namespace's waypoint, other Selector",
        bound("istio", there, "", &far("from: Selector, selector: {matchLabels: {kubernetes.io/metadata.name: till}}")),
        denied,
    );
    t.one(
        "the namespace label counts beside its own binding only",
        bound("istio", "istio.io/use-waypoint-namespace: infra", use_wp, &(far("from: All") + &wp)),
        &["ingress-bypasses-waypoint warning", "use-waypoint-namespace-orphan warning"],
    );
    for (value, expected) in [("service", LOSS), ("all", LOSS), ("workload", NONE), ("none", &["waypoint-for-mismatch error"])] {
        let of = wp.replace("namespace: shop}", &format!("namespace: shop, labels: {{istio.io/waypoint-for: {value}}}}}"));
        t.one(&format!("waypoint-for {value}"), bound("istio", use_wp, "", &(of + &at_waypoint())), expected);
    }
    let class = "---\napiVersion: gateway.networking.k8s.io/v1\nkind: GatewayClass\nmetadata: {name: istio-waypoint, labels: {istio.io/waypoint-for: workload}}\nspec: {controllerName: istio.io/mesh-controller}\n";
    t.one("waypoint-for on the class", bound("istio", use_wp, "", &with(class)), NONE);
    let root = authz(
        "istio-system/all",
        "targetRefs: [{kind: GatewayClass, group: gateway.networking.k8s.io, name: istio-waypoint}], rules: [{}]",
    );
    t.one("a policy of all waypoints is lost too", bound("istio", use_wp, "", &(wp.clone() + &root)), LOSS);
    let local = ns("gw", AMBIENT)
        + &gw("gw/edge", "istio")
        + &ns("shop", &format!("{AMBIENT}, {use_wp}"))
        + &svc("shop/web", "")
        + &host_route("shop/web", "gw/edge", "web.shop.svc.cluster.local", 80);
    t.one("by its local hostname it is not settled", local + &with(""), NONE);
    let global = ns("gw", AMBIENT)
        + &gw("gw/edge", "kgateway")
        + &ns("shop", &format!("{AMBIENT}, {use_wp}, solo.io/service-scope: global"))
        + &svc("shop/web", "")
        + &host_route("shop/web", "gw/edge", "web.shop.mesh.internal", 80);
    t.one("by its global hostname neither", global + &with(""), NONE);
    t.one("ingress label without a waypoint", bound("istio", "", on, ""), UNBOUND);
    t.one("ingress label beside none", bound("istio", use_wp, &format!("{on}, istio.io/use-waypoint: none"), &wp), UNBOUND);
    t.one("ingress label on the namespace without a waypoint", bound("istio", on, "", ""), &["ingress-waypoint-unbound warning"]);
    t.one("ingress label false asks for nothing", bound("istio", "", "istio.io/ingress-use-waypoint: \"false\"", ""), NONE);
    t.one("ingress label on a Service whose namespace is not in the input", svc("shop/web", on), NONE);
    t.one("a waypoint that is elsewhere", bound("istio", use_wp, on, ""), NONE);
    let two = route("shop/web", "gw/edge", "web").replace("parentRefs: [", "parentRefs: [{name: inner, namespace: gw}, ");
    t.one(
        "of two gateways the second loses",
        ns("gw", AMBIENT)
            + &gw("gw/inner", "istio")
            + &gw("gw/edge", "kgateway")
            + &ns("shop", &format!("{AMBIENT}, {use_wp}"))
            + &svc("shop/web", "")
            + &two
            + &wp
            + rule,
        LOSS,
    );
    t.done();
}

const NO_SCOPE: &[&str] = &["global-host-without-scope error"];

#[test]
fn global_hosts() {
    let mut t = Table::default();
    let one = |of_ns: &str, of_svc: &str, host: &str| {
        ns("gw", AMBIENT)
            + &gw("gw/edge", "kgateway")
            + &ns("shop", &format!("{AMBIENT}{of_ns}"))
            + &svc("shop/web", of_svc)
            + &host_route("shop/web", "gw/edge", host, 80)
    };
    let host = "web.shop.mesh.internal";
    let scope = |s: &str| format!("solo.io/service-scope: {s}");
    for (value, expected) in
        [("global", NONE), ("segment", NONE), ("global-only", &["scope-value-invalid warning"]), ("cluster", NO_SCOPE), ("\"\"", NO_SCOPE)]
    {
        t.one(&format!("scope {value} on the Service"), one("", &scope(value), host), expected);
        t.one(&format!("scope {value} on the namespace"), one(&format!(", {}", scope(value)), "", host), expected);
    }
    t.one("no scope", one("", "", host), NO_SCOPE);
    t.one("the Service's label wins", one(", solo.io/service-scope: global", &scope("cluster"), host), NO_SCOPE);
    t.one("namespace not in the input", svc("shop/web", "") + &host_route("shop/web", "gw/edge", host, 80), NONE);
    let entry = format!(
        "---\napiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: {{name: e, namespace: shop}}\nspec: {{hosts: [{host}], ports: [{{number: 80, name: http, protocol: HTTP}}], resolution: DNS}}\n"
    );
    t.one("a ServiceEntry has the host", one("", "", host) + &entry, NONE);
    t.one(
        "a ServiceEntry that is a template may have it",
        one("", "", host) + &entry.replace(host, "\"web.shop.${SUFFIX}\""),
        &["templated-manifest info"],
    );
    t.one(
        "a broken ServiceEntry may have it",
        one("", "", host) + &entry.replace("resolution: DNS", "resolution: [DNS]"),
        &["invalid-manifest error"],
    );
    t.one("another suffix is nobody's", one("", "", "web.shop.example.com"), NONE);
    t.case(
        "suffix setting",
        &[("all.yaml", one("", "", "web.shop.corp.mesh")), ("meshgate.yaml", "mesh: {globalSuffix: corp.mesh}\n".into())],
        "",
        NO_SCOPE,
    );
    t.case(
        "the usual suffix means nothing then",
        &[("all.yaml", one("", "", host)), ("meshgate.yaml", "mesh: {globalSuffix: corp.mesh}\n".into())],
        "",
        NONE,
    );
    t.one("Service elsewhere", ns("shop", "") + &host_route("shop/web", "gw/edge", host, 80), NONE);
    let segment = |name: &str, domain: &str| {
        format!(
            "---\napiVersion: admin.solo.io/v1alpha1\nkind: Segment\nmetadata: {{name: {name}, namespace: istio-system}}\nspec: {{domain: {domain}}}\n"
        )
    };
    let prod = || ns("istio-system", "admin.solo.io/segment: prod") + &segment("prod", "prod.corp");
    let wrong: &[&str] = &["segment-domain-mismatch error"];
    t.one("the segment's domain", one("", &scope("global"), "web.shop.prod.corp") + &prod(), NONE);
    t.one("mesh.internal in a segment", one("", &scope("global"), host) + &prod(), wrong);
    t.one("another segment's domain", one("", &scope("global"), "web.shop.test.corp") + &prod() + &segment("test", "test.corp"), wrong);
    t.one("istio-system elsewhere", one("", &scope("global"), host) + &segment("prod", "prod.corp"), NONE);
    t.one(
        "a label that names an absent Segment",
        one("", &scope("global"), host) + &ns("istio-system", "admin.solo.io/segment: prod"),
        NONE,
    );
    t.one(
        "an alias keeps mesh.internal alive",
        one("", &scope("global"), host)
            + &prod().replace("domain: prod.corp", "domain: prod.corp, aliases: [{pattern: \"{service}.{namespace}.mesh.internal\"}]"),
        NONE,
    );
    t.case(
        "the segment label stands on istio-system, whatever the root namespace",
        &[("all.yaml", one("", &scope("global"), host) + &prod()), ("meshgate.yaml", "mesh: {rootNamespace: policies}\n".into())],
        "",
        wrong,
    );
    t.one(
        "named port of a global Service, community build",
        one("", &scope("global"), host).replace("targetPort: 8080", "targetPort: web"),
        NONE,
    );
    t.done();
}

#[test]
fn two_clusters() {
    let mut t = Table::default();
    let config = |east: &str, west: &str| {
        format!("clusters:\n- {{name: east, paths: [\"east/**\"]{east}}}\n- {{name: west, paths: [\"west/**\"]{west}}}\n")
    };
    let app = |scope: &str| ns("shop", AMBIENT) + &svc("shop/web", scope);
    let edge = |host: &str| ns("gw", AMBIENT) + &gw("gw/edge", "kgateway") + &host_route("shop/web", "gw/edge", host, 80);
    let global = "solo.io/service-scope: global";
    let host = "web.shop.mesh.internal";
    let plain = |east: &str, west: &str| {
        vec![("east/a.yaml", app(east) + &edge(host)), ("west/a.yaml", app(west)), ("meshgate.yaml", config("", ""))]
    };
    t.case("scope in both", &plain(global, global), "", NONE);
    t.case("scope in the other only", &plain("", global), "", &["scope-one-cluster-only warning"]);
    t.case("scope in neither", &plain("", ""), "", NO_SCOPE);
    let kustomized = |east: &str, west: &str| {
        let mut files = plain(east, west);
        files.push(("east/kustomization.yaml", "resources: [a.yaml]\n".into()));
        files.push(("west/kustomization.yaml", "resources: [a.yaml]\n".into()));
        files
    };
    t.case("kustomizations of each cluster: scope in both", &kustomized(global, global), "", NONE);
    t.case("kustomizations of each cluster: scope in the other only", &kustomized("", global), "", &["scope-one-cluster-only warning"]);
    t.case("kustomizations of each cluster: scope in neither", &kustomized("", ""), "", NO_SCOPE);
    let segments = "---\napiVersion: admin.solo.io/v1alpha1\nkind: Segment\nmetadata: {name: a, namespace: istio-system}\nspec: {domain: a.corp}\n---\napiVersion: admin.solo.io/v1alpha1\nkind: Segment\nmetadata: {name: b, namespace: istio-system}\nspec: {domain: b.corp}\n";
    let far = |scope: &str, host: &str| {
        vec![
            ("segments.yaml", segments.to_owned()),
            ("east/a.yaml", edge(host)),
            ("west/a.yaml", app(&format!("solo.io/service-scope: {scope}"))),
            ("meshgate.yaml", config(", segment: a", ", segment: b")),
        ]
    };
    t.case("global scope reaches over segments", &far("global", "web.shop.b.corp"), "", NONE);
    t.case("segment scope does not", &far("segment", "web.shop.b.corp"), "", &["segment-scope-unreachable error"]);
    t.case("the gateway's own domain is not the owner's", &far("global", "web.shop.a.corp"), "", &["segment-domain-mismatch error"]);
    let mut same = far("segment", "web.shop.a.corp");
    same[3].1 = config(", segment: a", ", segment: a");
    t.case("segment scope inside a segment", &same, "", NONE);
    // a folder in no cluster belongs to all, and an object in both clusters is one file
    let shared =
        vec![("shared/a.yaml", app("")), ("east/a.yaml", edge(host)), ("west/b.yaml", ns("x", "")), ("meshgate.yaml", config("", ""))];
    t.case("a shared Service without scope, said once", &shared, "", NO_SCOPE);
    t.case(
        "Services of the same name in two clusters are no duplicates",
        &[("east/a.yaml", app(global)), ("west/a.yaml", app(global)), ("meshgate.yaml", config("", ""))],
        "",
        NONE,
    );
    let strict_west = vec![
        ("east/a.yaml", ns("gw", AMBIENT) + &gw("gw/edge", "kgateway")),
        ("west/a.yaml", strict("istio-system/default")),
        ("meshgate.yaml", config("", "")),
    ];
    t.case("STRICT in the other cluster", &strict_west, "", NONE);
    let known = |east: &str, west: &str| {
        let named = app(global).replace("targetPort: 8080", "targetPort: web");
        vec![
            ("east/a.yaml", named.clone()),
            ("west/a.yaml", named),
            (
                "meshgate.yaml",
                format!("mesh: {{distribution: solo}}\n{}", config(&format!(", version: {east}"), &format!(", version: {west}"))),
            ),
        ]
    };
    t.case("the fault in one cluster only", &known("1.28.5", "1.28.6"), "", &["named-target-port-known-issue error"]);
    t.done();
}

#[test]
fn ports() {
    let mut t = Table::default();
    let at = |spec: &str, backend: &str| {
        ns("shop", "") + &svc_with("shop/web", "", spec) + &deploy("shop/web", "", "") + &route_to("shop/web", "gw/edge", backend)
    };
    let (absent, target): (&[&str], &[&str]) = (&["backend-port-missing error"], &["backend-port-is-target-port error"]);
    t.one("the Service's port", at("ports: [{port: 80, targetPort: 8080}]", "name: web, port: 80"), NONE);
    t.one("its target", at("ports: [{port: 80, targetPort: 8080}]", "name: web, port: 8080"), target);
    t.one("its target by name", at("ports: [{port: 80, targetPort: web}]", "name: web, port: 8080"), target);
    t.one("no port of it", at("ports: [{port: 80, targetPort: 8080}]", "name: web, port: 81"), absent);
    t.one("no port given", at("ports: [{port: 80, targetPort: 8080}]", "name: web"), absent);
    t.one(
        "several ports to one target",
        at("ports: [{name: a, port: 80, targetPort: 8080}, {name: b, port: 81, targetPort: 8080}]", "name: web, port: 8080"),
        target,
    );
    t.one("no targetPort", at("ports: [{port: 80}]", "name: web, port: 80"), &["container-port-undeclared info"]);
    t.one("no ports at all", at("clusterIP: None", "name: web, port: 80"), NONE);
    t.one("headless with ports", at("clusterIP: None, ports: [{port: 80, targetPort: 8080}]", "name: web, port: 80"), NONE);
    t.one(
        "a port that is UDP only",
        at("ports: [{port: 80, protocol: UDP, targetPort: 8080}]", "name: web, port: 80"),
        &["udp-port-in-route warning"],
    );
    t.one(
        "local host",
        at(
            "ports: [{port: 80, targetPort: 8080}]",
            "kind: Hostname, group: networking.istio.io, name: web.shop.svc.cluster.local, port: 8080",
        ),
        target,
    );
    let entry = "---\napiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: {name: e, namespace: shop}\nspec: {hosts: [api.partner.example], ports: [{number: 443, name: tls, protocol: HTTPS}], resolution: DNS}\n";
    t.one(
        "port of a ServiceEntry",
        route_to("shop/web", "gw/edge", "kind: Hostname, group: networking.istio.io, name: api.partner.example, port: 443") + entry,
        NONE,
    );
    t.one(
        "no port of a ServiceEntry",
        route_to("shop/web", "gw/edge", "kind: Hostname, group: networking.istio.io, name: api.partner.example, port: 80") + entry,
        absent,
    );
    t.one("other kinds need no port", route_to("shop/web", "gw/edge", "kind: Backend, group: gateway.kgateway.dev, name: lambda"), NONE);
    t.one(
        "delegation needs no port",
        route_to("shop/web", "gw/edge", "kind: HTTPRoute, group: gateway.networking.k8s.io, name: \"*\", namespace: team"),
        NONE,
    );
    t.one(
        "hostname as Service, without a port, is said once",
        route_to("shop/web", "gw/edge", "name: web.shop.svc.cluster.local"),
        &["service-ref-is-hostname error"],
    );
    t.one("a name no pod has", at("ports: [{port: 80, targetPort: wbe}]", "name: web, port: 80"), &["named-port-unresolved error"]);
    let sidecar = deploy(
        "shop/web",
        "",
        "initContainers: [{name: s, image: \"s:1\", restartPolicy: Always, ports: [{name: proxied, containerPort: 9000}]}], ",
    );
    t.one(
        "a name of a native sidecar's port",
        ns("shop", "")
            + &svc_with("shop/web", "", "ports: [{port: 80, targetPort: proxied}]")
            + &sidecar
            + &route("shop/web", "gw/edge", "web"),
        NONE,
    );
    t.done();
}

#[test]
fn attachment() {
    let mut t = Table::default();
    let gateway = |listener: &str| {
        format!(
            "---\napiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {{name: edge, namespace: gw}}\nspec: {{gatewayClassName: istio, allowedListeners: {{namespaces: {{from: All}}}}, listeners: [{{name: web, port: 80, protocol: HTTP{listener}}}]}}\n"
        )
    };
    let from = |rule: &str| gateway(&format!(", allowedRoutes: {{namespaces: {{{rule}}}}}"));
    let by = |parent: &str| {
        format!(
            "---\napiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {{name: r, namespace: shop}}\nspec: {{parentRefs: [{{{parent}}}], rules: [{{filters: [{{type: RequestRedirect, requestRedirect: {{scheme: https}}}}]}}]}}\n"
        )
    };
    let r = || by("name: edge, namespace: gw");
    let (out, unknown): (&[&str], &[&str]) = (&["route-namespace-not-allowed error"], &["route-parent-unknown error"]);
    t.one("Same is the default", gateway("") + &r(), out);
    t.one("Same by word", from("from: Same") + &r(), out);
    t.one("All", from("from: All") + &r(), NONE);
    t.one(
        "Selector on the name needs no Namespace",
        from("from: Selector, selector: {matchLabels: {kubernetes.io/metadata.name: shop}}") + &r(),
        NONE,
    );
    t.one("Selector on another name", from("from: Selector, selector: {matchLabels: {kubernetes.io/metadata.name: till}}") + &r(), out);
    t.one("Selector, namespace elsewhere", from("from: Selector, selector: {matchLabels: {team: a}}") + &r(), NONE);
    t.one("Selector fits", from("from: Selector, selector: {matchLabels: {team: a}}") + &ns("shop", "team: a") + &r(), NONE);
    t.one("Selector does not fit", from("from: Selector, selector: {matchLabels: {team: a}}") + &ns("shop", "team: b") + &r(), out);
    t.one(
        "In",
        from("from: Selector, selector: {matchExpressions: [{key: kubernetes.io/metadata.name, operator: In, values: [a, shop]}]}") + &r(),
        NONE,
    );
    t.one(
        "NotIn",
        from("from: Selector, selector: {matchExpressions: [{key: kubernetes.io/metadata.name, operator: NotIn, values: [shop]}]}") + &r(),
        out,
    );
    t.one(
        "Exists",
        from("from: Selector, selector: {matchExpressions: [{key: team, operator: Exists}]}") + &ns("shop", "team: a") + &r(),
        NONE,
    );
    t.one(
        "DoesNotExist",
        from("from: Selector, selector: {matchExpressions: [{key: team, operator: DoesNotExist}]}") + &ns("shop", "team: a") + &r(),
        out,
    );
    t.one(
        "a known miss beside an unknown label",
        from("from: Selector, selector: {matchLabels: {kubernetes.io/metadata.name: till, team: a}}") + &r(),
        out,
    );
    t.one("empty selector takes all", from("from: Selector, selector: {}") + &r(), NONE);
    t.one("section", from("from: All") + &by("name: edge, namespace: gw, sectionName: web"), NONE);
    t.one("no such section", from("from: All") + &by("name: edge, namespace: gw, sectionName: https"), unknown);
    t.one("port", from("from: All") + &by("name: edge, namespace: gw, port: 80"), NONE);
    t.one("no such port", from("from: All") + &by("name: edge, namespace: gw, port: 443"), unknown);
    t.one("Gateway elsewhere", by("name: edge, namespace: gw"), NONE);
    t.one("Gateway of the route's own namespace is not there", from("from: All") + &by("name: edge"), NONE);
    t.case(
        "and is missing in a complete input",
        &[("a.yaml", from("from: All") + &by("name: edge"))],
        "--complete",
        &["listener-without-routes info", "route-parent-unknown error"],
    );
    t.one("delegated child", by("kind: HTTPRoute, group: gateway.networking.k8s.io, name: parent, namespace: gw"), NONE);
    t.one(
        "no parents at all",
        "---\napiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: r, namespace: shop}\nspec: {rules: [{}]}\n"
            .into(),
        NONE,
    );
    t.one("Service parent", ns("shop", "") + &svc("shop/web", "") + &by("kind: Service, group: \"\", name: web"), NONE);
    let set = |allowed: &str| {
        format!(
            "---\napiVersion: gateway.networking.k8s.io/v1\nkind: ListenerSet\nmetadata: {{name: more, namespace: gw}}\nspec: {{parentRef: {{name: edge}}, listeners: [{{name: extra, port: 81, protocol: HTTP{allowed}}}]}}\n"
        )
    };
    let at_set = || by("kind: ListenerSet, group: gateway.networking.k8s.io, name: more, namespace: gw");
    t.one("ListenerSet, Same", gateway("") + &set("") + &at_set(), out);
    t.one("ListenerSet, All", gateway("") + &set(", allowedRoutes: {namespaces: {from: All}}") + &at_set(), NONE);
    t.one("ListenerSet elsewhere", gateway("") + &at_set(), NONE);
    t.one(
        "sectionName of a ListenerSet's listener, named on the Gateway",
        gateway(", allowedRoutes: {namespaces: {from: All}}")
            + &set(", allowedRoutes: {namespaces: {from: All}}")
            + &by("name: edge, namespace: gw, sectionName: extra"),
        unknown,
    );
    let lax = |kind: &str, proto: &str, version: &str| {
        format!(
            "---\napiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {{name: edge, namespace: gw}}\nspec: {{gatewayClassName: istio, listeners: [{{name: web, port: 80, protocol: {proto}{}}}]}}\n---\napiVersion: gateway.networking.k8s.io/{version}\nkind: {kind}\nmetadata: {{name: r, namespace: shop}}\nspec: {{parentRefs: [{{name: edge, namespace: gw}}], rules: [{{backendRefs: [{{name: web, port: 81}}]}}]}}\n",
            if proto == "TLS" { ", tls: {mode: Passthrough}" } else { "" }
        ) + &ns("shop", "")
            + &svc("shop/web", "")
    };
    for (kind, proto, version) in
        [("GRPCRoute", "HTTP", "v1"), ("TLSRoute", "TLS", "v1alpha2"), ("TCPRoute", "TCP", "v1alpha2"), ("UDPRoute", "UDP", "v1alpha2")]
    {
        let text = lax(kind, proto, version);
        let text = if kind == "TLSRoute" { text.replace("rules: [{backend", "hostnames: [a.example.com], rules: [{backend") } else { text };
        t.one(&format!("{kind} is judged as HTTPRoute is"), text, &["backend-port-missing error", "route-namespace-not-allowed error"]);
    }
    t.done();
}

#[test]
fn partial_views() {
    let mut t = Table::default();
    let at = |service: &str, wanted: &str| ns("shop", "") + &svc(&format!("shop/{service}"), "") + &route("shop/r", "gw/edge", wanted);
    let (sure, likely): (&[&str], &[&str]) = (&["backend-service-not-found error"], &["backend-service-not-found warning"]);
    t.one("a slip of the keyboard", at("checkout", "chekcout"), sure);
    t.one("another Service in the namespace", at("checkout", "payments"), likely);
    t.one("no Service in the namespace", ns("shop", "") + &route("shop/r", "gw/edge", "payments"), NONE);
    t.case(
        "complete",
        &[("a.yaml", ns("shop", "") + &ns("gw", "") + &gw("gw/edge", "istio") + &route("shop/r", "gw/edge", "payments"))],
        "--complete",
        sure,
    );
    for (have, want) in [
        ("api-v1", "api-v2"),
        ("gateway-east", "gateway-west"),
        ("web-internal", "web-external"),
        ("cart-ingress", "cart-egress"),
        ("orders-north", "orders-south"),
        ("store-http", "store-https"),
        ("cart-eu", "cart-us"),
        ("api", "app"),
        ("orders-blue", "orders-glue"),
        ("catalog-stage", "catalog-stable"),
    ] {
        t.one(&format!("{have} and {want} are two Services"), at(have, want), likely);
    }
    let gateways = |have: &str, want: &str| gw(&format!("gw/{have}"), "istio") + &route("shop/r", &format!("gw/{want}"), "web");
    for (have, want) in
        [("internal", "external"), ("http", "https"), ("istio-ingressgateway", "istio-egressgateway"), ("public-east", "public-west")]
    {
        t.one(&format!("Gateways {have} and {want} are two"), gateways(have, want), &["route-parent-unknown warning"]);
    }
    let assume = |yaml: &str, text: String| vec![("a.yaml", text), ("meshgate.yaml", format!("assume:\n  {yaml}\n"))];
    t.case("an assumed Service", &assume("services: [shop/payments]", at("checkout", "payments")), "", NONE);
    t.case("an assumed Service with a near name", &assume("services: [shop/chekcout]", at("checkout", "chekcout")), "", NONE);
    t.case(
        "assumed labels of a namespace",
        &assume(
            "namespaces: {gw: {}, shop: {labels: {istio.io/dataplane-mode: ambient}}}",
            gw("gw/edge", "kgateway") + &svc("shop/web", "") + &route("shop/web", "gw/edge", "web"),
        ),
        "",
        OUT,
    );
    t.case(
        "declared labels win",
        &assume("namespaces: {gw: {labels: {istio.io/dataplane-mode: ambient}}}", ns("gw", "") + &gw("gw/edge", "kgateway") + &shop()),
        "",
        OUT,
    );
    let template = "---\napiVersion: v1\nkind: Service\nmetadata: {name: \"${APP}\", namespace: shop}\nspec: {ports: [{port: 80}]}\n";
    t.one("a template may define it", at("checkout", "payments") + template, &["templated-manifest info"]);
    t.one(
        "a template in another namespace may not",
        at("checkout", "payments") + &template.replace("shop", "till"),
        &["backend-service-not-found warning", "templated-manifest info"],
    );
    let broken = "---\napiVersion: v1\nkind: Service\nmetadata:\n  name: payments\n  namespace: shop\n   labels: {}\n";
    t.one("a broken document defines it", at("checkout", "payments") + broken, &["invalid-yaml error"]);
    t.one("a broken document defines it beside a near name", at("payment", "payments") + broken, &["invalid-yaml error"]);
    t.case(
        "a broken document defines it, in a complete input",
        &[("a.yaml", ns("gw", "") + &gw("gw/edge", "istio") + &at("checkout", "payments") + broken)],
        "--complete",
        &["invalid-yaml error"],
    );
    t.one(
        "a Service of the wrong shape is there",
        at("checkout", "payments") + &svc_with("shop/payments", "", "ports: 80"),
        &["invalid-manifest error"],
    );
    t.one(
        "the Service of an Istio gateway is made by istiod",
        ns("shop", "") + &svc("shop/web", "") + &gw("shop/inner", "istio") + &route("shop/r", "gw/edge", "inner-istio"),
        NONE,
    );
    t.one(
        "the Service of a kgateway is made by kgateway",
        ns("shop", "") + &svc("shop/web", "") + &gw("shop/inner", "kgateway") + &route("shop/r", "gw/edge", "inner"),
        NONE,
    );
    let release = "---\napiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: podinfo, namespace: shop}\nspec: {interval: 1m, chart: {spec: {chart: podinfo, sourceRef: {kind: HelmRepository, name: podinfo}}}}\n";
    t.one("a HelmRelease in the namespace brings Services", at("web", "podinfo") + release, NONE);
    t.case("without namespaces, folder by folder", &[
        ("a/svc.yaml", svc("x/web", "").replace(", namespace: x", "")),
        ("b/r.yaml", "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: r}\nspec: {rules: [{backendRefs: [{name: wbe, port: 80}]}]}\n".into()),
    ], "", NONE);
    t.done();
}

/// Things of one name in folders for environments, without kustomizations.
#[test]
fn folders_of_environments() {
    let mut t = Table::default();
    let app = |port: u16| {
        svc_with("shop/web", "", &format!("ports: [{{port: {port}, targetPort: 9000}}]"))
            + &route_to("shop/web", "gw/edge", &format!("name: web, port: {port}"))
    };
    t.case("each environment has ports of its own", &[("dev/web.yaml", app(80)), ("prod/web.yaml", app(8080))], "", NONE);
    let edge = |listener: &str| {
        gw("gw/edge", "istio").replace("name: http", &format!("name: {listener}"))
            + &route("shop/web", "gw/edge", "web").replace("namespace: gw}]", &format!("namespace: gw, sectionName: {listener}}}]"))
    };
    t.case("each environment has listeners of its own", &[("dev/edge.yaml", edge("http")), ("prod/edge.yaml", edge("https"))], "", NONE);
    let mesh = |labels: &str| ns("gw", labels) + &gw("gw/edge", "kgateway") + &shop();
    t.case(
        "an environment without the mesh",
        &[
            (
                "dev/a.yaml",
                ns("gw", "") + &gw("gw/edge", "kgateway") + &ns("shop", "") + &svc("shop/web", "") + &route("shop/web", "gw/edge", "web"),
            ),
            ("prod/a.yaml", mesh(AMBIENT)),
        ],
        "",
        NONE,
    );
    t.case(
        "STRICT in one environment",
        &[
            ("dev/a.yaml", mesh(AMBIENT)),
            (
                "prod/a.yaml",
                ns("gw", AMBIENT)
                    + &gw_with("gw/edge", "enterprise-kgateway", "", &with_params("p"), 8080)
                    + &params("gw/p", "", BYPASS)
                    + &shop()
                    + &strict("istio-system/default"),
            ),
        ],
        "",
        NONE,
    );
    t.case(
        "a route of one environment finds no typo in the other",
        &[
            ("dev/a.yaml", svc("shop/web-dev", "") + &route("shop/web", "gw/edge", "web-dev")),
            ("prod/a.yaml", svc("shop/web-prod", "") + &route("shop/web", "gw/edge", "web-prod")),
        ],
        "",
        NONE,
    );
    t.done();
}

#[test]
fn kustomizations() {
    let mut t = Table::default();
    let here = |text: String| text.replace(", namespace: shop", "");
    let base = || here(svc("shop/web", "") + &route("shop/web", "gw/edge", "web"));
    let overlay = |ns: &str, more: &str| format!("namespace: {ns}\nresources: [../base]\n{more}");
    let with_patch = |patch: &str| {
        [
            ("base/a.yaml", here(svc("shop/web", "") + &route_to("shop/web", "gw/edge", "name: web, port: 81"))),
            ("base/kustomization.yaml", "resources: [a.yaml]\n".into()),
            ("prod/kustomization.yaml", overlay("shop", "patches: [{path: p.yaml}]\n")),
            ("prod/p.yaml", format!("apiVersion: v1\nkind: Service\n{patch}\n")),
        ]
    };
    t.case(
        "two overlays, two namespaces",
        &[
            ("base/a.yaml", base()),
            ("base/kustomization.yaml", "resources: [a.yaml]\n".into()),
            ("dev/kustomization.yaml", overlay("shop-dev", "")),
            ("prod/kustomization.yaml", overlay("shop-prod", "")),
            (
                "edge.yaml",
                gw("gw/edge", "istio")
                    .replace("from: All", "from: Selector, selector: {matchLabels: {kubernetes.io/metadata.name: shop-prod}}"),
            ),
        ],
        "",
        NONE,
    );
    t.case(
        "the kustomization's namespace replaces the written one",
        &[
            ("a.yaml", route("placeholder/web", "gw/edge", "web")),
            ("kustomization.yaml", "namespace: shop\nresources: [a.yaml]\n".into()),
            (
                "edge/g.yaml",
                gw("gw/edge", "istio").replace("from: All", "from: Selector, selector: {matchLabels: {kubernetes.io/metadata.name: shop}}"),
            ),
        ],
        "",
        NONE,
    );
    t.case("an overlay adds the port", &with_patch("metadata: {name: web}\nspec: {ports: [{port: 81}]}"), "", NONE);
    t.case(
        "an overlay changes something else: at most likely",
        &with_patch("metadata: {name: web, annotations: {note: patched}}"),
        "",
        &["backend-port-missing warning"],
    );
    t.case(
        "same names in two roots",
        &[
            ("dev/a.yaml", svc_with("shop/web", "", "ports: [{port: 80}]") + &route_to("shop/web", "gw/edge", "name: web, port: 80")),
            ("dev/kustomization.yaml", "resources: [a.yaml]\n".into()),
            ("prod/a.yaml", svc_with("shop/web", "", "ports: [{port: 81}]") + &route_to("shop/web", "gw/edge", "name: web, port: 81")),
            ("prod/kustomization.yaml", "resources: [a.yaml]\n".into()),
        ],
        "",
        NONE,
    );
    t.case(
        "a component that labels the namespace",
        &[
            ("base/ns.yaml", ns("gw", "") + &gw("gw/edge", "kgateway") + &shop()),
            ("base/kustomization.yaml", "resources: [ns.yaml]\n".into()),
            (
                "mesh/kustomization.yaml",
                "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\npatches: [{path: p.yaml}]\n".into(),
            ),
            ("mesh/p.yaml", ns("gw", AMBIENT)),
            ("prod/kustomization.yaml", "resources: [../base]\ncomponents: [../mesh]\n".into()),
        ],
        "",
        NONE,
    );
    t.case("charts of a kustomization bring Services", &[
        ("a.yaml", svc("shop/web", "") + &route("shop/r", "gw/edge", "podinfo")),
        ("kustomization.yaml", "resources: [a.yaml]\nhelmCharts: [{name: podinfo, repo: \"https://example.com\", version: 6.0.0, releaseName: podinfo, namespace: shop}]\n".into()),
    ], "", NONE);
    t.case(
        "resources from a remote base",
        &[
            ("a.yaml", svc("shop/web", "") + &route("shop/r", "gw/edge", "podinfo")),
            ("kustomization.yaml", "resources: [a.yaml, \"https://example.com/podinfo.yaml\"]\n".into()),
        ],
        "",
        NONE,
    );
    t.done();
}

#[test]
fn versions() {
    let mut t = Table::default();
    let app = || ns("shop", AMBIENT) + &svc_with("shop/web", "solo.io/service-scope: global", "ports: [{port: 80, targetPort: web}]");
    let (fault, minor): (&[&str], &[&str]) = (&["named-target-port-known-issue error"], &["named-target-port-known-issue warning"]);
    let with = |path: &'static str, text: &str| vec![("all.yaml", app()), (path, text.to_owned())];
    let hub = "us-docker.pkg.dev/soloio-img/istio";
    t.case("Helm values", &with("values.yaml", &format!("global: {{hub: {hub}, tag: 1.28.5}}\n")), "", fault);
    t.case("Helm values, fixed", &with("values.yaml", &format!("global: {{hub: {hub}, tag: 1.29.2-patch0}}\n")), "", NONE);
    t.case("Helm values, community", &with("values.yaml", "global: {hub: docker.io/istio, tag: 1.28.5}\n"), "", NONE);
    t.case("Helm values, whose is not known", &with("istiod/values.yaml", "global: {tag: 1.28.5}\npilot: {}\n"), "", NONE);
    t.case("a tag of Solo's without hub", &with("values.yaml", "global: {tag: 1.28.5-solo}\npilot: {}\n"), "", fault);
    t.case("Chart.yaml", &with("Chart.yaml", "apiVersion: v2\nname: mesh\nversion: 1.0.0\ndependencies: [{name: istiod, version: 1.29.1-solo, repository: \"oci://us-docker.pkg.dev/soloio-img/istio-helm\"}]\n"), "", fault);
    t.case("Chart.yaml, community", &with("Chart.yaml", "apiVersion: v2\nname: mesh\nversion: 1.0.0\ndependencies: [{name: istiod, version: 1.29.1, repository: \"https://istio-release.storage.googleapis.com/charts\"}]\n"), "", NONE);
    let image = |name: &str, tag: &str| {
        format!(
            "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: d-{name}, namespace: istio-system}}\nspec:\n  selector: {{matchLabels: {{app: {name}}}}}\n  template:\n    metadata: {{labels: {{app: {name}}}}}\n    spec: {{containers: [{{name: c, image: \"{hub}/{name}:{tag}\"}}]}}\n"
        )
    };
    t.case("image", &with("istiod.yaml", &image("pilot", "1.28.5-solo-distroless")), "", fault);
    t.case(
        "istiod's image says more than others'",
        &[("all.yaml", app()), ("a.yaml", image("ztunnel", "1.28.5-solo")), ("b.yaml", image("pilot", "1.28.6-solo"))],
        "",
        NONE,
    );
    t.case("Sail", &with("istio.yaml", &format!("apiVersion: sailoperator.io/v1\nkind: Istio\nmetadata: {{name: default}}\nspec: {{version: v1.28.5, namespace: istio-system, values: {{global: {{hub: {hub}}}}}}}\n")), "", fault);
    let controller = |version: &str| {
        format!(
            "apiVersion: operator.gloo.solo.io/v1\nkind: ServiceMeshController\nmetadata: {{name: mesh}}\nspec: {{version: {version}, cluster: one}}\n"
        )
    };
    t.case("ServiceMeshController", &with("smc.yaml", &controller("1.28.5")), "", fault);
    t.case("only a minor version", &with("smc.yaml", &controller("\"1.29\"")), "", minor);
    t.case(
        "meshgate.yaml wins",
        &[("all.yaml", app()), ("smc.yaml", controller("1.28.5")), ("meshgate.yaml", "mesh: {version: 1.30.0}\n".into())],
        "",
        NONE,
    );
    t.case(
        "meshgate.yaml says it is the community's",
        &[("all.yaml", app()), ("meshgate.yaml", "mesh: {version: 1.28.5, distribution: istio}\n".into())],
        "",
        NONE,
    );
    t.case(
        "a number as targetPort",
        &[("all.yaml", app().replace("targetPort: web", "targetPort: 8080")), ("smc.yaml", controller("1.28.5"))],
        "",
        NONE,
    );
    t.case(
        "an UDP port is not exported",
        &[("all.yaml", app().replace("targetPort: web", "targetPort: web, protocol: UDP")), ("smc.yaml", controller("1.28.5"))],
        "",
        NONE,
    );
    t.done();
}

/// What people have in repositories that work; nothing but notes on templates may come.
#[test]
fn working_repositories_of_many_kinds() {
    let mut t = Table::default();
    let info: &[&str] = &["templated-manifest info"];
    t.case("routes alone", &[("a.yaml", route("shop/web", "gw/edge", "web") + &route("shop/api", "gw/edge", "api"))], "", NONE);
    t.case("Flux variables", &[("a.yaml", svc("shop/web", "") + "---\napiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: r, namespace: shop}\nspec: {hostnames: [\"web.${DOMAIN}\"], rules: [{backendRefs: [{name: wob, port: 1}]}]}\n")], "", info);
    let app = "---\napiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: shop, namespace: argocd}\nspec: {project: default, source: {repoURL: \"https://example.com/r.git\", path: shop, targetRevision: HEAD}, destination: {server: \"https://kubernetes.default.svc\", namespace: shop}}\n";
    t.case(
        "Argo apps of apps: the destination gives the namespace",
        &[
            ("apps/shop.yaml", app.to_owned()),
            ("shop/a.yaml", (svc("shop/web", "") + &route("shop/web", "gw/edge", "web")).replace(", namespace: shop", "")),
            (
                "infra/gw.yaml",
                gw("gw/edge", "istio").replace("from: All", "from: Selector, selector: {matchLabels: {kubernetes.io/metadata.name: shop}}"),
            ),
        ],
        "",
        NONE,
    );
    for class in ["eg", "nginx", "cilium", "traefik", "contour", "gke-l7-global-external-managed", "kong", "haproxy"] {
        t.case(
            &format!("gateway of class {class} beside ambient apps under STRICT"),
            &[("a.yaml", ns("gw", "") + &gw("gw/edge", class) + &shop() + &strict("istio-system/default"))],
            "",
            NONE,
        );
    }
    t.case("kgateway without GatewayClass, PERMISSIVE", &[("a.yaml", ns("gw", AMBIENT) + &gw("gw/edge", "kgateway") + &shop())], "", NONE);
    t.case(
        "no mesh at all",
        &[(
            "a.yaml",
            ns("gw", "") + &gw("gw/edge", "kgateway") + &ns("shop", "") + &svc("shop/web", "") + &route("shop/web", "gw/edge", "web"),
        )],
        "",
        &[],
    );
    let sample = svc_with("default/productpage", "app: productpage", "ports: [{port: 9080, name: http}]")
        + &deploy("default/productpage", "version: v1", "")
        + &svc_with("default/reviews", "", "ports: [{port: 9080, name: http}]")
        + &deploy("default/reviews", "version: v2", "");
    let sample_gateway = "---\napiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: front}\nspec: {gatewayClassName: istio, listeners: [{name: http, port: 80, protocol: HTTP, allowedRoutes: {namespaces: {from: Same}}}]}\n---\napiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: front}\nspec: {parentRefs: [{name: front}], rules: [{backendRefs: [{name: productpage, port: 9080}]}]}\n";
    t.case(
        "a sample that leaves namespaces to kubectl",
        &[("a.yaml", sample.replace(", namespace: default", "").replace("containerPort: 8080", "containerPort: 9080") + sample_gateway)],
        "",
        NONE,
    );
    t.case(
        "Helm umbrella with unrendered templates",
        &[
            ("Chart.yaml", "apiVersion: v2\nname: u\nversion: 1.0.0\n".into()),
            ("values.yaml", "web: {port: 80}\n".into()),
            ("templates/svc.yaml", "apiVersion: v1\nkind: Service\nmetadata:\n  name: {{ .Release.Name }}\n".into()),
            ("extra/r.yaml", ns("shop", "") + &svc("shop/web", "") + &route("shop/r", "gw/edge", "umbrella-web")),
        ],
        "",
        info,
    );
    let redirect = "---\napiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: to-https, namespace: gw}\nspec: {parentRefs: [{name: edge, sectionName: http}], rules: [{filters: [{type: RequestRedirect, requestRedirect: {scheme: https, statusCode: 301}}]}]}\n";
    t.case("a redirect", &[("a.yaml", gw("gw/edge", "istio") + redirect)], "", NONE);
    let outside = ns("gw", AMBIENT)
        + &gw("gw/edge", "kgateway")
        + &ns("vault", "")
        + "---\napiVersion: v1\nkind: Service\nmetadata: {name: vault, namespace: vault}\nspec: {type: ExternalName, externalName: vault.example.com, ports: [{port: 443}]}\n"
        + &route_to("vault/v", "gw/edge", "name: vault, port: 443");
    t.case("an ExternalName backend", &[("a.yaml", outside)], "", NONE);
    let crd = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: gateways.gateway.networking.k8s.io, annotations: {gateway.networking.k8s.io/bundle-version: v1.5.0}}\nspec: {group: gateway.networking.k8s.io, scope: Namespaced, names: {kind: Gateway, plural: gateways}, versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, description: \"see {{ x }}\"}}}]}\n";
    t.case("CRDs", &[("crds.yaml", crd.to_owned())], "", NONE);
    let peers = ns("istio-system", "topology.istio.io/network: n1")
        + "---\napiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: istio-eastwest, namespace: istio-eastwest, labels: {istio.io/expose-istiod: \"15012\", topology.istio.io/network: n1}}\nspec: {gatewayClassName: istio-eastwest, listeners: [{name: cross-network, port: 15008, protocol: HBONE, tls: {mode: Passthrough}}, {name: xds-tls, port: 15012, protocol: TLS, tls: {mode: Passthrough}}]}\n---\napiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: istio-remote-peer-west, namespace: istio-eastwest, labels: {topology.istio.io/network: n2}}\nspec: {gatewayClassName: istio-remote, addresses: [{value: 192.0.2.1}], listeners: [{name: cross-network, port: 15008, protocol: HBONE, tls: {mode: Passthrough}}]}\n";
    t.case("peering under STRICT", &[("a.yaml", peers + &strict("istio-system/default"))], "", NONE);
    let manual = ns("gw", AMBIENT)
        + &gw("gw/edge", "kgateway").replace(
            "listeners:",
            "infrastructure: {parametersRef: {group: gateway.kgateway.dev, kind: GatewayParameters, name: p}}, listeners:",
        )
        + "---\napiVersion: gateway.kgateway.dev/v1alpha1\nkind: GatewayParameters\nmetadata: {name: p, namespace: gw}\nspec: {selfManaged: {}}\n"
        + &shop()
        + &strict("istio-system/default");
    t.case("self-managed kgateway under STRICT", &[("a.yaml", manual)], "", NONE);
    let helm_params = "controller: {}\ngatewayClassParametersRefs:\n  enterprise-kgateway: {group: enterprisekgateway.solo.io, kind: EnterpriseKgatewayParameters, name: p, namespace: gw}\n";
    t.case(
        "parameters of the class by the values of kgateway's chart",
        &[
            (
                "a.yaml",
                ns("gw", AMBIENT)
                    + &gw("gw/edge", "enterprise-kgateway")
                    + &params("gw/p", "", BYPASS)
                    + &shop()
                    + &strict("istio-system/default"),
            ),
            ("kgateway/values.yaml", helm_params.to_owned()),
        ],
        "",
        NONE,
    );
    let canary = "---\napiVersion: flagger.app/v1beta1\nkind: Canary\nmetadata: {name: web, namespace: shop}\nspec: {targetRef: {apiVersion: apps/v1, kind: Deployment, name: web}, service: {port: 80}}\n";
    t.case(
        "Flagger makes Services",
        &[("a.yaml", ns("shop", "") + &svc("shop/other", "") + &route("shop/web", "gw/edge", "web-primary") + canary)],
        "",
        NONE,
    );
    let stale = "---\napiVersion: v1\nkind: Pod\nmetadata: {name: debug, namespace: shop, labels: {app: web}}\nspec: {containers: [{name: c, image: \"c:1\"}]}\n";
    t.case(
        "grant for a Service of another namespace",
        &[("a.yaml", ns("shop", "") + &svc("shop/web", "") + &route_to("till/r", "gw/edge", "name: web, namespace: shop, port: 80"))],
        "",
        &["reference-grant-missing warning"],
    );
    t.case(
        "a helper pod that shares the label, without the port's name",
        &[(
            "a.yaml",
            ns("shop", "")
                + &svc_with("shop/web", "", "ports: [{port: 80, targetPort: web}]")
                + &deploy("shop/web", "", "")
                + stale
                + &route("shop/web", "gw/edge", "web"),
        )],
        "",
        &["named-port-unresolved warning"],
    );
    t.done();
}

#[test]
fn what_is_not_sure_is_not_said_as_if() {
    let mut t = Table::default();
    let cluster = |segment: &str| {
        ns("istio-system", &format!("admin.solo.io/segment: {segment}"))
            + &format!(
                "---\napiVersion: admin.solo.io/v1alpha1\nkind: Segment\nmetadata: {{name: {segment}, namespace: istio-system}}\nspec: {{domain: {segment}.corp}}\n"
            )
            + &ns("gw", AMBIENT)
            + &gw("gw/edge", "kgateway")
            + &ns("shop", AMBIENT)
            + &svc("shop/web", "solo.io/service-scope: global")
            + &host_route("shop/web", "gw/edge", &format!("web.shop.{segment}.corp"), 80)
    };
    t.case("folders of two clusters without configuration", &[("east/a.yaml", cluster("one")), ("west/a.yaml", cluster("two"))], "", NONE);
    let selective = ns("gw", "")
        + &gw("gw/edge", "kgateway").replace("from: All", "from: Selector, selector: {matchLabels: {team: a}}")
        + &ns("shop", AMBIENT)
        + &svc("shop/web", "")
        + &route_to("till/web", "gw/edge", "name: web, namespace: shop, port: 80");
    t.one("a route that may not attach", selective, &["reference-grant-missing warning"]);
    let partly = ns("shop", &format!("{AMBIENT}, istio.io/ingress-use-waypoint: \"true\"")) + &svc("shop/web", "");
    t.one("Services of the namespace that are elsewhere may be bound", partly.clone(), &["ingress-waypoint-unbound warning"]);
    t.case("but not in a complete input", &[("a.yaml", partly)], "--complete", UNBOUND);
    t.done();
}

/// Headline, labels, notes and help of the only finding.
fn words(text: String, config: &str) -> String {
    let linted = run(&[("all.yaml", text), ("meshgate.yaml", config.to_owned())], "");
    assert_eq!(linted.findings.len(), 1, "{:?}", linted.findings);
    format!("{:?}", linted.findings[0])
}

#[test]
fn a_namespace_that_has_the_label_is_not_told_to_get_it() {
    let text =
        ns("kube-system", AMBIENT) + &gw("kube-system/edge", "kgateway") + &shop().replace("namespace: gw}", "namespace: kube-system}");
    let words = words(text, "mesh: {version: 1.30.1}\n");
    assert!(!words.contains("no `istio.io/dataplane-mode: ambient` here"), "{words}");
    assert!(!words.contains("label the namespace of the Gateway"), "{words}");
}

#[test]
fn a_scope_that_is_written_is_not_called_missing() {
    let text = ns("shop", AMBIENT)
        + &svc("shop/web", "solo.io/service-scope: cluster")
        + &host_route("shop/web", "gw/edge", "web.shop.mesh.internal", 80);
    let words = words(text, "");
    assert!(!words.contains("has no `solo.io/service-scope`"), "{words}");
    assert!(!words.contains("no scope here"), "{words}");
}

#[test]
fn the_log_line_names_the_root_namespace_that_holds() {
    let text = ns("gw", AMBIENT) + &gw("gw/edge", "kgateway") + &strict("mesh-root/default");
    let words = words(text, "mesh: {rootNamespace: mesh-root}\n");
    assert!(words.contains("mesh-root/istio_converted_static_strict"), "{words}");
}
