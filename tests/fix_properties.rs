//! What holds of every fix: on all examples of the rules, on all scenarios, and on damaged ones.
#![expect(clippy::unwrap_used, reason = "tests")]

#[path = "support/mutate.rs"]
mod mutate;
#[path = "yaml_patch/second.rs"]
mod second;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use meshgate::checks::{Edit, catalogue};
use meshgate::fix::{End, Fixed, FixedFile, Options, fix, fix_of};
use meshgate::lint::{Linted, Request, lint};
use meshgate::report::Sources;
use meshgate::text::{LineIndex, MemoryWorld, Span};
use meshgate::yaml::patch::{self, Edit as Patch};
use meshgate::yaml::{Index, Kind, Tree, read};
use mutate::{Random, mutate};
use similar::{ChangeTag, TextDiff};

/// One input: what it is called, its files by path, and whether it is everything.
struct Case {
    name: String,
    files: BTreeMap<String, Vec<u8>>,
    complete: bool,
}

impl Case {
    fn world(&self) -> MemoryWorld {
        self.files.iter().fold(MemoryWorld::default(), |world, (path, bytes)| world.with(path, bytes.clone()))
    }

    fn request(&self) -> Request {
        Request { complete: self.complete, ..Request::new(["."]) }
    }

    fn fixed(&self, options: &Options) -> Fixed {
        fix(&self.world(), &self.request(), options).unwrap_or_else(|failure| panic!("{}: {failure:?}", self.name))
    }

    /// The same input with these files.
    fn with(&self, files: &[FixedFile]) -> Self {
        let changed = files.iter().map(|file| (file.shown.to_string(), file.after.clone().into_bytes()));
        Self { name: self.name.clone(), files: self.files.clone().into_iter().chain(changed).collect(), complete: self.complete }
    }
}

fn read_folder(root: &Path, folder: &Path, into: &mut BTreeMap<String, Vec<u8>>) {
    for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            read_folder(root, &path, into);
        } else {
            let shown = path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
            into.insert(shown, fs::read(&path).unwrap());
        }
    }
}

fn folders(of: impl AsRef<Path>) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(of).unwrap().map(|e| e.unwrap().path()).filter(|p| p.is_dir()).collect();
    found.sort();
    found
}

fn on_disk() -> Vec<Case> {
    let variants = folders("testdata/scenarios").into_iter().flat_map(folders);
    let case = |folder: PathBuf| {
        let mut files = BTreeMap::new();
        read_folder(&folder, &folder, &mut files);
        Case { name: folder.display().to_string(), files, complete: false }
    };
    variants.chain(folders("testdata/working")).map(case).collect()
}

fn examples() -> Vec<Case> {
    let of_rule = |rule: &meshgate::checks::rule_file::RuleFile| -> Vec<Case> {
        let case = |(n, example): (usize, &meshgate::checks::rule_file::Example)| Case {
            name: format!("{} {n}", rule.name),
            files: example.files.iter().map(|file| (file.path.clone(), file.text.clone().into_bytes())).collect(),
            complete: example.args.iter().any(|arg| arg == "--complete"),
        };
        rule.examples.iter().enumerate().map(case).collect()
    };
    catalogue().files().flat_map(of_rule).collect()
}

fn modes() -> [Options; 2] {
    [Options::default(), Options { unsafe_fixes: true, only: Vec::new() }]
}

/// Every fix of every input: what the input is called, the input, and what came of it.
fn each_fix(mut see: impl FnMut(&str, &Case, &Options, &Fixed)) {
    let mut made = 0;
    for case in examples().into_iter().chain(on_disk()) {
        for options in modes() {
            let fixed = case.fixed(&options);
            made += fixed.made.values().sum::<usize>();
            see(&format!("{}{}", case.name, if options.unsafe_fixes { " (unsafe)" } else { "" }), &case, &options, &fixed);
        }
    }
    assert!(made > 250, "only {made} fixes");
}

#[test]
fn fixing_twice_changes_nothing() {
    each_fix(|name, case, options, fixed| {
        assert_eq!((&fixed.end, &fixed.dropped), (&End::Settled, &vec![]), "{name}");
        if !fixed.files.is_empty() {
            let again = case.with(&fixed.files).fixed(options);
            assert_eq!((again.files, again.made.len()), (vec![], 0), "{name}");
            // what was checked in memory is what a later run finds
            let says = |linted: &Linted| linted.findings.iter().map(|f| (f.rule.clone(), f.message.clone())).collect::<Vec<_>>();
            assert_eq!(says(&again.linted), says(&fixed.linted), "{name}");
        }
    });
}

/// The lines of a text (from 0) that a span is on.
fn lines_of(text: &str, span: Span) -> std::ops::RangeInclusive<usize> {
    let index = LineIndex::new(text);
    let last = span.end.max(span.start + 1) - 1;
    index.position(span.start).line - 1..=index.position(last).line - 1
}

/// The lines that an edit may change or take away. Of what it adds to, these are none in block style.
fn may_change(text: &str, tree: &Tree<'_>, edit: &Patch) -> Vec<std::ops::RangeInclusive<usize>> {
    let lines = |node: Index| lines_of(text, tree.node(node).span);
    let below = |map: Index, path: &[String]| {
        let found = path.iter().try_fold(map, |at, key| tree.get(at, &[key.as_str()]).ok_or(at));
        let node = found.unwrap_or_else(|last| last);
        let flow = matches!(text.get(tree.node(node).span.start as usize..), Some(rest) if rest.starts_with(['{', '[']));
        let empty = tree.kids(node).is_empty();
        if flow || empty { vec![lines(node)] } else { Vec::new() }
    };
    match edit {
        // the key of an entry may stand on a line before its value
        Patch::Set { node, .. } | Patch::Remove { node } | Patch::Rename { value: node, .. } => {
            let lines = lines(*node);
            let key = tree.key_of(*node).map_or(*lines.start(), |key| *lines_of(text, tree.span(key)).start());
            vec![key..=*lines.end()]
        }
        Patch::Insert { map, path, .. } | Patch::Append { map, path, .. } => below(*map, path),
        Patch::Comment { comment, .. } => vec![lines_of(text, *comment)],
        // JSON's last brace, or an item of a list in flow style
        Patch::AddDocument { after, .. } => {
            if text.trim_start().starts_with('{') {
                vec![lines(*after)]
            } else {
                Vec::new()
            }
        }
    }
}

/// The lines of each file that the fixes of the first pass may change.
fn allowed(case: &Case, options: &Options) -> BTreeMap<String, BTreeSet<usize>> {
    let linted = lint(&case.world(), &case.request()).unwrap();
    let mut allowed: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
    for edit in linted.findings.iter().filter_map(|finding| fix_of(finding, options)).flat_map(|fix| &fix.edits) {
        if let Edit::Change { file, edit } = edit {
            let text = linted.texts.text(*file).unwrap();
            let lines = may_change(text, &read(text), edit).into_iter().flatten();
            allowed.entry(linted.texts.path(*file).to_owned()).or_default().extend(lines);
        }
    }
    allowed
}

/// The lines (from 0) of the old text that are not in the new one, and how many the new one has that the old one has not.
fn changed_lines(before: &str, after: &str) -> (Vec<usize>, usize) {
    let diff = TextDiff::from_lines(before, after);
    let gone = diff.iter_all_changes().filter(|change| change.tag() == ChangeTag::Delete).filter_map(|change| change.old_index());
    (gone.collect(), diff.iter_all_changes().filter(|change| change.tag() == ChangeTag::Insert).count())
}

#[test]
fn only_the_lines_of_a_fix_change() {
    let (mut wrong, mut later) = (Vec::new(), 0);
    each_fix(|name, case, options, fixed| {
        if fixed.files.is_empty() {
            return;
        }
        let allowed = allowed(case, options);
        let made: usize = fixed.made.values().sum();
        for file in &fixed.files {
            let Some(before) = &file.before else { continue };
            let (gone, new) = changed_lines(before, &file.after);
            let none = BTreeSet::new();
            let lines = allowed.get(&*file.shown).unwrap_or(&none);
            let last = before.lines().count() - 1;
            let elsewhere: Vec<usize> =
                gone.iter().copied().filter(|line| !lines.contains(line) && (before.ends_with('\n') || *line != last)).collect();
            if !elsewhere.is_empty() {
                later += 1;
                wrong.push(format!("{name}: {} changes on lines {elsewhere:?}, fixes are on {lines:?}", file.shown));
            }
            // the largest single fix makes two resources of 15 lines
            assert!(new <= gone.len() + 30 * made, "{name}: {} has {new} new lines for {made} fixes", file.shown);
        }
    });
    assert!(wrong.is_empty(), "{later}\n{}", wrong.join("\n"));
}

#[test]
fn a_second_reader_reads_the_same() {
    let mut files = 0;
    each_fix(|name, _, _, fixed| {
        for file in &fixed.files {
            if file.after.contains("{{") || !read(&file.after).errors.is_empty() {
                continue;
            }
            files += 1;
            assert_eq!(second::first(&file.after), second::second(&file.after), "{name}: {}\n{}", file.shown, file.after);
        }
    });
    assert!(files > 200, "{files}");
}

#[test]
fn comments_are_kept() {
    let mut comments = 0;
    each_fix(|name, case, options, fixed| {
        for file in &fixed.files {
            let Some(before) = &file.before else { continue };
            let of = |text: &str| -> Vec<String> { read(text).comments(text).into_iter().map(|span| span.of(text).to_owned()).collect() };
            let mut kept = of(&file.after);
            let taken: Vec<Span> = read(before).comments(before);
            for span in taken {
                let words = span.of(before);
                comments += 1;
                match kept.iter().position(|other| other == words) {
                    Some(at) => drop(kept.remove(at)),
                    None => {
                        let line = *lines_of(before, span).start();
                        let gone = allowed(case, options).get(&*file.shown).is_some_and(|lines| lines.contains(&line));
                        assert!(gone, "{name}: {} lost `{words}`", file.shown);
                    }
                }
            }
        }
    });
    assert!(comments > 50, "{comments}");
}

/// Damaged manifests are fixed as far as they can be: nothing that was read becomes unreadable, and no fix is a bug.
#[test]
fn damaged_manifests_are_fixed_or_left_alone() {
    let cases: Vec<Case> = on_disk().into_iter().filter(|case| case.files.values().map(Vec::len).sum::<usize>() < 20_000).collect();
    assert!(cases.len() > 50);
    let mut random = Random(11);
    let (mut made, mut files) = (0, 0);
    for round in 0..400 {
        let mut case = cases[random.below(cases.len())].with(&[]);
        let manifests: Vec<String> =
            case.files.keys().filter(|path| path.ends_with(".yaml") && !path.ends_with("meshgate.yaml")).cloned().collect();
        for _ in 0..=random.below(2) {
            let path = &manifests[random.below(manifests.len())];
            if let Ok(text) = std::str::from_utf8(&case.files[path]) {
                let damaged = mutate(&mut random, text);
                case.files.insert(path.clone(), damaged);
            }
        }
        case.name = format!("round {round} of {}", case.name);
        case.complete = round % 2 == 0;
        let options = &modes()[round % 2];
        let fixed = case.fixed(options);
        assert!(!fixed.dropped.iter().any(|dropped| dropped.bug), "{}: {:?}", case.name, fixed.dropped);
        made += fixed.made.values().sum::<usize>();
        for file in &fixed.files {
            files += 1;
            let before = read(file.before.as_deref().unwrap_or_default()).errors.len();
            assert!(read(&file.after).errors.len() <= before, "{}: {}\n{}", case.name, file.shown, file.after);
        }
        if fixed.end == End::Settled && !fixed.files.is_empty() {
            let again = case.with(&fixed.files).fixed(options);
            let retried = !fixed.dropped.is_empty();
            assert!(again.files.is_empty() || retried, "{}: {:?}", case.name, again.made);
        }
        assert!(!matches!(fixed.end, End::Cycle(_)), "{}: {:?}", case.name, fixed.end);
    }
    assert!(made > 150 && files > 150, "{made} fixes in {files} files");
}

/// The checks themselves must be able to fail.
#[test]
fn a_change_elsewhere_is_seen() {
    let text = "a:\n  b: 1 # one\n  c: {d: 2}\ne:\n- f\n";
    let tree = read(text);
    let node = |key: &str| tree.get(tree.documents[0].root.unwrap(), &["a", key]).unwrap();
    let set = Patch::Set { node: node("b"), value: 3.into() };
    assert_eq!(may_change(text, &tree, &set), [1..=1]);
    assert!(matches!(tree.node(node("c")).kind, Kind::Map { .. }));
    let insert = |path: &[&str]| Patch::Insert {
        map: tree.documents[0].root.unwrap(),
        path: path.iter().map(ToString::to_string).collect(),
        value: 1.into(),
    };
    assert_eq!(may_change(text, &tree, &insert(&["a", "c", "x"])), [2..=2]);
    assert_eq!(may_change(text, &tree, &insert(&["a", "x"])), Vec::<std::ops::RangeInclusive<usize>>::new());
    let after = patch::apply(text, &patch::patch(text, &tree, &[set]).unwrap()).unwrap();
    assert_eq!(changed_lines(text, &after), (vec![1], 1));
    assert_eq!(changed_lines(text, &after.replace("- f", "  - f")), (vec![1, 4], 2));
}
