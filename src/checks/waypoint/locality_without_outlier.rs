//! `locality-without-outlier`: the words are in rules/locality-without-outlier.md.
use super::prelude::*;

pub(in crate::checks) struct LocalityWithoutOutlier;

impl Rule for LocalityWithoutOutlier {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for (object, at) in mesh.blind_failovers() {
            let help = "add `outlierDetection` to the same `trafficPolicy`";
            out.finding(Place::KeyOf(at))
                .about(object)
                .say(format!("{} asks for fail-over by locality without `outlierDetection`: nothing ever fails over", object.id))
                .label("who is to notice that pods fail")
                .note("priorities by locality come into force when Envoy takes failing endpoints out, which it does by outlier detection only")
                .help(help)
                .fix(Manual, help);
        }
    }
}
