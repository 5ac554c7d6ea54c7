//! The way of one request through the mesh, hop by hop: a question, the walk as typed events, and how they are shown.

mod events;
pub mod expect;
mod story;
mod words;

use crate::mesh::precedence::Profile;
use crate::mesh::routing::Answer;
use crate::mesh::walk::{Asking, Caller, Tables, Walk, WhatIf};
use crate::mesh::{GatewayView, Mesh, NoGateway, ObjectName, Request};

pub use events::{json, places};
pub use story::story;

/// What is asked.
#[derive(Clone, Debug, Default)]
pub struct Question {
    /// The request.
    pub request: Request,
    /// The Gateway it comes in at; the one that takes it without this.
    pub gateway: Option<ObjectName>,
    /// The namespace and ServiceAccount of a client in the mesh; one from outside without it.
    pub from: Option<ObjectName>,
    /// Whether that client calls the Service itself, past all gateways.
    pub east_west: bool,
    /// What is supposed of pods.
    pub what_if: WhatIf,
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Traced<'m> {
    /// The request as the client sends it.
    pub request: Request,
    /// Where it comes in; none for a call inside the mesh.
    pub gateway: Option<GatewayView<'m>>,
    /// Who calls; none for clients from outside.
    pub caller: Option<Caller<'m>>,
    /// The way.
    pub walk: Walk<'m>,
}

/// Which part of a question cannot be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The Gateway.
    Gateway,
    /// The client.
    From,
    /// A workload of which something is supposed, by its place among those that are down.
    Down(usize),
    /// A workload of which something is supposed, by its place among those that are not ready.
    NotReady(usize),
}

/// Why a question has no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Senseless {
    /// Which part of it.
    pub part: Part,
    /// What is wrong, for a person.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
}

/// Answers questions about one mesh.
#[derive(Debug)]
pub struct Tracer<'m> {
    mesh: &'m Mesh,
    tables: Tables<'m>,
}

impl<'m> Tracer<'m> {
    /// For a mesh; `profile` is whose order of rules holds, that of each product without one.
    pub fn new(mesh: &'m Mesh, profile: Option<Profile>) -> Self {
        Self { mesh, tables: Tables::new(profile) }
    }

    /// Follows a request. `brief` leaves out the matches that were looked at.
    ///
    /// # Errors
    /// When the question names what the input does not have, or does not say enough.
    pub fn ask(&self, question: &Question, brief: bool) -> Result<Traced<'m>, Senseless> {
        self.check(&question.what_if)?;
        let caller = question.from.as_ref().map(|name| self.caller(name)).transpose()?;
        let asking = Asking { request: &question.request, what_if: &question.what_if, brief };
        let request = question.request.clone();
        if question.east_west {
            let Some(caller) = caller else {
                let help = Some("say which with --from NAMESPACE/SERVICEACCOUNT".to_owned());
                return Err(Senseless { part: Part::From, message: "a call inside the mesh has a client there".to_owned(), help });
            };
            let walk = self.tables.walk_across(&caller, asking);
            return Ok(Traced { request, gateway: None, caller: Some(caller), walk });
        }
        let gateway = match &question.gateway {
            Some(name) => self.named(name)?,
            None => self.only(&question.request)?,
        };
        let walk = self.tables.walk_in(gateway, caller.as_ref(), asking);
        Ok(Traced { request, gateway: Some(gateway), caller, walk })
    }

    /// What is supposed of workloads that the input does not have says nothing.
    fn check(&self, what_if: &WhatIf) -> Result<(), Senseless> {
        let known = |name: &ObjectName| self.mesh.workloads().any(|pods| name.means(pods.owner));
        let parts = what_if.down.iter().enumerate().map(|(n, name)| (Part::Down(n), name));
        let mut parts = parts.chain(what_if.not_ready.iter().enumerate().map(|(n, name)| (Part::NotReady(n), name)));
        let Some((part, stranger)) = parts.find(|(_, name)| !known(name)) else { return Ok(()) };
        let all: Vec<String> = self.mesh.workloads().flat_map(|pods| [pods.owner.full_name(), short_name(pods.owner)]).collect();
        let near = crate::text::near(&stranger.to_string(), all.iter().map(String::as_str));
        let help = near.map(|near| format!("did you mean `{near}`?"));
        Err(Senseless { part, message: format!("no workload `{stranger}` is in the input"), help })
    }

    fn caller(&self, name: &ObjectName) -> Result<Caller<'m>, Senseless> {
        self.mesh.caller(name.cluster.as_deref(), &name.namespace, &name.name).ok_or_else(|| Senseless {
            part: Part::From,
            message: format!("nothing of the namespace of `{name}` is in the input"),
            help: None,
        })
    }

    fn named(&self, name: &ObjectName) -> Result<GatewayView<'m>, Senseless> {
        let senseless = |message, help| Senseless { part: Part::Gateway, message, help };
        self.mesh.gateway_named(name).map_err(|why| match why {
            NoGateway::Absent(near) => {
                senseless(format!("no Gateway `{name}` is in the input"), near.map(|near| format!("did you mean `{near}`?")))
            }
            NoGateway::Several(names) => {
                let message = format!("several clusters have a Gateway `{name}`");
                senseless(message, Some(format!("write one of {}", listed(&names))))
            }
        })
    }

    /// The only ingress Gateway, or the only one with a listener for the request.
    fn only(&self, request: &Request) -> Result<GatewayView<'m>, Senseless> {
        let all: Vec<GatewayView<'m>> = self.mesh.ingress_gateways().collect();
        if let [only] = all.as_slice() {
            return Ok(*only);
        }
        let takes = |gateway: &&GatewayView<'m>| {
            !matches!(self.tables.of(**gateway).answer(request), Answer::NoPort | Answer::NoListener(_) | Answer::NoHost(_))
        };
        let possible: Vec<GatewayView<'m>> = all.iter().filter(takes).copied().collect();
        let names = |gateways: &[GatewayView<'m>]| listed(&gateways.iter().map(|g| g.object.full_name()).collect::<Vec<_>>());
        let (message, help) = match (possible.as_slice(), all.as_slice()) {
            ([only], _) => return Ok(*only),
            (_, []) => ("the input has no Gateway that takes traffic from outside".to_owned(), None),
            ([], all) => {
                let message = "no Gateway has a route for that host on that port".to_owned();
                (message, Some(format!("say which one is meant with --gateway: {}", names(all))))
            }
            (several, _) => {
                let message = "several Gateways have routes for that host on that port".to_owned();
                (message, Some(format!("say which one is meant with --gateway: {}", names(several))))
            }
        };
        Err(Senseless { part: Part::Gateway, message, help })
    }
}

fn short_name(object: crate::mesh::Object<'_>) -> String {
    format!("{}/{}", object.namespace().name().unwrap_or_default(), object.id.name)
}

fn listed(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
