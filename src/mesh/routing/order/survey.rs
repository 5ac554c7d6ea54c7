//! Goes through all Gateways, and through those hosts of them at which matches may meet.

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use super::super::super::precedence::{Profile, ages};
use super::super::super::{Certainty, EffectiveListener, Fact, GatewayView, Mesh, ParentVerdict, RouteView, protocol_kinds};
use super::super::Family;
use super::super::build::{Owners, effective_hosts, endings, hostname};
use super::super::tls::may;
use super::host::{Entry, Host, TRIED};
use super::local::{self, Taken};
use super::rules::{RuleLite, Traits, rules_of};
use super::{Order, Spot, Unreached};
use crate::model::{Kind, Text};

/// What is found on the way.
#[derive(Default)]
struct Survey {
    order: Order,
    /// What rules of their own route take, by route.
    taken: FxHashMap<u32, Taken>,
    /// What older routes take: by route, rule and match, at how many hosts, and by whom.
    older: BTreeMap<(u32, usize, usize), (usize, Vec<Spot>)>,
    /// At how many hosts of listeners a route is.
    hosts: FxHashMap<u32, usize>,
    /// The pairs that have been spoken of.
    said: FxHashSet<(u8, Spot, Spot)>,
    tied: FxHashSet<(u32, u32)>,
    fallen: FxHashSet<(usize, u32, Text, Text)>,
}

pub(super) fn survey(mesh: &Mesh) -> Order {
    let mut survey = Survey::default();
    let mut seen: FxHashSet<u32> = FxHashSet::default();
    for route in [Kind::HttpRoute, Kind::GrpcRoute].into_iter().flat_map(|kind| mesh.objects(kind)).filter_map(RouteView::of) {
        if seen.insert(route.object.ix)
            && let Some((rules, taken)) = local::taken(route)
        {
            survey.order.unreached.extend(local::unreached(&rules, &taken));
            survey.taken.insert(route.object.ix, taken);
        }
    }
    for gateway in mesh.gateways() {
        survey.gateway(gateway);
    }
    survey.left_nothing_by_older_ones(mesh);
    let mut order = survey.order;
    order.unreached.sort_by_key(|found| found.rule);
    order.ties.sort_by_key(|found| (found.other, found.first));
    order.disputes.sort_by_key(|found| (found.loser, found.winner));
    order.dropped.sort_by_key(|found| found.lost);
    order.falls.sort_by(|a, b| (a.own, &a.host, &a.broader).cmp(&(b.own, &b.host, &b.broader)));
    order
}

/// Routes by host, each with whether it is surely attached.
type ByHost<'m> = FxHashMap<Text, Vec<(RouteView<'m>, bool)>>;

impl Survey {
    fn gateway<'m>(&mut self, gateway: GatewayView<'m>) {
        let attached = attached(gateway);
        if attached.is_empty() {
            return;
        }
        let mut ports: BTreeMap<(u16, Family), Vec<EffectiveListener<'m>>> = BTreeMap::new();
        for listener in gateway.effective_listeners() {
            let port = listener.view.port.and_then(|port| u16::try_from(**port).ok());
            let (Some(port), Some(family), None) = (port, Family::of(listener.view.protocol), listener.conflict) else { continue };
            if may(listener.admitted) {
                ports.entry((port, family)).or_default().push(listener);
            }
        }
        for listeners in ports.into_values() {
            let names: Vec<Option<Text>> = listeners.iter().map(hostname).collect();
            let owners = Owners::of(&names);
            for (n, (listener, own)) in listeners.iter().zip(&names).enumerate() {
                if !matches!(&***listener.view.protocol, "HTTP" | "HTTPS") {
                    continue;
                }
                let Some(routes) = attached.get(&(listener.parent.ix, &***listener.view.name)) else { continue };
                let carried = protocol_kinds(listener.view.protocol).unwrap_or_default();
                let mut routes: Vec<_> = routes.iter().copied().filter(|(route, _)| carried.contains(&route.object.kind)).collect();
                let has = |kind: Kind| routes.iter().any(|(route, _)| route.object.kind == kind);
                if has(Kind::GrpcRoute) && has(Kind::HttpRoute) {
                    let lost = listener.crossed(routes.iter().map(|(route, _)| *route));
                    let lost: FxHashSet<u32> = lost.iter().map(|(route, _)| route.object.ix).collect();
                    routes.retain(|(route, _)| !lost.contains(&route.object.ix));
                }
                let sure = listener.admitted == Fact::Known(true);
                let mut by_host = ByHost::default();
                for (route, surely) in &routes {
                    for host in effective_hosts(own.as_ref(), *route).into_iter().filter(|host| owners.of_host(host) == Some(n)) {
                        by_host.entry(host).or_default().push((*route, sure && *surely));
                    }
                }
                let aged = ages(routes.iter().map(|(route, _)| route.object.resource().meta.creation_timestamp.as_deref()));
                self.listener(gateway, &by_host, aged);
            }
        }
    }

    fn listener(&mut self, gateway: GatewayView<'_>, by_host: &ByHost<'_>, aged: bool) {
        let profile = gateway.known_profile();
        let mut hosts: Vec<&Text> = by_host.keys().collect();
        hosts.sort_unstable();
        let wildcards = hosts.first().is_some_and(|name| name.starts_with('*'));
        for name in hosts {
            let Some(routes) = by_host.get(name) else { continue };
            // also where the ages of others are not known: there it is not decided
            for (route, _) in routes.iter().filter(|(route, _)| route.object.resource().meta.creation_timestamp.is_some()) {
                *self.hosts.entry(route.object.ix).or_default() += 1;
            }
            let broader = if wildcards { broader(name, by_host) } else { None };
            let worth = is_worth(routes);
            if broader.is_none() && !worth {
                continue;
            }
            let rules = rules_at(routes);
            let host = Host { name, aged, profile, entries: entries(&rules) };
            if worth {
                self.meetings(&host);
            }
            if let Some((wider, routes)) = broader.filter(|_| !host.takes_all()) {
                let rules = rules_at(routes.get(..TRIED).unwrap_or(routes));
                let wider = Host { name: wider, aged, profile, entries: entries(&rules) };
                let fall = host.fall(&wider);
                let key = (gateway.object.cluster, gateway.object.ix, name.clone(), wider.name.clone());
                self.order.falls.extend(fall.filter(|_| self.fallen.insert(key)));
            }
        }
    }

    fn meetings(&mut self, host: &Host<'_, '_>) {
        for (lost, by) in host.taken_by_age() {
            let (count, all) = self.older.entry((lost.route, lost.rule, lost.matching)).or_default();
            *count += 1;
            all.push(by);
        }
        for tie in host.ties() {
            let (a, b) = (tie.first.route, tie.other.route);
            // those about the very same requests come first
            if self.tied.insert((a.min(b), a.max(b))) {
                self.order.ties.push(tie);
            }
        }
        for dropped in host.dropped() {
            if self.said.insert((0, dropped.lost, dropped.lost)) {
                self.order.dropped.push(dropped);
            }
        }
        for dispute in host.disputes() {
            let rule = |spot: Spot| Spot { place: spot.node, matching: 0, ..spot };
            let (a, b) = (rule(dispute.winner), rule(dispute.loser));
            if self.said.insert((1, a.min(b), a.max(b))) {
                self.order.disputes.push(dispute);
            }
        }
    }

    /// Rules that older routes leave nothing at any host, or their own route where those leave something.
    fn left_nothing_by_older_ones(&mut self, mesh: &Mesh) {
        let rules: FxHashSet<(u32, usize)> = self.older.keys().map(|(route, rule, _)| (*route, *rule)).collect();
        let mut rules: Vec<_> = rules.into_iter().collect();
        rules.sort_unstable();
        for (route, rule) in rules {
            let views: Vec<RouteView<'_>> = (0..mesh.cluster_count()).filter_map(|n| RouteView::of(mesh.object(n, route)?)).collect();
            let Some(lite) = views.first().and_then(|view| rules_of(*view).into_iter().nth(rule)) else { continue };
            let said = self.order.unreached.iter().any(|found| found.rule.route == route && found.rule.rule == rule);
            if said || !views.iter().all(|view| is_known_everywhere(*view)) {
                continue;
            }
            let mut by = Vec::new();
            let taken = (0..lite.matches.len()).all(|n| {
                let all = self.older.get(&(route, rule, n)).filter(|(count, _)| Some(count) == self.hosts.get(&route));
                let own = || self.taken.get(&route).and_then(|taken| taken.get(&(rule, n))).copied();
                let found: Vec<Spot> = all.map_or_else(|| own().into_iter().collect(), |(_, by)| by.clone());
                let any = !found.is_empty();
                by.extend(found);
                any
            });
            by.sort_unstable();
            by.dedup();
            if taken {
                let same = |spot: &Spot| spot.route(mesh).and_then(|route| rules_of(route).into_iter().nth(spot.rule));
                let same_result = by.iter().all(|spot| same(spot).is_some_and(|winner| winner.does_as(&lite)));
                let spot = lite.spot(0);
                self.order.unreached.push(Unreached { rule: spot, by, same_result, named: lite.is_named() });
            }
        }
    }
}

/// Whether matches of a host can meet in a way that is not decided by their own route.
fn is_worth(routes: &[(RouteView<'_>, bool)]) -> bool {
    match routes {
        [(only, _)] => {
            let traits = Traits::of(*only);
            traits.patterns || traits.method && traits.headers
        }
        several => several.len() > 1,
    }
}

/// The narrowest host that covers another one.
fn broader<'h, 'm>(name: &str, by_host: &'h ByHost<'m>) -> Option<(&'h Text, &'h Vec<(RouteView<'m>, bool)>)> {
    let wildcards = endings(name).map(|ending| format!("*{ending}")).chain(["*".to_owned()]);
    wildcards.filter(|wider| wider != name).find_map(|wider| by_host.get_key_value(wider.as_str()))
}

/// Whether it is known of each parent what it does with a route: no Gateway outside the input, no Service, no other route.
fn is_known_everywhere(route: RouteView<'_>) -> bool {
    route.parent_views().all(|parent| match parent.verdict {
        ParentVerdict::Attached { gateway, .. } => gateway.is_some(),
        ParentVerdict::Refused { .. } => true,
        ParentVerdict::Missing(missing) => missing.certainty == Certainty::Sure,
        ParentVerdict::Service(_) | ParentVerdict::Elsewhere => false,
    })
}

fn rules_at<'m>(routes: &[(RouteView<'m>, bool)]) -> Vec<(RuleLite<'m>, bool)> {
    routes.iter().flat_map(|(route, sure)| rules_of(*route).into_iter().map(move |rule| (rule, *sure))).collect()
}

fn entries<'t, 'm>(rules: &'t [(RuleLite<'m>, bool)]) -> Vec<Entry<'t, 'm>> {
    rules.iter().flat_map(|(rule, sure)| rule.matches.iter().map(move |matching| Entry { rule, matching, sure: *sure })).collect()
}

/// The routes of each listener, by the index of its parent and its name, each with whether it is surely attached.
fn attached<'m>(gateway: GatewayView<'m>) -> FxHashMap<(u32, &'m str), Vec<(RouteView<'m>, bool)>> {
    let mut found: FxHashMap<(u32, &'m str), Vec<(RouteView<'m>, bool)>> = FxHashMap::default();
    for parent in gateway.attached_parents() {
        let ParentVerdict::Attached { listeners, sure, .. } = parent.verdict else { continue };
        if !matches!(parent.route.object.kind, Kind::HttpRoute | Kind::GrpcRoute) {
            continue;
        }
        let above = match parent.reference.kind() {
            "Gateway" => Some(gateway.object.ix),
            _ => parent.object().map(|object| object.ix),
        };
        let Some(above) = above else { continue };
        // of two with one name it is not known which one stays
        let one = parent.route.object.is_defined_once();
        for (n, name) in listeners.iter().enumerate() {
            let routes = found.entry((above, name.as_str())).or_default();
            let surely = one && n < *sure;
            match routes.last_mut() {
                Some((last, before)) if last.object == parent.route.object => *before |= surely,
                _ => routes.push((parent.route, surely)),
            }
        }
    }
    found
}

impl GatewayView<'_> {
    /// Whose order of rules holds; none where it is not known who runs it.
    pub(super) fn known_profile(&self) -> Option<Profile> {
        Some(self.profile()).filter(|profile| *profile != Profile::Spec)
    }
}
