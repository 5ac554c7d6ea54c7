//! `bypass-value-invalid`: the words are in rules/bypass-value-invalid.md.
use super::prelude::*;

pub(in crate::checks) struct BypassValueInvalid;

impl Rule for BypassValueInvalid {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for (object, label) in mesh.unread_bypasses() {
            let Some(node) = label.node else { continue };
            let draft = out
                .finding(node)
                .about(object)
                .say(format!(
                    "`{}` is no boolean: annotation `ambient.istio.io/bypass-inbound-capture` of {} is ignored",
                    label.value, object.id
                ))
                .label("neither true nor false to Istio")
                .note("istio-cni logs the value and goes on to capture what the pods receive");
            match meaning(label.value) {
                Some(true) => draft.help("write `\"true\"`").fix_by_setting(Unsafe, "set it to \"true\"", node, "true"),
                Some(false) => {
                    draft.otherwise().help("write `\"false\"`, or remove it").fix_by_setting(Unsafe, "set it to \"false\"", node, "false")
                }
                None => draft
                    .help("write `\"true\"` to let clients from outside in, or remove it")
                    .fix(Manual, "decide whether inbound traffic is bypassed"),
            };
        }
    }
}

/// What the word says to people.
fn meaning(value: &str) -> Option<bool> {
    match value.trim().to_ascii_lowercase().as_str() {
        "true" | "yes" | "y" | "on" | "enabled" | "enable" => Some(true),
        "false" | "no" | "n" | "off" | "disabled" | "disable" => Some(false),
        word if strsim::osa_distance(word, "true") == 1 => Some(true),
        _ => None,
    }
}
