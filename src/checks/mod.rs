//! The rules: one file each, grouped by family. Their words live in `/rules`.

mod finding;
pub mod rule_file;

pub use finding::{Applicability, Certainty, Edit, Finding, Fix, Label, Place, Severity};
