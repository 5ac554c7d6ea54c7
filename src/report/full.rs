//! Findings with the lines they are about.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style as Ansi};

use super::clip::{clip, is_long};
use super::{Places, ReportInput, Style, remarks, severity_name};
use crate::checks::{Finding, Label, Severity};
use crate::text::{FileId, Position, one_line};

/// Labels of one file that are at most so many lines apart share a header.
const NEAR: usize = 6;

const BOLD: Ansi = Ansi::new().bold();
const GUTTER: Ansi = AnsiColor::Blue.on_default();
const SECONDARY: Ansi = AnsiColor::Cyan.on_default();

/// Writes each finding with its source lines, notes and ways out, an empty line between two of them.
pub fn full(input: &ReportInput<'_>, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let places = Places::new(input);
    for (i, finding) in input.findings.iter().enumerate() {
        if i > 0 {
            writeln!(out)?;
        }
        Printer { places: &places, style, severity: severity_style(finding.severity), width: 0, out }.finding(finding)?;
    }
    Ok(())
}

fn severity_style(severity: Severity) -> Ansi {
    match severity {
        Severity::Error => AnsiColor::Red.on_default().bold(),
        Severity::Warning => AnsiColor::Yellow.on_default().bold(),
        Severity::Info => AnsiColor::Blue.on_default(),
    }
}

/// A label with its place in people's terms.
struct Spot<'f> {
    label: &'f Label,
    primary: bool,
    start: Position,
    /// After its last character; on the line of `start` when the label goes on to further lines.
    end: Option<usize>,
}

/// Spots of one file under one header.
struct Block<'f> {
    file: FileId,
    /// The place in the header: that of the first label.
    head: Position,
    spots: Vec<Spot<'f>>,
}

impl Block<'_> {
    fn is_near(&self, file: FileId, line: usize) -> bool {
        self.file == file && self.spots.iter().any(|spot| spot.start.line.abs_diff(line) <= NEAR)
    }
}

struct Printer<'p, 'a, 'o> {
    places: &'p Places<'a>,
    style: Style,
    severity: Ansi,
    /// Columns of the widest line number of the finding.
    width: usize,
    out: &'o mut dyn Write,
}

impl Printer<'_, '_, '_> {
    fn finding(mut self, finding: &Finding) -> io::Result<()> {
        let head = self.style.paint(self.severity, &format!("{}[{}]", severity_name(finding.severity), one_line(&finding.rule)));
        writeln!(self.out, "{head}{}", self.style.paint(BOLD, &format!(": {}", one_line(&finding.message))))?;
        let blocks = self.blocks(finding);
        let last_line = blocks.iter().flat_map(|b| &b.spots).map(|spot| spot.start.line).max().unwrap_or(1);
        self.width = last_line.to_string().len();
        for (i, block) in blocks.iter().enumerate() {
            self.block(block, i == 0)?;
        }
        for remark in remarks(finding) {
            self.remark(&remark)?;
        }
        Ok(())
    }

    /// The labels by file and nearness, the primary one's block first, in each block in the order of the file.
    fn blocks<'f>(&self, finding: &'f Finding) -> Vec<Block<'f>> {
        let mut blocks: Vec<Block<'f>> = Vec::new();
        for (i, label) in std::iter::once(&finding.primary).chain(&finding.secondary).enumerate() {
            let (start, end) = self.places.range(label);
            let spot = Spot { label, primary: i == 0, start, end: Some(end.column).filter(|_| end.line == start.line) };
            let file = label.place.file();
            match blocks.iter_mut().find(|block| block.is_near(file, start.line)) {
                Some(block) => block.spots.push(spot),
                None => blocks.push(Block { file, head: start, spots: vec![spot] }),
            }
        }
        for block in &mut blocks {
            block.spots.sort_by_key(|spot| (spot.start, !spot.primary));
        }
        blocks
    }

    fn block(&mut self, block: &Block<'_>, first: bool) -> io::Result<()> {
        let corner = self.style.paint(GUTTER, if first { "┌" } else { "├" });
        let path = one_line(self.places.path(block.file));
        writeln!(self.out, "{:width$}{corner} {path}:{}:{}", "", block.head.line, block.head.column, width = self.width)?;
        let mut shown = None;
        for spot in &block.spots {
            let number = spot.start.line;
            let Some(line) = self.places.line(block.file, number) else { continue };
            let start = spot.start.column.saturating_sub(1);
            let clipped = clip(line, start, spot.end.map_or(usize::MAX, |end| end.saturating_sub(1)));
            // a long line is cut around each label anew
            if shown != Some(number) || is_long(line) {
                let gutter = self.style.paint(GUTTER, &format!("{number:width$}│", width = self.width));
                writeln!(self.out, "{}", format!("{gutter} {}", clipped.line()).trim_end())?;
                shown = Some(number);
            }
            self.underline(spot, clipped.underline())?;
        }
        Ok(())
    }

    fn underline(&mut self, spot: &Spot<'_>, (column, length): (usize, usize)) -> io::Result<()> {
        let gutter = self.style.paint(GUTTER, &format!("{:width$}│", "", width = self.width));
        let (mark, style) = if spot.primary { ("^", self.severity) } else { ("-", SECONDARY) };
        let text = one_line(&spot.label.text);
        let gap = if text.is_empty() { "" } else { " " };
        let words = self.style.paint(style, &format!("{}{gap}{text}", mark.repeat(length)));
        writeln!(self.out, "{gutter} {:column$}{words}", "")
    }

    fn remark(&mut self, text: &str) -> io::Result<()> {
        let sign = self.style.paint(GUTTER, "=");
        writeln!(self.out, "{:width$}{sign} {text}", "", width = self.width)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::checks::Certainty;
    use crate::report::testing::{Files, print, sample};

    fn plain(findings: &[Finding], files: &Files) -> String {
        print(findings, files, |input, out| full(input, Style { color: false }, out).unwrap())
    }

    #[test]
    fn the_sample() {
        let (finding, files) = sample();
        let expected = "\
error[backend-port-is-target-port]: Service `bookinfo/productpage` has no port 9081: that is the target port of port 9080
  ┌ routes/productpage.yaml:17:15
17│         port: 9081
  │               ^^^^ looked up on the Service
  ├ apps/productpage.yaml:9:17
 9│     targetPort: 9081
  │                 ---- the Service maps this port
  = the gateway answers 5xx for every request to `/productpage`
  = fix (safe): use port 9080
";
        assert_eq!(plain(&[finding], &files), expected);
        assert!(include_str!("../../docs/output.md").replace("\r\n", "\n").contains(expected), "docs/output.md shows the sample");
    }

    #[test]
    fn order_of_remarks_and_an_empty_line_between_findings() {
        let files = Files::new(&[("a.yaml", "a: 1\n")]);
        let mut one = files.finding("this", (0, "1"));
        (one.severity, one.certainty) = (Severity::Warning, Certainty::Likely);
        one.notes = vec!["first".to_owned(), "second".to_owned()];
        one.help = Some("do that".to_owned());
        let mut two = files.finding("that", (0, "a"));
        (two.severity, two.certainty) = (Severity::Info, Certainty::Possible);
        let expected = "\
warning[some-rule]: this
 ┌ a.yaml:1:4
1│ a: 1
 │    ^
 = first
 = second
 = certainty: likely
 = help: do that

info[some-rule]: that
 ┌ a.yaml:1:1
1│ a: 1
 │ ^
 = certainty: possible
";
        assert_eq!(plain(&[one, two], &files), expected);
    }

    #[test]
    fn near_labels_share_a_header_in_the_order_of_lines() {
        let far = "x: x\n".repeat(9);
        let files = Files::new(&[("a.yaml", &format!("one: 1\ntwo: 2 two\n{far}last: z\n"))]);
        let mut finding = files.finding("several", (0, "2"));
        finding.primary.text = "here".to_owned();
        finding.secondary.push(files.label((0, "last"), "far"));
        finding.secondary.push(files.label((0, "one"), "above"));
        finding.secondary.push(files.label((0, "two"), "beside"));
        let expected = "\
error[some-rule]: several
  ┌ a.yaml:2:6
 1│ one: 1
  │ --- above
 2│ two: 2 two
  │ --- beside
  │      ^ here
  ├ a.yaml:12:1
12│ last: z
  │ ---- far
";
        assert_eq!(plain(&[finding], &files), expected);
    }

    #[test]
    fn hostile_text_stays_text() {
        let files = Files::new(&[("a\n\u{1b}.yaml", "\u{feff}\tn: \u{1b}[31mx\r\nb: |\r\n  c\r\n  d\r\n")]);
        let mut one = files.finding("a\u{1b}]0;b", (0, "x"));
        one.primary.text = "l\n\u{9b}".to_owned();
        one.notes.push("n\u{202e}".to_owned());
        let two = files.finding("lines", (0, "|\r\n  c\r\n  d\r\n"));
        let expected = "\
error[some-rule]: a\\u{1b}]0;b
 ┌ a\\n\\u{1b}.yaml:1:10
1│     n: \\u{1b}[31mx
 │                  ^ l\\n\\u{9b}
 = n\\u{202e}

error[some-rule]: lines
 ┌ a\\n\\u{1b}.yaml:2:4
2│ b: |
 │    ^
";
        assert_eq!(plain(&[one, two], &files), expected);
    }

    #[test]
    fn a_file_that_is_gone_still_has_a_header() {
        let files = Files::new(&[("gone.yaml", "")]);
        let mut finding = files.finding("gone", (0, ""));
        finding.rule = "invalid-yaml".into();
        assert_eq!(plain(&[finding], &files), "error[invalid-yaml]: gone\n ┌ gone.yaml:1:1\n");
    }

    #[test]
    fn colours_change_nothing_but_colours() {
        let (finding, files) = sample();
        let coloured = print(std::slice::from_ref(&finding), &files, |input, out| full(input, Style { color: true }, out).unwrap());
        assert!(coloured.contains("\u{1b}[1m\u{1b}[31merror[backend-port-is-target-port]\u{1b}[0m"), "{coloured:?}");
        assert!(coloured.contains("\u{1b}[31m^^^^ looked up"), "{coloured:?}");
        assert_eq!(anstream::adapter::strip_str(&coloured).to_string(), plain(&[finding], &files));
    }
}
