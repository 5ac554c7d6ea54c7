//! `istio-gateway-with-kgateway`: the words are in rules/istio-gateway-with-kgateway.md.
use super::prelude::*;

pub(in crate::checks) struct IstioGatewayWithKgateway;

impl Rule for IstioGatewayWithKgateway {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for found in mesh.classic_gateways() {
            let help = "write an HTTPRoute with the Gateway as its parent";
            out.finding(found.at)
                .about(found.object)
                .say(format!(
                    "{} is meant for Gateway {}, which takes only routes of the Gateway API",
                    found.object.id,
                    path(found.gateway.object)
                ))
                .label("no Gateway of `networking.istio.io`")
                .also(name_of(found.gateway.object), format!("a Gateway of class `{}`", *found.gateway.spec.gateway_class_name))
                .note("nothing of it reaches the gateway: requests that it is for get 404")
                .help(help)
                .fix(Manual, help);
        }
    }
}
