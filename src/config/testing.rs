//! A world made of a few files, for the tests of this layer.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::text::{FileKind, Listing, Ran, World};
use crate::yaml::{Index, Kind, Resolved, ScalarStyle, Tree, read, resolve};

/// Files by absolute path with their text.
pub(super) struct Files {
    here: PathBuf,
    files: Vec<(PathBuf, String)>,
}

impl Files {
    /// Empty files.
    pub(super) fn new(here: &str, files: &[&str]) -> Self {
        Self { here: here.into(), files: files.iter().map(|path| (path.into(), String::new())).collect() }
    }

    /// The same world with one more file.
    pub(super) fn with(mut self, path: &str, text: &str) -> Self {
        self.files.push((path.into(), text.to_owned()));
        self
    }
}

impl World for Files {
    fn read(&self, path: &Path, _: u64) -> io::Result<Vec<u8>> {
        let path = self.here.join(path);
        let file = self.files.iter().find(|(file, _)| *file == path);
        file.map(|(_, text)| text.clone().into_bytes()).ok_or_else(|| io::ErrorKind::NotFound.into())
    }
    fn write(&self, _: &Path, _: &[u8]) -> io::Result<()> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }
    fn canonical(&self, path: &Path) -> io::Result<PathBuf> {
        Ok(self.here.join(path))
    }
    fn make_folder(&self, _: &Path) -> io::Result<()> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }

    fn run(&self, _: &str, _: &[&str]) -> io::Result<Ran> {
        Err(io::ErrorKind::NotFound.into())
    }
    fn clock(&self) -> Duration {
        Duration::ZERO
    }
    fn read_stdin(&self, _: u64) -> io::Result<Vec<u8>> {
        Ok(Vec::new())
    }
    fn kind(&self, path: &Path) -> io::Result<FileKind> {
        if self.files.iter().any(|(file, _)| file == path) {
            Ok(FileKind::File)
        } else if self.files.iter().any(|(file, _)| file.starts_with(path)) {
            Ok(FileKind::Folder)
        } else {
            Err(io::ErrorKind::NotFound.into())
        }
    }
    fn list(&self, _: &Path) -> Listing {
        Listing::default()
    }
    fn working_directory(&self) -> &Path {
        &self.here
    }
    fn variable(&self, _: &str) -> Option<String> {
        None
    }
}

/// A YAML text as an editor sees it: the words of YAML 1.2, in which `off` is text.
pub(super) fn as_json(text: &str) -> serde_json::Value {
    fn value(tree: &Tree<'_>, node: Index) -> serde_json::Value {
        let node = tree.target(node);
        match &tree.node(node).kind {
            Kind::Scalar { text, style: ScalarStyle::Plain, .. } => match resolve(text) {
                Resolved::Bool(b) if matches!(&**text, "true" | "false") => b.into(),
                Resolved::Int(int) => int.into(),
                Resolved::Float(float) => float.into(),
                Resolved::Null => serde_json::Value::Null,
                _ => (&**text).into(),
            },
            Kind::Scalar { text, .. } => (&**text).into(),
            Kind::Seq { .. } => tree.kids(node).iter().map(|kid| value(tree, *kid)).collect(),
            Kind::Map { .. } => {
                let entries = tree.kids(node).as_chunks::<2>().0.iter();
                entries.map(|[k, v]| (tree.text(*k).unwrap_or_default().to_owned(), value(tree, *v))).collect()
            }
            Kind::Alias(_) => serde_json::Value::Null,
        }
    }
    let tree = read(text);
    let root = tree.documents.iter().find_map(|document| document.root);
    root.map_or(serde_json::Value::Null, |root| value(&tree, root))
}
