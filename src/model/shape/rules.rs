//! The rules in CEL that come with the schema of a CustomResourceDefinition. As in the API server they are asked when
//! everything else fits, and after defaults are filled in. What cannot be evaluated here says nothing.

use std::sync::OnceLock;

use serde_json::{Map, Value as Json};

use super::format::Format;
use super::name::is_templated;
use super::schema::{Forms, Ix, Object, Others, Schema};
use super::words::shortened;
use crate::model::cel::{self, Expression, Subject, Value, Work, list_value, map_value, text_value, value_of};
use crate::text::one_line;
use crate::yaml::{Index, Tree};

/// How much work the rules of one document may be.
const MAX_WORK: Work = 4_000_000;
/// How many values a document may have, defaults filled in.
const MAX_VALUES: u64 = 400_000;
/// How many characters of a message or an expression are shown.
const MAX_SHOWN: usize = 240;

/// An entry of `x-kubernetes-validations`.
#[derive(Debug)]
pub(super) struct Rule {
    text: Box<str>,
    message: Option<Box<str>>,
    message_expression: Option<Box<str>>,
    field_path: Option<Box<str>>,
    compiled: OnceLock<Option<Expression>>,
}

impl Rule {
    pub(super) fn of(json: &Json) -> Option<Self> {
        let text = |key: &str| json.get(key).and_then(Json::as_str).filter(|text| !text.is_empty()).map(Into::into);
        Some(Self {
            text: text("rule")?,
            message: text("message"),
            message_expression: text("messageExpression"),
            field_path: text("fieldPath"),
            compiled: OnceLock::new(),
        })
    }

    /// Bytes of its expressions.
    pub(super) fn length(&self) -> usize {
        self.text.len() + self.message_expression.as_ref().map_or(0, |text| text.len())
    }

    /// None for a rule about changes, and for one that is no CEL here.
    fn compiled(&self) -> Option<&Expression> {
        let compile = || Expression::compile(&self.text).ok().filter(|expression| !expression.mentions("oldSelf"));
        self.compiled.get_or_init(compile).as_ref()
    }

    fn says(&self, subject: &Subject, own: &Json, left: &mut Work) -> String {
        let mut evaluated = || {
            let expression = Expression::compile(self.message_expression.as_deref()?).ok()?;
            if expression.mentions("oldSelf") || !spend(left, expression.work(own)) {
                return None;
            }
            match expression.value(subject) {
                Ok(Value::String(text)) if !text.trim().is_empty() && !text.contains('\n') => Some((*text).clone()),
                _ => None,
            }
        };
        let said = evaluated().or_else(|| self.message.as_deref().map(str::to_owned));
        let said = said.unwrap_or_else(|| format!("failed rule: {}", self.text));
        let line = one_line(said.trim().trim_end_matches('.')).into_owned();
        match line.char_indices().nth(MAX_SHOWN) {
            Some((at, _)) => format!("{}…", line.get(..at).unwrap_or_default()),
            None => line,
        }
    }
}

/// Whether there is that much left.
fn spend(left: &mut Work, work: Work) -> bool {
    let after = left.checked_sub(work);
    *left = after.unwrap_or(*left);
    after.is_some()
}

/// A rule that does not hold.
#[derive(Debug)]
pub(super) struct Failed {
    path: Vec<Step>,
    /// What the rule says about it.
    pub(super) message: String,
}

#[derive(Clone, Debug)]
enum Step {
    Key(String),
    Item(usize),
}

impl Failed {
    /// The node it is about, or the last one on the way that is written, and its key where it has one.
    pub(super) fn place(&self, tree: &Tree<'_>, root: Index) -> (Index, Option<Index>) {
        let mut here = (tree.target(root), None);
        for step in &self.path {
            let next = match step {
                Step::Key(key) => tree.entry(here.0, key).map(|(key, value)| (tree.target(value), Some(key))),
                Step::Item(n) => tree.kids(here.0).get(*n).map(|item| (tree.target(*item), None)),
            };
            let Some(next) = next else { break };
            here = next;
        }
        here
    }

    /// The field in words.
    pub(super) fn field(&self) -> String {
        let mut out = String::new();
        for step in &self.path {
            match step {
                Step::Key(key) if out.is_empty() => out.push_str(&shortened(key)),
                Step::Key(key) => out.extend([".", &shortened(key)]),
                Step::Item(n) => out.extend(["[", &n.to_string(), "]"]),
            }
        }
        out
    }
}

/// The rules that a document breaks; everything else about it fits.
pub(super) fn judge(schema: &Schema, mut document: Json) -> Vec<Failed> {
    let Some(fields) = document.as_object_mut() else { return Vec::new() };
    fields.remove("status");
    // of metadata the API server shows rules no more than this
    if let Some(Json::Object(metadata)) = fields.get_mut("metadata") {
        metadata.retain(|key, _| key == "name" || key == "generateName");
    }
    let mut judge = Judge { schema, values: 0, work: MAX_WORK, path: Vec::new(), failed: Vec::new() };
    judge.fill(schema.root(), &mut document);
    if judge.values <= MAX_VALUES {
        judge.visit(schema.root(), &document);
    }
    judge.failed
}

struct Judge<'s> {
    schema: &'s Schema,
    values: u64,
    work: Work,
    path: Vec<Step>,
    failed: Vec<Failed>,
}

impl<'s> Judge<'s> {
    fn object(&self, ix: Ix) -> Option<&'s Object> {
        self.schema.node(ix).object.as_deref()
    }

    /// The schema of the value under a key.
    fn under(&self, ix: Ix, key: &str) -> Option<Ix> {
        let object = self.object(ix)?;
        match (object.field(key), object.others) {
            (Some(field), _) => Some(field.node),
            (None, Others::Each(each)) => Some(each),
            (None, _) => None,
        }
    }

    /// Fills in defaults and drops nulls, as the API server does.
    fn fill(&mut self, ix: Ix, value: &mut Json) {
        self.values += 1;
        if self.values > MAX_VALUES {
            return;
        }
        match value {
            Json::Object(fields) => self.fill_fields(ix, fields),
            Json::Array(items) => {
                if let Some(each) = self.schema.node(ix).items {
                    for item in items {
                        self.fill(each, item);
                    }
                }
            }
            _ => {}
        }
    }

    fn fill_fields(&mut self, ix: Ix, fields: &mut Map<String, Json>) {
        let takes_null = |key: &str| self.under(ix, key).is_none_or(|ix| self.schema.node(ix).forms.has(Forms::NULL));
        if fields.values().any(Json::is_null) {
            fields.retain(|key, value| !value.is_null() || takes_null(key));
        }
        for field in self.object(ix).into_iter().flat_map(|object| &object.fields) {
            if let Some(default) = self.schema.node(field.node).more.as_ref().and_then(|more| more.default.as_ref())
                && !fields.contains_key(&*field.name)
            {
                self.values += cel::size(default);
                if self.values > MAX_VALUES {
                    return;
                }
                fields.insert((*field.name).to_owned(), default.clone());
            }
        }
        for (key, value) in fields {
            if let Some(ix) = self.under(ix, key) {
                self.fill(ix, value);
            }
        }
    }

    fn visit(&mut self, ix: Ix, value: &Json) {
        let node = self.schema.node(ix);
        if value.is_null() {
            return;
        }
        if let Some(more) = node.more.as_deref().filter(|more| !more.rules.is_empty()) {
            self.ask(ix, &more.rules, value);
        }
        match value {
            Json::Object(fields) => {
                for (key, value) in fields {
                    let Some(ix) = self.under(ix, key) else { continue };
                    self.path.push(Step::Key(key.clone()));
                    self.visit(ix, value);
                    self.path.pop();
                }
            }
            Json::Array(items) => {
                let Some(each) = node.items else { return };
                for (n, item) in items.iter().enumerate() {
                    self.path.push(Step::Item(n));
                    self.visit(each, item);
                    self.path.pop();
                }
            }
            _ => {}
        }
    }

    fn ask(&mut self, ix: Ix, rules: &[Rule], own: &Json) {
        let mut subject = None;
        for rule in rules {
            let Some(expression) = rule.compiled() else { continue };
            if subject.is_none() {
                // making the value is work as well
                if !spend(&mut self.work, cel::size(own)) {
                    return;
                }
                let Some(value) = self.value(ix, own) else { return };
                subject = Some(Subject::new(value));
            }
            let Some(subject) = &subject else { return };
            if !spend(&mut self.work, expression.work(own)) || expression.holds(subject) != Ok(false) {
                continue;
            }
            let mut path = self.path.clone();
            path.extend(steps(rule.field_path.as_deref().unwrap_or_default()).into_iter().map(Step::Key));
            let message = rule.says(subject, own, &mut self.work);
            self.failed.push(Failed { path, message });
        }
    }

    /// A value as CEL sees it by its schema; none when part of it cannot be said.
    fn value(&self, ix: Ix, json: &Json) -> Option<Value> {
        let node = self.schema.node(ix);
        Some(match json {
            Json::Number(number) if !node.forms.has(Forms::INTEGER) && node.forms.has(Forms::NUMBER) => Value::Float(number.as_f64()?),
            #[expect(clippy::cast_possible_truncation, reason = "whole and small")]
            Json::Number(number) if node.forms.has(Forms::INTEGER) && number.as_i64().is_none() => {
                let float = number.as_f64().filter(|float| float.fract() == 0.0 && float.abs() < 1e15)?;
                Value::Int(float as i64)
            }
            Json::String(text) if is_templated(text) => return None,
            Json::String(text) => match node.more.as_ref().and_then(|more| more.format) {
                Some(Format::Duration) => Value::Int(cel::duration(text)?),
                Some(Format::DateTime) => Value::Int(cel::timestamp(text)?),
                Some(Format::Date | Format::Bytes) => return None,
                _ => text_value(text),
            },
            Json::Array(items) => {
                let each = |item| node.items.map_or_else(|| Some(value_of(item)), |ix| self.value(ix, item));
                list_value(items.iter().map(each).collect::<Option<_>>()?)
            }
            Json::Object(fields) => {
                let mut all = Vec::with_capacity(fields.len());
                for (key, value) in fields {
                    let value = self.under(ix, key).map_or_else(|| Some(value_of(value)), |ix| self.value(ix, value))?;
                    let known = node.object.as_ref().is_some_and(|object| object.field(key).is_some());
                    if let Some(escaped) = known.then(|| escaped(key)).flatten() {
                        all.push((escaped, value.clone()));
                    }
                    all.push((key.clone(), value));
                }
                map_value(all)
            }
            plain => value_of(plain),
        })
    }
}

/// The name that a field has in CEL, where it is another one.
fn escaped(key: &str) -> Option<String> {
    const WORDS: [&str; 20] = [
        "true",
        "false",
        "null",
        "in",
        "as",
        "break",
        "const",
        "continue",
        "else",
        "for",
        "function",
        "if",
        "import",
        "let",
        "loop",
        "package",
        "namespace",
        "return",
        "var",
        "void",
    ];
    if WORDS.contains(&key) || key == "while" {
        return Some(format!("__{key}__"));
    }
    let signs = key.contains(['.', '-', '/']) || key.contains("__");
    signs.then(|| key.replace("__", "__underscores__").replace('.', "__dot__").replace('-', "__dash__").replace('/', "__slash__"))
}

/// The keys of a `fieldPath`: `.spec.foo['a.b']`.
fn steps(path: &str) -> Vec<String> {
    let mut keys = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        if let Some((key, after)) = rest.strip_prefix("['").and_then(|inner| inner.split_once("']")) {
            keys.push(key.to_owned());
            rest = after;
            continue;
        }
        let plain = rest.strip_prefix('.').unwrap_or(rest);
        let end = plain.find(['.', '[']).unwrap_or(plain.len());
        let (key, after) = plain.split_at(end);
        if key.is_empty() {
            break;
        }
        keys.push(key.to_owned());
        rest = after;
    }
    keys
}
