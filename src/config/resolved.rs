//! `meshgate.yaml`, checked and ready to be asked.

use std::path::{Path, PathBuf};

use rustc_hash::FxHashMap;

use super::file::ConfigFile;
use super::find::{absolute, relative};
use super::globs::Globs;
use super::own::Own;
use crate::checks::Level;
use crate::mesh::Distribution;
use crate::model::Text;
use crate::text::FileId;
use crate::yaml::At;

/// A cluster, by its index in [`Config::clusters`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClusterIndex(pub usize);

/// A cluster of the run.
#[derive(Clone, Debug, Default)]
pub struct Cluster {
    /// Its name; `None` for the one cluster of a run without `clusters`.
    pub name: Option<At<Text>>,
    /// The network it is in.
    pub network: Option<At<Text>>,
    /// The Segment it is in.
    pub segment: Option<At<Text>>,
    /// The version of Istio in it, where it differs from the mesh's; as it is written.
    pub version: Option<At<Text>>,
    pub(super) paths: Globs,
}

/// The settings of a run. The default is a run without `meshgate.yaml`.
#[derive(Clone, Debug)]
pub struct Config {
    /// Everything as it is written, each with its node.
    pub file: ConfigFile,
    /// Who built the mesh.
    pub distribution: Option<At<Distribution>>,
    /// What the user's own files hold.
    pub own: Own,
    /// The configuration file, and the number under which its nodes are known.
    pub source: Option<(PathBuf, FileId)>,
    /// Against what relative paths are meant: the working directory.
    pub(super) here: PathBuf,
    /// Where the globs start: the configuration file's folder, absolute.
    pub(super) folder: PathBuf,
    pub(super) exclude: Globs,
    pub(super) clusters: Vec<Cluster>,
    pub(super) namespaces: Vec<(Globs, Text)>,
    pub(super) rules: FxHashMap<Text, Level>,
    pub(super) overrides: Vec<(Globs, FxHashMap<Text, Level>)>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            file: ConfigFile::default(),
            distribution: None,
            own: Own::default(),
            source: None,
            here: PathBuf::new(),
            folder: PathBuf::new(),
            exclude: Globs::default(),
            clusters: vec![Cluster::default()],
            namespaces: Vec::new(),
            rules: FxHashMap::default(),
            overrides: Vec::new(),
        }
    }
}

impl Config {
    /// Whether a file is not to be read.
    pub fn excluded(&self, path: &Path) -> bool {
        !self.exclude.is_empty() && self.exclude.matches(&self.seen(path))
    }

    /// The clusters in the order of the file; exactly one, without a name, where none are configured.
    pub fn clusters(&self) -> &[Cluster] {
        &self.clusters
    }

    /// The clusters a file belongs to, in order: all of them when no cluster names it.
    pub fn clusters_of(&self, path: &Path) -> Vec<ClusterIndex> {
        let all = || (0..self.clusters.len()).map(ClusterIndex);
        if self.clusters.len() <= 1 {
            return all().collect();
        }
        let path = self.seen(path);
        let named: Vec<ClusterIndex> = all().filter(|index| self.clusters.get(index.0).is_some_and(|c| c.paths.matches(&path))).collect();
        if named.is_empty() { all().collect() } else { named }
    }

    /// The namespace of resources in this file that do not say theirs: of the first entry that has the file.
    pub fn namespace_of(&self, path: &Path) -> Option<&str> {
        if self.namespaces.is_empty() {
            return None;
        }
        let path = self.seen(path);
        self.namespaces.iter().find(|(paths, _)| paths.matches(&path)).map(|(_, namespace)| &**namespace)
    }

    /// What a rule is set to for a file: the last override that has both, else `rules`.
    pub fn severity(&self, rule: &str, path: &Path) -> Option<Level> {
        if !self.overrides.is_empty() {
            let path = self.seen(path);
            let found = self.overrides.iter().rev().filter(|(paths, _)| paths.matches(&path)).find_map(|(_, rules)| rules.get(rule));
            if found.is_some() {
                return found.copied();
            }
        }
        self.rules.get(rule).copied()
    }

    /// Whether a rule is off and no override switches it on somewhere: it need not run.
    pub fn off_everywhere(&self, rule: &str) -> bool {
        let off = |level: Option<&Level>| level == Some(&Level::Off);
        off(self.rules.get(rule)) && self.overrides.iter().all(|(_, rules)| rules.get(rule).is_none_or(|level| off(Some(level))))
    }

    /// Whether the input is said to be the whole cluster (`assume.complete`).
    pub fn complete(&self) -> bool {
        self.file.assume.as_ref().and_then(|assume| assume.complete.as_ref()).is_some_and(|complete| **complete)
    }

    /// A path as the globs see it.
    fn seen(&self, path: &Path) -> String {
        relative(&self.folder, &absolute(&self.here, path))
    }
}
