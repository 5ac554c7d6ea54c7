//! Text from a manifest, made safe to print: manifests in a pull request are hostile input.

use std::borrow::Cow;
use std::fmt::Write;

/// Whether a character could move the cursor, change colours, or turn the reading direction around.
fn dangerous(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

fn escape(text: &str, keep: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.chars().any(|c| dangerous(c) && !keep(c)) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if dangerous(c) && !keep(c) {
            let _ = write!(out, "{}", c.escape_default());
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

/// For a line of a terminal: control characters and direction marks become their Rust escapes, tabs stay.
pub fn for_terminal(text: &str) -> Cow<'_, str> {
    escape(text, |c| c == '\t')
}

/// For the middle of a sentence: as [`for_terminal`], and tabs and line breaks are escaped too.
pub fn one_line(text: &str) -> Cow<'_, str> {
    escape(text, |_| false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminal_escapes_never_reach_the_terminal() {
        assert_eq!(for_terminal("a\u{1b}[31mb"), "a\\u{1b}[31mb");
        assert_eq!(for_terminal("a\tb"), "a\tb");
        assert_eq!(one_line("a\tb\nc"), "a\\tb\\nc");
        assert_eq!(one_line("x\u{202e}y"), "x\\u{202e}y");
        assert!(matches!(one_line("straße"), Cow::Borrowed("straße")));
    }
}
