//! What the API server has to know of the Gateway API: classes, releases of its definitions, grants that nobody needs.

use rustc_hash::FxHashSet;

use super::classes::Product;
use super::index::Lookup;
use super::resolve::Ungranted;
use super::routes::{GatewayView, RouteView};
use super::settings::Stated;
use super::version::Version;
use super::{Certainty, Mesh, Object};
use crate::model::{Kind, Namespace, Spec, Text};
use crate::text::near;

/// Classes that controllers install themselves, under names that are theirs alone.
const WELL_KNOWN: &[&str] = &[
    "amazon-vpc-lattice",
    "apisix",
    "avi-lb",
    "aws-alb",
    "aws-nlb",
    "azure-alb-external",
    "azure-alb-internal",
    "cilium",
    "consul",
    "contour",
    "eg",
    "envoy",
    "envoy-gateway",
    "gke-l7-cross-regional-internal-managed-mc",
    "gke-l7-global-external-managed",
    "gke-l7-global-external-managed-mc",
    "gke-l7-gxlb",
    "gke-l7-gxlb-mc",
    "gke-l7-regional-external-managed",
    "gke-l7-regional-external-managed-mc",
    "gke-l7-rilb",
    "gke-l7-rilb-mc",
    "gloo",
    "haproxy",
    "higress",
    "kong",
    "kuma",
    "linkerd",
    "nginx",
    "openshift-default",
    "tailscale",
    "traefik",
    "webmesh",
];

/// Classes of the products that are known here.
const OURS: &[&str] = &[
    "istio",
    "istio-waypoint",
    "istio-remote",
    "istio-eastwest",
    "istio-east-west",
    "kgateway",
    "enterprise-kgateway",
    "gloo-gateway",
    "agentgateway",
    "enterprise-agentgateway",
];

/// What istiod needs of a kind's definitions, and since which of its releases it looks: kind, bundle, releases.
const NEEDED: [(Kind, &str, &[&str]); 3] =
    [(Kind::TlsRoute, "1.5.0", &["1.28.6", "1.29.2"]), (Kind::GrpcRoute, "1.1.0", &[]), (Kind::BackendTlsPolicy, "1.4.0", &[])];

impl Mesh {
    /// Gateways of classes that nobody defines, with the class that was probably meant.
    pub fn unknown_classes(&self) -> Vec<(GatewayView<'_>, Option<String>, Certainty)> {
        let assumed = &self.settings().gateway_classes;
        let unknown = self.gateways().filter(|gateway| {
            let class: &str = &gateway.spec.gateway_class_name;
            gateway.product == Product::Other && !WELL_KNOWN.contains(&class) && !assumed.iter().any(|a| a == class)
        });
        unknown
            .filter_map(|gateway| {
                let class: &str = &gateway.spec.gateway_class_name;
                let Lookup::Missing(missing) = gateway.object.find(Kind::GatewayClass, &Namespace::Cluster, class) else { return None };
                let own = missing.near.and_then(|ix| gateway.object.sibling(ix)).map(|o| o.id.name.to_string());
                // `istio-2` is a class of somebody's own
                let plain = class.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
                let meant = || near(class, OURS.iter().copied()).filter(|_| plain).map(ToOwned::to_owned);
                let (near, best) = match own {
                    Some(own) => (Some(own), Certainty::Sure),
                    None => (meant(), Certainty::Likely),
                };
                let certainty = if self.settings().complete {
                    Certainty::Sure
                } else if near.is_some() {
                    best
                } else {
                    Certainty::Possible
                };
                Some((gateway, near, certainty))
            })
            .collect()
    }

    /// Objects for Istio's gateways of kinds whose definitions, as the input has them, are older than istiod needs: with
    /// the definitions' release and the one that is needed.
    pub fn too_new_for_definitions(&self) -> Vec<(Object<'_>, &Stated<Version>, &'static str)> {
        let mut found = Vec::new();
        for (kind, needed, since) in NEEDED {
            let Ok(least) = needed.parse::<Version>() else { continue };
            for object in self.objects(kind) {
                let platform = object.platform();
                let Some(bundle) = &platform.gateway_api else { continue };
                let looks = since.is_empty() || platform.istio.as_ref().is_some_and(|v| looks_since(&v.value, since));
                let for_istio = RouteView::of(object).is_none_or(|route| route.gateways().any(|g| g.product.made_by_istiod()));
                let istio_here = || self.gateways().any(|g| g.object.cluster() == object.cluster() && g.product == Product::Istio);
                if looks && for_istio && istio_here() && bundle.value.before(&least) == Some(true) {
                    found.push((object, bundle, needed));
                }
            }
        }
        found
    }

    /// ReferenceGrants for routes to Services of which no reference makes use. Those that let in anything else are left out.
    pub fn unused_grants(&self) -> Vec<Object<'_>> {
        type Use<'m> = (usize, &'m Text, &'m str, Text, &'m str);
        let mut used: FxHashSet<Use<'_>> = FxHashSet::default();
        for route in self.routes() {
            let Some(from) = route.object.namespace().name() else { continue };
            for (reference, _) in route.references() {
                let Some(namespace) = reference.namespace else { continue };
                let object = route.object.resource();
                used.insert((route.object.cluster(), &object.id.kind, from, (**namespace).clone(), reference.name));
            }
        }
        // a reference that finds no grant in the namespace has a rule of its own, and the grant was perhaps meant for it
        let waiting: FxHashSet<_> = self
            .backends()
            .filter(|backend| matches!(backend.ungranted(), Some(Ungranted::Absent(_))))
            .filter_map(|backend| backend.service())
            .map(|service| (service.object.cluster(), service.object.namespace()))
            .collect();
        let idle = |grant: &Object<'_>| {
            let Spec::ReferenceGrant(content) = &grant.resource().spec else { return false };
            let Some(own) = grant.namespace().name() else { return false };
            let routes = content.from().iter().all(|from| from.kind.ends_with("Route"));
            let services = content.to().iter().all(|to| to.group.is_empty() && **to.kind == *"Service");
            let needed = content.from().iter().any(|from| {
                content.to().iter().any(|to| {
                    used.iter().any(|(cluster, kind, namespace, into, name)| {
                        *cluster == grant.cluster()
                            && **kind == **from.kind
                            && *namespace == &**from.namespace
                            && &**into == own
                            && to.name.as_ref().is_none_or(|only| &***only == *name)
                    })
                })
            });
            routes && services && !needed && !waiting.contains(&(grant.cluster(), grant.namespace()))
        };
        self.objects(Kind::ReferenceGrant).filter(idle).collect()
    }
}

/// Whether a release is one of these or later in its minor version, or of a later one than all of them.
fn looks_since(version: &Version, since: &[&str]) -> bool {
    let gates: Vec<Version> = since.iter().filter_map(|text| text.parse().ok()).collect();
    let own = gates.iter().find(|gate| gate.minor() == version.minor());
    match own {
        Some(gate) => version.at_least(gate) == Some(true),
        None => gates.iter().all(|gate| version.at_least(gate) == Some(true)),
    }
}
