//! `regex-invalid`: the words are in rules/regex-invalid.md.
use super::prelude::*;
use crate::mesh::status::Reason;

pub(in crate::checks) struct RegexInvalid;

impl Rule for RegexInvalid {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for route in mesh.routes() {
            for (rule, fault) in route.rule_faults().into_iter().filter(|(_, fault)| fault.reason == Reason::InvalidPattern) {
                out.finding(Place::Node(fault.place))
                    .about(route.object)
                    .say(format!("rule {} of {} has a pattern that is no regular expression: {}", rule + 1, route.object.id, fault.message))
                    .label("RE2 does not read this")
                    .note("Envoy refuses the configuration, or the controller does not accept the rule")
                    .help("write it as RE2 reads it: without look-around and back references, and with every bracket closed");
            }
        }
    }
}
