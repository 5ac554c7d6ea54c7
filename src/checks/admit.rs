//! How a fix lets a namespace in at a listener.

use serde_json::json;

use super::finding::Edits;
use crate::mesh::Admission;

/// Lets a namespace in at a listener, beside those that are let in already.
pub(super) fn admit(admission: &Admission<'_>, namespace: &str, edits: &mut Edits) {
    match admission {
        Admission::Names { listener, instead, names } => {
            let names: Vec<&str> = names.iter().map(|name| &**name).collect();
            let selector = json!({ "matchExpressions": [{ "key": "kubernetes.io/metadata.name", "operator": "In", "values": names }] });
            match instead {
                Some(old) => edits.set(*old, selector),
                None => edits.insert(*listener, &["allowedRoutes", "namespaces"], json!({ "from": "Selector", "selector": selector })),
            };
        }
        Admission::OneMore(requirement) => _ = edits.append(*requirement, &["values"], namespace),
        Admission::Labels(object, labels) => {
            for (key, value) in labels {
                edits.insert(object.node, &["metadata", "labels", key], &***value);
            }
        }
    }
}
