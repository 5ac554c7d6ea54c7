//! How much work an expression is, judged before it is evaluated: nothing can stop it on the way.

use cel::IdedExpr;
use cel::common::ast::{EntryExpr, Expr, operators};
use serde_json::Value as Json;

/// Steps; [`Work::MAX`] when it may never end.
pub type Work = u64;

/// How much longer than others a call is that compares with a pattern.
const PATTERN: u64 = 20;
/// The longest text that `replace` may make, in bytes.
const MAX_TEXT: u64 = 1 << 20;

/// How many values a value consists of, itself included.
pub fn size(json: &Json) -> u64 {
    1 + match json {
        Json::Array(items) => items.iter().map(size).sum(),
        Json::Object(fields) => fields.values().map(size).sum(),
        _ => 0,
    }
}

/// The parts of an expression.
fn inside(expression: &IdedExpr) -> Vec<&IdedExpr> {
    match &expression.expr {
        Expr::Unspecified | Expr::Ident(_) | Expr::Literal(_) => Vec::new(),
        Expr::Select(select) => vec![&select.operand],
        Expr::List(list) => list.elements.iter().collect(),
        Expr::Map(map) => map.entries.iter().flat_map(|entry| parts(&entry.expr)).collect(),
        Expr::Struct(it) => it.entries.iter().flat_map(|entry| parts(&entry.expr)).collect(),
        Expr::Call(call) => call.target.iter().map(|target| &**target).chain(&call.args).collect(),
        Expr::Comprehension(it) => vec![&it.iter_range, &it.accu_init, &it.loop_cond, &it.loop_step, &it.result],
    }
}

/// Whether an expression is deeper than so many steps; does not recurse itself.
pub(super) fn is_deeper(expression: &IdedExpr, than: usize) -> bool {
    let mut left = vec![(expression, 1)];
    while let Some((one, depth)) = left.pop() {
        if depth > than {
            return true;
        }
        let step = if matches!(one.expr, Expr::Comprehension(_)) { 4 } else { 1 };
        left.extend(inside(one).into_iter().map(|part| (part, depth + step)));
    }
    false
}

struct Judge<'j> {
    subject: &'j Json,
    /// How many rounds a loop can take.
    widest: u64,
    /// Bytes of the longest text.
    longest: u64,
    /// Bytes of the expression.
    length: u64,
    /// How long a text can get.
    text: u64,
}

/// An upper bound of the steps, roughly.
pub(super) fn estimate(expression: &IdedExpr, length: usize, subject: &Json) -> Work {
    let length = length as u64;
    let (widest, longest) = extent(subject);
    let text = longest.max(length);
    let mut judge = Judge { subject, widest: widest.max(length / 2), longest, length, text };
    let work = judge.expression(expression, false);
    if judge.text > MAX_TEXT.max(longest.saturating_mul(2)) { Work::MAX } else { work }
}

/// The most items of a collection, and the bytes of the longest text.
fn extent(json: &Json) -> (u64, u64) {
    let over = |all: &mut dyn Iterator<Item = &Json>, width: usize, texts: u64| {
        all.map(extent).fold((width as u64, texts), |a, b| (a.0.max(b.0), a.1.max(b.1)))
    };
    match json {
        Json::Array(items) => over(&mut items.iter(), items.len(), 0),
        Json::Object(fields) => over(&mut fields.values(), fields.len(), fields.keys().map(String::len).max().unwrap_or(0) as u64),
        Json::String(text) => (0, text.len() as u64),
        _ => (0, 0),
    }
}

impl Judge<'_> {
    fn expression(&mut self, expression: &IdedExpr, looped: bool) -> Work {
        let mut sum = || inside(expression).into_iter().fold(1, |sum: u64, one| sum.saturating_add(self.expression(one, looped)));
        match &expression.expr {
            Expr::Call(call) => {
                let inner = sum();
                let own = match call.func_name.as_str() {
                    operators::EQUALS | operators::NOT_EQUALS | operators::IN if looped => self.compared(&call.args),
                    "split" | "findAll" => {
                        self.widest = self.widest.max(self.longest);
                        PATTERN
                    }
                    "replace" => {
                        self.text = self.text.saturating_mul(self.length);
                        PATTERN
                    }
                    "matches" | "find" | "format" | "join" => PATTERN,
                    _ => 1,
                };
                inner.saturating_add(own)
            }
            Expr::Comprehension(it) => {
                let before = self.expression(&it.iter_range, looped);
                let round = self.expression(&it.loop_cond, true).saturating_add(self.expression(&it.loop_step, true));
                let around = self.expression(&it.accu_init, looped).saturating_add(self.expression(&it.result, looped));
                before.saturating_add(around).saturating_add(round.saturating_mul(self.widest.max(1)))
            }
            _ => sum(),
        }
    }

    /// Comparing takes as long as the smaller side is large.
    fn compared(&self, sides: &[IdedExpr]) -> Work {
        sides.iter().map(|side| self.extent_of(side)).min().unwrap_or(1)
    }

    fn extent_of(&self, side: &IdedExpr) -> u64 {
        match &side.expr {
            Expr::Literal(_) => 1,
            Expr::Select(select) => below(self.subject, &select.field),
            Expr::List(list) => list.elements.len() as u64 + 1,
            Expr::Ident(name) if name != "self" => children(self.subject),
            Expr::Call(call) if call.func_name == operators::INDEX => children(self.subject),
            Expr::Call(call) if matches!(call.func_name.as_str(), "size" | "lowerAscii" | "string" | "int") => 1,
            _ => size(self.subject),
        }
    }
}

fn parts(entry: &EntryExpr) -> impl Iterator<Item = &IdedExpr> {
    let (key, value) = match entry {
        EntryExpr::StructField(field) => (None, &field.value),
        EntryExpr::MapEntry(entry) => (Some(&entry.key), &entry.value),
    };
    key.into_iter().chain([value])
}

/// The size of the largest value under a key, wherever it stands.
fn below(json: &Json, key: &str) -> u64 {
    match json {
        Json::Array(items) => items.iter().map(|item| below(item, key)).max().unwrap_or(1),
        Json::Object(fields) => {
            fields.iter().map(|(own, value)| if own == key { size(value) } else { below(value, key) }).max().unwrap_or(1)
        }
        _ => 1,
    }
}

/// The size of the largest item or field.
fn children(json: &Json) -> u64 {
    match json {
        Json::Array(items) => items.iter().map(size).max().unwrap_or(1),
        Json::Object(fields) => fields.values().map(size).max().unwrap_or(1),
        _ => 1,
    }
}
