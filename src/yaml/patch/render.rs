//! Values as text: in block style as people write manifests, in flow style, and as JSON.

use serde_json::Value as Json;

use crate::yaml::quote_scalar;
use crate::yaml::write::{literal, quote_json};

/// The habits of a file in block style.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Block {
    /// How far a mapping is indented below its key.
    pub(super) unit: usize,
    /// How far the dashes of a list are indented below its key.
    pub(super) dash: usize,
    /// How far an item is indented from its dash.
    pub(super) item: usize,
    /// Whether keys are written in double quotes.
    pub(super) quoted: bool,
}

impl Default for Block {
    fn default() -> Self {
        Self { unit: 2, dash: 2, item: 2, quoted: false }
    }
}

/// What stands behind a key or a dash: some text on its line, and lines below it.
#[derive(Debug, Default)]
pub(super) struct Lines {
    pub(super) head: String,
    pub(super) below: Vec<String>,
}

impl Block {
    /// The lines of a mapping's entries, at a column.
    pub(super) fn entries<'a>(self, entries: impl IntoIterator<Item = (&'a String, &'a Json)>, column: usize) -> Vec<String> {
        let mut lines = Vec::new();
        for (key, value) in entries {
            let key = if self.quoted { quote_json(key) } else { quote_scalar(key).into_owned() };
            let Lines { head, below } = self.below_key(value, column);
            let gap = if head.is_empty() { "" } else { " " };
            lines.push(format!("{:column$}{key}:{gap}{head}", ""));
            lines.extend(below);
        }
        lines
    }

    /// The lines of items whose dashes stand at a column.
    pub(super) fn items<'a>(self, items: impl IntoIterator<Item = &'a Json>, column: usize) -> Vec<String> {
        let mut lines = Vec::new();
        for item in items {
            let Lines { head, below } = self.behind_dash(item, column + self.item);
            lines.push(format!("{:column$}{:width$}{head}", "", "-", width = self.item));
            lines.extend(below);
        }
        lines
    }

    /// A value behind a key that stands at a column.
    pub(super) fn below_key(self, value: &Json, column: usize) -> Lines {
        match value {
            Json::Object(map) if !map.is_empty() => Lines { head: String::new(), below: self.entries(map, column + self.unit) },
            Json::Array(items) if !items.is_empty() => Lines { head: String::new(), below: self.items(items, column + self.dash) },
            _ => scalar_lines(value, column + self.unit),
        }
    }

    /// A value that starts at a column, behind a dash.
    pub(super) fn behind_dash(self, value: &Json, column: usize) -> Lines {
        let mut below = match value {
            Json::Object(map) if !map.is_empty() => self.entries(map, column),
            Json::Array(items) if !items.is_empty() => self.items(items, column),
            _ => return scalar_lines(value, column),
        };
        let head = below.remove(0).split_off(column);
        Lines { head, below }
    }
}

/// A scalar or an empty collection; text of several lines as a `|` block.
fn scalar_lines(value: &Json, column: usize) -> Lines {
    if let Json::String(text) = value
        && let Some((header, lines)) = literal(text)
    {
        let below = lines.map(|line| if line.is_empty() { String::new() } else { format!("{:column$}{line}", "") }).collect();
        return Lines { head: header.to_owned(), below };
    }
    Lines { head: scalar(value), below: Vec::new() }
}

/// A scalar on one line, or an empty collection.
pub(super) fn scalar(value: &Json) -> String {
    match value {
        Json::String(text) => quote_scalar(text).into_owned(),
        Json::Null | Json::Bool(_) | Json::Number(_) => value.to_string(),
        Json::Array(_) => "[]".to_owned(),
        Json::Object(_) => "{}".to_owned(),
    }
}

/// The habits of a collection in brackets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Flow {
    /// Keys and text in double quotes, as JSON wants it.
    pub(super) json: bool,
    /// Whether a space follows `:` and `,`.
    pub(super) spaced: bool,
    /// One entry a line: by how much they are indented.
    pub(super) unit: Option<String>,
    /// How lines end.
    pub(super) line_end: &'static str,
}

impl Flow {
    /// A scalar, without the collections.
    pub(super) fn scalar(&self, value: &Json) -> String {
        match value {
            Json::String(text) if self.json => quote_json(text),
            _ => scalar(value),
        }
    }

    /// What stands between two entries on one line.
    pub(super) const fn comma(&self) -> &'static str {
        if self.spaced { ", " } else { "," }
    }

    /// One entry of a mapping.
    pub(super) fn entry(&self, key: &str, value: &Json, indent: &str) -> String {
        let key = if self.json { quote_json(key) } else { quote_scalar(key).into_owned() };
        // without quotes, a colon alone ends no key
        let gap = if self.spaced || !self.json { " " } else { "" };
        format!("{key}:{gap}{}", self.value(value, indent))
    }

    /// A value, on a line with this indent.
    pub(super) fn value(&self, value: &Json, indent: &str) -> String {
        let inner = format!("{indent}{}", self.unit.as_deref().unwrap_or_default());
        let (open, parts, close) = match value {
            Json::Object(map) if !map.is_empty() => {
                ('{', map.iter().map(|(key, value)| self.entry(key, value, &inner)).collect::<Vec<_>>(), '}')
            }
            Json::Array(items) if !items.is_empty() => ('[', items.iter().map(|item| self.value(item, &inner)).collect(), ']'),
            _ => return self.scalar(value),
        };
        let end = self.line_end;
        match self.unit {
            Some(_) => format!("{open}{end}{inner}{}{end}{indent}{close}", parts.join(&format!(",{end}{inner}"))),
            None => format!("{open}{}{close}", parts.join(self.comma())),
        }
    }
}

/// A whole document in block style, with a line end behind the last line.
pub(super) fn document(value: &Json, block: Block, line_end: &str) -> String {
    let mut lines = match value {
        Json::Object(map) if !map.is_empty() => block.entries(map, 0),
        Json::Array(items) if !items.is_empty() => block.items(items, 0),
        _ => vec![scalar(value)],
    };
    lines.push(String::new());
    lines.join(line_end)
}
