//! Workflow commands: GitHub shows each finding at its line in a pull request.

use std::io::{self, Write};

use super::{Places, ReportInput, remarks};
use crate::checks::Severity;
use crate::text::one_line;

/// Writes `::error file=…,line=…,endLine=…,col=…,endColumn=…,title=…::message`, one line for each finding.
pub fn github(input: &ReportInput<'_>, out: &mut dyn Write) -> io::Result<()> {
    let places = Places::new(input);
    for finding in input.findings {
        let target = places.target(&finding.primary);
        let command = match finding.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "notice",
        };
        let (start, end) = target.lines();
        write!(out, "::{command} file={},line={},endLine={}", property(target.path), start.line, end.line)?;
        // GitHub has columns only within one line
        if target.range.is_some() && start.line == end.line {
            write!(out, ",col={},endColumn={}", start.column, end.column)?;
        }
        let lines: Vec<String> = std::iter::once(one_line(&finding.message).into_owned())
            .chain(remarks(finding).iter().map(|remark| format!("= {remark}")))
            .collect();
        writeln!(out, ",title={}::{}", property(&finding.rule), data(&lines.join("\n")))?;
    }
    Ok(())
}

/// The message of a command: it ends at the line break.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A property of a command: it ends at a comma or at `::` too.
fn property(text: &str) -> String {
    data(&one_line(text)).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::report::testing::{Files, print, sample};

    #[test]
    fn one_command_each() {
        let (finding, files) = sample();
        let mut info = finding.clone();
        (info.severity, info.message, info.notes) = (Severity::Info, "100%".to_owned(), Vec::new());
        let text = print(&[finding, info], &files, |input, out| github(input, out).unwrap());
        assert_eq!(
            text,
            "::error file=routes/productpage.yaml,line=17,endLine=17,col=15,endColumn=19,title=backend-port-is-target-port::Service \
             `bookinfo/productpage` has no port 9081: that is the target port of port 9080%0A= the gateway answers 5xx for every request to \
             `/productpage`%0A= fix (safe): use port 9080\n\
             ::notice file=routes/productpage.yaml,line=17,endLine=17,col=15,endColumn=19,title=backend-port-is-target-port::100%25%0A= fix \
             (safe): use port 9080\n"
        );
    }

    #[test]
    fn nothing_breaks_out_of_its_place() {
        let files = Files::new(&[("a,line=1::error ::\n.yaml", "x: y\nz: w\n")]);
        let mut finding = files.finding("m\r\n::error::injected", (0, "x: y\nz"));
        finding.notes.push("%0A::stop-commands::x\n::warning::y".to_owned());
        let text = print(&[finding], &files, |input, out| github(input, out).unwrap());
        assert_eq!(
            text,
            "::error file=a%2Cline=1%3A%3Aerror %3A%3A\\n.yaml,line=1,endLine=2,title=some-rule::m\\r\\n::error::injected%0A= \
             %250A::stop-commands::x\\n::warning::y\n"
        );
    }

    #[test]
    fn what_was_rendered_points_at_its_origin() {
        let mut files = Files::new(&[("<stdin>", "a: b\nc: d\n")]);
        files.origin = Some("charts/shop/templates/route.yaml".to_owned());
        let text = print(&[files.finding("m", (0, "c"))], &files, |input, out| github(input, out).unwrap());
        assert_eq!(text, "::error file=charts/shop/templates/route.yaml,line=1,endLine=1,title=some-rule::m\n");
    }
}
