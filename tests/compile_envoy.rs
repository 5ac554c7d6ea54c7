//! What `meshgate compile` writes, asked of a real Envoy.
#![expect(clippy::unwrap_used, reason = "tests")]

#[path = "support/envoy.rs"]
mod envoy;
mod support;

use std::net::SocketAddr;

use envoy::{Client, Running, envoy, free_port};
use support::{folder, meshgate};

const MINIMAL: &str = "
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: edge, namespace: infra}
spec:
  gatewayClassName: kgateway
  listeners:
  - {name: http, port: 80, protocol: HTTP}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: away, namespace: infra}
spec:
  parentRefs: [{name: edge}]
  rules:
  - matches: [{path: {type: PathPrefix, value: /away}}]
    filters: [{type: RequestRedirect, requestRedirect: {hostname: example.org, statusCode: 301}}]
";

#[test]
fn envoy_runs_what_is_written() {
    let Some(envoy) = envoy() else { return };
    let dir = folder(&[("all.yaml", MINIMAL)]);
    let port = free_port();
    let run = meshgate(dir.path(), &format!("compile --listen 80=127.0.0.1:{port} -o edge.envoy.yaml"));
    assert_eq!((run.code, run.out.as_str()), (0, ""), "{}", run.err);
    let address: SocketAddr = ([127, 0, 0, 1], port).into();
    let _running = Running::start(envoy, &std::fs::read_to_string(dir.path().join("edge.envoy.yaml")).unwrap(), &[address]);
    let mut client = Client::new(address);
    let answer = client.ask("GET", "/away/x?y=1", "a.example.com", &[]);
    assert_eq!((answer.status, answer.header("location")), (301, Some("http://example.org/away/x?y=1")));
    assert_eq!(client.ask("GET", "/else", "a.example.com", &[]).status, 404);
}
