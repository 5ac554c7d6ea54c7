//! The tables by which gateways and waypoints answer, made once however many requests are asked about.

use std::cell::RefCell;
use std::rc::Rc;

use rustc_hash::FxHashMap;

use crate::mesh::precedence::Profile;
use crate::mesh::routes::GatewayView;
use crate::mesh::routing::{RoutingTable, ServiceRoutes};
use crate::mesh::services::ServiceView;

type OfService<'m> = FxHashMap<(usize, u32, i64, Profile), Option<Rc<ServiceRoutes<'m>>>>;

/// Tables that have been made.
#[derive(Debug, Default)]
pub struct Tables<'m> {
    /// Whose order of rules holds; that of each product without it.
    pub profile: Option<Profile>,
    gateways: RefCell<FxHashMap<(usize, u32), Rc<RoutingTable<'m>>>>,
    services: RefCell<OfService<'m>>,
}

impl<'m> Tables<'m> {
    /// No tables yet, for the order of rules of a profile, or of each product.
    pub fn new(profile: Option<Profile>) -> Self {
        Self { profile, ..Self::default() }
    }

    /// The table of a Gateway.
    pub fn of(&self, gateway: GatewayView<'m>) -> Rc<RoutingTable<'m>> {
        let key = (gateway.object.cluster, gateway.object.ix);
        let make = || Rc::new(gateway.routing(self.profile.unwrap_or_else(|| gateway.profile())));
        self.gateways.borrow_mut().entry(key).or_insert_with(make).clone()
    }

    /// The routes that a waypoint follows for a port of a Service; none when there are none.
    pub(super) fn at_waypoint(&self, waypoint: GatewayView<'m>, service: ServiceView<'m>, port: i64) -> Option<Rc<ServiceRoutes<'m>>> {
        let profile = self.profile.unwrap_or(Profile::of(waypoint.product));
        let key = (service.object.cluster, service.object.ix, port, profile);
        let make = || service.routing(port, profile).map(Rc::new);
        self.services.borrow_mut().entry(key).or_insert_with(make).clone()
    }
}
