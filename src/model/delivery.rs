//! What delivers charts (Argo CD, Flux) and what defines kinds (CustomResourceDefinition): read for versions, open for
//! everything else.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Text, Value};
use crate::yaml::At;

/// An Application or ApplicationSet of Argo CD, or a HelmRelease, OCIRepository or HelmRepository of Flux.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-open" = true))]
pub struct Delivery {
    /// What is wanted; its shape is not checked.
    pub spec: Option<At<Value>>,
}

impl Delivery {
    /// The namespace into which it deploys, where it names one.
    pub fn namespace(&self) -> Option<&Text> {
        let paths: [&[&str]; 3] = [&["targetNamespace"], &["destination", "namespace"], &["template", "spec", "destination", "namespace"]];
        let spec: &Value = self.spec.as_ref()?;
        let at = |path: &[&str]| path.iter().try_fold(spec, |value, key| value.get(key).map(|inner| &**inner))?.text();
        paths.into_iter().find_map(at).filter(|namespace| !namespace.is_empty())
    }
}

/// A CustomResourceDefinition, without its schemas.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-open" = true))]
pub struct CustomResourceDefinition {
    /// What is defined.
    pub spec: Option<At<CustomResourceDefinitionSpec>>,
}

/// `spec` of a [`CustomResourceDefinition`].
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-open" = true))]
pub struct CustomResourceDefinitionSpec {
    /// The API group.
    pub group: Option<At<Text>>,
    /// Its names.
    pub names: Option<At<CustomResourceNames>>,
}

/// The names of a kind.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-open" = true))]
pub struct CustomResourceNames {
    /// The kind.
    pub kind: Option<At<Text>>,
}
