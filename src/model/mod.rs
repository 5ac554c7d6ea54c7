//! Typed resources whose fields know their place.

pub mod cel;
mod id;
mod kinds;
mod read;
mod resource;
mod value;

pub mod core;
pub mod delivery;
pub mod gateway;
pub mod istio;
pub mod kgateway;
pub mod load;
pub mod shape;
pub mod solo;

pub use id::{Namespace, ResourceId};
pub use kinds::{Info, Kind, Scope};
pub use read::{Read, read};
pub use resource::{Origin, Resource, Spec};
pub use value::{Anything, Checked, Counted, IntOrText, Labels, Metadata, Text, Value};
