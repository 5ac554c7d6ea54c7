//! Everything outside the program, behind one trait: the real one is in `cli`, tests bring a fixed one.

use std::io;
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

/// What a path is, links followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// A regular file (or a pipe or device, which is read like one).
    File,
    /// A folder.
    Folder,
}

/// What a walk of a folder found.
#[derive(Debug, Default)]
pub struct Listing {
    /// Files that may hold manifests, sorted by path.
    pub files: Vec<PathBuf>,
    /// Files that were passed over because their names do not end as a manifest's, sorted by path.
    pub others: Vec<PathBuf>,
    /// How many symbolic links were not followed.
    pub links: usize,
    /// What could not be read, with the reason.
    pub errors: Vec<(PathBuf, io::Error)>,
}

/// What a program that was run left behind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ran {
    /// Whether it exited with 0.
    pub success: bool,
    /// What it wrote to standard output.
    pub stdout: Vec<u8>,
    /// What it wrote to standard error.
    pub stderr: Vec<u8>,
}

/// Everything the program asks of the world outside.
pub trait World: Sync {
    /// The bytes of a file.
    ///
    /// # Errors
    /// As the operating system gives them, and [`io::ErrorKind::FileTooLarge`] for a file over `limit` bytes.
    fn read(&self, path: &Path, limit: u64) -> io::Result<Vec<u8>>;

    /// Writes a file whole or not at all. Of a symbolic link the target is written.
    ///
    /// # Errors
    /// As the operating system gives them; then the file is as it was.
    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()>;

    /// As [`World::write`], so that only this user can read the file.
    ///
    /// # Errors
    /// As for [`World::write`].
    fn write_private(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        self.write(path, bytes)
    }

    /// Makes a folder and those above it, where they are missing.
    ///
    /// # Errors
    /// As the operating system gives them.
    fn make_folder(&self, path: &Path) -> io::Result<()>;

    /// All of standard input.
    ///
    /// # Errors
    /// As for [`World::read`].
    fn read_stdin(&self, limit: u64) -> io::Result<Vec<u8>>;

    /// What stands at the path.
    ///
    /// # Errors
    /// As the operating system gives them; a missing path is [`io::ErrorKind::NotFound`].
    fn kind(&self, path: &Path) -> io::Result<FileKind>;

    /// One path for all spellings of it, links followed. Asked only for paths a person named.
    ///
    /// # Errors
    /// As for [`World::kind`].
    fn canonical(&self, path: &Path) -> io::Result<PathBuf>;

    /// The manifest files below a folder, as git would see them. Symbolic links are never followed: what they lead to
    /// inside the folder is found anyway, and what lies outside is not ours to read.
    fn list(&self, folder: &Path) -> Listing;

    /// The working directory, absolute.
    fn working_directory(&self) -> &Path;

    /// Runs a program in the working directory and waits for it.
    ///
    /// # Errors
    /// When it cannot be started; a program that fails is no error here.
    fn run(&self, program: &str, arguments: &[&str]) -> io::Result<Ran>;

    /// Time since some fixed moment, for measuring only.
    fn clock(&self) -> Duration;

    /// An environment variable, when it is set to valid text.
    fn variable(&self, name: &str) -> Option<String>;
}

/// Whether a file of this name may hold manifests: `.yaml`, `.yml`, `.json`, or `Kustomization`.
pub fn named_like_manifest(path: &Path) -> bool {
    path.extension().is_some_and(|end| end == "yaml" || end == "yml" || end == "json")
        || path.file_name().is_some_and(|name| name == "Kustomization")
}

/// The path without `.` and with `..` taken literally (a link before it is not looked at).
pub fn lexical(path: &Path) -> PathBuf {
    let mut clean = PathBuf::with_capacity(path.as_os_str().len());
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir if matches!(clean.components().next_back(), Some(Component::Normal(_))) => _ = clean.pop(),
            Component::ParentDir if clean.has_root() => {}
            other => clean.push(other),
        }
    }
    clean
}
