//! `rule-order-depends-on-age`: the words are in rules/rule-order-depends-on-age.md.
use super::place_of;
use super::prelude::*;

pub(in crate::checks) struct RuleOrderDependsOnAge;

impl Rule for RuleOrderDependsOnAge {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for tie in &mesh.order().ties {
            let (Some(first), Some(other)) = (tie.first.route(mesh), tie.other.route(mesh)) else { continue };
            let (first, other) = (first.object, other.object);
            let host = if &*tie.host == "*" { "every host".to_owned() } else { format!("host `{}`", tie.host) };
            let what = if tie.whole { "the same requests" } else { "some of the same requests" };
            out.finding(place_of(other, tie.other))
                .about(other)
                .certainty(match (tie.apart, tie.whole) {
                    (true, _) => Possible,
                    // a request that fits both may never be made
                    (false, false) => Likely,
                    (false, true) => Certainty::Sure,
                })
                .say(format!("{} and {} want {what} for {host}, and only their age decides", other.id, first.id))
                .label("wins where this route is the older one")
                .also(place_of(first, tie.first), "wins where that route is")
                .note("the route that was made first wins, which stands in no file: a cluster that is set up anew may do otherwise")
                .help("make the two matches differ, or put both rules into one route, in the order that is meant");
        }
    }
}
