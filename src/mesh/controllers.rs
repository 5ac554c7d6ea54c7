//! How the controllers of gateways are installed: the environment variables that switch their features on.

use super::classes::Product;
use super::facts::parse_bool;
use super::platform::{Platform, SettingsFile};
use crate::model::load::SettingsKind;
use crate::model::{Resource, Spec, Text, Value};
use crate::yaml::{At, NodeId};

/// What the input shows of an environment variable that switches a feature of a gateway's controller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Switch {
    /// It is on.
    On,
    /// It is set to something else.
    Off(Spot),
    /// It is a boolean where Kubernetes wants text, so that the Deployment is refused.
    NotText(Spot),
    /// It is not set, so that the product's default holds; the value (of a key) under which it belongs.
    Missing(Spot),
    /// The input does not show how the controller is installed, or not all of its environment.
    Unknown,
}

impl Switch {
    /// Where it is switched on; none when it is on, or when the input does not show where.
    pub const fn spot(self) -> Option<Spot> {
        match self {
            Self::Off(spot) | Self::NotText(spot) | Self::Missing(spot) => Some(spot),
            Self::On | Self::Unknown => None,
        }
    }
}

/// Where a variable that is not on stands, or belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spot {
    /// The place to show.
    pub shown: NodeId,
    /// What switches it on.
    pub remedy: Remedy,
}

/// What switches a variable on, in the form of the file that it is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// The text `true` in place of a value.
    Text(NodeId),
    /// The boolean in place of a value: a chart quotes what it finds.
    Bool(NodeId),
    /// A `value` for an entry of a list that has none.
    Value(NodeId),
    /// A new entry, with `name` and `value`, of the list at a path below a mapping.
    Entry(NodeId, &'static [&'static str]),
    /// A new key of the mapping at a path below a mapping; its value is the boolean.
    Key(NodeId, &'static [&'static str]),
}

/// The variables in the values of Gloo Gateway's Enterprise chart; the community's chart is what it has below its first key.
const GLOO_ENV: &[&str] = &["gloo", "gloo", "deployment", "customEnv"];
/// The variables in the values of kgateway's chart, and of charts that have it as a dependency.
const KGATEWAY_ENV: &[&str] = &["controller", "extraEnv"];
const KGATEWAY_BELOW: [(&[&str], Product); 2] = [
    (&["kgateway", "controller", "extraEnv"], Product::Kgateway),
    (&["enterprise-kgateway", "controller", "extraEnv"], Product::EnterpriseKgateway),
];

/// One Deployment of a controller, or the Helm values for one.
#[derive(Clone, Debug)]
pub(super) struct Install {
    /// Whose; none when the values fit kgateway and Solo's build of it alike.
    product: Option<Product>,
    /// Where variables belong.
    place: Spot,
    env: Vec<(Text, Switch)>,
    /// Whether there are variables that the input does not show.
    open: bool,
}

impl Platform {
    /// Whether a variable of the controller behind a product's Gateways is on.
    pub fn switch(&self, product: Product, name: &str) -> Switch {
        let own = |install: &&Install| match install.product {
            Some(whose) => whose == product,
            None => matches!(product, Product::Kgateway | Product::EnterpriseKgateway),
        };
        let installs: Vec<&Install> = self.installs.iter().filter(own).collect();
        let written = || installs.iter().flat_map(|i| &i.env).filter(|(own, _)| &**own == name).map(|(_, switch)| *switch);
        // several files of values are laid over each other, and nothing says in which order
        if written().any(|switch| switch == Switch::On) {
            return Switch::On;
        }
        if installs.iter().any(|i| i.open) || written().any(|switch| switch == Switch::Unknown) {
            return Switch::Unknown;
        }
        written().next().or_else(|| Some(Switch::Missing(installs.first()?.place))).unwrap_or(Switch::Unknown)
    }

    /// Notes a controller's Deployment.
    pub(super) fn take_controller(&mut self, resource: &Resource) {
        let Spec::Workload(workload) = &resource.spec else { return };
        let Some(spec) = workload.template.as_ref().and_then(|t| t.spec.as_deref()) else { return };
        for container in &spec.containers {
            let Some(image) = &container.image else { continue };
            let path = image.split_once('@').map_or(&***image, |(name, _)| name);
            let name = path.rsplit('/').next().unwrap_or(path);
            let product = match name.split_once(':').map_or(name, |(name, _)| name) {
                "kgateway" => Product::Kgateway,
                "enterprise-kgateway-controller" => Product::EnterpriseKgateway,
                "gloo-ee" | "gloo" => Product::Gloo,
                _ => continue,
            };
            let env = container.env.iter().map(|var| {
                let switch = match &var.value {
                    Some(value) => of_text(value, value.node(), Remedy::Text(value.node())),
                    None if var.value_from.is_some() => Switch::Unknown,
                    None => Switch::Off(Spot { shown: var.name.node(), remedy: Remedy::Value(var.node()) }),
                };
                ((*var.name).clone(), switch)
            });
            let (env, open) = (env.collect(), !container.env_from.is_empty());
            let place = Spot { shown: image.node(), remedy: Remedy::Entry(container.node(), &["env"]) };
            self.installs.push(Install { product: Some(product), place, env, open });
        }
    }

    /// Notes the Helm values of controllers.
    pub(super) fn take_controller_values(&mut self, file: &SettingsFile) {
        match file.kind {
            SettingsKind::Values => {
                self.installs.extend(gloo_values(&file.value));
                self.installs.extend(kgateway_values(&file.value));
            }
            SettingsKind::Kustomization => {
                for chart in file.value.get("helmCharts").map_or(&[][..], |list| list.items()) {
                    let name = chart.get("name").and_then(|n| n.text()).map_or("", |n| &**n);
                    let Some(values) = chart.get("valuesInline") else { continue };
                    match name {
                        "gloo" | "gloo-ee" | "gloo-gateway" => self.installs.extend(gloo_values(values)),
                        "kgateway" => self.installs.push(kgateway_root(values, KGATEWAY_ENV, Some(Product::Kgateway))),
                        "enterprise-kgateway" => {
                            self.installs.push(kgateway_root(values, KGATEWAY_ENV, Some(Product::EnterpriseKgateway)));
                        }
                        _ => {}
                    }
                }
            }
            SettingsKind::Chart | SettingsKind::Helmfile => {}
        }
    }
}

/// Values of Gloo Gateway's chart: the community's chart has `gloo.deployment`, Enterprise has that chart under `gloo`.
fn gloo_values(values: &At<Value>) -> Option<Install> {
    let is_map = |value: &&At<Value>| matches!(***value, Value::Map(_));
    let of_chart = |root: &At<Value>| {
        ["kubeGateway", "gatewayProxies"].iter().any(|key| root.get(key).is_some()) || root.at(&["gloo", "deployment"]).is_some()
    };
    let enterprise = values.get("gloo").filter(is_map).filter(|root| of_chart(root) || root.get("gloo").as_ref().is_some_and(is_map));
    let path = match enterprise {
        Some(_) => GLOO_ENV,
        None if of_chart(values) => GLOO_ENV.get(1..)?,
        None => return None,
    };
    let (shown, list) = deepest(values, path);
    let mut env = Vec::new();
    for item in list.map_or(&[][..], |list| list.items()) {
        let Some(name) = item.get("name") else { continue };
        let Some(text) = name.text() else { continue };
        let switch = match item.get("value") {
            Some(value) => match &**value {
                Value::Text(text) => of_text(text, value.node(), Remedy::Text(value.node())),
                Value::Bool(_) | Value::Number(_) => Switch::NotText(Spot { shown: value.node(), remedy: Remedy::Text(value.node()) }),
                _ => Switch::Off(Spot { shown: value.node(), remedy: Remedy::Text(value.node()) }),
            },
            None if item.get("valueFrom").is_some() => Switch::Unknown,
            None => Switch::Off(Spot { shown: name.node(), remedy: Remedy::Value(item.node()) }),
        };
        env.push((text.clone(), switch));
    }
    let place = Spot { shown, remedy: Remedy::Entry(values.node(), path) };
    Some(Install { product: Some(Product::Gloo), place, env, open: false })
}

/// Values of kgateway's chart, or of a chart that has it as a dependency. `controller` alone says nothing: many charts
/// have it.
fn kgateway_values(values: &At<Value>) -> Vec<Install> {
    let text = |path: &[&str]| values.at(path).and_then(|v| v.text()).is_some_and(|t| t.contains("kgateway"));
    let env = values.at(&["controller", "extraEnv"]).map_or(&[][..], |env| env.entries());
    let own = env.iter().any(|(key, _)| key.starts_with("KGW_"))
        || values.get("gatewayClassParametersRefs").is_some()
        || [
            &["image", "registry"][..],
            &["image", "repository"],
            &["controller", "image", "registry"],
            &["controller", "image", "repository"],
        ]
        .into_iter()
        .any(text);
    let mut found: Vec<Install> = own.then(|| kgateway_root(values, KGATEWAY_ENV, None)).into_iter().collect();
    for (path, product) in KGATEWAY_BELOW {
        let below = path.split_last().and_then(|(_, controller)| values.at(controller));
        found.extend(below.map(|_| kgateway_root(values, path, Some(product))));
    }
    found
}

/// `controller.extraEnv` of kgateway's chart, which quotes what it finds.
fn kgateway_root(values: &At<Value>, path: &'static [&'static str], product: Option<Product>) -> Install {
    let (shown, map) = deepest(values, path);
    let entries = map.map_or(&[][..], |map| map.entries());
    let env = entries.iter().map(|(key, value)| {
        let switch = match &**value {
            Value::Text(text) => of_text(text, value.node(), Remedy::Text(value.node())),
            Value::Bool(true) => Switch::On,
            Value::Number(number) if number.to_bits() == 1f64.to_bits() => Switch::On,
            Value::Map(_) | Value::List(_) => Switch::Unknown,
            _ => Switch::Off(Spot { shown: value.node(), remedy: Remedy::Bool(value.node()) }),
        };
        ((**key).clone(), switch)
    });
    let place = Spot { shown, remedy: Remedy::Key(values.node(), path) };
    Install { product, place, env: env.collect(), open: false }
}

/// The controllers read their variables as Go reads booleans.
fn of_text(text: &str, shown: NodeId, remedy: Remedy) -> Switch {
    if text.contains("{{") || text.contains("${") {
        return Switch::Unknown;
    }
    if parse_bool(text) == Some(true) { Switch::On } else { Switch::Off(Spot { shown, remedy }) }
}

/// The value below a path and its place; where the path ends early, the place of what is there.
fn deepest<'v>(root: &'v At<Value>, path: &[&str]) -> (NodeId, Option<&'v At<Value>>) {
    let mut here = root;
    for key in path {
        match here.get(key) {
            Some(inner) => here = inner,
            // a file of values as a whole has no key; its first one stands for it
            None if here.node() == root.node() => return (here.entries().first().map_or(here.node(), |(_, value)| value.node()), None),
            None => return (here.node(), None),
        }
    }
    (here.node(), Some(here))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::text::FileId;
    use crate::yaml::{Decoder, read};

    fn switch(product: Product, name: &str, files: &[&str]) -> Switch {
        let mut platform = Platform::default();
        for text in files {
            let tree = read(text);
            let value = Decoder::new(&tree, FileId(0), tree.documents[0].root.unwrap()).decode().unwrap();
            platform.take_controller_values(&SettingsFile { kind: SettingsKind::Values, value, clusters: Vec::new() });
        }
        platform.switch(product, name)
    }

    #[test]
    fn values_of_gloo() {
        let on = "deployment: {customEnv: [{name: OTHER, value: x}, {name: GG, value: \"true\"}]}";
        let gloo = |text: &str| switch(Product::Gloo, "GG", &[text]);
        assert_eq!(gloo(&format!("gloo: {{gloo: {{{on}}}}}")), Switch::On);
        assert_eq!(gloo(&format!("gloo: {{{on}}}")), Switch::On);
        assert!(matches!(gloo("gloo: {gloo: {deployment: {customEnv: [{name: GG, value: true}]}}}"), Switch::NotText(_)));
        assert!(matches!(gloo("gloo: {gloo: {deployment: {customEnv: [{name: GG, value: \"false\"}]}}}"), Switch::Off(_)));
        assert!(matches!(gloo("gloo: {kubeGateway: {enabled: true}}"), Switch::Missing(_)));
        assert!(matches!(gloo("gloo: {deployment: {replicas: 2}}"), Switch::Missing(_)));
        assert_eq!(gloo("gloo: {gloo: {deployment: {customEnv: [{name: GG, value: \"${multi}\"}]}}}"), Switch::Unknown);
        assert_eq!(gloo("gloo: {enabled: true}"), Switch::Unknown);
        assert_eq!(gloo("controller: {extraEnv: {KGW_X: true}}"), Switch::Unknown);
    }

    #[test]
    fn values_of_kgateway() {
        let of = |product, text: &str| switch(product, "KGW_X", &[text]);
        for product in [Product::Kgateway, Product::EnterpriseKgateway] {
            for on in ["true", "\"true\"", "1"] {
                assert_eq!(of(product, &format!("controller: {{extraEnv: {{KGW_X: {on}}}}}")), Switch::On, "{on}");
            }
            assert!(matches!(of(product, "controller: {extraEnv: {KGW_X: false}}"), Switch::Off(_)));
            assert!(matches!(of(product, "controller: {extraEnv: {KGW_OTHER: true}}"), Switch::Missing(_)));
        }
        // nothing says that this is kgateway's
        assert_eq!(of(Product::Kgateway, "controller: {replicaCount: 2}"), Switch::Unknown);
        assert!(matches!(of(Product::Kgateway, "kgateway: {controller: {replicaCount: 2}}"), Switch::Missing(_)));
        assert_eq!(of(Product::EnterpriseKgateway, "kgateway: {controller: {replicaCount: 2}}"), Switch::Unknown);
    }

    #[test]
    fn a_variable_is_switched_on_in_the_form_of_its_file() {
        let remedy = |product, text: &str| match switch(product, "X", &[text]) {
            Switch::Off(spot) | Switch::NotText(spot) | Switch::Missing(spot) => spot.remedy,
            other => panic!("{other:?}"),
        };
        let gloo = |text: &str| remedy(Product::Gloo, text);
        assert!(matches!(gloo("gloo: {gloo: {deployment: {customEnv: [{name: X, value: true}]}}}"), Remedy::Text(_)));
        assert!(matches!(gloo("gloo: {gloo: {deployment: {customEnv: [{name: X}]}}}"), Remedy::Value(_)));
        assert!(matches!(gloo("gloo: {kubeGateway: {}}"), Remedy::Entry(_, ["gloo", "gloo", "deployment", "customEnv"])));
        assert!(matches!(gloo("kubeGateway: {}"), Remedy::Entry(_, ["gloo", "deployment", "customEnv"])));
        let kgateway = |text: &str| remedy(Product::Kgateway, text);
        assert!(matches!(kgateway("kgateway: {controller: {}}"), Remedy::Key(_, ["kgateway", "controller", "extraEnv"])));
        assert!(matches!(kgateway("kgateway: {controller: {extraEnv: {X: false}}}"), Remedy::Bool(_)));
        assert!(matches!(kgateway("kgateway: {controller: {extraEnv: {X: \"false\"}}}"), Remedy::Text(_)));
    }

    #[test]
    fn one_file_of_several_is_enough() {
        let files = ["controller: {extraEnv: {KGW_X: false}}", "controller: {extraEnv: {KGW_X: true}}"];
        assert_eq!(switch(Product::Kgateway, "KGW_X", &files), Switch::On);
    }
}
