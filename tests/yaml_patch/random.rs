//! Random files with random edits: refused, or as the same edits on the values.

use std::time::{Duration, Instant};

use meshgate::yaml::patch::{Edit, apply, patch, value, verify};
use meshgate::yaml::{Index, Kind, Tree, read};
use serde_json::{Value as Json, json};

use crate::second::{first, second};
use crate::writer::{KEYS, Random, Writer};

fn new_value(random: &mut Random, depth: usize) -> Json {
    match random.below(if depth > 2 { 6 } else { 9 }) {
        0 => json!(random.below(100)),
        1 => json!(random.one_in(2)),
        2 => json!(random.of(&["true", "80", "yes", "", "~", " x", "a: b", "# c", "*"])),
        3 => json!(random.of(&["one\ntwo\n", "one\n\n two", "\nx", "it's", "x\n\n"])),
        4 => json!(random.of(&["web", "é", "漢字", "a.b/c"])),
        5 => [json!({}), json!([]), json!(null), json!(1.5)][random.below(4)].clone(),
        6 => (0..=random.below(3)).map(|_| new_value(random, depth + 1)).collect(),
        _ => Json::Object((0..=random.below(3)).map(|_| (random.of(KEYS).to_owned(), new_value(random, depth + 1))).collect()),
    }
}

fn path(random: &mut Random) -> Vec<String> {
    (0..=random.below(3)).map(|_| random.of(KEYS).to_owned()).collect()
}

fn edit(random: &mut Random, tree: &Tree<'_>) -> Edit {
    let node = Index::try_from(random.below(tree.nodes.len())).unwrap();
    let root = tree.documents[random.below(tree.documents.len())].root.unwrap_or(0);
    let map = if random.one_in(2) { root } else { node };
    match random.below(12) {
        0..=3 => Edit::Insert { map, path: path(random), value: new_value(random, 0) },
        4 | 5 => Edit::Append { map, path: if random.one_in(2) { path(random) } else { Vec::new() }, value: new_value(random, 0) },
        6 | 7 => Edit::Remove { node },
        8 => Edit::Rename { value: node, key: random.of(KEYS).to_owned() },
        9 => Edit::AddDocument { after: map, value: json!({"kind": "X", "spec": new_value(random, 0)}) },
        _ => Edit::Set { node, value: new_value(random, 0) },
    }
}

/// Whether edits add and replace nothing: what they take out are empty values.
fn adds(tree: &Tree<'_>, edits: &[Edit]) -> bool {
    edits.iter().all(|edit| match edit {
        Edit::Append { .. } | Edit::AddDocument { .. } => true,
        Edit::Insert { map, path, .. } => {
            let keys: Vec<&str> = path.iter().map(String::as_str).collect();
            matches!(tree.node(*map).kind, Kind::Map { .. }) && tree.get(*map, &keys).is_none()
        }
        _ => false,
    })
}

/// The steps from the root of a document to a node.
fn steps(tree: &Tree<'_>, mut node: Index) -> (Index, Vec<usize>) {
    let mut steps = Vec::new();
    while tree.node(node).parent != node {
        let parent = tree.node(node).parent;
        steps.push(tree.kids(parent).iter().position(|kid| *kid == node).unwrap());
        node = parent;
    }
    steps.reverse();
    (node, steps)
}

/// The same inserts, on the file that they made.
fn again(before: &Tree<'_>, after: &Tree<'_>, edits: &[Edit]) -> Option<Vec<Edit>> {
    edits
        .iter()
        .map(|edit| {
            let Edit::Insert { map, path, value } = edit else { return None };
            let (root, steps) = steps(before, *map);
            let document = before.documents.iter().position(|d| d.root == Some(root))?;
            let root = after.documents.get(document)?.root?;
            let map = steps.iter().try_fold(root, |at, step| after.kids(at).get(*step).copied())?;
            Some(Edit::Insert { map, path: path.clone(), value: value.clone() })
        })
        .collect()
}

#[test]
fn random_edits_do_what_they_say() {
    let (mut made, mut refused, mut repeated) = (0, std::collections::BTreeMap::<String, usize>::new(), 0);
    for seed in 1..=cases() {
        let before = Writer::file(seed);
        let tree = read(&before);
        assert!(tree.errors.is_empty(), "{seed}: {:?}\n{before}", tree.errors);
        if tree.nodes.is_empty() {
            continue;
        }
        let mut random = Random::new(seed ^ 0x5555);
        for _ in 0..3 {
            let edits: Vec<Edit> = (0..=random.below(3)).map(|_| edit(&mut random, &tree)).collect();
            let changes = match patch(&before, &tree, &edits) {
                Ok(changes) => changes,
                Err(refusal) => {
                    *refused.entry(refusal.to_string()).or_default() += 1;
                    continue;
                }
            };
            let shown = |after: &str| format!("seed {seed}\n{edits:#?}\n--- before\n{before}\n--- after\n{after}\n");
            let after = apply(&before, &changes).unwrap_or_else(|| panic!("{}", shown("")));
            verify(&before, &tree, &edits, &after).unwrap_or_else(|e| panic!("{e}\n{}", shown(&after)));
            assert_eq!(first(&after), second(&after), "{}", shown(&after));
            if adds(&tree, &edits) {
                for change in &changes {
                    assert!(
                        matches!(change.span.of(&before).trim(), "" | "{}" | "[]" | "{ }" | "~" | "null"),
                        "{change:?} {}",
                        shown(&after)
                    );
                }
            }
            let new = read(&after);
            if let Some(edits) = again(&tree, &new, &edits).filter(|edits| edits.iter().all(|e| matches!(e, Edit::Insert { .. }))) {
                let twice = patch(&after, &new, &edits).unwrap_or_else(|e| panic!("again: {e}\n{}", shown(&after)));
                assert_eq!(twice, [], "{}", shown(&after));
                repeated += 1;
            }
            made += 1;
        }
    }
    println!("{made} made, {repeated} repeated, refused: {refused:#?}");
    assert!(made * 3 > usize::try_from(cases()).unwrap() && repeated > 100, "{made} {repeated}");
}

/// `PATCH_CASES=100000` looks longer.
fn cases() -> u64 {
    std::env::var("PATCH_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(2000)
}

#[test]
fn many_edits_of_a_large_file() {
    let entry = |n: usize| format!("- name: n{n} # c{n}\n  labels:\n    app: a{n}\n  ports:\n  - {n}\n");
    let text: String = std::iter::once("items:\n".to_owned()).chain((0..2000).map(entry)).collect();
    let tree = read(&text);
    let items = tree.kids(tree.get(tree.documents[0].root.unwrap(), &["items"]).unwrap()).to_vec();
    let edits: Vec<Edit> = items
        .iter()
        .flat_map(|item| {
            [
                Edit::Insert { map: *item, path: vec!["labels".into(), "x".into()], value: json!("true") },
                Edit::Append { map: *item, path: vec!["ports".into()], value: json!(80) },
            ]
        })
        .collect();
    let start = Instant::now();
    let after = apply(&text, &patch(&text, &tree, &edits).unwrap()).unwrap();
    verify(&text, &tree, &edits, &after).unwrap();
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    let new = read(&after);
    let first = value(&new, new.documents[0].root.unwrap())["items"][0].clone();
    assert_eq!(first, json!({"name": "n0", "labels": {"app": "a0", "x": "true"}, "ports": [0, 80]}));
}
