//! Which rule answers a request.

use super::build::owner;
use super::{Entry, Family, ListenerTable, ListenerTls, Match, Mismatch, PortTable, Request, RoutingTable, Rule, Stream, VirtualHost};
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
        let mut tables = self.ports.iter().filter(|table| table.port == request.port && table.family != Family::Udp);
        let Some(port) = tables.next() else { return Answer::NoPort };
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
        if matches!(&listener.tls, Some(ListenerTls::Terminate { certificates, clients }) if certificates.is_empty() || clients.is_err()) {
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
        let Some((name, table)) = listener.host(&host) else { return Answer::NoHost(listener) };
        for (position, tried) in self.tried(table, request).enumerate() {
            if tried.fits.is_ok() {
                return Answer::Rule { listener, host: name, table, position, rule: tried.rule, matching: tried.matching };
            }
        }
        Answer::NoRule { listener, host: name, table }
    }

    fn stream<'t>(&'t self, port: &'t PortTable<'m>, listener: &'t ListenerTable<'m>, request: &Request) -> Answer<'t, 'm> {
        let asked = request.server_name.as_ref().map(|name| name.to_ascii_lowercase());
        let covering = listener.streams.iter().filter(|stream| match (&stream.server_name, &asked) {
            (None, _) => true,
            (Some(own), Some(asked)) => hosts::covers(own, asked),
            (Some(_), None) => false,
        });
        let best = covering.max_by_key(|stream| super::super::precedence::HostFit::of(stream.server_name.as_deref()));
        match best.and_then(|stream| Some((stream, self.rules.get(stream.rule)?))) {
            Some((stream, rule)) => Answer::Stream { listener, stream, rule },
            None => Answer::NoListener(port),
        }
    }

    /// The matches of a host in the order in which they are tried, with what becomes of a request at each.
    pub fn tried<'t, 'r>(&'t self, table: &'t VirtualHost, request: &'r Request) -> impl Iterator<Item = Tried<'t, 'm>> + use<'t, 'r, 'm> {
        table.entries.iter().filter_map(move |entry| {
            let rule = self.rules.get(entry.rule)?;
            let matching = rule.matches.get(entry.matching)?;
            Some(Tried { entry, rule, matching, fits: matching.fits(request) })
        })
    }
}

impl ListenerTable<'_> {
    /// Whether no requests are read: TLS, TCP and UDP.
    pub fn is_stream(&self) -> bool {
        !matches!(&***self.effective.view.protocol, "HTTP" | "HTTPS")
    }

    /// The host of its routes that a host (in lower case) belongs to: itself, then the longest wildcard, then `*`.
    pub fn host(&self, host: &str) -> Option<(&Text, &VirtualHost)> {
        if let Some(found) = self.hosts.get_key_value(host) {
            return Some(found);
        }
        let suffixes = host.match_indices('.').filter(|(at, _)| *at > 0).filter_map(|(at, _)| host.get(at..));
        let wildcards = suffixes.map(|suffix| format!("*{suffix}")).chain(["*".to_owned()]);
        wildcards.into_iter().find_map(|wildcard| self.hosts.get_key_value(wildcard.as_str()))
    }
}
