//! How a request comes in at a Gateway: past its ztunnel, or through it.

use super::{Because, Caller, End, Party, Request, Step, Transport};
use crate::mesh::Certainty;
use crate::mesh::classes::Product;
use crate::mesh::enrolment::Capture;
use crate::mesh::facts::Fact;
use crate::mesh::policy::{Asked, Hop, Tokens};
use crate::mesh::routes::GatewayView;

impl<'m> GatewayView<'m> {
    /// What happens at the Gateway before any route is looked at; an end when the request goes no further. Without a
    /// caller it comes from outside the mesh.
    pub fn arrive(&self, caller: Option<&Caller<'m>>, request: &Request, port: i64) -> (Vec<Step<'m>>, Option<End<'m>>) {
        let pods = self.pods();
        let (capture, bypassed) = (pods.capture(), pods.is_bypassed());
        let mut steps = vec![Step::Capture { object: self.object, capture, bypassed }];
        let own = Party::Proxy(self.object);
        let guarded = capture == Capture::Captured && !bypassed;
        let in_mesh = caller.is_some_and(Caller::is_captured);
        let tunnelled = in_mesh && guarded;
        if let Some(caller) = caller {
            let transport = if tunnelled { Transport::Hbone } else { Transport::Plaintext };
            let identity = Fact::Known(tunnelled.then(|| caller.identity.clone()));
            steps.push(Step::Leg { from: Party::Caller, to: own, transport, identity });
        }
        if !tunnelled && let Some(rejection) = self.rejects_outside() {
            if rejection.certainty == Certainty::Sure {
                let at = Party::Ztunnel(self.object);
                steps.push(Step::Strict { at, mode: rejection.mode });
                return (steps, Some(End::Closed { by: at, because: Because::Strict }));
            }
            steps.push(Step::Unsaid("STRICT would reject clients from outside at the gateway, if ztunnel captures its pods".to_owned()));
        }
        let identity = || Fact::Known(caller.filter(|_| tunnelled).map(|caller| caller.identity.clone()));
        let asked = Asked { identity: identity(), source: request.client, port: Some(port), request, token: Fact::Known(None) };
        if guarded {
            let decision = Hop::Ztunnel(&pods).decide(&Asked { source: None, port: None, ..asked.clone() });
            let (allows, seen) = (decision.allows(), !decision.policies.is_empty());
            let at = Party::Ztunnel(self.object);
            if seen {
                steps.push(Step::Policies { at, decision });
            }
            match allows {
                Fact::Known(true) => {}
                Fact::Known(false) => return (steps, Some(End::Closed { by: at, because: Because::Policy })),
                Fact::Unknown => return (steps, Some(End::Unknown(Because::Policy))),
            }
        }
        if self.product == Product::Istio {
            let end = at_proxy(&Hop::Gateway(*self), own, asked, &mut steps);
            return (steps, end);
        }
        (steps, None)
    }
}

impl Caller<'_> {
    /// Whether ztunnel captures it.
    pub fn is_captured(&self) -> bool {
        self.pods.as_ref().is_some_and(|pods| pods.capture() == Capture::Captured)
    }
}

/// What a proxy that reads requests does with one before it looks at routes: tokens, then policies.
pub(super) fn at_proxy<'m>(hop: &Hop<'_, 'm>, at: Party<'m>, mut asked: Asked<'_>, steps: &mut Vec<Step<'m>>) -> Option<End<'m>> {
    if hop.tokens(asked.request) == Tokens::Unverified {
        steps.push(Step::Token(at));
        asked.token = Fact::Unknown;
    }
    let decision = hop.decide(&asked);
    let (allows, seen) = (decision.allows(), !decision.policies.is_empty());
    if seen {
        steps.push(Step::Policies { at, decision });
    }
    match allows {
        Fact::Known(true) => None,
        Fact::Known(false) => Some(End::Answer { by: at, status: 403, location: None, because: Because::Policy }),
        Fact::Unknown => Some(End::Unknown(Because::Policy)),
    }
}
