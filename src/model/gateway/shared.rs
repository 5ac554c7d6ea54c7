//! What several kinds of the Gateway API use: names, references, label selectors.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::model::{Labels, Text};
use crate::yaml::At;

/// The API group of the Gateway API.
pub const GROUP: &str = "gateway.networking.k8s.io";

/// A host name whose first label may be `*`.
pub(super) const HOSTNAME: &str = r"^(\*\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$";
/// A DNS subdomain: section names, host names without a wildcard.
pub(super) const SUBDOMAIN: &str = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$";
/// A DNS label: namespaces.
pub(super) const DNS_LABEL: &str = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$";
/// An API group; the core group is empty.
pub(super) const API_GROUP: &str = r"^$|^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$";
/// A kind.
pub(super) const KIND: &str = r"^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$";
/// A controller's name: a domain and a path.
pub(super) const CONTROLLER: &str = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/[A-Za-z0-9\/\-._~%!$&'()*+,;=:]+$";
/// A duration as GEP-2257 writes it.
pub(super) const DURATION: &str = r"^([0-9]{1,5}(h|m|s|ms)){1,4}$";
/// The name of an HTTP header.
pub(super) const HEADER_NAME: &str = r"^[A-Za-z0-9!#$%&'*+\-.^_\x60|~]+$";

/// The text of an optional field, or what the API server would fill in.
pub(super) fn or<'a>(field: Option<&'a At<Text>>, default: &'static str) -> &'a str {
    field.map_or(default, |text| text)
}

words! {
    /// Which namespaces may attach something.
    FromNamespaces {
        /// Every namespace.
        All = "All",
        /// Namespaces whose labels fit a selector.
        Selector = "Selector",
        /// The namespace of the object itself.
        Same = "Same",
        /// No namespace; only for listener sets.
        None = "None",
    }
}

words! {
    /// How a header, a query parameter or a gRPC method is compared.
    MatchType {
        /// The whole text is equal; the default.
        Exact = "Exact",
        /// The text fits a regular expression of the implementation's dialect.
        RegularExpression = "RegularExpression",
    }
}

words! {
    /// How a path is compared.
    PathMatchType {
        /// The whole path is equal.
        Exact = "Exact",
        /// The path begins with these elements; the default.
        PathPrefix = "PathPrefix",
        /// The path fits a regular expression of the implementation's dialect.
        RegularExpression = "RegularExpression",
    }
}

/// A reference to an object of the same namespace.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LocalRef {
    /// API group; empty for core kinds.
    #[schemars(length(max = 253), regex(pattern = API_GROUP))]
    pub group: At<Text>,
    /// Kind.
    #[schemars(length(min = 1, max = 63), regex(pattern = KIND))]
    pub kind: At<Text>,
    /// Name.
    #[schemars(length(min = 1, max = 253))]
    pub name: At<Text>,
}

/// `infrastructure.parametersRef` of a Gateway: settings of the product, in the Gateway's own namespace.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LocalParametersRef {
    /// API group.
    #[schemars(length(max = 253), regex(pattern = API_GROUP))]
    pub group: At<Text>,
    /// Kind.
    #[schemars(length(min = 1, max = 63), regex(pattern = KIND))]
    pub kind: At<Text>,
    /// Name.
    #[schemars(length(min = 1, max = 253))]
    pub name: At<Text>,
}

/// `parametersRef` of a GatewayClass: settings of the product.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ParametersRef {
    /// API group.
    #[schemars(length(max = 253), regex(pattern = API_GROUP))]
    pub group: At<Text>,
    /// Kind.
    #[schemars(length(min = 1, max = 63), regex(pattern = KIND))]
    pub kind: At<Text>,
    /// Name.
    #[schemars(length(min = 1, max = 253))]
    pub name: At<Text>,
    /// Namespace, for kinds that have one.
    #[schemars(length(min = 1, max = 63), regex(pattern = DNS_LABEL))]
    pub namespace: Option<At<Text>>,
}

/// A label selector: all of its parts have to fit.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LabelSelector {
    /// Labels with exactly these values.
    pub match_labels: Option<At<Labels>>,
    /// Further requirements.
    #[serde(default)]
    pub match_expressions: Vec<At<LabelRequirement>>,
}

/// One requirement of a label selector.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LabelRequirement {
    /// The label.
    pub key: At<Text>,
    /// `In`, `NotIn`, `Exists` or `DoesNotExist`.
    pub operator: At<Text>,
    /// Values for `In` and `NotIn`.
    #[serde(default)]
    pub values: Vec<At<Text>>,
}

impl LabelSelector {
    /// Whether labels fit, given the value of each key. A selector without any requirement fits everything; one that
    /// Kubernetes cannot compile (an unknown operator, `In` without values) fits nothing.
    pub fn matches<'a>(&self, labels: impl Fn(&str) -> Option<&'a str>) -> bool {
        let wanted = self.match_labels.iter().flat_map(|labels| labels.iter());
        wanted.into_iter().all(|(key, value)| labels(key).is_some_and(|have| have == &***value))
            && self.match_expressions.iter().all(|requirement| requirement.fits(labels(&requirement.key)))
    }

    /// Whether it has no requirement, so that it fits everything.
    pub fn is_empty(&self) -> bool {
        self.match_expressions.is_empty() && self.match_labels.as_ref().is_none_or(|labels| labels.is_empty())
    }
}

impl LabelRequirement {
    /// Whether the label's value (or its absence) fits. `NotIn` fits an absent label, as in Kubernetes.
    fn fits(&self, value: Option<&str>) -> bool {
        let listed = |have| self.values.iter().any(|one| &***one == have);
        match (&**self.operator, self.values.is_empty()) {
            ("In", false) => value.is_some_and(listed),
            ("NotIn", false) => !value.is_some_and(listed),
            ("Exists", true) => value.is_some(),
            ("DoesNotExist", true) => value.is_none(),
            _ => false,
        }
    }
}
