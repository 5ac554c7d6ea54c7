//! What is done to requests and answers, whatever kind of route says it.

use std::ops::Deref;

use super::backends::{Resolver, Target};
use crate::model::gateway::{
    CorsFilter, GrpcFilter, GrpcFilterType, HeaderFilter, HttpFilter, HttpFilterType, MirrorFilter, RedirectFilter, UrlRewriteFilter,
};
use crate::yaml::{At, NodeId};

/// The filters of a rule or of a backend. Most have none, and there are many of them.
#[derive(Debug, Default)]
pub struct Filters<'m>(Option<Box<Effects<'m>>>);

/// What filters do.
#[derive(Debug, Default)]
pub struct Effects<'m> {
    /// Headers of requests.
    pub request_headers: Vec<&'m At<Box<HeaderFilter>>>,
    /// Headers of answers.
    pub response_headers: Vec<&'m At<Box<HeaderFilter>>>,
    /// Copies.
    pub mirrors: Vec<Mirror<'m>>,
    /// Where clients are sent.
    pub redirect: Option<&'m At<Box<RedirectFilter>>>,
    /// Another host or path towards backends.
    pub rewrite: Option<&'m At<Box<UrlRewriteFilter>>>,
    /// Which other origins may call.
    pub cors: Option<&'m At<Box<CorsFilter>>>,
    /// A filter that cannot be done.
    pub unsupported: Option<Unsupported>,
}

impl<'m> Deref for Filters<'m> {
    type Target = Effects<'m>;

    fn deref(&self) -> &Effects<'m> {
        static NOTHING: Effects<'static> = Effects {
            request_headers: Vec::new(),
            response_headers: Vec::new(),
            mirrors: Vec::new(),
            redirect: None,
            rewrite: None,
            cors: None,
            unsupported: None,
        };
        self.0.as_deref().unwrap_or(&NOTHING)
    }
}

/// A filter that cannot be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unsupported {
    /// Where it stands.
    pub node: NodeId,
    /// Its type.
    pub kind: &'static str,
}

/// Copies of requests.
#[derive(Debug)]
pub struct Mirror<'m> {
    /// Where it stands.
    pub node: NodeId,
    /// Where they go; copies to nowhere are not made.
    pub target: Target<'m>,
    /// How many of a million.
    pub per_million: u32,
}

impl<'m> Mirror<'m> {
    fn of(filter: &'m At<Box<MirrorFilter>>, resolver: &Resolver<'m>) -> Self {
        let share = |part: i64, of: i64| -> u32 {
            let all = i128::from(part.max(0)).saturating_mul(1_000_000) / i128::from(of.max(1));
            u32::try_from(all.min(1_000_000)).unwrap_or(1_000_000)
        };
        let per_million = match (&filter.fraction, &filter.percent) {
            (Some(fraction), _) => share(*fraction.numerator, fraction.denominator.as_ref().map_or(100, |of| **of)),
            (None, Some(percent)) => share(**percent, 100),
            (None, None) => 1_000_000,
        };
        Self { node: filter.node(), target: resolver.target(filter.backend_ref.reference()), per_million }
    }
}

impl<'m> Filters<'m> {
    pub(super) fn http(filters: &'m [At<HttpFilter>], resolver: &Resolver<'m>) -> Self {
        if filters.is_empty() {
            return Self::default();
        }
        let mut all = Effects::default();
        for filter in filters {
            let done = match *filter.kind {
                HttpFilterType::RequestHeaderModifier => filter.request_header_modifier.as_ref().map(|f| all.request_headers.push(f)),
                HttpFilterType::ResponseHeaderModifier => filter.response_header_modifier.as_ref().map(|f| all.response_headers.push(f)),
                HttpFilterType::RequestMirror => filter.request_mirror.as_ref().map(|f| all.mirrors.push(Mirror::of(f, resolver))),
                HttpFilterType::RequestRedirect => filter.request_redirect.as_ref().map(|f| all.redirect = Some(f)),
                HttpFilterType::UrlRewrite => filter.url_rewrite.as_ref().map(|f| all.rewrite = Some(f)),
                HttpFilterType::Cors => filter.cors.as_ref().map(|f| all.cors = Some(f)),
                HttpFilterType::ExtensionRef | HttpFilterType::ExternalAuth => None,
            };
            if done.is_none() {
                all.unsupported = all.unsupported.or(Some(Unsupported { node: filter.node(), kind: filter.kind.as_str() }));
            }
        }
        Self(Some(Box::new(all)))
    }

    pub(super) fn grpc(filters: &'m [At<GrpcFilter>], resolver: &Resolver<'m>) -> Self {
        if filters.is_empty() {
            return Self::default();
        }
        let mut all = Effects::default();
        for filter in filters {
            let done = match *filter.kind {
                GrpcFilterType::RequestHeaderModifier => filter.request_header_modifier.as_ref().map(|f| all.request_headers.push(f)),
                GrpcFilterType::ResponseHeaderModifier => filter.response_header_modifier.as_ref().map(|f| all.response_headers.push(f)),
                GrpcFilterType::RequestMirror => filter.request_mirror.as_ref().map(|f| all.mirrors.push(Mirror::of(f, resolver))),
                GrpcFilterType::ExtensionRef => None,
            };
            if done.is_none() {
                all.unsupported = all.unsupported.or(Some(Unsupported { node: filter.node(), kind: filter.kind.as_str() }));
            }
        }
        Self(Some(Box::new(all)))
    }
}
