//! `helm-gateway-captured`: the words are in rules/helm-gateway-captured.md.
use super::prelude::*;
use crate::mesh::DATAPLANE_MODE;

pub(in crate::checks) struct HelmGatewayCaptured;

impl Rule for HelmGatewayCaptured {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for (gateway, version, labels) in mesh.old_chart_gateways() {
            let title = format!("label the pods `{DATAPLANE_MODE}: none`");
            out.finding(name_of(gateway))
                .about(gateway)
                .say(format!("{} is a gateway by Istio's chart {version} in a namespace of the mesh, and does not keep out of it", gateway.id))
                .label("ztunnel captures its pods")
                .also_at(gateway.namespace_object(gateway.namespace()).map(name_of), "this namespace is in the mesh")
                .note("charts before 1.25 do not set the label: the gateway's own proxy and ztunnel both take the traffic, and under STRICT clients from outside are rejected")
                .help(title.clone())
                .fix_by(Unsafe, title, |e| _ = e.insert(labels, &[DATAPLANE_MODE], "none"));
        }
    }
}
