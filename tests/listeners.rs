//! Which listeners a Gateway has in effect, and what is wrong with each.
#![expect(clippy::unwrap_used, reason = "tests")]

use meshgate::lint::{Request, Session};
use meshgate::mesh::{CertificateFault, Clash, Mesh};
use meshgate::model::Kind;
use meshgate::text::MemoryWorld;

const GATEWAY: &str = "apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: edge, namespace: infra}\nspec:\n  \
    gatewayClassName: kgateway\n";
const SET: &str = "---\napiVersion: gateway.networking.k8s.io/v1\nkind: ListenerSet\nmetadata: {name: NAME, namespace: infra}\nspec:\n  \
    parentRef: {name: edge}\n  listeners:\n";

fn mesh(text: &str) -> Mesh {
    let world = MemoryWorld::new([("all.yaml", text)]);
    let request = Request { complete: true, ..Request::new(["."]) };
    Session::open(&world, &request).unwrap_or_else(|failure| panic!("{failure:?}")).into_mesh()
}

/// `parent/listener clash` of each listener, in order.
fn shown(text: &str) -> Vec<String> {
    let mesh = mesh(text);
    let listeners = mesh.gateways().next().unwrap().effective_listeners();
    let words = listeners.iter().map(|l| {
        let clash = l.conflict.map_or("", |c| c.clash.reason());
        format!("{}/{} {clash}", l.parent.id.name, **l.view.name).trim_end().to_owned()
    });
    words.collect()
}

fn set(name: &str, listeners: &str) -> String {
    SET.replace("NAME", name) + listeners
}

#[test]
fn within_a_gateway_no_listener_of_a_clash_wins() {
    let text = format!(
        "{GATEWAY}  listeners:\n  - {{name: a, port: 80, protocol: HTTP, hostname: a.example.com}}\n  \
         - {{name: b, port: 80, protocol: HTTP, hostname: A.example.com}}\n  - {{name: c, port: 80, protocol: HTTP}}\n  \
         - {{name: d, port: 53, protocol: TCP}}\n  - {{name: e, port: 53, protocol: UDP}}\n"
    );
    assert_eq!(shown(&text), ["edge/a HostnameConflict", "edge/b HostnameConflict", "edge/c", "edge/d", "edge/e"]);
}

#[test]
fn the_gateway_wins_over_sets_and_the_first_set_over_later_ones() {
    let text = format!(
        "{GATEWAY}  allowedListeners: {{namespaces: {{from: Same}}}}\n  listeners:\n  - {{name: a, port: 80, protocol: HTTP}}\n{}{}",
        set("later", "  - {name: x, port: 81, protocol: TCP}\n"),
        set("early", "  - {name: w, port: 80, protocol: TCP}\n  - {name: z, port: 81, protocol: HTTP}\n"),
    );
    assert_eq!(shown(&text), ["edge/a", "early/w ProtocolConflict", "early/z", "later/x ProtocolConflict"]);
}

#[test]
fn a_gateway_takes_no_listener_set_unless_it_says_so() {
    let text = format!(
        "{GATEWAY}  listeners:\n  - {{name: a, port: 80, protocol: HTTP}}\n{}",
        set("more", "  - {name: x, port: 81, protocol: HTTP}\n")
    );
    assert_eq!(shown(&text), ["edge/a"]);
}

#[test]
fn kinds_that_a_protocol_cant_carry_leave_the_others() {
    let kinds = "{kinds: [{kind: TCPRoute}, {kind: HTTPRoute}, {group: example.com, kind: HTTPRoute}]}";
    let text = format!("{GATEWAY}  listeners:\n  - {{name: a, port: 80, protocol: HTTP, allowedRoutes: {kinds}}}\n");
    let mesh = mesh(&text);
    let listener = mesh.gateways().next().unwrap().effective_listeners().remove(0);
    let (taken, refused) = listener.view.kinds();
    assert_eq!(taken, [Kind::HttpRoute]);
    assert_eq!(refused.len(), 2);
}

#[test]
fn certificates_are_secrets_that_are_there_and_may_be_used() {
    let references = "[{name: here}, {name: gone}, {kind: ConfigMap, name: here}, {name: far, namespace: other}, {name: let, namespace: other}, \
         {name: words}, {name: empty}]";
    let pair = "stringData: {tls.crt: \"-----BEGIN CERTIFICATE-----\\nMIIB\\n-----END CERTIFICATE-----\", \
                tls.key: \"-----BEGIN PRIVATE KEY-----\\nMIIB\\n-----END PRIVATE KEY-----\"}";
    let text = format!(
        "{GATEWAY}  listeners:\n  - {{name: a, port: 443, protocol: HTTPS, tls: {{certificateRefs: {references}}}}}\n\
         ---\napiVersion: v1\nkind: Secret\nmetadata: {{name: here, namespace: infra}}\n{pair}\n\
         ---\napiVersion: v1\nkind: Secret\nmetadata: {{name: let, namespace: other}}\n{pair}\n\
         ---\napiVersion: v1\nkind: Secret\nmetadata: {{name: words, namespace: infra}}\n\
         stringData: {{tls.crt: later, tls.key: later}}\n\
         ---\napiVersion: v1\nkind: Secret\nmetadata: {{name: empty, namespace: infra}}\n\
         ---\napiVersion: gateway.networking.k8s.io/v1beta1\nkind: ReferenceGrant\nmetadata: {{name: g, namespace: other}}\nspec:\n  \
         from: [{{group: gateway.networking.k8s.io, kind: Gateway, namespace: infra}}]\n  to: [{{group: \"\", kind: Secret, name: let}}]\n"
    );
    let mesh = mesh(&text);
    let listener = mesh.gateways().next().unwrap().effective_listeners().remove(0);
    let faults: Vec<_> = listener.certificate_faults().into_iter().map(|(at, fault)| format!("{} {fault:?}", *at.name)).collect();
    let expected = ["gone Missing(Sure)", "here WrongKind", "far NotPermitted(Sure)", "words Malformed(Sure)", "empty Malformed(Possible)"];
    assert_eq!(faults, expected);
    assert!(matches!(listener.certificate_faults().first(), Some((_, CertificateFault::Missing(_)))));
    assert_eq!(Clash::Protocol.reason(), "ProtocolConflict");
}

#[test]
fn plain_http_and_tls_share_no_port_and_server_names_tell_tls_apart() {
    let text = format!(
        "{GATEWAY}  listeners:\n  - {{name: a, port: 80, protocol: HTTP}}\n  - {{name: b, port: 80, protocol: HTTPS, hostname: x.example.com}}\n  \
         - {{name: c, port: 443, protocol: HTTPS, hostname: x.example.com}}\n  \
         - {{name: d, port: 443, protocol: TLS, hostname: y.example.com}}\n  \
         - {{name: e, port: 444, protocol: HTTPS}}\n  - {{name: f, port: 444, protocol: TLS}}\n  \
         - {{name: g, port: 53, protocol: UDP}}\n  - {{name: h, port: 53, protocol: UDP}}\n  \
         - {{name: i, port: 15008, protocol: HBONE}}\n  - {{name: j, port: 15008, protocol: HBONE}}\n"
    );
    let expected = [
        "edge/a ProtocolConflict",
        "edge/b ProtocolConflict",
        "edge/c",
        "edge/d",
        "edge/e HostnameConflict",
        "edge/f HostnameConflict",
        "edge/g ProtocolConflict",
        "edge/h ProtocolConflict",
        "edge/i",
        "edge/j",
    ];
    assert_eq!(shown(&text), expected);
}

#[test]
fn what_an_earlier_listener_refuses_takes_nothing_from_its_neighbours() {
    let text = format!(
        "{GATEWAY}  allowedListeners: {{namespaces: {{from: Same}}}}\n  listeners:\n  - {{name: a, port: 80, protocol: HTTP}}\n{}",
        set("more", "  - {name: x, port: 80, protocol: TCP}\n  - {name: z, port: 80, protocol: HTTP, hostname: z.example.com}\n"),
    );
    assert_eq!(shown(&text), ["edge/a", "more/x ProtocolConflict", "more/z"]);
}
