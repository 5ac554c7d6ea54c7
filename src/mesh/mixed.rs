//! VirtualServices and Gateway API routes for the same traffic: ambient mode has no rule for the two together.

use rustc_hash::FxHashMap;

use super::classes::Role;
use super::enrolment::{Capture, DATAPLANE_MODE};
use super::facts::Fact;
use super::routes::{Governing, RouteView};
use super::services::ServiceView;
use super::waypoint::Binding;
use super::{Certainty, Mesh, Object};
use crate::model::{Kind, Spec, Text};
use crate::yaml::At;

/// Where a VirtualService and a route meet.
#[derive(Clone, Copy, Debug)]
pub enum Meeting<'m> {
    /// At the waypoint of a Service that both are for.
    Waypoint(ServiceView<'m>),
    /// The route sends requests from a gateway to the Service, and the VirtualService routes them again at its waypoint.
    OnTheWay(ServiceView<'m>),
    /// Both publish one host, each on a gateway of its own kind.
    Host,
}

/// A VirtualService and a route for the same traffic.
#[derive(Clone, Copy, Debug)]
pub struct Mix<'m> {
    /// The VirtualService.
    pub virtual_service: Object<'m>,
    /// The host of it.
    pub host: &'m At<Text>,
    /// The route.
    pub route: RouteView<'m>,
    /// Where they meet.
    pub meeting: Meeting<'m>,
    /// How sure that is.
    pub certainty: Certainty,
}

/// What the routes of the input are for.
struct Routes<'m> {
    governing: Governing<'m>,
    ingress: FxHashMap<(usize, u32), Vec<RouteView<'m>>>,
    hosts: FxHashMap<(usize, String), RouteView<'m>>,
}

impl<'m> Routes<'m> {
    fn of(mesh: &'m Mesh) -> Self {
        let mut routes = Self { governing: mesh.governing_routes(), ingress: FxHashMap::default(), hosts: FxHashMap::default() };
        for route in mesh.routes().filter(|r| is_http(*r) && r.gateways().any(|g| g.role() != Role::Waypoint)) {
            for service in route.backends().filter(|b| !b.mirror).filter_map(|b| b.service()) {
                routes.ingress.entry((service.object.cluster, service.object.ix)).or_default().push(route);
            }
            for host in route.hostnames {
                routes.hosts.entry((route.object.cluster, host.to_lowercase())).or_insert(route);
            }
        }
        routes
    }
}

impl Mesh {
    /// Every host of a VirtualService that a route is for as well, where that matters in ambient mode.
    pub fn mixes(&self) -> Vec<Mix<'_>> {
        let mut virtual_services = self.objects(Kind::VirtualService).peekable();
        if virtual_services.peek().is_none() {
            return Vec::new();
        }
        let routes = Routes::of(self);
        virtual_services
            .filter_map(|object| match &object.resource().spec {
                Spec::VirtualService(spec) => Some((object, spec.spec.as_deref()?)),
                _ => None,
            })
            .filter(|(_, spec)| !spec.http.is_empty())
            .flat_map(|(object, spec)| spec.hosts.iter().map(move |host| (object, spec, host)))
            .filter_map(|(virtual_service, spec, host)| {
                let in_mesh = spec.gateways.is_empty() || spec.gateways.iter().any(|g| &***g == "mesh");
                let at_gateway = spec.gateways.iter().any(|g| &***g != "mesh");
                let inside = || virtual_service.service_of_host(host).filter(|_| in_mesh).and_then(|s| meet_inside(&routes, s));
                let outside = || meet_outside(&routes, virtual_service, host).filter(|_| at_gateway);
                let (route, meeting, certainty) = inside().or_else(outside)?;
                let certainty = if spec.export_to.is_empty() { certainty } else { Certainty::Possible };
                Some(Mix { virtual_service, host, route, meeting, certainty })
            })
            .collect()
    }
}

/// A VirtualService for clients in the mesh acts at the Service's waypoint. Without one it does nothing, and neither does
/// a route there.
fn meet_inside<'m>(routes: &Routes<'m>, service: ServiceView<'m>) -> Option<(RouteView<'m>, Meeting<'m>, Certainty)> {
    let captured = match service.capture() {
        Capture::Captured => Certainty::Sure,
        Capture::Unknown => Certainty::Possible,
        Capture::Not(_) => return None,
    };
    let bound = match service.binding() {
        Binding::Bound { .. } | Binding::Automatic(_) => Certainty::Sure,
        Binding::Missing(..) => Certainty::Likely,
        Binding::Unknown => Certainty::Possible,
        Binding::Unlabelled | Binding::OptedOut(_) | Binding::Refused { .. } | Binding::Misspelt => return None,
    };
    let certainty = captured.min(bound);
    let key = (service.object.cluster, service.object.ix);
    let governing = routes.governing.get(&key).into_iter().flatten().map(|(route, _)| *route).find(|r| is_http(*r));
    if let Some(route) = governing {
        return Some((route, Meeting::Waypoint(service), certainty));
    }
    let passes = |route: &RouteView<'m>| route.ingresses().any(|g| service.ingress_passes_waypoint(g) == Fact::Known(true));
    let passing = routes.ingress.get(&key).into_iter().flatten().copied().find(passes)?;
    Some((passing, Meeting::OnTheWay(service), certainty))
}

/// A VirtualService on a classic gateway, in a namespace of the mesh, for the host of a route. Two gateways may well
/// share a host for a while, or behind different names of the network.
fn meet_outside<'m>(routes: &Routes<'m>, from: Object<'m>, host: &str) -> Option<(RouteView<'m>, Meeting<'m>, Certainty)> {
    let Fact::Known(Some(mode)) = from.namespace_label(from.namespace(), DATAPLANE_MODE) else { return None };
    let route = routes.hosts.get(&(from.cluster, host.to_lowercase())).filter(|_| mode.value == "ambient")?;
    Some((*route, Meeting::Host, Certainty::Likely))
}

fn is_http(route: RouteView<'_>) -> bool {
    matches!(route.object.kind, Kind::HttpRoute | Kind::GrpcRoute)
}
