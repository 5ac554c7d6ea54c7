//! What Envoy would refuse, or take for something else: said with a place, before Envoy sees it.

use super::Context;
use crate::checks::{Certainty, Finding, Label, Severity};
use crate::yaml::NodeId;

/// What findings of compiling are called.
pub(super) const RULE: &str = "compile";

impl Context<'_, '_> {
    /// Looks through the table.
    pub(super) fn refuse(&mut self) {}

    /// A finding at a place.
    pub(super) fn find(&mut self, node: NodeId, severity: Severity, message: String) -> &mut Finding {
        let finding = Finding {
            rule: RULE.into(),
            severity,
            otherwise: false,
            certainty: Certainty::Sure,
            message,
            resource: self.table.gateway.object.mesh().resource_around(node).map(|resource| resource.id.clone()),
            primary: Label { place: node.into(), text: String::new() },
            secondary: Vec::new(),
            notes: Vec::new(),
            help: None,
            fixes: Vec::new(),
            origin: None,
            known: false,
        };
        self.findings.push(finding);
        let last = self.findings.len() - 1;
        &mut self.findings[last]
    }
}
