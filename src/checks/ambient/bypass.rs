//! How the rules of this family write the bypass annotation, and put namespaces into the mesh.

use serde_json::json;

use super::prelude::*;
use crate::checks::finding::Edits;
use crate::mesh::{BYPASS, BypassHome, BypassPlace, DATAPLANE_MODE};

/// Writes the annotation where it reaches the pods.
pub(super) fn add(edits: &mut Edits, home: &BypassHome<'_>, value: &str) {
    match &home.place {
        BypassPlace::Below { map, path } => {
            let path: Vec<&str> = path.iter().copied().chain([BYPASS]).collect();
            edits.insert(*map, &path, value);
        }
        BypassPlace::New { group, kind, name } => {
            let gateway = home.object.resource();
            let mut metadata = json!({ "name": name });
            // beside a Gateway that leaves its namespace to others
            if let (Some(namespace), Some(fields)) = (&gateway.meta.namespace, metadata.as_object_mut()) {
                fields.insert("namespace".to_owned(), json!(&***namespace));
            }
            let manifest = json!({
                "apiVersion": format!("{group}/v1alpha1"),
                "kind": kind,
                "metadata": metadata,
                "spec": { "kube": { "podTemplate": { "extraAnnotations": { BYPASS: value } } } },
            });
            edits.create(gateway.node, manifest);
            refer(edits, home.object, group, kind, name);
        }
    }
}

/// Writes the annotation for several gateways.
pub(super) fn add_all(edits: &mut Edits, homes: &[BypassHome<'_>]) {
    for home in homes {
        add(edits, home, "true");
    }
}

/// Lets a Gateway refer to Parameters.
pub(super) fn refer(edits: &mut Edits, gateway: Object<'_>, group: &str, kind: &str, name: &str) {
    let reference = json!({ "group": group, "kind": kind, "name": name });
    edits.insert(gateway.resource().node, &["spec", "infrastructure", "parametersRef"], reference);
}

/// What [`add`] does, as an imperative; `what` is the annotation.
pub(super) fn title(verb: &str, what: &str, home: &BypassHome<'_>) -> String {
    match &home.place {
        BypassPlace::Below { path, .. } => format!("{verb} {what} to `{}` of {}", path.join("."), home.object.id),
        BypassPlace::New { kind, name, .. } => {
            let preposition = if verb == "move" { "to" } else { "in" };
            format!("{verb} {what} {preposition} a new {kind} `{name}` that the Gateway refers to")
        }
    }
}

/// As far as it lets in nobody but clients that are rejected now.
pub(super) fn level(home: &BypassHome<'_>) -> Applicability {
    if home.is_safe() { Safe } else { Unsafe }
}

/// Offers to put a namespace into the mesh, together with the annotation for its Gateways where mTLS is STRICT for them.
pub(super) fn enrol<'f>(draft: Draft<'f>, namespace: Option<Object<'_>>, title: &str) -> Draft<'f> {
    let namespace = namespace.filter(|object| !object.is_broken());
    let Some((namespace, homes)) = namespace.and_then(|object| Some((object, object.bypasses_once_captured()?))) else {
        return draft.fix(Manual, title);
    };
    draft.fix_by(Unsafe, with_bypass(title, &homes), |edits| {
        edits.insert(namespace.node, &["metadata", "labels", DATAPLANE_MODE], "ambient");
        add_all(edits, &homes);
    })
}

/// The title of a fix that brings the annotation along.
pub(super) fn with_bypass(title: &str, homes: &[BypassHome<'_>]) -> String {
    match homes {
        [] => title.to_owned(),
        [_] => format!("{title}, and annotate the pods of its gateway so that clients from outside get in"),
        _ => format!("{title}, and annotate the pods of its gateways so that clients from outside get in"),
    }
}
