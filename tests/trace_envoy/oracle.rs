//! Which rule answers, once more and as plainly as the Gateway API says it: neither the engine nor the compiler has a part in
//! this, and both of them take the order of rules from one place.

use super::random::{Asked, Listener, Match, Named, Path, Route, World};

/// A host, in lower case, or a wildcard with what follows the `*`.
fn covers(pattern: &str, host: &str) -> bool {
    match pattern.strip_prefix('*') {
        _ if pattern.is_empty() => true,
        Some(suffix) => host.len() > suffix.len() && host.ends_with(suffix),
        None => pattern == host,
    }
}

/// How narrow a host is: exact ones, then wildcards by their length, then none.
fn narrowness(pattern: &str) -> (bool, usize) {
    (!pattern.is_empty() && !pattern.starts_with('*'), pattern.len())
}

/// The hosts that a listener and a route share: of each pair the narrower one.
fn shared(listener: &Listener, route: &Route) -> Vec<String> {
    if route.hosts.is_empty() {
        return vec![listener.host.to_owned()];
    }
    let both = |host: &&'static str| {
        let host = host.to_ascii_lowercase();
        if covers(listener.host, &host) || host.strip_prefix('*').is_some_and(|suffix| listener.host.strip_prefix('*') == Some(suffix)) {
            return Some(host);
        }
        covers(&host, listener.host).then(|| listener.host.to_owned())
    };
    route.hosts.iter().filter_map(both).collect()
}

/// The rule that answers, as its redirect names it.
pub(crate) fn answer(world: &World, asked: &Asked) -> Option<String> {
    let host = asked.host.split(':').next()?.to_ascii_lowercase();
    // the listener with the narrowest hostname has the request, whatever its routes are
    let open = world.listeners.iter().filter(|listener| listener.port == asked.port && covers(listener.host, &host));
    let listener = open.max_by_key(|listener| narrowness(listener.host))?;
    let attached: Vec<(&Route, Vec<String>)> = world
        .routes
        .iter()
        .filter(|route| route.section.as_ref().is_none_or(|section| *section == listener.name))
        .filter(|route| route.port.is_none_or(|port| port == listener.port))
        .map(|route| (route, shared(listener, route)))
        .filter(|(_, hosts)| !hosts.is_empty())
        .collect();
    // one host has the request: rules of wider ones are not asked
    let hosts = attached.iter().flat_map(|(_, hosts)| hosts).filter(|own| covers(own, &host));
    let narrowest = hosts.max_by_key(|own| narrowness(own))?.clone();
    let aged = attached.iter().all(|(route, _)| route.age.is_some());
    let mut best: Option<(Rank, String)> = None;
    for (route, hosts) in &attached {
        if !hosts.contains(&narrowest) {
            continue;
        }
        for (rule, matches) in route.rules.iter().enumerate() {
            let every = [Match::default()];
            for (n, one) in if matches.is_empty() { &every[..] } else { matches }.iter().enumerate() {
                let rank = Rank {
                    path: rank_of(one.path.unwrap_or(Path::Prefix("/"))),
                    method: one.method.is_some(),
                    headers: names(&one.headers, str::to_ascii_lowercase),
                    query: names(&one.query, ToOwned::to_owned),
                    younger: std::cmp::Reverse((route.age.filter(|_| aged), route.name.clone(), rule, n)),
                };
                if fits(one, asked) && best.as_ref().is_none_or(|(other, _)| rank > *other) {
                    best = Some((rank, format!("{}.rule{rule}.test", route.name)));
                }
            }
        }
    }
    best.map(|(_, name)| name)
}

/// What comes first: exact paths, patterns, then the longest prefix; a method; more headers; more query parameters; the
/// oldest route, the first by name, the first rule, the first match.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    path: (u8, usize),
    method: bool,
    headers: usize,
    query: usize,
    younger: std::cmp::Reverse<(Option<usize>, String, usize, usize)>,
}

fn rank_of(path: Path) -> (u8, usize) {
    match path {
        Path::Exact(value) => (2, value.len()),
        Path::Pattern(_) => (1, 0),
        Path::Prefix(value) => (0, value.trim_end_matches('/').len()),
    }
}

/// How many different names there are.
fn names(all: &[Named], key: impl Fn(&str) -> String) -> usize {
    all.iter().map(|one| key(one.name)).collect::<std::collections::BTreeSet<_>>().len()
}

fn fits(one: &Match, asked: &Asked) -> bool {
    let path = match one.path.unwrap_or(Path::Prefix("/")) {
        Path::Exact(value) => asked.path == value,
        Path::Pattern(value) => regex::Regex::new(&format!("^(?:{value})$")).is_ok_and(|pattern| pattern.is_match(&asked.path)),
        Path::Prefix(value) => {
            let wanted: Vec<&str> = value.trim_end_matches('/').split('/').collect();
            asked.path.split('/').collect::<Vec<_>>().starts_with(&wanted)
        }
    };
    let value_fits = |wanted: &Named, value: &str| if wanted.value == "[12]" { matches!(value, "1" | "2") } else { wanted.value == value };
    // of entries with one name the first counts
    let headers = one.headers.iter().enumerate().all(|(n, wanted)| {
        one.headers[..n].iter().any(|before| before.name.eq_ignore_ascii_case(wanted.name))
            || asked.headers.iter().any(|(name, value)| name.eq_ignore_ascii_case(wanted.name) && value_fits(wanted, value))
    });
    let pairs: Vec<(&str, &str)> =
        asked.query.as_deref().unwrap_or_default().split('&').map(|pair| pair.split_once('=').unwrap_or((pair, ""))).collect();
    let query = one.query.iter().enumerate().all(|(n, wanted)| {
        one.query[..n].iter().any(|before| before.name == wanted.name)
            || pairs.iter().find(|(name, _)| *name == wanted.name).is_some_and(|(_, value)| value_fits(wanted, value))
    });
    path && one.method.is_none_or(|method| method == asked.method) && headers && query
}
