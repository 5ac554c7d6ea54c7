//! Test results: what every CI system can show.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write};

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::{Places, ReportInput, remarks};
use crate::checks::{Finding, Severity};
use crate::text::one_line;

/// Writes one XML document: a suite for each file with findings, a test case for each finding. Errors and warnings are
/// failures, infos are cases that pass and say something. Without findings there is one case that passes.
pub fn junit(input: &ReportInput<'_>, out: &mut dyn Write) -> io::Result<()> {
    let places = Places::new(input);
    let mut suites: BTreeMap<&str, TestSuite> = BTreeMap::new();
    for finding in input.findings {
        let path = places.target(&finding.primary).path;
        suites.entry(path).or_insert_with(|| TestSuite::new(text(path))).add_test_case(case(finding, &places));
    }
    let mut report = Report::new("meshgate");
    report.add_test_suites(suites.into_values());
    if input.findings.is_empty() {
        let mut suite = TestSuite::new("meshgate");
        suite.add_test_case(TestCase::new("no findings", TestCaseStatus::success()));
        report.add_test_suite(suite);
    }
    let xml = report.to_string().map_err(io::Error::other)?;
    out.write_all(xml.as_bytes())
}

fn case(finding: &Finding, places: &Places<'_>) -> TestCase {
    let target = places.target(&finding.primary);
    let start = target.lines().0;
    let mut said = match target.range {
        Some(_) => format!("{}:{}:{}", text(target.path), start.line, start.column),
        None => text(target.path),
    };
    for line in remarks(finding) {
        let _ = write!(said, "\n= {}", text_lines(&line));
    }
    let status = match finding.severity {
        Severity::Error | Severity::Warning => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status.set_message(text(&finding.message)).set_type(super::severity_name(finding.severity)).set_description(&said);
            status
        }
        Severity::Info => TestCaseStatus::success(),
    };
    // names of cases must tell them apart, and CI systems follow a case by its name
    let about = finding.resource.as_ref().map_or_else(String::new, |id| format!(": {}", text(&id.to_string())));
    let mut case = TestCase::new(format!("{}{about} ({}:{})", text(&finding.rule), start.line, start.column), status);
    case.set_classname(text(target.path));
    if finding.severity == Severity::Info {
        case.set_system_out(format!("{}\n{said}", text(&finding.message)));
    }
    case
}

/// XML has no way to write most control characters, and two others.
fn text(of: &str) -> String {
    text_lines(&one_line(of))
}

fn text_lines(of: &str) -> String {
    of.replace('\u{fffe}', "\\u{fffe}").replace('\u{ffff}', "\\u{ffff}")
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::report::testing::{Files, print, sample};

    #[test]
    fn a_suite_for_each_file_and_a_case_for_each_finding() {
        let (finding, files) = sample();
        let mut info = files.finding("look", (1, "9081"));
        info.severity = Severity::Info;
        let xml = print(&[finding, info], &files, |input, out| junit(input, out).unwrap());
        assert_eq!(
            xml,
            r#"<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="meshgate" tests="2" skipped="0" failures="1" errors="0">
    <testsuite name="apps/productpage.yaml" tests="1" skipped="0" errors="0" failures="0">
        <testcase name="some-rule (9:17)" classname="apps/productpage.yaml">
            <system-out>look
apps/productpage.yaml:9:17</system-out>
        </testcase>
    </testsuite>
    <testsuite name="routes/productpage.yaml" tests="1" skipped="0" errors="0" failures="1">
        <testcase name="backend-port-is-target-port (17:15)" classname="routes/productpage.yaml">
            <failure message="Service `bookinfo/productpage` has no port 9081: that is the target port of port 9080" type="error">routes/productpage.yaml:17:15
= the gateway answers 5xx for every request to `/productpage`
= fix (safe): use port 9080</failure>
        </testcase>
    </testsuite>
</testsuites>
"#
        );
    }

    #[test]
    fn passes_when_there_is_nothing() {
        let xml = print(&[], &Files::new(&[]), |input, out| junit(input, out).unwrap());
        let report = Report::deserialize_from_str(&xml).unwrap();
        assert_eq!((report.tests, report.failures), (1, 0));
    }

    #[test]
    fn hostile_text_is_text() {
        let files = Files::new(&[("]]></testsuite>\u{1}\u{ffff}.yaml", "x: y\n")]);
        let mut finding = files.finding("\"'<&>]]>\u{0}\u{fffe}\u{202e}", (0, "x"));
        finding.notes.push("</failure><failure>\n\u{1b}[31m".to_owned());
        let xml = print(&[finding], &files, |input, out| junit(input, out).unwrap());
        assert!(!xml.contains(|c: char| c.is_control() && c != '\n' || matches!(c, '\u{fffe}' | '\u{ffff}' | '\u{202e}')), "{xml}");
        let report = Report::deserialize_from_str(&xml).unwrap();
        assert_eq!(report.test_suites[0].name.as_str(), "]]></testsuite>\\u{1}\\u{ffff}.yaml");
        let TestCaseStatus::NonSuccess { message, description, .. } = &report.test_suites[0].test_cases[0].status else { panic!("{xml}") };
        assert_eq!(message.as_ref().unwrap().as_str(), "\"'<&>]]>\\u{0}\\u{fffe}\\u{202e}");
        assert!(description.as_ref().unwrap().as_str().ends_with("= </failure><failure>\\n\\u{1b}[31m"));
    }
}
