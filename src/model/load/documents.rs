//! The documents of one file: which are manifests, settings, templates or broken.

use super::file::{Role, looks_like_manifest, skipped, templated};
use super::template::{self, SkippedNamespace};
use super::{Document, FileView, Problem, ProblemKind, Settings, SettingsKind, SkipReason, Skipped, Statistics};
use crate::model::{Text, Value};
use crate::text::Span;
use crate::yaml::{At, Decoder, Index, Kind, NodeId, Resolved, ScalarStyle, Tree, resolve};

/// How deep lists of lists are opened.
const MAX_LISTS: u32 = 8;
/// How many problems of one file are told: nobody reads on after that, and a hostile file has millions.
const MAX_PROBLEMS: usize = 100;

/// What was found, but for the manifests themselves.
#[derive(Default)]
pub(super) struct Found {
    pub(super) problems: Vec<Problem>,
    pub(super) skipped: Vec<Skipped>,
    pub(super) settings: Vec<Settings>,
    pub(super) statistics: Statistics,
}

/// The lists around a manifest.
#[derive(Clone, Copy, Default)]
struct List<'v> {
    /// How many there are.
    depth: u32,
    /// `apiVersion` and `kind` of what the innermost holds, when it says so: items of a `ServiceList`, as the API server writes
    /// them, do not say that they are Services.
    items: Option<(&'v str, &'v str)>,
}

/// Goes through the documents of a file.
pub(super) struct Documents<'f, 'v> {
    view: &'f FileView<'v>,
    role: Role,
    modelled: &'f dyn Fn(&str, &str) -> bool,
    /// Whether the text has anything of templates in it.
    suspicious: bool,
    /// The first place of a template in this file.
    template: Option<Span>,
    /// Spans of documents that hold at least one manifest.
    manifests: Vec<Span>,
    found: Found,
}

impl<'f, 'v> Documents<'f, 'v> {
    pub(super) fn new(view: &'f FileView<'v>, role: Role, modelled: &'f dyn Fn(&str, &str) -> bool) -> Self {
        let suspicious = template::suspicious(view.text);
        Self { view, role, modelled, suspicious, template: None, manifests: Vec::new(), found: Found::default() }
    }

    /// Gives every manifest to `emit`.
    pub(super) fn read(&mut self, mut emit: impl FnMut(Document<'v>)) {
        let (tree, text) = (self.view.tree, self.view.text);
        let mut end = 0;
        for (index, document) in tree.documents.iter().enumerate() {
            let start = end;
            end = document.span.end as usize;
            if document.broken {
                // it begins where the one before ended
                self.broken(index, text.get(start..end).unwrap_or_default(), start);
                continue;
            }
            let Some(root) = document.root.filter(|root| !is_nothing(tree, *root)) else {
                continue;
            };
            self.found.statistics.documents += 1;
            let before = self.found.statistics.manifests;
            self.value(root, index, List::default(), &mut emit);
            if self.found.statistics.manifests > before {
                self.manifests.push(document.span);
            }
        }
    }

    /// What was found, problems in the order of their places.
    pub(super) fn finish(mut self) -> Found {
        self.duplicate_keys();
        if let Some(span) = self.template {
            let braces = self.view.text.get(span.start as usize..).is_some_and(|rest| {
                let first = |what: &str| rest.find(what).unwrap_or(usize::MAX);
                first("{{") < first("${")
            });
            self.found.problems.push(templated(self.view.file, span, braces));
        }
        self.found.problems.sort_by_key(|problem| problem.span);
        self.found
    }

    fn note_template(&mut self, span: Span) {
        self.found.statistics.templated += 1;
        self.template.get_or_insert(span);
    }

    /// One document, or one item of a list.
    fn value(&mut self, root: Index, index: usize, list: List<'v>, emit: &mut impl FnMut(Document<'v>)) {
        let tree = self.view.tree;
        let root = tree.target(root);
        let depth = list.depth;
        if matches!(self.role, Role::NotResource | Role::Kustomization) {
            return self.other(root, depth);
        }
        let says = |key: &str| self.field(root, key).is_some();
        let of_list = list.items.filter(|_| says("metadata") && !says("apiVersion") && !says("kind"));
        let Some((api_version, kind)) = self.text(root, "apiVersion").zip(self.text(root, "kind")).or(of_list) else {
            let braces = if self.suspicious { template::place(tree, self.view.text, root, false) } else { None };
            // `{{ include … }}` as a whole, or `kind: {{ … }}`
            let manifest = || self.field(root, "apiVersion").is_some() && self.field(root, "kind").is_some();
            if let Some(span) = braces.filter(|span| *span == tree.span(root) || manifest()) {
                self.note_template(span);
                self.found.skipped.push(self.facts(root));
                return;
            }
            return self.other(root, depth);
        };
        if kind.ends_with("List")
            && depth < MAX_LISTS
            && let Some(items) = self.field(root, "items").map(|items| tree.target(items))
            && matches!(tree.node(items).kind, Kind::Seq { .. })
        {
            let items_are = kind.strip_suffix("List").filter(|kind| !kind.is_empty()).map(|kind| (api_version, kind));
            for item in tree.kids(items) {
                self.value(*item, index, List { depth: depth + 1, items: items_are }, emit);
            }
            return;
        }
        if let Some(span) = self.second_manifest(root) {
            return self.unparted(root, span);
        }
        let document = Document { root, api_version, kind, index, in_list: depth > 0 };
        if self.suspicious {
            let modelled = (self.modelled)(document.group(), kind);
            if let Some(span) = template::place(tree, self.view.text, root, modelled) {
                self.note_template(span);
                self.found.skipped.push(self.facts(root));
                return;
            }
        }
        self.found.statistics.manifests += 1;
        emit(document);
    }

    /// Where a second manifest starts in the same mapping: both `apiVersion` and `kind` stand there again.
    fn second_manifest(&self, root: Index) -> Option<Span> {
        let tree = self.view.tree;
        let again = |key: &str| {
            let found = tree.duplicate_keys.iter().find(|(_, later)| tree.node(*later).parent == root && tree.text(*later) == Some(key));
            found.map(|(_, later)| tree.span(*later))
        };
        Some(again("apiVersion")?.min(again("kind")?))
    }

    /// Two manifests without a `---` between them: one thing is wrong, not every key that stands twice.
    fn unparted(&mut self, root: Index, span: Span) {
        self.found.problems.push(Problem {
            kind: ProblemKind::Syntax,
            file: self.view.file,
            span,
            other: None,
            message: "a second manifest starts here without `---` before it".to_owned(),
            hint: Some("put `---` on a line of its own before it".to_owned()),
        });
        self.found.skipped.push(Skipped { reason: SkipReason::Broken, ..self.facts(root) });
    }

    /// A document that is no manifest; some are settings.
    fn other(&mut self, root: Index, depth: u32) {
        let tree = self.view.tree;
        self.found.statistics.other += 1;
        if depth > 0 || !matches!(tree.node(root).kind, Kind::Map { .. }) {
            return;
        }
        let kind = match self.role {
            Role::Chart => SettingsKind::Chart,
            Role::Values => SettingsKind::Values,
            Role::Helmfile => SettingsKind::Helmfile,
            Role::Kustomization => {
                let says = |key: &str| tree.entry(root, key).is_some();
                let applies_api = || {
                    let resources = tree.get(root, &["resources"]).map_or(&[][..], |list| tree.kids(tree.target(list)));
                    resources.iter().filter_map(|item| tree.text(*item)).any(|url| url.contains("gateway-api"))
                };
                if !says("helmCharts") && !says("images") && !says("helmChartInflationGenerator") && !applies_api() {
                    return;
                }
                SettingsKind::Kustomization
            }
            Role::Manifests | Role::NotResource | Role::ChartTemplate => return,
        };
        if let Ok(value) = Decoder::new(tree, self.view.file, root).decode::<At<Value>>() {
            self.found.settings.push(Settings { file: self.view.file, kind, value });
        }
    }

    /// A document that does not parse.
    fn broken(&mut self, index: usize, document: &str, start: usize) {
        let (file, tree) = (self.view.file, self.view.tree);
        self.found.statistics.documents += 1;
        let body = document.trim_start_matches('\u{feff}').trim_start_matches(['-', '\r', '\n', ' ', '\t']);
        let json = body.starts_with('{') && !body.starts_with("{{");
        let manifest = if json {
            document.contains("\"apiVersion\"") && document.contains("\"kind\"")
        } else {
            looks_like_manifest(document.as_bytes())
        };
        let meant = manifest && matches!(self.role, Role::Manifests | Role::Chart | Role::Values | Role::Helmfile | Role::ChartTemplate);
        if !meant {
            self.found.statistics.broken_other += 1;
            return;
        }
        let braces = if json { None } else { template::first_braces(document, start) };
        if let Some(span) = braces {
            self.note_template(span);
            self.found.skipped.push(skipped(file, SkipReason::Templated, document));
            return;
        }
        self.found.skipped.push(skipped(file, SkipReason::Broken, document));
        let from = tree.errors.partition_point(|error| error.document < index);
        let errors = tree.errors.get(from..).unwrap_or_default().iter().take_while(|error| error.document == index);
        for error in errors.take(MAX_PROBLEMS.saturating_sub(self.found.problems.len())) {
            self.found.problems.push(Problem {
                kind: ProblemKind::Syntax,
                file,
                span: Span::at(error.at),
                other: None,
                message: error.message.clone(),
                hint: error.hint.map(str::to_owned),
            });
        }
    }

    /// Keys that stand twice in manifests.
    fn duplicate_keys(&mut self) {
        let (tree, file) = (self.view.tree, self.view.file);
        for (first, later) in &tree.duplicate_keys {
            let (earlier, span) = (tree.span(*first), tree.span(*later));
            let after = self.manifests.partition_point(|document| document.start <= span.start);
            let inside = after.checked_sub(1).and_then(|n| self.manifests.get(n)).is_some_and(|document| span.start < document.end);
            if self.found.problems.len() >= MAX_PROBLEMS {
                break;
            }
            if !inside {
                continue;
            }
            let node = |index: Index| NodeId { file, index };
            let value = value_of(tree, *later);
            let equal = value.filter(|b| value_of(tree, *first).is_some_and(|a| same(tree, a, *b)));
            let key = crate::text::one_line(tree.text(*later).unwrap_or_default()).into_owned();
            self.found.problems.push(Problem {
                kind: ProblemKind::DuplicateKey { first: node(*first), later: node(*later), equal },
                file,
                span,
                other: Some(earlier),
                message: format!("the key `{key}` stands twice in this mapping"),
                hint: Some(if equal.is_some() { "remove one of them" } else { "keep the one that is meant" }.to_owned()),
            });
        }
    }

    /// The value of a key of a mapping, merge keys applied.
    fn field(&self, map: Index, key: &str) -> Option<Index> {
        let tree = self.view.tree;
        let entries = tree.kids(map).as_chunks::<2>().0;
        if !matches!(tree.node(map).kind, Kind::Map { .. }) {
            return None;
        }
        // of equal keys the last one counts
        let own = entries.iter().rfind(|[k, _]| tree.text(*k) == Some(key)).map(|[_, v]| *v);
        if own.is_some() || !entries.iter().any(|[k, _]| tree.text(*k) == Some("<<")) {
            return own;
        }
        let merged = Decoder::new(tree, self.view.file, map).entries().ok()?;
        merged.iter().find(|[k, _]| tree.text(*k) == Some(key)).map(|[_, v]| *v)
    }

    /// The text of a key of a mapping: not a number, boolean or null, and not empty.
    fn text(&self, map: Index, key: &str) -> Option<&'v str> {
        let tree = self.view.tree;
        match &tree.node(tree.target(self.field(map, key)?)).kind {
            scalar @ Kind::Scalar { text, .. } if !text.is_empty() && is_text(scalar) => Some(text),
            _ => None,
        }
    }

    /// What a template that parses says in plain words.
    fn facts(&self, root: Index) -> Skipped {
        let plain = |text: &str| (!template::is_template(text)).then(|| Text::from(text));
        let metadata = self.field(root, "metadata").map(|metadata| self.view.tree.target(metadata));
        let namespace = match metadata {
            Some(metadata) if matches!(self.view.tree.node(metadata).kind, Kind::Map { .. }) => match self.field(metadata, "namespace") {
                Some(_) => {
                    let text = self.text(metadata, "namespace").and_then(plain);
                    text.map_or(SkippedNamespace::Unknown, SkippedNamespace::Named)
                }
                None => SkippedNamespace::LeftOut,
            },
            _ => SkippedNamespace::Unknown,
        };
        Skipped {
            file: self.view.file,
            reason: SkipReason::Templated,
            api_version: self.text(root, "apiVersion").and_then(plain),
            kind: self.text(root, "kind").and_then(plain),
            name: metadata.and_then(|metadata| self.text(metadata, "name")).and_then(plain),
            namespace,
        }
    }
}

/// A document with nothing but comments reads as an empty scalar.
fn is_nothing(tree: &Tree<'_>, root: Index) -> bool {
    matches!(&tree.node(root).kind, Kind::Scalar { text, style: ScalarStyle::Plain, .. } if text.is_empty())
}

/// The value behind a key node. Children stand in the order in which they were read, so a mapping of a million equal keys takes no
/// longer than others.
fn value_of(tree: &Tree<'_>, key: Index) -> Option<Index> {
    let kids = tree.kids(tree.node(key).parent);
    kids.get(kids.binary_search(&key).ok()? + 1).copied()
}

/// Whether two nodes say the same. Depth and size are bounded by the reader.
fn same(tree: &Tree<'_>, a: Index, b: Index) -> bool {
    let (a, b) = (tree.target(a), tree.target(b));
    match (&tree.node(a).kind, &tree.node(b).kind) {
        (left @ Kind::Scalar { text, .. }, right @ Kind::Scalar { text: other, .. }) => text == other && is_text(left) == is_text(right),
        (Kind::Seq { .. }, Kind::Seq { .. }) | (Kind::Map { .. }, Kind::Map { .. }) => {
            let (a, b) = (tree.kids(a), tree.kids(b));
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(tree, *a, *b))
        }
        _ => false,
    }
}

/// Whether a scalar is text, and not a number, a boolean or null.
fn is_text(scalar: &Kind<'_>) -> bool {
    match scalar {
        Kind::Scalar { text, style: ScalarStyle::Plain, str_tag: false } => matches!(resolve(text), Resolved::Str(_)),
        _ => true,
    }
}
