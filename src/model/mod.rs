//! Typed resources whose fields know their place.

mod id;
pub mod load;
mod value;

pub use id::{Namespace, ResourceId};
pub use value::{Anything, Checked, IntOrText, Labels, Metadata, Text, Value};
