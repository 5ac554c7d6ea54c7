//! Everything outside the program, behind one trait: the real one is in `cli`, tests bring a fixed one.

use std::io;
use std::path::{Path, PathBuf};

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
    /// How many files were passed over because their names do not end as a manifest's.
    pub other: usize,
    /// How many symbolic links were not followed.
    pub links: usize,
    /// What could not be read, with the reason.
    pub errors: Vec<(PathBuf, io::Error)>,
}

/// Everything the program asks of the world outside.
pub trait World: Sync {
    /// The bytes of a file.
    ///
    /// # Errors
    /// As the operating system gives them, and [`io::ErrorKind::FileTooLarge`] for a file over `limit` bytes.
    fn read(&self, path: &Path, limit: u64) -> io::Result<Vec<u8>>;

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

    /// The manifest files below a folder, as git would see them. Symbolic links are never followed: what they lead to
    /// inside the folder is found anyway, and what lies outside is not ours to read.
    fn list(&self, folder: &Path) -> Listing;

    /// The working directory, absolute.
    fn working_directory(&self) -> &Path;

    /// An environment variable, when it is set to valid text.
    fn variable(&self, name: &str) -> Option<String>;
}
