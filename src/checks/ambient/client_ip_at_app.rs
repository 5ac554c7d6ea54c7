//! `client-ip-at-app`: the words are in rules/client-ip-at-app.md.
use super::prelude::*;

pub(in crate::checks) struct ClientIpAtApp;

impl Rule for ClientIpAtApp {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for found in mesh.outside_addresses() {
            let help = "check client addresses at the gateway, with `remoteIpBlocks` or a policy of its own";
            out.finding(found.block)
                .about(found.policy)
                .say(format!(
                    "{} asks pods of Service {} for a client address of the internet, where they see that of Gateway {}",
                    found.policy.id,
                    path(found.service),
                    path(found.gateway)
                ))
                .label("an address of a client outside")
                .also(name_of(found.route), "requests come by this route")
                .note("the connection to the pods is the gateway's: its source is the address of the gateway's pod, whoever the client is")
                .help(help)
                .fix(Manual, help);
        }
    }
}
