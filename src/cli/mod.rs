<<<<<<< HEAD
//! Arguments, one file per subcommand; all input and output to the world is here.

pub mod args;
=======
//! The command line: everything that touches the world outside is here.

pub mod world;
>>>>>>> load
