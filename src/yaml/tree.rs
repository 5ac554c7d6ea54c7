//! The arena of nodes of one file.

use std::borrow::Cow;

use crate::text::{FileId, Span};

/// A node's index in its file's arena. Reading is deterministic: the same bytes give the same indices.
pub type Index = u32;

/// A node of the run: which file, which index. Findings point at these and fixes edit them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId {
    /// The file.
    pub file: FileId,
    /// The index in the file's [`Tree::nodes`].
    pub index: Index,
}

/// How a scalar is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScalarStyle {
    /// Without quotes.
    Plain,
    /// In `'`.
    Single,
    /// In `"`.
    Double,
    /// A `|` or `>` block.
    Block,
}

/// What a node is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind<'s> {
    /// One value.
    Scalar {
        /// The text after unescaping and folding.
        text: Cow<'s, str>,
        /// How it is written.
        style: ScalarStyle,
        /// Whether it carries the tag `!!str`, which makes a plain scalar text.
        str_tag: bool,
    },
    /// A list; the children are `kids[first..first + len]`.
    Seq {
        /// Start in [`Tree::kids`].
        first: u32,
        /// How many children.
        len: u32,
        /// Written in brackets.
        flow: bool,
    },
    /// A mapping; the children are key, value, key, value.
    Map {
        /// Start in [`Tree::kids`].
        first: u32,
        /// How many children, two for each entry.
        len: u32,
        /// Written in braces.
        flow: bool,
    },
    /// `*name`, with the node it stands for.
    Alias(Index),
}

/// A node with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node<'s> {
    /// From the first byte of the value to the end of its last child; anchors and tags before it are left out.
    pub span: Span,
    /// The collection it stands in; itself for the root of a document.
    pub parent: Index,
    /// What it is.
    pub kind: Kind<'s>,
}

/// One document of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Document {
    /// The root node; `None` when the document is empty or broken.
    pub root: Option<Index>,
    /// From its first byte (the `---` or a directive, when it has one, else the first byte that is no comment) to its end:
    /// the next `---`, the end of the file, or after `...`.
    pub span: Span,
    /// Whether reading it ended in an error.
    pub broken: bool,
}

/// Why a document could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// The cause, without a place.
    pub message: String,
    /// What usually helps.
    pub hint: Option<&'static str>,
    /// Where, as a byte offset.
    pub at: u32,
    /// Index in [`Tree::documents`].
    pub document: usize,
}

/// Everything one file says.
#[derive(Debug, Default)]
pub struct Tree<'s> {
    /// All nodes of all documents.
    pub nodes: Vec<Node<'s>>,
    /// Children of collections.
    pub kids: Vec<Index>,
    /// The documents in order, broken ones too.
    pub documents: Vec<Document>,
    /// What could not be read.
    pub errors: Vec<SyntaxError>,
    /// Pairs of equal keys in one mapping: the first one and a later one.
    pub duplicate_keys: Vec<(Index, Index)>,
    /// What aliases add to the file when they are followed.
    pub(super) expanded: u64,
}

impl<'s> Tree<'s> {
    /// A node by index. Indices come from this tree, so the node is there; index 0 answers for any other.
    pub fn node(&self, index: Index) -> &Node<'s> {
        static EMPTY: Node<'static> = Node {
            span: Span::at(0),
            parent: 0,
            kind: Kind::Scalar { text: Cow::Borrowed(""), style: ScalarStyle::Plain, str_tag: false },
        };
        self.nodes.get(index as usize).unwrap_or(&EMPTY)
    }

    /// The node's span.
    pub fn span(&self, index: Index) -> Span {
        self.node(index).span
    }

    /// How much there is, to come back to with [`Tree::cut_back`].
    pub(super) fn sizes(&self) -> [usize; 5] {
        [self.nodes.len(), self.kids.len(), self.documents.len(), self.errors.len(), self.duplicate_keys.len()]
    }

    /// Forgets what came later.
    pub(super) fn cut_back(&mut self, [nodes, kids, documents, errors, duplicate_keys]: [usize; 5]) {
        self.nodes.truncate(nodes);
        self.kids.truncate(kids);
        self.documents.truncate(documents);
        self.errors.truncate(errors);
        self.duplicate_keys.truncate(duplicate_keys);
    }

    /// The children of a collection, as written: aliases are not followed. Empty for a scalar.
    pub fn kids(&self, index: Index) -> &[Index] {
        match self.node(index).kind {
            Kind::Seq { first, len, .. } | Kind::Map { first, len, .. } => {
                self.kids.get(first as usize..(first + len) as usize).unwrap_or_default()
            }
            Kind::Scalar { .. } | Kind::Alias(_) => &[],
        }
    }

    /// The node an alias stands for; any other node itself.
    pub fn target(&self, index: Index) -> Index {
        match self.node(index).kind {
            Kind::Alias(target) => target,
            _ => index,
        }
    }

    /// The text of a scalar (aliases followed).
    pub fn text(&self, index: Index) -> Option<&str> {
        match &self.node(self.target(index)).kind {
            Kind::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// Key and value nodes of a mapping's entry (aliases followed, merge keys not). Of equal keys the last one counts.
    pub fn entry(&self, map: Index, key: &str) -> Option<(Index, Index)> {
        let map = self.target(map);
        if !matches!(self.node(map).kind, Kind::Map { .. }) {
            return None;
        }
        self.kids(map).as_chunks::<2>().0.iter().rfind(|[k, _]| self.text(*k) == Some(key)).map(|[k, v]| (*k, *v))
    }

    /// The value below a path of keys.
    pub fn get(&self, root: Index, path: &[&str]) -> Option<Index> {
        path.iter().try_fold(root, |node, key| Some(self.entry(node, key)?.1))
    }

    /// The text below a path of keys.
    pub fn get_text(&self, root: Index, path: &[&str]) -> Option<&str> {
        self.text(self.get(root, path)?)
    }

    /// The key of the mapping entry whose value this node is.
    pub fn key_of(&self, value: Index) -> Option<Index> {
        let parent = self.node(value).parent;
        if !matches!(self.node(parent).kind, Kind::Map { .. }) {
            return None;
        }
        self.kids(parent).as_chunks::<2>().0.iter().find(|[_, v]| *v == value).map(|[k, _]| *k)
    }

    /// The comments of the file, from `#` to the end of the line, in order. Found anew on each call.
    pub fn comments(&self, text: &str) -> Vec<Span> {
        let bytes = text.as_bytes();
        let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        let mut scalars: Vec<Span> =
            self.nodes.iter().filter(|n| matches!(n.kind, Kind::Scalar { .. }) && n.span.start < n.span.end).map(|n| n.span).collect();
        scalars.sort_unstable();
        let mut scalars = scalars.into_iter().peekable();
        let mut found = Vec::new();
        let mut from = 0;
        while let Some(hash) = bytes.get(from..).and_then(|rest| memchr::memchr(b'#', rest)).map(|at| from + at) {
            let end = bytes.get(hash..).and_then(|rest| memchr::memchr2(b'\n', b'\r', rest)).map_or(bytes.len(), |at| hash + at);
            while scalars.next_if(|s| s.end as usize <= hash).is_some() {}
            if let Some(scalar) = scalars.peek().filter(|s| s.start as usize <= hash) {
                let (start, stop) = (scalar.start as usize, scalar.end as usize);
                let block = matches!(bytes.get(start), Some(b'|' | b'>'));
                let in_header = block && bytes.get(start..hash).is_some_and(|head| memchr::memchr2(b'\n', b'\r', head).is_none());
                if !in_header {
                    from = stop;
                    continue;
                }
            }
            let opens = hash == 0
                || matches!(bytes.get(hash - 1), Some(b' ' | b'\t' | b'\n' | b'\r' | b'\'' | b'"' | b',' | b'[' | b']' | b'{' | b'}'))
                || (hash == 3 && text.starts_with('\u{feff}'));
            if opens {
                found.push(Span::new(offset(hash), offset(end)));
                from = end;
            } else {
                from = hash + 1;
            }
        }
        found
    }
}
