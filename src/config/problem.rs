//! What is wrong with a configuration file.

use std::fmt;
use std::path::PathBuf;

use crate::text::Span;

/// One thing that is wrong, with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigProblem {
    /// Where, in the text of the file.
    pub span: Span,
    /// What: one line, no full stop. Words of the file stand in it as they are: whoever prints escapes them.
    pub message: String,
    /// What to do, as one imperative step.
    pub hint: Option<String>,
}

impl ConfigProblem {
    /// A problem without a hint.
    pub(super) fn new(span: Span, message: impl Into<String>) -> Self {
        Self { span, message: message.into(), hint: None }
    }

    /// The same problem with a way out, when there is one.
    pub(super) fn hint(mut self, hint: Option<String>) -> Self {
        self.hint = hint;
        self
    }

    /// The same problem, with the word that was probably meant.
    pub(super) fn near<'c>(self, word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Self {
        let hint = crate::text::near(word, candidates).map(|near| format!("did you mean `{near}`?"));
        self.hint(hint)
    }
}

/// A configuration file that cannot be used: exit code 2.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// The file, as it was named or found.
    pub path: PathBuf,
    /// Its text; empty when it could not be read.
    pub text: String,
    /// Everything that is wrong, in the order of the file; never empty.
    pub problems: Vec<ConfigProblem>,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.path.display())?;
        self.problems.iter().try_for_each(|problem| write!(f, ": {}", problem.message))
    }
}

impl std::error::Error for ConfigError {}
