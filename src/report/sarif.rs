//! SARIF 2.1.0, the format of code scanning: <https://docs.oasis-open.org/sarif/sarif/v2.1.0/>.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::json::escaped;
use super::target::{Target, fingerprints, uri};
use super::{Places, ReportInput, applicability_name, remarks};
use crate::checks::rule_file::{Family, RuleFile};
use crate::checks::{Certainty, FileChange, Finding, Fix, FixTarget, Label, Place, Severity, catalogue};
use crate::text::{Position, one_line};

/// What URIs are relative to: the root of the repository, where linters run.
const ROOT: &str = "%SRCROOT%";

#[derive(Serialize)]
struct Log<'a> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<'a> {
    tool: Value,
    column_kind: &'static str,
    results: Vec<SarifResult<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SarifResult<'a> {
    rule_id: &'a str,
    rule_index: usize,
    level: &'static str,
    message: Message,
    locations: [Location; 1],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<Location>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fixes: Vec<SarifFix>,
    partial_fingerprints: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    baseline_state: Option<&'static str>,
    properties: Value,
}

#[derive(Serialize)]
struct Message {
    text: String,
    #[serde(skip_serializing_if = "Map::is_empty")]
    properties: Map<String, Value>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<usize>,
    #[serde(rename = "physicalLocation")]
    physical: Physical,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    logical_locations: Vec<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Message>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Physical {
    artifact_location: Artifact,
    region: Region,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Artifact {
    uri: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    uri_base_id: Option<&'static str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    start_column: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_column: Option<usize>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SarifFix {
    description: Message,
    artifact_changes: Vec<Change>,
    properties: Value,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Change {
    artifact_location: Artifact,
    replacements: Vec<Replacement>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Replacement {
    deleted_region: Region,
    inserted_content: Message,
}

/// Writes one SARIF log with one run. `compared` says that the run had a baseline: then each result says whether it is new.
pub fn sarif(input: &ReportInput<'_>, compared: bool, out: &mut dyn Write) -> io::Result<()> {
    let places = Places::new(input);
    let mut rules: Vec<&str> = input.findings.iter().map(|finding| &*finding.rule).collect();
    rules.sort_unstable();
    rules.dedup();
    let results = input.findings.iter().zip(fingerprints(input, &places)).map(|(finding, fingerprint)| {
        let baseline_state = compared.then_some(if finding.known { "unchanged" } else { "new" });
        let rule_index = rules.binary_search(&&*finding.rule).unwrap_or_default();
        let (fixes, described) = fixes(finding, &places);
        SarifResult {
            rule_id: &finding.rule,
            rule_index,
            level: level(finding.severity),
            message: message(finding, described),
            locations: [Location { logical_locations: logical(finding, &places), ..location(&finding.primary, &places, None) }],
            related_locations: finding.secondary.iter().enumerate().map(|(i, label)| location(label, &places, Some(i + 1))).collect(),
            fixes,
            partial_fingerprints: json!({ "meshgate/v1": fingerprint }),
            baseline_state,
            properties: json!({ "certainty": finding.certainty }),
        }
    });
    let driver = json!({
        "name": "meshgate",
        "semanticVersion": env!("CARGO_PKG_VERSION"),
        "rules": rules.iter().map(|name| rule(name, catalogue().file(name))).collect::<Vec<_>>(),
    });
    let run = Run { tool: json!({ "driver": driver }), column_kind: "unicodeCodePoints", results: results.collect() };
    let log = Log { schema: "https://json.schemastore.org/sarif-2.1.0.json", version: "2.1.0", runs: [run] };
    writeln!(out, "{}", escaped(&serde_json::to_string_pretty(&log)?))
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

/// The descriptor of a rule. Precision is what code scanning sorts by.
fn rule(name: &str, file: Option<&RuleFile>) -> Value {
    let Some(file) = file else { return json!({ "id": name }) };
    let mut help = format!("{}\n\n{}", file.why, file.what_to_do);
    for (i, link) in file.links.iter().enumerate() {
        help.push_str(if i == 0 { "\n\n- " } else { "\n- " });
        help.push_str(link);
    }
    let precision = match file.certainty {
        Certainty::Sure => "very-high",
        Certainty::Likely => "high",
        Certainty::Possible => "medium",
    };
    let family = match file.family {
        Family::Ambient => "ambient",
        Family::Waypoint => "waypoint",
        Family::Multicluster => "multicluster",
        Family::GatewayApi => "gateway-api",
        Family::Manifests => "manifests",
        Family::KnownIssues => "known-issues",
    };
    let problem = match file.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "recommendation",
    };
    json!({
        "id": name,
        "shortDescription": { "text": file.summary },
        "fullDescription": { "text": file.why },
        "help": { "text": help, "markdown": help },
        "defaultConfiguration": { "level": level(file.severity) },
        "properties": { "tags": [family], "family": family, "precision": precision, "problem.severity": problem },
    })
}

/// The headline and what follows it; ways out that are only described stand in the properties too.
fn message(finding: &Finding, described: Vec<Value>) -> Message {
    let lines: Vec<String> = std::iter::once(one_line(&finding.message).into_owned()).chain(remarks(finding)).collect();
    let properties = if described.is_empty() { Map::new() } else { Map::from_iter([("fixes".to_owned(), described.into())]) };
    Message { properties, ..said(&lines.join("\n")) }
}

/// Text of a message. Viewers make links of `[…](…)`, and manifests are not to put any there.
fn said(text: &str) -> Message {
    Message { text: text.replace("](", "] ("), properties: Map::new() }
}

fn artifact(path: &str) -> Artifact {
    let uri = uri(path);
    let uri_base_id = (!uri.starts_with("file:")).then_some(ROOT);
    Artifact { uri, uri_base_id }
}

fn region(range: Option<(Position, Position)>) -> Region {
    let Some((start, end)) = range else { return Region { start_line: 1, start_column: None, end_line: None, end_column: None } };
    Region { start_line: start.line, start_column: Some(start.column), end_line: Some(end.line), end_column: Some(end.column) }
}

fn location(label: &Label, places: &Places<'_>, id: Option<usize>) -> Location {
    let Target { path, range } = places.target(label);
    Location {
        id,
        physical: Physical { artifact_location: artifact(path), region: region(range) },
        logical_locations: Vec::new(),
        message: Some(said(&one_line(&label.text))).filter(|message| !message.text.is_empty()),
    }
}

fn logical(finding: &Finding, places: &Places<'_>) -> Vec<Value> {
    let logical = finding.resource.as_ref().map(|id| {
        let key = places.key(finding);
        json!({ "name": id.name, "fullyQualifiedName": key.resource, "kind": "resource" })
    });
    logical.into_iter().collect()
}

/// Fixes that a program can make, and those that are only described.
fn fixes(finding: &Finding, places: &Places<'_>) -> (Vec<SarifFix>, Vec<Value>) {
    let (mut written, mut described) = (Vec::new(), Vec::new());
    for fix in &finding.fixes {
        match changes(fix, places) {
            Some(artifact_changes) => written.push(SarifFix {
                description: said(&one_line(&fix.title)),
                artifact_changes,
                properties: json!({ "applicability": applicability_name(fix.applicability) }),
            }),
            None => described.push(json!({ "title": fix.title, "applicability": applicability_name(fix.applicability) })),
        }
    }
    (written, described)
}

/// The changes of a fix, one for each file; `None` when not all of them are to files of the repository: SARIF has no words
/// for a new file.
fn changes(fix: &Fix, places: &Places<'_>) -> Option<Vec<Change>> {
    let mut changes: Vec<Change> = Vec::new();
    for FileChange { file, change } in &fix.changes {
        let FixTarget::Known(file) = file else { return None };
        if places.is_piped(*file) {
            return None;
        }
        let range = places.range(&Label { place: Place::Bytes(*file, change.span), text: String::new() });
        let inserted_content = Message { text: change.content.clone(), properties: Map::new() };
        let replacement = Replacement { deleted_region: region(Some(range)), inserted_content };
        let location = artifact(places.path(*file));
        match changes.iter_mut().find(|change| change.artifact_location.uri == location.uri) {
            Some(change) => change.replacements.push(replacement),
            None => changes.push(Change { artifact_location: location, replacements: vec![replacement] }),
        }
    }
    if changes.is_empty() { None } else { Some(changes) }
}

#[cfg(test)]
#[path = "sarif_tests.rs"]
mod tests;
