//! `community-multinetwork-flag`: the words are in rules/community-multinetwork-flag.md.
use super::prelude::*;
use crate::mesh::MULTI_NETWORK;

pub(in crate::checks) struct CommunityMultinetworkFlag;

impl Rule for CommunityMultinetworkFlag {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for (gateway, map, keys) in mesh.untold_east_west() {
            let title = format!("set `{MULTI_NETWORK}` to `\"true\"` for istiod");
            let mut whole = keys.to_vec();
            whole.push(MULTI_NETWORK);
            out.finding(&gateway.spec.gateway_class_name)
                .about(gateway.object)
                .say(format!("Gateway {} joins networks, and istiod is not told of `{MULTI_NETWORK}`", path(gateway.object)))
                .label("a class that istiod serves only then")
                .note("without the variable istiod does not know the class: no gateway runs, and other clusters are not reached")
                .help(title.clone())
                .fix_by(Unsafe, title, |e| _ = e.insert(map, &whole, "true"));
        }
    }
}
