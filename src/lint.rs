//! One run of the linter, from paths to findings: what `meshgate lint` prints and sets its exit code by.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::checks::{self, Applicability, Certainty, FileChange, Finding, Fix, FixTarget, Level, Place, Seen, Severity, catalogue};
use crate::config::suppress::{self, RuleState, Suppression};
use crate::config::{Baseline, Changes, Choice, Config, ConfigError, Fields, Key};
use crate::mesh::{Mesh, SettingsFile, Skipped};
use crate::model::load::{self, FileView, Input, LoadedFile, Problem, RereadError, SkippedNamespace, Statistics, Unreadable};
use crate::model::shape::ShapeProblem;
use crate::model::{self, Info, Namespace, Origin, Read, Resource};
use crate::report::{Sources, Summary};
use crate::text::{FileId, LineIndex, Span, World};
use crate::yaml::{self, NodeId, patch};

/// What to lint, and how.
#[derive(Clone, Debug)]
pub struct Request {
    /// Files and folders; `-` is standard input.
    pub paths: Vec<PathBuf>,
    /// Where the settings come from.
    pub config: Choice,
    /// Whether the input is the whole cluster, whatever the settings say.
    pub complete: bool,
    /// The namespace of resources that do not say theirs.
    pub namespace: Option<String>,
    /// Whether to show findings that are only possible.
    pub pedantic: bool,
    /// The least severity to show.
    pub min_severity: Severity,
    /// Findings that are known already.
    pub baseline: Option<Baseline>,
    /// Report only what touches lines that changed since this revision.
    pub since: Option<String>,
}

impl Request {
    /// Lints paths with nothing else said.
    pub fn new(paths: impl IntoIterator<Item = impl Into<PathBuf>>) -> Self {
        Self {
            paths: paths.into_iter().map(Into::into).collect(),
            config: Choice::Find,
            complete: false,
            namespace: None,
            pedantic: false,
            min_severity: Severity::Info,
            baseline: None,
            since: None,
        }
    }
}

/// Why there is nothing to report.
#[derive(Debug)]
pub enum Failure {
    /// The settings are wrong.
    Config(ConfigError),
    /// A file changed between reading it and reporting on it.
    Changed(Arc<str>),
    /// What changed since a revision cannot be told, and why.
    Since(String),
}

/// What came of it.
#[derive(Debug)]
pub struct Linted {
    /// What to show, by file and place; findings that the baseline has are among them, and marked.
    pub findings: Vec<Finding>,
    /// The most severe finding there is, shown or not; those that are `Possible` or in the baseline do not count.
    pub worst: Option<Severity>,
    /// How long each rule took, the longest first.
    pub timings: Vec<(Arc<str>, Duration)>,
    /// What a baseline of this run consists of.
    pub keys: Vec<Key>,
    /// Entries of the baseline that match nothing any more.
    pub stale: Vec<Key>,
    /// The counts.
    pub summary: Summary,
    /// What was read and what was passed over.
    pub statistics: Statistics,
    /// Paths that could not be read.
    pub unreadable: Vec<Unreadable>,
    /// Manifests that do not parse; they count as manifests that were found.
    pub broken: usize,
    /// The texts that findings point into.
    pub texts: Texts,
}

/// The files of a run; those with findings have been read again.
#[derive(Debug, Default)]
pub struct Texts {
    shown: Vec<Arc<str>>,
    contents: FxHashMap<FileId, String>,
    spans: FxHashMap<Place, Span>,
    /// The fields that findings are at.
    paths: FxHashMap<Place, String>,
}

impl Sources for Texts {
    fn path(&self, file: FileId) -> &str {
        self.shown.get(file.0 as usize).map_or("", |shown| shown)
    }

    fn text(&self, file: FileId) -> Option<&str> {
        self.contents.get(&file).map(String::as_str)
    }

    fn span(&self, place: Place) -> Span {
        match place {
            Place::Bytes(_, span) => span,
            _ => self.spans.get(&place).copied().unwrap_or_default(),
        }
    }

    fn field(&self, place: Place) -> Option<&str> {
        self.paths.get(&place).map(String::as_str)
    }

    /// Helm says it in a comment, kustomize in an annotation.
    fn origin(&self, place: Place) -> Option<&str> {
        let text = self.contents.get(&place.file())?;
        let before = text.get(..self.span(place).start as usize)?;
        let start = before.rfind("\n---").map_or(0, |at| at + 1);
        let document = text.get(start..)?;
        let document = document.get(..document.find("\n---").unwrap_or(document.len()))?;
        let helm = document.lines().take(6).find_map(|line| line.strip_prefix("# Source: "));
        let kustomize =
            || document.split_once("config.kubernetes.io/origin:")?.1.lines().take(6).find_map(|line| line.trim().strip_prefix("path: "));
        helm.or_else(kustomize).map(str::trim).filter(|origin| !origin.is_empty())
    }
}

/// Everything read, with each file's resources placed in clusters and namespaces.
struct Loaded {
    files: Vec<LoadedFile>,
    resources: Vec<Resource>,
    shapes: Vec<(ShapeProblem, model::ResourceId)>,
    problems: Vec<Problem>,
    skipped: Vec<Skipped>,
    settings: Vec<SettingsFile>,
    suppressions: Vec<Suppression>,
    statistics: Statistics,
    unreadable: Vec<Unreadable>,
}

/// Lints.
///
/// # Errors
/// What keeps it from saying anything; findings are no error.
pub fn lint(world: &dyn World, request: &Request) -> Result<Linted, Failure> {
    let names = catalogue().names();
    let stdin = request.paths.iter().any(|p| p.as_os_str() == "-");
    let on_disk: Vec<PathBuf> = request.paths.iter().filter(|p| p.as_os_str() != "-").cloned().collect();
    // the configuration is no file of the input: it has a number that none of those has
    let config = request.config.load(world, &on_disk, stdin, FileId(u32::MAX), &names).map_err(Failure::Config)?;
    let Loaded { files, resources, shapes, problems, skipped, settings, suppressions, statistics, unreadable } =
        read(world, request, &config);
    let broken = skipped.iter().filter(|s| s.broken).count();
    let mesh = Mesh::build(resources, config.settings(request.complete), &settings, skipped);
    let path = |file: FileId| files.get(file.0 as usize).map_or(Path::new(""), |f| f.path.as_path());
    let level = |rule: &str, file: FileId| config.severity(rule, path(file));
    let overlaid = |file: FileId| files.get(file.0 as usize).is_some_and(|f| f.context.changed_by_overlay || f.context.changed_by_lister);
    let seen: Vec<Seen<'_>> = problems.iter().map(Seen::Reader).chain(shapes.iter().map(|(p, id)| Seen::Shape(p, id))).collect();
    let outcome = checks::run(&mesh, &seen, &level, &overlaid, &|| world.clock());

    let mut texts = Texts { shown: files.iter().map(|f| f.shown.clone()).collect(), ..Texts::default() };
    let mut findings = outcome.findings;
    texts.read_again(world, &files, &mut findings, &suppressions)?;
    let (mut findings, suppressed) = suppress(findings, &suppressions, &texts, &level, &names);
    if let Some(revision) = &request.since {
        let changes = Changes::since(world, revision).map_err(Failure::Since)?;
        findings.retain(|finding| texts.touched(finding, &changes, &path));
    }
    findings.sort_by(|a, b| {
        let key = |f: &Finding| (f.primary.place.file(), texts.span(f.primary.place), f.rule.clone());
        key(a).cmp(&key(b)).then_with(|| a.message.cmp(&b.message))
    });
    for finding in &mut findings {
        finding.origin = texts.origin(finding.primary.place).map(ToOwned::to_owned);
        finding.notes.extend(finding.origin.iter().map(|origin| format!("rendered from {origin}")));
    }
    let (keys, stale) = compare(&mut findings, request.baseline.as_ref(), &texts);
    let counts = |f: &&Finding| f.certainty > Certainty::Possible && !f.known;
    let worst = findings.iter().filter(counts).map(|f| f.severity).max();
    let (shown, hidden): (Vec<_>, Vec<_>) =
        findings.into_iter().partition(|f| (request.pedantic || f.certainty > Certainty::Possible) && f.severity >= request.min_severity);
    let mut summary = Summary {
        files: with_manifests(mesh.resources()),
        resources: mesh.resources().len(),
        hidden: hidden.len(),
        suppressed,
        baselined: shown.iter().filter(|f| f.known).count(),
        outside_references: mesh.outside_references(),
        hints: hints(&outcome.undecided, &files, stale.len()),
        ..Summary::default()
    };
    summary.count(shown.iter().filter(|f| !f.known));
    Ok(Linted { findings: shown, worst, timings: outcome.timings, keys, stale, summary, statistics, unreadable, broken, texts })
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

/// Reads the input; what is read of a file is placed by what stands around it.
fn read(world: &dyn World, request: &Request, config: &Config) -> Loaded {
    let input = Input::collect(world, &request.paths, None, &|path| config.excluded(path));
    let nowhere = Arc::new(Origin { clusters: Vec::new(), roots: Vec::new(), folder: "".into(), more_beside: false, overlaid: false });
    let modelled = |group: &str, kind: &str| Info::of(group, kind).is_some();
    let per_file =
        |view: &FileView<'_>| if view.context.not_a_resource { Vec::new() } else { suppress::scan(view.text, view.tree, view.file) };
    let loaded = load::load(world, input, &modelled, |view| model::read(view, &nowhere), per_file);
    let clusters = config.settings(false).clusters.len();
    let clusters_of = |file: FileId| -> Vec<u16> {
        let Some(file) = loaded.files.get(file.0 as usize).filter(|_| clusters > 0) else { return Vec::new() };
        config.clusters_of(&file.path).into_iter().filter_map(|c| u16::try_from(c.0).ok()).collect()
    };
    let settings =
        loaded.settings.iter().map(|s| SettingsFile { kind: s.kind, value: s.value.clone(), clusters: clusters_of(s.file) }).collect();
    let mut resources = Vec::with_capacity(loaded.documents.len());
    let mut shapes = Vec::new();
    let mut around: Option<(FileId, Around)> = None;
    for Read { mut resource, problems } in loaded.documents {
        let file = resource.node.file;
        let around = match &around {
            Some((same, around)) if *same == file => around,
            _ => &around.insert((file, Around::of(loaded.files.get(file.0 as usize), clusters_of(file), request, config))).1,
        };
        resource.origin = around.origin.clone();
        match (&resource.id.namespace, &around.kustomized) {
            // kustomize writes its namespace over any other
            (Namespace::Named(_), Some(namespace)) => resource.id.namespace = Namespace::Named(namespace.clone()),
            (Namespace::Unknown(_), _) => resource.id.namespace = around.namespace.clone(),
            (Namespace::Named(_), None) | (Namespace::Cluster, _) => {}
        }
        shapes.extend(problems.into_iter().map(|p| (p, resource.id.clone())));
        resources.push(resource);
    }
    Loaded {
        skipped: loaded.skipped.iter().map(skipped).collect(),
        files: loaded.files,
        resources,
        shapes,
        problems: loaded.problems,
        settings,
        suppressions: loaded.per_file.into_iter().flatten().collect(),
        statistics: loaded.statistics,
        unreadable: loaded.unreadable,
    }
}

/// What the folders around a file, the settings and the command line say about its resources.
struct Around {
    namespace: Namespace,
    /// The `namespace` of the kustomizations that reach the file.
    kustomized: Option<model::Text>,
    origin: Arc<Origin>,
}

impl Around {
    fn of(file: Option<&LoadedFile>, clusters: Vec<u16>, request: &Request, config: &Config) -> Self {
        let context = file.map(|f| &f.context);
        let folder: Arc<str> = file.and_then(|f| f.path.parent()).map_or("".into(), |p| p.to_string_lossy().into());
        let stated = || request.namespace.as_deref().or_else(|| config.namespace_of(&file?.path)).map(Into::into);
        let kustomized = context.and_then(|c| c.namespace.clone());
        let namespace = kustomized.clone().or_else(stated);
        let origin = Origin {
            clusters,
            roots: context.map_or_else(Vec::new, |c| c.roots.iter().map(|r| r.0).collect()),
            folder: folder.clone(),
            more_beside: context.is_some_and(|c| c.more_beside),
            overlaid: context.is_some_and(|c| c.changed_by_overlay || c.changed_by_lister),
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
    let lines: FxHashMap<FileId, LineIndex<'_>> = texts.contents.iter().map(|(file, text)| (*file, LineIndex::new(text))).collect();
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
        checks::of_ignore(suppress::UNUSED_IGNORE, place, unused.why, unused.help, level(suppress::UNUSED_IGNORE, unused.file))
    }));
    kept.extend(applied.unreasoned.into_iter().filter_map(|(file, span, rules)| {
        let rule = suppress::IGNORE_WITHOUT_REASON;
        let message = format!("`ignore[{}]` does not say why", rules.join(", "));
        let help = Some("write the reason behind the name".to_owned());
        checks::of_ignore(rule, Place::Bytes(file, span), message, help, level(rule, file))
    }));
    (kept, suppressed)
}

/// Lines for people: what would make the answers surer.
fn hints(undecided: &std::collections::BTreeMap<&'static str, usize>, files: &[LoadedFile], stale: usize) -> Vec<String> {
    let mut hints: Vec<String> = undecided
        .iter()
        .map(|(setting, count)| {
            let checks = if *count == 1 { "1 more check".to_owned() } else { format!("{count} more checks") };
            format!("set `{setting}` in meshgate.yaml to decide {checks}")
        })
        .collect();
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

impl Texts {
    /// What makes a finding the same one in another run.
    fn key(&self, finding: &Finding) -> Key {
        let place = finding.primary.place;
        Key::of(finding, self.field(place).unwrap_or_default(), self.path(place.file()))
    }

    /// Whether a change touches a place of a finding.
    fn touched<'p>(&self, finding: &Finding, changes: &Changes, path: &dyn Fn(FileId) -> &'p Path) -> bool {
        std::iter::once(&finding.primary).chain(&finding.secondary).any(|label| {
            let file = label.place.file();
            let Some(text) = self.contents.get(&file) else { return true };
            let (from, to) = LineIndex::new(text).range(self.span(label.place));
            changes.touch(path(file), from.line, to.line)
        })
    }

    /// Reads the files again that findings, their fixes or suppressions are in: finds the bytes of places, and writes fixes as
    /// changes of text.
    fn read_again(
        &mut self,
        world: &dyn World,
        files: &[LoadedFile],
        findings: &mut [Finding],
        suppressions: &[Suppression],
    ) -> Result<(), Failure> {
        let mut wanted: FxHashMap<FileId, Wanted> = FxHashMap::default();
        for place in findings.iter().flat_map(places_of) {
            wanted.entry(place.file()).or_default().places.insert(place);
        }
        for suppression in suppressions {
            wanted.entry(suppression.file).or_default();
        }
        for (number, fix) in (0..).zip(findings.iter().flat_map(|finding| &finding.fixes)) {
            for edit in &fix.edits {
                let (file, edit) = in_file(edit);
                let patches = &mut wanted.entry(file).or_default().patches;
                match patches.last_mut().filter(|(last, _)| *last == number) {
                    Some((_, edits)) => edits.push(edit),
                    None => patches.push((number, vec![edit])),
                }
            }
        }
        let again: Vec<_> =
            wanted.into_par_iter().map(|(file, wanted)| Again::read(world, files, file, wanted)).collect::<Result<_, _>>()?;
        let mut all: Vec<&mut Fix> = findings.iter_mut().flat_map(|finding| &mut finding.fixes).collect();
        let mut refused = FxHashSet::default();
        for Again { file, text, found, patched } in again.into_iter().flatten() {
            for (place, span, path) in found {
                self.spans.insert(place, span);
                self.paths.insert(place, path);
            }
            self.contents.insert(file, text);
            for (number, changes) in patched {
                let Some(fix) = all.get_mut(number) else { continue };
                match changes {
                    Ok(changes) => {
                        fix.changes.extend(changes.into_iter().map(|change| FileChange { file: FixTarget::Known(file), change }));
                    }
                    Err(_) => _ = refused.insert(number),
                }
            }
        }
        for (number, fix) in all.into_iter().enumerate().filter(|(_, fix)| !fix.edits.is_empty()) {
            if refused.contains(&number) || fix.changes.is_empty() {
                // what cannot be written without guessing is left to people
                fix.applicability = Applicability::Manual;
                (fix.edits, fix.changes) = (Vec::new(), Vec::new());
            }
            fix.changes.sort_by(|a, b| (&a.file, &a.change).cmp(&(&b.file, &b.change)));
        }
        Ok(())
    }
}

/// What a file is read again for.
#[derive(Default)]
struct Wanted {
    places: FxHashSet<Place>,
    /// The edits of each fix in this file, by the number of the fix among those of all findings.
    patches: Vec<(usize, Vec<patch::Edit>)>,
}

/// A file that was read again.
struct Again {
    file: FileId,
    text: String,
    /// The bytes of each place, and the field in words.
    found: Vec<(Place, Span, String)>,
    /// The changes of each fix.
    patched: Vec<(usize, Result<Vec<patch::Change>, patch::Refusal>)>,
}

impl Again {
    /// None for what could not be read the first time: it has no text to show.
    fn read(world: &dyn World, files: &[LoadedFile], file: FileId, wanted: Wanted) -> Result<Option<Self>, Failure> {
        let Some(loaded) = files.get(file.0 as usize) else { return Ok(None) };
        let text = match load::reread(world, loaded) {
            Ok(text) => text,
            Err(RereadError::Changed) => return Err(Failure::Changed(loaded.shown.clone())),
            Err(RereadError::Io(_)) => return Ok(None),
        };
        let (mut found, mut patched) = (Vec::new(), Vec::new());
        if !wanted.patches.is_empty() || wanted.places.iter().any(|p| !matches!(p, Place::Bytes(..))) {
            let tree = yaml::read(&text);
            let mut fields = Fields::new(&tree, &text);
            found.extend(wanted.places.into_iter().filter_map(|place| {
                let (node, span) = node_of(&tree, place)?;
                Some((place, span, fields.path(node)))
            }));
            patched.extend(wanted.patches.into_iter().map(|(number, edits)| (number, patch::patch(&text, &tree, &edits))));
        }
        Ok(Some(Self { file, text, found, patched }))
    }
}

fn places_of(finding: &Finding) -> impl Iterator<Item = Place> + '_ {
    std::iter::once(&finding.primary).chain(&finding.secondary).map(|label| label.place)
}

/// The file that an edit is in, and what it does there.
fn in_file(edit: &checks::Edit) -> (FileId, patch::Edit) {
    match edit {
        checks::Edit::Change { file, edit } => (*file, edit.clone()),
        checks::Edit::Create { beside, manifest } => {
            (beside.file, patch::Edit::AddDocument { after: beside.index, value: manifest.clone() })
        }
    }
}

fn node_of(tree: &yaml::Tree<'_>, place: Place) -> Option<(yaml::Index, Span)> {
    let node = match place {
        Place::Node(NodeId { index, .. }) => index,
        Place::KeyOf(NodeId { index, .. }) => tree.key_of(index).unwrap_or(index),
        Place::Bytes(..) => return None,
    };
    Some((node, tree.span(node)))
}
