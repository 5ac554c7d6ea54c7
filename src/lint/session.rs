//! A run that can go on: the input stays, and files that were changed are read again.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::defining;
use super::placing::Placing;
use super::{Failure, Linted, Request, Texts};
use crate::checks::{self, Certainty, CustomHit, Edit, Finding, Level, Own, Place, Seen, Severity, catalogue};
use crate::config::suppress::{self, RuleState, Suppression};
use crate::config::{Baseline, Changes, Config, Key};
use crate::mesh::{Mesh, SettingsFile, Skipped};
use crate::model::load::{self, DocumentView, FileView, Input, LoadedFile, SkippedNamespace, Statistics, Unreadable};
use crate::model::shape::{Definitions, ShapeProblem};
use crate::model::{self, Info, Namespace, Origin, Read, Resource, Spec};
use crate::report::{Sources, Summary};
use crate::text::{FileId, LineIndex, World};
use crate::yaml::{NodeId, patch};

/// A document, read, with what rules of the user's own say of it.
pub(super) struct Judged {
    read: Read,
    hits: Vec<CustomHit>,
}

/// The input of a run and its settings. Files that were changed are read again, all others stay as they were read.
pub struct Session<'w> {
    world: &'w dyn World,
    request: &'w Request,
    config: Config,
    /// What was read; documents and suppressions have been taken out of it.
    loaded: load::Loaded<Judged, PerFile>,
    resources: Vec<Resource>,
    shapes: Vec<(ShapeProblem, model::ResourceId)>,
    /// What rules of the user's own are not content with.
    hits: Vec<(CustomHit, model::ResourceId)>,
    suppressions: Vec<Suppression>,
    lines: NodeLines,
    /// Kinds that files define which the user named for it.
    given: Definitions,
    /// Kinds that CustomResourceDefinitions of the input define; only those that it has resources of.
    defined: Definitions,
    /// What is wrong with these definitions.
    faults: Vec<(ShapeProblem, model::ResourceId)>,
}

/// What is taken out of a file while it is open.
struct PerFile {
    suppressions: Vec<Suppression>,
    /// The line of each node, from 1, where that was asked for.
    lines: Option<(FileId, Box<[u32]>)>,
}

/// The lines of the nodes of files.
#[derive(Debug, Default)]
pub struct NodeLines(FxHashMap<FileId, Box<[u32]>>);

impl NodeLines {
    /// The line that a node begins on, from 1; none when lines were not asked for.
    pub fn line(&self, node: NodeId) -> Option<u32> {
        self.0.get(&node.file)?.get(node.index as usize).copied()
    }
}

impl<'w> Session<'w> {
    /// Reads the settings and the input.
    ///
    /// # Errors
    /// When the settings are wrong.
    pub fn open(world: &'w dyn World, request: &'w Request) -> Result<Self, Failure> {
        let names = catalogue().names();
        let stdin = request.paths.iter().any(|p| p.as_os_str() == "-");
        let on_disk: Vec<PathBuf> = request.paths.iter().filter(|p| p.as_os_str() != "-").cloned().collect();
        // the configuration is no file of the input: it has a number that none of those has
        let config = request.config.load(world, &on_disk, stdin, FileId(u32::MAX), &names).map_err(Failure::Config)?;
        let input = Input::collect(world, &request.paths, request.stdin_filename.as_deref(), &|path| config.excluded(path));
        let (given, unread) = defining::given(world, request.crds.iter().chain(&config.own.crds));
        let defined = Definitions::default();
        let known = Known { request, config: &config, given: &given, defined: &defined };
        let mut loaded = load::load(world, input, &modelled, |view| per_document(view, known), |view| per_file(view, request.lines));
        loaded.unreadable.extend(unread);
        let (resources, shapes, hits, suppressions) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let (lines, faults) = (NodeLines::default(), Vec::new());
        let mut session = Self { world, request, config, loaded, resources, shapes, hits, suppressions, lines, given, defined, faults };
        session.resources = session.take();
        session.define()?;
        Ok(session)
    }

    /// Reads files again that are others by now, and files that are new (absolute paths).
    ///
    /// # Errors
    /// When a file that is none of them is another one by now.
    pub fn reload(&mut self, paths: &[PathBuf]) -> Result<(), Failure> {
        let was_defining = |session: &Self, changed: &[FileId]| {
            let defines = |resource: &Resource| matches!(resource.spec, Spec::CustomResourceDefinition(_));
            session.resources.iter().any(|resource| defines(resource) && changed.binary_search(&resource.node.file).is_ok())
        };
        let Self { world, request, config, given, defined, loaded, .. } = self;
        let known = Known { request, config, given, defined };
        let changed =
            load::reload(*world, loaded, paths, &modelled, |view| per_document(view, known), |view| per_file(view, known.request.lines));
        let defining = was_defining(self, &changed);
        self.forget(&changed);
        self.suppressions.retain(|suppression| changed.binary_search(&suppression.file).is_err());
        let again = self.take();
        self.add(again);
        self.suppressions.sort_by_key(|suppression| suppression.file);
        if defining || was_defining(self, &changed) {
            self.define()?;
        }
        Ok(())
    }

    /// Finds what the input defines, and judges resources of these kinds by it.
    fn define(&mut self) -> Result<(), Failure> {
        let found = defining::found(self.world, &self.loaded.files, &self.resources, &self.given)?;
        (self.defined, self.faults) = (found.definitions, found.faults);
        if found.users.is_empty() {
            return Ok(());
        }
        let Self { world, request, config, given, defined, loaded, .. } = &*self;
        let known = Known { request, config, given, defined };
        let judged = load::again(*world, loaded, &found.users, &modelled, |view| per_document(view, known)).map_err(Failure::Changed)?;
        self.forget(&found.users);
        let again = self.settle(judged);
        self.add(again);
        Ok(())
    }

    /// Forgets the resources of some files (sorted), and what is wrong with them.
    fn forget(&mut self, files: &[FileId]) {
        let gone = |file: FileId| files.binary_search(&file).is_ok();
        self.resources.retain(|resource| !gone(resource.node.file));
        self.shapes.retain(|(problem, _)| !gone(problem.node.file));
        self.hits.retain(|(hit, _)| !gone(hit.file()));
    }

    fn add(&mut self, resources: Vec<Resource>) {
        self.resources.extend(resources);
        self.resources.sort_by_key(|resource| resource.node.file);
        self.shapes.sort_by_key(|(problem, _)| problem.node.file);
    }

    /// Takes apart what was read of files.
    fn take(&mut self) -> Vec<Resource> {
        for file in std::mem::take(&mut self.loaded.per_file) {
            self.suppressions.extend(file.suppressions);
            self.lines.0.extend(file.lines);
        }
        let documents = std::mem::take(&mut self.loaded.documents);
        self.settle(documents)
    }

    fn settle(&mut self, documents: Vec<Judged>) -> Vec<Resource> {
        let resource = |Judged { read: Read { resource, problems }, hits }: Judged| {
            self.hits.extend(hits.into_iter().map(|hit| (hit, resource.id.clone())));
            self.shapes.extend(problems.into_iter().map(|problem| (problem, resource.id.clone())));
            resource
        };
        documents.into_iter().map(resource).collect()
    }

    /// Builds the mesh and runs all rules. `known` are the texts of an earlier check: what has not changed is not read again.
    ///
    /// # Errors
    /// When a file changed behind our back, or git cannot tell what changed.
    pub fn check(&mut self, known: Texts) -> Result<Linted, Failure> {
        self.check_beside(known, |_, _, _| (Vec::new(), ())).map(|(linted, ())| linted)
    }

    /// As [`Session::check`], with somebody else's look at the mesh (at the files, by their ids, and at the lines of their nodes), whose findings count
    /// like those of rules. They look while the rules do.
    ///
    /// # Errors
    /// As for [`Session::check`].
    pub fn check_beside<T: Send>(
        &mut self,
        known: Texts,
        look: impl FnOnce(&Mesh, &[LoadedFile], &NodeLines) -> (Vec<Finding>, T) + Send,
    ) -> Result<(Linted, T), Failure> {
        let mesh = self.mesh();
        let this = &*self;
        let (mut outcome, (findings, seen)) = rayon::join(|| this.rules(&mesh), || look(&mesh, &this.loaded.files, &this.lines));
        outcome.findings.extend(findings);
        let linted = self.judge(&mesh, known, outcome);
        self.resources = mesh.into_resources();
        Ok((linted?, seen))
    }

    /// Builds the mesh, for those who ask it themselves; the resources go with it.
    pub fn mesh(&mut self) -> Mesh {
        let setting = |s: &load::Settings| SettingsFile {
            kind: s.kind,
            value: s.value.clone(),
            clusters: clusters_of(&self.config, self.path(s.file)),
        };
        let settings: Vec<SettingsFile> = self.loaded.settings.iter().map(setting).collect();
        let skipped = self.loaded.skipped.iter().map(skipped).collect();
        Mesh::build(std::mem::take(&mut self.resources), self.config.settings(self.request.complete), &settings, skipped)
    }

    /// Ends the session with the mesh of what was read.
    pub fn into_mesh(mut self) -> Mesh {
        self.mesh()
    }

    /// What all rules say.
    fn rules(&self, mesh: &Mesh) -> checks::Outcome {
        let Self { world, config, loaded, shapes, hits, faults, .. } = self;
        let level = |rule: &str, file: FileId| config.severity(rule, self.path(file));
        let overlaid = |file: FileId| loaded.file(file).is_some_and(|f| f.context.changed_by_overlay || f.context.changed_by_lister);
        let shapes = shapes.iter().chain(faults).map(|(p, id)| Seen::Shape(p, id));
        let seen: Vec<Seen<'_>> = loaded.problems.iter().map(Seen::Reader).chain(shapes).collect();
        checks::run(mesh, &seen, Own { issues: &config.own.issues, rules: &config.own.rules, hits }, &level, &overlaid, &|| world.clock())
    }

    /// The path of a file; empty when it is none of the run's.
    fn path(&self, file: FileId) -> &Path {
        self.loaded.file(file).map_or(Path::new(""), |f| f.path.as_path())
    }

    fn judge(&self, mesh: &Mesh, known: Texts, outcome: checks::Outcome) -> Result<Linted, Failure> {
        let Self { world, request, config, loaded, suppressions, .. } = self;
        let files = &loaded.files;
        let names: Vec<&str> = catalogue().names().into_iter().chain(config.own.names()).collect();
        let path = |file: FileId| self.path(file);
        let level = |rule: &str, file: FileId| config.severity(rule, path(file));
        let mut findings = outcome.findings;
        if findings.iter().flat_map(|f| &f.fixes).flat_map(|fix| &fix.edits).any(|edit| matches!(edit, Edit::Create { .. })) {
            Placing::new(*world, files, &loaded.kustomizations, mesh.resources()).settle(&mut findings);
        }
        let texts = Texts::of(*world, files, &mut findings, suppressions, known)?;
        lower_patched(&mut findings, files, mesh.resources(), &texts);
        let (mut findings, suppressed) = suppress(findings, suppressions, &texts, &level, &names);
        texts.write_late(&mut findings);
        if let Some(revision) = &request.since {
            let changes = Changes::since(*world, revision).map_err(Failure::Since)?;
            findings.retain(|finding| texts.touched(finding, &changes, &path));
        }
        findings.sort_by(|a, b| {
            let key = |f: &Finding| (path(f.primary.place.file()).as_os_str(), texts.span(f.primary.place), f.rule.clone());
            key(a).cmp(&key(b)).then_with(|| a.message.cmp(&b.message))
        });
        for finding in &mut findings {
            finding.origin = texts.origin(finding.primary.place).map(ToOwned::to_owned);
            finding.notes.extend(finding.origin.iter().map(|origin| format!("rendered from {origin}")));
        }
        let (keys, stale) = compare(&mut findings, request.baseline.as_ref(), &texts);
        let counts = |f: &&Finding| f.certainty > Certainty::Possible && !f.known;
        let worst = findings.iter().filter(counts).map(|f| f.severity).max();
        let is_shown = |f: &Finding| (request.pedantic || f.certainty > Certainty::Possible) && f.severity >= request.min_severity;
        let (shown, hidden): (Vec<_>, Vec<_>) = findings.into_iter().partition(is_shown);
        let mut summary = Summary {
            files: with_manifests(mesh.resources()),
            resources: mesh.resources().len(),
            hidden: hidden.len(),
            suppressed,
            baselined: shown.iter().filter(|f| f.known).count(),
            outside_references: mesh.outside_references(),
            hints: hints(&outcome.undecided, files, stale.len(), defining::faults(&self.given, mesh.resources())),
            ..Summary::default()
        };
        summary.count(shown.iter().filter(|f| !f.known));
        let (timings, statistics) = (outcome.timings, loaded.statistics);
        let broken = loaded.skipped.iter().filter(|skipped| skipped.reason == load::SkipReason::Broken).count();
        Ok(Linted { findings: shown, worst, timings, keys, stale, summary, statistics, unreadable: Vec::new(), broken, texts })
    }

    /// The texts of the files that places are in.
    ///
    /// # Errors
    /// When a file changed behind our back.
    pub fn texts(&self, places: impl IntoIterator<Item = Place>) -> Result<Texts, Failure> {
        Texts::at(self.world, &self.loaded.files, places)
    }

    /// What was read and what was passed over.
    pub fn statistics(&self) -> Statistics {
        self.loaded.statistics
    }

    /// How many manifests do not parse, or do not fit their kind.
    pub fn broken(&self) -> usize {
        let unparsed = self.loaded.skipped.iter().filter(|skipped| skipped.reason == load::SkipReason::Broken).count();
        unparsed + self.resources.iter().filter(|resource| resource.is_broken()).count()
    }

    /// Paths that could not be read.
    pub fn unreadable(&self) -> &[Unreadable] {
        &self.loaded.unreadable
    }

    /// The files of the run, by their ids.
    pub fn files(&self) -> &[LoadedFile] {
        &self.loaded.files
    }

    /// Ends the session: paths that could not be read.
    pub fn into_unreadable(self) -> Vec<Unreadable> {
        let Self { loaded, resources, .. } = self;
        // thousands of resources take a while to be taken apart, and nobody has to wait for it
        rayon::spawn(|| resources.into_par_iter().for_each(drop));
        unreadable(loaded)
    }
}

/// Of the kinds whose fields we know.
fn modelled(group: &str, kind: &str) -> bool {
    Info::of(group, kind).is_some_and(|info| !info.kind.holds_templates())
}

/// What is known before a document is read.
#[derive(Clone, Copy)]
struct Known<'k> {
    request: &'k Request,
    config: &'k Config,
    given: &'k Definitions,
    defined: &'k Definitions,
}

/// Reads a document and puts it into its clusters and its namespace.
fn per_document(view: &DocumentView<'_>, known: Known<'_>) -> Judged {
    let Known { request, config, given, defined } = known;
    let Around { namespace, kustomized, origin } = Around::of(&view.file, request, config);
    // what a person names comes first
    let definitions = if given.has(view.document.group(), view.document.kind) { given } else { defined };
    let mut read = model::read(view, origin, definitions);
    let own = &mut read.resource.id.namespace;
    match (&*own, kustomized) {
        // kustomize writes its namespace over any other
        (Namespace::Named(_), Some(namespace)) => *own = Namespace::Named(namespace),
        (Namespace::Unknown(_), _) => *own = namespace,
        (Namespace::Named(_), None) | (Namespace::Cluster, _) => {}
    }
    let (file, document) = (view.file, view.document);
    let hits = config.own.rules.judge(file.tree, file.file, document.root, (document.group(), document.kind));
    Judged { read, hits }
}

fn clusters_of(config: &Config, path: &Path) -> Vec<u16> {
    config.clusters_of(path).into_iter().filter_map(|c| u16::try_from(c.0).ok()).collect()
}

fn per_file(view: &FileView<'_>, lines: bool) -> PerFile {
    let suppressions = if view.context.not_a_resource { Vec::new() } else { suppress::scan(view.text, view.tree, view.file) };
    PerFile { suppressions, lines: lines.then(|| (view.file, lines_of(view))) }
}

/// The line of each node, from 1.
fn lines_of(view: &FileView<'_>) -> Box<[u32]> {
    let breaks: Vec<usize> = memchr::memchr_iter(b'\n', view.text.as_bytes()).collect();
    let mut line = 0;
    let starts = view.tree.nodes.iter().map(|node| node.span.start as usize);
    let mut of = |start: usize| {
        // nodes follow each other as their texts do, but for a few
        let ahead = breaks.get(line..).unwrap_or_default();
        if line > 0 && breaks.get(line - 1).is_some_and(|before| *before >= start) {
            line = breaks.partition_point(|at| *at < start);
        } else {
            line += ahead.iter().take_while(|at| **at < start).count();
        }
        u32::try_from(line + 1).unwrap_or(u32::MAX)
    };
    starts.map(&mut of).collect()
}

fn unreadable<D, F>(loaded: load::Loaded<D, F>) -> Vec<Unreadable> {
    loaded.unreadable
}

/// How many files hold resources; those of one file follow each other.
fn with_manifests(resources: &[Resource]) -> usize {
    resources.chunk_by(|a, b| a.node.file == b.node.file).count()
}

/// Marks what the baseline has. What is only possible is in no baseline: nobody has seen it.
fn compare(findings: &mut [Finding], baseline: Option<&Baseline>, texts: &Texts) -> (Vec<Key>, Vec<Key>) {
    let mut seen: Vec<&mut Finding> = findings.iter_mut().filter(|f| f.certainty > Certainty::Possible).collect();
    let keys: Vec<Key> = seen.iter().map(|f| texts.key(f)).collect();
    let Some(baseline) = baseline else { return (keys, Vec::new()) };
    let compared = baseline.compare(&keys);
    for (finding, known) in seen.iter_mut().zip(compared.known) {
        finding.known = known;
    }
    (keys, compared.stale)
}

/// What the folders around a file, the settings and the command line say about its resources.
struct Around {
    namespace: Namespace,
    /// The `namespace` of the kustomizations that reach the file.
    kustomized: Option<model::Text>,
    origin: Arc<Origin>,
}

impl Around {
    fn of(file: &FileView<'_>, request: &Request, config: &Config) -> Self {
        let context = file.context;
        let folder: Arc<str> = file.path.parent().map_or("".into(), |p| p.to_string_lossy().into());
        let stated = || request.namespace.as_deref().or_else(|| config.namespace_of(file.path)).map(Into::into);
        let kustomized = context.namespace.clone();
        let namespace = kustomized.clone().or_else(stated);
        let origin = Origin {
            clusters: clusters_of(config, file.path),
            roots: context.roots.iter().map(|r| r.0).collect(),
            folder: folder.clone(),
            more_beside: context.more_beside,
            renamed: context.renamed,
            overlaid: context.changed_by_overlay || context.changed_by_lister,
        };
        Self { kustomized, namespace: namespace.map_or(Namespace::Unknown(folder.into()), Namespace::Named), origin: Arc::new(origin) }
    }
}

fn skipped(document: &load::Skipped) -> Skipped {
    let namespace = match &document.namespace {
        SkippedNamespace::Named(namespace) => Some(namespace.clone()),
        SkippedNamespace::LeftOut | SkippedNamespace::Unknown => None,
    };
    Skipped { kind: document.kind.clone(), name: document.name.clone(), namespace, broken: document.reason == load::SkipReason::Broken }
}

/// What patches change is not concluded from: of a field that an overlay replaces, anything is possible.
fn lower_patched(findings: &mut [Finding], files: &[LoadedFile], resources: &[Resource], texts: &Texts) {
    if files.iter().all(|file| file.context.touched.is_empty()) {
        return;
    }
    let roots: BTreeMap<NodeId, &Resource> = resources.iter().map(|resource| (resource.node, resource)).collect();
    let is_patched = |place: Place| {
        let (Place::Node(node) | Place::KeyOf(node)) = place else { return false };
        let Some(file) = files.get(node.file.0 as usize).filter(|file| !file.context.touched.is_empty()) else { return false };
        let Some((_, Resource { id, .. })) = roots.range(..=node).next_back().filter(|(root, _)| root.file == node.file) else {
            return false;
        };
        let field = texts.field(place).unwrap_or_default();
        file.context.touched.iter().flat_map(|touches| &**touches).any(|touch| touch.changes(&id.kind, &id.name, field))
    };
    for finding in findings {
        let mut places = std::iter::once(&finding.primary).chain(&finding.secondary).map(|label| label.place);
        if places.any(is_patched) {
            (finding.certainty, finding.severity) = (Certainty::Possible, Severity::Info);
        }
    }
}

/// Takes out what people have decided to live with, and reports what they need not.
fn suppress(
    findings: Vec<Finding>,
    suppressions: &[Suppression],
    texts: &Texts,
    level: &dyn Fn(&str, FileId) -> Option<Level>,
    names: &[&str],
) -> (Vec<Finding>, usize) {
    if suppressions.is_empty() {
        return (findings, 0);
    }
    let lines: FxHashMap<FileId, LineIndex<'_>> = texts.iter().map(|(file, text)| (file, LineIndex::new(text))).collect();
    let locate = |place: Place| {
        let span = texts.span(place);
        (span, lines.get(&place.file()).map_or(1, |l| l.position(span.start).line))
    };
    let state = |rule: &str, file: FileId| match level(rule, file) {
        Some(Level::Off) => RuleState::Off,
        _ if names.contains(&rule) => RuleState::On,
        _ => RuleState::Unknown,
    };
    let applied = suppress::apply(findings, suppressions, &locate, &state, names);
    let suppressed = applied.suppressed.iter().filter(|f| f.certainty > Certainty::Possible).count();
    let mut kept = applied.kept;
    kept.extend(applied.unused.into_iter().filter_map(|unused| {
        let place = Place::Bytes(unused.file, unused.span);
        let fix = unused.comment.and_then(|(comment, gone)| {
            let content = suppress::without(comment.of(texts.text(unused.file)?), &gone);
            let title = if content.is_some() { "take the name out" } else { "remove the comment" };
            Some((title, patch::Edit::Comment { comment, content }))
        });
        checks::of_ignore(suppress::UNUSED_IGNORE, place, unused.why, unused.help, fix, level(suppress::UNUSED_IGNORE, unused.file))
    }));
    kept.extend(applied.unreasoned.into_iter().filter_map(|(file, span, rules)| {
        let rule = suppress::IGNORE_WITHOUT_REASON;
        let message = format!("`ignore[{}]` does not say why", rules.join(", "));
        let help = Some("write the reason behind the name".to_owned());
        checks::of_ignore(rule, Place::Bytes(file, span), message, help, None, level(rule, file))
    }));
    (kept, suppressed)
}

/// Lines for people: what would make the answers surer.
fn hints(
    undecided: &std::collections::BTreeMap<&'static str, usize>,
    files: &[LoadedFile],
    stale: usize,
    faults: Vec<String>,
) -> Vec<String> {
    let mut hints: Vec<String> = undecided
        .iter()
        .map(|(setting, count)| {
            let checks = if *count == 1 { "1 more check".to_owned() } else { format!("{count} more checks") };
            format!("set `{setting}` in meshgate.yaml to decide {checks}")
        })
        .collect();
    hints.extend(faults.into_iter().map(|fault| format!("nothing is checked by a definition that is wrong: {fault}")));
    if files.iter().any(|f| f.context.changed_by_overlay) {
        hints.push("overlays change some of these files; what they build is checked by `kustomize build DIR | meshgate lint -`".to_owned());
    }
    if stale > 0 {
        let entries =
            if stale == 1 { "1 entry of the baseline matches".to_owned() } else { format!("{stale} entries of the baseline match") };
        hints.push(format!("{entries} nothing any more; --prune-baseline drops what is gone"));
    }
    hints
}
