//! What a waypoint does with requests for a Service: the routes whose parent is the Service (Gateway API: GAMMA).

use super::build::Builder;
use super::{Fault, Match, Request, Rule, Tried, VirtualHost, evaluate};
use crate::mesh::precedence::{Profile, ages};
use crate::mesh::routes::ROUTES;
use crate::mesh::{RouteView, ServiceView};
use crate::model::{Kind, Text};

/// The routes of a Service and port, in the order in which their rules are tried.
#[derive(Debug)]
pub struct ServiceRoutes<'m> {
    /// The rules of all of them.
    pub rules: Vec<Rule<'m>>,
    /// Their order. Hostnames count for nothing here.
    pub table: VirtualHost,
}

impl<'m> ServiceView<'m> {
    /// The routes that its waypoint follows for a port: those whose parent is the Service, in its own namespace. One in
    /// another namespace speaks for the clients there only.
    pub fn governing(&self, port: i64) -> Vec<RouteView<'m>> {
        let routes = ROUTES.into_iter().flat_map(|kind| self.object.neighbours(kind, self.object.namespace()));
        let here = |route: &RouteView<'m>| {
            let mut parents = route.service_parents();
            parents.any(|(reference, service)| service == self.object && reference.port.as_ref().is_none_or(|own| **own == port))
        };
        routes.filter_map(RouteView::of).filter(here).collect()
    }

    /// What its waypoint does with requests for a port; none where no route says anything, so that they go on to the pods.
    pub fn routing(&self, port: i64, profile: Profile) -> Option<ServiceRoutes<'m>> {
        let mut routes = self.governing(port);
        routes.retain(|route| matches!(route.object.kind, Kind::HttpRoute | Kind::GrpcRoute));
        if routes.is_empty() {
            return None;
        }
        let aged = ages(routes.iter().map(|route| route.object.resource().meta.creation_timestamp.as_deref()));
        let mut builder = Builder::new(profile, Fault::None);
        let mut table = VirtualHost::default();
        let every = Text::from("*");
        for route in routes {
            let rules = builder.rules_of(route);
            builder.entries(&mut table, route, &every, rules, aged);
        }
        table.sort();
        Some(ServiceRoutes { rules: builder.rules, table })
    }
}

impl<'m> ServiceRoutes<'m> {
    /// The rule that takes a request, and its match.
    pub fn answer(&self, request: &Request) -> Option<(&Rule<'m>, &Match<'m>)> {
        self.tried(request).find(|tried| tried.fits.is_ok()).map(|tried| (tried.rule, tried.matching))
    }

    /// All matches in the order in which they are tried, with what becomes of a request at each.
    pub fn tried<'t, 'r>(&'t self, request: &'r Request) -> impl Iterator<Item = Tried<'t, 'm>> + use<'t, 'r, 'm> {
        evaluate::tried(&self.rules, &self.table, request, Fault::None)
    }
}
