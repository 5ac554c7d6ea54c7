//! `params-not-referenced`: the words are in rules/params-not-referenced.md.
use super::prelude::*;
use crate::mesh::{GatewayView, bypasses_inbound};

pub(in crate::checks) struct ParamsNotReferenced;

impl Rule for ParamsNotReferenced {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for gateway in mesh.gateways() {
            let Some(rejection) = gateway.rejects_outside() else { continue };
            let Some(params) = idle_parameters(gateway) else { continue };
            let level = if gateway.pods_have_policies() { Unsafe } else { Safe };
            out.finding(name_of(params))
                .about(params)
                .certainty(rejection.certainty)
                .say(format!(
                    "{} carries the bypass annotation but nothing refers to it: {} rejects clients from outside the mesh",
                    params.id, gateway.object.id
                ))
                .label("no Gateway or GatewayClass names this")
                .also(name_of(gateway.object), "its pods need the annotation")
                .also_at(rejection.mode.because, "clients need a certificate of the mesh")
                .note("the gateway's pods start without the annotation, so ztunnel still captures what they receive")
                .help(format!("refer to it in `spec.infrastructure.parametersRef` of {}", gateway.object.id))
                .fix(level, "add `spec.infrastructure.parametersRef` to the Gateway");
        }
    }
}

/// Parameters beside a Gateway that carry the bypass annotation and that no Gateway or GatewayClass refers to.
pub(super) fn idle_parameters(gateway: GatewayView<'_>) -> Option<Object<'_>> {
    let (kind, ..) = gateway.product.parameters()?;
    let beside = gateway.object.neighbours(kind, gateway.object.namespace());
    let mesh = gateway.object.mesh();
    beside.filter(|params| bypasses_inbound(*params)).find(|params| !mesh.gateways().any(|g| g.names_parameters(*params)))
}
