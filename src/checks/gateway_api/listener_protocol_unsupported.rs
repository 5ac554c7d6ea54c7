//! `listener-protocol-unsupported`: the words are in rules/listener-protocol-unsupported.md.
use super::prelude::*;
use crate::mesh::Role;
use crate::mesh::status::Reason;
use crate::text::near;

pub(in crate::checks) struct ListenerProtocolUnsupported;

const PROTOCOLS: [&str; 5] = ["HTTP", "HTTPS", "TLS", "TCP", "UDP"];

impl Rule for ListenerProtocolUnsupported {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        // what waypoints and east-west gateways speak is a matter of their own
        for gateway in mesh.gateways().filter(|gateway| matches!(gateway.role(), Role::Ingress | Role::Unknown)) {
            for listener in gateway.effective_listeners() {
                let faults = listener.acceptance_faults(gateway);
                if !faults.iter().any(|fault| fault.reason == Reason::UnsupportedProtocol) {
                    continue;
                }
                let (protocol, name) = (listener.view.protocol, listener.view.name);
                let draft = out
                    .finding(protocol)
                    .about(listener.parent)
                    .certainty(if gateway.role() == Role::Unknown { Likely } else { Certainty::Sure })
                    .say(format!("listener `{name}` of {} has the protocol `{protocol}`, which no gateway speaks", listener.parent.id))
                    .label("no protocol of the Gateway API")
                    .note("the listener is not accepted: nothing listens on its port, and no route attaches");
                let same = PROTOCOLS.into_iter().find(|known| known.eq_ignore_ascii_case(protocol));
                match (same, near(protocol, PROTOCOLS)) {
                    (Some(meant), _) => {
                        draft.help(format!("write `{meant}`")).fix_by_setting(Safe, format!("write `{meant}`"), protocol.node(), meant)
                    }
                    (None, Some(meant)) => draft.help(format!("write `{meant}` if that is the one")).fix_by_setting(
                        Unsafe,
                        format!("write `{meant}`"),
                        protocol.node(),
                        meant,
                    ),
                    (None, None) => draft.help("use HTTP, HTTPS, TLS, TCP or UDP").fix(Manual, "use one of HTTP, HTTPS, TLS, TCP and UDP"),
                };
            }
        }
    }
}
