//! What can be chosen.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use crate::mesh::precedence::Profile;

/// How a Gateway is compiled.
#[derive(Clone, Debug)]
pub struct Options {
    /// Addresses to listen on instead of every one.
    pub listen: Vec<Listen>,
    /// Addresses of backends that are known better here, by the name of the backend.
    pub endpoints: BTreeMap<Key, (String, u16)>,
    /// How backends are found.
    pub mode: EndpointMode,
    /// Whose order of rules holds; that of the Gateway's product unless said.
    pub profile: Option<Profile>,
    /// Where certificates and keys go.
    pub secrets: SecretsMode,
    /// The folder of secrets as the configuration names it.
    pub secrets_folder: String,
    /// Whether each object says where it comes from.
    pub places: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: Vec::new(),
            endpoints: BTreeMap::new(),
            mode: EndpointMode::Auto,
            profile: None,
            secrets: SecretsMode::Redact,
            secrets_folder: "secrets".to_owned(),
            places: true,
        }
    }
}

/// How the addresses of backends are found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EndpointMode {
    /// By what the input holds: EndpointSlices, then addresses of Services, then names.
    #[default]
    Auto,
    /// By the addresses of Services.
    Vip,
    /// By the names of Services, resolved when Envoy runs.
    Dns,
    /// By the addresses of pods, from EndpointSlices.
    Pods,
    /// By somebody else, when Envoy runs.
    Eds,
}

/// Where certificates and keys go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretsMode {
    /// Into the configuration.
    Inline,
    /// Into files beside it.
    Files,
    /// Nowhere.
    Redact,
}

/// Where a port of the Gateway listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listen {
    /// The port of the Gateway.
    pub port: u16,
    /// Whether it is about UDP; both unless said.
    pub udp: Option<bool>,
    /// The address.
    pub address: String,
    /// The port there.
    pub at: u16,
}

impl FromStr for Listen {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not PORT=ADDR:PORT, as in 80=127.0.0.1:8080");
        let (port, address) = text.split_once('=').ok_or_else(wrong)?;
        let (port, udp) = match port.split_once('/') {
            None => (port, None),
            Some((port, "TCP" | "tcp")) => (port, Some(false)),
            Some((port, "UDP" | "udp")) => (port, Some(true)),
            Some(_) => return Err(wrong()),
        };
        let (address, at) = host_and_port(address).ok_or_else(wrong)?;
        if address.parse::<std::net::IpAddr>().is_err() {
            return Err(format!("`{address}` is no IP address to listen on"));
        }
        let port = port.parse().ok().filter(|port| *port != 0).ok_or_else(wrong)?;
        Ok(Self { port, udp, address, at })
    }
}

/// A backend as people name it: `NS/SVC:PORT`, or `hostname/HOST:PORT`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// A Service, by namespace, name and port.
    Service(String, String, u16),
    /// A host and a port.
    Hostname(String, u16),
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Service(namespace, name, port) => write!(f, "{namespace}/{name}:{port}"),
            Self::Hostname(host, port) => write!(f, "hostname/{host}:{port}"),
        }
    }
}

impl FromStr for Key {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is neither NS/SVC:PORT nor hostname/HOST:PORT");
        let (name, port) = host_and_port(text).ok_or_else(wrong)?;
        let (namespace, name) = name.split_once('/').ok_or_else(wrong)?;
        if namespace.is_empty() || name.is_empty() || name.contains('/') {
            return Err(wrong());
        }
        Ok(match namespace {
            "hostname" => Self::Hostname(name.to_ascii_lowercase(), port),
            _ => Self::Service(namespace.to_owned(), name.to_owned(), port),
        })
    }
}

/// `ADDR:PORT`, where the address may be an IPv6 one in brackets.
pub fn host_and_port(text: &str) -> Option<(String, u16)> {
    let (host, port) = text.rsplit_once(':')?;
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    let port = port.parse().ok().filter(|port| *port != 0)?;
    (!host.is_empty()).then(|| (host.to_owned(), port))
}

impl Options {
    /// Where a port of the Gateway listens.
    pub(super) fn listen_on(&self, port: u16, udp: bool) -> (String, u16) {
        let of = self.listen.iter().filter(|listen| listen.port == port && listen.udp.is_none_or(|only| only == udp));
        // what says its protocol says more; later ones override earlier ones
        let best = of.max_by_key(|listen| listen.udp.is_some());
        best.map_or_else(|| ("0.0.0.0".to_owned(), port), |listen| (listen.address.clone(), listen.at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_the_command_line() {
        let listen = |text: &str| text.parse::<Listen>();
        assert_eq!(listen("80=127.0.0.1:8080"), Ok(Listen { port: 80, udp: None, address: "127.0.0.1".to_owned(), at: 8080 }));
        assert_eq!(listen("53/UDP=[::1]:5353"), Ok(Listen { port: 53, udp: Some(true), address: "::1".to_owned(), at: 5353 }));
        for wrong in ["", "80", "80=", "80=localhost:80", "0=127.0.0.1:80", "80=127.0.0.1:0", "80/SCTP=127.0.0.1:1", "80=127.0.0.1"] {
            assert!(listen(wrong).is_err(), "{wrong}");
        }
        let key = |text: &str| text.parse::<Key>();
        assert_eq!(key("shop/cart:80"), Ok(Key::Service("shop".to_owned(), "cart".to_owned(), 80)));
        assert_eq!(key("hostname/Cart.Mesh:80"), Ok(Key::Hostname("cart.mesh".to_owned(), 80)));
        for wrong in ["cart:80", "shop/cart", "/cart:80", "shop/:80", "a/b/c:80", "shop/cart:x"] {
            assert!(key(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn one_port_for_each_protocol() {
        let listen = ["53=127.0.0.1:1", "53/UDP=127.0.0.1:2", "53/TCP=127.0.0.1:3"].map(|text| text.parse::<Listen>().ok());
        let options = Options { listen: listen.into_iter().flatten().collect(), ..Options::default() };
        assert_eq!((options.listen_on(53, true).1, options.listen_on(53, false).1), (2, 3));
        assert_eq!(options.listen_on(80, false), ("0.0.0.0".to_owned(), 80));
    }
}
