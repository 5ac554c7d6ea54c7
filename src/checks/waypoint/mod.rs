//! Waypoints, and ingress that walks past them.

mod auto_waypoint_misuse;
mod destinationrule_host_miss;
mod destinationrule_ignored;
mod gloo_waypoint_unsupported;
mod headless_behind_waypoint;
mod ingress_bypasses_waypoint;
mod ingress_use_waypoint_value;
mod ingress_waypoint_unbound;
mod locality_without_outlier;
mod multicluster_waypoint_missing;
mod policy_blocks_waypoint;
mod selector_policy_on_waypoint;
mod service_route_without_waypoint;
mod targetref_bad_reference;
mod targetref_without_waypoint;
mod use_waypoint_dangling;
mod use_waypoint_namespace_orphan;
mod use_waypoint_spelling;
mod virtualservice_no_waypoint;
mod waypoint_cross_namespace_denied;
mod waypoint_for_mismatch;
mod waypoint_listener_shape;

use super::prelude;

pub(super) use auto_waypoint_misuse::AutoWaypointMisuse;
pub(super) use destinationrule_host_miss::DestinationruleHostMiss;
pub(super) use destinationrule_ignored::DestinationruleIgnored;
pub(super) use gloo_waypoint_unsupported::GlooWaypointUnsupported;
pub(super) use headless_behind_waypoint::HeadlessBehindWaypoint;
pub(super) use ingress_bypasses_waypoint::IngressBypassesWaypoint;
pub(super) use ingress_use_waypoint_value::IngressUseWaypointValue;
pub(super) use ingress_waypoint_unbound::IngressWaypointUnbound;
pub(super) use locality_without_outlier::LocalityWithoutOutlier;
pub(super) use multicluster_waypoint_missing::MulticlusterWaypointMissing;
pub(super) use policy_blocks_waypoint::PolicyBlocksWaypoint;
pub(super) use selector_policy_on_waypoint::SelectorPolicyOnWaypoint;
pub(super) use service_route_without_waypoint::ServiceRouteWithoutWaypoint;
pub(super) use targetref_bad_reference::TargetrefBadReference;
pub(super) use targetref_without_waypoint::TargetrefWithoutWaypoint;
pub(super) use use_waypoint_dangling::UseWaypointDangling;
pub(super) use use_waypoint_namespace_orphan::UseWaypointNamespaceOrphan;
pub(super) use use_waypoint_spelling::UseWaypointSpelling;
pub(super) use virtualservice_no_waypoint::VirtualserviceNoWaypoint;
pub(super) use waypoint_cross_namespace_denied::WaypointCrossNamespaceDenied;
pub(super) use waypoint_for_mismatch::WaypointForMismatch;
pub(super) use waypoint_listener_shape::WaypointListenerShape;
