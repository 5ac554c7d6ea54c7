//! `rule-dropped-after-catch-all`: the words are in rules/rule-dropped-after-catch-all.md.
use super::place_of;
use super::prelude::*;

pub(in crate::checks) struct RuleDroppedAfterCatchAll;

impl Rule for RuleDroppedAfterCatchAll {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for dropped in &mesh.order().dropped {
            let (Some(lost), Some(catch_all)) = (dropped.lost.route(mesh), dropped.catch_all.route(mesh)) else { continue };
            let whose = if dropped.lost.is_beside(&dropped.catch_all) {
                format!("rule {}", dropped.catch_all.rule + 1)
            } else {
                format!("rule {} of {}", dropped.catch_all.rule + 1, catch_all.object.id)
            };
            let host = if &*dropped.host == "*" { "every host".to_owned() } else { format!("host `{}`", dropped.host) };
            out.finding(place_of(lost.object, dropped.lost))
                .about(lost.object)
                .say(format!(
                    "Istio leaves out the regular expression of rule {} of {}: {whose} takes every request for {host}",
                    dropped.lost.rule + 1,
                    lost.object.id
                ))
                .label("never tried")
                .also(place_of(catch_all.object, dropped.catch_all), "takes every request, and Istio looks no further")
                .note("Istio puts regular expressions after prefixes, and the rules of a host end with the first one that takes everything")
                .help("write the path as `Exact` or `PathPrefix`, or give the rule that takes everything a longer prefix");
        }
    }
}
