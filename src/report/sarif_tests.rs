#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use super::*;
use crate::checks::Applicability;
use crate::model::{Namespace, ResourceId};
use crate::report::testing::{Files, print, sample};
use crate::text::{FileId, Span};
use crate::yaml::patch;

fn log(findings: &[Finding], files: &Files, compared: bool) -> Value {
    let text = print(findings, files, |input, out| sarif(input, compared, out).unwrap());
    serde_json::from_str(&text).unwrap()
}

#[test]
fn a_result_with_everything() {
    let (mut finding, files) = sample();
    finding.resource = Some(ResourceId {
        cluster: Some("east".into()),
        group: "gateway.networking.k8s.io".into(),
        kind: "HTTPRoute".into(),
        namespace: Namespace::Named("bookinfo".into()),
        name: "productpage".into(),
    });
    let Place::Bytes(file, span) = files.place(0, "9081") else { unreachable!() };
    let change = patch::Change { span, content: "9080".to_owned() };
    finding.fixes.push(Fix {
        title: "use the other port".to_owned(),
        applicability: Applicability::Safe,
        edits: Vec::new(),
        changes: vec![FileChange { file: FixTarget::Known(file), change }],
    });
    let log = log(&[finding], &files, false);
    let driver = &log["runs"][0]["tool"]["driver"];
    assert_eq!(driver["rules"][0]["id"], "backend-port-is-target-port");
    assert_eq!(driver["rules"][0]["defaultConfiguration"]["level"], "error");
    assert_eq!(driver["rules"][0]["properties"]["precision"], "very-high");
    assert!(driver["rules"][0]["help"]["markdown"].as_str().unwrap().contains("https://"));
    let mut result = log["runs"][0]["results"][0].clone();
    assert_eq!(result["partialFingerprints"]["meshgate/v1"].take().as_str().unwrap().len(), 32);
    assert_eq!(
        result,
        json!({
            "ruleId": "backend-port-is-target-port",
            "ruleIndex": 0,
            "level": "error",
            "message": {
                "text": "Service `bookinfo/productpage` has no port 9081: that is the target port of port 9080\n\
                    the gateway answers 5xx for every request to `/productpage`\nfix (safe): use port 9080\nfix (safe): use the other port",
                "properties": { "fixes": [{ "title": "use port 9080", "applicability": "safe" }] },
            },
            "locations": [{
                "physicalLocation": {
                    "artifactLocation": { "uri": "routes/productpage.yaml", "uriBaseId": "%SRCROOT%" },
                    "region": { "startLine": 17, "startColumn": 15, "endLine": 17, "endColumn": 19 },
                },
                "logicalLocations": [{
                    "name": "productpage",
                    "fullyQualifiedName": "east: gateway.networking.k8s.io/HTTPRoute bookinfo/productpage",
                    "kind": "resource",
                }],
                "message": { "text": "looked up on the Service" },
            }],
            "relatedLocations": [{
                "id": 1,
                "physicalLocation": {
                    "artifactLocation": { "uri": "apps/productpage.yaml", "uriBaseId": "%SRCROOT%" },
                    "region": { "startLine": 9, "startColumn": 17, "endLine": 9, "endColumn": 21 },
                },
                "message": { "text": "the Service maps this port" },
            }],
            "fixes": [{
                "description": { "text": "use the other port" },
                "artifactChanges": [{
                    "artifactLocation": { "uri": "routes/productpage.yaml", "uriBaseId": "%SRCROOT%" },
                    "replacements": [{
                        "deletedRegion": { "startLine": 17, "startColumn": 15, "endLine": 17, "endColumn": 19 },
                        "insertedContent": { "text": "9080" },
                    }],
                }],
                "properties": { "applicability": "safe" },
            }],
            "partialFingerprints": { "meshgate/v1": null },
            "properties": { "certainty": "sure" },
        })
    );
}

#[test]
fn with_a_baseline_each_result_says_whether_it_is_new() {
    let (finding, files) = sample();
    let known = Finding { known: true, ..finding.clone() };
    let of = |compared| -> Vec<Value> {
        let log = log(&[finding.clone(), known.clone()], &files, compared);
        log["runs"][0]["results"].as_array().unwrap().iter().map(|result| result["baselineState"].clone()).collect()
    };
    assert_eq!(of(true), ["new", "unchanged"]);
    assert_eq!(of(false), [Value::Null, Value::Null]);
}

#[test]
fn what_was_rendered_points_at_its_origin_and_cannot_be_changed() {
    let text = "a: b\nport: 9081\n";
    let mut files = Files::new(&[("<stdin>", text)]);
    files.origin = Some("charts/a b.yaml".to_owned());
    let mut finding = files.finding("m", (0, "9081"));
    let change = patch::Change { span: Span::new(11, 15), content: "9080".to_owned() };
    let changes = vec![FileChange { file: FixTarget::Known(FileId(0)), change }];
    finding.fixes.push(Fix { title: "t".to_owned(), applicability: Applicability::Safe, edits: Vec::new(), changes });
    let log = log(&[finding], &files, false);
    let result = &log["runs"][0]["results"][0];
    assert_eq!(
        result["locations"][0]["physicalLocation"],
        json!({ "artifactLocation": { "uri": "charts/a%20b.yaml", "uriBaseId": "%SRCROOT%" }, "region": { "startLine": 1 } })
    );
    assert_eq!(result["fixes"], Value::Null);
    assert_eq!(result["message"]["properties"]["fixes"][0]["title"], "t");
}

#[test]
fn manifests_put_no_links_into_messages() {
    let files = Files::new(&[("a.yaml", "x: y\n")]);
    let log = log(&[files.finding("`[look](https://evil.example)`\u{1b}", (0, "x"))], &files, false);
    assert_eq!(log["runs"][0]["results"][0]["message"]["text"], "`[look] (https://evil.example)`\\u{1b}");
}
