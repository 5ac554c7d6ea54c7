//! What a class of gateways does not do though the Gateway API has it: as the products report it to the API's conformance
//! suite and as their translators read. Only what a product is known not to do; of all others nothing is said.

use super::classes::Product;
use super::routes::{GatewayView, RouteView};
use super::{Certainty, Fact, Mesh};
use crate::model::gateway::{GrpcFilterType, HttpFilterType};
use crate::model::{Kind, Spec};
use crate::yaml::NodeId;

/// A part of the Gateway API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Feature {
    /// A filter of type `ExtensionRef`.
    Extension,
    /// A filter of this type at a single backend.
    BackendFilter(HttpFilterType),
    /// `sessionPersistence`.
    Session,
    /// UDPRoute.
    Udp,
    /// `spec.tls.frontend` of a Gateway: clients show certificates.
    ClientCheck,
    /// `spec.tls.backend` of a Gateway: it shows a certificate to backends.
    ClientCertificate,
    /// A ListenerSet.
    ListenerSet,
}

/// A feature that is asked for and not there.
#[derive(Clone, Copy, Debug)]
pub struct Undone<'m> {
    /// Which.
    pub feature: Feature,
    /// Where it is asked for.
    pub place: NodeId,
    /// The Gateway that does not do it.
    pub gateway: GatewayView<'m>,
    /// How sure it is: a version of the product that is newer than those known here may do it.
    pub certainty: Certainty,
}

impl Mesh {
    /// What Gateways are asked for and do not do, by themselves and in the routes that are attached to them.
    pub fn undone(&self) -> Vec<Undone<'_>> {
        let mut found = Vec::new();
        for gateway in self.gateways().filter(|gateway| gateway.product == Product::Istio) {
            of_gateway(gateway, &mut found);
        }
        for route in self.routes() {
            // most routes ask for nothing of the kind
            let asked = asked_of(route);
            let gateway = || route.gateways().find(|gateway| gateway.product == Product::Istio);
            if let Some(gateway) = (!asked.is_empty()).then(gateway).flatten() {
                let certainty = known(gateway);
                found.extend(asked.into_iter().map(|(feature, place)| Undone { feature, place, gateway, certainty }));
            }
        }
        found
    }
}

/// The newest release of Istio that was looked at is 1.32.
fn known(gateway: GatewayView<'_>) -> Certainty {
    if newer_than(gateway, "1.33") == Some(true) { Certainty::Possible } else { Certainty::Sure }
}

fn newer_than(gateway: GatewayView<'_>, gate: &str) -> Option<bool> {
    gateway.object.platform().istio.as_ref()?.value.at_least(&gate.parse().ok()?)
}

fn of_gateway<'m>(gateway: GatewayView<'m>, found: &mut Vec<Undone<'m>>) {
    let certainty = known(gateway);
    let mut ask = |feature, place: NodeId| found.push(Undone { feature, place, gateway, certainty });
    if let Some(frontend) = gateway.spec.tls.as_deref().and_then(|tls| tls.frontend.as_deref()) {
        let per_port = frontend.per_port.iter().map(|one| &one.tls);
        let mut checks = std::iter::once(&frontend.default).chain(per_port).filter_map(|config| config.validation.as_ref());
        checks.next().into_iter().for_each(|check| ask(Feature::ClientCheck, check.node()));
    }
    let backend = gateway.spec.tls.as_deref().and_then(|tls| tls.backend.as_deref()).or(gateway.spec.backend_tls.as_deref());
    if let Some(shown) = backend.and_then(|backend| backend.client_certificate_ref.as_ref()) {
        ask(Feature::ClientCertificate, shown.node());
    }
    // 1.32 has them
    if newer_than(gateway, "1.31") == Some(false) {
        let sets = gateway.listener_sets().into_iter().filter(|(set, taken)| set.kind == Kind::ListenerSet && *taken != Fact::Known(false));
        sets.for_each(|(set, _)| ask(Feature::ListenerSet, set.name_place()));
    }
}

/// What a route asks for that some product does not do.
fn asked_of(route: RouteView<'_>) -> Vec<(Feature, NodeId)> {
    let mut found = Vec::new();
    match &route.object.resource().spec {
        Spec::HttpRoute(of) => {
            for rule in &of.spec.rules {
                let own = rule.filters.iter().filter(|filter| *filter.kind == HttpFilterType::ExtensionRef);
                found.extend(own.map(|filter| (Feature::Extension, filter.kind.node())));
                for filter in rule.backend_refs.iter().flat_map(|backend| &backend.filters) {
                    match *filter.kind {
                        HttpFilterType::RequestHeaderModifier | HttpFilterType::ResponseHeaderModifier => {}
                        kind => found.push((Feature::BackendFilter(kind), filter.kind.node())),
                    }
                }
                found.extend(rule.session_persistence.as_ref().map(|session| (Feature::Session, session.node())));
            }
        }
        Spec::GrpcRoute(of) => {
            for rule in &of.spec.rules {
                let own = rule.filters.iter().filter(|filter| *filter.kind == GrpcFilterType::ExtensionRef);
                found.extend(own.map(|filter| (Feature::Extension, filter.kind.node())));
                for filter in rule.backend_refs.iter().flat_map(|backend| &backend.filters) {
                    let kind = match *filter.kind {
                        GrpcFilterType::RequestHeaderModifier | GrpcFilterType::ResponseHeaderModifier => continue,
                        GrpcFilterType::RequestMirror => HttpFilterType::RequestMirror,
                        GrpcFilterType::ExtensionRef => HttpFilterType::ExtensionRef,
                    };
                    found.push((Feature::BackendFilter(kind), filter.kind.node()));
                }
                found.extend(rule.session_persistence.as_ref().map(|session| (Feature::Session, session.node())));
            }
        }
        _ if route.object.kind == Kind::UdpRoute => found.push((Feature::Udp, route.object.name_place())),
        _ => {}
    }
    found
}
