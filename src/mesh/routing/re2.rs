//! Patterns as Envoy reads them: RE2's syntax (its own page `syntax.txt`, and `re2/parse.cc`), told to the `regex` crate,
//! which is near to it and not the same.

use std::fmt::Write;

/// The most that one `{n,m}` may repeat, alone or inside others.
const MOST_REPEATS: u32 = 1000;
/// How deep groups may stand in each other.
const DEEPEST: usize = 200;
const POSIX: [&str; 14] =
    ["alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space", "upper", "word", "xdigit"];
const CATEGORIES: [&str; 37] = [
    "C", "Cc", "Cf", "Co", "Cs", "L", "Ll", "Lm", "Lo", "Lt", "Lu", "M", "Mc", "Me", "Mn", "N", "Nd", "Nl", "No", "P", "Pc", "Pd", "Pe",
    "Pf", "Pi", "Po", "Ps", "S", "Sc", "Sk", "Sm", "So", "Z", "Zl", "Zp", "Zs", "Any",
];

/// A pattern of RE2 in the words of the `regex` crate.
///
/// # Errors
/// Why RE2 does not take it, for a person.
pub fn translate(pattern: &str) -> Result<String, String> {
    let mut reader = Reader { rest: pattern, out: String::with_capacity(pattern.len()), before: Before::Nothing, open: 0 };
    while !reader.rest.is_empty() {
        reader.part()?;
    }
    if reader.open == 0 { Ok(reader.out) } else { Err("a `(` is not closed".to_owned()) }
}

/// About how many instructions RE2 makes of a pattern: what its `ProgramSize` says, or a little more.
///
/// # Errors
/// As for [`translate`], and for repetitions inside each other that come to more than RE2 takes.
pub fn program_size(pattern: &str) -> Result<usize, String> {
    let translated = translate(pattern)?;
    let parsed = regex_syntax::Parser::new().parse(&translated);
    let hir = parsed.map_err(|error| error.to_string().lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned())?;
    if repeats(&hir) > MOST_REPEATS {
        return Err(format!("it repeats more than {MOST_REPEATS} times"));
    }
    Ok(size(&hir) + 4)
}

/// The most times that something in it is repeated, by repetitions inside each other.
fn repeats(hir: &regex_syntax::hir::Hir) -> u32 {
    use regex_syntax::hir::HirKind;
    match hir.kind() {
        HirKind::Repetition(repetition) => {
            // `*`, `+` and `?` do not count
            let own = match (repetition.min, repetition.max) {
                (0 | 1, None) | (0, Some(1)) => 1,
                (min, max) => max.unwrap_or(min).max(1),
            };
            own.saturating_mul(repeats(&repetition.sub))
        }
        HirKind::Capture(capture) => repeats(&capture.sub),
        HirKind::Concat(all) | HirKind::Alternation(all) => all.iter().map(repeats).max().unwrap_or(1),
        _ => 1,
    }
}

fn size(hir: &regex_syntax::hir::Hir) -> usize {
    use regex_syntax::hir::{Class, HirKind};
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => 1,
        HirKind::Literal(literal) => literal.0.len(),
        HirKind::Class(Class::Unicode(class)) => class.iter().map(|range| utf8_ranges(range.start(), range.end())).sum::<usize>().max(1),
        HirKind::Class(Class::Bytes(class)) => class.iter().count().max(1),
        HirKind::Repetition(repetition) => {
            let one = size(&repetition.sub);
            let min = repetition.min as usize;
            match repetition.max {
                None => one.saturating_mul(min.max(1)).saturating_add(1),
                Some(max) => {
                    let optional = (max as usize).saturating_sub(min);
                    one.saturating_mul(min).saturating_add(optional.saturating_mul(one.saturating_add(1)))
                }
            }
        }
        HirKind::Capture(capture) => size(&capture.sub).saturating_add(2),
        HirKind::Concat(all) => all.iter().map(size).fold(0, usize::saturating_add),
        HirKind::Alternation(all) => all.iter().map(|one| size(one).saturating_add(1)).fold(0, usize::saturating_add),
    }
}

/// How many ranges of bytes a range of characters takes, about.
fn utf8_ranges(start: char, end: char) -> usize {
    let ends = [0x7f, 0x7ff, 0xffff, 0x0010_ffff];
    let touched = |(n, end_of): (usize, &u32)| {
        let begin_of = n.checked_sub(1).and_then(|n| ends.get(n)).map_or(0, |end| end + 1);
        if u32::from(start) <= *end_of && u32::from(end) >= begin_of { n + 1 } else { 0 }
    };
    ends.iter().enumerate().map(touched).sum()
}

/// What stands before a repetition.
#[derive(Clone, Copy, PartialEq)]
enum Before {
    Nothing,
    Something,
    Repeated,
}

struct Reader<'p> {
    rest: &'p str,
    out: String,
    before: Before,
    /// How many groups are open.
    open: usize,
}

impl Reader<'_> {
    fn next(&mut self) -> Option<char> {
        let mut chars = self.rest.chars();
        let c = chars.next()?;
        self.rest = chars.as_str();
        Some(c)
    }

    fn take(&mut self, prefix: &str) -> bool {
        self.rest.strip_prefix(prefix).map(|rest| self.rest = rest).is_some()
    }

    fn literal(&mut self, c: char) {
        let mut buffer = [0; 4];
        self.out.push_str(&regex::escape(c.encode_utf8(&mut buffer)));
    }

    fn part(&mut self) -> Result<(), String> {
        let all = self.rest;
        let Some(c) = self.next() else { return Ok(()) };
        let mut before = Before::Something;
        match c {
            '\\' => self.escape()?,
            '[' => self.class()?,
            '(' => {
                self.open += 1;
                if self.open > DEEPEST {
                    return Err("its groups stand too deep in each other".to_owned());
                }
                before = Before::Nothing;
                if self.rest.starts_with('?') { self.group()? } else { self.out.push('(') }
            }
            ')' => {
                self.open = self.open.checked_sub(1).ok_or("a `)` has no `(`")?;
                self.out.push(')');
            }
            '|' => {
                self.out.push('|');
                before = Before::Nothing;
            }
            '^' | '$' | '.' => self.out.push(c),
            '*' | '+' | '?' => {
                self.repeat(all.get(..1).unwrap_or_default())?;
                before = Before::Repeated;
            }
            '{' => match self.counted()? {
                Some(()) => before = Before::Repeated,
                None => self.out.push_str("\\{"),
            },
            _ => self.literal(c),
        }
        self.before = before;
        Ok(())
    }

    /// A repetition whose operator has been read.
    fn repeat(&mut self, operator: &str) -> Result<(), String> {
        match self.before {
            Before::Nothing => return Err(format!("there is nothing for `{operator}` to repeat")),
            Before::Repeated => return Err(format!("`{operator}` follows another repetition")),
            Before::Something => self.out.push_str(operator),
        }
        if self.take("?") {
            self.out.push('?');
        }
        Ok(())
    }

    /// `{n}`, `{n,}` or `{n,m}`, behind its `{`; anything else is text.
    fn counted(&mut self) -> Result<Option<()>, String> {
        let Some((inside, after)) = self.rest.split_once('}') else { return Ok(None) };
        let number = |text: &str| {
            let plain = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) && (text.len() == 1 || !text.starts_with('0'));
            plain.then(|| text.parse::<u32>().unwrap_or(u32::MAX))
        };
        let bounds = match inside.split_once(',') {
            None => number(inside).map(|n| (n, Some(n))),
            Some((min, "")) => number(min).map(|n| (n, None)),
            Some((min, max)) => number(min).zip(number(max)).map(|(min, max)| (min, Some(max))),
        };
        let Some((min, max)) = bounds else { return Ok(None) };
        if min > MOST_REPEATS || max.is_some_and(|max| max > MOST_REPEATS || max < min) {
            return Err(format!("`{{{inside}}}` is no repetition that it takes"));
        }
        self.rest = after;
        self.repeat(&format!("{{{inside}}}")).map(Some)
    }

    /// What follows `(` with a `?`.
    fn group(&mut self) -> Result<(), String> {
        for opens in ["?P<", "?<"] {
            let Some(rest) = self.rest.strip_prefix(opens) else { continue };
            if opens == "?<" && rest.starts_with(['=', '!']) {
                break;
            }
            let Some((name, after)) = rest.split_once('>') else { return Err("the name of a group does not end".to_owned()) };
            let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
            if name.is_empty() || !name.chars().all(word) {
                return Err(format!("`{name}` is no name of a group"));
            }
            // the crate wants a letter first
            let _ = write!(self.out, "(?P<_{name}>");
            self.rest = after;
            return Ok(());
        }
        let rest = self.rest.strip_prefix('?').unwrap_or_default();
        let end = rest.find([':', ')']).ok_or("a `(?` does not end")?;
        let flags = rest.get(..end).unwrap_or_default();
        let known = flags.chars().all(|c| matches!(c, 'i' | 'm' | 's' | 'U' | '-'));
        if !known || flags.matches('-').count() > 1 || flags.ends_with('-') {
            return Err("it looks ahead or behind, or has flags that RE2 does not know".to_owned());
        }
        self.rest = rest.get(end..).unwrap_or_default();
        if self.take(")") {
            self.open -= 1;
            if !flags.is_empty() {
                let _ = write!(self.out, "(?{flags})");
            }
        } else {
            self.take(":");
            let _ = write!(self.out, "(?{flags}:");
        }
        Ok(())
    }

    /// What follows a `\` outside of brackets.
    fn escape(&mut self) -> Result<(), String> {
        if self.take("Q") {
            let (text, after) = self.rest.split_once("\\E").unwrap_or((self.rest, ""));
            self.out.push_str("(?:");
            self.out.push_str(&regex::escape(text));
            self.out.push(')');
            self.rest = after;
            return Ok(());
        }
        for (word, ours) in [("A", "\\A"), ("z", "\\z"), ("b", "(?-u:\\b)"), ("B", "\\B"), ("C", "(?s:.)")] {
            if self.take(word) {
                self.out.push_str(ours);
                return Ok(());
            }
        }
        if self.set()? {
            return Ok(());
        }
        let c = self.character()?;
        self.literal(c);
        Ok(())
    }

    /// `\d`, `\pL` and the like, behind the `\`.
    fn set(&mut self) -> Result<bool, String> {
        let sets = [
            ("d", "[0-9]"),
            ("D", "[^0-9]"),
            ("w", "[0-9A-Za-z_]"),
            ("W", "[^0-9A-Za-z_]"),
            ("s", "[\\t\\n\\f\\r ]"),
            ("S", "[^\\t\\n\\f\\r ]"),
        ];
        for (word, ours) in sets {
            if self.take(word) {
                self.out.push_str(ours);
                return Ok(true);
            }
        }
        let mut negated = if self.take("p") {
            false
        } else if self.take("P") {
            true
        } else {
            return Ok(false);
        };
        let name = if let Some(rest) = self.rest.strip_prefix('{') {
            let (name, after) = rest.split_once('}').ok_or("a `\\p{` does not end")?;
            self.rest = after;
            name
        } else {
            let all = self.rest;
            let c = self.next().ok_or("it ends in the middle of `\\p`")?;
            all.get(..c.len_utf8()).unwrap_or_default()
        };
        let name = name.strip_prefix('^').map_or(name, |name| {
            negated = !negated;
            name
        });
        let script = name.len() > 2
            && name.starts_with(|c: char| c.is_ascii_uppercase())
            && name.chars().all(|c| c.is_ascii_alphabetic() || c == '_');
        let ours = format!("\\{}{{{name}}}", if negated { 'P' } else { 'p' });
        let is_known =
            CATEGORIES.contains(&name) || (script && regex_syntax::Parser::new().parse(&format!("\\p{{Script={name}}}")).is_ok());
        if !is_known {
            return Err(format!("`{name}` is no set of characters that RE2 knows"));
        }
        self.out.push_str(&ours);
        Ok(true)
    }

    /// One character behind a `\`.
    fn character(&mut self) -> Result<char, String> {
        let c = self.next().ok_or("it ends with a `\\`")?;
        let wrong = || format!("`\\{c}` means nothing to RE2");
        let octal = |c: char| c.to_digit(8);
        Ok(match c {
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'a' => '\x07',
            'f' => '\x0c',
            'v' => '\x0b',
            'x' => return self.hexadecimal().ok_or_else(wrong),
            '0'..='7' => {
                let follows = self.rest.chars().next().and_then(octal);
                if c != '0' && follows.is_none() {
                    return Err(format!("`\\{c}` refers back, which RE2 cannot"));
                }
                let mut code = octal(c).unwrap_or_default();
                for _ in 0..2 {
                    let Some(digit) = self.rest.chars().next().and_then(octal) else { break };
                    code = code * 8 + digit;
                    self.next();
                }
                char::from_u32(code).ok_or_else(wrong)?
            }
            c if c.is_ascii() && !c.is_ascii_alphanumeric() => c,
            _ => return Err(wrong()),
        })
    }

    fn hexadecimal(&mut self) -> Option<char> {
        let (digits, after) = match self.rest.strip_prefix('{') {
            Some(rest) => rest.split_once('}')?,
            None => (self.rest.get(..2)?, self.rest.get(2..)?),
        };
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return None;
        }
        let found = u32::from_str_radix(digits, 16).ok().and_then(char::from_u32)?;
        self.rest = after;
        Some(found)
    }

    /// What follows a `[`.
    fn class(&mut self) -> Result<(), String> {
        self.out.push('[');
        if self.take("^") {
            self.out.push('^');
        }
        let mut first = true;
        loop {
            if self.rest.is_empty() {
                return Err("a `[` is not closed".to_owned());
            }
            if !first && self.take("]") {
                self.out.push(']');
                return Ok(());
            }
            first = false;
            if let Some(rest) = self.rest.strip_prefix("[:")
                && let Some((name, after)) = rest.split_once(":]")
            {
                if !POSIX.contains(&name.trim_start_matches('^')) {
                    return Err(format!("`[:{name}:]` is no set of characters"));
                }
                let _ = write!(self.out, "[:{name}:]");
                self.rest = after;
                continue;
            }
            if let Some(rest) = self.rest.strip_prefix('\\')
                && rest.starts_with(['d', 'D', 'w', 'W', 's', 'S', 'p', 'P'])
            {
                self.rest = rest;
                self.set()?;
                continue;
            }
            let low = self.member()?;
            if self.rest.starts_with('-') && !self.rest.starts_with("-]") && self.rest.len() > 1 {
                self.next();
                let high = self.member()?;
                if high < low {
                    return Err(format!("`{low}-{high}` is no range"));
                }
                self.literal(low);
                self.out.push('-');
                self.literal(high);
            } else {
                self.literal(low);
            }
        }
    }

    /// One character inside of brackets.
    fn member(&mut self) -> Result<char, String> {
        match self.next() {
            Some('\\') => self.character(),
            Some(c) => Ok(c),
            None => Err("a `[` is not closed".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{program_size, translate};

    fn fits(pattern: &str, text: &str) -> bool {
        let translated = translate(pattern).unwrap_or_else(|why| panic!("{pattern}: {why}"));
        let regex = regex::Regex::new(&format!(r"\A(?:{translated})\z"));
        regex.unwrap_or_else(|error| panic!("{pattern} as {translated}: {error}")).is_match(text)
    }

    #[test]
    fn what_re2_reads_otherwise() {
        for (pattern, text, expected) in [
            (r"\d+", "12", true),
            (r"\d+", "\u{0663}", false),
            (r"\w", "é", false),
            (r"[\w-]+", "a-b", true),
            (r"[a&&b]", "&", true),
            (r"[[a]", "[", true),
            (r"[]a]+", "a]", true),
            (r"[a-c-e]+", "a-e", true),
            (r"[a-c-e]+", "d", false),
            (r"a{,5}", "a{,5}", true),
            (r"a{", "a{", true),
            (r"a{2}", "aa", true),
            (r"\Qa.b\E+", "a.ba.b", true),
            (r"\101", "A", true),
            (r"\x41\x{42}", "AB", true),
            (r"\/\<\-\ ", "/<- ", true),
            (r"(?i)ABC", "abc", true),
            (r"(?P<x>a)(?<y>b)", "ab", true),
            (r"\p{Greek}\pL", "αb", true),
            (r"\p{^Lu}", "a", true),
            (r"[[:alpha:]]+", "ab", true),
            (r"a|", "", true),
            (r"^/a.*$", "/ab", true),
            (r".", "\n", false),
        ] {
            assert_eq!(fits(pattern, text), expected, "{pattern} {text:?}");
        }
    }

    #[test]
    fn what_re2_refuses() {
        for pattern in [
            "[",
            "a)",
            "(a",
            "*a",
            "a**",
            "a*+",
            "a{2}{3}",
            "(?=a)",
            "(?!a)",
            "(?<=a)",
            "(?<!a)",
            r"\1",
            r"(a)\1",
            r"\8",
            r"\y",
            r"\Z",
            "\\",
            "[b-a]",
            "[[:foo:]]",
            r"\p{Foo}",
            r"\p{Alphabetic}",
            r"\p{letter}",
            "a{1001}",
            "a{2,1}",
            "(?x)a",
            "(?u)a",
            "(?P=a)",
            "(?P<a-b>c)",
            r"\x{110000}",
            "(|*)",
            "|*",
            r"\é",
        ] {
            assert!(translate(pattern).is_err(), "{pattern}");
        }
        assert!(program_size("(a{1000}){1000}").is_err());
        assert!(program_size("(a{100}){10}").is_ok());
    }
}
