//! CEL: the one place where expressions are compiled and evaluated, with the functions that Kubernetes adds to the language.
//!
//! Durations are nanoseconds, timestamps nanoseconds since 1970, quantities numbers, addresses and URLs texts here: in an
//! expression that the API server has type-checked that makes no difference. What is not known (`semver`, `format` libraries,
//! parts of timestamps) is an error of the evaluation, and nothing is concluded from one.

mod cost;
mod functions;
mod net;
mod time;

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use cel::{Context, Env, Program};
use serde_json::Value as Json;

pub use cel::Value;
pub use cost::{Work, size};
pub use time::{duration, timestamp};

use crate::text::one_line;

/// No expression is longer, in bytes.
const MAX_EXPRESSION: usize = 16 << 10;

/// How many brackets may be open at once.
const MAX_NESTING: usize = 40;
/// How deep an expression may be, each operator a step and each loop four: evaluating recurses as well.
const MAX_DEPTH: usize = 40;
/// What is no longer than this, in bytes, is parsed on any stack,
const SHORT: usize = 160;
/// if it has no more than these brackets open at once.
const FLAT: usize = 6;
/// The stack on which longer ones are parsed, in bytes.
const STACK: usize = 64 << 20;

static ENVIRONMENT: LazyLock<Arc<Env>> = LazyLock::new(|| {
    let mut env = Env::stdlib();
    // a test asks for the functions: none of their names is taken
    let _ = env.add_extension(cel::extensions::strings);
    functions::add(&mut env);
    Arc::new(env)
});

/// A compiled expression.
#[derive(Debug)]
pub struct Expression {
    program: Program,
    /// Bytes of its text.
    length: usize,
}

impl Expression {
    /// Compiles an expression.
    ///
    /// # Errors
    /// The first thing that is wrong with it, on one line.
    pub fn compile(text: &str) -> Result<Self, String> {
        if text.len() > MAX_EXPRESSION {
            return Err("longer than 16 KiB".to_owned());
        }
        let nesting = nesting(text);
        if nesting > MAX_NESTING {
            return Err("nested too deeply".to_owned());
        }
        if text.len() <= SHORT && nesting <= FLAT {
            return Self::parse(text);
        }
        // the parser recurses, fifteen calls a bracket, and how deep a long expression leads it is not known before
        std::thread::scope(|scope| {
            let thread = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, || Self::parse(text));
            thread.map_err(|why| why.to_string())?.join().unwrap_or_else(|_| Err("cannot be read".to_owned()))
        })
    }

    fn parse(text: &str) -> Result<Self, String> {
        let program = ENVIRONMENT.compile(text).map_err(|errors| {
            let first = errors.errors.first().map_or_else(|| errors.to_string(), |error| error.msg.clone());
            one_line(&first).into_owned()
        })?;
        if cost::is_deeper(program.expression(), MAX_DEPTH) {
            return Err("nested too deeply".to_owned());
        }
        Ok(Self { program, length: text.len() })
    }

    /// Whether it mentions a variable.
    pub fn mentions(&self, variable: &str) -> bool {
        self.program.references().has_variable(variable)
    }

    /// How much there is to do at most, in steps of some tens of nanoseconds, when `self` is this.
    pub fn work(&self, subject: &Json) -> Work {
        cost::estimate(self.program.expression(), self.length, subject)
    }

    /// What it comes to.
    ///
    /// # Errors
    /// Why it came to nothing, on one line.
    pub fn value(&self, subject: &Subject) -> Result<Value, String> {
        self.program.execute(&subject.0).map_err(|error| one_line(&error.to_string()).into_owned())
    }

    /// Whether it holds.
    ///
    /// # Errors
    /// Why it came to nothing, on one line.
    pub fn holds(&self, subject: &Subject) -> Result<bool, String> {
        match self.value(subject)? {
            Value::Bool(holds) => Ok(holds),
            other => Err(format!("it is of type {}, not true or false", other.type_of())),
        }
    }
}

/// The most brackets that are open at once, those in texts too.
fn nesting(text: &str) -> usize {
    let (mut open, mut most) = (0_usize, 0);
    for byte in text.bytes() {
        match byte {
            b'(' | b'[' | b'{' => open += 1,
            b')' | b']' | b'}' => open = open.saturating_sub(1),
            _ => {}
        }
        most = most.max(open);
    }
    most
}

/// What expressions are about: `self`.
pub struct Subject(Context<'static, 'static>);

impl Subject {
    /// Makes a value `self`.
    pub fn new(own: Value) -> Self {
        let mut context = Context::with_env(Arc::clone(&ENVIRONMENT));
        context.add_variable_from_value("self", own);
        Self(context)
    }
}

/// A document as CEL sees it: whole numbers are integers, as in the API server.
pub fn value_of(json: &Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(yes) => Value::Bool(*yes),
        Json::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => Value::Int(whole),
            (None, Some(float)) => Value::Float(float),
            (None, None) => Value::Null,
        },
        Json::String(text) => text_value(text),
        Json::Array(items) => list_value(items.iter().map(value_of).collect()),
        Json::Object(fields) => map_value(fields.iter().map(|(key, value)| (key.clone(), value_of(value)))),
    }
}

/// A text.
pub fn text_value(text: &str) -> Value {
    Value::String(Arc::new(text.to_owned()))
}

/// A list.
pub fn list_value(items: Vec<Value>) -> Value {
    Value::List(Arc::new(items))
}

/// A map.
pub fn map_value(fields: impl IntoIterator<Item = (String, Value)>) -> Value {
    Value::from(fields.into_iter().collect::<HashMap<_, _>>())
}

#[cfg(test)]
mod tests;
