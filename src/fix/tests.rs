//! Fixes that no rule would propose: that do harm, contradict each other, or never end.
#![expect(clippy::unwrap_used, reason = "tests")]

use serde_json::json;

use super::*;
use crate::checks::Edit;
use crate::lint::lint;
use crate::report::Sources;
use crate::text::{FileId, MemoryWorld};
use crate::yaml::{Index, Kind, patch, read};

const SERVICE: &str = "apiVersion: v1\nkind: Service\nmetadata:\n  name: cart\n  namespace: shop\n  annotations:\n    round: a\nspec:\n  ports:\n    - port: 80\n      targetPort: 8080\n";

fn route(ports: &[u16]) -> String {
    let refs: Vec<String> = ports.iter().map(|port| format!("        - name: cart\n          port: {port}\n")).collect();
    let refs = refs.concat();
    format!(
        "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata:\n  name: cart\n  namespace: shop\nspec:\n  parentRefs:\n    - name: public\n      namespace: edge\n  rules:\n    - backendRefs:\n{refs}"
    )
}

fn world(ports: &[u16]) -> MemoryWorld {
    MemoryWorld::new([("route.yaml", route(ports).as_str()), ("svc.yaml", SERVICE)])
}

fn request() -> Request {
    Request::new(["."])
}

fn file(linted: &Linted, name: &str) -> FileId {
    [FileId(0), FileId(1)].into_iter().find(|id| linted.texts.path(*id) == name).unwrap()
}

/// The `nth` scalar with this text.
fn scalar(text: &str, wanted: &str, nth: usize) -> Index {
    let tree = read(text);
    let is = |index: &Index| matches!(&tree.node(*index).kind, Kind::Scalar { text, .. } if text == wanted);
    (0..Index::try_from(tree.nodes.len()).unwrap()).filter(is).nth(nth).unwrap()
}

/// A change of the `nth` scalar with some text in a file.
fn set(linted: &Linted, name: &str, (old, nth): (&str, usize), value: serde_json::Value) -> Edit {
    let file = file(linted, name);
    let node = scalar(linted.texts.text(file).unwrap(), old, nth);
    Edit::Change { file, edit: patch::Edit::Set { node, value } }
}

fn rewritten(title: &str, finding: &Finding, linted: &Linted, edits: Vec<Edit>) -> Candidate {
    let fix = Fix { title: title.to_owned(), edits, ..finding.fixes[0].clone() };
    Candidate::new(finding, &fix, linted.texts.key(finding), &linted.texts)
}

/// What a finding's fix is rewritten to: another title and other edits; none: it is left alone.
type Rewrite<'r> = &'r dyn Fn(&Linted, usize, &Finding) -> Option<(&'static str, Vec<Edit>)>;

/// Settles with each finding's fix rewritten.
fn settled(ports: &[u16], rewrite: Rewrite<'_>) -> Fixed {
    let propose = |linted: &Linted, given_up: &GivenUp| -> Vec<Candidate> {
        let rewrite = |(n, finding): (usize, &Finding)| {
            let (title, edits) = rewrite(linted, n, finding)?;
            let candidate = rewritten(title, finding, linted, edits);
            (!given_up.contains(&(candidate.key.clone(), candidate.title.clone()))).then_some(candidate)
        };
        linted.findings.iter().enumerate().filter_map(rewrite).collect()
    };
    settle(&world(ports), &request(), &propose).unwrap()
}

fn after<'f>(fixed: &'f Fixed, name: &str) -> Option<&'f str> {
    fixed.files.iter().find(|file| &*file.shown == name).map(|file| file.after.as_str())
}

#[test]
fn a_fix_that_does_not_help_is_taken_back_and_the_others_are_made() {
    // the guilty one stands first, in the middle, and last
    for guilty in 0..3 {
        let fixed = settled(&[8080, 8080, 8080], &|linted, n, finding| {
            let before = &linted.texts.text(file(linted, "route.yaml")).unwrap()[..linted.texts.span(finding.primary.place).start as usize];
            let port = if before.matches("- name: cart").count() == guilty + 1 { 8081 } else { 80 };
            Some(("use a port", vec![set(linted, "route.yaml", ("8080", n), json!(port))]))
        });
        let mut ports = [80, 80, 80];
        ports[guilty] = 8080;
        assert_eq!(after(&fixed, "route.yaml"), Some(route(&ports).as_str()), "guilty {guilty}");
        assert_eq!(fixed.dropped.len(), 1, "{:?}", fixed.dropped);
        let dropped = &fixed.dropped[0];
        assert_eq!((&*dropped.rule, &*dropped.path, dropped.bug), ("backend-port-is-target-port", "route.yaml", false));
        assert!(dropped.why.starts_with("it would lead to backend-port-missing in route.yaml: "), "{}", dropped.why);
        assert_eq!((fixed.made.values().sum::<usize>(), &fixed.end), (2, &End::Settled));
        assert_eq!(fixed.linted.findings.len(), 1);
    }
}

#[test]
fn a_fix_that_changes_something_else_is_said_not_to_help() {
    let fixed = settled(&[8080], &|linted, _, _| Some(("turn round", vec![set(linted, "svc.yaml", ("a", 0), json!("b"))])));
    assert_eq!((fixed.files, fixed.made.len()), (vec![], 0));
    assert_eq!(fixed.dropped[0].why, "it would not help: the finding would still be there");
}

#[test]
fn a_fix_that_harms_another_file_is_taken_back_whole() {
    // it moves the port that the route's other backend uses
    let fixed = settled(&[8080, 80], &|linted, _, _| {
        let edits = vec![set(linted, "route.yaml", ("8080", 0), json!(81)), set(linted, "svc.yaml", ("80", 0), json!(81))];
        Some(("move the port", edits))
    });
    assert_eq!(fixed.files, vec![]);
    assert!(fixed.dropped[0].why.contains("backend-port-missing in route.yaml"), "{:?}", fixed.dropped);
    assert!(!fixed.dropped[0].bug);
}

#[test]
fn what_the_patcher_refuses_is_dropped_with_its_reason() {
    let fixed = settled(&[8080], &|linted, _, _| {
        let (one, two) = (set(linted, "route.yaml", ("8080", 0), json!(80)), set(linted, "route.yaml", ("8080", 0), json!(81)));
        Some(("contradict itself", vec![one, two]))
    });
    assert_eq!(fixed.files, vec![]);
    assert_eq!((fixed.dropped[0].why.as_str(), fixed.dropped[0].bug), ("changed by another fix as well", false));
}

#[test]
fn of_two_fixes_that_touch_one_node_the_first_is_made_and_the_other_has_its_turn() {
    // both change the same annotation, each in its own way, and repair their own backend
    let fixed = settled(&[8080, 8080], &|linted, n, _| {
        let now = round_of(linted);
        let edits = vec![set(linted, "svc.yaml", (&now, 0), json!(format!("{now}{n}"))), set(linted, "route.yaml", ("8080", n), json!(80))];
        Some(("use the port, and count", edits))
    });
    assert_eq!(after(&fixed, "route.yaml"), Some(route(&[80, 80]).as_str()));
    // in the second pass it is the only one; together they would have given `a01`
    assert_eq!(after(&fixed, "svc.yaml"), Some(SERVICE.replace("round: a", "round: a00").as_str()));
    assert_eq!((fixed.made.values().sum::<usize>(), fixed.dropped), (2, vec![]));
}

/// What the annotation says now.
fn round_of(linted: &Linted) -> String {
    let text = linted.texts.text(file(linted, "svc.yaml")).unwrap();
    text.split_once("round: ").unwrap().1.lines().next().unwrap().to_owned()
}

/// A fix of nothing in particular: it gives the annotation another value.
fn turn(next: &dyn Fn(&str) -> String) -> Fixed {
    let before = lint(&world(&[8080]), &request()).unwrap();
    let mut key = before.keys[0].clone();
    key.path = "nowhere".to_owned();
    settle(&world(&[8080]), &request(), &|linted, _| {
        let now = round_of(linted);
        let edit = set(linted, "svc.yaml", (&now, 0), json!(next(&now)));
        let mut candidate = rewritten("turn round", &linted.findings[0], linted, vec![edit]);
        candidate.key = key.clone();
        vec![candidate]
    })
    .unwrap()
}

#[test]
fn a_cycle_is_named() {
    let fixed = turn(&|now| if now == "a" { "b".to_owned() } else { "a".to_owned() });
    assert_eq!(fixed.end, End::Cycle(vec!["backend-port-is-target-port".into()]));
    assert_eq!(fixed.files, vec![], "it ended where it began");
    // one that does not come back to the beginning
    let fixed = turn(&|now| if now == "b" { "c".to_owned() } else { "b".to_owned() });
    assert_eq!(fixed.end, End::Cycle(vec!["backend-port-is-target-port".into()]));
}

#[test]
fn what_never_ends_is_given_up() {
    let fixed = turn(&|now| format!("{now}x"));
    assert_eq!(fixed.end, End::Unsettled(vec!["backend-port-is-target-port".into()]));
    assert_eq!(fixed.made.values().sum::<usize>(), MAX_PASSES);
    assert!(after(&fixed, "svc.yaml").unwrap().contains(&format!("round: a{}\n", "x".repeat(MAX_PASSES))));
}

#[test]
fn several_passes_end_where_nothing_is_left() {
    // each pass is offered one fix only
    let ports = [8080; 4];
    let one = |linted: &Linted, given_up: &GivenUp| -> Vec<Candidate> {
        candidates(linted, &Options::default(), given_up).into_iter().take(1).collect()
    };
    let fixed = settle(&world(&ports), &request(), &one).unwrap();
    assert_eq!((after(&fixed, "route.yaml"), &fixed.end), (Some(route(&[80; 4]).as_str()), &End::Settled));
    assert_eq!((fixed.made.values().sum::<usize>(), fixed.linted.findings.len()), (4, 0));
    let at_once = fix(&world(&ports), &request(), &Options::default()).unwrap();
    assert_eq!(at_once.files, fixed.files);
}

#[test]
fn files_that_do_not_change_are_read_once() {
    let namespace = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n";
    let world = world(&[8080; 4]).with("namespace.yaml", namespace);
    let one = |linted: &Linted, given_up: &GivenUp| -> Vec<Candidate> {
        candidates(linted, &Options::default(), given_up).into_iter().take(1).collect()
    };
    let fixed = settle(&world, &request(), &one).unwrap();
    assert_eq!(fixed.made.values().sum::<usize>(), 4, "as many passes");
    assert_eq!(world.reads("namespace.yaml"), 1);
    // once for the graph and once for the lines that findings show, however many passes
    assert_eq!((world.reads("svc.yaml"), world.reads("route.yaml")), (2, 2));
}
