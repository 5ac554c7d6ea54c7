//! Typed resources whose fields know their place.

pub mod gateway;
mod id;
pub mod kgateway;
pub mod solo;
mod value;

pub use id::{Namespace, ResourceId};
pub use value::{Anything, Checked, IntOrText, Labels, Metadata, Text, Value};
