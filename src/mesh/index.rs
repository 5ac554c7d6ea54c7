//! Resources by cluster, kind, namespace and name, and what it means when one is not there.

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use super::certainty::Certainty;
use super::settings::Skipped;
use crate::model::{Kind, Namespace, Resource, Text};
use crate::text::near;

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
            let word = near(name, names.keys().map(|n| &**n).filter(|other| !differ_in_digits_only(name, other)))?;
            names.get(word)?.first().copied()
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

/// `api-v1` and `api-v2` are two objects, not a typo.
fn differ_in_digits_only(a: &str, b: &str) -> bool {
    let letters = |s: &str| s.chars().filter(|c| !c.is_ascii_digit()).collect::<String>();
    letters(a) == letters(b)
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
