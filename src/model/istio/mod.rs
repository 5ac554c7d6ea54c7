//! Istio's own kinds. Their shape check comes from these structs, so they hold every field of the current CRDs
//! (`networking.istio.io`, `security.istio.io`); what nobody reads is only [checked](crate::model::Checked).

mod install;
mod security;
mod shared;
#[cfg(test)]
mod tests;
mod traffic;

pub use install::{IstioOperator, IstioOperatorSpec, SailInstall, SailSpec};
pub use security::{
    Action, AuthCondition, AuthFrom, AuthRule, AuthTo, AuthorizationPolicy, AuthorizationPolicySpec, JwtHeader, JwtRule, Mtls, MtlsMode,
    Operation, OutputClaim, PeerAuthentication, PeerAuthenticationSpec, Provider, RequestAuthentication, RequestAuthenticationSpec, Source,
};
pub use shared::{Entries, TargetRef, WorkloadLabels, WorkloadSelector};
pub use traffic::{
    DestinationRule, DestinationRuleSpec, IstioGateway, IstioGatewaySpec, Location, Resolution, SePort, Server, ServerPort, ServerTls,
    ServerTlsMode, ServiceEntry, ServiceEntrySpec, Subset, TlsCertificate, TlsVersion, VirtualService, VirtualServiceSpec, WorkloadEntry,
    WorkloadEntrySpec,
};
