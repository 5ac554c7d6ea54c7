//! Which identity a gateway or waypoint presents to the pods behind it.

use super::Object;
use super::classes::Product;
use super::routes::GatewayView;
use crate::model::{Kind, Namespace};

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
        let namespace = self.object.namespace().name()?;
        Some(format!("{}/ns/{namespace}/sa/{}", self.object.platform().trust_domain, self.service_account()?))
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
