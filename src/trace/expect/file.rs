//! A file of promises, or everything that is wrong with it.

use std::fmt;
use std::net::IpAddr;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};

use super::super::{Part, Question};
use crate::config::{ConfigProblem, Word};
use crate::mesh::walk::WhatIf;
use crate::mesh::{ObjectName, Request};
use crate::model::Text;
use crate::text::{FileId, Span, near};
use crate::yaml::{self, At, DecodeError, Decoder, Index, Kind, Resolved, ScalarStyle, Tree};

/// One promise as it is written.
#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "a promise: a mapping with name, request and expect")]
struct Entry {
    name: At<Text>,
    request: At<Asked>,
    from: Option<At<Text>>,
    east_west: Option<At<bool>>,
    client_ip: Option<At<Text>>,
    gateway: Option<At<Text>>,
    #[serde(default)]
    down: Vec<At<Text>>,
    #[serde(default)]
    not_ready: Vec<At<Text>>,
    expect: At<Expected>,
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "a request: a mapping with url")]
struct Asked {
    url: At<Text>,
    method: Option<At<Text>>,
    #[serde(default)]
    headers: Headers,
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "a mapping of what is expected")]
struct Expected {
    status: Option<At<Word>>,
    service: Option<At<Text>>,
    port: Option<At<u16>>,
    waypoint: Option<At<Text>>,
    #[serde(default)]
    headers: Headers,
    location: Option<At<Text>>,
}

/// Headers in the order of the file; a header without a value is one that is not there.
#[derive(Debug, Default)]
struct Headers(Vec<(At<Text>, At<Option<Word>>)>);

impl<'de> Deserialize<'de> for Headers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct HeadersVisitor;
        impl<'de> Visitor<'de> for HeadersVisitor {
            type Value = Headers;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a mapping of headers")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Headers, A::Error> {
                let mut all = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    all.push(entry);
                }
                Ok(Headers(all))
            }
        }
        deserializer.deserialize_map(HeadersVisitor)
    }
}

/// A promise.
#[derive(Clone, Debug)]
pub struct Promise {
    /// What people call it.
    pub name: String,
    /// Where its name stands.
    pub place: Span,
    /// What is asked.
    pub question: Question,
    /// What is to come of it.
    pub wanted: Wanted,
    /// Where the parts of the question stand that the input may not have.
    parts: Parts,
}

#[derive(Clone, Debug, Default)]
struct Parts {
    gateway: Option<Span>,
    from: Option<Span>,
    down: Vec<Span>,
    not_ready: Vec<Span>,
}

impl Promise {
    /// Where a part of its question stands.
    pub fn place_of(&self, part: Part) -> Span {
        let found = match part {
            Part::Gateway => self.parts.gateway,
            Part::From => self.parts.from,
            Part::Down(n) => self.parts.down.get(n).copied(),
            Part::NotReady(n) => self.parts.not_ready.get(n).copied(),
        };
        found.unwrap_or(self.place)
    }
}

/// A status that is expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// This one.
    Is(u16),
    /// None: the connection is closed.
    Closed,
}

/// What is to come of a request, each with its place; what is not given is not compared.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// The status.
    pub status: Option<(Status, Span)>,
    /// The Service that is reached: `[[CLUSTER/]NAMESPACE/]NAME`, or a global host.
    pub service: Option<(String, Span)>,
    /// Its port.
    pub port: Option<(u16, Span)>,
    /// The waypoint that it passes: `[[CLUSTER/]NAMESPACE/]NAME`; none for the word `none`.
    pub waypoint: Option<(Option<String>, Span)>,
    /// Headers as the backend sees them; none for one that it does not see.
    pub headers: Vec<(String, Option<String>, Span)>,
    /// Where the client is sent.
    pub location: Option<(String, Span)>,
}

/// Reads the text of a file of promises.
///
/// # Errors
/// Everything that is wrong, in the order of the file.
pub fn read(text: &str) -> Result<Vec<Promise>, Vec<ConfigProblem>> {
    let tree = yaml::read(text);
    let mut reader = Reader { tree: &tree, problems: Vec::new() };
    let promises = reader.all(text);
    if reader.problems.is_empty() {
        return Ok(promises);
    }
    reader.problems.sort_by_key(|problem| problem.span);
    Err(reader.problems)
}

/// The file is no file of the input.
const FILE: FileId = FileId(u32::MAX);

struct Reader<'t, 's> {
    tree: &'t Tree<'s>,
    problems: Vec<ConfigProblem>,
}

impl Reader<'_, '_> {
    fn span(&self, index: Index) -> Span {
        self.tree.span(index)
    }

    fn at<T>(&self, at: &At<T>) -> Span {
        self.span(at.node().index)
    }

    fn wrong(&mut self, span: Span, message: impl Into<String>, hint: Option<&str>) {
        self.problems.push(ConfigProblem { span, message: message.into(), hint: hint.map(ToOwned::to_owned) });
    }

    fn all(&mut self, text: &str) -> Vec<Promise> {
        let end = u32::try_from(text.len()).unwrap_or(u32::MAX);
        for error in &self.tree.errors {
            self.wrong(Span::at(error.at.min(end)), error.message.clone(), error.hint);
        }
        for (_, again) in &self.tree.duplicate_keys {
            let key = self.tree.text(*again).unwrap_or_default();
            self.wrong(self.span(*again), format!("the key `{key}` stands here twice"), None);
        }
        if !self.problems.is_empty() {
            return Vec::new();
        }
        let mut promises = Vec::new();
        for root in self.tree.documents.iter().filter_map(|document| document.root) {
            match &self.tree.node(self.tree.target(root)).kind {
                Kind::Seq { .. } => {
                    let items = self.tree.kids(self.tree.target(root)).to_vec();
                    promises.extend(items.into_iter().filter_map(|item| self.promise(item)));
                }
                Kind::Scalar { text, style: ScalarStyle::Plain, .. } if yaml::resolve(text) == Resolved::Null => {}
                _ => self.wrong(
                    self.span(root),
                    "expected a list of promises",
                    Some("write `- name: …`, and below it `request` and `expect`"),
                ),
            }
        }
        if promises.is_empty() && self.problems.is_empty() {
            self.wrong(Span::at(0), "there is no promise in it", Some("write `- name: …`, and below it `request` and `expect`"));
        }
        promises
    }

    fn promise(&mut self, item: Index) -> Option<Promise> {
        let entry: Entry = match Decoder::new(self.tree, FILE, item).decode() {
            Ok(entry) => entry,
            Err(error) => {
                self.shape(item, &error);
                return None;
            }
        };
        let before = self.problems.len();
        let request = self.request(&entry);
        let from = entry.from.as_ref().filter(|from| &***from != "outside");
        let parts = Parts {
            gateway: entry.gateway.as_ref().map(|gateway| self.at(gateway)),
            from: entry.from.as_ref().map(|from| self.at(from)),
            down: entry.down.iter().map(|name| self.at(name)).collect(),
            not_ready: entry.not_ready.iter().map(|name| self.at(name)).collect(),
        };
        let east_west = entry.east_west.as_ref().is_some_and(|flag| **flag);
        if let Some(flag) = entry.east_west.as_ref().filter(|flag| ***flag && from.is_none()) {
            let span = self.at(flag);
            self.wrong(span, "a call inside the mesh has a client there", Some("add `from: NAMESPACE/SERVICEACCOUNT`"));
        }
        let what_if = WhatIf {
            down: entry.down.iter().filter_map(|name| self.name(name)).collect(),
            not_ready: entry.not_ready.iter().filter_map(|name| self.name(name)).collect(),
        };
        let gateway = entry.gateway.as_ref().and_then(|name| self.name(name));
        let from = from.and_then(|name| self.name(name));
        let wanted = self.wanted(&entry.expect);
        if self.problems.len() > before {
            return None;
        }
        let question = Question { request: request?, gateway, from, east_west, what_if };
        Some(Promise { name: entry.name.to_string(), place: self.at(&entry.name), question, wanted, parts })
    }

    fn request(&mut self, entry: &Entry) -> Option<Request> {
        let asked = &*entry.request;
        let mut request = match Request::get(&asked.url) {
            Ok(request) => request,
            Err(why) => {
                self.wrong(self.at(&asked.url), why, None);
                return None;
            }
        };
        if let Some(method) = &asked.method
            && let Err(why) = request.set_method(method)
        {
            self.wrong(self.at(method), why, None);
        }
        for (name, value) in &asked.headers.0 {
            let Some(value) = &**value else {
                self.wrong(self.at(value), format!("header `{name}` has no value"), None);
                continue;
            };
            if let Err(why) = request.add_header(name, value) {
                self.wrong(self.at(name), why, None);
            }
        }
        if let Some(address) = &entry.client_ip {
            match address.parse::<IpAddr>() {
                Ok(address) => request.client = Some(address),
                Err(_) => self.wrong(self.at(address), format!("`{address}` is no IP address"), None),
            }
        }
        Some(request)
    }

    fn name(&mut self, name: &At<Text>) -> Option<ObjectName> {
        match name.parse() {
            Ok(name) => Some(name),
            Err(why) => {
                let why: String = why;
                self.wrong(self.at(name), format!("`{name}` has no namespace, or too many parts"), Some(&why));
                None
            }
        }
    }

    fn wanted(&mut self, expected: &At<Expected>) -> Wanted {
        let status = expected.status.as_ref().and_then(|word| {
            let status = match word.parse::<u16>() {
                Ok(status @ 100..=599) => Some(Status::Is(status)),
                _ if &***word == "closed" => Some(Status::Closed),
                _ => None,
            };
            if status.is_none() {
                let hint = "write a status such as 200, or `closed` where the connection is to be closed";
                self.wrong(self.at(word), format!("`{}` is no status", word.0), Some(hint));
            }
            Some((status?, self.at(word)))
        });
        let text = |at: &At<Text>| (at.to_string(), self.at(at));
        let wanted = Wanted {
            status,
            service: expected.service.as_ref().map(text),
            port: expected.port.as_ref().map(|port| (**port, self.at(port))),
            waypoint: expected.waypoint.as_ref().map(|at| (Some(at.to_string()).filter(|name| name != "none"), self.at(at))),
            headers: expected
                .headers
                .0
                .iter()
                .map(|(name, value)| (name.to_string(), value.as_ref().map(|word| word.0.to_string()), self.at(name)))
                .collect(),
            location: expected.location.as_ref().map(text),
        };
        let Expected { status, service, port, waypoint, headers, location } = &**expected;
        let nothing = status.is_none() && service.is_none() && port.is_none() && waypoint.is_none() && location.is_none();
        if nothing && headers.0.is_empty() {
            self.wrong(self.at(expected), "nothing is expected", Some("write one of status, service, port, waypoint, headers, location"));
        }
        wanted
    }

    /// A decoder's error as a problem.
    fn shape(&mut self, item: Index, error: &DecodeError) {
        let span = self.span(error.node.unwrap_or(item));
        let Some(rest) = error.message.strip_prefix("unknown field `") else {
            let missing = error.message.replace("missing field", "there is no");
            return self.wrong(span, missing, None);
        };
        // serde: unknown field `x`, expected one of `a`, `b`
        let mut words = rest.split('`').step_by(2);
        let key = words.next().unwrap_or_default();
        let expected: Vec<&str> = words.collect();
        let hint = match near(key, expected.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("write one of {}", expected.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")),
        };
        self.wrong(span, format!("unknown key `{key}`"), Some(&hint));
    }
}
