//! What a rule has to say, with its places.

use std::path::PathBuf;
use std::sync::Arc;

pub use crate::mesh::Certainty;
use crate::model::ResourceId;
use crate::text::{FileId, Span};
use crate::yaml::{At, NodeId, patch};

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

/// A change that a fix makes. How it is written into text is the business of whoever writes files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edit {
    /// To the nodes of a file.
    Change {
        /// The file.
        file: FileId,
        /// The change.
        edit: patch::Edit,
    },
    /// A new resource. Where it is written follows from the habits of the folder.
    Create {
        /// The resource it belongs to: the root of its document.
        beside: NodeId,
        /// All of it, in the order it is written.
        manifest: serde_json::Value,
    },
    /// A new file: what a new resource comes to where each has a file of its own.
    NewFile {
        /// Where, absolute.
        path: PathBuf,
        /// How people see the path.
        shown: Arc<str>,
        /// All of its text.
        content: String,
    },
}

/// The changes of one fix, as a rule says them. All of them are made, or none.
#[derive(Debug, Default)]
pub struct Edits(Vec<Edit>);

impl Edits {
    /// Any change to a file.
    pub fn change(&mut self, file: FileId, edit: patch::Edit) -> &mut Self {
        self.0.push(Edit::Change { file, edit });
        self
    }

    /// Gives a node another value: a number is written as a number, text so that it is read as text.
    pub fn set(&mut self, node: impl Into<NodeId>, value: impl Into<serde_json::Value>) -> &mut Self {
        let node = node.into();
        self.change(node.file, patch::Edit::Set { node: node.index, value: value.into() })
    }

    /// Puts a value below a mapping at a path of keys; what is missing on the way is made, mappings are merged.
    pub fn insert(&mut self, map: impl Into<NodeId>, path: &[&str], value: impl Into<serde_json::Value>) -> &mut Self {
        let map = map.into();
        self.change(map.file, patch::Edit::Insert { map: map.index, path: owned(path), value: value.into() })
    }

    /// Adds an item to the list at a path of keys below a mapping; a missing list is made.
    pub fn append(&mut self, map: impl Into<NodeId>, path: &[&str], value: impl Into<serde_json::Value>) -> &mut Self {
        let map = map.into();
        self.change(map.file, patch::Edit::Append { map: map.index, path: owned(path), value: value.into() })
    }

    /// Takes out an item of a list, or the entry of a mapping that has this value.
    pub fn remove(&mut self, node: impl Into<NodeId>) -> &mut Self {
        let node = node.into();
        self.change(node.file, patch::Edit::Remove { node: node.index })
    }

    /// Gives the entry that has this value another key.
    pub fn rename(&mut self, value: impl Into<NodeId>, key: impl Into<String>) -> &mut Self {
        let value = value.into();
        self.change(value.file, patch::Edit::Rename { value: value.index, key: key.into() })
    }

    /// Makes a resource that belongs to another one, given by the root of its document.
    pub fn create(&mut self, beside: impl Into<NodeId>, manifest: serde_json::Value) -> &mut Self {
        self.0.push(Edit::Create { beside: beside.into(), manifest });
        self
    }

    /// The changes, in the order they were said.
    pub(super) fn into_list(self) -> Vec<Edit> {
        self.0
    }
}

fn owned(path: &[&str]) -> Vec<String> {
    path.iter().map(|key| (*key).to_owned()).collect()
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
    /// The same as text, for whoever looks at the fix; empty until the files have been read again.
    pub changes: Vec<FileChange>,
}

/// A change to the text of a file, as a fix would make it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileChange {
    /// The file.
    pub file: FixTarget,
    /// What is replaced, and by what.
    pub change: patch::Change,
}

/// A file that a fix writes to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FixTarget {
    /// A file of the input.
    Known(FileId),
    /// A file that the fix makes, as people see its path.
    New(Arc<str>),
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
