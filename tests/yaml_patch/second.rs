//! What two readers that share no code say of a text: meshgate's own and granit-parser.

use std::collections::HashMap;
use std::fmt::Write;

use granit_parser::{Event, Parser, ScalarStyle as Style};
use meshgate::yaml::{Index, Kind, ScalarStyle, Tree, read};

fn scalar(out: &mut String, text: &str, plain: bool) {
    let text = if plain && text.is_empty() { "~" } else { text };
    let _ = write!(out, "{}{text:?} ", if plain { "" } else { "=" });
}

fn ours(tree: &Tree<'_>, index: Index, out: &mut String) {
    match &tree.node(index).kind {
        Kind::Scalar { text, style, .. } => scalar(out, text, *style == ScalarStyle::Plain),
        Kind::Alias(target) => ours(tree, *target, out),
        Kind::Seq { .. } | Kind::Map { .. } => {
            out.push(if matches!(tree.node(index).kind, Kind::Map { .. }) { '{' } else { '[' });
            tree.kids(index).iter().for_each(|kid| ours(tree, *kid, out));
            out.push(']');
        }
    }
}

/// What meshgate reads, document by document.
pub(crate) fn first(text: &str) -> Vec<String> {
    let tree = read(text);
    assert!(tree.errors.is_empty(), "{:?}\n{text}", tree.errors);
    let roots = tree.documents.iter().filter_map(|document| document.root);
    roots
        .map(|root| {
            let mut said = String::new();
            ours(&tree, root, &mut said);
            said
        })
        .collect()
}

/// What granit-parser reads.
pub(crate) fn second(text: &str) -> Vec<String> {
    let whole = text;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let (mut parser, mut said, mut depth) = (Parser::new_from_str(text), Vec::<String>::new(), 0);
    // where each anchored node starts in its document, to say it again
    let (mut open, mut anchors): (Vec<(usize, usize)>, HashMap<usize, String>) = (Vec::new(), HashMap::new());
    while let Some(event) = parser.next_event() {
        let (event, span) = event.unwrap_or_else(|e| panic!("granit: {e}\n{whole}"));
        if depth == 0 && matches!(event, Event::Scalar(..) | Event::SequenceStart(..) | Event::MappingStart(..)) {
            said.push(String::new());
        }
        let Some(out) = said.last_mut() else { continue };
        let start = out.len();
        match event {
            Event::Scalar(value, style, anchor, _) => {
                let block = matches!(style, Style::Literal | Style::Folded);
                let at_end = span.byte_range().is_some_and(|range| range.end == text.len());
                let cut = block && at_end && !text.ends_with(['\n', '\r']) && value.ends_with('\n');
                let value = if cut { value.strip_suffix('\n').unwrap() } else { &*value };
                scalar(out, value, style == Style::Plain);
                anchors.insert(anchor, out[start..].to_owned());
            }
            Event::SequenceStart(_, anchor, _) | Event::MappingStart(_, anchor, _) => {
                out.push(if matches!(event, Event::MappingStart(..)) { '{' } else { '[' });
                open.push((start, anchor));
                depth += 1;
            }
            Event::SequenceEnd | Event::MappingEnd => {
                out.push(']');
                depth -= 1;
                let (start, anchor) = open.pop().unwrap();
                anchors.insert(anchor, out[start..].to_owned());
            }
            Event::Alias(anchor) => out.push_str(&anchors[&anchor]),
            _ => {}
        }
    }
    said
}
