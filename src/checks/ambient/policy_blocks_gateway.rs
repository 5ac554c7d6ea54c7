//! `policy-blocks-gateway`: the words are in rules/policy-blocks-gateway.md.
use super::prelude::*;

pub(in crate::checks) struct PolicyBlocksGateway;

impl Rule for PolicyBlocksGateway {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for found in mesh.unadmitted_gateways() {
            let (gateway, service) = (path(found.gateway.object), path(found.service.object));
            let help = format!("allow the principal `{}`", found.principal);
            let draft = out
                .finding(name_of(found.policy))
                .about(found.policy)
                .certainty(if mesh.settings().complete { Certainty::Sure } else { Likely })
                .say(format!("{} does not let Gateway {gateway} in, which sends requests to Service {service}", found.policy.id))
                .label("allows others only")
                .also_at(found.route.map(|route| name_of(route.object)), "the route")
                .also(name_of(found.gateway.object), "the gateway")
                .note(format!(
                    "to the pods the requests come from `{}`: ztunnel closes the connection, and clients get 503",
                    found.principal
                ))
                .help(help.clone());
            match found.list {
                Some((source, list, entry)) => {
                    draft.fix_by(Unsafe, format!("add `{entry}` to `{list}`"), |e| _ = e.append(source, &[list], entry.clone()));
                }
                None => _ = draft.fix(Manual, help),
            }
        }
    }
}
