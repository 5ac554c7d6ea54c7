//! Resources by cluster, kind, namespace and name, and what it means when one is not there.

use std::collections::hash_map::Entry;
use std::hash::Hasher;
use std::sync::OnceLock;

use rustc_hash::{FxBuildHasher, FxHashMap, FxHashSet, FxHasher};

use super::certainty::Certainty;
use super::settings::Skipped;
use crate::model::{Kind, Namespace, Resource, ResourceId, Spec, Text};

/// A resource by its index in [`super::Mesh::resources`].
pub(super) type Ix = u32;

/// What a lookup by name gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// One object.
    Found(Ix),
    /// Several that could be meant, as overlays of one base define them.
    Ambiguous(Vec<Ix>),
    /// None.
    Missing(Missing),
}

/// What is known of something that is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// How sure it is that it does not exist outside the input either.
    pub certainty: Certainty,
    /// An object whose name is a slip of the keyboard away.
    pub near: Option<Ix>,
}

type Table = FxHashMap<Namespace, Names>;

/// The objects of one kind in one namespace, sorted by name; those of one name in the order they were read.
#[derive(Debug, Default)]
struct Names {
    sorted: Vec<Text>,
    objects: Vec<Ix>,
    /// Where the objects of each name begin and end.
    places: FxHashMap<Text, (u32, u32)>,
    /// The names and what they are without one character, as hashes with the place of the name; made when a name is wrong.
    shortened: OnceLock<Vec<(u64, u32)>>,
}

impl Names {
    fn of(mut all: Vec<(Text, Ix)>) -> Self {
        all.sort_unstable();
        let mut places = FxHashMap::with_capacity_and_hasher(all.len(), FxBuildHasher);
        for ((name, _), at) in all.iter().zip(0..) {
            places.entry(name.clone()).or_insert((at, at)).1 = at + 1;
        }
        let (sorted, objects) = all.into_iter().unzip();
        Self { sorted, objects, places, shortened: OnceLock::new() }
    }

    fn get(&self, name: &str) -> &[Ix] {
        let place = self.places.get(name).and_then(|(start, end)| self.objects.get(*start as usize..*end as usize));
        place.unwrap_or_default()
    }

    /// The first object whose name is a slip of the keyboard away. Names that are one edit apart are the same when one
    /// character of each, or of one of them, is left out; only those are compared.
    fn slip(&self, name: &str) -> Option<Ix> {
        let table = self.shortened.get_or_init(|| {
            let all = self.sorted.iter().zip(0..).flat_map(|(name, at)| shortened(name).into_iter().map(move |hash| (hash, at)));
            let mut all: Vec<(u64, u32)> = all.collect();
            all.sort_unstable();
            all
        });
        let same = |hash: u64| {
            let start = table.partition_point(|(other, _)| *other < hash);
            table.iter().skip(start).take_while(move |(other, _)| *other == hash).map(|(_, at)| *at as usize)
        };
        let mut places: Vec<usize> = shortened(name).into_iter().flat_map(same).collect();
        places.sort_unstable();
        let at = places.into_iter().find(|at| self.sorted.get(*at).is_some_and(|other| is_slip(name, other)))?;
        self.objects.get(at).copied()
    }
}

/// Hashes of a name and of all that it becomes when one character is left out.
fn shortened(name: &str) -> Vec<u64> {
    let hash = |parts: [&str; 2]| {
        let mut hasher = FxHasher::default();
        parts.concat().bytes().for_each(|byte| hasher.write_u8(byte));
        hasher.finish()
    };
    let without = name.char_indices().filter_map(|(at, c)| Some([name.get(..at)?, name.get(at + c.len_utf8()..)?]));
    std::iter::once([name, ""]).chain(without).map(hash).collect()
}

/// The hosts of ServiceEntries, by their names, and by what follows the `*` of those that have one.
#[derive(Debug, Default)]
struct Hosts {
    exact: FxHashMap<String, Vec<Ix>>,
    wildcards: FxHashMap<String, Vec<Ix>>,
}

impl Hosts {
    fn add(&mut self, host: &str, ix: Ix) {
        let host = host.to_ascii_lowercase();
        let (table, key) = match host.strip_prefix('*') {
            Some(rest) => (&mut self.wildcards, rest.to_owned()),
            None if host.is_empty() => (&mut self.wildcards, host),
            None => (&mut self.exact, host),
        };
        table.entry(key).or_default().push(ix);
    }

    /// Those that may cover a host, in the order they were read.
    fn of(&self, host: &str) -> Vec<Ix> {
        let host = host.to_ascii_lowercase();
        let suffixes = host.match_indices('.').filter_map(|(at, _)| host.get(at..)).chain([""]);
        let covering = suffixes.filter_map(|suffix| self.wildcards.get(suffix)).chain(self.exact.get(&host));
        let mut all: Vec<Ix> = covering.flatten().copied().collect();
        all.sort_unstable();
        all.dedup();
        all
    }
}

/// The objects of one cluster.
#[derive(Debug, Default)]
pub(super) struct Index {
    tables: FxHashMap<Kind, Table>,
    lists: FxHashMap<Kind, Vec<Ix>>,
    /// Namespaces in which there may be more than the input shows: objects of kinds that are not modelled have controllers, which
    /// may make others, charts are deployed into them, or kustomizations give other names to what is in them.
    generators: FxHashSet<Namespace>,
    hosts: Hosts,
    /// Whether something is deployed into namespaces that a template names.
    generated_anywhere: bool,
}

impl Index {
    /// The objects of one cluster, in the order they were read.
    pub(super) fn of<'m>(members: impl Iterator<Item = (Ix, &'m Resource)>) -> Self {
        let mut index = Self::default();
        let mut named: FxHashMap<(Kind, &Namespace), Vec<(Text, Ix)>> = FxHashMap::default();
        for (ix, resource) in members {
            let id = &resource.id;
            named.entry((resource.kind, &id.namespace)).or_default().push((id.name.clone(), ix));
            index.lists.entry(resource.kind).or_default().push(ix);
            match &resource.spec {
                Spec::ServiceEntry(entry) => entry.spec.hosts.iter().for_each(|host| index.hosts.add(host, ix)),
                Spec::Deploys(namespace) => index.deploys(namespace),
                Spec::Delivery(delivery) => delivery.namespace().into_iter().for_each(|namespace| index.deploys(namespace)),
                _ => {}
            }
            let more = resource.origin.more_beside || resource.origin.renamed;
            if more && !index.generators.contains(&id.namespace) {
                index.generators.insert(id.namespace.clone());
            }
            if matches!(resource.kind, Kind::Other | Kind::Delivery)
                && !INERT.contains(&&*id.group)
                && !index.generators.contains(&id.namespace)
            {
                index.generators.insert(id.namespace.clone());
            }
        }
        for ((kind, namespace), names) in named {
            index.tables.entry(kind).or_default().insert(namespace.clone(), Names::of(names));
        }
        index
    }

    /// Notes that something which the input may not show is deployed into a namespace.
    pub(super) fn deploys(&mut self, namespace: &Text) {
        // a template is no name
        if namespace.contains(|c: char| !c.is_ascii_alphanumeric() && c != '-') {
            self.generated_anywhere = true;
        } else {
            self.generators.insert(Namespace::Named(namespace.clone()));
        }
    }

    pub(super) fn all(&self, kind: Kind) -> &[Ix] {
        self.lists.get(&kind).map_or(&[], Vec::as_slice)
    }

    /// The ServiceEntries whose hosts may cover a host.
    pub(super) fn with_host(&self, host: &str) -> Vec<Ix> {
        self.hosts.of(host)
    }

    pub(super) fn in_namespace(&self, kind: Kind, namespace: &Namespace) -> impl Iterator<Item = Ix> + '_ {
        self.tables.get(&kind).and_then(|table| table.get(namespace)).into_iter().flat_map(|names| names.objects.iter().copied())
    }

    pub(super) fn named(&self, kind: Kind, namespace: &Namespace, name: &str) -> &[Ix] {
        self.tables.get(&kind).and_then(|table| table.get(namespace)).map_or(&[], |names| names.get(name))
    }

    /// How sure it is that an object which was not found does not exist; see the design's part on partial views.
    pub(super) fn missing(&self, kind: Kind, namespace: &Namespace, name: &str, complete: bool, skipped: &[Skipped]) -> Missing {
        let names = self.tables.get(&kind).and_then(|table| table.get(namespace));
        let mut left_out = skipped.iter().filter(|s| s.may_be(kind, namespace)).peekable();
        let all_read = left_out.peek().is_none();
        // the API server makes this one
        if kind == Kind::Service && name == "kubernetes" && namespace.name().is_some_and(|n| n == "default") {
            return Missing { certainty: Certainty::Possible, near: None };
        }
        // it may well be the one that could not be read
        if left_out.any(|s| s.name.as_deref().is_none_or(|n| n == name)) {
            return Missing { certainty: Certainty::Possible, near: None };
        }
        let near = names.and_then(|names| names.slip(name));
        let known = matches!(namespace, Namespace::Named(_) | Namespace::Cluster);
        let certainty = if complete || near.is_some() {
            Certainty::Sure
        } else if names.is_some() && known && all_read && !self.generated_anywhere && !self.generators.contains(namespace) {
            Certainty::Likely
        } else {
            Certainty::Possible
        };
        Missing { certainty, near }
    }
}

/// Groups whose objects make no Services, Gateways or the like; of any other kind that is not modelled, a controller may.
const INERT: [&str; 14] = [
    "autoscaling",
    "cert-manager.io",
    "external-secrets.io",
    "policy",
    "monitoring.coreos.com",
    "networking.k8s.io",
    "rbac.authorization.k8s.io",
    "scheduling.k8s.io",
    "telemetry.istio.io",
    "extensions.istio.io",
    "networking.istio.io",
    "kustomize.config.k8s.io",
    "storage.k8s.io",
    "",
];

/// Whether one name is a slip of the keyboard for the other. Names differ on purpose more often than words do: `api-v1`
/// and `api-v2`, `cart-eu` and `cart-us`, `api` and `app` are two objects each.
pub(super) fn is_slip(a: &str, b: &str) -> bool {
    let length = a.chars().count().min(b.chars().count());
    let letters = |s: &str| s.chars().filter(|c| !c.is_ascii_digit()).collect::<String>();
    if length < 3 || strsim::osa_distance(a, b) != 1 || letters(a) == letters(b) {
        return false;
    }
    let (mut left, mut right) = (a.split('-'), b.split('-'));
    let segments: Vec<_> = std::iter::from_fn(|| match (left.next(), right.next()) {
        (None, None) => None,
        pair => Some(pair),
    })
    .collect();
    let differing: Vec<_> = segments.iter().filter(|(l, r)| l != r).collect();
    let secure = |l: &str, r: &str| ["http", "ws", "grpc"].contains(&l) && r.strip_prefix(l) == Some("s");
    match differing.as_slice() {
        // a short part that is replaced as a whole: a region, a colour, a version
        [(Some(l), Some(r))] if segments.len() > 1 && l.len() <= 3 && r.len() <= 3 => false,
        [(Some(l), Some(r))] if secure(l, r) || secure(r, l) => false,
        // in a short name another letter makes another word; swapped letters or one too many do not
        [(Some(l), Some(r))] if l.len() == r.len() && l.len() <= 4 => strsim::levenshtein(l, r) == 2,
        [(Some(_), Some(_))] => true,
        // a part that only one of them has is a suffix of somebody's choice
        _ => false,
    }
}

/// Which parts of the input can't be in one cluster together, though nothing says which clusters there are: roots of
/// kustomizations, and folders, that define the same object differently (or share a base).
#[derive(Debug, Default)]
pub(super) struct Apart {
    roots: FxHashSet<(u32, u32)>,
    /// Sibling folders, as their paths; they are environments of some kind.
    folders: FxHashSet<(String, String)>,
}

impl Apart {
    /// `stated` means that clusters are configured (or the input is one whole): then folders say nothing.
    pub(super) fn of(resources: &[Resource], stated: bool) -> Self {
        let mut apart = Self::default();
        let mut defined: FxHashMap<&ResourceId, (&Resource, Vec<&Resource>)> = FxHashMap::default();
        defined.reserve(resources.len());
        for resource in resources {
            for (n, a) in resource.origin.roots.iter().enumerate() {
                for b in resource.origin.roots.iter().skip(n + 1) {
                    apart.note_roots(*a, *b);
                }
            }
            let (first, others) = match defined.entry(&resource.id) {
                Entry::Occupied(defined) => defined.into_mut(),
                Entry::Vacant(free) => {
                    free.insert((resource, Vec::new()));
                    continue;
                }
            };
            // a few definitions tell all there is to tell
            for other in std::iter::once(&*first).chain(&*others).take(16).filter(|other| share_cluster(other, resource)) {
                if resource.origin.roots.is_empty() && other.origin.roots.is_empty() {
                    if !stated
                        && other.digest != resource.digest
                        && let Some((a, b)) = branches(&other.origin.folder, &resource.origin.folder)
                    {
                        apart.folders.insert((a.to_owned(), b.to_owned()));
                        apart.folders.insert((b.to_owned(), a.to_owned()));
                    }
                    continue;
                }
                for a in &resource.origin.roots {
                    other.origin.roots.iter().for_each(|b| apart.note_roots(*a, *b));
                }
            }
            others.push(resource);
        }
        apart
    }

    fn note_roots(&mut self, a: u32, b: u32) {
        if a != b {
            self.roots.insert((a.min(b), a.max(b)));
        }
    }

    /// Whether folders look like environments or clusters of which nothing is said.
    pub(super) fn folders_differ(&self) -> bool {
        !self.folders.is_empty()
    }

    /// Whether one object can be in the same cluster as another.
    pub(super) fn together(&self, a: &Resource, b: &Resource) -> bool {
        let (one, other) = (&a.origin.roots, &b.origin.roots);
        if one.is_empty() && other.is_empty() {
            return self.folders.is_empty()
                || branches(&a.origin.folder, &b.origin.folder).is_none_or(|(a, b)| !self.folders.contains(&(a.to_owned(), b.to_owned())));
        }
        if one.is_empty() || other.is_empty() || one.iter().any(|root| other.contains(root)) {
            return true;
        }
        one.iter().any(|a| other.iter().any(|b| !self.roots.contains(&((*a).min(*b), (*a).max(*b)))))
    }
}

fn share_cluster(a: &Resource, b: &Resource) -> bool {
    let (a, b) = (&a.origin.clusters, &b.origin.clusters);
    a.is_empty() || b.is_empty() || a.iter().any(|c| b.contains(c))
}

/// The folders at which the ways to two folders part; none when one is in the other.
fn branches<'p>(a: &'p str, b: &'p str) -> Option<(&'p str, &'p str)> {
    let mut end = 0;
    let (mut left, mut right) = (a.split('/'), b.split('/'));
    loop {
        let (one, other) = (left.next()?, right.next()?);
        if one != other {
            return Some((a.get(..end + one.len())?, b.get(..end + other.len())?));
        }
        end += one.len() + 1;
    }
}

/// How close another object's folder is: the more of the way is shared, the closer; its own folder is closest.
pub(super) fn closeness(from: &Resource, other: &Resource) -> (bool, usize) {
    let same_root = from.origin.roots.iter().any(|root| other.origin.roots.contains(root))
        || (from.origin.roots.is_empty() && other.origin.roots.is_empty());
    let (own, theirs) = (&from.origin.folder, &other.origin.folder);
    let above = own == theirs || own.strip_prefix(&**theirs).is_some_and(|rest| rest.starts_with('/') || theirs.ends_with('/'));
    (same_root, if above { theirs.len() + 1 } else { 0 })
}

#[cfg(test)]
mod tests {
    use super::{Hosts, Names, is_slip};
    use crate::mesh::hosts;
    use crate::model::Text;

    const WORDS: [&str; 12] =
        ["cart", "crat", "carts", "car", "public", "publik", "pubilc", "api-v1", "ünder", "under", "shop-gateway", "shop-gatway"];

    #[test]
    fn slips_are_found_as_by_comparing_all() {
        let names = Names::of(WORDS.iter().zip(0..).map(|(word, ix)| (Text::from(*word), ix)).collect());
        let mut found = 0;
        for word in WORDS.into_iter().chain(["ublic", "cartt", "acrt", "shop-gatewya", "nder", "x", ""]) {
            let all = names.sorted.iter().position(|other| is_slip(word, other)).map(|at| names.objects[at]);
            assert_eq!(names.slip(word), all, "{word}");
            found += usize::from(all.is_some());
        }
        assert!(found > 8, "{found}");
    }

    #[test]
    fn hosts_are_found_as_by_comparing_all() {
        let own = ["*", "a.example.com", "*.example.com", "*.b.example.com", "A.Example.com", "*example.com", "", "*."];
        let mut index = Hosts::default();
        own.iter().zip(0..).for_each(|(host, ix)| index.add(host, ix));
        for host in ["a.example.com", "x.b.example.com", "example.com", "*.b.example.com", "*.example.com", "org", "*", "badexample.com"] {
            let all: Vec<u32> = own.iter().zip(0..).filter(|(own, _)| hosts::covers(own, host)).map(|(_, ix)| ix).collect();
            let found: Vec<u32> = index.of(host).into_iter().filter(|ix| hosts::covers(own[*ix as usize], host)).collect();
            assert_eq!(found, all, "{host}");
        }
    }

    #[test]
    fn slips_and_choices() {
        for (a, b) in [("cart", "crat"), ("cart", "carts"), ("public", "publik"), ("checkout", "chekout"), ("shop-gateway", "shop-gatway")]
        {
            assert!(is_slip(a, b), "{a} {b}");
        }
        for (a, b) in [
            ("api-v1", "api-v2"),
            ("api", "app"),
            ("cart-eu", "cart-us"),
            ("catalog-eu", "catalog-us"),
            ("cart", "card"),
            ("web", "web2"),
            ("backend-a", "backend-b"),
            ("reviews", "ratings"),
            ("cart", "cart-db"),
            ("ab", "ba"),
            ("cart", "cart"),
            ("east", "west"),
            ("internal", "external"),
            ("istio-ingressgateway", "istio-egressgateway"),
            ("web-http", "web-https"),
            ("north", "south"),
        ] {
            assert!(!is_slip(a, b), "{a} {b}");
        }
    }
}
