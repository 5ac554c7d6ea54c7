//! The manifests themselves.

mod duplicate_resource;
mod mesh_keys;
mod seen;
mod unknown_mesh_key;

use super::prelude;

pub(super) use duplicate_resource::DuplicateResource;
pub use seen::{Seen, SeenKind};
pub(super) use unknown_mesh_key::UnknownMeshKey;
