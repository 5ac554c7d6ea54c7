//! What other programs read: each format as its reader wants it, several in one run, baselines in them.
#![expect(clippy::unwrap_used, reason = "tests")]

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use support::{command, finish, folder, meshgate};

const FORMATS: [&str; 7] = ["full", "concise", "json", "sarif", "github", "gitlab", "junit"];

const SERVICE: &str = "\
apiVersion: v1
kind: Service
metadata: {name: cart, namespace: shop}
spec:
  selector: {app: cart}
  ports: [{port: 80, targetPort: 8080}]
";

/// Two backends of one route, each with a port of its own that is wrong.
const ROUTE: &str = "\
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: cart, namespace: shop}
spec:
  parentRefs: [{name: public, namespace: edge}]
  rules:
    - name: buy
      matches: [{path: {value: /buy}}]
      backendRefs:
        - name: cart
          port: 8080
    - name: look
      backendRefs:
        - name: cart
          port: 9999
";

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn sarif_schema() -> jsonschema::Validator {
    let text = fs::read_to_string("testdata/schemas/sarif-2.1.0.json").unwrap();
    // a bracket that closes nothing: strict readers of regular expressions refuse it
    let text = text.replace("[a-zA-Z]{2}]?$", "[a-zA-Z]{2}\\\\]?$");
    jsonschema::options().should_validate_formats(true).build(&json(&text)).unwrap()
}

/// Fails on everything that the published schema of SARIF 2.1.0 does not allow.
fn assert_sarif(log: &Value, what: &str) {
    let errors: Vec<String> = sarif_schema().iter_errors(log).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{what}: {}", errors.join("\n"));
}

fn results(log: &Value) -> &Vec<Value> {
    log["runs"][0]["results"].as_array().unwrap()
}

#[test]
fn sarif_is_valid_for_every_scenario() {
    let mut wrong = log_of("testdata/scenarios");
    assert_sarif(&wrong, "all scenarios");
    let rules = wrong["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap().clone();
    let ids: BTreeSet<&str> = rules.iter().map(|rule| rule["id"].as_str().unwrap()).collect();
    assert!(ids.len() == rules.len() && ids.len() > 10, "{ids:?}");
    for result in results(&wrong) {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
    }
    let fingerprints: BTreeSet<String> = results(&wrong).iter().map(|r| r["partialFingerprints"].to_string()).collect();
    assert_eq!(fingerprints.len(), results(&wrong).len(), "each finding has its own");
    assert!(results(&wrong).iter().any(|r| r.get("fixes").is_some()), "some have fixes that a program can make");
    // and nothing found is valid too
    assert_sarif(&log_of("testdata/scenarios/kgateway-strict/working"), "working");
    // the test can fail
    wrong["runs"][0]["results"][0]["level"] = json!("fatal");
    assert!(!sarif_schema().is_valid(&wrong));
}

fn log_of(path: &str) -> Value {
    json(&meshgate(".", &format!("lint --pedantic --output-format sarif {path}")).out)
}

#[test]
fn every_format_shows_every_finding_and_none_changes_the_exit_code() {
    let dir = folder(&[("service.yaml", SERVICE), ("route.yaml", ROUTE)]);
    for format in FORMATS {
        let run = meshgate(&dir, &format!("lint --output-format {format}"));
        assert_eq!(run.code, 1, "{format}");
        for rule in ["backend-port-is-target-port", "backend-port-missing"] {
            assert!(run.out.contains(rule), "{format}: {}", run.out);
        }
        let for_people = matches!(format, "full" | "concise" | "github");
        assert_eq!(run.err.contains("Found 2 errors"), for_people, "{format}: {}", run.err);
        assert_eq!(meshgate(&dir, &format!("lint --fail-on never --output-format {format}")).code, 0);
        fs::write(dir.path().join("fixed.yaml"), SERVICE).unwrap();
        assert_eq!(meshgate(&dir, &format!("lint fixed.yaml --output-format {format}")).code, 0, "{format}");
        fs::remove_file(dir.path().join("fixed.yaml")).unwrap();
    }
    let run = meshgate(&dir, "lint --output-format github");
    let command = "::error file=route.yaml,line=11,endLine=11,col=17,endColumn=21,title=backend-port-is-target-port::Service `shop/cart` has no port 8080";
    assert!(run.out.starts_with(command), "{}", run.out);
    let issues = json(&meshgate(&dir, "lint --output-format gitlab").out);
    assert_eq!(issues[1]["location"], json!({ "path": "route.yaml", "lines": { "begin": 15, "end": 15 } }));
    assert_eq!((&issues[1]["check_name"], &issues[1]["severity"]), (&json!("backend-port-missing"), &json!("major")));
    let report = quick_junit::Report::deserialize_from_str(&meshgate(&dir, "lint --output-format junit").out).unwrap();
    assert_eq!((report.tests, report.failures, report.errors), (2, 2, 0));
}

#[test]
fn several_formats_in_one_run() {
    let dir = folder(&[("service.yaml", SERVICE), ("route.yaml", ROUTE)]);
    let each = |format: &str| meshgate(&dir, &format!("lint --output-format {format}")).out;
    let run = meshgate(&dir, "lint --output github --output sarif=a.sarif --output gitlab=b.json --output junit=c.xml");
    assert_eq!((run.code, run.out), (1, each("github")));
    assert!(run.err.contains("Found 2 errors"), "files do not silence the summary");
    for (format, file) in [("sarif", "a.sarif"), ("gitlab", "b.json"), ("junit", "c.xml")] {
        let written = fs::read_to_string(dir.path().join(file)).unwrap();
        // what was written is no manifest, but JSON files are looked into
        assert_eq!(written, each(format), "{format}");
    }
    for (args, twice) in [("--output full --output json", "standard output"), ("--output full=x --output json=x", "x")] {
        let run = meshgate(&dir, &format!("lint {args}"));
        assert_eq!((run.code, run.err), (2, format!("error: several of --output write to {twice}\n")), "{args}");
    }
    assert_eq!(meshgate(&dir, "lint --output sarif=no/such/folder/a.sarif").code, 2);
}

#[test]
fn in_sarif_what_the_baseline_has_is_marked_and_elsewhere_it_is_left_out() {
    let dir = folder(&[("service.yaml", SERVICE), ("route.yaml", ROUTE)]);
    assert_eq!(meshgate(&dir, "lint --baseline known.json --write-baseline").code, 0);
    // one rule more with the same mistake, in front of the others, and everything moves
    let edited = ROUTE.replace(
        "  rules:\n",
        "  # moved\n  rules:\n    - name: new\n      matches: [{path: {value: /new}}]\n      backendRefs: [{name: cart, port: 7}]\n",
    );
    fs::write(dir.path().join("route.yaml"), edited).unwrap();
    let run = meshgate(&dir, "lint --baseline known.json --output-format sarif");
    let log = json(&run.out);
    assert_sarif(&log, "with a baseline");
    let states: Vec<&str> = results(&log).iter().map(|r| r["baselineState"].as_str().unwrap()).collect();
    assert_eq!((run.code, states), (1, vec!["new", "unchanged", "unchanged"]));
    for format in FORMATS.into_iter().filter(|format| *format != "sarif") {
        let out = meshgate(&dir, &format!("lint --baseline known.json --output-format {format}")).out;
        assert!(out.contains("backend-port-missing") && !out.contains("backend-port-is-target-port"), "{format}: {out}");
    }
    // without one nothing is said about it
    assert!(!meshgate(&dir, "lint --output-format sarif").out.contains("baselineState"));
}

/// Items are known by what they call themselves, fields by their names, and no word of a message counts.
#[test]
fn a_baseline_survives_other_items_and_other_words() {
    let dir = folder(&[("service.yaml", SERVICE), ("route.yaml", ROUTE)]);
    assert_eq!(meshgate(&dir, "lint --baseline known.json --write-baseline").code, 0);
    let known = json(&fs::read_to_string(dir.path().join("known.json")).unwrap());
    let paths: Vec<&str> = known["findings"].as_array().unwrap().iter().map(|f| f["path"].as_str().unwrap()).collect();
    assert_eq!(paths, ["spec.rules[buy].backendRefs[cart].port", "spec.rules[look].backendRefs[cart].port"]);
    let lint = |route: &str, service: &str| {
        fs::write(dir.path().join("route.yaml"), route).unwrap();
        fs::write(dir.path().join("service.yaml"), service).unwrap();
        meshgate(&dir, "lint --baseline known.json --output-format concise")
    };
    let (head, rules) = ROUTE.split_once("    - name: buy").unwrap();
    let (buy, look) = rules.split_once("    - name: look").unwrap();
    // the rules change places
    let run = lint(&format!("{head}    - name: look{look}    - name: buy{buy}"), SERVICE);
    assert_eq!((run.code, run.out.as_str()), (0, ""), "{run:?}");
    assert!(run.err.contains("2 in the baseline"), "{}", run.err);
    // the message names the ports of the Service: it changes, the finding does not
    let run = lint(ROUTE, &SERVICE.replace("port: 80,", "port: 81,"));
    assert_eq!((run.code, run.out.as_str()), (0, ""), "{run:?}");
    // the same mistake in another rule is another one
    let run = lint(&ROUTE.replace("name: buy", "name: sell"), SERVICE);
    assert_eq!((run.code, run.out.lines().count()), (1, 1), "{run:?}");
    assert!(run.err.contains("1 entry of the baseline matches nothing any more; --prune-baseline drops what is gone"), "{}", run.err);
}

#[test]
fn fingerprints_stay_when_lines_move() {
    let dir = folder(&[("service.yaml", SERVICE), ("route.yaml", ROUTE)]);
    let fingerprints = || -> Vec<Value> {
        let log = json(&meshgate(&dir, "lint --output-format sarif").out);
        let issues = json(&meshgate(&dir, "lint --output-format gitlab").out);
        let of_sarif = results(&log).iter().map(|r| r["partialFingerprints"]["meshgate/v1"].clone());
        of_sarif.chain(issues.as_array().unwrap().iter().map(|issue| issue["fingerprint"].clone())).collect()
    };
    let before = fingerprints();
    assert_eq!((before.len(), &before[..2]), (4, &before[2..]));
    fs::write(dir.path().join("route.yaml"), format!("# one\n# two\n{ROUTE}")).unwrap();
    assert_eq!(fingerprints(), before);
}

/// A stream as Helm renders it: programs that look into the repository find the template.
#[test]
fn rendered_streams_point_at_where_they_come_from() {
    let stream = format!("---\n# Source: shop/templates/service.yaml\n{SERVICE}---\n# Source: shop/templates/a route.yaml\n{ROUTE}");
    let lint =
        |format: &str| finish(command(".").args(["lint", "--no-config", "-", "--output-format", format]).write_stdin(stream.as_str()));
    assert!(lint("github").out.starts_with("::error file=shop/templates/a route.yaml,line=1,endLine=1,title="));
    let issues = json(&lint("gitlab").out);
    assert_eq!(issues[0]["location"], json!({ "path": "shop/templates/a route.yaml", "lines": { "begin": 1, "end": 1 } }));
    let log = json(&lint("sarif").out);
    assert_sarif(&log, "a stream");
    let artifact = |location: &Value| location["physicalLocation"]["artifactLocation"]["uri"].clone();
    assert_eq!(artifact(&results(&log)[0]["locations"][0]), "shop/templates/a%20route.yaml");
    assert_eq!(artifact(&results(&log)[0]["relatedLocations"][0]), "shop/templates/service.yaml", "each place has its own template");
    assert!(lint("junit").out.contains("classname=\"shop/templates/a route.yaml\""));
    // people see the stream, and where it comes from
    let full = lint("full").out;
    assert!(full.contains("<stdin>:") && full.contains("rendered from shop/templates/a route.yaml"), "{full}");
}

#[cfg(unix)]
#[test]
fn hostile_names_stay_names() {
    let name = "a,b%\u{1b}[2J\n::error::forged]]><x>.yaml";
    let hostile = "x\\n::error::forged]]></failure>\\u001b[31m](https://evil.example)";
    let route = ROUTE.replace("parentRefs: [{name: public", &format!("parentRefs: [{{name: \"{hostile}\""));
    let route = route.replace("        - name: cart", &format!("        - name: \"{hostile}\""));
    let dir = folder(&[(name, &route)]);
    for format in FORMATS {
        let run = meshgate(&dir, &format!("lint --complete --output-format {format}"));
        assert!(run.code < 2 && !run.out.is_empty(), "{format}: {run:?}");
        assert!(!run.out.contains(|c: char| c.is_control() && c != '\n'), "{format}: {}", run.out);
        let injected = run.out.lines().any(|line| line.trim_start().starts_with("::error::"));
        assert!(!injected && !run.out.contains("</failure></failure>"), "{format}: {}", run.out);
        match format {
            "json" | "gitlab" => drop(json(&run.out)),
            "sarif" => {
                let log = json(&run.out);
                assert_sarif(&log, "hostile names");
                let uri = &results(&log)[0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
                assert_eq!(uri, "a%2Cb%25%1B%5B2J%0A%3A%3Aerror%3A%3Aforged%5D%5D%3E%3Cx%3E.yaml");
                assert!(!run.out.contains("](https"), "{}", run.out);
            }
            "junit" => drop(quick_junit::Report::deserialize_from_str(&run.out).unwrap()),
            "github" => {
                let file = " file=a%2Cb%25\\u{1b}[2J\\n%3A%3Aerror";
                assert!(run.out.lines().all(|line| line.starts_with("::") && line.contains(file)), "{}", run.out);
            }
            _ => {}
        }
    }
}

#[test]
fn paths_outside_the_working_directory_are_whole() {
    let dir = folder(&[("in/x.yaml", ROUTE), ("service.yaml", SERVICE)]);
    let log = json(&meshgate(dir.path().join("in"), "lint .. --output-format sarif").out);
    assert_sarif(&log, "from below");
    let uri = |log: &Value, n: usize| results(log)[n]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].clone();
    assert!(Path::new(uri(&log, 0).as_str().unwrap()).ends_with("x.yaml"));
}

#[cfg(unix)]
#[test]
fn a_pipe_is_written_to_and_not_replaced() {
    use std::os::unix::fs::FileTypeExt;

    let dir = folder(&[("service.yaml", SERVICE), ("route.yaml", ROUTE)]);
    let pipe = dir.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let reader = std::thread::spawn({
        let pipe = pipe.clone();
        move || fs::read_to_string(pipe).unwrap()
    });
    let run = meshgate(&dir, "lint --output gitlab=pipe");
    assert!(fs::metadata(&pipe).unwrap().file_type().is_fifo(), "{run:?}");
    assert_eq!(json(&reader.join().unwrap()).as_array().unwrap().len(), 2);
}

/// Changed lines are found however git is configured, and the answer goes into every format.
#[test]
fn since_reads_git_as_people_configure_it() {
    let dir = folder(&[("service.yaml", SERVICE), ("route.yaml", &ROUTE.replace("9999", "80")), ("below/empty.txt", "")]);
    let git = |args: &str| {
        let identity = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"];
        let ran = std::process::Command::new("git").args(identity).args(args.split(' ')).current_dir(&dir).output().unwrap();
        assert!(ran.status.success(), "git {args}: {ran:?}");
    };
    for args in ["init -q", "add -A", "commit -q -m first", "checkout -q -b topic"] {
        git(args);
    }
    fs::write(dir.path().join("route.yaml"), ROUTE).unwrap();
    for config in ["diff.mnemonicPrefix true", "diff.noprefix true", "diff.relative true", "color.ui always", "core.quotePath true"] {
        git(&format!("config {config}"));
        for (at, path) in [("", "."), ("below", "..")] {
            let run = meshgate(dir.path().join(at), &format!("lint {path} --since HEAD --output-format gitlab"));
            let issues = json(&run.out);
            let rules: Vec<&str> = issues.as_array().unwrap().iter().map(|issue| issue["check_name"].as_str().unwrap()).collect();
            assert_eq!((run.code, rules), (1, vec!["backend-port-missing"]), "{config} in {at:?}");
        }
    }
    // committed on a branch it is compared with where the branch began
    git("commit -q -a -m second");
    let first = meshgate(&dir, "lint --since HEAD~1 --output-format concise");
    assert_eq!((first.code, first.out.lines().count()), (1, 1), "{first:?}");
    assert_eq!(meshgate(&dir, "lint --since HEAD").code, 0);
}
