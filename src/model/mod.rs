//! Typed resources whose fields know their place.

mod id;

pub use id::{Namespace, ResourceId};
