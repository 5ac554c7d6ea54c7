//! Awkward files, edited; what comes out was written by hand.

use meshgate::yaml::patch::{Edit, Refusal, apply, patch};
use meshgate::yaml::{Index, read};
use serde_json::{Value as Json, json};

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
fn smoke() {
    for (name, before, at) in [
        ("label", "metadata:\n  name: a # x\n\nspec: 1\n", vec![Insert("", "metadata>labels>istio.io/x", json!("true"))]),
        (
            "null",
            "metadata:\n  labels: # why\n  name: a\n",
            vec![Insert("", "metadata>labels>a", json!("b")), Insert("", "metadata>labels>c", json!({"d": [1,{"e":2, "f":[]}]}))],
        ),
        (
            "empty",
            "metadata:\n  labels: {} # why\n  name: a",
            vec![Insert("", "metadata>labels>a", json!("b")), Insert("", "metadata>q", json!(1))],
        ),
        (
            "list",
            "a:\n- b: 1\n  c: 2\n- d\nx: 1\n",
            vec![Append("", "a", json!({"b":1,"c":[1,2]})), Remove("a/#0/b"), Insert("", "z", json!([1]))],
        ),
        ("list", "a:\n- b: 1\n- d\n", vec![Remove("a/#0/b"), Remove("a/#1")]),
        ("removed", "a:\n  b: 1 # x\n  # y\n  c: 2\nd: 1", vec![Remove("a/b"), Remove("a/c"), Remove("d")]),
        ("flow", "a: {b: 1, c: [1, 2]}\n", vec![Insert("", "a>d", json!("b")), Append("", "a>c", json!(true)), Remove("a/b")]),
        (
            "json",
            "{\n  \"a\": {\n    \"b\": 1\n  },\n  \"l\": {}\n}\n",
            vec![Insert("", "a>d", json!("b")), Insert("", "l>c", json!([1])), Set("a/b", json!("x"))],
        ),
        ("json", "{\"a\":{\"b\":1},\"l\":{}}", vec![Insert("", "a>d", json!("b")), Insert("", "l>c", json!([1])), Rename("a/b", "x")]),
        ("docs", "a: 1 # x\n# c\n\n---\nb: 1", vec![Document("@0", json!({"a": 1})), Document("@1", json!({"c": "l\nm"}))]),
        (
            "set",
            "a: |\n  x\n  y\nb: 'x'\nc: 1\nd: # d\n  e: f\n",
            vec![Set("a", json!("z")), Set("b", json!(5)), Set("c", json!({"x": 1})), Set("d", json!("5"))],
        ),
        ("items", "kind: List\nitems:\n  - a: 1\n  - b: 1\n", vec![Document("items/#0", json!({"c": 1}))]),
    ] {
        println!("== {name}\n{}", patched(before, &at).unwrap_or_else(|e| e.to_string()));
    }
}
