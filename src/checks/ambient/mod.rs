//! Enrolment, mTLS and the bypass annotation.

mod ambient_sidecar_conflict;
mod backend_not_in_mesh;
mod bypass;
mod bypass_on_app_pod;
mod bypass_value_invalid;
mod bypass_wrong_place;
mod dataplane_mode_value;
mod discovery_selector_excludes;
mod gateway_not_in_mesh;
mod hostnetwork_gateway;
mod networkpolicy_blocks_hbone;
mod parametersref_mismatch;
mod params_not_referenced;
mod peerauth_portlevel_useless;
mod peerauth_selector_in_root;
mod strict_rejects_ingress;

use super::prelude;

pub(super) use ambient_sidecar_conflict::AmbientSidecarConflict;
pub(super) use backend_not_in_mesh::BackendNotInMesh;
pub(super) use bypass_on_app_pod::BypassOnAppPod;
pub(super) use bypass_value_invalid::BypassValueInvalid;
pub(super) use bypass_wrong_place::BypassWrongPlace;
pub(super) use dataplane_mode_value::DataplaneModeValue;
pub(super) use discovery_selector_excludes::DiscoverySelectorExcludes;
pub(super) use gateway_not_in_mesh::GatewayNotInMesh;
pub(super) use hostnetwork_gateway::HostnetworkGateway;
pub(super) use networkpolicy_blocks_hbone::NetworkpolicyBlocksHbone;
pub(super) use parametersref_mismatch::ParametersrefMismatch;
pub(super) use params_not_referenced::ParamsNotReferenced;
pub(super) use peerauth_portlevel_useless::PeerauthPortlevelUseless;
pub(super) use peerauth_selector_in_root::PeerauthSelectorInRoot;
pub(super) use strict_rejects_ingress::StrictRejectsIngress;
