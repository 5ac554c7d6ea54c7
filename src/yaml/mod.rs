//! Text to nodes: what a YAML or JSON file says, with the byte span of everything in it.
//!
//! Scalars mean what they mean to kubectl (sigs.k8s.io/yaml on go-yaml v2). One broken document does not hide the
//! others of its file. [`read`] never fails: what is wrong is in [`Tree::errors`].

mod decode;
mod json;
pub mod patch;
mod reader;
mod scalar;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_decode;
mod tree;
mod write;

pub use decode::{At, DecodeError, Decoder, NODE_OF};
pub use reader::{MAX_DEPTH, read};
pub use scalar::{Resolved, key_as_text, resolve};
pub use tree::{Document, Index, Kind, Node, NodeId, ScalarStyle, SyntaxError, Tree};
pub use write::{quote_scalar, replace_scalar};
