//! From a Gateway and its routes to the table.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::collections::hash_map::Entry as MapEntry;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::super::precedence::{HostFit, Key, Profile, Traits, ages};
use super::super::{Certainty, CertificateFault, EffectiveListener, GatewayView, Object, ParentVerdict, RouteView, hosts, protocol_kinds};
use super::backends::{Resolver, Target, Weighted};
use super::tls::{Certificate, client_check, may};
use super::{
    Action, Entry, Failure, Family, Fault, Filters, ListenerTable, ListenerTls, Match, PortTable, RoutingTable, Rule, Stream, VirtualHost,
};
use crate::model::gateway::{
    BackendRef, GrpcBackendRef, GrpcRouteRule, GrpcRouteSpec, HttpBackendRef, HttpRouteMatch, HttpRouteRule, HttpRouteSpec, L4RouteRule,
    TlsMode,
};
use crate::model::{Kind, Spec, Text};
use crate::yaml::At;

/// A route on a listener, with the hosts that both have.
struct Attached<'m> {
    route: RouteView<'m>,
    hosts: Vec<Text>,
}

impl<'m> GatewayView<'m> {
    /// The table by which it answers requests, in the order of a product (or of the text).
    pub fn routing(&self, profile: Profile) -> RoutingTable<'m> {
        self.routing_with(profile, Fault::None)
    }

    /// As [`GatewayView::routing`], with a fault put in.
    #[doc(hidden)]
    pub fn routing_with(&self, profile: Profile, fault: Fault) -> RoutingTable<'m> {
        let mut builder = Builder::new(profile, fault);
        let attachments = attachments(*self);
        let mut ports: BTreeMap<(u16, Family), Vec<EffectiveListener<'m>>> = BTreeMap::new();
        for listener in self.effective_listeners() {
            let port = listener.view.port.and_then(|port| u16::try_from(**port).ok());
            let (Some(port), Some(family), None) = (port, Family::of(listener.view.protocol), listener.conflict) else { continue };
            if may(listener.admitted) {
                ports.entry((port, family)).or_default().push(listener);
            }
        }
        let ports = ports
            .into_iter()
            .map(|((port, family), listeners)| {
                let names: Vec<Option<Text>> = listeners.iter().map(hostname).collect();
                let listeners = listeners.into_iter().zip(&names).map(|(effective, own)| {
                    let key = (effective.parent.ix, (**effective.view.name).clone());
                    let routes = attachments.get(&key).map_or(&[][..], Vec::as_slice);
                    builder.listener(*self, port, family, effective, (own.as_ref(), &names), routes)
                });
                PortTable { port, family, listeners: listeners.collect() }
            })
            .collect();
        let shown = self.spec.tls.as_deref().and_then(|tls| tls.backend.as_deref()).and_then(|b| b.client_certificate_ref.as_ref());
        let client_certificate = match shown {
            Some(reference) => Certificate::referred(self.object, reference).map(Some).ok_or(reference.node()),
            None => Ok(None),
        };
        RoutingTable { gateway: *self, profile, ports, rules: builder.rules, client_certificate, fault }
    }
}

impl<'m> RouteView<'m> {
    /// Its rules, resolved, wherever it attaches.
    pub fn routing_rules(&self) -> Vec<Rule<'m>> {
        rules_of(*self)
    }
}

/// The routes of each listener, by the index of its parent and its name.
fn attachments<'m>(gateway: GatewayView<'m>) -> FxHashMap<(u32, Text), Vec<RouteView<'m>>> {
    let mut found: FxHashMap<(u32, Text), Vec<RouteView<'m>>> = FxHashMap::default();
    for route in gateway.possible_routes() {
        for parent in route.parent_views() {
            let ParentVerdict::Attached { gateway: Some(above), listeners, .. } = parent.verdict else { continue };
            let Some(object) = parent_object(route, parent.reference).filter(|_| *above == gateway.object.ix) else { continue };
            for name in listeners {
                let routes = found.entry((object.ix, name.clone())).or_default();
                if routes.last().is_none_or(|last| last.object != route.object) {
                    routes.push(route);
                }
            }
        }
    }
    found
}

fn parent_object<'m>(route: RouteView<'m>, reference: &crate::model::gateway::ParentRef) -> Option<Object<'m>> {
    let kind = match reference.kind() {
        "Gateway" => Kind::Gateway,
        "ListenerSet" => Kind::ListenerSet,
        "XListenerSet" => Kind::XListenerSet,
        _ => return None,
    };
    route.object.get(kind, &route.object.namespace_or_own(reference.namespace.as_deref()), &reference.name)
}

/// A listener's hostname in lower case; none for every host.
pub(super) fn hostname(listener: &EffectiveListener<'_>) -> Option<Text> {
    let name = listener.view.hostname.map(|host| host.to_ascii_lowercase()).filter(|host| !host.is_empty() && host != "*");
    name.map(Text::from)
}

/// The hosts that a listener and a route both have: of each pair the narrower one (Gateway API: HTTPRouteSpec.hostnames).
pub(super) fn effective_hosts(listener: Option<&Text>, route: RouteView<'_>) -> Vec<Text> {
    if route.hostnames.is_empty() {
        return vec![listener.map_or_else(|| "*".into(), Clone::clone)];
    }
    let mut found = Vec::new();
    for host in route.hostnames {
        let host = Text::from(host.to_ascii_lowercase());
        let both = match listener {
            None => Some(host),
            Some(own) if hosts::covers(own, &host) => Some(host),
            Some(own) if hosts::covers(&host, own) => Some(own.clone()),
            Some(_) => None,
        };
        found.extend(both.filter(|host| !found.contains(host)));
    }
    found
}

/// Which of the listeners of a port a host (perhaps with a wildcard) belongs to: the one with the narrowest hostname.
pub(super) fn owner(listeners: &[Option<Text>], host: &str) -> Option<usize> {
    let covering = listeners.iter().enumerate().filter(|(_, own)| own.as_ref().is_none_or(|own| hosts::covers(own, host)));
    covering.max_by_key(|(n, own)| (HostFit::of(own.as_deref()), Reverse(*n))).map(|(n, _)| n)
}

/// As [`owner`], for many hosts.
#[derive(Default)]
pub(super) struct Owners<'n> {
    exact: FxHashMap<&'n str, usize>,
    /// By what follows the star; nothing does for every host.
    wild: FxHashMap<&'n str, usize>,
}

impl<'n> Owners<'n> {
    pub(super) fn of(listeners: &'n [Option<Text>]) -> Self {
        let mut found = Self::default();
        for (n, own) in listeners.iter().enumerate() {
            let own = own.as_deref().unwrap_or("*");
            match own.strip_prefix('*') {
                Some(ending) => found.wild.entry(ending).or_insert(n),
                None => found.exact.entry(own).or_insert(n),
            };
        }
        found
    }

    /// Which listener a host (perhaps with a wildcard) belongs to.
    pub(super) fn of_host(&self, host: &str) -> Option<usize> {
        let covering = endings(host).chain([""]).find_map(|ending| self.wild.get(ending));
        self.exact.get(host).or(covering).copied()
    }
}

/// Makes tables.
pub(super) struct Builder<'m> {
    pub(super) rules: Vec<Rule<'m>>,
    /// The rules of a route, by its index: each is resolved once.
    of: FxHashMap<u32, std::ops::Range<usize>>,
    profile: Profile,
    fault: Fault,
}

impl VirtualHost {
    /// The greatest key is tried first.
    pub(super) fn sort(&mut self) {
        self.entries.sort_by(|a, b| b.key.cmp(&a.key));
    }
}

/// What a match of a route's rule is compared by; `aged` where all routes of the listener say how old they are.
pub(super) fn traits(route: RouteView<'_>, host: &Text, rule: usize, matching: &Match<'_>, aged: bool) -> Traits {
    Traits {
        host: HostFit::of(Some(host)),
        path: matching.fit,
        written: matching.written(),
        method: matching.method.is_some(),
        headers: matching.headers.len(),
        query: matching.query.len(),
        created: stamp(route).filter(|_| aged).cloned(),
        name: (route.object.namespace().name().unwrap_or_default().into(), route.object.id.name.clone()),
        rule,
        matching: matching.index,
    }
}

/// The match that the API server fills in where a route has no rules: every request.
pub(super) static EVERY: HttpRouteMatch = HttpRouteMatch { path: None, headers: Vec::new(), query_params: Vec::new(), method: None };

impl<'m> Builder<'m> {
    pub(super) fn new(profile: Profile, fault: Fault) -> Self {
        Self { rules: Vec::new(), of: FxHashMap::default(), profile, fault }
    }

    fn listener(
        &mut self,
        gateway: GatewayView<'m>,
        port: u16,
        family: Family,
        effective: EffectiveListener<'m>,
        (own, all): (Option<&Text>, &[Option<Text>]),
        routes: &[RouteView<'m>],
    ) -> ListenerTable<'m> {
        let carried = protocol_kinds(effective.view.protocol).unwrap_or_default();
        let position = all.iter().position(|name| name.as_ref() == own);
        let isolated = self.fault != Fault::IsolationOff && !matches!(family, Family::Tcp | Family::Udp);
        let mine = |host: &Text| !isolated || owner(all, host) == position;
        let (attached, aged, _) = on_listener(own, carried, routes.iter().copied());
        let mut table = ListenerTable {
            effective,
            hostname: own.cloned(),
            tls: listener_tls(gateway, &effective, port),
            hosts: BTreeMap::new(),
            streams: Vec::new(),
            server_names: FxHashMap::default(),
        };
        self.add_all(attached.iter().map(|attached| attached.route));
        for Attached { route, hosts } in attached {
            let rules = self.rules_of(route);
            let http = matches!(route.object.kind, Kind::HttpRoute | Kind::GrpcRoute);
            for host in hosts.into_iter().filter(mine) {
                if http {
                    self.entries(table.hosts.entry(host.clone()).or_default(), route, &host, rules.clone(), aged);
                } else if let Some(rule) = rules.clone().next() {
                    let server_name = Some(host).filter(|host| host != "*");
                    // the oldest route has come first
                    if let MapEntry::Vacant(free) = table.server_names.entry(server_name.clone()) {
                        free.insert(table.streams.len());
                        table.streams.push(Stream { server_name, rule });
                    }
                }
            }
        }
        for host in table.hosts.values_mut() {
            host.sort();
        }
        table
    }

    /// Adds the matches of a route for a host.
    pub(super) fn entries(&self, table: &mut VirtualHost, route: RouteView<'m>, host: &Text, rules: std::ops::Range<usize>, aged: bool) {
        for (number, rule) in rules.clone().zip(self.rules.get(rules).unwrap_or_default()) {
            for (n, matching) in rule.matches.iter().enumerate() {
                let mut traits = traits(route, host, rule.index, matching, aged);
                if self.fault == Fault::HeaderCountIgnored {
                    traits.headers = 0;
                }
                table.entries.push(Entry { rule: number, matching: n, key: Key::of(self.profile, traits) });
            }
        }
    }

    /// The rules of a route, by their places.
    pub(super) fn rules_of(&mut self, route: RouteView<'m>) -> std::ops::Range<usize> {
        match self.of.get(&route.object.ix) {
            Some(range) => range.clone(),
            None => self.add(route, rules_of(route)),
        }
    }

    fn add(&mut self, route: RouteView<'m>, rules: Vec<Rule<'m>>) -> std::ops::Range<usize> {
        let start = self.rules.len();
        self.rules.extend(rules);
        let range = start..self.rules.len();
        self.of.insert(route.object.ix, range.clone());
        range
    }

    /// Resolves the rules of many routes on all cores; each route comes once.
    fn add_all(&mut self, routes: impl Iterator<Item = RouteView<'m>>) {
        /// So many that the last ones are not left to one core.
        const AT_ONCE: usize = 64;
        let new: Vec<RouteView<'m>> = routes.filter(|route| !self.of.contains_key(&route.object.ix)).collect();
        let resolved: Vec<Vec<Rule<'m>>> = new.par_iter().with_max_len(AT_ONCE).map(|route| rules_of(*route)).collect();
        self.rules.reserve(resolved.iter().map(Vec::len).sum());
        for (route, rules) in new.into_iter().zip(resolved) {
            self.add(route, rules);
        }
    }
}

/// The rules of a route, resolved.
fn rules_of(route: RouteView<'_>) -> Vec<Rule<'_>> {
    let resolver = Resolver::of(route);
    match &route.object.resource().spec {
        Spec::HttpRoute(of) => http(route, &of.spec, &resolver),
        Spec::GrpcRoute(of) => grpc(route, &of.spec, &resolver),
        Spec::TlsRoute(of) => stream(route, &of.spec.rules, &resolver),
        Spec::L4Route(of) => stream(route, &of.spec.rules, &resolver),
        _ => Vec::new(),
    }
}

fn http<'m>(route: RouteView<'m>, spec: &'m HttpRouteSpec, resolver: &Resolver<'m>) -> Vec<Rule<'m>> {
    if spec.rules.is_empty() {
        // the API server fills in one rule, which takes everything and has no backend
        let matches = vec![Match::http(0, None, &EVERY)];
        return vec![Rule { matches, ..plain(route, 0, route.object.resource().node, Vec::new()) }];
    }
    let of = |(index, rule): (usize, &'m At<HttpRouteRule>)| {
        let filters = Filters::http(&rule.filters, resolver);
        let backend =
            |b: &'m At<HttpBackendRef>| weighted(b.node(), b.weight(), resolver.target(b.reference()), Filters::http(&b.filters, resolver));
        let nodes = rule.matches.iter().map(|m| Some(m.node())).chain([None]);
        Rule {
            route,
            index,
            node: rule.node(),
            name: rule.name.as_ref(),
            grpc: false,
            matches: nodes.zip(rule.effective_matches()).enumerate().map(|(n, (node, of))| Match::http(n, node, of)).collect(),
            action: action(&filters, rule.backend_refs.iter().map(backend).collect()),
            filters,
            timeouts: rule.timeouts.as_ref().map(|t| &***t),
            retry: rule.retry.as_ref().map(|r| &***r),
            session: rule.session_persistence.as_ref().map(|s| &***s),
        }
    };
    spec.rules.iter().enumerate().map(of).collect()
}

fn grpc<'m>(route: RouteView<'m>, spec: &'m GrpcRouteSpec, resolver: &Resolver<'m>) -> Vec<Rule<'m>> {
    let of = |(index, rule): (usize, &'m At<GrpcRouteRule>)| {
        let filters = Filters::grpc(&rule.filters, resolver);
        let backend =
            |b: &'m At<GrpcBackendRef>| weighted(b.node(), b.weight(), resolver.target(b.reference()), Filters::grpc(&b.filters, resolver));
        let nodes = rule.matches.iter().map(|m| Some(m.node())).chain([None]);
        Rule {
            route,
            index,
            node: rule.node(),
            name: rule.name.as_ref(),
            grpc: true,
            matches: nodes.zip(rule.effective_matches()).enumerate().map(|(n, (node, of))| Match::grpc(n, node, of)).collect(),
            action: action(&filters, rule.backend_refs.iter().map(backend).collect()),
            filters,
            timeouts: None,
            retry: None,
            session: rule.session_persistence.as_ref().map(|s| &***s),
        }
    };
    spec.rules.iter().enumerate().map(of).collect()
}

fn stream<'m>(route: RouteView<'m>, rules: &'m [At<L4RouteRule>], resolver: &Resolver<'m>) -> Vec<Rule<'m>> {
    let of = |(index, rule): (usize, &'m At<L4RouteRule>)| {
        let backend = |b: &'m At<BackendRef>| weighted(b.node(), b.weight(), resolver.target(b.reference()), Filters::default());
        let backends = rule.backend_refs.iter().map(backend).collect();
        Rule { name: rule.name.as_ref(), ..plain(route, index, rule.node(), backends) }
    };
    rules.iter().enumerate().map(of).collect()
}

/// A rule with backends and nothing else.
fn plain<'m>(route: RouteView<'m>, index: usize, node: crate::yaml::NodeId, backends: Vec<Weighted<'m>>) -> Rule<'m> {
    let filters = Filters::default();
    Rule {
        route,
        index,
        node,
        name: None,
        grpc: false,
        matches: Vec::new(),
        action: action(&filters, backends),
        filters,
        timeouts: None,
        retry: None,
        session: None,
    }
}

fn weighted<'m>(node: crate::yaml::NodeId, weight: i64, target: Target<'m>, filters: Filters<'m>) -> Weighted<'m> {
    Weighted { node, weight: u32::try_from(weight.clamp(0, 1_000_000)).unwrap_or_default(), target, filters }
}

fn action<'m>(filters: &Filters<'m>, backends: Vec<Weighted<'m>>) -> Action<'m> {
    if let Some(unsupported) = filters.unsupported {
        return Action::Fail(Failure::Filter(unsupported), backends);
    }
    if let Some(redirect) = filters.redirect {
        return Action::Redirect(redirect);
    }
    let mut counting = backends.iter().filter(|b| b.weight > 0).peekable();
    let failure = if backends.is_empty() {
        Failure::NoBackend
    } else if counting.peek().is_none() {
        Failure::NoWeight
    } else if counting.all(|b| matches!(b.target, Target::Invalid(_))) {
        Failure::AllInvalid
    } else {
        return Action::Forward(backends);
    };
    Action::Fail(failure, backends)
}

fn stamp(route: RouteView<'_>) -> Option<&Text> {
    route.object.resource().meta.creation_timestamp.as_deref()
}

/// The oldest first, then by `namespace/name`.
fn seniority(route: RouteView<'_>, aged: bool) -> (Option<Text>, String) {
    let name = format!("{}/{}", route.object.namespace().name().unwrap_or_default(), route.object.id.name);
    (stamp(route).filter(|_| aged).cloned(), name)
}

/// HTTPRoutes and GRPCRoutes do not share a host of a listener: the route that comes first keeps it, and one of the other
/// kind is left out whole (Gateway API: GRPCRoute, "cross-serving").
fn one_kind_for_each_host<'m>(attached: &mut Vec<Attached<'m>>) -> Vec<(RouteView<'m>, RouteView<'m>)> {
    let (grpc, others) = (Kind::GrpcRoute, Kind::HttpRoute);
    let has = |kind: Kind| attached.iter().any(|a| a.route.object.kind == kind);
    let mut lost = Vec::new();
    if !has(grpc) || !has(others) {
        return lost;
    }
    let (mut http, mut calls): (Keepers<'m>, Keepers<'m>) = (Keepers::default(), Keepers::default());
    attached.retain(|a| {
        let (own, other) = if a.route.object.kind == grpc { (&mut calls, &http) } else { (&mut http, &calls) };
        let winner = a.hosts.iter().filter_map(|host| other.of(host)).min_by_key(|(order, _)| *order);
        match winner {
            Some((_, winner)) => lost.push((a.route, winner)),
            None => a.hosts.iter().for_each(|host| own.keep(host, a.route)),
        }
        winner.is_none()
    });
    lost
}

/// The first routes of one kind to keep hosts of a listener, found without looking at all of them.
#[derive(Default)]
struct Keepers<'m> {
    /// By host; a wildcard by what follows its star.
    exact: FxHashMap<Text, (usize, RouteView<'m>)>,
    wild: FxHashMap<Text, (usize, RouteView<'m>)>,
    /// By what hosts end with: each with the first host below it.
    below: FxHashMap<Text, (usize, RouteView<'m>)>,
    /// The first of all.
    first: Option<(usize, RouteView<'m>)>,
    /// The first that takes every host.
    every: Option<(usize, RouteView<'m>)>,
    count: usize,
}

/// What a host ends with, from the longest: `.b.c` and `.c` of `a.b.c` and of `*.b.c`.
pub(super) fn endings(host: &str) -> impl Iterator<Item = &str> {
    host.char_indices().filter(|(_, c)| *c == '.').filter_map(|(at, _)| host.get(at..))
}

impl<'m> Keepers<'m> {
    fn keep(&mut self, host: &Text, route: RouteView<'m>) {
        let entry = (self.count, route);
        self.count += 1;
        self.first.get_or_insert(entry);
        if host == "*" {
            self.every.get_or_insert(entry);
            return;
        }
        match host.strip_prefix('*') {
            Some(ending) => self.wild.entry(ending.into()).or_insert(entry),
            None => self.exact.entry(host.clone()).or_insert(entry),
        };
        for ending in endings(host) {
            self.below.entry(ending.into()).or_insert(entry);
        }
    }

    /// The first route with a host that some request has in common with this one.
    fn of(&self, host: &str) -> Option<(usize, RouteView<'m>)> {
        if host == "*" {
            return self.first;
        }
        let covered = match host.strip_prefix('*') {
            Some(ending) => self.below.get(ending),
            None => self.exact.get(host),
        };
        let covering = endings(host).filter_map(|ending| self.wild.get(ending));
        covering.chain(covered).chain(&self.every).copied().min_by_key(|(order, _)| *order)
    }
}

/// The routes of a listener with their hosts, the oldest first; whether their ages count; and those that are left out, each
/// with the route that keeps the host.
fn on_listener<'m>(
    own: Option<&Text>,
    carried: &[Kind],
    routes: impl Iterator<Item = RouteView<'m>>,
) -> (Vec<Attached<'m>>, bool, Vec<(RouteView<'m>, RouteView<'m>)>) {
    let mut attached: Vec<Attached<'m>> = routes
        .filter(|route| carried.contains(&route.object.kind))
        .map(|route| Attached { route, hosts: effective_hosts(own, route) })
        .collect();
    let aged = ages(attached.iter().map(|a| stamp(a.route)));
    attached.sort_by_cached_key(|a| seniority(a.route, aged));
    let lost = one_kind_for_each_host(&mut attached);
    (attached, aged, lost)
}

impl<'m> EffectiveListener<'m> {
    /// Of its routes, those that are left out whole because a route of the other kind keeps the host, with that route.
    pub fn crossed(&self, routes: impl Iterator<Item = RouteView<'m>>) -> Vec<(RouteView<'m>, RouteView<'m>)> {
        on_listener(hostname(self).as_ref(), protocol_kinds(self.view.protocol).unwrap_or_default(), routes).2
    }
}

fn listener_tls<'m>(gateway: GatewayView<'m>, effective: &EffectiveListener<'m>, port: u16) -> Option<ListenerTls<'m>> {
    let protocol = &***effective.view.protocol;
    if !matches!(protocol, "HTTPS" | "TLS") {
        return None;
    }
    if protocol == "TLS" && effective.view.tls.is_some_and(|tls| tls.mode() == TlsMode::Passthrough) {
        return Some(ListenerTls::Passthrough);
    }
    let references = effective.view.tls.map_or(&[][..], |tls| &tls.certificate_refs);
    let certificates = references.iter().filter_map(|reference| Certificate::referred(effective.parent, reference)).collect();
    let clients = client_check(gateway.object, gateway.spec, port);
    let perhaps = |(_, fault): (_, CertificateFault)| matches!(fault, CertificateFault::Missing(certainty) if certainty < Certainty::Sure);
    let unseen = effective.certificate_faults().into_iter().any(perhaps);
    Some(ListenerTls::Terminate { certificates, unseen, clients })
}
