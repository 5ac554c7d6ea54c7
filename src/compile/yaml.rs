//! Values as YAML, in the block style that people write, with comments.

use std::fmt::Write;

use rayon::prelude::*;

use super::json::{COMMENT, Fields, Json};
use crate::text::one_line;
use crate::yaml::quote_scalar;

/// The value as a YAML document below a head. What stands under [`COMMENT`] becomes a comment.
pub(super) fn print(head: &str, value: &Json) -> String {
    let mut out = head.to_owned();
    match value {
        Json::Object(fields) if !fields.is_empty() => mapping(&mut out, fields, 0, false),
        Json::Array(list) if !list.is_empty() => sequence(&mut out, list, 0),
        other => {
            scalar(&mut out, other, 0);
            out.push('\n');
        }
    }
    out
}

fn indent(out: &mut String, depth: usize) {
    const DEEP: &str = "                                                                ";
    let mut wide = 2 * depth;
    while wide > 0 {
        let part = DEEP.get(..wide).unwrap_or(DEEP);
        out.push_str(part);
        wide -= part.len();
    }
}

/// The entries; the first one stands behind the `-` of a list where there is one.
fn mapping(out: &mut String, fields: &Fields, depth: usize, mut behind_dash: bool) {
    for (key, value) in fields.iter().filter(|(key, _)| *key != COMMENT) {
        if !std::mem::take(&mut behind_dash) {
            indent(out, depth);
        }
        if is_plain_key(key) {
            out.push_str(key);
        } else {
            out.push_str(&quote_scalar(key));
        }
        out.push(':');
        match value {
            Json::Object(inner) if inner.iter().any(|(key, _)| key != COMMENT) => {
                out.push('\n');
                comment(out, inner, depth + 1);
                mapping(out, inner, depth + 1, false);
            }
            Json::Array(list) if !list.is_empty() => {
                out.push('\n');
                sequence(out, list, depth);
            }
            other => {
                out.push(' ');
                scalar(out, other, depth + 1);
                out.push('\n');
            }
        }
    }
}

/// Most keys: too long for any word that YAML reads otherwise.
fn is_plain_key(key: &str) -> bool {
    key.len() > 5 && key.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
}

/// Lists longer than this are written in parts, on all cores.
const PART: usize = 256;

fn sequence(out: &mut String, list: &[Json], depth: usize) {
    if list.len() > PART {
        let text = |part: &[Json]| {
            let mut text = String::new();
            sequence(&mut text, part, depth);
            text
        };
        let parts: Vec<String> = list.par_chunks(PART).map(text).collect();
        out.reserve(parts.iter().map(String::len).sum());
        return parts.iter().for_each(|part| out.push_str(part));
    }
    for item in list {
        if let Json::Object(fields) = item {
            comment(out, fields, depth);
        }
        indent(out, depth);
        out.push_str("- ");
        match item {
            Json::Object(fields) if fields.iter().any(|(key, _)| key != COMMENT) => mapping(out, fields, depth + 1, true),
            other => {
                scalar(out, other, depth + 1);
                out.push('\n');
            }
        }
    }
}

fn comment(out: &mut String, fields: &Fields, depth: usize) {
    let Some(Json::String(words)) = fields.get(COMMENT) else { return };
    for line in words.lines() {
        indent(out, depth);
        // names of manifests stand here too: nothing of them may end the comment
        let _ = writeln!(out, "# {}", one_line(line));
    }
}

/// Anything on one line, but text of several lines, which is a block.
fn scalar(out: &mut String, value: &Json, depth: usize) {
    match value {
        Json::String(text) if is_block(text) => {
            out.push('|');
            for line in text.trim_end_matches('\n').split('\n') {
                out.push('\n');
                indent(out, depth);
                out.push_str(line);
            }
        }
        Json::String(text) => out.push_str(&quote_scalar(text)),
        Json::Object(_) => out.push_str("{}"),
        Json::Array(list) if list.is_empty() => out.push_str("[]"),
        // lists of lists are nowhere in Envoy's messages; JSON is YAML
        other => _ = write!(out, "{other}"),
    }
}

/// Text of several lines that a block keeps as it is: certificates above all.
fn is_block(text: &str) -> bool {
    let plain = |line: &str| !line.is_empty() && !line.starts_with([' ', '\t']) && line.chars().all(|c| matches!(c, ' '..='~'));
    text.strip_suffix('\n').is_some_and(|body| body.contains('\n') && body.split('\n').all(plain))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::super::json::json;
    use super::*;
    use crate::text::FileId;
    use crate::yaml::{Decoder, read};

    fn back(text: &str) -> Json {
        let tree = read(text);
        assert!(tree.errors.is_empty(), "{text}\n{:?}", tree.errors);
        Decoder::new(&tree, FileId(0), tree.documents[0].root.unwrap()).decode::<serde_json::Value>().unwrap().into()
    }

    #[test]
    fn what_is_written_is_read_back() {
        for value in [
            json!({}),
            json!([]),
            json!(null),
            json!({ "a": {}, "b": [], "c": null, "d": 1, "e": true, "f": "yes", "g": "1" }),
            json!([{ "a": [{ "b": 1, "c": [1, "x"] }], "d": { "e": { "f": "*" } } }, "y", 2]),
            json!({ "pem": "-----BEGIN X-----\nabc==\n-----END X-----\n", "no block": "a\n\nb\n", "tail": "a\nb", "space": " a\nb\n" }),
            json!({ "regex": "^/a.*$", "empty": "", "colon": "a: b", "hash": "a #b", "quote": "\"'", "line": "\u{85}\u{2028}" }),
        ] {
            assert_eq!(back(&print("", &value)), value, "{}", print("", &value));
        }
    }

    #[test]
    fn words_for_people_are_comments() {
        let value = json!({ "list": [{ "#": "one\ntwo", "a": { "#": "inner", "b": 1 } }] });
        assert_eq!(print("", &value), "list:\n# one\n# two\n- a:\n    # inner\n    b: 1\n");
        let hostile = json!({ "list": [{ "#": "x\ry\u{2028}z", "a": 1 }] });
        assert_eq!(back(&print("", &hostile)), json!({ "list": [{ "a": 1 }] }));
    }
}
