//! What installs Istio: read for versions and mesh settings, open for everything else.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::model::{Text, Value};
use crate::yaml::At;

/// `IstioOperator` of `install.istio.io/v1alpha1`, which `istioctl install -f` reads.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-open" = true))]
pub struct IstioOperator {
    /// What it asks for.
    pub spec: Option<At<IstioOperatorSpec>>,
}

/// `spec` of an [`IstioOperator`].
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-open" = true))]
pub struct IstioOperatorSpec {
    /// The set of defaults, as in `ambient`.
    pub profile: Option<At<Text>>,
    /// The registry of the images.
    pub hub: Option<At<Text>>,
    /// The tag of the images; text, or a number where nobody quoted it.
    pub tag: Option<At<Value>>,
    /// The revision.
    pub revision: Option<At<Text>>,
    /// The root namespace of the installation.
    pub namespace: Option<At<Text>>,
    /// Mesh settings.
    pub mesh_config: Option<At<Value>>,
    /// Helm values.
    pub values: Option<At<Value>>,
    /// What is installed.
    pub components: Option<At<Value>>,
}

/// `Istio`, `IstioCNI`, `ZTunnel` or `IstioRevision` of `sailoperator.io`.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-open" = true))]
pub struct SailInstall {
    /// What it asks for.
    pub spec: Option<At<SailSpec>>,
}

/// `spec` of a [`SailInstall`].
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-open" = true))]
pub struct SailSpec {
    /// The version, as in `v1.28.1` or `v1.28-latest`.
    pub version: Option<At<Text>>,
    /// The set of defaults, as in `ambient`.
    pub profile: Option<At<Text>>,
    /// The namespace it installs into.
    pub namespace: Option<At<Text>>,
    /// Helm values.
    pub values: Option<At<Value>>,
}
