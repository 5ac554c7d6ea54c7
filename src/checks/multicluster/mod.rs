//! Global hosts and segments.

mod autogen_authored;
mod community_multinetwork_flag;
mod destinationrule_subset_global;
mod eastwest_gateway_shape;
mod gg_multinetwork_env;
mod global_host_without_scope;
mod kgw_istio_integration_env;
mod network_label_mismatch;
mod ns_failover_readiness;
mod peering_prereq;
mod remote_gateway_shape;
mod scope_one_cluster_only;
mod scope_value_invalid;
mod segment_domain_mismatch;
mod segment_scope_unreachable;
mod segment_undefined;
mod switches;
mod takeover_ingress_noop;
mod takeover_value_or_scope;
mod traffic_distribution_value;

use super::prelude;

pub(super) use autogen_authored::AutogenAuthored;
pub(super) use community_multinetwork_flag::CommunityMultinetworkFlag;
pub(super) use destinationrule_subset_global::DestinationruleSubsetGlobal;
pub(super) use eastwest_gateway_shape::EastwestGatewayShape;
pub(super) use gg_multinetwork_env::GgMultinetworkEnv;
pub(super) use global_host_without_scope::GlobalHostWithoutScope;
pub(super) use kgw_istio_integration_env::KgwIstioIntegrationEnv;
pub(super) use network_label_mismatch::NetworkLabelMismatch;
pub(super) use ns_failover_readiness::NsFailoverReadiness;
pub(super) use peering_prereq::PeeringPrereq;
pub(super) use remote_gateway_shape::RemoteGatewayShape;
pub(super) use scope_one_cluster_only::ScopeOneClusterOnly;
pub(super) use scope_value_invalid::ScopeValueInvalid;
pub(super) use segment_domain_mismatch::SegmentDomainMismatch;
pub(super) use segment_scope_unreachable::SegmentScopeUnreachable;
pub(super) use segment_undefined::SegmentUndefined;
pub(super) use takeover_ingress_noop::TakeoverIngressNoop;
pub(super) use takeover_value_or_scope::TakeoverValueOrScope;
pub(super) use traffic_distribution_value::TrafficDistributionValue;
