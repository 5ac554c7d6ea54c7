//! Global hosts and segments.

mod global_host_without_scope;
mod segment_domain_mismatch;
mod segment_scope_unreachable;
mod takeover_ingress_noop;

use super::prelude;

pub(super) use global_host_without_scope::GlobalHostWithoutScope;
pub(super) use segment_domain_mismatch::SegmentDomainMismatch;
pub(super) use segment_scope_unreachable::SegmentScopeUnreachable;
pub(super) use takeover_ingress_noop::TakeoverIngressNoop;
