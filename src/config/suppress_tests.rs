//! What suppressions cover, and when they have no use.

use std::sync::Arc;

use super::*;
use crate::checks::{Certainty, Label, Severity};
use crate::yaml::read;

const FILE: FileId = FileId(3);

fn scanned(text: &str) -> Vec<Suppression> {
    scan(text, &read(text), FILE)
}

/// A finding at the first place of `word`.
fn finding(text: &str, rule: &str, word: &str) -> Finding {
    let start = text.find(word).map_or(u32::MAX, |at| u32::try_from(at).unwrap_or_default());
    Finding {
        rule: Arc::from(rule),
        severity: Severity::Error,
        otherwise: false,
        certainty: Certainty::Sure,
        message: String::new(),
        resource: None,
        primary: Label { place: Place::Bytes(FILE, Span::new(start, start + length(word))), text: String::new() },
        secondary: Vec::new(),
        notes: Vec::new(),
        help: None,
        fixes: Vec::new(),
        origin: None,
        known: false,
    }
}

fn applied(text: &str, findings: &[(&str, &str)]) -> Applied {
    let lines = LineIndex::new(text);
    let locate = |place: Place| match place {
        Place::Bytes(_, span) => (span, lines.position(span.start).line),
        _ => (Span::at(0), 1),
    };
    let state = |rule: &str, _: FileId| match rule {
        "off-rule" => RuleState::Off,
        "open-rule" => RuleState::Undecided,
        "rule-a" | "rule-b" => RuleState::On,
        _ => RuleState::Unknown,
    };
    let findings = findings.iter().map(|(rule, word)| finding(text, rule, word)).collect();
    apply(findings, &scanned(text), &locate, &state, &["rule-a", "rule-b", "off-rule", "open-rule"])
}

/// The rules and words of what is left.
fn kept(text: &str, findings: &[(&str, &str)]) -> Vec<String> {
    let word = |place| match place {
        Place::Bytes(_, span) => span.of(text).to_owned(),
        _ => String::new(),
    };
    applied(text, findings).kept.iter().map(|f| format!("{} {}", f.rule, word(f.primary.place))).collect()
}

fn unused(text: &str, findings: &[(&str, &str)]) -> Vec<String> {
    let help = |u: &UnusedIgnore| u.help.as_ref().map(|help| format!(" ({help})")).unwrap_or_default();
    applied(text, findings).unused.iter().map(|u| format!("{}: {}{}", u.span.of(text), u.why, help(u))).collect()
}

#[test]
fn after_a_value_for_its_line() {
    let text = "a: 1 # meshgate: ignore[rule-a] it is fine\nb: 2\n";
    assert_eq!(kept(text, &[("rule-a", "1"), ("rule-b", "1"), ("rule-a", "2")]), ["rule-b 1", "rule-a 2"]);
    assert_eq!(scanned(text).first().and_then(|s| s.reason.as_deref()), Some("it is fine"));
    let suppressed = applied(text, &[("rule-a", "1"), ("rule-b", "1")]).suppressed;
    assert_eq!(suppressed.len(), 1);
}

#[test]
fn alone_for_the_next_line_with_content() {
    let text = "a: 1\n  # meshgate: ignore[rule-a, rule-b]\n\n# other words\nb: 2\nc: 3\n";
    let all = [("rule-a", "1"), ("rule-a", "2"), ("rule-b", "2"), ("rule-a", "3")];
    assert_eq!(kept(text, &all), ["rule-a 1", "rule-a 3"]);
    assert_eq!(unused(text, &all), Vec::<String>::new());
    let stacked = "x: 0\n# meshgate: ignore[rule-a] one\n# meshgate: ignore[rule-b] two\nb: 2\n";
    assert_eq!(kept(stacked, &[("rule-a", "2"), ("rule-b", "2")]), Vec::<String>::new());
}

#[test]
fn above_a_document_for_all_of_it() {
    for text in [
        "# meshgate: ignore[rule-a]\na: 1\nb: 2\n---\nc: 3\n",
        "\u{feff}# words\n\n# meshgate: ignore[rule-a]\r\n---\r\na: 1\r\nb: 2\r\n---\r\nc: 3\r\n",
        "---\n# meshgate: ignore[rule-a]\na: 1\nb: 2\n---\nc: 3\n",
        "--- # meshgate: ignore[rule-a]\na: 1\nb: 2\n---\nc: 3\n",
    ] {
        assert_eq!(kept(text, &[("rule-a", "1"), ("rule-a", "b"), ("rule-a", "3")]), ["rule-a 3"], "{text}");
    }
    for text in ["x: 1\n---\n# meshgate: ignore[rule-a]\n\nb: 2\nc: 3\n", "x: 1\n# meshgate: ignore[rule-a]\n---\nb: 2\nc: 3\n"] {
        assert_eq!(kept(text, &[("rule-a", "1"), ("rule-a", "2"), ("rule-a", "3")]), ["rule-a 1"], "{text}");
    }
}

#[test]
fn a_broken_document_can_be_ignored_too() {
    let text = "a: 1\n---\n# meshgate: ignore[rule-a]\nb: 2: x\n---\nc: 3\n";
    assert_eq!(kept(text, &[("rule-a", "1"), ("rule-a", "2: x"), ("rule-a", "3")]), ["rule-a 1", "rule-a 3"]);
    let end = "# meshgate: ignore[rule-a]\nb: [2";
    assert_eq!(scanned(end).first().map(|s| s.scope.clone()), Some(Scope::Document(Span::new(0, u32::MAX))));
}

#[test]
fn an_indented_comment_never_reaches_the_next_document() {
    let text = "a:\n  b: 1\n  # meshgate: ignore[rule-a]\n---\nc: 3\n";
    assert_eq!(kept(text, &[("rule-a", "3")]), ["rule-a 3"]);
    assert_eq!(unused(text, &[]), ["rule-a: `ignore[rule-a]` suppresses nothing after it (remove it)"]);
}

#[test]
fn text_that_looks_like_a_comment_is_none() {
    let text = "a: |\n  # meshgate: ignore[rule-a]\n  1\nb: '# meshgate: ignore[rule-a]'\nc: x#meshgate: ignore\n";
    assert_eq!(scanned(text), []);
    assert_eq!(scanned("# meshgate is a tool\n# see meshgate.dev/ignore\na: 1\n"), []);
}

#[test]
fn an_annotation_for_its_resource() {
    let text = "kind: A\nmetadata:\n  name: x\n  annotations:\n    meshgate.dev/ignore: |\n      rule-a: known, see rule-b\n      rule-b\nport: 1\n---\nport: 2\n";
    assert_eq!(kept(text, &[("rule-a", "1"), ("rule-b", "A"), ("rule-a", "2")]), ["rule-a 2"]);
    let found = scanned(text);
    assert_eq!(found.iter().map(|s| s.reason.as_deref()).collect::<Vec<_>>(), [Some("known, see rule-b"), None]);
    let last = text.rfind("rule-b").unwrap_or_default();
    assert_eq!(found.last().and_then(|s| s.rules.first()).map(|(_, span)| span.start as usize), Some(last));
}

#[test]
fn an_annotation_in_a_list_for_its_item() {
    let text =
        "kind: List\nitems:\n- kind: A\n  port: 1\n  metadata: {annotations: {meshgate.dev/ignore: 'rule-a: why'}}\n- kind: B\n  port: 2\n";
    assert_eq!(kept(text, &[("rule-a", "1"), ("rule-a", "2")]), ["rule-a 2"]);
}

#[test]
fn what_is_unused() {
    let text = "a: 1 # meshgate: ignore[rule-a, rule-b, off-rule, open-rule, rule-aa, unused-ignore]\n";
    assert_eq!(
        unused(text, &[("rule-a", "1")]),
        [
            "rule-b: `ignore[rule-b]` suppresses nothing on that line (remove it)",
            "rule-aa: there is no rule `rule-aa` to ignore (did you mean `rule-a`?)",
            "unused-ignore: `unused-ignore` cannot be ignored in place (set `rules: {unused-ignore: off}` in meshgate.yaml)",
        ]
    );
}

#[test]
fn malformed_ones() {
    let form = "(write `# meshgate: ignore[rule-name] reason`)";
    for (comment, why) in [
        ("# meshgate: ignore", "`ignore` names no rule"),
        ("# meshgate: ignore rule-a", "`ignore` names no rule"),
        ("# meshgate: ignore[]", "`ignore[]` names no rule"),
        ("# meshgate: ignore[ , ]", "`ignore[]` names no rule"),
        ("# meshgate: ignore[rule-a", "`ignore[` has no closing `]`"),
        ("# meshgate: disable[rule-a]", "meshgate knows no `disable` in a comment"),
        ("# meshgate:", "a comment to meshgate that says nothing"),
    ] {
        let text = format!("a: 1 {comment}\n");
        assert_eq!(unused(&text, &[("rule-a", "1")]), [format!("{comment}: {why} {form}")]);
        assert_eq!(kept(&text, &[("rule-a", "1")]).len(), 1);
    }
    assert_eq!(kept("a: 1 #meshgate:ignore [ rule-a , ]: x\n", &[("rule-a", "1")]), Vec::<String>::new());
    let empty = "metadata: {annotations: {meshgate.dev/ignore: ''}}\n";
    assert_eq!(unused(empty, &[]), ["'': `meshgate.dev/ignore` names no rule (write `rule-name: reason`, one a line)"]);
}

#[test]
fn unused_ignore_itself_is_never_suppressed() {
    let text = "a: 1 # meshgate: ignore[unused-ignore]\n";
    assert_eq!(kept(text, &[("unused-ignore", "1")]), ["unused-ignore 1"]);
}

#[test]
fn hostile_comments_end() {
    for text in ["# meshgate: ignore[", "#meshgate:ignore[\u{0}]", "# meshgate: ignore[ä,ö] ü", "---\n# meshgate: ignore[a]", "# meshgate"]
    {
        let _ = scanned(text);
    }
    for line in ["\\x61-rule: x\\n", "a-rule: x\\n"] {
        let escaped = format!("metadata: {{annotations: {{meshgate.dev/ignore: \"{}\"}}}}\n", line.repeat(60_000));
        assert_eq!(scanned(&escaped).len(), 60_000);
    }
    let many = "# meshgate: ignore[rule-a]\n".repeat(60_000);
    assert_eq!(scanned(&many).len(), 60_000);
}
