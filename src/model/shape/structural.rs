//! The structural schema of a CustomResourceDefinition to [`Schema`].

use std::sync::Arc;

use serde_json::{Map, Value};

use super::compile::number;
use super::format::Format;
use super::name::NameRule;
use super::rules::Rule;
use super::schema::{Field, Forms, Ix, More, Object, Others, Pattern, Range, Schema, SchemaNode, Unique};

/// Why a schema says nothing: the API server refuses it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The keys that lead to it.
    pub path: Vec<String>,
    /// What is wrong, to stand behind the words for the place.
    pub message: String,
}

/// Compiles `openAPIV3Schema`. With `open` unknown fields are kept everywhere.
///
/// # Errors
/// What the API server refuses in it.
pub(super) fn compile(json: &Value, open: bool) -> Result<Schema, Fault> {
    let mut compiler = Compiler { open, nodes: Vec::new(), path: Vec::new(), weight: MAX_WEIGHT, rules: MAX_RULES };
    let root = compiler.node(json, false)?;
    Ok(Schema::new(Arc::from(compiler.nodes), root).into_document(NameRule::Subdomain))
}

/// How large all patterns of a schema may get together, and each of them: strangers' patterns must not take long.
const MAX_WEIGHT: u64 = 400_000;
const MAX_PATTERN: u64 = 40_000;
/// How many bytes all rules of a schema have together; what comes later says nothing.
const MAX_RULES: usize = 256 << 10;

struct Compiler {
    open: bool,
    /// What is left of [`MAX_WEIGHT`].
    weight: u64,
    /// What is left of [`MAX_RULES`].
    rules: usize,
    nodes: Vec<SchemaNode>,
    path: Vec<String>,
}

impl Compiler {
    fn fault<T>(&self, key: Option<&str>, message: impl Into<String>) -> Result<T, Fault> {
        let path = self.path.iter().map(String::as_str).chain(key).map(str::to_owned).collect();
        Err(Fault { path, message: message.into() })
    }

    fn below<T>(&mut self, keys: &[&str], does: impl FnOnce(&mut Self) -> Result<T, Fault>) -> Result<T, Fault> {
        let before = self.path.len();
        self.path.extend(keys.iter().map(|key| (*key).to_owned()));
        let done = does(self)?;
        self.path.truncate(before);
        Ok(done)
    }

    fn push(&mut self, node: SchemaNode) -> Ix {
        self.nodes.push(node);
        Ix::try_from(self.nodes.len() - 1).unwrap_or(Ix::MAX)
    }

    /// A schema; `part` for one inside of `allOf`, `anyOf`, `oneOf` or `not`, which only narrows what the one around it allows.
    fn node(&mut self, json: &Value, part: bool) -> Result<Ix, Fault> {
        let Value::Object(schema) = json else { return self.fault(None, "is no schema: it takes a mapping") };
        if schema.contains_key("$ref") {
            return self.fault(Some("$ref"), "is not allowed in a structural schema");
        }
        let mut node = SchemaNode::new(self.forms(schema, part)?);
        self.texts(schema, &mut node)?;
        node.size = self.size(schema)?.map(Box::new);
        for key in ["minimum", "maximum", "multipleOf"] {
            self.expect(schema, key, "a number", Value::is_number)?;
        }
        node.number = number(schema).map(Box::new);
        if let Some(items) = schema.get("items") {
            node.items = Some(self.below(&["items"], |own| own.node(items, part))?);
        }
        node.object = self.object(schema, part, node.forms)?.map(Box::new);
        node.more = self.more(schema)?.map(Box::new);
        Ok(self.push(node))
    }

    fn forms(&self, schema: &Map<String, Value>, part: bool) -> Result<Forms, Fault> {
        let either = flag(schema, "x-kubernetes-int-or-string");
        let forms = match schema.get("type") {
            _ if either => Forms::INTEGER.with(Forms::TEXT),
            Some(Value::String(word)) => match Forms::named(word).filter(|forms| *forms != Forms::NULL) {
                Some(forms) => forms,
                None => return self.fault(Some("type"), format!("cannot be `{word}`")),
            },
            Some(_) => return self.fault(Some("type"), "takes one word"),
            None if part || flag(schema, "x-kubernetes-preserve-unknown-fields") => Forms::ALL,
            None => return self.fault(None, "has no `type`"),
        };
        Ok(if flag(schema, "nullable") { forms.with(Forms::NULL) } else { forms })
    }

    fn expect(&self, schema: &Map<String, Value>, key: &str, what: &str, fits: fn(&Value) -> bool) -> Result<(), Fault> {
        match schema.get(key) {
            Some(value) if !fits(value) && !value.is_null() => self.fault(Some(key), format!("takes {what}")),
            _ => Ok(()),
        }
    }

    /// A pattern; one that is too large says nothing.
    fn pattern(&mut self, source: &str) -> Pattern {
        let weight = Pattern::weight(source).filter(|weight| *weight <= MAX_PATTERN.min(self.weight));
        self.weight -= weight.unwrap_or(0);
        if weight.is_some() { Pattern::new(source) } else { Pattern::unknown(source) }
    }

    fn texts(&mut self, schema: &Map<String, Value>, node: &mut SchemaNode) -> Result<(), Fault> {
        self.expect(schema, "pattern", "text", Value::is_string)?;
        self.expect(schema, "enum", "a list", Value::is_array)?;
        node.pattern = schema.get("pattern").and_then(Value::as_str).map(|source| Box::new(self.pattern(source)));
        let Some(words) = schema.get("enum").and_then(Value::as_array) else { return Ok(()) };
        let word = |value: &Value| match value {
            Value::String(word) => Some(word.as_str().into()),
            Value::Number(number) if number.is_i64() => Some(number.to_string().into()),
            _ => None,
        };
        // of other values nothing is said
        node.words = words.iter().filter(|value| !value.is_null()).map(word).collect();
        Ok(())
    }

    fn size(&self, schema: &Map<String, Value>) -> Result<Option<Range<u64>>, Fault> {
        let mut size = Range::default();
        for (least, most) in [("minLength", "maxLength"), ("minItems", "maxItems"), ("minProperties", "maxProperties")] {
            for key in [least, most] {
                self.expect(schema, key, "a whole number", Value::is_number)?;
            }
            let said = |key: &str| schema.get(key).and_then(Value::as_u64);
            (size.least, size.most) = (said(least).or(size.least), said(most).or(size.most));
        }
        Ok((size.least.is_some() || size.most.is_some()).then_some(size))
    }

    fn object(&mut self, schema: &Map<String, Value>, part: bool, forms: Forms) -> Result<Option<Object>, Fault> {
        self.expect(schema, "properties", "a mapping", Value::is_object)?;
        self.expect(schema, "required", "a list", Value::is_array)?;
        let says = |key: &str| schema.get(key).is_some_and(|value| !value.is_null());
        if !says("properties") && !says("required") && !says("additionalProperties") && (part || !forms.has(Forms::MAPPING)) {
            return Ok(None);
        }
        let required: Vec<&str> =
            schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
        let mut fields: Vec<Field> = Vec::new();
        let mut bits = 0;
        let mut bit = |name: &str, filled: bool| {
            // what the API server fills in is never missing; past 128 nobody counts
            if filled || bits >= 128 || !required.contains(&name) {
                return 0;
            }
            bits += 1;
            1_u128 << (bits - 1)
        };
        for (name, value) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
            let node = self.below(&["properties", name], |own| own.node(value, part))?;
            let filled = value.get("default").is_some_and(|default| !default.is_null());
            fields.push(Field { name: name.as_str().into(), node, bit: bit(name, filled) });
        }
        let embedded = flag(schema, "x-kubernetes-embedded-resource");
        let implied: &[&str] = if embedded { &["apiVersion", "kind", "metadata"] } else { &[] };
        for name in required.iter().chain(implied) {
            if !fields.iter().any(|field| *field.name == **name) {
                let node = self.push(SchemaNode::new(Forms::ALL));
                fields.push(Field { name: (*name).into(), node, bit: bit(name, false) });
            }
        }
        let others = match schema.get("additionalProperties") {
            Some(each @ Value::Object(_)) => Others::Each(self.below(&["additionalProperties"], |own| own.node(each, part))?),
            Some(Value::Bool(true)) => Others::Any,
            None | Some(Value::Bool(false) | Value::Null) => {
                let kept = part || self.open || flag(schema, "x-kubernetes-preserve-unknown-fields") || forms == Forms::ALL;
                if kept { Others::Any } else { Others::Closed }
            }
            Some(_) => return self.fault(Some("additionalProperties"), "takes a schema"),
        };
        Ok(Some(Object::new(fields, others)))
    }

    fn more(&mut self, schema: &Map<String, Value>) -> Result<Option<More>, Fault> {
        let format = schema.get("format").and_then(Value::as_str).and_then(Format::named);
        let mut parts = |key: &str| {
            self.expect(schema, key, "a list", Value::is_array)?;
            let all = schema.get(key).and_then(Value::as_array).into_iter().flatten().enumerate();
            let compiled: Result<Vec<Ix>, Fault> =
                all.map(|(n, one)| self.below(&[key, &n.to_string()], |own| own.node(one, true))).collect();
            compiled.map(Vec::into_boxed_slice)
        };
        let (all_of, any_of, exactly_one_of) = (parts("allOf")?, parts("anyOf")?, parts("oneOf")?);
        let not = schema.get("not").map(|one| self.below(&["not"], |own| own.node(one, true))).transpose()?;
        let unique = match schema.get("x-kubernetes-list-type").and_then(Value::as_str) {
            Some("set") => Some(Unique::Item),
            Some("map") => {
                let keys = schema.get("x-kubernetes-list-map-keys").and_then(Value::as_array).into_iter().flatten();
                Some(Unique::Keys(keys.filter_map(Value::as_str).map(Into::into).collect()))
            }
            _ => None,
        };
        self.expect(schema, "x-kubernetes-validations", "a list", Value::is_array)?;
        let rules = schema.get("x-kubernetes-validations").and_then(Value::as_array).into_iter().flatten().filter_map(Rule::of);
        let rules = rules.filter(|rule| {
            let left = self.rules.checked_sub(rule.length());
            self.rules = left.unwrap_or(self.rules);
            left.is_some()
        });
        let more = More {
            above: flag(schema, "exclusiveMinimum"),
            below: flag(schema, "exclusiveMaximum"),
            multiple_of: schema.get("multipleOf").and_then(Value::as_f64).filter(|by| *by > 0.0),
            format,
            all_of,
            any_of,
            exactly_one_of,
            not,
            unique,
            default: schema.get("default").filter(|default| !default.is_null()).cloned(),
            rules: rules.collect(),
        };
        let none = !more.above && !more.below && more.multiple_of.is_none() && format.is_none() && more.not.is_none();
        let alone = more.all_of.is_empty() && more.any_of.is_empty() && more.exactly_one_of.is_empty();
        Ok((!none || !alone || more.unique.is_some() || more.default.is_some() || !more.rules.is_empty()).then_some(more))
    }
}

fn flag(schema: &Map<String, Value>, key: &str) -> bool {
    schema.get(key) == Some(&Value::Bool(true))
}
