//! How types, values and paths are called in messages.

use std::fmt::Write;

use crate::yaml::{Index, Resolved, ScalarStyle, resolve};

use super::schema::{Forms, Object, Schema};

/// What stands at a node.
#[derive(Clone, Copy, Debug)]
pub(super) enum Found<'t> {
    Null,
    Boolean(bool),
    Integer(i64),
    Unsigned(u64),
    Number(f64),
    Text(&'t str, ScalarStyle),
    List,
    Mapping,
}

impl Found<'_> {
    /// Whether a value of these forms may stand here: integral floats are integers, integers are numbers.
    pub(super) fn fits(self, forms: Forms) -> bool {
        forms.has(match self {
            Self::Null => Forms::NULL,
            Self::Boolean(_) => Forms::BOOLEAN,
            Self::Integer(_) | Self::Unsigned(_) => Forms::INTEGER.with(Forms::NUMBER),
            Self::Number(n) if n.fract() == 0.0 => Forms::INTEGER.with(Forms::NUMBER),
            Self::Number(_) => Forms::NUMBER,
            Self::Text(..) => Forms::TEXT,
            Self::List => Forms::LIST,
            Self::Mapping => Forms::MAPPING,
        })
    }

    /// A boolean or a number.
    pub(super) const fn is_ambiguous(self) -> bool {
        matches!(self, Self::Boolean(_) | Self::Integer(_) | Self::Unsigned(_) | Self::Number(_))
    }

    /// Its value when it is a number.
    #[expect(clippy::cast_precision_loss, reason = "compared with bounds that are small")]
    pub(super) const fn number(self) -> Option<f64> {
        match self {
            Self::Integer(n) => Some(n as f64),
            Self::Unsigned(n) => Some(n as f64),
            Self::Number(n) => Some(n),
            _ => None,
        }
    }

    /// As [`Found::words`], a number with its own digits: `1.10`, not 1.1.
    pub(super) fn words_as_written(self, text: Option<&str>) -> String {
        match (self, text) {
            (Self::Integer(_) | Self::Unsigned(_) | Self::Number(_), Some(text)) => format!("the number {}", shortened(text)),
            _ => self.words(),
        }
    }

    /// "the boolean true", "text", "a list".
    pub(super) fn words(self) -> String {
        match self {
            Self::Null => "null".into(),
            Self::Boolean(b) => format!("the boolean {b}"),
            Self::Integer(n) => format!("the number {n}"),
            Self::Unsigned(n) => format!("the number {n}"),
            Self::Number(n) => format!("the number {n}"),
            Self::Text("", _) => "empty text".into(),
            Self::Text(..) => "text".into(),
            Self::List => "a list".into(),
            Self::Mapping => "a mapping".into(),
        }
    }
}

/// "an integer or text".
pub(super) fn wanted(forms: Forms) -> String {
    let words = [
        (Forms::MAPPING, "a mapping"),
        (Forms::LIST, "a list"),
        (Forms::TEXT, "text"),
        (Forms::NUMBER, "a number"),
        (Forms::INTEGER, "an integer"),
        (Forms::BOOLEAN, "a boolean"),
    ];
    let mut out = String::new();
    for (form, word) in words {
        if forms.has(form) && !(form == Forms::INTEGER && forms.has(Forms::NUMBER)) {
            let _ = write!(out, "{}{word}", if out.is_empty() { "" } else { " or " });
        }
    }
    if out.is_empty() { "nothing".into() } else { out }
}

/// What to do about a value of the wrong type; `raw` is the scalar as written.
pub(super) fn advice(forms: Forms, found: Found<'_>, raw: Option<&str>) -> String {
    if let Found::Text(text, style) = found
        && style != ScalarStyle::Plain
        && read_plain(text).fits(forms)
    {
        return "is text because of its quotes".into();
    }
    match found {
        _ if forms.has(Forms::TEXT) && found.is_ambiguous() => quoting(found, raw),
        Found::Mapping if forms.has(Forms::LIST) => "start each item with `- `".into(),
        Found::List if forms.has(Forms::MAPPING) => "only one goes here, without `- `".into(),
        Found::Text(..) | Found::Boolean(_) | Found::Integer(_) if forms.has(Forms::LIST) => "write it as a list".into(),
        _ => format!("expected {}", wanted(forms)),
    }
}

/// For a boolean or number that was meant as text.
pub(super) fn quoting(found: Found<'_>, raw: Option<&str>) -> String {
    let words = found.words();
    match raw.filter(|raw| !words.ends_with(&format!(" {raw}"))) {
        Some(raw) => format!("`{}` reads as {words}: quote it", shortened(raw)),
        None => "quote it".into(),
    }
}

/// What a text would be without quotes.
pub(super) fn read_plain(text: &str) -> Found<'_> {
    from_resolved(resolve(text), ScalarStyle::Plain)
}

/// A resolved scalar.
pub(super) const fn from_resolved(resolved: Resolved<'_>, style: ScalarStyle) -> Found<'_> {
    match resolved {
        Resolved::Null => Found::Null,
        Resolved::Bool(b) => Found::Boolean(b),
        Resolved::Int(n) => Found::Integer(n),
        Resolved::Uint(n) => Found::Unsigned(n),
        Resolved::Float(n) => Found::Number(n),
        Resolved::Str(text) => Found::Text(text, style),
        Resolved::Merge => Found::Text("<<", style),
    }
}

/// "one of `A`, `B`": at most eight, and never the empty word.
pub(super) fn one_of(words: &[Box<str>]) -> String {
    let shown: Vec<String> = words.iter().filter(|word| !word.is_empty()).map(|word| format!("`{word}`")).collect();
    match shown.as_slice() {
        [only] => format!("only {only} is allowed"),
        few if few.len() <= 8 => format!("one of {}", few.join(", ")),
        many => format!("one of {} and {} more", many.iter().take(8).cloned().collect::<Vec<_>>().join(", "), many.len() - 8),
    }
}

/// A word of an input, cut where it gets too long for a message.
pub(super) fn shortened(text: &str) -> String {
    const MOST: usize = 64;
    match text.char_indices().nth(MOST) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// How the walk came to a value.
#[derive(Clone, Copy)]
pub(super) enum Step<'f> {
    /// It is the document.
    Root,
    /// By a key, at a node.
    Key(&'f str, Index),
    /// By its position in a list.
    Item(usize),
}

/// A value on the way from the root to the value being checked. Lives on the stack.
#[derive(Clone, Copy)]
pub(super) struct Frame<'f> {
    pub(super) up: Option<&'f Frame<'f>>,
    pub(super) step: Step<'f>,
    pub(super) schema: &'f Schema,
    pub(super) ix: u32,
}

impl<'f> Frame<'f> {
    pub(super) const fn down(&'f self, step: Step<'f>, ix: u32) -> Self {
        Frame { up: Some(self), step, schema: self.schema, ix }
    }

    /// The fields of the mapping that stands here.
    pub(super) fn object(&self) -> Option<&'f Object> {
        self.schema.settled(self.ix).object.as_deref()
    }

    /// The last key on the way.
    pub(super) fn key(&self) -> Option<&'f str> {
        match self.step {
            Step::Key(key, _) => Some(key),
            _ => None,
        }
    }

    /// `spec.rules[0].backendRefs`; empty at the root.
    pub(super) fn path(&self) -> String {
        let mut out = String::new();
        self.write(&mut out);
        out
    }

    /// The path of a key below.
    pub(super) fn path_to(&self, key: &str) -> String {
        let mut out = self.path();
        push_key(&mut out, key);
        out
    }

    /// "`spec.rules[0]`" or "the document".
    pub(super) fn place(&self) -> String {
        match self.step {
            Step::Root => "the document".into(),
            _ => format!("`{}`", self.path()),
        }
    }

    fn write(&self, out: &mut String) {
        if let Some(up) = self.up {
            up.write(out);
        }
        match self.step {
            Step::Root => {}
            Step::Key(key, _) => push_key(out, key),
            Step::Item(n) => _ = write!(out, "[{n}]"),
        }
    }
}

fn push_key(out: &mut String, key: &str) {
    if key.bytes().all(|c| c.is_ascii_alphanumeric() || matches!(c, b'_' | b'-')) {
        let _ = write!(out, "{}{}", if out.is_empty() { "" } else { "." }, shortened(key));
    } else {
        let _ = write!(out, "[{}]", shortened(key));
    }
}
