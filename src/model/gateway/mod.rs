//! The Gateway API: every field of the standard and the experimental channel, in all served versions.
//!
//! Defaults of the API server are methods; the data says only what the file says.

#[macro_use]
mod words;

#[expect(clippy::module_inception, reason = "the kind has the name of its API")]
mod gateway;
mod grpc;
mod http;
mod l4;
mod listener;
mod policy;
mod route;
mod shared;
#[cfg(test)]
pub(crate) mod tests;

pub use gateway::{
    Address, AllowedListeners, BackendTls, CaRef, FrontendTls, FrontendTlsConfig, FrontendValidation, Gateway, GatewayClass,
    GatewayClassSpec, GatewaySpec, GatewayTls, Infrastructure, ListenerNamespaces, OldFrontendValidation, PerPortTls, ValidationMode,
};
pub use grpc::{
    GrpcBackendRef, GrpcFilter, GrpcFilterType, GrpcHeaderMatch, GrpcMethodMatch, GrpcRoute, GrpcRouteMatch, GrpcRouteRule, GrpcRouteSpec,
};
pub use http::{
    AuthProtocol, CorsFilter, CorsMethod, ExternalAuthFilter, ForwardBody, GrpcAuth, HttpAuth, HttpBackendRef, HttpFilter, HttpFilterType,
    HttpHeaderMatch, HttpMethod, HttpPathMatch, HttpQueryMatch, HttpRoute, HttpRouteMatch, HttpRouteRule, HttpRouteSpec, HttpTimeouts,
    PathModifier, PathModifierType, RedirectFilter, RedirectScheme, Retry, UrlRewriteFilter,
};
pub use l4::{L4Route, L4RouteRule, L4RouteSpec, TlsRoute, TlsRouteSpec};
pub use listener::{
    AllowedRoutes, Listener, ListenerSet, ListenerSetSpec, ListenerTls, ParentGatewayRef, RouteKind, RouteNamespaces, SecretRef, TlsMode,
    XListener, XListenerSet, XListenerSetSpec,
};
pub use policy::{
    BackendTlsPolicy, BackendTlsPolicySpec, BackendTlsValidation, GrantFrom, GrantTo, ReferenceGrant, ReferenceGrantSpec, SubjectAltName,
    SubjectAltNameType, TargetRef,
};
pub use route::{
    BackendObjectRef, BackendRef, BackendRefView, CookieConfig, CookieLifetime, DefaultScope, Fraction, Header, HeaderFilter, MirrorFilter,
    ParentRef, SessionPersistence, SessionType,
};
pub use shared::{
    FromNamespaces, GROUP, LabelRequirement, LabelSelector, LocalParametersRef, LocalRef, MatchType, ParametersRef, PathMatchType,
};
