//! Random documents, valid by construction, in the styles that people write.

use std::fmt::Write;

/// A generator that gives the same numbers everywhere (xorshift).
pub(crate) struct Random(u64);

impl Random {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(crate) fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from((self.0 >> 11) % u64::try_from(n.max(1)).unwrap()).unwrap()
    }

    pub(crate) fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    pub(crate) fn of<'a>(&mut self, list: &[&'a str]) -> &'a str {
        list[self.below(list.len())]
    }
}

pub(crate) const KEYS: &[&str] =
    &["a", "b", "name", "labels", "metadata", "spec", "istio.io/x", "on", "80", "é", "漢字", "a b", "x", "q", "z", "items"];

/// Writes one file.
pub(crate) struct Writer {
    pub(crate) random: Random,
    out: String,
    end: &'static str,
    comments: usize,
    anchors: usize,
    /// Anchors of mappings, for merge keys.
    maps: Vec<usize>,
}

impl Writer {
    pub(crate) fn file(seed: u64) -> String {
        let mut random = Random::new(seed);
        let end = random.of(&["\n", "\n", "\n", "\r\n"]);
        let mut writer = Self { random, out: String::new(), end, comments: 0, anchors: 0, maps: Vec::new() };
        if writer.random.one_in(10) {
            writer.out.push('\u{feff}');
        }
        for n in 0..=writer.random.below(3) {
            if n > 0 || writer.random.one_in(4) {
                writer.out.push_str("---");
                writer.line_end(0);
            }
            (writer.anchors, writer.maps) = (writer.anchors + 100, Vec::new());
            match writer.random.below(8) {
                0 => {
                    writer.flow(0, 0);
                    writer.line_end(0);
                }
                1 => writer.list(0, 0),
                _ => writer.map(0, 0),
            }
            if writer.random.one_in(12) {
                let end = writer.end;
                let _ = write!(writer.out, "...{end}");
            }
        }
        let mut text = writer.out;
        if writer.random.one_in(6) {
            text.truncate(text.trim_end_matches(['\n', '\r']).len());
        }
        text
    }

    fn comment(&mut self) -> String {
        self.comments += 1;
        format!("# c{}{}", self.comments, self.random.of(&["", ": x", ", 'y", " {", " # more"]))
    }

    /// Ends a line, perhaps with a comment, perhaps with lines that say nothing behind it.
    fn line_end(&mut self, indent: usize) {
        if self.random.one_in(5) {
            let comment = self.comment();
            let _ = write!(self.out, " {comment}");
        } else if self.random.one_in(12) {
            self.out.push(' ');
        }
        self.out.push_str(self.end);
        if self.random.one_in(10) {
            let comment = self.comment();
            let indent = self.random.below(indent + 4);
            let _ = write!(self.out, "{:indent$}{comment}{}", "", self.end);
        }
        if self.random.one_in(12) {
            self.out.push_str(self.end);
        }
    }

    fn keys(&mut self) -> Vec<&'static str> {
        let from = self.random.below(KEYS.len());
        let mut keys: Vec<&str> = (0..=self.random.below(4)).map(|n| KEYS[(from + n * 3) % KEYS.len()]).collect();
        keys.dedup();
        keys
    }

    fn key(&mut self, key: &str) {
        // `on` and `80` are other keys in quotes than without
        match if matches!(key, "on" | "80") { 9 } else { self.random.below(8) } {
            0 => _ = write!(self.out, "\"{key}\""),
            1 => _ = write!(self.out, "'{key}'"),
            _ => self.out.push_str(key),
        }
    }

    /// The entries of a mapping; the first one where the text stands.
    fn map(&mut self, column: usize, depth: usize) {
        let keys = self.keys();
        for (n, key) in keys.iter().enumerate() {
            if n > 0 {
                let _ = write!(self.out, "{:column$}", "");
            }
            if n > 0 && !self.maps.is_empty() && self.random.one_in(10) {
                let map = self.maps[self.random.below(self.maps.len())];
                let _ = write!(self.out, "<<: *m{map}");
                self.line_end(column);
                let _ = write!(self.out, "{:column$}", "");
            }
            if self.random.one_in(25) {
                self.out.push_str("? ");
                self.key(key);
                let _ = write!(self.out, "{}{:column$}:", self.end, "");
            } else {
                self.key(key);
                self.out.push(':');
            }
            self.value(column, depth, false);
        }
    }

    fn list(&mut self, column: usize, depth: usize) {
        for n in 0..=self.random.below(3) {
            if n > 0 {
                let _ = write!(self.out, "{:column$}", "");
            }
            self.out.push('-');
            self.value(column, depth, true);
        }
    }

    /// A value behind a colon or a dash at a column; it ends its line.
    fn value(&mut self, column: usize, depth: usize, item: bool) {
        let inner = column + 1 + self.random.below(4);
        match self.random.below(if depth > 3 { 7 } else { 12 }) {
            0 => self.line_end(column),
            1 if self.random.one_in(3) => {
                let header = self.random.of(&["|", "|-", "|+", ">", ">-", ">+"]);
                let _ = write!(self.out, " {header}{}", self.end);
                for line in 0..=self.random.below(3) {
                    let word = self.random.of(&["text", "# no comment", "- a: b", "", "漢字 x"]);
                    let word = if line == 0 && word.is_empty() { "first" } else { word };
                    let inner = if word.is_empty() { 0 } else { inner };
                    let _ = write!(self.out, "{:inner$}{word}{}", "", self.end);
                }
                let _ = write!(self.out, "{:inner$}last{}{}", "", self.end, self.end.repeat(self.random.below(3)));
            }
            2 if self.random.one_in(3) => {
                let (open, close) = if self.random.one_in(2) { ("\"", "\"") } else { ("", "") };
                let _ = write!(self.out, " {open}some{}{:inner$}words{close}", self.end, "");
                self.line_end(column);
            }
            3 if self.random.one_in(3) => {
                self.anchors += 1;
                let _ = write!(self.out, " &a{} ", self.anchors);
                self.scalar();
                self.line_end(column);
                if self.random.one_in(2) && !item {
                    let _ = write!(self.out, "{:column$}alias{}: *a{}", "", self.anchors, self.anchors);
                    self.line_end(column);
                }
            }
            1..=4 => {
                self.out.push(' ');
                let tag = if self.random.one_in(12) { "!!str " } else { "" };
                self.out.push_str(tag);
                self.scalar();
                self.line_end(column);
            }
            5 | 6 => {
                self.out.push(' ');
                self.flow(depth, column);
                self.line_end(column);
            }
            kind => self.block(column, inner, depth, item, kind < 10),
        }
    }

    fn block(&mut self, column: usize, inner: usize, depth: usize, item: bool, map: bool) {
        if item && self.random.below(4) > 0 {
            let gap = inner - column;
            let gap = if gap == 1 { 1 } else { gap - 1 };
            let _ = write!(self.out, "{:gap$}", "");
            if map {
                self.map(column + 1 + gap, depth + 1);
            } else {
                self.list(column + 1 + gap, depth + 1);
            }
            return;
        }
        if map && self.random.one_in(8) {
            self.anchors += 1;
            let _ = write!(self.out, " &m{}", self.anchors);
            self.maps.push(self.anchors);
        }
        let own = self.maps.len();
        let inner = if !map && !item && self.random.one_in(2) { column } else { inner };
        // a comment alone must not stand where a document starts
        self.line_end(column);
        let _ = write!(self.out, "{:inner$}", "");
        let held = self.maps.clone();
        // no merge of what is still open
        self.maps.truncate(own.saturating_sub(1));
        if map {
            self.map(inner, depth + 1);
        } else {
            self.list(inner, depth + 1);
        }
        self.maps = held;
    }

    fn scalar(&mut self) {
        let scalar = self.random.of(&[
            "web",
            "80",
            "true",
            "a b",
            "x#y",
            "http://a.example/b?c=d#e",
            "é",
            "漢字",
            "😀",
            "0x1F",
            "a:b",
            "-x",
            "it's",
            "~",
            "null",
            "v1.2",
            "1.5",
            "yes",
            "'80'",
            "'it''s'",
            "\"a\\n b\"",
            "\"# no\"",
            "\"\"",
            "''",
            "'{'",
        ]);
        self.out.push_str(scalar);
    }

    fn flow(&mut self, depth: usize, column: usize) {
        match self.random.below(if depth > 2 { 2 } else { 6 }) {
            0 => {
                let scalar = self.random.of(&["web", "80", "true", "é", "'80'", "\"x, y\"", "a b"]);
                self.out.push_str(scalar);
            }
            1 => {
                let empty = self.random.of(&["{}", "[]", "{ }"]);
                self.out.push_str(empty);
            }
            kind => {
                let (map, lines) = (kind > 3, self.random.one_in(3));
                let inner = column + 2;
                self.out.push(if map { '{' } else { '[' });
                let mut keys = self.keys();
                keys.truncate(3);
                for (n, key) in keys.iter().enumerate() {
                    if lines {
                        let comment = if self.random.one_in(4) { format!(" {}", self.comment()) } else { String::new() };
                        let _ = write!(self.out, "{comment}{}{:inner$}", self.end, "");
                    }
                    if map {
                        self.key(key);
                        self.out.push_str(": ");
                        if !self.random.one_in(12) {
                            self.flow(depth + 1, inner);
                        }
                    } else {
                        self.flow(depth + 1, inner);
                    }
                    let comma = n + 1 < keys.len() || self.random.one_in(6);
                    let gap = if lines { "" } else { self.random.of(&[" ", "", "  "]) };
                    if comma {
                        let _ = write!(self.out, ",{gap}");
                    }
                }
                if lines {
                    let _ = write!(self.out, "{}{:inner$}", self.end, "");
                }
                self.out.push(if map { '}' } else { ']' });
            }
        }
    }
}
