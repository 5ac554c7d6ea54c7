//! `policy-target-missing`: the words are in rules/policy-target-missing.md.
use super::prelude::*;
use crate::mesh::status::{Reason, State};
use crate::model::Kind;

pub(in crate::checks) struct PolicyTargetMissing;

impl Rule for PolicyTargetMissing {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        let kinds = [Kind::Policy, Kind::AuthorizationPolicy, Kind::RequestAuthentication];
        if kinds.into_iter().all(|kind| mesh.objects(kind).next().is_none()) {
            return;
        }
        for status in mesh.policy_statuses().into_iter().filter(|status| kinds.contains(&status.policy.kind)) {
            let conditions = status.ancestors.iter().flat_map(|ancestor| &ancestor.conditions);
            let mut missing: Vec<_> = conditions.filter(|c| c.reason == Reason::TargetNotFound && c.state == State::False).collect();
            missing.sort_by_key(|condition| condition.place);
            missing.dedup_by_key(|condition| condition.place);
            for condition in missing {
                out.finding(Place::Node(condition.place))
                    .about(status.policy)
                    .say(format!("{} acts on something that is not there", status.policy.id))
                    .label(condition.message.clone())
                    .note("the policy does nothing there: what it limits is not limited")
                    .help("name an object, and a part of it, that exists");
            }
        }
    }
}
