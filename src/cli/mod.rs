//! Arguments, one file per subcommand; all input and output to the world is here.

pub mod args;
pub mod world;
