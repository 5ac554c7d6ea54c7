//! JSON Schema to [`Schema`].

use std::sync::Arc;

use rustc_hash::FxHashMap;
use serde_json::{Map, Value};

use super::schema::{Field, Forms, Ix, Object, Others, Pattern, Range, Schema, SchemaNode};

/// Keywords that say nothing about what is valid, or that are handled with another one.
const SILENT: [&str; 21] = [
    "$schema",
    "$id",
    "$defs",
    "$comment",
    "title",
    "description",
    "default",
    "examples",
    "deprecated",
    "readOnly",
    "writeOnly",
    "contentEncoding",
    "contentMediaType",
    "format",
    "required",
    "additionalProperties",
    // Kubernetes says the same by list types, and the API server's own words for it come late
    "uniqueItems",
    "minimum",
    "maximum",
    "discriminator",
    "nullable",
];

pub(super) fn compile(json: &Value) -> Result<Schema, String> {
    let mut compiler = Compiler::new(json);
    let root = compiler.reserve();
    compiler.definitions.insert("#", root);
    compiler.fill(root, json)?;
    compiler.finish().map(|nodes| Schema::new(nodes, root))
}

/// Schemas for some of the definitions of a file, sharing their nodes.
pub(super) fn compile_definitions(json: &Value, names: &[&str]) -> Result<Vec<Schema>, String> {
    let mut compiler = Compiler::new(json);
    let roots = names.iter().map(|name| compiler.reference(&format!("#/$defs/{name}"))).collect::<Result<Vec<_>, _>>()?;
    let nodes = compiler.finish()?;
    Ok(roots.into_iter().map(|root| Schema::new(Arc::clone(&nodes), root)).collect())
}

struct Compiler<'j> {
    file: &'j Value,
    /// Empty while a node is being made.
    nodes: Vec<Option<SchemaNode>>,
    /// By name in `$defs`; `#` is the root.
    definitions: FxHashMap<&'j str, Ix>,
}

impl<'j> Compiler<'j> {
    fn new(file: &'j Value) -> Self {
        Self { file, nodes: Vec::new(), definitions: FxHashMap::default() }
    }

    fn finish(self) -> Result<Arc<[SchemaNode]>, String> {
        self.nodes.into_iter().collect::<Option<Vec<_>>>().map(Into::into).ok_or_else(|| "a definition that refers only to itself".into())
    }

    fn reserve(&mut self) -> Ix {
        self.nodes.push(None);
        Ix::try_from(self.nodes.len() - 1).unwrap_or(Ix::MAX)
    }

    fn fill(&mut self, ix: Ix, json: &'j Value) -> Result<(), String> {
        let node = self.node(json)?;
        if let Some(slot) = self.nodes.get_mut(ix as usize) {
            *slot = Some(node);
        }
        Ok(())
    }

    /// The node of a subschema; for a plain `$ref` that of its target.
    fn subschema(&mut self, json: &'j Value) -> Result<Ix, String> {
        if let Some(target) = json.get("$ref").and_then(Value::as_str) {
            let keys = json.as_object().into_iter().flat_map(Map::keys);
            if keys.clone().all(|key| key == "$ref" || is_silent(key)) {
                return self.reference(target);
            }
        }
        let ix = self.reserve();
        self.fill(ix, json)?;
        Ok(ix)
    }

    fn reference(&mut self, target: &str) -> Result<Ix, String> {
        let file = self.file;
        let name = target.strip_prefix("#/$defs/").unwrap_or(target);
        if let Some(ix) = self.definitions.get(name) {
            return Ok(*ix);
        }
        let definitions = file.get("$defs").and_then(Value::as_object);
        let (name, json) = definitions.and_then(|all| all.get_key_value(name)).ok_or_else(|| format!("`{target}` is not defined"))?;
        let ix = self.reserve();
        self.definitions.insert(name, ix);
        self.fill(ix, json)?;
        Ok(ix)
    }

    fn node(&mut self, json: &'j Value) -> Result<SchemaNode, String> {
        let schema = match json {
            Value::Bool(true) => return Ok(SchemaNode::new(Forms::ALL)),
            Value::Object(schema) => schema,
            _ => return Err(format!("not a schema: {json}")),
        };
        let mut node = SchemaNode::new(forms(schema)?);
        let mut size = Range::default();
        let mut alternatives = Vec::new();
        for (keyword, value) in schema {
            match keyword.as_str() {
                "type" | "x-open" => {}
                "properties" => node.object = Some(Box::new(self.object(schema)?)),
                "items" => node.items = Some(self.subschema(value)?),
                "enum" | "const" => restrict(&mut node, value)?,
                "oneOf" | "anyOf" => self.alternatives(&mut node, &mut alternatives, value)?,
                "allOf" => match value.as_array().map(Vec::as_slice) {
                    Some([only]) => alternatives.push(self.subschema(only)?),
                    _ => return Err("`allOf` with more than one member".into()),
                },
                "$ref" => alternatives.push(self.reference(value.as_str().unwrap_or_default())?),
                "minLength" | "minItems" | "minProperties" => size.least = value.as_u64(),
                "maxLength" | "maxItems" | "maxProperties" => size.most = value.as_u64(),
                "pattern" => node.pattern = value.as_str().map(|source| Box::new(Pattern::new(source))),
                other if is_silent(other) => {}
                other => return Err(format!("the keyword `{other}` is not supported")),
            }
        }
        if node.object.is_none() && schema.contains_key("additionalProperties") {
            node.object = Some(Box::new(self.object(schema)?));
        }
        node.number = number(schema).map(Box::new);
        node.size = (size.least.is_some() || size.most.is_some()).then(|| Box::new(size));
        node.one_of = alternatives.into();
        Ok(node)
    }

    fn object(&mut self, schema: &'j Map<String, Value>) -> Result<Object, String> {
        let required: Vec<&str> =
            schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
        let mut fields = Vec::new();
        let mut bits = 0;
        for (name, value) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
            let bit = if required.contains(&name.as_str()) {
                bits += 1;
                1_u128.checked_shl(bits - 1).ok_or("more than 128 required fields")?
            } else {
                0
            };
            fields.push(Field { name: name.as_str().into(), node: self.subschema(value)?, bit });
        }
        let open = schema.get("x-open") == Some(&Value::Bool(true));
        let others = match schema.get("additionalProperties") {
            Some(Value::Bool(true)) => Others::Open,
            None if open => Others::Open,
            None | Some(Value::Bool(false)) => Others::Closed,
            Some(each) => Others::Each(self.subschema(each)?),
        };
        if let Some(missing) = required.iter().find(|name| !fields.iter().any(|field| &*field.name == **name)) {
            return Err(format!("`{missing}` is required and not among the properties"));
        }
        Ok(Object::new(fields, others))
    }

    /// `oneOf` and `anyOf`: words of unit enums become one list of words, null becomes a type, the rest alternatives.
    fn alternatives(&mut self, node: &mut SchemaNode, alternatives: &mut Vec<Ix>, value: &'j Value) -> Result<(), String> {
        let members: Vec<&Value> = value.as_array().into_iter().flatten().filter(|member| !is_null(member)).collect();
        let words: Option<Vec<&Value>> = members.iter().map(|member| member.get("enum").or_else(|| member.get("const"))).collect();
        match words.filter(|words| !words.is_empty()) {
            Some(words) => {
                node.forms = if members.len() < value.as_array().map_or(0, Vec::len) { Forms::TEXT.with(Forms::NULL) } else { Forms::TEXT };
                words.into_iter().try_for_each(|word| restrict(node, word))
            }
            None => members.into_iter().try_for_each(|member| {
                alternatives.push(self.subschema(member)?);
                Ok(())
            }),
        }
    }
}

fn is_silent(keyword: &str) -> bool {
    SILENT.contains(&keyword) || keyword.starts_with("x-")
}

fn is_null(schema: &Value) -> bool {
    schema.get("type").and_then(Value::as_str) == Some("null")
}

fn forms(schema: &Map<String, Value>) -> Result<Forms, String> {
    let named = |word: &Value| word.as_str().and_then(Forms::named).ok_or_else(|| format!("the type {word} is not known"));
    match schema.get("type") {
        None => Ok(Forms::ALL),
        Some(Value::Array(several)) => several.iter().try_fold(Forms::NONE, |all, word| Ok(all.with(named(word)?))),
        Some(one) => named(one),
    }
}

/// Adds words that are allowed.
fn restrict(node: &mut SchemaNode, words: &Value) -> Result<(), String> {
    let words = match words {
        Value::Array(several) => several.as_slice(),
        one => std::slice::from_ref(one),
    };
    // a set of words without a type is one of texts
    if node.forms == Forms::ALL {
        node.forms = Forms::TEXT;
    }
    let mut all = std::mem::take(&mut node.words).map(Vec::from).unwrap_or_default();
    for word in words {
        match word {
            Value::String(word) => all.push(word.as_str().into()),
            Value::Number(number) if number.is_i64() && node.forms.has(Forms::INTEGER) => all.push(number.to_string().into()),
            Value::Null => {}
            other => return Err(format!("`enum` with {other}, which is neither text nor an integer")),
        }
    }
    node.words = Some(all.into());
    Ok(())
}

/// `minimum` and `maximum`, and what the format of an integer implies.
pub(super) fn number(schema: &Map<String, Value>) -> Option<Range<f64>> {
    let implied = match schema.get("format").and_then(Value::as_str) {
        Some("int32") => (Some(f64::from(i32::MIN)), Some(f64::from(i32::MAX))),
        Some("uint8") => (Some(0.0), Some(f64::from(u8::MAX))),
        Some("uint16") => (Some(0.0), Some(f64::from(u16::MAX))),
        Some("uint32") => (Some(0.0), Some(f64::from(u32::MAX))),
        Some("uint" | "uint64") => (Some(0.0), None),
        _ => (None, None),
    };
    let said = |keyword: &str| schema.get(keyword).and_then(Value::as_f64);
    let range = Range { least: said("minimum").or(implied.0), most: said("maximum").or(implied.1) };
    (range.least.is_some() || range.most.is_some()).then_some(range)
}
