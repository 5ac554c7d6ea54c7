//! Which conditions a controller would write into statuses, with the reason and the place in the files that decides it.
//!
//! What depends on something outside the input is `Unknown`, unless the input is the whole cluster.

mod condition;
mod gateway;
mod listener;
mod policy;
mod route;

pub use condition::{Condition, ConditionType, Fault, Reason, State};
pub use gateway::{GatewayStatus, ListenerSetStatus};
pub use listener::ListenerStatus;
pub use policy::{Ancestor, PolicyStatus};
pub use route::{ParentStatus, RouteStatus};

use rustc_hash::FxHashSet;

use super::Mesh;
use crate::text::FileId;

/// All statuses of a mesh.
#[derive(Clone, Debug)]
pub struct Statuses<'m> {
    /// Of Gateways, with their listener sets.
    pub gateways: Vec<GatewayStatus<'m>>,
    /// Of listener sets whose Gateway the input does not hold.
    pub orphaned_sets: Vec<ListenerSetStatus<'m>>,
    /// Of routes.
    pub routes: Vec<RouteStatus<'m>>,
    /// Of policies.
    pub policies: Vec<PolicyStatus<'m>>,
}

impl Mesh {
    /// What controllers would write into all statuses.
    pub fn statuses(&self) -> Statuses<'_> {
        let gateways: Vec<GatewayStatus<'_>> = self.gateways().map(|gateway| gateway.status()).collect();
        let mut listeners = route::Crossings::default();
        for status in gateways.iter().flat_map(GatewayStatus::all_listeners).filter(|status| !status.crossed.is_empty()) {
            let parent = status.listener.parent;
            listeners.entry((parent.cluster, parent.ix)).or_default().push(status);
        }
        let routes = self.routes().map(|route| route.status(&listeners)).collect();
        let mut all = Statuses { routes, policies: self.policy_statuses(), orphaned_sets: self.orphaned_sets(), gateways };
        let overlaid: FxHashSet<FileId> = self.resources.iter().filter(|r| r.origin.overlaid).map(|r| r.node.file).collect();
        if !overlaid.is_empty() {
            all.conditions_mut().filter(|c| c.is_bad() && overlaid.contains(&c.place.file)).for_each(Condition::doubt);
        }
        all
    }
}

fn of_set<'s>(set: &'s mut ListenerSetStatus<'_>) -> impl Iterator<Item = &'s mut Condition> {
    set.conditions.iter_mut().chain(set.listeners.iter_mut().flat_map(|listener| &mut listener.conditions))
}

impl Statuses<'_> {
    fn conditions_mut(&mut self) -> impl Iterator<Item = &mut Condition> {
        let mut all: Vec<&mut Condition> = Vec::new();
        for gateway in &mut self.gateways {
            all.extend(&mut gateway.conditions);
            all.extend(gateway.listeners.iter_mut().flat_map(|listener| &mut listener.conditions));
            all.extend(gateway.sets.iter_mut().flat_map(of_set));
        }
        all.extend(self.orphaned_sets.iter_mut().flat_map(of_set));
        all.extend(self.routes.iter_mut().flat_map(|route| &mut route.parents).flat_map(|parent| &mut parent.conditions));
        all.extend(self.policies.iter_mut().flat_map(|policy| &mut policy.ancestors).flat_map(|ancestor| &mut ancestor.conditions));
        all.into_iter()
    }
}
