//! The decoder: what kubectl would make of a value, and that every value knows its place.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::*;
use crate::text::FileId;

fn decode<T: DeserializeOwned>(text: &str) -> Result<T, DecodeError> {
    let tree = read(text);
    assert!(tree.errors.is_empty(), "{text:?}: {:?}", tree.errors);
    Decoder::new(&tree, FileId(7), tree.documents[0].root.unwrap()).decode()
}

/// The value of `a`, or the source text of the node that does not fit.
fn of_a<T: DeserializeOwned>(value: &str) -> Result<T, String> {
    #[derive(Deserialize)]
    struct Whole<T> {
        a: T,
    }
    let text = format!("x: 1\na: {value}\n");
    decode::<Whole<T>>(&text).map(|whole| whole.a).map_err(|e| read(&text).span(e.node.unwrap()).of(&text).to_owned())
}

#[derive(Debug, PartialEq, Deserialize)]
enum Mode {
    #[serde(rename = "STRICT")]
    Strict,
    #[serde(rename = "On")]
    On,
}

#[test]
fn scalars_as_the_api_server_takes_them() {
    for (text, value) in [("80", Ok(80)), ("0x50", Ok(80)), ("0120", Ok(80)), ("8e1", Ok(80)), ("80.0", Ok(80)), ("8_0", Ok(80))] {
        assert_eq!(of_a::<u16>(text), value, "{text}");
        assert_eq!(of_a::<i32>(text), value.clone().map(i32::from));
        assert_eq!(of_a::<u32>(text), value.clone().map(u32::from));
        assert_eq!(of_a::<i64>(text), value.clone().map(i64::from));
        assert_eq!(of_a::<u64>(text), value.map(u64::from));
    }
    for text in ["65536", "-1", "80.5", "'80'", "!!str 80", "http", "yes", "[80]", "{b: 80}", "1e30", "99999999999999999999"] {
        let source = text.trim_start_matches("!!str ");
        assert_eq!(of_a::<u16>(text), Err(source.to_owned()), "{text}");
    }
    for text in ["yes", "on", "True", "y"] {
        assert_eq!(of_a::<bool>(text), Ok(true), "{text}");
        assert_eq!(of_a::<String>(text), Err(text.to_owned()), "{text}");
    }
    for text in ["'yes'", "\"on\"", "YeS", "1"] {
        assert_eq!(of_a::<bool>(text), Err(text.to_owned()), "{text}");
    }
    for (text, value) in [("b", "b"), ("'80'", "80"), ("!!str 80", "80"), ("! 80", "80"), ("1.2.3", "1.2.3"), ("''", ""), ("<<", "<<")] {
        assert_eq!(of_a::<String>(text), Ok(value.to_owned()), "{text}");
    }
    for text in ["80", "1.5", "true", "[b]", "{}"] {
        assert_eq!(of_a::<String>(text), Err(text.to_owned()), "{text}");
    }
    assert_eq!(of_a::<f64>("1.5"), Ok(1.5));
    assert_eq!(of_a::<f64>("3"), Ok(3.0));
    assert_eq!(of_a::<Mode>("STRICT"), Ok(Mode::Strict));
    assert_eq!(of_a::<Mode>("On"), Ok(Mode::On), "the word as it is written");
    assert_eq!(of_a::<Mode>("strict"), Err("strict".to_owned()));
    assert_eq!(of_a::<Mode>("[STRICT]"), Err("[STRICT]".to_owned()));
}

#[test]
fn null_is_nothing() {
    for text in ["", "~", "null", "Null"] {
        assert_eq!(of_a::<Option<u16>>(text), Ok(None));
        assert_eq!(of_a::<Option<String>>(text), Ok(None));
        assert_eq!(of_a::<Option<Mode>>(text), Ok(None));
        assert_eq!(of_a::<Vec<String>>(text), Ok(vec![]));
        assert_eq!(of_a::<BTreeMap<String, String>>(text), Ok(BTreeMap::new()));
        assert_eq!(of_a::<Option<Vec<String>>>(text), Ok(None));
    }
    assert_eq!(of_a::<Option<String>>("'~'"), Ok(Some("~".to_owned())));
    assert_eq!(of_a::<Option<String>>("''"), Ok(Some(String::new())));
    assert_eq!(of_a::<Vec<Option<u8>>>("[1, ~]"), Ok(vec![Some(1), None]));
    assert!(of_a::<BTreeMap<String, String>>("[]").is_err());
    assert!(of_a::<Vec<String>>("{}").is_err());
}

#[test]
fn keys_are_text() {
    let keys = |text: &str| decode::<BTreeMap<String, Option<String>>>(text).map(|map| map.into_keys().collect::<Vec<_>>());
    assert_eq!(keys("80: a\nyes: b\n1.5: c\n'x': d\n").unwrap(), ["1.5", "80", "true", "x"]);
    for (text, source) in [("[a]: b\n", "[a]"), ("? {a: b}\n: c\n", "{a: b}"), ("~: a\n", "~"), ("? \n: a\n", "")] {
        let error = keys(text).unwrap_err();
        assert_eq!(read(text).span(error.node.unwrap()).of(text), source, "{text}");
    }
}

#[test]
fn merge_keys_as_go_yaml_2_applies_them() {
    let map = |text: &str| {
        let tree = read(text);
        let root = tree.documents[0].root.unwrap();
        let m = tree.get(root, &["m"]).unwrap();
        let entries = Decoder::new(&tree, FileId(0), m).entries();
        entries
            .map(|e| e.iter().map(|[k, v]| format!("{}={}", tree.text(*k).unwrap(), tree.text(*v).unwrap())).collect::<Vec<_>>().join(" "))
    };
    let base = "p: &p {a: 1, b: 2}\nq: &q {b: 3, c: 4}\nr: &r\n  <<: *p\n  d: 5\ns: &s 1\nt: &t [*p]\n";
    for (m, expected) in [
        ("{<<: *p, c: 9}", "a=1 b=2 c=9"),
        ("{<<: *p, a: 9}", "a=9 b=2"),
        // go-yaml v2 sets keys in the order in which they are written
        ("{a: 9, <<: *p}", "a=1 b=2"),
        ("{<<: [*p, *q]}", "b=2 c=4 a=1"),
        ("{<<: [*q, *p]}", "a=1 b=3 c=4"),
        ("{<<: *r}", "a=1 b=2 d=5"),
        ("{<<: {a: 7}}", "a=7"),
        ("{<<: *p, <<: *q}", "a=1 b=3 c=4"),
        ("{'<<': x}", "<<=x"),
        ("{!!str <<: x}", "<<=x"),
    ] {
        assert_eq!(map(&format!("{base}m: {m}\n")).unwrap(), expected, "{m}");
    }
    for m in ["{<<: *s}", "{<<: x}", "{<<: [*s]}", "{<<: *t}", "{<<: }"] {
        assert!(map(&format!("{base}m: {m}\n")).unwrap_err().message.contains("takes a mapping"), "{m}");
    }
}

#[test]
fn of_equal_keys_the_last_one_counts() {
    #[derive(Debug, PartialEq, Deserialize)]
    struct Two {
        a: u16,
        b: Option<u16>,
    }
    assert_eq!(decode::<Two>("a: x\nb: 2\na: 3\n").unwrap(), Two { a: 3, b: Some(2) });
}

#[derive(Deserialize)]
struct Spec {
    name: At<String>,
    ports: Vec<At<u16>>,
    #[serde(default)]
    labels: BTreeMap<At<Key>, At<String>>,
    inner: At<Inner>,
    #[serde(default)]
    other: Option<At<Inner>>,
}

#[derive(Deserialize)]
struct Inner {
    x: At<Option<i64>>,
}

#[derive(Deserialize, PartialEq, Eq, PartialOrd, Ord)]
struct Key(String);

impl PartialOrd for At<Key> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Eq for At<Key> {}
impl Ord for At<Key> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (**self).cmp(other)
    }
}

#[test]
fn values_know_their_places() {
    let text = "name: &n web\nports: [80, &p 81, *p]\nlabels:\n  app: *n\n  tier: 'x'\ninner: &i\n  x: 5\nother: *i\n";
    let tree = read(text);
    let spec: Spec = Decoder::new(&tree, FileId(3), tree.documents[0].root.unwrap()).decode().unwrap();
    let source = |node: NodeId| {
        assert_eq!(node.file, FileId(3));
        tree.span(node.index).of(text)
    };
    assert_eq!((source(spec.name.node()), &**spec.name), ("web", "web"));
    assert_eq!(spec.ports.iter().map(|p| source(p.node())).collect::<Vec<_>>(), ["80", "81", "*p"], "where a person wrote it");
    assert_eq!(*spec.ports[2], 81);
    let labels: Vec<_> = spec.labels.iter().map(|(k, v)| (source(k.node()), source(v.node()), v.as_str())).collect();
    assert_eq!(labels, [("app", "*n", "web"), ("tier", "'x'", "x")]);
    assert_eq!((source(spec.inner.node()), source(spec.inner.x.node())), ("x: 5", "5"));
    let other = spec.other.unwrap();
    assert_eq!((source(other.node()), source(other.x.node()), *other.x), ("*i", "5", Some(5)));
}

#[derive(Deserialize, Debug)]
struct Port {
    #[serde(rename = "a")]
    _a: u16,
}

#[derive(Deserialize, Debug)]
struct Outer {
    #[serde(rename = "a")]
    _a: BTreeMap<String, BTreeMap<String, i32>>,
}

#[test]
fn an_error_is_where_a_person_wrote_it() {
    for (text, source) in
        [("n: &n web\na: *n\n", "*n"), ("n: &n 70000\na: *n\n", "*n"), ("n: &n 1.5\na: *n\n", "*n"), ("a: 70000\n", "70000")]
    {
        let error = decode::<Port>(text).unwrap_err();
        assert_eq!(read(text).span(error.node.unwrap()).of(text), source, "{text}");
    }
    let text = "n: &n\n  x: y\na:\n  inner: *n\n";
    let error = decode::<Outer>(text).unwrap_err();
    assert_eq!(read(text).span(error.node.unwrap()).of(text), "y", "the innermost node");
}
