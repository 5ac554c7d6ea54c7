//! Who a resource is.

use std::fmt;

use super::Text;

/// The namespace of a resource.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Namespace {
    /// A resource of the whole cluster.
    Cluster,
    /// A known one.
    Named(Text),
    /// Left out, and nothing says which: one of its own for each folder (the text), equal to no known one.
    Unknown(Text),
}

impl Namespace {
    /// Its name, when it is known.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Named(name) => Some(name),
            Self::Cluster | Self::Unknown(_) => None,
        }
    }
}

/// Who a resource is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResourceId {
    /// The cluster, when `meshgate.yaml` names clusters and this resource is in exactly one.
    pub cluster: Option<Text>,
    /// The API group; empty for the core group.
    pub group: Text,
    /// The kind.
    pub kind: Text,
    /// The namespace.
    pub namespace: Namespace,
    /// The name.
    pub name: Text,
}

/// `Kind namespace/name`, as findings say it (without the cluster).
impl fmt::Display for ResourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.namespace {
            Namespace::Named(namespace) => write!(f, "{} `{namespace}/{}`", self.kind, self.name),
            Namespace::Cluster | Namespace::Unknown(_) => {
                write!(f, "{} `{}`", self.kind, self.name)
            }
        }
    }
}
