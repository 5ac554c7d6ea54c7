//! The reader: what stands where, and that one error hides nothing else.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::fmt::Write;
use std::time::{Duration, Instant};

use super::*;
use crate::text::Span;

/// The tree below a node with the source text of every node.
fn show(tree: &Tree<'_>, text: &str, index: Index) -> String {
    let source = tree.span(index).of(text);
    let kids = tree.kids(index);
    match &tree.node(index).kind {
        Kind::Scalar { .. } => format!("<{source}>"),
        Kind::Alias(_) => format!("alias<{source}>"),
        Kind::Seq { .. } => {
            let kids: Vec<_> = kids.iter().map(|kid| show(tree, text, *kid)).collect();
            format!("<{source}>=[{}]", kids.join(" "))
        }
        Kind::Map { .. } => {
            let entry = |[k, v]: &[Index; 2]| format!("{}:{}", show(tree, text, *k), show(tree, text, *v));
            format!("<{source}>={{{}}}", kids.as_chunks::<2>().0.iter().map(entry).collect::<Vec<_>>().join(" "))
        }
    }
}

fn shown(text: &str) -> String {
    let tree = read(text);
    assert!(tree.errors.is_empty(), "{text:?}: {:?}", tree.errors);
    tree.documents
        .iter()
        .map(|d| d.root.map_or_else(|| "nothing".to_owned(), |root| show(&tree, text, root)))
        .collect::<Vec<_>>()
        .join(" | ")
}

/// What the documents say under the key `n`, or `broken`.
fn names(text: &str) -> String {
    let tree = read(text);
    let name = |d: &Document| match d.root {
        _ if d.broken => "broken".to_owned(),
        Some(root) => tree.get_text(root, &["n"]).unwrap_or("?").to_owned(),
        None => "nothing".to_owned(),
    };
    assert_eq!(tree.documents.iter().filter(|d| d.broken).count(), tree.errors.len(), "{text:?}: {:?}", tree.errors);
    for error in &tree.errors {
        let document = tree.documents[error.document];
        assert!(document.broken && document.span.start <= error.at && error.at <= document.span.end, "{text:?}: {error:?} {document:?}");
    }
    for pair in tree.documents.windows(2) {
        assert!(pair[0].span.end <= pair[1].span.start, "{text:?}: {:?}", tree.documents);
    }
    tree.documents.iter().map(name).collect::<Vec<_>>().join(" ")
}

#[test]
fn spans_of_scalars() {
    for (text, expected) in [
        ("a: b\n", "<a: b>={<a>:<b>}"),
        ("a: 'b c'  # d\n", "<a: 'b c'>={<a>:<'b c'>}"),
        ("a: \"b\\n c\"\r\nd: e\r\n", "<a: \"b\\n c\"\r\nd: e>={<a>:<\"b\\n c\"> <d>:<e>}"),
        ("\u{feff}a: b", "<a: b>={<a>:<b>}"),
        ("ä: 漢字 # é\n'ö': 😀\n", "<ä: 漢字 # é\n'ö': 😀>={<ä>:<漢字> <'ö'>:<😀>}"),
        ("a: b\n   c\nd: e\n", "<a: b\n   c\nd: e>={<a>:<b\n   c> <d>:<e>}"),
        ("a:   # nothing\nb: ~\n", "<a:   # nothing\nb: ~>={<a>:<> <b>:<~>}"),
        (
            "a: &x b\nc: !!str  5\nd: !!str &y z\ne: &z !!str 'q'\n",
            "<a: &x b\nc: !!str  5\nd: !!str &y z\ne: &z !!str 'q'>={<a>:<b> <c>:<5> <d>:<z> <e>:<'q'>}",
        ),
        ("a: &x \u{a0}b\n", "<a: &x \u{a0}b>={<a>:<\u{a0}b>}"),
        ("&k a: b\n", "<&k a: b>={<a>:<b>}"),
        ("&m\n&k a: b\n", "<&k a: b>={<a>:<b>}"),
        ("a: &x *y\n", ""),
        ("a: &x b\nc: *x\n", "<a: &x b\nc: *x>={<a>:<b> <c>:alias<*x>}"),
        ("*x : b\n", ""),
        ("a: &x\nb: *x\n", "<a: &x\nb: *x>={<a>:<> <b>:alias<*x>}"),
    ] {
        if expected.is_empty() {
            assert_eq!(read(text).errors.len(), 1, "{text:?}");
        } else {
            assert_eq!(shown(text), expected, "{text:?}");
        }
    }
}

#[test]
fn spans_of_collections() {
    for (text, expected) in [
        ("- a\n- b\n\n# end\n", "<- a\n- b>=[<a> <b>]"),
        ("a:\n  - b\n  -\n  - c: d\n", "<a:\n  - b\n  -\n  - c: d>={<a>:<- b\n  -\n  - c: d>=[<b> <> <c: d>={<c>:<d>}]}"),
        ("a:\n- b\nc: d\n", "<a:\n- b\nc: d>={<a>:<- b>=[<b>] <c>:<d>}"),
        ("a: [b,\t'c' ,\n d] # e\n", "<a: [b,\t'c' ,\n d]>={<a>:<[b,\t'c' ,\n d]>=[<b> <'c'> <d>]}"),
        ("a: {\tb: c,\td}\n", "<a: {\tb: c,\td}>={<a>:<{\tb: c,\td}>={<b>:<c> <d>:<>}}"),
        ("a: [b: c]\n", "<a: [b: c]>={<a>:<[b: c]>=[<b: c>={<b>:<c>}]}"),
        ("a: &x {b: c}\nd: &y # why\n  e: f\n", "<a: &x {b: c}\nd: &y # why\n  e: f>={<a>:<{b: c}>={<b>:<c>} <d>:<e: f>={<e>:<f>}}"),
        ("a: !!seq\n# why\n# so\n- b\n", "<a: !!seq\n# why\n# so\n- b>={<a>:<- b>=[<b>]}"),
        ("? a\n: b\n? [c, d]\n: e\n", "<? a\n: b\n? [c, d]\n: e>={<a>:<b> <[c, d]>=[<c> <d>]:<e>}"),
        ("a: {}\nb: []\n", "<a: {}\nb: []>={<a>:<{}>={} <b>:<[]>=[]}"),
        ("- - a\n  - b\n- c\n", "<- - a\n  - b\n- c>=[<- a\n  - b>=[<a> <b>] <c>]"),
    ] {
        assert_eq!(shown(text), expected, "{text:?}");
    }
}

#[test]
fn a_block_scalar_ends_after_its_last_line() {
    for (text, value, source) in [
        ("a: |\n  b\n  c\n\n\nd: e\n", "b\nc\n", "|\n  b\n  c"),
        ("a: |-\r\n  b\r\n\r\nd: e\r\n", "b", "|-\r\n  b"),
        ("a: >\n  b\n\n  c\n \n# comment\nd: e\n", "b\nc\n", ">\n  b\n\n  c"),
        ("a: |+\n  b\n\nd: e\n", "b\n\n", "|+\n  b\n\n"),
        ("a: |\n  b \n   \nd: e\n", "b \n \n", "|\n  b \n   \n"),
        ("a: |2\n   b\nd: e\n", " b\n", "|2\n   b"),
        ("a: |  # c + d\n  b\n\nd: e\n", "b\n", "|  # c + d\n  b"),
        ("a: |\n\nd: e\n", "", "|"),
        ("a: |", "", "|"),
        ("a: !!str |\n  b\n\n", "b\n", "|\n  b"),
        ("a: |\n  # b\n", "# b\n", "|\n  # b"),
    ] {
        let tree = read(text);
        assert!(tree.errors.is_empty(), "{text:?}: {:?}", tree.errors);
        let node = tree.get(tree.documents[0].root.unwrap(), &["a"]).unwrap();
        assert_eq!((tree.text(node), tree.span(node).of(text)), (Some(value), source), "{text:?}");
    }
}

#[test]
fn parents_and_keys() {
    let text = "a:\n- b: 1\n  c: &x {d: 2}\ne: *x\n";
    let tree = read(text);
    let root = tree.documents[0].root.unwrap();
    assert_eq!(tree.node(root).parent, root);
    for (index, _) in tree.nodes.iter().enumerate() {
        let index = Index::try_from(index).unwrap();
        for kid in tree.kids(index) {
            assert_eq!(tree.node(*kid).parent, index);
        }
    }
    let d = tree.get(root, &["e", "d"]).unwrap();
    assert_eq!(tree.text(tree.key_of(d).unwrap()), Some("d"));
    let (key, e) = tree.entry(root, "e").unwrap();
    assert_eq!(tree.key_of(e), Some(key), "the alias stands under its own key");
    let x = tree.target(e);
    assert_eq!(tree.text(tree.key_of(x).unwrap()), Some("c"), "what it stands for under another");
    assert_eq!(tree.key_of(key), None);
    assert_eq!(tree.key_of(root), None);
    let list = tree.get(root, &["a"]).unwrap();
    assert_eq!(tree.key_of(tree.kids(list)[0]), None);
    assert_eq!(tree.entry(list, "b"), None);
}

#[test]
fn of_equal_keys_the_last_one_counts() {
    let tree = read("a: 1\nb: 2\na: 3\n");
    assert_eq!(tree.get_text(tree.documents[0].root.unwrap(), &["a"]), Some("3"));
}

#[test]
fn comments_are_what_yaml_takes_for_comments() {
    for (text, expected) in [
        ("# a\nb: c # d\n#e\n", vec!["# a", "# d", "#e"]),
        ("a: 'b # c' # d\n", vec!["# d"]),
        ("a: \"b # c\n  # d\" # e\n", vec!["# e"]),
        ("a: b#c # d\n", vec!["# d"]),
        ("a: https://x.example/y#z\n", vec![]),
        ("a: | # b\n  # c\n  d # e\n# f\ng: h # i\n", vec!["# b", "# f", "# i"]),
        ("a: >-\r\n  # c\r\n# f\r\n", vec!["# f"]),
        ("a: | # b\r  # c\r# f\r", vec!["# b", "# f"]),
        ("\u{feff}# a\nb: c\n", vec!["# a"]),
        ("a: [b, # c\n  d] # e\n", vec!["# c", "# e"]),
        ("a: ''# b\nc: [d, 'e']# f\n", vec!["# b", "# f"]),
        ("a: &x # b\n  c: d\n", vec!["# b"]),
        ("a: |\n  b\n\n# c\n\n", vec!["# c"]),
        ("a: é # ü\n", vec!["# ü"]),
        ("--- # a\nb: c\n... # d\n", vec!["# a", "# d"]),
        ("a: b\t# c\n", vec!["# c"]),
        ("# only", vec!["# only"]),
    ] {
        let tree = read(text);
        let found: Vec<&str> = tree.comments(text).into_iter().map(|span| span.of(text)).collect();
        assert!(tree.errors.is_empty(), "{text:?}: {:?}", tree.errors);
        assert_eq!(found, expected, "{text:?}");
    }
}

#[test]
fn documents_have_spans() {
    let of = |text: &'static str| -> Vec<&str> { read(text).documents.iter().map(|d| d.span.of(text)).collect() };
    assert_eq!(of("a: b\n---\nc: d\n"), ["a: b\n", "---\nc: d\n"]);
    assert_eq!(of("# first\na: b\n"), ["a: b\n"], "an implicit document begins at its first token");
    assert_eq!(of("# first\n---\na: b\n...\n---\nc: d"), ["---\na: b\n...", "---\nc: d"]);
    assert_eq!(of("%YAML 1.1\n---\na: b\n"), ["%YAML 1.1\n---\na: b\n"]);
    assert_eq!(of("\u{feff}a: b\r\n---\r\nc: d\r\n"), ["a: b\r\n", "---\r\nc: d\r\n"]);
    assert_eq!(of("---\n---\n"), ["---\n", "---\n"]);
    assert_eq!(of(""), [""; 0]);
    assert_eq!(of("# only\n"), [""; 0]);
    assert_eq!(of("---\na: [\n---\nc: d\n"), ["---\na: [\n", "---\nc: d\n"], "a broken one goes up to the next");
}

#[test]
fn no_document_is_lost_behind_an_error() {
    for (text, expected) in [
        ("n: a\n---\nn: b\n...\n---\nn: c\n", "a b c"),
        ("n: \"a\n---\nn: b\n", "broken b"),
        ("n: 'a\n---\nn: b\n", "broken b"),
        ("n: [a\n---\nn: b\n", "broken b"),
        ("n: {a: [b\n---\nn: b\n", "broken b"),
        ("n: a]\n---\nn: b\n", "a] b"),
        ("n: [a]]\n---\nn: b\n", "broken b"),
        ("n:\n\t- a\n---\nn: b\n", "broken b"),
        ("n: &\n---\nn: b\n", "broken b"),
        ("n: *\n---\nn: b\n", "broken b"),
        ("n: *x\n---\nn: b\n", "broken b"),
        ("n: !<\n---\nn: b\n", "broken b"),
        ("n: %a\n---\nn: b\n", "broken b"),
        ("n: @a\n---\nn: b\n", "broken b"),
        ("n: a: b\n---\nn: b\n", "broken b"),
        ("n: |x\n  a\n---\nn: b\n", "broken b"),
        ("n: a\n m: c\n---\nn: b\n", "broken b"),
        ("n: \"\\q\"\n---\nn: b\n", "broken b"),
        ("n: \"\\ud800\"\n---\nn: b\n", "broken b"),
        ("? n\n- a\n---\nn: b\n", "broken b"),
        ("n: [\n---\nn: [\n---\nn: c\n---\nn: \"\n---\nn: e", "broken broken c broken e"),
        ("n: [\r---\rn: b\r", "broken b"),
        ("n: [\r\n---\r\nn: b\r\n", "broken b"),
        ("n: [a\n--- \nn: b\n", "broken b"),
        ("n: [a\n---\tn: b\n", "broken broken"),
        ("n: [a\n--- {n: b}\n", "broken b"),
        ("n: a: b\n---b: c\n----\n---\nn: c\n", "broken c"),
        ("n: a: b\n-----BEGIN X-----\n---\nn: c\n", "broken c"),
        ("n: \u{1}\n---\nn: b\n", "broken b"),
        ("n: a\n---\nn: \u{1}\n---\nn: c\n", "a broken c"),
        ("n: a\n---\nn: b\n---\n\u{1b}: c\n---\nn: d\n---\nn: \u{7f}\n---\nn: f\n", "a b broken d broken f"),
        ("\u{feff}n: a\n---\nn: b\u{9b}\n---\nn: \u{a0}c\n", "a broken \u{a0}c"),
        ("n: a\n---\nn: [\n---\nn: \u{2}\n---\nn: d\n", "a broken broken d"),
        ("%YAML 1.1\n---\nn: a\n---\nn: \u{2}\n", "a broken"),
        ("n: a\n...\n%YAML 1.1\n---\nn: b\n---\nn: \u{2}\n---\nn: d\n", "a b broken d"),
        ("%YAML 3.0\n---\nn: a\n---\nn: b\n", "broken a b"),
        ("n: a\n---\n%FOO\n---\nn: b\n", "a broken b"),
        ("n: [\n", "broken"),
        ("---", "?"),
        ("--- [\n---", "broken ?"),
        ("\u{0}", "broken"),
    ] {
        assert_eq!(names(text), expected, "{text:?}");
    }
}

#[test]
fn a_character_far_ahead_costs_one_document_only() {
    let mut text = String::new();
    for n in 0..2_000 {
        let _ = writeln!(text, "---\nn: x{n}{}", if n % 700 == 699 { "\u{3}" } else { "" });
    }
    let expected: Vec<String> = (0..2_000).map(|n| if n % 700 == 699 { "broken".to_owned() } else { format!("x{n}") }).collect();
    assert_eq!(names(&text), expected.join(" "));
}

#[test]
fn what_kubectl_would_drop_is_an_error() {
    for text in ["n: a\n...\nn: b\n", "{n: a}\n{n: b}\n", "[n]\nn: b\n", "--- a\n...\n...\nb: c\n"] {
        let tree = read(text);
        assert_eq!(tree.errors.len(), 1, "{text:?}");
        let json = text.starts_with('{');
        assert!(json || tree.errors[0].message.contains("kubectl silently drops it"), "{text:?}: {:?}", tree.errors);
        assert!(tree.documents[0].root.is_some() && !tree.documents[0].broken, "{text:?}");
    }
}

#[test]
fn json_as_kubectl_reads_it() {
    assert_eq!(names("{\"n\":\"a\\/b\"}"), "a/b");
    assert_eq!(names("{\"n\":\"\\ud83d\\uDE00!\"}"), "😀!");
    assert_eq!(names("\u{feff} {\"n\":\"é\\ud83d\\ude00\\n\\u00e9\"}"), "é😀\né");
    assert_eq!(names("{\"n\":\"\\ud83d\"}"), "\u{fffd}");
    assert_eq!(names("{\"n\":\"\\ude00\\ud83d\"}"), "\u{fffd}\u{fffd}");
    assert_eq!(names("{\"n\":\"\\\\ud83d\\\\ude00\"}"), "\\ud83d\\ude00");
    assert_eq!(names("{\"n\":\"\\\\\\ud83d\\ude00\"}"), "\\😀");
    assert_eq!(names("{\"\\ud83d\\ude00\":1,\"n\":\"x\"}"), "x");
    assert_eq!(names("{\"n\":\"a\"}\n{\"n\":\"b\"}\n{\n\t\"n\": \"c\"\n}\n"), "a b c", "kubectl reads JSON objects one after the other");
    let text = "{\"a\":\"\\ud83d\\ude00\",\"n\":\"x\"}";
    assert_eq!(shown(text), format!("<{text}>={{<\"a\">:<\"\\ud83d\\ude00\"> <\"n\">:<\"x\">}}"));
    // many are cut off, in time
    let started = Instant::now();
    let text = "{}".repeat(50_000);
    assert_eq!(read(&text).errors.len(), 1);
    assert!(started.elapsed() < Duration::from_secs(10));
}

#[test]
fn equal_keys() {
    let pairs = |text: &str| -> Vec<(u32, u32)> {
        let tree = read(text);
        assert!(tree.errors.is_empty(), "{text:?}: {:?}", tree.errors);
        tree.duplicate_keys.iter().map(|(a, b)| (tree.span(*a).start, tree.span(*b).start)).collect()
    };
    assert_eq!(pairs("a: 1\nb: 2\na: 3\na: 4\n"), [(0, 10), (0, 15)]);
    assert_eq!(pairs("x: {a: 1, 'a': 2}\n"), [(4, 10)]);
    assert_eq!(pairs("x:\n- a: 1\n  \"a\": 2\n- a: 3\n"), [(5, 12)]);
    assert_eq!(pairs("&k a: 1\n*k : 2\n"), [(3, 8)]);
    assert_eq!(pairs("<<: {a: 1}\n<<: {a: 2}\na: 3\n"), []);
    let many = (0..40).map(|n| format!("k{}: 1\n", n % 30)).collect::<Vec<_>>().concat();
    let found = pairs(&many);
    assert_eq!(found.len(), 10);
    assert_eq!(found[0], (0, u32::try_from(many.rfind("k0: 1").unwrap()).unwrap()));
}

#[test]
fn anchors() {
    let message = |text: &str| read(text).errors.first().map(|e| e.message.clone()).unwrap_or_default();
    assert!(message("a: *x\nb: &x 1\n").contains("no anchor `&x`"));
    assert!(message("a: &x [*x]\n").contains("contains itself"));
    assert!(message("a: &x {b: {c: *x}}\n").contains("contains itself"));
    assert!(message("a: &x 1\nb: &x [*x]\n").contains("contains itself"));
    assert!(message("a: &x 1\n---\nb: *x\n").contains("no anchor"), "anchors end with their document");
    let again = "a: &x 1\nb: *x\nc: &x 2\nd: *x\n";
    let tree = read(again);
    let root = tree.documents[0].root.unwrap();
    assert_eq!((tree.get_text(root, &["b"]), tree.get_text(root, &["d"])), (Some("1"), Some("2")));
    let inside = "a: &x {b: &x 3}\nc: *x\n";
    let tree = read(inside);
    assert_eq!(tree.get_text(tree.documents[0].root.unwrap(), &["c"]), Some("3"));
}

fn bomb(levels: usize) -> String {
    let mut text = "a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n".to_owned();
    for n in 1..levels {
        let alias = format!("*a{}", n - 1);
        let _ = writeln!(text, "a{n}: &a{n} [{}]", vec![alias; 10].join(", "));
    }
    text
}

#[test]
fn aliases_have_a_budget_for_the_file() {
    let started = Instant::now();
    let text = bomb(14);
    let tree = read(&text);
    assert!(tree.errors[0].message.contains("aliases expand"), "{:?}", tree.errors);
    assert!(read(&bomb(4)).errors.is_empty());
    // each document for itself is small enough
    let tree_of = |text: String| read(&text).documents.iter().filter(|d| d.broken).count();
    let many = format!("---\n{}", bomb(5)).repeat(20);
    assert!(tree_of(many) >= 15);
    // what does not count does not use it up
    let text = format!("---\n{}---\nn: &n x\nm: *n\n", bomb(14));
    let tree = read(&text);
    assert_eq!(tree.documents.iter().map(|d| d.broken).collect::<Vec<_>>(), [true, false]);
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[test]
fn depth_has_a_limit() {
    let limit = usize::try_from(MAX_DEPTH).unwrap();
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(read(&nested(limit)).errors.is_empty());
    assert!(read(&nested(limit + 1)).errors[0].message.contains("nested deeper"));
    // 1 (mapping) + the alias in 100 lists + 99 below it
    let through = |depth: usize| format!("a: &a {}\nb: {}*a{}\n", nested(99), "[".repeat(depth), "]".repeat(depth));
    assert!(read(&through(100)).errors.is_empty());
    assert!(read(&through(101)).errors[0].message.contains("aliases nest deeper"));
    let started = Instant::now();
    let tree = read(&"[".repeat(1_000_000)).errors.len();
    assert_eq!(tree, 1);
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[test]
fn many_errors_take_time_by_their_number() {
    let started = Instant::now();
    let text = "---\n]\n".repeat(20_000);
    assert_eq!(read(&text).errors.len(), 20_000);
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
}

#[test]
fn hints_fit() {
    for (text, words) in [
        ("a:\n\tb: c\n", Some("spaces")),
        ("a: [::1]\n", Some("IPv6")),
        ("a: *.example.com\n", Some("quote the value")),
        ("a: @b\n", Some("quote the value")),
        ("a: b: c\n", Some("contain `: `")),
        ("a: 'b\n", Some("close the quotes")),
        ("a: b\n c: d\n  e: f\n", Some("contain `: `")),
        ("a:\n  - b\n c: d\n", Some("indentation")),
        ("a: b\n...\nc: d\n", Some("---")),
    ] {
        let tree = read(text);
        let hint = tree.errors.first().and_then(|e| e.hint).unwrap_or_default();
        assert!(words.is_none_or(|words| hint.contains(words)), "{text:?}: {:?}", tree.errors);
    }
}

#[test]
fn places_of_errors() {
    for (text, at) in
        [("a: b\nc: *x\n", 8), ("ä: \u{1}\n", 4), ("\u{feff}a: \u{1}\n", 6), ("a: b\n---\nc: *x\n", 12), ("n: [\n---\nä: *x\n", 13)]
    {
        let tree = read(text);
        assert_eq!(tree.errors.last().map(|e| e.at), Some(at), "{text:?}: {:?}", tree.errors);
    }
    assert_eq!(read("a: [\n---\nb: c\n").documents[0].span, Span::new(0, 5));
}
