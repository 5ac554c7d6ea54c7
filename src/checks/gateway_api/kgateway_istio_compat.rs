//! `kgateway-istio-compat`: the words are in rules/kgateway-istio-compat.md.
use super::prelude::*;
use crate::mesh::Product;

pub(in crate::checks) struct KgatewayIstioCompat;

impl Rule for KgatewayIstioCompat {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        let mut said: Vec<(usize, Product)> = Vec::new();
        for gateway in mesh.gateways() {
            let key = (gateway.object.cluster(), gateway.product);
            let Some(pair) = gateway.unsupported_pair().filter(|_| !said.contains(&key)) else { continue };
            said.push(key);
            out.finding(pair.gateway.place.map_or_else(|| name_of(gateway.object), Place::Node))
                .about(gateway.object)
                .say(format!(
                    "{} {} is made for Istio {} to {}, and this is {}",
                    gateway.product.name(),
                    pair.gateway.value,
                    pair.first,
                    pair.last,
                    pair.istio.value
                ))
                .label("a Gateway of that version")
                .also_at(pair.istio.place, "and this one")
                .note("the two are not tested together; what usually breaks are backends by kind `Hostname` and waypoints for ingress")
                .help("choose versions that are made for each other");
        }
        for charts in mesh.unequal_charts() {
            let Some(place) = charts.definitions.place else { continue };
            let product = charts.product.name();
            out.finding(place)
                .say(format!(
                    "the definitions of {product} are those of {}, and {product} itself is {}",
                    charts.definitions.value, charts.main.value
                ))
                .label("the chart of its definitions")
                .also_at(charts.main.place, "its own chart")
                .note("fields that one of the two does not know are dropped, or refused")
                .help("install both charts in one version");
        }
    }
}
