//! How people name an object: `[CLUSTER/]NS/NAME`.

use std::fmt;
use std::str::FromStr;

use super::{GatewayView, Mesh, Object};
use crate::model::Text;

/// `[CLUSTER/]NS/NAME`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectName {
    /// The cluster, as `meshgate.yaml` names it; any without.
    pub cluster: Option<Text>,
    /// The namespace.
    pub namespace: Text,
    /// The name.
    pub name: Text,
}

impl FromStr for ObjectName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts: Vec<&str> = text.split('/').collect();
        let (cluster, namespace, name) = match parts.as_slice() {
            [namespace, name] => (None, *namespace, *name),
            [cluster, namespace, name] => (Some(*cluster), *namespace, *name),
            _ => return Err("write it as NAMESPACE/NAME, or as CLUSTER/NAMESPACE/NAME".to_owned()),
        };
        if parts.iter().any(|part| part.is_empty()) {
            return Err("a part of the name is empty".to_owned());
        }
        Ok(Self { cluster: cluster.map(Into::into), namespace: namespace.into(), name: name.into() })
    }
}

impl fmt::Display for ObjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(cluster) = &self.cluster {
            write!(f, "{cluster}/")?;
        }
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

impl ObjectName {
    /// The name of an object; without a namespace where it has none that is known.
    pub fn of(object: Object<'_>) -> Self {
        Self {
            cluster: object.cluster_name().cloned(),
            namespace: object.namespace().name().unwrap_or_default().into(),
            name: object.resource().id.name.clone(),
        }
    }

    /// Whether it means this object.
    pub fn means(&self, object: Object<'_>) -> bool {
        self.cluster.as_ref().is_none_or(|cluster| object.cluster_name() == Some(cluster))
            && object.namespace().name() == Some(&*self.namespace)
            && object.resource().id.name == self.name
    }
}

impl Mesh {
    /// The Gateways that a name means: one in each cluster that has such a one.
    pub fn gateways_named(&self, name: &ObjectName) -> Vec<GatewayView<'_>> {
        self.gateways().filter(|gateway| name.means(gateway.object)).collect()
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::ObjectName;

    #[test]
    fn names_have_two_or_three_parts() {
        let name: ObjectName = "east/infra/edge".parse().unwrap();
        assert_eq!(name.cluster.as_deref(), Some("east"));
        assert_eq!(name.to_string(), "east/infra/edge");
        assert_eq!("infra/edge".parse::<ObjectName>().unwrap().to_string(), "infra/edge");
        for wrong in ["edge", "a/b/c/d", "/edge", "infra/", ""] {
            assert!(wrong.parse::<ObjectName>().is_err(), "{wrong}");
        }
    }
}
