//! The real world: files, folders, standard input and variables of this process.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use ignore::{WalkBuilder, WalkState};

use crate::text::{FileKind, Listing, Ran, World, named_like_manifest};

/// The world this process runs in.
#[derive(Debug)]
pub struct RealWorld {
    working_directory: PathBuf,
    started: Instant,
}

impl RealWorld {
    /// The world, seen from the process's working directory.
    ///
    /// # Errors
    /// When the working directory is gone or may not be looked at.
    pub fn new() -> io::Result<Self> {
        Ok(Self::at(std::env::current_dir()?))
    }

    /// The world, seen from another folder (an absolute path).
    pub fn at(working_directory: PathBuf) -> Self {
        Self { working_directory, started: Instant::now() }
    }
}

impl RealWorld {
    fn put(&self, path: &Path, bytes: &[u8], private: bool) -> io::Result<()> {
        let path = self.working_directory.join(path);
        // what a link leads to is written, or the link would be gone
        let path = path.canonicalize().unwrap_or(path);
        // a pipe or a device is written to: a file in its place is not what was meant
        if std::fs::metadata(&path).is_ok_and(|meta| !meta.is_file() && !meta.is_dir()) {
            return std::fs::OpenOptions::new().write(true).open(&path)?.write_all(bytes);
        }
        let folder = path.parent().unwrap_or(&self.working_directory);
        let mut file = tempfile::Builder::new().prefix(".meshgate-").tempfile_in(folder)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let kept = std::fs::metadata(&path).map_or(0o644, |meta| meta.permissions().mode());
            let mode = if private { kept & 0o700 } else { kept };
            file.as_file().set_permissions(std::fs::Permissions::from_mode(mode))?;
        }
        file.persist(&path).map_err(|error| error.error)?;
        Ok(())
    }
}

/// Reads to the end, or to one byte past the limit.
fn read_limited(from: impl Read, expected: u64, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(usize::try_from(expected.min(limit)).unwrap_or_default() + 1);
    from.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit { Err(io::ErrorKind::FileTooLarge.into()) } else { Ok(bytes) }
}

/// What one thread of a walk found; given to all when the thread is done, so that threads do not wait for each other.
struct Found<'w> {
    own: Listing,
    all: &'w Mutex<Listing>,
}

impl Drop for Found<'_> {
    fn drop(&mut self) {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        all.files.append(&mut self.own.files);
        all.errors.append(&mut self.own.errors);
        all.others.append(&mut self.own.others);
        all.links += self.own.links;
    }
}

impl Found<'_> {
    fn take(&mut self, entry: Result<ignore::DirEntry, ignore::Error>, folder: &Path) {
        match entry {
            Ok(entry) => match entry.file_type() {
                // the folder itself may be a link: it was named
                _ if entry.depth() == 0 => {}
                Some(kind) if kind.is_symlink() => self.own.links += 1,
                Some(kind) if kind.is_file() && named_like_manifest(entry.path()) => self.own.files.push(entry.into_path()),
                Some(kind) if kind.is_file() => self.own.others.push(entry.into_path()),
                _ => {}
            },
            Err(error) => {
                let path = failed_path(&error).unwrap_or(folder).to_owned();
                let error = error.into_io_error().unwrap_or_else(|| io::Error::other("cannot be read"));
                self.own.errors.push((path, error));
            }
        }
    }
}

fn failed_path(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => failed_path(err),
        _ => None,
    }
}

impl World for RealWorld {
    fn read(&self, path: &Path, limit: u64) -> io::Result<Vec<u8>> {
        let file = File::open(self.working_directory.join(path))?;
        let size = file.metadata()?.len();
        if size > limit {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        read_limited(file, size, limit)
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        self.put(path, bytes, false)
    }

    fn write_private(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        self.put(path, bytes, true)
    }

    fn make_folder(&self, path: &Path) -> io::Result<()> {
        std::fs::create_dir_all(self.working_directory.join(path))
    }

    fn run(&self, program: &str, arguments: &[&str]) -> io::Result<Ran> {
        let ran = Command::new(program).args(arguments).current_dir(&self.working_directory).stdin(Stdio::null()).output()?;
        Ok(Ran { success: ran.status.success(), stdout: ran.stdout, stderr: ran.stderr })
    }

    fn clock(&self) -> Duration {
        self.started.elapsed()
    }

    fn read_stdin(&self, limit: u64) -> io::Result<Vec<u8>> {
        read_limited(io::stdin().lock(), 0, limit)
    }

    fn kind(&self, path: &Path) -> io::Result<FileKind> {
        let metadata = std::fs::metadata(self.working_directory.join(path))?;
        Ok(if metadata.is_dir() { FileKind::Folder } else { FileKind::File })
    }

    fn canonical(&self, path: &Path) -> io::Result<PathBuf> {
        self.working_directory.join(path).canonicalize()
    }

    fn list(&self, folder: &Path) -> Listing {
        let folder = self.working_directory.join(folder);
        let all = Mutex::new(Listing::default());
        let walk = WalkBuilder::new(&folder).require_git(false).follow_links(false).build_parallel();
        walk.run(|| {
            let mut found = Found { own: Listing::default(), all: &all };
            let folder = &folder;
            Box::new(move |entry| {
                found.take(entry, folder);
                WalkState::Continue
            })
        });
        let mut listing = all.into_inner().unwrap_or_else(PoisonError::into_inner);
        listing.files.sort_unstable_by(|a, b| a.as_os_str().cmp(b.as_os_str()));
        listing.others.sort_unstable();
        listing.errors.sort_by(|a, b| a.0.cmp(&b.0));
        listing
    }

    fn working_directory(&self) -> &Path {
        &self.working_directory
    }

    fn variable(&self, name: &str) -> Option<String> {
        std::env::var(name).ok()
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use std::fs;

    use super::*;

    fn names(listing: &Listing, root: &Path) -> Vec<String> {
        listing.files.iter().map(|f| f.strip_prefix(root).unwrap().display().to_string()).collect()
    }

    #[test]
    fn lists_what_git_would_see() {
        let root = tempfile::tempdir().unwrap();
        let at = |path: &str| root.path().join(path);
        fs::create_dir_all(at("vendor/deep")).unwrap();
        fs::create_dir_all(at(".hidden")).unwrap();
        for file in ["b.yaml", "a.yml", "c.json", "Kustomization", "notes.txt", "vendor/x.yaml", "vendor/deep/y.yaml", ".hidden/z.yaml"] {
            fs::write(at(file), "a: b\n").unwrap();
        }
        fs::write(at(".gitignore"), "vendor/\n").unwrap();
        let world = RealWorld::at(root.path().to_owned());
        let listing = world.list(Path::new(""));
        assert_eq!(names(&listing, root.path()), ["Kustomization", "a.yml", "b.yaml", "c.json"]);
        assert_eq!((listing.others.len(), listing.links, listing.errors.len()), (1, 0, 0));
        // named on the command line, an ignored folder is read
        assert_eq!(world.list(Path::new("vendor/deep")).files.len(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn links_are_counted_and_not_followed() {
        let (root, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        fs::write(outside.path().join("secret.yaml"), "a: b\n").unwrap();
        fs::write(root.path().join("real.yaml"), "a: b\n").unwrap();
        std::os::unix::fs::symlink(outside.path(), root.path().join("out")).unwrap();
        std::os::unix::fs::symlink(root.path(), root.path().join("loop")).unwrap();
        std::os::unix::fs::symlink(outside.path().join("secret.yaml"), root.path().join("link.yaml")).unwrap();
        let listing = RealWorld::at(root.path().to_owned()).list(root.path());
        assert_eq!(names(&listing, root.path()), ["real.yaml"]);
        assert_eq!(listing.links, 3);
    }

    #[test]
    fn a_file_over_the_limit_is_not_read() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("a.yaml"), "12345").unwrap();
        let world = RealWorld::at(root.path().to_owned());
        assert_eq!(world.read(Path::new("a.yaml"), 5).unwrap(), b"12345");
        assert_eq!(world.read(Path::new("a.yaml"), 4).unwrap_err().kind(), io::ErrorKind::FileTooLarge);
        assert_eq!(world.kind(Path::new("gone")).unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
