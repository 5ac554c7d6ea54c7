//! Which rule answers a request.

use super::build::owner;
use super::{
    Entry, Family, Fault, ListenerTable, ListenerTls, Match, Mismatch, PortTable, Request, RoutingTable, Rule, Stream, VirtualHost,
};
use crate::mesh::hosts;
use crate::model::Text;

/// What a Gateway does with a request.
#[derive(Debug)]
pub enum Answer<'t, 'm> {
    /// It has no listener on that port.
    NoPort,
    /// No listener of the port is for that host or server name; with TLS the connection is closed, else it is 404.
    NoListener(&'t PortTable<'m>),
    /// The listener takes no connection: it has no certificate, or its check of clients cannot be done.
    Closed(&'t ListenerTable<'m>),
    /// Another listener of the port is for that host: 421.
    Misdirected {
        /// The listener of the server name.
        listener: &'t ListenerTable<'m>,
        /// The listener of the host.
        belongs_to: &'t ListenerTable<'m>,
    },
    /// No route of the listener has that host: 404.
    NoHost(&'t ListenerTable<'m>),
    /// No rule of the host fits: 404.
    NoRule {
        /// The listener.
        listener: &'t ListenerTable<'m>,
        /// The host, as routes or listeners name it.
        host: &'t Text,
        /// Its rules.
        table: &'t VirtualHost,
    },
    /// A rule.
    Rule {
        /// The listener.
        listener: &'t ListenerTable<'m>,
        /// The host, as routes or listeners name it.
        host: &'t Text,
        /// Its rules.
        table: &'t VirtualHost,
        /// The one that answers, by its place in the list.
        position: usize,
        /// The rule.
        rule: &'t Rule<'m>,
        /// Its match.
        matching: &'t Match<'m>,
    },
    /// No request is read: the connection goes where this says.
    Stream {
        /// The listener.
        listener: &'t ListenerTable<'m>,
        /// By which server name, to where.
        stream: &'t Stream,
        /// The rule.
        rule: &'t Rule<'m>,
    },
}

/// A match and what becomes of a request there.
#[derive(Debug)]
pub struct Tried<'t, 'm> {
    /// Its place.
    pub entry: &'t Entry,
    /// Its rule.
    pub rule: &'t Rule<'m>,
    /// The match.
    pub matching: &'t Match<'m>,
    /// Whether the request fits; where it does, one before it may have answered.
    pub fits: Result<(), Mismatch<'m>>,
}

impl<'m> RoutingTable<'m> {
    /// Which rule answers a request.
    pub fn answer<'t>(&'t self, request: &Request) -> Answer<'t, 'm> {
        let tables = || self.ports.iter().filter(|table| table.port == request.port && table.family != Family::Udp);
        // HTTP and TLS may share a port: the first bytes tell them apart
        let tls = request.scheme == "https" || request.server_name.is_some();
        let spoken = tables().find(|table| (table.family == Family::Tls) == tls);
        let Some(port) = spoken.or_else(|| tables().next()) else { return Answer::NoPort };
        let names: Vec<Option<Text>> = port.listeners.iter().map(|l| l.hostname.clone()).collect();
        let at = |n: Option<usize>| n.and_then(|n| port.listeners.get(n));
        let host = request.host.to_ascii_lowercase();
        let listener = match port.family {
            Family::Http => at(owner(&names, &host)),
            Family::Tls => match &request.server_name {
                Some(name) => at(owner(&names, &name.to_ascii_lowercase())),
                None => port.listeners.iter().find(|l| l.hostname.is_none()),
            },
            Family::Tcp | Family::Udp => port.listeners.first(),
        };
        let Some(listener) = listener else { return Answer::NoListener(port) };
        let closed = |tls: &ListenerTls<'m>| match tls {
            ListenerTls::Passthrough => false,
            ListenerTls::Terminate { certificates, unseen, clients } => certificates.is_empty() && !unseen || clients.is_err(),
        };
        if listener.tls.as_ref().is_some_and(closed) {
            return Answer::Closed(listener);
        }
        if listener.is_stream() {
            return self.stream(port, listener, request);
        }
        if port.family == Family::Tls {
            // the host, too, must belong to the listener of the server name
            let https: Vec<_> = port.listeners.iter().filter(|l| !l.is_stream()).collect();
            let hosts: Vec<Option<Text>> = https.iter().map(|l| l.hostname.clone()).collect();
            match owner(&hosts, &host).and_then(|n| https.get(n).copied()) {
                Some(other) if !std::ptr::eq(other, listener) => return Answer::Misdirected { listener, belongs_to: other },
                Some(_) => {}
                None => return Answer::NoHost(listener),
            }
        }
        let Some((listener, (name, table))) = self.host_of(port, listener, &host) else { return Answer::NoHost(listener) };
        for (position, tried) in self.tried(table, request).enumerate() {
            if tried.fits.is_ok() {
                return Answer::Rule { listener, host: name, table, position, rule: tried.rule, matching: tried.matching };
            }
        }
        Answer::NoRule { listener, host: name, table }
    }

    /// The virtual host of a listener, unless a fault is put in.
    fn host_of<'t>(
        &self,
        port: &'t PortTable<'m>,
        listener: &'t ListenerTable<'m>,
        host: &str,
    ) -> Option<(&'t ListenerTable<'m>, (&'t Text, &'t VirtualHost))> {
        let covering = |l: &'t ListenerTable<'m>| l.covering(host).into_iter().map(move |found| (l, found));
        match self.fault {
            Fault::WildcardFirst => covering(listener).min_by_key(|(_, (own, _))| own.len()),
            Fault::IsolationOff => {
                let all = port.listeners.iter().flat_map(covering);
                all.max_by_key(|(_, (own, _))| super::super::precedence::HostFit::of(Some(own)))
            }
            _ => listener.host(host).map(|found| (listener, found)),
        }
    }

    fn stream<'t>(&'t self, port: &'t PortTable<'m>, listener: &'t ListenerTable<'m>, request: &Request) -> Answer<'t, 'm> {
        let asked = request.server_name.as_ref().map(|name| name.to_ascii_lowercase());
        let best = listener.stream(asked.as_deref());
        match best.and_then(|stream| Some((stream, self.rules.get(stream.rule)?))) {
            Some((stream, rule)) => Answer::Stream { listener, stream, rule },
            None => Answer::NoListener(port),
        }
    }

    /// The matches of a host in the order in which they are tried, with what becomes of a request at each.
    pub fn tried<'t, 'r>(&'t self, table: &'t VirtualHost, request: &'r Request) -> impl Iterator<Item = Tried<'t, 'm>> + use<'t, 'r, 'm> {
        tried(&self.rules, table, request, self.fault)
    }
}

pub(super) fn tried<'t, 'r, 'm>(
    rules: &'t [Rule<'m>],
    table: &'t VirtualHost,
    request: &'r Request,
    fault: Fault,
) -> impl Iterator<Item = Tried<'t, 'm>> + use<'t, 'r, 'm> {
    table.entries.iter().filter_map(move |entry| {
        let rule = rules.get(entry.rule)?;
        let matching = rule.matches.get(entry.matching)?;
        Some(Tried { entry, rule, matching, fits: matching.fits_with(request, fault) })
    })
}

impl ListenerTable<'_> {
    /// Whether no requests are read: TLS, TCP and UDP.
    pub fn is_stream(&self) -> bool {
        !matches!(&***self.effective.view.protocol, "HTTP" | "HTTPS")
    }

    /// The host of its routes that a host (in lower case) belongs to: itself, then the longest wildcard, then `*`.
    pub fn host(&self, host: &str) -> Option<(&Text, &VirtualHost)> {
        hosts::names_above(host).filter(|name| !name.is_empty()).find_map(|name| self.hosts.get_key_value(name.as_str()))
    }

    /// All hosts of its routes that cover a host (in lower case), in their order.
    pub fn covering(&self, host: &str) -> Vec<(&Text, &VirtualHost)> {
        let found = hosts::names_above(host).filter_map(|name| self.hosts.get_key_value(name.as_str()));
        let mut found: Vec<_> = found.filter(|(own, _)| hosts::covers(own, host)).collect();
        found.sort_unstable_by_key(|(own, _)| *own);
        found
    }

    /// Where a connection with a server name (in lower case) goes: the narrowest name that covers it.
    fn stream(&self, asked: Option<&str>) -> Option<&Stream> {
        let named = asked.into_iter().flat_map(|asked| hosts::names_above(asked).filter(move |name| hosts::covers(name, asked)));
        named.map(|name| Some(Text::from(name))).chain([None]).find_map(|name| self.streams.get(*self.server_names.get(&name)?))
    }
}
