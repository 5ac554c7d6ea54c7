//! meshgate: a compiler and linter for the manifests that bring traffic into an Istio ambient mesh.

pub mod checks;
pub mod cli;
pub mod compile;
pub mod config;
pub mod fix;
pub mod lint;
pub mod mesh;
pub mod model;
pub mod report;
pub mod status;
pub mod text;
pub mod trace;
pub mod yaml;
