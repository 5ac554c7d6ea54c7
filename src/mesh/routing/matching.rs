//! What a request must look like, and whether one does.

use std::borrow::Cow;
use std::fmt;
use std::sync::OnceLock;

use regex::Regex;

use super::super::precedence::{PathFit, PathForm};
use super::faults::Fault;
use super::re2;
use crate::mesh::request::Request;
use crate::model::gateway::{GrpcRouteMatch, HttpRouteMatch, MatchType, PathMatchType};
use crate::yaml::NodeId;

/// A pattern that a whole text must fit, in the words of RE2.
#[derive(Debug, Clone)]
pub struct Pattern<'m> {
    /// The pattern, as written or made of a gRPC method.
    pub text: Cow<'m, str>,
    compiled: OnceLock<Option<Regex>>,
}

impl<'m> Pattern<'m> {
    fn new(text: impl Into<Cow<'m, str>>) -> Self {
        Self { text: text.into(), compiled: OnceLock::new() }
    }

    /// Whether a whole text fits; a pattern that cannot be read fits nothing.
    pub fn fits(&self, text: &str) -> bool {
        self.regex().is_some_and(|regex| regex.is_match(text))
    }

    /// Whether it can be read.
    pub fn is_valid(&self) -> bool {
        self.regex().is_some()
    }

    fn regex(&self) -> Option<&Regex> {
        let compile = || Regex::new(&format!(r"\A(?:{})\z", re2::translate(&self.text).ok()?)).ok();
        self.compiled.get_or_init(compile).as_ref()
    }
}

/// How a path is compared.
#[derive(Debug, Clone)]
pub enum PathMatch<'m> {
    /// As a whole.
    Exact(Cow<'m, str>),
    /// By its first elements; without a `/` at its end, so that the one of all paths is empty.
    Prefix(Cow<'m, str>),
    /// By a pattern.
    Regex(Pattern<'m>),
}

impl PathMatch<'_> {
    /// Whether a path (without its query) fits. Prefixes count whole elements.
    pub fn fits(&self, path: &str) -> bool {
        self.fits_with(path, Fault::None)
    }

    fn fits_with(&self, path: &str, fault: Fault) -> bool {
        match self {
            Self::Prefix(prefix) if fault == Fault::PrefixByBytes => path.starts_with(&**prefix),
            Self::Exact(whole) => path == whole,
            Self::Prefix(prefix) => path.strip_prefix(&**prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')),
            Self::Regex(pattern) => pattern.fits(path),
        }
    }

    /// Whether it takes every path.
    pub fn takes_all(&self) -> bool {
        matches!(self, Self::Prefix(prefix) if prefix.is_empty())
    }
}

/// A header or query parameter, and how it is compared.
#[derive(Debug, Clone)]
pub struct NamedMatch<'m> {
    /// Where it stands.
    pub node: NodeId,
    /// Its name.
    pub name: &'m str,
    /// With what its value is compared.
    pub value: ValueMatch<'m>,
}

/// How a value is compared.
#[derive(Debug, Clone)]
pub enum ValueMatch<'m> {
    /// As a whole.
    Exact(&'m str),
    /// By a pattern.
    Regex(Pattern<'m>),
}

impl<'m> ValueMatch<'m> {
    fn of(kind: MatchType, value: &'m str) -> Self {
        match kind {
            MatchType::Exact => Self::Exact(value),
            MatchType::RegularExpression => Self::Regex(Pattern::new(value)),
        }
    }

    /// Whether a value fits.
    pub fn fits(&self, value: &str) -> bool {
        match self {
            Self::Exact(whole) => *whole == value,
            Self::Regex(pattern) => pattern.fits(value),
        }
    }
}

/// What a request must look like: all of it has to fit.
#[derive(Debug, Clone)]
pub struct Match<'m> {
    /// Where it stands; none for the match that is filled in.
    pub node: Option<NodeId>,
    /// Which match of its rule.
    pub index: usize,
    /// The path.
    pub path: PathMatch<'m>,
    /// Where the path stands.
    pub path_node: Option<NodeId>,
    /// The method; any unless said.
    pub method: Option<&'m str>,
    /// Headers; the first of a name counts.
    pub headers: Vec<NamedMatch<'m>>,
    /// Query parameters; the first of a name counts.
    pub query: Vec<NamedMatch<'m>>,
    /// How well its path fits, for the order of rules.
    pub(super) fit: PathFit,
}

/// The first part of a match that a request does not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mismatch<'t> {
    /// The path.
    Path,
    /// The method.
    Method,
    /// A header, by its place in [`Match::headers`] and its name.
    Header(usize, &'t str),
    /// A query parameter, by its place in [`Match::query`] and its name.
    Query(usize, &'t str),
}

impl<'m> Match<'m> {
    /// A match of an HTTPRoute.
    pub(in crate::mesh) fn http(index: usize, node: Option<NodeId>, of: &'m HttpRouteMatch) -> Self {
        let value = of.path_value();
        let form = |form, characters| PathFit { form, characters, method: 0 };
        let (path, fit) = match of.path_type() {
            PathMatchType::Exact => (PathMatch::Exact(value.into()), form(PathForm::Exact, value.chars().count())),
            PathMatchType::PathPrefix => {
                let prefix = value.trim_end_matches('/');
                (PathMatch::Prefix(prefix.into()), form(PathForm::Prefix, prefix.chars().count()))
            }
            PathMatchType::RegularExpression => (PathMatch::Regex(Pattern::new(value)), form(PathForm::Regex, 0)),
        };
        let mut headers: Vec<NamedMatch<'m>> = Vec::with_capacity(of.headers.len());
        for header in &of.headers {
            if !headers.iter().any(|before| before.name.eq_ignore_ascii_case(&header.name)) {
                headers.push(NamedMatch { node: header.node(), name: &header.name, value: ValueMatch::of(header.kind(), &header.value) });
            }
        }
        let mut query: Vec<NamedMatch<'m>> = Vec::with_capacity(of.query_params.len());
        for one in &of.query_params {
            if !query.iter().any(|before| before.name == &**one.name) {
                query.push(NamedMatch { node: one.node(), name: &one.name, value: ValueMatch::of(one.kind(), &one.value) });
            }
        }
        let path_node = of.path.as_ref().map(|path| path.value.as_ref().map_or(path.node(), crate::yaml::At::node));
        Self { node, index, path, path_node, method: of.method.as_deref().map(|m| m.as_str()), headers, query, fit }
    }

    /// A match of a GRPCRoute: calls are requests by POST for `/service/method`.
    pub(in crate::mesh) fn grpc(index: usize, node: Option<NodeId>, of: &'m GrpcRouteMatch) -> Self {
        let part = |text: Option<&'m crate::yaml::At<crate::model::Text>>| text.map(|text| &***text).filter(|text: &&str| !text.is_empty());
        let (kind, service, method) = match of.method.as_deref() {
            Some(wanted) => (wanted.kind(), part(wanted.service.as_ref()), part(wanted.method.as_ref())),
            None => (MatchType::Exact, None, None),
        };
        let characters = |text: Option<&str>| text.map_or(0, |text| text.chars().count());
        let fit = PathFit { form: PathForm::Exact, characters: characters(service), method: characters(method) };
        let path = match (kind, service, method) {
            (_, None, None) => PathMatch::Prefix("".into()),
            (MatchType::Exact, Some(service), Some(method)) => PathMatch::Exact(format!("/{service}/{method}").into()),
            (MatchType::Exact, Some(service), None) => PathMatch::Prefix(format!("/{service}").into()),
            (MatchType::Exact, None, Some(method)) => PathMatch::Regex(Pattern::new(format!("/[^/]+/{}", regex::escape(method)))),
            (MatchType::RegularExpression, service, method) => {
                let part = |text: Option<&str>| text.map_or_else(|| "[^/]+".to_owned(), |text| format!("(?:{text})"));
                PathMatch::Regex(Pattern::new(format!("/{}/{}", part(service), part(method))))
            }
        };
        let mut headers: Vec<NamedMatch<'m>> = Vec::with_capacity(of.headers.len());
        for header in &of.headers {
            if !headers.iter().any(|before| before.name.eq_ignore_ascii_case(&header.name)) {
                headers.push(NamedMatch { node: header.node(), name: &header.name, value: ValueMatch::of(header.kind(), &header.value) });
            }
        }
        Self { node, index, path, path_node: of.method.as_ref().map(crate::yaml::At::node), method: None, headers, query: Vec::new(), fit }
    }

    /// Whether a request fits; the first part that does not, in the order in which the parts count.
    ///
    /// # Errors
    /// What does not fit.
    pub fn fits(&self, request: &Request) -> Result<(), Mismatch<'m>> {
        self.fits_with(request, Fault::None)
    }

    pub(super) fn fits_with(&self, request: &Request, fault: Fault) -> Result<(), Mismatch<'m>> {
        if !self.path.fits_with(&request.path, fault) {
            return Err(Mismatch::Path);
        }
        if fault != Fault::MethodIgnored && self.method.is_some_and(|method| method != request.method) {
            return Err(Mismatch::Method);
        }
        for (n, header) in self.headers.iter().enumerate() {
            if !request.header_values(header.name).any(|value| header.value.fits(value)) {
                return Err(Mismatch::Header(n, header.name));
            }
        }
        for (n, parameter) in self.query.iter().enumerate() {
            if !request.parameter(parameter.name).is_some_and(|value| parameter.value.fits(value)) {
                return Err(Mismatch::Query(n, parameter.name));
            }
        }
        Ok(())
    }

    /// Whether every request fits.
    pub fn takes_all(&self) -> bool {
        self.path.takes_all() && self.method.is_none() && self.headers.is_empty() && self.query.is_empty()
    }

    /// The prefix that a path it takes begins with, for rewriting it.
    pub fn prefix(&self) -> Option<&str> {
        match &self.path {
            PathMatch::Prefix(prefix) => Some(prefix),
            _ => None,
        }
    }

    /// All its patterns, with their places.
    pub fn patterns(&self) -> impl Iterator<Item = (Option<NodeId>, &Pattern<'m>)> {
        let path = match &self.path {
            PathMatch::Regex(pattern) => Some((self.path_node, pattern)),
            _ => None,
        };
        let named = self.headers.iter().chain(&self.query).filter_map(|named| match &named.value {
            ValueMatch::Regex(pattern) => Some((Some(named.node), pattern)),
            ValueMatch::Exact(_) => None,
        });
        path.into_iter().chain(named)
    }
}

impl fmt::Display for Match<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(method) = self.method {
            write!(f, "{method} ")?;
        }
        match &self.path {
            PathMatch::Exact(path) => write!(f, "{path}")?,
            PathMatch::Prefix(prefix) => write!(f, "{prefix}/*")?,
            PathMatch::Regex(pattern) => write!(f, "~{}", pattern.text)?,
        }
        let value = |value: &ValueMatch<'_>| match value {
            ValueMatch::Exact(text) => (*text).to_owned(),
            ValueMatch::Regex(pattern) => format!("~{}", pattern.text),
        };
        self.headers.iter().try_for_each(|header| write!(f, ", header {}: {}", header.name, value(&header.value)))?;
        self.query.iter().try_for_each(|one| write!(f, ", query {}={}", one.name, value(&one.value)))
    }
}

impl Match<'_> {
    /// Characters of the path as written.
    pub(super) fn written(&self) -> usize {
        match &self.path {
            PathMatch::Exact(text) | PathMatch::Prefix(text) => text.chars().count(),
            PathMatch::Regex(pattern) => pattern.text.chars().count(),
        }
    }
}
