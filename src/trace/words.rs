//! What happens on the way, in words. Names from manifests stand in them as they are: whoever prints escapes them.

use crate::mesh::identity::Identity;
use crate::mesh::precedence::Criterion;
use crate::mesh::routing::Invalid;
use crate::mesh::walk::{
    Answerer, Because, Candidate, End, Failover, ListenerSeen, Lost, NotTaken, Party, PodState, Share, Step, Transport, WalkedPast,
};
use crate::mesh::{Capture, Considered, Effect, Fact, GatewayView, MtlsMode, Object, Product, Request, Unread, Verdict, WhyNot};
use crate::model::IntOrText;
use crate::model::core::ServicePort;
use crate::model::istio::Action;
use crate::yaml::{At, NodeId};

/// How many matches that do not take the request are shown, unless all are asked for.
const SHOWN: usize = 6;

/// A line of the story.
pub(super) struct Line {
    /// How far it is moved in.
    pub(super) depth: usize,
    /// The words.
    pub(super) text: String,
    /// Where the files say so.
    pub(super) place: Option<NodeId>,
}

fn line(depth: usize, text: impl Into<String>, place: Option<NodeId>) -> Line {
    Line { depth, text: text.into(), place }
}

/// ``Kind `[CLUSTER/]NAMESPACE/NAME` ``.
pub(super) fn named(object: Object<'_>) -> String {
    format!("{} `{}`", object.id.kind, object.full_name())
}

pub(super) fn party(party: Party<'_>) -> String {
    match party {
        Party::Proxy(object) => named(object),
        Party::Ztunnel(object) => format!("ztunnel before {}", named(object)),
        Party::Caller => "the client".to_owned(),
    }
}

pub(super) const fn transport(transport: Transport) -> &'static str {
    match transport {
        Transport::Hbone => "HBONE",
        Transport::Plaintext => "plain text",
        Transport::Unknown => "unknown",
    }
}

/// One event, as lines.
pub(super) fn step(step: &Step<'_>, verbose: bool) -> Vec<Line> {
    match step {
        Step::Listener { gateway, listeners } => listener(*gateway, listeners),
        Step::Host { host, wider, .. } => {
            let wider = wider.iter().map(|other| line(1, format!("`{other}` covers it too and is not looked at"), None));
            std::iter::once(line(0, format!("host `{host}`"), None)).chain(wider).collect()
        }
        Step::Routed { at, service, candidates } => routed(*at, *service, candidates, verbose),
        Step::Stream { route, rule, .. } => {
            let text = format!("{}, rule {}: bytes go on as they are, nobody reads requests here", named(*route), rule + 1);
            vec![line(0, text, Some(route.node))]
        }
        Step::Filtered { applied, seen, .. } => {
            let mut lines: Vec<Line> = applied.iter().map(|filter| line(0, format!("filter {}", filter.kind), Some(filter.node))).collect();
            lines.push(line(1, format!("after it: {}", seen.line()), None));
            lines.extend(seen.headers.iter().map(|(name, value)| line(1, format!("{name}: {value}"), None)));
            lines
        }
        Step::Shares { shares, .. } => shares.iter().map(|share| line(0, shared(share), Some(share.node))).collect(),
        Step::Capture { object, capture, bypassed } => {
            let itself = GatewayView::of(*object).is_some_and(|gateway| gateway.product == Product::Istio) && *capture != Capture::Captured;
            let words = if itself { "it makes the mesh's tunnel itself, without ztunnel".to_owned() } else { captured(capture, *bypassed) };
            vec![line(0, format!("{}: {words}", named(*object)), capture_place(capture))]
        }
        Step::Leg { from, to, transport: how, identity } => {
            vec![line(0, format!("{} → {}: {}", party(*from), party(*to), carried(*how, identity)), None)]
        }
        Step::Strict { at, mode } => {
            vec![line(0, format!("{} refuses plain text: {} mTLS", party(*at), mode_name(mode.mode)), mode.because)]
        }
        Step::Policies { at, decision } => {
            let verdict = match decision.verdict {
                Verdict::Allowed => "allow it",
                Verdict::Denied(_) | Verdict::NotAllowed => "deny it",
                Verdict::Unknown => "cannot be judged by files alone",
            };
            let each = decision.policies.iter().map(|policy| line(1, considered(policy), Some(policy_place(policy))));
            std::iter::once(line(0, format!("policies at {}: {verdict}", party(*at)), None)).chain(each).collect()
        }
        Step::Token(at) => vec![line(0, format!("{} looks at the request's token; whether it is valid is in no file", party(*at)), None)],
        Step::Waypoint { service, waypoint } => {
            vec![line(0, format!("waypoint `{}` stands before {}", waypoint.full_name(), named(*service)), Some(waypoint.node))]
        }
        Step::Past { service, waypoint, because, lost } => {
            let why = match because {
                WalkedPast::NotTold => "nothing tells ingress to pass it",
                WalkedPast::GatewayOutside => "the gateway is not in the mesh",
                WalkedPast::NoVip => "the Service has no address of its own",
            };
            let lost =
                lost.iter().map(|carried| line(1, format!("{} has no effect on it", named(carried.object)), Some(carried.object.node)));
            let text = format!("past waypoint `{}` of {}: {why}", waypoint.full_name(), named(*service));
            std::iter::once(line(0, text, Some(waypoint.node))).chain(lost).collect()
        }
        Step::NoWaypoint { service, name } => {
            vec![line(0, format!("{} names waypoint `{name}`, which does not serve it: past it", named(*service)), Some(service.node))]
        }
        Step::Global { host, services } => {
            let all: Vec<String> = services.iter().map(|service| named(*service)).collect();
            vec![line(0, format!("global host `{host}`: {}", all.join(", ")), None)]
        }
        Step::TakeoverIdle { service, label } => {
            vec![line(0, format!("`solo.io/service-takeover` of {} does nothing for ingress", named(*service)), *label)]
        }
        Step::Pods { service, port, pods } => behind(*service, port, pods),
        Step::OtherCluster { service, failover, through } => {
            let through = through.map(|gateway| format!(", through {}", named(gateway))).unwrap_or_default();
            vec![line(0, format!("another cluster takes it: {}{through} ({})", named(*service), when(*failover)), Some(service.node))]
        }
        Step::Unsaid(text) => vec![line(0, format!("note: {text}"), None)],
    }
}

fn listener(gateway: Object<'_>, listeners: &[ListenerSeen<'_>]) -> Vec<Line> {
    let host = |seen: &ListenerSeen<'_>| seen.view.hostname.map_or_else(|| "every host".to_owned(), |host| format!("`{}`", **host));
    let mut lines = Vec::new();
    match listeners.iter().find(|seen| seen.taken.is_ok()) {
        Some(seen) => {
            let (name, protocol) = (&**seen.view.name, &**seen.view.protocol);
            let text = format!("listener `{name}` of {}: {protocol}, {}", named(seen.parent), host(seen));
            lines.push(line(0, text, Some(seen.view.node)));
        }
        None => lines.push(line(0, format!("no listener of {} on this port is for the host", named(gateway)), Some(gateway.node))),
    }
    lines.extend(listeners.iter().filter_map(|seen| {
        let why = not_taken(seen.taken.err()?);
        Some(line(1, format!("not `{}`, for {}: {why}", **seen.view.name, host(seen)), Some(seen.view.node)))
    }));
    lines
}

pub(super) const fn not_taken(why: NotTaken) -> &'static str {
    match why {
        NotTaken::Hostname => "another hostname",
        NotTaken::Wider => "a narrower hostname has it",
    }
}

fn routed(at: Object<'_>, service: Option<Object<'_>>, candidates: &[Candidate<'_>], verbose: bool) -> Vec<Line> {
    let of = service.map(|service| format!(" at {} for {}", named(at), named(service))).unwrap_or_default();
    let words = |c: &Candidate<'_>| format!("{}, rule {}, match {}: {}", named(c.route), c.rule + 1, c.matching + 1, c.words);
    let mut lines = Vec::new();
    match candidates.iter().find(|c| c.lost.is_none()) {
        Some(winner) => lines.push(line(0, format!("{}{of}", words(winner)), Some(winner.node))),
        None => lines.push(line(0, format!("no rule{of} takes the request"), None)),
    }
    // those that would take it say most, and the hosts that are not looked at have been listed
    let mut lost: Vec<(&Candidate<'_>, &Lost)> = candidates.iter().filter_map(|c| Some((c, c.lost.as_ref()?))).collect();
    lost.retain(|(_, why)| verbose || !matches!(why, Lost::WiderHost(_)));
    lost.sort_by_key(|(_, why)| !matches!(why, Lost::Precedence(_)));
    let shown = if verbose { lost.len() } else { SHOWN };
    lines.extend(lost.iter().take(shown).map(|(c, why)| line(1, format!("not {}: {}", words(c), lost_by(why)), Some(c.node))));
    if lost.len() > shown {
        lines.push(line(1, format!("and {} more; --verbose shows all", lost.len() - shown), None));
    }
    lines
}

pub(super) fn lost_by(why: &Lost) -> String {
    match why {
        Lost::Path => "another path".to_owned(),
        Lost::Method => "another method".to_owned(),
        Lost::Header(name) => format!("header `{name}` does not fit"),
        Lost::Query(name) => format!("query parameter `{name}` does not fit"),
        Lost::Pattern => "its pattern cannot be read".to_owned(),
        Lost::WiderHost(host) => format!("a narrower host than `{host}` has the request"),
        Lost::Precedence(by) => match by {
            Some(Criterion::Host) => "a narrower host comes first",
            Some(Criterion::PathForm) => "another kind of path match comes first",
            Some(Criterion::PathLength) => "a longer path comes first",
            Some(Criterion::GrpcMethod) => "a longer gRPC method comes first",
            Some(Criterion::Method) => "a match with a method comes first",
            Some(Criterion::Headers) => "more headers come first",
            Some(Criterion::Query) => "more query parameters come first",
            Some(Criterion::Age) => "an older route comes first",
            Some(Criterion::Name) => "a route that is first by name comes first",
            Some(Criterion::Rule) => "an earlier rule comes first",
            Some(Criterion::Match) | None => "an earlier match comes first",
        }
        .to_owned(),
    }
}

fn shared(share: &Share<'_>) -> String {
    let port = share.port.map(|port| format!(" port {port}")).unwrap_or_default();
    let of_all = if share.of == u64::from(share.weight) { String::new() } else { format!("{} of {} ", share.weight, share.of) };
    let what = match (share.invalid, share.followed) {
        (Some(why), _) => format!(": answered with 500, {}", invalid(why)),
        (None, true) if !of_all.is_empty() => ", followed here".to_owned(),
        (None, _) => String::new(),
    };
    format!("{of_all}to `{}`{port}{what}", share.name)
}

pub(super) const fn invalid(why: Invalid) -> &'static str {
    match why {
        Invalid::Kind => "a kind that requests cannot be sent to",
        Invalid::NotFound => "no such Service, host or port",
        Invalid::NotPermitted => "no ReferenceGrant lets the reference into that namespace",
        Invalid::Protocol => "the port speaks another protocol",
        Invalid::Tls => "its BackendTLSPolicy cannot be honoured",
        Invalid::Unclear => "it is not clear which object is meant",
    }
}

fn captured(capture: &Capture<'_>, bypassed: bool) -> String {
    let why = match capture {
        Capture::Captured if bypassed => return "ztunnel captures its pods, but not what comes in".to_owned(),
        Capture::Captured => return "ztunnel captures its pods".to_owned(),
        Capture::Unknown => return "whether ztunnel captures its pods is not in the input".to_owned(),
        Capture::Not(why) => why,
    };
    let why = match why {
        WhyNot::HostNetwork(_) => "they are on the host's network",
        WhyNot::Sidecar => "a sidecar takes their traffic",
        WhyNot::ExcludedNamespace => "istio-cni leaves their namespace out",
        WhyNot::PodLabel(_) => "their label opts out",
        WhyNot::NamespaceLabel(_) => "the label of their namespace opts out",
        WhyNot::Unread(_) => "their label has a value that nothing reads",
        WhyNot::NotSelected => "no selector of istio-cni fits them",
        WhyNot::NoLabel => "neither they nor their namespace have the label",
    };
    format!("ztunnel does not capture its pods: {why}")
}

fn capture_place(capture: &Capture<'_>) -> Option<NodeId> {
    match capture {
        Capture::Not(WhyNot::HostNetwork(node)) => Some(*node),
        Capture::Not(WhyNot::PodLabel(label) | WhyNot::NamespaceLabel(label) | WhyNot::Unread(label)) => label.node,
        _ => None,
    }
}

fn carried(how: Transport, identity: &Fact<Option<Identity>>) -> String {
    match (how, identity) {
        (Transport::Unknown, _) => "in the tunnel or as plain text, which is not in the input".to_owned(),
        (how, Fact::Known(Some(identity))) => format!("{}, as `{identity}`", transport(how)),
        (how, Fact::Known(None)) => format!("{}, without an identity", transport(how)),
        (how, Fact::Unknown) => format!("{}, with an identity that is not in the input", transport(how)),
    }
}

const fn mode_name(mode: MtlsMode) -> &'static str {
    match mode {
        MtlsMode::Strict => "STRICT",
        MtlsMode::Permissive => "no STRICT",
    }
}

fn considered(policy: &Considered<'_>) -> String {
    let action = match policy.action {
        Action::Allow => "ALLOW",
        Action::Deny => "DENY",
        Action::Custom => "CUSTOM",
        Action::Audit => "AUDIT",
    };
    let mut text = format!("{} ({action}): {}", named(policy.object), effect(policy.effect));
    if policy.dropped > 0 && !matches!(policy.effect, Effect::Unread(_)) {
        let rules = if policy.dropped == 1 { "1 rule is".to_owned() } else { format!("{} rules are", policy.dropped) };
        text = format!("{text}; {rules} left out, ztunnel reads no HTTP");
    }
    if policy.widened {
        text.push_str("; it denies more than it says, ztunnel reads no HTTP");
    }
    text
}

pub(super) const fn effect(effect: Effect) -> &'static str {
    match effect {
        Effect::Matches(_) => "a rule matches",
        Effect::NoMatch => "no rule matches",
        Effect::Unknown => "whether a rule matches is not in the input",
        Effect::Unread(Unread::Action) => "ztunnel does not read this action",
        Effect::Unread(Unread::DryRun) => "a dry run",
        Effect::Unread(Unread::Audit) => "it only logs",
        Effect::Unread(Unread::Http) => "no effect, ztunnel reads no HTTP",
    }
}

pub(super) fn policy_place(policy: &Considered<'_>) -> NodeId {
    match policy.effect {
        Effect::Matches(rule) => rule,
        _ => policy.object.node,
    }
}

fn behind(service: Object<'_>, port: &At<ServicePort>, pods: &[Answerer<'_>]) -> Vec<Line> {
    let target = match port.target().into_inner() {
        IntOrText::Int(number) => number.to_string(),
        IntOrText::Text(name) => format!("`{name}`"),
    };
    let head = line(0, format!("{} port {} → target port {target}", named(service), *port.port), Some(port.node()));
    let each = pods.iter().map(|pod| {
        let port = match (pod.port, pod.declared) {
            (Some(port), true) => format!("container port {port}"),
            (Some(port), false) => format!("port {port}, which no container declares"),
            (None, _) => "no container port of that name".to_owned(),
        };
        line(1, format!("{}: {port}, {}", named(pod.object), state(pod.state)), Some(pod.object.node))
    });
    std::iter::once(head).chain(each).collect()
}

pub(super) const fn state(state: PodState) -> &'static str {
    match state {
        PodState::Up => "up",
        PodState::NotReady => "not ready",
        PodState::Down => "no endpoints",
    }
}

pub(super) const fn when(failover: Failover) -> &'static str {
    match failover {
        Failover::WithoutEndpoints => "once this cluster has no endpoints",
        Failover::WithoutReady => "once no pod of this cluster is ready",
        Failover::Never => "never",
    }
}

/// How it ends, in a sentence.
pub(super) fn end(end: &End<'_>) -> String {
    match end {
        End::Reached { service, port } => format!("served by {} port {port}", named(*service)),
        End::Answer { by, status, location: Some(location), .. } => format!("{status} from {}: to {location}", party(*by)),
        End::Answer { by, status, because: why, .. } => format!("{status} from {}: {}", party(*by), because(*why)),
        End::Closed { by, because: why } => format!("connection closed by {}: {}", party(*by), because(*why)),
        End::Unknown(why) => format!("not known: {}", because(*why)),
    }
}

pub(super) fn because(why: Because) -> String {
    let text = match why {
        Because::NoPort => "it has no listener on that port",
        Because::NoListener => "no listener of the port is for that host",
        Because::NoCertificate => "the listener has no certificate, or cannot check clients as it is asked to",
        Because::Misdirected => "another listener of the port is for that host than for the server name",
        Because::NoHost => "no route of the listener has that host",
        Because::NoRule => "no rule matches",
        Because::Redirect => "a redirect",
        Because::Filter => "a filter decides that files do not say",
        Because::NoBackends => "the rule has no backends",
        Because::NoWeight => "all backends have weight 0",
        Because::Invalid(why) => invalid(why),
        Because::Policy => "policies",
        Because::Strict => "STRICT mTLS refuses plain text",
        Because::NotGlobal => "no cluster that is reached has a Service of that global host",
        Because::Port => "the Service has no such port",
        Because::NoPods => "there are no endpoints",
        Because::NotReady => "no pod is ready",
        Because::PortName => "no pod has a port of that name",
        Because::Outside => "it leads out of the input",
        Because::Files => "the files do not say it",
    };
    text.to_owned()
}

/// A client in words.
pub(super) fn client(request: &Request, identity: Option<&Identity>) -> String {
    match (identity, request.client) {
        (Some(identity), _) => format!("`{identity}`"),
        (None, Some(address)) => format!("outside the mesh, {address}"),
        (None, None) => "outside the mesh".to_owned(),
    }
}
