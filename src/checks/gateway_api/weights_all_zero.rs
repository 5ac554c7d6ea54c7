//! `weights-all-zero`: the words are in rules/weights-all-zero.md.
use super::prelude::*;

pub(in crate::checks) struct WeightsAllZero;

impl Rule for WeightsAllZero {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for found in mesh.http_rules() {
            let weights: Vec<_> = found.rule.backend_refs.iter().filter_map(|backend| backend.weight.as_ref()).collect();
            let all = weights.len() == found.rule.backend_refs.len() && weights.iter().all(|weight| ***weight == 0);
            let Some(first) = weights.first().filter(|_| all) else { continue };
            out.finding(*first)
                .about(found.route.object)
                .say(format!("all backends of a rule of {} have the weight 0: every request that it takes gets 500", found.route.object.id))
                .label("no share of the requests")
                .note("a weight of 0 takes a backend out, and nothing is left")
                .help("give one of the backends a weight, or take the rule out");
        }
    }
}
