//! From the paths a person named to the files of a run.

use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use rustc_hash::FxHashSet;

use crate::text::{FileKind, World, lexical};

/// Where the bytes of a file come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// A path.
    Disk,
    /// Standard input.
    Stdin,
}

/// A file to read.
#[derive(Clone, Debug)]
pub struct InputFile {
    /// The absolute path, without `.` and `..`. For standard input the path it stands for, or `<stdin>`.
    pub path: PathBuf,
    /// How people see it: relative to the working directory, with `/`.
    pub shown: Arc<str>,
    /// Where its bytes come from.
    pub source: Source,
    /// Whether it was named itself (not found in a folder).
    pub named: bool,
}

/// A path that could not be read.
#[derive(Debug)]
pub struct Unreadable {
    /// As people see it.
    pub shown: Arc<str>,
    /// Why.
    pub error: io::Error,
}

/// Everything a run reads. A file's [`crate::text::FileId`] is its index in `files`, which are sorted by path.
#[derive(Debug, Default)]
pub struct Input {
    /// The files, each once, however many of the paths lead to it.
    pub files: Vec<InputFile>,
    /// Paths that do not exist or cannot be read: each is a reason for exit code 2.
    pub unreadable: Vec<Unreadable>,
    /// How many files in folders do not have a manifest's ending.
    pub other: usize,
    /// How many symbolic links were not followed.
    pub links: usize,
    /// How many files `exclude` took away.
    pub excluded: usize,
}

impl Input {
    /// Collects the files below the paths (`-` is standard input). A file that is named itself is read whatever its ending,
    /// and even if git ignores it; `exclude` (asked with absolute paths) also holds for it, as pre-commit hooks name every file.
    /// `stdin_name` is the path that standard input stands for, when the caller knows.
    pub fn collect(world: &dyn World, paths: &[PathBuf], stdin_name: Option<&Path>, exclude: &dyn Fn(&Path) -> bool) -> Self {
        let mut input = Self::default();
        let mut seen = FxHashSet::default();
        let several = paths.len() > 1;
        for given in paths {
            if given.as_os_str() == "-" {
                input.stdin(world, stdin_name);
                continue;
            }
            let canonical = match world.canonical(given) {
                Ok(canonical) => canonical,
                Err(error) => {
                    input.unreadable.push(Unreadable { shown: given.to_string_lossy().into(), error });
                    continue;
                }
            };
            // `link/..` is not the folder that `link` stands in
            let base = if given.components().any(|c| c == Component::ParentDir) {
                canonical.clone()
            } else {
                lexical(&world.working_directory().join(given))
            };
            let (files, named) = match world.kind(&base) {
                Ok(FileKind::File) => (vec![base.clone()], true),
                Ok(FileKind::Folder) => {
                    let listing = world.list(&base);
                    input.other += listing.others.len();
                    input.links += listing.links;
                    let shown = |(path, error): (PathBuf, _)| Unreadable { shown: shown(world, &path), error };
                    input.unreadable.extend(listing.errors.into_iter().map(shown));
                    (listing.files, false)
                }
                Err(error) => {
                    input.unreadable.push(Unreadable { shown: shown(world, &base), error });
                    continue;
                }
            };
            input.files.reserve(files.len());
            for path in files {
                if several {
                    let inside = path.strip_prefix(&base).unwrap_or(Path::new(""));
                    if !seen.insert(if inside.as_os_str().is_empty() { canonical.clone() } else { canonical.join(inside) }) {
                        continue;
                    }
                }
                if exclude(&path) {
                    input.excluded += 1;
                } else {
                    input.files.push(InputFile { shown: shown(world, &path), path, source: Source::Disk, named });
                }
            }
        }
        input.files.sort_by(|a, b| a.path.as_os_str().cmp(b.path.as_os_str()));
        input
    }

    fn stdin(&mut self, world: &dyn World, name: Option<&Path>) {
        if self.files.iter().any(|file| file.source == Source::Stdin) {
            return;
        }
        let file = match name {
            Some(name) => {
                let path = lexical(&world.working_directory().join(name));
                InputFile { shown: shown(world, &path), path, source: Source::Stdin, named: true }
            }
            None => InputFile { path: "<stdin>".into(), shown: "<stdin>".into(), source: Source::Stdin, named: true },
        };
        self.files.push(file);
    }
}

/// An absolute path as people see it: from the working directory where it is below it or beside it, else whole.
pub fn shown(world: &dyn World, path: &Path) -> Arc<str> {
    let here = world.working_directory();
    // most paths begin with it to the letter, and their parts need not be looked at
    let inside = || path.to_str()?.strip_prefix(here.to_str()?)?.strip_prefix(std::path::MAIN_SEPARATOR);
    if let Some(inside) = inside().filter(|inside| !inside.is_empty()) {
        return slashes(Path::new(inside));
    }
    if let Ok(inside) = path.strip_prefix(here) {
        return slashes(inside);
    }
    let mut up = PathBuf::new();
    // three levels up still read well; past that the absolute path does
    for above in here.ancestors().skip(1).take(3).filter(|above| above.parent().is_some()) {
        up.push("..");
        if let Ok(inside) = path.strip_prefix(above) {
            return slashes(&up.join(inside));
        }
    }
    slashes(path)
}

fn slashes(path: &Path) -> Arc<str> {
    let text = path.to_string_lossy();
    if std::path::MAIN_SEPARATOR == '/' { text.into() } else { text.replace(std::path::MAIN_SEPARATOR, "/").into() }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::text::MemoryWorld;

    fn collect(world: &MemoryWorld, paths: &[&str], exclude: &dyn Fn(&Path) -> bool) -> Input {
        let paths: Vec<PathBuf> = paths.iter().map(PathBuf::from).collect();
        Input::collect(world, &paths, None, exclude)
    }

    fn names(input: &Input) -> Vec<&str> {
        input.files.iter().map(|f| &*f.shown).collect()
    }

    #[test]
    fn overlapping_paths_give_each_file_once() {
        let world = MemoryWorld::new([("a/x.yaml", ""), ("a/b/y.yaml", ""), ("a/readme.txt", ""), ("/other/z.yaml", "")]);
        let input = collect(&world, &["a/b", ".", "a/../a/x.yaml", "./a/b/y.yaml", "-", "-", "/other"], &|_| false);
        assert_eq!(names(&input), ["/other/z.yaml", "a/b/y.yaml", "a/x.yaml", "<stdin>"]);
        assert!(input.unreadable.is_empty());
    }

    #[test]
    fn named_files_are_read_whatever_they_are_called() {
        let world = MemoryWorld::new([("notes.txt", ""), (".hidden/a.yaml", "")]);
        assert_eq!(names(&collect(&world, &["notes.txt", ".hidden/a.yaml"], &|_| false)), [".hidden/a.yaml", "notes.txt"]);
        let all = collect(&world, &["."], &|_| false);
        assert_eq!((all.files.len(), all.other), (0, 1));
    }

    #[test]
    fn missing_paths_and_excludes() {
        let world = MemoryWorld::new([("a.yaml", ""), ("vendor/b.yaml", "")]);
        let input = collect(&world, &[".", "gone"], &|path| path.starts_with("/work/vendor"));
        assert_eq!((names(&input), input.excluded), (vec!["a.yaml"], 1));
        assert_eq!(&*input.unreadable.first().unwrap().shown, "gone");
    }

    #[test]
    fn a_file_beside_the_working_directory_is_shown_from_it() {
        let world = MemoryWorld::new([("/work/sub/a.yaml", ""), ("/b/c.yaml", "")]);
        assert_eq!(&*shown(&world, Path::new("/work/sub/a.yaml")), "sub/a.yaml");
        assert_eq!(&*shown(&world, Path::new("/b/c.yaml")), "/b/c.yaml");
    }
}
