//! `rules/<name>.md`: the words, the level and the examples of a rule, as a person writes them.

mod examples;
mod show;

use serde::Deserialize;

use super::{Applicability, Certainty, Severity};
use crate::text::{FileId, LineIndex};
use crate::yaml::{At, Decoder, Tree, read};

pub use examples::{Example, ExampleFile, ExampleKind, Mark};
pub use show::{docs_index, docs_page, explain};

/// The group a rule is listed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Family {
    /// Enrolment, mTLS and ports on the way into an ambient mesh.
    Ambient,
    /// Waypoints and whether ingress passes them.
    Waypoint,
    /// Several clusters: global hosts, scopes, segments.
    Multicluster,
    /// Gateway API, whatever is behind it.
    GatewayApi,
    /// The manifests themselves.
    Manifests,
    /// Faults of released versions.
    KnownIssues,
}

/// Who finds it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// A rule over the mesh.
    #[default]
    Check,
    /// The YAML reader.
    Reader,
    /// The shape check of the typed model.
    Shape,
    /// The handling of ignores.
    Suppress,
}

/// A rule file.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleFile {
    /// The rule's name: the file's, and the title's.
    pub name: String,
    /// What it finds, in one line.
    pub summary: String,
    /// How bad it is.
    pub severity: Severity,
    /// How bad it is in the other case that the text describes.
    pub otherwise: Option<Severity>,
    /// The best certainty it can reach.
    pub certainty: Certainty,
    /// Where it is listed.
    pub family: Family,
    /// The kinds it speaks of.
    pub kinds: Vec<String>,
    /// What its best fix may do; `None` when it has none.
    pub fix: Option<Applicability>,
    /// The first version of meshgate with it.
    pub since: String,
    /// Products and versions it is for, when not all.
    pub applies: Option<String>,
    /// Further reading.
    pub links: Vec<String>,
    /// Who finds it.
    pub source: Source,
    /// "Why it matters", as Markdown.
    pub why: String,
    /// "What to do", as Markdown.
    pub what_to_do: String,
    /// "When to ignore it", as Markdown.
    pub ignore_when: String,
    /// "Why the fix is unsafe", as Markdown; there exactly when it is.
    pub unsafe_why: Option<String>,
    /// The examples, in order.
    pub examples: Vec<Example>,
    /// Everything below the front matter.
    pub body: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Front {
    summary: At<String>,
    severity: Severity,
    otherwise: Option<Severity>,
    certainty: At<String>,
    family: Family,
    #[serde(default)]
    kinds: Vec<String>,
    fix: At<String>,
    #[serde(rename = "since")]
    _since: serde::de::IgnoredAny,
    applies: Option<String>,
    #[serde(default)]
    links: Vec<String>,
    #[serde(default)]
    source: Source,
}

/// A line of the file with its number from 1.
type Line<'t> = (usize, &'t str);

impl RuleFile {
    /// Reads `rules/<name>.md`.
    ///
    /// # Errors
    /// What is wrong, with `<name>.md:line`.
    pub fn parse(name: &str, text: &str) -> Result<Self, String> {
        let failed = |(line, cause): (usize, String)| format!("{name}.md:{line}: {cause}");
        let (front, body) = split(text).map_err(failed)?;
        let tree = read(front);
        // the line of `---` stands above the front matter
        let fields = Fields { tree: &tree, lines: LineIndex::new(front) };
        let (front, since) = fields.read().map_err(failed)?;
        let certainty = fields.certainty(&front).map_err(failed)?;
        let fix = fields.fix(&front).map_err(failed)?;
        let sections = Sections::read(name, &body, fix == Some(Applicability::Unsafe)).map_err(failed)?;
        sections.reason_without_fix(fix).map_err(failed)?;
        let examples = examples::read(&sections.examples).map_err(failed)?;
        Ok(Self {
            name: name.to_owned(),
            summary: front.summary.into_inner(),
            severity: front.severity,
            otherwise: front.otherwise,
            certainty,
            family: front.family,
            kinds: front.kinds,
            fix,
            since,
            applies: front.applies,
            links: front.links,
            source: front.source,
            why: joined(&sections.why),
            what_to_do: joined(&sections.what_to_do),
            ignore_when: joined(&sections.ignore_when),
            unsafe_why: sections.unsafe_why.as_deref().map(joined),
            examples,
            body: joined(&body) + "\n",
        })
    }
}

type Failure = (usize, String);

/// Front matter and body.
fn split(text: &str) -> Result<(&str, Vec<Line<'_>>), Failure> {
    let missing = || (1, "the file starts with front matter between two lines of `---`".to_owned());
    let (first, rest) = text.split_once('\n').ok_or_else(missing)?;
    if first.trim_end() != "---" {
        return Err(missing());
    }
    let mut at = 0;
    for (i, line) in rest.split_inclusive('\n').enumerate() {
        if line.trim_end() == "---" {
            let body = rest.get(at + line.len()..).unwrap_or_default().lines().enumerate().map(|(n, line)| (n + i + 3, line)).collect();
            return Ok((rest.get(..at).unwrap_or_default(), body));
        }
        at += line.len();
    }
    Err(missing())
}

struct Fields<'f> {
    tree: &'f Tree<'f>,
    lines: LineIndex<'f>,
}

impl Fields<'_> {
    fn line(&self, index: u32) -> usize {
        self.lines.position(self.tree.span(index).start).line + 1
    }

    fn read(&self) -> Result<(Front, String), Failure> {
        if let Some(error) = self.tree.errors.first() {
            return Err((self.lines.position(error.at).line + 1, error.message.clone()));
        }
        if let Some((_, again)) = self.tree.duplicate_keys.first() {
            return Err((self.line(*again), "a key twice".to_owned()));
        }
        let root = self.tree.documents.first().and_then(|d| d.root).ok_or_else(|| (1, "the front matter is empty".to_owned()))?;
        let front: Front =
            Decoder::new(self.tree, FileId(0), root).decode().map_err(|e| (e.node.map_or(1, |node| self.line(node)), e.message))?;
        if front.summary.trim().is_empty() || front.summary.contains('\n') {
            return Err((self.line(front.summary.node().index), "`summary` is one line".to_owned()));
        }
        // 0.10 is a version, not the number 0.1
        let since = self.tree.get_text(root, &["since"]).unwrap_or_default().to_owned();
        if !since.starts_with(|c: char| c.is_ascii_digit()) {
            return Err((self.tree.get(root, &["since"]).map_or(1, |node| self.line(node)), "`since` is a version".to_owned()));
        }
        Ok((front, since))
    }

    fn certainty(&self, front: &Front) -> Result<Certainty, Failure> {
        match front.certainty.as_str() {
            "sure" => Ok(Certainty::Sure),
            "likely" => Ok(Certainty::Likely),
            "possible" => Ok(Certainty::Possible),
            other => Err((self.line(front.certainty.node().index), format!("`certainty` is sure, likely or possible, not `{other}`"))),
        }
    }

    fn fix(&self, front: &Front) -> Result<Option<Applicability>, Failure> {
        match front.fix.as_str() {
            "none" => Ok(None),
            "manual" => Ok(Some(Applicability::Manual)),
            "unsafe" => Ok(Some(Applicability::Unsafe)),
            "safe" => Ok(Some(Applicability::Safe)),
            other => Err((self.line(front.fix.node().index), format!("`fix` is none, manual, unsafe or safe, not `{other}`"))),
        }
    }
}

/// What a line of a Markdown text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Words,
    /// The first line of a code block.
    Opens,
    Code,
    /// The last line of a code block.
    Closes,
}

/// The lines of a Markdown text with what they are.
fn parts<'l, 't>(lines: &'l [Line<'t>]) -> impl Iterator<Item = (Line<'t>, Part)> + use<'l, 't> {
    let mut open: Option<usize> = None;
    lines.iter().map(move |&(number, line)| {
        let ticks = line.bytes().take_while(|b| *b == b'`').count();
        let part = match open {
            None if ticks >= 3 => {
                open = Some(ticks);
                Part::Opens
            }
            None => Part::Words,
            Some(opened) if ticks >= opened && line.trim_end().len() == ticks => {
                open = None;
                Part::Closes
            }
            Some(_) => Part::Code,
        };
        ((number, line), part)
    })
}

/// The text below each heading.
struct Sections<'t> {
    why: Vec<Line<'t>>,
    what_to_do: Vec<Line<'t>>,
    examples: Vec<Line<'t>>,
    ignore_when: Vec<Line<'t>>,
    unsafe_why: Option<Vec<Line<'t>>>,
}

impl<'t> Sections<'t> {
    fn read(name: &str, body: &[Line<'t>], is_unsafe: bool) -> Result<Self, Failure> {
        let title = format!("# {name}");
        let mut expected = vec![title.as_str(), "## Why it matters", "## What to do", "## Examples", "## When to ignore it"];
        if is_unsafe {
            expected.push("## Why the fix is unsafe");
        }
        let mut found: Vec<(Line<'t>, Vec<Line<'t>>)> = Vec::new();
        for ((number, line), part) in parts(body) {
            if part == Part::Words && (line.starts_with("# ") || line.starts_with("## ")) {
                let wanted = expected.get(found.len()).copied().unwrap_or("no further heading");
                if line.trim_end() != wanted {
                    return Err((number, format!("expected `{wanted}` here, not `{}`", line.trim_end())));
                }
                found.push(((number, line), Vec::new()));
            } else if let Some((_, lines)) = found.last_mut() {
                lines.push((number, line));
            } else if !line.trim().is_empty() {
                return Err((number, format!("expected `{title}` before any text")));
            }
        }
        let end = body.last().map_or(1, |(number, _)| *number);
        if let Some(missing) = expected.get(found.len()) {
            return Err((end, format!("`{missing}` is missing")));
        }
        for (i, ((number, heading), lines)) in found.iter().enumerate() {
            if lines.iter().all(|(_, line)| line.trim().is_empty()) != (i == 0) {
                let cause = if i == 0 { "no text between the title and the first heading" } else { "no words below the heading" };
                return Err((*number, format!("`{heading}`: {cause}")));
            }
        }
        let mut texts = found.into_iter().skip(1).map(|(_, lines)| lines);
        let mut next = || texts.next().unwrap_or_default();
        let (why, what_to_do, examples, ignore_when) = (next(), next(), next(), next());
        Ok(Self { why, what_to_do, examples, ignore_when, unsafe_why: texts.next() })
    }

    /// A rule whose findings nobody can fix for the reader says why.
    fn reason_without_fix(&self, fix: Option<Applicability>) -> Result<(), Failure> {
        let said = parts(&self.what_to_do).any(|((_, line), part)| {
            part == Part::Words
                && ["No fix:", "Manual fix:"].iter().any(|start| line.strip_prefix(start).is_some_and(|reason| !reason.trim().is_empty()))
        });
        if said || matches!(fix, Some(Applicability::Safe | Applicability::Unsafe)) {
            return Ok(());
        }
        let line = self.what_to_do.first().map_or(1, |(number, _)| *number);
        Err((line, "without a fix, a line under `## What to do` starts with `No fix:` or `Manual fix:` and gives the reason".to_owned()))
    }
}

fn joined(lines: &[Line<'_>]) -> String {
    let lines: Vec<&str> = lines.iter().map(|(_, line)| *line).collect();
    lines.join("\n").trim().to_owned()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    pub(super) const FILE: &str = r#"---
summary: a backend names the port of the pods
severity: error
otherwise: warning
certainty: sure
family: gateway-api
kinds: [HTTPRoute, Service]
fix: safe
since: 0.10
applies: Istio 1.24 and later
links:
  - https://example.com/ports
---

# wrong-port

## Why it matters

The gateway looks the port up on the Service.
A second line.

## What to do

Name the port of the Service.

## Examples

One file:

```yaml bad
kind: HTTPRoute
port: 9081 #~ has no port 9081  #~ other-rule: says this
```

```yaml fixed
kind: HTTPRoute
port: 9080
```

Several files:

```yaml bad path=east/svc.yaml args="--complete --namespace x"
kind: Service
```

```yaml bad path=east/route.yaml
port: 1 #~ no port 1: none at all
```

```yaml good
kind: A
```

```yaml good near-miss path=b.yaml
# ## not a heading
## nor this
kind: B
```

## When to ignore it

Never.
"#;

    fn error(from: &str, to: &str) -> String {
        assert!(FILE.contains(from), "{from}");
        RuleFile::parse("wrong-port", &FILE.replacen(from, to, 1)).unwrap_err()
    }

    #[test]
    fn reads_the_front_matter_and_the_words() {
        let rule = RuleFile::parse("wrong-port", FILE).unwrap();
        assert_eq!(rule.summary, "a backend names the port of the pods");
        assert_eq!((rule.severity, rule.otherwise, rule.certainty), (Severity::Error, Some(Severity::Warning), Certainty::Sure));
        assert_eq!((rule.family, rule.fix, rule.source), (Family::GatewayApi, Some(Applicability::Safe), Source::Check));
        assert_eq!((rule.since.as_str(), rule.applies.as_deref()), ("0.10", Some("Istio 1.24 and later")));
        assert_eq!((rule.kinds.len(), rule.links.len()), (2, 1));
        assert_eq!(rule.why, "The gateway looks the port up on the Service.\nA second line.");
        assert_eq!((rule.what_to_do.as_str(), rule.ignore_when.as_str()), ("Name the port of the Service.", "Never."));
        assert_eq!(rule.unsafe_why, None);
        assert!(rule.body.starts_with("# wrong-port\n") && rule.body.ends_with("Never.\n"));
    }

    #[test]
    fn line_endings_do_not_count() {
        let windows = RuleFile::parse("wrong-port", &FILE.replace('\n', "\r\n")).unwrap();
        assert_eq!(windows, RuleFile::parse("wrong-port", FILE).unwrap());
    }

    #[test]
    fn unsafe_fixes_say_why() {
        let text = FILE.replacen("fix: safe", "fix: unsafe", 1);
        assert_eq!(RuleFile::parse("wrong-port", &text).unwrap_err(), "wrong-port.md:62: `## Why the fix is unsafe` is missing");
        let rule = RuleFile::parse("wrong-port", &format!("{text}\n## Why the fix is unsafe\n\nTraffic moves.\n")).unwrap();
        assert_eq!(rule.unsafe_why.as_deref(), Some("Traffic moves."));
        let needless = RuleFile::parse("wrong-port", &format!("{FILE}\n## Why the fix is unsafe\n\nTraffic moves.\n")).unwrap_err();
        assert!(needless.starts_with("wrong-port.md:64: expected `no further heading`"), "{needless}");
    }

    #[test]
    fn rules_without_fix_give_the_reason() {
        for fix in ["none", "manual"] {
            assert!(error("fix: safe", &format!("fix: {fix}")).starts_with("wrong-port.md:23: without a fix"));
            let text = FILE.replacen("fix: safe", &format!("fix: {fix}"), 1);
            RuleFile::parse("wrong-port", &text.replacen("Name the", "No fix: only you know.\nName the", 1)).unwrap();
            RuleFile::parse("wrong-port", &text.replacen("Name the", "Manual fix: only you know.\nName the", 1)).unwrap();
            RuleFile::parse("wrong-port", &text.replacen("Name the", "No fix:\nName the", 1)).unwrap_err();
        }
    }

    #[test]
    fn errors_say_where() {
        assert!(error("---\n", "").starts_with("wrong-port.md:1: the file starts with"));
        assert!(error("severity: error", "severity: bad").starts_with("wrong-port.md:3: "));
        assert!(error("otherwise: warning", "another: warning").starts_with("wrong-port.md:4: unknown field `another`"));
        assert!(error("certainty: sure", "certainty: yes!").starts_with("wrong-port.md:5: `certainty` is"));
        assert!(error("family: gateway-api", "family: x").starts_with("wrong-port.md:6: "));
        assert!(error("fix: safe", "fix: maybe").starts_with("wrong-port.md:8: `fix` is"));
        assert!(error("since: 0.10", "since: soon").starts_with("wrong-port.md:9: `since` is"));
        assert!(error("since: 0.10", "severity: error").starts_with("wrong-port.md:9: a key twice"));
        assert!(error("kinds: [", "kinds: [[").starts_with("wrong-port.md:"));
        assert_eq!(error("# wrong-port", "# other"), "wrong-port.md:15: expected `# wrong-port` here, not `# other`");
        assert_eq!(error("## What to do", "## Do"), "wrong-port.md:22: expected `## What to do` here, not `## Do`");
        assert_eq!(error("Never.\n", ""), "wrong-port.md:60: `## When to ignore it`: no words below the heading");
        assert!(error("# wrong-port\n", "# wrong-port\n\nwords\n").contains("no text between"));
        assert!(
            RuleFile::parse("x", "").is_err() && RuleFile::parse("x", "---\n---\n").is_err() && RuleFile::parse("x", "---\na").is_err()
        );
    }
}
