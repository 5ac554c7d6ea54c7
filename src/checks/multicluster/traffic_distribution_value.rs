//! `traffic-distribution-value`: the words are in rules/traffic-distribution-value.md.
use super::prelude::*;

pub(in crate::checks) struct TrafficDistributionValue;

impl Rule for TrafficDistributionValue {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for (object, value, at) in mesh.unknown_distributions() {
            let words = if object.platform().may_be_solo() {
                "`PreferClose`, `PreferSameZone`, `PreferSameNode`, `PreferNetwork`, `PreferRegion` or `Any`"
            } else {
                "`PreferClose`, `PreferSameZone` or `PreferSameNode`"
            };
            let help = format!("use {words}");
            out.finding(at)
                .about(object)
                .say(format!("{} has the traffic distribution `{value}`, which Istio does not know", object.id))
                .label("read as `Any`")
                .note("requests go to all endpoints alike, near or far; on a Service the value also hides that of its namespace")
                .help(help.clone())
                .fix(Manual, help);
        }
    }
}
