//! A plan as changes of text: what stands in lines of its own. Brackets are in [`super::brackets`].

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use super::place::File;
use super::plan::{New, Plan};
use super::render::{Block, Lines, document, scalar};
use super::{Change, Refusal};
use crate::text::Span;
use crate::yaml::write::{quote_json, quote_like, replace_scalar};
use crate::yaml::{Index, Kind, ScalarStyle};

/// A change with its rank among those at the same place.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Piece {
    start: usize,
    end: usize,
    /// Whether it is made of whole lines.
    lines: bool,
    /// What stands deeper comes first.
    depth: Reverse<usize>,
    number: usize,
    text: String,
}

/// Writes a plan.
pub(super) struct Emitter<'f, 't, 's> {
    pub(super) file: &'f File<'t, 's>,
    pub(super) plan: &'f Plan,
    pieces: Vec<Piece>,
    /// How deep the place stands that is written now.
    depth: usize,
}

impl<'f, 't, 's> Emitter<'f, 't, 's> {
    pub(super) fn new(file: &'f File<'t, 's>, plan: &'f Plan) -> Self {
        Self { file, plan, pieces: Vec::new(), depth: 0 }
    }

    /// The changes of the whole plan.
    pub(super) fn changes(mut self) -> Result<Vec<Change>, Refusal> {
        let (file, plan) = (self.file, self.plan);
        for (node, value) in &plan.set {
            self.depth = file.depth(*node);
            self.set(*node, value)?;
        }
        for (value, key) in &plan.renamed {
            self.rename(*value, key)?;
        }
        for (comment, content) in &plan.comments {
            self.comment(*comment, content.as_deref())?;
        }
        for (node, values) in &plan.after {
            self.depth = file.depth(*node);
            if file.parent(*node) == *node { self.documents(*node, values)? } else { self.items_after(*node, values)? }
        }
        for (node, new) in &plan.add {
            self.depth = file.depth(*node) + 1;
            self.add(*node, new)?;
        }
        let mut parents: BTreeMap<Index, Vec<Index>> = BTreeMap::new();
        for node in &plan.removed {
            parents.entry(file.parent(*node)).or_default().push(*node);
        }
        for (parent, gone) in &parents {
            self.depth = file.depth(*parent) + 1;
            if file.is_flow(*parent) { self.remove_in_brackets(*parent, gone)? } else { self.remove(*parent, gone)? }
        }
        self.finish()
    }

    // pieces

    fn piece(&mut self, start: usize, end: usize, lines: bool, text: String) {
        self.pieces.push(Piece { start, end, lines, depth: Reverse(self.depth), number: self.pieces.len(), text });
    }

    /// Other text in place of a range inside a line.
    pub(super) fn replace(&mut self, start: usize, end: usize, text: impl Into<String>) {
        self.piece(start, end, false, text.into());
    }

    /// Whole lines, put before the line that starts here. What looks like a comment behind a block of text may be part of it.
    pub(super) fn lines(&mut self, at: usize, lines: &[String], opened: bool) -> Result<(), Refusal> {
        let Some(first) = lines.first() else { return Ok(()) };
        let text = opened || lines.iter().any(|line| line.ends_with(['|', '-']));
        let rest = self.file.slice(at, self.file.text.len()).lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
        let width = |line: &str| line.len() - line.trim_start_matches(' ').len();
        if text && width(rest) >= width(first) && rest.trim_start().starts_with('#') {
            return Err(Refusal::Form("a comment that would become part of a block of text"));
        }
        if opened && at == self.file.text.len() && !self.file.text.ends_with('\n') {
            return Err(Refusal::Form("a block of text that ends with the file, without a line end"));
        }
        let end = self.file.line_end;
        self.piece(at, at, true, lines.iter().flat_map(|line| [line.as_str(), end]).collect());
        Ok(())
    }

    /// Takes out whole lines. What they kept apart from a block of text before them must not become part of it.
    pub(super) fn cut(&mut self, start: usize, end: usize) -> Result<(), Refusal> {
        let file = self.file;
        let next = file.slice(end, file.text.len());
        let blank = next.starts_with(['\n', '\r']) || next.starts_with(' ') && next.trim_start().starts_with(['#', '\n', '\r']);
        if blank && file.behind_text(start) {
            return Err(Refusal::Form("between a block of text and what would become part of it"));
        }
        self.piece(start, end, true, String::new());
        Ok(())
    }

    /// Sorts the pieces and joins those at one place.
    fn finish(mut self) -> Result<Vec<Change>, Refusal> {
        self.pieces.sort_unstable();
        let text = self.file.text;
        let open_end = !text.is_empty() && !text.ends_with('\n');
        let mut joined: Vec<Piece> = Vec::with_capacity(self.pieces.len());
        for piece in self.pieces {
            match joined.last_mut() {
                Some(last) if last.start == last.end && (last.start, last.end) == (piece.start, piece.end) => {
                    // a line at an end of the file without line end starts one
                    if piece.lines && !last.lines && open_end && piece.start == text.len() {
                        last.text.push_str(self.file.line_end);
                    }
                    last.text.push_str(&piece.text);
                    last.lines |= piece.lines;
                }
                Some(last) if last.end > piece.start => return Err(Refusal::Form("edits that touch each other")),
                Some(last) if last.lines && piece.lines && last.end == piece.start && last.start < last.end && piece.start < piece.end => {
                    last.end = piece.end;
                }
                before => {
                    let mut piece = piece;
                    let cut_before = before.is_some_and(|last| last.lines && last.end == piece.start && last.start < last.end);
                    if piece.lines && open_end && piece.start == text.len() && !cut_before {
                        piece.text.insert_str(0, self.file.line_end);
                    }
                    joined.push(piece);
                }
            }
        }
        if open_end && let Some((last, before)) = joined.split_last_mut().filter(|(last, _)| last.lines && last.end == text.len()) {
            // lines that are added right before the last ones are the end of the file now
            match before.last_mut().filter(|before| last.text.is_empty() && before.end == last.start) {
                Some(before) => file_end(self.file, before),
                None => file_end(self.file, last),
            }
        }
        let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        let changes = joined.into_iter().map(|p| Change { span: Span::new(offset(p.start), offset(p.end)), content: p.text });
        Ok(changes.filter(|change| change.span.start < change.span.end || !change.content.is_empty()).collect())
    }

    // values

    fn add(&mut self, node: Index, new: &New) -> Result<(), Refusal> {
        let file = self.file;
        if file.tree.kids(node).is_empty() {
            return self.set(node, &new.json());
        }
        match new {
            New::Map(entries) if entries.is_empty() => Ok(()),
            New::Map(_) if file.is_flow(node) => {
                let (flow, indent) = (file.flow(node), self.bracket_indent(node));
                let Json::Object(map) = new.json() else { return Ok(()) };
                let entries: Vec<String> = map.iter().map(|(key, value)| flow.entry(key, value, indent)).collect();
                self.add_in_brackets(node, None, &entries)
            }
            New::List(items) if file.is_flow(node) => {
                let (flow, indent) = (file.flow(node), self.bracket_indent(node));
                let items: Vec<String> = items.iter().map(|item| flow.value(item, indent)).collect();
                self.add_in_brackets(node, None, &items)
            }
            New::Map(_) => {
                let Json::Object(map) = new.json() else { return Ok(()) };
                let block = Block { quoted: file.quotes_keys(node), ..file.block(node) };
                let (start, column) = (file.start(node), file.column(file.start(node)));
                let (lead, rest) = self.leading(node, map);
                let mut first = String::new();
                for line in block.entries(&lead, 0) {
                    first = first + &line + file.line_end + &" ".repeat(column);
                }
                if !first.is_empty() {
                    self.replace(start, start, first);
                }
                let lines = block.entries(&rest, column);
                if lines.is_empty() { Ok(()) } else { self.lines(file.line_after(node)?, &lines, false) }
            }
            New::List(items) => {
                let lines = self.item_lines(node, items);
                self.lines(self.behind_item(node, node)?, &lines, false)
            }
            New::Value(_) => Err(Refusal::Conflict),
        }
    }

    /// Entries that people write before all others, where the mapping does not start with them yet: a reference says its
    /// group and kind before its name.
    fn leading(&self, map: Index, new: Map<String, Json>) -> (Map<String, Json>, Map<String, Json>) {
        let file = self.file;
        let first = file.tree.kids(map).first().and_then(|key| file.tree.text(*key)).unwrap_or_default();
        let plain = file.slice(file.start(map), file.end(map)).starts_with(first);
        new.into_iter().partition(|(key, value)| {
            plain && value.is_string() && (key == "group" && matches!(first, "kind" | "name") || key == "kind" && first == "name")
        })
    }

    fn item_lines(&self, list: Index, items: &[Json]) -> Vec<String> {
        let file = self.file;
        let column = file.column(file.start(list));
        let sibling = file.tree.kids(list).last().copied().unwrap_or(list);
        let (dash, start) = (file.entry_start(sibling), file.start(sibling));
        let same_line =
            file.line_start(dash) == file.line_start(start) && start > dash + 1 && file.slice(dash + 1, start).trim().is_empty();
        let item = if same_line { file.column(start) - file.column(dash) } else { 2 };
        Block { item, ..file.block(list) }.items(items, column)
    }

    fn items_after(&mut self, node: Index, values: &[Json]) -> Result<(), Refusal> {
        let file = self.file;
        let list = file.parent(node);
        if !matches!(file.kind(list), Kind::Seq { .. }) {
            return Err(Refusal::Form("neither a document nor an item of a list"));
        }
        file.editable(list)?;
        if file.is_flow(list) {
            let (flow, indent) = (file.flow(list), self.bracket_indent(list));
            let items: Vec<String> = values.iter().map(|item| flow.value(item, indent)).collect();
            return self.add_in_brackets(list, Some(node), &items);
        }
        let lines = self.item_lines(list, values);
        self.lines(self.behind_item(list, node)?, &lines, false)
    }

    /// Where an item goes that follows a node: behind the comments that are indented like the inside of the item before.
    fn behind_item(&self, list: Index, node: Index) -> Result<usize, Refusal> {
        let file = self.file;
        let dash = file.column(file.start(list));
        let mut at = file.line_after(node)?;
        while at < file.text.len() && file.indent(at).len() > dash && file.slice(at, file.next_line(at)).trim_start().starts_with('#') {
            at = file.next_line(at);
        }
        Ok(at)
    }

    fn set(&mut self, node: Index, value: &Json) -> Result<(), Refusal> {
        let file = self.file;
        if file.parent(node) == node {
            return Err(Refusal::Form("a whole document"));
        }
        if file.absent(node) {
            return Err(Refusal::Form("a key without a colon"));
        }
        let text = matches!(value, Json::String(_));
        if file.tagged(node) && !(text && matches!(file.kind(node), Kind::Scalar { str_tag: true, .. })) {
            return Err(Refusal::Form("a value with a tag"));
        }
        let filled = file.is_flow(node) && !file.tree.kids(node).is_empty();
        if file.in_flow(node) || (filled && !text) {
            let around = if file.in_flow(node) { file.parent(node) } else { node };
            let text = match (value, file.kind(node)) {
                (Json::String(text), Kind::Scalar { style, .. }) if !file.json => quote_like(*style, text).into_owned(),
                _ => file.flow(around).value(value, file.indent(file.start(node))),
            };
            self.inline(node, text);
            return Ok(());
        }
        // lines between key and value would become part of a block of text
        let apart = file.slice(file.head(node), file.start(node)).matches('\n').count() > 1;
        if File::one_line(value) || (text && apart) {
            let text = match (value, file.kind(node)) {
                (Json::String(text), Kind::Scalar { style, .. }) => quote_like(*style, text).into_owned(),
                _ => scalar(value),
            };
            self.inline_over(node, text)
        } else {
            self.lines_over(node, value)
        }
    }

    /// Where the node ends, without line ends at the end of a block scalar.
    fn trimmed_end(&self, node: Index) -> usize {
        let (start, end) = (self.file.start(node), self.file.end(node));
        start + self.file.slice(start, end).trim_end_matches(['\n', '\r']).len()
    }

    /// One line in place of a value that has no lines of its own.
    fn inline(&mut self, node: Index, text: String) {
        let (start, end) = (self.file.start(node), self.trimmed_end(node));
        let before = self.file.slice(0, start);
        let gap = start == end && before.ends_with(|c: char| !matches!(c, ' ' | '\t' | '\n' | '[' | '{'));
        self.replace(start, end, if gap { format!(" {text}") } else { text });
    }

    /// One line in place of any value of block style.
    fn inline_over(&mut self, node: Index, text: String) -> Result<(), Refusal> {
        let file = self.file;
        let start = file.start(node);
        if !file.is_block(node) || !file.starts_line(start) || matches!(file.kind(file.parent(node)), Kind::Seq { .. }) {
            self.inline(node, text);
            return Ok(());
        }
        let head = file.head(node);
        self.replace(head, head, format!(" {text}"));
        self.cut(file.line_start(start), file.line_after(node)?)
    }

    /// Several lines in place of any value of block style.
    fn lines_over(&mut self, node: Index, value: &Json) -> Result<(), Refusal> {
        let file = self.file;
        let parent = file.parent(node);
        let (start, end, head) = (file.start(node), self.trimmed_end(node), file.head(node));
        // blank lines that a block of text has kept stay behind it
        let after = if let Kind::Scalar { .. } = file.kind(node) { file.next_line(end) } else { file.line_after(node)? };
        let block = file.block(parent);
        if let Kind::Seq { .. } = file.kind(parent) {
            if !file.slice(0, head).ends_with('-') {
                return Err(Refusal::Form("an item with an anchor"));
            }
            let column = if start == end { file.column(file.entry_start(node)) + 2 } else { file.column(start) };
            let Lines { head, below } = block.behind_dash(value, column);
            let opened = head.starts_with('|');
            self.inline(node, head);
            return self.lines(after, &below, opened);
        }
        let block = Block { quoted: file.quotes_keys(parent), ..block };
        let Lines { head: first, below } = block.below_key(value, file.column(file.start(parent)));
        let text = !first.is_empty();
        let first = if first.is_empty() { first } else { format!(" {first}") };
        if file.starts_line(start) && start > head {
            self.replace(head, head, first);
            self.cut(file.line_start(start), after)?;
        } else {
            self.replace(head, end, first);
        }
        self.lines(after, &below, text)
    }

    fn rename(&mut self, value: Index, key: &str) -> Result<(), Refusal> {
        let file = self.file;
        let old = file.key_of(value).ok_or(Refusal::Form("not an entry of a mapping"))?;
        let Kind::Scalar { style, .. } = file.kind(old) else { return Err(Refusal::Form("a key that is no plain text")) };
        let span = file.tree.span(old);
        let plain = || replace_scalar(span.of(file.text), key).filter(|_| *style == ScalarStyle::Plain);
        let text = if file.json { quote_json(key) } else { plain().unwrap_or_else(|| quote_like(*style, key).into_owned()) };
        if *style == ScalarStyle::Block || span.start == span.end || file.tagged(old) {
            return Err(Refusal::Form("a key that is no plain text"));
        }
        self.replace(span.start as usize, span.end as usize, text);
        Ok(())
    }

    fn comment(&mut self, comment: Span, content: Option<&str>) -> Result<(), Refusal> {
        let file = self.file;
        let (start, end) = (comment.start as usize, comment.end as usize);
        if !file.slice(start, end).starts_with('#') {
            return Err(Refusal::Form("a comment that is not there"));
        }
        let line = file.line_start(start);
        let before = file.slice(line, start).trim_end();
        match content {
            Some(content) => self.replace(start, end, content),
            None if before.is_empty() => self.cut(line, file.next_line(end))?,
            None => self.replace(line + before.len(), end, ""),
        }
        Ok(())
    }

    // removal

    /// Takes out lines of a block collection.
    fn remove(&mut self, parent: Index, gone: &[Index]) -> Result<(), Refusal> {
        let file = self.file;
        let map = matches!(file.kind(parent), Kind::Map { .. });
        let entries: Vec<Index> = file.tree.kids(parent).iter().skip(usize::from(map)).step_by(1 + usize::from(map)).copied().collect();
        if gone.iter().any(|node| map && file.absent(*node)) {
            return Err(Refusal::Form("a key without a colon"));
        }
        let mut gone = gone.iter().copied().peekable();
        let first = entries.first().copied().unwrap_or(parent);
        let opens_line = file.starts_line(file.entry_start(first));
        if entries.len() == gone.len() && !self.plan.add.contains_key(&parent) {
            let empty = if map { "{}" } else { "[]" };
            if opens_line && file.key_of(parent).is_some() {
                let head = file.head(parent);
                self.replace(head, head, format!(" {empty}"));
            } else {
                let first = gone.next().unwrap_or(first);
                self.replace(file.entry_start(first), self.trimmed_end(first), empty);
            }
        } else if !opens_line && gone.peek() == Some(&first) {
            // the entries behind the dash: what follows takes their place
            let start = file.entry_start(first);
            let mut end = start;
            let mut lead = entries.iter();
            while let Some(node) = lead.next().filter(|node| gone.peek() == Some(node)) {
                let to = file.line_after(*node)?;
                end = to + (file.slice(to, file.text.len()).len() - file.slice(to, file.text.len()).trim_start().len());
                gone.next();
                if lead.len() > 0 && gone.peek() == lead.as_slice().first() && file.slice(end, end + 1) == "#" {
                    return Err(Refusal::Form("comments between the entries behind a dash"));
                }
            }
            if lead.len() == 0 && entries.last().is_some_and(|last| self.plan.removed.contains(last)) {
                return Err(Refusal::Form("all entries behind a dash are replaced by others"));
            }
            self.replace(start, end, "");
        }
        for node in gone {
            let start = file.entry_start(node);
            if !file.starts_line(start) {
                return Err(Refusal::Form("an entry in the middle of a line"));
            }
            self.cut(file.line_start(start), file.line_after(node)?)?;
        }
        Ok(())
    }

    // documents

    fn documents(&mut self, root: Index, values: &[Json]) -> Result<(), Refusal> {
        let file = self.file;
        if file.json {
            return Err(Refusal::Form("JSON holds one document"));
        }
        let documents = &file.tree.documents;
        let at = documents.iter().position(|d| d.root == Some(root)).ok_or(Refusal::Form("not the root of a document"))?;
        let end = documents.get(at).map_or(0, |d| d.span.end as usize);
        let rest = file.slice(end, file.text.len());
        let lines = || rest.lines().map(str::trim_end);
        if documents.get(at + 1).is_some_and(|next| !file.slice(next.span.start as usize, file.text.len()).starts_with("---"))
            || lines().find(|line| !line.is_empty() && !line.starts_with('#')).is_some_and(|line| line.starts_with('%'))
        {
            return Err(Refusal::Form("followed by a document that does not start with `---`"));
        }
        let least = file.line_after(root)?;
        let mut to = if end == file.text.len() || file.slice(0, end).ends_with('\n') { end } else { file.next_line(end) };
        to = to.max(least);
        // before blank lines
        let kept = file.slice(least, to);
        let used = least + kept.trim_end().len();
        if used > least {
            to = file.next_line(used);
        } else if !kept.is_empty() {
            to = least;
        }
        let block = Block { quoted: false, ..file.block(root) };
        self.depth = 0;
        for value in values {
            let text = document(value, block, file.line_end);
            self.piece(to, to, true, format!("---{}{text}", file.line_end));
        }
        Ok(())
    }
}

/// The last piece of a file that ends without a line end.
fn file_end(file: &File<'_, '_>, piece: &mut Piece) {
    if piece.lines {
        file.open_end(&mut piece.start, &mut piece.text);
    }
}
