//! Backends: one cluster for each port of a Service or host, and protocol.

use smol_str::format_smolstr;

use super::Context;
use super::endpoints::{Found, NO_NAMESPACE};
use super::json::{COMMENT, Fields, Json, any, json, object, put};
use super::options::Key;
use crate::mesh::routing::{Destination, Host, Protocol, Rule, Target, UpstreamTls, Weighted};
use crate::model::Text;
use crate::yaml::NodeId;

/// The cluster of backends that lead nowhere. It is not there, which is what makes Envoy answer as the Gateway API has it.
pub(super) const NOWHERE: &str = "leads-nowhere";

const HTTP_OPTIONS: &str = "extensions.upstreams.http.v3.HttpProtocolOptions";

/// The names of the clusters of backends that have a share, with it.
pub(super) fn shares(backends: &[Weighted<'_>], tls: bool) -> Vec<(Text, u32)> {
    let counting = backends.iter().filter(|backend| backend.weight > 0);
    let name = |backend: &Weighted<'_>| leads_to(backend).map_or(Text::new_static(NOWHERE), |to| name_of(to, tls));
    counting.map(|backend| (name(backend), backend.weight)).collect()
}

/// Where a backend leads, if it does.
fn leads_to<'b, 'm>(backend: &'b Weighted<'m>) -> Option<&'b Destination<'m>> {
    match &backend.target {
        Target::To(to) if backend.filters.unsupported.is_none() => Some(to),
        _ => None,
    }
}

/// The name of the cluster of a backend; `tls` is whether what goes there is read here, so that TLS may be spoken anew.
pub(super) fn name_of(to: &Destination<'_>, tls: bool) -> Text {
    let protocol = match to.protocol {
        Protocol::Http1 => "",
        Protocol::Http2 => "/h2",
        Protocol::Tcp if tls && to.tls.is_some() => "/tcp-tls",
        Protocol::Tcp => "/tcp",
        Protocol::Udp => "/udp",
    };
    if let Host::Service(service) = &to.host {
        // as `Key` has it, and without one: there are as many as rules
        let id = &service.object.id;
        return format_smolstr!("{}/{}:{}{protocol}", id.namespace.name().unwrap_or(NO_NAMESPACE), id.name, to.port);
    }
    format_smolstr!("{}{protocol}", key(to))
}

impl<'c, 'm> Context<'c, 'm> {
    /// Adds the clusters of backends that have a share.
    pub(super) fn add_clusters(&mut self, backends: &'c [Weighted<'m>], tls: bool) {
        for backend in backends.iter().filter(|backend| backend.weight > 0) {
            if let Some(to) = leads_to(backend) {
                self.add_cluster(to, tls, backend.node);
            }
        }
    }

    /// Adds the cluster of a backend; of several references to it, the first is where it comes from.
    pub(super) fn add_cluster(&mut self, to: &Destination<'m>, tls: bool, node: NodeId) {
        // most rules lead to Services that others lead to
        if let Host::Service(service) = &to.host
            && !self.added.insert((service.object.ix(), to.port, to.protocol, tls && to.tls.is_some()))
        {
            return;
        }
        let name = name_of(to, tls);
        if !self.clusters.contains_key(&*name) {
            let found = self.endpoints(to, &key(to));
            let cluster = self.describe(&name, to, to.tls.as_deref().filter(|_| tls), &found, node);
            self.clusters.insert(name.into(), cluster);
        }
    }

    fn describe(&mut self, name: &str, to: &Destination<'m>, tls: Option<&UpstreamTls<'m>>, found: &Found<'m>, node: NodeId) -> Json {
        let mut cluster = Fields::default();
        put(&mut cluster, COMMENT, found.words());
        put(&mut cluster, "name", name);
        self.locate(&mut cluster, name, &key(to), found);
        let http2 = to.protocol == Protocol::Http2;
        if http2 {
            let options = any(HTTP_OPTIONS, json!({ "explicit_http_config": { "http2_protocol_options": {} } }));
            put(
                &mut cluster,
                "typed_extension_protocol_options",
                object([("envoy.extensions.upstreams.http.v3.HttpProtocolOptions", options)]),
            );
        }
        if let Some(tls) = tls {
            let table = self.table;
            let shown = table.client_certificate.as_ref().ok().and_then(Option::as_ref);
            put(&mut cluster, "transport_socket", self.upstream_tls(tls, shown, http2));
        }
        let mut words = found.metadata();
        if let Some(policy) = tls.and_then(|tls| tls.policy) {
            let id = &policy.id;
            words.push(("tls", format!("BackendTLSPolicy {}/{}", id.namespace.name().unwrap_or_default(), id.name).into()));
        }
        put(&mut cluster, "metadata", self.metadata_with(Some(found.node.unwrap_or(node)), words));
        Json::Object(cluster)
    }

    /// One cluster of several backends, whose endpoints carry the shares.
    pub(super) fn joined(&mut self, backends: &'c [Weighted<'m>], rule: &'c Rule<'m>) -> String {
        self.add_clusters(backends, true);
        let shares = shares(backends, true);
        if let [(only, _)] = shares.as_slice() {
            return only.to_string();
        }
        let id = &rule.route.object.id;
        let name = format!("udproute/{}/{}/{}", id.namespace.name().unwrap_or_default(), id.name, rule.index);
        let mut all: Vec<(Json, u64)> = Vec::new();
        let mut kind = "STATIC";
        for (cluster, weight) in &shares {
            let Some(cluster) = self.clusters.get(&**cluster) else {
                // the port that throws everything away
                all.push((super::json::address("127.0.0.1", 9, true), u64::from(*weight)));
                continue;
            };
            if cluster.get("type").and_then(Json::as_str) == Some("STRICT_DNS") {
                kind = "STRICT_DNS";
            }
            let endpoints: Vec<Json> = cluster
                .get("load_assignment")
                .and_then(|assignment| assignment.get("endpoints")?.as_array()?.first()?.get("lb_endpoints")?.as_array())
                .map(|all| all.iter().filter_map(|e| e.get("endpoint")?.get("address").cloned()).collect())
                .unwrap_or_default();
            let count = endpoints.len().max(1) as u64;
            // shares of a backend are split among its endpoints
            all.extend(endpoints.into_iter().map(|address| (address, u64::from(*weight) * 1000 / count)));
        }
        let least = all.iter().map(|(_, weight)| *weight).max().unwrap_or(1) / 100_000 + 1;
        let endpoints: Vec<Json> = all
            .into_iter()
            .map(|(address, weight)| json!({ "endpoint": { "address": address }, "load_balancing_weight": (weight / least).max(1) }))
            .collect();
        let mut cluster = Fields::default();
        put(&mut cluster, "name", name.as_str());
        put(&mut cluster, "type", kind);
        put(&mut cluster, "load_assignment", json!({ "cluster_name": name, "endpoints": [{ "lb_endpoints": endpoints }] }));
        put(&mut cluster, "metadata", self.metadata(rule.node));
        self.clusters.insert(name.clone(), Json::Object(cluster));
        name
    }
}

/// The name by which people know a backend.
pub(super) fn key(to: &Destination<'_>) -> Key {
    match &to.host {
        Host::Service(service) => {
            let namespace = service.object.namespace().name().unwrap_or(NO_NAMESPACE);
            Key::Service(namespace.to_owned(), service.object.id.name.to_string(), to.port)
        }
        Host::OutsideService(namespace, name) if namespace.is_empty() => Key::Service(NO_NAMESPACE.to_owned(), name.to_string(), to.port),
        Host::OutsideService(namespace, name) => Key::Service(namespace.to_string(), name.to_string(), to.port),
        Host::Entry(_, host) | Host::Global(_, host) | Host::OutsideHost(host) => Key::Hostname(host.to_ascii_lowercase(), to.port),
    }
}
