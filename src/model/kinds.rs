//! The kinds that are modelled: their groups, versions, scopes, schemas and how they are decoded.

use std::sync::{LazyLock, OnceLock};

use rustc_hash::FxHashMap;

use super::resource::Spec;
use super::shape::{Schema, core_schema, derived};
use super::{Metadata, core, delivery, gateway, istio, kgateway, solo};
use crate::yaml::{At, DecodeError, Decoder};

/// A kind that is modelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each variant is the kind of its name")]
pub enum Kind {
    Namespace,
    Service,
    Pod,
    Deployment,
    StatefulSet,
    DaemonSet,
    ReplicaSet,
    Job,
    CronJob,
    ServiceAccount,
    Secret,
    ConfigMap,
    NetworkPolicy,
    EndpointSlice,
    GatewayClass,
    Gateway,
    ListenerSet,
    XListenerSet,
    HttpRoute,
    GrpcRoute,
    TlsRoute,
    TcpRoute,
    UdpRoute,
    ReferenceGrant,
    BackendTlsPolicy,
    ServiceEntry,
    WorkloadEntry,
    DestinationRule,
    VirtualService,
    IstioGateway,
    PeerAuthentication,
    AuthorizationPolicy,
    RequestAuthentication,
    /// IstioOperator and the Sail operator's kinds.
    Install,
    KgatewayParameters,
    EnterpriseKgatewayParameters,
    GlooParameters,
    /// A policy kind of kgateway, Solo Enterprise for kgateway or Gloo Gateway.
    Policy,
    Segment,
    ServiceMeshController,
    /// What delivers charts: kinds of Argo CD and Flux.
    Delivery,
    CustomResourceDefinition,
    /// Not modelled.
    Other,
}

impl Kind {
    /// Whether its objects hold templates of others' that are not ours to render.
    pub const fn holds_templates(self) -> bool {
        matches!(self, Self::Delivery | Self::CustomResourceDefinition)
    }
}

/// Whether a kind's objects live in namespaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// They do.
    Namespaced,
    /// They belong to the cluster.
    Cluster,
}

type Decode = fn(Decoder<'_, '_>, &Metadata) -> Result<Spec, DecodeError>;

/// What is known of a kind.
pub struct Info {
    /// Which.
    pub kind: Kind,
    /// Its API group; empty for the core group.
    pub group: &'static str,
    /// Its name.
    pub name: &'static str,
    /// The versions whose shape this is; others load by their metadata only.
    versions: &'static [&'static str],
    /// Whether it lives in namespaces.
    pub scope: Scope,
    schema: fn() -> Option<&'static Schema>,
    decode: Decode,
}

impl Info {
    /// What is known of a kind of a group.
    pub fn of(group: &str, kind: &str) -> Option<&'static Self> {
        static BY_NAME: LazyLock<FxHashMap<(&str, &str), &Info>> = LazyLock::new(|| TABLE.iter().map(|i| ((i.group, i.name), i)).collect());
        BY_NAME.get(&(group, kind)).copied()
    }

    /// Whether documents of this version have the shape that is known.
    pub fn serves(&self, version: &str) -> bool {
        self.versions.contains(&version)
    }

    /// The schema its documents must fit; made when it is first asked for.
    pub fn schema(&self) -> Option<&'static Schema> {
        (self.schema)()
    }

    /// Decodes a document of this kind.
    ///
    /// # Errors
    /// The first thing that does not fit.
    pub fn decode(&self, decoder: Decoder<'_, '_>, meta: &Metadata) -> Result<Spec, DecodeError> {
        (self.decode)(decoder, meta)
    }

    /// All modelled kinds.
    pub fn all() -> &'static [Self] {
        TABLE
    }
}

impl Kind {
    /// Its name, as `kind:` says it; empty for several kinds under one variant.
    pub fn name(self) -> &'static str {
        let mut names = TABLE.iter().filter(|i| i.kind == self).map(|i| i.name);
        match (names.next(), names.next()) {
            (Some(name), None) => name,
            _ => "",
        }
    }
}

macro_rules! core_kind {
    ($name:literal) => {
        || core_schema($name)
    };
}

macro_rules! own_kind {
    ($type:ty) => {
        || {
            static SCHEMA: OnceLock<Schema> = OnceLock::new();
            Some(SCHEMA.get_or_init(derived::<$type>))
        }
    };
}

macro_rules! spec {
    ($variant:ident $type:ty) => {
        |decoder, _| Ok(Spec::$variant(Box::new(decoder.decode::<$type>()?)))
    };
}

const PLAIN: Decode = |_, _| Ok(Spec::Plain);
const OWNER: Decode = |decoder, _| Ok(Spec::Workload(Box::new(decoder.decode::<core::TemplateOwner>()?.into())));
const CRON: Decode = |decoder, _| Ok(Spec::Workload(Box::new(decoder.decode::<core::CronJob>()?.into())));
const POD: Decode = |decoder, meta| {
    let node = decoder.node();
    Ok(Spec::Workload(Box::new(decoder.decode::<core::Pod>()?.into_workload(Some(At::new(meta.clone(), node)), node))))
};
const SAIL: Decode = spec!(SailInstall istio::SailInstall);
const PARAMETERS: Decode = spec!(Parameters kgateway::Parameters);
const POLICY: Decode = spec!(Policy kgateway::Policy);
const L4: Decode = spec!(L4Route gateway::L4Route);
const DELIVERY: Decode = spec!(Delivery delivery::Delivery);
const SET: Decode = spec!(ListenerSet gateway::ListenerSet);
const XSET: Decode = |decoder, _| Ok(Spec::ListenerSet(Box::new(decoder.decode::<gateway::XListenerSet>()?.into())));

macro_rules! table {
    ($($variant:ident $group:literal $name:literal [$($version:literal)*] $scope:ident $schema:expr, $decode:expr;)*) => {
        static TABLE: &[Info] = &[$(Info {
            kind: Kind::$variant, group: $group, name: $name, versions: &[$($version),*], scope: Scope::$scope, schema: $schema, decode: $decode,
        }),*];
    };
}

table! {
    Namespace "" "Namespace" ["v1"] Cluster core_kind!("Namespace"), PLAIN;
    Service "" "Service" ["v1"] Namespaced core_kind!("Service"), spec!(Service core::Service);
    Pod "" "Pod" ["v1"] Namespaced core_kind!("Pod"), POD;
    ServiceAccount "" "ServiceAccount" ["v1"] Namespaced core_kind!("ServiceAccount"), PLAIN;
    Secret "" "Secret" ["v1"] Namespaced core_kind!("Secret"), spec!(Secret core::Secret);
    ConfigMap "" "ConfigMap" ["v1"] Namespaced core_kind!("ConfigMap"), spec!(ConfigMap core::ConfigMap);
    Deployment "apps" "Deployment" ["v1"] Namespaced core_kind!("Deployment"), OWNER;
    StatefulSet "apps" "StatefulSet" ["v1"] Namespaced core_kind!("StatefulSet"), OWNER;
    DaemonSet "apps" "DaemonSet" ["v1"] Namespaced core_kind!("DaemonSet"), OWNER;
    ReplicaSet "apps" "ReplicaSet" ["v1"] Namespaced core_kind!("ReplicaSet"), OWNER;
    Job "batch" "Job" ["v1"] Namespaced core_kind!("Job"), OWNER;
    CronJob "batch" "CronJob" ["v1"] Namespaced core_kind!("CronJob"), CRON;
    NetworkPolicy "networking.k8s.io" "NetworkPolicy" ["v1"] Namespaced core_kind!("NetworkPolicy"), spec!(NetworkPolicy core::NetworkPolicy);
    EndpointSlice "discovery.k8s.io" "EndpointSlice" ["v1"] Namespaced core_kind!("EndpointSlice"), spec!(EndpointSlice core::EndpointSlice);

    GatewayClass "gateway.networking.k8s.io" "GatewayClass" ["v1" "v1beta1"] Cluster own_kind!(gateway::GatewayClass), spec!(GatewayClass gateway::GatewayClass);
    Gateway "gateway.networking.k8s.io" "Gateway" ["v1" "v1beta1"] Namespaced own_kind!(gateway::Gateway), spec!(Gateway gateway::Gateway);
    ListenerSet "gateway.networking.k8s.io" "ListenerSet" ["v1"] Namespaced own_kind!(gateway::ListenerSet), SET;
    XListenerSet "gateway.networking.x-k8s.io" "XListenerSet" ["v1alpha1"] Namespaced own_kind!(gateway::XListenerSet), XSET;
    HttpRoute "gateway.networking.k8s.io" "HTTPRoute" ["v1" "v1beta1"] Namespaced own_kind!(gateway::HttpRoute), spec!(HttpRoute gateway::HttpRoute);
    GrpcRoute "gateway.networking.k8s.io" "GRPCRoute" ["v1" "v1alpha2"] Namespaced own_kind!(gateway::GrpcRoute), spec!(GrpcRoute gateway::GrpcRoute);
    TlsRoute "gateway.networking.k8s.io" "TLSRoute" ["v1" "v1alpha2" "v1alpha3"] Namespaced own_kind!(gateway::TlsRoute), spec!(TlsRoute gateway::TlsRoute);
    TcpRoute "gateway.networking.k8s.io" "TCPRoute" ["v1" "v1alpha2"] Namespaced own_kind!(gateway::L4Route), L4;
    UdpRoute "gateway.networking.k8s.io" "UDPRoute" ["v1" "v1alpha2"] Namespaced own_kind!(gateway::L4Route), L4;
    ReferenceGrant "gateway.networking.k8s.io" "ReferenceGrant" ["v1" "v1beta1" "v1alpha2"] Namespaced own_kind!(gateway::ReferenceGrant), spec!(ReferenceGrant gateway::ReferenceGrant);
    BackendTlsPolicy "gateway.networking.k8s.io" "BackendTLSPolicy" ["v1" "v1alpha3"] Namespaced own_kind!(gateway::BackendTlsPolicy), spec!(BackendTlsPolicy gateway::BackendTlsPolicy);

    ServiceEntry "networking.istio.io" "ServiceEntry" ["v1" "v1beta1" "v1alpha3"] Namespaced own_kind!(istio::ServiceEntry), spec!(ServiceEntry istio::ServiceEntry);
    WorkloadEntry "networking.istio.io" "WorkloadEntry" ["v1" "v1beta1" "v1alpha3"] Namespaced own_kind!(istio::WorkloadEntry), spec!(WorkloadEntry istio::WorkloadEntry);
    DestinationRule "networking.istio.io" "DestinationRule" ["v1" "v1beta1" "v1alpha3"] Namespaced own_kind!(istio::DestinationRule), spec!(DestinationRule istio::DestinationRule);
    VirtualService "networking.istio.io" "VirtualService" ["v1" "v1beta1" "v1alpha3"] Namespaced own_kind!(istio::VirtualService), spec!(VirtualService istio::VirtualService);
    IstioGateway "networking.istio.io" "Gateway" ["v1" "v1beta1" "v1alpha3"] Namespaced own_kind!(istio::IstioGateway), spec!(IstioGateway istio::IstioGateway);
    PeerAuthentication "security.istio.io" "PeerAuthentication" ["v1" "v1beta1"] Namespaced own_kind!(istio::PeerAuthentication), spec!(PeerAuthentication istio::PeerAuthentication);
    AuthorizationPolicy "security.istio.io" "AuthorizationPolicy" ["v1" "v1beta1"] Namespaced own_kind!(istio::AuthorizationPolicy), spec!(AuthorizationPolicy istio::AuthorizationPolicy);
    RequestAuthentication "security.istio.io" "RequestAuthentication" ["v1" "v1beta1"] Namespaced own_kind!(istio::RequestAuthentication), spec!(RequestAuthentication istio::RequestAuthentication);
    Install "install.istio.io" "IstioOperator" ["v1alpha1"] Namespaced own_kind!(istio::IstioOperator), spec!(IstioOperator istio::IstioOperator);
    Install "sailoperator.io" "Istio" ["v1" "v1alpha1"] Cluster own_kind!(istio::SailInstall), SAIL;
    Install "sailoperator.io" "IstioCNI" ["v1" "v1alpha1"] Cluster own_kind!(istio::SailInstall), SAIL;
    Install "sailoperator.io" "ZTunnel" ["v1" "v1alpha1"] Cluster own_kind!(istio::SailInstall), SAIL;
    Install "sailoperator.io" "IstioRevision" ["v1" "v1alpha1"] Cluster own_kind!(istio::SailInstall), SAIL;

    KgatewayParameters "gateway.kgateway.dev" "GatewayParameters" ["v1alpha1"] Namespaced own_kind!(kgateway::Parameters), PARAMETERS;
    EnterpriseKgatewayParameters "enterprisekgateway.solo.io" "EnterpriseKgatewayParameters" ["v1alpha1"] Namespaced own_kind!(kgateway::Parameters), PARAMETERS;
    GlooParameters "gateway.gloo.solo.io" "GatewayParameters" ["v1alpha1"] Namespaced own_kind!(kgateway::Parameters), PARAMETERS;
    Policy "gateway.kgateway.dev" "TrafficPolicy" ["v1alpha1"] Namespaced own_kind!(kgateway::Policy), POLICY;
    Policy "gateway.kgateway.dev" "BackendConfigPolicy" ["v1alpha1"] Namespaced own_kind!(kgateway::Policy), POLICY;
    Policy "gateway.kgateway.dev" "ListenerPolicy" ["v1alpha1"] Namespaced own_kind!(kgateway::Policy), POLICY;
    Policy "gateway.kgateway.dev" "HTTPListenerPolicy" ["v1alpha1"] Namespaced own_kind!(kgateway::Policy), POLICY;
    Policy "gateway.kgateway.dev" "DirectResponse" ["v1alpha1"] Namespaced own_kind!(kgateway::Policy), POLICY;
    Policy "gateway.kgateway.dev" "Backend" ["v1alpha1"] Namespaced own_kind!(kgateway::Policy), POLICY;
    Policy "gateway.kgateway.dev" "GatewayExtension" ["v1alpha1"] Namespaced own_kind!(kgateway::Policy), POLICY;
    Policy "enterprisekgateway.solo.io" "EnterpriseKgatewayTrafficPolicy" ["v1alpha1"] Namespaced own_kind!(kgateway::Policy), POLICY;
    Policy "extauth.solo.io" "AuthConfig" ["v1"] Namespaced own_kind!(kgateway::Policy), POLICY;
    Policy "enterprise.gloo.solo.io" "AuthConfig" ["v1"] Namespaced own_kind!(kgateway::Policy), POLICY;
    Policy "ratelimit.solo.io" "RateLimitConfig" ["v1alpha1"] Namespaced own_kind!(kgateway::Policy), POLICY;
    Policy "gateway.solo.io" "RouteOption" ["v1"] Namespaced own_kind!(kgateway::Policy), POLICY;
    Policy "gateway.solo.io" "VirtualHostOption" ["v1"] Namespaced own_kind!(kgateway::Policy), POLICY;
    Policy "gateway.solo.io" "ListenerOption" ["v1"] Namespaced own_kind!(kgateway::Policy), POLICY;
    Policy "gloo.solo.io" "Upstream" ["v1"] Namespaced own_kind!(kgateway::Policy), POLICY;

    Segment "admin.solo.io" "Segment" ["v1alpha1"] Namespaced own_kind!(solo::Segment), spec!(Segment solo::Segment);
    ServiceMeshController "operator.gloo.solo.io" "ServiceMeshController" ["v1"] Cluster own_kind!(solo::ServiceMeshController), spec!(ServiceMeshController solo::ServiceMeshController);

    Delivery "argoproj.io" "Application" ["v1alpha1"] Namespaced own_kind!(delivery::Delivery), DELIVERY;
    Delivery "argoproj.io" "ApplicationSet" ["v1alpha1"] Namespaced own_kind!(delivery::Delivery), DELIVERY;
    Delivery "helm.toolkit.fluxcd.io" "HelmRelease" ["v2" "v2beta2" "v2beta1"] Namespaced own_kind!(delivery::Delivery), DELIVERY;
    Delivery "source.toolkit.fluxcd.io" "OCIRepository" ["v1" "v1beta2"] Namespaced own_kind!(delivery::Delivery), DELIVERY;
    Delivery "source.toolkit.fluxcd.io" "HelmRepository" ["v1" "v1beta2" "v1beta1"] Namespaced own_kind!(delivery::Delivery), DELIVERY;
    CustomResourceDefinition "apiextensions.k8s.io" "CustomResourceDefinition" ["v1"] Cluster own_kind!(delivery::CustomResourceDefinition), spec!(CustomResourceDefinition delivery::CustomResourceDefinition);
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn every_schema_says_what_its_type_says() {
        macro_rules! try_all {
            ($($type:ty),*) => { $(match crate::model::shape::try_derived::<$type>() {
                Ok(schema) => assert!(schema.broken_patterns().is_empty(), "{}: {:?}", stringify!($type), schema.broken_patterns()),
                Err(error) => panic!("{}: {error}", stringify!($type)),
            })* };
        }
        try_all!(
            gateway::GatewayClass,
            gateway::Gateway,
            gateway::ListenerSet,
            gateway::XListenerSet,
            gateway::HttpRoute,
            gateway::GrpcRoute
        );
        try_all!(gateway::TlsRoute, gateway::L4Route, gateway::ReferenceGrant, gateway::BackendTlsPolicy, istio::ServiceEntry);
        try_all!(istio::WorkloadEntry, istio::DestinationRule, istio::VirtualService, istio::IstioGateway, istio::PeerAuthentication);
        try_all!(istio::AuthorizationPolicy, istio::RequestAuthentication, istio::IstioOperator, istio::SailInstall);
        try_all!(kgateway::Parameters, kgateway::Policy, solo::Segment, solo::ServiceMeshController);
    }

    #[test]
    fn every_kind_has_a_schema_and_stands_once() {
        for info in Info::all() {
            assert!(info.schema().is_some(), "{}", info.name);
            assert!(std::ptr::eq(Info::of(info.group, info.name).unwrap(), info), "{} stands twice", info.name);
            assert!(!info.versions.is_empty());
        }
        assert_eq!(Kind::HttpRoute.name(), "HTTPRoute");
        assert_eq!(Kind::Policy.name(), "");
        assert!(Info::of("", "Gateway").is_none());
    }
}
