//! Path patterns, the way `.gitignore` writes them.
//!
//! - `*` and `?` stay within one folder, `**` spans folders, `[ab]` and `{a,b}` choose.
//! - A pattern without `/` (but for one at its end) matches at any depth; any other one starts at the folder of
//!   `meshgate.yaml`. A leading `/` or `./` says so for a single name.
//! - A pattern that matches a folder matches everything below it; one that ends in `/` matches nothing else.
//! - `.` is the folder of `meshgate.yaml` itself; what lies outside of it is matched by patterns that start with `../`
//!   and by no other.

use globset::{Glob, GlobBuilder, GlobSet, GlobSetBuilder};

/// How a path starts that lies outside the folder of `meshgate.yaml`.
const OUTSIDE: &str = "../";

/// Patterns, any of which may match.
#[derive(Clone, Debug, Default)]
pub struct Globs {
    inside: GlobSet,
    outside: GlobSet,
}

impl Globs {
    /// Whether any pattern matches a path: relative to the folder of `meshgate.yaml`, with `/`.
    pub fn matches(&self, path: &str) -> bool {
        if path.starts_with(OUTSIDE) { self.outside.is_match(path) } else { self.inside.is_match(path) }
    }

    /// Whether there is no pattern.
    pub fn is_empty(&self) -> bool {
        self.inside.is_empty() && self.outside.is_empty()
    }

    /// Patterns whose parts [`parts`] has compiled.
    ///
    /// # Errors
    /// When all of them together are too large.
    pub(super) fn new(parts: impl IntoIterator<Item = Glob>) -> Result<Self, String> {
        let (mut inside, mut outside) = (GlobSetBuilder::new(), GlobSetBuilder::new());
        for part in parts {
            if part.glob().starts_with(OUTSIDE) { &mut outside } else { &mut inside }.add(part);
        }
        let build = |set: &GlobSetBuilder| set.build().map_err(|error| error.kind().to_string());
        Ok(Self { inside: build(&inside)?, outside: build(&outside)? })
    }
}

/// The one or two globs that a pattern stands for.
///
/// # Errors
/// In words, with what to do about it.
pub(super) fn parts(pattern: &str) -> Result<Vec<Glob>, (String, Option<&'static str>)> {
    if pattern.trim().is_empty() {
        return Err(("an empty pattern".to_owned(), Some("write `.` for everything")));
    }
    if pattern.starts_with('!') {
        return Err(("a pattern cannot be negated".to_owned(), Some("name what is meant instead")));
    }
    if pattern.contains('\\') {
        return Err(("a backslash in a pattern".to_owned(), Some("separate folders with `/`")));
    }
    let below_only = pattern.ends_with('/');
    let rooted = pattern.starts_with('/') || pattern == "." || pattern.starts_with("./");
    let body = pattern.trim_start_matches("./").trim_matches('/');
    if body.is_empty() || body == "." {
        return Ok(vec![glob("**")?]);
    }
    let anchored = if rooted || body.contains('/') { body.to_owned() } else { format!("**/{body}") };
    let mut parts = Vec::with_capacity(2);
    if !below_only {
        parts.push(glob(&anchored)?);
    }
    if !anchored.ends_with("/**") {
        parts.push(glob(&format!("{anchored}/**"))?);
    }
    Ok(parts)
}

fn glob(pattern: &str) -> Result<Glob, (String, Option<&'static str>)> {
    let built = GlobBuilder::new(pattern).literal_separator(true).build();
    built.map_err(|error| (error.kind().to_string(), Some("put characters that are meant literally into brackets, as in `[*]`")))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn matches(pattern: &str, path: &str) -> bool {
        Globs::new(parts(pattern).unwrap()).unwrap().matches(path)
    }

    #[test]
    fn as_git_would() {
        for (pattern, path, expected) in [
            ("east", "east/svc.yaml", true),
            ("east", "apps/east/deep/svc.yaml", true),
            ("east", "northeast/svc.yaml", false),
            ("/east", "apps/east/svc.yaml", false),
            ("./east", "east/svc.yaml", true),
            ("./east", "apps/east/svc.yaml", false),
            ("east/", "east/svc.yaml", true),
            ("svc.yaml/", "east/svc.yaml", false),
            ("svc.yaml", "east/svc.yaml", true),
            ("*.yaml", "a/b/c.yaml", true),
            ("apps/*.yaml", "apps/a.yaml", true),
            ("apps/*.yaml", "apps/x/a.yaml", false),
            ("apps/*.yaml", "old/apps/a.yaml", false),
            ("apps/**/a.yaml", "apps/a.yaml", true),
            ("apps/**", "apps/x/y.yaml", true),
            ("**/gen/*.yaml", "x/gen/a.yaml", true),
            ("{east,west}/apps", "west/apps/a.yaml", true),
            ("clusters/eu-[12]", "clusters/eu-2/a.yaml", true),
            (".", "x/y.yaml", true),
            ("./", "y.yaml", true),
            ("**", "y.yaml", true),
            ("../other", "../other/a.yaml", true),
            ("../other", "other/a.yaml", false),
            ("other", "../other/a.yaml", false),
            (".", "../other/a.yaml", false),
            ("**", "../other/a.yaml", false),
        ] {
            assert_eq!(matches(pattern, path), expected, "{pattern} on {path}");
        }
    }

    #[test]
    fn what_is_no_pattern() {
        for pattern in ["", " ", "!a", "a\\b", "a[", "a{b"] {
            assert!(parts(pattern).is_err(), "{pattern}");
        }
    }
}
