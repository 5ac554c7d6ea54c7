//! Solo's multicluster mesh: segments, and the operator's install resource.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Labels, Text};
use crate::yaml::At;

/// A segment of the mesh (`admin.solo.io/v1alpha1`): clusters whose global services share a domain.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-open" = true))]
pub struct Segment {
    /// What is wanted.
    pub spec: Option<At<SegmentSpec>>,
}

impl Segment {
    /// The domain of its global services.
    pub fn domain(&self) -> Option<&At<Text>> {
        self.spec.as_ref()?.domain.as_ref()
    }
}

/// `spec` of a Segment.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-open" = true))]
pub struct SegmentSpec {
    /// The DNS suffix of global hosts, in place of `mesh.internal`.
    pub domain: Option<At<Text>>,
    /// Further names of its services (1.30 and later).
    #[serde(default)]
    pub aliases: Vec<At<SegmentAlias>>,
}

/// Further names for services of a segment.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-open" = true))]
pub struct SegmentAlias {
    /// The name, with `{service}`, `{namespace}`, `{labels['key']}` and `{annotations['key']}` in it.
    pub pattern: Option<At<Text>>,
    /// Which services; all of them unless said.
    pub selector: Option<At<AliasSelector>>,
}

/// Services by their labels.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-open" = true))]
pub struct AliasSelector {
    /// Labels with exactly these values.
    pub match_labels: Option<At<Labels>>,
}

/// What Solo's operator installs (`operator.gloo.solo.io/v1`).
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-open" = true))]
pub struct ServiceMeshController {
    /// What is wanted.
    pub spec: Option<At<ServiceMeshControllerSpec>>,
}

/// `spec` of a ServiceMeshController.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-open" = true))]
pub struct ServiceMeshControllerSpec {
    /// The version of the mesh.
    pub version: Option<At<Text>>,
    /// The name of the cluster.
    pub cluster: Option<At<Text>>,
    /// The network of the cluster.
    pub network: Option<At<Text>>,
    /// `Ambient` or `Sidecar`.
    pub dataplane_mode: Option<At<Text>>,
    /// Where the control plane goes.
    pub install_namespace: Option<At<Text>>,
    /// The trust domain of its identities.
    pub trust_domain: Option<At<Text>>,
    /// `Standard` or `FIPS`.
    pub distribution: Option<At<Text>>,
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::model::gateway::tests::decode;

    #[test]
    fn a_segment_has_a_domain_and_aliases() {
        let segment: Segment = decode(
            "spec:\n  domain: shop.internal\n  aliases:\n  - pattern: \"{service}.{namespace}.old\"\n    selector: {matchLabels: {tier: web}}\n",
        );
        assert_eq!(&***segment.domain().unwrap(), "shop.internal");
        let alias = &segment.spec.as_ref().unwrap().aliases[0];
        assert!(alias.selector.as_ref().unwrap().match_labels.as_ref().unwrap().is("tier", "web"));
        assert!(decode::<Segment>("spec: {}\n").domain().is_none());
    }

    #[test]
    fn an_install_names_version_and_place() {
        let install: ServiceMeshController = decode(
            "spec: {version: 1.29.2, cluster: east, network: east-net, dataplaneMode: Ambient, installNamespace: istio-system, trustDomain: t, distribution: FIPS, image: {registry: r}}\n",
        );
        let spec = install.spec.unwrap();
        assert_eq!(&***spec.version.as_ref().unwrap(), "1.29.2");
        assert_eq!(&***spec.dataplane_mode.as_ref().unwrap(), "Ambient");
        assert_eq!(&***spec.install_namespace.as_ref().unwrap(), "istio-system");
    }
}
