//! `kgw-istio-integration-env`: the words are in rules/kgw-istio-integration-env.md.
use super::prelude::*;
use super::switches::{self, needing};
use crate::mesh::{Backend, BackendVerdict, GatewayView, NETWORKING, Product, Spot, Switch};

pub(in crate::checks) struct KgwIstioIntegrationEnv;

const VARIABLE: &str = "KGW_ENABLE_ISTIO_INTEGRATION";

impl Rule for KgwIstioIntegrationEnv {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for (gateway, backend) in needing(mesh, |product, backend| gate(product).is_some() && of_istio(backend)) {
            let (platform, product) = (gateway.object.platform(), gateway.product);
            let Some((version, setting)) = gate(product) else { continue };
            let off_by_default = platform.at_least(product, version);
            let switch = platform.switch(product, VARIABLE);
            // what is switched off is off in every version
            let decided = matches!(switch, Switch::Off(_) | Switch::NotText(_)) || off_by_default == Some(true);
            if !decided && (off_by_default == Some(false) || switch == Switch::Unknown) {
                continue;
            }
            let Some(draft) = switches::finding(out, switch, &backend, VARIABLE) else { continue };
            let (kind, shown) = (backend.reference.kind(), product.name());
            let draft = draft
                .say(match switch {
                    Switch::Off(_) | Switch::NotText(_) => {
                        format!("`{VARIABLE}` is off: {shown} ignores backends of kind {kind} such as `{}`", backend.name())
                    }
                    Switch::Unknown => format!("{shown} routes to {kind} `{}` only with `{VARIABLE}`", backend.name()),
                    _ => format!("`{VARIABLE}` is not set: {shown} ignores backends of kind {kind} such as `{}`", backend.name()),
                })
                .about(backend.route.object)
                .note("the backend is not resolved: its requests are answered with 500")
                .help(format!("set `controller.extraEnv.{VARIABLE}: true` in the Helm values"));
            let draft = switches::fix(draft, switch, VARIABLE);
            if !decided {
                draft.undecided(setting);
            }
        }
    }
}

/// The variable, and where it belongs, for a Gateway whose controller is seen not to have it and needs it.
pub(super) fn lacking(gateway: GatewayView<'_>) -> Option<(Spot, &'static str)> {
    let (platform, product) = (gateway.object.platform(), gateway.product);
    let (version, _) = gate(product)?;
    let switch = platform.switch(product, VARIABLE);
    let decided = matches!(switch, Switch::Off(_) | Switch::NotText(_)) || platform.at_least(product, version) == Some(true);
    Some((switch.spot().filter(|_| decided)?, VARIABLE))
}

/// From which version on the variable is off unless set, and the setting that states the version.
const fn gate(product: Product) -> Option<(&'static str, &'static str)> {
    match product {
        Product::Kgateway => Some(("2.3", "gateway.kgateway.version")),
        // 2.2 is built on kgateway 2.3, its release candidates too
        Product::EnterpriseKgateway => Some(("2.2.0-rc.0", "gateway.enterpriseKgateway.version")),
        _ => None,
    }
}

/// Whether a backend is of a kind that kgateway knows by its integration with Istio only.
fn of_istio(backend: &Backend<'_>) -> bool {
    let entry = || backend.reference.group() == NETWORKING && backend.reference.kind() == "ServiceEntry";
    matches!(backend.verdict, BackendVerdict::Host(..)) || entry()
}
