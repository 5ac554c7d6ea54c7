//! `virtualservice-gatewayapi-mix`: the words are in rules/virtualservice-gatewayapi-mix.md.
use super::prelude::*;
use crate::mesh::{Meeting, Mix};

pub(in crate::checks) struct VirtualserviceGatewayapiMix;

impl Rule for VirtualserviceGatewayapiMix {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for Mix { virtual_service, host, route, meeting, certainty } in mesh.mixes() {
            let (kind, place) = (&route.object.id.kind, name_of(route.object));
            let both = format!("{} and {}", virtual_service.id, route.object.id);
            let draft = out.finding(host).about(virtual_service).certainty(certainty);
            match meeting {
                Meeting::Waypoint(service) => draft
                    .say(format!("{both} both govern {} at its waypoint", service.object.id))
                    .label("the host of that Service")
                    .also(place, "its parent is the same Service")
                    .note(format!("the waypoint follows the {kind}; what the VirtualService says is not applied"))
                    .help(format!("move what the VirtualService does into the {kind}, and remove the VirtualService")),
                Meeting::OnTheWay(service) => draft
                    .otherwise()
                    .say(format!("{both} both route what comes in for {}", service.object.id))
                    .label("the host of that Service")
                    .also(place, "sends to the same Service, by way of its waypoint")
                    .note("ambient mode has no support for a VirtualService together with Gateway API routes: what the two do together is not defined")
                    .help(format!("replace the VirtualService by a route whose parent is Service `{}`", service.object.id.name)),
                Meeting::Host => draft
                    .otherwise()
                    .say(format!("{both} both publish host `{host}`"))
                    .label("on gateways of Istio's own kind")
                    .also(place, "on a gateway of the Gateway API")
                    .note("which of the two answers depends on the gateway that the name of the host leads to")
                    .help("publish the host by one of them"),
            };
        }
    }
}
