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

use super::Mesh;

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
        Statuses { routes, policies: self.policy_statuses(), orphaned_sets: self.orphaned_sets(), gateways }
    }
}
