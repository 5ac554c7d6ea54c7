//! The rules: one file each, grouped by family. Their words live in `/rules`.

mod admit;
mod ambient;
mod catalogue;
mod custom;
mod finding;
mod findings;
mod gateway_api;
mod known_issues;
mod manifests;
mod multicluster;
mod prelude;
mod run;
mod waypoint;

pub mod rule_file;

pub use catalogue::{Catalogue, catalogue};
pub use custom::{CustomHit, CustomRule, CustomRules};
pub use finding::{Applicability, Certainty, Edit, Edits, FileChange, Finding, Fix, FixTarget, Label, Place, Severity};
pub use findings::{Draft, Findings};
pub use known_issues::{BadIssue, KnownIssue, KnownIssues};
pub use manifests::{Seen, SeenKind};
pub use run::{Level, Outcome, Own, of_ignore, run};

use crate::mesh::Mesh;

/// A rule over the resolved mesh. It looks nothing up and knows no severity: that is in its file.
pub trait Rule: Sync {
    /// Reports everything it finds.
    fn check(&self, mesh: &Mesh, out: &mut Findings);
}
