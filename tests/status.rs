//! The conditions that controllers would write: a row for each condition and reason, and the command that shows them.
#![expect(clippy::unwrap_used, reason = "tests")]
#![expect(clippy::too_many_lines, reason = "each is one table")]

mod support;

use std::collections::BTreeSet;

use meshgate::lint::{Request, Session};
use meshgate::mesh::status::{Condition, Reason, Statuses};
use meshgate::text::MemoryWorld;
use serde_json::Value;
use support::{folder, meshgate};

/// A Gateway `infra/edge` of which a row says the rest of `spec`.
const EDGE: &str = "apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: edge, namespace: infra}\n\
    spec:\n  gatewayClassName: kgateway\n";
const HTTP: &str = "  listeners:\n  - {name: http, port: 80, protocol: HTTP}\n";
const HTTPS: &str = "  listeners:\n  - {name: https, port: 443, protocol: HTTPS, tls: {certificateRefs: [{name: pair}]}}\n";
const PAIR: &str = "---\napiVersion: v1\nkind: Secret\nmetadata: {name: pair, namespace: infra}\nstringData:\n  \
    tls.crt: \"-----BEGIN CERTIFICATE-----\\nMIIB\\n-----END CERTIFICATE-----\"\n  \
    tls.key: \"-----BEGIN PRIVATE KEY-----\\nMIIB\\n-----END PRIVATE KEY-----\"\n";
const WORDS: &str = "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: words, namespace: infra}\ndata: {ca.crt: later}\n";
const AUTHORITY: &str = "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: authority, namespace: infra}\n\
    data: {ca.crt: \"-----BEGIN CERTIFICATE-----\\nMIIB\\n-----END CERTIFICATE-----\"}\n";
const SERVICE: &str =
    "---\napiVersion: v1\nkind: Service\nmetadata: {name: cart, namespace: infra}\nspec: {ports: [{name: web, port: 80}]}\n";
const FAR: &str = "---\napiVersion: v1\nkind: Service\nmetadata: {name: cart, namespace: shop}\nspec: {ports: [{port: 80}]}\n";

/// An HTTPRoute `infra/cart` on the Gateway, with the rest of its `spec`.
fn route(spec: &str) -> String {
    format!(
        "---\napiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {{name: cart, namespace: infra}}\nspec:\n  \
         parentRefs: [{{name: edge}}]\n{spec}"
    )
}

fn to(backend: &str) -> String {
    route(&format!("  rules: [{{backendRefs: [{backend}]}}]\n"))
}

/// A listener set `infra/NAME` with a listener.
fn set(name: &str, listener: &str) -> String {
    format!(
        "---\napiVersion: gateway.networking.k8s.io/v1\nkind: ListenerSet\nmetadata: {{name: {name}, namespace: infra}}\nspec:\n  \
         parentRef: {{name: edge}}\n  listeners: [{{{listener}}}]\n"
    )
}

fn tls_policy(name: &str, target: &str, authority: &str) -> String {
    format!(
        "---\napiVersion: gateway.networking.k8s.io/v1\nkind: BackendTLSPolicy\nmetadata: {{name: {name}, namespace: infra}}\nspec:\n  \
         targetRefs: [{{group: \"\", kind: Service, {target}}}]\n  \
         validation: {{hostname: cart.example.com, caCertificateRefs: [{{group: \"\", {authority}}}]}}\n"
    )
}

fn traffic_policy(target: &str) -> String {
    format!(
        "---\napiVersion: gateway.kgateway.dev/v1alpha1\nkind: TrafficPolicy\nmetadata: {{name: p, namespace: infra}}\nspec:\n  \
         targetRefs: [{{{target}}}]\n"
    )
}

fn allow(target: &str) -> String {
    format!(
        "---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {{name: p, namespace: infra}}\nspec:\n  \
         targetRefs: [{{{target}}}]\n"
    )
}

fn frontend(authority: &str) -> String {
    format!(
        "{EDGE}  tls: {{frontend: {{default: {{validation: {{caCertificateRefs: [{{group: \"\", {authority}}}]}}}}}}}}\n{HTTPS}{PAIR}{WORDS}{AUTHORITY}"
    )
}

/// `where Type=Status/Reason` of each condition.
fn lines(text: &str, complete: bool) -> Vec<String> {
    let world = MemoryWorld::new([("all.yaml", text)]);
    let request = Request { complete, ..Request::new(["."]) };
    let mut session = Session::open(&world, &request).unwrap_or_else(|failure| panic!("{failure:?}"));
    let mesh = session.mesh();
    let statuses = mesh.statuses();
    let mut lines = Vec::new();
    let mut add = |at: String, conditions: &[Condition]| {
        lines.extend(conditions.iter().map(|c| format!("{at} {}={}/{}", c.kind.as_str(), c.state.as_str(), c.reason.word())));
    };
    let Statuses { gateways, orphaned_sets, routes, policies } = &statuses;
    for gateway in gateways {
        add("gateway".to_owned(), &gateway.conditions);
        gateway.listeners.iter().for_each(|l| add(format!("listener {}", **l.listener.view.name), &l.conditions));
    }
    for set in gateways.iter().flat_map(|gateway| &gateway.sets).chain(orphaned_sets) {
        add(format!("set {}", set.set.id.name), &set.conditions);
        set.listeners.iter().for_each(|l| add(format!("listener {}", **l.listener.view.name), &l.conditions));
    }
    for route in routes {
        route
            .parents
            .iter()
            .for_each(|parent| add(format!("{} {}", route.route.object.id.kind, *parent.parent.reference.name), &parent.conditions));
    }
    for policy in policies {
        policy.ancestors.iter().for_each(|a| add(format!("{} {} {}", policy.policy.id.name, a.kind, a.name), &a.conditions));
    }
    lines
}

/// What is written; whether that is all there is; lines that there have to be.
type Row = (&'static str, String, bool, &'static [&'static str]);

fn gateways() -> Vec<Row> {
    vec![
        (
            "all is well",
            format!("{EDGE}{HTTP}"),
            false,
            &[
                "gateway Accepted=True/Accepted",
                "gateway ResolvedRefs=True/ResolvedRefs",
                "gateway Programmed=Unknown/Pending",
                "listener http Accepted=True/Accepted",
                "listener http Conflicted=False/NoConflicts",
                "listener http ResolvedRefs=True/ResolvedRefs",
                "listener http Programmed=Unknown/Pending",
            ],
        ),
        ("a class of which nothing is known", format!("{EDGE}{HTTP}").replace(": kgateway", ": other"), false, &["gateway Accepted=Unknown/NotInInput"]),
        ("a class that does not exist", format!("{EDGE}{HTTP}").replace(": kgateway", ": other"), true, &["gateway Accepted=Unknown/Pending"]),
        (
            "a class in the input",
            format!(
                "{EDGE}{HTTP}---\napiVersion: gateway.networking.k8s.io/v1\nkind: GatewayClass\nmetadata: {{name: other}}\nspec: {{controllerName: example.com/own}}\n"
            )
            .replace("Name: kgateway", "Name: other"),
            false,
            &["gateway Accepted=True/Accepted"],
        ),
        (
            "parameters of a kind that the class does not read",
            format!("{EDGE}  infrastructure: {{parametersRef: {{group: example.com, kind: Size, name: big}}}}\n{HTTP}"),
            false,
            &["gateway Accepted=False/InvalidParameters", "gateway Programmed=False/InvalidParameters"],
        ),
        (
            "parameters that may be elsewhere",
            format!("{EDGE}  infrastructure: {{parametersRef: {{group: gateway.kgateway.dev, kind: GatewayParameters, name: big}}}}\n{HTTP}"),
            false,
            &["gateway Accepted=Unknown/NotInInput"],
        ),
        (
            "parameters that are nowhere",
            format!("{EDGE}  infrastructure: {{parametersRef: {{group: gateway.kgateway.dev, kind: GatewayParameters, name: big}}}}\n{HTTP}"),
            true,
            &["gateway Accepted=False/InvalidParameters"],
        ),
        (
            "istiod reads ConfigMaps",
            format!("{EDGE}  infrastructure: {{parametersRef: {{group: \"\", kind: ConfigMap, name: words}}}}\n{HTTP}{WORDS}").replace(": kgateway", ": istio"),
            true,
            &["gateway Accepted=True/Accepted"],
        ),
        (
            "a protocol that nobody speaks, alone",
            format!("{EDGE}  listeners: [{{name: odd, port: 80, protocol: GOPHER}}]\n"),
            false,
            &[
                "gateway Accepted=False/ListenersNotValid",
                "gateway Programmed=False/ListenersNotValid",
                "listener odd Accepted=False/UnsupportedProtocol",
                "listener odd Programmed=False/Invalid",
            ],
        ),
        (
            "a protocol that nobody speaks, beside another",
            format!("{EDGE}{HTTP}  - {{name: odd, port: 81, protocol: GOPHER}}\n"),
            false,
            &["gateway Accepted=True/ListenersNotValid", "listener http Accepted=True/Accepted"],
        ),
        (
            "the same host twice",
            format!("{EDGE}{HTTP}  - {{name: more, port: 80, protocol: HTTP}}\n"),
            false,
            &["listener http Accepted=False/HostnameConflict", "listener more Conflicted=True/HostnameConflict"],
        ),
        (
            "a port taken whole",
            format!("{EDGE}{HTTP}  - {{name: more, port: 80, protocol: TCP}}\n"),
            false,
            &["listener http Conflicted=True/ProtocolConflict", "listener more Accepted=False/ProtocolConflict"],
        ),
        ("a certificate that is there", format!("{EDGE}{HTTPS}{PAIR}"), false, &["listener https ResolvedRefs=True/ResolvedRefs"]),
        (
            "a certificate that may be elsewhere",
            format!("{EDGE}{HTTPS}"),
            false,
            &["listener https ResolvedRefs=Unknown/NotInInput", "gateway Accepted=Unknown/NotInInput"],
        ),
        (
            "a certificate that is nowhere",
            format!("{EDGE}{HTTPS}"),
            true,
            &["listener https ResolvedRefs=False/InvalidCertificateRef", "listener https Accepted=True/Accepted", "gateway Accepted=False/ListenersNotValid"],
        ),
        (
            "a listener for TLS without a certificate",
            format!("{EDGE}  listeners: [{{name: https, port: 443, protocol: HTTPS}}]\n"),
            false,
            &["listener https ResolvedRefs=False/InvalidCertificateRef"],
        ),
        (
            "a certificate of another namespace without a grant",
            format!("{EDGE}{HTTPS}").replace("{name: pair}", "{name: pair, namespace: certs}"),
            true,
            &["listener https ResolvedRefs=False/RefNotPermitted"],
        ),
        (
            "a kind of route that the protocol can't carry",
            format!("{EDGE}  listeners: [{{name: http, port: 80, protocol: HTTP, allowedRoutes: {{kinds: [{{kind: TCPRoute}}]}}}}]\n"),
            false,
            &["listener http ResolvedRefs=False/InvalidRouteKinds", "listener http Accepted=True/Accepted"],
        ),
        ("authorities that are there", frontend("kind: ConfigMap, name: authority"), false, &["listener https Accepted=True/Accepted"]),
        (
            "authorities that are none",
            frontend("kind: ConfigMap, name: words"),
            false,
            &["listener https Accepted=False/NoValidCACertificate", "listener https ResolvedRefs=False/InvalidCACertificateRef"],
        ),
        (
            "authorities of a kind that holds none",
            frontend("kind: Service, name: words"),
            false,
            &["listener https Accepted=False/NoValidCACertificate", "listener https ResolvedRefs=False/InvalidCACertificateKind"],
        ),
        (
            "authorities of another namespace without a grant",
            frontend("kind: ConfigMap, name: authority, namespace: certs"),
            true,
            &["listener https ResolvedRefs=False/RefNotPermitted"],
        ),
        (
            "clients without a certificate are let in",
            frontend("kind: ConfigMap, name: authority").replace("validation: {", "validation: {mode: AllowInsecureFallback, "),
            false,
            &["gateway InsecureFrontendValidationMode=True/ConfigurationChanged"],
        ),
        (
            "a client certificate that is none",
            format!("{EDGE}  tls: {{backend: {{clientCertificateRef: {{kind: ConfigMap, name: words}}}}}}\n{HTTP}"),
            false,
            &["gateway ResolvedRefs=False/InvalidClientCertificateRef", "gateway Accepted=True/Accepted"],
        ),
        (
            "a client certificate without a grant",
            format!("{EDGE}  tls: {{backend: {{clientCertificateRef: {{name: pair, namespace: certs}}}}}}\n{HTTP}"),
            true,
            &["gateway ResolvedRefs=False/RefNotPermitted"],
        ),
    ]
}

fn sets() -> Vec<Row> {
    let open = || format!("{EDGE}  allowedListeners: {{namespaces: {{from: Same}}}}\n{HTTP}");
    vec![
        (
            "a set that nobody takes",
            format!("{EDGE}{HTTP}{}", set("more", "name: x, port: 81, protocol: HTTP")),
            false,
            &["set more Accepted=False/NotAllowed"],
        ),
        (
            "a set that is taken",
            open() + &set("more", "name: x, port: 81, protocol: HTTP"),
            false,
            &["set more Accepted=True/Accepted", "set more Programmed=Unknown/Pending", "listener x Accepted=True/Accepted"],
        ),
        (
            "a set of which nothing is left",
            open() + &set("more", "name: x, port: 80, protocol: HTTP"),
            false,
            &[
                "set more Accepted=False/ListenersNotValid",
                "listener x Accepted=False/HostnameConflict",
                "listener http Accepted=True/Accepted",
            ],
        ),
        (
            "a set of a Gateway that is not accepted",
            open().replace("  listeners:", "  infrastructure: {parametersRef: {group: example.com, kind: Size, name: big}}\n  listeners:")
                + &set("more", "name: x, port: 81, protocol: HTTP"),
            false,
            &["set more Accepted=False/ParentNotAccepted"],
        ),
        (
            "a set whose namespace may have the labels",
            open().replace("{from: Same}", "{from: Selector, selector: {matchLabels: {team: shop}}}")
                + &set("more", "name: x, port: 81, protocol: HTTP"),
            false,
            &["set more Accepted=Unknown/NotInInput"],
        ),
        (
            "a set whose namespace has no labels",
            open().replace("{from: Same}", "{from: Selector, selector: {matchLabels: {team: shop}}}")
                + &set("more", "name: x, port: 81, protocol: HTTP"),
            true,
            &["set more Accepted=False/NotAllowed"],
        ),
        ("a set without its Gateway", set("more", "name: x, port: 81, protocol: HTTP"), false, &["set more Accepted=Unknown/NotInInput"]),
        ("a set that no Gateway is for", set("more", "name: x, port: 81, protocol: HTTP"), true, &["set more Accepted=Unknown/Pending"]),
    ]
}

fn routes() -> Vec<Row> {
    let on = |rest: String| format!("{EDGE}{HTTP}{SERVICE}{rest}");
    let cart = "{name: cart, port: 80}";
    vec![
        ("all is well", on(to(cart)), false, &["HTTPRoute edge Accepted=True/Accepted", "HTTPRoute edge ResolvedRefs=True/ResolvedRefs"]),
        (
            "no such listener",
            on(to(cart)).replace("[{name: edge}]", "[{name: edge, sectionName: x}]"),
            false,
            &["HTTPRoute edge Accepted=False/NoMatchingParent"],
        ),
        (
            "no such port",
            on(to(cart)).replace("[{name: edge}]", "[{name: edge, port: 81}]"),
            false,
            &["HTTPRoute edge Accepted=False/NoMatchingParent"],
        ),
        ("a Gateway elsewhere", to(cart), false, &["HTTPRoute edge Accepted=Unknown/NotInInput"]),
        ("a Gateway that does not exist", to(cart), true, &["HTTPRoute edge Accepted=False/NoMatchingParent"]),
        (
            "a listener that is in conflict",
            on(to(cart)).replace(HTTP, &format!("{HTTP}  - {{name: more, port: 80, protocol: HTTP}}\n")),
            false,
            &["HTTPRoute edge Accepted=False/NoMatchingParent"],
        ),
        (
            "another namespace",
            on(to(cart)).replace(
                "{name: cart, namespace: infra}\nspec:\n  parentRefs: [{name: edge}]",
                "{name: cart, namespace: shop}\nspec:\n  parentRefs: [{name: edge, namespace: infra}]",
            ),
            false,
            &["HTTPRoute edge Accepted=False/NotAllowedByListeners"],
        ),
        (
            "a kind that the listener does not take",
            on(to(cart)).replace("protocol: HTTP}", "protocol: HTTP, allowedRoutes: {kinds: [{kind: GRPCRoute}]}}"),
            false,
            &["HTTPRoute edge Accepted=False/NotAllowedByListeners"],
        ),
        (
            "other hosts",
            on(route(&format!("  hostnames: [b.example.com]\n  rules: [{{backendRefs: [{cart}]}}]\n")))
                .replace("protocol: HTTP}", "protocol: HTTP, hostname: a.example.com}"),
            false,
            &["HTTPRoute edge Accepted=False/NoMatchingListenerHostname"],
        ),
        (
            "a pattern that is none, everywhere",
            on(route(&format!("  rules: [{{matches: [{{path: {{type: RegularExpression, value: \"/(\"}}}}], backendRefs: [{cart}]}}]\n"))),
            false,
            &["HTTPRoute edge Accepted=False/UnsupportedValue"],
        ),
        (
            "a pattern that is none, in one rule",
            on(route(&format!(
                "  rules:\n  - {{matches: [{{path: {{type: RegularExpression, value: \"/(\"}}}}], backendRefs: [{cart}]}}\n  - {{backendRefs: [{cart}]}}\n"
            ))),
            false,
            &["HTTPRoute edge Accepted=True/Accepted", "HTTPRoute edge PartiallyInvalid=True/UnsupportedValue"],
        ),
        (
            "a prefix to replace where none matched",
            on(route(&format!(
                "  rules: [{{matches: [{{path: {{type: Exact, value: /a}}}}], backendRefs: [{cart}], filters: [{{type: URLRewrite, urlRewrite: {{path: {{type: ReplacePrefixMatch, replacePrefixMatch: /b}}}}}}]}}]\n"
            ))),
            false,
            &["HTTPRoute edge Accepted=False/UnsupportedValue"],
        ),
        (
            "HTTP and gRPC for one host",
            on(to(cart))
                + &to(cart).replace("HTTPRoute", "GRPCRoute").replace("{name: cart, namespace: infra}", "{name: zeta, namespace: infra}"),
            false,
            &["HTTPRoute edge Accepted=True/Accepted", "GRPCRoute edge Accepted=False/HostnameConflict"],
        ),
        (
            "a kind that nobody sends to",
            on(to("{kind: ConfigMap, name: cart, port: 80}")),
            false,
            &["HTTPRoute edge ResolvedRefs=False/InvalidKind"],
        ),
        (
            "a kind of another group",
            on(to("{group: example.com, kind: Shop, name: cart, port: 80}")),
            true,
            &["HTTPRoute edge ResolvedRefs=False/InvalidKind"],
        ),
        (
            "a kind of another group, perhaps of the product's",
            on(to("{group: example.com, kind: Shop, name: cart, port: 80}")),
            false,
            &["HTTPRoute edge ResolvedRefs=Unknown/NotInInput"],
        ),
        ("a Service that does not exist", on(to("{name: gone, port: 80}")), true, &["HTTPRoute edge ResolvedRefs=False/BackendNotFound"]),
        ("a Service elsewhere", on(to("{name: gone, port: 80}")), false, &["HTTPRoute edge ResolvedRefs=Unknown/NotInInput"]),
        (
            "a port that the Service has not",
            on(to("{name: cart, port: 81}")),
            false,
            &["HTTPRoute edge ResolvedRefs=False/BackendNotFound"],
        ),
        (
            "a port that speaks UDP",
            on(to(cart)).replace("{name: web, port: 80}", "{name: web, port: 80, protocol: UDP}"),
            false,
            &["HTTPRoute edge ResolvedRefs=False/UnsupportedProtocol"],
        ),
        (
            "another namespace without a grant",
            on(to("{name: cart, namespace: shop, port: 80}")) + FAR,
            true,
            &["HTTPRoute edge ResolvedRefs=False/RefNotPermitted"],
        ),
        (
            "another namespace without a grant that is seen",
            on(to("{name: cart, namespace: shop, port: 80}")) + FAR,
            false,
            &["HTTPRoute edge ResolvedRefs=Unknown/NotInInput"],
        ),
        (
            "who may not look does not learn what is there",
            on(to("{name: gone, namespace: shop, port: 80}")) + FAR,
            true,
            &["HTTPRoute edge ResolvedRefs=False/RefNotPermitted"],
        ),
        (
            "a mirror that leads nowhere",
            on(route(&format!(
                "  rules: [{{backendRefs: [{cart}], filters: [{{type: RequestMirror, requestMirror: {{backendRef: {{name: gone, port: 80}}}}}}]}}]\n"
            ))),
            true,
            &["HTTPRoute edge ResolvedRefs=False/BackendNotFound"],
        ),
        (
            "a filter that is nowhere",
            on(route(&format!(
                "  rules: [{{backendRefs: [{cart}], filters: [{{type: ExtensionRef, extensionRef: {{group: gateway.kgateway.dev, kind: TrafficPolicy, name: gone}}}}]}}]\n"
            ))),
            true,
            &["HTTPRoute edge ResolvedRefs=False/BackendNotFound"],
        ),
        (
            "a route at a waypoint",
            SERVICE.to_owned() + &to(cart).replace("[{name: edge}]", "[{group: \"\", kind: Service, name: cart}]"),
            false,
            &["HTTPRoute cart Accepted=True/Accepted", "HTTPRoute cart ResolvedRefs=True/ResolvedRefs"],
        ),
    ]
}

fn policies() -> Vec<Row> {
    let on = |rest: String| format!("{EDGE}{HTTP}{SERVICE}{}{AUTHORITY}{WORDS}{rest}", to("{name: cart, port: 80}"));
    let good = "kind: ConfigMap, name: authority";
    vec![
        (
            "all is well",
            on(tls_policy("p", "name: cart", good)),
            false,
            &["p Gateway edge Accepted=True/Accepted", "p Gateway edge ResolvedRefs=True/ResolvedRefs"],
        ),
        (
            "the first of two for one Service",
            on(tls_policy("p", "name: cart", good) + &tls_policy("q", "name: cart", good)),
            false,
            &["p Gateway edge Accepted=True/Accepted", "q Gateway edge Accepted=False/Conflicted"],
        ),
        (
            "one for a port stands beside one for the Service",
            on(tls_policy("p", "name: cart", good) + &tls_policy("q", "name: cart, sectionName: web", good)),
            false,
            &["p Gateway edge Accepted=True/Accepted", "q Gateway edge Accepted=True/Accepted"],
        ),
        (
            "authorities that are none",
            on(tls_policy("p", "name: cart", "kind: ConfigMap, name: words")),
            false,
            &["p Gateway edge Accepted=False/NoValidCACertificate", "p Gateway edge ResolvedRefs=False/InvalidCACertificateRef"],
        ),
        (
            "authorities elsewhere",
            on(tls_policy("p", "name: cart", "kind: ConfigMap, name: gone")),
            false,
            &["p Gateway edge Accepted=Unknown/NotInInput", "p Gateway edge ResolvedRefs=Unknown/NotInInput"],
        ),
        (
            "authorities of a wrong kind",
            on(tls_policy("p", "name: cart", "kind: Service, name: cart")),
            false,
            &["p Gateway edge ResolvedRefs=False/InvalidKind"],
        ),
        ("a Service that does not exist", on(tls_policy("p", "name: gone", good)), true, &["p Service gone Accepted=False/TargetNotFound"]),
        (
            "a port that does not exist",
            on(tls_policy("p", "name: cart, sectionName: x", good)),
            false,
            &["p Gateway edge Accepted=False/TargetNotFound"],
        ),
        (
            "a policy for a route",
            on(traffic_policy("group: gateway.networking.k8s.io, kind: HTTPRoute, name: cart")),
            false,
            &["p Gateway edge Accepted=True/Accepted"],
        ),
        (
            "a policy for a listener that does not exist",
            on(traffic_policy("group: gateway.networking.k8s.io, kind: Gateway, name: edge, sectionName: x")),
            false,
            &["p Gateway edge Accepted=False/TargetNotFound"],
        ),
        (
            "a policy for a route elsewhere",
            on(traffic_policy("group: gateway.networking.k8s.io, kind: GRPCRoute, name: gone")),
            false,
            &["p GRPCRoute gone Accepted=Unknown/NotInInput"],
        ),
        (
            "a Service without a waypoint",
            on(allow("kind: Service, name: cart")),
            true,
            &["p Service cart WaypointAccepted=False/AncestorNotBound"],
        ),
        (
            "a Service that may have one",
            on(allow("kind: Service, name: cart")),
            false,
            &["p Service cart WaypointAccepted=Unknown/NotInInput"],
        ),
        (
            "a Service that is not there",
            on(allow("kind: Service, name: gone")),
            true,
            &["p Service gone WaypointAccepted=False/TargetNotFound"],
        ),
    ]
}

#[test]
fn conditions_and_their_reasons() {
    let mut wrong = Vec::new();
    let mut seen = String::new();
    for (about, text, complete, expected) in [gateways(), sets(), routes(), policies()].concat() {
        let found = lines(&text, complete);
        let lacking: Vec<_> = expected.iter().filter(|line| !found.iter().any(|one| one == *line)).collect();
        if !lacking.is_empty() {
            wrong.push(format!("{about}: {lacking:#?} not in {found:#?}\n{text}"));
        }
        seen += &expected.join(" \n");
        seen.push('\n');
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let untested: Vec<_> =
        Reason::ALL.iter().filter(|reason| !seen.lines().any(|line| line.trim_end().ends_with(&format!("/{}", reason.word())))).collect();
    assert!(untested.is_empty(), "no row for {untested:?}");
}

/// Whether routes of two kinds have a host in common is what hostnames say, in whichever order the routes come.
#[test]
fn http_and_grpc_meet_where_their_hosts_do() {
    let hosts = ["a.b.example.com", "b.example.com", "*.example.com", "*.b.example.com", "example.com", "*.com", "a.b.example.org", ""];
    let named = |kind: &str, name: &str, host: &str| {
        let host = if host.is_empty() { String::new() } else { format!("  hostnames: [\"{host}\"]\n") };
        route(&format!("{host}  rules: [{{backendRefs: [{{name: cart, port: 80}}]}}]\n"))
            .replace("HTTPRoute", kind)
            .replace("{name: cart, namespace", &format!("{{name: {name}, namespace"))
    };
    for one in hosts {
        for other in hosts {
            let text = format!("{EDGE}{HTTP}{SERVICE}{}{}", named("HTTPRoute", "a", one), named("GRPCRoute", "b", other));
            let meets = lines(&text, false).iter().any(|line| line == "GRPCRoute edge Accepted=False/HostnameConflict");
            let every = one.is_empty() || other.is_empty();
            assert_eq!(meets, every || meshgate::mesh::hosts::intersect(one, other), "`{one}` and `{other}`");
        }
    }
}

#[test]
fn routes_are_counted_where_they_attach() {
    let listeners = "  listeners:\n  - {name: a, port: 80, protocol: HTTP, hostname: a.example.com}\n  \
        - {name: b, port: 80, protocol: HTTP, hostname: b.example.com, allowedRoutes: {namespaces: {from: Selector, selector: {matchLabels: {team: x}}}}}\n";
    let one = route("  hostnames: [a.example.com, b.example.com]\n");
    let text = format!("{EDGE}{listeners}{one}{}", route("  hostnames: [a.example.com]\n").replace("name: cart,", "name: more,"));
    let counts = |complete| {
        let world = MemoryWorld::new([("all.yaml", text.as_str())]);
        let request = Request { complete, ..Request::new(["."]) };
        let mesh = Session::open(&world, &request).unwrap_or_else(|failure| panic!("{failure:?}")).into_mesh();
        let status = mesh.gateways().next().unwrap().status();
        status.listeners.iter().map(|l| (l.attached_routes, l.perhaps_routes)).collect::<Vec<_>>()
    };
    assert_eq!(counts(false), [(2, 0), (0, 1)], "whether the namespace has the label stands in no file");
    assert_eq!(counts(true), [(2, 0), (0, 0)]);
}

const TWO: [(&str, &str); 2] = [
    (
        "edge.yaml",
        "apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata:\n  name: edge\n  namespace: infra\nspec:\n  gatewayClassName: kgateway\n  listeners:\n  - name: http\n    port: 80\n    protocol: HTTP\n    allowedRoutes:\n      namespaces:\n        from: All\n",
    ),
    (
        "cart.yaml",
        "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata:\n  name: cart\n  namespace: shop\nspec:\n  parentRefs:\n  - name: edge\n    namespace: infra\n    sectionName: web\n",
    ),
];

#[test]
fn for_people() {
    let dir = folder(&TWO);
    let run = meshgate(dir.path(), "status");
    assert_eq!(run.code, 1, "{run:?}");
    assert_eq!(
        run.out,
        "Gateway `infra/edge` (edge.yaml:4)\n  Accepted       True    Accepted\n  ResolvedRefs   True    ResolvedRefs\n  \
         listener `http`, HTTP 80: 0 routes; takes HTTPRoute, GRPCRoute\n    Accepted       True    Accepted\n    ResolvedRefs   True    ResolvedRefs\n\n\
         HTTPRoute `shop/cart` (cart.yaml:4)\n  Gateway `infra/edge`\n    \
         Accepted       False   NoMatchingParent  cart.yaml:8:5: Gateway `edge` has no listener `web`\n    ResolvedRefs   True    ResolvedRefs\n"
    );
    assert_eq!(run.err, "2 objects: 6 conditions are as it should be, 1 not, 0 unknown\n");
    let verbose = meshgate(dir.path(), "status --verbose");
    assert!(
        verbose.out.contains("    Programmed     Unknown Pending\n") && verbose.out.contains("    Conflicted     False   NoConflicts\n"),
        "{}",
        verbose.out
    );
    assert_eq!(meshgate(dir.path(), "status --quiet").err, "");
}

#[test]
fn for_programs() {
    let dir = folder(&TWO);
    let run = meshgate(dir.path(), "status --output-format json");
    assert_eq!((run.code, run.err.as_str()), (1, ""));
    let document: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(document["version"], 1);
    assert_eq!(document["summary"], serde_json::json!({ "objects": 2, "good": 6, "bad": 1, "unknown": 2 }));
    let gateway = &document["objects"][0];
    assert_eq!(gateway["kind"], "Gateway");
    assert_eq!(gateway["attachedListenerSets"], 0);
    assert_eq!(gateway["place"], serde_json::json!({ "file": "edge.yaml", "line": 4, "column": 9 }));
    let listener = &gateway["listeners"][0];
    assert_eq!(
        (&listener["name"], &listener["attachedRoutes"], &listener["perhapsAttachedRoutes"]),
        (&"http".into(), &0.into(), &0.into())
    );
    assert_eq!(listener["supportedKinds"][1], serde_json::json!({ "group": "gateway.networking.k8s.io", "kind": "GRPCRoute" }));
    let parent = &document["objects"][1]["parents"][0];
    let reference = serde_json::json!({ "group": "gateway.networking.k8s.io", "kind": "Gateway", "namespace": "infra", "name": "edge", "sectionName": "web" });
    assert_eq!(parent["parentRef"], reference);
    let condition = serde_json::json!({
        "type": "Accepted", "status": "False", "reason": "NoMatchingParent", "message": "Gateway `edge` has no listener `web`",
        "place": { "file": "cart.yaml", "line": 8, "column": 5 }
    });
    assert_eq!(parent["conditions"][0], condition);
    assert_eq!(parent["listeners"], serde_json::json!([]));
}

/// The keys of all objects in a document.
fn keys(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| keys(item, found)),
        Value::Object(map) => map.iter().for_each(|(key, value)| {
            found.insert(key.clone());
            keys(value, found);
        }),
        _ => {}
    }
}

#[test]
fn every_field_and_reason_is_in_the_documentation() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/status.md")).unwrap();
    let good = [Reason::Accepted, Reason::ResolvedRefs, Reason::NoConflicts];
    // what Gateways and listeners take over from their listeners and conditions
    let of_programmed = [Reason::Invalid];
    for reason in Reason::ALL.iter().filter(|reason| !good.contains(reason) && !of_programmed.contains(reason)) {
        assert!(page.contains(&format!("`{}`", reason.word())), "{reason:?}");
    }
    let policy = tls_policy("p", "name: cart", "kind: ConfigMap, name: authority").replace("namespace: infra", "namespace: shop");
    let dir = folder(&[TWO[0], TWO[1], ("policy.yaml", policy.as_str())]);
    let mut found = BTreeSet::new();
    keys(&serde_json::from_str(&meshgate(dir.path(), "status --output-format json").out).unwrap(), &mut found);
    assert!(found.contains("ancestorRef") && found.contains("parentRef") && found.contains("supportedKinds"), "{found:?}");
    for key in found {
        assert!(page.contains(&format!("`{key}`")), "docs/status.md does not describe `{key}`");
    }
}

#[test]
fn exit_codes() {
    let good = folder(&TWO[..1]);
    assert_eq!(meshgate(good.path(), "status").code, 0);
    assert_eq!(meshgate(good.path(), "status gone.yaml").code, 2, "unreadable");
    let run = meshgate(good.path(), "status --gateway infra/edgy");
    assert_eq!((run.code, run.err.as_str()), (2, "error: there is no Gateway `infra/edgy`; did you mean `infra/edge`?\n"));
    assert_eq!(meshgate(good.path(), "status --gateway edge").code, 2, "no namespace");
    assert_eq!(meshgate(good.path(), "status --output-format sarif").code, 2);
    let nothing = folder(&[("notes.txt", "x")]);
    let run = meshgate(nothing.path(), "status");
    assert_eq!(run.code, 2);
    assert!(run.err.starts_with("error: no manifests found"), "{}", run.err);
    // what is unknown is not wrong
    let route = folder(&TWO[1..]);
    let run = meshgate(route.path(), "status");
    assert_eq!(run.code, 0, "{run:?}");
    assert!(run.err.ends_with("hint: --complete takes what is not in the input for absent\n"), "{}", run.err);
    assert_eq!(meshgate(route.path(), "status --complete").code, 1);
}

#[test]
fn one_gateway_and_what_belongs_to_it() {
    let other = TWO[0].1.replace("edge", "other");
    let elsewhere = TWO[1].1.replace("edge", "other").replace("name: cart", "name: books").replace("web", "http");
    let files = [TWO[0], TWO[1], ("other.yaml", other.as_str()), ("books.yaml", elsewhere.as_str())];
    let dir = folder(&files);
    let shown = |args: &str| {
        let run = meshgate(dir.path(), args);
        run.out
            .lines()
            .filter(|line| !line.starts_with(' ') && !line.is_empty())
            .map(|l| l.split('`').nth(1).unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(shown("status --gateway infra/other"), ["infra/other", "shop/books"]);
    assert_eq!(shown("status --gateway infra/edge"), ["infra/edge", "shop/cart"]);
    assert_eq!(meshgate(dir.path(), "status --gateway infra/other").code, 0, "what is wrong elsewhere does not count");
}

#[test]
fn the_same_gateway_in_two_clusters() {
    let settings = "clusters:\n- name: east\n  paths: [east/**]\n- name: west\n  paths: [west/**]\n";
    let files = [("meshgate.yaml", settings), ("east/edge.yaml", TWO[0].1), ("west/edge.yaml", TWO[0].1), ("west/cart.yaml", TWO[1].1)];
    let dir = folder(&files);
    let all = meshgate(dir.path(), "status");
    assert!(all.out.contains("Gateway `infra/edge` in cluster `east` (east/edge.yaml:4)\n"), "{}", all.out);
    assert_eq!(all.out.matches("Gateway `infra/edge` in cluster").count(), 2);
    let west = meshgate(dir.path(), "status --gateway west/infra/edge");
    assert_eq!(west.out.matches("Gateway `infra/edge` in cluster").count(), 1);
    assert_eq!(west.code, 1);
    assert_eq!(meshgate(dir.path(), "status --gateway east/infra/edge").code, 0);
    assert_eq!(meshgate(dir.path(), "status --gateway north/infra/edge").code, 2);
}

#[test]
fn a_manifest_that_is_broken_is_said_not_guessed() {
    let dir = folder(&[
        TWO[0],
        ("cart.yaml", "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: cart}\nspec: {rules: 1}\n"),
    ]);
    let run = meshgate(dir.path(), "status");
    assert_eq!(run.code, 0);
    assert!(run.err.contains("hint: 1 manifest is not read; `meshgate lint` says why\n"), "{}", run.err);
}

/// Working repositories have no condition that says that something does not work.
#[test]
fn what_works_has_no_bad_condition() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata");
    let scenarios = std::fs::read_dir(root.join("scenarios")).unwrap().map(|entry| entry.unwrap().path().join("working"));
    let working = std::fs::read_dir(root.join("working")).unwrap().map(|entry| entry.unwrap().path());
    let folders: Vec<_> = scenarios.chain(working).filter(|path| path.is_dir()).collect();
    assert!(folders.len() > 5);
    for folder in folders {
        let run = meshgate(&folder, "status");
        assert_eq!(run.code, 0, "{}: {}", folder.display(), run.out);
    }
}
