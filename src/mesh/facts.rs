//! What is known of labels: unknown is not absent.

use crate::model::gateway::LabelSelector;
use crate::model::{Kind, Labels, Namespace};
use crate::yaml::NodeId;

use super::{Lookup, Object};

/// An answer, or the admission that the input does not hold it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fact<T> {
    /// The input (or what was assumed) says so.
    Known(T),
    /// It depends on something outside the input.
    Unknown,
}

impl<T> Fact<T> {
    /// The answer, when there is one.
    pub fn known(self) -> Option<T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Unknown => None,
        }
    }

    /// Another answer from this one.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Fact<U> {
        match self {
            Self::Known(value) => Fact::Known(change(value)),
            Self::Unknown => Fact::Unknown,
        }
    }
}

/// A label's or annotation's value and, when it stands in the input, its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LabelAt<'m> {
    /// The value.
    pub value: &'m str,
    /// Its node; none for what was assumed or comes from a controller.
    pub node: Option<NodeId>,
}

impl<'m> LabelAt<'m> {
    /// The label of that key.
    pub fn of(labels: &'m Labels, key: &str) -> Option<Self> {
        labels.get(key).map(|value| Self { value, node: Some(value.node()) })
    }
}

/// Whether a selector fits labels of which some may not be known.
pub(super) fn fits<'a>(selector: &LabelSelector, label: impl Fn(&str) -> Fact<Option<&'a str>>) -> Fact<bool> {
    let known = std::cell::Cell::new(true);
    let matches = selector.matches(|key| match label(key) {
        Fact::Known(value) => value,
        Fact::Unknown => {
            known.set(false);
            None
        }
    });
    if known.get() { Fact::Known(matches) } else { Fact::Unknown }
}

impl<'m> Object<'m> {
    /// Whether a selector takes a namespace, as seen from this object's cluster. The API server labels each namespace with
    /// its name.
    pub fn namespace_fits(&self, namespace: &Namespace, selector: &LabelSelector) -> Fact<bool> {
        let Some(name) = namespace.name() else { return if selector.is_empty() { Fact::Known(true) } else { Fact::Unknown } };
        fits(selector, |key| match key {
            "kubernetes.io/metadata.name" => Fact::Known(Some(name)),
            _ => self.namespace_label(namespace, key).map(|label| label.map(|l| l.value)),
        })
    }

    /// A label of a namespace as seen from this object's cluster: of its Namespace object, else assumed.
    pub fn namespace_label(&self, namespace: &Namespace, key: &str) -> Fact<Option<LabelAt<'m>>> {
        let Namespace::Named(name) = namespace else { return Fact::Unknown };
        let label = |ix: u32| {
            let object = self.sibling(ix)?;
            Some(object.resource().meta.labels.as_ref().and_then(|labels| LabelAt::of(labels, key)))
        };
        match self.present(Kind::Namespace, &Namespace::Cluster, name) {
            Some(Lookup::Found(ix)) if self.sibling(ix).is_some_and(|o| !o.is_broken()) => Fact::Known(label(ix).flatten()),
            Some(Lookup::Found(_)) => Fact::Unknown,
            Some(Lookup::Ambiguous(several)) => {
                let mut labels = several.iter().map(|ix| label(*ix).flatten());
                let first = labels.next().flatten();
                if labels.all(|other| other.map(|l| l.value) == first.map(|l| l.value)) { Fact::Known(first) } else { Fact::Unknown }
            }
            Some(Lookup::Missing(_)) | None => match self.mesh().settings.namespaces.get(name) {
                Some(assumed) => Fact::Known(assumed.labels.get(key).map(|value| LabelAt { value, node: None })),
                None if self.mesh().settings.complete => Fact::Known(None),
                None => Fact::Unknown,
            },
        }
    }

    /// The Namespace object of a namespace, when the input holds exactly one.
    pub fn namespace_object(&self, namespace: &Namespace) -> Option<Object<'m>> {
        self.get(Kind::Namespace, &Namespace::Cluster, namespace.name()?)
    }

    /// A label of the object, else of its namespace: for the labels that Istio reads in this order.
    pub fn label_or_namespace(&self, key: &str) -> Fact<Option<LabelAt<'m>>> {
        if let Some(label) = self.own_label(key) {
            return Fact::Known(Some(label));
        }
        self.namespace_label(self.namespace(), key)
    }

    /// A label of the object itself.
    pub fn own_label(&self, key: &str) -> Option<LabelAt<'m>> {
        LabelAt::of(self.resource().meta.labels.as_deref()?, key)
    }

    /// An annotation of the object itself.
    pub fn own_annotation(&self, key: &str) -> Option<LabelAt<'m>> {
        LabelAt::of(self.resource().meta.annotations.as_deref()?, key)
    }
}

/// Go's strconv.ParseBool, by which Istio reads boolean labels and annotations.
pub fn parse_bool(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => Some(true),
        "0" | "f" | "F" | "FALSE" | "false" | "False" => Some(false),
        _ => None,
    }
}
