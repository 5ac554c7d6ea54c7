//! Label selectors.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::model::{Labels, Text};
use crate::yaml::At;

/// Which objects are meant, by their labels (Kubernetes `LabelSelector`). Empty means all.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LabelSelector {
    /// Labels that must be there with these values.
    pub match_labels: Option<At<Labels>>,
    /// Requirements that must all hold.
    #[serde(default)]
    pub match_expressions: Vec<At<LabelRequirement>>,
}

/// One requirement of a [`LabelSelector`].
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LabelRequirement {
    /// The label.
    pub key: At<Text>,
    /// `In`, `NotIn`, `Exists` or `DoesNotExist`.
    pub operator: At<Text>,
    /// What `In` and `NotIn` compare with.
    #[serde(default)]
    pub values: Vec<At<Text>>,
}

impl LabelSelector {
    /// Whether an object whose labels `get` looks up is meant.
    pub fn matches<'a>(&self, get: impl Fn(&str) -> Option<&'a str>) -> bool {
        let mut labels = self.match_labels.iter().flat_map(|labels| labels.iter());
        labels.all(|(key, value)| get(key) == Some(&***value)) && self.match_expressions.iter().all(|r| r.holds(get(&r.key)))
    }

    /// Whether it means everything.
    pub fn is_empty(&self) -> bool {
        self.match_expressions.is_empty() && self.match_labels.as_ref().is_none_or(|labels| labels.is_empty())
    }
}

impl LabelRequirement {
    /// Whether it holds for a label's value. `NotIn` and `DoesNotExist` hold without the label; an operator that
    /// Kubernetes does not have never holds.
    pub fn holds(&self, label: Option<&str>) -> bool {
        let listed = || label.is_some_and(|label| self.values.iter().any(|v| &***v == label));
        match &**self.operator {
            "In" => listed(),
            "NotIn" => !listed(),
            "Exists" => label.is_some(),
            "DoesNotExist" => label.is_none(),
            _ => false,
        }
    }
}
