//! Which listeners a Gateway has in effect, and what is wrong with each.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::fmt::Write as _;

use meshgate::lint::{Request, Session};
use meshgate::mesh::hosts::covers;
use meshgate::mesh::precedence::{HostFit, Profile};
use meshgate::mesh::routing::{Answer, Request as TracedRequest};
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

/// Names that cover each other in many ways, each with and without a wildcard.
fn overlapping() -> Vec<String> {
    let mut names = vec![String::new()];
    for _ in 0..3 {
        let longer = names.iter().flat_map(|name| ["a", "b", "ab"].map(|label| format!(".{label}{name}"))).collect::<Vec<_>>();
        names.extend(longer);
        names.sort();
        names.dedup();
    }
    names.retain(|name| !name.is_empty());
    let both = names.iter().flat_map(|name| [name.trim_start_matches('.').to_owned(), format!("*{name}")]);
    both.chain(["*".to_owned()]).collect()
}

#[test]
fn hosts_are_found_as_if_all_were_looked_at() {
    let hosts = overlapping();
    // every third is missing, so that wider ones are found too
    let kept: Vec<&String> = hosts.iter().enumerate().filter(|(n, _)| n % 3 != 1).map(|(_, host)| host).collect();
    let mut text = format!(
        "{GATEWAY}  listeners:\n  - {{name: a, port: 80, protocol: HTTP}}\n  - {{name: t, port: 443, protocol: TLS, tls: {{mode: Passthrough}}}}\n"
    );
    for (n, host) in kept.iter().enumerate() {
        for (kind, listener) in [("HTTPRoute", "a"), ("TLSRoute", "t")] {
            let version = if kind == "TLSRoute" { "v1alpha2" } else { "v1" };
            let _ = write!(
                text,
                "---\napiVersion: gateway.networking.k8s.io/{version}\nkind: {kind}\nmetadata: {{name: r{n}, namespace: infra}}\nspec:\n  \
                 parentRefs: [{{name: edge, sectionName: {listener}}}]\n  hostnames: [\"{host}\"]\n  rules: [{{backendRefs: [{{name: s, port: 80}}]}}]\n"
            );
        }
    }
    let mesh = mesh(&text);
    let table = mesh.gateways().next().unwrap().routing(Profile::Spec);
    let http = table.ports.iter().find(|port| port.port == 80).unwrap().listeners.first().unwrap();
    let tls = table.ports.iter().find(|port| port.port == 443).unwrap().listeners.first().unwrap();
    assert_eq!((http.hosts.len(), tls.streams.len()), (kept.len(), kept.len()));
    let odd = ["", ".", ".a", "a.", "*", "*.", "*a", "*.a", "c", "c.a", "x.b.ab", "a..a", "*.c.a", "ä.a"].map(str::to_owned);
    for asked in hosts.iter().chain(&odd) {
        let linear: Vec<&str> = http.hosts.keys().filter(|own| covers(own, asked)).map(|own| &**own).collect();
        let found: Vec<&str> = http.covering(asked).iter().map(|(own, _)| &***own).collect();
        assert_eq!(found, linear, "{asked}");
        let narrowest = linear.iter().copied().max_by_key(|own| HostFit::of(Some(own)));
        assert_eq!(http.host(asked).map(|(own, _)| &**own), narrowest, "{asked}");
        let request = TracedRequest {
            scheme: "https".into(),
            port: 443,
            server_name: Some(asked.clone()),
            host: asked.clone(),
            ..TracedRequest::default()
        };
        let by = match table.answer(&request) {
            Answer::Stream { stream, .. } => Some(stream.server_name.as_deref().unwrap_or("*")),
            _ => None,
        };
        assert_eq!(by, narrowest, "{asked} as a server name");
    }
}
