//! `backend-tls-policy-invalid`: the words are in rules/backend-tls-policy-invalid.md.
use super::prelude::*;
use crate::mesh::status::{ConditionType, Reason, State};
use crate::model::Kind;

pub(in crate::checks) struct BackendTlsPolicyInvalid;

impl Rule for BackendTlsPolicyInvalid {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        if mesh.objects(Kind::BackendTlsPolicy).next().is_none() {
            return;
        }
        for status in mesh.policy_statuses().into_iter().filter(|status| status.policy.kind == Kind::BackendTlsPolicy) {
            let refused = status.ancestors.iter().flat_map(|ancestor| &ancestor.conditions);
            // one problem is one, through however many Gateways
            let mut refused: Vec<_> = refused.filter(|c| c.kind == ConditionType::Accepted && c.state == State::False).collect();
            refused.sort_by_key(|condition| condition.place);
            refused.dedup_by_key(|condition| condition.place);
            for condition in refused {
                let id = &status.policy.id;
                let (what, note, help) = match condition.reason {
                    Reason::TargetNotFound => (
                        format!("{id} acts on nothing"),
                        "gateways speak plaintext to what it was meant for",
                        "name a Service of the policy's namespace, and a port of it by its name",
                    ),
                    Reason::Conflicted => (
                        format!("{id} is not used: another policy came first"),
                        "of several policies for one Service the oldest holds, then the first by name",
                        "make them one, or let each act on another port",
                    ),
                    _ => (
                        format!("{id} has no authority to believe"),
                        "requests to its Services are answered with an error: never with plaintext",
                        "name a ConfigMap of the policy's namespace with certificates under `ca.crt`",
                    ),
                };
                let draft = out.finding(Place::Node(condition.place)).about(status.policy).say(what);
                draft.label(condition.message.clone()).note(note).help(help);
            }
        }
    }
}
