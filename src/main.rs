//! Parses arguments, runs, and exits.

use std::process::ExitCode;

fn main() -> ExitCode {
    meshgate::cli::main()
}
