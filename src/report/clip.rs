//! A source line, cut and escaped for a terminal.

use std::borrow::Cow;

use unicode_width::UnicodeWidthStr;

use crate::text::for_terminal;

/// How many columns of a source line are shown.
const COLUMNS: usize = 160;
/// How many of them may stand before the marked text, and how many it may take itself, when the line is longer.
const PART: usize = 60;
/// A tab, wherever it stands: an underline must fit below it on any terminal.
const TAB: &str = "    ";

/// A source line around the marked part of it, ready to print.
pub(super) struct Clipped {
    pub(super) before: String,
    pub(super) marked: String,
    pub(super) after: String,
}

impl Clipped {
    pub(super) fn line(&self) -> String {
        format!("{}{}{}", self.before, self.marked, self.after)
    }

    /// The column at which the underline starts, from 0, and its length: at least one.
    pub(super) fn underline(&self) -> (usize, usize) {
        (self.before.width(), self.marked.width().max(1))
    }
}

/// Whether a line has to be cut to fit.
pub(super) fn is_long(line: &str) -> bool {
    line.len() > COLUMNS * 4 || shown(line).width() > COLUMNS
}

/// The line with the characters from `start` to `end` (from 0, end exclusive) marked, cut around them when it is long.
pub(super) fn clip(line: &str, start: usize, end: usize) -> Clipped {
    let from = line.char_indices().nth(start).map_or(line.len(), |(at, _)| at);
    let rest = line.get(from..).unwrap_or_default();
    let to = rest.char_indices().nth(end.saturating_sub(start)).map_or(rest.len(), |(at, _)| at);
    let (before, marked, after) =
        (line.get(..from).unwrap_or_default(), rest.get(..to).unwrap_or_default(), rest.get(to..).unwrap_or_default());
    if !is_long(line) {
        return Clipped { before: shown(before).into_owned(), marked: shown(marked).into_owned(), after: shown(after).into_owned() };
    }
    let (mut pieces, cut_before) = fitting(before.chars().rev(), PART);
    pieces.reverse();
    let before = format!("{}{}", if cut_before { "…" } else { "" }, pieces.concat());
    let (pieces, cut_marked) = fitting(marked.chars(), PART);
    let marked = format!("{}{}", pieces.concat(), if cut_marked { "…" } else { "" });
    let left = COLUMNS.saturating_sub(before.width() + marked.width());
    let (pieces, cut_after) = if cut_marked { (Vec::new(), false) } else { fitting(after.chars(), left) };
    let after = format!("{}{}", pieces.concat(), if cut_after { "…" } else { "" });
    Clipped { before, marked, after }
}

/// As many characters as fit, each as it is shown, and whether some were left out.
fn fitting(chars: impl Iterator<Item = char>, columns: usize) -> (Vec<String>, bool) {
    let mut used = 0;
    let mut pieces = Vec::new();
    for c in chars {
        let piece = shown(c.encode_utf8(&mut [0; 4])).into_owned();
        used += piece.width();
        // characters without a width could go on for ever
        if used > columns || pieces.len() >= columns * 4 {
            return (pieces, true);
        }
        pieces.push(piece);
    }
    (pieces, false)
}

fn shown(text: &str) -> Cow<'_, str> {
    let text = for_terminal(text);
    if text.contains('\t') { Cow::Owned(text.replace('\t', TAB)) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn underlines_fit_below_what_is_shown() {
        for (line, start, end, shown, underline) in [
            ("a: bc", 3, 5, "a: bc", (3, 2)),
            ("\ta: b", 4, 5, "    a: b", (7, 1)),
            ("漢字: x", 4, 5, "漢字: x", (6, 1)),
            ("漢字: x", 0, 2, "漢字: x", (0, 4)),
            ("\u{1b}[m: x", 5, 6, "\\u{1b}[m: x", (10, 1)),
            ("a: \u{202e}", 3, 4, "a: \\u{202e}", (3, 8)),
            ("a:", 2, 2, "a:", (2, 1)),
            ("a:", 9, 12, "a:", (2, 1)),
        ] {
            let clipped = clip(line, start, end);
            assert_eq!((clipped.line().as_str(), clipped.underline()), (shown, underline), "{line:?}");
        }
    }

    #[test]
    fn long_lines_are_cut_around_the_label() {
        let line = format!("{}HERE{}", "a".repeat(100_000), "b".repeat(100_000));
        let clipped = clip(&line, 100_000, 100_004);
        assert_eq!(clipped.before, format!("…{}", "a".repeat(60)));
        assert_eq!(clipped.marked, "HERE");
        assert!(clipped.after.ends_with("b…"));
        assert!(clipped.line().width() <= COLUMNS + 1);
        let all = clip(&line, 0, 200_004);
        assert_eq!(all.line(), format!("{}…", "a".repeat(60)));
        let combining = "\u{301}".repeat(100_000);
        assert!(clip(&combining, 0, 1).line().len() < 10_000);
    }
}
