//! Templates that nobody has rendered: Helm and Go `{{ … }}`, and `${VAR}` as Flux and envsubst replace it.
//!
//! A template can parse as valid YAML and say something else than what will be applied, so this is decided before a
//! document is trusted. What a template says in plain words (its kind, its namespace) is still worth knowing: what it will
//! create is *skipped*, not absent.

use memchr::memmem;

use crate::model::Text;
use crate::text::Span;
use crate::yaml::{Index, Kind, ScalarStyle, Tree};

/// Below these keys braces and dollars are ordinary: programs, their arguments, and texts for other programs (Go templates in
/// ConfigMaps, Inja in kgateway transformations, the injection templates of an Istio installation).
const ORDINARY: [&str; 12] = [
    "command",
    "args",
    "env",
    "data",
    "stringData",
    "binaryData",
    "annotations",
    "status",
    "templates",
    "transformation",
    "transformations",
    "stagedTransformations",
];

/// Whether the text holds anything that templates are made of. Most files do not, and need no second look.
pub(super) fn suspicious(text: &str) -> bool {
    memmem::find(text.as_bytes(), b"{{").is_some() || memmem::find(text.as_bytes(), b"${").is_some()
}

/// The first `{{` that no comment holds, in a piece of a file that starts at an offset.
pub(super) fn first_braces(piece: &str, offset: usize) -> Option<Span> {
    let mut at = offset;
    for line in piece.split_inclusive('\n') {
        if let Some(found) = line.find("{{").filter(|found| !line.get(..*found).unwrap_or_default().trim_start().starts_with('#')) {
            return Some(span(at + found, at + found + 2));
        }
        at += line.len();
    }
    None
}

fn span(start: usize, end: usize) -> Span {
    Span::new(u32::try_from(start).unwrap_or(u32::MAX), u32::try_from(end).unwrap_or(u32::MAX))
}

/// The first place in a document that parsed at which it turns out to be a template. Values count only when `values` is set:
/// kinds that we do not model (ApplicationSet, PrometheusRule, …) have templates of their own in them.
///
/// Depth is bounded by the reader. Aliases are not followed: what they stand for is looked at where it stands.
pub(super) fn place(tree: &Tree<'_>, text: &str, root: Index, values: bool) -> Option<Span> {
    let node = tree.node(root);
    match &node.kind {
        Kind::Scalar { text: value, style, .. } if values && *style != ScalarStyle::Block && is_template(value) => Some(node.span),
        Kind::Scalar { .. } | Kind::Alias(_) => None,
        Kind::Seq { .. } => tree.kids(root).iter().find_map(|kid| place(tree, text, *kid, values)),
        Kind::Map { flow, .. } => {
            // `name: {{ .Values.x }}` reads as a mapping whose key is a mapping
            if *flow && node.span.of(text).starts_with("{{") {
                return Some(node.span);
            }
            tree.kids(root).as_chunks::<2>().0.iter().find_map(|[key, value]| {
                // a label may be called `env`
                let ordinary = tree.text(*value).is_none() && tree.text(*key).is_some_and(|key| ORDINARY.contains(&key));
                let values = values && !ordinary;
                place(tree, text, *key, values).or_else(|| place(tree, text, *value, values))
            })
        }
    }
}

/// Whether a value has `{{ … }}` or `${NAME}` in it.
pub(super) fn is_template(value: &str) -> bool {
    value.split_once("{{").is_some_and(|(_, after)| after.contains("}}")) || substitution(value)
}

/// `${NAME}`, also with a default or another operator (`${NAME:-x}`); `$${NAME}` is how Flux writes a plain `${NAME}`.
fn substitution(value: &str) -> bool {
    memmem::find_iter(value.as_bytes(), b"${").any(|at| {
        let escaped = value.get(..at).is_some_and(|before| before.ends_with('$'));
        let Some(after) = value.get(at + 2..).filter(|_| !escaped) else {
            return false;
        };
        let rest = after.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_');
        let name = after.get(..after.len() - rest.len()).unwrap_or_default();
        let operator = rest.starts_with([':', '-', '=', '+', '?', '/', '%', '#', ',', '^']) && rest.contains('}');
        name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && (rest.starts_with('}') || operator)
    })
}

/// The namespace of a document that was skipped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SkippedNamespace {
    /// Written out.
    Named(Text),
    /// Not written; the kustomization or the command line may say it.
    LeftOut,
    /// A template decides.
    Unknown,
}

/// What a document that nobody could read still says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Facts {
    pub(super) api_version: Option<Text>,
    pub(super) kind: Option<Text>,
    pub(super) name: Option<Text>,
    pub(super) namespace: SkippedNamespace,
}

/// Reads the plain lines of a document that is a template or broken.
pub(super) fn facts(document: &str) -> Facts {
    let mut facts = Facts { api_version: None, kind: None, name: None, namespace: SkippedNamespace::LeftOut };
    let document = document.trim_start_matches('\u{feff}');
    if document.trim_start().starts_with('{') && !document.trim_start().starts_with("{{") {
        // JSON has no lines to go by
        facts.namespace = SkippedNamespace::Unknown;
        return facts;
    }
    let (mut kinds, mut metadata, mut indent) = (0, false, 0);
    for line in document.lines() {
        let inner = line.trim_start();
        if inner.is_empty() || inner.starts_with('#') {
            continue;
        }
        let depth = line.len() - inner.len();
        if depth == 0 && !inner.starts_with("{{") {
            metadata = inner.starts_with("metadata:");
            indent = 0;
            if let Some(value) = inner.strip_prefix("kind:") {
                let kind = literal(value);
                // two kinds in one document: a condition decides
                facts.kind = if kinds == 0 || facts.kind == kind { kind } else { None };
                kinds += 1;
            } else if let Some(value) = inner.strip_prefix("apiVersion:") {
                facts.api_version = literal(value);
            }
        }
        if !metadata || depth == 0 {
            continue;
        }
        if inner.starts_with("{{") {
            // whatever is included here may name a namespace
            if facts.namespace == SkippedNamespace::LeftOut {
                facts.namespace = SkippedNamespace::Unknown;
            }
            continue;
        }
        indent = if indent == 0 { depth } else { indent };
        if depth == indent
            && let Some(value) = inner.strip_prefix("namespace:")
        {
            facts.namespace = literal(value).map_or(SkippedNamespace::Unknown, SkippedNamespace::Named);
        } else if depth == indent
            && let Some(value) = inner.strip_prefix("name:")
        {
            facts.name = literal(value);
        }
    }
    facts
}

/// A value that is one plain or quoted word, without templates.
fn literal(value: &str) -> Option<Text> {
    let value = value.split(" #").next().unwrap_or_default().trim().trim_matches(['"', '\'']);
    let plain = !value.is_empty() && !value.contains(['{', '$', ' ', '*', '&', '[', '|', '>']);
    plain.then(|| value.into())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::yaml;

    fn is(text: &str, values: bool) -> bool {
        let tree = yaml::read(text);
        let root = tree.documents.first().and_then(|d| d.root).unwrap();
        place(&tree, text, root, values).is_some()
    }

    #[test]
    fn substitutions() {
        assert!(is_template("${VAR}") && is_template("a-${cluster_name:=x}-b") && is_template("x{{ .a }}y"));
        for ordinary in ["$VAR", "$${VAR}", "${1}", "${}", "^/a${", "%REQ(x)%", "a{{2", "${a b}", "$(VAR)"] {
            assert!(!is_template(ordinary), "{ordinary}");
        }
    }

    #[test]
    fn braces_that_parse_are_still_templates() {
        assert!(is("metadata:\n  name: {{ .Values.name }}\n", false));
        assert!(is("spec:\n  ports:\n  - {{ .Values.port }}\n", false));
        assert!(!is("spec: {a: {b: c}}\n", true));
        assert!(!is("? {a: b}\n: c\n", true));
    }

    #[test]
    fn values_count_only_for_kinds_we_know() {
        let text = "metadata:\n  name: '{{name}}-x'\n";
        assert!(is(text, true) && !is(text, false));
        for ordinary in [
            "data:\n  a: '{{ .x }}'\n",
            "metadata:\n  annotations:\n    a: '{{ .x }}'\n",
            "spec:\n  containers:\n  - args: ['--f={{.Name}}']\n    command: [sh, -c, 'echo ${HOME}']\n    env:\n    - value: ${X}\n",
            "spec:\n  script: |\n    echo ${HOME}\n",
        ] {
            assert!(!is(ordinary, true), "{ordinary}");
        }
        assert!(is("metadata:\n  labels: {env: '${ENV}'}\n", true));
        assert!(is("spec:\n  template:\n    metadata:\n      labels: {app: '${APP}'}\n", true));
    }

    #[test]
    fn plain_words_of_a_template() {
        let found = facts(
            "{{- if .Values.on }}\napiVersion: v1\nkind: Service # it is\nmetadata:\n  name: {{ .Release.Name }}\n  namespace: \"shop\"\n  labels:\n    namespace: no\nspec: {}\n",
        );
        assert_eq!(found.kind.as_deref(), Some("Service"));
        assert_eq!(found.api_version.as_deref(), Some("v1"));
        assert_eq!(found.name, None);
        assert_eq!(found.namespace, SkippedNamespace::Named("shop".into()));
        let include = facts("kind: Service\nmetadata:\n  {{- include \"meta\" . | nindent 2 }}\n");
        assert_eq!(include.namespace, SkippedNamespace::Unknown);
        assert_eq!(facts("kind: A\nmetadata:\n  name: b\n").namespace, SkippedNamespace::LeftOut);
        assert_eq!(facts("{{ if .x }}\nkind: A\n{{ else }}\nkind: B\n{{ end }}").kind, None);
    }
}
