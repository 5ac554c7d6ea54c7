//! Compiles manifests without the program around it.
#![allow(dead_code, clippy::allow_attributes, reason = "each test uses its part of it")]

use meshgate::checks::{Certainty, Finding, Severity};
use meshgate::compile::{Compiled, Format, Json, Options, Outcome, Wanted, run};
use meshgate::lint::Request;
use meshgate::text::MemoryWorld;
use serde_json::Value;

/// A Gateway that takes routes of all namespaces on port 80, and two Services with their pods' addresses.
pub(crate) const AROUND: &str = "
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: edge, namespace: infra}
spec:
  gatewayClassName: some-class
  listeners:
  - {name: http, port: 80, protocol: HTTP, allowedRoutes: {namespaces: {from: All}}}
---
apiVersion: v1
kind: Service
metadata: {name: cart, namespace: shop}
spec: {clusterIP: 10.0.0.1, selector: {app: cart}, ports: [{name: http, port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: pay, namespace: shop}
spec: {clusterIP: 10.0.0.2, selector: {app: pay}, ports: [{name: http, port: 80}]}
";

/// An HTTPRoute of namespace `shop` with these rules, in flow style.
pub(crate) fn route(name: &str, hostnames: &str, rules: &str) -> String {
    format!(
        "---\napiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {{name: {name}, namespace: shop}}\n\
         spec: {{parentRefs: [{{name: edge, namespace: infra}}], hostnames: [{hostnames}], rules: [{rules}]}}\n"
    )
}

/// All that comes of files.
pub(crate) fn outcome(files: &[(&str, &str)], wanted: &Wanted, options: &Options) -> Outcome {
    let world = MemoryWorld::new(files.iter().copied());
    let request = Request { complete: true, ..Request::new(["."]) };
    run(&world, &request, wanted, options, Some(Format::Bootstrap)).unwrap()
}

/// The configuration of the only Gateway, and what stands in the way of it.
pub(crate) fn compiled_with(text: &str, options: &Options) -> (Compiled, Vec<Finding>) {
    let outcome = outcome(&[("all.yaml", text)], &Wanted::Only, options);
    let errors = |f: &Finding| f.severity == Severity::Error && f.certainty > Certainty::Possible;
    let findings = outcome.linted.findings.into_iter().filter(errors).collect();
    (outcome.compiled.unwrap().pop().unwrap(), findings)
}

pub(crate) fn compiled(text: &str) -> (Compiled, Vec<Finding>) {
    compiled_with(text, &Options { places: false, ..Options::default() })
}

/// Messages as values that can be pointed into.
pub(crate) fn values(messages: &[Json]) -> Vec<Value> {
    messages.iter().map(|message| serde_json::to_value(message).unwrap()).collect()
}

/// The virtual hosts of the first table, by their domains.
pub(crate) fn hosts(compiled: &Compiled) -> Vec<(String, Vec<Value>)> {
    let tables = values(&compiled.tables);
    let hosts = tables[0]["virtual_hosts"].as_array().unwrap();
    let host = |host: &Value| (host["domains"][0].as_str().unwrap().to_owned(), host["routes"].as_array().cloned().unwrap_or_default());
    hosts.iter().map(host).collect()
}

/// The routes of the only host of one route with such rules beside [`AROUND`].
pub(crate) fn routes(rules: &str) -> Vec<Value> {
    let (compiled, errors) = compiled(&format!("{AROUND}{}", route("r", "", rules)));
    assert!(errors.is_empty(), "{errors:#?}");
    hosts(&compiled).remove(0).1
}

/// A Gateway of connections and packets, with routes.
pub(crate) fn streams() -> String {
    let listeners = "  - {name: raw, port: 9000, protocol: TCP}\n  - {name: nothing, port: 9001, protocol: TCP}\n  - {name: dns, port: 5353, protocol: UDP}\n  \
        - {name: through, port: 8443, protocol: TLS, hostname: '*.example.com', tls: {mode: Passthrough}}\n";
    let around = AROUND
        .replace("  - {name: http, port: 80, protocol: HTTP, allowedRoutes: {namespaces: {from: All}}}\n", listeners)
        .replace("namespace: infra", "namespace: shop");
    let l4 = |kind: &str, name: &str, section: &str, more: &str, backends: &str| {
        format!(
            "---\napiVersion: gateway.networking.k8s.io/v1alpha2\nkind: {kind}\nmetadata: {{name: {name}, namespace: shop}}\n\
             spec: {{parentRefs: [{{name: edge, sectionName: {section}}}], {more} rules: [{{backendRefs: [{backends}]}}]}}\n"
        )
    };
    let udp = "---\napiVersion: v1\nkind: Service\nmetadata: {name: names, namespace: shop}\nspec: {clusterIP: 10.0.0.9, ports: [{port: 53, protocol: UDP}]}\n\
        ---\napiVersion: v1\nkind: Service\nmetadata: {name: more, namespace: shop}\nspec: {clusterIP: 10.0.0.8, ports: [{port: 53, protocol: UDP}]}\n";
    format!(
        "{around}{udp}{}{}{}",
        l4("TCPRoute", "t", "raw", "", "{name: cart, port: 80, weight: 9}, {name: gone, port: 80, weight: 1}"),
        l4("UDPRoute", "u", "dns", "", "{name: names, port: 53, weight: 3}, {name: more, port: 53, weight: 1}"),
        l4("TLSRoute", "s", "through", "hostnames: [a.example.com],", "{name: cart, port: 80}"),
    )
}
