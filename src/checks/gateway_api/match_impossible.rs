//! `match-impossible`: the words are in rules/match-impossible.md.
use super::prelude::*;
use crate::model::gateway::{HttpPathMatch, PathMatchType};

pub(in crate::checks) struct MatchImpossible;

impl Rule for MatchImpossible {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for found in mesh.http_rules() {
            let who = &found.route.object.id;
            for one in &found.rule.matches {
                if let Some((path, why)) = one.path.as_deref().and_then(|path| Some((path, fault(path)?))) {
                    let Some(value) = &path.value else { continue };
                    let draft = out
                        .finding(value)
                        .about(found.route.object)
                        .say(format!("the path `{value}` of a match of {who} {why}: it matches nothing"))
                        .label("no request has such a path")
                        .note("the API server refuses some of these, and no request fits the others");
                    if value.starts_with('/') || value.contains("://") || value.contains(['?', '#', '*']) || value.is_empty() {
                        draft.help("write the path alone, as it comes in a request");
                    } else {
                        let title = "put a `/` before it";
                        draft.help(title).fix_by_setting(Safe, title, value.node(), format!("/{value}"));
                    }
                }
                let headers: Vec<_> = one.headers.iter().map(|h| (h.name.to_ascii_lowercase(), &h.name)).collect();
                let queries: Vec<_> = one.query_params.iter().map(|q| (q.name.to_string(), &q.name)).collect();
                for (what, names) in [("header", headers), ("query parameter", queries)] {
                    let mut later = names.iter().enumerate();
                    let again = later.find_map(|(n, (key, name))| Some((names.iter().take(n).find(|(other, _)| other == key)?.1, *name)));
                    let Some((before, name)) = again else { continue };
                    let draft = out.finding(name).about(found.route.object).also(before, "and here first");
                    let draft = if **before == **name {
                        draft
                            .say(format!("a match of {who} asks twice for the {what} `{name}`"))
                            .label("a second time")
                            .note("the API server refuses the route")
                    } else {
                        draft
                            .otherwise()
                            .say(format!("a match of {who} asks twice for the {what} `{name}`: the first one counts"))
                            .label("not looked at")
                            .note("the case of a header's name makes no difference, and of equal names the Gateway API takes the first")
                    };
                    draft.help("ask once, with a regular expression if need be");
                }
            }
        }
    }
}

/// Why no request can have the path.
fn fault(path: &HttpPathMatch) -> Option<&'static str> {
    if path.kind() == PathMatchType::RegularExpression {
        return None;
    }
    let value = path.value();
    let parts = ["//", "/./", "/../", "%2f", "%2F"];
    if !value.starts_with('/') {
        Some("does not begin with `/`")
    } else if value.contains('?') {
        Some("has a `?`, after which the query begins")
    } else if value.contains('#') {
        Some("has a `#`, which is never sent")
    } else if parts.iter().any(|part| value.contains(part)) || value.ends_with("/..") || value.ends_with("/.") {
        Some("is not in its plain form")
    } else if !is_encoded(value) {
        Some("has a character that requests have percent-encoded")
    } else {
        None
    }
}

/// Whether all characters are those of a path (RFC 3986, section 3.3), or percent-encoded.
fn is_encoded(path: &str) -> bool {
    let mut rest = path.bytes();
    while let Some(byte) = rest.next() {
        let hex = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_hexdigit());
        let fits = if byte == b'%' {
            hex(rest.next()) && hex(rest.next())
        } else {
            byte.is_ascii_alphanumeric() || b"-/._~!$&'()*+,;=:@".contains(&byte)
        };
        if !fits {
            return false;
        }
    }
    true
}
