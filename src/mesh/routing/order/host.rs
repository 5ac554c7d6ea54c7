//! The matches of one host of a listener, and which of them meet.

use std::collections::BTreeMap;
use std::collections::hash_map::Entry as Slot;

use rustc_hash::FxHashMap;

use super::super::super::Certainty;
use super::super::super::precedence::{Criterion, Key, Profile};
use super::super::build::traits;
use super::super::sample::samples;
use super::super::{Match, PathMatch, RouteView};
use super::rules::{RuleLite, Shape};
use super::{Dispute, Dropped, Fall, Spot, Tie};
use crate::model::Text;

/// Of matches that may meet in pairs, so many are looked at: a host with more of them is silent about the others.
const PAIRS_OF: usize = 16;
/// How many prefixes are tried on a pattern, and how many routes and matches of a broader host on a narrower one.
pub(super) const TRIED: usize = 32;
const PROFILES: [Profile; 4] = [Profile::Spec, Profile::Istio, Profile::Kgateway, Profile::EnvoyGateway];

/// A match at a host.
pub(super) struct Entry<'t, 'm> {
    pub(super) rule: &'t RuleLite<'m>,
    pub(super) matching: &'t Match<'m>,
    /// Whether its route is surely attached.
    pub(super) sure: bool,
}

impl<'m> Entry<'_, 'm> {
    pub(super) fn spot(&self) -> Spot {
        self.rule.spot(self.matching.index)
    }

    fn route(&self) -> RouteView<'m> {
        self.rule.route
    }

    fn age(&self) -> Option<&'m Text> {
        self.route().object.resource().meta.creation_timestamp.as_deref()
    }
}

/// A host of a listener.
pub(super) struct Host<'t, 'm> {
    pub(super) name: &'t Text,
    /// Whether all routes of the listener say how old they are.
    pub(super) aged: bool,
    /// Whose order holds, where that is known.
    pub(super) profile: Option<Profile>,
    pub(super) entries: Vec<Entry<'t, 'm>>,
}

/// Matches that take the same requests, in the order of routes, rules and matches.
struct Same<'t> {
    shape: Shape<'t>,
    members: Vec<usize>,
}

/// All that matches are compared by before ages: path, method, how many headers and query parameters.
type Rank<'t> = (u8, &'t str, Option<&'t str>, usize, usize);

/// Matches of one path.
#[derive(Default)]
struct Beside {
    /// Those that name a method.
    methods: Vec<usize>,
    /// The others, where they name headers.
    headers: Vec<usize>,
}

impl<'t, 'm> Host<'t, 'm> {
    fn key(&self, entry: &Entry<'_, 'm>, profile: Profile) -> Key {
        Key::of(profile, traits(entry.route(), self.name, entry.rule.index, entry.matching, self.aged))
    }

    fn entry(&self, at: usize) -> Option<&Entry<'t, 'm>> {
        self.entries.get(at)
    }

    fn same(&'t self) -> Vec<Same<'t>> {
        let mut groups: Vec<Same<'t>> = Vec::new();
        let mut by: FxHashMap<Shape<'t>, usize> = FxHashMap::default();
        for (at, entry) in self.entries.iter().enumerate() {
            match by.entry(Shape::of(entry.matching)) {
                Slot::Occupied(found) => groups.get_mut(*found.get()).into_iter().for_each(|group| group.members.push(at)),
                Slot::Vacant(free) => {
                    groups.push(Same { shape: free.key().clone(), members: vec![at] });
                    free.insert(groups.len() - 1);
                }
            }
        }
        groups
    }

    /// Matches that the same match of an older route takes all requests from, each with that one.
    pub(super) fn taken_by_age(&self) -> Vec<(Spot, Spot)> {
        let mut taken = Vec::new();
        if !self.aged {
            return taken;
        }
        for group in self.same() {
            let members = || group.members.iter().filter_map(|at| self.entry(*at));
            let sure = members().filter(|entry| entry.sure && !entry.rule.may_leave_some());
            // ages are given in seconds, and equal ones go by name
            let profile = self.profile.unwrap_or(Profile::Spec);
            let Some(oldest) = sure.max_by_key(|entry| self.key(entry, profile)) else { continue };
            let later = members().filter(|entry| entry.route().object != oldest.route().object && entry.age() >= oldest.age());
            taken.extend(later.filter(|entry| surely_meet(entry.route(), oldest.route())).map(|entry| (entry.spot(), oldest.spot())));
        }
        taken
    }

    /// What only ages decide, where they are not known.
    pub(super) fn ties(&self) -> Vec<Tie> {
        let groups = self.same();
        let mut found = Vec::new();
        if self.aged {
            return found;
        }
        for group in &groups {
            let mut all = self.one_of_each_route(group);
            // the greatest comes first
            all.sort_by_cached_key(|entry| std::cmp::Reverse(self.key(entry, Profile::Spec)));
            let Some((first, others)) = all.split_first() else { continue };
            found.extend(others.iter().filter_map(|other| self.tie(first, other, true)));
        }
        found.extend(self.partial_ties(&groups));
        found
    }

    fn one_of_each_route(&self, group: &Same<'_>) -> Vec<&Entry<'t, 'm>> {
        let mut all: Vec<&Entry<'t, 'm>> = Vec::new();
        for entry in group.members.iter().filter_map(|at| self.entry(*at)).filter(|entry| entry.sure) {
            // those of a route follow each other
            if all.last().is_none_or(|last| last.route().object != entry.route().object) {
                all.push(entry);
            }
        }
        all
    }

    /// Different matches of different routes with nothing that decides, which some request fits both of.
    fn partial_ties(&self, groups: &[Same<'_>]) -> Vec<Tie> {
        let mut buckets: BTreeMap<Rank<'_>, Vec<&Same<'_>>> = BTreeMap::new();
        for group in groups.iter().filter(|group| !group.shape.is_pattern()) {
            let shape = &group.shape;
            let (form, path) = shape.path;
            let bucket = buckets.entry((form, path, shape.method, shape.headers.len(), shape.query.len())).or_default();
            if bucket.len() < PAIRS_OF {
                bucket.push(group);
            }
        }
        let mut found = Vec::new();
        for bucket in buckets.into_values() {
            for (n, one) in bucket.iter().enumerate() {
                for other in bucket.iter().skip(n + 1).filter(|other| one.shape.is_compatible(&other.shape)) {
                    let pair = self.one_of_each_route(one).into_iter().zip(self.one_of_each_route(other)).next();
                    let Some((a, b)) = pair else { continue };
                    let key = |entry| self.key(entry, Profile::Spec);
                    let (first, other) = if key(a) > key(b) { (a, b) } else { (b, a) };
                    found.extend(self.tie(first, other, false));
                }
            }
        }
        found
    }

    fn tie(&self, first: &Entry<'t, 'm>, other: &Entry<'t, 'm>, whole: bool) -> Option<Tie> {
        let (a, b) = (first.route().object, other.route().object);
        // of two with one name one stays; what ages are known of is decided
        let aside = a.resource().id == b.resource().id || first.age().is_some() && other.age().is_some();
        let meet = may_meet(first.route(), other.route());
        if aside || first.rule.may_leave_some() || meet == Meeting::Never || first.rule.does_as(other.rule) {
            return None;
        }
        let environments = a.mesh().sure_of_clusters() < Certainty::Sure && a.origin.folder != b.origin.folder;
        let apart = environments || meet == Meeting::Perhaps;
        Some(Tie { first: first.spot(), other: other.spot(), host: self.name.clone(), whole, apart })
    }

    /// The match that takes every request of the host, and is taken first of those.
    fn catch_all(&self) -> Option<&Entry<'t, 'm>> {
        let all = self.entries.iter().filter(|entry| entry.sure && entry.matching.takes_all() && !entry.rule.may_leave_some());
        all.max_by_key(|entry| self.key(entry, Profile::Istio))
    }

    /// Patterns that Istio leaves out.
    pub(super) fn dropped(&self) -> Vec<Dropped> {
        if self.profile != Some(Profile::Istio) {
            return Vec::new();
        }
        let Some(all) = self.catch_all() else { return Vec::new() };
        let patterns = self.entries.iter().filter(|entry| entry.sure && is_pattern(entry.matching));
        patterns
            .filter(|entry| !entry.rule.does_as(all.rule) && surely_meet(entry.route(), all.route()))
            .map(|entry| Dropped { lost: entry.spot(), catch_all: all.spot(), host: self.name.clone() })
            .collect()
    }

    /// What products disagree on.
    pub(super) fn disputes(&self) -> Vec<Dispute> {
        let mut found = self.patterns_and_prefixes();
        found.extend(self.methods_and_headers());
        found
    }

    /// Patterns stand before prefixes, or after them.
    fn patterns_and_prefixes(&self) -> Vec<Dispute> {
        let mut prefixes: FxHashMap<&str, Vec<&Entry<'t, 'm>>> = FxHashMap::default();
        // what Istio drops is said there
        let catching = if self.profile == Some(Profile::Istio) { self.catch_all() } else { None };
        let mut patterns = Vec::new();
        for entry in self.entries.iter().filter(|entry| entry.sure && !entry.rule.may_leave_some()) {
            match &entry.matching.path {
                PathMatch::Regex(pattern) if catching.is_none() => patterns.push((entry, pattern)),
                PathMatch::Prefix(prefix) => {
                    let all = prefixes.entry(prefix).or_default();
                    if all.len() < PAIRS_OF {
                        all.push(entry);
                    }
                }
                _ => {}
            }
        }
        let mut found = Vec::new();
        if prefixes.is_empty() {
            return found;
        }
        let mut few: Vec<&str> = prefixes.keys().copied().collect();
        few.sort_unstable_by_key(|prefix| (std::cmp::Reverse(prefix.len()), *prefix));
        few.truncate(TRIED);
        let thorough = patterns.len() <= TRIED;
        for (entry, pattern) in patterns {
            let mut paths: Vec<String> = samples(&pattern.text).into_iter().filter(|path| path.starts_with('/')).collect();
            if thorough {
                paths.extend(few.iter().flat_map(|prefix| [format!("{prefix}/x"), format!("{prefix}/"), (*prefix).to_owned()]));
            }
            let shape = Shape::of(entry.matching);
            let mut said = Vec::new();
            for path in paths.iter().filter(|path| !path.is_empty()) {
                for other in above(path).filter_map(|prefix| prefixes.get(prefix)).flatten() {
                    let again = said.contains(&other.spot()) || other.spot().node == entry.spot().node;
                    if again || !shape.is_compatible(&Shape::of(other.matching)) {
                        continue;
                    }
                    // asking the pattern costs most
                    if let Some(dispute) = self.dispute(entry, other, path.clone(), true).filter(|_| pattern.fits(path)) {
                        said.push(other.spot());
                        found.push(dispute);
                    }
                }
            }
        }
        found
    }

    /// A method counts more than headers, or as one of them.
    fn methods_and_headers(&self) -> Vec<Dispute> {
        let mut buckets: BTreeMap<(u8, &str), Beside> = BTreeMap::new();
        let entries = self.entries.iter().enumerate();
        for (at, entry) in entries.filter(|(_, entry)| entry.sure && !is_pattern(entry.matching) && !entry.rule.may_leave_some()) {
            let matching = entry.matching;
            let beside = buckets.entry(super::rules::path_of(matching)).or_default();
            let list = if matching.method.is_some() { &mut beside.methods } else { &mut beside.headers };
            if (matching.method.is_some() || !matching.headers.is_empty()) && list.len() < PAIRS_OF {
                list.push(at);
            }
        }
        let mut found = Vec::new();
        for Beside { methods, headers } in buckets.into_values() {
            for a in methods.iter().filter_map(|at| self.entry(*at)) {
                let shape = Shape::of(a.matching);
                for b in headers.iter().filter_map(|at| self.entry(*at)) {
                    if shape.is_compatible(&Shape::of(b.matching)) {
                        let path = Some(shape.path.1).filter(|path| !path.is_empty()).unwrap_or("/");
                        found.extend(self.dispute(a, b, path.to_owned(), false));
                    }
                }
            }
        }
        found
    }

    /// Whether the orders disagree on two matches that some request fits both of.
    fn dispute(&self, a: &Entry<'t, 'm>, b: &Entry<'t, 'm>, path: String, pattern: bool) -> Option<Dispute> {
        if !surely_meet(a.route(), b.route()) || a.rule.does_as(b.rule) {
            return None;
        }
        let first = |profile: Profile| {
            let (one, other) = (self.key(a, profile), self.key(b, profile));
            let by = one.differs_by(&other)?;
            (!matches!(by, Criterion::Age | Criterion::Name | Criterion::Rule | Criterion::Match)).then_some(one > other)
        };
        // the text leaves open where patterns stand
        let known = |profile: &Profile| !(pattern && *profile == Profile::Spec);
        let orders: Vec<(Profile, bool)> =
            PROFILES.into_iter().filter(known).filter_map(|profile| Some((profile, first(profile)?))).collect();
        let here = self.profile.filter(known);
        // where nobody is known, what most do
        let own = here.unwrap_or(Profile::Kgateway);
        let (_, wins) = *orders.iter().find(|(profile, _)| *profile == own)?;
        let elsewhere: Vec<Profile> = orders.iter().filter(|(_, other)| *other != wins).map(|(profile, _)| *profile).collect();
        if elsewhere.is_empty() {
            return None;
        }
        let (winner, loser) = if wins { (a.spot(), b.spot()) } else { (b.spot(), a.spot()) };
        Some(Dispute { winner, loser, here, elsewhere, host: self.name.clone(), path, pattern })
    }

    /// Whether some match takes every request.
    pub(super) fn takes_all(&self) -> bool {
        self.entries.iter().any(|entry| entry.matching.takes_all())
    }

    /// A match of a broader host that takes requests for this host which none of its own matches takes.
    pub(super) fn fall(&self, broader: &Self) -> Option<Fall> {
        if self.takes_all() || self.entries.iter().any(|entry| is_pattern(entry.matching)) {
            return None;
        }
        let own: Vec<Shape<'_>> = self.entries.iter().map(|entry| Shape::of(entry.matching)).collect();
        let theirs = broader.entries.iter().filter(|entry| entry.sure && !is_pattern(entry.matching)).take(TRIED);
        let here = |entry: &Entry<'_, 'm>| self.entries.iter().any(|own| own.route().object == entry.route().object);
        let hole = theirs.filter(|entry| !here(entry)).find(|entry| {
            let shape = Shape::of(entry.matching);
            !own.iter().any(|own| own.takes_paths_of(&shape) && own.asks_no_more_than(&shape))
        })?;
        let first = self.entries.iter().find(|entry| entry.sure)?;
        let meet = surely_meet(first.route(), hole.route());
        meet.then(|| Fall { host: self.name.clone(), own: first.spot(), broader: broader.name.clone(), by: hole.spot() })
    }
}

fn is_pattern(matching: &Match<'_>) -> bool {
    matches!(matching.path, PathMatch::Regex(_))
}

/// Whether two routes stand in each other's way.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Meeting {
    Surely,
    /// Different kustomizations lead to them, which may go to different places.
    Perhaps,
    /// They are not in one cluster, or an annotation says which one goes first.
    Never,
}

fn may_meet(a: RouteView<'_>, b: RouteView<'_>) -> Meeting {
    let (one, other) = (a.object.resource(), b.object.resource());
    // kgateway's `kgateway.dev/route-weight` comes before all that is compared here
    let weight = |of: &crate::model::Resource| {
        let mut all = of.meta.annotations.iter().flat_map(|all| all.iter());
        all.any(|(key, _)| key.ends_with("/route-weight"))
    };
    if a.object == b.object {
        return Meeting::Surely;
    }
    if weight(one) || weight(other) || !a.object.mesh().apart.together(one, other) {
        return Meeting::Never;
    }
    let (roots, others) = (&one.origin.roots, &other.origin.roots);
    let apart = !roots.is_empty() && !others.is_empty() && !roots.iter().any(|root| others.contains(root));
    if apart { Meeting::Perhaps } else { Meeting::Surely }
}

fn surely_meet(a: RouteView<'_>, b: RouteView<'_>) -> bool {
    may_meet(a, b) == Meeting::Surely
}

/// The prefixes that take a path: itself, and what stands before each `/`.
fn above(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').filter_map(|(at, _)| path.get(..at)).chain([path])
}
