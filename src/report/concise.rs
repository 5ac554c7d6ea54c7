//! One line for each finding.

use std::borrow::Cow;
use std::io::{self, Write};

use super::{Places, ReportInput, severity_name};
use crate::text::one_line;

/// Writes `path:line:column: severity[rule]: message`, one line for each finding.
pub fn concise(input: &ReportInput<'_>, out: &mut dyn Write) -> io::Result<()> {
    let places = Places::new(input);
    for finding in input.findings {
        let start = places.range(&finding.primary).0;
        let path = one_line(places.path(finding.primary.place.file()));
        // a line that starts like this is a command to the runners of GitHub
        let path = if path.starts_with("::") { Cow::Owned(format!("./{path}")) } else { path };
        let (severity, rule, message) = (severity_name(finding.severity), one_line(&finding.rule), one_line(&finding.message));
        writeln!(out, "{path}:{}:{}: {severity}[{rule}]: {message}", start.line, start.column)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::report::testing::{Files, print, sample};

    #[test]
    fn one_line_each() {
        let (mut finding, files) = sample();
        finding.message.push_str("\n\u{1b}[2J");
        let text = print(&[finding], &files, |input, out| concise(input, out).unwrap());
        assert_eq!(
            text,
            "routes/productpage.yaml:17:15: error[backend-port-is-target-port]: Service `bookinfo/productpage` has no port 9081: \
             that is the target port of port 9080\\n\\u{1b}[2J\n"
        );
    }

    #[test]
    fn columns_count_characters() {
        let files = Files::new(&[("é.yaml", "\u{feff}ß: 漢x\n")]);
        let text = print(&[files.finding("here", (0, "x"))], &files, |input, out| concise(input, out).unwrap());
        assert_eq!(text, "é.yaml:1:5: error[some-rule]: here\n");
    }

    #[test]
    fn a_file_name_is_no_command() {
        let files = Files::new(&[("::add-mask::x.yaml", "x: y\n")]);
        let text = print(&[files.finding("here", (0, "x"))], &files, |input, out| concise(input, out).unwrap());
        assert_eq!(text, "./::add-mask::x.yaml:1:1: error[some-rule]: here\n");
    }
}
