//! The command line: everything that touches the world outside is here.

pub mod world;
