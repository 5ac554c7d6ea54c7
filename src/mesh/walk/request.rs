//! A request, as a client sends it and as it is further on.

use std::net::IpAddr;

/// An HTTP request without its body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The method, in upper case.
    pub method: String,
    /// `http` or `https`.
    pub scheme: String,
    /// The host without its port, in lower case.
    pub host: String,
    /// The port that is connected to.
    pub port: u16,
    /// The path, with its `/`, without the query.
    pub path: String,
    /// The query, without its `?`.
    pub query: Option<String>,
    /// Headers as they are sent, names in any case.
    pub headers: Vec<(String, String)>,
    /// The address of the client, when it is stated.
    pub client: Option<IpAddr>,
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
        // the brackets of an IPv6 address hold colons of their own
        let colon = authority.rfind(':').filter(|at| authority.rfind(']').is_none_or(|bracket| bracket < *at));
        let (host, port) = match colon {
            Some(at) => {
                let (host, port) = (authority.get(..at).unwrap_or_default(), authority.get(at + 1..).unwrap_or_default());
                match port.parse::<u16>() {
                    Ok(port) if port > 0 => (host, port),
                    _ => return wrong("its port is no port"),
                }
            }
            None => (authority, default),
        };
        if host.is_empty() {
            return wrong("it has no host");
        }
        let (path, query) = match target.split_once('?') {
            Some((path, query)) => (path, Some(query.to_owned())),
            None => (target, None),
        };
        let path = if path.is_empty() { "/".to_owned() } else { path.to_owned() };
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        Ok(Self { method: "GET".to_owned(), scheme, host, port, path, query, headers: Vec::new(), client: None })
    }

    /// The first value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The parameters of the query, as they are written.
    pub fn parameters(&self) -> impl Iterator<Item = (&str, &str)> {
        let pairs = self.query.iter().flat_map(|query| query.split('&')).filter(|pair| !pair.is_empty());
        pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")))
    }

    /// What a person calls it: `GET http://a.example.com/x`.
    pub fn line(&self) -> String {
        let usual = matches!((self.scheme.as_str(), self.port), ("http", 80) | ("https", 443));
        let port = if usual { String::new() } else { format!(":{}", self.port) };
        let query = self.query.as_ref().map(|query| format!("?{query}")).unwrap_or_default();
        format!("{} {}://{}{port}{}{query}", self.method, self.scheme, self.host, self.path)
    }
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
