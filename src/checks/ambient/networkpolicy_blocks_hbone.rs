//! `networkpolicy-blocks-hbone`: the words are in rules/networkpolicy-blocks-hbone.md.
use serde_json::json;

use super::prelude::*;

pub(in crate::checks) struct NetworkpolicyBlocksHbone;

impl Rule for NetworkpolicyBlocksHbone {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for route in mesh.routes() {
            for gateway in route.ingresses() {
                for backend in route.backends() {
                    let port = backend.port().map(|port| **port);
                    for service in backend.services().into_iter().filter(|s| s.object.cluster() == gateway.object.cluster()) {
                        for found in gateway.blocked_tunnels(service, port) {
                            let (from, to) = (path(gateway.object), path(service.object));
                            let message = if found.egress {
                                format!(
                                    "{} lets Gateway {from} send to Service {to}, but not on port 15008, where the mesh delivers",
                                    found.policy.id
                                )
                            } else {
                                format!(
                                    "{} lets Gateway {from} reach Service {to}, but not on port 15008, where the mesh delivers",
                                    found.policy.id
                                )
                            };
                            out.finding(found.port)
                                .about(found.policy)
                                .certainty(found.certainty)
                                .say(message)
                                .label("requests do not arrive on this port once both sides are in the mesh")
                                .also(backend.name(), "the route to this backend")
                                .note("the tunnel between the two is cut: requests wait until they time out, and the gateway answers 503")
                                .help("allow TCP port 15008 beside it")
                                .fix_by(Unsafe, "add TCP port 15008 to the rule", |edits| {
                                    // as the port beside it is written
                                    let port = match found.protocol {
                                        Some(true) => json!({ "protocol": "TCP", "port": 15008 }),
                                        Some(false) => json!({ "port": 15008, "protocol": "TCP" }),
                                        None => json!({ "port": 15008 }),
                                    };
                                    edits.append(found.rule, &["ports"], port);
                                });
                        }
                    }
                }
            }
        }
    }
}
