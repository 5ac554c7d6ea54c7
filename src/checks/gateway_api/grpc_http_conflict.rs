//! `grpc-http-conflict`: the words are in rules/grpc-http-conflict.md.
use super::prelude::*;
use crate::mesh::status::GatewayStatus;
use crate::model::Kind;

pub(in crate::checks) struct GrpcHttpConflict;

impl Rule for GrpcHttpConflict {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        if mesh.objects(Kind::GrpcRoute).next().is_none() {
            return;
        }
        for gateway in mesh.gateways() {
            let status = gateway.status();
            let mut said: Vec<Object<'_>> = Vec::new();
            for listener in GatewayStatus::all_listeners(&status) {
                for (lost, winner) in &listener.crossed {
                    if said.contains(&lost.object) {
                        continue;
                    }
                    said.push(lost.object);
                    let aged = lost.object.meta.creation_timestamp.is_some() && winner.object.meta.creation_timestamp.is_some();
                    let note = if aged {
                        "the older route keeps the host; this one is not accepted on the listener, with all of its rules"
                    } else {
                        "the route that is made later is not accepted on the listener, with all of its rules; which one that is stands in no file"
                    };
                    out.finding(name_of(lost.object))
                        .about(lost.object)
                        // what the Gateway API asks for; some products serve both
                        .certainty(Likely)
                        .say(format!(
                            "{} and {} have a host in common on listener `{}` of {}",
                            lost.object.id, winner.object.id, **listener.listener.view.name, listener.listener.parent.id
                        ))
                        .label("not beside the other kind")
                        .also(name_of(winner.object), "has the host too")
                        .note(note)
                        .help("give HTTP and gRPC a hostname each, or a listener each");
                }
            }
        }
    }
}
