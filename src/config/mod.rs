//! `meshgate.yaml` and suppressions: what people decide about a run, with the place of each decision.

mod baseline;
mod file;
mod find;
mod globs;
mod load;
mod own;
mod problem;
mod resolved;
mod schema;
mod settings;
mod since;
pub mod suppress;
#[cfg(test)]
mod testing;

pub use baseline::{Baseline, Compared, Fields, Key};
pub use file::{Assume, AssumedNamespace, ClusterEntry, ConfigFile, Gateway, Mesh, NamespaceEntry, Override, Product, Rules, Table, Word};
pub use find::{Choice, find};
pub use globs::Globs;
pub use load::{load, parse};
pub use own::Own;
pub use problem::{ConfigError, ConfigProblem};
pub use resolved::{Cluster, ClusterIndex, Config};
pub use schema::{init_text, schema};
pub use since::Changes;
