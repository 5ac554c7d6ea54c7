//! `gateway-policy-voided`: the words are in rules/gateway-policy-voided.md.
use super::prelude::*;

pub(in crate::checks) struct GatewayPolicyVoided;

impl Rule for GatewayPolicyVoided {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for (gateway, policy) in mesh.voided_policies() {
            let help = format!("express it as a policy of {}", gateway.product.name());
            out.finding(name_of(policy))
                .about(policy)
                .say(format!("{} is for the pods of Gateway {}, whose inbound traffic goes past ztunnel", policy.id, path(gateway.object)))
                .label("not enforced for clients from outside")
                .also_at(gateway.pods().bypass().known().flatten().and_then(|l| l.node), "takes inbound traffic past ztunnel")
                .also(name_of(gateway.object), "the gateway")
                .note("ztunnel enforces AuthorizationPolicies on what it captures, and the gateway's own proxy reads none of Istio's")
                .help(help.clone())
                .fix(Manual, help);
        }
    }
}
