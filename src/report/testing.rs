//! Findings and files for the tests of this module.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use super::{ReportInput, Sources, Summary};
use crate::checks::{Applicability, Certainty, Finding, Fix, Label, Place, Severity};
use crate::text::{FileId, Span};

pub(super) struct Files {
    files: Vec<(String, String)>,
    /// What every document says it was rendered from.
    pub(super) origin: Option<String>,
}

impl Files {
    pub(super) fn new(files: &[(&str, &str)]) -> Self {
        let files = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
        Self { files, origin: None }
    }

    /// The first place of the words in a file.
    pub(super) fn place(&self, file: usize, words: &str) -> Place {
        let start = u32::try_from(self.files[file].1.find(words).unwrap()).unwrap();
        Place::Bytes(FileId(u32::try_from(file).unwrap()), Span::new(start, start + u32::try_from(words.len()).unwrap()))
    }

    pub(super) fn label(&self, (file, words): (usize, &str), text: &str) -> Label {
        Label { place: self.place(file, words), text: text.to_owned() }
    }

    pub(super) fn finding(&self, message: &str, primary: (usize, &str)) -> Finding {
        Finding {
            rule: "some-rule".into(),
            severity: Severity::Error,
            otherwise: false,
            certainty: Certainty::Sure,
            message: message.to_owned(),
            resource: None,
            primary: self.label(primary, ""),
            secondary: Vec::new(),
            notes: Vec::new(),
            help: None,
            fixes: Vec::new(),
            origin: None,
            known: false,
        }
    }
}

impl Sources for Files {
    fn path(&self, file: FileId) -> &str {
        &self.files[file.0 as usize].0
    }
    fn text(&self, file: FileId) -> Option<&str> {
        Some(&self.files[file.0 as usize].1).filter(|text| !text.is_empty()).map(String::as_str)
    }
    /// Nodes are those of the whole file as the reader numbers them.
    fn span(&self, place: Place) -> Span {
        match place {
            Place::Node(node) | Place::KeyOf(node) => crate::yaml::read(&self.files[node.file.0 as usize].1).span(node.index),
            Place::Bytes(_, span) => span,
        }
    }
    fn origin(&self, _: Place) -> Option<&str> {
        self.origin.as_deref()
    }
}

pub(super) fn print(findings: &[Finding], files: &Files, write: impl Fn(&ReportInput<'_>, &mut Vec<u8>)) -> String {
    let mut out = Vec::new();
    write(&ReportInput { findings, sources: files, summary: &Summary::default() }, &mut out);
    String::from_utf8(out).unwrap()
}

/// The finding that `docs/output.md` shows.
pub(super) fn sample() -> (Finding, Files) {
    let route = format!("{}        port: 9081\n", "# a line\n".repeat(16));
    let service = format!("{}    targetPort: 9081\n", "# a line\n".repeat(8));
    let files = Files::new(&[("routes/productpage.yaml", &route), ("apps/productpage.yaml", &service)]);
    let mut finding = files.finding("Service `bookinfo/productpage` has no port 9081: that is the target port of port 9080", (0, "9081"));
    finding.rule = "backend-port-is-target-port".into();
    finding.primary.text = "looked up on the Service".to_owned();
    finding.secondary.push(files.label((1, "9081"), "the Service maps this port"));
    finding.notes.push("the gateway answers 5xx for every request to `/productpage`".to_owned());
    finding.fixes.push(Fix {
        title: "use port 9080".to_owned(),
        applicability: Applicability::Safe,
        edits: Vec::new(),
        changes: Vec::new(),
    });
    (finding, files)
}
