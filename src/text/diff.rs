//! What differs between two texts, as `diff -u` writes it.

use similar::TextDiff;

/// A unified diff with three lines of context; empty for equal texts. `before` is none for a new file. Paths get the prefixes
/// that `git apply` and `patch -p1` expect.
pub fn unified_diff(path: &str, before: Option<&str>, after: &str) -> String {
    let (old, new) = (before.map_or("/dev/null".to_owned(), |_| format!("a/{path}")), format!("b/{path}"));
    let diff = TextDiff::from_lines(before.unwrap_or_default(), after);
    diff.unified_diff().context_radius(3).header(&old, &new).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_patch_can_read() {
        assert_eq!(unified_diff("a/b.yaml", Some("a: 1\n"), "a: 1\n"), "");
        assert_eq!(
            unified_diff("x.yaml", Some("a: 1\nb: 2\n"), "a: 1\nb: 3\n"),
            "--- a/x.yaml\n+++ b/x.yaml\n@@ -1,2 +1,2 @@\n a: 1\n-b: 2\n+b: 3\n"
        );
        assert_eq!(unified_diff("n.yaml", None, "a: 1\n"), "--- /dev/null\n+++ b/n.yaml\n@@ -0,0 +1 @@\n+a: 1\n");
        let unended = unified_diff("x.yaml", Some("a: 1"), "a: 2");
        assert_eq!(
            unended,
            "--- a/x.yaml\n+++ b/x.yaml\n@@ -1 +1 @@\n-a: 1\n\\ No newline at end of file\n+a: 2\n\\ No newline at end of file\n"
        );
        assert_eq!(unified_diff("x.yaml", Some("a: 1\r\n"), "a: 2\r\n"), "--- a/x.yaml\n+++ b/x.yaml\n@@ -1 +1 @@\n-a: 1\r\n+a: 2\r\n");
    }
}
