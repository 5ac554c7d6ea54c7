//! Rules of the user's own: CEL expressions over a resource, which is `self`. They are read with the settings and asked
//! while a document is open; what they find is told like everything else.

use std::sync::Arc;

use serde::Deserialize;

use super::finding::Severity;
use super::findings::Findings;
use super::known_issues::BadIssue;
use crate::model::cel::{Expression, Subject, value_of};
use crate::model::{ResourceId, Text};
use crate::text::{FileId, Span};
use crate::yaml::{At, Decoder, Index, NodeId, Tree, read};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Written {
    name: At<Text>,
    severity: Option<Severity>,
    #[serde(rename = "match")]
    matching: Matching,
    expression: At<String>,
    message: At<String>,
    place: Option<At<String>>,
    help: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Matching {
    kinds: At<Vec<Text>>,
}

/// A rule of the user's own.
#[derive(Debug)]
pub struct CustomRule {
    /// Its name, for `ignore` and `rules`.
    pub name: Arc<str>,
    severity: Severity,
    /// `Kind` or `group/Kind`.
    kinds: Vec<Text>,
    expression: Expression,
    message: String,
    place: Vec<String>,
    help: Option<String>,
}

/// All rules of the user's own.
#[derive(Clone, Debug, Default)]
pub struct CustomRules(Arc<Vec<CustomRule>>);

/// A resource that a rule of the user's own is not content with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomHit {
    /// Which rule, by its place in the list.
    rule: usize,
    /// Where the finding belongs.
    place: NodeId,
    /// Why the expression came to nothing, when it did.
    failure: Option<String>,
}

impl CustomHit {
    /// The file of the resource.
    pub const fn file(&self) -> FileId {
        self.place.file
    }
}

impl CustomRules {
    /// Reads a file of rules.
    ///
    /// # Errors
    /// What is wrong with it, with its place.
    pub fn parse(text: &str) -> Result<Self, BadIssue> {
        let tree = read(text);
        if let Some(error) = tree.errors.first() {
            return Err(BadIssue { span: Span::at(error.at), message: error.message.clone() });
        }
        let Some(root) = tree.documents.first().and_then(|d| d.root) else { return Ok(Self::default()) };
        let written: Vec<Written> = Decoder::new(&tree, FileId(0), root)
            .decode()
            .map_err(|e| BadIssue { span: tree.span(e.node.unwrap_or(root)), message: e.message })?;
        let rules: Result<Vec<CustomRule>, BadIssue> = written.into_iter().map(|one| rule_of(one, &tree)).collect();
        rules.map(|rules| Self(Arc::new(rules)))
    }

    /// With those of another file behind them.
    #[must_use]
    pub fn and(self, others: Self) -> Self {
        let all = |rules: Arc<Vec<CustomRule>>| Arc::try_unwrap(rules).unwrap_or_default();
        let mut rules = all(self.0);
        rules.extend(all(others.0));
        Self(Arc::new(rules))
    }

    /// All of them, in the order of the files.
    pub fn all(&self) -> &[CustomRule] {
        &self.0
    }

    /// Asks every rule that is for this kind about a document.
    pub fn judge(&self, tree: &Tree<'_>, file: FileId, root: Index, (group, kind): (&str, &str)) -> Vec<CustomHit> {
        let mut hits = Vec::new();
        let mut resource = None;
        for (n, rule) in self.0.iter().enumerate().filter(|(_, rule)| rule.is_for(group, kind)) {
            let own = resource.get_or_insert_with(|| Subject::new(value_of(&Decoder::new(tree, file, root).decode().unwrap_or_default())));
            let failure = match rule.expression.holds(own) {
                Ok(true) => continue,
                Ok(false) => None,
                Err(why) => Some(why),
            };
            hits.push(CustomHit { rule: n, place: rule.place_in(tree, file, root), failure });
        }
        hits
    }

    /// Reports what was found.
    pub(super) fn report(&self, hit: &CustomHit, id: &ResourceId, out: &mut Findings) {
        let Some(rule) = self.0.get(hit.rule) else { return };
        out.of(&rule.name);
        let mut draft = out.finding(hit.place).of(id).severity(rule.severity).say(format!("{id}: {}", rule.message));
        if let Some(help) = &rule.help {
            draft = draft.help(help.clone());
        }
        if let Some(why) = &hit.failure {
            draft.note(format!("the expression came to nothing here: {why}"));
        }
    }
}

impl CustomRule {
    fn is_for(&self, group: &str, kind: &str) -> bool {
        self.kinds.iter().any(|own| match own.split_once('/') {
            Some((own_group, own_kind)) => own_group == group && own_kind == kind,
            None => own == kind,
        })
    }

    /// The node that the rule's place leads to, or the last one on the way; the name when there is none.
    fn place_in(&self, tree: &Tree<'_>, file: FileId, root: Index) -> NodeId {
        let mut here = None;
        for key in &self.place {
            let Some(next) = tree.get(here.unwrap_or(root), &[key.as_str()]) else { break };
            here = Some(next);
        }
        let name = || tree.get(root, &["metadata", "name"]);
        NodeId { file, index: here.or_else(name).unwrap_or(root) }
    }
}

fn rule_of(written: Written, tree: &Tree<'_>) -> Result<CustomRule, BadIssue> {
    let bad = |node: NodeId, message: String| BadIssue { span: tree.span(node.index), message };
    let name: &str = &written.name;
    if name.is_empty() || !name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-') {
        return Err(bad(written.name.node(), format!("`{name}` is no name: write small letters, digits and hyphens")));
    }
    if written.matching.kinds.is_empty() {
        return Err(bad(written.matching.kinds.node(), "no kinds: the rule is for nothing".to_owned()));
    }
    if written.message.trim().is_empty() || written.message.contains('\n') {
        return Err(bad(written.message.node(), "a message is one line".to_owned()));
    }
    let expression =
        Expression::compile(&written.expression).map_err(|why| bad(written.expression.node(), format!("no CEL expression: {why}")))?;
    Ok(CustomRule {
        name: (*written.name).clone().into(),
        severity: written.severity.unwrap_or(Severity::Error),
        kinds: written.matching.kinds.into_inner(),
        expression,
        message: written.message.into_inner(),
        place: written.place.map_or_else(Vec::new, |place| place.split('.').filter(|key| !key.is_empty()).map(str::to_owned).collect()),
        help: written.help,
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn rule(expression: &str) -> String {
        format!(
            "- name: own\n  match: {{kinds: [HTTPRoute]}}\n  expression: {}\n  message: m\n",
            serde_json::to_string(expression).unwrap()
        )
    }

    fn hits(expression: &str, document: &str) -> Vec<Option<String>> {
        let rules = CustomRules::parse(&rule(expression)).unwrap();
        let tree = read(document);
        let root = tree.documents.first().unwrap().root.unwrap();
        let found = rules.judge(&tree, FileId(0), root, ("gateway.networking.k8s.io", "HTTPRoute"));
        found.into_iter().map(|hit| hit.failure).collect()
    }

    #[test]
    fn expressions_over_a_resource() {
        let route = "metadata: {name: a, labels: {team: x}}\nspec: {hostnames: [a.example.com, b.example.com], rules: [{timeouts: {request: 5s}}], count: 3}\n";
        for (expression, holds) in [
            ("self.spec.hostnames.all(h, h.endsWith('.example.com'))", true),
            ("self.spec.hostnames.exists(h, h.startsWith('c.'))", false),
            ("has(self.metadata.labels) && 'team' in self.metadata.labels", true),
            ("has(self.metadata.annotations)", false),
            ("self.spec.count > 2 && size(self.spec.rules) == 1", true),
            ("self.metadata.name.matches('^[a-z]+$')", true),
        ] {
            let found = hits(expression, route);
            assert_eq!(found.is_empty(), holds, "{expression}: {found:?}");
        }
    }

    #[test]
    fn what_comes_to_nothing_does_not_hold_and_says_why() {
        let found = hits("self.spec.hostnames.size() > 0", "spec: {}\n");
        assert!(matches!(found.as_slice(), [Some(why)] if why.contains("hostnames")), "{found:?}");
        let found = hits("'text'", "spec: {}\n");
        assert!(matches!(found.as_slice(), [Some(why)] if why.contains("string")), "{found:?}");
    }

    #[test]
    fn what_is_wrong_with_a_file_has_its_place() {
        let error = |text: &str| {
            let bad = CustomRules::parse(text).unwrap_err();
            (bad.span.of(text).to_owned(), bad.message)
        };
        let (at, message) = error(&rule("self.spec."));
        assert!(at.contains("self.spec.") && message.starts_with("no CEL expression"), "{at} {message}");
        assert_eq!(error(&rule("true").replace("own", "My Rule")).0, "My Rule");
        assert_eq!(error(&rule("true").replace("[HTTPRoute]", "[]")).1, "no kinds: the rule is for nothing");
        assert!(error("- name: a\n  mach: {}\n").1.contains("mach"));
        assert!(CustomRules::parse("").unwrap().all().is_empty());
    }
}
