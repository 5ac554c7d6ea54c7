//! What all routes have: parents, names of rules, filters that HTTP and gRPC share.

use super::{Found, said};
use crate::model::Text;
use crate::model::gateway::{HeaderFilter, MirrorFilter, ParentRef, SessionPersistence, SessionType, TlsRouteSpec};
use crate::yaml::{At, NodeId};

impl Found {
    /// Two references to one parent name different parts of it (Gateway API: CommonRouteSpec.parentRefs).
    pub(super) fn parents(&mut self, parents: &[At<ParentRef>]) {
        let parent = |p: &ParentRef| (p.group().to_owned(), p.kind().to_owned(), p.namespace.as_deref().cloned(), (*p.name).clone());
        for (n, later) in parents.iter().enumerate() {
            let earlier = parents.iter().take(n).find(|before| parent(before) == parent(later) && clash(before, later));
            let Some(earlier) = earlier else { continue };
            let message = if said(earlier.section_name.as_ref()) == said(later.section_name.as_ref()) {
                format!("two parentRefs name the same part of {} `{}`", later.kind(), later.name)
            } else {
                format!("of two parentRefs to {} `{}` one has a `sectionName` and the other has none", later.kind(), later.name)
            };
            self.beside(later.node(), earlier.node(), message, "name another part of the parent in each, or keep one of them");
        }
    }

    pub(super) fn rule_names<'r>(&mut self, names: impl Iterator<Item = &'r At<Text>>) {
        let keys = names.map(|name| (&**name, name.node()));
        self.twice(keys, |name| format!("a second rule is called `{name}`"), "give each rule of the route a name of its own");
    }

    /// TLSRoute; `v1` has rules that the versions before it have not.
    pub(super) fn tls(&mut self, spec: &At<TlsRouteSpec>, v1: bool) {
        if v1 && spec.hostnames.is_empty() {
            self.add(
                spec.node(),
                "a TLSRoute of `v1` names at least one host, and this one has no `hostnames`",
                "name the hosts that clients ask for",
            );
        }
        self.parents(&spec.parent_refs);
        self.rule_names(spec.rules.iter().filter_map(|rule| rule.name.as_ref()));
        for host in spec.hostnames.iter().filter(|host| v1 && host.parse::<std::net::IpAddr>().is_ok()) {
            self.add(host.node(), format!("`{host}` is an address, and a TLSRoute has names"), "name the host that clients ask for");
        }
    }

    /// A filter that stands once in its list.
    pub(super) fn once<F, K: PartialEq + Copy + std::fmt::Display>(&mut self, list: &[At<F>], of: fn(&F) -> K, once: &[K]) {
        for kind in once {
            let mut same = list.iter().filter(|filter| of(filter) == *kind);
            if let (Some(first), Some(second)) = (same.next(), same.next()) {
                let message = format!("there is a second filter of type `{kind}`");
                self.beside(second.node(), first.node(), message, "make one filter of both");
            }
        }
    }

    /// A filter says what belongs to its type, and nothing else.
    pub(super) fn of_its_type<K: PartialEq + Copy + std::fmt::Display>(&mut self, node: NodeId, kind: K, set: &[(K, bool)]) {
        if !set.iter().any(|(own, set)| *own == kind && *set) {
            self.add(node, format!("a filter of type `{kind}` says nothing of that type"), "say what the filter does, or remove it");
        }
        if let Some((other, _)) = set.iter().find(|(other, set)| *set && *other != kind) {
            let message = format!("a filter of type `{kind}` has what belongs to `{other}`");
            self.add(node, message, "make two filters of it, or correct the type");
        }
    }

    pub(super) fn headers(&mut self, filter: &HeaderFilter) {
        for (what, list) in [("set", &filter.set), ("add", &filter.add)] {
            let keys = list.iter().map(|header| (&**header.name, header.name.node()));
            self.twice(keys, |name| format!("`{what}` lists the header `{name}` twice"), "keep one of them");
        }
        self.set("`remove`", &filter.remove);
    }

    /// How much of the traffic is copied.
    pub(super) fn mirror(&mut self, mirror: &MirrorFilter) {
        if let (Some(percent), Some(fraction)) = (&mirror.percent, &mirror.fraction) {
            let message = "a share is said by `percent` or by `fraction`, not by both";
            self.beside(percent.node(), fraction.node(), message, "keep one of them");
        }
        if let Some(fraction) = &mirror.fraction
            && *fraction.numerator > fraction.denominator.as_ref().map_or(100, |of| **of)
        {
            self.add(
                fraction.node(),
                "a share is no more than all",
                "make `numerator` at most as large as `denominator`, which is 100 unless said",
            );
        }
    }

    pub(super) fn session(&mut self, session: &SessionPersistence) {
        let permanent = session.cookie_config.as_ref().and_then(|cookie| cookie.lifetime_type.as_ref());
        if let Some(lifetime) = permanent.filter(|lifetime| lifetime.as_str() == "Permanent")
            && session.absolute_timeout.is_none()
            && session.kind() == SessionType::Cookie
        {
            let message = "a cookie that is `Permanent` has no `absoluteTimeout`";
            self.add(lifetime.node(), message, "say by `absoluteTimeout` how long the session lasts");
        }
    }
}

/// Whether both name the same part of their parent, or one names a part and the other all of it. Ports tell parts apart in
/// the experimental channel.
fn clash(a: &ParentRef, b: &ParentRef) -> bool {
    let section = |p: &ParentRef| p.section_name.as_deref().filter(|name| !name.is_empty()).cloned();
    let port = |p: &ParentRef| p.port.as_deref().copied().filter(|port| *port != 0);
    if section(a).is_some() != section(b).is_some() {
        return true;
    }
    section(a) == section(b) && (port(a) == port(b) || port(a).is_some() != port(b).is_some())
}
