//! What the patches of kustomizations change: which resources, and which of their fields.
//!
//! Patches are not applied. What a base says in a field that is patched is not what gets applied, and nothing is concluded from it.

use crate::model::Text;
use crate::yaml::{self, Index, Kind, Tree};

/// What leaves routes, ports and identities alone.
const NEUTRAL: [&str; 2] = ["metadata.annotations", "spec.replicas"];
/// How many patches of one kustomization are told apart.
const MAX_PATCHES: usize = 1000;
/// How many bytes of patches of one kustomization are read.
const MAX_BYTES: usize = 4 << 20;

/// What one patch changes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Touch {
    /// Of resources of this kind; none for any.
    kind: Option<Text>,
    /// Of the resource of this name; none for any.
    name: Option<Text>,
    /// The fields, no deeper than their second step (`spec.hostnames`); an empty one is the whole resource.
    fields: Vec<String>,
}

impl Touch {
    /// Whether it changes what a field of a resource says. The name of a resource, its kind and its root stand for all of it.
    pub fn changes(&self, kind: &str, name: &str, field: &str) -> bool {
        let is = |wanted: &Option<Text>, value: &str| wanted.as_deref().is_none_or(|wanted| wanted == value);
        // in a list
        let field = field.strip_prefix("items[").and_then(|rest| rest.split_once("].")).map_or(field, |(_, field)| field);
        let whole = matches!(field, "" | "apiVersion" | "kind" | "metadata" | "metadata.name");
        let mut steps = field.split(['.', '[']);
        let (first, second) = (steps.next().unwrap_or_default(), steps.next());
        let meets = |patched: &String| match (patched.split_once('.'), second) {
            (None, _) => patched.is_empty() || patched == first,
            (Some((of, _)), None) => of == first,
            (Some((of, what)), Some(second)) => of == first && what == second,
        };
        is(&self.kind, kind)
            && is(&self.name, name)
            && self.fields.iter().any(|patched| if whole { !NEUTRAL.contains(&&**patched) } else { meets(patched) })
    }
}

/// What the patches of a kustomization change. `file` reads a file that it names.
pub(super) fn touches(tree: &Tree<'_>, root: Index, file: &dyn Fn(&str) -> Option<String>) -> Vec<Touch> {
    let items = |key: &str| tree.get(root, &[key]).map(|list| tree.kids(tree.target(list))).unwrap_or_default().iter().copied();
    let (mut found, mut left) = (Vec::new(), MAX_BYTES);
    for entry in ["patches", "patchesJson6902"].into_iter().flat_map(items) {
        let target = tree.get(entry, &["target"]);
        let of = |key: &str| target.and_then(|target| tree.get_text(target, &[key])).filter(|text| is_plain(text)).map(Text::from);
        let target = target.is_some().then(|| (of("kind"), of("name")));
        let inline = tree.get_text(entry, &["patch"]).map(ToOwned::to_owned);
        let text = inline.or_else(|| file(tree.get_text(entry, &["path"])?));
        add(&mut found, text.as_deref(), target.as_ref(), &mut left);
    }
    for patch in items("patchesStrategicMerge").filter_map(|item| tree.text(item)) {
        let text = if patch.contains('\n') { Some(patch.to_owned()) } else { file(patch) };
        add(&mut found, text.as_deref(), None, &mut left);
    }
    if left == 0 || found.len() > MAX_PATCHES {
        // too many to tell: anything may be changed
        return vec![Touch { kind: None, name: None, fields: vec![String::new()] }];
    }
    found
}

/// Of a regular expression, any resource may be meant.
fn is_plain(name: &str) -> bool {
    !name.is_empty() && !name.contains(['*', '+', '?', '|', '(', '[', '\\', '^', '$'])
}

fn add(found: &mut Vec<Touch>, text: Option<&str>, target: Option<&(Option<Text>, Option<Text>)>, left: &mut usize) {
    *left = left.saturating_sub(text.map_or(0, str::len));
    if *left == 0 || found.len() > MAX_PATCHES {
        return;
    }
    let Some(text) = text else {
        // it is not here: it may change anything of its target
        found.extend(target.map(|(kind, name)| Touch { kind: kind.clone(), name: name.clone(), fields: vec![String::new()] }));
        return;
    };
    let tree = yaml::read(text);
    for root in tree.documents.iter().filter_map(|document| document.root) {
        let root = tree.target(root);
        let own = |path: &[&str]| tree.get_text(root, path).map(Text::from);
        let ((kind, name), fields) = match tree.node(root).kind {
            Kind::Seq { .. } => (target.cloned().unwrap_or_default(), operations(&tree, root)),
            Kind::Map { .. } => (target.cloned().unwrap_or_else(|| (own(&["kind"]), own(&["metadata", "name"]))), merged(&tree, root)),
            Kind::Scalar { .. } | Kind::Alias(_) => continue,
        };
        if !fields.is_empty() {
            found.push(Touch { kind, name, fields });
        }
    }
}

/// The fields of JSON patch operations.
fn operations(tree: &Tree<'_>, root: Index) -> Vec<String> {
    let paths = tree.kids(root).iter().flat_map(|operation| [tree.get_text(*operation, &["path"]), tree.get_text(*operation, &["from"])]);
    let field =
        |pointer: &str| pointer.split('/').skip(1).take(2).map(|step| step.replace("~1", "/").replace("~0", "~")).collect::<Vec<_>>();
    paths.flatten().map(|pointer| field(pointer).join(".")).collect()
}

/// The fields that a strategic merge patch has.
fn merged(tree: &Tree<'_>, root: Index) -> Vec<String> {
    let mut fields = Vec::new();
    for [key, value] in tree.kids(root).as_chunks::<2>().0 {
        let Some(key) = tree.text(*key).filter(|key| !matches!(*key, "apiVersion" | "kind")) else { continue };
        let value = tree.target(*value);
        match tree.node(value).kind {
            Kind::Map { .. } => fields.extend(
                (tree.kids(value).as_chunks::<2>().0.iter())
                    .filter_map(|[inner, _]| tree.text(*inner))
                    .filter(|inner| key != "metadata" || !matches!(*inner, "name" | "namespace"))
                    .map(|inner| if inner == "$patch" { key.to_owned() } else { format!("{key}.{inner}") }),
            ),
            // `$patch: delete`
            _ => fields.push(if key == "$patch" { String::new() } else { key.to_owned() }),
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn of(kustomization: &str) -> Vec<Touch> {
        let tree = yaml::read(kustomization);
        let file = |name: &str| match name {
            "smp.yaml" => Some("kind: Service\nmetadata: {name: a, labels: {x: y}}\nspec: {ports: []}\n".to_owned()),
            "ops.yaml" => {
                Some("- {op: add, path: /metadata/labels/a~1b, value: c}\n- {op: move, from: /spec/x/0, path: /spec/y}\n".to_owned())
            }
            "gone.yaml" => Some("kind: Service\nmetadata: {name: a}\n$patch: delete\n".to_owned()),
            _ => None,
        };
        touches(&tree, tree.documents.first().unwrap().root.unwrap(), &file)
    }

    fn touch(kind: Option<&str>, name: Option<&str>, fields: &[&str]) -> Touch {
        Touch { kind: kind.map(Into::into), name: name.map(Into::into), fields: fields.iter().map(|f| (*f).to_owned()).collect() }
    }

    #[test]
    fn patches_of_every_form() {
        let found = of("patches:\n- {target: {kind: HTTPRoute}, path: ops.yaml}\n- {path: smp.yaml}\n\
             - {target: {kind: Gateway, name: a.*}, patch: '[{op: remove, path: /spec}]'}\n- {target: {kind: Pod}, path: elsewhere.yaml}\n\
             - {target: {kind: Job}, patch: '[]'}\n- {path: elsewhere.yaml}\n\
             patchesStrategicMerge: [gone.yaml, \"kind: A\\nspec: {$patch: replace}\\n\"]\n\
             patchesJson6902: [{target: {kind: B, name: b}, path: ops.yaml}]\n");
        let operations = ["metadata.labels", "spec.y", "spec.x"];
        let expected = [
            touch(Some("HTTPRoute"), None, &operations),
            touch(Some("Service"), Some("a"), &["metadata.labels", "spec.ports"]),
            touch(Some("Gateway"), None, &["spec"]),
            touch(Some("Pod"), None, &[""]),
            touch(Some("B"), Some("b"), &operations),
            touch(Some("Service"), Some("a"), &[""]),
            touch(Some("A"), None, &["spec"]),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn only_what_is_patched_is_changed() {
        let hosts = touch(Some("HTTPRoute"), None, &["spec.hostnames"]);
        for field in ["spec.hostnames", "spec.hostnames[0]", "spec", "", "metadata.name", "items[a].spec.hostnames[x]"] {
            assert!(hosts.changes("HTTPRoute", "a", field), "{field}");
        }
        for field in ["spec.rules[0].backendRefs", "spec.hostname", "metadata.labels", "items[a].spec.rules"] {
            assert!(!hosts.changes("HTTPRoute", "a", field), "{field}");
        }
        assert!(!hosts.changes("GRPCRoute", "a", "spec.hostnames"));
        let spec = touch(Some("Service"), Some("a"), &["spec"]);
        assert!(spec.changes("Service", "a", "spec.ports[0].port") && !spec.changes("Service", "b", "spec.ports"));
        assert!(!spec.changes("Service", "a", "metadata.labels"));
        let replicas = touch(Some("Deployment"), None, &["spec.replicas", "metadata.annotations"]);
        assert!(!replicas.changes("Deployment", "a", "metadata.name") && replicas.changes("Deployment", "a", "spec.replicas"));
        assert!(touch(None, None, &[""]).changes("Service", "a", "metadata.labels"));
    }
}
