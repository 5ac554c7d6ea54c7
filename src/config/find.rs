//! Which `meshgate.yaml` holds for a run.

use std::path::{Component, Path, PathBuf};

use crate::text::{FileKind, World};

/// The names a configuration file may have, the first one found counts.
const NAMES: [&str; 2] = ["meshgate.yaml", "meshgate.yml"];

/// Where the configuration comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Choice {
    /// From the file that [`find`] finds.
    #[default]
    Find,
    /// From this file (`--config FILE`).
    File(PathBuf),
    /// There is none (`--no-config`).
    Nothing,
}

/// The configuration file of a run: sought from the common parent of the paths upwards, up to the folder that has
/// `.git` (without one, to the top). Standard input counts as the working directory, and so do no paths at all.
pub fn find(world: &dyn World, paths: &[PathBuf], stdin: bool) -> Option<PathBuf> {
    let here = world.working_directory();
    let mut folders: Vec<PathBuf> = paths
        .iter()
        .map(|path| {
            let path = absolute(here, path);
            match world.kind(&path) {
                Ok(FileKind::Folder) => path,
                _ => path.parent().map_or_else(|| path.clone(), Path::to_path_buf),
            }
        })
        .collect();
    if stdin || folders.is_empty() {
        folders.push(absolute(here, Path::new("")));
    }
    let common = folders.into_iter().reduce(|a, b| common(&a, &b))?;
    for folder in common.ancestors() {
        let found = NAMES.iter().map(|name| folder.join(name)).find(|path| matches!(world.kind(path), Ok(FileKind::File)));
        if found.is_some() {
            return found;
        }
        if world.kind(&folder.join(".git")).is_ok() {
            return None;
        }
    }
    None
}

/// The folders that two absolute paths share.
fn common(a: &Path, b: &Path) -> PathBuf {
    a.components().zip(b.components()).take_while(|(a, b)| a == b).map(|(a, _)| a).collect()
}

/// A path from the root, with `.` and `..` worked out by the text alone (links are not followed).
pub(super) fn absolute(here: &Path, path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in here.join(path).components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                out.pop();
            }
            part => out.push(part),
        }
    }
    out
}

/// A path as seen from a folder, with `/`. Both are absolute; what lies outside the folder starts with `..`.
pub(super) fn relative(folder: &Path, path: &Path) -> String {
    let shared = common(folder, path).components().count();
    let up = folder.components().skip(shared).map(|_| "..".into());
    let down = path.components().skip(shared).map(|part| part.as_os_str().to_string_lossy());
    up.chain(down).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::super::testing::Files;
    use super::*;

    fn found(files: &[&str], paths: &[&str], stdin: bool) -> Option<String> {
        let world = Files::new("/repo/deploy", files);
        let paths: Vec<PathBuf> = paths.iter().map(PathBuf::from).collect();
        find(&world, &paths, stdin).map(|path| path.to_string_lossy().into_owned())
    }

    #[test]
    fn sought_upwards_to_the_repository() {
        let files = ["/repo/.git/HEAD", "/repo/meshgate.yaml", "/meshgate.yaml", "/repo/deploy/east/a.yaml", "/repo/deploy/west/b.yaml"];
        assert_eq!(found(&files, &["east", "west/b.yaml"], false).as_deref(), Some("/repo/meshgate.yaml"));
        let without = ["/repo/.git", "/meshgate.yaml", "/repo/deploy/east/a.yaml"];
        assert_eq!(found(&without, &["east"], false), None, "never past the repository");
        let no_repository = ["/meshgate.yaml", "/repo/deploy/east/a.yaml"];
        assert_eq!(found(&no_repository, &["east/a.yaml"], false).as_deref(), Some("/meshgate.yaml"));
    }

    #[test]
    fn from_the_common_parent() {
        let files = [
            "/repo/.git",
            "/repo/deploy/east/meshgate.yaml",
            "/repo/deploy/meshgate.yml",
            "/repo/deploy/east/a.yaml",
            "/repo/deploy/west/b.yaml",
        ];
        assert_eq!(found(&files, &["east/a.yaml"], false).as_deref(), Some("/repo/deploy/east/meshgate.yaml"));
        assert_eq!(found(&files, &["east", "../deploy/west"], false).as_deref(), Some("/repo/deploy/meshgate.yml"));
        assert_eq!(found(&files, &["east"], true).as_deref(), Some("/repo/deploy/meshgate.yml"), "standard input is the working directory");
        assert_eq!(found(&files, &[], false).as_deref(), Some("/repo/deploy/meshgate.yml"));
    }

    #[test]
    fn the_long_ending_comes_first() {
        assert_eq!(
            found(&["/repo/deploy/meshgate.yml", "/repo/deploy/meshgate.yaml"], &[], true).as_deref(),
            Some("/repo/deploy/meshgate.yaml")
        );
    }

    #[test]
    fn seen_from_a_folder() {
        assert_eq!(relative(Path::new("/a/b"), Path::new("/a/b/c/d.yaml")), "c/d.yaml");
        assert_eq!(relative(Path::new("/a/b"), Path::new("/a/x.yaml")), "../x.yaml");
        assert_eq!(absolute(Path::new("/a"), Path::new("./b/../../c")), Path::new("/c"));
    }
}
