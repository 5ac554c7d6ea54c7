//! Resources by cluster, kind, namespace and name, and what it means when one is not there.

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use super::certainty::Certainty;
use super::settings::Skipped;
use crate::model::{Kind, Namespace, Resource, Text};

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

type Table = FxHashMap<Namespace, BTreeMap<Text, Vec<Ix>>>;

/// The objects of one cluster.
#[derive(Debug, Default)]
pub(super) struct Index {
    tables: FxHashMap<Kind, Table>,
    lists: FxHashMap<Kind, Vec<Ix>>,
    /// Namespaces that hold anything at all.
    inhabited: FxHashSet<Namespace>,
}

impl Index {
    pub(super) fn insert(&mut self, ix: Ix, resource: &Resource) {
        let id = &resource.id;
        self.tables.entry(resource.kind).or_default().entry(id.namespace.clone()).or_default().entry(id.name.clone()).or_default().push(ix);
        self.lists.entry(resource.kind).or_default().push(ix);
        self.inhabited.insert(id.namespace.clone());
    }

    pub(super) fn all(&self, kind: Kind) -> &[Ix] {
        self.lists.get(&kind).map_or(&[], Vec::as_slice)
    }

    pub(super) fn in_namespace(&self, kind: Kind, namespace: &Namespace) -> impl Iterator<Item = Ix> + '_ {
        self.tables.get(&kind).and_then(|table| table.get(namespace)).into_iter().flat_map(|names| names.values().flatten().copied())
    }

    pub(super) fn named(&self, kind: Kind, namespace: &Namespace, name: &str) -> &[Ix] {
        self.tables.get(&kind).and_then(|table| table.get(namespace)?.get(name)).map_or(&[], Vec::as_slice)
    }

    /// How sure it is that an object which was not found does not exist; see the design's part on partial views.
    pub(super) fn missing(&self, kind: Kind, namespace: &Namespace, name: &str, complete: bool, skipped: &[Skipped]) -> Missing {
        let names = self.tables.get(&kind).and_then(|table| table.get(namespace));
        let near = names.and_then(|names| {
            let mut slips = names.iter().filter(|(other, _)| is_slip(name, other));
            slips.next()?.1.first().copied()
        });
        let left_out = || {
            skipped.iter().any(|s| {
                s.kind.as_deref().is_none_or(|k| k == kind.name()) && s.namespace.as_deref().is_none_or(|ns| Some(ns) == namespace.name())
            })
        };
        let certainty = if complete || near.is_some() {
            Certainty::Sure
        } else if names.is_some() && matches!(namespace, Namespace::Named(_) | Namespace::Cluster) && !left_out() {
            Certainty::Likely
        } else {
            Certainty::Possible
        };
        Missing { certainty, near }
    }
}

/// Whether one name is a slip of the keyboard for the other. Names differ on purpose more often than words do: `api-v1`
/// and `api-v2`, `cart-eu` and `cart-us`, `api` and `app` are two objects each.
fn is_slip(a: &str, b: &str) -> bool {
    let length = a.chars().count().min(b.chars().count());
    let distance = strsim::osa_distance(a, b);
    let letters = |s: &str| s.chars().filter(|c| !c.is_ascii_digit()).collect::<String>();
    if distance == 0 || length < 3 || distance > if length >= 8 { 2 } else { 1 } || letters(a) == letters(b) {
        return false;
    }
    let (mut left, mut right) = (a.split('-'), b.split('-'));
    let segments: Vec<_> = std::iter::from_fn(|| match (left.next(), right.next()) {
        (None, None) => None,
        pair => Some(pair),
    })
    .collect();
    let differing: Vec<_> = segments.iter().filter(|(l, r)| l != r).collect();
    match differing.as_slice() {
        // a short part that is replaced as a whole: a region, a colour, a version
        [(Some(l), Some(r))] if segments.len() > 1 && l.len() <= 3 && r.len() <= 3 => false,
        // in a short name another letter makes another word; swapped letters or one too many do not
        [(Some(l), Some(r))] if l.len() == r.len() && l.len() <= 4 => strsim::levenshtein(l, r) == 2,
        [(Some(_), Some(_))] => true,
        // a part that only one of them has is a suffix of somebody's choice
        _ => false,
    }
}

/// Which roots of kustomizations can't be in one cluster together: they share a file, or define the same object.
#[derive(Debug, Default)]
pub(super) struct Roots {
    apart: FxHashSet<(u32, u32)>,
}

impl Roots {
    pub(super) fn of(resources: &[Resource]) -> Self {
        let mut apart = FxHashSet::default();
        let mut note = |a: u32, b: u32| {
            if a != b {
                apart.insert((a.min(b), a.max(b)));
            }
        };
        let mut defined: FxHashMap<&crate::model::ResourceId, Vec<u32>> = FxHashMap::default();
        for resource in resources.iter().filter(|r| !r.origin.roots.is_empty()) {
            for (n, a) in resource.origin.roots.iter().enumerate() {
                for b in resource.origin.roots.iter().skip(n + 1) {
                    note(*a, *b);
                }
            }
            let others = defined.entry(&resource.id).or_default();
            for a in &resource.origin.roots {
                for b in others.iter() {
                    note(*a, *b);
                }
            }
            others.extend(&resource.origin.roots);
        }
        Self { apart }
    }

    /// Whether one object can be in the same cluster as another.
    pub(super) fn together(&self, a: &Resource, b: &Resource) -> bool {
        let (a, b) = (&a.origin.roots, &b.origin.roots);
        if a.is_empty() || b.is_empty() || a.iter().any(|root| b.contains(root)) {
            return true;
        }
        a.iter().any(|a| b.iter().any(|b| !self.apart.contains(&((*a).min(*b), (*a).max(*b)))))
    }

    /// Whether two objects are in one kustomization.
    pub(super) fn same(a: &Resource, b: &Resource) -> bool {
        a.origin.roots.iter().any(|root| b.origin.roots.contains(root)) || (a.origin.roots.is_empty() && b.origin.roots.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::is_slip;

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
        ] {
            assert!(!is_slip(a, b), "{a} {b}");
        }
    }
}
