//! `meshgate explain` and `meshgate rules`.

use std::io;

use serde_json::json;

use super::args::RulesFormat;
use super::{Exit, Streams};
use crate::checks::catalogue;
use crate::checks::rule_file::{self, RuleFile};
use crate::text::{near, one_line};

/// How wide explained text is.
const WIDTH: usize = 100;

pub(super) fn explain(name: &str, streams: &mut Streams<'_>) -> io::Result<Exit> {
    if let Some(file) = catalogue().file(name) {
        streams.out.write_all(rule_file::explain(file, WIDTH).as_bytes())?;
        return Ok(Exit::Clean);
    }
    write!(streams.err, "error: there is no rule `{}`", one_line(name))?;
    match near(name, catalogue().names()) {
        Some(near) => writeln!(streams.err, "; did you mean `{near}`?")?,
        None => writeln!(streams.err, "; `meshgate rules` lists them")?,
    }
    Ok(Exit::Failed)
}

pub(super) fn list(format: RulesFormat, streams: &mut Streams<'_>) -> io::Result<Exit> {
    let mut files: Vec<&RuleFile> = catalogue().files().collect();
    files.sort_by_key(|file| (file.family, &file.name));
    match format {
        RulesFormat::Text => {
            let width = files.iter().map(|f| f.name.len()).max().unwrap_or(0);
            for file in files {
                writeln!(streams.out, "{:width$}  {:7}  {}", file.name, severity(file), file.summary)?;
            }
        }
        RulesFormat::Json => {
            let rules: Vec<_> = files
                .iter()
                .map(|file| {
                    json!({
                        "name": file.name,
                        "summary": file.summary,
                        "severity": file.severity,
                        "otherwise": file.otherwise,
                        "certainty": file.certainty,
                        "family": file.family,
                        "kinds": file.kinds,
                        "fix": file.fix,
                        "since": file.since,
                        "links": file.links,
                    })
                })
                .collect();
            serde_json::to_writer_pretty(&mut streams.out, &rules)?;
            writeln!(streams.out)?;
        }
    }
    Ok(Exit::Clean)
}

fn severity(file: &RuleFile) -> &'static str {
    match file.severity {
        crate::checks::Severity::Error => "error",
        crate::checks::Severity::Warning => "warning",
        crate::checks::Severity::Info => "info",
    }
}
