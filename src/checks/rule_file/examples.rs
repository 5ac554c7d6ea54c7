//! The manifests in a rule file.

use super::{Failure, Line, Part, parts};

/// What an example shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExampleKind {
    /// The rule speaks up, exactly at the marks.
    Bad,
    /// No rule says anything.
    Good,
    /// As [`ExampleKind::Good`], and it looks like a bad one.
    NearMiss,
}

/// What a code block is, as people are told: `None` for one that is no example.
pub(super) fn caption(info_string: &str) -> Option<String> {
    let info = info(info_string).ok()??;
    let title = match info.tag {
        Tag::Example(ExampleKind::Bad) => "Bad",
        Tag::Fixed => "Fixed",
        Tag::Example(ExampleKind::Good) => "Good",
        Tag::Example(ExampleKind::NearMiss) => "Good, though it looks alike",
    };
    let path = info.path.map(|path| format!(", `{path}`")).unwrap_or_default();
    let args = if info.args.is_empty() { String::new() } else { format!(", with `{}`", info.args.join(" ")) };
    Some(format!("{title}{path}{args}:"))
}

/// Whole manifests, in one file or several.
#[derive(Clone, Debug, PartialEq)]
pub struct Example {
    /// What it shows.
    pub kind: ExampleKind,
    /// The files, marks removed.
    pub files: Vec<ExampleFile>,
    /// Arguments for the command line, such as `--complete`.
    pub args: Vec<String>,
    /// What the fixes make of it; the files that change, at least.
    pub fixed: Option<Vec<ExampleFile>>,
}

/// One file of an example.
#[derive(Clone, Debug, PartialEq)]
pub struct ExampleFile {
    /// Its path; `manifest.yaml` when the block has none.
    pub path: String,
    /// Its text without the marks.
    pub text: String,
    /// The findings expected in it, in the order of lines.
    pub marks: Vec<Mark>,
}

/// An expected finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The line of its primary label in [`ExampleFile::text`], from 1.
    pub line: usize,
    /// What its headline contains.
    pub text: String,
    /// The rule it is of, when that is another one than the file's.
    pub rule: Option<String>,
}

/// The info string of a code block.
struct Info {
    tag: Tag,
    path: Option<String>,
    args: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Tag {
    Example(ExampleKind),
    Fixed,
}

/// Blocks of one tag, with the line of the first.
struct Group {
    line: usize,
    tag: Tag,
    args: Vec<String>,
    files: Vec<ExampleFile>,
}

/// Reads the examples of a section; blocks of other languages than `yaml` are words.
pub(super) fn read(lines: &[Line<'_>]) -> Result<Vec<Example>, Failure> {
    let mut examples: Vec<Example> = Vec::new();
    for group in groups(lines)? {
        let marks: usize = group.files.iter().map(|file| file.marks.len()).sum();
        match (group.tag, marks) {
            (Tag::Example(ExampleKind::Bad), 0) => return Err((group.line, "a bad example needs a mark: `#~ text`".to_owned())),
            (Tag::Example(kind), marks) if kind == ExampleKind::Bad || marks == 0 => {
                examples.push(Example { kind, files: group.files, args: group.args, fixed: None });
            }
            (Tag::Fixed, 0) => match examples.last_mut() {
                Some(bad) if bad.kind == ExampleKind::Bad && bad.fixed.is_none() => bad.fixed = Some(group.files),
                _ => return Err((group.line, "a fixed example follows the bad one it is made of".to_owned())),
            },
            _ => return Err((group.line, "only bad examples have marks".to_owned())),
        }
    }
    Ok(examples)
}

/// Code blocks by example: blocks with paths and one tag, and nothing but blank lines between them, are one.
fn groups(lines: &[Line<'_>]) -> Result<Vec<Group>, Failure> {
    let mut groups: Vec<Group> = Vec::new();
    // whether the next block may be a further file of the last group
    let mut joins = false;
    let mut open: Option<(usize, Option<Info>)> = None;
    let mut block: Vec<&str> = Vec::new();
    for ((number, line), part) in parts(lines) {
        match part {
            Part::Words => joins &= line.trim().is_empty(),
            Part::Opens => {
                open = Some((number, info(line.trim_start_matches('`')).map_err(|cause| (number, cause))?));
                block.clear();
            }
            Part::Code => block.push(line),
            Part::Closes => {
                let Some((number, Some(info))) = open.take() else {
                    joins = false;
                    continue;
                };
                let named = info.path.is_some();
                add(&mut groups, joins && named, number, info, &block)?;
                joins = named;
            }
        }
    }
    match open {
        Some((number, _)) => Err((number, "this code block is not closed".to_owned())),
        None => Ok(groups),
    }
}

/// Adds a code block to the last group, when it joins it and has its tag, or as a new one.
fn add(groups: &mut Vec<Group>, joins: bool, line: usize, info: Info, block: &[&str]) -> Result<(), Failure> {
    let file = example_file(info.path, block).map_err(|(at, cause)| (line + at, cause))?;
    match groups.last_mut() {
        Some(group) if joins && group.tag == info.tag => {
            if group.files.iter().any(|other| other.path == file.path) {
                return Err((line, format!("`{}` is already in this example: put words between two examples", file.path)));
            }
            group.args.extend(info.args);
            group.files.push(file);
        }
        _ => groups.push(Group { line, tag: info.tag, args: info.args, files: vec![file] }),
    }
    Ok(())
}

/// Reads ``yaml bad path=east/svc.yaml args="--complete"``; `None` for another language.
fn info(text: &str) -> Result<Option<Info>, String> {
    let words = words(text)?;
    let mut words = words.iter().map(String::as_str).peekable();
    if words.next() != Some("yaml") {
        return Ok(None);
    }
    let tag = match words.next() {
        Some("bad") => Tag::Example(ExampleKind::Bad),
        Some("fixed") => Tag::Fixed,
        Some("good") if words.next_if_eq(&"near-miss").is_some() => Tag::Example(ExampleKind::NearMiss),
        Some("good") => Tag::Example(ExampleKind::Good),
        _ => return Err("a `yaml` block is tagged `bad`, `fixed`, `good` or `good near-miss`".to_owned()),
    };
    let mut info = Info { tag, path: None, args: Vec::new() };
    for word in words {
        match word.split_once('=') {
            Some(("path", path)) if is_inside(path) => info.path = Some(path.to_owned()),
            Some(("path", path)) => return Err(format!("`{path}` is no path below the example")),
            Some(("args", args)) if tag != Tag::Fixed => info.args = args.split_whitespace().map(str::to_owned).collect(),
            _ => return Err(format!("`{word}` means nothing here: expected `path=` or `args=`")),
        }
    }
    Ok(Some(info))
}

fn is_inside(path: &str) -> bool {
    path.split('/').all(|part| !part.is_empty() && part != "." && part != "..")
}

/// Words parted by spaces; spaces in `"` do not part.
fn words(text: &str) -> Result<Vec<String>, String> {
    let mut words = vec![String::new()];
    let mut quoted = false;
    for c in text.trim().chars() {
        match c {
            '"' => quoted = !quoted,
            c if c.is_whitespace() && !quoted => words.push(String::new()),
            c => words.last_mut().into_iter().for_each(|word| word.push(c)),
        }
    }
    words.retain(|word| !word.is_empty());
    if quoted { Err("a quote is not closed".to_owned()) } else { Ok(words) }
}

/// Takes the marks out; the line of an error counts from 1 within the block.
fn example_file(path: Option<String>, block: &[&str]) -> Result<ExampleFile, Failure> {
    let mut file = ExampleFile { path: path.unwrap_or_else(|| "manifest.yaml".to_owned()), text: String::new(), marks: Vec::new() };
    for (i, line) in block.iter().enumerate() {
        let (kept, texts) = marks_of(line);
        for text in texts {
            let (rule, text) = other_rule(text).map_or((None, text), |(rule, text)| (Some(rule.to_owned()), text));
            if text.is_empty() {
                return Err((i + 1, "a mark has words: `#~ text`".to_owned()));
            }
            file.marks.push(Mark { line: i + 1, text: text.to_owned(), rule });
        }
        file.text.push_str(kept);
        file.text.push('\n');
    }
    Ok(file)
}

/// A line without its marks and the white space before them, and the words of the marks.
pub(super) fn marks_of(line: &str) -> (&str, Vec<&str>) {
    let opens = |at: &usize| line.get(..*at).is_some_and(|before| before.is_empty() || before.ends_with([' ', '\t']));
    let Some(first) = line.match_indices("#~").map(|(at, _)| at).find(opens) else {
        return (line, Vec::new());
    };
    let (kept, marks) = line.split_at(first);
    (kept.trim_end(), marks.split("#~").skip(1).map(str::trim).collect())
}

/// `other-rule: text`: rule names have hyphens, so that ordinary words before a colon are no rule.
fn other_rule(mark: &str) -> Option<(&str, &str)> {
    let (rule, text) = mark.split_once(": ")?;
    let is_name = rule.contains('-') && rule.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    is_name.then_some((rule, text.trim()))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::super::{RuleFile, tests::FILE};
    use super::*;

    fn mark(line: usize, text: &str, rule: Option<&str>) -> Mark {
        Mark { line, text: text.to_owned(), rule: rule.map(str::to_owned) }
    }

    fn error(text: &str) -> Failure {
        let lines: Vec<Line<'_>> = text.lines().enumerate().map(|(i, line)| (i + 1, line)).collect();
        read(&lines).unwrap_err()
    }

    #[test]
    fn marks_are_taken_out() {
        let rule = RuleFile::parse("wrong-port", FILE).unwrap();
        let first = &rule.examples[0];
        assert_eq!((first.kind, first.files.len()), (ExampleKind::Bad, 1));
        assert_eq!(first.files[0].path, "manifest.yaml");
        assert_eq!(first.files[0].text, "kind: HTTPRoute\nport: 9081\n");
        assert_eq!(first.files[0].marks, [mark(2, "has no port 9081", None), mark(2, "says this", Some("other-rule"))]);
        let fixed = first.fixed.as_ref().unwrap();
        assert_eq!((fixed.len(), fixed[0].text.as_str()), (1, "kind: HTTPRoute\nport: 9080\n"));
    }

    #[test]
    fn blocks_with_paths_are_one_example() {
        let rule = RuleFile::parse("wrong-port", FILE).unwrap();
        let kinds: Vec<ExampleKind> = rule.examples.iter().map(|e| e.kind).collect();
        assert_eq!(kinds, [ExampleKind::Bad, ExampleKind::Bad, ExampleKind::Good, ExampleKind::NearMiss]);
        let second = &rule.examples[1];
        let paths: Vec<&str> = second.files.iter().map(|f| f.path.as_str()).collect();
        assert_eq!(paths, ["east/svc.yaml", "east/route.yaml"]);
        assert_eq!(second.args, ["--complete", "--namespace", "x"]);
        assert_eq!(second.files[1].marks, [mark(1, "no port 1: none at all", None)]);
        assert_eq!(rule.examples[3].files[0].text, "# ## not a heading\n## nor this\nkind: B\n");
    }

    #[test]
    fn blocks_are_parted_by_words_tags_and_missing_paths() {
        let text = "```yaml good path=a\na: 1\n```\n\n```yaml good path=b\na: 1\n```\nwords\n```yaml good path=a\na: 1\n```\n```yaml good near-miss path=b\n\
                    a: 1\n```\n```yaml good near-miss\na: 1\n```\n```yaml good near-miss path=c\na: 1\n```\n```text\nno yaml\n```\n";
        let lines: Vec<Line<'_>> = text.lines().map(|line| (1, line)).collect();
        let sizes: Vec<usize> = read(&lines).unwrap().iter().map(|e| e.files.len()).collect();
        assert_eq!(sizes, [2, 1, 1, 1, 1]);
    }

    #[test]
    fn marks_need_room_before_them() {
        assert_eq!(marks_of("a: b#~c"), ("a: b#~c", vec![]));
        assert_eq!(marks_of("a: b#~c #~ d"), ("a: b#~c", vec!["d"]));
        assert_eq!(marks_of("#~ a #~b"), ("", vec!["a", "b"]));
        assert_eq!(marks_of("a: # real #~ x"), ("a: # real", vec!["x"]));
    }

    #[test]
    fn errors() {
        assert_eq!(error("```yaml bad\na: 1\n```\n"), (1, "a bad example needs a mark: `#~ text`".to_owned()));
        assert_eq!(error("\n```yaml good\na: 1 #~ x\n```\n"), (2, "only bad examples have marks".to_owned()));
        assert_eq!(error("```yaml fixed\na: 1\n```\n").1, "a fixed example follows the bad one it is made of");
        assert_eq!(error("```yaml bad\na: 1\nb: 2 #~\n```\n"), (3, "a mark has words: `#~ text`".to_owned()));
        assert_eq!(error("```yaml good\n").1, "this code block is not closed");
        assert!(error("```yaml\na: 1\n```\n").1.contains("is tagged"));
        assert!(error("```yaml nice\na: 1\n```\n").1.contains("is tagged"));
        assert!(error("```yaml good path=../a\n```\n").1.contains("no path below"));
        assert!(error("```yaml good path=/a\n```\n").1.contains("no path below"));
        assert!(error("```yaml good near\n```\n").1.contains("means nothing"));
        assert!(error("```yaml good args=\"x\n```\n").1.contains("not closed"));
        assert_eq!(error("```yaml good path=a\n```\n```yaml good path=a\n```\n").0, 3);
    }
}
