//! The part of the walk that only the schemas of CustomResourceDefinitions ask for.

use rustc_hash::FxHashSet;
use serde_json::Value as Json;

use crate::yaml::Index;

use super::name::is_templated;
use super::problem::ShapeProblemKind;
use super::schema::{Forms, Ix, More, SchemaNode, Unique};
use super::walk::{Walk, Words};
use super::words::{Found, Frame, Step, shortened};

impl<'t> Walk<'t, '_> {
    pub(super) fn more(&mut self, frame: &Frame<'_>, node: &SchemaNode, more: &More, at: Index, found: Found<'t>) {
        match found {
            Found::Text(text, _) => {
                if let Some(format) = more.format.filter(|format| !format.allows(text) && !is_templated(text)) {
                    let path = frame.path();
                    let message = format!("`{path}` does not have the form of such a value: `{}`", shortened(text));
                    let label = format!("must be {}", format.words());
                    self.add(ShapeProblemKind::Pattern, at, false, Words { path, message, label, suggestion: None });
                }
            }
            Found::List => {
                if let Some(unique) = &more.unique {
                    self.unique(frame, node, unique, at);
                }
            }
            _ => self.bounds(frame, node, more, at, found),
        }
        for ix in &more.all_of {
            self.value(&Frame { ix: *ix, ..*frame }, at);
        }
        self.choices(frame, more, at);
    }

    fn bounds(&mut self, frame: &Frame<'_>, node: &SchemaNode, more: &More, at: Index, found: Found<'_>) {
        let Some(value) = found.number() else { return };
        let same = |bound: Option<f64>| bound.filter(|bound| bound.total_cmp(&value).is_eq());
        let range = node.number.as_deref();
        let above = range.and_then(|range| same(range.least)).filter(|_| more.above);
        let below = range.and_then(|range| same(range.most)).filter(|_| more.below);
        let whole = |by: f64| {
            let times = value / by;
            (times - times.round()).abs() < 1e-9 * times.abs().max(1.0)
        };
        let label = match (above, below, more.multiple_of.filter(|by| !whole(*by))) {
            (Some(least), ..) => format!("must be more than {least}"),
            (_, Some(most), _) => format!("must be less than {most}"),
            (.., Some(by)) => format!("must be a multiple of {by}"),
            _ => return,
        };
        let path = frame.path();
        let message = format!("`{path}` is {value}, out of bounds");
        self.add(ShapeProblemKind::OutOfBounds, at, false, Words { path, message, label, suggestion: None });
    }

    /// Whether the value fits a schema; what is found is forgotten.
    fn fits(&mut self, frame: &Frame<'_>, ix: Ix, at: Index) -> bool {
        let before = self.found.len();
        self.value(&Frame { ix, ..*frame }, at);
        let fits = self.found.len() == before;
        self.found.truncate(before);
        fits
    }

    /// `anyOf`, `oneOf` and `not`.
    fn choices(&mut self, frame: &Frame<'_>, more: &More, at: Index) {
        if more.any_of.is_empty() && more.exactly_one_of.is_empty() && more.not.is_none() {
            return;
        }
        let unsure = std::mem::take(&mut self.unsure);
        let trying = std::mem::replace(&mut self.trying, true);
        if !more.any_of.is_empty() && !more.any_of.iter().any(|ix| self.fits(frame, *ix, at)) {
            let words = names(frame, &more.any_of).map_or_else(
                || ("fits none of the forms that are allowed".to_owned(), "of another form".to_owned()),
                |names| (format!("needs {}", list(&names, "or")), format!("needs {}", list(&names, "or"))),
            );
            self.choice(frame, at, words);
        }
        if !more.exactly_one_of.is_empty() {
            let fitting = more.exactly_one_of.iter().filter(|ix| self.fits(frame, **ix, at)).count();
            let words = match (fitting, names(frame, &more.exactly_one_of)) {
                (1, _) => None,
                (0, None) => Some(("fits none of the forms that are allowed".to_owned(), "of another form".to_owned())),
                (_, None) => Some(("fits several forms that exclude each other".to_owned(), "only one of them is allowed".to_owned())),
                (0, Some(names)) => Some((format!("needs {}", list(&names, "or")), "needs one of them".to_owned())),
                (_, Some(names)) => Some((format!("takes only one of {}", list(&names, "and")), "only one is allowed".to_owned())),
            };
            if let Some(words) = words {
                self.choice(frame, at, words);
            }
        }
        if let Some(not) = more.not
            && self.fits(frame, not, at)
        {
            self.choice(frame, at, ("has a form that is not allowed".to_owned(), "not allowed".to_owned()));
        }
        self.unsure |= unsure;
        self.trying = trying;
    }

    /// Reports a choice, where everything about it is known.
    fn choice(&mut self, frame: &Frame<'_>, at: Index, (says, label): (String, String)) {
        if self.unsure {
            return;
        }
        let (node, on_key) = self.owner(frame, at);
        let words = Words { path: frame.path(), message: format!("{} {says}", frame.place()), label, suggestion: None };
        self.add(ShapeProblemKind::Combination, node, on_key, words);
    }

    /// Where something about the whole of a collection stands: at its key.
    fn owner(&self, frame: &Frame<'_>, at: Index) -> (Index, bool) {
        match frame.step {
            _ if self.tree.text(at).is_some() => (at, false),
            Step::Key(_, key) => (key, true),
            Step::Root => (self.tree.get(at, &["kind"]).unwrap_or(at), false),
            Step::Item(_) => (at, false),
        }
    }

    fn unique(&mut self, frame: &Frame<'_>, node: &SchemaNode, unique: &Unique, at: Index) {
        let mut seen = FxHashSet::default();
        for (n, item) in self.tree.kids(at).iter().enumerate() {
            let item = self.tree.target(*item);
            let (key, place) = match unique {
                Unique::Item => (self.plain(item), item),
                Unique::Keys(keys) => (self.keys(frame, node, keys, item), self.place_of(keys, item)),
            };
            let Some(key) = key.filter(|key| !is_templated(key)) else { continue };
            if seen.insert(key) {
                continue;
            }
            let path = format!("{}[{n}]", frame.path());
            let message = match unique {
                Unique::Item => format!("`{path}` stands in the list already"),
                Unique::Keys(keys) => format!("`{path}` has the same {} as an item before it", list(keys, "and")),
            };
            let words = Words { path, message, label: "a second time".to_owned(), suggestion: None };
            self.add(ShapeProblemKind::Combination, place, false, words);
        }
    }

    /// The values of some keys of an item, as one text; none when one is not there or no scalar.
    fn keys(&self, frame: &Frame<'_>, list: &SchemaNode, keys: &[Box<str>], item: Index) -> Option<String> {
        let object = list.items.and_then(|ix| frame.schema.node(ix).object.as_deref());
        let mut all = String::new();
        for key in keys {
            let written = self.find(item, key).ok()?.map(|[_, value]| self.tree.target(value)).filter(|value| !self.is_null(*value));
            let value = if let Some(value) = written {
                self.plain(value)?
            } else {
                let field = frame.schema.node(object?.field(key)?.node);
                match field.more.as_ref()?.default.as_ref()? {
                    Json::String(text) => format!("\"{text}"),
                    Json::Number(number) => number.as_f64()?.to_string(),
                    Json::Bool(yes) => yes.to_string(),
                    _ => return None,
                }
            };
            all.push_str(&value);
            all.push('\0');
        }
        (!keys.is_empty()).then_some(all)
    }

    /// A scalar as text that is equal for equal values.
    fn plain(&self, at: Index) -> Option<String> {
        match self.read(at) {
            Found::Text(text, _) => Some(format!("\"{text}")),
            Found::Boolean(yes) => Some(yes.to_string()),
            number => number.number().map(|number| number.to_string()),
        }
    }

    fn place_of(&self, keys: &[Box<str>], item: Index) -> Index {
        let written = keys.iter().filter_map(|key| self.find(item, key).ok().flatten());
        written.map(|[_, value]| self.tree.target(value)).next().unwrap_or(item)
    }
}

/// The fields that each of some choices asks for, when that is all that they say.
fn names(frame: &Frame<'_>, choices: &[Ix]) -> Option<Vec<Box<str>>> {
    let name = |ix: &Ix| {
        let node = frame.schema.node(*ix);
        let mut asked = node.object.as_ref()?.fields.iter().filter(|field| field.bit != 0);
        match (asked.next(), asked.next()) {
            (Some(field), None) if node.forms == Forms::ALL => Some(field.name.clone()),
            _ => None,
        }
    };
    choices.iter().map(name).collect()
}

fn list(names: &[Box<str>], word: &str) -> String {
    let shown: Vec<String> = names.iter().take(8).map(|name| format!("`{}`", shortened(name))).collect();
    match shown.as_slice() {
        [most @ .., last] if !most.is_empty() => format!("{} {word} {last}", most.join(", ")),
        _ => shown.concat(),
    }
}
