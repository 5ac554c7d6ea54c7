//! Promises about requests, kept in a file beside the manifests: what is asked, and what is to come of it.

mod file;
mod judge;

pub use file::{Promise, Status, Wanted, read};
pub use judge::{RULE, judge};
