//! A request, as a client sends it and as it is further on.

use std::borrow::Cow;
use std::net::IpAddr;

/// An HTTP request without its body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// The method, in upper case.
    pub method: String,
    /// `http` or `https`.
    pub scheme: String,
    /// The host without its port, in lower case.
    pub host: String,
    /// The port that is connected to.
    pub port: u16,
    /// The server name that the client asks for, with TLS; none for addresses.
    pub server_name: Option<String>,
    /// The path, with its `/`, without the query.
    pub path: String,
    /// The query, without its `?`.
    pub query: Option<String>,
    /// Headers as they are sent, names in any case.
    pub headers: Vec<(String, String)>,
    /// The address of the client, when it is stated.
    pub client: Option<IpAddr>,
}

/// A path without `.` and `..`, as clients send it and proxies read it (RFC 3986, section 5.2.4).
fn without_dots(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    let mut segments = path.strip_prefix('/').unwrap_or(path).split('/').peekable();
    while let Some(segment) = segments.next() {
        let last = segments.peek().is_none();
        match segment {
            "." => {}
            ".." => _ = kept.pop(),
            other => {
                kept.push(other);
                continue;
            }
        }
        if last {
            kept.push("");
        }
    }
    format!("/{}", kept.join("/"))
}

impl Request {
    /// A `GET` of a URL. A scheme may be left out and is `http` then.
    ///
    /// # Errors
    /// What is wrong with the URL, for a person.
    pub fn get(url: &str) -> Result<Self, String> {
        let wrong = |why: &str| Err(format!("`{url}` is no URL: {why}"));
        if url.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return wrong("there is white space in it");
        }
        let (scheme, rest) = match url.split_once("://") {
            Some((scheme, rest)) => (scheme.to_ascii_lowercase(), rest),
            None => ("http".to_owned(), url),
        };
        let default = match scheme.as_str() {
            "http" => 80,
            "https" => 443,
            _ => return wrong("its scheme is neither http nor https"),
        };
        let rest = rest.split('#').next().unwrap_or_default();
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, target) = rest.split_at(end);
        if authority.contains('@') {
            return wrong("it has a user in it");
        }
        let Some((host, port)) = split_port(authority) else { return wrong("its port is no port") };
        let port = port.unwrap_or(default);
        if host.is_empty() {
            return wrong("it has no host");
        }
        let (path, query) = match target.split_once('?') {
            Some((path, query)) => (path, Some(query.to_owned())),
            None => (target, None),
        };
        let path = without_dots(path);
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        let is_address = host.parse::<IpAddr>().is_ok() || host.starts_with('[');
        let server_name = (scheme == "https" && !is_address).then(|| host.clone());
        Ok(Self { method: "GET".to_owned(), scheme, host, port, server_name, path, query, headers: Vec::new(), client: None })
    }

    /// Gives it another method.
    ///
    /// # Errors
    /// What is wrong with the word, for a person.
    pub fn set_method(&mut self, method: &str) -> Result<(), String> {
        if method.is_empty() || !method.bytes().all(is_token) {
            return Err(format!("`{method}` is no method"));
        }
        self.method = method.to_ascii_uppercase();
        Ok(())
    }

    /// Adds a header; `Host` takes the place of the URL's.
    ///
    /// # Errors
    /// What is wrong with the name or the value, for a person.
    pub fn add_header(&mut self, name: &str, value: &str) -> Result<(), String> {
        if name.is_empty() || !name.bytes().all(is_token) {
            return Err(format!("`{name}` is no name of a header"));
        }
        if value.chars().any(char::is_control) {
            return Err(format!("the value of header `{name}` has control characters in it"));
        }
        if name.eq_ignore_ascii_case("host") {
            let (host, _) = split_port(value).ok_or_else(|| format!("`{value}` is no host"))?;
            self.host = host.trim_end_matches('.').to_ascii_lowercase();
        } else {
            self.headers.push((name.to_owned(), value.trim().to_owned()));
        }
        Ok(())
    }

    /// A header's values. Envoy compares each of them: one that fits is enough.
    pub fn header_values(&self, name: &str) -> impl Iterator<Item = &str> {
        self.headers.iter().filter(move |(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// A header's values, joined; none when it is not there.
    pub fn header(&self, name: &str) -> Option<Cow<'_, str>> {
        let mut values = self.header_values(name);
        let first = values.next()?;
        Some(values.fold(Cow::Borrowed(first), |all, value| Cow::Owned(format!("{all},{value}"))))
    }

    /// The parameters of the query, as they are written.
    pub fn parameters(&self) -> impl Iterator<Item = (&str, &str)> {
        let pairs = self.query.iter().flat_map(|query| query.split('&')).filter(|pair| !pair.is_empty());
        pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")))
    }

    /// The first value of a query parameter, as it stands in the path; none when it is not there.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters().find(|(own, _)| *own == name).map(|(_, value)| value)
    }

    /// What a person calls it: `GET http://a.example.com/x`.
    pub fn line(&self) -> String {
        let usual = matches!((self.scheme.as_str(), self.port), ("http", 80) | ("https", 443));
        let port = if usual { String::new() } else { format!(":{}", self.port) };
        let query = self.query.as_ref().map(|query| format!("?{query}")).unwrap_or_default();
        format!("{} {}://{}{port}{}{query}", self.method, self.scheme, self.host, self.path)
    }
}

/// A host and the port behind it, when there is one; none when that is no port. The brackets of an IPv6 address hold
/// colons of their own.
fn split_port(authority: &str) -> Option<(&str, Option<u16>)> {
    let colon = authority.rfind(':').filter(|at| authority.rfind(']').is_none_or(|bracket| bracket < *at));
    let Some((host, port)) = colon.and_then(|at| authority.split_at_checked(at)) else { return Some((authority, None)) };
    let port = port.strip_prefix(':')?;
    if !port.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    port.parse::<u16>().ok().filter(|port| *port > 0).map(|port| (host, Some(port)))
}

/// Characters of methods and names of headers (RFC 9110, 5.6.2).
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls() {
        for (url, expected) in [
            ("http://a.example.com", Ok("GET http://a.example.com/")),
            ("a.example.com/x?y=1", Ok("GET http://a.example.com/x?y=1")),
            ("https://A.Example.com:443/x#part", Ok("GET https://a.example.com/x")),
            ("http://a.example.com:8080?x", Ok("GET http://a.example.com:8080/?x")),
            ("http://[::1]/x", Ok("GET http://[::1]/x")),
            ("http://[::1]:81/x", Ok("GET http://[::1]:81/x")),
            ("http://a/x/../y/./z/..?b", Ok("GET http://a/y/?b")),
            ("http://a/../..//x/.", Ok("GET http://a//x/")),
            ("ftp://a", Err("its scheme is neither http nor https")),
            ("http:///x", Err("it has no host")),
            ("http://a:0/", Err("its port is no port")),
            ("http://u@a/", Err("it has a user in it")),
            ("http://a/b c", Err("there is white space in it")),
        ] {
            let found = Request::get(url).map(|r| r.line());
            match expected {
                Ok(line) => assert_eq!(found.as_deref(), Ok(line), "{url}"),
                Err(why) => assert!(found.as_ref().is_err_and(|error| error.ends_with(why)), "{url}: {found:?}"),
            }
        }
    }
}
