//! Collecting findings.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::finding::{Applicability, Certainty, Edits, Finding, Fix, Label, Place, Severity};
use crate::mesh::Object;
use crate::model::ResourceId;
use crate::yaml::NodeId;

/// What the rules have found so far.
#[derive(Debug, Default)]
pub struct Findings {
    list: Vec<Finding>,
    rule: Option<Arc<str>>,
    undecided: BTreeMap<&'static str, usize>,
}

impl Findings {
    /// From here on, findings are this rule's.
    pub(super) fn of(&mut self, rule: &Arc<str>) {
        self.rule = Some(rule.clone());
    }

    /// A new finding at a place; sure and of the rule's first severity unless said otherwise.
    pub fn finding(&mut self, place: impl Into<Place>) -> Draft<'_> {
        let rule = self.rule.clone().unwrap_or_else(|| "".into());
        self.list.push(Finding {
            rule,
            severity: Severity::Error,
            otherwise: false,
            certainty: Certainty::Sure,
            message: String::new(),
            resource: None,
            primary: Label { place: place.into(), text: String::new() },
            secondary: Vec::new(),
            notes: Vec::new(),
            help: None,
            fixes: Vec::new(),
            origin: None,
            known: false,
        });
        let index = self.list.len() - 1;
        Draft { findings: self, index }
    }

    /// Adds those of another rule.
    pub(super) fn append(&mut self, mut other: Self) {
        self.list.append(&mut other.list);
        for (setting, count) in other.undecided {
            *self.undecided.entry(setting).or_default() += count;
        }
    }

    /// All of them, and how many checks each setting would have decided.
    pub(super) fn into_parts(self) -> (Vec<Finding>, BTreeMap<&'static str, usize>) {
        (self.list, self.undecided)
    }
}

/// A finding that is being written. It is kept as it stands when the draft is dropped.
pub struct Draft<'f> {
    findings: &'f mut Findings,
    index: usize,
}

#[expect(clippy::return_self_not_must_use, reason = "a draft is kept as it stands when it is dropped")]
impl Draft<'_> {
    fn change(self, change: impl FnOnce(&mut Finding)) -> Self {
        if let Some(finding) = self.findings.list.get_mut(self.index) {
            change(finding);
        }
        self
    }

    /// The headline.
    pub fn say(self, message: impl Into<String>) -> Self {
        self.change(|f| f.message = message.into())
    }

    /// The resource it is about.
    pub fn about(self, object: Object<'_>) -> Self {
        let cluster = object.cluster_name().filter(|_| !object.origin.clusters.is_empty() && object.origin.clusters.len() == 1).cloned();
        let id = ResourceId { cluster, ..object.id.clone() };
        self.change(|f| f.resource = Some(id))
    }

    /// As [`Draft::about`], where there is no mesh yet.
    pub fn of(self, id: &ResourceId) -> Self {
        self.change(|f| f.resource = Some(id.clone()))
    }

    /// Words at the primary place.
    pub fn label(self, text: impl Into<String>) -> Self {
        self.change(|f| f.primary.text = text.into())
    }

    /// Another place that explains it.
    pub fn also(self, place: impl Into<Place>, text: impl Into<String>) -> Self {
        self.change(|f| f.secondary.push(Label { place: place.into(), text: text.into() }))
    }

    /// As [`Draft::also`], when there is such a place.
    pub fn also_at(self, place: Option<impl Into<Place>>, text: impl Into<String>) -> Self {
        match place {
            Some(place) => self.also(place, text),
            None => self,
        }
    }

    /// What happens at run time.
    pub fn note(self, text: impl Into<String>) -> Self {
        self.change(|f| f.notes.push(text.into()))
    }

    /// What to do.
    pub fn help(self, text: impl Into<String>) -> Self {
        self.change(|f| f.help = Some(text.into()))
    }

    /// A way out that is described.
    pub fn fix(self, applicability: Applicability, title: impl Into<String>) -> Self {
        self.change(|f| f.fixes.push(Fix { title: title.into(), applicability, edits: Vec::new(), changes: Vec::new() }))
    }

    /// A way out that can be written.
    pub fn fix_by(self, applicability: Applicability, title: impl Into<String>, say: impl FnOnce(&mut Edits)) -> Self {
        let mut edits = Edits::default();
        say(&mut edits);
        self.change(|f| f.fixes.push(Fix { title: title.into(), applicability, edits: edits.into_list(), changes: Vec::new() }))
    }

    /// A way out that sets one value.
    pub fn fix_by_setting(
        self,
        applicability: Applicability,
        title: impl Into<String>,
        node: impl Into<NodeId>,
        value: impl Into<serde_json::Value>,
    ) -> Self {
        self.fix_by(applicability, title, |edits| _ = edits.set(node, value))
    }

    /// A severity of its own, where no file of a rule says one.
    pub fn severity(self, severity: Severity) -> Self {
        self.change(|f| f.severity = severity)
    }

    /// Less than sure.
    pub fn certainty(self, certainty: Certainty) -> Self {
        self.change(|f| f.certainty = f.certainty.min(certainty))
    }

    /// The rule's second severity.
    pub fn otherwise(self) -> Self {
        self.change(|f| f.otherwise = true)
    }

    /// Only possible, because a setting is not known that would decide it.
    pub fn undecided(self, setting: &'static str) -> Self {
        *self.findings.undecided.entry(setting).or_default() += 1;
        self.certainty(Certainty::Possible)
    }
}
