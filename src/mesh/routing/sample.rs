//! Texts that a pattern takes, made of the pattern itself.

use regex_syntax::hir::{Class, Hir, HirKind};

use super::re2;

/// The most texts that are made of one pattern, or of a part of one.
const MOST: usize = 8;
/// Longer ones are given up.
const LONGEST: usize = 2000;

/// A few texts that a pattern (in the words of RE2) most probably takes whole: of each part the first ways to fit it. Where parts
/// look around themselves (`\b`, `^` inside) a text may not fit after all, so whoever must be sure asks the pattern. None for one
/// that cannot be read.
pub fn samples(pattern: &str) -> Vec<String> {
    let hir = re2::translate(pattern).ok().and_then(|text| regex_syntax::Parser::new().parse(&text).ok());
    let mut all: Vec<String> = hir.as_ref().map(of).unwrap_or_default();
    all.retain(|text| text.len() <= LONGEST);
    all.dedup();
    all
}

fn of(hir: &Hir) -> Vec<String> {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => vec![String::new()],
        HirKind::Literal(literal) => std::str::from_utf8(&literal.0).map(str::to_owned).into_iter().collect(),
        HirKind::Class(class) => one_of(class),
        HirKind::Capture(capture) => of(&capture.sub),
        HirKind::Alternation(all) => all.iter().flat_map(of).take(MOST).collect(),
        HirKind::Concat(all) => all.iter().fold(vec![String::new()], |begun, part| follow(&begun, &of(part))),
        HirKind::Repetition(repetition) => {
            let once = of(&repetition.sub);
            let shown = repetition.min.min(u32::try_from(LONGEST).unwrap_or(u32::MAX));
            let least = (0..shown).fold(vec![String::new()], |begun, _| if too_long(&begun) { begun } else { follow(&begun, &once) });
            // something rather than nothing comes second
            let more = if repetition.min == 0 && repetition.max != Some(0) { once } else { Vec::new() };
            least.into_iter().chain(more).take(MOST).collect()
        }
    }
}

fn too_long(texts: &[String]) -> bool {
    texts.first().is_some_and(|text| text.len() > LONGEST)
}

/// Each begun text with each that may follow: the first of both, then the others of the one, then of the other.
fn follow(begun: &[String], parts: &[String]) -> Vec<String> {
    let mut pairs: Vec<(usize, usize)> = (0..begun.len()).flat_map(|b| (0..parts.len()).map(move |p| (b, p))).collect();
    pairs.sort_by_key(|(b, p)| b + p);
    let text = |(b, p): (usize, usize)| Some([begun.get(b)?.as_str(), parts.get(p)?.as_str()].concat());
    pairs.into_iter().take(MOST).filter_map(text).collect()
}

/// A letter or digit that stands for a class, where it has one: else its first character.
fn one_of(class: &Class) -> Vec<String> {
    let usual = ['x', 'a', '0', '1', '-', '_', '/', '.'];
    let (has, first): (Box<dyn Fn(char) -> bool>, Option<char>) = match class {
        Class::Unicode(class) => {
            let ranges: Vec<(char, char)> = class.iter().map(|range| (range.start(), range.end())).collect();
            let first = ranges.iter().map(|(start, _)| *start).next();
            (Box::new(move |c| ranges.iter().any(|(start, end)| (*start..=*end).contains(&c))), first)
        }
        Class::Bytes(class) => {
            let ranges: Vec<(u8, u8)> = class.iter().map(|range| (range.start(), range.end())).collect();
            let first = ranges.iter().map(|(start, _)| char::from(*start)).find(char::is_ascii);
            (Box::new(move |c| u8::try_from(c).is_ok_and(|c| ranges.iter().any(|(start, end)| (*start..=*end).contains(&c)))), first)
        }
    };
    usual.into_iter().find(|c| has(*c)).or(first).map(String::from).into_iter().collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::super::{re2, samples};
    use super::{LONGEST, MOST};

    #[test]
    fn a_pattern_takes_its_samples() {
        for pattern in [
            "/a",
            "/api/v[0-9]+/.*",
            r"/\d{2,3}/\w+",
            "/(a|b|cd)/c?",
            ".*",
            r".*\.php",
            "(?i)/Ä[^/]+",
            "/[^a-z0-9]",
            "(/x){3}",
            "^/a$",
            r"/\bword\b",
            "[^/]+",
        ] {
            let all = samples(pattern);
            let regex = regex::Regex::new(&format!(r"\A(?:{})\z", re2::translate(pattern).unwrap())).unwrap();
            assert!(!all.is_empty() && all.len() <= MOST && all.iter().all(|text| regex.is_match(text)), "{pattern}: {all:?}");
        }
        assert_eq!(samples("/(aa|b)/c?"), ["/aa/", "/aa/c", "/b/", "/b/c"]);
    }

    #[test]
    fn what_is_no_pattern_or_takes_nothing_or_too_much_has_none() {
        for pattern in ["[", "(?=a)", "a{1000}{1000}"] {
            assert!(samples(pattern).iter().all(|text| text.len() <= LONGEST), "{pattern}");
        }
        assert_eq!(samples("["), Vec::<String>::new());
    }
}
