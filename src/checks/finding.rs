//! What a rule has to say, with its places.

use std::sync::Arc;

pub use crate::mesh::Certainty;
use crate::model::ResourceId;
use crate::text::{FileId, Span};
use crate::yaml::{At, NodeId};

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Probably not what was meant.
    Warning,
    /// Does not work.
    Error,
}

/// What a fix may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Applicability {
    /// Described, never written.
    Manual,
    /// Changes who may talk to whom, or where traffic goes.
    Unsafe,
    /// Traffic and access stay as they are, but for what could not work before.
    Safe,
}

/// A place in the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// A node: a value, or a key where the key itself is meant.
    Node(NodeId),
    /// The key of the mapping entry that has this value.
    KeyOf(NodeId),
    /// Bytes of a file, where there is no node (broken text, comments).
    Bytes(FileId, Span),
}

impl Place {
    /// The file it is in.
    pub const fn file(self) -> FileId {
        match self {
            Self::Node(node) | Self::KeyOf(node) => node.file,
            Self::Bytes(file, _) => file,
        }
    }
}

impl From<NodeId> for Place {
    fn from(node: NodeId) -> Self {
        Self::Node(node)
    }
}

impl<T> From<&At<T>> for Place {
    fn from(value: &At<T>) -> Self {
        Self::Node(value.node())
    }
}

/// A place with a few words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// Where.
    pub place: Place,
    /// The words; may be empty for the primary label.
    pub text: String,
}

/// A change to one node. How it is written into the text is the business of whoever writes files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edit {
    /// Replaces a scalar.
    Set {
        /// The scalar.
        node: NodeId,
        /// The new value, unquoted.
        value: String,
    },
}

/// A way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What it does, as an imperative.
    pub title: String,
    /// What it may do.
    pub applicability: Applicability,
    /// The changes; empty where it is only described.
    pub edits: Vec<Edit>,
}

/// One thing a rule found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The rule's name (or a known issue's).
    pub rule: Arc<str>,
    /// Severity after certainty, configuration and overrides.
    pub severity: Severity,
    /// Whether it has the rule's second severity (`otherwise` in its file).
    pub otherwise: bool,
    /// How sure.
    pub certainty: Certainty,
    /// The headline: one line, no full stop, understandable alone.
    pub message: String,
    /// The resource it is about.
    pub resource: Option<ResourceId>,
    /// Where it is.
    pub primary: Label,
    /// Other places that explain it.
    pub secondary: Vec<Label>,
    /// What happens at run time.
    pub notes: Vec<String>,
    /// What to do, as one imperative step.
    pub help: Option<String>,
    /// Ways out.
    pub fixes: Vec<Fix>,
    /// The file that the document was rendered from, when the document says so.
    pub origin: Option<String>,
    /// Whether a baseline has it.
    pub known: bool,
}
