//! Gateways, listeners and routes as the rest of the mesh sees them, whatever kind they are written as.

use super::classes::{Product, Role};
use super::precedence::Profile;
use super::resolve::{Backend, BackendVerdict};
use super::{Certainty, Edge, Mesh, Object, ParentVerdict, Vertex};
use crate::model::gateway::{AllowedRoutes, BackendRefView, GROUP, GatewaySpec, GrpcRouteRule, HttpRouteRule, ListenerTls, ParentRef};
use crate::model::{Kind, Spec, Text};
use crate::yaml::{At, NodeId};
use petgraph::visit::EdgeRef;
use rustc_hash::FxHashMap;

/// The kinds of routes.
pub(super) const ROUTES: [Kind; 5] = [Kind::HttpRoute, Kind::GrpcRoute, Kind::TlsRoute, Kind::TcpRoute, Kind::UdpRoute];

/// A Gateway in one cluster.
#[derive(Clone, Copy, Debug)]
pub struct GatewayView<'m> {
    /// The object.
    pub object: Object<'m>,
    /// What it says.
    pub spec: &'m GatewaySpec,
    /// What runs it.
    pub product: Product,
}

/// A listener of a Gateway or a ListenerSet.
#[derive(Clone, Copy, Debug)]
pub struct ListenerView<'m> {
    /// All of it.
    pub node: NodeId,
    /// Its name.
    pub name: &'m At<Text>,
    /// Its hostname.
    pub hostname: Option<&'m At<Text>>,
    /// Its port; a ListenerSet may leave it to the Gateway.
    pub port: Option<&'m At<i64>>,
    /// Its protocol.
    pub protocol: &'m At<Text>,
    /// Its certificates.
    pub tls: Option<&'m ListenerTls>,
    /// Which routes may attach.
    pub allowed: Option<&'m AllowedRoutes>,
}

/// A route of any kind in one cluster.
#[derive(Clone, Copy, Debug)]
pub struct RouteView<'m> {
    /// The object.
    pub object: Object<'m>,
    /// Its parentRefs.
    pub parents: &'m [At<ParentRef>],
    /// Its hostnames; none for TCP and UDP.
    pub hostnames: &'m [At<Text>],
}

/// A parentRef with the verdict on it.
#[derive(Clone, Copy, Debug)]
pub struct ParentView<'m> {
    /// The route.
    pub route: RouteView<'m>,
    /// The reference.
    pub reference: &'m At<ParentRef>,
    /// What it leads to.
    pub verdict: &'m ParentVerdict,
}

/// Routes by the cluster and index of the Service that is their parent, each with the port it is narrowed to.
pub(super) type Governing<'m> = FxHashMap<(usize, u32), Vec<(RouteView<'m>, Option<i64>)>>;

impl Mesh {
    /// All Gateways.
    pub fn gateways(&self) -> impl Iterator<Item = GatewayView<'_>> {
        self.objects(Kind::Gateway).filter_map(GatewayView::of)
    }

    /// All routes.
    pub fn routes(&self) -> impl Iterator<Item = RouteView<'_>> {
        ROUTES.into_iter().flat_map(|kind| self.objects(kind)).filter_map(RouteView::of)
    }

    /// All parentRefs of all routes.
    pub fn parents(&self) -> impl Iterator<Item = ParentView<'_>> {
        self.routes().flat_map(|route| route.parent_views())
    }

    /// The routes whose parent is a Service of their own namespace, by the cluster and index of that Service, with the
    /// port that the parentRef narrows them to. A route in another namespace speaks for the clients there only.
    pub(super) fn governing_routes(&self) -> Governing<'_> {
        let mut governing = Governing::default();
        for route in self.routes() {
            for (reference, service) in route.service_parents().filter(|(_, s)| s.namespace() == route.object.namespace()) {
                let port = reference.port.as_ref().map(|port| **port);
                governing.entry((service.cluster, service.ix)).or_default().push((route, port));
            }
        }
        governing
    }

    /// All backends of all routes.
    pub fn backends(&self) -> impl Iterator<Item = Backend<'_>> {
        self.routes().flat_map(|route| route.backends())
    }

    /// The backends of all routes that have such a verdict.
    pub fn backends_with(&self, wanted: impl Fn(&BackendVerdict) -> bool + Copy) -> impl Iterator<Item = Backend<'_>> {
        self.routes().flat_map(move |route| route.backends_with(wanted))
    }

    /// The backends of routes that attach to an ingress gateway of some kind.
    pub fn backends_behind(&self, gateway: impl Fn(&GatewayView<'_>) -> bool) -> impl Iterator<Item = Backend<'_>> {
        self.routes().filter(move |route| route.ingresses().any(|g| gateway(&g))).flat_map(|route| route.backends())
    }
}

impl<'m> GatewayView<'m> {
    /// The Gateway of an object; none for other kinds and broken ones.
    pub fn of(object: Object<'m>) -> Option<Self> {
        match &object.resource().spec {
            Spec::Gateway(gateway) => {
                Some(Self { object, spec: &gateway.spec, product: object.product_of_class(&gateway.spec.gateway_class_name) })
            }
            _ => None,
        }
    }

    /// What it is for.
    pub fn role(&self) -> Role {
        self.product.role()
    }

    /// Whose order of rules it follows: that of the product behind its class, and the text where that is not known.
    pub fn profile(&self) -> Profile {
        let class = &**self.spec.gateway_class_name;
        let controller = match self.object.class_object(class).map(|class| &class.resource().spec) {
            Some(Spec::GatewayClass(class)) => Some(class.spec.controller_name.as_str()),
            _ => None,
        };
        match controller {
            Some("gateway.envoyproxy.io/gatewayclass-controller") => Profile::EnvoyGateway,
            None if matches!(class, "eg" | "envoy-gateway") => Profile::EnvoyGateway,
            _ => Profile::of(self.product),
        }
    }

    /// Its own listeners.
    pub fn listeners(&self) -> Vec<ListenerView<'m>> {
        listeners(self.object)
    }

    /// The routes that attach to it, directly or through a ListenerSet.
    pub fn routes(&self) -> Vec<RouteView<'m>> {
        self.routes_that(|route| route.gateways().any(|g| g.object == self.object))
    }

    /// As [`GatewayView::routes`], with those whose attaching hangs on something outside the input.
    pub fn possible_routes(&self) -> Vec<RouteView<'m>> {
        let attached =
            |parent: ParentView<'_>| matches!(parent.verdict, ParentVerdict::Attached { gateway: Some(ix), .. } if *ix == self.object.ix);
        self.routes_that(|route| route.parent_views().any(attached))
    }

    fn routes_that(&self, wanted: impl Fn(&RouteView<'m>) -> bool) -> Vec<RouteView<'m>> {
        let mesh = self.object.mesh();
        let Some(vertex) = self.object.data().vertices.get(&self.object.ix) else { return Vec::new() };
        let mut routes: Vec<RouteView<'m>> = mesh
            .graph
            .neighbors_directed(*vertex, petgraph::Direction::Incoming)
            .filter_map(|v| match mesh.graph.node_weight(v)? {
                Vertex::Object { cluster, ix } => RouteView::of(mesh.object(*cluster, *ix)?),
                Vertex::Absent(_) => None,
            })
            .filter(|route| wanted(route))
            .collect();
        routes.sort_by_key(|r| r.object.ix);
        routes.dedup_by_key(|r| r.object.ix);
        routes
    }
}

impl<'m> GatewayView<'m> {
    /// The parentRefs that attach to it, or may, directly or through a ListenerSet; those of one route follow each other.
    pub fn attached_parents(&self) -> Vec<ParentView<'m>> {
        let mesh = self.object.mesh();
        let Some(vertex) = self.object.data().vertices.get(&self.object.ix) else { return Vec::new() };
        let edges = mesh.graph.edges_directed(*vertex, petgraph::Direction::Incoming);
        let mut found: Vec<(u32, usize, ParentView<'m>)> = edges
            .filter_map(|edge| match (edge.weight(), mesh.graph.node_weight(edge.source())?) {
                (Edge::Parent(n, verdict @ ParentVerdict::Attached { .. }), Vertex::Object { cluster, ix }) => {
                    let route = RouteView::of(mesh.object(*cluster, *ix)?)?;
                    Some((*ix, *n, ParentView { route, reference: route.parents.get(*n)?, verdict }))
                }
                _ => None,
            })
            .collect();
        found.sort_by_key(|(ix, n, _)| (*ix, *n));
        found.into_iter().map(|(.., view)| view).collect()
    }
}

impl<'m> RouteView<'m> {
    /// The route of an object; none for other kinds and broken ones.
    pub fn of(object: Object<'m>) -> Option<Self> {
        let (parents, hostnames): (&[_], &[_]) = match &object.resource().spec {
            Spec::HttpRoute(r) => (&r.spec.parent_refs, &r.spec.hostnames),
            Spec::GrpcRoute(r) => (&r.spec.parent_refs, &r.spec.hostnames),
            Spec::TlsRoute(r) => (&r.spec.parent_refs, &r.spec.hostnames),
            Spec::L4Route(r) => (&r.spec.parent_refs, &[]),
            _ => return None,
        };
        Some(Self { object, parents, hostnames })
    }

    /// Its parentRefs with their verdicts.
    pub fn parent_views(&self) -> impl Iterator<Item = ParentView<'m>> + use<'m> {
        let route = *self;
        self.object.edges().filter_map(move |(edge, _)| match edge {
            Edge::Parent(n, verdict) => Some(ParentView { route, reference: route.parents.get(*n)?, verdict }),
            _ => None,
        })
    }

    /// Whether it names several parents and none of them takes it, and how sure that is: one problem, not one for each.
    /// A parent outside the input may take it after all; delegation and other kinds of parents are decided elsewhere.
    pub fn attaches_nowhere(&self) -> Option<Certainty> {
        if self.parents.len() < 2 {
            return None;
        }
        self.parent_views().map(|parent| parent.refused()).try_fold(Certainty::Sure, |least, refused| Some(least.min(refused?)))
    }

    /// The Gateways it is surely attached to.
    pub fn gateways(&self) -> impl Iterator<Item = GatewayView<'m>> + use<'m> {
        self.parent_views().filter_map(|parent| match parent.verdict {
            ParentVerdict::Attached { gateway, certainty: Certainty::Sure, .. } => {
                GatewayView::of(parent.route.object.sibling((*gateway)?)?)
            }
            _ => None,
        })
    }

    /// The Gateways it is attached to that take traffic from outside.
    pub fn ingresses(&self) -> impl Iterator<Item = GatewayView<'m>> + use<'m> {
        self.gateways().filter(|g| g.role() == Role::Ingress)
    }

    /// Its backends with their verdicts, mirrors included.
    pub fn backends(&self) -> impl Iterator<Item = Backend<'m>> + use<'m> {
        self.backends_with(|_| true)
    }

    /// Those of its backends that have such a verdict.
    pub fn backends_with<F: Fn(&BackendVerdict) -> bool>(&self, wanted: F) -> impl Iterator<Item = Backend<'m>> + use<'m, F> {
        let route = *self;
        // the edges stand in the order of the references
        let mut references = self.references().enumerate();
        self.object.edges().filter_map(move |(edge, _)| match edge {
            Edge::Backend(n, verdict) if wanted(verdict) => {
                let (_, (reference, mirror)) = references.find(|(at, _)| at == n)?;
                Some(Backend { route, reference, mirror, verdict })
            }
            _ => None,
        })
    }

    /// The verdict-free references to backends, in the order of the file: backendRefs, then mirrors, rule by rule.
    pub(super) fn references(&self) -> impl Iterator<Item = (BackendRefView<'m>, bool)> + use<'m> {
        let spec = &self.object.resource().spec;
        let (http, grpc): (&[_], &[_]) = match spec {
            Spec::HttpRoute(route) => (&route.spec.rules, &[]),
            Spec::GrpcRoute(route) => (&[], &route.spec.rules),
            _ => (&[], &[]),
        };
        let (tls, l4): (&[_], &[_]) = match spec {
            Spec::TlsRoute(route) => (&route.spec.rules, &[]),
            Spec::L4Route(route) => (&[], &route.spec.rules),
            _ => (&[], &[]),
        };
        let http = http.iter().flat_map(|rule| {
            let filters = rule.filters.iter().chain(rule.backend_refs.iter().flat_map(|b| &b.filters));
            let mirrors = filters.filter_map(|f| f.request_mirror.as_deref()).map(|m| (m.backend_ref.reference(), true));
            rule.backend_refs.iter().map(|b| (b.reference(), false)).chain(mirrors)
        });
        let grpc = grpc.iter().flat_map(|rule| {
            let filters = rule.filters.iter().chain(rule.backend_refs.iter().flat_map(|b| &b.filters));
            let mirrors = filters.filter_map(|f| f.request_mirror.as_deref()).map(|m| (m.backend_ref.reference(), true));
            rule.backend_refs.iter().map(|b| (b.reference(), false)).chain(mirrors)
        });
        let tls = tls.iter().flat_map(|rule| rule.backend_refs.iter().map(|b| (b.reference(), false)));
        let l4 = l4.iter().flat_map(|rule| rule.backend_refs.iter().map(|b| (b.reference(), false)));
        http.chain(grpc).chain(tls).chain(l4)
    }

    /// Whether a rule of it has no backendRefs where that means something: what stands before Services sends on to them, and
    /// what another route hands to may be answered there.
    pub fn lacks_backends(&self) -> bool {
        let at_gateways = |parent: ParentView<'_>| !matches!(parent.verdict, ParentVerdict::Service(_) | ParentVerdict::Elsewhere);
        let lacks = match &self.object.resource().spec {
            Spec::HttpRoute(route) => route.spec.rules.is_empty() || route.spec.rules.iter().any(|rule| rule.backend_refs.is_empty()),
            Spec::GrpcRoute(route) => route.spec.rules.iter().any(|rule| rule.backend_refs.is_empty()),
            _ => false,
        };
        lacks && !self.parents.is_empty() && self.parent_views().all(at_gateways)
    }

    /// Whether a backend of it has the weight 0.
    pub fn has_zero_weights(&self) -> bool {
        self.references().any(|(reference, mirror)| !mirror && reference.weight() == 0)
    }

    /// Whether a rule of it has a filter of the product's.
    pub fn has_extensions(&self) -> bool {
        match &self.object.resource().spec {
            Spec::HttpRoute(route) => {
                let filters = |rule: &'m HttpRouteRule| rule.filters.iter().chain(rule.backend_refs.iter().flat_map(|b| &b.filters));
                route.spec.rules.iter().any(|rule| filters(rule).any(|filter| filter.extension_ref.is_some()))
            }
            Spec::GrpcRoute(route) => {
                let filters = |rule: &'m GrpcRouteRule| rule.filters.iter().chain(rule.backend_refs.iter().flat_map(|b| &b.filters));
                route.spec.rules.iter().any(|rule| filters(rule).any(|filter| filter.extension_ref.is_some()))
            }
            _ => false,
        }
    }

    /// Whether a policy of a product acts on it, by name or by labels.
    pub fn has_policies(&self) -> bool {
        let kind = &*self.object.resource().id.kind;
        self.object.neighbours(Kind::Policy, self.object.namespace()).any(|policy| match &policy.resource().spec {
            Spec::Policy(content) => {
                let named = content.targets().any(|target| {
                    target.kind.as_ref().is_some_and(|own| ***own == *kind)
                        && target.name.as_ref().is_some_and(|n| ***n == *self.object.id.name)
                });
                named || content.spec.as_deref().is_some_and(|spec| !spec.target_selectors.is_empty())
            }
            _ => true,
        })
    }

    /// The Service that this route governs at its waypoint, for each parentRef that names one.
    pub fn service_parents(&self) -> impl Iterator<Item = (&'m At<ParentRef>, Object<'m>)> {
        self.parent_views().filter_map(|parent| match parent.verdict {
            ParentVerdict::Service(ix) => Some((parent.reference, parent.route.object.sibling(*ix)?)),
            _ => None,
        })
    }
}

impl<'m> ParentView<'m> {
    /// The Gateway or ListenerSet that it names, when it is clear which.
    pub fn object(&self) -> Option<Object<'m>> {
        let kind = match (self.reference.group(), self.reference.kind()) {
            (GROUP, "Gateway") => Kind::Gateway,
            (GROUP, "ListenerSet") => Kind::ListenerSet,
            ("gateway.networking.x-k8s.io", "XListenerSet") => Kind::XListenerSet,
            _ => return None,
        };
        let from = self.route.object;
        from.get(kind, &from.namespace_or_own(self.reference.namespace.as_deref()), &self.reference.name)
    }

    /// Whether the parent does not take the route, and how sure that is.
    fn refused(&self) -> Option<Certainty> {
        match self.verdict {
            ParentVerdict::Refused { .. } => Some(Certainty::Sure),
            ParentVerdict::Missing(missing) => Some(missing.certainty),
            _ => None,
        }
    }

    /// Whether the verdict is a problem of its own: not part of [`RouteView::attaches_nowhere`]. Where that is only
    /// possible, what is known of one parent still is.
    pub fn speaks_for_itself(&self) -> bool {
        match self.route.attaches_nowhere() {
            None => true,
            Some(Certainty::Possible) => self.refused() > Some(Certainty::Possible),
            Some(_) => false,
        }
    }

    /// The listeners that the reference means.
    pub fn listeners(&self) -> Vec<ListenerView<'m>> {
        self.object().map_or_else(Vec::new, |parent| self.meant(parent).collect())
    }

    fn meant(&self, parent: Object<'m>) -> impl Iterator<Item = ListenerView<'m>> {
        let reference = self.reference;
        listeners(parent)
            .into_iter()
            .filter(|l| reference.section_name.as_ref().is_none_or(|section| ***section == ***l.name))
            .filter(|l| reference.port.as_ref().is_none_or(|port| l.port.is_none_or(|own| **own == **port)))
    }

    /// The hostnames of the listeners that the reference means.
    pub fn listener_hostnames(&self, parent: Object<'m>) -> Vec<&'m At<Text>> {
        self.meant(parent).filter_map(|l| l.hostname).collect()
    }
}

/// The listeners of a Gateway or ListenerSet.
pub(super) fn listeners(object: Object<'_>) -> Vec<ListenerView<'_>> {
    match &object.resource().spec {
        Spec::Gateway(gateway) => gateway
            .spec
            .listeners
            .iter()
            .map(|l| ListenerView {
                node: l.node(),
                name: &l.name,
                hostname: l.hostname.as_ref(),
                port: Some(&l.port),
                protocol: &l.protocol,
                tls: l.tls.as_deref(),
                allowed: l.allowed_routes.as_deref(),
            })
            .collect(),
        Spec::ListenerSet(set) => set
            .spec
            .listeners
            .iter()
            .map(|l| ListenerView {
                node: l.node(),
                name: &l.name,
                hostname: l.hostname.as_ref(),
                // 0 stands for a port that the Gateway gives
                port: Some(&l.port).filter(|p| ***p != 0),
                protocol: &l.protocol,
                tls: l.tls.as_deref(),
                allowed: l.allowed_routes.as_deref(),
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// The names of the listeners of a Gateway or ListenerSet.
pub fn listener_names(object: Object<'_>) -> Vec<&At<Text>> {
    listeners(object).iter().map(|l| l.name).collect()
}

/// Where the listeners (or the one of that name) say which namespaces they admit, with a few words; the listener itself
/// where it says nothing.
pub fn allowing_places(object: Object<'_>, section: Option<&Text>) -> Vec<(NodeId, &'static str)> {
    listeners(object)
        .into_iter()
        .filter(|l| section.is_none_or(|section| **section == ***l.name))
        .map(|l| match l.allowed.and_then(|a| a.namespaces.as_ref()) {
            Some(rule) => match rule.from.as_ref() {
                Some(from) => (from.node(), "admits these only"),
                None => (rule.node(), "admits its own namespace only"),
            },
            None => (l.name.node(), "admits its own namespace only"),
        })
        .collect()
}
