//! Where a backend is found, and what that means in an ambient mesh: ztunnel takes what goes to the address of a Service to
//! the Service's waypoint, and what goes to the address of a pod past it.

use std::net::IpAddr;

use super::Context;
use super::json::{Fields, Json, address, json, object, put};
use super::options::{EndpointMode, Key};
use crate::mesh::routing::{Destination, Host};
use crate::mesh::{Binding, Capture, Fact, Object, Product, ServiceView};
use crate::model::{IntOrText, Kind, Spec};
use crate::yaml::NodeId;

/// The label by which an EndpointSlice says whose it is.
const SERVICE_NAME: &str = "kubernetes.io/service-name";
/// Where `kubectl` puts what says no namespace.
pub(super) const NO_NAMESPACE: &str = "default";
/// The domain of the cluster's names.
const CLUSTER_DOMAIN: &str = "svc.cluster.local";

/// How a backend was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum How {
    /// The command line says so.
    Given,
    /// By the addresses of its pods.
    Pods,
    /// By its own address.
    Vip,
    /// By its name.
    Dns,
    /// By a name that stands for pods.
    DnsOfPods,
    /// Not here.
    Eds,
    /// Not at all.
    Nothing,
}

/// Where a backend was found.
#[derive(Clone, Debug)]
pub(super) struct Found<'m> {
    how: How,
    addresses: Vec<(String, u16)>,
    /// What says so.
    source: String,
    /// The Service or ServiceEntry.
    pub(super) node: Option<NodeId>,
    service: Option<ServiceView<'m>>,
    /// Whether traffic of the real gateway passes its waypoint.
    passes: Option<Fact<bool>>,
}

impl Found<'_> {
    const fn word(&self) -> &'static str {
        match self.how {
            How::Given => "given",
            How::Pods => "pods",
            How::Vip => "vip",
            How::Dns | How::DnsOfPods => "dns",
            How::Eds => "eds",
            How::Nothing => "nothing",
        }
    }

    /// For people who read the file.
    pub(super) fn words(&self) -> String {
        let meaning = match self.how {
            How::Given => "as the command line says",
            How::Pods => "the pods' own addresses: a mesh takes this past the waypoint of the Service",
            How::Vip => "the address of the Service: a mesh takes this to the waypoint of the Service, where it has one",
            How::Dns => "a name that stands for the address of the Service: a mesh takes this to its waypoint, where it has one",
            How::DnsOfPods => "a name that stands for the pods' own addresses: a mesh takes this past the waypoint of the Service",
            How::Eds => "whoever serves the endpoints decides between pods, past the waypoint, and the Service's address",
            How::Nothing => "no endpoint: requests get 503",
        };
        format!("{}: {meaning} ({})", self.word(), self.source)
    }

    /// The same for programs.
    pub(super) fn metadata(&self) -> Vec<(&'static str, Json)> {
        let passes = self.passes.map(|passes| match passes {
            Fact::Known(true) => "true",
            Fact::Known(false) => "false",
            Fact::Unknown => "unknown",
        });
        let mut words = vec![("resolution", self.word().into()), ("source", self.source.as_str().into())];
        words.extend(passes.map(|passes| ("ingress_use_waypoint", passes.into())));
        words
    }
}

impl<'m> Context<'_, 'm> {
    /// Finds a backend.
    pub(super) fn endpoints(&mut self, to: &Destination<'m>, key: &Key) -> Found<'m> {
        let found = self.find_endpoints(to, key);
        self.explain(&found, key);
        found
    }

    fn find_endpoints(&self, to: &Destination<'m>, key: &Key) -> Found<'m> {
        let gateway = self.table.gateway;
        let (node, service) = match &to.host {
            Host::Service(service) => (Some(service.object.resource().node), Some(*service)),
            Host::Entry(entry, _) => (Some(entry.resource().node), None),
            _ => (None, None),
        };
        let passes = service.map(|service| service.ingress_passes_waypoint(gateway));
        let found = |how, addresses, source: String| Found { how, addresses, source, node, service, passes };
        if let Some((address, port)) = self.options.endpoints.get(key) {
            return found(How::Given, vec![(address.clone(), *port)], "--endpoint".to_owned());
        }
        let mode = match (self.options.mode, &to.host) {
            (EndpointMode::Auto, Host::Service(service)) => self.automatic(*service, passes),
            (EndpointMode::Auto, Host::Entry(entry, _)) if entry_vip(*entry).is_some() => EndpointMode::Vip,
            (EndpointMode::Auto, _) => EndpointMode::Dns,
            (mode, _) => mode,
        };
        match (mode, &to.host) {
            (EndpointMode::Eds, _) => found(How::Eds, self.pods_of(to).map(|(all, _)| all).unwrap_or_default(), service_host(to)),
            (EndpointMode::Pods, _) => match self.pods_of(to) {
                Some((addresses, source)) => found(How::Pods, addresses, source),
                None => found(How::Nothing, Vec::new(), "the input holds no EndpointSlice of it".to_owned()),
            },
            (EndpointMode::Vip, Host::Service(service)) => match vip(*service) {
                Some(ip) => found(How::Vip, vec![(ip, to.port)], "clusterIP".to_owned()),
                None => named(to, &found),
            },
            (EndpointMode::Vip, Host::Entry(entry, _)) => match entry_vip(*entry) {
                Some(ip) => found(How::Vip, vec![(ip, to.port)], "addresses of the ServiceEntry".to_owned()),
                None => named(to, &found),
            },
            _ => named(to, &found),
        }
    }

    /// What `auto` comes to: what the input holds, but the way that the real gateway takes through a waypoint.
    fn automatic(&self, service: ServiceView<'m>, passes: Option<Fact<bool>>) -> EndpointMode {
        let through = passes == Some(Fact::Known(true));
        if !through && self.slices.contains_key(&service.object.ix()) {
            return EndpointMode::Pods;
        }
        if vip(service).is_some() { EndpointMode::Vip } else { EndpointMode::Dns }
    }

    /// Addresses of pods, with what says so; none when the input does not.
    fn pods_of(&self, to: &Destination<'m>) -> Option<(Vec<(String, u16)>, String)> {
        match &to.host {
            Host::Service(service) => {
                let slices = self.slices.get(&service.object.ix())?;
                let name = service.port(to.port.into()).and_then(|port| port.name.as_ref()).map_or("", |name| name.as_str());
                let mut addresses = Vec::new();
                for slice in slices {
                    let Spec::EndpointSlice(spec) = &slice.resource().spec else { continue };
                    let port = spec.ports.iter().find(|port| port.name.as_ref().map_or("", |own| own.as_str()) == name);
                    let Some(port) = port.and_then(|port| u16::try_from(**port.port.as_ref()?).ok()) else { continue };
                    let ready = spec.endpoints.iter().filter(|endpoint| endpoint.is_ready());
                    // each address of an endpoint is the same pod
                    addresses.extend(ready.filter_map(|endpoint| Some((endpoint.addresses.first()?.to_string(), port))));
                }
                addresses.sort();
                addresses.dedup();
                let names: Vec<&str> = slices.iter().map(|slice| slice.id.name.as_str()).collect();
                Some((addresses, format!("EndpointSlice {}", names.join(", "))))
            }
            Host::Entry(entry, _) => {
                let Spec::ServiceEntry(spec) = &entry.resource().spec else { return None };
                let port = spec.spec.ports.iter().find(|port| *port.number == i64::from(to.port))?;
                let target = u16::try_from(**port.target_port.as_ref().unwrap_or(&port.number)).ok()?;
                let own = |endpoint: &crate::model::istio::WorkloadEntrySpec| {
                    let named = endpoint.ports.as_deref().and_then(|ports| ports.get(&port.name)).and_then(|p| u16::try_from(**p).ok());
                    Some((endpoint.address.as_ref()?.to_string(), named.unwrap_or(target)))
                };
                let addresses: Vec<_> = spec.spec.endpoints.iter().filter_map(|endpoint| own(endpoint)).collect();
                (!addresses.is_empty()).then(|| (addresses, "endpoints of the ServiceEntry".to_owned()))
            }
            _ => None,
        }
    }

    /// Says where a person may expect another way through the mesh.
    fn explain(&mut self, found: &Found<'m>, key: &Key) {
        let gateway = self.table.gateway;
        if gateway.product == Product::Istio {
            self.notes.insert(
                "a Gateway of class `istio` opens HBONE tunnels by itself; the clusters here are plaintext, and STRICT backends refuse them \
                 unless a ztunnel captures this Envoy"
                    .to_owned(),
            );
        }
        let Some(service) = found.service else { return };
        let waypoint = match service.binding() {
            Binding::Bound { gateway, .. } => Some(format!("waypoint {}", gateway.object.id.name)),
            Binding::Automatic(_) => Some("a waypoint".to_owned()),
            _ => None,
        };
        let Some(waypoint) = waypoint.filter(|_| !matches!(gateway.pods().capture(), Capture::Not(_))) else { return };
        match (found.how, found.passes) {
            (How::Vip | How::Dns, Some(Fact::Known(false))) => _ = self.notes.insert(format!(
                "{key} is bound to {waypoint}, which the real gateway walks past; by the {} of the Service this configuration passes it \
                 (`--endpoints pods` does not; the label `istio.io/ingress-use-waypoint` makes the real gateway pass it too)",
                if found.how == How::Vip { "address" } else { "name" },
            )),
            (How::Pods | How::DnsOfPods, Some(Fact::Known(true))) => _ = self.notes.insert(format!(
                "{key} is bound to {waypoint}, which the real gateway passes; by the addresses of pods this configuration walks past it \
                 (`--endpoints vip` or `dns` do not)",
            )),
            _ => {}
        }
    }

    /// The part of a cluster that says where its endpoints are.
    pub(super) fn locate(&mut self, cluster: &mut Fields, name: &str, key: &Key, found: &Found<'m>) {
        let udp = name.ends_with("/udp");
        let endpoints: Vec<Json> =
            found.addresses.iter().map(|(host, port)| json!({ "endpoint": { "address": address(host, *port, udp) } })).collect();
        let endpoints = if endpoints.is_empty() { Vec::new() } else { vec![object([("lb_endpoints", endpoints.into())])] };
        if found.how == How::Eds {
            let (Key::Service(_, _, port) | Key::Hostname(_, port)) = key;
            let service = format!("outbound|{port}||{}", found.source);
            put(cluster, "type", "EDS");
            put(cluster, "eds_cluster_config", json!({ "service_name": service }));
            let assignment = json!({ "cluster_name": service, "endpoints": endpoints });
            self.assignments.insert(service, assignment);
            return;
        }
        let names = found.addresses.iter().any(|(host, _)| host.parse::<IpAddr>().is_err());
        put(cluster, "type", if names { "STRICT_DNS" } else { "STATIC" });
        if names {
            put(cluster, "dns_lookup_family", "V4_PREFERRED");
        }
        cluster.insert("load_assignment", json!({ "cluster_name": name, "endpoints": endpoints }));
    }
}

/// The EndpointSlices of a cluster, by the index of the Service they are of.
pub(super) fn slices(gateway: Object<'_>) -> rustc_hash::FxHashMap<u32, Vec<Object<'_>>> {
    let mut all: rustc_hash::FxHashMap<u32, Vec<Object<'_>>> = rustc_hash::FxHashMap::default();
    for slice in gateway.mesh().objects(Kind::EndpointSlice).filter(|slice| slice.cluster() == gateway.cluster()) {
        let service = slice.own_label(SERVICE_NAME).and_then(|label| slice.get(Kind::Service, slice.namespace(), label.value));
        if let Some(service) = service {
            all.entry(service.ix()).or_default().push(slice);
        }
    }
    for slices in all.values_mut() {
        slices.sort_by(|a, b| a.id.name.cmp(&b.id.name));
    }
    all
}

/// By name, resolved when Envoy runs.
fn named<'m>(to: &Destination<'m>, found: &dyn Fn(How, Vec<(String, u16)>, String) -> Found<'m>) -> Found<'m> {
    let host = service_host(to);
    let source = host.clone();
    let Host::Service(service) = &to.host else { return found(How::Dns, vec![(host, to.port)], source) };
    if let Some(external) =
        service.spec.spec.as_deref().and_then(|spec| spec.external_name.as_ref()).filter(|_| service.spec.is_external_name())
    {
        return found(How::Dns, vec![(external.to_string(), to.port)], "externalName".to_owned());
    }
    if !service.spec.is_headless() {
        return found(How::Dns, vec![(host, to.port)], source);
    }
    // the name stands for the pods, so the port must be theirs
    let target = service.port(to.port.into()).map(|port| port.target().into_inner());
    let port = match target {
        Some(IntOrText::Int(port)) => u16::try_from(port).ok(),
        Some(IntOrText::Text(name)) => service.container_port(&name).and_then(|port| u16::try_from(port).ok()),
        None => None,
    };
    found(How::DnsOfPods, vec![(host, port.unwrap_or(to.port))], source)
}

/// The name of a backend in the cluster.
fn service_host(to: &Destination<'_>) -> String {
    match &to.host {
        Host::Service(service) => {
            format!("{}.{}.{CLUSTER_DOMAIN}", service.object.id.name, service.object.namespace().name().unwrap_or(NO_NAMESPACE))
        }
        Host::OutsideService(namespace, name) if namespace.is_empty() => format!("{name}.{NO_NAMESPACE}.{CLUSTER_DOMAIN}"),
        Host::OutsideService(namespace, name) => format!("{name}.{namespace}.{CLUSTER_DOMAIN}"),
        Host::Entry(_, host) | Host::Global(_, host) | Host::OutsideHost(host) => host.to_ascii_lowercase(),
    }
}

/// The address of a Service.
fn vip(service: ServiceView<'_>) -> Option<String> {
    let spec = service.spec.spec.as_deref().filter(|_| service.has_vip())?;
    let said = spec.cluster_ip.iter().chain(&spec.cluster_ips).map(ToString::to_string);
    said.into_iter().find(|ip| ip.parse::<IpAddr>().is_ok())
}

/// The address of a ServiceEntry; a range is none.
fn entry_vip(entry: Object<'_>) -> Option<String> {
    let Spec::ServiceEntry(spec) = &entry.resource().spec else { return None };
    spec.spec.addresses.iter().map(ToString::to_string).find(|ip| ip.parse::<IpAddr>().is_ok())
}
