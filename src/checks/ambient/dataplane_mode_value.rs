//! `dataplane-mode-value`: the words are in rules/dataplane-mode-value.md.
use super::bypass;
use super::prelude::*;

pub(in crate::checks) struct DataplaneModeValue;

impl Rule for DataplaneModeValue {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for found in mesh.unread_modes() {
            let (object, value) = (found.object, found.label.value);
            let Some(node) = found.label.node else { continue };
            let (who, effect) = match found.pods {
                None => (format!("namespace `{}` has", object.id.name), "its pods are not in the mesh"),
                Some(capture) => (
                    format!("pods of {} have", object.id),
                    match capture {
                        Capture::Captured => "they are in the mesh all the same",
                        Capture::Not(_) => "they are not in the mesh",
                        Capture::Unknown => "the label of their namespace decides",
                    },
                ),
            };
            let meant = meaning(value);
            let draft = out
                .finding(node)
                .about(object)
                .say(format!("{who} `istio.io/dataplane-mode: {value}`, a value that nothing reads: {effect}"))
                .label("only `ambient` and `none` count")
                .note("istio-cni compares the value letter by letter and passes over every other one without a word");
            let draft = match meant {
                Some(word) => {
                    let title = format!("set it to `{word}`");
                    let homes = if word == "ambient" { object.bypasses_once_captured() } else { Some(Vec::new()) };
                    match homes {
                        Some(homes) => draft.help(title.clone()).fix_by(Unsafe, bypass::with_bypass(&title, &homes), |edits| {
                            edits.set(node, word);
                            bypass::add_all(edits, &homes);
                        }),
                        None => draft.help(title.clone()).fix(Manual, title),
                    }
                }
                None => draft.help("set it to `ambient`, or to `none` to stay out"),
            };
            // whoever wrote a no on a namespace has what he wanted
            if meant == Some("none") && !matches!(found.pods, Some(Capture::Captured)) {
                draft.otherwise();
            }
        }
    }
}

/// The word that was probably meant.
fn meaning(value: &str) -> Option<&'static str> {
    let lower = value.trim().to_ascii_lowercase();
    match lower.as_str() {
        "disabled" | "disable" | "false" | "off" | "no" | "0" => Some("none"),
        "enabled" | "enable" | "true" | "on" | "yes" | "1" => Some("ambient"),
        _ => ["ambient", "none"].into_iter().find(|word| strsim::osa_distance(word, &lower) <= if *word == "none" { 1 } else { 2 }),
    }
}
