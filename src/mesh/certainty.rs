//! How sure an answer is.

/// How sure it is, from what the input shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Certainty {
    /// Depends on something outside the input; shown with `--pedantic` only.
    Possible,
    /// The input speaks for it; one severity lower than if it were sure.
    Likely,
    /// The input shows it.
    Sure,
}
