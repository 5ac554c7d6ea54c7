//! The shape check: types, required and unknown fields, enums, bounds and patterns of a document, all at once.
//!
//! The schemas are those that schemars derives from our own types and, for the core kinds, an embedded file written
//! from k8s-openapi (`cargo bless`). What Kubernetes does beyond JSON Schema is done here too: unknown fields are
//! errors (strict validation of the API server), null is absent, and scalars are what kubectl reads them as.

mod compile;
mod definition;
mod format;
mod more;
mod name;
mod problem;
mod rules;
mod schema;
mod structural;
mod walk;
mod words;

use std::sync::LazyLock;

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::{Value, json};

pub use definition::{Definition, Definitions};
pub use problem::{Defined, ShapeProblem, ShapeProblemKind, Suggestion};
pub use schema::Schema;
pub use structural::Fault;
pub use walk::check;

use name::NameRule;

/// The core kinds whose schemas are embedded.
pub const CORE_KINDS: [&str; 14] = [
    "ConfigMap",
    "CronJob",
    "DaemonSet",
    "Deployment",
    "EndpointSlice",
    "Job",
    "Namespace",
    "NetworkPolicy",
    "Pod",
    "ReplicaSet",
    "Secret",
    "Service",
    "ServiceAccount",
    "StatefulSet",
];

struct Core {
    kinds: Vec<(&'static str, Schema)>,
    metadata: Schema,
}

/// Compiled once; the kinds share their definitions. The file is ours and a test compiles it, so the fallback (a
/// schema that lets everything pass) is never taken.
static CORE: LazyLock<Core> = LazyLock::new(|| {
    let file: Value = serde_json::from_str(include_str!("../schemas/core.json")).unwrap_or_default();
    let mut names = CORE_KINDS.to_vec();
    names.push("ObjectMeta");
    let mut schemas = compile::compile_definitions(&file, &names).unwrap_or_else(|_| vec![Schema::anything(); names.len()]);
    let metadata = schemas.pop().unwrap_or_else(Schema::anything);
    let kinds = CORE_KINDS.into_iter().zip(schemas).map(|(kind, schema)| {
        let rule = if matches!(kind, "Namespace" | "Service") { NameRule::Label } else { NameRule::Subdomain };
        (kind, schema.into_document(rule))
    });
    Core { kinds: kinds.collect(), metadata }
});

/// The schema of a kind that Kubernetes itself serves; the caller has looked at the group.
pub fn core_schema(kind: &str) -> Option<&'static Schema> {
    let found = CORE.kinds.binary_search_by(|(name, _)| (*name).cmp(kind)).ok()?;
    CORE.kinds.get(found).map(|(_, schema)| schema)
}

/// `metadata` of any object.
fn metadata_schema() -> &'static Schema {
    &CORE.metadata
}

/// The schema of a document whose fields beside `apiVersion`, `kind`, `metadata` and `status` are those of `T`.
///
/// # Errors
/// What of the derived schema the shape check cannot express.
pub fn try_derived<T: JsonSchema>() -> Result<Schema, String> {
    let root = SchemaSettings::draft2020_12().for_deserialize().into_generator().into_root_schema_for::<T>();
    Ok(Schema::from_json(root.as_value())?.into_document(NameRule::Subdomain))
}

/// The schema of a document whose `spec` is a `T`.
///
/// # Errors
/// What of the derived schema the shape check cannot express.
pub fn try_derived_spec<T: JsonSchema>(required: bool) -> Result<Schema, String> {
    let mut generator = SchemaSettings::draft2020_12().for_deserialize().into_generator();
    // not as a root: a type that contains itself would refer to the document
    let spec = generator.subschema_for::<T>();
    let definitions = generator.take_definitions(true);
    let required = if required { json!(["spec"]) } else { json!([]) };
    let document = json!({ "type": "object", "properties": { "spec": spec }, "required": required, "$defs": definitions });
    Ok(Schema::from_json(&document)?.into_document(NameRule::Subdomain))
}

/// [`try_derived`] for a type of ours, whose schema a test has compiled; anything else would let everything pass.
pub fn derived<T: JsonSchema>() -> Schema {
    try_derived::<T>().unwrap_or_else(|_| Schema::anything())
}

/// [`try_derived_spec`] for a type of ours, whose schema a test has compiled; anything else would let everything pass.
pub fn derived_spec<T: JsonSchema>(required: bool) -> Schema {
    try_derived_spec::<T>(required).unwrap_or_else(|_| Schema::anything())
}

#[cfg(test)]
mod tests;
