//! `cargo dev new-rule`, in a copy of the files it changes.
#![expect(clippy::unwrap_used, reason = "tests")]

#[path = "../examples/dev/fuzz_seeds.rs"]
mod fuzz_seeds;
#[path = "../examples/dev/new_rule.rs"]
mod new_rule;

use std::fs;
use std::path::Path;

use meshgate::checks::rule_file::{ExampleKind, Family as Listed, RuleFile};
use new_rule::{Family, write};
use tempfile::TempDir;

const INDEX: &str = "src/checks/gateway_api/mod.rs";
const CATALOGUE: &str = "src/checks/catalogue.rs";

/// The files of this tree that a new rule changes.
fn copy() -> TempDir {
    let copy = tempfile::tempdir().unwrap();
    fs::create_dir(copy.path().join("rules")).unwrap();
    for path in [INDEX, "src/checks/manifests/mod.rs", CATALOGUE] {
        fs::create_dir_all(copy.path().join(path).parent().unwrap()).unwrap();
        fs::copy(Path::new(env!("CARGO_MANIFEST_DIR")).join(path), copy.path().join(path)).unwrap();
    }
    copy
}

fn read(root: &TempDir, path: &str) -> String {
    fs::read_to_string(root.path().join(path)).unwrap().replace("\r\n", "\n")
}

/// The lines of a text that are new, each with the line before it and the line after it.
fn added(before: &str, after: &str) -> Vec<[String; 3]> {
    let old: Vec<&str> = before.lines().collect();
    let new: Vec<&str> = after.lines().collect();
    let kept: Vec<&str> = new.iter().copied().filter(|line| old.contains(line)).collect();
    assert_eq!(kept, old, "nothing else changes");
    let places = (1..new.len()).filter(|n| !old.contains(&new[*n]));
    places.map(|n| [new[n - 1], new[n], new.get(n + 1).unwrap_or(&"")].map(ToOwned::to_owned)).collect()
}

#[test]
fn a_new_rule_is_written_and_listed() {
    let root = copy();
    let before = [INDEX, CATALOGUE].map(|path| read(&root, path));
    let written = write(root.path(), "backend-port-odd", Family::GatewayApi).unwrap();
    assert_eq!(written, ["rules/backend-port-odd.md", "src/checks/gateway_api/backend_port_odd.rs", INDEX, CATALOGUE]);

    let rule = RuleFile::parse("backend-port-odd", &read(&root, &written[0])).unwrap();
    assert_eq!((rule.family, rule.examples.len()), (Listed::GatewayApi, 1));
    assert_eq!((rule.examples[0].kind, rule.examples[0].files[0].marks.len()), (ExampleKind::Bad, 1));

    let code = read(&root, &written[1]);
    assert!(code.starts_with("//! `backend-port-odd`: the words are in rules/backend-port-odd.md.\nuse super::prelude::*;\n"), "{code}");
    assert!(code.contains("pub(in crate::checks) struct BackendPortOdd;\n\nimpl Rule for BackendPortOdd {\n"), "{code}");

    let lines = added(&before[0], &read(&root, INDEX));
    let expected = [
        ["mod backend_port_missing;", "mod backend_port_odd;", "mod backend_service_not_found;"],
        [
            "pub(super) use backend_port_missing::BackendPortMissing;",
            "pub(super) use backend_port_odd::BackendPortOdd;",
            "pub(super) use backend_service_not_found::BackendServiceNotFound;",
        ],
    ];
    assert_eq!(lines, expected.map(|lines| lines.map(ToOwned::to_owned)));
    let [[above, entry, below]] = added(&before[1], &read(&root, CATALOGUE)).try_into().unwrap();
    assert_eq!(entry, "    \"backend-port-odd\" => Some(&gateway_api::BackendPortOdd),");
    assert!(above.contains("\"backend-port-missing\"") && below.contains("\"backend-service-not-found\""), "{above}\n{below}");
}

#[test]
fn the_first_and_the_last_of_a_list_stay_in_it() {
    for (name, family) in [("a-rule", Family::Manifests), ("zz-rule", Family::Manifests)] {
        let root = copy();
        let before = ["src/checks/manifests/mod.rs", CATALOGUE].map(|path| read(&root, path));
        write(root.path(), name, family).unwrap();
        let [module, usage] = added(&before[0], &read(&root, "src/checks/manifests/mod.rs")).try_into().unwrap();
        assert!([&module[0], &module[2]].iter().any(|line| line.starts_with("mod ")), "{module:?}");
        assert!([&usage[0], &usage[2]].iter().any(|line| line.contains(" use ")), "{usage:?}");
        let [entry] = added(&before[1], &read(&root, CATALOGUE)).try_into().unwrap();
        assert!([&entry[0], &entry[2]].iter().any(|line| line.contains(" => ")), "{entry:?}");
        assert!([&entry[0], &entry[2]].iter().any(|line| !line.contains(" => ")), "{entry:?}");
    }
}

#[test]
fn a_name_that_is_none_or_is_taken_writes_nothing() {
    let root = copy();
    for name in ["", "rule", "Backend-port", "backend_port-odd", "backend--port", "-a-b", "../a-b", "backend-port-1!"] {
        assert!(write(root.path(), name, Family::GatewayApi).unwrap_err().contains("is no name of a rule"), "{name}");
    }
    write(root.path(), "backend-port-odd", Family::GatewayApi).unwrap();
    let before = [INDEX, CATALOGUE].map(|path| read(&root, path));
    assert!(write(root.path(), "backend-port-odd", Family::GatewayApi).unwrap_err().ends_with("is there already"));
    assert_eq!([INDEX, CATALOGUE].map(|path| read(&root, path)), before);
    // a tree without the family's file is left as it is
    assert!(write(root.path(), "waypoint-odd", Family::Waypoint).unwrap_err().starts_with("src/checks/waypoint/mod.rs: "));
    assert!(!root.path().join("rules/waypoint-odd.md").exists());
}

#[test]
fn the_fuzzer_begins_with_whole_inputs() {
    let folder = tempfile::tempdir().unwrap();
    let count = fuzz_seeds::write(Path::new(env!("CARGO_MANIFEST_DIR")), folder.path()).unwrap();
    assert!(count > 300 && fs::read_dir(&folder).unwrap().count() == count, "{count}");
    let whole = read(&folder, "kgateway-strict-working");
    assert!(whole.starts_with("#### ") && whole.matches("\n#### ").count() > 2, "{whole}");
    // each target is built from a file that is there
    let manifest = read_here("fuzz/Cargo.toml");
    let targets: Vec<&str> = manifest.lines().filter_map(|line| line.strip_prefix("path = \"targets/")?.strip_suffix("\"")).collect();
    assert_eq!(targets, ["reader.rs", "decode.rs", "lint.rs", "fix.rs"]);
    assert!(targets.iter().all(|target| read_here(&format!("fuzz/targets/{target}")).contains("fuzz_target!(")));
}

fn read_here(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}
