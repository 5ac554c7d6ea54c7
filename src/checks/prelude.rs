//! What every rule uses.

pub(super) use super::findings::{Draft, Findings};
pub(super) use super::{Applicability, Certainty, Place, Rule};
pub(super) use crate::mesh::{Capture, Fact, Mesh, Object};
pub(super) use Applicability::{Manual, Safe, Unsafe};
pub(super) use Certainty::{Likely, Possible};

/// `namespace/name` in backticks, or the name alone where the namespace is not known.
pub(super) fn path(object: Object<'_>) -> String {
    match object.namespace().name() {
        Some(namespace) => format!("`{namespace}/{}`", object.id.name),
        None => format!("`{}`", object.id.name),
    }
}

/// `namespace `x``, or words for one that is not known.
pub(super) fn namespace_of(object: Object<'_>) -> String {
    match object.namespace().name() {
        Some(namespace) => format!("namespace `{namespace}`"),
        None => "the namespace".to_owned(),
    }
}

/// The place of a name, for labels.
pub(super) fn name_of(object: Object<'_>) -> Place {
    Place::Node(object.name_place())
}
