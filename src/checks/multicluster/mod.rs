//! Global hosts and segments.

mod destinationrule_subset_global;
mod gg_multinetwork_env;
mod global_host_without_scope;
mod kgw_istio_integration_env;
mod ns_failover_readiness;
mod scope_one_cluster_only;
mod scope_value_invalid;
mod segment_domain_mismatch;
mod segment_scope_unreachable;
mod segment_undefined;
mod switches;
mod takeover_ingress_noop;
mod takeover_value_or_scope;

use super::prelude;

pub(super) use destinationrule_subset_global::DestinationruleSubsetGlobal;
pub(super) use gg_multinetwork_env::GgMultinetworkEnv;
pub(super) use global_host_without_scope::GlobalHostWithoutScope;
pub(super) use kgw_istio_integration_env::KgwIstioIntegrationEnv;
pub(super) use ns_failover_readiness::NsFailoverReadiness;
pub(super) use scope_one_cluster_only::ScopeOneClusterOnly;
pub(super) use scope_value_invalid::ScopeValueInvalid;
pub(super) use segment_domain_mismatch::SegmentDomainMismatch;
pub(super) use segment_scope_unreachable::SegmentScopeUnreachable;
pub(super) use segment_undefined::SegmentUndefined;
pub(super) use takeover_ingress_noop::TakeoverIngressNoop;
pub(super) use takeover_value_or_scope::TakeoverValueOrScope;
