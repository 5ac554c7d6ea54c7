//! Byte offsets to lines and columns.

use super::Span;

/// A place as people count: both from 1, columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

/// Where each line of a text starts. A byte order mark at the start of the text is in no column.
pub struct LineIndex<'t> {
    text: &'t str,
    starts: Vec<usize>,
}

impl<'t> LineIndex<'t> {
    /// Reads the text once.
    pub fn new(text: &'t str) -> Self {
        let bom = if text.starts_with('\u{feff}') { 3 } else { 0 };
        let after_breaks = text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(at, _)| at + 1);
        Self { text, starts: std::iter::once(bom).chain(after_breaks).collect() }
    }

    /// Line and column of a byte offset. An offset past the end is the end; one inside a character is its start.
    pub fn position(&self, offset: u32) -> Position {
        let mut offset = (offset as usize).min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let line = self.starts.partition_point(|start| *start <= offset).max(1);
        let start = self.starts.get(line - 1).copied().unwrap_or_default().min(offset);
        let column = self.text.get(start..offset).map_or(0, |s| s.chars().count()) + 1;
        Position { line, column }
    }

    /// Start and end position of a span. The end is exclusive, as in most editors' ranges.
    pub fn range(&self, span: Span) -> (Position, Position) {
        (self.position(span.start), self.position(span.end))
    }

    /// The text of a line (from 1) without its line break.
    pub fn line(&self, line: usize) -> &'t str {
        let Some(start) = line.checked_sub(1).and_then(|l| self.starts.get(l)) else {
            return "";
        };
        let end = self.starts.get(line).copied().unwrap_or(self.text.len());
        self.text.get(*start..end).unwrap_or_default().trim_end_matches(['\n', '\r'])
    }

    /// How many lines the text has; one that ends with a line break has an empty last line.
    pub fn count(&self) -> usize {
        self.starts.len()
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn counts_characters_not_bytes() {
        let lines = LineIndex::new("a: é\nß: 漢字x\n");
        assert_eq!(lines.position(5), Position { line: 1, column: 5 });
        let x = "a: é\nß: 漢字x".len() - 1;
        assert_eq!(lines.position(u32::try_from(x).unwrap()), Position { line: 2, column: 6 });
        assert_eq!(lines.line(2), "ß: 漢字x");
    }

    #[test]
    fn byte_order_mark_takes_no_column() {
        let lines = LineIndex::new("\u{feff}a: b\r\nc: d");
        assert_eq!(lines.position(3), Position { line: 1, column: 1 });
        assert_eq!(lines.line(1), "a: b");
        assert_eq!(lines.line(2), "c: d");
    }

    #[test]
    fn past_the_end_is_the_end() {
        let lines = LineIndex::new("ab\n");
        assert_eq!(lines.position(99), Position { line: 2, column: 1 });
        assert_eq!(lines.line(9), "");
    }
}
