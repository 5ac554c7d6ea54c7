//! What the edits of a file come to, node by node, and whether they agree with each other.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::{FxHashMap, FxHashSet};
use serde_json::Value as Json;

use super::place::File;
use super::value::{key_text, value};
use super::{Edit, Refusal};
use crate::text::{FileId, Span};
use crate::yaml::{Decoder, Index, Kind};

/// Libyaml takes no longer keys than 1024 characters without `?`.
const LONGEST_KEY: usize = 500;

const MISREAD: Refusal = Refusal::Form("a key that needs quotes to be what it seems");

/// A value that several edits may build together.
#[derive(Clone, Debug)]
pub(super) enum New {
    /// A value that one edit gives.
    Value(Json),
    /// Entries, from any number of edits.
    Map(Vec<(String, New)>),
    /// Items, from any number of edits.
    List(Vec<Json>),
}

impl New {
    /// A value, open to further entries.
    fn of(value: &Json) -> Self {
        match value {
            Json::Object(map) => Self::Map(map.iter().map(|(key, value)| (key.clone(), Self::of(value))).collect()),
            _ => Self::Value(value.clone()),
        }
    }

    /// A value below a path of keys.
    fn below(path: &[String], leaf: Self) -> Self {
        path.iter().rfold(leaf, |inner, key| Self::Map(vec![(key.clone(), inner)]))
    }

    /// Both at once.
    fn merge(&mut self, other: Self) -> Result<(), Refusal> {
        match (self, other) {
            (Self::Map(entries), Self::Map(others)) => {
                for (key, value) in others {
                    match entries.iter_mut().find(|(k, _)| *k == key) {
                        Some((_, there)) => there.merge(value)?,
                        None => entries.push((key, value)),
                    }
                }
                Ok(())
            }
            (Self::List(items), Self::List(others)) => {
                for item in others {
                    if !items.contains(&item) {
                        items.push(item);
                    }
                }
                Ok(())
            }
            (Self::Value(one), Self::Value(other)) if *one == other => Ok(()),
            _ => Err(Refusal::Conflict),
        }
    }

    /// The finished value.
    pub(super) fn json(&self) -> Json {
        match self {
            Self::Value(value) => value.clone(),
            Self::Map(entries) => Json::Object(entries.iter().map(|(key, value)| (key.clone(), value.json())).collect()),
            Self::List(items) => Json::Array(items.clone()),
        }
    }
}

/// The edits, sorted by node.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// Nodes that get another value.
    pub(super) set: BTreeMap<Index, Json>,
    /// Collections that get more entries, and empty values that become collections.
    pub(super) add: BTreeMap<Index, New>,
    /// Items and values of entries that go.
    pub(super) removed: BTreeSet<Index>,
    /// Values whose entries get another key.
    pub(super) renamed: BTreeMap<Index, String>,
    /// Comments that get other words, or go.
    pub(super) comments: BTreeMap<Span, Option<String>>,
    /// Documents, or items of a `kind: List`, that come after another one.
    pub(super) after: BTreeMap<Index, Vec<Json>>,
}

/// What a mapping says about a key.
#[derive(Clone, Copy)]
enum Found {
    /// It has the entry itself.
    Own(Index),
    /// The entry comes from a merge key; `true` when it hides one of the mapping's own.
    Merged(bool),
    /// It has the key without quotes, which means something else (`on` is `true`).
    Misread,
}

/// Sorts edits into a plan.
pub(super) struct Planner<'f, 't, 's> {
    file: &'f File<'t, 's>,
    plan: Plan,
    keys: FxHashMap<Index, FxHashMap<String, Found>>,
}

impl<'f, 't, 's> Planner<'f, 't, 's> {
    pub(super) fn new(file: &'f File<'t, 's>) -> Self {
        Self { file, plan: Plan::default(), keys: FxHashMap::default() }
    }

    /// The plan of all edits.
    pub(super) fn plan(mut self, edits: &[Edit]) -> Result<Plan, Refusal> {
        for edit in edits {
            match edit {
                Edit::Set { node, .. }
                | Edit::Insert { map: node, .. }
                | Edit::Append { map: node, .. }
                | Edit::Remove { node }
                | Edit::Rename { value: node, .. }
                | Edit::AddDocument { after: node, .. } => self.file.known(*node)?,
                Edit::Comment { .. } => {}
            }
            match edit {
                Edit::Set { node, value } => self.set(*node, value)?,
                Edit::Insert { map, path, value } => self.insert(*map, path, value)?,
                Edit::Append { map, path, value } => self.append(*map, path, value)?,
                Edit::Remove { node } => {
                    self.file.replaceable(*node, true)?;
                    self.plan.removed.insert(*node);
                }
                Edit::Rename { value, key } => self.rename(*value, key)?,
                Edit::Comment { comment, content } => {
                    if content.as_deref().is_some_and(|text| !text.starts_with('#') || text.contains(['\n', '\r'])) {
                        return Err(Refusal::Form("no comment of one line"));
                    }
                    if self.plan.comments.insert(*comment, content.clone()).is_some_and(|other| other != *content) {
                        return Err(Refusal::Conflict);
                    }
                }
                Edit::AddDocument { after, value } => {
                    let documents = self.plan.after.entry(*after).or_default();
                    if !documents.contains(value) {
                        documents.push(value.clone());
                    }
                }
            }
        }
        self.check()?;
        // what is there already needs no change
        let tree = self.file.tree;
        self.plan.set.retain(|node, new| value(tree, *node) != *new);
        Ok(self.plan)
    }

    fn set(&mut self, node: Index, value: &Json) -> Result<(), Refusal> {
        self.file.replaceable(node, false)?;
        match self.plan.set.get(&node) {
            Some(other) if other != value => Err(Refusal::Conflict),
            Some(_) => Ok(()),
            None => {
                self.plan.set.insert(node, value.clone());
                Ok(())
            }
        }
    }

    fn add(&mut self, node: Index, new: New) -> Result<(), Refusal> {
        self.file.editable(node)?;
        if let Some(there) = self.plan.add.get_mut(&node) {
            there.merge(new)
        } else {
            // merged with nothing, so that entries that say one key twice are found
            let mut start = if matches!(new, New::List(_)) { New::List(Vec::new()) } else { New::Map(Vec::new()) };
            start.merge(new)?;
            self.plan.add.insert(node, start);
            Ok(())
        }
    }

    fn insert(&mut self, node: Index, path: &[String], value: &Json) -> Result<(), Refusal> {
        let Some((key, rest)) = path.split_first() else {
            return match (value, &self.file.tree.node(node).kind) {
                (Json::Object(map), Kind::Map { .. }) => {
                    map.iter().try_for_each(|(key, value)| self.insert(node, std::slice::from_ref(key), value))
                }
                (Json::Object(_), _) if self.file.is_null(node) => self.add(node, New::of(value)),
                _ => self.set(node, value),
            };
        };
        match self.step(node, key)? {
            Some(Found::Own(next)) => self.insert(next, rest, value),
            Some(Found::Misread) => Err(MISREAD),
            Some(Found::Merged(hidden)) if hidden || !rest.is_empty() || value.is_object() => Err(Refusal::Shared),
            Some(Found::Merged(_)) | None => self.add(node, New::below(path, New::of(value))),
        }
    }

    fn append(&mut self, node: Index, path: &[String], value: &Json) -> Result<(), Refusal> {
        let list = || New::List(vec![value.clone()]);
        let Some((key, rest)) = path.split_first() else {
            return match self.file.tree.node(node).kind {
                Kind::Seq { .. } => self.add(node, list()),
                Kind::Alias(_) => Err(Refusal::Shared),
                _ if self.file.is_null(node) => self.add(node, list()),
                _ => Err(Refusal::Form("not a list")),
            };
        };
        match self.step(node, key)? {
            Some(Found::Own(next)) => self.append(next, rest, value),
            Some(Found::Merged(_)) => Err(Refusal::Shared),
            Some(Found::Misread) => Err(MISREAD),
            None => self.add(node, New::below(path, list())),
        }
    }

    /// One step down a path; `None` where the key is missing.
    fn step(&mut self, node: Index, key: &str) -> Result<Option<Found>, Refusal> {
        if key.len() > LONGEST_KEY {
            return Err(Refusal::Form("a very long key"));
        }
        match self.file.tree.node(node).kind {
            Kind::Map { .. } => Ok(self.found(node, key)),
            Kind::Alias(_) => Err(Refusal::Shared),
            _ if self.file.is_null(node) => Ok(None),
            _ => Err(Refusal::Form("not a mapping")),
        }
    }

    fn found(&mut self, map: Index, key: &str) -> Option<Found> {
        let tree = self.file.tree;
        let keys = self.keys.entry(map).or_insert_with(|| {
            let own = tree.kids(map).iter().step_by(2).filter_map(|key| key_text(tree, *key));
            let mut own: FxHashMap<String, Found> = own.map(|key| (key.into_owned(), Found::Merged(true))).collect();
            for [key, value] in Decoder::new(tree, FileId(0), map).entries().as_deref().unwrap_or_default() {
                let Some(text) = key_text(tree, *key) else { continue };
                let found = if tree.node(*value).parent == map { Found::Own(*value) } else { Found::Merged(own.contains_key(&*text)) };
                own.insert(text.into_owned(), found);
            }
            for key in tree.kids(map).iter().step_by(2) {
                if let Some(text) = tree.text(*key) {
                    own.entry(text.to_owned()).or_insert(Found::Misread);
                }
            }
            own
        });
        keys.get(key).copied()
    }

    fn rename(&mut self, value: Index, key: &str) -> Result<(), Refusal> {
        let file = self.file;
        let old = file.key_of(value).ok_or(Refusal::Form("not an entry of a mapping"))?;
        file.replaceable(old, false)?;
        if key.len() > LONGEST_KEY {
            return Err(Refusal::Form("a very long key"));
        }
        if !matches!(file.tree.node(old).kind, Kind::Scalar { .. }) || key_text(file.tree, old).is_none() {
            return Err(Refusal::Form("a key that is no plain text"));
        }
        if file.is_merge(old) {
            return Err(Refusal::Form("a merge key"));
        }
        if file.tree.kids(file.parent(value)).iter().step_by(2).any(|key| file.is_merge(*key)) {
            return Err(Refusal::Form("a key next to a merge key"));
        }
        file.unique_key(old)?;
        if key_text(file.tree, old).as_deref() == Some(key) {
            return Ok(());
        }
        // in quotes, the text of a key that is read as a boolean or number is another key
        let itself = file.tree.text(old) == Some(key);
        let taken = self.found(file.tree.node(value).parent, key);
        if taken.is_some_and(|found| !(itself && matches!(found, Found::Misread))) {
            return Err(Refusal::Form("the mapping has an entry with the new key already"));
        }
        match self.plan.renamed.insert(value, key.to_owned()) {
            Some(other) if other != key => Err(Refusal::Conflict),
            _ => Ok(()),
        }
    }

    /// Whether the edits agree with each other.
    fn check(&self) -> Result<(), Refusal> {
        let plan = &self.plan;
        let tree = self.file.tree;
        let gone = |node: &Index| plan.removed.contains(node) || plan.set.contains_key(node);
        if plan.add.keys().any(gone) || plan.removed.iter().any(|node| plan.set.contains_key(node) || plan.renamed.contains_key(node)) {
            return Err(Refusal::Conflict);
        }
        let touched = plan.set.keys().chain(plan.add.keys()).chain(&plan.removed).chain(plan.renamed.keys()).chain(plan.after.keys());
        for node in touched {
            let mut node = *node;
            while tree.node(node).parent != node {
                node = tree.node(node).parent;
                if gone(&node) {
                    return Err(Refusal::Conflict);
                }
            }
        }
        if plan.after.keys().any(gone) {
            return Err(Refusal::Conflict);
        }
        for node in &plan.removed {
            // the later one of two entries with one key is the one that counts, and can go by itself
            if let Some(key) = self.file.key_of(*node).filter(|key| !tree.duplicate_keys.iter().any(|(_, later)| later == key)) {
                self.file.unique_key(key)?;
            }
        }
        let mut names = FxHashSet::default();
        for (value, key) in &plan.renamed {
            let parent = tree.node(*value).parent;
            let added = |new: &New| matches!(new, New::Map(entries) if entries.iter().any(|(k, _)| k == key));
            if !names.insert((parent, key)) || plan.add.get(&parent).is_some_and(added) {
                return Err(Refusal::Conflict);
            }
        }
        Ok(())
    }
}
