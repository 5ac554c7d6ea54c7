//! `gateway-api-version`: the words are in rules/gateway-api-version.md.
use super::prelude::*;

pub(in crate::checks) struct GatewayApiVersion;

impl Rule for GatewayApiVersion {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for (object, bundle, least) in mesh.too_new_for_definitions() {
            out.finding(&object.resource().api_version)
                .about(object)
                .say(format!("{} needs the Gateway API {least} or later, and its definitions here are {}", object.id, bundle.value))
                .label("not looked at")
                .also_at(bundle.place, "these definitions")
                .note("Istio passes over kinds whose definitions are older than it needs, and says so in its log only")
                .help(format!("apply the definitions of the Gateway API {least} or later"));
        }
    }
}
