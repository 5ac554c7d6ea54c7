//! The last line, and counts by rule.

use std::fmt;
use std::io::{self, Write};

use rustc_hash::FxHashMap;

use super::applicability_name;
use crate::checks::{Applicability, Finding, Severity};
use crate::text::one_line;

/// The counts of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Summary {
    /// Files with manifests in them.
    pub files: usize,
    /// Resources in those.
    pub resources: usize,
    /// Findings that are errors.
    pub errors: usize,
    /// Findings that are warnings.
    pub warnings: usize,
    /// Findings that are worth knowing only.
    pub infos: usize,
    /// Findings that `--pedantic` or a lower `--min-severity` would show.
    pub hidden: usize,
    /// Findings that comments and annotations took out.
    pub suppressed: usize,
    /// Findings that the baseline has.
    #[serde(skip)]
    pub baselined: usize,
    /// References to what is not in the input.
    pub outside_references: usize,
    /// Further lines for people, such as which setting would decide how many checks.
    #[serde(skip)]
    pub hints: Vec<String>,
}

impl Summary {
    /// Counts findings by severity.
    pub fn count<'f>(&mut self, findings: impl IntoIterator<Item = &'f Finding>) {
        for finding in findings {
            match finding.severity {
                Severity::Error => self.errors += 1,
                Severity::Warning => self.warnings += 1,
                Severity::Info => self.infos += 1,
            }
        }
    }
}

/// `3 files`, `1 file`.
fn counted(count: usize, one: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {one}s") }
}

/// `a, b and c`.
fn listed(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// One line: what was found, in how much, and what is not shown.
impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = [(self.errors, "error"), (self.warnings, "warning"), (self.infos, "info")];
        let found: Vec<String> = counts.iter().filter(|(count, _)| *count > 0).map(|(count, word)| counted(*count, word)).collect();
        match listed(&found) {
            nothing if nothing.is_empty() => f.write_str("No findings")?,
            found => write!(f, "Found {found}")?,
        }
        write!(f, " in {} ({})", counted(self.files, "file"), counted(self.resources, "resource"))?;
        match self.outside_references {
            0 => {}
            1 => f.write_str("; 1 reference leads outside the input")?,
            many => write!(f, "; {many} references lead outside the input")?,
        }
        if self.baselined > 0 {
            write!(f, "; {} in the baseline", self.baselined)?;
        }
        if self.hidden > 0 {
            write!(f, "; {} more with --pedantic", self.hidden)?;
        }
        if self.suppressed > 0 {
            write!(f, "; {} ignored", self.suppressed)?;
        }
        Ok(())
    }
}

/// Writes `count  rule  [fix]`, one line for each rule, the most frequent first. The fix is the best that any of the
/// rule's findings has.
pub fn statistics(findings: &[Finding], out: &mut dyn Write) -> io::Result<()> {
    let mut counts: FxHashMap<&str, (usize, Option<Applicability>)> = FxHashMap::default();
    for finding in findings {
        let (count, best) = counts.entry(&finding.rule).or_default();
        *count += 1;
        *best = (*best).max(finding.fixes.iter().map(|fix| fix.applicability).max());
    }
    let mut rows: Vec<(&str, (usize, Option<Applicability>))> = counts.into_iter().collect();
    rows.sort_unstable_by(|(a_name, (a, _)), (b_name, (b, _))| b.cmp(a).then(a_name.cmp(b_name)));
    let width = rows.first().map_or(0, |(_, (count, _))| count.to_string().len());
    for (rule, (count, best)) in rows {
        let fix = best.map(|best| format!("  [{}]", applicability_name(best))).unwrap_or_default();
        writeln!(out, "{count:width$}  {}{fix}", one_line(rule))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::checks::Fix;
    use crate::report::testing::Files;

    #[test]
    fn the_line_says_what_counts() {
        let mut summary = Summary { files: 14, resources: 31, ..Summary::default() };
        assert_eq!(summary.to_string(), "No findings in 14 files (31 resources)");
        (summary.errors, summary.warnings, summary.outside_references) = (2, 1, 3);
        assert_eq!(summary.to_string(), "Found 2 errors and 1 warning in 14 files (31 resources); 3 references lead outside the input");
        summary = Summary {
            baselined: 0,
            files: 1,
            resources: 1,
            errors: 1,
            warnings: 2,
            infos: 1,
            hidden: 2,
            suppressed: 1,
            outside_references: 1,
            hints: Vec::new(),
        };
        assert_eq!(
            summary.to_string(),
            "Found 1 error, 2 warnings and 1 info in 1 file (1 resource); 1 reference leads outside the input; 2 more with --pedantic; 1 ignored"
        );
    }

    #[test]
    fn statistics_by_count_then_name() {
        let files = Files::new(&[("a", "x")]);
        let named = |rule: &str, applicability: Option<Applicability>| {
            let mut finding = files.finding("m", (0, "x"));
            finding.rule = rule.into();
            finding.fixes.extend(applicability.map(|applicability| Fix {
                title: String::new(),
                applicability,
                edits: Vec::new(),
                changes: Vec::new(),
            }));
            finding
        };
        let mut findings =
            vec![named("z", None), named("b", Some(Applicability::Manual)), named("a", None), named("b", Some(Applicability::Safe))];
        findings.extend((0..10).map(|_| named("many", Some(Applicability::Unsafe))));
        let mut out = Vec::new();
        statistics(&findings, &mut out).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "10  many  [unsafe]\n 2  b  [safe]\n 1  a\n 1  z\n");
        let mut summary = Summary::default();
        summary.count(&findings);
        assert_eq!(summary.errors, 14);
    }
}
