//! Findings for programs; `docs/output.md` describes the fields.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, Write};

use serde::Serialize;

use super::{Places, ReportInput, Summary};
use crate::checks::{Applicability, Certainty, FileChange, Finding, Fix, FixTarget, Label, Severity};
use crate::model::ResourceId;
use crate::text::one_line;

#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    findings: Vec<Entry<'a>>,
    summary: &'a Summary,
}

#[derive(Serialize)]
struct Entry<'a> {
    rule: &'a str,
    severity: Severity,
    certainty: Certainty,
    message: &'a str,
    resource: Option<Resource<'a>>,
    #[serde(flatten)]
    range: Range<'a>,
    labels: Vec<LabelEntry<'a>>,
    notes: &'a [String],
    help: Option<&'a str>,
    fixes: Vec<FixEntry<'a>>,
}

#[derive(Serialize)]
struct Resource<'a> {
    cluster: Option<&'a str>,
    group: &'a str,
    kind: &'a str,
    namespace: Option<&'a str>,
    name: &'a str,
}

#[derive(Serialize)]
struct Range<'a> {
    file: &'a str,
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
}

#[derive(Serialize)]
struct LabelEntry<'a> {
    #[serde(flatten)]
    range: Range<'a>,
    message: &'a str,
}

#[derive(Serialize)]
struct FixEntry<'a> {
    title: &'a str,
    applicability: Applicability,
    edits: Vec<EditEntry<'a>>,
}

#[derive(Serialize)]
struct EditEntry<'a> {
    file: &'a str,
    start: Option<u32>,
    end: Option<u32>,
    content: &'a str,
}

/// Writes one JSON document: version, findings and summary.
pub fn json(input: &ReportInput<'_>, out: &mut dyn Write) -> io::Result<()> {
    let places = Places::new(input);
    let findings = input.findings.iter().map(|finding| entry(finding, &places)).collect();
    let text = serde_json::to_string_pretty(&Document { version: 1, findings, summary: input.summary })?;
    writeln!(out, "{}", escaped(&text))
}

/// Writes any other document, as harmless on a terminal as that of findings.
pub fn value(value: &serde_json::Value, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}", escaped(&serde_json::to_string_pretty(value)?))
}

fn entry<'a>(finding: &'a Finding, places: &Places<'a>) -> Entry<'a> {
    Entry {
        rule: &finding.rule,
        severity: finding.severity,
        certainty: finding.certainty,
        message: &finding.message,
        resource: finding.resource.as_ref().map(resource),
        range: range(&finding.primary, places),
        labels: finding.secondary.iter().map(|label| LabelEntry { range: range(label, places), message: &label.text }).collect(),
        notes: &finding.notes,
        help: finding.help.as_deref(),
        fixes: finding.fixes.iter().map(|fix| fix_entry(fix, places)).collect(),
    }
}

fn resource(id: &ResourceId) -> Resource<'_> {
    Resource { cluster: id.cluster.as_deref(), group: &id.group, kind: &id.kind, namespace: id.namespace.name(), name: &id.name }
}

fn range<'a>(label: &Label, places: &Places<'a>) -> Range<'a> {
    let (start, end) = places.range(label);
    Range { file: places.path(label.place.file()), line: start.line, column: start.column, end_line: end.line, end_column: end.column }
}

fn fix_entry<'a>(fix: &'a Fix, places: &Places<'a>) -> FixEntry<'a> {
    let edits = fix.changes.iter().map(|change| edit_entry(change, places)).collect();
    FixEntry { title: &fix.title, applicability: fix.applicability, edits }
}

fn edit_entry<'a>(FileChange { file, change }: &'a FileChange, places: &Places<'a>) -> EditEntry<'a> {
    let (file, span) = match file {
        FixTarget::Known(file) => (places.path(*file), Some(change.span)),
        FixTarget::New(path) => (&**path, None),
    };
    EditEntry { file, start: span.map(|s| s.start), end: span.map(|s| s.end), content: &change.content }
}

/// JSON itself escapes only the first control characters; the others, and marks that turn text around, are written as
/// `\u` escapes here, so that the document is harmless on a terminal and still says the same. All of them are in strings.
pub(crate) fn escaped(text: &str) -> Cow<'_, str> {
    let harmless = |c: char| c == '\n' || matches!(one_line(c.encode_utf8(&mut [0; 4])), Cow::Borrowed(_));
    if text.is_ascii() && !text.contains('\u{7f}') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if c.is_ascii_graphic() || harmless(c) {
            out.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::model::Namespace;
    use crate::report::testing::{Files, print, sample};
    use crate::text::{FileId, Span};
    use crate::yaml::patch;

    #[test]
    fn the_whole_document() {
        let text = "spec:\n  port: 9081\n";
        let files = Files::new(&[("a/route.yaml", text)]);
        let mut finding = files.finding("no port 9081", (0, "9081"));
        finding.resource = Some(ResourceId {
            cluster: None,
            group: "".into(),
            kind: "Service".into(),
            namespace: Namespace::Named("shop".into()),
            name: "cart".into(),
        });
        finding.secondary.push(files.label((0, "spec"), "of this"));
        finding.notes.push("requests fail".to_owned());
        let change = patch::Change { span: Span::new(14, 18), content: "9080".to_owned() };
        let changes = vec![FileChange { file: FixTarget::Known(FileId(0)), change }];
        finding.fixes.push(Fix { title: "use port 9080".to_owned(), applicability: Applicability::Safe, edits: Vec::new(), changes });
        let summary = Summary { files: 1, resources: 1, errors: 1, hints: vec!["not in here".to_owned()], ..Summary::default() };
        let mut out = Vec::new();
        json(&ReportInput { findings: &[finding], sources: &files, summary: &summary }, &mut out).unwrap();
        let expected = r#"{
  "version": 1,
  "findings": [
    {
      "rule": "some-rule",
      "severity": "error",
      "certainty": "sure",
      "message": "no port 9081",
      "resource": {
        "cluster": null,
        "group": "",
        "kind": "Service",
        "namespace": "shop",
        "name": "cart"
      },
      "file": "a/route.yaml",
      "line": 2,
      "column": 9,
      "end_line": 2,
      "end_column": 13,
      "labels": [
        {
          "file": "a/route.yaml",
          "line": 1,
          "column": 1,
          "end_line": 1,
          "end_column": 5,
          "message": "of this"
        }
      ],
      "notes": [
        "requests fail"
      ],
      "help": null,
      "fixes": [
        {
          "title": "use port 9080",
          "applicability": "safe",
          "edits": [
            {
              "file": "a/route.yaml",
              "start": 14,
              "end": 18,
              "content": "9080"
            }
          ]
        }
      ]
    }
  ],
  "summary": {
    "files": 1,
    "resources": 1,
    "errors": 1,
    "warnings": 0,
    "infos": 0,
    "hidden": 0,
    "suppressed": 0,
    "outside_references": 0
  }
}
"#;
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    #[test]
    fn a_new_file_has_no_start() {
        let files = Files::new(&[("a.yaml", "a: 1\n")]);
        let mut finding = files.finding("m", (0, "a"));
        let change = patch::Change { span: Span::at(0), content: "b: 2\n".to_owned() };
        let changes = vec![FileChange { file: FixTarget::New("b.yaml".into()), change }];
        finding.fixes.push(Fix { title: "t".to_owned(), applicability: Applicability::Unsafe, edits: Vec::new(), changes });
        let text = print(&[finding], &files, |input, out| json(input, out).unwrap());
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        let edits = serde_json::json!([{"file": "b.yaml", "start": null, "end": null, "content": "b: 2\n"}]);
        assert_eq!(value["findings"][0]["fixes"][0], serde_json::json!({"title": "t", "applicability": "unsafe", "edits": edits}));
    }

    #[test]
    fn harmless_on_a_terminal_and_still_the_same() {
        let (mut finding, files) = sample();
        finding.message = "a\u{1b}\u{7f}\u{9b}\u{202e}\n\"é漢😀".to_owned();
        let message = finding.message.clone();
        let text = print(&[finding], &files, |input, out| json(input, out).unwrap());
        assert!(text.contains(r#""a\u001b\u007f\u009b\u202e\n\"é漢😀""#), "{text}");
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value["findings"][0]["message"], *message);
        assert_eq!(value["findings"][0]["resource"], serde_json::Value::Null);
        assert_eq!(value["findings"][0]["labels"][0]["file"], "apps/productpage.yaml");
    }
}
