//! kgateway, Gloo Gateway and Solo Enterprise for kgateway: settings of proxies, and policies.
//!
//! These CRDs are large and change with each release: what rules read is typed, other keys are let pass (`x-open`).

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Anything, Counted, Labels, Text, Value};
use crate::yaml::{At, NodeId};

/// Settings for the proxies of a Gateway or of a class: GatewayParameters of kgateway (`gateway.kgateway.dev`) and of
/// Gloo Gateway (`gateway.gloo.solo.io`), and EnterpriseKgatewayParameters.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-open" = true))]
pub struct Parameters {
    /// The settings.
    pub spec: Option<At<Counted<ParametersSpec>>>,
}

impl Parameters {
    /// The template of the proxy's pods.
    pub fn pod_template(&self) -> Option<&At<Counted<ParamsPodTemplate>>> {
        self.spec.as_ref()?.kube.as_ref()?.pod_template.as_ref()
    }

    /// Whether one annotation of the pods is all that these settings say.
    pub fn is_one_annotation(&self) -> bool {
        let spec = self.spec.as_ref().filter(|spec| spec.entries() == 1);
        let kube = spec.and_then(|spec| spec.kube.as_ref()).filter(|kube| kube.entries() == 1);
        let pods = kube.and_then(|kube| kube.pod_template.as_ref()).filter(|pods| pods.entries() == 1);
        pods.and_then(|pods| pods.extra_annotations.as_ref()).is_some_and(|annotations| annotations.len() == 1)
    }
}

/// `spec` of a Parameters object.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-open" = true))]
pub struct ParametersSpec {
    /// The proxy that the controller deploys.
    pub kube: Option<At<Counted<KubeParameters>>>,
    /// Set when no proxy is deployed: pod settings then have no effect.
    pub self_managed: Option<At<Anything>>,
}

/// The proxy that the controller deploys.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-open" = true))]
pub struct KubeParameters {
    /// Its pods.
    pub pod_template: Option<At<Counted<ParamsPodTemplate>>>,
    /// Its Service.
    pub service: Option<At<ParamsService>>,
    /// Its ServiceAccount.
    pub service_account: Option<At<ParamsServiceAccount>>,
    /// What is merged over its Deployment (kgateway 2.3 and later).
    pub deployment_overlay: Option<At<Value>>,
}

/// The proxy's pods.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-open" = true))]
pub struct ParamsPodTemplate {
    /// Labels of the pods.
    pub extra_labels: Option<At<Labels>>,
    /// Annotations of the pods.
    pub extra_annotations: Option<At<Labels>>,
}

/// The proxy's Service.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-open" = true))]
pub struct ParamsService {
    /// Its type.
    #[serde(rename = "type")]
    pub kind: Option<At<Text>>,
    /// Its labels.
    pub extra_labels: Option<At<Labels>>,
    /// Its annotations.
    pub extra_annotations: Option<At<Labels>>,
}

/// The proxy's ServiceAccount.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-open" = true))]
pub struct ParamsServiceAccount {
    /// Its labels.
    pub extra_labels: Option<At<Labels>>,
    /// Its annotations.
    pub extra_annotations: Option<At<Labels>>,
}

/// A policy of these products, or a thing that policies and routes refer to: TrafficPolicy, BackendConfigPolicy,
/// ListenerPolicy, HTTPListenerPolicy, DirectResponse, Backend, GatewayExtension, EnterpriseKgatewayTrafficPolicy,
/// AuthConfig, RateLimitConfig, RouteOption, VirtualHostOption, ListenerOption, Upstream.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-open" = true))]
pub struct Policy {
    /// What is wanted.
    pub spec: Option<At<PolicySpec>>,
}

impl Policy {
    /// All objects that the policy names.
    pub fn targets(&self) -> impl Iterator<Item = &At<PolicyTargetRef>> {
        self.spec.iter().flat_map(|spec| spec.target_refs.iter().chain(&spec.target_ref))
    }
}

/// `spec` of a policy.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-open" = true))]
pub struct PolicySpec {
    /// Objects that the policy acts on.
    #[serde(default)]
    pub target_refs: Vec<At<PolicyTargetRef>>,
    /// The one object that it acts on, in older forms.
    pub target_ref: Option<At<PolicyTargetRef>>,
    /// Labels of objects that it acts on.
    #[serde(default)]
    pub target_selectors: Vec<At<PolicyTargetSelector>>,
    /// How long requests may take (traffic policies).
    pub timeouts: Option<At<Anything>>,
    /// Which failures are tried again (traffic policies).
    pub retry: Option<At<Anything>>,
    /// How requests and answers are rewritten (traffic policies).
    pub transformation: Option<At<Anything>>,
    /// Headers that are set, added or removed (traffic policies).
    pub header_modifiers: Option<At<Anything>>,
    /// Who may do what (traffic policies).
    pub rbac: Option<At<Anything>>,
    /// The settings of a RouteOption or VirtualHostOption.
    pub options: Option<At<Value>>,
}

/// The options of Gloo Gateway that a waypoint has as well.
const SERVICE_OPTIONS: [&str; 9] = [
    "timeout",
    "retries",
    "faults",
    "transformations",
    "stagedTransformations",
    "headerManipulation",
    "rbac",
    "prefixRewrite",
    "shadowing",
];

impl PolicySpec {
    /// What it asks for that is a matter of the service behind, not of the edge: routing, resilience, rewriting, access
    /// by identity. Limits, user authentication and everything that is not known here are left out.
    pub fn service_settings(&self) -> Vec<(&str, NodeId)> {
        let typed = [
            ("timeouts", &self.timeouts),
            ("retry", &self.retry),
            ("transformation", &self.transformation),
            ("headerModifiers", &self.header_modifiers),
            ("rbac", &self.rbac),
        ];
        let options = self.options.iter().flat_map(|options| options.entries());
        let options = options.filter(|(key, _)| SERVICE_OPTIONS.contains(&&***key)).map(|(key, value)| (&***key, value.node()));
        typed.into_iter().filter_map(|(name, value)| Some((name, value.as_ref()?.node()))).chain(options).collect()
    }
}

/// An object that a policy acts on. Not every version of every kind demands each field.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-open" = true))]
pub struct PolicyTargetRef {
    /// API group.
    pub group: Option<At<Text>>,
    /// Kind.
    pub kind: Option<At<Text>>,
    /// Name.
    pub name: Option<At<Text>>,
    /// Namespace; the policy's unless said.
    pub namespace: Option<At<Text>>,
    /// A part of the object: a listener, a rule, a port.
    pub section_name: Option<At<Text>>,
}

/// Objects of a kind that a policy acts on, by their labels.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-open" = true))]
pub struct PolicyTargetSelector {
    /// API group.
    pub group: Option<At<Text>>,
    /// Kind.
    pub kind: Option<At<Text>>,
    /// Labels with exactly these values.
    pub match_labels: Option<At<Labels>>,
    /// A part of the objects.
    pub section_name: Option<At<Text>>,
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::model::gateway::tests::decode;

    #[test]
    fn parameters_reach_pod_annotations_and_pass_unknown_keys() {
        let params: Parameters = decode(
            "spec:\n  kube:\n    envoyContainer: {image: {tag: x}}\n    podTemplate:\n      extraAnnotations:\n        ambient.istio.io/bypass-inbound-capture: \"true\"\n      gracefulShutdown: {enabled: true}\n    service: {type: ClusterIP}\n",
        );
        let pods = params.pod_template().unwrap();
        assert!(pods.extra_annotations.as_ref().unwrap().is("ambient.istio.io/bypass-inbound-capture", "true"));
        assert!(pods.extra_labels.is_none());
        assert!(!params.is_one_annotation());
        let one: Parameters = decode("spec: {kube: {podTemplate: {extraAnnotations: {a: b}}}}\n");
        assert!(one.is_one_annotation());
        for more in [
            "spec: {kube: {podTemplate: {extraAnnotations: {a: b, c: d}}}}\n",
            "spec: {kube: {podTemplate: {extraAnnotations: {a: b}, affinity: {}}}}\n",
            "spec: {kube: {podTemplate: {extraAnnotations: {a: b}}, service: {type: ClusterIP}}}\n",
            "spec: {kube: {podTemplate: {extraAnnotations: {a: b}}}, other: 1}\n",
        ] {
            assert!(!decode::<Parameters>(more).is_one_annotation(), "{more}");
        }
        let own: Parameters = decode("spec: {selfManaged: {}}\n");
        assert!(own.spec.unwrap().self_managed.is_some());
    }

    #[test]
    fn policies_name_targets_in_both_forms() {
        let policy: Policy = decode(
            "spec:\n  targetRefs:\n  - {group: gateway.networking.k8s.io, kind: HTTPRoute, name: cart, sectionName: slow}\n  targetRef: {kind: Gateway, name: edge}\n  targetSelectors:\n  - {group: networking.istio.io, kind: Hostname, matchLabels: {app: cart}}\n  transformation: {}\n",
        );
        let names: Vec<&str> = policy.targets().map(|t| &***t.name.as_ref().unwrap()).collect();
        assert_eq!(names, ["cart", "edge"]);
        assert!(policy.spec.unwrap().target_selectors[0].match_labels.as_ref().unwrap().is("app", "cart"));
        let options: Policy = decode("spec: {rateLimit: {local: {}}, retry: {attempts: 2}, options: {cors: {}, faults: {abort: {}}}}\n");
        let asks: Vec<&str> = options.spec.as_ref().unwrap().service_settings().iter().map(|(name, _)| *name).collect();
        assert_eq!(asks, ["retry", "faults"]);
        let none: Policy = decode("spec: {configs: []}\n");
        assert_eq!(none.targets().count(), 0);
    }

    #[test]
    fn every_struct_is_open() {
        for schema in [schemars::schema_for!(Parameters), schemars::schema_for!(Policy)] {
            let schema = schema.to_value();
            assert_eq!(schema["x-open"], true);
            for (name, def) in schema["$defs"].as_object().unwrap() {
                assert!(name == "Labels" || def["x-open"] == true, "{name}: {def}");
            }
        }
    }
}
