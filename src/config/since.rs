//! Lines that changed since a revision, as git tells them.

use std::path::{Path, PathBuf};

use rustc_hash::FxHashMap;

use crate::text::{World, lexical};

/// The changed lines of each file, by absolute path.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Changes(FxHashMap<PathBuf, Lines>);

#[derive(Debug, PartialEq, Eq)]
enum Lines {
    /// A file that git did not know.
    All,
    /// First and last line (from 1) of each changed part.
    Ranges(Vec<(usize, usize)>),
}

impl Changes {
    /// Asks git what changed since the common ancestor of `revision` and HEAD, files that git does not know included.
    ///
    /// # Errors
    /// In a sentence: no git, no repository, no such revision.
    pub fn since(world: &dyn World, revision: &str) -> Result<Self, String> {
        let git = |arguments: &[&str], failed: &str| -> Result<String, String> {
            let ran = world.run("git", arguments).map_err(|e| format!("--since needs git: {e}"))?;
            if ran.success {
                return Ok(String::from_utf8_lossy(&ran.stdout).into_owned());
            }
            let why = String::from_utf8_lossy(&ran.stderr);
            let why = why.lines().next().unwrap_or_default().trim_start_matches("fatal: ");
            Err(if why.is_empty() { failed.to_owned() } else { format!("{failed}: {why}") })
        };
        let top = git(&["rev-parse", "--show-toplevel"], "--since needs a git repository")?;
        let top = PathBuf::from(top.trim_end_matches('\n'));
        // a revision that looks like an option is none
        let wanted = format!("{revision}^{{commit}}");
        let commit = git(
            &["rev-parse", "--verify", "--quiet", "--end-of-options", &wanted],
            &format!("--since: there is no revision `{revision}`"),
        )?;
        let commit = commit.trim();
        // without a common ancestor (a shallow clone) the revision itself is what there is to compare with
        let base = git(&["merge-base", commit, "HEAD"], "").unwrap_or_else(|_| commit.to_owned());
        let arguments =
            ["-c", "core.quotePath=false", "diff", "--unified=0", "--no-color", "--no-ext-diff", "--no-renames", base.trim(), "--"];
        let diff = git(&arguments, "--since: git diff failed")?;
        let mut changes = Self(parse(&diff).into_iter().map(|(path, ranges)| (top.join(path), Lines::Ranges(ranges))).collect());
        for path in git(
            &["-C", &top.to_string_lossy(), "ls-files", "--others", "--exclude-standard", "--full-name", "-z"],
            "--since: git ls-files failed",
        )?
        .split_terminator('\0')
        {
            changes.0.insert(top.join(path), Lines::All);
        }
        Ok(changes)
    }

    /// Whether a change touches one of these lines (from 1, both included).
    pub fn touch(&self, path: &Path, first: usize, last: usize) -> bool {
        match self.0.get(path).or_else(|| self.0.get(&lexical(path))) {
            None => false,
            Some(Lines::All) => true,
            Some(Lines::Ranges(ranges)) => ranges.iter().any(|(from, to)| *from <= last && first <= *to),
        }
    }
}

/// The changed lines of the new side of a diff without context. Where lines went, the lines around count as changed.
fn parse(diff: &str) -> Vec<(String, Vec<(usize, usize)>)> {
    let mut files: Vec<(String, Vec<(usize, usize)>)> = Vec::new();
    let mut lines = diff.lines();
    while let Some(line) = lines.next() {
        if let Some(path) = line.strip_prefix("+++ ") {
            // a name with odd characters is quoted; `/dev/null` is a file that is gone
            let path = path.trim_end_matches('\t').trim_matches('"').strip_prefix("b/").unwrap_or("");
            files.push((path.to_owned(), Vec::new()));
        } else if let Some((old, new)) = line.strip_prefix("@@ -").and_then(|rest| rest.split_once(" +")) {
            let (Some((_, gone)), Some((start, count))) = (range(old), range(new)) else { continue };
            if let Some((_, ranges)) = files.last_mut() {
                ranges.push(if count == 0 { (start, start + 1) } else { (start, start + count - 1) });
            }
            // the lines of the hunk itself may look like headers
            for _ in 0..gone + count {
                lines.next();
            }
        }
    }
    files.retain(|(path, _)| !path.is_empty());
    files
}

/// `start,count`, or `start` for one line; what follows a space does not belong to it.
fn range(text: &str) -> Option<(usize, usize)> {
    let text = text.split(' ').next()?;
    let (start, count) = text.split_once(',').unwrap_or((text, "1"));
    Some((start.parse().ok()?, count.parse().ok()?))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::text::{MemoryWorld, Ran};

    #[test]
    fn reads_hunks() {
        let diff = "diff --git a/x.yaml b/x.yaml\n--- a/x.yaml\n+++ b/x.yaml\n@@ -3 +3 @@ spec:\n--- a\n+++ b\n@@ -7,2 +7,0 @@\n-c\n-d\n@@ -9,0 +8,3 @@\n+e\n+f\n+g\n--- a/gone.yaml\n+++ /dev/null\n@@ -1,2 +0,0 @@\n-a\n-b\n";
        assert_eq!(parse(diff), [("x.yaml".to_owned(), vec![(3, 3), (7, 8), (8, 10)])]);
    }

    #[test]
    fn without_a_repository_the_error_says_so() {
        let world = MemoryWorld::default().with_program(
            "git rev-parse --show-toplevel",
            Ran { success: false, stderr: b"fatal: not a git repository\n".to_vec(), ..Ran::default() },
        );
        assert_eq!(Changes::since(&world, "main").unwrap_err(), "--since needs a git repository: not a git repository");
        let none = Changes::since(&MemoryWorld::default(), "main").unwrap_err();
        assert!(none.starts_with("--since needs git: "), "{none}");
    }
}
