//! Code quality: GitLab shows findings in a merge request, new ones and those that went.

use std::borrow::Cow;
use std::io::{self, Write};

use serde::Serialize;

use super::json::escaped;
use super::target::fingerprints;
use super::{Places, ReportInput};
use crate::checks::Severity;
use crate::text::one_line;

#[derive(Serialize)]
struct Issue<'a> {
    description: Cow<'a, str>,
    check_name: &'a str,
    fingerprint: String,
    severity: &'static str,
    location: Location<'a>,
}

#[derive(Serialize)]
struct Location<'a> {
    path: &'a str,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: usize,
    end: usize,
}

/// Writes one JSON array: an issue for each finding.
pub fn gitlab(input: &ReportInput<'_>, out: &mut dyn Write) -> io::Result<()> {
    let places = Places::new(input);
    let issues: Vec<Issue<'_>> = input
        .findings
        .iter()
        .zip(fingerprints(input, &places))
        .map(|(finding, fingerprint)| {
            let target = places.target(&finding.primary);
            let (start, end) = target.lines();
            Issue {
                description: one_line(&finding.message),
                check_name: &finding.rule,
                fingerprint,
                severity: severity(finding.severity),
                location: Location { path: target.path, lines: Lines { begin: start.line, end: end.line } },
            }
        })
        .collect();
    writeln!(out, "{}", escaped(&serde_json::to_string_pretty(&issues)?))
}

/// GitLab knows `info`, `minor`, `major`, `critical` and `blocker`; the two highest are not for a linter to give.
fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "major",
        Severity::Warning => "minor",
        Severity::Info => "info",
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use serde_json::{Value, json};

    use super::*;
    use crate::report::testing::{Files, print, sample};

    #[test]
    fn the_fields_that_gitlab_reads() {
        let (finding, files) = sample();
        let text = print(&[finding], &files, |input, out| gitlab(input, out).unwrap());
        let mut issues: Value = serde_json::from_str(&text).unwrap();
        let fingerprint = issues[0]["fingerprint"].take();
        assert_eq!(fingerprint.as_str().unwrap().len(), 32);
        assert_eq!(
            issues,
            json!([{
                "description": "Service `bookinfo/productpage` has no port 9081: that is the target port of port 9080",
                "check_name": "backend-port-is-target-port",
                "fingerprint": null,
                "severity": "major",
                "location": { "path": "routes/productpage.yaml", "lines": { "begin": 17, "end": 17 } },
            }])
        );
        assert_eq!(print(&[], &files, |input, out| gitlab(input, out).unwrap()), "[]\n");
    }

    #[test]
    fn fingerprints_stay_when_lines_and_words_change_and_differ_among_findings() {
        let of = |text: &str, messages: &[&str]| -> Vec<String> {
            let files = Files::new(&[("a.yaml", text)]);
            let findings: Vec<_> = messages.iter().map(|message| files.finding(message, (0, "x"))).collect();
            let text = print(&findings, &files, |input, out| gitlab(input, out).unwrap());
            let issues: Vec<Value> = serde_json::from_str(&text).unwrap();
            issues.iter().map(|issue| issue["fingerprint"].as_str().unwrap().to_owned()).collect()
        };
        let before = of("x: 1\n", &["a", "b"]);
        assert_ne!(before[0], before[1]);
        assert_eq!(before, of("# moved\n\nx: 1\n", &["said otherwise", "b"]));
    }
}
