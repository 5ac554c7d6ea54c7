//! Which product stands behind a GatewayClass, and what its Gateways are for.

use super::Object;
use super::index::is_slip;
use crate::model::{Kind, Namespace, Spec};

/// What runs a Gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Product {
    /// Istio's own gateway (class `istio`); it speaks HBONE itself.
    Istio,
    /// An Istio waypoint.
    IstioWaypoint,
    /// A pointer to another cluster's east-west gateway.
    IstioRemote,
    /// An east-west gateway, the community's or Solo's.
    IstioEastWest,
    /// kgateway.
    Kgateway,
    /// Solo Enterprise for kgateway.
    EnterpriseKgateway,
    /// Gloo Gateway v1.
    Gloo,
    /// A waypoint of kgateway.
    KgatewayWaypoint,
    /// A waypoint of Gloo Gateway.
    GlooWaypoint,
    /// A waypoint of agentgateway.
    AgentWaypoint,
    /// agentgateway as an ingress, made by istiod.
    IstioAgentgateway,
    /// agentgateway as an ingress.
    Agentgateway,
    /// Something else, known or not.
    Other,
}

/// What a Gateway is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// It takes traffic from outside.
    Ingress,
    /// It stands before services inside the mesh.
    Waypoint,
    /// It joins clusters.
    EastWest,
    /// Not known.
    Unknown,
}

/// The class of a product that a name is a slip of the keyboard for.
pub fn class_meant(name: &str) -> Option<&'static str> {
    WELL_KNOWN_CLASSES.into_iter().find(|known| is_slip(name, known))
}

/// Whether a class is one that its controller makes, so that it stands in no file.
pub(in crate::mesh) fn is_well_known_class(name: &str) -> bool {
    WELL_KNOWN_CLASSES.contains(&name) || OTHER_CLASSES.contains(&name)
}

/// The classes that products bring along.
const WELL_KNOWN_CLASSES: [&str; 14] = [
    "istio",
    "istio-remote",
    "istio-waypoint",
    "istio-east-west",
    "istio-eastwest",
    "istio-agentgateway",
    "istio-agentgateway-waypoint",
    "kgateway",
    "kgateway-waypoint",
    "enterprise-kgateway",
    "gloo-gateway",
    "gloo-waypoint",
    "agentgateway",
    "enterprise-agentgateway",
];

/// Classes that controllers install themselves, under names that are theirs alone.
const OTHER_CLASSES: &[&str] = &[
    "amazon-vpc-lattice",
    "apisix",
    "avi-lb",
    "aws-alb",
    "aws-nlb",
    "azure-alb-external",
    "azure-alb-internal",
    "cilium",
    "consul",
    "contour",
    "eg",
    "envoy",
    "envoy-gateway",
    "gke-l7-cross-regional-internal-managed-mc",
    "gke-l7-global-external-managed",
    "gke-l7-global-external-managed-mc",
    "gke-l7-gxlb",
    "gke-l7-gxlb-mc",
    "gke-l7-regional-external-managed",
    "gke-l7-regional-external-managed-mc",
    "gke-l7-rilb",
    "gke-l7-rilb-mc",
    "gloo",
    "haproxy",
    "higress",
    "kong",
    "kuma",
    "linkerd",
    "nginx",
    "openshift-default",
    "tailscale",
    "traefik",
    "webmesh",
];

impl Product {
    /// By the controller's name, as the class in the input gives it.
    fn of_controller(controller: &str, class: &str) -> Option<Self> {
        Some(match controller {
            "istio.io/gateway-controller" => Self::Istio,
            "istio.io/unmanaged-gateway" => Self::IstioRemote,
            "istio.io/mesh-controller" => Self::IstioWaypoint,
            "istio.io/eastwest-controller" => Self::IstioEastWest,
            "kgateway.dev/kgateway" => {
                if class.ends_with("waypoint") {
                    Self::KgatewayWaypoint
                } else {
                    Self::Kgateway
                }
            }
            "kgateway.dev/agentgateway" => Self::Agentgateway,
            "solo.io/gloo-gateway" => {
                if class.ends_with("waypoint") {
                    Self::GlooWaypoint
                } else {
                    Self::Gloo
                }
            }
            "solo.io/enterprise-kgateway" => Self::EnterpriseKgateway,
            _ => return None,
        })
    }

    /// By the class names that the products install themselves.
    fn of_class(class: &str) -> Self {
        match class {
            "istio" => Self::Istio,
            "istio-remote" => Self::IstioRemote,
            "istio-waypoint" => Self::IstioWaypoint,
            "istio-east-west" | "istio-eastwest" => Self::IstioEastWest,
            "kgateway" => Self::Kgateway,
            "kgateway-waypoint" => Self::KgatewayWaypoint,
            "enterprise-kgateway" => Self::EnterpriseKgateway,
            "gloo-gateway" => Self::Gloo,
            "gloo-waypoint" => Self::GlooWaypoint,
            "istio-agentgateway-waypoint" | "enterprise-agentgateway-waypoint" => Self::AgentWaypoint,
            "istio-agentgateway" => Self::IstioAgentgateway,
            "agentgateway" | "enterprise-agentgateway" => Self::Agentgateway,
            _ => Self::Other,
        }
    }

    /// What its Gateways are for.
    pub const fn role(self) -> Role {
        match self {
            Self::Istio | Self::Kgateway | Self::EnterpriseKgateway | Self::Gloo | Self::Agentgateway | Self::IstioAgentgateway => {
                Role::Ingress
            }
            Self::IstioWaypoint | Self::KgatewayWaypoint | Self::GlooWaypoint | Self::AgentWaypoint => Role::Waypoint,
            Self::IstioRemote | Self::IstioEastWest => Role::EastWest,
            Self::Other => Role::Unknown,
        }
    }

    /// Whether its pods depend on ztunnel to enter the mesh: it does not speak HBONE itself.
    pub const fn needs_capture(self) -> bool {
        matches!(self, Self::Kgateway | Self::EnterpriseKgateway | Self::Gloo)
    }

    /// Whether istiod makes its pods, which it keeps out of ambient unless asked.
    pub const fn made_by_istiod(self) -> bool {
        matches!(self, Self::Istio | Self::IstioWaypoint | Self::IstioRemote | Self::IstioEastWest | Self::IstioAgentgateway)
    }

    /// Whether routes may be handed on to child routes.
    pub const fn delegates(self) -> bool {
        matches!(self, Self::Kgateway | Self::EnterpriseKgateway | Self::Gloo)
    }

    /// Its name as people say it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Istio | Self::IstioWaypoint | Self::IstioRemote | Self::IstioEastWest => "Istio",
            Self::Kgateway | Self::KgatewayWaypoint => "kgateway",
            Self::EnterpriseKgateway => "Solo Enterprise for kgateway",
            Self::Gloo | Self::GlooWaypoint => "Gloo Gateway",
            Self::AgentWaypoint | Self::Agentgateway | Self::IstioAgentgateway => "agentgateway",
            Self::Other => "the gateway",
        }
    }

    /// The kind by which its pods are configured, with its API group.
    pub const fn parameters(self) -> Option<(Kind, &'static str, &'static str)> {
        match self {
            Self::Kgateway | Self::KgatewayWaypoint => Some((Kind::KgatewayParameters, "gateway.kgateway.dev", "GatewayParameters")),
            Self::EnterpriseKgateway => {
                Some((Kind::EnterpriseKgatewayParameters, "enterprisekgateway.solo.io", "EnterpriseKgatewayParameters"))
            }
            Self::Gloo | Self::GlooWaypoint => Some((Kind::GlooParameters, "gateway.gloo.solo.io", "GatewayParameters")),
            _ => None,
        }
    }
}

impl<'m> Object<'m> {
    /// The product behind a class: by the controller of the GatewayClass in the input, else by the well-known names.
    pub fn product_of_class(&self, class: &str) -> Product {
        match self.class_object(class) {
            Some(object) => match &object.resource().spec {
                Spec::GatewayClass(spec) => {
                    Product::of_controller(&spec.spec.controller_name, class).unwrap_or_else(|| Product::of_class(class))
                }
                _ => Product::of_class(class),
            },
            None => Product::of_class(class),
        }
    }

    /// The GatewayClass of that name, when the input holds one.
    pub fn class_object(&self, class: &str) -> Option<Object<'m>> {
        self.get(Kind::GatewayClass, &Namespace::Cluster, class)
    }
}
