//! What holds of every fix: on all examples of the rules, on all scenarios, and on damaged ones.
#![expect(clippy::unwrap_used, reason = "tests")]

#[path = "support/mutate.rs"]
mod mutate;
#[path = "yaml_patch/second.rs"]
mod second;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
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

/// The lines that change where a value joins what is there.
fn joined(text: &str, tree: &Tree<'_>, at: Index, path: &[String], value: &serde_json::Value) -> Vec<std::ops::RangeInclusive<usize>> {
    let lines = lines_of(text, tree.span(at));
    let is_flow = text.get(tree.span(at).start as usize..).is_some_and(|rest| rest.starts_with(['{', '[']));
    if is_flow || tree.kids(at).is_empty() {
        return vec![lines];
    }
    match (path, value) {
        ([key, rest @ ..], _) => match tree.get(at, &[key.as_str()]) {
            Some(found) => joined(text, tree, found, rest, value),
            // an entry that comes first takes the line of the dash
            None => vec![*lines.start()..=*lines.start()],
        },
        ([], serde_json::Value::Object(entries)) if matches!(tree.node(at).kind, Kind::Map { .. }) => {
            entries.iter().flat_map(|(key, value)| joined(text, tree, at, std::slice::from_ref(key), value)).collect()
        }
        ([], _) if matches!(tree.node(at).kind, Kind::Seq { .. }) => Vec::new(),
        ([], _) => vec![lines],
    }
}

/// The lines that an edit may change or take away. Of what it adds to, these are none in block style.
fn may_change(text: &str, tree: &Tree<'_>, edit: &Patch) -> Vec<std::ops::RangeInclusive<usize>> {
    let lines = |node: Index| lines_of(text, tree.node(node).span);
    match edit {
        Patch::Set { node, .. } | Patch::Remove { node } | Patch::Rename { value: node, .. } => {
            let lines = lines(*node);
            // the key of an entry may stand on a line before its value
            let key = tree.key_of(*node).map_or(*lines.start(), |key| *lines_of(text, tree.span(key)).start());
            vec![key..=*lines.end()]
        }
        Patch::Insert { map, path, value } | Patch::Append { map, path, value } => joined(text, tree, *map, path, value),
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

/// The first line (from 0) of the old text that may not change and is not in the new one, behind those before it.
fn lost(before: &str, after: &str, may_change: &BTreeSet<usize>) -> Option<usize> {
    let mut new = after.split('\n');
    let mut old = before.split('\n').enumerate().filter(|(n, _)| !may_change.contains(n));
    old.find(|(_, line)| !new.any(|other| other == *line)).map(|(n, _)| n)
}

#[test]
fn only_the_lines_of_a_fix_change() {
    each_fix(|name, case, options, fixed| {
        if fixed.files.is_empty() {
            return;
        }
        let allowed = allowed(case, options);
        let made: usize = fixed.made.values().sum();
        for file in &fixed.files {
            let Some(before) = &file.before else { continue };
            let none = BTreeSet::new();
            let lines = allowed.get(&*file.shown).unwrap_or(&none);
            assert_eq!(lost(before, &file.after, lines), None, "{name}: {}, where fixes are on {lines:?}\n{}", file.shown, file.after);
            // the largest single fix makes two resources of 15 lines
            let more = file.after.lines().count().saturating_sub(before.lines().count());
            assert!(more <= 30 * made, "{name}: {} has {more} new lines for {made} fixes", file.shown);
        }
    });
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

fn comments(text: &str) -> Vec<String> {
    read(text).comments(text).into_iter().map(|span| span.of(text).trim_end().to_owned()).collect()
}

fn is_manifest(path: &str) -> bool {
    Path::new(path).extension().is_some_and(|end| end == "yaml") && !path.ends_with("meshgate.yaml")
}

/// A text with a comment above each line and one at its end; none where that would change what it says.
fn annotated(text: &str) -> Option<String> {
    let mut out = String::new();
    for (n, line) in text.lines().enumerate() {
        let indent = &line[..line.len() - line.trim_start().len()];
        if line.is_empty() || line == "---" {
            writeln!(out, "{line}").unwrap();
        } else {
            writeln!(out, "{indent}# above {n}\n{line} # behind {n}").unwrap();
        }
    }
    let clean = |text: &str| read(text).errors.is_empty();
    (clean(text) && clean(&out) && second::first(text) == second::first(&out)).then_some(out)
}

/// With a comment on and above each line the same fixes are made, and what goes is what stood with something that went.
#[test]
fn comments_are_kept() {
    let (mut seen, mut cases) = (0, 0);
    each_fix(|name, case, options, fixed| {
        if fixed.files.is_empty() {
            return;
        }
        let mut all = BTreeMap::new();
        for (path, bytes) in &case.files {
            let text = std::str::from_utf8(bytes).unwrap();
            // an ignore is a comment of its own, and JSON has none
            let manifest = is_manifest(path) && !text.contains("meshgate:");
            all.insert(path.clone(), manifest.then(|| annotated(text)).flatten().unwrap_or_else(|| text.to_owned()).into_bytes());
        }
        let commented = Case { name: case.name.clone(), files: all, complete: case.complete };
        let again = commented.fixed(options);
        assert_eq!((&again.made, &again.dropped), (&fixed.made, &fixed.dropped), "{name}");
        cases += 1;
        let allowed = allowed(&commented, options);
        for file in again.files.iter().filter(|file| file.before.is_some()) {
            let before = file.before.as_deref().unwrap();
            let mut kept = comments(&file.after);
            // an ignore that is not used any more loses words
            kept.retain(|words| !words.contains("meshgate:"));
            for (words, span) in comments(before).into_iter().zip(read(before).comments(before)) {
                seen += 1;
                if words.contains("meshgate:") {
                    continue;
                }
                if let Some(at) = kept.iter().position(|other| *other == words) {
                    kept.remove(at);
                    continue;
                }
                let line = *lines_of(before, span).start();
                let gone = allowed.get(&*file.shown).is_some_and(|lines| lines.contains(&line) || lines.contains(&(line + 1)));
                assert!(gone, "{name}: {} lost `{words}`\n{}", file.shown, file.after);
            }
            assert_eq!(kept, Vec::<String>::new(), "{name}: {} has comments that it had not", file.shown);
        }
    });
    assert!(seen > 5_000 && cases > 150, "{seen} comments in {cases} inputs");
}

/// Damaged manifests are fixed as far as they can be: nothing that was read becomes unreadable, and no fix is a bug.
#[test]
fn damaged_manifests_are_fixed_or_left_alone() {
    let cases: Vec<Case> = on_disk().into_iter().filter(|case| case.files.values().map(Vec::len).sum::<usize>() < 20_000).collect();
    assert!(cases.len() > 50);
    let mut random = Random(11);
    let (mut made, mut files) = (0, 0);
    for round in 0..460 {
        let mut case = cases[random.below(cases.len())].with(&[]);
        let manifests: Vec<String> = case.files.keys().filter(|path| is_manifest(path)).cloned().collect();
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
    assert_eq!(may_change(text, &tree, &insert(&["a", "x"])), [1..=1]);
    assert_eq!(may_change(text, &tree, &insert(&["a", "b"])), [1..=1]);
    let after = patch::apply(text, &patch::patch(text, &tree, &[set]).unwrap()).unwrap();
    let one = BTreeSet::from([1]);
    assert_eq!(lost(text, &after, &one), None);
    assert_eq!(lost(text, &after, &BTreeSet::new()), Some(1));
    assert_eq!(lost(text, &after.replace("- f", "  - f"), &one), Some(4));
    assert_eq!(lost(text, &after.replace("e:\n- f\n", "- f\ne:\n"), &one), Some(4), "the order counts");
}
