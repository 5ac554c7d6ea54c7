//! One object of the input.

use std::sync::Arc;

use super::core::{ConfigMap, EndpointSlice, NetworkPolicy, Secret, Service, Workload};
use super::delivery::{CustomResourceDefinition, Delivery};
use super::gateway::{BackendTlsPolicy, Gateway, GatewayClass, GrpcRoute, HttpRoute, L4Route, ListenerSet, ReferenceGrant, TlsRoute};
use super::istio::{
    AuthorizationPolicy, DestinationRule, IstioGateway, IstioOperator, PeerAuthentication, RequestAuthentication, SailInstall,
    ServiceEntry, VirtualService, WorkloadEntry,
};
use super::kgateway::{Parameters, Policy};
use super::kinds::Kind;
use super::solo::{Segment, ServiceMeshController};
use super::{Metadata, ResourceId, Text};
use crate::yaml::{At, NodeId};

/// What a resource says, beside its metadata.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "each variant is the kind of its name")]
pub enum Spec {
    Service(Box<Service>),
    Workload(Box<Workload>),
    Secret(Box<Secret>),
    ConfigMap(Box<ConfigMap>),
    NetworkPolicy(Box<NetworkPolicy>),
    EndpointSlice(Box<EndpointSlice>),
    GatewayClass(Box<GatewayClass>),
    Gateway(Box<Gateway>),
    ListenerSet(Box<ListenerSet>),
    HttpRoute(Box<HttpRoute>),
    GrpcRoute(Box<GrpcRoute>),
    TlsRoute(Box<TlsRoute>),
    L4Route(Box<L4Route>),
    ReferenceGrant(Box<ReferenceGrant>),
    BackendTlsPolicy(Box<BackendTlsPolicy>),
    ServiceEntry(Box<ServiceEntry>),
    WorkloadEntry(Box<WorkloadEntry>),
    DestinationRule(Box<DestinationRule>),
    VirtualService(Box<VirtualService>),
    IstioGateway(Box<IstioGateway>),
    PeerAuthentication(Box<PeerAuthentication>),
    AuthorizationPolicy(Box<AuthorizationPolicy>),
    RequestAuthentication(Box<RequestAuthentication>),
    IstioOperator(Box<IstioOperator>),
    SailInstall(Box<SailInstall>),
    Parameters(Box<Parameters>),
    Policy(Box<Policy>),
    Segment(Box<Segment>),
    ServiceMeshController(Box<ServiceMeshController>),
    Delivery(Box<Delivery>),
    CustomResourceDefinition(Box<CustomResourceDefinition>),
    /// A modelled kind of which only the metadata matters (Namespace, ServiceAccount).
    Plain,
    /// A kind that nobody models; it still takes part in lookups by name.
    Other,
    /// The same, where it says into which namespace it has something deployed: a HelmRelease of Flux, an Application of Argo CD.
    Deploys(Box<Text>),
    /// A document whose shape is wrong: reported once, and nothing is concluded from it.
    Broken,
}

/// Where a resource comes from, beyond its text.
#[derive(Debug, Clone)]
pub struct Origin {
    /// The clusters it belongs to, as indices into the configured ones; empty for all.
    pub clusters: Vec<u16>,
    /// The topmost kustomizations that reach its file; empty when none does.
    pub roots: Vec<u32>,
    /// Whether its kustomization brings in resources that no file of the input shows.
    pub more_beside: bool,
    /// Whether a kustomization gives it another name.
    pub renamed: bool,
    /// The folder of its file.
    pub folder: Arc<str>,
    /// Whether an overlay changes the file's resources, so that what is read here is not what gets applied.
    pub overlaid: bool,
}

/// One object of the input.
#[derive(Debug, Clone)]
pub struct Resource {
    /// Who it is.
    pub id: ResourceId,
    /// Its kind, when it is one of ours.
    pub kind: Kind,
    /// The root node of the document (or of the item of a list).
    pub node: NodeId,
    /// `apiVersion`, as written.
    pub api_version: At<Text>,
    /// `metadata`.
    pub meta: Metadata,
    /// The rest.
    pub spec: Spec,
    /// Of its text: equal for equal text.
    pub digest: u64,
    /// Where it comes from.
    pub origin: Arc<Origin>,
}

impl Resource {
    /// Where its name stands; the document when it has none.
    pub fn name_place(&self) -> NodeId {
        self.meta.name.as_ref().map_or(self.node, crate::yaml::At::node)
    }

    /// Whether its shape was wrong.
    pub fn is_broken(&self) -> bool {
        matches!(self.spec, Spec::Broken)
    }
}
