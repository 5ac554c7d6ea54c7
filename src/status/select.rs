//! Which statuses are shown.

use crate::checks::Place;
use crate::mesh::ObjectName;
use crate::mesh::status::{Condition, GatewayStatus, ListenerSetStatus, ListenerStatus, ParentStatus, PolicyStatus, RouteStatus, Statuses};
use crate::mesh::{Object, ParentVerdict};

/// Statuses that are to be shown: all of them, or those that belong to one Gateway.
pub struct Selected<'a, 'm> {
    pub(super) gateways: Vec<&'a GatewayStatus<'m>>,
    pub(super) sets: Vec<&'a ListenerSetStatus<'m>>,
    pub(super) routes: Vec<(&'a RouteStatus<'m>, Vec<&'a ParentStatus<'m>>)>,
    pub(super) policies: Vec<(&'a PolicyStatus<'m>, Vec<&'a crate::mesh::status::Ancestor<'m>>)>,
}

impl<'a, 'm> Selected<'a, 'm> {
    /// All that there is, or what belongs to the Gateways of a name.
    pub fn of(statuses: &'a Statuses<'m>, name: Option<&ObjectName>) -> Self {
        let gateways: Vec<&GatewayStatus<'m>> =
            statuses.gateways.iter().filter(|status| name.is_none_or(|name| name.means(status.gateway.object))).collect();
        let mut sets: Vec<&ListenerSetStatus<'m>> = gateways.iter().flat_map(|status| &status.sets).collect();
        if name.is_none() {
            sets.extend(&statuses.orphaned_sets);
        }
        let belongs = |parent: &ParentStatus<'m>| {
            name.is_none()
                || parent.parent.object().is_some_and(|object| is_among(object, &gateways) || sets.iter().any(|set| set.set == object))
        };
        let routes = statuses.routes.iter().map(|route| (route, route.parents.iter().filter(|parent| belongs(parent)).collect::<Vec<_>>()));
        let acts = |policy: &PolicyStatus<'m>, ancestor: &crate::mesh::status::Ancestor<'m>| {
            name.is_none()
                || gateways.iter().any(|status| {
                    let gateway = status.gateway.object;
                    ancestor.kind == "Gateway"
                        && gateway.cluster() == policy.policy.cluster()
                        && *gateway.namespace() == ancestor.namespace
                        && gateway.resource().id.name == *ancestor.name
                })
        };
        let policies = statuses
            .policies
            .iter()
            .map(|policy| (policy, policy.ancestors.iter().filter(|ancestor| acts(policy, ancestor)).collect::<Vec<_>>()));
        Self {
            routes: routes.filter(|(_, parents)| !parents.is_empty()).collect(),
            policies: policies.filter(|(_, ancestors)| !ancestors.is_empty()).collect(),
            gateways,
            sets,
        }
    }

    /// How many objects there are.
    pub(super) fn objects(&self) -> usize {
        self.gateways.len() + self.sets.len() + self.routes.len() + self.policies.len()
    }

    /// All conditions.
    pub(super) fn conditions(&self) -> impl Iterator<Item = &'a Condition> {
        let of_listeners = |listeners: &'a [ListenerStatus<'m>]| listeners.iter().flat_map(|listener| &listener.conditions);
        let gateways = self.gateways.iter().flat_map(move |status| status.conditions.iter().chain(of_listeners(&status.listeners)));
        let sets = self.sets.iter().flat_map(move |status| status.conditions.iter().chain(of_listeners(&status.listeners)));
        let routes = self.routes.iter().flat_map(|(_, parents)| parents).flat_map(|parent| &parent.conditions);
        let policies = self.policies.iter().flat_map(|(_, ancestors)| ancestors).flat_map(|ancestor| &ancestor.conditions);
        gateways.chain(sets).chain(routes).chain(policies)
    }

    /// All places that are shown.
    pub fn places(&self) -> Vec<Place> {
        let objects = self.gateways.iter().map(|status| status.gateway.object);
        let objects = objects.chain(self.sets.iter().map(|status| status.set));
        let objects = objects.chain(self.routes.iter().map(|(status, _)| status.route.object));
        let objects = objects.chain(self.policies.iter().map(|(status, _)| status.policy));
        let parents = self.routes.iter().flat_map(|(_, parents)| parents).map(|parent| parent.parent.reference.node());
        let listeners = self.gateways.iter().flat_map(|status| &status.listeners).chain(self.sets.iter().flat_map(|set| &set.listeners));
        let listeners = listeners.map(|listener| listener.listener.view.node);
        let nodes = objects.map(|object| object.name_place()).chain(parents).chain(listeners);
        nodes.chain(self.conditions().map(|condition| condition.place)).map(Place::Node).collect()
    }
}

fn is_among(object: Object<'_>, gateways: &[&GatewayStatus<'_>]) -> bool {
    gateways.iter().any(|status| status.gateway.object == object)
}

/// The names of the listeners that take a route at a parent, when it attaches.
pub(super) fn taking<'m>(parent: &ParentStatus<'m>) -> &'m [crate::model::Text] {
    match parent.parent.verdict {
        ParentVerdict::Attached { listeners, .. } => listeners,
        _ => &[],
    }
}
