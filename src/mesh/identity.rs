//! Which identity a gateway or waypoint presents to the pods behind it.

use super::classes::Product;
use super::routes::GatewayView;

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

    /// Its SPIFFE identity without the scheme, as policies write principals: `<trust domain>/ns/<namespace>/sa/<account>`.
    pub fn principal(&self) -> Option<String> {
        let namespace = self.object.namespace().name()?;
        Some(format!("{}/ns/{namespace}/sa/{}", self.object.platform().trust_domain, self.service_account()?))
    }
}
