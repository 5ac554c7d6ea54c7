//! The manifests themselves.

mod api_version_removed;
mod duplicate_resource;
mod invalid_manifest;
mod mesh_keys;
mod seen;
mod unknown_mesh_key;

use super::prelude;

pub(super) use api_version_removed::ApiVersionRemoved;
pub(super) use duplicate_resource::DuplicateResource;
pub(super) use invalid_manifest::InvalidManifest;
pub use seen::{Seen, SeenKind};
pub(super) use unknown_mesh_key::UnknownMeshKey;
