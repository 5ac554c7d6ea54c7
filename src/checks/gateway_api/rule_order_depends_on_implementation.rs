//! `rule-order-depends-on-implementation`: the words are in rules/rule-order-depends-on-implementation.md.
use super::place_of;
use super::prelude::*;
use crate::mesh::precedence::Profile;

pub(in crate::checks) struct RuleOrderDependsOnImplementation;

impl Rule for RuleOrderDependsOnImplementation {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for dispute in &mesh.order().disputes {
            let (Some(winner), Some(loser)) = (dispute.winner.route(mesh), dispute.loser.route(mesh)) else { continue };
            let who = |rule: usize, route: Object<'_>| format!("rule {} of {}", rule + 1, route.id);
            let (first, second) = (who(dispute.winner.rule, winner.object), who(dispute.loser.rule, loser.object));
            let elsewhere: Vec<&str> = dispute.elsewhere.iter().copied().map(name).collect();
            let here = dispute.here.map_or("most products", name);
            let note = match (dispute.pattern, dispute.is_odd()) {
                (true, true) => "Istio tries regular expressions after all prefixes, others try them before",
                (true, false) => "regular expressions are tried before all prefixes, and by Istio after them",
                (false, _) => "Envoy Gateway counts a method as one header, others prefer a method to any number of headers",
            };
            out.finding(place_of(loser.object, dispute.loser))
                .about(loser.object)
                .certainty(if dispute.is_odd() { Certainty::Sure } else { Possible })
                .say(format!("{first} comes before {second} with {here}, and with {} it is the other way round", elsewhere.join(" and ")))
                .label(format!("does not get `{}`", dispute.path))
                .also(place_of(winner.object, dispute.winner), format!("gets `{}`", dispute.path))
                .note(note)
                .help("make the matches such that no request fits both");
        }
    }
}

/// Its name as people say it.
const fn name(profile: Profile) -> &'static str {
    match profile {
        Profile::Spec => "the order of the Gateway API",
        Profile::Istio => "Istio",
        Profile::Kgateway => "kgateway",
        Profile::EnvoyGateway => "Envoy Gateway",
    }
}
