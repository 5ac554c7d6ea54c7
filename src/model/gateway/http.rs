//! HTTPRoute.

use schemars::JsonSchema;
use serde::Deserialize;

use super::route::{BackendObjectRef, DefaultScope, HeaderFilter, MirrorFilter, ParentRef, SessionPersistence, backend};
use super::shared::{API_GROUP, DNS_LABEL, DURATION, HEADER_NAME, HOSTNAME, KIND, LocalRef, MatchType, PathMatchType, SUBDOMAIN, or};
use crate::model::Text;
use crate::yaml::At;

/// Which HTTP requests go to which backends.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HttpRoute {
    /// What is wanted.
    pub spec: At<HttpRouteSpec>,
}

/// `spec` of an HTTPRoute.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HttpRouteSpec {
    /// What the route attaches to.
    #[serde(default)]
    #[schemars(length(max = 32))]
    pub parent_refs: Vec<At<ParentRef>>,
    /// Hosts; those of the listener unless said.
    #[serde(default)]
    #[schemars(length(max = 16), inner(length(min = 1, max = 253), regex(pattern = HOSTNAME)))]
    pub hostnames: Vec<At<Text>>,
    /// Rules; unless said, one that takes every request and has no backend.
    #[serde(default)]
    #[schemars(length(min = 1, max = 16))]
    pub rules: Vec<At<HttpRouteRule>>,
    /// Whether it attaches to default gateways (experimental).
    pub use_default_gateways: Option<At<DefaultScope>>,
}

/// A rule: which requests, what is done to them, where they go.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HttpRouteRule {
    /// Its name.
    #[schemars(length(min = 1, max = 253), regex(pattern = SUBDOMAIN))]
    pub name: Option<At<Text>>,
    /// Which requests; one of these has to fit. All of them unless said.
    #[serde(default)]
    #[schemars(length(max = 64))]
    pub matches: Vec<At<HttpRouteMatch>>,
    /// What is done to requests and answers.
    #[serde(default)]
    #[schemars(length(max = 16))]
    pub filters: Vec<At<HttpFilter>>,
    /// Where requests go.
    #[serde(default)]
    #[schemars(length(max = 16))]
    pub backend_refs: Vec<At<HttpBackendRef>>,
    /// How long requests may take.
    pub timeouts: Option<At<Box<HttpTimeouts>>>,
    /// Which failures are tried again (experimental).
    pub retry: Option<At<Box<Retry>>>,
    /// How requests of one session stay with one backend (experimental).
    pub session_persistence: Option<At<Box<SessionPersistence>>>,
}

impl HttpRouteRule {
    /// Its matches, or the one that the API server fills in: every path.
    pub fn effective_matches(&self) -> impl Iterator<Item = &HttpRouteMatch> {
        static EVERY: HttpRouteMatch = HttpRouteMatch { path: None, headers: Vec::new(), query_params: Vec::new(), method: None };
        let default = self.matches.is_empty().then_some(&EVERY);
        self.matches.iter().map(|one| &**one).chain(default)
    }
}

/// A match: all of its parts have to fit.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HttpRouteMatch {
    /// The path; every one unless said.
    pub path: Option<At<HttpPathMatch>>,
    /// Headers.
    #[serde(default)]
    #[schemars(length(max = 16))]
    pub headers: Vec<At<HttpHeaderMatch>>,
    /// Query parameters.
    #[serde(default)]
    #[schemars(length(max = 16))]
    pub query_params: Vec<At<HttpQueryMatch>>,
    /// The method; any unless said.
    pub method: Option<At<HttpMethod>>,
}

impl HttpRouteMatch {
    /// How the path is compared: by its beginning unless said.
    pub fn path_type(&self) -> PathMatchType {
        self.path.as_ref().map_or(PathMatchType::PathPrefix, |path| path.kind())
    }

    /// With what the path is compared: `/` unless said.
    pub fn path_value(&self) -> &str {
        self.path.as_ref().map_or("/", |path| path.value())
    }
}

/// A path, and how it is compared.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HttpPathMatch {
    /// How.
    #[serde(rename = "type")]
    pub kind: Option<At<PathMatchType>>,
    /// With what.
    #[schemars(length(max = 1024))]
    pub value: Option<At<Text>>,
}

impl HttpPathMatch {
    /// How it is compared: by its beginning unless said.
    pub fn kind(&self) -> PathMatchType {
        self.kind.as_deref().copied().unwrap_or(PathMatchType::PathPrefix)
    }

    /// With what: `/` unless said.
    pub fn value(&self) -> &str {
        or(self.value.as_ref(), "/")
    }
}

/// A header, and how it is compared.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HttpHeaderMatch {
    /// How.
    #[serde(rename = "type")]
    pub kind: Option<At<MatchType>>,
    /// Its name, in any case.
    #[schemars(length(min = 1, max = 256), regex(pattern = HEADER_NAME))]
    pub name: At<Text>,
    /// With what.
    #[schemars(length(min = 1, max = 4096))]
    pub value: At<Text>,
}

impl HttpHeaderMatch {
    /// How it is compared: exactly unless said.
    pub fn kind(&self) -> MatchType {
        self.kind.as_deref().copied().unwrap_or(MatchType::Exact)
    }
}

/// A query parameter, and how it is compared.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HttpQueryMatch {
    /// How.
    #[serde(rename = "type")]
    pub kind: Option<At<MatchType>>,
    /// Its name, in this case.
    #[schemars(length(min = 1, max = 256), regex(pattern = HEADER_NAME))]
    pub name: At<Text>,
    /// With what.
    #[schemars(length(min = 1, max = 1024))]
    pub value: At<Text>,
}

impl HttpQueryMatch {
    /// How it is compared: exactly unless said.
    pub fn kind(&self) -> MatchType {
        self.kind.as_deref().copied().unwrap_or(MatchType::Exact)
    }
}

words! {
    /// A method that a match can name.
    HttpMethod {
        /// GET.
        Get = "GET",
        /// HEAD.
        Head = "HEAD",
        /// POST.
        Post = "POST",
        /// PUT.
        Put = "PUT",
        /// DELETE.
        Delete = "DELETE",
        /// CONNECT.
        Connect = "CONNECT",
        /// OPTIONS.
        Options = "OPTIONS",
        /// TRACE.
        Trace = "TRACE",
        /// PATCH.
        Patch = "PATCH",
    }
}

/// A backend of an HTTPRoute.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HttpBackendRef {
    /// API group; the core group unless said.
    #[schemars(length(max = 253), regex(pattern = API_GROUP))]
    pub group: Option<At<Text>>,
    /// Kind; `Service` unless said.
    #[schemars(length(min = 1, max = 63), regex(pattern = KIND))]
    pub kind: Option<At<Text>>,
    /// Name.
    #[schemars(length(min = 1, max = 253))]
    pub name: At<Text>,
    /// Namespace; the route's unless said.
    #[schemars(length(min = 1, max = 63), regex(pattern = DNS_LABEL))]
    pub namespace: Option<At<Text>>,
    /// The port of the Service.
    #[schemars(range(min = 1, max = 65535))]
    pub port: Option<At<i64>>,
    /// Its share of the requests; 1 unless said.
    #[schemars(range(min = 0, max = 1_000_000))]
    pub weight: Option<At<i64>>,
    /// What is done to requests that go here.
    #[serde(default)]
    #[schemars(length(max = 16))]
    pub filters: Vec<At<HttpFilter>>,
}

backend!(HttpBackendRef, |this| this.weight.as_ref());

/// What is done to requests or answers: the part named by the type is set.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HttpFilter {
    /// Which part.
    #[serde(rename = "type")]
    pub kind: At<HttpFilterType>,
    /// Headers of requests.
    pub request_header_modifier: Option<At<Box<HeaderFilter>>>,
    /// Headers of answers.
    pub response_header_modifier: Option<At<Box<HeaderFilter>>>,
    /// Copies of requests.
    pub request_mirror: Option<At<Box<MirrorFilter>>>,
    /// An answer that sends the client elsewhere.
    pub request_redirect: Option<At<Box<RedirectFilter>>>,
    /// Another host or path towards the backend.
    pub url_rewrite: Option<At<Box<UrlRewriteFilter>>>,
    /// Which other origins may call.
    pub cors: Option<At<Box<CorsFilter>>>,
    /// A service that is asked whether the request may pass (experimental).
    pub external_auth: Option<At<Box<ExternalAuthFilter>>>,
    /// A filter of the product.
    pub extension_ref: Option<At<Box<LocalRef>>>,
}

words! {
    /// What a filter does.
    HttpFilterType {
        /// Changes headers of requests.
        RequestHeaderModifier = "RequestHeaderModifier",
        /// Changes headers of answers.
        ResponseHeaderModifier = "ResponseHeaderModifier",
        /// Copies requests.
        RequestMirror = "RequestMirror",
        /// Sends the client elsewhere.
        RequestRedirect = "RequestRedirect",
        /// Changes host or path towards the backend.
        UrlRewrite = "URLRewrite",
        /// What the product defines.
        ExtensionRef = "ExtensionRef",
        /// Answers browsers that ask for other origins.
        Cors = "CORS",
        /// Asks a service whether the request may pass.
        ExternalAuth = "ExternalAuth",
    }
}

/// An answer that sends the client elsewhere.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RedirectFilter {
    /// The scheme; that of the request unless said.
    pub scheme: Option<At<RedirectScheme>>,
    /// The host; that of the request unless said.
    #[schemars(length(min = 1, max = 253), regex(pattern = SUBDOMAIN))]
    pub hostname: Option<At<Text>>,
    /// The path; that of the request unless said.
    pub path: Option<At<PathModifier>>,
    /// The port; unless said, that of the scheme, or of the listener.
    #[schemars(range(min = 1, max = 65535))]
    pub port: Option<At<i64>>,
    /// The status; 302 unless said.
    #[schemars(extend("enum" = [301, 302, 303, 307, 308, null]))]
    pub status_code: Option<At<i64>>,
}

impl RedirectFilter {
    /// The status, 302 unless said.
    pub fn status_code(&self) -> i64 {
        self.status_code.as_deref().copied().unwrap_or(302)
    }
}

words! {
    /// A scheme to redirect to.
    RedirectScheme {
        /// Plain.
        Http = "http",
        /// With TLS.
        Https = "https",
    }
}

/// Another path.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PathModifier {
    /// Which part is replaced.
    #[serde(rename = "type")]
    pub kind: At<PathModifierType>,
    /// The whole new path.
    #[schemars(length(max = 1024))]
    pub replace_full_path: Option<At<Text>>,
    /// What replaces the prefix that matched.
    #[schemars(length(max = 1024))]
    pub replace_prefix_match: Option<At<Text>>,
}

words! {
    /// Which part of a path is replaced.
    PathModifierType {
        /// All of it.
        ReplaceFullPath = "ReplaceFullPath",
        /// The prefix that matched.
        ReplacePrefixMatch = "ReplacePrefixMatch",
    }
}

/// Another host or path towards the backend.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UrlRewriteFilter {
    /// The host.
    #[schemars(length(min = 1, max = 253), regex(pattern = SUBDOMAIN))]
    pub hostname: Option<At<Text>>,
    /// The path.
    pub path: Option<At<PathModifier>>,
}

/// Which other origins may call.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CorsFilter {
    /// Origins.
    #[serde(default)]
    #[schemars(length(max = 64), inner(length(min = 1, max = 253)))]
    pub allow_origins: Vec<At<Text>>,
    /// Whether credentials may come along.
    pub allow_credentials: Option<At<bool>>,
    /// Methods.
    #[serde(default)]
    #[schemars(length(max = 9))]
    pub allow_methods: Vec<At<CorsMethod>>,
    /// Headers of requests.
    #[serde(default)]
    #[schemars(length(max = 64), inner(length(min = 1, max = 256), regex(pattern = HEADER_NAME)))]
    pub allow_headers: Vec<At<Text>>,
    /// Headers of answers that scripts may read.
    #[serde(default)]
    #[schemars(length(max = 64), inner(length(min = 1, max = 256), regex(pattern = HEADER_NAME)))]
    pub expose_headers: Vec<At<Text>>,
    /// Seconds for which browsers keep the answer; 5 unless said.
    #[schemars(range(min = 1))]
    pub max_age: Option<At<i64>>,
}

words! {
    /// A method that CORS can name.
    CorsMethod {
        /// GET.
        Get = "GET",
        /// HEAD.
        Head = "HEAD",
        /// POST.
        Post = "POST",
        /// PUT.
        Put = "PUT",
        /// DELETE.
        Delete = "DELETE",
        /// CONNECT.
        Connect = "CONNECT",
        /// OPTIONS.
        Options = "OPTIONS",
        /// TRACE.
        Trace = "TRACE",
        /// PATCH.
        Patch = "PATCH",
        /// Every method.
        Any = "*",
    }
}

/// A service that is asked whether a request may pass.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExternalAuthFilter {
    /// How it is asked.
    pub protocol: At<AuthProtocol>,
    /// Who is asked.
    pub backend_ref: At<BackendObjectRef>,
    /// Settings for gRPC.
    pub grpc: Option<At<GrpcAuth>>,
    /// Settings for HTTP.
    pub http: Option<At<HttpAuth>>,
    /// Whether the body goes along.
    pub forward_body: Option<At<ForwardBody>>,
}

words! {
    /// How an authorization service is asked.
    AuthProtocol {
        /// By plain HTTP.
        Http = "HTTP",
        /// By Envoy's gRPC protocol.
        Grpc = "GRPC",
    }
}

/// What an authorization service gets over gRPC.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GrpcAuth {
    /// Headers it sees.
    #[serde(default)]
    #[schemars(length(max = 64))]
    pub allowed_headers: Vec<At<Text>>,
}

/// What an authorization service gets and gives over HTTP.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HttpAuth {
    /// What stands before the request's path.
    #[schemars(length(max = 1024))]
    pub path: Option<At<Text>>,
    /// Headers it sees.
    #[serde(default)]
    #[schemars(length(max = 64))]
    pub allowed_headers: Vec<At<Text>>,
    /// Headers of its answer that go on to the backend.
    #[serde(default)]
    #[schemars(length(max = 64))]
    pub allowed_response_headers: Vec<At<Text>>,
}

/// How much of the body an authorization service gets.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ForwardBody {
    /// Bytes; none unless said.
    #[schemars(range(min = 0))]
    pub max_size: Option<At<i64>>,
}

/// How long requests may take.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HttpTimeouts {
    /// From the client's request to its answer.
    #[schemars(regex(pattern = DURATION))]
    pub request: Option<At<Text>>,
    /// One request to a backend.
    #[schemars(regex(pattern = DURATION))]
    pub backend_request: Option<At<Text>>,
}

/// Which failures are tried again.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Retry {
    /// Statuses that count as failures.
    #[serde(default)]
    #[schemars(inner(range(min = 400, max = 599)))]
    pub codes: Vec<At<i64>>,
    /// How often.
    pub attempts: Option<At<i64>>,
    /// How long to wait at least.
    #[schemars(regex(pattern = DURATION))]
    pub backoff: Option<At<Text>>,
}
