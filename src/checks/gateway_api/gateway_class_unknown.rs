//! `gateway-class-unknown`: the words are in rules/gateway-class-unknown.md.
use super::prelude::*;
use crate::mesh::{Lookup, class_meant};
use crate::model::{Kind, Namespace};

pub(in crate::checks) struct GatewayClassUnknown;

impl Rule for GatewayClassUnknown {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for gateway in mesh.gateways().filter(|gateway| !gateway.class_is_known()) {
            let class = &gateway.spec.gateway_class_name;
            let Lookup::Missing(missing) = gateway.object.find(Kind::GatewayClass, &Namespace::Cluster, class) else { continue };
            let beside = missing.near.and_then(|ix| gateway.object.sibling(ix));
            let meant = beside.map(|other| other.id.name.to_string()).or_else(|| class_meant(class).map(ToOwned::to_owned));
            let draft = out
                .finding(class)
                .about(gateway.object)
                // classes are seldom beside the Gateways that use them; a slip of the keyboard is one wherever they are
                .certainty(if meant.is_some() || mesh.settings().complete { Certainty::Sure } else { Possible })
                .say(format!("there is no GatewayClass `{class}`"))
                .label("names no class")
                .note("no controller serves the Gateway: it stays `Pending`, without pods and without an address");
            match meant {
                Some(meant) => draft.help(format!("use `{meant}` if that is the one")).fix_by_setting(
                    Unsafe,
                    format!("use `{meant}`"),
                    class.node(),
                    meant,
                ),
                None => draft
                    .help("name a class that exists; list those of other repositories under `assume.gatewayClasses`")
                    .fix(Manual, "name a class that exists"),
            };
        }
    }
}
