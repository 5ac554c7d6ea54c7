//! `params-not-referenced`: the words are in rules/params-not-referenced.md.
use super::bypass;
use super::prelude::*;
use crate::mesh::{GatewayView, bypasses_inbound, only_bypasses_inbound};

pub(in crate::checks) struct ParamsNotReferenced;

impl Rule for ParamsNotReferenced {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for gateway in mesh.gateways() {
            let Some(rejection) = gateway.rejects_outside() else { continue };
            let Some(params) = idle_parameters(gateway) else { continue };
            let Some((_, group, kind)) = gateway.product.parameters() else { continue };
            let draft = out
                .finding(name_of(params))
                .about(params)
                .certainty(rejection.certainty)
                .say(format!(
                    "{} carries the bypass annotation but nothing refers to it: {} rejects clients from outside the mesh",
                    params.id, gateway.object.id
                ))
                .label("no Gateway or GatewayClass names this")
                .also(name_of(gateway.object), "its pods need the annotation")
                .also_at(rejection.mode.because, "clients need a certificate of the mesh")
                .note("the gateway's pods start without the annotation, so ztunnel still captures what they receive");
            if gateway.names_no_parameters() {
                let draft = draft.help(format!("refer to it in `spec.infrastructure.parametersRef` of {}", gateway.object.id));
                let title = "add `spec.infrastructure.parametersRef` to the Gateway";
                if rejection.certainty == Possible {
                    draft.fix(Manual, title);
                } else {
                    // whatever else it says begins to act as well
                    let level = if gateway.may_bypass() && only_bypasses_inbound(params) { Safe } else { Unsafe };
                    draft.fix_by(level, title, |edits| bypass::refer(edits, gateway.object, group, kind, &params.id.name));
                }
                continue;
            }
            // a reference that is there is left alone
            let draft = draft.help("move the annotation to the Parameters that the Gateway refers to");
            match gateway.bypass_home().filter(|_| rejection.certainty > Possible) {
                Some(home) => draft.fix_by(bypass::level(&home), bypass::title("add", "the annotation", &home), |edits| {
                    bypass::add(edits, &home, "true");
                }),
                None => draft.fix(Manual, "move the annotation to the Parameters that the Gateway refers to"),
            };
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
