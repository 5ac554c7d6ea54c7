//! Several clusters joined by east-west gateways: the shape of those, networks, and the settings they need.

use super::classes::{Product, Role};
use super::facts::Fact;
use super::routes::GatewayView;
use super::settings::Distribution;
use super::{Certainty, Mesh, Object};
use crate::model::{Kind, Namespace, Spec, Text};
use crate::yaml::{At, NodeId};

/// The label that says which network a cluster or gateway is in.
pub const NETWORK: &str = "topology.istio.io/network";
const SYSTEM_NAMESPACE: &str = "istio-system";
/// What istiod has to be told for the community's east-west gateways.
pub const MULTI_NETWORK: &str = "AMBIENT_ENABLE_MULTI_NETWORK";

/// What is wrong with an east-west gateway.
#[derive(Clone, Copy, Debug)]
pub enum EastWestFault<'m> {
    /// The class is the other distribution's: this is the one of the mesh.
    Class(&'static str),
    /// There is no listener on port 15008 with protocol HBONE.
    NoTunnel,
    /// The listener for the tunnel has another TLS mode than this one.
    Mode(NodeId, &'static str),
    /// It says of no network, so nobody knows what is behind it.
    NoNetwork,
    /// A listener beside the tunnel's that is not TLS passed through.
    Extra(&'m At<Text>),
}

/// What is missing from a pointer to another cluster's gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RemoteFault {
    /// No address.
    Addresses,
    /// No network.
    Network,
}

/// The system namespace of a cluster is not in the network that its installation names.
#[derive(Clone, Copy, Debug)]
pub struct WrongNetwork<'m> {
    /// The namespace.
    pub namespace: Object<'m>,
    /// Its label; none when there is none.
    pub label: Option<NodeId>,
    /// The network that the installation names.
    pub installed: &'m At<Text>,
}

impl Mesh {
    /// East-west gateways that do not work as they are written, with the first fault of each.
    pub fn east_west_faults(&self) -> Vec<(GatewayView<'_>, EastWestFault<'_>)> {
        let gateways = self.gateways().filter(|g| g.product == Product::IstioEastWest);
        gateways.filter_map(|gateway| Some((gateway, east_west_fault(gateway)?))).collect()
    }

    /// Pointers to gateways of other clusters that lack something.
    pub fn remote_faults(&self) -> Vec<(GatewayView<'_>, RemoteFault)> {
        let gateways = self.gateways().filter(|g| g.product == Product::IstioRemote);
        let fault = |gateway: &GatewayView<'_>| {
            if gateway.spec.addresses.is_empty() {
                Some(RemoteFault::Addresses)
            } else {
                gateway.object.own_label(NETWORK).is_none().then_some(RemoteFault::Network)
            }
        };
        gateways.filter_map(|gateway| Some((gateway, fault(&gateway)?))).collect()
    }

    /// Gateways of the community's east-west class in clusters whose istiod is shown and is not told of other networks:
    /// with the mapping and the path below it where the variable belongs.
    pub fn untold_east_west(&self) -> Vec<(GatewayView<'_>, NodeId, &'static [&'static str])> {
        let gateways = self.gateways().filter(|g| &**g.spec.gateway_class_name == "istio-east-west");
        gateways
            .filter_map(|gateway| {
                let platform = gateway.object.platform();
                let (map, path) = platform.istiod_home().filter(|_| platform.istiod_switch(MULTI_NETWORK) != Some(true))?;
                Some((gateway, map, path))
            })
            .collect()
    }

    /// Clusters whose system namespace is not in the network that their installation names. A cluster on its own needs
    /// no label.
    pub fn wrong_networks(&self) -> Vec<WrongNetwork<'_>> {
        self.objects(Kind::Namespace)
            .filter(|ns| &*ns.id.name == SYSTEM_NAMESPACE)
            .filter_map(|namespace| {
                let networks = namespace.platform().installed_networks();
                let first = networks.first()?;
                // installations of several clusters in one input
                if networks.iter().any(|other| **other != **first) {
                    return None;
                }
                match namespace.own_label(NETWORK) {
                    Some(label) if label.value == &***first => None,
                    Some(label) => Some(WrongNetwork { namespace, label: label.node, installed: first }),
                    None => namespace.is_joined().then_some(WrongNetwork { namespace, label: None, installed: first }),
                }
            })
            .collect()
    }

    /// Services with a global host in clusters whose istiod is shown without peering: with what shows it.
    pub fn unpeered_globals(&self) -> Vec<(Object<'_>, NodeId)> {
        let mut found: Vec<(Object<'_>, NodeId)> = Vec::new();
        for service in self.services().filter(|s| s.is_global() && s.object.platform().is_solo()) {
            let Some((false, at)) = service.object.platform().peering() else { continue };
            if found.iter().all(|(other, _)| other.cluster() != service.object.cluster()) {
                found.push((service.object, at));
            }
        }
        found
    }

    /// ServiceEntries and WorkloadEntries in the form of those that istiod generates for global Services.
    pub fn authored_entries(&self) -> impl Iterator<Item = Object<'_>> {
        let all = self.objects(Kind::ServiceEntry).chain(self.objects(Kind::WorkloadEntry));
        all.filter(|o| o.namespace().name() == Some(SYSTEM_NAMESPACE) && o.id.name.starts_with("autogen."))
    }

    /// Values of traffic distribution that the mesh's distribution does not know, wherever they count.
    pub fn unknown_distributions(&self) -> Vec<(Object<'_>, &str, NodeId)> {
        const KEY: &str = "networking.istio.io/traffic-distribution";
        let kinds = [Kind::Service, Kind::ServiceEntry, Kind::Namespace];
        let mut found = Vec::new();
        for object in kinds.into_iter().flat_map(|kind| self.objects(kind)) {
            let field = match &object.resource().spec {
                Spec::Service(service) => service.spec.as_deref().and_then(|s| s.traffic_distribution.as_ref()),
                _ => None,
            };
            let annotation = || object.resource().meta.annotations.as_deref().and_then(|a| a.get(KEY));
            let Some(value) = field.or_else(annotation) else { continue };
            if !knows(object, value) {
                found.push((object, &***value, value.node()));
            }
        }
        found
    }
}

fn knows(object: Object<'_>, value: &str) -> bool {
    let community = ["PreferClose", "PreferSameZone", "PreferSameNode"];
    let solo = ["PreferNetwork", "PreferRegion", "Any"];
    let is = |words: &[&str]| words.iter().any(|word| word.eq_ignore_ascii_case(value));
    value.is_empty() || is(&community) || (object.platform().may_be_solo() && is(&solo))
}

impl Object<'_> {
    /// Whether its cluster is joined to others: it has an east-west gateway or a pointer to one.
    fn is_joined(&self) -> bool {
        self.mesh().gateways().any(|g| g.object.cluster() == self.cluster() && g.role() == Role::EastWest)
    }
}

fn east_west_fault(gateway: GatewayView<'_>) -> Option<EastWestFault<'_>> {
    let class: &str = &gateway.spec.gateway_class_name;
    let distribution = gateway.object.platform().distribution.as_ref().map(|d| d.value);
    match (class, distribution) {
        ("istio-eastwest", Some(Distribution::Istio)) => return Some(EastWestFault::Class("istio-east-west")),
        ("istio-east-west", Some(Distribution::Solo)) => return Some(EastWestFault::Class("istio-eastwest")),
        _ => {}
    }
    let wanted = match class {
        "istio-eastwest" => "Passthrough",
        "istio-east-west" => "Terminate",
        _ => return None,
    };
    let listeners = gateway.listeners();
    let Some(tunnel) = listeners.iter().find(|l| l.is_mesh_listener()) else { return Some(EastWestFault::NoTunnel) };
    let mode = tunnel.tls.and_then(|tls| tls.mode.as_ref());
    let word = |mode: &At<crate::model::gateway::TlsMode>| format!("{:?}", **mode);
    // left out it is Terminate
    if mode.map_or("Terminate".to_owned(), word) != wanted {
        return Some(EastWestFault::Mode(mode.map_or(tunnel.name.node(), At::node), wanted));
    }
    if let Some(extra) = listeners.iter().find(|l| !l.is_mesh_listener() && &***l.protocol != "TLS") {
        return Some(EastWestFault::Extra(extra.protocol));
    }
    let home = Namespace::Named(SYSTEM_NAMESPACE.into());
    let nowhere = gateway.object.own_label(NETWORK).is_none() && gateway.object.namespace_label(&home, NETWORK) == Fact::Known(None);
    (class == "istio-eastwest" && nowhere).then_some(EastWestFault::NoNetwork)
}

/// How sure a fault of an east-west gateway is: whose mesh it is decides about the class.
pub const fn certainty_of(fault: &EastWestFault<'_>) -> Certainty {
    match fault {
        EastWestFault::NoNetwork => Certainty::Likely,
        _ => Certainty::Sure,
    }
}
