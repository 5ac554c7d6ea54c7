//! Single rules of routes, whatever is before and behind them.

use super::classes::Product;
use super::index::{Lookup, Missing};
use super::resolve::NETWORKING;
use super::routes::RouteView;
use super::{Mesh, Object};
use crate::model::gateway::{BackendRefView, HttpFilter, HttpFilterType, HttpRouteRule, LocalRef, RedirectFilter, RedirectScheme};
use crate::model::{Kind, Namespace, Spec};
use crate::yaml::{At, NodeId};

const GATEWAY_API: &str = "gateway.networking.k8s.io";

/// A rule of an HTTPRoute.
#[derive(Clone, Copy, Debug)]
pub struct RuleOf<'m> {
    /// The route.
    pub route: RouteView<'m>,
    /// The rule.
    pub rule: &'m At<HttpRouteRule>,
}

/// A backend of a kind that a gateway does not route to.
#[derive(Clone, Copy, Debug)]
pub struct UnknownKind<'m> {
    /// The route.
    pub route: RouteView<'m>,
    /// The reference.
    pub reference: BackendRefView<'m>,
    /// What runs the gateway.
    pub product: Product,
    /// The group in which the product has such a kind.
    pub meant: Option<&'static str>,
}

/// A time in milliseconds, as the Gateway API writes it (GEP-2257).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Duration(pub u64);

impl Duration {
    /// Reads `1h2m`, `1.5s` is none.
    pub fn read(text: &str) -> Option<Self> {
        let (mut total, mut rest) = (0u64, text);
        while !rest.is_empty() {
            let end = rest.find(|c: char| !c.is_ascii_digit())?;
            let number: u64 = rest.get(..end)?.parse().ok()?;
            let units = [("ms", 1), ("h", 3_600_000), ("m", 60_000), ("s", 1000)];
            let (after, each) = units.iter().find_map(|(unit, each)| Some((rest.get(end..)?.strip_prefix(unit)?, *each)))?;
            total = total.checked_add(number.checked_mul(each)?)?;
            rest = after;
        }
        (!text.is_empty()).then_some(Self(total))
    }
}

impl Mesh {
    /// All rules of all HTTPRoutes.
    pub fn http_rules(&self) -> impl Iterator<Item = RuleOf<'_>> {
        self.objects(Kind::HttpRoute).filter_map(RouteView::of).flat_map(|route| {
            let rules: &[At<HttpRouteRule>] = match &route.object.resource().spec {
                Spec::HttpRoute(content) => &content.spec.rules,
                _ => &[],
            };
            rules.iter().map(move |rule| RuleOf { route, rule })
        })
    }

    /// Rules of HTTPRoutes and GRPCRoutes that send requests nowhere and answer none: the place of the rule. Those of a
    /// route that a policy of the gateway's own is for are left out.
    pub fn idle_rules(&self) -> Vec<(RouteView<'_>, NodeId)> {
        let aimed: rustc_hash::FxHashSet<(usize, &Namespace, &str)> = self
            .aims()
            .into_iter()
            .filter(|aim| aim.policy.kind == Kind::Policy && aim.kind.ends_with("Route"))
            .map(|aim| (aim.policy.cluster(), aim.policy.namespace(), &***aim.name))
            .collect();
        let selecting: rustc_hash::FxHashSet<(usize, &Namespace)> = self
            .objects(Kind::Policy)
            .filter(|o| matches!(&o.resource().spec, Spec::Policy(p) if p.spec.iter().any(|s| !s.target_selectors.is_empty())))
            .map(|o| (o.cluster(), o.namespace()))
            .collect();
        let plain = |route: &RouteView<'_>| {
            let own = route.object;
            !route.parents.is_empty()
                && !aimed.contains(&(own.cluster(), own.namespace(), &own.resource().id.name))
                && !selecting.contains(&(own.cluster(), own.namespace()))
        };
        let http = self.http_rules().filter(|found| {
            let answers = |f: &At<HttpFilter>| matches!(*f.kind, HttpFilterType::RequestRedirect | HttpFilterType::ExtensionRef);
            found.rule.backend_refs.is_empty() && !found.rule.filters.iter().any(answers)
        });
        let http = http.map(|found| (found.route, found.rule.node()));
        let grpc = self.objects(Kind::GrpcRoute).filter_map(RouteView::of).flat_map(|route| {
            let rules = match &route.object.resource().spec {
                Spec::GrpcRoute(content) => content.spec.rules.as_slice(),
                _ => &[],
            };
            let idle = rules.iter().filter(|rule| rule.backend_refs.is_empty() && rule.filters.iter().all(|f| f.extension_ref.is_none()));
            idle.map(move |rule| (route, rule.node()))
        });
        http.chain(grpc).filter(|(route, _)| plain(route)).collect()
    }

    /// Backends of kinds that the gateways of their routes do not route to.
    pub fn unknown_backend_kinds(&self) -> Vec<UnknownKind<'_>> {
        let mut found = Vec::new();
        for route in self.routes() {
            let Some(product) = route.ingresses().map(|g| g.product).find(|p| *p == Product::Istio || p.needs_capture()) else { continue };
            for backend in route.backends() {
                let reference = backend.reference;
                if let Support::No { meant } = support(product, reference.group(), reference.kind()) {
                    found.push(UnknownKind { route, reference, product, meant });
                }
            }
        }
        found
    }

    /// Filters of the product's own that name something which is not there.
    pub fn missing_extensions(&self) -> Vec<(RouteView<'_>, &LocalRef, Missing)> {
        let filters = self.http_rules().flat_map(|found| {
            let of_backends = found.rule.backend_refs.iter().flat_map(|b| &b.filters);
            found.rule.filters.iter().chain(of_backends).filter_map(move |f| Some((found.route, f.extension_ref.as_ref()?)))
        });
        filters
            .filter_map(|(route, boxed)| {
                let info = crate::model::Info::of(&boxed.group, &boxed.kind).filter(|info| info.kind == Kind::Policy)?;
                match route.object.find(info.kind, route.object.namespace(), &boxed.name) {
                    Lookup::Missing(missing) => Some((route, &***boxed, missing)),
                    Lookup::Found(_) | Lookup::Ambiguous(_) => None,
                }
            })
            .collect()
    }
}

/// Whether a product routes to a kind.
enum Support {
    /// It does, or that is not known.
    Yes,
    /// It does not.
    No {
        /// The group in which it has a kind of this name.
        meant: Option<&'static str>,
    },
}

fn support(product: Product, group: &str, kind: &str) -> Support {
    let istio: &[(&str, &str)] = &[
        ("", "Service"),
        ("core", "Service"),
        (NETWORKING, "Hostname"),
        ("multicluster.x-k8s.io", "ServiceImport"),
        ("inference.networking.k8s.io", "InferencePool"),
        ("gateway.networking.x-k8s.io", "XBackend"),
    ];
    let kgateway: &[(&str, &str)] = &[
        ("", "Service"),
        ("core", "Service"),
        (NETWORKING, "Hostname"),
        (NETWORKING, "ServiceEntry"),
        ("gateway.kgateway.dev", "Backend"),
        ("gloo.solo.io", "Upstream"),
        (GATEWAY_API, "HTTPRoute"),
        ("delegation.kgateway.dev", "label"),
        ("multicluster.x-k8s.io", "ServiceImport"),
        ("inference.networking.k8s.io", "InferencePool"),
        ("inference.networking.x-k8s.io", "InferencePool"),
    ];
    let known = if product == Product::Istio { istio } else { kgateway };
    if known.contains(&(group, kind)) {
        return Support::Yes;
    }
    // a Hostname of another group has a rule of its own, and groups of others may be read by an extension
    let ours = ["", "core", NETWORKING, GATEWAY_API, "gateway.kgateway.dev", "gloo.solo.io", "apps"];
    if kind == "Hostname" || !ours.contains(&group) {
        return Support::Yes;
    }
    Support::No { meant: known.iter().find(|(_, k)| *k == kind).map(|(g, _)| *g) }
}

impl<'m> RuleOf<'m> {
    /// Whether it is attached to a gateway whose proxy is Envoy as Istio or kgateway set it up.
    pub fn is_for_envoy(&self) -> bool {
        self.route.gateways().any(|g| g.product == Product::Istio || g.product == Product::IstioWaypoint || g.product.needs_capture())
    }

    /// All its filters, those of its backends included.
    pub fn filters(&self) -> impl Iterator<Item = &'m At<HttpFilter>> {
        let rule = self.rule;
        rule.filters.iter().chain(rule.backend_refs.iter().flat_map(|backend| &backend.filters))
    }

    /// The listener at which its redirect leads back to it: the redirect asks for `https` and nothing else, and the route
    /// is attached to a listener for `https` too. Another route may take the request there first, so nothing is said where
    /// the Gateway has others.
    pub fn https_loop(&self, redirect: &RedirectFilter) -> Option<(Object<'m>, &'m At<crate::model::Text>, super::Certainty)> {
        let to_https = matches!(redirect.scheme.as_deref(), Some(RedirectScheme::Https));
        let elsewhere = redirect.hostname.is_some() || redirect.path.is_some() || redirect.port.is_some_and_not(443);
        if !to_https || elsewhere {
            return None;
        }
        for parent in self.route.parent_views() {
            let super::ParentVerdict::Attached { gateway: Some(ix), listeners, certainty: super::Certainty::Sure, .. } = parent.verdict
            else {
                continue;
            };
            let object = self.route.object.sibling(*ix)?;
            let Some(gateway) = super::GatewayView::of(object) else { continue };
            let taken = gateway.listeners().into_iter().find(|l| &***l.protocol == "HTTPS" && listeners.contains(l.name));
            let Some(listener) = taken else { continue };
            let alone = gateway.routes().iter().all(|other| other.object == self.route.object);
            let usual = listener.port.is_some_and(|port| **port == 443);
            let sure = usual && self.route.object.mesh().settings().complete;
            let certainty = if sure { super::Certainty::Sure } else { super::Certainty::Likely };
            return alone.then_some((object, listener.name, certainty));
        }
        None
    }
}

trait NotThis {
    fn is_some_and_not(&self, value: i64) -> bool;
}

impl NotThis for Option<At<i64>> {
    fn is_some_and_not(&self, value: i64) -> bool {
        self.as_ref().is_some_and(|own| **own != value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        for (text, expected) in
            [("1s", Some(1000)), ("1h2m", Some(3_720_000)), ("100ms", Some(100)), ("0s", Some(0)), ("", None), ("1.5s", None), ("5", None)]
        {
            assert_eq!(Duration::read(text), expected.map(Duration), "{text}");
        }
    }
}
