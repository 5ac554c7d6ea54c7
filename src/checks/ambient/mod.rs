//! Enrolment, mTLS and the bypass annotation.

mod backend_not_in_mesh;
mod bypass_wrong_place;
mod gateway_not_in_mesh;
mod params_not_referenced;
mod strict_rejects_ingress;

use super::prelude;

pub(super) use backend_not_in_mesh::BackendNotInMesh;
pub(super) use bypass_wrong_place::BypassWrongPlace;
pub(super) use gateway_not_in_mesh::GatewayNotInMesh;
pub(super) use params_not_referenced::ParamsNotReferenced;
pub(super) use strict_rejects_ingress::StrictRejectsIngress;
