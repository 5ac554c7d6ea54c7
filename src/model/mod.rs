//! Typed resources whose fields know their place.

pub mod core;
mod id;
pub mod istio;
mod value;

pub use id::{Namespace, ResourceId};
pub use value::{Anything, Checked, IntOrText, Labels, Metadata, Text, Value};
