//! Waypoints, and ingress that walks past them.

mod ingress_bypasses_waypoint;
mod ingress_waypoint_unbound;

use super::prelude;

pub(super) use ingress_bypasses_waypoint::IngressBypassesWaypoint;
pub(super) use ingress_waypoint_unbound::IngressWaypointUnbound;
