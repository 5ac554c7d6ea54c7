//! The mesh that the manifests describe, and the answers to what it would do.

pub mod version;
