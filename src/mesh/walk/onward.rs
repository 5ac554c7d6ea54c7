//! From the gateway, or from a workload, to the pods.

use super::Caller;
use super::arrive::at_proxy;
use super::pods::{Behind, Turn, choose, east_west, has_outlier_detection};
use super::rule::candidates;
use super::{Because, Destination, End, Failover, Party, Start, Step, Tables, Transport, Walk, WalkedPast, WhatIf};
use crate::mesh::enrolment::Capture;
use crate::mesh::facts::Fact;
use crate::mesh::global::{GlobalHost, GlobalScope};
use crate::mesh::identity::Identity;
use crate::mesh::mtls::MtlsMode;
use crate::mesh::pods::PodFacts;
use crate::mesh::policy::{Asked, Hop};
use crate::mesh::routes::GatewayView;
use crate::mesh::services::ServiceView;
use crate::mesh::waypoint::{Binding, Unfit};
use crate::mesh::{Mesh, Object, Request};
use crate::model::Kind;

/// How the sender of a leg speaks, and who it is.
#[derive(Clone, Debug)]
struct Sender<'m> {
    party: Party<'m>,
    transport: Transport,
    identity: Fact<Option<Identity>>,
}

/// An answer of a proxy by itself.
pub(super) fn answer(by: Party<'_>, status: u16, because: Because) -> Stop<'_> {
    End::Answer { by, status, location: None, because }
}

/// A way that is being walked.
pub(super) struct Walker<'w, 'm> {
    mesh: &'m Mesh,
    start: &'w Start<'m>,
    what_if: &'w WhatIf,
    tables: &'w Tables<'m>,
    pub(super) request: Request,
    pub(super) steps: Vec<Step<'m>>,
    waypoint: Option<GatewayView<'m>>,
    /// Whether the matches that were looked at are left out.
    pub(super) brief: bool,
    pub(super) doubtful: bool,
    /// Whether no proxy on the way can read requests.
    pub(super) opaque: bool,
}

/// What keeps a walk from going on.
pub(super) type Stop<'m> = End<'m>;

/// A request and what is supposed of the mesh.
#[derive(Clone, Copy, Debug)]
pub struct Asking<'r> {
    /// The request.
    pub request: &'r Request,
    /// What is supposed of pods.
    pub what_if: &'r WhatIf,
    /// Whether the matches that were looked at are left out: it is faster without.
    pub brief: bool,
}

impl<'m> Tables<'m> {
    /// The way of a request that comes in at a Gateway; from outside the mesh, without a caller.
    pub fn walk_in(&self, gateway: GatewayView<'m>, caller: Option<&Caller<'m>>, asking: Asking<'_>) -> Walk<'m> {
        let start = Start::Gateway(gateway);
        let mut walker = Walker::new(gateway.object.mesh(), &start, self, asking);
        let end = walker.come_in(gateway, caller).unwrap_or_else(|end| end);
        walker.finish(end)
    }

    /// The way of a request from a client in the mesh to a Service or host there, past all gateways.
    pub fn walk_across(&self, caller: &Caller<'m>, asking: Asking<'_>) -> Walk<'m> {
        let start = Start::Caller(Box::new(caller.clone()));
        let mesh = caller.at.mesh();
        let mut walker = Walker::new(mesh, &start, self, asking);
        let to = mesh.destination_of_host(caller, &asking.request.host, asking.request.port.into());
        let end = walker.go(to).unwrap_or_else(|end| end);
        walker.finish(end)
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

impl<'w, 'm> Walker<'w, 'm> {
    fn new(mesh: &'m Mesh, start: &'w Start<'m>, tables: &'w Tables<'m>, asking: Asking<'w>) -> Self {
        let Asking { request, what_if, brief } = asking;
        let (request, steps) = (request.clone(), Vec::new());
        Self { mesh, start, what_if, tables, request, steps, waypoint: None, brief, doubtful: false, opaque: false }
    }

    fn finish(self, end: End<'m>) -> Walk<'m> {
        let Self { steps, request, waypoint, doubtful, .. } = self;
        Walk { steps, end, waypoint: waypoint.map(|w| w.object), request, doubtful }
    }
}

impl<'m> Walker<'_, 'm> {
    fn come_in(&mut self, gateway: GatewayView<'m>, caller: Option<&Caller<'m>>) -> Result<End<'m>, Stop<'m>> {
        let table = self.tables.of(gateway);
        if table.ports.iter().all(|port| port.port != self.request.port) {
            let ports: Vec<String> = table.ports.iter().map(|port| port.port.to_string()).collect();
            self.say(format!(
                "the ports of {} are {}",
                gateway.object.id,
                if ports.is_empty() { "none".to_owned() } else { ports.join(", ") }
            ));
            return Err(End::Closed { by: Party::Proxy(gateway.object), because: Because::NoPort });
        }
        let (steps, end) = gateway.arrive(caller, &self.request, self.request.port.into());
        self.steps.extend(steps);
        if let Some(end) = end {
            return Err(end);
        }
        let to = self.at_gateway(gateway, &table)?;
        self.go(to)
    }

    pub(super) fn say(&mut self, text: impl Into<String>) {
        self.steps.push(Step::Unsaid(text.into()));
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
            None => self.onto_pods(&services, number, &sender, None),
            Some((waypoint, own)) => {
                let identity = waypoint.identity().map_or(Fact::Unknown, |id| Fact::Known(Some(id)));
                let sender = Sender { party: Party::Proxy(waypoint.object), transport: Transport::Hbone, identity };
                let (services, number) = match self.at_waypoint(waypoint, own, number)? {
                    None => (services, number),
                    Some(to) => self.services(to)?,
                };
                self.onto_pods(&services, number, &sender, Some(waypoint))
            }
        }
    }

    /// The Services that a destination means, one for each cluster, the own one first, and the port.
    fn services(&mut self, to: Destination<'m>) -> Result<(Vec<ServiceView<'m>>, i64), Stop<'m>> {
        let by = self.waypoint.map_or(self.start.party(), |w| Party::Proxy(w.object));
        match to {
            Destination::Service(service, port) => Ok((self.of_local_host(service), port)),
            Destination::Global(host, port) => Ok((self.of_global_host(&host)?, port)),
            Destination::Nowhere(invalid) => Err(answer(by, 500, Because::Invalid(invalid))),
            Destination::Entry(entry, host) => {
                self.say(format!("`{host}` is a host of {}: what stands behind that is not followed here", entry.id));
                Err(End::Unknown(Because::Outside))
            }
            Destination::Outside(name) => {
                self.say(format!("`{name}` is not in the input"));
                Err(End::Unknown(Because::Outside))
            }
        }
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
            return Err(answer(self.start.party(), 500, Because::NotGlobal));
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
                self.say(format!("a label that means a waypoint for {} is misspelt; nothing reads it", service.object.id));
                return Ok(None);
            }
            Binding::Refused { gateway, because: Unfit::NotWaypoint, .. } => {
                self.say(format!("{} is named as a waypoint and is none", gateway.object.id));
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
                self.unseen_waypoint(service, format!("waypoint `{}` of {} is not in the input", label.value, service.object.id));
                return Ok(None);
            }
            Binding::Unknown => {
                self.unseen_waypoint(service, format!("whether {} has a waypoint is not in the input", service.object.id));
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

    /// What a waypoint does that the input does not show is not known, if the request passes it.
    fn unseen_waypoint(&mut self, service: ServiceView<'m>, what: String) {
        let told = match self.start {
            Start::Gateway(ingress) => service.ingress_passes_waypoint(*ingress),
            Start::Caller(_) => Fact::Known(true),
        };
        if told == Fact::Known(false) || !service.has_vip() {
            return;
        }
        self.doubtful = true;
        self.say(what);
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
        let (at, by) = (waypoint.object, Party::Proxy(waypoint.object));
        let streams = service.governing(port).iter().any(|r| !matches!(r.object.kind, Kind::HttpRoute | Kind::GrpcRoute));
        let routes = self.tables.at_waypoint(waypoint, service, port);
        if streams && routes.is_none() || self.opaque && routes.is_some() {
            self.say(format!(
                "what the routes of {} do with bytes that no proxy reads requests of is not followed here",
                service.object.id
            ));
            return Err(End::Unknown(Because::Files));
        }
        let Some(routes) = routes else { return Ok(None) };
        if !self.brief {
            let candidates = candidates(routes.tried(&self.request));
            self.steps.push(Step::Routed { at, service: Some(service.object), candidates });
        }
        let Some((rule, matching)) = routes.answer(&self.request) else {
            let unread = routes.tried(&self.request).any(|tried| tried.matching.patterns().any(|(_, pattern)| !pattern.is_valid()));
            return Err(if unread { End::Unknown(Because::Files) } else { answer(by, 404, Because::NoRule) });
        };
        let port = u16::try_from(port).unwrap_or_default();
        self.act(at, rule, matching.prefix(), port).map(Some)
    }

    fn onto_pods(
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
            return Err(answer(by, 500, Because::Port));
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
                return Err(answer(by, 503, Because::NoPods));
            }
        }
        self.knock(chosen, sender)
    }

    /// Ready, or not: whether files can tell what comes of that.
    fn nobody(&mut self, by: Party<'m>, because: Because, behind: &[Behind<'m>]) -> Stop<'m> {
        if because == Because::NotReady && behind.len() > 1 && matches!(self.start, Start::Gateway(_)) {
            self.say("pods that are not ready keep ingress in this cluster; other clusters are asked when there is no endpoint at all");
        }
        answer(by, 503, because)
    }

    /// What makes the request go to another cluster.
    fn failover(&self, services: &[ServiceView<'m>], waypoint: Option<GatewayView<'m>>) -> Failover {
        let home = self.start.object().cluster();
        let own = services.first().filter(|own| own.object.cluster() == home);
        match (waypoint, self.start) {
            _ if services.iter().all(|service| service.object.cluster() == home) => Failover::Never,
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
            self.say(format!("the input shows no pods behind {}", service.object.id));
        }
        let ends: Vec<Result<(), Stop<'m>>> = pods.into_iter().map(|(pods, port)| self.at_pods(pods, port, sender)).collect();
        if ends.iter().any(Result::is_ok) {
            if ends.iter().any(Result::is_err) {
                self.say("only some of the workloads behind the Service take the request");
            }
            return Ok(reached);
        }
        let unknown = ends.iter().filter_map(|end| end.as_ref().err()).find(|end| matches!(end, End::Unknown(_))).cloned();
        Err(unknown.or_else(|| ends.into_iter().find_map(Result::err)).unwrap_or(End::Unknown(Because::Files)))
    }

    fn at_pods(&mut self, pods: &PodFacts<'m>, port: Option<i64>, sender: &Sender<'m>) -> Result<(), Stop<'m>> {
        let at = Party::Ztunnel(pods.owner);
        let captured = pods.capture();
        let transport = match (sender.transport, captured) {
            (_, Capture::Not(_)) | (Transport::Plaintext, _) => Transport::Plaintext,
            (Transport::Hbone, Capture::Captured) => Transport::Hbone,
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
                self.say(format!("policies on the pods of {} are not enforced: no ztunnel stands before them", pods.owner.id));
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
