//! meshgate: a compiler and linter for the manifests that bring traffic into an Istio ambient mesh.

pub mod checks;
<<<<<<< HEAD
<<<<<<< HEAD
pub mod cli;
pub mod config;
=======
pub mod mesh;
>>>>>>> report
=======
pub mod cli;
>>>>>>> load
pub mod model;
pub mod report;
pub mod text;
pub mod yaml;
