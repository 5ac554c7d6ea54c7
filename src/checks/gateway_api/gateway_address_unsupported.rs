//! `gateway-address-unsupported`: the words are in rules/gateway-address-unsupported.md.
use super::prelude::*;
use crate::mesh::Product;

pub(in crate::checks) struct GatewayAddressUnsupported;

impl Rule for GatewayAddressUnsupported {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for gateway in mesh.gateways() {
            for address in &gateway.spec.addresses {
                let (kind, certainty) = match (gateway.product, address.kind()) {
                    (Product::Istio | Product::IstioWaypoint, kind @ "NamedAddress") => (kind, Certainty::Sure),
                    (Product::Kgateway | Product::EnterpriseKgateway | Product::Gloo, kind @ ("NamedAddress" | "Hostname")) => {
                        (kind, Likely)
                    }
                    _ => continue,
                };
                out.finding(address.kind.as_ref().map_or(address.node(), crate::yaml::At::node))
                    .about(gateway.object)
                    .certainty(certainty)
                    .say(format!(
                        "Gateway {} asks for an address of type `{kind}`, which {} does not take",
                        path(gateway.object),
                        gateway.product.name()
                    ))
                    .label("not a type of address here")
                    .note("the Gateway gets the reason UnsupportedAddress, and no proxy at that address")
                    .help("ask for an `IPAddress`, or for none");
            }
        }
    }
}
