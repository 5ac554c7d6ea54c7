//! Two YAML readers on the same texts: meshgate's own (libyaml's events) and granit-parser, which shares no code with it.
//! Where both accept a text they must say the same.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::HashMap;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use granit_parser::{Event, Parser, ScalarStyle as Style};
use meshgate::yaml::{self, Index, Kind, ScalarStyle, Tree};

/// A value, written down; aliases are followed.
type Said = String;

/// Values are cut off here, since aliases may make them large.
const LONGEST: usize = 1 << 20;

/// Scalars by text, and whether they are plain (what a plain scalar means is not the parser's business).
fn scalar(out: &mut Said, text: &str, plain: bool) {
    // granit writes what was left out as `~`
    let text = if plain && text.is_empty() { "~" } else { text };
    let _ = write!(out, "{}{text:?}", if plain { "" } else { "=" });
}

fn ours(tree: &Tree<'_>, index: Index, out: &mut Said) {
    if out.len() > LONGEST {
        return;
    }
    match &tree.node(index).kind {
        Kind::Scalar { text, style, .. } => scalar(out, text, *style == ScalarStyle::Plain),
        Kind::Alias(target) => ours(tree, *target, out),
        Kind::Seq { .. } | Kind::Map { .. } => {
            out.push(if matches!(tree.node(index).kind, Kind::Map { .. }) { '{' } else { '[' });
            for kid in tree.kids(index) {
                ours(tree, *kid, out);
                out.push(' ');
            }
            out.push(']');
        }
    }
}

/// All documents, or that one of them is broken.
fn ours_of(text: &str) -> Option<Vec<Said>> {
    let tree = yaml::read(text);
    assert_eq!(tree.errors.is_empty(), tree.documents.iter().all(|d| !d.broken), "{text:?}");
    for node in &tree.nodes {
        assert!(
            node.span.start <= node.span.end && text.get(node.span.start as usize..node.span.end as usize).is_some(),
            "{text:?}: {node:?}"
        );
    }
    for span in tree.comments(text) {
        assert!(span.of(text).starts_with('#'), "{text:?}: {span:?}");
    }
    if !tree.errors.is_empty() {
        return None;
    }
    let documents = tree.documents.iter().filter_map(|d| d.root);
    Some(
        documents
            .map(|root| {
                let mut said = String::new();
                ours(&tree, root, &mut said);
                said
            })
            .collect(),
    )
}

/// A node of granit's events.
enum Node {
    Scalar(String, bool),
    List(char, Vec<usize>),
}

fn theirs(nodes: &[Node], index: usize, out: &mut Said) {
    if out.len() > LONGEST {
        return;
    }
    match &nodes[index] {
        Node::Scalar(text, plain) => scalar(out, text, *plain),
        Node::List(open, kids) => {
            out.push(*open);
            for kid in kids {
                theirs(nodes, *kid, out);
                out.push(' ');
            }
            out.push(']');
        }
    }
}

fn theirs_of(text: &str) -> Option<Vec<Said>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut parser = Parser::new_from_str(text);
    let (mut nodes, mut open, mut roots) = (Vec::new(), Vec::<usize>::new(), Vec::new());
    let mut anchors: HashMap<usize, usize> = HashMap::new();
    while let Some(event) = parser.next_event() {
        let (event, span) = event.ok()?;
        let (node, anchor, opens) = match event {
            Event::Scalar(value, style, anchor, _) => {
                // without a line break at the end of the text there is none at the end of the value (YAML 1.2, 8.1.1.2)
                let block = matches!(style, Style::Literal | Style::Folded);
                let at_end = span.byte_range().is_some_and(|r| r.end == text.len());
                let cut = block && at_end && !text.ends_with(['\n', '\r']) && value.ends_with('\n');
                let value = if cut { value.strip_suffix('\n').unwrap_or_default().to_owned() } else { value.into_owned() };
                (Node::Scalar(value, style == Style::Plain), anchor, false)
            }
            Event::SequenceStart(_, anchor, _) => (Node::List('[', Vec::new()), anchor, true),
            Event::MappingStart(_, anchor, _) => (Node::List('{', Vec::new()), anchor, true),
            Event::SequenceEnd | Event::MappingEnd => {
                open.pop();
                continue;
            }
            Event::Alias(anchor) => {
                let target = *anchors.get(&anchor)?;
                // an anchor that contains itself
                if open.contains(&target) {
                    return None;
                }
                match open.last() {
                    Some(around) => match &mut nodes[*around] {
                        Node::List(_, kids) => kids.push(target),
                        Node::Scalar(..) => return None,
                    },
                    None => roots.push(target),
                }
                continue;
            }
            _ => continue,
        };
        let index = nodes.len();
        nodes.push(node);
        match open.last() {
            Some(around) => {
                if let Node::List(_, kids) = &mut nodes[*around] {
                    kids.push(index);
                }
            }
            None => roots.push(index),
        }
        if anchor != 0 {
            anchors.insert(anchor, index);
        }
        if opens {
            open.push(index);
        }
    }
    Some(
        roots
            .into_iter()
            .map(|root| {
                let mut said = String::new();
                theirs(&nodes, root, &mut said);
                said
            })
            .collect(),
    )
}

/// Where the two may say different things of a text that both accept, and why meshgate's is right: it reads as kubectl
/// does, by libyaml, which is YAML 1.1.
fn may_differ(text: &str) -> Option<&'static str> {
    let has = |what: &str| text.contains(what);
    if has("\u{85}") || has("\u{2028}") || has("\u{2029}") {
        return Some("YAML 1.1 breaks lines at NEL, LS and PS, YAML 1.2 does not");
    }
    if text.get(3..).is_some_and(|rest| rest.contains('\u{feff}')) {
        return Some("a byte order mark inside the text is white space to one and text to the other");
    }
    None
}

/// The same for texts that somebody has damaged.
fn mutant_may_differ(text: &str, ours: &[Said], theirs: &[Said]) -> Option<&'static str> {
    // in YAML 1.1 a colon ends the name of an anchor, in 1.2 it is part of it
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let colon_after_anchor = || text.split(['&', '*']).skip(1).any(|rest| rest.trim_start_matches(is_name).starts_with(':'));
    // libyaml keeps the line break before spaces that end the text
    let without_breaks = |all: &[Said]| all.iter().map(|said| said.replace("\\n\"", "\"")).collect::<Vec<_>>();
    let ends_in_spaces = || text.ends_with([' ', '\t']) && without_breaks(ours) == without_breaks(theirs);
    // libyaml (and go-yaml, which was made from it) asks for at least one space before the text of a block scalar
    let block_at_margin = || ours.iter().any(|said| said == "=\"\"") && text.lines().any(|line| line.starts_with(['|', '>']));
    // inside brackets libyaml and go-yaml take a `?` for the mark of a key, whatever follows; in YAML 1.2 a space must
    let without_marks = |all: &[Said]| all.iter().map(|said| said.replace('?', "")).collect::<Vec<_>>();
    let mark_in_brackets = || text.contains('?') && text.contains(['{', '[']) && without_marks(ours) == without_marks(theirs);
    let behind_dots = || ours.len() != theirs.len() && text.contains("...");
    may_differ(text)
        .or_else(|| behind_dots().then_some("documents behind `...`"))
        .or_else(|| colon_after_anchor().then_some("a colon after an anchor"))
        .or_else(|| ends_in_spaces().then_some("spaces at the end of the text"))
        .or_else(|| mark_in_brackets().then_some("a `?` inside brackets"))
        .or_else(|| block_at_margin().then_some("a document that is one block scalar, at the margin"))
}

/// A generator that gives the same numbers everywhere (SplitMix64).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(n.max(1)).unwrap()).unwrap()
    }

    fn of<'a, T: ?Sized>(&mut self, list: &[&'a T]) -> &'a T {
        list[self.below(list.len())]
    }
}

/// Writes documents that are valid by construction.
struct Writer {
    random: Random,
    out: String,
    end: &'static str,
    anchors: usize,
}

const WORDS: &[&str] =
    &["web", "80", "true", "a b", "x#y", "http://a.example/b?c=d#e", "é", "漢字", "😀", "0x1F", "a:b", "-x", "it's", "~", "v1.2"];

impl Writer {
    fn new(seed: u64) -> Self {
        let mut random = Random(seed);
        let end = random.of(&["\n", "\n", "\r\n"]);
        Self { random, out: String::new(), end, anchors: 0 }
    }

    fn line_end(&mut self) {
        let tail = self.random.of(&["", "", "", "", " ", " # why", "\t# so: \"x\" [", "   #"]);
        // libyaml takes no tab where a key could begin
        let tail = if self.out.ends_with("- ") { tail.trim_start_matches('\t') } else { tail };
        self.out.push_str(tail);
        self.out.push_str(self.end);
        let between = self.random.of(&["", "", "", "", "", "# between: 'x", "  # odd"]);
        if self.random.below(12) == 0 {
            self.out.push_str(self.end);
        }
        if !between.is_empty() {
            self.out.push_str(between);
            self.out.push_str(self.end);
        }
    }

    fn quoted(&mut self, multiline: Option<usize>) {
        let (word, other) = (self.random.of(WORDS), self.random.of(WORDS));
        let gap = match multiline {
            Some(indent) if self.random.below(3) == 0 => format!("{}{}", self.end.repeat(1 + self.random.below(2)), " ".repeat(indent + 1)),
            _ => self.random.of(&[" ", "  # ", ": ", ", "]).to_owned(),
        };
        if self.random.below(2) == 0 {
            let _ = write!(self.out, "'{}{gap}{}'", word.replace('\'', "''"), other.replace('\'', "''"));
        } else {
            let escape = self.random.of(&["\\n", "\\t", "\\\"", "\\\\", "\\x41", "\\u00e9", "\\U0001f600", "\\/", ""]);
            let _ = write!(self.out, "\"{word}{gap}{escape}{other}\"");
        }
    }

    fn property(&mut self) -> bool {
        match self.random.below(14) {
            0 => {
                self.anchors += 1;
                let _ = write!(self.out, "&a{} ", self.anchors);
            }
            1 => self.out.push_str("!!str "),
            _ => return false,
        }
        true
    }

    fn flow(&mut self, depth: usize) {
        match self.random.below(if depth > 3 { 4 } else { 8 }) {
            0 | 1 => self.quoted(None),
            2 | 3 => {
                let word = self.random.of(&["web", "80", "true", "a b", "é", "😀", "x#y", "v1.2"]);
                self.out.push_str(word);
            }
            kind => {
                let map = kind > 5;
                self.out.push(if map { '{' } else { '[' });
                for n in 0..self.random.below(4) {
                    if n > 0 {
                        let comma = self.random.of(&[", ", " , ", ",", ",\t"]);
                        self.out.push_str(comma);
                    }
                    if map {
                        let _ = write!(self.out, "k{n}: ");
                    }
                    self.flow(depth + 1);
                }
                self.out.push(if map { '}' } else { ']' });
            }
        }
    }

    fn block_scalar(&mut self, indent: usize) {
        let header = self.random.of(&["|", ">", "|-", ">-", "|+", ">+"]);
        self.out.push_str(header);
        let comment = self.random.of(&["", "", " # head"]);
        self.out.push_str(comment);
        self.out.push_str(self.end);
        for n in 0..=self.random.below(4) {
            let word = self.random.of(WORDS);
            let extra = if n > 0 { self.random.below(3) } else { 0 };
            match self.random.below(5) {
                0 if n > 0 => {}
                _ => {
                    let _ = write!(self.out, "{}{word}", " ".repeat(indent + extra));
                }
            }
            self.out.push_str(self.end);
        }
        let _ = write!(self.out, "{}end{}", " ".repeat(indent), self.end);
        if self.random.below(3) == 0 {
            self.out.push_str(self.end);
        }
    }

    /// A value behind a key or a dash whose line is at `indent`; it ends its line.
    fn value(&mut self, indent: usize, depth: usize) {
        let inner = indent + 1 + self.random.below(4);
        match self.random.below(if depth > 4 { 7 } else { 12 }) {
            0 => {
                if self.random.below(3) == 0 && self.anchors > 0 {
                    let which = 1 + self.random.below(self.anchors);
                    let _ = write!(self.out, "*a{which}");
                }
                self.line_end();
            }
            1 => {
                self.property();
                self.quoted(Some(indent));
                self.line_end();
            }
            2 => {
                self.property();
                self.block_scalar(inner);
            }
            3 => {
                self.flow(0);
                self.line_end();
            }
            4 => {
                // over several lines
                let (word, indent) = (self.random.of(WORDS), " ".repeat(indent + 2));
                let _ = write!(self.out, "plain{}{indent}{word}x", self.end);
                self.line_end();
            }
            5 | 6 => {
                self.property();
                let word = self.random.of(WORDS);
                self.out.push_str(word);
                self.line_end();
            }
            kind => {
                if self.random.below(10) == 0 {
                    self.anchors += 1;
                    let _ = write!(self.out, "&a{}", self.anchors);
                }
                self.line_end();
                // an alias in here must not name what it stands in
                self.anchors = 0;
                if kind > 9 {
                    self.list(inner, depth + 1);
                } else {
                    self.map(inner, depth + 1);
                }
                self.anchors = 0;
            }
        }
    }

    fn map(&mut self, indent: usize, depth: usize) {
        for n in 0..=self.random.below(4) {
            self.out.push_str(&" ".repeat(indent));
            let key = self.random.of(&["name", "'quoted key'", "\"double\"", "a.b/c", "80", "é"]);
            let _ = match key.strip_suffix(['\'', '"']) {
                Some(open) => write!(self.out, "{open}{n}{}: ", &key[key.len() - 1..]),
                None => write!(self.out, "{key}{n}: "),
            };
            self.value(indent, depth);
        }
    }

    fn list(&mut self, indent: usize, depth: usize) {
        for _ in 0..=self.random.below(4) {
            let _ = write!(self.out, "{}- ", " ".repeat(indent));
            self.value(indent, depth);
        }
    }

    fn documents(mut self) -> String {
        if self.random.below(10) == 0 {
            self.out.push('\u{feff}');
        }
        for n in 0..=self.random.below(3) {
            if n > 0 || self.random.below(3) == 0 {
                self.out.push_str("---");
                self.line_end();
            }
            self.anchors = 0;
            if self.random.below(4) == 0 { self.list(0, 0) } else { self.map(0, 0) }
        }
        if self.random.below(8) == 0 {
            self.out.truncate(self.out.trim_end_matches(['\r', '\n']).len());
        }
        self.out
    }
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|end| end == "yaml" || end == "yml" || end == "json") {
            found.push(path);
        }
    }
}

/// Every text file of the test data, in a fixed order.
fn corpus() -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    files(Path::new("testdata"), &mut found);
    found.sort();
    found.into_iter().filter_map(|path| Some((path.clone(), String::from_utf8(fs::read(path).ok()?).ok()?))).collect()
}

#[test]
fn the_test_data() {
    let (mut both, mut wrong) = (0, Vec::new());
    for (path, text) in corpus() {
        let (Some(ours), Some(theirs)) = (ours_of(&text), theirs_of(&text)) else { continue };
        both += 1;
        if ours != theirs && may_differ(&text).is_none() {
            wrong.push(path);
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(both > 100, "{both} files");
}

#[test]
fn random_documents() {
    let (mut wrong, mut refused) = (Vec::new(), Vec::new());
    let count = 6_000;
    for seed in 0..count {
        let text = Writer::new(seed).documents();
        match (ours_of(&text), theirs_of(&text)) {
            (Some(ours), Some(theirs)) if ours != theirs => wrong.push(format!("{seed}: {text:?}\n  {ours:?}\n  {theirs:?}")),
            (Some(_), Some(_)) => {}
            (ours, theirs) => refused.push(format!("{seed}: {text:?} {} {}", ours.is_some(), theirs.is_some())),
        }
    }
    assert!(wrong.is_empty(), "{} differ\n{}", wrong.len(), wrong[..wrong.len().min(5)].join("\n"));
    // the generator writes what both can read
    assert!(
        refused.len() * 100 < usize::try_from(count).unwrap(),
        "{} refused\n{}",
        refused.len(),
        refused[..refused.len().min(5)].join("\n")
    );
}

/// A few changes of single bytes, and of pieces that mean something to YAML.
fn mutate(random: &mut Random, text: &str) -> String {
    const PIECES: &[&str] = &[
        "'", "\"", "[", "]", "{", "}", ":", ": ", "- ", "#", " #", "&a ", "*a", "!", "!!str ", "|", ">", "|-\n", "%", "@", "`", ",", "?",
        "? ", "\n", "\r\n", "\r", "\t", "  ", "\n---\n", "\n...\n", "<<: ", "\\", "\\u00e9", "é", "😀", "\u{feff}", "\u{85}", "\u{1}",
        "\u{7f}", "~", "-", "--- ", "0",
    ];
    let mut bytes = text.as_bytes().to_vec();
    for _ in 0..=random.below(4) {
        let at = random.below(bytes.len() + 1);
        match random.below(5) {
            0 if at < bytes.len() => drop(bytes.remove(at)),
            1 if at < bytes.len() => bytes[at] = u8::try_from(random.below(256)).unwrap(),
            2 => {
                let end = (at + random.below(20)).min(bytes.len());
                bytes.drain(at..end);
            }
            3 => {
                let end = (at + random.below(60)).min(bytes.len());
                let copy = bytes[at..end].to_vec();
                let to = random.below(bytes.len() + 1);
                bytes.splice(to..to, copy);
            }
            _ => drop(bytes.splice(at..at, random.of(PIECES).bytes())),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[test]
fn mutants() {
    let corpus: Vec<String> = corpus().into_iter().map(|(_, text)| text).filter(|t| !t.is_empty() && t.len() < 4_000).collect();
    let mut random = Random(42);
    let (mut both, mut wrong, mut reasons) = (0, Vec::new(), HashMap::<&str, usize>::new());
    let started = Instant::now();
    for _ in 0..20_000 {
        // a piece of a file keeps this quick
        let file = &corpus[random.below(corpus.len())];
        let lines: Vec<&str> = file.split_inclusive('\n').collect();
        let first = random.below(lines.len());
        let text = lines[first..].iter().take(5 + random.below(20)).copied().collect::<String>();
        let text = mutate(&mut random, &text);
        let before = Instant::now();
        let ours = ours_of(&text);
        assert!(before.elapsed() < Duration::from_secs(1), "{text:?}");
        let (Some(ours), Some(theirs)) = (ours, theirs_of(&text)) else { continue };
        both += 1;
        if ours == theirs {
            continue;
        }
        match mutant_may_differ(&text, &ours, &theirs) {
            Some(reason) => *reasons.entry(reason).or_default() += 1,
            None => wrong.push(format!("{text:?}\n  {ours:?}\n  {theirs:?}")),
        }
    }
    assert!(wrong.is_empty(), "{} of {both} differ\n{}", wrong.len(), wrong[..wrong.len().min(12)].join("\n"));
    assert!(both > 5_000, "{both} were read by both");
    assert!(started.elapsed() < Duration::from_mins(1));
}
