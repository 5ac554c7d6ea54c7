//! Single rules of routes, whatever is before and behind them.

use super::classes::Product;
use super::routes::RouteView;
use super::{Mesh, Object};
use crate::model::gateway::{HttpFilter, HttpRouteRule, RedirectFilter, RedirectScheme};
use crate::model::{Kind, Spec};
use crate::yaml::At;

/// A rule of an HTTPRoute.
#[derive(Clone, Copy, Debug)]
pub struct RuleOf<'m> {
    /// The route.
    pub route: RouteView<'m>,
    /// The rule.
    pub rule: &'m At<HttpRouteRule>,
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
