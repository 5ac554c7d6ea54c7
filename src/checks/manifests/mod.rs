//! The manifests themselves.

mod duplicate_resource;
mod seen;

use super::prelude;

pub(super) use duplicate_resource::DuplicateResource;
pub use seen::{Seen, SeenKind};
