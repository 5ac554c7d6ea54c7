//! Text to [`Config`], or everything that is wrong with it.

use std::io;
use std::path::{Path, PathBuf};

use rustc_hash::FxHashMap;

use super::file::{ConfigFile, Rules, Word};
use super::find::{Choice, absolute, find};
use super::globs::{Globs, parts};
use super::own::Own;
use super::problem::{ConfigError, ConfigProblem};
use super::resolved::{Cluster, Config};
use crate::checks::Level;
use crate::mesh::Distribution;
use crate::model::Text;
use crate::text::{FileId, Span, World, near};
use crate::yaml::{self, At, DecodeError, Decoder, Index, Kind, Resolved, ScalarStyle, Tree};

/// No configuration is larger than this, in bytes.
pub(super) const LIMIT: u64 = 1 << 20;

impl Choice {
    /// The settings of a run over `paths` (and standard input). `rules` are the names of all rules and known issues;
    /// nodes of the file are known under `file`.
    ///
    /// # Errors
    /// As for [`load`]. It is no error that there is no file, but for one that was named.
    pub fn load(&self, world: &dyn World, paths: &[PathBuf], stdin: bool, file: FileId, rules: &[&str]) -> Result<Config, ConfigError> {
        let path = match self {
            Self::Find => find(world, paths, stdin),
            Self::File(path) => Some(path.clone()),
            Self::Nothing => None,
        };
        match path {
            Some(path) => load(world, &path, file, rules),
            None => Ok(Config::default()),
        }
    }
}

/// Reads a configuration file. `rules` are the names of all rules and known issues.
///
/// # Errors
/// That it cannot be read, or everything that is wrong in it.
pub fn load(world: &dyn World, path: &Path, file: FileId, rules: &[&str]) -> Result<Config, ConfigError> {
    let error = |text: &str, problems| ConfigError { path: path.to_path_buf(), text: text.to_owned(), problems };
    let cannot = |why: String| error("", vec![ConfigProblem::new(Span::at(0), why)]);
    let bytes = world.read(path, LIMIT).map_err(|why| {
        cannot(match why.kind() {
            io::ErrorKind::NotFound => "there is no such file".to_owned(),
            io::ErrorKind::FileTooLarge => "the file is over 1 MiB".to_owned(),
            _ => format!("cannot be read: {why}"),
        })
    })?;
    let text = String::from_utf8(bytes).map_err(|_| cannot("the file is not UTF-8 text".to_owned()))?;
    let own = Own::read(world, path, &text, rules)?;
    let names: Vec<&str> = rules.iter().copied().chain(own.names()).collect();
    let parsed = parse(world.working_directory(), path, &text, file, &names);
    let mut config = parsed.map_err(|problems| error(&text, problems))?;
    config.own = own;
    Ok(config)
}

/// Reads the text of a configuration file that stands at `path`; `here` is the working directory.
///
/// # Errors
/// Everything that is wrong, in the order of the file.
pub fn parse(here: &Path, path: &Path, text: &str, file: FileId, rules: &[&str]) -> Result<Config, Vec<ConfigProblem>> {
    let tree = yaml::read(text);
    let mut check = Check { tree: &tree, rules, problems: Vec::new() };
    let decoded = check.decode(text, file);
    let mut config = check.resolve(decoded.unwrap_or_default());
    if !check.problems.is_empty() {
        check.problems.sort_by_key(|problem| problem.span);
        return Err(check.problems);
    }
    let folder = absolute(here, path);
    config.folder = folder.parent().map(Path::to_path_buf).unwrap_or_default();
    config.here = here.to_path_buf();
    config.source = Some((path.to_path_buf(), file));
    Ok(config)
}

struct Check<'t, 's> {
    tree: &'t Tree<'s>,
    rules: &'t [&'t str],
    problems: Vec<ConfigProblem>,
}

impl Check<'_, '_> {
    fn span(&self, node: Index) -> Span {
        self.tree.span(node)
    }

    fn at<T>(&self, value: &At<T>) -> Span {
        self.span(value.node().index)
    }

    fn decode(&mut self, text: &str, file: FileId) -> Option<ConfigFile> {
        let end = u32::try_from(text.len()).unwrap_or(u32::MAX);
        for error in &self.tree.errors {
            let problem = ConfigProblem::new(Span::at(error.at.min(end)), error.message.clone());
            self.problems.push(problem.hint(error.hint.map(str::to_owned)));
        }
        for (_, again) in &self.tree.duplicate_keys {
            let key = self.tree.text(*again).unwrap_or_default();
            self.problems.push(ConfigProblem::new(self.span(*again), format!("the key `{key}` stands here twice")));
        }
        let mut roots = self.tree.documents.iter().filter_map(|document| document.root);
        let root = roots.next()?;
        if let Some(second) = roots.next() {
            let start = self.span(second).start;
            self.problems.push(ConfigProblem::new(Span::new(start, start + 1), "a second document: settings are one document"));
        }
        if !self.tree.errors.is_empty() {
            return None;
        }
        match &self.tree.node(self.tree.target(root)).kind {
            Kind::Map { .. } => {}
            Kind::Scalar { text, style: ScalarStyle::Plain, .. } if yaml::resolve(text) == Resolved::Null => return None,
            _ => {
                self.problems.push(ConfigProblem::new(self.span(root), "expected a mapping of settings"));
                return None;
            }
        }
        // The one place where shapes are judged. The decoder stops at the first error; a walk along the schema derived
        // from `ConfigFile` finds all of them, and then its findings stand for this one.
        match Decoder::new(self.tree, file, root).decode() {
            Ok(file) => Some(file),
            Err(error) => {
                self.problems.extend(self.shape(root, &error));
                None
            }
        }
    }

    /// A decoder's error as a problem; none for a key that stands there twice, which has been said.
    fn shape(&self, root: Index, error: &DecodeError) -> Option<ConfigProblem> {
        let span = self.span(error.node.unwrap_or(root));
        if error.message.starts_with("duplicate field") {
            return (self.problems.is_empty()).then(|| ConfigProblem::new(span, error.message.clone()));
        }
        // serde: unknown field `x`, expected one of `a`, `b`
        if let Some(rest) = error.message.strip_prefix("unknown field `") {
            let mut words = rest.split('`').step_by(2);
            let key = words.next().unwrap_or_default();
            let expected: Vec<&str> = words.collect();
            let hint = match near(key, expected.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("write one of {}", list(&expected)),
            };
            return Some(ConfigProblem::new(span, format!("unknown key `{key}`")).hint(Some(hint)));
        }
        Some(ConfigProblem::new(span, error.message.clone()))
    }

    fn resolve(&mut self, file: ConfigFile) -> Config {
        let mut config = Config::default();
        if let Some(mesh) = &file.mesh {
            config.distribution = mesh.distribution.as_ref().and_then(|word| {
                let found = self.word(word, "distribution", &Distribution::WORDS)?;
                Some(At::new(found, word.node()))
            });
            self.version(mesh.version.as_ref());
        }
        if let Some(gateway) = &file.gateway {
            for product in [&gateway.kgateway, &gateway.enterprise_kgateway, &gateway.gloo].into_iter().flatten() {
                self.version(product.version.as_ref());
            }
        }
        self.clusters(&file, &mut config);
        for service in file.assume.iter().filter_map(|assume| assume.services.as_ref()).flat_map(|services| services.iter()) {
            self.service(service);
        }
        for entry in file.namespaces.iter().flat_map(|entries| entries.iter()) {
            self.filled(&entry.namespace, "namespace");
            config.namespaces.push((self.paths(&entry.paths), (*entry.namespace).clone()));
        }
        if let Some(rules) = &file.rules {
            config.rules = self.levels(rules);
        }
        for entry in file.overrides.iter().flat_map(|entries| entries.iter()) {
            config.overrides.push((self.paths(&entry.paths), self.levels(&entry.rules)));
        }
        if let Some(exclude) = &file.exclude {
            config.exclude = self.globs(exclude);
        }
        config.file = file;
        config
    }

    fn clusters(&mut self, file: &ConfigFile, config: &mut Config) {
        let mut clusters: Vec<Cluster> = Vec::new();
        for entry in file.clusters.iter().flat_map(|entries| entries.iter()) {
            self.filled(&entry.name, "name");
            self.version(entry.version.as_ref());
            if clusters.iter().any(|other| other.name.as_ref() == Some(&entry.name)) {
                self.problems.push(ConfigProblem::new(self.at(&entry.name), format!("a second cluster named `{}`", entry.name)));
            }
            clusters.push(Cluster {
                name: Some(entry.name.clone()),
                network: entry.network.clone(),
                segment: entry.segment.clone(),
                version: entry.version.as_ref().map(|version| At::new(version.0.clone(), version.node())),
                paths: self.paths(&entry.paths),
            });
        }
        if !clusters.is_empty() {
            config.clusters = clusters;
        }
    }

    /// One of a set of words.
    fn word<T: Copy>(&mut self, word: &At<Word>, what: &str, words: &[(&'static str, T)]) -> Option<T> {
        if let Some((_, value)) = words.iter().find(|(name, _)| *name == &***word) {
            return Some(*value);
        }
        let names: Vec<&str> = words.iter().map(|(name, _)| *name).collect();
        let hint = match near(word, names.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("write one of {}", list(&names)),
        };
        self.problems.push(ConfigProblem::new(self.at(word), format!("`{}` is no {what}", &***word)).hint(Some(hint)));
        None
    }

    /// Unquoted, a version may be a number to other readers of the file, and then it must not lose anything as one.
    fn version(&mut self, version: Option<&At<Word>>) {
        let Some(version) = version else { return };
        let text: &str = version;
        let node = self.tree.node(self.tree.target(version.node().index));
        let number = match node.kind {
            Kind::Scalar { style: ScalarStyle::Plain, str_tag: false, .. } => match yaml::resolve(text) {
                Resolved::Float(number) => Some(number.to_string()),
                _ => None,
            },
            _ => None,
        };
        if let Some(number) = number.filter(|number| number != text) {
            let problem = ConfigProblem::new(self.at(version), format!("without quotes `{text}` is the number {number}"));
            self.problems.push(problem.hint(Some(format!("write \"{text}\""))));
        } else if !is_version(text) {
            let problem = ConfigProblem::new(self.at(version), format!("`{text}` is no version"));
            self.problems.push(problem.hint(Some("write it like `1.29` or `1.29.2`".to_owned())));
        }
    }

    fn service(&mut self, service: &At<Text>) {
        let name = |part: &str| !part.is_empty() && part.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.'));
        if !service.split_once('/').is_some_and(|(namespace, rest)| name(namespace) && name(rest)) {
            let problem = ConfigProblem::new(self.at(service), format!("`{service}` does not name a Service"));
            self.problems.push(problem.hint(Some("write `namespace/name`".to_owned())));
        }
    }

    fn filled(&mut self, value: &At<Text>, what: &str) {
        if value.trim().is_empty() {
            self.problems.push(ConfigProblem::new(self.at(value), format!("an empty {what}")));
        }
    }

    /// Patterns that say where an entry holds: without any, it holds nowhere.
    fn paths(&mut self, paths: &At<Vec<At<Text>>>) -> Globs {
        if paths.is_empty() {
            let problem = ConfigProblem::new(self.at(paths), "no paths: this holds nowhere");
            self.problems.push(problem.hint(Some("write `.` for everything".to_owned())));
        }
        self.globs(paths)
    }

    fn globs(&mut self, patterns: &At<Vec<At<Text>>>) -> Globs {
        let mut globs = Vec::new();
        for pattern in patterns.iter() {
            match parts(pattern) {
                Ok(parts) => globs.extend(parts),
                Err((why, hint)) => {
                    let problem = ConfigProblem::new(self.at(pattern), format!("bad pattern: {why}"));
                    self.problems.push(problem.hint(hint.map(str::to_owned)));
                }
            }
        }
        Globs::new(globs).unwrap_or_else(|why| {
            self.problems.push(ConfigProblem::new(self.at(patterns), format!("bad patterns: {why}")));
            Globs::default()
        })
    }

    fn levels(&mut self, rules: &Rules) -> FxHashMap<Text, Level> {
        let mut levels = FxHashMap::default();
        for (name, word) in rules {
            if !self.rules.contains(&&***name) {
                let problem = ConfigProblem::new(self.at(name), format!("there is no rule `{name}`"));
                self.problems.push(problem.near(name, self.rules.iter().copied()));
            }
            if let Some(level) = self.word(word, "severity", &Level::WORDS) {
                levels.insert((**name).clone(), level);
            }
        }
        levels
    }
}

/// `a`, `b` or `c`.
fn list(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [one] => format!("`{one}`"),
        [most @ .., last] => {
            let most: Vec<String> = most.iter().map(|word| format!("`{word}`")).collect();
            format!("{} or `{last}`", most.join(", "))
        }
    }
}

/// `1.29`, `v1.29.2`, `1.29.2-patch0`, `2.2.0-rc.2`: at least two numbers, and what follows them belongs to a version.
fn is_version(text: &str) -> bool {
    let number = |part: Option<&str>| part.is_some_and(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()));
    let text = text.strip_prefix('v').unwrap_or(text);
    let (core, rest) = text.find(['-', '+']).map_or((text, ""), |at| text.split_at(at));
    let mut parts = core.split('.');
    number(parts.next())
        && number(parts.next())
        && parts.next().is_none_or(|patch| number(Some(patch)))
        && parts.next().is_none()
        && rest.len() != 1
        && rest.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'+'))
}

#[cfg(test)]
#[path = "load_tests.rs"]
mod tests;
