//! Kinds as CustomResourceDefinitions define them.

use std::sync::OnceLock;

use rustc_hash::FxHashMap;
use serde_json::Value as Json;

use super::problem::{Defined, ShapeProblem, ShapeProblemKind};
use super::rules;
use super::schema::Schema;
use super::structural::{Fault, compile};
use super::walk::check;
use super::words::shortened;
use crate::model::Text;
use crate::text::FileId;
use crate::yaml::{Decoder, Index, Kind, NodeId, Tree};

/// A kind as a CustomResourceDefinition of `apiextensions.k8s.io/v1` defines it.
#[derive(Debug)]
pub struct Definition {
    group: Text,
    kind: Text,
    /// Its file, as people see it.
    file: Text,
    /// The clusters it belongs to; empty for all.
    clusters: Vec<u16>,
    /// None when what stands there is not what is applied.
    versions: Option<Vec<Version>>,
}

#[derive(Debug)]
struct Version {
    name: Text,
    served: bool,
    /// `preserveUnknownFields`.
    open: bool,
    json: Json,
    /// Compiled when a document of the version is first met, and whether rules come with it.
    schema: OnceLock<Result<(Schema, bool), Fault>>,
}

impl Definition {
    /// The group and kind that a document defines; none when it is no CustomResourceDefinition, or says neither.
    pub fn names<'t>(tree: &'t Tree<'_>, root: Index) -> Option<(&'t str, &'t str)> {
        let is = |key: &str, wanted: &str| tree.get_text(root, &[key]) == Some(wanted);
        let defines = is("apiVersion", "apiextensions.k8s.io/v1") && is("kind", "CustomResourceDefinition");
        let said = || Some((tree.get_text(root, &["spec", "group"])?, tree.get_text(root, &["spec", "names", "kind"])?));
        said().filter(|_| defines)
    }

    /// Reads a document. With `patched` something changes its versions before it is applied, and nothing is known of them.
    pub fn read(tree: &Tree<'_>, root: Index, file: &str, clusters: Vec<u16>, patched: bool) -> Option<Self> {
        let (group, kind) = Self::names(tree, root)?;
        let decoded = |path: &[&str]| Decoder::new(tree, FileId(0), tree.get(root, path)?).decode::<Json>().ok();
        let open = decoded(&["spec", "preserveUnknownFields"]) == Some(Json::Bool(true));
        let version = |mut json: Json| {
            let name = json.get("name")?.as_str()?.into();
            let served = json.get("served") == Some(&Json::Bool(true));
            let json = json.pointer_mut("/schema/openAPIV3Schema").map(Json::take).unwrap_or_default();
            Some(Version { name, served, open, json, schema: OnceLock::new() })
        };
        let versions = match decoded(&["spec", "versions"]) {
            Some(Json::Array(all)) if !patched => all.into_iter().map(version).collect(),
            _ => None,
        };
        Some(Self { group: group.into(), kind: kind.into(), file: file.into(), clusters, versions })
    }

    /// What is wrong with the schemas of the versions it serves, as problems of its own document.
    pub fn faults(&self, tree: &Tree<'_>, file: FileId, root: Index) -> Vec<ShapeProblem> {
        let versions = self.versions.iter().flatten().enumerate().filter(|(_, version)| version.served);
        let fault = |(n, version): (usize, &Version)| {
            let fault = version.schema().as_ref().err()?;
            let start = ["spec", "versions", &n.to_string(), "schema", "openAPIV3Schema"].map(str::to_owned);
            let path: Vec<String> = start.into_iter().chain(fault.path.iter().cloned()).collect();
            Some(problem_of(fault, &path, tree, file, root))
        };
        versions.filter_map(fault).collect()
    }

    /// The first thing that is wrong with it, in words.
    pub fn fault(&self) -> Option<String> {
        let mut versions = self.versions.iter().flatten().filter(|version| version.served);
        let fault = versions.find_map(|version| version.schema().as_ref().err())?;
        let place = words_of(&fault.path, |_| false);
        let kind = shortened(&self.kind);
        Some(if place.is_empty() {
            format!("the schema of {kind} {}", fault.message)
        } else {
            format!("the schema of {kind} is none that the API server takes: `{place}` {}", fault.message)
        })
    }

    /// What is wrong with a document of the kind by it; none when nothing can be said.
    fn check(&self, tree: &Tree<'_>, file: FileId, root: Index, version: &str) -> Option<Vec<ShapeProblem>> {
        // one that serves nothing is not finished
        let versions = self.versions.as_deref().filter(|versions| versions.iter().any(|version| version.served))?;
        let Some(found) = versions.iter().find(|one| one.served && one.name == version) else {
            return Some(vec![self.not_served(versions, tree, file, root, version)]);
        };
        let (schema, with_rules) = found.schema().as_ref().ok()?;
        let mut problems = check(schema, tree, file, root);
        if problems.is_empty() && *with_rules {
            problems = self.rules(schema, tree, file, root);
        }
        for problem in &mut problems {
            let whole = problem.path.is_empty();
            let last = last_of(tree, if whole { root } else { problem.node.index + u32::from(problem.on_key) });
            problem.by = Some(Defined { file: self.file.clone(), until: NodeId { file, index: last } });
        }
        Some(problems)
    }

    fn rules(&self, schema: &Schema, tree: &Tree<'_>, file: FileId, root: Index) -> Vec<ShapeProblem> {
        let Ok(json) = Decoder::new(tree, file, root).decode::<Json>() else { return Vec::new() };
        let problem = |failed: rules::Failed| {
            let (value, key) = failed.place(tree, root);
            let path = failed.field();
            let (index, on_key) = match key {
                Some(key) if tree.text(value).is_none() => (key, true),
                None if path.is_empty() => (tree.get(root, &["kind"]).unwrap_or(root), false),
                _ => (value, false),
            };
            let place = if path.is_empty() { shortened(&self.kind) } else { format!("`{path}`") };
            ShapeProblem {
                kind: ShapeProblemKind::Rule,
                node: NodeId { file, index },
                on_key,
                message: format!("{place}: {}", failed.message),
                path,
                label: "breaks a rule of its kind".to_owned(),
                suggestion: None,
                by: None,
            }
        };
        rules::judge(schema, json).into_iter().map(problem).collect()
    }

    fn not_served(&self, versions: &[Version], tree: &Tree<'_>, file: FileId, root: Index, version: &str) -> ShapeProblem {
        let served: Vec<String> = versions.iter().filter(|one| one.served).map(|one| format!("`{}`", shortened(&one.name))).collect();
        let index = tree.get(root, &["apiVersion"]).unwrap_or(root);
        let node = NodeId { file, index };
        ShapeProblem {
            kind: ShapeProblemKind::NotServed,
            node,
            on_key: false,
            path: "apiVersion".to_owned(),
            message: format!("version `{}` of {} is not served", shortened(version), shortened(&self.kind)),
            label: format!("served: {}", served.join(", ")),
            suggestion: None,
            by: Some(Defined { file: self.file.clone(), until: node }),
        }
    }
}

impl Version {
    fn schema(&self) -> &Result<(Schema, bool), Fault> {
        self.schema.get_or_init(|| {
            if self.json.is_null() {
                return Err(Fault { path: Vec::new(), message: "is missing".to_owned() });
            }
            let schema = compile(&self.json, self.open)?;
            let with_rules = schema.has_rules();
            Ok((schema, with_rules))
        })
    }
}

/// The last node below one, in the order of the file.
fn last_of(tree: &Tree<'_>, mut index: Index) -> Index {
    while let Some(last) = tree.kids(index).last() {
        index = *last;
    }
    index
}

fn problem_of(fault: &Fault, path: &[String], tree: &Tree<'_>, file: FileId, root: Index) -> ShapeProblem {
    let (mut value, mut key, mut lists) = (tree.target(root), None, Vec::new());
    for (n, step) in path.iter().enumerate() {
        let is_list = matches!(tree.node(value).kind, Kind::Seq { .. });
        let next = if is_list {
            lists.push(n);
            step.parse().ok().and_then(|n: usize| Some((*tree.kids(value).get(n)?, None)))
        } else {
            tree.entry(value, step).map(|(key, value)| (value, Some(key)))
        };
        let Some((below, own)) = next else { break };
        (value, key) = (tree.target(below), own);
    }
    let (index, on_key) = match key {
        Some(key) if tree.text(value).is_none() => (key, true),
        _ => (value, false),
    };
    let path = words_of(path, |n| lists.contains(&n));
    ShapeProblem {
        kind: ShapeProblemKind::WrongType,
        node: NodeId { file, index },
        on_key,
        message: format!("`{path}` {}", fault.message),
        path,
        label: "no structural schema".to_owned(),
        suggestion: None,
        by: None,
    }
}

/// A path in words; `is_item` says which of its steps are positions in lists.
fn words_of(path: &[String], is_item: impl Fn(usize) -> bool) -> String {
    let mut out = String::new();
    for (n, step) in path.iter().enumerate() {
        if is_item(n) {
            out.extend(["[", step, "]"]);
        } else {
            out.extend([if out.is_empty() { "" } else { "." }, &shortened(step)]);
        }
    }
    out
}

/// The kinds that CustomResourceDefinitions define.
#[derive(Debug, Default)]
pub struct Definitions {
    /// By `group/kind`.
    by_kind: FxHashMap<String, Vec<Definition>>,
}

impl Definitions {
    /// Adds one; several may define the same kind.
    pub fn add(&mut self, definition: Definition) {
        self.by_kind.entry(format!("{}/{}", definition.group, definition.kind)).or_default().push(definition);
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.by_kind.is_empty()
    }

    /// Whether a kind is defined.
    pub fn has(&self, group: &str, kind: &str) -> bool {
        !self.is_empty() && self.by_kind.contains_key(&format!("{group}/{kind}"))
    }

    /// The definitions of a kind.
    pub fn of(&self, group: &str, kind: &str) -> &[Definition] {
        self.by_kind.get(&format!("{group}/{kind}")).map(Vec::as_slice).unwrap_or_default()
    }

    /// What is wrong with a document by all definitions that may be the one of its cluster: what one of them allows is right.
    /// None when nothing defines its kind, or when what does says nothing.
    pub fn check(
        &self,
        tree: &Tree<'_>,
        file: FileId,
        root: Index,
        (group, version, kind): (&str, &str, &str),
        clusters: &[u16],
    ) -> Option<Vec<ShapeProblem>> {
        if self.is_empty() {
            return None;
        }
        let may_be =
            |one: &&Definition| one.clusters.is_empty() || clusters.is_empty() || one.clusters.iter().any(|c| clusters.contains(c));
        let mut agreed: Option<Vec<ShapeProblem>> = None;
        for definition in self.of(group, kind).iter().filter(may_be) {
            let found = definition.check(tree, file, root, version)?;
            let same = |a: &ShapeProblem, b: &ShapeProblem| (a.kind, a.node, a.on_key) == (b.kind, b.node, b.on_key);
            agreed = Some(match agreed {
                None => found,
                Some(before) => before.into_iter().filter(|one| found.iter().any(|other| same(one, other))).collect(),
            });
        }
        agreed
    }
}
