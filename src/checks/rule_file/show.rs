//! A rule file, shown: on a terminal and as a page of the documentation.

use std::fmt::Write;

use unicode_width::UnicodeWidthStr;

use super::examples::{caption, marks_of};
use super::{Applicability, Certainty, Family, Line, Part, RuleFile, Severity, parts};

const fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "info",
    }
}

const fn fix(fix: Option<Applicability>) -> &'static str {
    match fix {
        None => "none",
        Some(Applicability::Manual) => "manual",
        Some(Applicability::Unsafe) => "unsafe",
        Some(Applicability::Safe) => "safe",
    }
}

const fn family(family: Family) -> &'static str {
    match family {
        Family::Ambient => "Ambient mesh",
        Family::Waypoint => "Waypoints",
        Family::Multicluster => "Several clusters",
        Family::GatewayApi => "Gateway API",
        Family::Manifests => "Manifests",
        Family::KnownIssues => "Known issues",
    }
}

/// What the front matter says, but for the summary: name and value.
fn facts(rule: &RuleFile) -> Vec<(&'static str, String)> {
    let level = match rule.otherwise {
        Some(other) => format!("{} or {}", severity(rule.severity), severity(other)),
        None => severity(rule.severity).to_owned(),
    };
    let mut facts = vec![("Severity", level)];
    match rule.certainty {
        Certainty::Sure => {}
        Certainty::Likely => facts.push(("Certainty", "likely at best".to_owned())),
        Certainty::Possible => facts.push(("Certainty", "possible at best: shown with --pedantic".to_owned())),
    }
    facts.push(("Fix", fix(rule.fix).to_owned()));
    if !rule.kinds.is_empty() {
        facts.push(("Kinds", rule.kinds.join(", ")));
    }
    if let Some(applies) = &rule.applies {
        facts.push(("Applies to", applies.clone()));
    }
    facts.push(("Since", rule.since.clone()));
    facts
}

/// A line of an example, its marks turned into a comment.
fn commented(line: &str) -> String {
    let (kept, marks) = marks_of(line);
    if marks.is_empty() {
        return line.to_owned();
    }
    let gap = if kept.is_empty() { "" } else { "  " };
    format!("{kept}{gap}# ← {}", marks.join("; "))
}

fn body_lines(rule: &RuleFile) -> Vec<Line<'_>> {
    rule.body.lines().enumerate().map(|(i, line)| (i + 1, line)).collect()
}

/// The rule for a terminal of `width` columns: plain text that ends with a line break.
pub fn explain(rule: &RuleFile, width: usize) -> String {
    let mut out = Wrapped { text: String::new(), paragraph: String::new(), width: width.max(20) };
    out.text.push_str(&rule.name);
    out.text.push('\n');
    out.paragraph.push_str(&rule.summary);
    out.flush();
    out.text.push('\n');
    for (name, value) in facts(rule) {
        let _ = writeln!(out.text, "  {name:10}  {value}");
    }
    for ((_, line), part) in parts(&body_lines(rule)) {
        match part {
            Part::Words => match line.strip_prefix("## ") {
                Some(heading) => {
                    out.flush();
                    out.blank();
                    let _ = writeln!(out.text, "{}", heading.trim_end());
                }
                None if line.starts_with("# ") => {}
                None => out.words(line),
            },
            Part::Opens => {
                out.flush();
                if let Some(caption) = caption(line.trim_start_matches('`')) {
                    out.blank();
                    let _ = writeln!(out.text, "  {caption}");
                }
                out.blank();
            }
            Part::Code => {
                let _ = writeln!(out.text, "{}", format!("      {}", commented(line)).trim_end());
            }
            Part::Closes => out.blank(),
        }
    }
    out.flush();
    if !rule.links.is_empty() {
        out.blank();
        out.text.push_str("Links\n");
        for link in &rule.links {
            let _ = writeln!(out.text, "  {link}");
        }
    }
    let end = out.text.trim_end().len();
    out.text.truncate(end);
    out.text.push('\n');
    out.text
}

/// Text in paragraphs, indented by two.
struct Wrapped {
    text: String,
    paragraph: String,
    width: usize,
}

impl Wrapped {
    /// One empty line, and no second.
    fn blank(&mut self) {
        if !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
    }

    fn words(&mut self, line: &str) {
        if line.trim().is_empty() {
            self.flush();
            return self.blank();
        }
        if is_item(line) || line.starts_with("### ") {
            self.flush();
        }
        if !self.paragraph.is_empty() {
            self.paragraph.push(' ');
        }
        self.paragraph.push_str(line.trim());
    }

    fn flush(&mut self) {
        let paragraph = std::mem::take(&mut self.paragraph);
        let hanging = if is_item(&paragraph) { "    " } else { "  " };
        let mut line = String::from(" ");
        let mut fresh = true;
        for word in paragraph.split_whitespace() {
            if !fresh && line.width() + 1 + word.width() > self.width {
                self.text.push_str(&line);
                self.text.push('\n');
                hanging.get(1..).unwrap_or_default().clone_into(&mut line);
            }
            line.push(' ');
            line.push_str(word);
            fresh = false;
        }
        if !fresh {
            self.text.push_str(&line);
            self.text.push('\n');
        }
    }
}

fn is_item(line: &str) -> bool {
    let line = line.trim_start();
    let number = line.trim_start_matches(|c: char| c.is_ascii_digit());
    line.starts_with("- ") || line.starts_with("* ") || (number.len() < line.len() && number.starts_with(". "))
}

/// The rule as a page of the documentation, `docs/rules/<name>.md`.
pub fn docs_page(rule: &RuleFile) -> String {
    let mut out = format!("<!-- Generated from rules/{}.md. -->\n\n", rule.name);
    for ((_, line), part) in parts(&body_lines(rule)) {
        let _ = match part {
            Part::Words if line.starts_with("# ") => {
                writeln!(out, "{line}\n\n{}\n\n{}", sentence(&rule.summary), table(rule).trim_end())
            }
            Part::Words => writeln!(out, "{line}"),
            Part::Opens => match caption(line.trim_start_matches('`')) {
                Some(caption) => writeln!(out, "{caption}\n\n{}yaml", "`".repeat(line.bytes().take_while(|b| *b == b'`').count())),
                None => writeln!(out, "{line}"),
            },
            Part::Code => writeln!(out, "{}", commented(line)),
            Part::Closes => writeln!(out, "{}", line.trim_end()),
        };
    }
    if !rule.links.is_empty() {
        out.push_str("\n## Links\n\n");
        for link in &rule.links {
            let _ = writeln!(out, "- <{link}>");
        }
    }
    out
}

fn table(rule: &RuleFile) -> String {
    let mut table = String::from("| | |\n|---|---|\n");
    for (name, value) in facts(rule) {
        let _ = writeln!(table, "| {name} | {} |", cell(&value));
    }
    table
}

/// Text in a cell of a Markdown table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

/// With a capital and a full stop; a name at the start stays as it is.
fn sentence(summary: &str) -> String {
    let mut chars = summary.chars();
    let first: String = chars.next().into_iter().flat_map(char::to_uppercase).collect();
    let stop = if summary.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{first}{}{stop}", chars.as_str())
}

/// The list of all rules by family, `docs/rules/README.md`.
pub fn docs_index(rules: &[RuleFile]) -> String {
    let mut sorted: Vec<&RuleFile> = rules.iter().collect();
    sorted.sort_by(|a, b| (a.family, &a.name).cmp(&(b.family, &b.name)));
    let mut out = String::from("<!-- Generated from rules/. -->\n\n# Rules\n");
    let mut last = None;
    for rule in sorted {
        if last != Some(rule.family) {
            let _ = write!(out, "\n## {}\n\n| Rule | Finds | Severity | Fix |\n|---|---|---|---|\n", family(rule.family));
            last = Some(rule.family);
        }
        let (name, level, fix) = (&rule.name, severity(rule.severity), fix(rule.fix));
        let _ = writeln!(out, "| [{name}]({name}.md) | {} | {level} | {fix} |", cell(&rule.summary));
    }
    out
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::super::tests::FILE;
    use super::*;

    fn rule() -> RuleFile {
        RuleFile::parse("wrong-port", FILE).unwrap()
    }

    #[test]
    fn explained_on_a_terminal() {
        let expected = "\
wrong-port
  a backend names the port of the
  pods

  Severity    error or warning
  Fix         safe
  Kinds       HTTPRoute, Service
  Applies to  Istio 1.24 and later
  Since       0.10

Why it matters

  The gateway looks the port up on
  the Service. A second line.

What to do

  Name the port of the Service.

Examples

  One file:

  Bad:

      kind: HTTPRoute
      port: 9081  # ← has no port 9081; other-rule: says this

  Fixed:

      kind: HTTPRoute
      port: 9080

  Several files:

  Bad, `east/svc.yaml`, with `--complete --namespace x`:

      kind: Service

  Bad, `east/route.yaml`:

      port: 1  # ← no port 1: none at all

  Good:

      kind: A

  Good, though it looks alike, `b.yaml`:

      # ## not a heading
      ## nor this
      kind: B

When to ignore it

  Never.

Links
  https://example.com/ports
";
        assert_eq!(explain(&rule(), 35), expected);
    }

    #[test]
    fn lists_hang() {
        let mut rule = rule();
        rule.body = "# wrong-port\n\n## Why it matters\n\nwords\n- one two three four\n  five six\n- seven\n\n1. first\n".to_owned();
        let text = explain(&rule, 20);
        assert!(text.contains("\n  words\n  - one two three\n    four five six\n  - seven\n\n  1. first\n"), "{text}");
    }

    #[test]
    fn a_page_of_the_documentation() {
        let page = docs_page(&rule());
        let start = "\
<!-- Generated from rules/wrong-port.md. -->

# wrong-port

A backend names the port of the pods.

| | |
|---|---|
| Severity | error or warning |
| Fix | safe |
| Kinds | HTTPRoute, Service |
| Applies to | Istio 1.24 and later |
| Since | 0.10 |

## Why it matters
";
        assert!(page.starts_with(start), "{page}");
        assert!(
            page.contains("\nBad:\n\n```yaml\nkind: HTTPRoute\nport: 9081  # ← has no port 9081; other-rule: says this\n```\n"),
            "{page}"
        );
        assert!(page.contains("\nGood, though it looks alike, `b.yaml`:\n\n```yaml\n# ## not a heading\n"), "{page}");
        assert!(page.ends_with("Never.\n\n## Links\n\n- <https://example.com/ports>\n"), "{page}");
        assert!(!page.contains("#~"));
    }

    #[test]
    fn the_index_is_by_family() {
        let mut other = rule();
        (other.name, other.family, other.fix) = ("a-rule".to_owned(), Family::Ambient, None);
        "x | y".clone_into(&mut other.summary);
        let expected = "\
<!-- Generated from rules/. -->

# Rules

## Ambient mesh

| Rule | Finds | Severity | Fix |
|---|---|---|---|
| [a-rule](a-rule.md) | x \\| y | error | none |

## Gateway API

| Rule | Finds | Severity | Fix |
|---|---|---|---|
| [wrong-port](wrong-port.md) | a backend names the port of the pods | error | safe |
";
        assert_eq!(docs_index(&[rule(), other]), expected);
    }
}
