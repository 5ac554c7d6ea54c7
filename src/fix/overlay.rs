//! The world with some files changed, as if they had been written.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock, RwLockReadGuard};
use std::time::Duration;

use super::FixedFile;
use crate::text::{FileKind, Listing, Ran, World};

/// Other texts for some files of a world.
pub(super) struct Overlay<'w> {
    below: &'w dyn World,
    files: RwLock<BTreeMap<PathBuf, FixedFile>>,
}

impl<'w> Overlay<'w> {
    pub(super) fn over(below: &'w dyn World) -> Self {
        Self { below, files: RwLock::default() }
    }

    fn files(&self) -> RwLockReadGuard<'_, BTreeMap<PathBuf, FixedFile>> {
        self.files.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives a file another text. What it said before is what it said the first time.
    pub(super) fn put(&self, file: FixedFile) {
        let mut files = self.files.write().unwrap_or_else(PoisonError::into_inner);
        match files.get_mut(&file.path) {
            Some(old) => (old.after, old.rank) = (file.after, old.rank.min(file.rank)),
            None => _ = files.insert(file.path.clone(), file),
        }
    }

    /// What a file says here, where that is not what it says below.
    pub(super) fn text(&self, path: &Path) -> Option<String> {
        self.files().get(path).map(|file| file.after.clone())
    }

    /// All changed texts, by path.
    pub(super) fn each(&self, mut see: impl FnMut(&Path, &str)) {
        // a new file that was taken back is empty, and a file that says what it said is no other
        for file in self.files().values().filter(|file| file.is_other()) {
            see(&file.path, &file.after);
        }
    }

    /// The files that are others than they were, by path.
    pub(super) fn into_files(self) -> Vec<FixedFile> {
        let files = self.files.into_inner().unwrap_or_else(PoisonError::into_inner);
        files.into_values().filter(FixedFile::is_other).collect()
    }
}

impl FixedFile {
    fn is_other(&self) -> bool {
        *self.after != *self.before.as_deref().unwrap_or_default()
    }
}

fn limited(text: &str, limit: u64) -> io::Result<Vec<u8>> {
    if text.len() as u64 > limit { Err(io::ErrorKind::FileTooLarge.into()) } else { Ok(text.as_bytes().to_vec()) }
}

impl World for Overlay<'_> {
    fn read(&self, path: &Path, limit: u64) -> io::Result<Vec<u8>> {
        match self.files().get(path) {
            Some(file) => limited(&file.after, limit),
            None => self.below.read(path, limit),
        }
    }

    /// Nothing is written before everything is decided.
    fn write(&self, _: &Path, _: &[u8]) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn make_folder(&self, _: &Path) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn read_stdin(&self, limit: u64) -> io::Result<Vec<u8>> {
        match self.files().values().find(|file| file.piped) {
            Some(file) => limited(&file.after, limit),
            None => self.below.read_stdin(limit),
        }
    }

    fn kind(&self, path: &Path) -> io::Result<FileKind> {
        match self.files().get(path) {
            Some(file) if file.is_other() || file.before.is_some() => Ok(FileKind::File),
            Some(_) => Err(io::ErrorKind::NotFound.into()),
            None => self.below.kind(path),
        }
    }

    fn canonical(&self, path: &Path) -> io::Result<PathBuf> {
        self.below.canonical(path)
    }

    fn list(&self, folder: &Path) -> Listing {
        self.below.list(folder)
    }

    fn working_directory(&self) -> &Path {
        self.below.working_directory()
    }

    fn run(&self, program: &str, arguments: &[&str]) -> io::Result<Ran> {
        self.below.run(program, arguments)
    }

    fn clock(&self) -> Duration {
        self.below.clock()
    }

    fn variable(&self, name: &str) -> Option<String> {
        self.below.variable(name)
    }
}
