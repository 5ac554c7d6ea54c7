//! `gg-multinetwork-env`: the words are in rules/gg-multinetwork-env.md.
use super::prelude::*;
use super::switches::{self, needing};
use crate::mesh::{GatewayView, Product, Spot, Switch};

pub(in crate::checks) struct GgMultinetworkEnv;

const VARIABLE: &str = "GG_AMBIENT_MULTINETWORK";

/// The variable, and where it belongs, for a Gateway whose controller is seen not to have it.
pub(super) fn lacking(gateway: GatewayView<'_>) -> Option<(Spot, &'static str)> {
    let switch = (gateway.product == Product::Gloo).then(|| gateway.object.platform().switch(Product::Gloo, VARIABLE))?;
    Some((switch.spot()?, VARIABLE))
}

impl Rule for GgMultinetworkEnv {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for (gateway, backend) in needing(mesh, |product, backend| product == Product::Gloo && backend.global().is_some()) {
            let platform = gateway.object.platform();
            // from this line on the variable is known to decide; before it, it may be missing for good reasons
            let current = platform.at_least(Product::Gloo, "1.18") == Some(true);
            let switch = platform.switch(Product::Gloo, VARIABLE);
            if switch == Switch::Unknown && !current {
                continue;
            }
            let Some(draft) = switches::finding(out, switch, &backend, VARIABLE) else { continue };
            let draft = draft
                .say(match switch {
                    Switch::NotText(_) => format!("`{VARIABLE}` is a boolean, and an environment variable needs text"),
                    Switch::Unknown => format!("Gloo Gateway routes to global host `{}` only with `{VARIABLE}`", backend.name()),
                    Switch::Off(_) => {
                        format!("`{VARIABLE}` is not \"true\": Gloo Gateway cannot route to global host `{}`", backend.name())
                    }
                    _ => format!("`{VARIABLE}` is not set: Gloo Gateway cannot route to global host `{}`", backend.name()),
                })
                .about(backend.route.object)
                .note(match switch {
                    Switch::NotText(_) => "the API server refuses the Deployment, and Gloo Gateway stays as it was",
                    _ => "the gateway finds no such host: the route gets BackendNotFound and requests are answered with 500",
                })
                .help(format!("set `{VARIABLE}` to \"true\" in `gloo.gloo.deployment.customEnv` of the Helm values"));
            let draft = switches::fix(draft, switch, VARIABLE);
            if !current {
                draft.otherwise();
            }
        }
    }
}
