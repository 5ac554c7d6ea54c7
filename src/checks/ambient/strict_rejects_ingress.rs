//! `strict-rejects-ingress`: the words are in rules/strict-rejects-ingress.md.
use super::bypass;
use super::params_not_referenced::idle_parameters;
use super::prelude::*;

pub(in crate::checks) struct StrictRejectsIngress;

impl Rule for StrictRejectsIngress {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for gateway in mesh.gateways() {
            let Some(rejection) = gateway.rejects_outside() else { continue };
            // the annotation is there and in the wrong place, or on parameters that nothing refers to: said once, there
            if gateway.object.has_misplaced_bypass() || idle_parameters(gateway).is_some() {
                continue;
            }
            // so is an annotation whose value is no boolean
            if gateway.pods().has_unread_bypass() {
                continue;
            }
            let policy = rejection.mode.because.and_then(|node| mesh.resource_around(node));
            let policy = policy.map_or_else(|| "mTLS".to_owned(), |p| p.id.to_string());
            let draft = out
                .finding(&gateway.spec.gateway_class_name)
                .about(gateway.object)
                .certainty(rejection.certainty)
                .say(format!(
                    "{policy} is STRICT and holds on Gateway {} too: ztunnel rejects clients from outside the mesh",
                    path(gateway.object)
                ))
                .label("its pods are in the mesh")
                .also_at(rejection.mode.because, "clients need a certificate of the mesh")
                .note(format!(
                    "connections are reset, and ztunnel logs `explicitly denied by: {}/istio_converted_static_strict`",
                    gateway.object.platform().root_namespace
                ))
                .help("annotate the gateway's pods with `ambient.istio.io/bypass-inbound-capture: \"true\"`");
            // where the pods are perhaps not even captured, the fix is described
            match gateway.bypass_home().filter(|_| rejection.certainty > Possible) {
                Some(home) => draft.fix_by(bypass::level(&home), bypass::title("add", "the annotation", &home), |edits| {
                    bypass::add(edits, &home, "true");
                }),
                None => draft.fix(Manual, "add the annotation where the Gateway's pods get theirs from"),
            };
        }
    }
}
