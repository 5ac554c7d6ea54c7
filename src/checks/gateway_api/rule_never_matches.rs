//! `rule-never-matches`: the words are in rules/rule-never-matches.md.
use super::place_of;
use super::prelude::*;

/// Of many rules that take the requests, so many are shown.
const SHOWN: usize = 3;

pub(in crate::checks) struct RuleNeverMatches;

impl Rule for RuleNeverMatches {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for found in &mesh.order().unreached {
            let Some(route) = found.rule.route(mesh) else { continue };
            let beside = found.by.iter().all(|winner| winner.is_beside(&found.rule));
            let mut winners: Vec<String> = found
                .by
                .iter()
                .take(SHOWN)
                .map(|winner| {
                    let of = winner.route(mesh).filter(|_| !winner.is_beside(&found.rule));
                    let of = of.map(|route| format!(" of {}", route.object.id)).unwrap_or_default();
                    format!("rule {}{of}", winner.rule + 1)
                })
                .collect();
            winners.dedup();
            let who = if found.by.len() > SHOWN { format!("{} and others", winners.join(", ")) } else { winners.join(" and ") };
            let verb = if winners.len() > 1 { "have" } else { "has" };
            let rule = found.rule.rule + 1;
            let mut draft = out
                .finding(place_of(route.object, found.rule))
                .about(route.object)
                .say(format!("rule {rule} of {} gets no request: {who} {verb} the same match", route.object.id))
                .label("taken before it comes here")
                .note(if beside {
                    "of equal matches in one route the first one takes the requests"
                } else {
                    "of equal matches in several routes the one of the oldest route takes the requests, and then the first one of it"
                });
            for winner in found.by.iter().take(SHOWN) {
                if let Some(route) = winner.route(mesh) {
                    draft = draft.also(place_of(route.object, *winner), "takes the requests");
                }
            }
            if !beside {
                draft = draft.otherwise();
            }
            if beside && found.same_result && !found.named {
                let title = format!("remove rule {rule}");
                draft.help(title.clone()).fix_by(Safe, title, |edits| _ = edits.remove(found.rule.node));
            } else {
                draft.help("give the rule a match of its own, or remove it");
            }
        }
    }
}
