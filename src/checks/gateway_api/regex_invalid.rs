//! `regex-invalid`: the words are in rules/regex-invalid.md.
use regex_syntax::ast::{ErrorKind, parse::Parser};

use super::prelude::*;
use crate::model::Text;
use crate::model::gateway::{MatchType, PathMatchType};
use crate::yaml::At;

pub(in crate::checks) struct RegexInvalid;

impl Rule for RegexInvalid {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for found in mesh.http_rules() {
            for one in &found.rule.matches {
                let path = one.path.as_ref().filter(|p| p.kind() == PathMatchType::RegularExpression).and_then(|p| p.value.as_ref());
                let headers = one.headers.iter().filter(|h| h.kind() == MatchType::RegularExpression).map(|h| &h.value);
                let queries = one.query_params.iter().filter(|q| q.kind() == MatchType::RegularExpression).map(|q| &q.value);
                let patterns: Vec<&At<Text>> = path.into_iter().chain(headers).chain(queries).collect();
                for (pattern, why) in patterns.into_iter().filter_map(|p| Some((p, fault(p)?))) {
                    out.finding(pattern)
                        .about(found.route.object)
                        .say(format!("a pattern in a match of {} {why}", found.route.object.id))
                        .label("no regular expression to Envoy")
                        .note("Envoy's patterns are RE2's; one that cannot be read keeps the route from the proxy")
                        .help("write it without, or as several matches");
                }
            }
        }
    }
}

/// What is wrong with a pattern to RE2. What only this reader refuses is let pass.
fn fault(pattern: &str) -> Option<&'static str> {
    match Parser::new().parse(pattern).err()?.kind() {
        ErrorKind::UnsupportedLookAround => Some("looks ahead or behind"),
        ErrorKind::UnsupportedBackreference => Some("refers back to a group"),
        ErrorKind::GroupUnclosed => Some("has a group that is not closed"),
        ErrorKind::GroupUnopened => Some("closes a group that is not open"),
        ErrorKind::ClassUnclosed => Some("has a set of characters that is not closed"),
        ErrorKind::ClassRangeInvalid => Some("has a range of characters that runs backwards"),
        ErrorKind::RepetitionMissing => Some("repeats nothing"),
        ErrorKind::RepetitionCountInvalid => Some("has a count that runs backwards"),
        ErrorKind::EscapeUnexpectedEof => Some("ends in a backslash"),
        _ => None,
    }
}
