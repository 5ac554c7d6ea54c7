//! What an editor needs: the JSON Schema of `meshgate.yaml`, and a file to start from.

use serde_json::{Value, json};

use super::file::ConfigFile;

/// The JSON Schema of `meshgate.yaml` (draft 2020-12). `rules` are the names of all rules and known issues with their
/// summaries, so that an editor completes and explains them. Other names are for a file that has rules or known issues of
/// its own: what those are called stands in other files, which a schema cannot look into.
pub fn schema(rules: &[(&str, &str)]) -> Value {
    let mut schema = schemars::schema_for!(ConfigFile).to_value();
    if let Some(own) = schema.pointer_mut("/$defs/Rules").and_then(Value::as_object_mut) {
        let word = own.get("additionalProperties").cloned().unwrap_or(Value::Bool(true));
        let known = rules.iter().map(|(name, summary)| ((*name).to_owned(), described(&word, summary))).collect();
        own.insert("properties".to_owned(), Value::Object(known));
        own.insert("propertyNames".to_owned(), json!({ "pattern": OWN_NAME }));
    }
    if let Some(root) = schema.as_object_mut() {
        let names: Vec<&str> = rules.iter().map(|(name, _)| *name).collect();
        let only_known = json!({ "propertyNames": { "enum": names } });
        let overrides = json!({ "items": { "properties": { "rules": only_known } } });
        root.insert("if".to_owned(), json!({ "anyOf": [{ "required": ["customRules"] }, { "required": ["knownIssues"] }] }));
        root.insert("else".to_owned(), json!({ "properties": { "rules": only_known, "overrides": overrides } }));
    }
    schema
}

/// What a rule of one's own, or a known issue, may be called.
const OWN_NAME: &str = "^[a-z0-9-]+$";

fn described(word: &Value, summary: &str) -> Value {
    let mut word = word.clone();
    if let Some(word) = word.as_object_mut() {
        word.insert("description".to_owned(), Value::String(summary.to_owned()));
    }
    word
}

/// What `meshgate init` writes: every key with an example, all of it commented out. Words stand after `##`, settings
/// after `# `, so that an editor's command to uncomment makes settings of them.
pub fn init_text() -> &'static str {
    include_str!("init.yaml")
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use std::path::Path;

    use super::*;
    use crate::config::parse;
    use crate::text::FileId;

    const RULES: [&str; 2] = ["backend-port-missing", "templated-manifest"];
    const KNOWN: [(&str, &str); 2] = [("backend-port-missing", "a port is missing"), ("templated-manifest", "it is a template")];

    fn validate(text: &str) -> Vec<String> {
        let instance = crate::config::testing::as_json(text);
        let validator = jsonschema::validator_for(&schema(&KNOWN)).unwrap();
        validator.iter_errors(&instance).map(|error| error.to_string()).collect()
    }

    /// The starting text with every setting in force.
    fn uncommented() -> String {
        let lines = init_text().lines().skip(1).map(|line| line.strip_prefix("# ").unwrap_or(line));
        lines.flat_map(|line| [line, "\n"]).collect()
    }

    #[test]
    fn the_starting_text_sets_nothing() {
        let tree = crate::yaml::read(init_text());
        assert!(tree.documents.iter().all(|document| document.root.is_none()), "only comments");
        assert!(init_text().starts_with("# yaml-language-server: $schema="));
    }

    #[test]
    fn the_starting_text_uncommented_is_valid_and_names_every_key() {
        let text = uncommented();
        let config = parse(Path::new("/"), Path::new("/meshgate.yaml"), &text, FileId(0), &RULES).unwrap();
        assert!(config.complete());
        assert_eq!(validate(&text), Vec::<String>::new());
        let schema = schema(&KNOWN);
        let keys = schema.pointer("/properties").unwrap().as_object().unwrap();
        for key in keys.keys() {
            assert!(text.contains(&format!("\n{key}:")), "{key}");
        }
    }

    #[test]
    fn an_editor_sees_what_is_wrong() {
        assert!(!validate("rules: {no-such-rule: off}").is_empty());
        assert!(!validate("rules: {backend-port-missing: loud}").is_empty());
        assert!(!validate("overrides: [{paths: [a], rules: {no-such-rule: off}}]").is_empty());
        assert!(!validate("mesh: {distribution: other}").is_empty());
        assert!(!validate("assume: {services: [web]}").is_empty());
        assert!(!validate("clusters: [{paths: [east]}]").is_empty(), "a cluster needs a name");
        assert!(!validate("msh: {}").is_empty());
        assert_eq!(validate("mesh: {version: 1.29}\nrules: {backend-port-missing: off}"), Vec::<String>::new());
    }

    /// Names of the user's own stand in other files: any may be meant then, but for what can be no name.
    #[test]
    fn own_rules_and_known_issues_have_names_of_their_own() {
        for key in ["customRules", "knownIssues"] {
            let with = |rules: &str| validate(&format!("{key}: [policy/rules.yaml]\n{rules}"));
            assert_eq!(with("rules: {one-of-ours: error, backend-port-missing: info}"), Vec::<String>::new());
            assert_eq!(with("overrides: [{paths: [a], rules: {one-of-ours: error}}]"), Vec::<String>::new());
            assert!(!with("rules: {One of ours: error}").is_empty());
            assert!(!with("rules: {one-of-ours: loud}").is_empty());
        }
        let schema = schema(&KNOWN);
        let known = schema.pointer("/$defs/Rules/properties/backend-port-missing/description").unwrap();
        assert_eq!(known, "a port is missing", "editors complete the known ones, and say what they are");
    }

    /// Every property of a schema and of those in it says what it means.
    fn all_described(value: &Value, path: &str) {
        if let Some(properties) = value.get("properties").and_then(Value::as_object) {
            for (key, property) in properties {
                assert!(property.get("description").is_some(), "{path}.{key}");
            }
        }
        for (key, inner) in value.get("$defs").and_then(Value::as_object).into_iter().flatten() {
            all_described(inner, key);
        }
    }

    #[test]
    fn descriptions_come_with_it() {
        let schema = schema(&KNOWN);
        assert_eq!(schema.pointer("/title").unwrap(), "meshgate.yaml");
        assert!(schema.pointer("/$schema").unwrap().as_str().unwrap().contains("2020-12"));
        all_described(&schema, "");
    }
}
