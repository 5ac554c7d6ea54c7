//! What it takes for a listener to admit one more namespace, and lose none.

use super::Object;
use super::routes::ListenerView;
use crate::model::Text;
use crate::model::gateway::{AllowedRoutes, FromNamespaces, LabelSelector};
use crate::yaml::NodeId;

/// The label by which the API server names each namespace.
pub const NAMESPACE_NAME: &str = "kubernetes.io/metadata.name";

/// A way to admit a namespace by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Admission {
    /// The listener admits its own namespace only: it gets a selector for that one and the new one.
    Own {
        /// The listener.
        listener: NodeId,
        /// Its namespace.
        own: Text,
    },
    /// The selector asks for one name by `matchLabels`: it becomes a list of two.
    Named {
        /// The selector.
        selector: NodeId,
        /// Its `matchLabels`.
        labels: NodeId,
        /// The name.
        name: Text,
    },
    /// The selector has a list of names: it gets one more. This is the requirement with the list.
    Listed(NodeId),
}

impl ListenerView<'_> {
    /// How this listener of a Gateway comes to admit one more namespace; none where there is more than one way, as with a
    /// selector for other labels.
    pub fn admission(&self, gateway: Object<'_>) -> Option<Admission> {
        let selector = self.allowed.and_then(|a| a.namespaces.as_ref()).and_then(|n| n.selector.as_ref());
        match self.allowed.map_or(FromNamespaces::Same, AllowedRoutes::from) {
            FromNamespaces::Same if selector.is_none() => {
                Some(Admission::Own { listener: self.node, own: gateway.namespace().name()?.into() })
            }
            FromNamespaces::Selector => by_name(selector?, selector?.node()),
            _ => None,
        }
    }
}

/// How a selector for names alone takes one more.
fn by_name(selector: &LabelSelector, node: NodeId) -> Option<Admission> {
    let labels = selector.match_labels.as_ref().filter(|labels| !labels.is_empty());
    match (labels, selector.match_expressions.as_slice()) {
        (None, [only]) if &**only.key == NAMESPACE_NAME && &**only.operator == "In" => Some(Admission::Listed(only.node())),
        (Some(labels), []) => {
            let mut entries = labels.iter();
            let (Some((key, name)), None) = (entries.next(), entries.next()) else { return None };
            (&***key == NAMESPACE_NAME).then(|| Admission::Named { selector: node, labels: labels.node(), name: (**name).clone() })
        }
        _ => None,
    }
}
