//! Edits of nodes as changes of text: a table of awkward files, and random ones.
#![expect(clippy::unwrap_used, reason = "tests")]

mod cases;
mod more;
mod random;
mod second;
mod table;
mod writer;
