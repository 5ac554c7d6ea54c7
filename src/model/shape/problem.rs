//! What is wrong with the shape of a document.

use serde_json::Value as Json;

use crate::model::Text;
use crate::yaml::{NodeId, Resolved, resolve};

/// What kind of thing is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ShapeProblemKind {
    /// A value of another type.
    WrongType,
    /// A required field that is not there, or is null.
    Missing,
    /// A field that the kind does not have.
    Unknown,
    /// A word that is not among those allowed.
    NotInEnum,
    /// Too small, too large, too short, too long.
    OutOfBounds,
    /// Text of another form, a name that the API server refuses among them.
    Pattern,
    /// A label, annotation or other value of a map of texts that reads as a boolean or number.
    LabelNotString,
    /// A key of a map that kubectl reads as a boolean or number, and turns into another text.
    AmbiguousKey,
    /// Fields or items that do not go together.
    Combination,
    /// A rule of the kind, in CEL, that does not hold.
    Rule,
    /// A version that the kind's definition does not serve.
    NotServed,
}

/// One thing that is wrong with the shape of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShapeProblem {
    /// What kind of thing.
    pub kind: ShapeProblemKind,
    /// Where: the value, or the key when `on_key`. Of a missing field: the key of the mapping that lacks it, the
    /// mapping itself in a list, the value of `kind` for the document.
    pub node: NodeId,
    /// Whether `node` is a key.
    pub on_key: bool,
    /// The field in words: `spec.rules[0].backendRefs[1].port`.
    pub path: String,
    /// The headline.
    pub message: String,
    /// A few words for the place.
    pub label: String,
    /// What should stand at `node`, when that is clear or something is near.
    pub suggestion: Option<Suggestion>,
    /// The CustomResourceDefinition that says so, where one was given.
    pub by: Option<Defined>,
}

/// The CustomResourceDefinition by which something is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Defined {
    /// Its file, as people see it.
    pub file: Text,
    /// The last node of what the problem is about, in the order of the file.
    pub until: NodeId,
}

/// What should stand somewhere instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// The right key or word; where the type is wrong, the same as another type.
    pub right: Json,
    /// Whether it is hardly anything else that was meant.
    pub sure: bool,
    /// Of a key: the value of its entry.
    pub entry: Option<NodeId>,
}

impl Suggestion {
    /// The word that another one is a slip of the keyboard for.
    pub(super) fn slip(text: &str, word: &str) -> Self {
        let sorted = |text: &str| {
            let mut letters: Vec<char> = text.to_lowercase().chars().collect();
            letters.sort_unstable();
            letters
        };
        // in a short word one other letter makes another word
        let one_off = || text.len() > 4 && strsim::osa_distance(&text.to_lowercase(), &word.to_lowercase()) <= 1;
        Self { right: word.into(), sure: sorted(text) == sorted(word) || one_off(), entry: None }
    }

    /// A boolean or number as the text that was meant, as it is written: `1.10` is not 1.1.
    pub(super) fn quoted(text: &str) -> Self {
        Self { right: text.into(), sure: true, entry: None }
    }

    /// A text in quotes as the boolean or number that belongs there, when that is written in no other way.
    pub(super) fn unquoted(text: &str) -> Option<Self> {
        let right = match resolve(text) {
            Resolved::Bool(b) => Json::from(b),
            Resolved::Int(n) => Json::from(n),
            _ => return None,
        };
        (format!("{right}") == text).then_some(Self { right, sure: true, entry: None })
    }
}
