//! The way of a request behind the gateway, as events: capture, tunnel, identity, waypoint, its routes, policies, pods, and
//! the other clusters. What the files do not say is said.

mod arrive;
mod filters;
mod onward;
mod pick;
mod pods;
mod request;
mod whatif;

pub use filters::{Applied, Redirect, apply};
pub use pick::{Candidate, Lost, pick};
pub use request::Request;
pub use whatif::{PodState, WhatIf, WorkloadName};

use super::enrolment::Capture;
use super::facts::Fact;
use super::global::GlobalHost;
use super::identity::Identity;
use super::mtls::PeerMode;
use super::pods::{PodFacts, WORKLOADS};
use super::policy::{Carried, Decision};
use super::resolve::{Backend, BackendVerdict, HostTarget, PortVerdict, Ungranted};
use super::routes::GatewayView;
use super::services::ServiceView;
use super::{Certainty, Mesh, Object};
use crate::model::core::ServicePort;
use crate::model::{Kind, Namespace, Spec, Text};
use crate::yaml::{At, NodeId};

/// Where the way through the mesh begins.
#[derive(Clone, Debug)]
pub enum Start<'m> {
    /// At a Gateway: north-south.
    Gateway(GatewayView<'m>),
    /// At a workload in the mesh: east-west.
    Caller(Caller<'m>),
}

/// A client in the mesh.
#[derive(Clone, Debug)]
pub struct Caller<'m> {
    /// Who it is.
    pub identity: Identity,
    /// An object of its cluster.
    pub at: Object<'m>,
    /// Its pods, when the input shows some with that ServiceAccount, or anything of its namespace.
    pub pods: Option<PodFacts<'m>>,
}

/// Where a request is sent.
#[derive(Clone, Debug)]
pub enum Destination<'m> {
    /// To a Service and its port.
    Service(ServiceView<'m>, Option<i64>),
    /// To a global host.
    Global(GlobalHost, Option<i64>),
    /// To nothing: the proxy answers by itself.
    Nowhere(Broken),
    /// To something that is not in the input, or not modelled.
    Outside(Text),
}

/// Why a reference leads nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broken {
    /// The Service does not exist.
    Missing(Certainty),
    /// It is in another namespace, and no ReferenceGrant lets the reference in.
    NotGranted(Certainty),
    /// The name is no name of what the kind says.
    Name,
    /// It has no such port.
    Port,
    /// No cluster that is reached has it under this host.
    NotGlobal,
}

/// How a leg of the way is carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// In the mesh's tunnel, with identities.
    Hbone,
    /// As it is.
    Plaintext,
    /// That depends on something outside the input.
    Unknown,
}

/// Who does something on the way.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Party<'m> {
    /// A Gateway, be it an ingress or a waypoint.
    Proxy(Object<'m>),
    /// The ztunnel before the pods of a workload, or of a Service whose pods the input does not show.
    Ztunnel(Object<'m>),
    /// A client in the mesh.
    Caller,
}

/// Which pods are taken when there are several clusters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failover {
    /// Another cluster's when this one has no endpoint; pods that are not ready still count as endpoints.
    WithoutEndpoints,
    /// Another cluster's when no pod of this one is ready.
    WithoutReady,
    /// No other cluster is asked.
    Never,
}

/// A workload behind a Service.
#[derive(Clone, Debug)]
pub struct Answerer<'m> {
    /// The workload.
    pub object: Object<'m>,
    /// How its pods are.
    pub state: PodState,
    /// The port of its pods; none when its name is no port of theirs.
    pub port: Option<i64>,
    /// Whether its containers declare that port.
    pub declared: bool,
}

/// Why a Service's waypoint does not see the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WalkedPast {
    /// Nobody tells ingress to pass it.
    NotTold,
    /// The gateway is not in the mesh, so that nothing leads its requests to the waypoint.
    GatewayOutside,
    /// The Service has no address of its own.
    NoVip,
}

/// What happens on the way.
#[derive(Clone, Debug)]
pub enum Step<'m> {
    /// Whether ztunnel captures the pods of the Gateway or client.
    Capture {
        /// The Gateway or workload.
        object: Object<'m>,
        /// Whether it does.
        capture: Capture<'m>,
        /// Whether what comes in is kept from ztunnel.
        bypassed: bool,
    },
    /// A leg of the way.
    Leg {
        /// Who sends.
        from: Party<'m>,
        /// Where to.
        to: Party<'m>,
        /// How.
        transport: Transport,
        /// Who the other end takes the sender for.
        identity: Fact<Option<Identity>>,
    },
    /// STRICT refuses plain text.
    Strict {
        /// Who refuses.
        at: Party<'m>,
        /// What sets it.
        mode: PeerMode,
    },
    /// Policies have been asked.
    Policies {
        /// Where.
        at: Party<'m>,
        /// What they say.
        decision: Decision<'m>,
    },
    /// The request has a token, and files do not say whether it is valid.
    Token(Party<'m>),
    /// The request passes a waypoint.
    Waypoint {
        /// The Service.
        service: Object<'m>,
        /// Its waypoint.
        waypoint: Object<'m>,
    },
    /// The request goes past a waypoint.
    Past {
        /// The Service.
        service: Object<'m>,
        /// Its waypoint.
        waypoint: Object<'m>,
        /// Why.
        because: WalkedPast,
        /// What is lost by it.
        lost: Vec<Carried<'m>>,
    },
    /// A label names a waypoint and leads to none: the request goes straight to the pods.
    NoWaypoint {
        /// The Service.
        service: Object<'m>,
        /// The label's value.
        name: Text,
    },
    /// Routes whose parent is the Service were looked at, by the waypoint.
    Routed {
        /// The waypoint.
        at: Object<'m>,
        /// The Service.
        service: Object<'m>,
        /// Every match.
        candidates: Vec<Candidate<'m>>,
    },
    /// Filters were applied.
    Filtered(Vec<Applied>),
    /// Of several backends each gets a share: this one, of the sum.
    Share {
        /// The backend's name.
        name: Text,
        /// Its weight.
        weight: i64,
        /// Of how much.
        of: i64,
    },
    /// A host under a global domain and the Services behind it that can be reached.
    Global {
        /// The host.
        host: String,
        /// The Services, one for each cluster.
        services: Vec<Object<'m>>,
    },
    /// `solo.io/service-takeover` is set and does nothing for ingress.
    TakeoverIdle {
        /// The Service.
        service: Object<'m>,
        /// The label, where it stands in the input.
        label: Option<NodeId>,
    },
    /// Which pods there are behind a Service.
    Pods {
        /// The Service.
        service: Object<'m>,
        /// Its port.
        port: &'m At<ServicePort>,
        /// The workloads.
        pods: Vec<Answerer<'m>>,
    },
    /// Another cluster takes it, or may.
    OtherCluster {
        /// The Service there.
        service: Object<'m>,
        /// What decides when that happens.
        failover: Failover,
        /// The east-west gateway of that cluster, when the input has one.
        through: Option<Object<'m>>,
    },
    /// What the files do not say.
    Unsaid(String),
}

/// How it ends.
#[derive(Clone, Debug, PartialEq)]
pub enum End<'m> {
    /// Pods of this Service and port may answer.
    Reached {
        /// The Service.
        service: Object<'m>,
        /// Its port.
        port: i64,
    },
    /// Somebody on the way answers.
    Answer {
        /// Who.
        by: Party<'m>,
        /// The status.
        status: u16,
        /// Where the client is sent, for redirects.
        location: Option<String>,
        /// Why.
        because: Because,
    },
    /// The connection is closed, and there is no answer.
    Closed {
        /// By whom.
        by: Party<'m>,
        /// Why.
        because: Because,
    },
    /// That can't be said.
    Unknown(Because),
}

/// Why somebody on the way answers, or closes the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Because {
    /// A redirect.
    Redirect,
    /// Policies.
    Policy,
    /// STRICT.
    Strict,
    /// No rule of the waypoint's routes matches.
    NoRule,
    /// The backend leads nowhere.
    Broken(Broken),
    /// There are no backends, or all have weight 0.
    NoBackends,
    /// There are no endpoints.
    NoPods,
    /// There are endpoints, none is ready, and no other cluster is asked.
    NotReady,
    /// A named port that no pod has.
    PortName,
    /// What it is sent to is outside the input.
    Outside,
    /// Files do not say it.
    Files,
}

/// A way and its end.
#[derive(Clone, Debug)]
pub struct Walk<'m> {
    /// What happens.
    pub steps: Vec<Step<'m>>,
    /// How it ends.
    pub end: End<'m>,
    /// The waypoint that it passed.
    pub waypoint: Option<Object<'m>>,
    /// The request as the backend sees it.
    pub request: Request,
}

impl End<'_> {
    /// Whether the client is served: a backend may answer, or the answer is below 400.
    pub fn served(&self) -> Fact<bool> {
        match self {
            Self::Reached { .. } => Fact::Known(true),
            Self::Answer { status, .. } => Fact::Known(*status < 400),
            Self::Closed { .. } => Fact::Known(false),
            Self::Unknown(_) => Fact::Unknown,
        }
    }
}

impl<'m> Destination<'m> {
    /// What a backend reference leads to.
    pub fn of(backend: &Backend<'m>) -> Self {
        let port = backend.port().map(|port| **port);
        if let Some(Ungranted::Absent(certainty)) = backend.ungranted() {
            return Self::Nowhere(Broken::NotGranted(certainty));
        }
        if matches!(backend.port_verdict(), PortVerdict::OnlyTarget { .. } | PortVerdict::Nowhere) {
            return Self::Nowhere(Broken::Port);
        }
        match backend.verdict {
            BackendVerdict::Service { .. } | BackendVerdict::Host(HostTarget::Local(_), _) => match backend.services().first() {
                Some(service) => Self::Service(*service, port),
                None => Self::Outside((**backend.name()).clone()),
            },
            BackendVerdict::Host(HostTarget::Global(host), _) => Self::Global(host.clone(), port),
            BackendVerdict::Missing(missing) => Self::Nowhere(Broken::Missing(missing.certainty)),
            BackendVerdict::HostAsService | BackendVerdict::MalformedHost => Self::Nowhere(Broken::Name),
            _ => Self::Outside((**backend.name()).clone()),
        }
    }
}

impl Mesh {
    /// The client that a ServiceAccount stands for; none when the input has nothing of its namespace.
    pub fn caller(&self, cluster: Option<&str>, namespace: &str, account: &str) -> Option<Caller<'_>> {
        let in_cluster = |object: &Object<'_>| cluster.is_none_or(|name| object.cluster_name().is_some_and(|own| **own == *name));
        let own = |object: &Object<'_>| in_cluster(object) && object.namespace().name() == Some(namespace);
        let runs_as = |pods: &PodFacts<'_>| {
            let Spec::Workload(workload) = &pods.owner.resource().spec else { return false };
            workload.template.as_ref().and_then(|t| t.spec.as_ref()?.service_account()).map_or("default", |name| name.as_str()) == account
        };
        let pods = self.workloads().find(|pods| own(&pods.owner) && runs_as(pods));
        let around = || {
            let kinds = [Kind::Service, Kind::ServiceAccount].into_iter().chain(WORKLOADS);
            let inside = kinds.flat_map(|kind| self.objects(kind)).find(own).map(PodFacts::unseen);
            inside.map(|pods| (pods.owner, Some(pods)))
        };
        let named = || self.objects(Kind::Namespace).find(|o| in_cluster(o) && &*o.id.name == namespace).map(|object| (object, None));
        let (at, pods) = pods.map(|pods| (pods.owner, Some(pods))).or_else(around).or_else(named)?;
        Some(Caller { identity: at.identity_of(namespace, account), at, pods })
    }

    /// What the host of a request made inside the mesh means to a client there.
    pub fn destination_of_host<'m>(&'m self, caller: &Caller<'m>, host: &str, port: i64) -> Destination<'m> {
        let outside = || Destination::Outside(host.into());
        let service = |found: Option<Object<'m>>| {
            let found = found.and_then(ServiceView::of);
            found.map_or_else(outside, |service| Destination::Service(service, Some(port)))
        };
        match host.split_once('.') {
            None => {
                let namespace = Namespace::Named(caller.identity.namespace.as_str().into());
                service(caller.at.get(Kind::Service, &namespace, host))
            }
            Some((name, rest)) if !rest.contains('.') || rest.ends_with(".svc") && !rest.trim_end_matches(".svc").contains('.') => {
                service(caller.at.get(Kind::Service, &Namespace::Named(rest.trim_end_matches(".svc").into()), name))
            }
            _ => match super::resolve::host_target(caller.at, host) {
                HostTarget::Global(global) => Destination::Global(global, Some(port)),
                HostTarget::Local(ix) => service(caller.at.sibling(ix)),
                HostTarget::Entry(_) | HostTarget::Unknown => outside(),
            },
        }
    }
}
