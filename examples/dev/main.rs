//! Chores of those who work on meshgate: `cargo dev new-rule NAME --family F`.

mod new_rule;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use new_rule::Family;

/// Chores of those who work on meshgate.
#[derive(Parser)]
#[command(name = "cargo dev")]
struct Dev {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Write the files of a new rule and list it
    NewRule {
        /// Its name: the problem in words, as in `ignore[…]`
        name: String,
        /// Where it is listed
        #[arg(long, value_enum)]
        family: Family,
    },
}

fn main() -> ExitCode {
    let Chore::NewRule { name, family } = Dev::parse().chore;
    // cargo says which tree it runs for
    let root = std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from("."), PathBuf::from);
    match new_rule::write(&root, &name, family) {
        Ok(paths) => {
            for path in paths {
                println!("{path}");
            }
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
