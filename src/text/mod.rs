//! Sources and places: bytes, spans, lines, and how text from a manifest is made safe to print.

mod diff;
mod escape;
mod lines;
mod memory;
mod near;
mod span;
mod world;

pub use diff::unified_diff;
pub use escape::{for_terminal, one_line};
pub use lines::{LineIndex, Position};
pub use memory::MemoryWorld;
pub use near::near;
pub use span::{FileId, Span};
pub use world::{FileKind, Listing, Ran, World, lexical, named_like_manifest};
