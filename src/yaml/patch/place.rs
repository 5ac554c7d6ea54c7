//! Where things stand in a file: lines, columns, and what is written between the nodes.

use serde_json::Value as Json;

use super::Refusal;
use super::render::{Block, Flow};
use crate::yaml::{Index, Kind, Node, Resolved, ScalarStyle, Tree, json, resolve};

/// A file with what all edits need to know of it.
pub(super) struct File<'t, 's> {
    pub(super) text: &'t str,
    pub(super) tree: &'t Tree<'s>,
    /// How lines end.
    pub(super) line_end: &'static str,
    pub(super) json: bool,
    /// Nodes that aliases stand for, in order.
    shared: Vec<Index>,
    /// Block lists below keys, in order, with the indent of their dashes.
    lists: Vec<(Index, usize)>,
}

impl<'t, 's> File<'t, 's> {
    pub(super) fn new(text: &'t str, tree: &'t Tree<'s>) -> Result<Self, Refusal> {
        if u32::try_from(text.len()).is_err() {
            return Err(Refusal::Form("a very large file"));
        }
        let mut breaks = memchr::memchr_iter(b'\r', text.as_bytes());
        if breaks.any(|at| text.as_bytes().get(at + 1) != Some(&b'\n')) || text.contains(['\u{85}', '\u{2028}', '\u{2029}']) {
            return Err(Refusal::Form("lines that end in neither LF nor CRLF"));
        }
        let line_end = match memchr::memchr(b'\n', text.as_bytes()) {
            Some(at) if text.as_bytes().get(at.wrapping_sub(1)) == Some(&b'\r') => "\r\n",
            _ => "\n",
        };
        let alias = |kind: &Kind<'_>| if let Kind::Alias(target) = kind { Some(*target) } else { None };
        let mut shared: Vec<Index> = tree.nodes.iter().filter_map(|node| alias(&node.kind)).collect();
        shared.sort_unstable();
        let mut file = Self { text, tree, line_end, json: json::is_json(text), shared, lists: Vec::new() };
        file.lists = (0_u32..).zip(&tree.nodes).filter_map(|(index, _)| Some((index, file.list_habit(index)?))).collect();
        Ok(file)
    }

    /// How far the dashes of a block list are indented from its key.
    fn list_habit(&self, list: Index) -> Option<usize> {
        let node = self.tree.node(list);
        let Kind::Seq { flow: false, len: 1.., .. } = node.kind else { return None };
        let around = self.tree.node(node.parent);
        let Kind::Map { flow: false, .. } = around.kind else { return None };
        self.column(node.span.start as usize).checked_sub(self.column(around.span.start as usize))
    }

    pub(super) fn kind(&self, node: Index) -> &'t Kind<'s> {
        &self.tree.node(node).kind
    }

    pub(super) fn parent(&self, node: Index) -> Index {
        self.tree.node(node).parent
    }

    pub(super) fn start(&self, node: Index) -> usize {
        self.tree.span(node).start as usize
    }

    pub(super) fn slice(&self, from: usize, to: usize) -> &'t str {
        self.text.get(from..to).unwrap_or_default()
    }

    // lines

    /// The first byte of the line.
    pub(super) fn line_start(&self, at: usize) -> usize {
        let first = if self.text.starts_with('\u{feff}') { 3 } else { 0 };
        memchr::memrchr(b'\n', self.slice(0, at).as_bytes()).map_or(first, |n| n + 1)
    }

    /// The first byte of the next line, or the end of the text.
    pub(super) fn next_line(&self, at: usize) -> usize {
        memchr::memchr(b'\n', self.slice(at, self.text.len()).as_bytes()).map_or(self.text.len(), |n| at + n + 1)
    }

    pub(super) fn column(&self, at: usize) -> usize {
        self.slice(self.line_start(at), at).chars().count()
    }

    /// Whether nothing but white space stands before it on its line.
    pub(super) fn starts_line(&self, at: usize) -> bool {
        self.slice(self.line_start(at), at).trim_start_matches([' ', '\t']).is_empty()
    }

    /// The white space that the line starts with.
    pub(super) fn indent(&self, at: usize) -> &'t str {
        let line = self.slice(self.line_start(at), self.text.len());
        line.get(..line.len() - line.trim_start_matches([' ', '\t']).len()).unwrap_or_default()
    }

    /// Whether white space or a comment is all that follows on the line.
    pub(super) fn ends_line(&self, at: usize) -> bool {
        let rest = self.slice(at, self.next_line(at)).trim_start_matches([' ', '\t']);
        rest.is_empty() || rest.starts_with(['#', '\r', '\n'])
    }

    // nodes

    /// Whether the node is a value in a document that could be read.
    pub(super) fn known(&self, node: Index) -> Result<(), Refusal> {
        let start = self.tree.span(node).start;
        let documents = &self.tree.documents;
        let document = documents.partition_point(|d| d.span.start <= start).checked_sub(1).and_then(|at| documents.get(at));
        let parent = self.parent(node);
        let key = || matches!(self.kind(parent), Kind::Map { .. }) && parent != node && self.key_of(node).is_none();
        match document {
            Some(document) if !document.broken && (node as usize) < self.tree.nodes.len() => {
                if key() {
                    Err(Refusal::Form("a key, which is no place for a value"))
                } else {
                    Ok(())
                }
            }
            _ => Err(Refusal::Form("in a document that could not be read")),
        }
    }

    /// Whether only this place changes when the node does.
    pub(super) fn editable(&self, node: Index) -> Result<(), Refusal> {
        let mut at = node;
        loop {
            if self.shared.binary_search(&at).is_ok() {
                return Err(Refusal::Shared);
            }
            let parent = self.parent(at);
            if parent == at {
                return Ok(());
            }
            at = parent;
        }
    }

    /// Whether the node can be written anew or go, with all that is below it.
    pub(super) fn replaceable(&self, node: Index, goes: bool) -> Result<(), Refusal> {
        self.editable(node)?;
        if self.parent(node) == node {
            return Err(Refusal::Form("a whole document"));
        }
        if !goes && matches!(self.kind(node), Kind::Alias(_)) {
            return Err(Refusal::Shared);
        }
        let mut last = node;
        while let Some(kid) = self.tree.kids(last).last() {
            last = *kid;
        }
        match self.shared.get(self.shared.partition_point(|shared| *shared < node)) {
            Some(shared) if *shared <= last => Err(Refusal::Shared),
            _ => Ok(()),
        }
    }

    /// Whether no other entry of the mapping has this key.
    pub(super) fn unique_key(&self, key: Index) -> Result<(), Refusal> {
        if self.tree.duplicate_keys.iter().any(|(one, other)| *one == key || *other == key) {
            Err(Refusal::Form("a key that the mapping has twice"))
        } else {
            Ok(())
        }
    }

    pub(super) fn is_null(&self, node: Index) -> bool {
        matches!(self.kind(node), Kind::Scalar { text, style: ScalarStyle::Plain, str_tag: false } if resolve(text) == Resolved::Null)
    }

    /// `<<`.
    pub(super) fn is_merge(&self, key: Index) -> bool {
        matches!(self.kind(key), Kind::Scalar { text, style: ScalarStyle::Plain, str_tag: false } if text == "<<")
    }

    /// Written in brackets.
    pub(super) fn is_flow(&self, node: Index) -> bool {
        matches!(self.kind(node), Kind::Seq { flow: true, .. } | Kind::Map { flow: true, .. })
    }

    /// A collection that is written line by line.
    pub(super) fn is_block(&self, node: Index) -> bool {
        matches!(self.kind(node), Kind::Seq { flow: false, .. } | Kind::Map { flow: false, .. })
    }

    /// Whether the node stands inside brackets.
    pub(super) fn in_flow(&self, node: Index) -> bool {
        self.parent(node) != node && self.is_flow(self.parent(node))
    }

    pub(super) fn depth(&self, node: Index) -> usize {
        std::iter::successors(Some(node), |node| Some(self.parent(*node)).filter(|parent| parent != node)).count()
    }

    /// Where the node stands among its parent's children.
    fn place(&self, node: Index) -> Option<usize> {
        self.tree.kids(self.parent(node)).binary_search(&node).ok()
    }

    /// The key of the entry that has this value.
    pub(super) fn key_of(&self, value: Index) -> Option<Index> {
        let parent = self.parent(value);
        let place = self.place(value).filter(|place| place % 2 == 1 && matches!(self.kind(parent), Kind::Map { .. }))?;
        self.tree.kids(parent).get(place - 1).copied()
    }

    /// What stands between the node and what comes before it.
    fn gap(&self, node: Index) -> (usize, usize) {
        let parent = self.parent(node);
        let before = self.place(node).and_then(|place| place.checked_sub(1)).and_then(|at| self.tree.kids(parent).get(at));
        let from = before.map_or_else(|| self.start(parent) + usize::from(self.is_flow(parent)), |before| self.end(*before));
        (from, self.start(node).max(from))
    }

    /// Indicators, anchors and tags between two nodes; no comments.
    pub(super) fn tokens(&self, from: usize, to: usize) -> Vec<(usize, usize)> {
        let bytes = self.text.as_bytes();
        let (mut found, mut at) = (Vec::new(), from);
        while at < to {
            let rest = self.slice(at, to);
            let len = match rest.as_bytes().first() {
                Some(b' ' | b'\t' | b'\r' | b'\n') => {
                    at += 1;
                    continue;
                }
                Some(b'#') if at == from || matches!(bytes.get(at - 1), Some(b' ' | b'\t' | b'\n' | b',')) => {
                    at = self.next_line(at);
                    continue;
                }
                Some(b',' | b':' | b'-' | b'?') => 1,
                _ => rest.find([' ', '\t', '\r', '\n']).unwrap_or(rest.len()),
            };
            found.push((at, at + len));
            at += len.max(1);
        }
        found
    }

    /// Where the last indicator, anchor or tag before the node ends.
    pub(super) fn head(&self, node: Index) -> usize {
        let (from, to) = self.gap(node);
        self.tokens(from, to).last().map_or(from, |token| token.1)
    }

    /// Whether the node carries a tag.
    pub(super) fn tagged(&self, node: Index) -> bool {
        let (from, to) = self.gap(node);
        self.tokens(from, to).iter().any(|(at, _)| self.text.as_bytes().get(*at) == Some(&b'!'))
    }

    /// A value of which nothing is written, not even the colon.
    pub(super) fn absent(&self, value: Index) -> bool {
        let span = self.tree.span(value);
        span.start == span.end && self.key_of(value).is_some() && {
            let (from, to) = self.gap(value);
            !self.tokens(from, to).iter().any(|(at, _)| self.text.as_bytes().get(*at) == Some(&b':'))
        }
    }

    /// Where an item or an entry starts: its dash, its key, or what belongs to the key.
    pub(super) fn entry_start(&self, node: Index) -> usize {
        let (from, to) = self.gap(self.key_of(node).unwrap_or(node));
        let comma = |at: usize| self.text.as_bytes().get(at) == Some(&b',');
        self.tokens(from, to).into_iter().find(|(at, _)| !comma(*at)).map_or(to, |(at, _)| at)
    }

    /// The last leaf of a block collection, and where it ends.
    fn last(&self, mut node: Index) -> (Index, usize) {
        loop {
            if self.is_block(node)
                && let Some(last) = self.tree.kids(node).last()
            {
                node = *last;
            } else if let Some(key) = self.key_of(node).filter(|_| self.absent(node)) {
                node = key;
            } else {
                return (node, self.tree.span(node).end as usize);
            }
        }
    }

    /// Where the node ends.
    pub(super) fn end(&self, node: Index) -> usize {
        self.last(node).1
    }

    /// Where a line goes that follows the node.
    pub(super) fn line_after(&self, node: Index) -> Result<usize, Refusal> {
        let (leaf, end) = self.last(node);
        let at = if self.slice(0, end).ends_with('\n') { end } else { self.next_line(end) };
        if at == self.text.len()
            && !self.text.ends_with('\n')
            && matches!(self.kind(leaf), Kind::Scalar { style: ScalarStyle::Block, .. })
            && !self.slice(self.start(leaf), end).split(['\n', '#']).next().unwrap_or_default().contains('-')
        {
            return Err(Refusal::Form("a block of text that ends with the file, without a line end"));
        }
        Ok(at)
    }

    /// Whether nothing but white space stands between a block of text and this place.
    pub(super) fn behind_text(&self, at: usize) -> bool {
        let nodes = &self.tree.nodes;
        let next = nodes.partition_point(|node| (node.span.start as usize) < at);
        let block = |node: &&Node<'_>| matches!(node.kind, Kind::Scalar { style: ScalarStyle::Block, .. });
        let near = nodes.get(..next).and_then(<[_]>::last).filter(block);
        near.is_some_and(|node| self.slice(node.span.end as usize, at).trim().is_empty())
    }

    /// Lines that end a file without a line end leave it without one.
    pub(super) fn open_end(&self, start: &mut usize, content: &mut String) {
        if content.lines().any(|line| line.ends_with(" |")) {
            // a block of text whose last line end counts
            return;
        }
        if !content.is_empty() {
            content.truncate(content.trim_end_matches(['\n', '\r']).len());
            return;
        }
        // the line before ends the file now, unless its line end belongs to a block of text
        let before = self.slice(0, *start);
        let offset = u32::try_from(*start).unwrap_or(u32::MAX);
        let block = |node: &Node<'_>| matches!(node.kind, Kind::Scalar { style: ScalarStyle::Block, .. }) && node.span.start < offset;
        let in_block = self.tree.nodes.iter().rfind(|node| node.span.start < offset).is_some_and(block);
        if !in_block {
            *start = before.strip_suffix("\r\n").or_else(|| before.strip_suffix('\n')).unwrap_or(before).len();
        }
    }

    // habits

    /// The habits of the lines around a node of block style.
    pub(super) fn block(&self, node: Index) -> Block {
        let next = self.lists.partition_point(|(list, _)| *list < node);
        let near = |at: Option<usize>| at.and_then(|at| self.lists.get(at));
        let nearest = [near(Some(next)), near(next.checked_sub(1))].into_iter().flatten().min_by_key(|(list, _)| list.abs_diff(node));
        let unit = self.unit(node);
        Block { unit, dash: nearest.map_or(unit, |(_, dash)| *dash), ..Block::default() }
    }

    /// How far mappings are indented around a node.
    fn unit(&self, node: Index) -> usize {
        let step = |inner: Index| {
            let outer = self.parent(inner);
            let both = [inner, outer].map(|node| matches!(self.kind(node), Kind::Map { flow: false, len: 1.., .. }));
            let step = self.column(self.start(inner)).saturating_sub(self.column(self.start(outer)));
            (inner != outer && both == [true, true] && step > 0).then_some(step)
        };
        let around = std::iter::successors(Some(node), |node| Some(self.parent(*node)).filter(|parent| parent != node));
        let mut root = node;
        let found = around.inspect(|node| root = *node).find_map(step);
        let inside = |map: Index| self.tree.kids(map).iter().skip(1).step_by(2).find_map(|kid| step(*kid));
        found.or_else(|| inside(node)).or_else(|| inside(root)).unwrap_or(2)
    }

    /// Whether all keys of a mapping are in double quotes.
    pub(super) fn quotes_keys(&self, map: Index) -> bool {
        let keys = self.tree.kids(map);
        let double = |key: &Index| matches!(self.kind(*key), Kind::Scalar { style: ScalarStyle::Double, .. });
        matches!(self.kind(map), Kind::Map { .. }) && !keys.is_empty() && keys.iter().step_by(2).all(double)
    }

    /// The habits inside brackets; for an empty pair, those of the brackets around them.
    pub(super) fn flow(&self, node: Index) -> Flow {
        let mut at = node;
        while self.tree.kids(at).is_empty() && self.in_flow(at) {
            at = self.parent(at);
        }
        let kids = self.tree.kids(at);
        let first = if let Kind::Map { .. } = self.kind(at) { kids.get(1) } else { kids.first() };
        let json = self.json || self.quotes_keys(at);
        let spaced = match first {
            Some(value) if self.key_of(*value).is_some() => {
                self.tree.span(*value).start == self.tree.span(*value).end || self.head(*value) < self.start(*value)
            }
            _ => !self.json || self.text.contains('\n'),
        };
        let unit = first.filter(|first| json && self.starts_line(self.entry_start(**first))).map(|first| {
            let inner = self.indent(self.start(*first));
            inner.strip_prefix(self.indent(self.start(at))).filter(|unit| !unit.is_empty()).unwrap_or("  ").to_owned()
        });
        Flow { json, spaced, unit, line_end: self.line_end }
    }

    /// Whether a value can be written in one line in block style.
    pub(super) fn one_line(value: &Json) -> bool {
        match value {
            Json::Object(map) => map.is_empty(),
            Json::Array(items) => items.is_empty(),
            Json::String(text) => crate::yaml::write::literal(text).is_none(),
            _ => true,
        }
    }
}
