//! Hostnames: which covers which, and what a name says about its service.

/// Whether `pattern` (exact, or `*.` and a suffix) covers `host`. A wildcard stands for one or more labels, as in the
/// Gateway API, and covers a narrower wildcard. Upper and lower case are the same.
pub fn covers(pattern: &str, host: &str) -> bool {
    if pattern == "*" || pattern.is_empty() {
        return true;
    }
    let Some(suffix) = pattern.strip_prefix('*') else { return pattern.eq_ignore_ascii_case(host) };
    let rest = host.strip_prefix('*').unwrap_or(host);
    if rest.len() < suffix.len() || !suffix.starts_with('.') {
        return false;
    }
    // hosts of requests may hold anything
    let Some((head, tail)) = rest.split_at_checked(rest.len() - suffix.len()) else { return false };
    tail.eq_ignore_ascii_case(suffix) && (!head.is_empty() || host.starts_with('*'))
}

/// Every name that may cover `host`, the narrowest first: itself, each wildcard that its end may stand behind, and the two
/// ways to say all hosts. To be looked up in an index whose names are in the same case; [`covers`] has the last word.
pub fn names_above(host: &str) -> impl Iterator<Item = String> {
    let suffixes = host.match_indices('.').filter(|(at, _)| *at > 0).filter_map(move |(at, _)| host.get(at..));
    let wildcards = suffixes.map(|suffix| format!("*{suffix}")).filter(move |wildcard| wildcard != host);
    let all = ["*", ""].into_iter().filter(move |all| *all != host).map(str::to_owned);
    std::iter::once(host.to_owned()).chain(wildcards).chain(all)
}

/// Whether some host fits both.
pub fn intersect(a: &str, b: &str) -> bool {
    covers(a, b) || covers(b, a)
}

/// `<service>.<namespace>.<domain>` taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServiceHost<'h> {
    /// The Service's name.
    pub service: &'h str,
    /// Its namespace.
    pub namespace: &'h str,
    /// What follows.
    pub domain: &'h str,
}

/// Takes a host apart at its first two dots.
pub fn service_host(host: &str) -> Option<ServiceHost<'_>> {
    let (service, rest) = host.split_once('.')?;
    let (namespace, domain) = rest.split_once('.')?;
    (!service.is_empty() && !namespace.is_empty() && !domain.is_empty()).then_some(ServiceHost { service, namespace, domain })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn wildcards_cover_whole_labels() {
        for (pattern, host, expected) in [
            ("*", "a.b", true),
            ("a.b", "A.b", true),
            ("*.example.com", "a.example.com", true),
            ("*.example.com", "a.b.example.com", true),
            ("*.example.com", "example.com", false),
            ("*.example.com", "*.example.com", true),
            ("*.example.com", "*.a.example.com", true),
            ("*.a.example.com", "*.example.com", false),
            ("*.example.com", "badexample.com", false),
            ("a.example.com", "*.example.com", false),
        ] {
            assert_eq!(covers(pattern, host), expected, "{pattern} {host}");
        }
        assert!(intersect("*.example.com", "a.example.com") && intersect("a.example.com", "*.example.com"));
        assert!(!intersect("a.example.com", "b.example.com"));
    }

    #[test]
    fn service_hosts() {
        let host = service_host("cart.shop.mesh.internal").unwrap();
        assert_eq!((host.service, host.namespace, host.domain), ("cart", "shop", "mesh.internal"));
        assert_eq!(service_host("cart.shop"), None);
        assert_eq!(service_host("cart..mesh"), None);
    }
}
