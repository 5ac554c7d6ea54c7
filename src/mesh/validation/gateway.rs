//! Gateway, and the listeners that it shares with listener sets.

use super::{Found, said};
use crate::model::Labels;
use crate::model::gateway::{GatewaySpec, Listener, ListenerTls, TlsMode};
use crate::yaml::At;

impl Found {
    pub(super) fn gateway(&mut self, spec: &GatewaySpec) {
        self.listeners(&spec.listeners);
        let addresses = spec.addresses.iter().filter_map(|address| Some((address.kind(), address.value.as_ref()?)));
        let addresses = addresses.filter(|(kind, _)| matches!(*kind, "IPAddress" | "Hostname"));
        let keys = addresses.map(|(kind, value)| ((kind, &***value), value.node()));
        self.twice(keys, |(_, value)| format!("the address `{value}` is asked for twice"), "keep one of them");
        if let Some(infrastructure) = &spec.infrastructure {
            for (what, map) in [("a label", &infrastructure.labels), ("an annotation", &infrastructure.annotations)] {
                if let Some(map) = map {
                    self.keys(what, map);
                }
            }
        }
        let per_port = spec.tls.as_ref().and_then(|tls| tls.frontend.as_ref()).map_or(&[][..], |frontend| &frontend.per_port);
        let keys = per_port.iter().map(|one| (*one.port, one.port.node()));
        self.twice(keys, |port| format!("port {port} has a check of clients already"), "keep one of them");
    }

    pub(super) fn listeners(&mut self, listeners: &[At<Listener>]) {
        let keys = listeners.iter().map(|listener| (&**listener.name, listener.name.node()));
        self.twice(keys, |name| format!("a second listener is called `{name}`"), "give each listener a name of its own");
        for listener in listeners {
            let protocol = &**listener.protocol;
            let plain = matches!(protocol, "HTTP" | "TCP" | "UDP");
            if let Some(tls) = listener.tls.as_ref() {
                if plain {
                    let message = format!("a listener for {protocol} has no `tls`");
                    self.beside(tls.node(), listener.protocol.node(), message, "remove `tls`, or use protocol `HTTPS` or `TLS`");
                } else if protocol == "HTTPS" && tls.mode() == TlsMode::Passthrough {
                    let at = tls.mode.as_ref().map_or(tls.node(), At::node);
                    let message = "a listener for HTTPS ends TLS: its mode is `Terminate`";
                    self.beside(at, listener.protocol.node(), message, "use mode `Terminate`, or protocol `TLS`");
                } else if !matches!(protocol, "HTTPS" | "TLS") && bare(tls) {
                    // of HTTPS and TLS `listener-tls-invalid` says it
                    let message = format!("listener `{}` ends TLS and has neither certificates nor `options`", listener.name);
                    self.add(
                        tls.node(),
                        message,
                        "name a Secret under `certificateRefs`, or say by `options` where certificates come from",
                    );
                }
            }
            if let Some(hostname) = listener.hostname.as_ref().filter(|host| matches!(protocol, "TCP" | "UDP") && said(Some(*host))) {
                let message = format!("a listener for {protocol} has no `hostname`");
                self.beside(hostname.node(), listener.protocol.node(), message, "remove `hostname`: nothing tells hosts apart there");
            }
        }
    }

    fn keys(&mut self, what: &str, map: &Labels) {
        for (key, _) in map.iter().filter(|(key, _)| !is_key(key)) {
            self.add(key.node(), format!("`{key}` is no key of {what}"), "write it as `prefix/name`, or as a name alone");
        }
    }
}

/// Whether TLS ends there and nothing says by which certificate.
fn bare(tls: &ListenerTls) -> bool {
    let options = tls.options.as_ref().is_some_and(|options| !options.is_empty());
    tls.mode() == TlsMode::Terminate && tls.certificate_refs.is_empty() && !options
}

/// A name of up to 63 characters, perhaps behind a DNS subdomain and a slash.
fn is_key(key: &str) -> bool {
    let (prefix, name) = key.split_once('/').map_or((None, key), |(prefix, name)| (Some(prefix), name));
    let inner = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let ends = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    let named = name.len() <= 63 && name.chars().all(inner) && ends(name.chars().next()) && ends(name.chars().last());
    let label = |label: &str| {
        let lower = |c: Option<char>| c.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
        let all = label.chars().all(|c| c == '-' || c.is_ascii_lowercase() || c.is_ascii_digit());
        all && lower(label.chars().next()) && lower(label.chars().last())
    };
    named && prefix.is_none_or(|prefix| prefix.len() <= 253 && prefix.split('.').all(label))
}

#[cfg(test)]
mod tests {
    use super::is_key;

    #[test]
    fn keys_of_labels() {
        for key in ["a", "app.kubernetes.io/name", "A_b-c.d", "istio.io/rev"] {
            assert!(is_key(key), "{key}");
        }
        for key in ["", "/a", "a/", "a/b/c", "-a", "a-", "A.io/b", "a..b/c", "a b", &"x".repeat(64)] {
            assert!(!is_key(key), "{key}");
        }
    }
}
