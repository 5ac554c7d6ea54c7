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
        let program = ENVIRONMENT.compile(text).map_err(|errors| {
            let first = errors.errors.first().map_or_else(|| errors.to_string(), |error| error.msg.clone());
            one_line(&first).into_owned()
        })?;
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
        Json::Object(fields) => map_value(fields.iter().map(|(key, value)| (key.clone(), value_of(value))).collect()),
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
pub fn map_value(fields: HashMap<String, Value>) -> Value {
    Value::from(fields)
}

#[cfg(test)]
mod tests;
