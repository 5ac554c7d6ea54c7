//! The program, run as a person runs it.

use std::path::Path;

use assert_cmd::Command;
use tempfile::TempDir;

/// A folder with these files.
pub(crate) fn folder(files: &[(&str, &str)]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = dir.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    dir
}

/// What a run left behind.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// Runs meshgate in a folder, with arguments separated by spaces and nothing on standard input.
pub(crate) fn meshgate(at: impl AsRef<Path>, args: &str) -> Run {
    finish(command(at).args(args.split_whitespace()))
}

/// meshgate in a folder; no variable of whoever runs the tests changes what it prints.
pub(crate) fn command(at: impl AsRef<Path>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_meshgate"));
    command.current_dir(at);
    for variable in ["NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "RUST_BACKTRACE", "COLUMNS"] {
        command.env_remove(variable);
    }
    command
}

/// Runs a command that is ready.
pub(crate) fn finish(command: &mut Command) -> Run {
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Run { code: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
}
