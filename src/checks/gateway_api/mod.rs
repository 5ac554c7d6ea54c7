//! Routes, their parents and their backends, whatever mesh is behind them.

mod backend_port_is_target_port;
mod backend_port_missing;
mod backend_service_not_found;
mod container_port_undeclared;
mod double_policy;
mod edge_policy_overload;
mod externalname_backend;
mod hostname_ref_malformed;
mod istio_gateway_with_kgateway;
mod kgateway_istio_compat;
mod named_port_unresolved;
mod protocol_undeclared;
mod reference_grant_missing;
mod removed_gateway_class;
mod route_attaches_nowhere;
mod route_hostname_disjoint;
mod route_namespace_not_allowed;
mod route_parent_unknown;
mod service_ref_is_hostname;
mod udp_port_in_route;
mod virtualservice_gatewayapi_mix;

use super::prelude;

pub(super) use backend_port_is_target_port::BackendPortIsTargetPort;
pub(super) use backend_port_missing::BackendPortMissing;
pub(super) use backend_service_not_found::BackendServiceNotFound;
pub(super) use container_port_undeclared::ContainerPortUndeclared;
pub(super) use double_policy::DoublePolicy;
pub(super) use edge_policy_overload::EdgePolicyOverload;
pub(super) use externalname_backend::ExternalnameBackend;
pub(super) use hostname_ref_malformed::HostnameRefMalformed;
pub(super) use istio_gateway_with_kgateway::IstioGatewayWithKgateway;
pub(super) use kgateway_istio_compat::KgatewayIstioCompat;
pub(super) use named_port_unresolved::NamedPortUnresolved;
pub(super) use protocol_undeclared::ProtocolUndeclared;
pub(super) use reference_grant_missing::ReferenceGrantMissing;
pub(super) use removed_gateway_class::RemovedGatewayClass;
pub(super) use route_attaches_nowhere::RouteAttachesNowhere;
pub(super) use route_hostname_disjoint::RouteHostnameDisjoint;
pub(super) use route_namespace_not_allowed::RouteNamespaceNotAllowed;
pub(super) use route_parent_unknown::RouteParentUnknown;
pub(super) use service_ref_is_hostname::ServiceRefIsHostname;
pub(super) use udp_port_in_route::UdpPortInRoute;
pub(super) use virtualservice_gatewayapi_mix::VirtualserviceGatewayapiMix;
