//! Which namespaces istiod looks at (`meshConfig.discoverySelectors`). ztunnel captures the pods of the others all the same,
//! and then finds nobody to ask about them.

use super::classes::{Product, Role};
use super::enrolment::Capture;
use super::facts::Fact;
use super::services::ServiceView;
use super::{Mesh, Object};
use crate::model::Namespace;
use crate::yaml::NodeId;

/// A namespace that traffic needs and that istiod does not look at.
#[derive(Clone, Debug)]
pub struct Undiscovered<'m> {
    /// The namespace.
    pub namespace: &'m Namespace,
    /// The object in it that istiod has to see.
    pub needed: Object<'m>,
    /// The selectors.
    pub selectors: Vec<NodeId>,
    /// The label, key and value, that all of them come down to and that the namespace does not have in any way.
    pub label: Option<(&'m str, &'m str)>,
}

impl Mesh {
    /// Namespaces of Gateways, routes, waypoints and backends that istiod does not look at, each once in a cluster.
    pub fn undiscovered(&self) -> Vec<Undiscovered<'_>> {
        let mut found: Vec<Undiscovered<'_>> = Vec::new();
        for needed in self.needed_objects() {
            let seen = |u: &Undiscovered<'_>| u.needed.cluster() == needed.cluster() && u.namespace == needed.namespace();
            if found.iter().any(seen) || needed.is_discovered() != Fact::Known(false) {
                continue;
            }
            let selectors = &needed.platform().discovery;
            let label = match selectors.as_slice() {
                [one] => match one.match_expressions.as_slice() {
                    [only] => match (&**only.operator, only.values.as_slice()) {
                        // the API server sets that one itself, and another value is somebody's choice
                        ("In", [value]) if &**only.key != "kubernetes.io/metadata.name" => {
                            let own = needed.namespace_label(needed.namespace(), &only.key);
                            (own == Fact::Known(None)).then_some((&**only.key, &***value))
                        }
                        _ => None,
                    },
                    _ => None,
                },
                _ => None,
            };
            found.push(Undiscovered {
                namespace: needed.namespace(),
                needed,
                selectors: selectors.iter().map(crate::yaml::At::node).collect(),
                label,
            });
        }
        found
    }

    /// What istiod has to see for ingress to work: Gateways and routes that it serves itself, waypoints, and everything
    /// that ztunnel captures on the way.
    fn needed_objects(&self) -> impl Iterator<Item = Object<'_>> {
        self.gateways().filter(|gateway| !gateway.object.platform().discovery.is_empty() && gateway.role() != Role::EastWest).flat_map(
            |gateway| {
                let by_istio = matches!(gateway.product, Product::Istio | Product::IstioWaypoint);
                let in_mesh = by_istio || gateway.pods().capture() == Capture::Captured;
                let routes = gateway.routes();
                let backends = routes.iter().flat_map(super::RouteView::backends).flat_map(|backend| backend.services());
                let backends =
                    backends.filter(move |service: &ServiceView<'_>| by_istio || (in_mesh && service.capture() == Capture::Captured));
                let mut needed: Vec<_> = in_mesh.then_some(gateway.object).into_iter().collect();
                needed.extend(backends.map(|service| service.object));
                needed.extend(routes.iter().filter(|_| by_istio).map(|route| route.object));
                needed
            },
        )
    }
}

impl Object<'_> {
    /// Whether istiod looks at the namespace of this object.
    fn is_discovered(&self) -> Fact<bool> {
        let selectors = &self.platform().discovery;
        // istiod always looks at its own
        if selectors.is_empty() || self.namespace().name() == Some(&*self.platform().root_namespace) {
            return Fact::Known(true);
        }
        let answers: Vec<_> = selectors.iter().map(|selector| self.namespace_fits(self.namespace(), selector)).collect();
        if answers.contains(&Fact::Known(true)) {
            Fact::Known(true)
        } else if answers.contains(&Fact::Unknown) {
            Fact::Unknown
        } else {
            Fact::Known(false)
        }
    }
}
