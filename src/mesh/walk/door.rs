//! What a Gateway does with a request: listener, host, rule.

use super::onward::{Stop, Walker, answer};
use super::rule::{Lost, candidate, candidates};
use super::{Because, Destination, End, ListenerSeen, NotTaken, Party, Step};
use crate::mesh::hosts;
use crate::mesh::precedence::Profile;
use crate::mesh::routes::GatewayView;
use crate::mesh::routing::{Answer, Family, ListenerTable, ListenerTls, PortTable, RoutingTable, VirtualHost};
use crate::model::Text;

impl<'m> Walker<'_, 'm> {
    /// Where the Gateway sends the request.
    pub(super) fn at_gateway(&mut self, gateway: GatewayView<'m>, table: &RoutingTable<'m>) -> Result<Destination<'m>, Stop<'m>> {
        let (at, request) = (gateway.object, self.request.clone());
        let by = Party::Proxy(at);
        match table.answer(&request) {
            Answer::NoPort => Err(End::Closed { by, because: Because::NoPort }),
            Answer::NoListener(port) => {
                self.listeners(gateway, port, None);
                let encrypted = port.family != Family::Http;
                Err(if encrypted { End::Closed { by, because: Because::NoListener } } else { answer(by, 404, Because::NoListener) })
            }
            Answer::Closed(listener) => {
                self.listener_of(gateway, table, listener);
                Err(End::Closed { by, because: Because::NoCertificate })
            }
            Answer::Misdirected { listener, .. } => {
                self.listener_of(gateway, table, listener);
                if table.profile != Profile::Spec {
                    self.say("this product may answer with the rules of the server name's listener, or 404, instead of 421");
                    return Err(End::Unknown(Because::Misdirected));
                }
                Err(answer(by, 421, Because::Misdirected))
            }
            Answer::NoHost(listener) => {
                self.listener_of(gateway, table, listener);
                Err(answer(by, 404, Because::NoHost))
            }
            Answer::NoRule { listener, host, table: entries } => {
                self.listener_of(gateway, table, listener);
                self.host(gateway, table, listener, (host, entries));
                let unread = table.tried(entries, &request).any(|tried| tried.matching.patterns().any(|(_, pattern)| !pattern.is_valid()));
                Err(if unread { End::Unknown(Because::Files) } else { answer(by, 404, Because::NoRule) })
            }
            Answer::Rule { listener, host, table: entries, rule, matching, .. } => {
                self.listener_of(gateway, table, listener);
                self.host(gateway, table, listener, (host, entries));
                self.act(at, rule, matching.prefix(), request.port)
            }
            Answer::Stream { listener, rule, .. } => {
                self.listener_of(gateway, table, listener);
                self.steps.push(Step::Stream { at, route: rule.route.object, rule: rule.index });
                self.opaque = true;
                self.act(at, rule, None, request.port)
            }
        }
    }

    fn listener_of(&mut self, gateway: GatewayView<'m>, table: &RoutingTable<'m>, listener: &ListenerTable<'m>) {
        let holds = |port: &&PortTable<'m>| port.listeners.iter().any(|own| std::ptr::eq(own, listener));
        if let Some(port) = table.ports.iter().find(holds) {
            self.listeners(gateway, port, Some(listener));
        }
        if let Some(ListenerTls::Terminate { certificates, unseen: true, .. }) = &listener.tls
            && certificates.is_empty()
        {
            self.say("the certificate of the listener is not in the input");
        }
    }

    fn listeners(&mut self, gateway: GatewayView<'m>, port: &PortTable<'m>, taken: Option<&ListenerTable<'m>>) {
        let asked = if port.family == Family::Tls { self.request.server_name.as_deref() } else { Some(self.request.host.as_str()) };
        let seen = |listener: &ListenerTable<'m>| {
            let covers = listener.hostname.as_ref().is_none_or(|own| asked.is_some_and(|asked| hosts::covers(own, asked)));
            let why = if covers { NotTaken::Wider } else { NotTaken::Hostname };
            let is_it = taken.is_some_and(|taken| std::ptr::eq(taken, listener));
            ListenerSeen { parent: listener.effective.parent, view: listener.effective.view, taken: if is_it { Ok(()) } else { Err(why) } }
        };
        let listeners = port.listeners.iter().map(seen).collect();
        self.steps.push(Step::Listener { gateway: gateway.object, listeners });
    }

    fn host(
        &mut self,
        gateway: GatewayView<'m>,
        table: &RoutingTable<'m>,
        listener: &ListenerTable<'m>,
        (host, entries): (&Text, &VirtualHost),
    ) {
        let asked = self.request.host.to_ascii_lowercase();
        let mut wider = listener.covering(&asked);
        wider.retain(|(own, _)| *own != host);
        self.steps.push(Step::Host {
            gateway: gateway.object,
            host: host.clone(),
            wider: wider.iter().map(|(own, _)| (*own).clone()).collect(),
        });
        if !self.brief {
            let mut all = candidates(table.tried(entries, &self.request));
            for (own, host) in wider {
                all.extend(host.entries.iter().filter_map(|entry| {
                    let rule = table.rules.get(entry.rule)?;
                    Some(candidate(rule, rule.matches.get(entry.matching)?, Some(Lost::WiderHost(own.clone()))))
                }));
            }
            self.steps.push(Step::Routed { at: gateway.object, service: None, candidates: all });
        }
    }
}
