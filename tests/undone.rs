//! What a class of gateways is known not to do, and of which classes and versions nothing is said.
#![expect(clippy::unwrap_used, reason = "tests")]

use meshgate::checks::Certainty;
use meshgate::lint::{Request, lint};
use meshgate::text::MemoryWorld;

fn gateway(class: &str, more: &str) -> String {
    format!(
        "apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {{name: g, namespace: shop}}\nspec: {{gatewayClassName: {class}, \
         allowedListeners: {{namespaces: {{from: Same}}}}, listeners: [{{name: a, port: 80, protocol: HTTP}}, {{name: u, port: 53, protocol: UDP}}]{more}}}\n"
    )
}

fn route(kind: &str, spec: &str) -> String {
    let version = if kind == "UDPRoute" { "v1alpha2" } else { "v1" };
    format!(
        "---\napiVersion: gateway.networking.k8s.io/{version}\nkind: {kind}\nmetadata: {{name: r, namespace: shop}}\nspec: {{parentRefs: [{{name: g}}], {spec}}}\n"
    )
}

/// What is said with a version of Istio, if any.
fn said(text: &str, version: &str) -> Vec<(String, Certainty)> {
    let settings = if version.is_empty() { String::new() } else { format!("mesh: {{version: {version}}}\n") };
    let world = MemoryWorld::new([("all.yaml", text), ("meshgate.yaml", &settings)]);
    let findings = lint(&world, &Request { pedantic: true, ..Request::new(["."]) }).unwrap().findings;
    let own = findings.into_iter().filter(|finding| &*finding.rule == "filter-unsupported");
    own.map(|finding| (finding.message.split_once("does not have ").unwrap().1.to_owned(), finding.certainty)).collect()
}

#[test]
fn istio_does_not_do_these() {
    let backend = "backendRefs: [{name: s, port: 80}]";
    let reference = "{type: ExtensionRef, extensionRef: {group: a.example, kind: K, name: k}}";
    let mirror = "{type: RequestMirror, requestMirror: {backendRef: {name: s, port: 80}}}";
    let headers = "{type: ResponseHeaderModifier, responseHeaderModifier: {remove: [a]}}";
    let at_backend = |filter: &str| format!("rules: [{{backendRefs: [{{name: s, port: 80, filters: [{filter}]}}]}}]");
    for (asked, expected) in [
        (route("HTTPRoute", &format!("rules: [{{filters: [{reference}], {backend}}}]")), Some("a filter of type `ExtensionRef`")),
        (route("GRPCRoute", &format!("rules: [{{filters: [{reference}], {backend}}}]")), Some("a filter of type `ExtensionRef`")),
        (route("HTTPRoute", &at_backend(mirror)), Some("a filter of type `RequestMirror` at a single backend")),
        (route("GRPCRoute", &at_backend(reference)), Some("a filter of type `ExtensionRef` at a single backend")),
        (route("HTTPRoute", &at_backend(headers)), None),
        (route("GRPCRoute", &at_backend(headers)), None),
        (route("HTTPRoute", &format!("rules: [{{filters: [{mirror}, {headers}], {backend}}}]")), None),
        (route("GRPCRoute", &format!("rules: [{{sessionPersistence: {{}}, {backend}}}]")), Some("`sessionPersistence`")),
        (route("UDPRoute", &format!("rules: [{{{backend}}}]")), Some("UDPRoutes")),
        // nothing is attached
        (route("HTTPRoute", &format!("rules: [{{sessionPersistence: {{}}, {backend}}}]")).replace("name: g", "name: other"), None),
    ] {
        let expected: Vec<_> = expected.map(|words| (words.to_owned(), Certainty::Sure)).into_iter().collect();
        assert_eq!(said(&format!("{}{asked}", gateway("istio", "")), ""), expected, "{asked}");
        assert_eq!(said(&format!("{}{asked}", gateway("kgateway", "")), ""), [], "{asked}");
        assert_eq!(said(&format!("{}{asked}", gateway("eg", "")), ""), [], "{asked}");
    }
}

#[test]
fn certificates_of_clients_and_for_backends() {
    let check = "{validation: {caCertificateRefs: [{group: '', kind: ConfigMap, name: c}]}}";
    for (asked, expected) in [
        (format!(", tls: {{frontend: {{default: {check}}}}}"), Some("a check of clients under `spec.tls.frontend`")),
        (
            format!(", tls: {{frontend: {{default: {{}}, perPort: [{{port: 443, tls: {check}}}]}}}}"),
            Some("a check of clients under `spec.tls.frontend`"),
        ),
        (", tls: {frontend: {default: {}}}".to_owned(), None),
        (", tls: {backend: {clientCertificateRef: {name: c}}}".to_owned(), Some("a certificate for backends")),
        (", tls: {backend: {}}".to_owned(), None),
    ] {
        let expected: Vec<_> = expected.map(|words| (words.to_owned(), Certainty::Sure)).into_iter().collect();
        assert_eq!(said(&gateway("istio", &asked), ""), expected, "{asked}");
        assert_eq!(said(&gateway("kgateway", &asked), ""), [], "{asked}");
    }
}

#[test]
fn versions_decide() {
    let set = "---\napiVersion: gateway.networking.k8s.io/v1\nkind: ListenerSet\nmetadata: {name: s, namespace: shop}\nspec: {parentRef: {name: g}, \
               listeners: [{name: b, port: 81, protocol: HTTP}]}\n";
    let text = format!("{}{set}", gateway("istio", ""));
    assert_eq!(said(&text, "1.30.5"), [("ListenerSets before 1.31".to_owned(), Certainty::Sure)]);
    assert_eq!(said(&text, "1.32.0"), []);
    assert_eq!(said(&text, "1.31.0"), []);
    assert_eq!(said(&text, ""), []);
    let session =
        format!("{}{}", gateway("istio", ""), route("HTTPRoute", "rules: [{sessionPersistence: {}, backendRefs: [{name: s, port: 80}]}]"));
    assert_eq!(said(&session, "1.32.1"), [("`sessionPersistence`".to_owned(), Certainty::Sure)]);
    assert_eq!(said(&session, "1.34.0"), [("`sessionPersistence`".to_owned(), Certainty::Possible)]);
}
