//! What the filters of a rule make of a request: what the backend sees, or where the client is sent.

use super::{Filters, Request};
use crate::model::gateway::{HeaderFilter, PathModifier, PathModifierType, RedirectFilter};
use crate::yaml::NodeId;

/// A filter that was applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Applied {
    /// The filter.
    pub node: NodeId,
    /// Its type.
    pub kind: &'static str,
}

/// An answer of the gateway itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redirect {
    /// The status.
    pub status: u16,
    /// The `location` header.
    pub location: String,
}

impl Filters<'_> {
    /// Makes of a request what backends see. `prefix` is the one that the path matched.
    pub fn apply(&self, prefix: Option<&str>, request: &mut Request) -> Vec<Applied> {
        let mut applied = Vec::new();
        for headers in &self.request_headers {
            change(headers, request);
            applied.push(Applied { node: headers.node(), kind: "RequestHeaderModifier" });
        }
        if let Some(rewrite) = self.rewrite {
            if let Some(hostname) = &rewrite.hostname {
                request.host = hostname.to_ascii_lowercase();
            }
            if let Some(path) = &rewrite.path {
                request.path = rewritten(path, prefix, &request.path);
            }
            applied.push(Applied { node: rewrite.node(), kind: "URLRewrite" });
        }
        applied.extend(self.mirrors.iter().map(|mirror| Applied { node: mirror.node, kind: "RequestMirror" }));
        applied.extend(self.cors.map(|cors| Applied { node: cors.node(), kind: "CORS" }));
        applied.extend(self.response_headers.iter().map(|headers| Applied { node: headers.node(), kind: "ResponseHeaderModifier" }));
        applied
    }
}

impl Redirect {
    /// Where a filter sends the client of a request that came in at a port and matched a prefix (Gateway API:
    /// HTTPRequestRedirectFilter.port).
    pub fn of(redirect: &RedirectFilter, prefix: Option<&str>, listener: u16, request: &Request) -> Self {
        let scheme = redirect.scheme.as_ref().map(|scheme| scheme.as_str());
        let port = match (&redirect.port, scheme) {
            (Some(port), _) => **port,
            (None, Some("https")) => 443,
            (None, Some(_)) => 80,
            (None, None) => i64::from(listener),
        };
        let scheme = scheme.unwrap_or(&request.scheme);
        let host = redirect.hostname.as_ref().map_or(request.host.as_str(), |host| host.as_str());
        let port = if matches!((scheme, port), ("http", 80) | ("https", 443)) { String::new() } else { format!(":{port}") };
        let path = redirect.path.as_ref().map_or_else(|| request.path.clone(), |path| rewritten(path, prefix, &request.path));
        let query = request.query.as_ref().map(|query| format!("?{query}")).unwrap_or_default();
        let status = u16::try_from(redirect.status_code()).unwrap_or(302);
        Self { status, location: format!("{scheme}://{host}{port}{path}{query}") }
    }
}

/// Sets, adds and removes headers. Of entries with one name the first counts.
fn change(filter: &HeaderFilter, request: &mut Request) {
    let mut seen: Vec<String> = Vec::new();
    let mut first = |name: &str| {
        let name = name.to_ascii_lowercase();
        let new = !seen.contains(&name);
        seen.push(name);
        new
    };
    for header in &filter.set {
        if first(&header.name) {
            if header.name.eq_ignore_ascii_case("host") {
                request.host = header.value.to_ascii_lowercase();
                continue;
            }
            request.headers.retain(|(own, _)| !own.eq_ignore_ascii_case(&header.name));
            request.headers.push((header.name.to_string(), header.value.to_string()));
        }
    }
    for header in &filter.add {
        if first(&header.name) {
            request.headers.push((header.name.to_string(), header.value.to_string()));
        }
    }
    request.headers.retain(|(own, _)| !filter.remove.iter().any(|name| own.eq_ignore_ascii_case(name)));
}

/// The new path. A prefix and what replaces it are taken without the `/` at their end.
fn rewritten(modifier: &PathModifier, prefix: Option<&str>, path: &str) -> String {
    if *modifier.kind == PathModifierType::ReplaceFullPath {
        return modifier.replace_full_path.as_ref().map_or_else(|| path.to_owned(), ToString::to_string);
    }
    let (Some(new), Some(prefix)) = (&modifier.replace_prefix_match, prefix) else { return path.to_owned() };
    let (new, prefix) = (new.trim_end_matches('/'), prefix.trim_end_matches('/'));
    match path.strip_prefix(prefix) {
        None => path.to_owned(),
        Some(rest) if new.is_empty() || prefix.is_empty() => format!("{new}/{}", rest.trim_start_matches('/')),
        Some(rest) => format!("{new}{rest}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::FileId;
    use crate::yaml::At;

    #[test]
    fn prefixes_are_replaced_as_the_gateway_api_has_it() {
        for (path, prefix, new, expected) in [
            ("/foo/bar", "/foo", "/xyz", "/xyz/bar"),
            ("/foo/bar", "/foo/", "/xyz/", "/xyz/bar"),
            ("/foo", "/foo", "/xyz", "/xyz"),
            ("/foo/", "/foo", "/xyz", "/xyz/"),
            ("/foo/bar", "/foo", "", "/bar"),
            ("/foo/", "/foo", "", "/"),
            ("/foo", "/foo", "/", "/"),
            ("/bar", "/", "/xyz", "/xyz/bar"),
        ] {
            let node = NodeId { file: FileId(0), index: 0 };
            let modifier = PathModifier {
                kind: At::new(PathModifierType::ReplacePrefixMatch, node),
                replace_full_path: None,
                replace_prefix_match: Some(At::new(new.into(), node)),
            };
            assert_eq!(rewritten(&modifier, Some(prefix), path), expected, "{path} {prefix} {new}");
        }
    }
}
