//! A world of fixed files, for tests and for the examples of the rules.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::world::{FileKind, Listing, Ran, World, lexical, named_like_manifest};

/// Files that exist only here, in a working directory `/work`. Nothing is git ignored; hidden files are passed over.
#[derive(Clone, Debug, Default)]
pub struct MemoryWorld {
    files: BTreeMap<PathBuf, Vec<u8>>,
    stdin: Vec<u8>,
    variables: BTreeMap<String, String>,
    programs: BTreeMap<String, Ran>,
    written: Arc<Mutex<BTreeMap<PathBuf, Vec<u8>>>>,
    reads: Arc<Mutex<BTreeMap<PathBuf, usize>>>,
}

impl MemoryWorld {
    /// A world with these files, by their paths from the working directory.
    pub fn new<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        files.into_iter().fold(Self::default(), |world, (path, text)| world.with(path, text))
    }

    /// Adds a file, or replaces its bytes.
    #[must_use]
    pub fn with(mut self, path: impl AsRef<Path>, bytes: impl Into<Vec<u8>>) -> Self {
        self.files.insert(self.absolute(path.as_ref()), bytes.into());
        self
    }

    /// Sets what standard input says.
    #[must_use]
    pub fn with_stdin(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.stdin = bytes.into();
        self
    }

    /// Sets what a program gives, by its whole command line.
    #[must_use]
    pub fn with_program(mut self, line: &str, ran: Ran) -> Self {
        self.programs.insert(line.to_owned(), ran);
        self
    }

    /// Sets an environment variable.
    #[must_use]
    pub fn with_variable(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.to_owned(), value.to_owned());
        self
    }

    /// What was written to a path, when something was.
    pub fn written(&self, path: impl AsRef<Path>) -> Option<Vec<u8>> {
        self.written.lock().unwrap_or_else(PoisonError::into_inner).get(&self.absolute(path.as_ref())).cloned()
    }

    /// How often a file was read.
    pub fn reads(&self, path: impl AsRef<Path>) -> usize {
        self.reads.lock().unwrap_or_else(PoisonError::into_inner).get(&self.absolute(path.as_ref())).copied().unwrap_or_default()
    }

    fn absolute(&self, path: &Path) -> PathBuf {
        lexical(&self.working_directory().join(path))
    }
}

fn limited(bytes: &[u8], limit: u64) -> io::Result<Vec<u8>> {
    if bytes.len() as u64 > limit { Err(io::ErrorKind::FileTooLarge.into()) } else { Ok(bytes.to_vec()) }
}

impl World for MemoryWorld {
    fn read(&self, path: &Path, limit: u64) -> io::Result<Vec<u8>> {
        let path = self.absolute(path);
        let bytes = self.files.get(&path).ok_or(io::ErrorKind::NotFound)?;
        *self.reads.lock().unwrap_or_else(PoisonError::into_inner).entry(path).or_default() += 1;
        limited(bytes, limit)
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        self.written.lock().unwrap_or_else(PoisonError::into_inner).insert(self.absolute(path), bytes.to_vec());
        Ok(())
    }

    fn make_folder(&self, _: &Path) -> io::Result<()> {
        Ok(())
    }

    fn run(&self, program: &str, arguments: &[&str]) -> io::Result<Ran> {
        let line = std::iter::once(program).chain(arguments.iter().copied()).collect::<Vec<_>>().join(" ");
        self.programs.get(&line).cloned().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn clock(&self) -> Duration {
        Duration::ZERO
    }

    fn read_stdin(&self, limit: u64) -> io::Result<Vec<u8>> {
        limited(&self.stdin, limit)
    }

    fn kind(&self, path: &Path) -> io::Result<FileKind> {
        let path = self.absolute(path);
        if self.files.contains_key(&path) {
            return Ok(FileKind::File);
        }
        let folder = path == self.working_directory() || self.files.keys().any(|file| file.starts_with(&path));
        if folder { Ok(FileKind::Folder) } else { Err(io::ErrorKind::NotFound.into()) }
    }

    fn canonical(&self, path: &Path) -> io::Result<PathBuf> {
        self.kind(path).map(|_| self.absolute(path))
    }

    fn list(&self, folder: &Path) -> Listing {
        let folder = self.absolute(folder);
        let mut listing = Listing::default();
        for file in self.files.keys() {
            let Ok(inside) = file.strip_prefix(&folder) else {
                continue;
            };
            if inside.iter().any(|part| part.as_encoded_bytes().starts_with(b".")) {
                continue;
            }
            if named_like_manifest(file) {
                listing.files.push(file.clone());
            } else {
                listing.others.push(file.clone());
            }
        }
        listing.files.sort_unstable_by(|a, b| a.as_os_str().cmp(b.as_os_str()));
        listing
    }

    fn working_directory(&self) -> &Path {
        Path::new("/work")
    }

    fn variable(&self, name: &str) -> Option<String> {
        self.variables.get(name).cloned()
    }
}
