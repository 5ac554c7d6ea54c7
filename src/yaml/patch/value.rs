//! What nodes mean: the value that kubectl sends.

use std::borrow::Cow;

use serde_json::{Map, Number, Value as Json};

use crate::text::FileId;
use crate::yaml::{Decoder, Index, Kind, Resolved, ScalarStyle, Tree, key_as_text, resolve};

/// How many bytes of text a value may hold; aliases may make it much larger than its file.
const LARGEST: usize = 1 << 28;

/// The value of a node as kubectl reads it: aliases followed, merge keys applied, keys as text. What JSON cannot hold
/// (`.inf`, a key that is a list) is shown as text; what aliases blow up beyond all measure is cut off.
pub fn value(tree: &Tree<'_>, root: Index) -> Json {
    of_node(tree, root, &mut { LARGEST })
}

fn of_node(tree: &Tree<'_>, node: Index, budget: &mut usize) -> Json {
    let node = tree.target(node);
    *budget = budget.saturating_sub(1);
    match &tree.node(node).kind {
        _ if *budget == 0 => Json::Null,
        Kind::Scalar { text, style, str_tag } => {
            *budget = budget.saturating_sub(text.len());
            scalar(text, *style == ScalarStyle::Plain && !str_tag)
        }
        Kind::Seq { .. } => tree.kids(node).iter().map(|kid| of_node(tree, *kid, budget)).collect(),
        Kind::Map { .. } => {
            let decoder = Decoder::new(tree, FileId(0), node);
            let entries = decoder.entries().unwrap_or_else(|_| Cow::Borrowed(tree.kids(node).as_chunks::<2>().0));
            let mut map = Map::with_capacity(entries.len());
            for [key, value] in entries.iter() {
                let key = key_text(tree, *key).map_or_else(|| of_node(tree, *key, budget).to_string(), Cow::into_owned);
                map.insert(key, of_node(tree, *value, budget));
            }
            Json::Object(map)
        }
        // the reader makes no alias to an alias
        Kind::Alias(_) => Json::Null,
    }
}

/// A scalar's value.
pub(super) fn scalar(text: &str, plain: bool) -> Json {
    match if plain { resolve(text) } else { Resolved::Str(text) } {
        Resolved::Null => Json::Null,
        Resolved::Bool(bool) => bool.into(),
        Resolved::Int(int) => int.into(),
        Resolved::Uint(int) => int.into(),
        Resolved::Float(float) => Number::from_f64(float).map_or_else(|| text.into(), Json::Number),
        Resolved::Str(_) | Resolved::Merge => text.into(),
    }
}

/// A key as text, the way sigs.k8s.io/yaml makes it; none for a key that is null or a collection.
pub(super) fn key_text<'t>(tree: &'t Tree<'_>, key: Index) -> Option<Cow<'t, str>> {
    let Kind::Scalar { text, style, str_tag } = &tree.node(tree.target(key)).kind else { return None };
    if *style != ScalarStyle::Plain || *str_tag {
        return Some(Cow::Borrowed(text));
    }
    match resolve(text) {
        Resolved::Null => None,
        read => Some(key_as_text(read).unwrap_or(Cow::Borrowed(text))),
    }
}
