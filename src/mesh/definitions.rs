//! What the API server has to know of the Gateway API: classes, releases of its definitions, grants that nobody needs.

use rustc_hash::{FxHashMap, FxHashSet};

use super::classes::Product;
use super::resolve::Ungranted;
use super::routes::RouteView;
use super::settings::Stated;
use super::version::Version;
use super::{Mesh, Object};
use crate::model::gateway::GrantTo;
use crate::model::{Kind, Spec};
use crate::yaml::At;

/// What istiod needs of a kind's definitions, and since which of its releases it looks: kind, bundle, releases.
const NEEDED: [(Kind, &str, &[&str]); 3] =
    [(Kind::TlsRoute, "1.5.0", &["1.28.6", "1.29.2"]), (Kind::GrpcRoute, "1.1.0", &[]), (Kind::BackendTlsPolicy, "1.4.0", &[])];

impl Mesh {
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
        // names of Services by cluster, kind and namespace of the route, and namespace of the Service
        type Way<'m> = (usize, &'m str, &'m str, &'m str);
        let mut used: FxHashMap<Way<'_>, FxHashSet<&str>> = FxHashMap::default();
        for route in self.routes() {
            let Some(from) = route.object.namespace().name() else { continue };
            for (reference, _) in route.references() {
                let Some(namespace) = reference.namespace else { continue };
                let way = (route.object.cluster(), &*route.object.resource().id.kind, from, &***namespace);
                used.entry(way).or_default().insert(reference.name);
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
            let ways = content.from().iter().filter_map(|from| used.get(&(grant.cluster(), &**from.kind, &**from.namespace, own)));
            let needed = ways.into_iter().any(|names| {
                let named = |to: &At<GrantTo>| to.name.as_ref().is_none_or(|only| names.contains(&***only));
                content.to().iter().any(named)
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
