//! A walk for programs; `docs/trace.md` describes the fields.

use serde_json::{Map, Value, json};

use super::{Traced, words};
use crate::checks::Place;
use crate::mesh::routing::Invalid;
use crate::mesh::walk::{End, Party, Step, WalkedPast};
use crate::mesh::{Capture, Effect, Fact, MtlsMode, Object, Request, Verdict};
use crate::model::IntOrText;
use crate::report::Sources;
use crate::text::LineIndex;
use crate::yaml::NodeId;

/// Every place that a walk speaks of.
pub fn places(traced: &Traced<'_>) -> Vec<Place> {
    traced.walk.steps.iter().flat_map(|step| words::step(step, true)).filter_map(|line| line.place).map(Place::Node).collect()
}

/// One document: the request, the events in their order, and how it ends.
pub fn json(traced: &Traced<'_>, sources: &dyn Sources) -> Value {
    let shown = Shown { sources };
    let walk = &traced.walk;
    json!({
        "version": 1,
        "request": request(&traced.request),
        "from": traced.caller.as_ref().map(|caller| caller.identity.to_string()),
        "gateway": traced.gateway.map(|gateway| gateway.object.full_name()),
        "events": walk.steps.iter().map(|step| shown.event(step)).collect::<Vec<_>>(),
        "end": end(&walk.end),
        "waypoint": walk.waypoint.map(|waypoint| waypoint.full_name()),
        "backend_request": request(&walk.request),
        "served": fact(walk.served()),
    })
}

fn request(request: &Request) -> Value {
    let headers: Vec<Value> = request.headers.iter().map(|(name, value)| json!({ "name": name, "value": value })).collect();
    json!({
        "method": request.method,
        "scheme": request.scheme,
        "host": request.host,
        "port": request.port,
        "path": request.path,
        "query": request.query,
        "headers": headers,
    })
}

fn fact(fact: Fact<bool>) -> Value {
    fact.known().map_or(Value::Null, Value::Bool)
}

fn object(object: Object<'_>) -> Value {
    json!({ "kind": &*object.id.kind, "name": object.full_name() })
}

fn party(party: Party<'_>) -> Value {
    match party {
        Party::Proxy(at) => object(at),
        Party::Ztunnel(at) => json!({ "kind": "ztunnel", "name": at.full_name() }),
        Party::Caller => json!({ "kind": "client", "name": null }),
    }
}

fn end(end: &End<'_>) -> Value {
    let words = words::end(end);
    match end {
        End::Reached { service, port } => json!({ "kind": "reached", "service": service.full_name(), "port": port, "message": words }),
        End::Answer { by, status, location, because } => json!({
            "kind": "answered", "by": party(*by), "status": status, "location": location, "because": words::because(*because), "message": words,
        }),
        End::Closed { by, because } => json!({ "kind": "closed", "by": party(*by), "because": words::because(*because), "message": words }),
        End::Unknown(because) => json!({ "kind": "unknown", "because": words::because(*because), "message": words }),
    }
}

struct Shown<'s> {
    sources: &'s dyn Sources,
}

impl Shown<'_> {
    fn place(&self, node: Option<NodeId>) -> Value {
        let Some((node, text)) = node.and_then(|node| Some((node, self.sources.text(node.file)?))) else { return Value::Null };
        let position = LineIndex::new(text).position(self.sources.span(Place::Node(node)).start);
        json!({ "file": self.sources.path(node.file), "line": position.line, "column": position.column })
    }

    fn event(&self, step: &Step<'_>) -> Value {
        let (name, fields) = self.fields(step);
        let lines = words::step(step, true);
        let first = lines.first();
        let mut event = Map::new();
        event.insert("event".to_owned(), name.into());
        event.insert("message".to_owned(), first.map(|line| line.text.clone()).unwrap_or_default().into());
        event.insert("place".to_owned(), self.place(first.and_then(|line| line.place)));
        if let Value::Object(fields) = fields {
            event.extend(fields);
        }
        Value::Object(event)
    }

    /// The name of an event and what it has besides message and place.
    fn fields(&self, step: &Step<'_>) -> (&'static str, Value) {
        match step {
            Step::Listener { gateway, listeners } => {
                let all = listeners.iter().map(|seen| {
                    json!({
                        "name": &***seen.view.name, "of": object(seen.parent), "hostname": seen.view.hostname.map(ToString::to_string),
                        "taken": seen.taken.is_ok(), "why_not": seen.taken.err().map(words::not_taken), "place": self.place(Some(seen.view.node)),
                    })
                });
                ("listener", json!({ "gateway": object(*gateway), "listeners": all.collect::<Vec<_>>() }))
            }
            Step::Host { host, wider, .. } => {
                ("host", json!({ "host": &**host, "not_looked_at": wider.iter().map(|w| &**w).collect::<Vec<_>>() }))
            }
            Step::Routed { at, service, candidates } => {
                let all = candidates.iter().map(|c| {
                    json!({
                        "route": object(c.route), "rule": c.rule, "match": c.matching, "words": c.words, "taken": c.lost.is_none(),
                        "why_not": c.lost.as_ref().map(words::lost_by), "place": self.place(Some(c.node)),
                    })
                });
                ("rules", json!({ "at": object(*at), "service": service.map(object), "candidates": all.collect::<Vec<_>>() }))
            }
            Step::Stream { route, rule, .. } => ("stream", json!({ "route": object(*route), "rule": rule })),
            Step::Filtered { at, applied, seen } => {
                let all = applied.iter().map(|filter| json!({ "type": filter.kind, "place": self.place(Some(filter.node)) }));
                ("filters", json!({ "at": object(*at), "filters": all.collect::<Vec<_>>(), "after": request(seen) }))
            }
            Step::Shares { at, shares } => {
                let all = shares.iter().map(|share| {
                    json!({
                        "backend": share.name, "port": share.port, "weight": share.weight, "of": share.of, "followed": share.followed,
                        "invalid": share.invalid.map(Invalid::reason), "place": self.place(Some(share.node)),
                    })
                });
                ("backends", json!({ "at": object(*at), "backends": all.collect::<Vec<_>>() }))
            }
            Step::Capture { object: of, capture, bypassed } => {
                let captured = match capture {
                    Capture::Captured => Value::Bool(true),
                    Capture::Not(_) => Value::Bool(false),
                    Capture::Unknown => Value::Null,
                };
                ("capture", json!({ "of": object(*of), "captured": captured, "inbound_bypassed": bypassed }))
            }
            Step::Leg { from, to, transport, identity } => {
                let known = matches!(identity, Fact::Known(_));
                let identity = identity.clone().known().flatten().map(|identity| identity.to_string());
                let leg = json!({
                    "from": party(*from), "to": party(*to), "transport": words::transport(*transport), "identity": identity,
                    "identity_known": known,
                });
                ("leg", leg)
            }
            Step::Strict { at, mode } => ("strict", json!({ "at": party(*at), "strict": mode.mode == MtlsMode::Strict })),
            other => self.more_fields(other),
        }
    }

    fn more_fields(&self, step: &Step<'_>) -> (&'static str, Value) {
        match step {
            Step::Policies { at, decision } => {
                let verdict = match decision.verdict {
                    Verdict::Allowed => "allowed",
                    Verdict::Denied(_) => "denied",
                    Verdict::NotAllowed => "not allowed",
                    Verdict::Unknown => "unknown",
                };
                let all = decision.policies.iter().map(|policy| {
                    json!({
                        "policy": policy.object.full_name(), "matches": matches!(policy.effect, Effect::Matches(_)),
                        "effect": words::effect(policy.effect), "place": self.place(Some(words::policy_place(policy))),
                    })
                });
                ("policies", json!({ "at": party(*at), "verdict": verdict, "policies": all.collect::<Vec<_>>() }))
            }
            Step::Token(at) => ("token", json!({ "at": party(*at) })),
            Step::Waypoint { service, waypoint } => ("waypoint", json!({ "service": object(*service), "waypoint": object(*waypoint) })),
            Step::Past { service, waypoint, because, lost } => {
                let why = match because {
                    WalkedPast::NotTold => "not told",
                    WalkedPast::GatewayOutside => "gateway outside the mesh",
                    WalkedPast::NoVip => "no address",
                };
                let lost: Vec<Value> = lost.iter().map(|carried| object(carried.object)).collect();
                (
                    "past-waypoint",
                    json!({ "service": object(*service), "waypoint": object(*waypoint), "because": why, "without_effect": lost }),
                )
            }
            Step::NoWaypoint { service, name } => ("no-waypoint", json!({ "service": object(*service), "named": &**name })),
            Step::Global { host, services } => {
                ("global-host", json!({ "host": host, "services": services.iter().map(|s| object(*s)).collect::<Vec<_>>() }))
            }
            Step::TakeoverIdle { service, .. } => ("takeover-without-effect", json!({ "service": object(*service) })),
            Step::Pods { service, port, pods } => {
                let target = match port.target().into_inner() {
                    IntOrText::Int(number) => json!(number),
                    IntOrText::Text(name) => json!(&*name),
                };
                let all = pods.iter().map(|pod| {
                    json!({
                        "workload": object(pod.object), "state": words::state(pod.state), "container_port": pod.port,
                        "declared": pod.declared, "place": self.place(Some(pod.object.node)),
                    })
                });
                let fields = json!({
                    "service": object(*service), "port": *port.port, "target_port": target, "workloads": all.collect::<Vec<_>>(),
                });
                ("pods", fields)
            }
            Step::OtherCluster { service, failover, through } => {
                ("other-cluster", json!({ "service": object(*service), "when": words::when(*failover), "through": through.map(object) }))
            }
            Step::Unsaid(text) => ("note", json!({ "text": text })),
            _ => ("note", Value::Null),
        }
    }
}
