//! Known issues: faults of released versions are data (`rules/known-issues.yaml`); what brings them out is a predicate
//! over the mesh, by name.

mod triggers;

use std::sync::Arc;

use serde::Deserialize;

use super::Severity;
use super::findings::Findings;
use super::prelude::*;
use crate::mesh::version::{Version, VersionRange};
use crate::mesh::{Distribution, Platform, Stated};
use crate::model::Text;
use crate::text::{FileId, Span};
use crate::yaml::{At, Decoder, read};
use triggers::Trigger;

/// Whose version decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum ProductName {
    Istio,
    Kgateway,
    EnterpriseKgateway,
    Gloo,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Written {
    name: At<Text>,
    product: ProductName,
    distribution: Option<Distribution>,
    affected: At<String>,
    #[serde(default)]
    fixed: Vec<Text>,
    trigger: Trigger,
    fault: String,
    advice: String,
    run_time: String,
    certainty: Option<Sureness>,
    #[serde(default)]
    silent_without_version: bool,
    severity: Option<Severity>,
}

/// The best certainty that a fault can reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Sureness {
    Sure,
    Likely,
    Possible,
}

/// What is wrong with a file of known issues.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadIssue {
    /// Where, in its text.
    pub span: Span,
    /// What.
    pub message: String,
}

/// A fault of released versions.
#[derive(Clone, Debug)]
pub struct KnownIssue {
    /// Its name, for `ignore` and `explain`.
    pub name: Arc<str>,
    product: ProductName,
    distribution: Option<Distribution>,
    affected: VersionRange,
    fixed: Vec<Text>,
    trigger: Trigger,
    fault: String,
    advice: String,
    run_time: String,
    certainty: Certainty,
    silent_without_version: bool,
    /// How bad it is; none for those that have a file with their words.
    severity: Option<Severity>,
}

/// All known issues.
#[derive(Clone, Debug, Default)]
pub struct KnownIssues(Vec<KnownIssue>);

impl KnownIssues {
    /// Those that come with the program.
    ///
    /// # Errors
    /// What is wrong with the file; a test reads it.
    pub fn embedded() -> Result<Self, String> {
        Self::parse(include_str!("../../../rules/known-issues.yaml")).map_err(|bad| bad.message)
    }

    /// Reads a file of known issues.
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
        let place = |node: crate::yaml::NodeId| tree.span(node.index);
        written.into_iter().map(|one| KnownIssue::new(one, &place)).collect::<Result<_, _>>().map(Self)
    }

    /// With those of another file behind them.
    #[must_use]
    pub fn and(mut self, others: Self) -> Self {
        self.0.extend(others.0);
        self
    }

    /// All of them, in the order of the file.
    pub fn all(&self) -> &[KnownIssue] {
        &self.0
    }
}

impl KnownIssue {
    fn new(written: Written, place: &dyn Fn(crate::yaml::NodeId) -> Span) -> Result<Self, BadIssue> {
        let affected =
            written.affected.parse().map_err(|e| BadIssue { span: place(written.affected.node()), message: format!("`affected`: {e}") })?;
        let is_name = !written.name.is_empty() && written.name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if !is_name {
            let message = format!("`{}` is no name: write small letters, digits and hyphens", *written.name);
            return Err(BadIssue { span: place(written.name.node()), message });
        }
        Ok(Self {
            name: (*written.name).clone().into(),
            product: written.product,
            distribution: written.distribution,
            affected,
            fixed: written.fixed,
            trigger: written.trigger,
            fault: written.fault,
            advice: written.advice,
            run_time: written.run_time,
            certainty: match written.certainty {
                None | Some(Sureness::Sure) => Certainty::Sure,
                Some(Sureness::Likely) => Likely,
                Some(Sureness::Possible) => Possible,
            },
            silent_without_version: written.silent_without_version,
            severity: written.severity,
        })
    }

    /// Reports every place at which the fault comes out with the versions that are known.
    pub(super) fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for hit in self.trigger.hits(mesh) {
            let platform = hit.object.platform();
            let others = platform.distribution.as_ref().is_some_and(|d| Some(d.value) != self.distribution);
            if self.distribution.is_some() && others {
                continue;
            }
            let version = self.version(platform);
            let affected = version.map(|v| self.affected.contains(&v.value));
            if affected == Some(Some(false)) || (self.silent_without_version && affected != Some(Some(true))) {
                continue;
            }
            let product = self.product.shown();
            let which = match version {
                Some(version) => format!("{product} {}", version.value),
                None if self.fixed.is_empty() => product.to_owned(),
                None => format!("{product} before {}", self.fixed_in_words()),
            };
            let fault = self.fault.replace("{subject}", &hit.subject).replace("{cause}", &hit.cause);
            let draft = out
                .finding(hit.place)
                .about(hit.object)
                .say(format!("{which} {fault}"))
                .also_at(version.and_then(|v| v.place), "this version")
                .certainty(self.certainty)
                .note(self.run_time.clone())
                .help(self.advice.clone());
            let draft = if self.fixed.is_empty() { draft } else { draft.note(format!("fixed in {}", self.fixed_in_words())) };
            let draft = match self.severity {
                Some(severity) => draft.severity(severity),
                None => draft,
            };
            let draft = match hit.instead {
                Some((title, value)) => draft.fix_by_setting(Safe, title, hit.place, value),
                None => draft,
            };
            let whose = self.distribution.is_none() || platform.distribution.is_some();
            match (whose, affected) {
                (false, _) => _ = draft.undecided("mesh.distribution"),
                (true, None) => _ = draft.undecided(self.product.setting()),
                // only the minor version is known
                (true, Some(None)) => _ = draft.certainty(Likely),
                (true, Some(Some(_))) => {}
            }
        }
    }

    fn version<'p>(&self, platform: &'p Platform) -> Option<&'p Stated<Version>> {
        match self.product {
            ProductName::Istio => platform.istio.as_ref(),
            ProductName::Kgateway => platform.kgateway.as_ref(),
            ProductName::EnterpriseKgateway => platform.enterprise_kgateway.as_ref(),
            ProductName::Gloo => platform.gloo.as_ref(),
        }
    }

    fn fixed_in_words(&self) -> String {
        crate::mesh::in_words(self.fixed.iter().map(ToString::to_string))
    }
}

impl ProductName {
    const fn shown(self) -> &'static str {
        match self {
            Self::Istio => "Istio",
            Self::Kgateway => "kgateway",
            Self::EnterpriseKgateway => "Solo Enterprise for kgateway",
            Self::Gloo => "Gloo Gateway",
        }
    }

    /// The key of meshgate.yaml that states its version.
    const fn setting(self) -> &'static str {
        match self {
            Self::Istio => "mesh.version",
            Self::Kgateway => "gateway.kgateway.version",
            Self::EnterpriseKgateway => "gateway.enterpriseKgateway.version",
            Self::Gloo => "gateway.gloo.version",
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn the_embedded_file_is_right() {
        let issues = KnownIssues::embedded().unwrap();
        let issue = issues.all().iter().find(|i| &*i.name == "named-target-port-known-issue").unwrap();
        for (version, expected) in [
            ("1.28.5-solo", Some(true)),
            ("1.28.6-solo", Some(false)),
            ("1.29.1", Some(true)),
            ("1.29.2", Some(true)),
            ("1.29.2-patch0-solo", Some(false)),
            ("1.29.3", Some(false)),
            ("1.30.0", Some(false)),
            ("1.27.9", Some(false)),
            ("1.29", None),
        ] {
            assert_eq!(issue.affected.contains(&version.parse().unwrap()), expected, "{version}");
        }
    }

    #[test]
    fn what_is_wrong_with_a_file_is_said() {
        assert!(KnownIssues::parse("- name: x\n  produkt: istio\n").is_err());
        let bad = KnownIssues::parse(
            "- name: x\n  product: istio\n  affected: soon\n  trigger: segment\n  fault: f\n  advice: a\n  run-time: r\n",
        );
        assert_eq!(bad.unwrap_err().span.start, 39);
        assert!(KnownIssues::parse("[").is_err());
        assert!(KnownIssues::parse("").unwrap().all().iter().next().is_none());
    }
}
