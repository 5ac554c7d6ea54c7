//! Ports, filter chains, and where connections go that no request is read of.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::Context;
use super::json::{COMMENT, Fields, Json, address, any, extension, json, object, put};
use crate::checks::Severity;
use crate::mesh::routing::{Action, Family, ListenerTable, ListenerTls, PortTable, Stream, VirtualHost};
use crate::mesh::{Certainty, CertificateFault};
use crate::model::Text;

const HCM: &str = "extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";
/// How many hosts a core takes at once: so many that the last ones are not left to one.
const AT_ONCE: usize = 64;
const TCP_PROXY: &str = "extensions.filters.network.tcp_proxy.v3.TcpProxy";

/// What the routes of a listener are compiled for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Port {
    /// The listener's port.
    pub(super) number: u16,
    /// Whether it speaks TLS.
    pub(super) tls: bool,
}

impl<'c, 'm> Context<'c, 'm> {
    /// All listeners, by port.
    pub(super) fn listeners(&mut self) -> Vec<Json> {
        let table = self.table;
        // of listeners that cannot share a port none is in the table
        table.ports.iter().map(|port| self.port(port)).collect()
    }

    fn port(&mut self, table: &'c PortTable<'m>) -> Json {
        let (number, udp) = (table.port, table.family == Family::Udp);
        let name = format!("{}-{number}", family(table.family));
        let (host, at) = self.options.listen_on(number, udp);
        let mut listener = Fields::default();
        let first = table.listeners.first();
        put(&mut listener, "name", name.as_str());
        put(&mut listener, "address", address(&host, at, udp));
        if udp {
            put(&mut listener, "udp_listener_config", json!({ "downstream_socket_config": {} }));
            let filters: Vec<Json> = first.and_then(|first| self.udp(&name, first)).into_iter().collect();
            put(&mut listener, "listener_filters", filters);
        } else {
            if table.family == Family::Tls {
                let inspector = "extensions.filters.listener.tls_inspector.v3.TlsInspector";
                put(&mut listener, "listener_filters", vec![extension("envoy.filters.listener.tls_inspector", inspector, json!({}))]);
            }
            listener.insert("filter_chains", self.chains(table));
        }
        let words = vec![("port", number.into())];
        put(&mut listener, "metadata", self.metadata_with(first.map(|first| first.effective.view.node), words));
        Json::Object(listener)
    }

    fn chains(&mut self, table: &'c PortTable<'m>) -> Vec<Json> {
        match table.family {
            Family::Http => {
                let name = format!("http-{}", table.port);
                let hosts = Self::http_hosts(table);
                let filter = self.http(&name, Port { number: table.port, tls: false }, hosts);
                let mut chain = Fields::default();
                put(&mut chain, "name", name);
                put(&mut chain, "filters", vec![filter]);
                vec![Json::Object(chain)]
            }
            Family::Tls => self.tls_chains(table),
            Family::Tcp => {
                let Some(listener) = table.listeners.first() else { return Vec::new() };
                let name = format!("tcp-{}", table.port);
                let filters: Vec<Json> = listener.streams.first().and_then(|stream| self.tcp(&name, stream, true)).into_iter().collect();
                let mut chain = Fields::default();
                put(&mut chain, "name", name);
                chain.insert("filters", filters);
                put(&mut chain, "metadata", self.metadata(listener.effective.view.node));
                vec![Json::Object(chain)]
            }
            Family::Udp => Vec::new(),
        }
    }

    /// One chain for each server name. A server name that nothing answers gets a chain without filters, which closes the
    /// connection: else the chain of a wider name would take it.
    fn tls_chains(&mut self, table: &'c PortTable<'m>) -> Vec<Json> {
        let mut taken: BTreeSet<Option<Text>> = BTreeSet::new();
        let mut chains = Vec::new();
        for listener in &table.listeners {
            let name = listener_name(self.table.gateway.object.ix(), listener);
            let own = listener.hostname.clone();
            let mut one = |cx: &mut Self, server: Option<Text>, name: String, parts: (Vec<Json>, Json)| {
                if server.as_deref().is_some_and(|name| !can_be_host(name)) {
                    return;
                }
                if !taken.insert(server.clone()) {
                    let words = server.as_deref().unwrap_or("every host").to_owned();
                    cx.find(
                        listener.effective.view.node,
                        Severity::Error,
                        format!("another listener of port {} already takes `{words}`", table.port),
                        "Envoy tells them apart by the server name alone",
                    );
                    return;
                }
                chains.push(cx.chain(listener, server.as_ref(), name, parts));
            };
            match &listener.tls {
                Some(ListenerTls::Terminate { certificates, clients: Ok(clients), unseen }) if !certificates.is_empty() || *unseen => {
                    let http = !listener.is_stream();
                    let socket = if certificates.is_empty() {
                        let unseen = self.unseen(listener);
                        self.unseen_tls(unseen, clients.as_ref(), http)
                    } else {
                        self.downstream_tls(certificates, clients.as_ref(), http)
                    };
                    if http {
                        let table_name = format!("https-{}-{name}", table.port);
                        let hosts = https_hosts(table, listener);
                        let filter = self.http(&table_name, Port { number: table.port, tls: true }, hosts);
                        one(self, own, table_name, (vec![filter], socket));
                        continue;
                    }
                    for stream in &listener.streams {
                        let filters = self.tcp(&format!("tls-{}-{name}", table.port), stream, true).into_iter().collect();
                        one(self, stream.server_name.clone(), chain_name(&name, stream), (filters, socket.clone()));
                    }
                }
                Some(ListenerTls::Passthrough) => {
                    for stream in &listener.streams {
                        let filters = self.tcp(&format!("tls-{}-{name}", table.port), stream, false).into_iter().collect();
                        one(self, stream.server_name.clone(), chain_name(&name, stream), (filters, Json::Null));
                    }
                }
                Some(ListenerTls::Terminate { .. }) | None => {}
            }
            if !taken.contains(&listener.hostname) && listener.hostname.as_deref().is_none_or(can_be_host) {
                taken.insert(listener.hostname.clone());
                chains.push(self.chain(listener, listener.hostname.as_ref(), format!("{name}-closed"), (Vec::new(), Json::Null)));
            }
        }
        chains
    }

    /// The certificates of a listener that are not in the input.
    fn unseen(&mut self, listener: &ListenerTable<'m>) -> Vec<Json> {
        let parent = listener.effective.parent;
        let faults = listener.effective.certificate_faults().into_iter();
        let missing = faults.filter(|(_, fault)| matches!(fault, CertificateFault::Missing(certainty) if *certainty < Certainty::Sure));
        missing
            .map(|(reference, _)| {
                let namespace = parent.namespace_or_own(reference.namespace.as_deref());
                self.unseen_certificate(namespace.name().unwrap_or("default"), &reference.name)
            })
            .collect()
    }

    fn chain(&mut self, listener: &ListenerTable<'m>, server: Option<&Text>, name: String, (filters, socket): (Vec<Json>, Json)) -> Json {
        let mut chain = Fields::default();
        if filters.is_empty() {
            chain.insert(COMMENT, "nothing answers this server name: the connection is closed");
        }
        put(&mut chain, "name", name);
        let mut wanted = Fields::default();
        put(&mut wanted, "server_names", server.map(|name| json!([name])).unwrap_or_default());
        put(&mut wanted, "transport_protocol", "tls");
        put(&mut chain, "filter_chain_match", Json::Object(wanted));
        chain.insert("filters", filters);
        put(&mut chain, "transport_socket", socket);
        put(&mut chain, "metadata", self.metadata(listener.effective.view.node));
        Json::Object(chain)
    }

    /// The hosts of a port without TLS, over all its listeners. A listener's own host without routes stands among them, so
    /// that a wider host of another listener does not take its requests.
    fn http_hosts(table: &'c PortTable<'m>) -> BTreeMap<&'c str, HostOf<'c, 'm>> {
        let mut all: BTreeMap<&'c str, HostOf<'c, 'm>> = BTreeMap::new();
        for listener in &table.listeners {
            for (host, rules) in listener.hosts.iter().filter(|(host, _)| can_be_host(host)) {
                all.entry(host).or_insert(HostOf::Routes(listener, rules));
            }
        }
        for listener in &table.listeners {
            if let Some(own) = listener.hostname.as_ref().filter(|own| can_be_host(own)) {
                all.entry(own).or_insert(HostOf::Nothing(listener));
            }
        }
        all
    }

    fn http(&mut self, name: &str, port: Port, hosts: BTreeMap<&'c str, HostOf<'c, 'm>>) -> Json {
        let routes = |of: &HostOf<'c, 'm>| if let HostOf::Routes(_, routes) = of { Some(*routes) } else { None };
        let cors = self.add_clusters_of(hosts.values().filter_map(routes));
        let (this, hosts) = (&*self, Vec::from_iter(hosts));
        let virtual_hosts: Vec<Json> = hosts.par_iter().with_max_len(AT_ONCE).map(|(host, of)| this.virtual_host(host, of, port)).collect();
        let mut table = Fields::default();
        put(&mut table, "name", name);
        // a backend that leads nowhere is a cluster that is not there
        put(&mut table, "validate_clusters", false);
        put(&mut table, "ignore_port_in_host_matching", true);
        put(&mut table, "virtual_hosts", virtual_hosts);
        self.tables.push(Json::Object(table));
        let mut filters = Vec::new();
        if cors {
            filters.push(extension("envoy.filters.http.cors", "extensions.filters.http.cors.v3.Cors", json!({})));
        }
        filters.push(extension("envoy.filters.http.router", "extensions.filters.http.router.v3.Router", json!({})));
        let mut hcm = Fields::default();
        put(&mut hcm, "stat_prefix", name);
        put(&mut hcm, "rds", json!({ "route_config_name": name }));
        put(&mut hcm, "http_filters", filters);
        put(&mut hcm, "upgrade_configs", json!([{ "upgrade_type": "websocket" }]));
        put(&mut hcm, "use_remote_address", true);
        put(&mut hcm, "normalize_path", true);
        extension("envoy.filters.network.http_connection_manager", HCM, Json::Object(hcm))
    }

    fn virtual_host(&self, domain: &str, of: &HostOf<'c, 'm>, port: Port) -> Json {
        let mut host = Fields::default();
        let (listener, routes) = match of {
            HostOf::Routes(listener, rules) => (listener, self.routes(domain, rules, port)),
            HostOf::Nothing(listener) => {
                host.insert(COMMENT, "no route of the listener has this host: 404");
                (listener, Vec::new())
            }
            HostOf::Misdirected(listener) => {
                host.insert(COMMENT, "this host belongs to another server name");
                (listener, vec![json!({ "match": { "prefix": "/" }, "direct_response": { "status": 421 } })])
            }
        };
        put(&mut host, "name", domain);
        put(&mut host, "domains", json!([domain]));
        put(&mut host, "routes", routes);
        put(&mut host, "metadata", self.metadata(listener.effective.view.node));
        Json::Object(host)
    }

    /// A proxy for connections; none closes them.
    fn tcp(&mut self, name: &str, stream: &Stream, ends_here: bool) -> Option<Json> {
        let rule = self.table.rules.get(stream.rule)?;
        let Action::Forward(backends) = &rule.action else { return None };
        self.add_clusters(backends, ends_here);
        let shares = super::clusters::shares(backends, ends_here);
        let mut proxy = Fields::default();
        put(&mut proxy, "stat_prefix", name);
        match shares.as_slice() {
            [(only, _)] => put(&mut proxy, "cluster", only.as_str()),
            all => {
                let clusters: Vec<Json> = all.iter().map(|(name, weight)| json!({ "name": name, "weight": weight })).collect();
                put(&mut proxy, "weighted_clusters", object([("clusters", clusters.into())]));
            }
        }
        Some(extension("envoy.filters.network.tcp_proxy", TCP_PROXY, Json::Object(proxy)))
    }

    /// A proxy for packets. It knows no shares, so that all backends become one cluster whose endpoints have them.
    fn udp(&mut self, name: &str, listener: &'c ListenerTable<'m>) -> Option<Json> {
        let rule = listener.streams.first().and_then(|stream| self.table.rules.get(stream.rule));
        let cluster = match rule.map(|rule| &rule.action) {
            Some(Action::Forward(backends)) => self.joined(backends, rule?),
            // packets for it are dropped
            _ => super::clusters::NOWHERE.to_owned(),
        };
        let route = any("extensions.filters.udp.udp_proxy.v3.Route", json!({ "cluster": cluster }));
        let proxy = json!({
            "stat_prefix": name,
            "matcher": { "on_no_match": { "action": { "name": "route", "typed_config": route } } },
        });
        Some(extension("envoy.filters.udp_listener.udp_proxy", "extensions.filters.udp.udp_proxy.v3.UdpProxyConfig", proxy))
    }
}

/// What becomes of requests for a host.
#[derive(Clone, Copy)]
pub(super) enum HostOf<'c, 'm> {
    /// Rules.
    Routes(&'c ListenerTable<'m>, &'c VirtualHost),
    /// The listener has no route for it.
    Nothing(&'c ListenerTable<'m>),
    /// It is another listener's.
    Misdirected(&'c ListenerTable<'m>),
}

/// The hosts of the server name of one listener: those of the other listeners of the port are misdirected here.
fn https_hosts<'c, 'm>(table: &'c PortTable<'m>, listener: &'c ListenerTable<'m>) -> BTreeMap<&'c str, HostOf<'c, 'm>> {
    let mut all: BTreeMap<&'c str, HostOf<'c, 'm>> = BTreeMap::new();
    for (host, rules) in listener.hosts.iter().filter(|(host, _)| can_be_host(host)) {
        all.insert(host, HostOf::Routes(listener, rules));
    }
    if let Some(own) = listener.hostname.as_ref().filter(|own| can_be_host(own)) {
        all.entry(own).or_insert(HostOf::Nothing(listener));
    }
    for other in table.listeners.iter().filter(|other| !other.is_stream() && !std::ptr::eq(*other, listener)) {
        let host = other.hostname.as_deref().filter(|host| can_be_host(host)).unwrap_or("*");
        // two listeners of one name have been said to conflict
        all.entry(host).or_insert(HostOf::Misdirected(other));
    }
    all
}

/// Whether Envoy takes a host for what the Gateway API means by it: a wildcard is the whole first label.
fn can_be_host(host: &str) -> bool {
    let rest = host.strip_prefix("*.").unwrap_or(host);
    host == "*" || (!rest.is_empty() && rest.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_')))
}

const fn family(family: Family) -> &'static str {
    match family {
        Family::Http => "http",
        Family::Tls => "tls",
        Family::Tcp => "tcp",
        Family::Udp => "udp",
    }
}

fn listener_name(gateway: u32, listener: &ListenerTable<'_>) -> String {
    let (parent, name) = (listener.effective.parent, &**listener.effective.view.name);
    if parent.ix() == gateway {
        return name.to_string();
    }
    format!("{}.{}.{name}", parent.namespace().name().unwrap_or_default(), parent.id.name)
}

fn chain_name(listener: &str, stream: &Stream) -> String {
    stream.server_name.as_ref().map_or_else(|| listener.to_owned(), |name| format!("{listener}-{name}"))
}
