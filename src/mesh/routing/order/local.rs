//! Rules that an earlier rule of their own route leaves nothing, whatever Gateway they are attached to.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::super::RouteView;
use super::rules::{RuleLite, Shape, rules_of};
use super::{Spot, Unreached};
use crate::model::Spec;
use crate::model::gateway::GrpcRouteMatch;

/// Matches of a route that an earlier rule of it takes, by rule and match, each with that one.
pub(super) type Taken = BTreeMap<(usize, usize), Spot>;

/// What a route's own rules take from later ones. Most have no two matches with one path, and nothing is made for them.
pub(super) fn taken(route: RouteView<'_>) -> Option<(Vec<RuleLite<'_>>, Taken)> {
    if !has_a_path_twice(route) {
        return None;
    }
    let rules = rules_of(route);
    let mut taken = Taken::new();
    let mut first: FxHashMap<Shape<'_>, (usize, usize)> = FxHashMap::default();
    for rule in &rules {
        for (n, matching) in rule.matches.iter().enumerate() {
            let (before, at) = *first.entry(Shape::of(matching)).or_insert((rule.index, n));
            if before != rule.index
                && let Some(winner) = rules.get(before).filter(|winner| !winner.may_leave_some())
            {
                taken.insert((rule.index, n), winner.spot(at));
            }
        }
    }
    (!taken.is_empty()).then_some((rules, taken))
}

/// The rules of which nothing is left.
pub(super) fn unreached(rules: &[RuleLite<'_>], taken: &Taken) -> Vec<Unreached> {
    let each = rules.iter().filter_map(|rule| {
        let by: Option<Vec<Spot>> = (0..rule.matches.len()).map(|n| taken.get(&(rule.index, n)).copied()).collect();
        let mut by = by.filter(|by| !by.is_empty())?;
        by.sort_unstable();
        by.dedup();
        let same_result = by.iter().all(|spot| rules.get(spot.rule).is_some_and(|winner| winner.does_as(rule)));
        Some(Unreached { rule: rule.spot(0), by, same_result, named: rule.is_named() })
    });
    each.collect()
}

/// Whether two rules of a route have a path in common, so that it is worth looking closer.
fn has_a_path_twice(route: RouteView<'_>) -> bool {
    /// Up to so many paths each is compared with each.
    const FEW: usize = 12;
    let mut all: Vec<(u8, &str, &str)> = Vec::new();
    match &route.object.resource().spec {
        Spec::HttpRoute(of) if of.spec.rules.len() > 1 => {
            let matches = of.spec.rules.iter().flat_map(|rule| rule.effective_matches());
            all.extend(matches.map(|one| (one.path_type() as u8, one.path_value().trim_end_matches('/'), "")));
        }
        Spec::GrpcRoute(of) if of.spec.rules.len() > 1 => {
            let matches = of.spec.rules.iter().flat_map(|rule| rule.effective_matches());
            all.extend(matches.map(words));
        }
        _ => return false,
    }
    if all.len() > FEW {
        all.sort_unstable();
        return all.windows(2).any(|pair| matches!(pair, [a, b] if a == b));
    }
    all.iter().enumerate().any(|(n, one)| all.iter().skip(n + 1).any(|other| one == other))
}

/// The service and method of a call.
fn words(one: &GrpcRouteMatch) -> (u8, &str, &str) {
    let Some(method) = one.method.as_deref() else { return (0, "", "") };
    (method.kind() as u8, method.service.as_ref().map_or("", |text| text.as_str()), method.method.as_ref().map_or("", |text| text.as_str()))
}
