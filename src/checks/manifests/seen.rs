//! What reader and shape check have seen, as findings of the rules that stand for it.

use super::prelude::*;
use crate::model::ResourceId;
use crate::model::load::{Problem, ProblemKind};
use crate::model::shape::{ShapeProblem, ShapeProblemKind, Suggestion};
use crate::yaml::NodeId;

/// The rule that a problem belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SeenKind {
    /// `ambiguous-scalar`
    AmbiguousScalar,
    /// `duplicate-key`
    DuplicateKey,
    /// `invalid-manifest`
    InvalidManifest,
    /// `invalid-yaml`
    InvalidYaml,
    /// `label-not-string`
    LabelNotString,
    /// `templated-manifest`
    TemplatedManifest,
}

impl SeenKind {
    /// The rule's name.
    pub const fn rule(self) -> &'static str {
        match self {
            Self::AmbiguousScalar => "ambiguous-scalar",
            Self::DuplicateKey => "duplicate-key",
            Self::InvalidManifest => "invalid-manifest",
            Self::InvalidYaml => "invalid-yaml",
            Self::LabelNotString => "label-not-string",
            Self::TemplatedManifest => "templated-manifest",
        }
    }
}

/// A problem that came up before there was a mesh.
#[derive(Debug)]
pub enum Seen<'s> {
    /// Of the reader.
    Reader(&'s Problem),
    /// Of the shape check, with the resource.
    Shape(&'s ShapeProblem, &'s ResourceId),
}

impl Seen<'_> {
    /// Of what a kind's definition says about more than single values: the place, the last node that it is about, and whether
    /// it is the version of the resource. Rules of ours know some of it too.
    pub(in crate::checks) fn of_definition(&self) -> Option<(NodeId, NodeId, bool)> {
        let Self::Shape(problem, _) = self else { return None };
        let version = problem.kind == ShapeProblemKind::NotServed;
        let about = version || matches!(problem.kind, ShapeProblemKind::Combination | ShapeProblemKind::Rule);
        problem.by.as_ref().filter(|_| about).map(|defined| (problem.node, defined.until, version))
    }

    /// Which rule it belongs to.
    pub const fn kind(&self) -> SeenKind {
        match self {
            Self::Reader(problem) => match problem.kind {
                ProblemKind::DuplicateKey { .. } => SeenKind::DuplicateKey,
                ProblemKind::Templated => SeenKind::TemplatedManifest,
                ProblemKind::Syntax | ProblemKind::NotUtf8 | ProblemKind::Binary | ProblemKind::TooLarge => SeenKind::InvalidYaml,
            },
            Self::Shape(problem, _) => match problem.kind {
                ShapeProblemKind::LabelNotString => SeenKind::LabelNotString,
                ShapeProblemKind::AmbiguousKey => SeenKind::AmbiguousScalar,
                _ => SeenKind::InvalidManifest,
            },
        }
    }

    /// Reports it.
    pub(in crate::checks) fn report(&self, out: &mut Findings) {
        match self {
            Self::Reader(problem) => reader(problem, out),
            Self::Shape(problem, id) => shape(problem, id, out),
        }
    }
}

fn reader(problem: &Problem, out: &mut Findings) {
    let place = Place::Bytes(problem.file, problem.span);
    match problem.kind {
        ProblemKind::DuplicateKey { first, later, equal } => {
            let draft = out
                .finding(later)
                .say(problem.message.clone())
                .label("this one counts")
                .also(first, "and here first")
                .note("kubectl refuses the document");
            if let Some(value) = equal {
                draft.help("remove one of them").fix_by(Safe, "remove the later one", |e| _ = e.remove(NodeId { index: value, ..later }));
            } else {
                draft.help("keep the one that is meant").fix(Manual, "keep the one that is meant");
            }
        }
        ProblemKind::Templated => {
            out.finding(place)
                .say(problem.message.clone())
                .note("nothing is concluded from it, nor from its being absent")
                .help("render it, then pipe the result in: `helm template … | meshgate lint -`");
        }
        ProblemKind::Syntax | ProblemKind::NotUtf8 | ProblemKind::Binary | ProblemKind::TooLarge => {
            let draft = out.finding(place).say(problem.message.clone());
            // the message of a document that kubectl drops says so itself
            let draft = if problem.message.contains("kubectl") { draft } else { draft.note("kubectl refuses the document") };
            if let Some(hint) = &problem.hint {
                draft.help(hint.clone());
            }
        }
    }
}

fn shape(problem: &ShapeProblem, id: &ResourceId, out: &mut Findings) {
    let draft = out.finding(problem.node).of(id).say(problem.message.clone()).label(problem.label.clone());
    let draft = match problem.kind {
        ShapeProblemKind::Unknown => draft.note("the API server refuses the document, or drops the field"),
        ShapeProblemKind::AmbiguousKey => draft.note("kubectl writes booleans and numbers among keys in its own way, and says nothing"),
        ShapeProblemKind::NotServed => draft.note("the API server knows no such version and refuses the document"),
        _ => draft.note("the API server refuses the document"),
    };
    let draft = match &problem.by {
        Some(defined) => draft.note(format!("by the CustomResourceDefinition in `{}`", defined.file)),
        None => draft,
    };
    let Some(Suggestion { right, sure, entry }) = &problem.suggestion else { return };
    let level = if *sure { Safe } else { Manual };
    let right_words = right.as_str().map_or_else(|| right.to_string(), ToOwned::to_owned);
    let title = match (problem.kind, right.is_string()) {
        (ShapeProblemKind::LabelNotString | ShapeProblemKind::AmbiguousKey, _) | (ShapeProblemKind::WrongType, true) => {
            "put it in quotes".to_owned()
        }
        _ => format!("write `{right_words}`"),
    };
    let draft = draft.help(title.clone());
    match entry {
        Some(value) => draft.fix_by(level, title, |e| _ = e.rename(*value, right_words)),
        // of a key without an entry nothing can be said
        None if problem.on_key => draft.fix(Manual, title),
        None => draft.fix_by_setting(level, title, problem.node, right.clone()),
    };
}
