//! Files of the user's own that `meshgate.yaml` names: known issues, rules and CustomResourceDefinitions.

use std::path::{Path, PathBuf};

use super::find::absolute;
use super::load::LIMIT;
use super::problem::{ConfigError, ConfigProblem};
use crate::checks::{BadIssue, CustomRules, KnownIssues};
use crate::text::{Span, World};
use crate::yaml::{self, Tree};

/// What the user's own files hold.
#[derive(Clone, Debug, Default)]
pub struct Own {
    /// Faults of released versions.
    pub issues: KnownIssues,
    /// Rules over single resources.
    pub rules: CustomRules,
    /// Files and folders with CustomResourceDefinitions.
    pub crds: Vec<PathBuf>,
}

impl Own {
    /// Reads the files that the text of a configuration at `path` names. What is wrong with the text itself is for others.
    ///
    /// # Errors
    /// That a file cannot be read, or what is wrong in it. `rules` are names that are taken.
    pub(super) fn read(world: &dyn World, path: &Path, text: &str, rules: &[&str]) -> Result<Self, ConfigError> {
        let tree = yaml::read(text);
        let folder = absolute(world.working_directory(), path).parent().map(Path::to_path_buf).unwrap_or_default();
        let files = Files { world, path, text, folder };
        let mut own = Self::default();
        for (span, name) in listed(&tree, "knownIssues") {
            let (file, content) = files.open(span, name)?;
            let issues = KnownIssues::parse(&content).map_err(|bad| in_file(&file, &content, bad))?;
            own.is_free(issues.all().iter().map(|issue| &*issue.name), rules).map_err(|taken| twice(&file, &content, &taken))?;
            own.issues = own.issues.and(issues);
        }
        for (span, name) in listed(&tree, "customRules") {
            let (file, content) = files.open(span, name)?;
            let more = CustomRules::parse(&content).map_err(|bad| in_file(&file, &content, bad))?;
            own.is_free(more.all().iter().map(|rule| &*rule.name), rules).map_err(|taken| twice(&file, &content, &taken))?;
            own.rules = own.rules.and(more);
        }
        for (span, name) in listed(&tree, "crds") {
            let file = files.folder.join(name);
            world.kind(&file).map_err(|why| files.unreadable(span, name, &why.to_string()))?;
            own.crds.push(file);
        }
        Ok(own)
    }

    /// The names of all of them.
    pub fn names(&self) -> Vec<&str> {
        self.issues.all().iter().map(|issue| &*issue.name).chain(self.rules.all().iter().map(|rule| &*rule.name)).collect()
    }

    /// Whether none of these names is taken; else the first that is.
    fn is_free<'n>(&self, names: impl Iterator<Item = &'n str>, rules: &[&str]) -> Result<(), String> {
        let mut seen = self.names();
        for name in names {
            if rules.contains(&name) || seen.contains(&name) {
                return Err(name.to_owned());
            }
            seen.push(name);
        }
        Ok(())
    }
}

struct Files<'f> {
    world: &'f dyn World,
    path: &'f Path,
    text: &'f str,
    folder: PathBuf,
}

impl Files<'_> {
    /// A file that stands under a name in the configuration.
    fn open(&self, span: Span, name: &str) -> Result<(PathBuf, String), ConfigError> {
        let file = self.folder.join(name);
        let bytes = self.world.read(&file, LIMIT).map_err(|why| self.unreadable(span, name, &why.to_string()))?;
        let content = String::from_utf8(bytes).map_err(|_| self.unreadable(span, name, "it is not UTF-8 text"))?;
        Ok((file, content))
    }

    fn unreadable(&self, span: Span, name: &str, why: &str) -> ConfigError {
        wrong(self.path, self.text, span, format!("`{name}` cannot be read: {why}"))
    }
}

fn in_file(file: &Path, content: &str, bad: BadIssue) -> ConfigError {
    wrong(file, content, bad.span, bad.message)
}

fn twice(file: &Path, content: &str, name: &str) -> ConfigError {
    let at = content.rfind(name).unwrap_or(0);
    let span = Span::new(u32::try_from(at).unwrap_or(0), u32::try_from(at + name.len()).unwrap_or(0));
    wrong(file, content, span, format!("there is a rule `{name}` already"))
}

fn wrong(path: &Path, text: &str, span: Span, message: String) -> ConfigError {
    ConfigError { path: path.to_path_buf(), text: text.to_owned(), problems: vec![ConfigProblem::new(span, message)] }
}

/// The texts of a list at the top of a file, with their places.
fn listed<'t>(tree: &'t Tree<'_>, key: &str) -> Vec<(Span, &'t str)> {
    let root = tree.documents.first().and_then(|document| document.root);
    let Some(list) = root.and_then(|root| tree.get(root, &[key])) else { return Vec::new() };
    tree.kids(tree.target(list)).iter().filter_map(|item| Some((tree.span(*item), tree.text(*item)?))).collect()
}
