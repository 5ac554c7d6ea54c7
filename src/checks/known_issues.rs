//! Known issues: faults of released versions are data (`rules/known-issues.yaml`); what brings them out is a predicate
//! over the mesh, by name.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;

use super::findings::Findings;
use super::prelude::*;
use crate::mesh::version::{Version, VersionRange};
use crate::mesh::{Distribution, GlobalScope, Platform, Stated};
use crate::model::{IntOrText, Text};
use crate::text::FileId;
use crate::yaml::{Decoder, NodeId, read};

/// Whose version decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum ProductName {
    Istio,
    Kgateway,
    EnterpriseKgateway,
    Gloo,
}

/// What in the mesh brings a fault out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Trigger {
    GlobalServiceWithNamedTargetPort,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Written {
    name: Text,
    product: ProductName,
    distribution: Option<Distribution>,
    affected: String,
    fixed: Vec<Text>,
    trigger: Trigger,
    fault: String,
    advice: String,
    run_time: String,
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
}

/// All known issues.
#[derive(Clone, Debug, Default)]
pub struct KnownIssues(Vec<KnownIssue>);

/// A place at which a fault would come out.
struct Hit<'m> {
    object: Object<'m>,
    place: NodeId,
    subject: String,
    cause: String,
    /// What to write at the place, with a title, where that avoids the fault.
    instead: Option<(String, Value)>,
}

impl KnownIssues {
    /// Those that come with the program.
    ///
    /// # Errors
    /// What is wrong with the file; a test reads it.
    pub fn embedded() -> Result<Self, String> {
        Self::parse(include_str!("../../rules/known-issues.yaml"))
    }

    /// Reads a file of known issues.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let tree = read(text);
        if let Some(error) = tree.errors.first() {
            return Err(error.message.clone());
        }
        let Some(root) = tree.documents.first().and_then(|d| d.root) else { return Ok(Self::default()) };
        let written: Vec<Written> = Decoder::new(&tree, FileId(0), root).decode().map_err(|e| e.to_string())?;
        written.into_iter().map(KnownIssue::new).collect::<Result<_, _>>().map(Self)
    }

    /// All of them, in the order of the file.
    pub fn all(&self) -> &[KnownIssue] {
        &self.0
    }
}

impl KnownIssue {
    fn new(written: Written) -> Result<Self, String> {
        let affected = written.affected.parse().map_err(|e| format!("{}: {e}", written.name))?;
        Ok(Self {
            name: written.name.into(),
            product: written.product,
            distribution: written.distribution,
            affected,
            fixed: written.fixed,
            trigger: written.trigger,
            fault: written.fault,
            advice: written.advice,
            run_time: written.run_time,
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
            if affected == Some(Some(false)) {
                continue;
            }
            let product = self.product.shown();
            let which = version.map_or_else(|| format!("{product} before {}", self.fixed_in_words()), |v| format!("{product} {}", v.value));
            let fault = self.fault.replace("{subject}", &hit.subject).replace("{cause}", &hit.cause);
            let draft = out
                .finding(hit.place)
                .about(hit.object)
                .say(format!("{which} {fault}"))
                .also_at(version.and_then(|v| v.place), "this version")
                .note(self.run_time.clone())
                .note(format!("fixed in {}", self.fixed_in_words()))
                .help(self.advice.clone());
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

impl Trigger {
    fn hits(self, mesh: &Mesh) -> Vec<Hit<'_>> {
        match self {
            Self::GlobalServiceWithNamedTargetPort => named_target_ports(mesh),
        }
    }
}

/// Named target ports of Services with global or segment scope.
fn named_target_ports(mesh: &Mesh) -> Vec<Hit<'_>> {
    let mut hits = Vec::new();
    for service in mesh.services() {
        let adjective = match service.scope() {
            Fact::Known((GlobalScope::Global, _)) => "global",
            Fact::Known((GlobalScope::Segment, _)) => "segment-scoped",
            _ => continue,
        };
        for target in service.ports().iter().filter(|p| p.protocol() == "TCP").filter_map(|p| p.target_port.as_ref()) {
            let IntOrText::Text(name) = &**target else { continue };
            hits.push(Hit {
                object: service.object,
                place: target.node(),
                subject: format!("{adjective} {}", service.object.id),
                cause: format!("its targetPort `{name}` is a name"),
                instead: service.container_port(name).map(|port| (format!("write `targetPort: {port}`"), port.into())),
            });
        }
    }
    hits
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
        assert!(KnownIssues::parse("[").is_err());
        assert!(KnownIssues::parse("").unwrap().all().iter().next().is_none());
    }
}
