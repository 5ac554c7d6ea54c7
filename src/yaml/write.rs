//! Scalars, written so that kubectl reads what was meant.

use std::borrow::Cow;
use std::fmt::Write;

use super::scalar::{Resolved, resolve};
use super::tree::ScalarStyle;

/// The text as a YAML scalar: plain where any reader takes it for this very text, anywhere in a document and as a key
/// too, else in double quotes.
pub fn quote_scalar(value: &str) -> Cow<'_, str> {
    if is_plain(value) && matches!(resolve(value), Resolved::Str(_)) { Cow::Borrowed(value) } else { Cow::Owned(double(value)) }
}

/// What to write over a scalar so that it has a new value. `existing` is its source text, without anchor and tag.
/// Quotes stay as they are. A plain number or boolean stays one when the new value is one too and differs; with the same
/// text it is quoted, for nothing else can be meant by setting it.
///
/// `None` for what takes more than a replacement: an alias, a block scalar, a value that was left out.
pub fn replace_scalar(existing: &str, value: &str) -> Option<String> {
    match existing.as_bytes().first()? {
        b'*' | b'|' | b'>' => None,
        b'\'' if value.chars().all(needs_no_escape) => Some(format!("'{}'", value.replace('\'', "''"))),
        b'"' | b'\'' => Some(double(value)),
        _ if existing != value && is_plain(value) && same_type(&resolve(existing), &resolve(value)) => Some(value.to_owned()),
        _ => Some(quote_scalar(value).into_owned()),
    }
}

/// The text as a scalar in the quotes of another one; plain stays plain only where it is read as this very text.
pub(super) fn quote_like(style: ScalarStyle, value: &str) -> Cow<'_, str> {
    match style {
        ScalarStyle::Single if value.chars().all(needs_no_escape) => Cow::Owned(format!("'{}'", value.replace('\'', "''"))),
        ScalarStyle::Single | ScalarStyle::Double => Cow::Owned(double(value)),
        ScalarStyle::Plain | ScalarStyle::Block => quote_scalar(value),
    }
}

/// The text as a JSON string that any YAML reader takes as well.
pub(super) fn quote_json(value: &str) -> String {
    let mut out = String::with_capacity(value.len() + 2);
    out.push('"');
    for c in value.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if needs_no_escape(c) => out.push(c),
            c => _ = write!(out, "\\u{:04x}", u32::from(c)),
        }
    }
    out.push('"');
    out
}

/// The lines of a text and the header of the `|` block that holds it; none for one line, and for what would read differently.
pub(super) fn literal(value: &str) -> Option<(&'static str, impl Iterator<Item = &str>)> {
    let (header, body) = value.strip_suffix('\n').map_or(("|-", value), |body| ("|", body));
    let opens = body.starts_with([' ', '\t', '\n']);
    let ends = body.ends_with(['\n', ' ']);
    let plain = body.lines().all(|line| !line.ends_with([' ', '\t']) && line.chars().all(|c| c == '\t' || needs_no_escape(c)));
    (body.contains('\n') && !opens && !ends && plain && !body.contains('\r')).then(|| (header, body.split('\n')))
}

fn same_type(old: &Resolved<'_>, new: &Resolved<'_>) -> bool {
    use Resolved::{Bool, Float, Int, Uint};
    matches!((old, new), (Bool(_), Bool(_)) | (Int(_) | Uint(_) | Float(_), Int(_) | Uint(_) | Float(_)))
}

/// Whether nothing in the text could mean something to a YAML parser. Stricter than YAML: quotes never hurt.
fn is_plain(value: &str) -> bool {
    let inside = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '/' | '+' | '=' | '@' | '~' | '$' | '^' | ';' | '(' | ')');
    let mut chars = value.chars();
    let opens = match chars.next() {
        Some('-') => chars.next().is_some_and(|c| c.is_ascii_alphanumeric()),
        Some(first) => first.is_alphanumeric() || matches!(first, '/' | '_' | '$'),
        None => false,
    };
    opens && value.chars().all(inside)
}

fn needs_no_escape(c: char) -> bool {
    let invisible =
        matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{fff9}'..='\u{ffff}');
    !c.is_control() && !invisible
}

fn double(value: &str) -> String {
    let mut out = String::with_capacity(value.len() + 2);
    out.push('"');
    for c in value.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if needs_no_escape(c) => out.push(c),
            c => {
                let _ = match u32::from(c) {
                    code @ 0..=0xff => write!(out, "\\x{code:02x}"),
                    code => write!(out, "\\u{code:04x}"),
                };
            }
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::text::FileId;
    use crate::yaml::{Decoder, read};

    const NASTY: &[&str] = &[
        "",
        " ",
        "a",
        "reviews",
        "yes",
        "No",
        "on",
        "y",
        "null",
        "~",
        "true",
        "8080",
        "-5",
        "+5",
        "1_000",
        "0644",
        "0x1F",
        "0b1",
        "1.5",
        "1e3",
        ".5",
        ".inf",
        "-.inf",
        ".nan",
        "1.29.2",
        "1.29",
        "-",
        "--",
        "---",
        "--- a",
        "...",
        "- a",
        "-a",
        "?",
        "? a",
        ":",
        "a:",
        "a: b",
        ":a",
        "a:b",
        "::1",
        "10.0.0.1",
        "a #b",
        "#a",
        "a#b",
        "&a",
        "*a",
        "!a",
        "!!str a",
        "|",
        ">",
        "|-",
        "%a",
        "@a",
        "`a`",
        "'",
        "\"",
        "'a'",
        "\"a\"",
        "it's",
        "a'b\"c",
        "\\",
        "\\n",
        "a\\",
        "[a]",
        "{a}",
        "a, b",
        "a,b",
        "{{ .Values.x }}",
        "<<",
        "=",
        "<",
        "a\nb",
        "a\n",
        "\n",
        "\r\n",
        "\ta",
        "a\t",
        " a",
        "a ",
        "a b",
        "\0",
        "\u{1b}[31m",
        "\u{7f}",
        "\u{85}",
        "\u{9b}",
        "\u{a0}",
        "\u{2028}",
        "\u{202e}x",
        "\u{feff}",
        "\u{fffe}",
        "\u{ffff}",
        "é",
        "漢字",
        "😀",
        "2024-01-01",
        "12:30:45",
        "0o17",
        "1:30",
        "ambient.istio.io/x",
        "*.example.com",
        "https://x.example/a?b=c#d",
        "$x",
        "a=b",
    ];

    fn reads_back(document: &str, value: &str) {
        let tree = read(document);
        assert!(tree.errors.is_empty(), "{document:?}: {:?}", tree.errors);
        let root = tree.documents[0].root.unwrap();
        let read: Vec<String> = Decoder::new(&tree, FileId(0), root).decode().unwrap();
        assert_eq!(read, [value], "{document:?}");
        assert_eq!(tree.documents.len(), 1);
    }

    #[test]
    fn what_is_written_is_read_back() {
        for value in NASTY {
            let written = quote_scalar(value);
            reads_back(&format!("- {written}\n"), value);
            reads_back(&format!("[{written}]"), value);
            reads_back(&format!("[{written} , ]"), value);
            let (as_key, flow) = (format!("{written}: 1\n"), format!("{{{written}: {written}}}"));
            for document in [&as_key, &flow] {
                let tree = read(document);
                let keys = tree.kids(tree.documents[0].root.unwrap());
                assert_eq!(tree.text(keys[0]), Some(*value), "{document:?}");
            }
        }
    }

    #[test]
    fn quotes_stay() {
        for value in NASTY {
            reads_back(&format!("- {}\n", replace_scalar("'old'", value).unwrap()), value);
            reads_back(&format!("- {}\n", replace_scalar("\"old\"", value).unwrap()), value);
            reads_back(&format!("- {}\n", replace_scalar("old", value).unwrap()), value);
        }
        assert_eq!(replace_scalar("'9081'", "9080").unwrap(), "'9080'");
        assert_eq!(replace_scalar("\"a\"", "it's").unwrap(), "\"it's\"");
        assert_eq!(replace_scalar("'a'", "it's").unwrap(), "'it''s'");
    }

    #[test]
    fn numbers_and_booleans_keep_their_type() {
        assert_eq!(replace_scalar("9081", "9080").unwrap(), "9080");
        assert_eq!(replace_scalar("true", "false").unwrap(), "false");
        assert_eq!(replace_scalar("9081", "http").unwrap(), "http");
        assert_eq!(replace_scalar("http", "8080").unwrap(), "\"8080\"");
        assert_eq!(replace_scalar("8080", "true").unwrap(), "\"true\"");
        assert_eq!(replace_scalar("yes", "yes").unwrap(), "\"yes\"", "a label that needs quotes");
    }

    #[test]
    fn what_a_replacement_cannot_say() {
        assert_eq!(replace_scalar("*port", "80"), None);
        assert_eq!(replace_scalar("|\n  a\n", "b"), None);
        assert_eq!(replace_scalar("", "b"), None);
    }
}
