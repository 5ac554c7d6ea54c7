//! Which matches stand in each other's way, asked once for the whole mesh: rules that get no request, and rules whose place hangs
//! on what no file says.
//!
//! **When a rule gets no request.** Let all that matches compare be equality, but for paths, which may be prefixes too. Of all
//! requests that fit a match the one of [`RoutingTable::witness`](super::RoutingTable::witness) is taken by others last: whatever
//! takes it takes every request of the match. So no match is covered by several others together without one of them covering it
//! alone, and a method for each of the nine does not add up to any method, because HTTP has more of them.
//!
//! What covers a match is the same, or wider in its path, or asks for less. In each of the orders that are known here what is wider
//! comes later: a shorter prefix after a longer one and after an exact path, no method after a method, fewer headers and query
//! parameters after more. What comes first and covers all is thus the **same match**: the same path (a `/` at the end of a prefix
//! does not count), the same method, headers and query parameters in any order, on the same host of the same listener. Among
//! those the older route comes first, and of one route the first rule. A route that stands twice with one match needs nothing else
//! to be known, not even its Gateway. Between routes their ages must be known, else it is a tie, and a finding of another kind.
//!
//! **Patterns** are compared by their text: the same pattern takes the same requests. What else a pattern takes is not decided, and
//! a rule that only a pattern may stand before is not called unreachable. Where products disagree on a pattern's place, a
//! path made of the pattern shows that both matches take it.

mod host;
mod local;
mod rules;
mod survey;

use super::super::Mesh;
use super::super::precedence::Profile;
use super::RouteView;
use crate::model::Text;
use crate::yaml::NodeId;

/// A match of a rule, as findings speak of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Spot {
    /// Where to point at: the path, the match, or the rule.
    pub place: NodeId,
    /// The rule; the route where it is filled in.
    pub node: NodeId,
    cluster: usize,
    route: u32,
    /// Which rule of the route.
    pub rule: usize,
    /// Which match of the rule.
    pub matching: usize,
}

impl Spot {
    /// The route.
    pub fn route<'m>(&self, mesh: &'m Mesh) -> Option<RouteView<'m>> {
        RouteView::of(mesh.object(self.cluster, self.route)?)
    }

    /// Whether both are of one route.
    pub fn is_beside(&self, other: &Self) -> bool {
        self.route == other.route
    }
}

/// A rule that gets no request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreached {
    /// The rule, at its first match.
    pub rule: Spot,
    /// What takes all requests of its matches; each once.
    pub by: Vec<Spot>,
    /// Whether all of those do with requests what this one would do.
    pub same_result: bool,
    /// Whether it has a name, by which others may refer to it.
    pub named: bool,
}

/// Two routes that want the same requests, and nothing but their age decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tie {
    /// Who wins by name, where no age is known.
    pub first: Spot,
    /// The other one.
    pub other: Spot,
    /// The host.
    pub host: Text,
    /// Whether they want the very same requests; else some only.
    pub whole: bool,
    /// Whether their folders look like environments, so that they may never meet.
    pub apart: bool,
}

/// Two rules of which products prefer one or the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dispute {
    /// Who wins where the rules are; with most products where it is not known who runs the Gateway.
    pub winner: Spot,
    /// Who wins elsewhere.
    pub loser: Spot,
    /// Whose order holds, where it is known.
    pub here: Option<Profile>,
    /// Whose orders say otherwise.
    pub elsewhere: Vec<Profile>,
    /// The host.
    pub host: Text,
    /// A path that both take.
    pub path: String,
    /// Whether it is about the place of a pattern; else about a method beside headers.
    pub pattern: bool,
}

impl Dispute {
    /// Whether the product that runs the Gateway is alone with its order.
    pub const fn is_odd(&self) -> bool {
        self.here.is_some() && self.elsewhere.len() > 1
    }
}

/// A pattern that Istio leaves out of a host, because it stops at the match that takes every request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dropped {
    /// The match with the pattern.
    pub lost: Spot,
    /// The one that takes every request.
    pub catch_all: Spot,
    /// The host.
    pub host: Text,
}

/// Requests for a host that no rule of it takes, and a rule of a broader host would.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fall {
    /// The host.
    pub host: Text,
    /// A match of it.
    pub own: Spot,
    /// The broader one, `*` for every host.
    pub broader: Text,
    /// The match of the broader host.
    pub by: Spot,
}

/// What stands in the way of what, in the order of places.
#[derive(Debug, Default)]
pub struct Order {
    /// Rules that get no request.
    pub unreached: Vec<Unreached>,
    /// What only ages decide: one for each pair of routes.
    pub ties: Vec<Tie>,
    /// What products disagree on: one for each pair of rules.
    pub disputes: Vec<Dispute>,
    /// What Istio leaves out.
    pub dropped: Vec<Dropped>,
    /// What does not fall through: one for each pair of hosts of a Gateway.
    pub falls: Vec<Fall>,
}

impl Mesh {
    /// What stands in the way of what; asked once.
    pub fn order(&self) -> &Order {
        self.order.get_or_init(|| survey::survey(self))
    }
}
