//! What the rules on environment variables of controllers have in common.
use super::prelude::*;
use crate::mesh::{Backend, GatewayView, Product, Switch};

/// For each cluster and product the first backend that needs something of its controller, with the Gateway.
pub(super) fn needing<'m>(mesh: &'m Mesh, needs: impl Fn(Product, &Backend<'m>) -> bool) -> Vec<(GatewayView<'m>, Backend<'m>)> {
    let mut found: Vec<(GatewayView<'m>, Backend<'m>)> = Vec::new();
    for backend in mesh.backends() {
        for gateway in backend.route.ingresses().filter(|gateway| needs(gateway.product, &backend)) {
            let same =
                |(other, _): &(GatewayView<'_>, _)| (other.object.cluster(), other.product) == (gateway.object.cluster(), gateway.product);
            if !found.iter().any(same) {
                found.push((gateway, backend));
            }
        }
    }
    found
}

/// A finding where the variable is, or belongs; at the backend, and only possible, when the input does not show how the
/// controller is installed. None when it is on.
pub(super) fn finding<'f>(out: &'f mut Findings, switch: Switch, backend: &Backend<'_>, variable: &str) -> Option<Draft<'f>> {
    let needed = "a backend that needs it";
    Some(match switch {
        Switch::On => return None,
        Switch::Unknown => out.finding(backend.name()).certainty(Possible).label(format!("needs `{variable}`")),
        Switch::Missing(node) => out.finding(Place::KeyOf(node)).label(format!("without `{variable}`")).also(backend.name(), needed),
        Switch::Off(node) => out.finding(node).label("switches it off").also(backend.name(), needed),
        Switch::NotText(node) => out.finding(node).label("needs quotes").also(backend.name(), needed),
    })
}
