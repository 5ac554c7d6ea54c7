//! Chores of those who work on meshgate: `cargo dev new-rule NAME --family F`, `cargo dev fuzz-seeds FOLDER`.

mod fuzz_seeds;
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
    /// Write what the fuzzer begins with
    FuzzSeeds {
        /// Where to
        folder: PathBuf,
    },
}

fn main() -> ExitCode {
    // cargo says which tree it runs for
    let root = std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from("."), PathBuf::from);
    let done = match Dev::parse().chore {
        Chore::NewRule { name, family } => new_rule::write(&root, &name, family).map(|paths| paths.join("\n")),
        Chore::FuzzSeeds { folder } => fuzz_seeds::write(&root, &folder)
            .map(|seeds| format!("{seeds} seeds in {}", folder.display()))
            .map_err(|error| error.to_string()),
    };
    match done {
        Ok(words) => {
            println!("{words}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
