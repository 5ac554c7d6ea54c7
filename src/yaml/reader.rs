//! libyaml events to a [`Tree`]: the one place with `unsafe`.

use std::borrow::Cow;
use std::ffi::CStr;
use std::mem::MaybeUninit;

use libyaml_rs as ly;
use rustc_hash::FxHashMap;

use super::json;
use super::tree::{Document, Index, Kind, Node, ScalarStyle, SyntaxError, Tree};
use crate::text::Span;

/// How deep collections may nest, aliases followed. The deepest file seen in the wild (a CRD) has 36 levels.
pub const MAX_DEPTH: u32 = 200;
/// How many nodes aliases may add to a file when they are followed.
const MAX_EXPANSION: u64 = 100_000;
/// In a large file, how many they may add for each node that is written.
const MAX_EXPANSION_RATIO: u64 = 10;
/// How many JSON objects may follow each other without `---`.
const MAX_JSON: usize = 1000;

/// Reads every document of a file. After an error, reading goes on at the next line that starts with `---`.
pub fn read(text: &str) -> Tree<'_> {
    // manifests have a node in about twelve bytes
    let mut tree = Tree { nodes: Vec::with_capacity(text.len() / 10), kids: Vec::with_capacity(text.len() / 10), ..Tree::default() };
    let input = json::readable(text);
    let is_json = json::is_json(text);
    let mut base = if text.starts_with('\u{feff}') { 3 } else { 0 };
    // How far the next pass may look. libyaml decodes 16 KiB ahead of what it has understood: after an error it gets one
    // document, then twice as much each time, so that thousands of errors do not decode the same text again and again.
    let mut reach = usize::MAX;
    let mut json_documents = 0;
    while base < text.len() {
        let end = base.checked_add(reach).and_then(|far| boundary(text, far)).unwrap_or(text.len());
        let (Some(part), Some(given)) = (text.get(base..end), input.get(base..end)) else { break };
        let before = tree.sizes();
        let Err(stop) = Run::new(&mut tree, part, given, base).read(reach > 1, is_json && json_documents < MAX_JSON) else {
            (base, reach) = (end, reach.saturating_mul(2));
            continue;
        };
        match stop {
            Stop::Ahead => {
                tree.cut_back(before);
                reach = 1;
            }
            Stop::Json(next) => {
                json_documents += 1;
                base = next;
            }
            Stop::Error(at) => {
                // never the document that has just failed
                base = next_document(text, at.max(base + 1)).unwrap_or(text.len());
                if let Some(broken) = tree.documents.last_mut() {
                    broken.span.end = offset(base);
                }
                reach = 1;
            }
        }
    }
    tree
}

/// Why a pass of libyaml ended before its text.
enum Stop {
    /// An error at this offset in the file; it is noted.
    Error(usize),
    /// A character further on than this document, which libyaml met as it looked ahead. Nothing of this pass counts.
    Ahead,
    /// Another JSON object starts here, which kubectl reads as another document.
    Json(usize),
}

/// The first line from `from` on that starts with `---`. As `---x` is no start of a document, it is passed over.
fn next_document(text: &str, from: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = from.checked_sub(1)?;
    loop {
        at += memchr::memchr2(b'\n', b'\r', bytes.get(at..)?)? + 1;
        if let Some([b'-', b'-', b'-', rest @ ..]) = bytes.get(at..)
            && matches!(rest.first(), None | Some(b' ' | b'\t' | b'\r' | b'\n'))
        {
            return Some(at);
        }
    }
}

/// As [`next_document`], but never between a directive (`%YAML`) and its document.
fn boundary(text: &str, from: usize) -> Option<usize> {
    let mut at = next_document(text, from)?;
    while text.get(..at).and_then(|before| before.lines().next_back()).is_some_and(|line| line.starts_with('%')) {
        at = next_document(text, at + 1)?;
    }
    Some(at)
}

/// libyaml's words where something follows a document.
const NO_DOCUMENT_START: &str = "did not find expected <document start>";
const DROPPED: &str = "a second document starts without `---`; kubectl silently drops it";

fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// A collection that is still open.
struct Open {
    node: Index,
    /// Where its children start on [`Run::pending`].
    base: usize,
    size: Size,
    anchor: Option<Vec<u8>>,
}

/// How large a node is when aliases are followed.
#[derive(Clone, Copy)]
struct Size {
    height: u32,
    nodes: u64,
}

const LEAF: Size = Size { height: 0, nodes: 1 };

/// One pass of libyaml over the rest of a file.
struct Run<'t, 's> {
    tree: &'t mut Tree<'s>,
    text: &'s str,
    /// The text as libyaml gets it, byte for byte as long.
    input: &'t str,
    base: u32,
    open: Vec<Open>,
    pending: Vec<Index>,
    anchors: FxHashMap<Vec<u8>, (Index, Size)>,
    /// What aliases added to this document.
    expansion: u64,
    first_document: usize,
}

/// The parser, freed when dropped.
struct Parser(Box<MaybeUninit<ly::yaml_parser_t>>);

#[expect(unsafe_code, reason = "libyaml-rs keeps libyaml's interface of raw pointers")]
impl Drop for Parser {
    fn drop(&mut self) {
        // SAFETY: `Run::read` initialised the parser before it made this value, and nobody uses it after.
        unsafe { ly::yaml_parser_delete(self.0.as_mut_ptr()) }
    }
}

/// What an event says, with nothing of libyaml's in it.
enum Event<'s> {
    Scalar { text: Cow<'s, str>, style: ScalarStyle, str_tag: bool, start: u32 },
    Seq { flow: bool },
    Map { flow: bool },
    End,
    Alias(Vec<u8>),
    DocumentStart,
    DocumentEnd,
    StreamEnd,
    Other,
}

#[expect(unsafe_code, reason = "libyaml-rs keeps libyaml's interface of raw pointers")]
impl<'t, 's> Run<'t, 's> {
    fn new(tree: &'t mut Tree<'s>, text: &'s str, input: &'t str, base: usize) -> Self {
        let first_document = tree.documents.len();
        Self {
            tree,
            text,
            input,
            base: offset(base),
            open: Vec::with_capacity(16),
            pending: Vec::with_capacity(64),
            anchors: FxHashMap::default(),
            expansion: 0,
            first_document,
        }
    }

    /// Reads to the end, or says what stopped it.
    fn read(mut self, may_retry: bool, json: bool) -> Result<(), Stop> {
        let mut memory = Box::new(MaybeUninit::<ly::yaml_parser_t>::uninit());
        // SAFETY: libyaml initialises the memory it is given; on failure nothing is left to free.
        if unsafe { ly::yaml_parser_initialize(memory.as_mut_ptr()) }.fail {
            return Ok(());
        }
        let mut parser = Parser(memory);
        let parser = parser.0.as_mut_ptr();
        // SAFETY: the parser is initialised, and `input` outlives it.
        unsafe {
            ly::yaml_parser_set_encoding(parser, ly::YAML_UTF8_ENCODING);
            ly::yaml_parser_set_input_string(parser, self.input.as_ptr(), self.input.len() as u64);
        }
        loop {
            let mut event = MaybeUninit::<ly::yaml_event_t>::uninit();
            // SAFETY: parser and event are valid; after success the event is initialised, is read here only, and its
            // strings live until `yaml_event_delete`, before which everything of them is copied.
            let (event, span, anchor) = unsafe {
                if ly::yaml_parser_parse(parser, event.as_mut_ptr()).fail {
                    let (message, at, ahead) = problem(&*parser);
                    return Err(self.stopped(message, at, ahead && may_retry, json));
                }
                let raw = event.assume_init_mut();
                let result = self.decode(raw);
                ly::yaml_event_delete(raw);
                result
            };
            match self.take(event, span, anchor) {
                Ok(true) => {}
                Ok(false) => return Ok(()),
                Err(message) => return Err(Stop::Error(self.fail(message, span.start))),
            }
        }
    }

    /// What an error of libyaml's means.
    fn stopped(&mut self, message: String, at: u32, ahead: bool, json: bool) -> Stop {
        let here = (self.base + at) as usize;
        if ahead && next_document(self.text, 1).is_some_and(|next| next <= at as usize) {
            return Stop::Ahead;
        }
        if message == NO_DOCUMENT_START && self.tree.documents.len() > self.first_document {
            if json && self.text.get(at as usize..).is_some_and(|rest| rest.starts_with('{')) {
                return Stop::Json(here);
            }
            return Stop::Error(self.fail(DROPPED.to_owned(), self.base + at));
        }
        Stop::Error(self.fail(message, self.base + at))
    }

    /// Copies an event out of libyaml's memory, with its span in the file and its anchor.
    ///
    /// # Safety
    /// `event` must be an event that libyaml has filled and not yet deleted.
    unsafe fn decode(&self, event: &ly::yaml_event_t) -> (Event<'s>, Span, Option<Vec<u8>>) {
        let local = |mark: &ly::yaml_mark_t| u32::try_from(mark.index).unwrap_or(u32::MAX);
        let (start, end) = (local(&event.start_mark), local(&event.end_mark));
        let span = Span::new(start + self.base, end + self.base);
        // SAFETY: libyaml's strings end in NUL or are null.
        let string = |s: *const u8| {
            if s.is_null() { None } else { Some(unsafe { CStr::from_ptr(s.cast()) }.to_bytes()) }
        };
        // SAFETY (below): `type_` says which member of the union is filled.
        match event.type_ {
            ly::YAML_SCALAR_EVENT => {
                let data = unsafe { &event.data.scalar };
                let value = unsafe { std::slice::from_raw_parts(data.value, usize::try_from(data.length).unwrap_or(0)) };
                let raw = self.text.get(start as usize..end as usize).unwrap_or_default();
                let skipped = properties(raw, usize::from(!data.anchor.is_null()) + usize::from(!data.tag.is_null()));
                let style = match data.style {
                    ly::YAML_SINGLE_QUOTED_SCALAR_STYLE => ScalarStyle::Single,
                    ly::YAML_DOUBLE_QUOTED_SCALAR_STYLE => ScalarStyle::Double,
                    ly::YAML_LITERAL_SCALAR_STYLE | ly::YAML_FOLDED_SCALAR_STYLE => ScalarStyle::Block,
                    _ => ScalarStyle::Plain,
                };
                let body = raw.get(skipped..).unwrap_or_default();
                let inner = match style {
                    ScalarStyle::Plain => body,
                    _ => body.get(1..body.len().saturating_sub(1)).unwrap_or_default(),
                };
                let text = if inner.as_bytes() == value {
                    Cow::Borrowed(inner)
                } else {
                    let value = String::from_utf8_lossy(value).into_owned();
                    Cow::Owned(if std::ptr::eq(self.text.as_ptr(), self.input.as_ptr()) { value } else { json::unmoved(raw, value) })
                };
                let span = if style == ScalarStyle::Block { Span::new(span.start, span.start + block_end(raw, &text)) } else { span };
                let str_tag = string(data.tag).is_some_and(|tag| tag == b"tag:yaml.org,2002:str" || tag == b"!");
                let event = Event::Scalar { text, style, str_tag, start: span.start + offset(skipped) };
                (event, span, string(data.anchor).map(<[u8]>::to_vec))
            }
            ly::YAML_SEQUENCE_START_EVENT => {
                let data = unsafe { &event.data.sequence_start };
                (
                    Event::Seq { flow: data.style == ly::YAML_FLOW_SEQUENCE_STYLE },
                    self.opening(start, end, usize::from(!data.anchor.is_null()) + usize::from(!data.tag.is_null())),
                    string(data.anchor).map(<[u8]>::to_vec),
                )
            }
            ly::YAML_MAPPING_START_EVENT => {
                let data = unsafe { &event.data.mapping_start };
                (
                    Event::Map { flow: data.style == ly::YAML_FLOW_MAPPING_STYLE },
                    self.opening(start, end, usize::from(!data.anchor.is_null()) + usize::from(!data.tag.is_null())),
                    string(data.anchor).map(<[u8]>::to_vec),
                )
            }
            ly::YAML_SEQUENCE_END_EVENT | ly::YAML_MAPPING_END_EVENT => (Event::End, span, None),
            ly::YAML_ALIAS_EVENT => {
                let name = string(unsafe { event.data.alias }.anchor).unwrap_or_default();
                (Event::Alias(name.to_vec()), span, None)
            }
            ly::YAML_DOCUMENT_START_EVENT => (Event::DocumentStart, span, None),
            ly::YAML_DOCUMENT_END_EVENT => (Event::DocumentEnd, span, None),
            ly::YAML_STREAM_END_EVENT => (Event::StreamEnd, span, None),
            _ => (Event::Other, span, None),
        }
    }

    /// The span at which a collection opens, its anchor and tag left out. A block collection gets its end later.
    fn opening(&self, start: u32, end: u32, count: usize) -> Span {
        let skipped = offset(properties(self.text.get(start as usize..).unwrap_or_default(), count));
        Span::new(start + skipped + self.base, end.max(start + skipped) + self.base)
    }

    /// Builds the tree from one event; `Ok(false)` at the end of the stream.
    fn take(&mut self, event: Event<'s>, span: Span, anchor: Option<Vec<u8>>) -> Result<bool, String> {
        match event {
            Event::Scalar { text, style, str_tag, start } => {
                let index = self.push(Node { span: Span::new(start, span.end), parent: 0, kind: Kind::Scalar { text, style, str_tag } });
                self.closed(index, LEAF, anchor);
            }
            Event::Seq { flow } => self.enter(Kind::Seq { first: 0, len: 0, flow }, span, anchor)?,
            Event::Map { flow } => self.enter(Kind::Map { first: 0, len: 0, flow }, span, anchor)?,
            Event::End => self.leave(span),
            Event::Alias(name) => self.alias(&name, span)?,
            Event::DocumentStart => {
                self.pending.clear();
                self.anchors.clear();
                self.expansion = 0;
                self.tree.documents.push(Document { root: None, span, broken: false });
            }
            Event::DocumentEnd => {
                self.tree.expanded = self.tree.expanded.saturating_add(self.expansion);
                let root = self.pending.pop();
                if let Some(node) = root.and_then(|root| self.tree.nodes.get_mut(root as usize)) {
                    node.parent = root.unwrap_or_default();
                }
                if let Some(document) = self.tree.documents.last_mut() {
                    document.root = root;
                    document.span.end = span.end;
                }
            }
            Event::StreamEnd => return Ok(false),
            Event::Other => {}
        }
        Ok(true)
    }

    fn push(&mut self, node: Node<'s>) -> Index {
        let index = offset(self.tree.nodes.len());
        self.tree.nodes.push(node);
        self.pending.push(index);
        index
    }

    /// A node is complete: its size counts for the collection around it.
    fn closed(&mut self, index: Index, size: Size, anchor: Option<Vec<u8>>) {
        if let Some(around) = self.open.last_mut() {
            around.size.height = around.size.height.max(size.height + 1);
            around.size.nodes = around.size.nodes.saturating_add(size.nodes);
        }
        if let Some(anchor) = anchor {
            self.anchors.insert(anchor, (index, size));
        }
    }

    fn enter(&mut self, kind: Kind<'s>, span: Span, anchor: Option<Vec<u8>>) -> Result<(), String> {
        let node = self.push(Node { span, parent: 0, kind });
        self.open.push(Open { node, base: self.pending.len(), size: Size { height: 1, nodes: 1 }, anchor: anchor.clone() });
        if offset(self.open.len()) > MAX_DEPTH {
            return Err(format!("nested deeper than {MAX_DEPTH} levels"));
        }
        if let Some(anchor) = anchor {
            // an alias inside finds it open and is refused; the size is set when it closes
            self.anchors.insert(anchor, (node, LEAF));
        }
        Ok(())
    }

    fn leave(&mut self, span: Span) {
        let Some(Open { node: index, base, size, anchor }) = self.open.pop() else {
            return;
        };
        let first = offset(self.tree.kids.len());
        self.tree.kids.extend(self.pending.drain(base..));
        let kids = self.tree.kids.get(first as usize..).unwrap_or_default();
        for kid in kids {
            if let Some(kid) = self.tree.nodes.get_mut(*kid as usize) {
                kid.parent = index;
            }
        }
        let last_end = kids.last().map(|last| self.tree.span(*last).end);
        let count = offset(kids.len());
        if let Some(node) = self.tree.nodes.get_mut(index as usize) {
            let (Kind::Seq { first: f, len, flow } | Kind::Map { first: f, len, flow }) = &mut node.kind else {
                return;
            };
            (*f, *len) = (first, count);
            // libyaml ends a block collection after the blank lines and comments behind it
            node.span.end = if *flow { span.end } else { last_end.unwrap_or(node.span.end) };
        }
        self.duplicate_keys(index);
        // unless the same anchor was defined again inside
        if let Some(entry) = anchor.and_then(|name| self.anchors.get_mut(&name)).filter(|entry| entry.0 == index) {
            entry.1 = size;
        }
        self.closed(index, size, None);
    }

    fn alias(&mut self, name: &[u8], span: Span) -> Result<(), String> {
        let shown = String::from_utf8_lossy(name);
        let Some((target, size)) = self.anchors.get(name).copied() else {
            return Err(format!("there is no anchor `&{shown}` before this alias"));
        };
        if self.open.iter().any(|open| open.node == target) {
            return Err(format!("the anchor `&{shown}` contains itself"));
        }
        if offset(self.open.len()) + size.height > MAX_DEPTH {
            return Err(format!("aliases nest deeper than {MAX_DEPTH} levels"));
        }
        self.expansion = self.expansion.saturating_add(size.nodes);
        let most = MAX_EXPANSION.max(MAX_EXPANSION_RATIO * self.tree.nodes.len() as u64);
        if self.expansion.saturating_add(self.tree.expanded) > most {
            return Err(format!("aliases expand this file by more than {most} nodes"));
        }
        let index = self.push(Node { span, parent: 0, kind: Kind::Alias(target) });
        self.closed(index, size, None);
        Ok(())
    }

    /// Notes equal keys of a mapping that has just closed; both nodes stay.
    fn duplicate_keys(&mut self, index: Index) {
        let Kind::Map { first, len, .. } = self.tree.node(index).kind else {
            return;
        };
        let kids = self.tree.kids.get(first as usize..(first + len) as usize).unwrap_or_default();
        let keys = kids.iter().step_by(2).copied();
        let tree = &*self.tree;
        let mut found = Vec::new();
        let mut note = |earlier: Index, later: Index| found.push((earlier, later));
        if len > 32 {
            let mut seen: FxHashMap<&str, Index> = FxHashMap::default();
            for key in keys {
                let Some(text) = tree.text(key).filter(|text| *text != "<<") else {
                    continue;
                };
                match seen.get(text) {
                    Some(earlier) => note(*earlier, key),
                    None => _ = seen.insert(text, key),
                }
            }
        } else {
            for (n, key) in keys.clone().enumerate().skip(1) {
                let Some(text) = tree.text(key).filter(|text| *text != "<<") else {
                    continue;
                };
                if let Some(earlier) = keys.clone().take(n).find(|earlier| tree.text(*earlier) == Some(text)) {
                    note(earlier, key);
                }
            }
        }
        self.tree.duplicate_keys.extend(found);
    }

    /// Notes an error and gives back the offset in the file at which reading stopped.
    fn fail(&mut self, message: String, at: u32) -> usize {
        let at = at.min(self.base + offset(self.text.len()));
        if self.tree.documents.len() == self.first_document || self.tree.documents.last().is_some_and(|d| d.root.is_some()) {
            self.tree.documents.push(Document { root: None, span: Span::new(at, at), broken: true });
        }
        let document = self.tree.documents.len().saturating_sub(1);
        if let Some(last) = self.tree.documents.last_mut() {
            last.broken = true;
            last.root = None;
            last.span.end = at.max(last.span.start);
        }
        let line_start = self.text.get(..(at - self.base) as usize).and_then(|before| before.rfind('\n')).map_or(0, |n| n + 1);
        let line = self.text.get(line_start..).and_then(|l| l.lines().next()).unwrap_or_default();
        self.tree.errors.push(SyntaxError { hint: hint(&message, line), message, at, document });
        at as usize
    }
}

/// How many bytes `count` anchors and tags take before a value, with the white space and comments behind them.
fn properties(raw: &str, count: usize) -> usize {
    let blank = |c: char| matches!(c, ' ' | '\t' | '\r' | '\n');
    let mut rest = raw;
    for _ in 0..count {
        rest = rest.trim_start_matches(|c: char| !blank(c)).trim_start_matches(blank);
        // a comment may stand between a property and a block collection
        while rest.starts_with('#') {
            rest = rest.split_once('\n').map_or("", |(_, after)| after).trim_start_matches(blank);
        }
    }
    raw.len() - rest.len()
}

/// Where a block scalar ends in its source text: after the last line of its value. libyaml counts the blank lines behind
/// it, which belong to the value only under `+`.
fn block_end(raw: &str, value: &str) -> u32 {
    let header = raw.split(['\n', '\r', '#']).next().unwrap_or_default();
    let body = raw.trim_end_matches(['\n', '\r']);
    // blanks at the end of the value are its own
    let own = header.contains('+') || value.trim_end_matches('\n').ends_with([' ', '\t']);
    offset(if own { raw.len() } else { body.trim_end_matches([' ', '\t', '\n', '\r']).len() })
}

/// libyaml's words for its last error, the offset it is at, and whether it came from looking ahead.
///
/// # Safety
/// The parser must have just failed.
#[expect(unsafe_code, reason = "libyaml-rs keeps libyaml's interface of raw pointers")]
unsafe fn problem(parser: &ly::yaml_parser_t) -> (String, u32, bool) {
    // SAFETY: both are null or static strings that end in NUL.
    let text = |s: *const i8| {
        if s.is_null() { String::new() } else { unsafe { CStr::from_ptr(s.cast()) }.to_string_lossy().into_owned() }
    };
    let (problem, context) = (text(parser.problem.cast()), text(parser.context.cast()));
    let message = if context.is_empty() { problem } else { format!("{problem} {context}") };
    let at = u32::try_from(parser.problem_mark.index.max(parser.problem_offset)).unwrap_or(u32::MAX);
    (message, at, parser.error == ly::YAML_READER_ERROR)
}

/// What usually causes an error with these words on this line.
fn hint(message: &str, line: &str) -> Option<&'static str> {
    if message == DROPPED {
        return Some("start it with a line `---`");
    }
    let indent: &str = line.get(..line.len() - line.trim_start().len()).unwrap_or_default();
    let value = line.split_once(':').map_or(line, |(_, value)| value).trim_start().trim_start_matches("- ");
    if indent.contains('\t') || (message.contains("cannot start any token") && line.contains('\t')) {
        Some("indent with spaces: YAML does not allow tabs")
    } else if value.starts_with('[') && value.contains("::") {
        Some("quote IPv6 addresses inside brackets")
    } else if value.starts_with(['*', '&', '@', '`', '%', '!']) && !message.contains("nest") && !message.contains("expand") {
        Some("quote the value: it starts with a character that means something to YAML")
    } else if message.contains("mapping values are not allowed") {
        Some("quote values that contain `: `, and check the indentation")
    } else if message.contains("did not find expected key") || message.contains("block end") {
        Some("check the indentation of this line against the lines around it")
    } else if message.contains("quoted scalar") {
        Some("close the quotes")
    } else {
        None
    }
}
