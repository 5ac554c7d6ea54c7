//! `filter-unsupported`: the words are in rules/filter-unsupported.md.
use super::prelude::*;
use crate::mesh::Feature;

pub(in crate::checks) struct FilterUnsupported;

impl Rule for FilterUnsupported {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for undone in mesh.undone() {
            let (gateway, product) = (undone.gateway, undone.gateway.product.name());
            let (what, note, help) = match undone.feature {
                Feature::Extension => (
                    "a filter of type `ExtensionRef`".to_owned(),
                    "it has no filters of its own to refer to, and does not take a rule whose filter it can't apply",
                    "take the filter out, or do the same by a policy of the product",
                ),
                Feature::BackendFilter(kind) => (
                    format!("a filter of type `{kind}` at a single backend"),
                    "at backends it changes headers only, and does not take a rule with other filters there",
                    "put the filter at the rule, or make rules of their own for the backends",
                ),
                Feature::Session => (
                    "`sessionPersistence`".to_owned(),
                    "requests of one session go to any backend",
                    "use `consistentHash` of a DestinationRule, or keep sessions elsewhere",
                ),
                Feature::Udp => {
                    ("UDPRoutes".to_owned(), "no packet reaches the backends by this route", "take UDP in by a Service of its own")
                }
                Feature::ClientCheck => (
                    "a check of clients under `spec.tls.frontend`".to_owned(),
                    "clients are not asked for a certificate",
                    "check clients by the listener's option `gateway.istio.io/tls-terminate-mode: MUTUAL`",
                ),
                Feature::ClientCertificate => (
                    "a certificate for backends".to_owned(),
                    "backends that ask for a certificate refuse the connection",
                    "originate TLS by a DestinationRule with mode `MUTUAL`",
                ),
                Feature::ListenerSet => (
                    "ListenerSets before 1.31".to_owned(),
                    "nothing listens where only the set says so, and its routes attach nowhere",
                    "upgrade Istio, or put the listeners into the Gateway",
                ),
            };
            let about = mesh.resource_around(undone.place).map_or(&gateway.object.id, |resource| &resource.id);
            out.finding(undone.place)
                .of(about)
                .certainty(undone.certainty)
                .say(format!("Gateway {} is of {product}, which does not have {what}", path(gateway.object)))
                .label("is not there")
                .also(gateway.spec.gateway_class_name.node(), format!("a class of {product}"))
                .note(note)
                .help(help);
        }
    }
}
