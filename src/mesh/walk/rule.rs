//! What a rule does with a request, at a gateway or at a waypoint: candidates, filters, shares, one backend.

use super::onward::{Stop, Walker, answer};
use super::{Because, Destination, End, Party, Step};
use crate::mesh::precedence::{Criterion, Key};
use crate::mesh::routing::{Action, Applied, Failure, Filters, Host, Invalid, Match, Mismatch, Redirect, Rule, Target, Tried, Weighted};
use crate::mesh::{Backend, Certainty, Object, ParentVerdict};
use crate::model::Text;
use crate::yaml::NodeId;

/// A match that was looked at.
#[derive(Clone, Debug)]
pub struct Candidate<'m> {
    /// The route.
    pub route: Object<'m>,
    /// The rule, by its place in the route.
    pub rule: usize,
    /// The match, by its place in the rule.
    pub matching: usize,
    /// The match where it is written; the rule or route, where it is left out.
    pub node: NodeId,
    /// The match as people say it.
    pub words: String,
    /// Why it is not the one; none for the one that answers.
    pub lost: Option<Lost>,
}

/// Why a match does not take a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lost {
    /// The path does not fit.
    Path,
    /// The method does not.
    Method,
    /// This header does not.
    Header(String),
    /// This parameter of the query does not.
    Query(String),
    /// The pattern cannot be read.
    Pattern,
    /// It fits, and another one comes first, by this.
    Precedence(Option<Criterion>),
    /// The route's host covers the request's, and a narrower one has it.
    WiderHost(Text),
}

/// A backend and its share of requests.
#[derive(Clone, Debug)]
pub struct Share<'m> {
    /// The reference.
    pub node: NodeId,
    /// What it names, as `namespace/name` or a host.
    pub name: String,
    /// The port it names.
    pub port: Option<i64>,
    /// Its weight.
    pub weight: u32,
    /// Of how much.
    pub of: u64,
    /// Why requests that go there are answered with 500.
    pub invalid: Option<Invalid>,
    /// Whether it is the one that is followed here.
    pub followed: bool,
    /// The Service, where the input has it.
    pub service: Option<Object<'m>>,
}

/// The matches of a host, and why each is not the one; the first that fits is.
pub(super) fn candidates<'t, 'm: 't>(tried: impl Iterator<Item = Tried<'t, 'm>>) -> Vec<Candidate<'m>> {
    let mut winner: Option<Key> = None;
    let judge = |tried: Tried<'t, 'm>| {
        let lost = match (tried.fits, &winner) {
            (Ok(()), None) => {
                winner = Some(tried.entry.key.clone());
                None
            }
            (Ok(()), Some(first)) => Some(Lost::Precedence(first.differs_by(&tried.entry.key))),
            (Err(_), _) if tried.matching.patterns().any(|(_, pattern)| !pattern.is_valid()) => Some(Lost::Pattern),
            (Err(Mismatch::Path), _) => Some(Lost::Path),
            (Err(Mismatch::Method), _) => Some(Lost::Method),
            (Err(Mismatch::Header(_, name)), _) => Some(Lost::Header(name.to_owned())),
            (Err(Mismatch::Query(_, name)), _) => Some(Lost::Query(name.to_owned())),
        };
        candidate(tried.rule, tried.matching, lost)
    };
    tried.map(judge).collect()
}

pub(super) fn candidate<'m>(rule: &Rule<'m>, matching: &Match<'m>, lost: Option<Lost>) -> Candidate<'m> {
    let node = matching.node.unwrap_or(rule.node);
    Candidate { route: rule.route.object, rule: rule.index, matching: matching.index, node, words: matching.to_string(), lost }
}

impl<'m> Destination<'m> {
    /// What a backend leads to.
    fn of(target: &Target<'m>) -> Self {
        let destination = match target {
            Target::To(destination) => destination,
            Target::Invalid(why) => return Self::Nowhere(*why),
        };
        let port = i64::from(destination.port);
        match &destination.host {
            Host::Service(service) => Self::Service(*service, port),
            Host::Global(host, _) => Self::Global((*host).clone(), port),
            Host::Entry(entry, host) => Self::Entry(*entry, (*host).clone()),
            Host::OutsideService(namespace, name) => Self::Outside(format!("Service {namespace}/{name}").into()),
            Host::OutsideHost(host) => Self::Outside((*host).clone()),
        }
    }
}

impl<'m> Walker<'_, 'm> {
    /// Carries out a rule: filters, then one of its backends.
    pub(super) fn act(&mut self, at: Object<'m>, rule: &Rule<'m>, prefix: Option<&str>, port: u16) -> Result<Destination<'m>, Stop<'m>> {
        let by = Party::Proxy(at);
        self.doubt_attachment(at, rule);
        let (redirect, backends) = match &rule.action {
            Action::Redirect(redirect) => (Some(*redirect), &[][..]),
            Action::Forward(backends) | Action::Fail(_, backends) => (None, backends.as_slice()),
        };
        if let Action::Fail(Failure::Filter(unsupported), _) = &rule.action {
            let applied = vec![Applied { node: unsupported.node, kind: unsupported.kind }];
            self.steps.push(Step::Filtered { at, applied, seen: Box::new(self.request.clone()) });
            self.say(format!("what a filter of type {} does is not in the files", unsupported.kind));
            return Err(End::Unknown(Because::Filter));
        }
        if let Some(redirect) = redirect {
            let Redirect { status, location } = Redirect::of(redirect, prefix, port, &self.request);
            let applied = vec![Applied { node: redirect.node(), kind: "RequestRedirect" }];
            self.steps.push(Step::Filtered { at, applied, seen: Box::new(self.request.clone()) });
            return Err(End::Answer { by, status, location: Some(location), because: Because::Redirect });
        }
        self.filter(at, &rule.filters, prefix);
        let Some(chosen) = self.share(at, rule, backends) else {
            let because = if backends.is_empty() { Because::NoBackends } else { Because::NoWeight };
            return Err(answer(by, 500, because));
        };
        self.filter(at, &chosen.filters, prefix);
        Ok(Destination::of(&chosen.target))
    }

    fn filter(&mut self, at: Object<'m>, filters: &Filters<'m>, prefix: Option<&str>) {
        let applied = filters.apply(prefix, &mut self.request);
        if !applied.is_empty() {
            self.steps.push(Step::Filtered { at, applied, seen: Box::new(self.request.clone()) });
        }
    }

    /// Of several backends the heaviest one that leads somewhere is followed; what the others get is said.
    fn share<'r>(&mut self, at: Object<'m>, rule: &Rule<'m>, backends: &'r [Weighted<'m>]) -> Option<&'r Weighted<'m>> {
        let of: u64 = backends.iter().map(|b| u64::from(b.weight)).sum();
        let rank = |b: &Weighted<'_>| (b.weight > 0, matches!(b.target, Target::To(_)), b.weight, std::cmp::Reverse(b.node));
        let chosen = backends.iter().max_by_key(|b| rank(b)).filter(|b| b.weight > 0);
        let named: Vec<_> = rule.route.backends().collect();
        let share = |b: &Weighted<'m>| {
            let backend = named.iter().find(|backend| backend.reference.node == b.node);
            Share {
                node: b.node,
                name: backend.map(name_of).unwrap_or_default(),
                port: backend.and_then(Backend::port).map(|port| **port),
                weight: b.weight,
                of,
                invalid: match b.target {
                    Target::Invalid(why) => Some(why),
                    Target::To(_) => None,
                },
                followed: chosen.is_some_and(|chosen| std::ptr::eq(chosen, b)),
                service: backend.and_then(|backend| backend.services().first().map(|service| service.object)),
            }
        };
        if !backends.is_empty() {
            self.steps.push(Step::Shares { at, shares: backends.iter().map(share).collect() });
        }
        chosen
    }

    /// A route that only perhaps attaches makes everything behind it a perhaps.
    fn doubt_attachment(&mut self, at: Object<'m>, rule: &Rule<'m>) {
        let unsure = rule.route.parent_views().any(|parent| {
            matches!(parent.verdict, ParentVerdict::Attached { gateway: Some(ix), certainty: Certainty::Possible, .. } if *ix == at.ix)
        });
        let surely = rule.route.gateways().any(|gateway| gateway.object == at);
        if unsure && !surely {
            self.doubtful = true;
            self.say(format!(
                "whether {} attaches to {} hangs on labels of a Namespace that is not in the input",
                rule.route.object.id, at.id
            ));
        }
    }
}

fn name_of(backend: &Backend<'_>) -> String {
    let name = backend.name();
    if crate::mesh::routing::names_host(backend.reference) {
        return name.to_string();
    }
    let namespace = backend.route.object.namespace_or_own(backend.reference.namespace.map(|n| &**n));
    format!("{}/{}", namespace.name().unwrap_or("?"), **name)
}
