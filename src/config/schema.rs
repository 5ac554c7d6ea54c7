//! What an editor needs: the JSON Schema of `meshgate.yaml`, and a file to start from.

use serde_json::{Value, json};

use super::file::ConfigFile;

/// The JSON Schema of `meshgate.yaml` (draft 2020-12). `rule_names` are the names of all rules and known issues, so
/// that an editor completes them.
pub fn schema(rule_names: &[&str]) -> Value {
    let mut schema = schemars::schema_for!(ConfigFile).to_value();
    if let Some(rules) = schema.pointer_mut("/$defs/Rules").and_then(Value::as_object_mut) {
        rules.insert("propertyNames".to_owned(), json!({ "enum": rule_names }));
    }
    schema
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

    fn validate(text: &str) -> Vec<String> {
        let instance = crate::config::testing::as_json(text);
        let validator = jsonschema::validator_for(&schema(&RULES)).unwrap();
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
        let schema = schema(&RULES);
        let keys = schema.pointer("/properties").unwrap().as_object().unwrap();
        for key in keys.keys() {
            assert!(text.contains(&format!("\n{key}:")), "{key}");
        }
    }

    #[test]
    fn an_editor_sees_what_is_wrong() {
        assert!(!validate("rules: {no-such-rule: off}").is_empty());
        assert!(!validate("rules: {backend-port-missing: loud}").is_empty());
        assert!(!validate("mesh: {distribution: other}").is_empty());
        assert!(!validate("assume: {services: [web]}").is_empty());
        assert!(!validate("clusters: [{paths: [east]}]").is_empty(), "a cluster needs a name");
        assert!(!validate("msh: {}").is_empty());
        assert_eq!(validate("mesh: {version: 1.29}\nrules: {backend-port-missing: off}"), Vec::<String>::new());
    }

    /// Every property of a schema and of those in it says what it means.
    fn described(value: &Value, path: &str) {
        if let Some(properties) = value.get("properties").and_then(Value::as_object) {
            for (key, property) in properties {
                assert!(property.get("description").is_some(), "{path}.{key}");
            }
        }
        for (key, inner) in value.get("$defs").and_then(Value::as_object).into_iter().flatten() {
            described(inner, key);
        }
    }

    #[test]
    fn descriptions_come_with_it() {
        let schema = schema(&RULES);
        assert_eq!(schema.pointer("/title").unwrap(), "meshgate.yaml");
        assert!(schema.pointer("/$schema").unwrap().as_str().unwrap().contains("2020-12"));
        described(&schema, "");
    }
}
