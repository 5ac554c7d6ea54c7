//! Changes to nodes, turned into changes of text that leave everything else of the file as it is.

mod brackets;
mod emit;
mod place;
mod plan;
mod render;
mod value;
mod verify;

use std::fmt;

use serde_json::Value as Json;

use self::emit::Emitter;
use self::place::File;
use self::plan::Planner;
pub use self::value::value;
pub use self::verify::{Mismatch, verify};
use super::{Index, Tree};
use crate::text::Span;

/// A change to the nodes of one file. Values are what kubectl would read: a number is written as a number, text so that it is
/// read as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edit {
    /// Gives a node another value.
    Set {
        /// The value that is replaced.
        node: Index,
        /// What it becomes.
        value: Json,
    },
    /// Puts a value into a mapping, below a path of keys. Mappings on the way that are missing, null or empty are made; a value
    /// that is there already is replaced, but for mappings, which are merged.
    Insert {
        /// The mapping that the path starts from.
        map: Index,
        /// Keys; the last one is the entry's.
        path: Vec<String>,
        /// The entry's value.
        value: Json,
    },
    /// Adds an item to the end of a list, which is made where it is missing, null or empty.
    Append {
        /// The mapping that the path starts from.
        map: Index,
        /// Keys; the last one is the list's. Empty: `map` is the list itself.
        path: Vec<String>,
        /// The new item.
        value: Json,
    },
    /// Takes out an item of a list, or a mapping's entry with its key. The comments on its own lines go with it.
    Remove {
        /// The item, or the value of the entry.
        node: Index,
    },
    /// Gives a mapping's entry another key.
    Rename {
        /// The value of the entry.
        value: Index,
        /// The new key.
        key: String,
    },
    /// Adds a document after the one that holds a node; after the item, where that one stands in a `kind: List`.
    AddDocument {
        /// The root of the resource that the new one belongs to.
        after: Index,
        /// The new document.
        value: Json,
    },
}

/// A change to the bytes of one file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Change {
    /// What is replaced; empty where something is added.
    pub span: Span,
    /// What stands there afterwards.
    pub content: String,
}

/// Why edits are not made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The place is written in a form that is left to people.
    Form(&'static str),
    /// The place is shared through an anchor: the edit would change all of its users.
    Shared,
    /// Two of the edits contradict each other.
    Conflict,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Form(form) => form,
            Self::Shared => "shared through an anchor",
            Self::Conflict => "changed by another fix as well",
        })
    }
}

/// The changes of text that make the edits, in the order of their places and without overlap.
///
/// # Errors
/// When one of the edits cannot be made without guessing; then none is.
pub fn patch(text: &str, tree: &Tree<'_>, edits: &[Edit]) -> Result<Vec<Change>, Refusal> {
    let file = File::new(text, tree)?;
    let plan = Planner::new(&file).plan(edits)?;
    Emitter::new(&file, &plan).changes()
}

/// The text with the changes made; `None` when they are out of order or do not fit.
pub fn apply(text: &str, changes: &[Change]) -> Option<String> {
    let mut out = String::with_capacity(text.len() + changes.iter().map(|change| change.content.len()).sum::<usize>());
    let mut from = 0;
    for Change { span, content } in changes {
        out.push_str(text.get(from..span.start as usize)?);
        out.push_str(content);
        from = span.end as usize;
        text.get(span.start as usize..from)?;
    }
    out.push_str(text.get(from..)?);
    Some(out)
}

/// A value as a whole document, in block style as people write manifests.
pub fn to_yaml(value: &Json) -> String {
    render::document(value, render::Block::default(), "\n")
}
