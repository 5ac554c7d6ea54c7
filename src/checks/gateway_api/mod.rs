//! Routes, their parents and their backends, whatever mesh is behind them.

mod backend_port_is_target_port;
mod backend_port_missing;
mod backend_service_not_found;
mod hostname_ref_malformed;
mod named_port_unresolved;
mod route_namespace_not_allowed;
mod route_parent_unknown;
mod service_ref_is_hostname;

use super::prelude;

pub(super) use backend_port_is_target_port::BackendPortIsTargetPort;
pub(super) use backend_port_missing::BackendPortMissing;
pub(super) use backend_service_not_found::BackendServiceNotFound;
pub(super) use hostname_ref_malformed::HostnameRefMalformed;
pub(super) use named_port_unresolved::NamedPortUnresolved;
pub(super) use route_namespace_not_allowed::RouteNamespaceNotAllowed;
pub(super) use route_parent_unknown::RouteParentUnknown;
pub(super) use service_ref_is_hostname::ServiceRefIsHostname;
