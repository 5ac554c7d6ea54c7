//! Enrolment, mTLS and the bypass annotation.

mod backend_not_in_mesh;
mod bypass_wrong_place;
mod gateway_not_in_mesh;
mod params_not_referenced;
mod strict_rejects_ingress;

use super::prelude;

pub use backend_not_in_mesh::BackendNotInMesh;
pub use bypass_wrong_place::BypassWrongPlace;
pub use gateway_not_in_mesh::GatewayNotInMesh;
pub use params_not_referenced::ParamsNotReferenced;
pub use strict_rejects_ingress::StrictRejectsIngress;
