//! Whose order of rules a command follows.

use clap::ValueEnum;

use crate::mesh::precedence;

/// Whose order of rules holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Profile {
    /// The Gateway's own product, by its class
    #[default]
    Auto,
    /// The text of the Gateway API
    Spec,
    /// Istio
    Istio,
    /// kgateway
    Kgateway,
    /// Envoy Gateway
    EnvoyGateway,
}

impl Profile {
    /// The order; `None` for that of the Gateway's product.
    pub const fn order(self) -> Option<precedence::Profile> {
        match self {
            Self::Auto => None,
            Self::Spec => Some(precedence::Profile::Spec),
            Self::Istio => Some(precedence::Profile::Istio),
            Self::Kgateway => Some(precedence::Profile::Kgateway),
            Self::EnvoyGateway => Some(precedence::Profile::EnvoyGateway),
        }
    }
}
