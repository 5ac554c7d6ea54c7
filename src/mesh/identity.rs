//! Which identity a gateway or waypoint presents to the pods behind it.

use std::fmt;

use super::Object;
use super::classes::Product;
use super::routes::GatewayView;
use crate::model::{Kind, Namespace};

/// Who a workload is in the mesh: what its certificate says.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Identity {
    /// The trust domain.
    pub trust_domain: String,
    /// The namespace.
    pub namespace: String,
    /// The ServiceAccount.
    pub account: String,
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/ns/{}/sa/{}", self.trust_domain, self.namespace, self.account)
    }
}

impl Object<'_> {
    /// The identity of a ServiceAccount in this object's cluster.
    pub fn identity_of(&self, namespace: &str, account: &str) -> Identity {
        let trust_domain = self.platform().trust_domain.to_string();
        Identity { trust_domain, namespace: namespace.to_owned(), account: account.to_owned() }
    }
}

impl GatewayView<'_> {
    /// The ServiceAccount of its pods, by the product's naming. Istio: `<gateway>-istio`, waypoints and kgateway: the
    /// Gateway's name, Gloo: `gloo-proxy-<gateway>`. None where the product's naming is not known.
    pub fn service_account(&self) -> Option<String> {
        let name = &self.object.id.name;
        match self.product {
            Product::Istio => Some(format!("{name}-istio")),
            Product::IstioWaypoint | Product::Kgateway | Product::EnterpriseKgateway => Some(name.to_string()),
            Product::Gloo => Some(format!("gloo-proxy-{name}")),
            _ => None,
        }
    }

    /// The name of the Service that is made for it: that of its ServiceAccount.
    pub fn service_name(&self) -> Option<String> {
        self.service_account()
    }

    /// Its SPIFFE identity without the scheme, as policies write principals: `<trust domain>/ns/<namespace>/sa/<account>`.
    pub fn principal(&self) -> Option<String> {
        self.identity().map(|identity| identity.to_string())
    }

    /// Its identity, where the product's naming is known.
    pub fn identity(&self) -> Option<Identity> {
        Some(self.object.identity_of(self.object.namespace().name()?, &self.service_account()?))
    }
}

impl Object<'_> {
    /// Whether a Service of that name is made for a Gateway of the namespace.
    pub(super) fn is_made_for_a_gateway(&self, namespace: &Namespace, name: &str) -> bool {
        self.neighbours(Kind::Gateway, namespace)
            .filter_map(GatewayView::of)
            .any(|g| g.service_name().map_or_else(|| *g.object.id.name == *name, |made| made == name) || g.object.is_broken())
    }
}
