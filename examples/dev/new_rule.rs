//! The files of a new rule, and the lines that list it.

use std::fs;
use std::path::Path;

use clap::ValueEnum;

/// Families whose rules are code. A known issue is an entry in rules/known-issues.yaml instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Family {
    /// Enrolment, mTLS and ports on the way into an ambient mesh.
    Ambient,
    /// Waypoints and whether ingress passes them.
    Waypoint,
    /// Several clusters: global hosts, scopes, segments.
    Multicluster,
    /// Gateway API, whatever is behind it.
    GatewayApi,
    /// The manifests themselves.
    Manifests,
}

impl Family {
    /// As rule files have it.
    fn name(self) -> &'static str {
        match self {
            Self::Ambient => "ambient",
            Self::Waypoint => "waypoint",
            Self::Multicluster => "multicluster",
            Self::GatewayApi => "gateway-api",
            Self::Manifests => "manifests",
        }
    }
}

/// Writes the rule's files below the root of the tree and lists it; the paths that were written.
///
/// # Errors
/// When the name is none for a rule, the rule exists, or a file is not as expected. Nothing is written then.
pub(crate) fn write(root: &Path, name: &str, family: Family) -> Result<Vec<String>, String> {
    let word = |word: &str| {
        word.starts_with(|c: char| c.is_ascii_lowercase()) && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
    };
    if !name.contains('-') || !name.split('-').all(word) {
        return Err(format!("`{name}` is no name of a rule: words in lower case with hyphens between, such as `backend-port-missing`"));
    }
    let (module, folder) = (name.replace('-', "_"), family.name().replace('-', "_"));
    let words = format!("rules/{name}.md");
    let code = format!("src/checks/{folder}/{module}.rs");
    for path in [&words, &code] {
        if root.join(path).exists() {
            return Err(format!("{path} is there already"));
        }
    }
    let (index, catalogue) = (format!("src/checks/{folder}/mod.rs"), "src/checks/catalogue.rs".to_owned());
    let read = |path: &str| fs::read_to_string(root.join(path)).map_err(|error| format!("{path}: {error}"));
    let type_name = type_name(name);
    let mut index_text = insert(&read(&index)?, &format!("mod {module};"), |line| Some(line.strip_prefix("mod ")?.trim_end_matches(';')));
    index_text = insert(&index_text, &format!("pub(super) use {module}::{type_name};"), |line| {
        line.split_once("use ").filter(|(before, _)| before.starts_with("pub"))?.1.split(':').next()
    });
    let entry = format!("    \"{name}\" => Some(&{folder}::{type_name}),");
    let catalogue_text = insert(&read(&catalogue)?, &entry, |line| {
        Some(line.strip_prefix("    \"")?.split_once('"').filter(|(_, rest)| rest.starts_with(" => "))?.0)
    });
    let mut written = Vec::new();
    for (path, text) in
        [(words, rule_file(name, family)), (code, rule_code(name, &type_name)), (index, index_text), (catalogue, catalogue_text)]
    {
        fs::write(root.join(&path), text).map_err(|error| format!("{path}: {error}"))?;
        written.push(path);
    }
    Ok(written)
}

/// `a-rule` as `ARule`.
fn type_name(name: &str) -> String {
    name.split('-').filter_map(|word| word.split_at_checked(1)).map(|(first, rest)| first.to_uppercase() + rest).collect()
}

/// A text with one more line among those that have a key, before the first one with a greater key, else after the last.
fn insert(text: &str, line: &str, key: impl Fn(&str) -> Option<&str>) -> String {
    let own = key(line);
    let lines: Vec<&str> = text.lines().collect();
    let after = lines.iter().rposition(|other| key(other).is_some()).map_or(lines.len(), |last| last + 1);
    let at = lines.iter().position(|other| key(other).is_some() && key(other) > own).unwrap_or(after);
    let (before, behind) = lines.split_at(at);
    before.iter().chain([&line]).chain(behind).flat_map(|line| [*line, "\n"]).collect()
}

fn rule_code(name: &str, type_name: &str) -> String {
    format!(
        "\
//! `{name}`: the words are in rules/{name}.md.
use super::prelude::*;

pub(in crate::checks) struct {type_name};

impl Rule for {type_name} {{
    fn check(&self, _mesh: &Mesh, _out: &mut Findings) {{}}
}}
"
    )
}

fn rule_file(name: &str, family: Family) -> String {
    let (family, version) = (family.name(), env!("CARGO_PKG_VERSION"));
    format!(
        "\
---
summary: what it finds, in one line
severity: error
certainty: sure
family: {family}
kinds: [HTTPRoute]
fix: none
since: {version}
---

# {name}

## Why it matters

What happens at run time.

## What to do

One step.

No fix: why no fix can be written.

## Examples

```yaml bad
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata:
  name: cart #~ the words of the finding
  namespace: shop
spec:
  parentRefs:
    - name: public
      namespace: edge
```

## When to ignore it

Who may live with it.
"
    )
}
