//! The walk: a document against its schema. Nothing is allocated until something is wrong.

use std::borrow::Cow;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::text::{FileId, near};
use crate::yaml::{DecodeError, Decoder, Index, Kind, NodeId, Resolved, ScalarStyle, Tree, key_as_text, resolve};

use super::metadata_schema;
use super::name::{NameRule, is_templated};
use super::problem::{ShapeProblem, ShapeProblemKind, Suggestion};
use super::schema::{Forms, Ix, Object, Others, Schema, SchemaNode};
use super::words::{Found, Frame, Step, advice, from_resolved, one_of, quoting, read_plain, shortened, wanted};

/// Everything that is wrong with the shape of the value at `root`, in the order of the file. Merge keys and aliases are
/// followed; what stands in a shared part is reported once.
pub fn check(schema: &Schema, tree: &Tree<'_>, file: FileId, root: Index) -> Vec<ShapeProblem> {
    let mut walk = Walk { tree, file, found: Vec::new(), steps: 0, trying: false, unsure: false };
    let frame = Frame { up: None, step: Step::Root, schema, ix: schema.root() };
    walk.value(&frame, root);
    if let Some(rule) = schema.name_rule() {
        walk.name(&frame, root, rule);
    }
    let mut found = walk.found;
    if found.len() > 1 {
        let mut seen = FxHashSet::default();
        found.retain(|p| seen.insert((p.kind, p.node, p.path.rsplit('.').next().map(str::to_owned))));
        found.sort_by_key(|problem| tree.span(problem.node.index).start);
    }
    found
}

pub(super) struct Walk<'t, 's> {
    pub(super) tree: &'t Tree<'s>,
    file: FileId,
    pub(super) found: Vec<ShapeProblem>,
    /// How many values have been looked at.
    steps: usize,
    /// Whether it is tried out whether something fits.
    pub(super) trying: bool,
    /// Whether something could not be told since somebody last asked.
    pub(super) unsure: bool,
}

/// How many values are looked at: a schema with thousands of alternatives could take hours.
const MAX_STEPS: usize = 10_000_000;
/// How many steps it is to try whether a value fits.
const TRIAL: usize = 30;

/// A problem's words, before it gets its place.
pub(super) struct Words {
    pub(super) path: String,
    pub(super) message: String,
    pub(super) label: String,
    pub(super) suggestion: Option<Suggestion>,
}

impl<'t> Walk<'t, '_> {
    pub(super) fn value(&mut self, frame: &Frame<'_>, value: Index) {
        self.steps += if self.trying { TRIAL } else { 1 };
        if self.steps > MAX_STEPS {
            self.unsure = true;
            return;
        }
        let at = self.tree.target(value);
        let node = frame.schema.node(frame.ix);
        let found = self.read(at);
        if !found.fits(node.forms) {
            return self.wrong_type(frame, at, node.forms, found);
        }
        match found {
            Found::Mapping => {
                if let Some(object) = &node.object {
                    self.mapping(frame, object, at);
                }
                if node.size.is_some() {
                    self.size(frame, node, at, self.tree.kids(at).len() / 2, "entry", "entries");
                }
            }
            Found::List => {
                let items = self.tree.kids(at);
                if let Some(ix) = node.items {
                    for (n, item) in items.iter().enumerate() {
                        self.value(&frame.down(Step::Item(n), ix), *item);
                    }
                }
                self.size(frame, node, at, items.len(), "item", "items");
            }
            Found::Text(text, _) => self.text(frame, node, at, text),
            Found::Integer(_) | Found::Unsigned(_) | Found::Number(_) => self.number(frame, node, at, found),
            Found::Null | Found::Boolean(_) => {}
        }
        if !node.one_of.is_empty() {
            self.alternatives(frame, &node.one_of, at, found);
        }
        if let Some(more) = node.more.as_deref() {
            self.more(frame, node, more, at, found);
        }
    }

    pub(super) fn read(&self, at: Index) -> Found<'t> {
        match &self.tree.node(at).kind {
            Kind::Scalar { text, style: ScalarStyle::Plain, str_tag: false } => from_resolved(resolve(text), ScalarStyle::Plain),
            Kind::Scalar { text, style, .. } => Found::Text(text, *style),
            Kind::Seq { .. } => Found::List,
            // an alias never leads to an alias
            Kind::Map { .. } | Kind::Alias(_) => Found::Mapping,
        }
    }

    pub(super) fn is_null(&self, value: Index) -> bool {
        match &self.tree.node(self.tree.target(value)).kind {
            Kind::Scalar { text, style: ScalarStyle::Plain, str_tag: false } => matches!(resolve(text), Resolved::Null),
            _ => false,
        }
    }

    /// The entries, merge keys applied; nothing is allocated when there are none of those.
    fn entries(&self, at: Index) -> Result<Cow<'t, [[Index; 2]]>, DecodeError> {
        let entries = self.tree.kids(at).as_chunks::<2>().0;
        if !entries.iter().any(|[key, _]| self.is_merge(*key)) {
            return Ok(Cow::Borrowed(entries));
        }
        Decoder::new(self.tree, self.file, at).entries()
    }

    /// The text of a key; `None` when it is a collection or null.
    fn key(&self, key: Index) -> Option<&'t str> {
        let text = self.tree.text(key)?;
        (!matches!(text, "" | "~" | "null" | "Null" | "NULL") || !self.is_null(key)).then_some(text)
    }

    /// Key and value of the entry that counts; `Err` when the entries cannot be known.
    pub(super) fn find(&self, at: Index, name: &str) -> Result<Option<[Index; 2]>, DecodeError> {
        Ok(self.entries(at)?.iter().rev().find(|[key, _]| self.tree.text(*key) == Some(name)).copied())
    }

    fn is_merge(&self, key: Index) -> bool {
        matches!(&self.tree.node(key).kind, Kind::Scalar { text, style: ScalarStyle::Plain, str_tag: false } if text == "<<")
    }

    fn mapping(&mut self, frame: &Frame<'_>, object: &Object, at: Index) {
        let entries = match self.entries(at) {
            Ok(entries) => entries,
            Err(error) => {
                let words = Words {
                    path: frame.path_to("<<"),
                    message: format!("`<<` in {} takes a mapping or a list of mappings", frame.place()),
                    label: "merges nothing".into(),
                    suggestion: None,
                };
                return self.add(ShapeProblemKind::WrongType, error.node.unwrap_or(at), true, words);
            }
        };
        let mut seen = 0_u128;
        for [key, value] in entries.iter().copied() {
            if let Some(text) = self.key(key) {
                seen |= self.entry(frame, object, at, (text, key, value));
                continue;
            }
            let words = Words {
                path: frame.path(),
                message: format!("a key in {} is {}, not text", frame.place(), self.read(self.tree.target(key)).words()),
                label: "must be text".into(),
                suggestion: None,
            };
            self.add(ShapeProblemKind::WrongType, key, true, words);
        }
        let missing = object.required & !seen;
        if missing != 0 {
            for field in object.fields.iter().filter(|field| field.bit & missing != 0) {
                self.missing(frame, at, &field.name);
            }
        }
    }

    /// One entry; gives back its bit of [`Object::required`]. Null is absent: the API server drops it.
    fn entry(&mut self, frame: &Frame<'_>, object: &Object, at: Index, (text, key, value): (&str, Index, Index)) -> u128 {
        let null = self.is_null(value);
        if matches!(frame.step, Step::Root) && frame.schema.name_rule().is_some() {
            match text {
                "apiVersion" | "kind" | "status" => return 0,
                "metadata" => {
                    if !null {
                        self.value(&of_metadata(frame, key), value);
                    }
                    return 0;
                }
                _ => {}
            }
        }
        let step = Step::Key(text, key);
        match (object.field(text), object.others) {
            (Some(field), _) if null => return if frame.schema.settled(field.node).forms.has(Forms::NULL) { field.bit } else { 0 },
            (Some(field), _) => {
                self.value(&frame.down(step, field.node), value);
                return field.bit;
            }
            (None, Others::Closed) => self.unknown(frame, &[object], at, key, text),
            (None, Others::Each(ix)) if !null => {
                self.key_of_map(frame, key);
                self.entry_of_map(&frame.down(step, ix), frame.key(), value);
            }
            // where any key is allowed, one letter off a known one is still a slip
            (None, Others::Open) if self.is_slip(object, at, text) => self.unknown(frame, &[object], at, key, text),
            (None, Others::Open | Others::Any | Others::Each(_)) => {}
        }
        0
    }

    /// Whether a key of an open mapping is one letter away from a known one that is not there.
    fn is_slip(&self, object: &Object, at: Index, text: &str) -> bool {
        text.len() >= 5
            && object.fields.iter().any(|field| {
                field.name.len().abs_diff(text.len()) <= 1
                    && strsim::osa_distance(&field.name, text) == 1
                    && self.tree.entry(at, &field.name).is_none()
            })
    }

    /// The key of an entry of a map. kubectl takes booleans and numbers for keys and writes them in its own way.
    fn key_of_map(&mut self, frame: &Frame<'_>, key: Index) {
        let Kind::Scalar { text, style: ScalarStyle::Plain, str_tag: false } = &self.tree.node(key).kind else { return };
        let Some(becomes) = key_as_text(resolve(text)).filter(|becomes| becomes != text) else { return };
        let shown = shortened(text);
        let words = Words {
            path: frame.path_to(&shown),
            message: format!("the key `{shown}` is applied as `{becomes}`"),
            label: format!("reads as {}", from_resolved(resolve(text), ScalarStyle::Plain).words()),
            suggestion: Some(Suggestion { entry: self.value_of(key), ..Suggestion::quoted(text) }),
        };
        self.add(ShapeProblemKind::AmbiguousKey, key, true, words);
    }

    /// A value of a map. Labels and the like get words of their own; the texts of a ConfigMap or Secret are plain texts.
    fn entry_of_map(&mut self, frame: &Frame<'_>, map: Option<&str>, value: Index) {
        let at = self.tree.target(value);
        let found = self.read(at);
        let forms = frame.schema.settled(frame.ix).forms;
        if !found.is_ambiguous() || forms != Forms::TEXT || matches!(map, Some("data" | "stringData" | "binaryData")) {
            return self.value(frame, value);
        }
        let key = shortened(frame.key().unwrap_or_default());
        let what = match map {
            Some("annotations" | "extraAnnotations") => format!("annotation `{key}`"),
            Some("labels" | "extraLabels" | "matchLabels" | "selector" | "nodeSelector") => format!("label `{key}`"),
            _ => format!("value of `{key}`"),
        };
        let text = self.tree.text(at);
        let words = Words {
            path: frame.path(),
            message: format!("{what} is {}, not text", found.words_as_written(text)),
            label: quoting(found, text),
            suggestion: text.map(Suggestion::quoted),
        };
        self.add(ShapeProblemKind::LabelNotString, at, false, words);
    }

    /// A value that may take one of several shapes. One that cannot be told passes.
    fn alternatives(&mut self, frame: &Frame<'_>, all: &[Ix], at: Index, found: Found<'t>) {
        let go = |walk: &mut Self, ix: Ix| walk.value(&Frame { ix, ..*frame }, at);
        if let [only] = all {
            return go(self, *only);
        }
        let fitting: Vec<Ix> = all.iter().copied().filter(|ix| found.fits(frame.schema.settled(*ix).forms)).collect();
        match (fitting.as_slice(), found) {
            ([], _) => {
                let forms = all.iter().fold(Forms::NONE, |forms, ix| forms.with(frame.schema.settled(*ix).forms));
                self.wrong_type(frame, at, forms, found);
            }
            ([only], _) => go(self, *only),
            (several, Found::Mapping) => {
                let objects: Option<Vec<&Object>> = several.iter().map(|ix| frame.schema.settled(*ix).object.as_deref()).collect();
                let Some(objects) = objects else {
                    return;
                };
                let Ok(entries) = self.entries(at) else {
                    return;
                };
                let keys: FxHashMap<&str, Index> = entries.iter().filter_map(|[key, _]| Some((self.key(*key)?, *key))).collect();
                let has = |name: &str| keys.contains_key(name);
                let complete = |object: &Object| object.fields.iter().all(|field| field.bit == 0 || has(&field.name));
                let mut chosen = several.iter().zip(&objects).filter(|(_, object)| complete(object));
                match (chosen.next(), chosen.next()) {
                    (Some((ix, _)), None) => go(self, *ix),
                    (None, _) if objects.iter().all(|object| matches!(object.others, Others::Closed)) => {
                        for [key, _] in entries.iter().copied() {
                            if let Some(text) = self.key(key).filter(|text| !objects.iter().any(|object| object.field(text).is_some())) {
                                self.unknown(frame, &objects, at, key, text);
                            }
                        }
                    }
                    _ => {}
                }
            }
            _ => {}
        }
    }

    fn text(&mut self, frame: &Frame<'_>, node: &SchemaNode, at: Index, text: &str) {
        if self.trying {
            self.unsure |= is_templated(text) || node.pattern.as_ref().is_some_and(|pattern| pattern.allows(text).is_none());
        }
        if let Some(words) = node.words.as_deref()
            && !words.iter().any(|word| **word == *text)
            && !is_templated(text)
        {
            let meant = near(text, words.iter().map(|word| &**word));
            let label = meant.map_or_else(|| one_of(words), |word| format!("did you mean `{word}`?"));
            let suggestion = meant.map(|word| Suggestion::slip(text, word));
            let (path, shown) = (frame.path(), shortened(text));
            let message = format!("`{path}` cannot be `{shown}`");
            self.add(ShapeProblemKind::NotInEnum, at, false, Words { path, message, label, suggestion });
        }
        if let Some(range) = node.size.as_deref() {
            let length = text.chars().count();
            if !range.has(length as u64) && !is_templated(text) {
                self.size(frame, node, at, length, "character", "characters");
            }
        }
        if let Some(pattern) = node.pattern.as_deref()
            && pattern.allows(text) == Some(false)
            && !is_templated(text)
        {
            let path = frame.path();
            let message = format!("`{path}` does not have the form of such a value: `{}`", shortened(text));
            let label = format!("must match `{}`", pattern.source);
            self.add(ShapeProblemKind::Pattern, at, false, Words { path, message, label, suggestion: None });
        }
    }

    fn number(&mut self, frame: &Frame<'_>, node: &SchemaNode, at: Index, found: Found<'_>) {
        let Some(value) = found.number() else {
            return;
        };
        if let Some(words) = node.words.as_deref()
            && !words.iter().any(|word| **word == *value.to_string())
        {
            let path = frame.path();
            let message = format!("`{path}` cannot be `{value}`");
            return self.add(ShapeProblemKind::NotInEnum, at, false, Words { path, message, label: one_of(words), suggestion: None });
        }
        let Some(range) = node.number.as_deref() else {
            return;
        };
        let label = match (range.least, range.most) {
            (Some(least), _) if value < least => format!("at least {least} is allowed"),
            (_, Some(most)) if value > most => format!("at most {most} is allowed"),
            _ => return,
        };
        let path = frame.path();
        let message = format!("`{path}` is {value}, out of bounds");
        self.add(ShapeProblemKind::OutOfBounds, at, false, Words { path, message, label, suggestion: None });
    }

    fn size(&mut self, frame: &Frame<'_>, node: &SchemaNode, at: Index, size: usize, one: &str, many: &str) {
        let Some(range) = node.size.as_deref() else {
            return;
        };
        let size = size as u64;
        let noun = |n: u64| if n == 1 { one } else { many };
        let label = match (range.least, range.most) {
            (Some(least), _) if size < least => format!("at least {least} {}", noun(least)),
            (_, Some(most)) if size > most => format!("at most {most} {}", noun(most)),
            _ => return,
        };
        let path = frame.path();
        let message =
            if size == 0 { format!("`{path}` is empty") } else { format!("`{path}` has {size} {}, which is out of bounds", noun(size)) };
        self.add(ShapeProblemKind::OutOfBounds, at, false, Words { path, message, label, suggestion: None });
    }

    fn wrong_type(&mut self, frame: &Frame<'_>, at: Index, forms: Forms, found: Found<'_>) {
        // filled in later: what it will be is unknown
        if matches!(found, Found::Text(text, _) if is_templated(text)) {
            self.unsure = true;
            return;
        }
        let text = self.tree.text(at);
        let words = Words {
            path: frame.path(),
            message: format!("{} wants {}, not {}", frame.place(), wanted(forms), found.words()),
            label: advice(forms, found, text),
            suggestion: match found {
                Found::Text(text, style) if style != ScalarStyle::Plain && read_plain(text).fits(forms) => Suggestion::unquoted(text),
                _ if forms.has(Forms::TEXT) && found.is_ambiguous() => text.map(Suggestion::quoted),
                _ => None,
            },
        };
        self.add(ShapeProblemKind::WrongType, at, false, words);
    }

    fn unknown(&mut self, frame: &Frame<'_>, objects: &[&Object], at: Index, key: Index, text: &str) {
        let keys = self.tree.kids(at);
        // a mapping of hundreds of unknown keys is no slip of the keyboard, and comparing all with all would take long
        let taken = |name: &str| keys.len() > 512 || keys.iter().step_by(2).any(|key| self.tree.text(*key) == Some(name));
        let names = objects.iter().flat_map(|object| &object.fields).map(|field| &*field.name).filter(|name| !taken(name));
        let slip = near(text, names);
        let elsewhere = || above(frame, text).or_else(|| below(frame, objects, text));
        let (label, suggestion) = match slip {
            Some(name) if name.eq_ignore_ascii_case(text) => (None, Some(name)),
            other => elsewhere().map_or((None, other), |label| (Some(label), None)),
        };
        let label = match (label, suggestion) {
            (Some(label), _) => label,
            (None, Some(name)) => format!("did you mean `{name}`?"),
            (None, None) => "no such field here".into(),
        };
        let words = Words {
            path: frame.path_to(text),
            message: format!("unknown field `{}` in {}", shortened(text), frame.place()),
            label,
            suggestion: suggestion.map(|word| Suggestion { entry: self.value_of(key), ..Suggestion::slip(text, word) }),
        };
        self.add(ShapeProblemKind::Unknown, key, true, words);
    }

    /// The value of the entry with this key.
    fn value_of(&self, key: Index) -> Option<NodeId> {
        let entries = self.tree.kids(self.tree.node(key).parent).as_chunks::<2>().0;
        entries.iter().find(|[own, _]| *own == key).map(|[_, value]| NodeId { file: self.file, index: *value })
    }

    fn missing(&mut self, frame: &Frame<'_>, at: Index, name: &str) {
        let empty = self.find(at, name).ok().flatten().map(|[key, _]| key);
        let (node, on_key) = match (empty, frame.step) {
            (Some(key), _) | (None, Step::Key(_, key)) => (key, true),
            (None, Step::Root) => (self.tree.get(at, &["kind"]).unwrap_or(at), false),
            (None, Step::Item(_)) => (at, false),
        };
        let path = frame.path_to(name);
        let (message, label) = match empty {
            Some(_) => (format!("`{path}` is required and has no value"), "needs a value".to_owned()),
            None => (format!("`{path}` is missing"), format!("needs `{}`", shortened(name))),
        };
        self.add(ShapeProblemKind::Missing, node, on_key, Words { path, message, label, suggestion: None });
    }

    /// `metadata.name`: there, or left to the API server by `generateName`, and of the right form.
    fn name(&mut self, frame: &Frame<'_>, root: Index, rule: NameRule) {
        let root = self.tree.target(root);
        if !matches!(self.read(root), Found::Mapping) {
            return;
        }
        // entries that cannot be known were reported by the walk
        let Ok(metadata) = self.find(root, "metadata") else {
            return;
        };
        let Some([key, value]) = metadata.filter(|[_, value]| !self.is_null(*value)) else {
            let kind = || self.tree.get(root, &["kind"]).unwrap_or(root);
            let (node, on_key) = metadata.map_or_else(|| (kind(), false), |[key, _]| (key, true));
            let (path, message) = ("metadata.name".into(), "`metadata.name` is missing".into());
            let words = Words { path, message, label: "needs `metadata.name`".into(), suggestion: None };
            return self.add(ShapeProblemKind::Missing, node, on_key, words);
        };
        let value = self.tree.target(value);
        let (Found::Mapping, Ok(name), Ok(generated)) = (self.read(value), self.find(value, "name"), self.find(value, "generateName"))
        else {
            return;
        };
        let Some([_, name]) = name.filter(|[_, name]| !self.is_null(*name)) else {
            if generated.is_none_or(|[_, prefix]| self.is_null(prefix)) {
                self.missing(&of_metadata(frame, key), value, "name");
            }
            return;
        };
        let name = self.tree.target(name);
        let Found::Text(text, _) = self.read(name) else {
            return;
        };
        if let Some(objection) = rule.objection(text).filter(|_| !is_templated(text)) {
            let words = Words {
                path: "metadata.name".into(),
                message: format!("`{}` is not a valid name", shortened(text)),
                label: objection.into(),
                suggestion: None,
            };
            self.add(ShapeProblemKind::Pattern, name, false, words);
        }
    }

    pub(super) fn add(&mut self, kind: ShapeProblemKind, node: Index, on_key: bool, words: Words) {
        let Words { path, message, label, suggestion } = words;
        let node = NodeId { file: self.file, index: node };
        self.found.push(ShapeProblem { kind, node, on_key, path, message, label, suggestion, by: None });
    }
}

fn of_metadata<'f>(document: &'f Frame<'f>, key: Index) -> Frame<'f> {
    let schema = metadata_schema();
    Frame { up: Some(document), step: Step::Key("metadata", key), schema, ix: schema.root() }
}

/// The field is one of a mapping around this one.
fn above(frame: &Frame<'_>, text: &str) -> Option<String> {
    let around = std::iter::successors(frame.up, |frame| frame.up).take(4);
    let owner = around.into_iter().find(|frame| frame.object().is_some_and(|object| object.field(text).is_some()))?;
    Some(match owner.step {
        Step::Root => "belongs at the top of the document".into(),
        _ => format!("belongs in {}", owner.place()),
    })
}

/// The field is one of exactly one mapping below this one.
fn below(frame: &Frame<'_>, objects: &[&Object], text: &str) -> Option<String> {
    let schema = frame.schema;
    let mut owners = objects.iter().flat_map(|object| &object.fields).filter(|field| {
        let node = schema.settled(field.node);
        let item = node.items.map(|items| schema.settled(items));
        [Some(node), item].into_iter().flatten().any(|node| node.object.as_ref().is_some_and(|object| object.field(text).is_some()))
    });
    match (owners.next(), owners.next()) {
        (Some(owner), None) => Some(format!("belongs in `{}`", frame.path_to(&owner.name))),
        _ => None,
    }
}
