//! A second opinion on what was written: the file is read again, and its values are compared with those that the edits make of
//! the old values. Nothing here knows how text is changed.

use std::borrow::Cow;
use std::fmt;

use rustc_hash::{FxHashMap, FxHashSet};
use serde_json::{Map, Value as Json};

use super::value::{key_text, scalar, value};
use super::{Edit, Refusal};
use crate::text::Span;
use crate::yaml::{Index, Kind, Node, ScalarStyle, Tree, read};

/// How many values aliases may make of one file.
const MOST: usize = 4_000_000;

/// What a changed file says otherwise than it should.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch(String);

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Mismatch {}

/// Whether `after` is `before` with the edits made and nothing else: it can be read as before, every document has the value that
/// the edits make of the old one, and every comment is there, in order, but for those inside of what was taken out.
///
/// # Errors
/// What differs, in words.
pub fn verify(before: &str, before_tree: &Tree<'_>, edits: &[Edit], after: &str) -> Result<(), Mismatch> {
    let after_tree = read(after);
    let messages = |tree: &Tree<'_>| tree.errors.iter().map(|e| e.message.clone()).collect::<Vec<_>>();
    if messages(before_tree) != messages(&after_tree) {
        let last = after_tree.errors.last().map_or("an error is gone", |e| &e.message);
        return Err(Mismatch(format!("reading fails otherwise than before: {last}")));
    }
    if after_tree.duplicate_keys.len() > before_tree.duplicate_keys.len() {
        let key = after_tree.duplicate_keys.last().and_then(|(_, key)| after_tree.text(*key)).unwrap_or_default();
        return Err(Mismatch(format!("a mapping has the key `{key}` twice")));
    }
    let mut values = Values::of(before, before_tree);
    values.edit(edits).map_err(|refusal| Mismatch(format!("the edits do not fit the values: {refusal}")))?;
    let expected = values.documents()?;
    let found: Vec<Option<Json>> = after_tree.documents.iter().map(|d| Some(value(&after_tree, d.root?))).collect();
    if expected.len() != found.len() {
        return Err(Mismatch(format!("{} documents in place of {}", found.len(), expected.len())));
    }
    for (number, (expected, found)) in (1..).zip(expected.iter().zip(&found)) {
        if let Some((path, expected, found)) = difference(expected.as_ref(), found.as_ref()) {
            return Err(Mismatch(format!("document {number} has {found} at `{path}`, not {expected}")));
        }
    }
    comments(before, before_tree, &values.gone, after, &after_tree)
}

/// Where two values differ first, and what stands there.
fn difference(expected: Option<&Json>, found: Option<&Json>) -> Option<(String, String, String)> {
    let at = |step: String, (path, a, b): (String, String, String)| (format!("{step}{path}"), a, b);
    match (expected, found) {
        (Some(Json::Object(a)), Some(Json::Object(b))) => {
            let missing = b.iter().filter(|(key, _)| !a.contains_key(*key)).map(|(key, value)| (key, None, Some(value)));
            let pairs = a.iter().map(|(key, value)| (key, Some(value), b.get(key))).chain(missing);
            pairs.into_iter().find_map(|(key, a, b)| Some(at(format!(".{key}"), difference(a, b)?)))
        }
        (Some(Json::Array(a)), Some(Json::Array(b))) => {
            (0..a.len().max(b.len())).find_map(|n| Some(at(format!("[{n}]"), difference(a.get(n), b.get(n))?)))
        }
        (a, b) if a == b => None,
        (a, b) => {
            let show = |value: Option<&Json>| value.map_or_else(|| "nothing".to_owned(), |v| v.to_string().chars().take(80).collect());
            Some((String::new(), show(a), show(b)))
        }
    }
}

/// Compares the comments.
fn comments(before: &str, before_tree: &Tree<'_>, gone: &[Span], after: &str, after_tree: &Tree<'_>) -> Result<(), Mismatch> {
    let old = before_tree.comments(before);
    let new: Vec<&str> = after_tree.comments(after).into_iter().map(|span| span.of(after).trim_end()).collect();
    let mut gone = gone.to_vec();
    gone.sort_unstable();
    // the furthest end of all spans up to each one, as they may nest
    let furthest = |end: &mut u32, span: &Span| {
        *end = span.end.max(*end);
        Some(*end)
    };
    let ends: Vec<u32> = gone.iter().scan(0, furthest).collect();
    let in_gone =
        |at: u32| gone.partition_point(|span| span.start <= at).checked_sub(1).is_some_and(|n| ends.get(n).is_some_and(|end| at < *end));
    let mut rest = new.iter();
    for comment in old.iter().filter(|comment| !in_gone(comment.start)) {
        let comment = comment.of(before).trim_end();
        if !rest.any(|new| *new == comment) {
            return Err(Mismatch(format!("the comment `{comment}` is gone or in another place")));
        }
    }
    let mut rest = old.iter().map(|comment| comment.of(before).trim_end());
    match new.iter().find(|new| !rest.any(|old| old == **new)) {
        Some(new) => Err(Mismatch(format!("`{new}` has become a comment"))),
        None => Ok(()),
    }
}

/// A key of a mapping.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Key {
    Text(String),
    Merge,
}

/// A value that edits may change. The first ones are the nodes of the tree, by index.
#[derive(Clone, Debug)]
enum Slot {
    /// A scalar, or any value that an edit gave.
    Value(Json),
    List(Vec<usize>),
    Map(Vec<(Key, usize)>),
    Alias(usize),
}

/// The values of a file, open to edits.
struct Values<'t, 's> {
    text: &'t str,
    tree: &'t Tree<'s>,
    slots: Vec<Slot>,
    removed: FxHashSet<usize>,
    /// What was appended to each list.
    appended: FxHashMap<usize, Vec<Json>>,
    renamed: Vec<(Index, String)>,
    /// What comes after a root or an item.
    after: FxHashMap<usize, Vec<Json>>,
    /// Where comments may be lost.
    gone: Vec<Span>,
}

const NO_PLACE: Refusal = Refusal::Form("a place that is not there");

impl<'t, 's> Values<'t, 's> {
    fn of(text: &'t str, tree: &'t Tree<'s>) -> Self {
        let slot = |(index, node): (Index, &Node<'_>)| match &node.kind {
            Kind::Scalar { text, style, str_tag } => Slot::Value(scalar(text, *style == ScalarStyle::Plain && !str_tag)),
            Kind::Alias(target) => Slot::Alias(*target as usize),
            Kind::Seq { .. } => Slot::List(tree.kids(index).iter().map(|kid| *kid as usize).collect()),
            Kind::Map { .. } => Slot::Map(tree.kids(index).as_chunks::<2>().0.iter().map(|[k, v]| (key(tree, *k), *v as usize)).collect()),
        };
        Self {
            text,
            tree,
            slots: (0_u32..).zip(&tree.nodes).map(slot).collect(),
            removed: FxHashSet::default(),
            appended: FxHashMap::default(),
            renamed: Vec::new(),
            after: FxHashMap::default(),
            gone: Vec::new(),
        }
    }

    fn edit(&mut self, edits: &[Edit]) -> Result<(), Refusal> {
        for edit in edits {
            match edit {
                Edit::Set { node, value } => self.set(*node as usize, value)?,
                Edit::Insert { map, path, value } => self.insert(*map as usize, path, value)?,
                Edit::Append { map, path, value } => self.append(*map as usize, path, value)?,
                Edit::Remove { node } => {
                    self.removed.insert(*node as usize);
                    self.lose(*node, true);
                }
                Edit::Rename { value, key } => self.renamed.push((*value, key.clone())),
                Edit::AddDocument { after, value } => {
                    let values = self.after.entry(*after as usize).or_default();
                    if !values.contains(value) {
                        values.push(value.clone());
                    }
                }
            }
        }
        // paths of other edits have the old keys
        for (value, name) in std::mem::take(&mut self.renamed) {
            let Some(Slot::Map(entries)) = self.slots.get_mut(self.tree.node(value).parent as usize) else { return Err(NO_PLACE) };
            let (key, _) = entries.iter_mut().find(|(_, slot)| *slot == value as usize).ok_or(NO_PLACE)?;
            *key = Key::Text(name);
        }
        Ok(())
    }

    /// Comments inside of a node may go with it; those behind it as well when its lines are its own.
    fn lose(&mut self, node: Index, entry: bool) {
        let span = self.tree.span(node);
        let around = self.tree.node(node).parent;
        let flow = matches!(self.tree.node(around).kind, Kind::Map { flow: true, .. } | Kind::Seq { flow: true, .. });
        let start = match self.tree.key_of(node) {
            Some(key) if entry => self.tree.span(key).start,
            None if entry && !flow => self.dash(node),
            _ => span.start,
        };
        let before = Span::new(0, start).of(self.text);
        let opens_line = before.trim_end_matches([' ', '\t']).is_empty() || before.trim_end_matches([' ', '\t']).ends_with('\n');
        let rest = Span::new(span.end, u32::try_from(self.text.len()).unwrap_or(u32::MAX)).of(self.text);
        let line = u32::try_from(rest.split('\n').next().unwrap_or_default().len()).unwrap_or(0);
        let whole = opens_line || (entry && !flow) || Span::new(start, span.end).of(self.text).contains('\n');
        self.gone.push(Span::new(start, if whole { span.end.saturating_add(line) } else { span.end }));
    }

    /// The dash of an item: between the one before and its value, what is no comment.
    fn dash(&self, item: Index) -> u32 {
        let around = self.tree.node(item).parent;
        let before = self.tree.kids(around).iter().take_while(|kid| **kid != item).last();
        let from = before.map_or(self.tree.span(around).start, |before| self.tree.span(*before).end);
        let between = Span::new(from, self.tree.span(item).start).of(self.text);
        let is_dash = |line: &&str| line.trim_start().starts_with('-');
        between
            .split_inclusive('\n')
            .find(is_dash)
            .map_or(from, |line| from + u32::try_from(line.as_ptr().addr() - between.as_ptr().addr()).unwrap_or(0))
    }

    fn set(&mut self, at: usize, value: &Json) -> Result<(), Refusal> {
        if at < self.tree.nodes.len() {
            self.lose(u32::try_from(at).unwrap_or(u32::MAX), false);
        }
        *self.slots.get_mut(at).ok_or(NO_PLACE)? = Slot::Value(value.clone());
        Ok(())
    }

    fn new_slot(&mut self, slot: Slot) -> usize {
        self.slots.push(slot);
        self.slots.len() - 1
    }

    /// Values that edits gave are opened so that others can add to them; nothing becomes what is asked for.
    fn open(&mut self, at: usize, list: bool) -> Result<(), Refusal> {
        let slot = match self.slots.get(at).ok_or(NO_PLACE)? {
            Slot::Value(Json::Null) if list => Slot::List(Vec::new()),
            Slot::Value(Json::Null) => Slot::Map(Vec::new()),
            Slot::Value(Json::Object(map)) => {
                let entries = map.clone().into_iter();
                Slot::Map(entries.map(|(key, value)| (Key::Text(key), self.new_slot(Slot::Value(value)))).collect())
            }
            Slot::Value(Json::Array(items)) => {
                let items = items.clone().into_iter();
                Slot::List(items.map(|value| self.new_slot(Slot::Value(value))).collect())
            }
            _ => return Ok(()),
        };
        *self.slots.get_mut(at).ok_or(NO_PLACE)? = slot;
        Ok(())
    }

    /// The slot below a key of a mapping, made where it is missing.
    fn step(&mut self, at: usize, key: &str) -> Result<usize, Refusal> {
        self.open(at, false)?;
        let next = self.slots.len();
        let Some(Slot::Map(entries)) = self.slots.get_mut(at) else { return Err(NO_PLACE) };
        if let Some((_, slot)) = entries.iter().rfind(|(k, _)| matches!(k, Key::Text(text) if text == key)) {
            return Ok(*slot);
        }
        entries.push((Key::Text(key.to_owned()), next));
        Ok(self.new_slot(Slot::Value(Json::Null)))
    }

    fn insert(&mut self, at: usize, path: &[String], value: &Json) -> Result<(), Refusal> {
        if let Some((key, rest)) = path.split_first() {
            let next = self.step(at, key)?;
            return self.insert(next, rest, value);
        }
        let map = matches!(self.slots.get(at), Some(Slot::Map(_) | Slot::Value(Json::Null | Json::Object(_))));
        match value {
            Json::Object(entries) if map => {
                self.open(at, false)?;
                entries.iter().try_for_each(|(key, value)| self.insert(at, std::slice::from_ref(key), value))
            }
            _ => self.set(at, value),
        }
    }

    fn append(&mut self, at: usize, path: &[String], value: &Json) -> Result<(), Refusal> {
        if let Some((key, rest)) = path.split_first() {
            let next = self.step(at, key)?;
            return self.append(next, rest, value);
        }
        self.open(at, true)?;
        let appended = self.appended.entry(at).or_default();
        if appended.contains(value) {
            return Ok(());
        }
        appended.push(value.clone());
        let new = self.new_slot(Slot::Value(value.clone()));
        let Some(Slot::List(items)) = self.slots.get_mut(at) else { return Err(NO_PLACE) };
        items.push(new);
        Ok(())
    }

    /// The value of each document.
    fn documents(&self) -> Result<Vec<Option<Json>>, Mismatch> {
        let mut documents = Vec::new();
        let mut budget = MOST;
        for document in &self.tree.documents {
            documents.push(document.root.map(|root| self.json(root as usize, &mut budget)));
            if let Some(after) = document.root.and_then(|root| self.after.get(&(root as usize))) {
                documents.extend(after.iter().cloned().map(Some));
            }
        }
        if budget == 0 { Err(Mismatch("aliases make it too large to compare".to_owned())) } else { Ok(documents) }
    }

    fn json(&self, at: usize, budget: &mut usize) -> Json {
        *budget = budget.saturating_sub(1);
        match self.slots.get(at) {
            Some(_) if *budget == 0 => Json::Null,
            Some(Slot::Value(value)) => value.clone(),
            Some(Slot::Alias(target)) => self.json(*target, budget),
            Some(Slot::List(items)) => {
                let mut list = Vec::with_capacity(items.len());
                for item in items {
                    if !self.removed.contains(item) {
                        list.push(self.json(*item, budget));
                    }
                    list.extend(self.after.get(item).into_iter().flatten().cloned());
                }
                Json::Array(list)
            }
            Some(Slot::Map(entries)) => self.map(entries, budget),
            None => Json::Null,
        }
    }

    fn map(&self, entries: &[(Key, usize)], budget: &mut usize) -> Json {
        let target = |at: &usize| if let Some(Slot::Alias(target)) = self.slots.get(*at) { *target } else { *at };
        let is_map = |at: &usize| matches!(self.slots.get(target(at)), Some(Slot::Map(_)));
        let mergeable = |at: &usize| is_map(at) || matches!(self.slots.get(*at), Some(Slot::List(maps)) if maps.iter().all(is_map));
        let merges = entries.iter().all(|(key, at)| *key != Key::Merge || mergeable(at));
        let mut map = Map::with_capacity(entries.len());
        for (key, at) in entries.iter().filter(|(_, at)| !self.removed.contains(at)) {
            let value = self.json(*at, budget);
            match (key, value) {
                (Key::Text(key), value) => _ = map.insert(key.clone(), value),
                (Key::Merge, Json::Object(more)) if merges => map.extend(more),
                (Key::Merge, Json::Array(maps)) if merges => {
                    for more in maps.into_iter().rev() {
                        map.extend(more.as_object().cloned().unwrap_or_default());
                    }
                }
                (Key::Merge, value) => _ = map.insert("<<".to_owned(), value),
            }
        }
        Json::Object(map)
    }
}

fn key(tree: &Tree<'_>, key: Index) -> Key {
    match &tree.node(key).kind {
        Kind::Scalar { text, style: ScalarStyle::Plain, str_tag: false } if text == "<<" => Key::Merge,
        _ => Key::Text(key_text(tree, key).map_or_else(|| value(tree, key).to_string(), Cow::into_owned)),
    }
}
