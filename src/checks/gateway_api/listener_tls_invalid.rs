//! `listener-tls-invalid`: the words are in rules/listener-tls-invalid.md.
use super::prelude::*;
use crate::mesh::status::{Fault, Reason};
use crate::mesh::{CertificateFault, EffectiveListener, GatewayView, Role};

pub(in crate::checks) struct ListenerTlsInvalid;

impl Rule for ListenerTlsInvalid {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for gateway in mesh.gateways().filter(|gateway| matches!(gateway.role(), Role::Ingress | Role::Unknown)) {
            for listener in gateway.effective_listeners() {
                for fault in listener.reference_faults(gateway).iter().filter(|fault| fault.reason != Reason::InvalidRouteKinds) {
                    report(listener, gateway, fault, out);
                }
            }
        }
    }
}

fn report(listener: EffectiveListener<'_>, gateway: GatewayView<'_>, fault: &Fault, out: &mut Findings) {
    let name = &**listener.view.name;
    let bare = fault.place == listener.view.name.node();
    let (what, help) = match fault.reason {
        Reason::InvalidCertificateRef if bare => {
            ("has no certificate to show", "name a Secret of type kubernetes.io/tls under `tls.certificateRefs`")
        }
        Reason::InvalidCertificateRef => {
            ("can't use a certificate", "name a Secret of type kubernetes.io/tls that holds a certificate and its key")
        }
        Reason::RefNotPermitted => {
            ("may not use a certificate of another namespace", "let a ReferenceGrant in that namespace open the object to it")
        }
        _ => ("can't check clients by an authority", "name a ConfigMap with certificates under `ca.crt`"),
    };
    let certainty = match fault.certificate {
        // most Secrets stand in no file: cert-manager and the like write them
        Some(CertificateFault::Missing(_)) => Possible,
        // what stands in a file may be filled in before it is applied
        Some(CertificateFault::Malformed(certainty)) if !gateway.object.mesh().settings().complete => certainty.min(Likely),
        _ => fault.certainty,
    };
    out.finding(Place::Node(fault.place))
        .about(listener.parent)
        .certainty(certainty)
        .say(format!("listener `{name}` of {} {what}", listener.parent.id))
        .label(if bare { "ends TLS without a certificate" } else { fault.message.as_str() })
        .note("without a certificate that can be used the listener takes no connection")
        .help(help);
}
