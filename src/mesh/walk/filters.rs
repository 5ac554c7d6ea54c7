//! What the filters of a rule make of a request (Gateway API: HTTPRouteFilter).

use super::Request;
use crate::model::gateway::{HeaderFilter, HttpFilter, HttpFilterType, PathModifier, PathModifierType, RedirectFilter};
use crate::yaml::{At, NodeId};

/// A filter that was applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// The filter.
    pub node: NodeId,
    /// Its type.
    pub kind: HttpFilterType,
    /// Whether what it does is not in the files: an extension, or a service that is asked.
    pub opaque: bool,
}

/// An answer of the proxy itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redirect {
    /// The status.
    pub status: i64,
    /// The `location` header.
    pub location: String,
}

/// Applies filters to a request in place; ends with a redirect when there is one. `prefix` is the one that the path
/// matched, `port` that of the listener.
pub fn apply(filters: &[At<HttpFilter>], prefix: Option<&str>, port: i64, request: &mut Request) -> (Vec<Applied>, Option<Redirect>) {
    let mut applied = Vec::new();
    let mut answer = None;
    for filter in filters {
        let kind = *filter.kind;
        let opaque = matches!(kind, HttpFilterType::ExtensionRef | HttpFilterType::ExternalAuth);
        applied.push(Applied { node: At::node(filter), kind, opaque });
        if let Some(headers) = &filter.request_header_modifier {
            change(headers, request);
        }
        if let Some(rewrite) = &filter.url_rewrite {
            if let Some(hostname) = &rewrite.hostname {
                request.host = hostname.to_ascii_lowercase();
            }
            if let Some(path) = &rewrite.path {
                request.path = rewritten(path, prefix, &request.path);
            }
        }
        if let Some(redirect) = &filter.request_redirect {
            answer = answer.or_else(|| Some(redirected(redirect, prefix, port, request)));
        }
    }
    (applied, answer)
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
            request.headers.retain(|(own, _)| !own.eq_ignore_ascii_case(&header.name));
            if header.name.eq_ignore_ascii_case("host") {
                request.host = header.value.to_ascii_lowercase();
            } else {
                request.headers.push((header.name.to_string(), header.value.to_string()));
            }
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
    let Some(rest) = path.strip_prefix(prefix.trim_end_matches('/')) else { return path.to_owned() };
    let changed = format!("{}{rest}", new.trim_end_matches('/'));
    if changed.is_empty() { "/".to_owned() } else { changed }
}

fn redirected(redirect: &RedirectFilter, prefix: Option<&str>, listener: i64, request: &Request) -> Redirect {
    let scheme = redirect.scheme.as_ref().map(|scheme| scheme.as_str());
    let port = match (&redirect.port, scheme) {
        (Some(port), _) => **port,
        (None, Some("https")) => 443,
        (None, Some(_)) => 80,
        (None, None) => listener,
    };
    let scheme = scheme.unwrap_or(&request.scheme);
    let host = redirect.hostname.as_ref().map_or(request.host.as_str(), |host| host.as_str());
    let port = if matches!((scheme, port), ("http", 80) | ("https", 443)) { String::new() } else { format!(":{port}") };
    let path = redirect.path.as_ref().map_or_else(|| request.path.clone(), |path| rewritten(path, prefix, &request.path));
    let query = request.query.as_ref().map(|query| format!("?{query}")).unwrap_or_default();
    Redirect { status: redirect.status_code(), location: format!("{scheme}://{host}{port}{path}{query}") }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        ] {
            let modifier = PathModifier {
                kind: At::new(PathModifierType::ReplacePrefixMatch, NodeId { file: crate::text::FileId(0), index: 0 }),
                replace_full_path: None,
                replace_prefix_match: Some(At::new(new.into(), NodeId { file: crate::text::FileId(0), index: 0 })),
            };
            assert_eq!(rewritten(&modifier, Some(prefix), path), expected, "{path} {prefix} {new}");
        }
    }
}
