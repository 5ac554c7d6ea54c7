//! Awkward files, edited; what comes out was written by hand.

use meshgate::yaml::patch::{Edit, Refusal, apply, patch, verify};
use meshgate::yaml::{Index, read};
use serde_json::{Value as Json, json};

use crate::second::{first, second};
use crate::{cases, more};

/// A name, a file, edits, and what the file is afterwards (or why not).
pub(crate) struct Case(pub &'static str, pub &'static str, pub Vec<At>, pub &'static str);

/// An edit whose nodes are given by a path from the root: keys, and `#n` for items.
pub(crate) enum At {
    Set(&'static str, Json),
    Insert(&'static str, &'static str, Json),
    Append(&'static str, &'static str, Json),
    Remove(&'static str),
    Rename(&'static str, &'static str),
    Document(&'static str, Json),
}
use At::*;

fn node(tree: &meshgate::yaml::Tree<'_>, path: &str) -> Index {
    let (document, path) = path.strip_prefix('@').map_or((0, path), |p| {
        let (n, rest) = p.split_once('/').unwrap_or((p, ""));
        (n.parse().unwrap(), rest)
    });
    let root = tree.documents[document].root.unwrap();
    path.split('/').filter(|key| !key.is_empty()).fold(root, |at, key| match key.strip_prefix('#') {
        Some(n) => tree.kids(at)[n.parse::<usize>().unwrap()],
        None => tree.entry(at, key).unwrap_or_else(|| panic!("no {key}")).1,
    })
}

fn keys(path: &str) -> Vec<String> {
    path.split('>').filter(|key| !key.is_empty()).map(ToOwned::to_owned).collect()
}

fn edits(text: &str, edits: &[At]) -> Vec<Edit> {
    let tree = read(text);
    edits
        .iter()
        .map(|edit| match edit {
            Set(at, value) => Edit::Set { node: node(&tree, at), value: value.clone() },
            Insert(at, path, value) => Edit::Insert { map: node(&tree, at), path: keys(path), value: value.clone() },
            Append(at, path, value) => Edit::Append { map: node(&tree, at), path: keys(path), value: value.clone() },
            Remove(at) => Edit::Remove { node: node(&tree, at) },
            Rename(at, key) => Edit::Rename { value: node(&tree, at), key: (*key).to_owned() },
            Document(at, value) => Edit::AddDocument { after: node(&tree, at), value: value.clone() },
        })
        .collect()
}

fn patched(text: &str, at: &[At]) -> Result<String, Refusal> {
    let changes = patch(text, &read(text), &edits(text, at))?;
    Ok(apply(text, &changes).unwrap())
}

#[test]
fn awkward_files() {
    let mut wrong = 0;
    for Case(name, before, at, expected) in cases::cases().iter().chain(&more::cases()) {
        let found = match patched(before, at) {
            Ok(after) => after,
            Err(refusal) => format!("refused: {refusal}"),
        };
        if found != *expected {
            wrong += 1;
            println!("WRONG\t{name}\t{}\t{}\t{}", json!(before), json!(expected), json!(found));
        }
        if found.starts_with("refused: ") {
            continue;
        }
        verify(before, &read(before), &edits(before, at), &found).unwrap_or_else(|e| panic!("{name}: {e}\n{found}"));
        if read(&found).errors.is_empty() {
            assert_eq!(first(&found), second(&found), "{name}");
        }
    }
    assert_eq!(wrong, 0);
}
