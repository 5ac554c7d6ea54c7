//! A compiled JSON Schema: an arena of nodes that the walk goes through without allocating.

use std::sync::{Arc, OnceLock};

use regex::{Regex, RegexBuilder};
use regex_syntax::hir::{Class, Hir, HirKind};
use serde_json::Value;

use super::compile;
use super::format::Format;
use super::name::NameRule;
use super::rules::Rule;

/// No pattern is larger, compiled, in bytes: patterns of strangers must not take long.
const MAX_PATTERN: usize = 2 << 20;

/// Index in [`Schema::nodes`].
pub(super) type Ix = u32;

/// A set of JSON types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Forms(u8);

impl Forms {
    pub(super) const NULL: Self = Self(1);
    pub(super) const BOOLEAN: Self = Self(2);
    pub(super) const INTEGER: Self = Self(4);
    pub(super) const NUMBER: Self = Self(8);
    pub(super) const TEXT: Self = Self(16);
    pub(super) const LIST: Self = Self(32);
    pub(super) const MAPPING: Self = Self(64);
    pub(super) const NONE: Self = Self(0);
    pub(super) const ALL: Self = Self(127);

    pub(super) const fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    pub(super) const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The keyword `type`'s word.
    pub(super) fn named(word: &str) -> Option<Self> {
        Some(match word {
            "null" => Self::NULL,
            "boolean" => Self::BOOLEAN,
            "integer" => Self::INTEGER,
            "number" => Self::NUMBER,
            "string" => Self::TEXT,
            "array" => Self::LIST,
            "object" => Self::MAPPING,
            _ => return None,
        })
    }
}

/// Least and greatest, both allowed.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Range<T> {
    pub(super) least: Option<T>,
    pub(super) most: Option<T>,
}

impl Range<u64> {
    pub(super) fn has(&self, number: u64) -> bool {
        self.least.is_none_or(|least| number >= least) && self.most.is_none_or(|most| number <= most)
    }
}

/// One place of a schema.
#[derive(Debug)]
pub(super) struct SchemaNode {
    pub(super) forms: Forms,
    pub(super) number: Option<Box<Range<f64>>>,
    /// Of the text in characters, of a list in items, of a mapping in entries.
    pub(super) size: Option<Box<Range<u64>>>,
    pub(super) words: Option<Box<[Box<str>]>>,
    pub(super) pattern: Option<Box<Pattern>>,
    pub(super) items: Option<Ix>,
    pub(super) object: Option<Box<Object>>,
    pub(super) one_of: Box<[Ix]>,
    /// What only the schemas of CustomResourceDefinitions say.
    pub(super) more: Option<Box<More>>,
}

/// What the schemas of CustomResourceDefinitions say and ours do not.
#[derive(Debug, Default)]
pub(super) struct More {
    /// Whether the least number is not allowed itself.
    pub(super) above: bool,
    /// Whether the greatest is not.
    pub(super) below: bool,
    pub(super) multiple_of: Option<f64>,
    pub(super) format: Option<Format>,
    pub(super) all_of: Box<[Ix]>,
    pub(super) any_of: Box<[Ix]>,
    pub(super) exactly_one_of: Box<[Ix]>,
    pub(super) not: Option<Ix>,
    pub(super) unique: Option<Unique>,
    /// What the API server fills in.
    pub(super) default: Option<Value>,
    pub(super) rules: Box<[Rule]>,
}

/// What may not stand twice in a list.
#[derive(Debug)]
pub(super) enum Unique {
    /// An item.
    Item,
    /// The values of these keys together.
    Keys(Box<[Box<str>]>),
}

impl SchemaNode {
    pub(super) fn new(forms: Forms) -> Self {
        Self { forms, number: None, size: None, words: None, pattern: None, items: None, object: None, one_of: Box::default(), more: None }
    }
}

/// The fields of a mapping.
#[derive(Debug)]
pub(super) struct Object {
    /// By name, sorted.
    pub(super) fields: Box<[Field]>,
    /// The beginnings of their names.
    heads: Box<[u64]>,
    /// Bits of all required fields.
    pub(super) required: u128,
    /// What holds for any other key.
    pub(super) others: Others,
}

impl Object {
    pub(super) fn new(mut fields: Vec<Field>, others: Others) -> Self {
        fields.sort_by(|a, b| a.name.cmp(&b.name));
        let heads = fields.iter().map(|field| head(&field.name)).collect();
        Self { required: fields.iter().fold(0, |all, field| all | field.bit), fields: fields.into(), heads, others }
    }

    pub(super) fn field(&self, key: &str) -> Option<&Field> {
        let start = head(key);
        let first = self.heads.partition_point(|head| *head < start);
        // several keys may begin alike
        let alike = self.heads.get(first..)?.iter().zip(self.fields.get(first..)?).take_while(|(head, _)| **head == start);
        alike.map(|(_, field)| field).find(|field| *field.name == *key)
    }
}

/// The first bytes of a key as a number that sorts as they do: most keys differ there, and numbers compare fast.
fn head(key: &str) -> u64 {
    let all = key.bytes().chain(std::iter::repeat(0)).take(8);
    all.fold(0, |head, byte| head << 8 | u64::from(byte))
}

/// A known key.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) name: Box<str>,
    pub(super) node: Ix,
    /// The bit in [`Object::required`]; 0 for optional ones.
    pub(super) bit: u128,
}

/// Keys that are not among the known ones.
#[derive(Clone, Copy, Debug)]
pub(super) enum Others {
    /// Errors.
    Closed,
    /// Fine, whatever they hold, but for slips of the keyboard.
    Open,
    /// Fine.
    Any,
    /// Fine, and this is what they hold.
    Each(Ix),
}

/// A pattern, compiled when a value first meets it.
#[derive(Debug)]
pub(super) struct Pattern {
    pub(super) source: Box<str>,
    regex: OnceLock<Option<Regex>>,
}

impl Pattern {
    pub(super) fn new(source: &str) -> Self {
        Self { source: source.into(), regex: OnceLock::new() }
    }

    /// A pattern that is not looked at.
    pub(super) fn unknown(source: &str) -> Self {
        Self { source: source.into(), regex: OnceLock::from(None) }
    }

    /// How large it gets, roughly in steps; none when it is no pattern.
    pub(super) fn weight(source: &str) -> Option<u64> {
        // without counts and classes it is as large as it looks
        if !source.contains(['{', '\\']) {
            return Some(source.len() as u64);
        }
        Some(weight(&regex_syntax::Parser::new().parse(source).ok()?))
    }

    /// Whether the text matches; none for a pattern that `regex` cannot express, or that gets too large.
    pub(super) fn allows(&self, text: &str) -> Option<bool> {
        let regex = self.regex.get_or_init(|| RegexBuilder::new(&self.source).size_limit(MAX_PATTERN).build().ok());
        Some(regex.as_ref()?.is_match(text))
    }
}

fn weight(hir: &Hir) -> u64 {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => 1,
        HirKind::Literal(literal) => literal.0.len() as u64,
        HirKind::Class(Class::Unicode(class)) => class.ranges().len() as u64,
        HirKind::Class(Class::Bytes(class)) => class.ranges().len() as u64,
        HirKind::Repetition(it) => weight(&it.sub).saturating_mul(u64::from(it.max.unwrap_or(it.min.saturating_add(1)).max(1))),
        HirKind::Capture(capture) => weight(&capture.sub).saturating_add(2),
        HirKind::Concat(all) | HirKind::Alternation(all) => all.iter().map(weight).fold(1, u64::saturating_add),
    }
}

/// A compiled schema. Cheap to clone: schemas from one file share their nodes.
#[derive(Clone, Debug)]
pub struct Schema {
    nodes: Arc<[SchemaNode]>,
    root: Ix,
    name: Option<NameRule>,
}

impl Schema {
    /// Compiles the subset of JSON Schema that schemars derives: `type`, `properties`, `required`,
    /// `additionalProperties`, `items`, `enum`, `const`, `oneOf`, `anyOf`, `allOf` with one member, `$ref` into `$defs`,
    /// bounds, lengths, `pattern`, `format` of integers. An object with `properties` is closed unless it says
    /// otherwise by `additionalProperties` or our `"x-open": true`. A value that fits several of `oneOf` passes.
    ///
    /// # Errors
    /// A keyword that would narrow what is valid and is not among those, or a `$ref` that leads nowhere.
    pub fn from_json(json: &Value) -> Result<Self, String> {
        compile::compile(json)
    }

    /// The same for a Kubernetes object: `apiVersion`, `kind` and `status` are not looked at, `metadata` is that of
    /// any object, and the name must be a DNS subdomain.
    #[must_use]
    pub fn of_object(self) -> Self {
        self.into_document(NameRule::Subdomain)
    }

    /// The patterns that `regex` cannot express, which let everything pass.
    pub fn broken_patterns(&self) -> Vec<&str> {
        let patterns = self.nodes.iter().filter_map(|node| node.pattern.as_deref());
        patterns.map(|pattern| &*pattern.source).filter(|source| Regex::new(source).is_err()).collect()
    }

    pub(super) fn new(nodes: Arc<[SchemaNode]>, root: Ix) -> Self {
        Self { nodes, root, name: None }
    }

    pub(super) fn anything() -> Self {
        Self::new(Arc::new([SchemaNode::new(Forms::ALL)]), 0)
    }

    pub(super) fn into_document(mut self, name: NameRule) -> Self {
        self.name = Some(name);
        self
    }

    /// The rule for `metadata.name`, when this is the schema of a Kubernetes object.
    pub(super) const fn name_rule(&self) -> Option<NameRule> {
        self.name
    }

    /// Whether rules in CEL come with it.
    pub(super) fn has_rules(&self) -> bool {
        self.nodes.iter().any(|node| node.more.as_ref().is_some_and(|more| !more.rules.is_empty()))
    }

    pub(super) const fn root(&self) -> Ix {
        self.root
    }

    pub(super) fn node(&self, ix: Ix) -> &SchemaNode {
        static ANYTHING: OnceLock<SchemaNode> = OnceLock::new();
        self.nodes.get(ix as usize).unwrap_or_else(|| ANYTHING.get_or_init(|| SchemaNode::new(Forms::ALL)))
    }

    /// The node behind `$ref`-like steps: an only alternative stands for the node itself.
    pub(super) fn settled(&self, mut ix: Ix) -> &SchemaNode {
        for _ in 0..8 {
            match *self.node(ix).one_of {
                [only] => ix = only,
                _ => break,
            }
        }
        self.node(ix)
    }
}
