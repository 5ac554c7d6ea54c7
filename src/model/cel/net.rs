//! Addresses, ranges of addresses and URLs as the functions of Kubernetes read them.

use std::net::IpAddr;

/// An IP address: no zone, no leading zeros, no IPv4 address in an IPv6 one.
pub(super) fn address(text: &str) -> Option<IpAddr> {
    let address: IpAddr = text.parse().ok()?;
    match address {
        IpAddr::V6(six) if six.to_ipv4_mapped().is_some() => None,
        other => Some(other),
    }
}

/// A range of addresses.
pub(super) struct Cidr {
    pub(super) address: IpAddr,
    pub(super) prefix: u8,
}

impl Cidr {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (start, prefix) = text.split_once('/')?;
        let address = address(start)?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let plain = !prefix.is_empty() && prefix.bytes().all(|b| b.is_ascii_digit()) && (prefix == "0" || !prefix.starts_with('0'));
        let prefix = prefix.parse().ok().filter(|prefix: &u8| plain && *prefix <= most)?;
        Some(Self { address, prefix })
    }

    fn bits(address: IpAddr) -> (u128, u32) {
        match address {
            IpAddr::V4(four) => (u128::from(four.to_bits()), 32),
            IpAddr::V6(six) => (six.to_bits(), 128),
        }
    }

    fn start(&self, address: IpAddr) -> u128 {
        let (bits, width) = Self::bits(address);
        bits.checked_shr(width - u32::from(self.prefix)).unwrap_or(0)
    }

    pub(super) fn contains(&self, other: IpAddr) -> bool {
        self.address.is_ipv4() == other.is_ipv4() && self.start(self.address) == self.start(other)
    }
}

/// The parts of a URL that Go's `url.ParseRequestURI` accepts.
pub(super) struct Url<'t> {
    pub(super) scheme: &'t str,
    /// With its port, without the user.
    pub(super) host: &'t str,
    pub(super) path: &'t str,
}

impl<'t> Url<'t> {
    pub(super) fn parse(text: &'t str) -> Option<Self> {
        if text.is_empty() || text.bytes().any(|b| b < 0x20 || b == 0x7f) {
            return None;
        }
        let (scheme, rest) = scheme(text);
        let rest = rest.split_once('?').map_or(rest, |(before, _)| before);
        if scheme.is_empty() && !rest.starts_with('/') {
            return None;
        }
        let (host, path) = match rest.strip_prefix("//").filter(|_| !scheme.is_empty()) {
            Some(after) => after.find('/').map_or((after, ""), |at| after.split_at(at)),
            None if rest.starts_with('/') => ("", rest),
            None => ("", ""),
        };
        let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
        (is_host(host) && escapes(path)).then_some(Self { scheme, host, path })
    }

    /// The host without its port.
    pub(super) fn name(&self) -> &'t str {
        let end = self.host.rfind(':').filter(|at| !self.host.get(*at..).unwrap_or_default().contains(']'));
        let name = end.and_then(|at| self.host.get(..at)).unwrap_or(self.host);
        name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name)
    }

    /// The port; empty when it has none.
    pub(super) fn port(&self) -> &'t str {
        let after = self.host.rsplit_once(']').map_or(self.host, |(_, after)| after);
        after.rsplit_once(':').map_or("", |(_, port)| port)
    }
}

fn scheme(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '+' | '-' | '.'));
    let begins = text.starts_with(|c: char| c.is_ascii_alphabetic());
    let found = end.filter(|at| begins && text.as_bytes().get(*at) == Some(&b':'));
    found.and_then(|at| Some((text.get(..at)?, text.get(at + 1..)?))).unwrap_or(("", text))
}

fn is_host(host: &str) -> bool {
    let fine = |c: char| c.is_alphanumeric() || "-._~!$&'()*+,;=:[]<>\"%".contains(c);
    let port = host.rsplit_once(']').map_or(host, |(_, after)| after).split_once(':').map_or("", |(_, port)| port);
    host.chars().all(fine) && port.bytes().all(|b| b.is_ascii_digit()) && host.contains('[') == host.contains(']')
}

/// Whether each `%` begins an escape.
fn escapes(path: &str) -> bool {
    path.match_indices('%').all(|(at, _)| path.get(at + 1..at + 3).is_some_and(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit())))
}
