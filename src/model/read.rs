//! From a document to a resource: the shape check and the typed decoding.

use std::hash::Hasher;
use std::sync::Arc;

use super::kinds::{Info, Kind, Scope};
use super::load::DocumentView;
use super::resource::{Origin, Resource, Spec};
use super::shape::{Definitions, ShapeProblem, ShapeProblemKind, check};
use super::{Metadata, Namespace, ResourceId, Text};
use crate::yaml::{At, Decoder, NodeId};

/// A document, read.
#[derive(Debug)]
pub struct Read {
    /// The resource; a document whose shape is wrong is [`Spec::Broken`].
    pub resource: Resource,
    /// Everything that is wrong with its shape.
    pub problems: Vec<ShapeProblem>,
}

/// Reads one document. A namespace that it leaves out is unknown for now; whoever knows the file's surroundings fills it
/// in. What defines its kind in `definitions` stands for what is known of its shape without it.
pub fn read(view: &DocumentView<'_>, origin: Arc<Origin>, definitions: &Definitions) -> Read {
    let (file, document) = (view.file, view.document);
    let node = NodeId { file: file.file, index: document.root };
    let known = Info::of(document.group(), document.kind);
    let info = known.filter(|info| info.serves(document.version()));
    let api = (document.group(), document.version(), document.kind);
    let defined = definitions.check(file.tree, file.file, document.root, api, &origin.clusters);
    let by_definition = defined.is_some();
    let embedded = || info.and_then(Info::schema).map_or_else(Vec::new, |schema| check(schema, file.tree, file.file, document.root));
    let mut problems = defined.unwrap_or_else(embedded);
    let meta = metadata(view);
    let mut spec = Spec::Other;
    if info.is_none() {
        spec = deploys(view).map_or(Spec::Other, |namespace| Spec::Deploys(Box::new(namespace)));
    }
    let mut kind = info.map_or(Kind::Other, |info| info.kind);
    if let Some(info) = info {
        spec = match info.decode(Decoder::new(file.tree, file.file, document.root), &meta) {
            // what is out of bounds, misspelt or a label that is no text still has a meaning
            Ok(spec) if problems.iter().all(harmless) => spec,
            Ok(_) => Spec::Broken,
            // a shape that is right and not the one that we know: as of a version that we do not know
            Err(_) if by_definition && problems.iter().all(harmless) => {
                kind = Kind::Other;
                Spec::Other
            }
            Err(error) => {
                if problems.is_empty() {
                    problems.push(undecodable(node, &error));
                }
                Spec::Broken
            }
        };
    }
    let namespaced = known.is_none_or(|info| info.scope == Scope::Namespaced);
    let named = |meta: &Metadata| meta.namespace.as_ref().filter(|ns| !ns.is_empty()).map(|ns| Namespace::Named((**ns).clone()));
    let namespace = if namespaced { named(&meta).unwrap_or_else(|| Namespace::Unknown("".into())) } else { Namespace::Cluster };
    let name = meta.name.as_ref().or(meta.generate_name.as_ref()).map_or_else(|| Text::from(""), |name| (**name).clone());
    let (group, name_of_kind) = known.map_or_else(
        || (Text::from(document.group()), Text::from(document.kind)),
        |known| (Text::new_static(known.group), Text::new_static(known.name)),
    );
    let id = ResourceId { cluster: None, group, kind: name_of_kind, namespace, name };
    let digest = digest(file.tree.span(document.root).of(file.text));
    let stated = file.tree.get(document.root, &["apiVersion"]).map_or(node, |index| NodeId { index, ..node });
    let api_version = At::new(Text::from(document.api_version), stated);
    Read { resource: Resource { id, kind, node, api_version, meta, spec, digest, origin }, problems }
}

/// The namespace into which an object of a kind that we do not model has something deployed.
fn deploys(view: &DocumentView<'_>) -> Option<Text> {
    let paths: [&[&str]; 3] =
        [&["spec", "targetNamespace"], &["spec", "destination", "namespace"], &["spec", "template", "spec", "destination", "namespace"]];
    let (tree, root) = (view.file.tree, view.document.root);
    paths.into_iter().find_map(|path| tree.get_text(root, path)).filter(|namespace| !namespace.is_empty()).map(Text::from)
}

fn digest(text: &str) -> u64 {
    let mut hasher = rustc_hash::FxHasher::default();
    hasher.write(text.as_bytes());
    hasher.finish()
}

/// Whether the rest of a document with this problem can still be trusted.
fn harmless(problem: &ShapeProblem) -> bool {
    match problem.kind {
        ShapeProblemKind::LabelNotString
        | ShapeProblemKind::AmbiguousKey
        | ShapeProblemKind::OutOfBounds
        | ShapeProblemKind::Pattern
        | ShapeProblemKind::Combination
        | ShapeProblemKind::Rule
        | ShapeProblemKind::NotServed => true,
        // a misspelt field is one whose content is missing where it is looked for
        ShapeProblemKind::Unknown => problem.suggestion.is_none(),
        ShapeProblemKind::WrongType | ShapeProblemKind::Missing | ShapeProblemKind::NotInEnum => false,
    }
}

/// `metadata`, as far as it can be read.
fn metadata(view: &DocumentView<'_>) -> Metadata {
    let (tree, file) = (view.file.tree, view.file.file);
    let Some(node) = tree.get(view.document.root, &["metadata"]) else { return Metadata::default() };
    let whole = Decoder::new(tree, file, node).decode::<Option<Metadata>>();
    whole.ok().flatten().unwrap_or_else(|| {
        // one bad field must not hide the name
        let text = |key: &str| {
            let value = tree.get(node, &[key])?;
            Some(At::new(Text::from(tree.text(value)?), NodeId { file, index: value }))
        };
        Metadata { name: text("name"), namespace: text("namespace"), ..Metadata::default() }
    })
}

/// A document that the schema lets pass and the types do not.
fn undecodable(root: NodeId, error: &crate::yaml::DecodeError) -> ShapeProblem {
    ShapeProblem {
        kind: ShapeProblemKind::WrongType,
        node: error.node.map_or(root, |index| NodeId { index, ..root }),
        on_key: false,
        path: String::new(),
        message: format!("this value does not fit: {}", error.message),
        label: String::new(),
        suggestion: None,
        by: None,
    }
}
