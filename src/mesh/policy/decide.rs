//! Whether the policies at a hop let a request through: which of them apply there, DENY before ALLOW.

use super::rule::{Asked, Layer, Match, and, or};
use super::{at_waypoint, targets};
use crate::mesh::Object;
use crate::mesh::facts::{Fact, parse_bool};
use crate::mesh::pods::PodFacts;
use crate::mesh::routes::GatewayView;
use crate::mesh::services::ServiceView;
use crate::model::istio::{Action, AuthorizationPolicySpec, RequestAuthentication, WorkloadSelector};
use crate::model::{Kind, Namespace, Spec};
use crate::yaml::{At, NodeId};

/// Where policies look at a request.
#[derive(Clone, Copy, Debug)]
pub enum Hop<'h, 'm> {
    /// The ztunnel in front of pods.
    Ztunnel(&'h PodFacts<'m>),
    /// A waypoint, for a Service behind it.
    Waypoint(GatewayView<'m>, Option<ServiceView<'m>>),
    /// The proxy of Istio's own ingress gateway.
    Gateway(GatewayView<'m>),
}

/// What a policy that is meant for a hop does there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// A rule matches: this one.
    Matches(NodeId),
    /// No rule does.
    NoMatch,
    /// It depends on something outside the input.
    Unknown,
    /// Nothing, whatever the request.
    Unread(Unread),
}

/// Why a policy has no effect at a hop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unread {
    /// ztunnel reads no policy with this action.
    Action,
    /// It is a dry run.
    DryRun,
    /// `AUDIT` only logs.
    Audit,
    /// A DENY whose rules all ask for what ztunnel does not read.
    Http,
}

/// A policy that is meant for a hop.
#[derive(Clone, Copy, Debug)]
pub struct Considered<'m> {
    /// The policy.
    pub object: Object<'m>,
    /// What its matching rules do.
    pub action: Action,
    /// What it does.
    pub effect: Effect,
    /// Rules that ztunnel leaves out (ALLOW), because they ask for what only a proxy for requests reads.
    pub dropped: usize,
    /// Whether the rule that matches says more than ztunnel reads, and so denies more than it says.
    pub widened: bool,
}

/// What the policies of a hop say together.
#[derive(Clone, Copy, Debug)]
pub enum Verdict<'m> {
    /// They let the request through.
    Allowed,
    /// This policy denies it.
    Denied(Object<'m>),
    /// There are ALLOW policies, and none of them allows it.
    NotAllowed,
    /// It depends on something outside the input.
    Unknown,
}

/// The policies of a hop and what they say.
#[derive(Clone, Debug)]
pub struct Decision<'m> {
    /// All that are meant for the hop, in the order of the input.
    pub policies: Vec<Considered<'m>>,
    /// What they say together.
    pub verdict: Verdict<'m>,
}

/// What the RequestAuthentications of a hop make of a request's token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tokens {
    /// No token is looked at, or there is none in the request.
    None,
    /// There is one, and whether it is valid stands in no file.
    Unverified,
}

impl Decision<'_> {
    /// Whether the request goes on.
    pub const fn allows(&self) -> Fact<bool> {
        match self.verdict {
            Verdict::Allowed => Fact::Known(true),
            Verdict::Denied(_) | Verdict::NotAllowed => Fact::Known(false),
            Verdict::Unknown => Fact::Unknown,
        }
    }
}

impl<'m> Hop<'_, 'm> {
    /// Whether its AuthorizationPolicies let a request through.
    pub fn decide(&self, asked: &Asked<'_>) -> Decision<'m> {
        let layer = match self {
            Self::Ztunnel(_) => Layer::Connection,
            Self::Waypoint(..) | Self::Gateway(_) => Layer::Request,
        };
        let (mut policies, mut broken) = (Vec::new(), false);
        let (mut allows, mut denies) = (Vec::new(), Vec::new());
        let mut allow_there = Vec::new();
        let mut asks_somebody = Fact::Known(false);
        for (object, applies) in self.policies(Kind::AuthorizationPolicy) {
            let Spec::AuthorizationPolicy(policy) = &object.resource().spec else {
                broken = true;
                continue;
            };
            let spec = policy.spec.as_deref();
            let considered = consider(object, spec, layer, asked);
            policies.push(considered);
            let matches = match considered.effect {
                Effect::Matches(_) => Fact::Known(true),
                Effect::NoMatch | Effect::Unread(Unread::Http) => Fact::Known(false),
                Effect::Unknown => Fact::Unknown,
                Effect::Unread(_) => continue,
            };
            match considered.action {
                Action::Deny => denies.push((object, and([applies, matches]))),
                Action::Allow => {
                    allow_there.push(applies);
                    allows.push(and([applies, matches]));
                }
                Action::Custom => asks_somebody = or([asks_somebody, and([applies, matches])]),
                Action::Audit => {}
            }
        }
        let denied = denies.iter().find(|(_, matches)| *matches == Fact::Known(true));
        // without ALLOW policies everything is allowed
        let allowed = or([or(allows), super::rule::not(or(allow_there))]);
        let verdict = match (denied, allowed) {
            (Some((object, _)), _) => Verdict::Denied(*object),
            (None, Fact::Known(false)) => Verdict::NotAllowed,
            _ if broken || asks_somebody != Fact::Known(false) || denies.iter().any(|(_, m)| *m == Fact::Unknown) => Verdict::Unknown,
            (None, Fact::Known(true)) => Verdict::Allowed,
            (None, Fact::Unknown) => Verdict::Unknown,
        };
        // an ALLOW policy that cannot be read may allow it
        let verdict = if broken && matches!(verdict, Verdict::NotAllowed) { Verdict::Unknown } else { verdict };
        Decision { policies, verdict }
    }

    /// What its RequestAuthentications make of the token. ztunnel reads none of them.
    pub fn tokens(&self, asked: &crate::mesh::walk::Request) -> Tokens {
        if matches!(self, Self::Ztunnel(_)) {
            return Tokens::None;
        }
        let looked_at = self.policies(Kind::RequestAuthentication).into_iter().any(|(object, _)| match &object.resource().spec {
            Spec::RequestAuthentication(policy) => carries_token(policy, asked),
            _ => true,
        });
        if looked_at { Tokens::Unverified } else { Tokens::None }
    }

    /// The policies of a kind that are meant for this hop, and whether they surely are.
    fn policies(&self, kind: Kind) -> Vec<(Object<'m>, Fact<bool>)> {
        let surely = |object: Object<'m>| (object, Fact::Known(true));
        match self {
            Self::Ztunnel(pods) => pods.policies(kind),
            Self::Waypoint(waypoint, service) => {
                let mut found = at_waypoint(kind, *waypoint, *service);
                found.sort_by_key(|policy| policy.ix);
                found.dedup();
                found.into_iter().map(surely).collect()
            }
            Self::Gateway(gateway) => {
                let at = gateway.object;
                let mut found: Vec<_> = at.neighbours(kind, at.namespace()).filter(|p| targets(*p, "Gateway", at)).map(surely).collect();
                found.extend(gateway.pods().policies(kind));
                found.sort_by_key(|(policy, _)| policy.ix);
                found
            }
        }
    }
}

impl<'m> PodFacts<'m> {
    /// The policies of a kind without targetRefs that select these pods, or may: in their namespace and in the root one.
    pub(super) fn policies(&self, kind: Kind) -> Vec<(Object<'m>, Fact<bool>)> {
        let root = Namespace::Named(self.owner.platform().root_namespace.clone());
        let namespaces = if *self.namespace == root { vec![&root] } else { vec![self.namespace, &root] };
        let mut found: Vec<_> = namespaces
            .into_iter()
            .flat_map(|namespace| self.owner.neighbours(kind, namespace))
            .filter_map(|object| {
                let (selector, targeted): (Option<&WorkloadSelector>, bool) = match &object.resource().spec {
                    Spec::AuthorizationPolicy(p) => {
                        p.spec.as_deref().map_or((None, false), |s| (s.selector.as_deref(), s.targets().next().is_some()))
                    }
                    Spec::RequestAuthentication(p) => {
                        p.spec.as_deref().map_or((None, false), |s| (s.selector.as_deref(), s.targets().next().is_some()))
                    }
                    _ => return Some((object, Fact::Unknown)),
                };
                let labels = selector.and_then(|s| s.match_labels.as_deref()).filter(|labels| !labels.is_empty());
                let applies = labels.map_or(Fact::Known(true), |labels| self.selected_by(labels));
                (!targeted && applies != Fact::Known(false)).then_some((object, applies))
            })
            .collect();
        found.sort_by_key(|(object, _)| object.ix);
        found
    }
}

fn consider<'m>(object: Object<'m>, spec: Option<&AuthorizationPolicySpec>, layer: Layer, asked: &Asked<'_>) -> Considered<'m> {
    let action = spec.map_or(Action::Allow, AuthorizationPolicySpec::action);
    let mut considered = Considered { object, action, effect: Effect::NoMatch, dropped: 0, widened: false };
    let dry = object.own_annotation("istio.io/dry-run").is_some_and(|label| parse_bool(label.value) == Some(true));
    let unread = match action {
        _ if dry => Some(Unread::DryRun),
        Action::Custom | Action::Audit if layer == Layer::Connection => Some(Unread::Action),
        Action::Audit => Some(Unread::Audit),
        _ => None,
    };
    if let Some(why) = unread {
        considered.effect = Effect::Unread(why);
        return considered;
    }
    let rules = spec.map_or(&[][..], |spec| &spec.rules);
    for rule in rules {
        let answer = match asked.matches(rule, action, layer, object.namespace().name()) {
            Match::Dropped => {
                considered.dropped += 1;
                continue;
            }
            Match::Of(answer) => answer,
            Match::Widened(answer) => {
                considered.widened |= answer == Fact::Known(true);
                answer
            }
        };
        match answer {
            Fact::Known(true) => {
                considered.effect = Effect::Matches(At::node(rule));
                return considered;
            }
            Fact::Unknown => considered.effect = Effect::Unknown,
            Fact::Known(false) => {}
        }
    }
    if action == Action::Deny && !rules.is_empty() && considered.dropped == rules.len() {
        considered.effect = Effect::Unread(Unread::Http);
    }
    considered
}

/// Whether the request has a token where one of the rules looks for it, or may have.
fn carries_token(policy: &RequestAuthentication, asked: &crate::mesh::walk::Request) -> bool {
    let Some(spec) = policy.spec.as_deref() else { return false };
    let usual = || {
        let bearer = asked.header("authorization").is_some_and(|value| value.get(..7).is_some_and(|b| b.eq_ignore_ascii_case("bearer ")));
        bearer || asked.parameters().any(|(name, _)| name == "access_token")
    };
    spec.jwt_rules.iter().any(|rule| {
        let elsewhere = rule.from_headers.is_some() || rule.from_params.is_some() || rule.from_cookies.is_some();
        // which headers, parameters or cookies is not read: a request without any has no token there either
        if elsewhere { !asked.headers.is_empty() || asked.query.is_some() } else { usual() }
    })
}
