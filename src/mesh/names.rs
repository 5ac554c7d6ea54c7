//! Objects as people name them on the command line: `[CLUSTER/]NAMESPACE/NAME`.

use std::fmt;
use std::str::FromStr;

use super::{GatewayView, Mesh, Object, Role};
use crate::model::Text;
use crate::text::near;

/// `[CLUSTER/]NAMESPACE/NAME`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectName {
    /// The cluster; any without one.
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
            _ => (None, "", ""),
        };
        if namespace.is_empty() || name.is_empty() || cluster.is_some_and(str::is_empty) {
            return Err("write NAMESPACE/NAME or CLUSTER/NAMESPACE/NAME".to_owned());
        }
        Ok(Self { cluster: cluster.map(Text::from), namespace: namespace.into(), name: name.into() })
    }
}

impl fmt::Display for ObjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.cluster.iter().try_for_each(|cluster| write!(f, "{cluster}/"))?;
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

impl ObjectName {
    /// The name of an object; without a namespace where it has none that is known.
    pub fn of(object: Object<'_>) -> Self {
        Self {
            cluster: object.cluster_name().cloned(),
            namespace: object.namespace().name().unwrap_or_default().into(),
            name: object.id.name.clone(),
        }
    }

    /// Whether it means an object, whatever its kind.
    pub fn means(&self, object: Object<'_>) -> bool {
        self.cluster.as_ref().is_none_or(|cluster| object.cluster_name() == Some(cluster))
            && object.namespace().name() == Some(&*self.namespace)
            && object.id.name == self.name
    }
}

impl Object<'_> {
    /// `[CLUSTER/]NAMESPACE/NAME`, with the cluster where clusters are configured.
    pub fn full_name(&self) -> String {
        let cluster = self.cluster_name().map(|cluster| format!("{cluster}/")).unwrap_or_default();
        match self.namespace().name() {
            Some(namespace) => format!("{cluster}{namespace}/{}", self.id.name),
            None => format!("{cluster}{}", self.id.name),
        }
    }
}

/// Why a name is not one Gateway's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoGateway {
    /// The input has none of that name; this one was probably meant.
    Absent(Option<String>),
    /// Several clusters have one: these.
    Several(Vec<String>),
}

impl Mesh {
    /// The Gateways that a name means: one in each cluster that has such a one.
    pub fn gateways_named(&self, name: &ObjectName) -> Vec<GatewayView<'_>> {
        self.gateways().filter(|gateway| name.means(gateway.object)).collect()
    }

    /// The Gateway of a name.
    ///
    /// # Errors
    /// When there is none, or one in several clusters.
    pub fn gateway_named(&self, name: &ObjectName) -> Result<GatewayView<'_>, NoGateway> {
        let found = self.gateways_named(name);
        match found.as_slice() {
            [gateway] => Ok(*gateway),
            [] => {
                let all: Vec<String> = self.gateways().map(|gateway| gateway.object.full_name()).collect();
                Err(NoGateway::Absent(near(&name.to_string(), all.iter().map(String::as_str)).map(ToOwned::to_owned)))
            }
            several => Err(NoGateway::Several(several.iter().map(|gateway| gateway.object.full_name()).collect())),
        }
    }

    /// The Gateways that take traffic from outside, or may: waypoints and east-west gateways are none of them.
    pub fn ingress_gateways(&self) -> impl Iterator<Item = GatewayView<'_>> {
        self.gateways().filter(|gateway| matches!(gateway.role(), Role::Ingress | Role::Unknown))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for text in ["infra/edge", "east/infra/edge"] {
            assert_eq!(text.parse::<ObjectName>().map(|name| name.to_string()).as_deref(), Ok(text));
        }
        for text in ["", "edge", "/edge", "infra/", "/infra/edge", "a/b/c/d"] {
            assert!(text.parse::<ObjectName>().is_err(), "{text}");
        }
    }
}
