//! `peerauth-portlevel-useless`: the words are in rules/peerauth-portlevel-useless.md.
use super::prelude::*;
use crate::mesh::WhyUseless;

pub(in crate::checks) struct PeerauthPortlevelUseless;

impl Rule for PeerauthPortlevelUseless {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for found in mesh.useless_ports() {
            let (policy, port) = (found.policy, &**found.port);
            match found.because {
                WhyUseless::NoSelector => out
                    .finding(found.port)
                    .say(format!("{} sets modes for ports and selects no pods: they have no effect", policy.id))
                    .label("needs a selector")
                    .note("ports are read only in a policy for chosen pods; here the mode of the whole policy holds on every port")
                    .help("add a `selector` with the labels of the pods")
                    .fix(Manual, "add a selector"),
                WhyUseless::ServicePort { service, target, at, declared, instead } => {
                    let draft = out
                        .finding(found.port)
                        .say(format!(
                            "{} sets a mode for port {port}, which is a port of Service {}: the pods listen on {target}",
                            policy.id,
                            path(service)
                        ))
                        .label("ports here are those of the pods")
                        .also(at, "the Service sends it there")
                        .note(format!("the mode holds on port {port} of the pods, where nobody listens"))
                        .help(format!("name the port of the pods, {target}"));
                    let draft = match instead {
                        Some(number) => draft.fix_by(Unsafe, format!("move the mode to the port of the pods, {number}"), |edits| {
                            edits.rename(found.entry, number.to_string());
                        }),
                        None => draft.fix(Manual, "move the mode to the port of the pods"),
                    };
                    if declared { draft } else { draft.certainty(Likely) }
                }
                WhyUseless::Disable { at, strict } => out
                    .finding(at)
                    .say(format!(
                        "`DISABLE` for port {port} in {} does not count under an inherited STRICT: ztunnel goes on to reject plain text",
                        policy.id
                    ))
                    .label("ambient takes only `PERMISSIVE` here")
                    .also_at(strict.because, "STRICT is inherited from here")
                    .note("without `mtls.mode` of its own the policy inherits STRICT, and only ports set to PERMISSIVE are taken out of it")
                    .help("write `PERMISSIVE`")
                    .fix_by_setting(Unsafe, "set it to PERMISSIVE", at, "PERMISSIVE"),
            }
            .about(policy);
        }
    }
}
