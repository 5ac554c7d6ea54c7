//! From the gateway, or from a workload, to the pods.

use super::arrive::at_proxy;
use super::pods::{Behind, Turn, choose, east_west, has_outlier_detection};
use super::{
    Because, Broken, Destination, End, Failover, Lost, Party, Request, Start, Step, Transport, Walk, WalkedPast, WhatIf, apply, pick,
};
use crate::mesh::enrolment::Capture;
use crate::mesh::facts::Fact;
use crate::mesh::global::{GlobalHost, GlobalScope};
use crate::mesh::identity::Identity;
use crate::mesh::mtls::MtlsMode;
use crate::mesh::pods::PodFacts;
use crate::mesh::policy::{Asked, Hop};
use crate::mesh::precedence::Profile;
use crate::mesh::routes::GatewayView;
use crate::mesh::services::ServiceView;
use crate::mesh::waypoint::{Binding, Unfit};
use crate::mesh::{Mesh, Object};
use crate::model::{Kind, Spec};

/// How the sender of a leg speaks, and who it is.
#[derive(Clone, Debug)]
struct Sender<'m> {
    party: Party<'m>,
    transport: Transport,
    identity: Fact<Option<Identity>>,
}

/// A way that is being walked.
struct Walker<'w, 'm> {
    mesh: &'m Mesh,
    start: &'w Start<'m>,
    what_if: &'w WhatIf,
    request: Request,
    steps: Vec<Step<'m>>,
    waypoint: Option<GatewayView<'m>>,
}

/// What keeps a walk from going on.
type Stop<'m> = End<'m>;

impl Mesh {
    /// Walks from the gateway or a client in the mesh to a destination.
    pub fn walk<'m>(&'m self, start: &Start<'m>, to: Destination<'m>, request: &Request, what_if: &WhatIf) -> Walk<'m> {
        let mut walker = Walker { mesh: self, start, what_if, request: request.clone(), steps: Vec::new(), waypoint: None };
        let end = match walker.go(to) {
            Ok(end) | Err(end) => end,
        };
        Walk { steps: walker.steps, end, waypoint: walker.waypoint.map(|w| w.object), request: walker.request }
    }
}

impl<'m> Start<'m> {
    fn object(&self) -> Object<'m> {
        match self {
            Self::Gateway(gateway) => gateway.object,
            Self::Caller(caller) => caller.at,
        }
    }

    fn party(&self) -> Party<'m> {
        match self {
            Self::Gateway(gateway) => Party::Proxy(gateway.object),
            Self::Caller(_) => Party::Caller,
        }
    }

    /// How it sends: kgateway leaves the tunnel to ztunnel, Istio's own gateway makes it itself.
    fn sender(&self) -> Sender<'m> {
        let (capture, identity) = match self {
            Self::Gateway(gateway) => {
                let identity = gateway.identity().map_or(Fact::Unknown, |identity| Fact::Known(Some(identity)));
                let capture = match gateway.product {
                    crate::mesh::Product::Istio => Capture::Captured,
                    product if product.needs_capture() => gateway.pods().capture(),
                    _ => Capture::Unknown,
                };
                (capture, identity)
            }
            Self::Caller(caller) => {
                (caller.pods.as_ref().map_or(Capture::Unknown, PodFacts::capture), Fact::Known(Some(caller.identity.clone())))
            }
        };
        let (transport, identity) = match capture {
            Capture::Captured => (Transport::Hbone, identity),
            Capture::Not(_) => (Transport::Plaintext, Fact::Known(None)),
            Capture::Unknown => (Transport::Unknown, Fact::Unknown),
        };
        Sender { party: self.party(), transport, identity }
    }
}

impl<'m> Walker<'_, 'm> {
    fn say(&mut self, text: impl Into<String>) {
        self.steps.push(Step::Unsaid(text.into()));
    }

    fn answer(&self, by: Party<'m>, status: u16, because: Because) -> Stop<'m> {
        End::Answer { by, status, location: None, because }
    }

    fn go(&mut self, to: Destination<'m>) -> Result<End<'m>, Stop<'m>> {
        if let Start::Caller(caller) = self.start {
            let capture = caller.pods.as_ref().map_or(Capture::Unknown, PodFacts::capture);
            self.steps.push(Step::Capture { object: caller.at, capture, bypassed: false });
        }
        let sender = self.start.sender();
        let (services, number) = self.services(to)?;
        let home = self.start.object().cluster();
        let own = services.iter().find(|s| s.object.cluster() == home).copied();
        // bound is what stands in the cluster that the request is in
        let passed = match own {
            Some(own) => self.through_waypoint(own, number, &sender)?,
            None => None,
        };
        match passed {
            None => self.to_pods(&services, number, &sender, None),
            Some((waypoint, own)) => {
                let identity = waypoint.identity().map_or(Fact::Unknown, |id| Fact::Known(Some(id)));
                let sender = Sender { party: Party::Proxy(waypoint.object), transport: Transport::Hbone, identity };
                let (services, number) = match self.at_waypoint(waypoint, own, number)? {
                    None => (services, number),
                    Some(to) => self.services(to)?,
                };
                self.to_pods(&services, number, &sender, Some(waypoint))
            }
        }
    }

    /// The Services that a destination means, one for each cluster, the own one first, and the port.
    fn services(&mut self, to: Destination<'m>) -> Result<(Vec<ServiceView<'m>>, i64), Stop<'m>> {
        let by = self.waypoint.map_or(self.start.party(), |w| Party::Proxy(w.object));
        let (services, port) = match to {
            Destination::Service(service, port) => (self.of_local_host(service), port),
            Destination::Global(host, port) => (self.of_global_host(&host)?, port),
            Destination::Nowhere(broken) => {
                let sure = !matches!(broken, Broken::Missing(c) | Broken::NotGranted(c) if c == crate::mesh::Certainty::Possible);
                return Err(if sure { self.answer(by, 500, Because::Broken(broken)) } else { End::Unknown(Because::Outside) });
            }
            Destination::Outside(name) => {
                self.say(format!("`{name}` is not in the input"));
                return Err(End::Unknown(Because::Outside));
            }
        };
        let Some(number) = port else { return Err(self.answer(by, 500, Because::Broken(Broken::Port))) };
        Ok((services, number))
    }

    /// The Services behind the name that a Service has in its cluster. Takeover joins those of other clusters for clients in
    /// the mesh, and does nothing for ingress.
    fn of_local_host(&mut self, service: ServiceView<'m>) -> Vec<ServiceView<'m>> {
        let mut found = vec![service];
        let Fact::Known(Some(label)) = service.takeover() else { return found };
        match self.start {
            Start::Gateway(_) => self.steps.push(Step::TakeoverIdle { service: service.object, label: label.node }),
            Start::Caller(_) if service.is_global() => {
                found.extend(service.elsewhere().into_iter().filter(ServiceView::is_global));
                let host = service.global_host().known().flatten().unwrap_or_default();
                self.steps.push(Step::Global { host, services: found.iter().map(|s| s.object).collect() });
            }
            Start::Caller(_) => {}
        }
        found
    }

    fn of_global_host(&mut self, host: &GlobalHost) -> Result<Vec<ServiceView<'m>>, Stop<'m>> {
        let start = self.start.object();
        let (here, home) = (start.segment(), start.cluster());
        let mut unknown = false;
        let mut found: Vec<ServiceView<'m>> = Vec::new();
        for owner in host.owners(self.mesh) {
            let (Fact::Known((scope, _)), Fact::Known(segment)) = (owner.scope(), owner.object.segment()) else {
                unknown = true;
                continue;
            };
            let reached = match (&here, scope) {
                (_, GlobalScope::Cluster | GlobalScope::Invalid) => false,
                (_, GlobalScope::Global) => true,
                (Fact::Known(here), GlobalScope::Segment) => here.name == segment.name,
                (Fact::Unknown, GlobalScope::Segment) => {
                    unknown = true;
                    false
                }
            };
            // the host of another segment's domain is another host
            if reached && segment.domain.eq_ignore_ascii_case(&host.domain) {
                found.push(owner);
            }
        }
        found.sort_by_key(|s| (s.object.cluster() != home, s.object.cluster()));
        if found.is_empty() {
            if unknown || !self.mesh.settings().complete && host.owners(self.mesh).next().is_none() {
                self.say(format!("which Services stand behind `{}.{}.{}` is not in the input", host.service, host.namespace, host.domain));
                return Err(End::Unknown(Because::Outside));
            }
            return Err(self.answer(self.start.party(), 500, Because::Broken(Broken::NotGlobal)));
        }
        let name = format!("{}.{}.{}", host.service, host.namespace, host.domain);
        self.steps.push(Step::Global { host: name, services: found.iter().map(|s| s.object).collect() });
        Ok(found)
    }

    /// Whether the request passes the Service's waypoint; what its policies do with it there.
    fn through_waypoint(
        &mut self,
        service: ServiceView<'m>,
        port: i64,
        sender: &Sender<'m>,
    ) -> Result<Option<(GatewayView<'m>, ServiceView<'m>)>, Stop<'m>> {
        let waypoint = match service.binding() {
            Binding::Bound { gateway, .. } => gateway,
            Binding::Unlabelled | Binding::OptedOut(_) => return Ok(None),
            Binding::Misspelt => {
                self.say(format!("a label that means a waypoint for `{}` is misspelt; nothing reads it", service.object.id));
                return Ok(None);
            }
            Binding::Refused { gateway, because: Unfit::NotWaypoint, .. } => {
                self.say(format!("`{}` is named as a waypoint and is none", gateway.object.id));
                return Ok(None);
            }
            Binding::Refused { label, .. } => {
                self.steps.push(Step::NoWaypoint { service: service.object, name: label.value.into() });
                return Ok(None);
            }
            Binding::Missing(label, missing) if missing.certainty != crate::mesh::Certainty::Possible => {
                self.steps.push(Step::NoWaypoint { service: service.object, name: label.value.into() });
                return Ok(None);
            }
            Binding::Missing(label, _) | Binding::Automatic(label) => {
                self.say(format!("waypoint `{}` is not in the input: what it does with the request is not known", label.value));
                return Ok(None);
            }
            Binding::Unknown => {
                self.say(format!("whether `{}` has a waypoint is not in the input", service.object.id));
                return Ok(None);
            }
        };
        if let Some(because) = self.walks_past(service, sender)? {
            let lost = match self.start {
                Start::Gateway(ingress) => service.carried(waypoint, *ingress),
                Start::Caller(_) => Vec::new(),
            };
            self.steps.push(Step::Past { service: service.object, waypoint: waypoint.object, because, lost });
            return Ok(None);
        }
        let at = Party::Proxy(waypoint.object);
        self.leg(sender, at);
        self.steps.push(Step::Waypoint { service: service.object, waypoint: waypoint.object });
        self.waypoint = Some(waypoint);
        // what the waypoint takes for the client's address hangs on trusted hops
        let seen = Request { client: None, ..self.request.clone() };
        let asked = Asked { identity: sender.identity.clone(), source: None, port: Some(port), request: &seen, token: Fact::Known(None) };
        match at_proxy(&Hop::Waypoint(waypoint, Some(service)), at, asked, &mut self.steps) {
            Some(end) => Err(end),
            None => Ok(Some((waypoint, service))),
        }
    }

    fn walks_past(&mut self, service: ServiceView<'m>, sender: &Sender<'m>) -> Result<Option<WalkedPast>, Stop<'m>> {
        if !service.has_vip() {
            return Ok(Some(WalkedPast::NoVip));
        }
        let told = match self.start {
            Start::Gateway(ingress) => service.ingress_passes_waypoint(*ingress),
            Start::Caller(_) => Fact::Known(true),
        };
        match (told, sender.transport) {
            (Fact::Known(false), _) => Ok(Some(WalkedPast::NotTold)),
            (Fact::Known(true), Transport::Plaintext) => Ok(Some(WalkedPast::GatewayOutside)),
            (Fact::Known(true), Transport::Hbone) => Ok(None),
            (Fact::Unknown, _) | (_, Transport::Unknown) => {
                self.say("whether the request passes the waypoint is not in the input");
                Err(End::Unknown(Because::Files))
            }
        }
    }

    fn leg(&mut self, sender: &Sender<'m>, to: Party<'m>) {
        let step = Step::Leg { from: sender.party, to, transport: sender.transport, identity: sender.identity.clone() };
        self.steps.push(step);
    }

    /// What the routes of a Service do at its waypoint: another destination, or none when there are no routes.
    fn at_waypoint(&mut self, waypoint: GatewayView<'m>, service: ServiceView<'m>, port: i64) -> Result<Option<Destination<'m>>, Stop<'m>> {
        let routes = service.governing(port);
        let by = Party::Proxy(waypoint.object);
        if routes.iter().any(|route| route.object.kind == Kind::GrpcRoute) {
            self.say("a GRPCRoute governs the Service: only HTTPRoutes are followed here");
            return Err(End::Unknown(Because::Files));
        }
        let routes: Vec<_> =
            routes.into_iter().filter(|r| matches!(r.object.resource().spec, Spec::HttpRoute(_))).map(|r| (r, None)).collect();
        if routes.is_empty() {
            return Ok(None);
        }
        let candidates = pick(&routes, &self.request, Profile::of(waypoint.product));
        let winner = candidates.iter().find(|c| c.lost.is_none()).cloned();
        let unread = candidates.iter().any(|c| c.lost == Some(Lost::Pattern));
        self.steps.push(Step::Routed { at: waypoint.object, service: service.object, candidates });
        let Some(winner) = winner else {
            return Err(if unread { End::Unknown(Because::Files) } else { self.answer(by, 404, Because::NoRule) });
        };
        self.act(by, &winner, port).map(Some)
    }

    /// Carries out a rule: filters, then one of its backends.
    fn act(&mut self, by: Party<'m>, winner: &super::Candidate<'m>, port: i64) -> Result<Destination<'m>, Stop<'m>> {
        let (applied, redirect) = apply(&winner.spec.filters, winner.prefix, port, &mut self.request);
        if !applied.is_empty() {
            self.steps.push(Step::Filtered(applied));
        }
        if let Some(redirect) = redirect {
            let status = u16::try_from(redirect.status).unwrap_or(302);
            return Err(End::Answer { by, status, location: Some(redirect.location), because: Because::Redirect });
        }
        let backends = winner.backends();
        let sum: i64 = backends.iter().map(|b| b.reference.weight().max(0)).sum();
        // of several backends the heaviest one is followed; what the others get is said
        let heaviest = backends.iter().max_by_key(|b| (b.reference.weight(), std::cmp::Reverse(b.reference.node))).copied();
        let Some(backend) = heaviest.filter(|_| sum > 0) else { return Err(self.answer(by, 500, Because::NoBackends)) };
        if backends.len() > 1 {
            self.steps.push(Step::Share { name: (**backend.name()).clone(), weight: backend.reference.weight(), of: sum });
        }
        Ok(Destination::of(&backend))
    }

    fn to_pods(
        &mut self,
        services: &[ServiceView<'m>],
        number: i64,
        sender: &Sender<'m>,
        waypoint: Option<GatewayView<'m>>,
    ) -> Result<End<'m>, Stop<'m>> {
        let home = self.start.object().cluster();
        let behind: Vec<Behind<'m>> = services.iter().filter_map(|s| Some(Behind::of(*s, s.port(number)?, self.what_if))).collect();
        let by = sender.party;
        if behind.is_empty() {
            if services.iter().all(|s| s.ports().is_empty()) {
                return Err(End::Unknown(Because::Files));
            }
            return Err(self.answer(by, 500, Because::Broken(Broken::Port)));
        }
        for one in &behind {
            let pods = one.workloads.iter().map(|(_, answerer)| answerer.clone()).collect();
            self.steps.push(Step::Pods { service: one.service.object, port: one.port, pods });
        }
        let failover = self.failover(services, waypoint);
        let chosen = match choose(&behind, home, failover) {
            Turn::Of(at) => behind.get(at),
            Turn::Nobody(because) => return Err(self.nobody(by, because, &behind)),
        };
        let Some(chosen) = chosen else { return Err(End::Unknown(Because::Files)) };
        let service = chosen.service;
        if service.object.cluster() != home {
            let through = east_west(service.object);
            self.steps.push(Step::OtherCluster { service: service.object, failover, through });
            if through.is_none() {
                self.say("the input has no east-west gateway of that cluster: whether it is reached from here is not known");
            }
            if sender.transport == Transport::Plaintext {
                self.say("other clusters are reached in the mesh only, and the sender is not in it");
                return Err(self.answer(by, 503, Because::NoPods));
            }
        }
        self.knock(chosen, sender)
    }

    /// Ready, or not: whether files can tell what comes of that.
    fn nobody(&mut self, by: Party<'m>, because: Because, behind: &[Behind<'m>]) -> Stop<'m> {
        if because == Because::NotReady && behind.len() > 1 && matches!(self.start, Start::Gateway(_)) {
            self.say("pods that are not ready keep ingress in this cluster; other clusters are asked when there is no endpoint at all");
        }
        self.answer(by, 503, because)
    }

    /// What makes the request go to another cluster.
    fn failover(&self, services: &[ServiceView<'m>], waypoint: Option<GatewayView<'m>>) -> Failover {
        let own = services.first();
        match (waypoint, self.start) {
            _ if services.len() < 2 => Failover::Never,
            (Some(waypoint), _) if own.is_some_and(|own| has_outlier_detection(*own, waypoint)) => Failover::WithoutReady,
            (_, Start::Caller(_)) => Failover::WithoutReady,
            // Istio's own gateway chooses among pods, not among addresses of Services
            (None, Start::Gateway(g)) if !g.product.needs_capture() => Failover::WithoutReady,
            (_, Start::Gateway(_)) => Failover::WithoutEndpoints,
        }
    }

    /// The last leg: what the ztunnel before the pods does.
    fn knock(&mut self, chosen: &Behind<'m>, sender: &Sender<'m>) -> Result<End<'m>, Stop<'m>> {
        let service = chosen.service;
        let reached = End::Reached { service: service.object, port: *chosen.port.port };
        let unseen = [(PodFacts::unseen(service.object), chosen.target())];
        let seen: Vec<_> = chosen.workloads.iter().filter(|(_, a)| a.state == super::PodState::Up && a.port.is_some()).collect();
        let pods: Vec<(&PodFacts<'m>, Option<i64>)> =
            if seen.is_empty() { unseen.iter().map(|(p, t)| (p, *t)).collect() } else { seen.iter().map(|(p, a)| (p, a.port)).collect() };
        if chosen.workloads.is_empty() {
            self.say(format!("the input shows no pods behind `{}`", service.object.id));
        }
        let ends: Vec<Result<(), Stop<'m>>> = pods.into_iter().map(|(pods, port)| self.at_pods(pods, port, sender)).collect();
        if ends.iter().any(Result::is_ok) {
            if ends.iter().any(Result::is_err) {
                self.say("only some of the workloads behind the Service take the request");
            }
            return Ok(reached);
        }
        let unknown = ends.iter().flat_map(|end| end.as_ref().err()).find(|end| matches!(end, End::Unknown(_))).cloned();
        Err(unknown.or_else(|| ends.into_iter().find_map(Result::err)).unwrap_or(End::Unknown(Because::Files)))
    }

    fn at_pods(&mut self, pods: &PodFacts<'m>, port: Option<i64>, sender: &Sender<'m>) -> Result<(), Stop<'m>> {
        let at = Party::Ztunnel(pods.owner);
        let captured = pods.capture();
        let transport = match (sender.transport, captured) {
            (_, Capture::Not(_)) => Transport::Plaintext,
            (Transport::Hbone, Capture::Captured) => Transport::Hbone,
            (Transport::Plaintext, _) => Transport::Plaintext,
            _ => Transport::Unknown,
        };
        let identity = match transport {
            Transport::Hbone => sender.identity.clone(),
            Transport::Plaintext => Fact::Known(None),
            Transport::Unknown => Fact::Unknown,
        };
        self.leg(&Sender { transport, identity: identity.clone(), ..sender.clone() }, at);
        if !matches!(captured, Capture::Captured) || pods.is_bypassed() {
            if pods.have_policies() {
                self.say(format!("policies on the pods of `{}` are not enforced: no ztunnel stands before them", pods.owner.id));
            }
            return Ok(());
        }
        // the proxy before sees the connection closed, and answers for it
        let refused = |because| End::Answer { by: sender.party, status: 503, location: None, because };
        if transport == Transport::Plaintext {
            match pods.mtls(port) {
                Fact::Known(mode) if mode.mode == MtlsMode::Strict => {
                    self.steps.push(Step::Strict { at, mode });
                    return Err(refused(Because::Strict));
                }
                Fact::Known(_) => {}
                Fact::Unknown => return Err(End::Unknown(Because::Strict)),
            }
        }
        let asked = Asked { identity, source: None, port, request: &self.request, token: Fact::Known(None) };
        let decision = Hop::Ztunnel(pods).decide(&asked);
        let allows = decision.allows();
        if !decision.policies.is_empty() {
            self.steps.push(Step::Policies { at, decision });
        }
        match allows {
            Fact::Known(true) => Ok(()),
            Fact::Known(false) => Err(refused(Because::Policy)),
            Fact::Unknown => Err(End::Unknown(Because::Policy)),
        }
    }
}

impl<'m> super::Candidate<'m> {
    /// The backends of its rule, without those that only get copies.
    pub fn backends(&self) -> Vec<crate::mesh::Backend<'m>> {
        let own: Vec<_> = self.spec.backend_refs.iter().map(|b| b.name.node()).collect();
        self.route.backends().into_iter().filter(|b| !b.mirror && own.contains(&b.name().node())).collect()
    }
}

impl<'m> ServiceView<'m> {
    /// The routes that its waypoint follows for a port: those whose parent is the Service, in its own namespace. One in
    /// another namespace speaks for the clients there only.
    pub fn governing(&self, port: i64) -> Vec<crate::mesh::RouteView<'m>> {
        let routes = crate::mesh::routes::ROUTES.into_iter().flat_map(|kind| self.object.neighbours(kind, self.object.namespace()));
        let here = |route: &crate::mesh::RouteView<'m>| {
            let mut parents = route.service_parents();
            parents.any(|(reference, service)| service == self.object && reference.port.as_ref().is_none_or(|own| **own == port))
        };
        routes.filter_map(crate::mesh::RouteView::of).filter(here).collect()
    }
}
