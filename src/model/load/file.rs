//! One file: bytes to documents.

use std::io;
use std::path::Path;

use super::documents::Documents;
use super::{
    Document, DocumentView, FileContext, FileView, InputFile, LoadedFile, MAX_FILE, MAX_STDIN, Problem, ProblemKind, Run, Settings,
    SkipReason, Skipped, Source, Statistics, hash, into_text, kustomize, template,
};
use crate::text::{FileId, Span};
use crate::yaml::{self, Tree};

/// What became of one file.
pub(super) struct Outcome<D, F> {
    pub(super) hash: u64,
    pub(super) kept: Option<String>,
    pub(super) documents: Vec<D>,
    pub(super) hook: Option<F>,
    pub(super) problems: Vec<Problem>,
    pub(super) skipped: Vec<Skipped>,
    pub(super) settings: Vec<Settings>,
    pub(super) statistics: Statistics,
    pub(super) error: Option<io::Error>,
}

/// What a file is for, by its name, its folder, and what kustomizations say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// Manifests, or nothing of ours.
    Manifests,
    /// Used by a kustomization for something else than resources.
    NotResource,
    Kustomization,
    Chart,
    Values,
    Helmfile,
    /// Below a chart's `templates` folder.
    ChartTemplate,
}

impl Run<'_> {
    fn role(&self, path: &Path, context: &FileContext) -> Role {
        if context.values {
            return Role::Values;
        }
        if context.not_a_resource {
            return Role::NotResource;
        }
        if kustomize::is_kustomization(path) {
            return Role::Kustomization;
        }
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let stem = match name.rsplit_once('.') {
            Some((stem, "yaml" | "yml")) => stem,
            _ => "",
        };
        if stem == "Chart" {
            return Role::Chart;
        }
        let mut folders = path.ancestors().skip(1);
        let in_chart = |folder: &Path| folder.parent().is_some_and(|chart| self.charts.contains(chart));
        if !self.charts.is_empty() && folders.any(|f| f.file_name().is_some_and(|name| name == "templates") && in_chart(f)) {
            return Role::ChartTemplate;
        }
        if stem == "helmfile" {
            return Role::Helmfile;
        }
        let named = stem.starts_with("values") || stem.ends_with("-values") || stem.ends_with(".values");
        let beside_chart = || !stem.is_empty() && path.parent().is_some_and(|folder| self.charts.contains(folder));
        if named || beside_chart() { Role::Values } else { Role::Manifests }
    }

    /// Reads one file, from its bytes to what the caller makes of it.
    pub(super) fn file<D, F>(
        &self,
        id: FileId,
        file: &InputFile,
        per_document: &impl Fn(&DocumentView<'_>) -> D,
        per_file: &impl Fn(&FileView<'_>) -> F,
    ) -> Outcome<D, F> {
        let mut out = Outcome {
            hash: 0,
            kept: None,
            documents: Vec::new(),
            hook: None,
            problems: Vec::new(),
            skipped: Vec::new(),
            settings: Vec::new(),
            statistics: Statistics::default(),
            error: None,
        };
        let (limit, bytes) = match file.source {
            Source::Disk => (MAX_FILE, self.world.read(&file.path, MAX_FILE)),
            Source::Stdin => (MAX_STDIN, self.world.read_stdin(MAX_STDIN)),
        };
        let bytes = match bytes {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::FileTooLarge => {
                out.problems.push(too_large(id, limit));
                return out;
            }
            Err(error) => {
                out.error = Some(error);
                return out;
            }
        };
        out.statistics.files = 1;
        out.hash = hash(&bytes);
        let text = match text(id, bytes) {
            Ok(text) => text,
            Err((bytes, problem)) => {
                // images and encrypted files may have any name; they are a problem where a manifest was meant
                if file.named || bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) || looks_like_manifest(&bytes) {
                    out.problems.push(problem);
                } else {
                    out.statistics.broken_other = 1;
                }
                out.kept = (file.source == Source::Stdin).then(|| into_text(bytes));
                return out;
            }
        };
        let none = FileContext::default();
        let context = self.contexts.get(&id).unwrap_or(&none);
        let role = self.role(&file.path, context);
        let view = |tree| FileView { file: id, shown: &file.shown, path: &file.path, text: &text, tree, context };
        let braces = if role == Role::ChartTemplate { template::first_braces(&text, 0) } else { None };
        if let Some(braces) = braces {
            chart_template(id, &text, braces, &mut out);
            out.hook = Some(per_file(&view(&Tree::default())));
        } else {
            let tree = yaml::read(&text);
            let view = view(&tree);
            // most files hold one manifest, and a list that grows would make room for four
            out.documents.reserve_exact(tree.documents.len());
            out.statistics.not_resources = usize::from(role == Role::NotResource);
            let mut documents = Documents::new(&view, role, self.modelled);
            documents.read(|document: Document<'_>| out.documents.push(per_document(&DocumentView { file: view, document })));
            let found = documents.finish();
            (out.problems, out.skipped, out.settings) = (found.problems, found.skipped, found.settings);
            out.statistics.add(&found.statistics);
            out.hook = Some(per_file(&view));
        }
        out.kept = (file.source == Source::Stdin).then_some(text);
        out
    }
}

impl Run<'_> {
    /// The manifests of a file that was read before.
    pub(super) fn again<T>(&self, id: FileId, file: &LoadedFile, text: &str, per_document: &impl Fn(&DocumentView<'_>) -> T) -> Vec<T> {
        let role = self.role(&file.path, &file.context);
        if role == Role::ChartTemplate && template::first_braces(text, 0).is_some() {
            return Vec::new();
        }
        let tree = yaml::read(text);
        let view = FileView { file: id, shown: &file.shown, path: &file.path, text, tree: &tree, context: &file.context };
        let mut all = Vec::new();
        Documents::new(&view, role, self.modelled)
            .read(|document: Document<'_>| all.push(per_document(&DocumentView { file: view, document })));
        all
    }
}

fn too_large(file: FileId, limit: u64) -> Problem {
    Problem {
        kind: ProblemKind::TooLarge,
        file,
        span: Span::at(0),
        other: None,
        message: format!("larger than {} MiB, and not read", limit >> 20),
        hint: Some("split it, or exclude it".to_owned()),
    }
}

/// The bytes as text, or what keeps them from being it.
fn text(file: FileId, bytes: Vec<u8>) -> Result<String, (Vec<u8>, Problem)> {
    let problem = |kind, at: usize, message: &str, hint: &str| Problem {
        kind,
        file,
        span: Span::at(u32::try_from(at).unwrap_or(u32::MAX)),
        other: None,
        message: message.to_owned(),
        hint: Some(hint.to_owned()),
    };
    let nul = memchr::memchr(0, &bytes);
    match String::from_utf8(bytes) {
        Ok(text) => match nul {
            Some(at) => Err((text.into_bytes(), problem(ProblemKind::Binary, at, "not text: it holds a NUL byte", "exclude it"))),
            None => Ok(text),
        },
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            Err((error.into_bytes(), problem(ProblemKind::NotUtf8, at, "not UTF-8", "save it as UTF-8")))
        }
    }
}

/// Whether `apiVersion:` and `kind:` stand at the start of lines.
pub(super) fn looks_like_manifest(text: &[u8]) -> bool {
    let text = text.strip_prefix("\u{feff}".as_bytes()).unwrap_or(text);
    let has =
        |key: &[u8]| text.starts_with(key) || memchr::memmem::find_iter(text, key).any(|at| at > 0 && text.get(at - 1) == Some(&b'\n'));
    has(b"kind:") && has(b"apiVersion:")
}

/// The one problem that a file of templates gets.
pub(super) fn templated(file: FileId, span: Span, braces: bool) -> Problem {
    let hint = if braces {
        "render it, then pipe the result in: `helm template … | meshgate lint -`"
    } else {
        "replace the variables, then pipe the result in: `flux build … | meshgate lint -`"
    };
    Problem {
        kind: ProblemKind::Templated,
        file,
        span,
        other: None,
        message: "this file is a template: render it, then lint the result".to_owned(),
        hint: Some(hint.to_owned()),
    }
}

pub(super) fn skipped(file: FileId, reason: SkipReason, text: &str) -> Skipped {
    let facts = template::facts(text);
    Skipped { file, reason, api_version: facts.api_version, kind: facts.kind, name: facts.name, namespace: facts.namespace }
}

/// A file of chart templates is not parsed: whatever its lines say is only what the templates say.
fn chart_template<D, F>(file: FileId, text: &str, braces: Span, out: &mut Outcome<D, F>) {
    out.problems.push(templated(file, braces, true));
    let mut start = 0;
    loop {
        let end = next_document(text, start);
        let document = text.get(start..end).unwrap_or_default();
        let skip = skipped(file, SkipReason::Templated, document);
        // a document of definitions creates nothing
        if skip.kind.is_some() || looks_like_manifest(document.as_bytes()) {
            out.statistics.documents += 1;
            out.statistics.templated += 1;
            out.skipped.push(skip);
        }
        if end >= text.len() {
            break;
        }
        start = end;
    }
    if out.skipped.is_empty() {
        // `{{ include "library.service" . }}` and nothing else: it may create anything
        out.statistics.documents += 1;
        out.statistics.templated += 1;
        out.skipped.push(Skipped {
            file,
            reason: SkipReason::Templated,
            api_version: None,
            kind: None,
            name: None,
            namespace: super::SkippedNamespace::Unknown,
        });
    }
}

/// The next line after `from` that starts with `---`, or the end.
fn next_document(text: &str, from: usize) -> usize {
    let mut at = from;
    while let Some(found) = text.as_bytes().get(at..).and_then(|rest| memchr::memchr(b'\n', rest)) {
        at += found + 1;
        if text.as_bytes().get(at..).is_some_and(|rest| rest.starts_with(b"---")) {
            return at;
        }
    }
    text.len()
}
