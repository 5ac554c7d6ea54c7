//! Findings that were there before meshgate was: known by rule, resource and field, never by line or message, so that a
//! baseline survives edits around it.

use std::collections::BTreeMap;
use std::hash::Hasher;

use rustc_hash::{FxHashMap, FxHashSet};
use serde::{Deserialize, Serialize};

use crate::checks::Finding;
use crate::model::Namespace;
use crate::yaml::{Index, Kind, Tree};

/// What makes two findings the same one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Key {
    /// The rule.
    pub rule: String,
    /// The resource as `cluster: group/Kind namespace/name`, else the file.
    pub resource: String,
    /// The field, list items by their own names; empty where there is none.
    pub path: String,
}

/// One line of a baseline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    rule: String,
    resource: String,
    path: String,
    /// How many findings have this key.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    count: usize,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    version: u32,
    findings: Vec<Entry>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_one(count: &usize) -> bool {
    *count == 1
}

fn one() -> usize {
    1
}

/// The findings of a baseline with how often each is there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baseline(BTreeMap<Key, usize>);

/// What a baseline says of the findings of a run.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Compared {
    /// For each finding in order, whether the baseline has it.
    pub known: Vec<bool>,
    /// Entries that match nothing any more.
    pub stale: Vec<Key>,
}

impl Key {
    /// The key of a finding. `path` is its field, `file` stands for the resource where there is none.
    pub fn of(finding: &Finding, path: &str, file: &str) -> Self {
        let resource = finding.resource.as_ref().map_or_else(
            || file.to_owned(),
            |id| {
                let cluster = id.cluster.as_ref().map_or_else(String::new, |c| format!("{c}: "));
                let kind = if id.group.is_empty() { id.kind.to_string() } else { format!("{}/{}", id.group, id.kind) };
                match &id.namespace {
                    Namespace::Named(namespace) => format!("{cluster}{kind} {namespace}/{}", id.name),
                    Namespace::Cluster | Namespace::Unknown(_) => format!("{cluster}{kind} {}", id.name),
                }
            },
        );
        Self { rule: finding.rule.to_string(), resource, path: path.to_owned() }
    }
}

impl Baseline {
    /// A baseline of these findings.
    pub fn of(keys: impl IntoIterator<Item = Key>) -> Self {
        let mut counts = BTreeMap::new();
        for key in keys {
            *counts.entry(key).or_default() += 1;
        }
        Self(counts)
    }

    /// Reads a baseline.
    ///
    /// # Errors
    /// What is wrong with the file, with its line and column.
    pub fn parse(text: &str) -> Result<Self, String> {
        let written: Written = serde_json::from_str(text).map_err(|e| e.to_string())?;
        if written.version != 1 {
            return Err(format!("this is a baseline of version {}; this meshgate reads version 1", written.version));
        }
        let entries = written.findings.into_iter().map(|e| (Key { rule: e.rule, resource: e.resource, path: e.path }, e.count));
        Ok(Self(entries.collect()))
    }

    /// As it is written: sorted, one field a line, so that a diff of it can be read.
    pub fn print(&self) -> String {
        let entry = |(key, count): (&Key, &usize)| {
            let Key { rule, resource, path } = key.clone();
            Entry { rule, resource, path, count: *count }
        };
        let written = Written { version: 1, findings: self.0.iter().map(entry).collect() };
        serde_json::to_string_pretty(&written).map_or_else(|_| String::new(), |text| text + "\n")
    }

    /// Finds out which findings it has.
    pub fn compare(&self, keys: &[Key]) -> Compared {
        let mut left = self.0.clone();
        let known = keys
            .iter()
            .map(|key| match left.get_mut(key) {
                Some(count) if *count > 0 => {
                    *count -= 1;
                    true
                }
                _ => false,
            })
            .collect();
        let stale = left.into_iter().filter(|(_, count)| *count > 0).map(|(key, _)| key).collect();
        Compared { known, stale }
    }

    /// Without what matches nothing any more.
    #[must_use]
    pub fn pruned(&self, keys: &[Key]) -> Self {
        let now = Self::of(keys.iter().cloned());
        Self(self.0.iter().filter_map(|(key, count)| Some((key.clone(), (*count).min(*now.0.get(key)?)))).collect())
    }
}

/// Names fields, from the root of their document: `spec.listeners[http].port`. Items of lists are named by what they call
/// themselves, else by a digest of what they say, so that other items may come and go. Each list is looked through once.
pub struct Fields<'t, 's> {
    tree: &'t Tree<'s>,
    text: &'t str,
    items: FxHashMap<Index, String>,
    named: FxHashSet<Index>,
}

impl<'t, 's> Fields<'t, 's> {
    /// For the nodes of one file.
    pub fn new(tree: &'t Tree<'s>, text: &'t str) -> Self {
        Self { tree, text, items: FxHashMap::default(), named: FxHashSet::default() }
    }

    /// The field that a node stands for.
    pub fn path(&mut self, node: Index) -> String {
        let tree = self.tree;
        let mut steps = Vec::new();
        let mut at = node;
        loop {
            let parent = tree.node(at).parent;
            if parent == at {
                break;
            }
            match tree.node(parent).kind {
                Kind::Map { .. } => {
                    // a key stands for its entry
                    let key = tree.key_of(at).or(Some(at)).and_then(|key| tree.text(key));
                    steps.push(format!(".{}", key.unwrap_or_default()));
                }
                Kind::Seq { .. } => steps.push(format!("[{}]", self.item(parent, at))),
                Kind::Scalar { .. } | Kind::Alias(_) => {}
            }
            at = parent;
        }
        steps.reverse();
        steps.concat().trim_start_matches('.').to_owned()
    }

    /// What an item of a list calls itself, with its rank among items of that name.
    fn item(&mut self, list: Index, item: Index) -> &str {
        if self.named.insert(list) {
            let mut ranks: FxHashMap<String, usize> = FxHashMap::default();
            for kid in self.tree.kids(list) {
                let name = ["name", "host", "key"].iter().find_map(|key| self.tree.get_text(*kid, &[*key]));
                let name = name.map_or_else(|| said(self.tree.span(*kid).of(self.text)), ToOwned::to_owned);
                let rank = ranks.entry(name.clone()).or_default();
                *rank += 1;
                self.items.insert(*kid, if *rank == 1 { name } else { format!("{name}#{rank}") });
            }
        }
        self.items.get(&item).map_or("", String::as_str)
    }
}

/// Short text itself, else its digest; white space does not count.
fn said(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let text = words.join(" ");
    if text.len() <= 40 && !text.contains([':', '[', '{']) {
        return text;
    }
    let mut hasher = rustc_hash::FxHasher::default();
    hasher.write(text.as_bytes());
    format!("{:08x}", hasher.finish() & 0xffff_ffff)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn key(rule: &str, path: &str) -> Key {
        Key { rule: rule.to_owned(), resource: "Service shop/cart".to_owned(), path: path.to_owned() }
    }

    #[test]
    fn known_once_for_each_time_it_is_in_the_baseline() {
        let baseline = Baseline::of([key("a", "spec.x"), key("a", "spec.x"), key("b", "")]);
        let compared = baseline.compare(&[key("a", "spec.x"), key("c", ""), key("a", "spec.x"), key("a", "spec.x")]);
        assert_eq!(compared.known, [true, false, true, false]);
        assert_eq!(compared.stale, [key("b", "")]);
        assert_eq!(baseline.pruned(&[key("a", "spec.x"), key("c", "")]), Baseline::of([key("a", "spec.x")]));
    }

    #[test]
    fn fields_keep_their_names_when_others_come_and_go() {
        let before = "spec:\n  listeners:\n  - name: http\n    port: 80\n  rules:\n  - matches: [{path: {value: /a}}]\n    port: 7\n";
        let after = "spec:\n  listeners:\n  - name: new\n    port: 80\n  - port: 80\n    name: http\n  rules:\n  - x: 1\n  - matches:   [{path: {value: /a}}]\n    port: 7\n";
        let path = |text: &str, nth: usize| {
            let tree = crate::yaml::read(text);
            let ports: Vec<_> = (0..u32::try_from(tree.nodes.len()).unwrap()).filter(|n| tree.text(*n) == Some("port")).collect();
            Fields::new(&tree, text).path(tree.entry(tree.node(ports[nth]).parent, "port").unwrap().1)
        };
        assert_eq!(path(before, 0), "spec.listeners[http].port");
        assert_eq!(path(after, 1), "spec.listeners[http].port");
        assert_eq!(path(before, 1), path(after, 2), "named by what it says");
    }

    #[test]
    fn what_is_written_is_read() {
        let baseline = Baseline::of([key("a", "spec.x"), key("a", "spec.x"), key("b", "")]);
        assert_eq!(Baseline::parse(&baseline.print()), Ok(baseline.clone()));
        assert!(baseline.print().ends_with("}\n"));
        assert!(Baseline::parse("{\"version\": 2, \"findings\": []}").unwrap_err().contains("version 2"));
        assert!(Baseline::parse("[").is_err());
    }
}
