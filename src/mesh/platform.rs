//! Which product and version a cluster runs: as stated, else as the input shows it.

use super::classes::Product;
use super::controllers::Install;
use super::facts::Fact;
use super::istiod::Istiod;
use super::settings::{Distribution, Settings, Stated};
use super::version::Version;
use crate::model::gateway::{LabelRequirement, LabelSelector};
use crate::model::load::SettingsKind;
use crate::model::{Namespace, Resource, Spec, Text, Value};
use crate::yaml::{At, NodeId};

/// A file that is no manifest but says how something is installed.
#[derive(Clone, Debug)]
pub struct SettingsFile {
    /// What it is for.
    pub kind: SettingsKind,
    /// All of it.
    pub value: At<Value>,
    /// The clusters it belongs to; empty for all.
    pub clusters: Vec<u16>,
}

/// What a cluster runs.
#[derive(Clone, Debug)]
pub struct Platform {
    /// Whose Istio.
    pub distribution: Option<Stated<Distribution>>,
    /// Which Istio.
    pub istio: Option<Stated<Version>>,
    /// Which kgateway.
    pub kgateway: Option<Stated<Version>>,
    /// Which Solo Enterprise for kgateway.
    pub enterprise_kgateway: Option<Stated<Version>>,
    /// Which Gloo Gateway.
    pub gloo: Option<Stated<Version>>,
    /// Which bundle of the Gateway API's definitions.
    pub gateway_api: Option<Stated<Version>>,
    /// meshConfig.rootNamespace.
    pub root_namespace: Text,
    /// meshConfig.trustDomain.
    pub trust_domain: Text,
    /// The charts of kgateway and of Solo's build of it, those of their definitions (CRDs) among them.
    charts: Vec<Chart>,
    /// Names of parameters that a chart's values give to GatewayClasses.
    pub class_parameters: Vec<Text>,
    /// Namespaces that istio-cni leaves out.
    excluded: Vec<Text>,
    /// By which selectors istio-cni enrols pods, when it is told to look for something else than the label.
    pub(super) enablement: Option<Vec<Enablement>>,
    /// Which namespaces istiod looks at (`meshConfig.discoverySelectors`), any of these; all when there are none.
    pub(super) discovery: Vec<At<LabelSelector>>,
    /// How the controllers of gateways are installed.
    pub(super) installs: Vec<Install>,
    /// How istiod is installed.
    pub(super) istiod: Istiod,
}

/// A pod is enrolled when both selectors of one of these fit (istio-cni: `ambient.enablementSelectors`).
#[derive(Clone, Debug, Default)]
pub(super) struct Enablement {
    /// Labels of the pod.
    pub(super) pod: LabelSelector,
    /// Labels of its namespace.
    pub(super) namespace: LabelSelector,
}

impl Default for Platform {
    fn default() -> Self {
        Self {
            distribution: None,
            istio: None,
            kgateway: None,
            enterprise_kgateway: None,
            gloo: None,
            gateway_api: None,
            root_namespace: "istio-system".into(),
            trust_domain: "cluster.local".into(),
            charts: Vec::new(),
            class_parameters: Vec::new(),
            excluded: vec!["kube-system".into()],
            enablement: None,
            discovery: Vec::new(),
            installs: Vec::new(),
            istiod: Istiod::default(),
        }
    }
}

/// Registries of Solo's builds.
const SOLO_HUBS: [&str; 3] = ["soloio-img/", "gloo-mesh/istio-", "solo-public/istio"];
/// Registries of the community's builds.
const COMMUNITY_HUBS: [&str; 3] = ["docker.io/istio", "gcr.io/istio-release", "registry.istio.io"];
/// Istio's charts.
const CHARTS: [&str; 6] = ["base", "istiod", "cni", "ztunnel", "ambient", "gateway"];

/// Whether a chart is one of Istio's: the names alone are anybody's.
pub(super) fn is_istio_chart(name: &str, from: &str) -> bool {
    CHARTS.contains(&name) && from.contains("istio")
}

impl Platform {
    /// What one cluster runs. What is stated wins; of what is detected, running images win over install resources,
    /// those over Helm values, those over charts.
    pub(super) fn detect<'m>(
        cluster: usize,
        settings: &Settings,
        resources: impl Iterator<Item = &'m Resource>,
        files: &[SettingsFile],
    ) -> Self {
        let mut platform = Self::default();
        platform.take_stated(cluster, settings);
        let (mut images, mut installs, mut others) = (Vec::new(), Vec::new(), Vec::new());
        for resource in resources {
            match &resource.spec {
                Spec::Workload(_) => images.push(resource),
                Spec::IstioOperator(_) | Spec::SailInstall(_) | Spec::ServiceMeshController(_) => installs.push(resource),
                Spec::Delivery(_) | Spec::ConfigMap(_) | Spec::CustomResourceDefinition(_) => others.push(resource),
                _ => {}
            }
        }
        // istiod's own image says more than the others'
        for own in [true, false] {
            for resource in &images {
                platform.take_images(resource, own);
            }
        }
        for resource in &images {
            platform.take_controller(resource);
        }
        for resource in installs {
            platform.take_install(resource);
        }
        let here = || files.iter().filter(|f| f.clusters.is_empty() || f.clusters.iter().any(|c| usize::from(*c) == cluster));
        for file in here() {
            platform.take_controller_values(file);
        }
        let (values, charts): (Vec<_>, Vec<_>) = here().partition(|f| f.kind == SettingsKind::Values);
        for file in values {
            platform.take_values(&file.value);
        }
        platform.take_deliveries(&others);
        for file in charts {
            platform.take_charts(file);
            platform.take_kustomization(file);
        }
        // what a tag does not say, labels may
        for resource in images {
            platform.take_labels(resource);
        }
        if let Some(root) = &settings.root_namespace {
            platform.root_namespace = root.clone();
        }
        if let Some(domain) = &settings.trust_domain {
            platform.trust_domain = domain.clone();
        }
        platform
    }

    fn take_stated(&mut self, cluster: usize, settings: &Settings) {
        let stated = |version: &Option<Version>| version.clone().map(|value| Stated { value, place: None });
        let of_cluster = settings.clusters.get(cluster).and_then(|c| c.version.clone());
        self.istio = stated(&of_cluster.or_else(|| settings.version.clone()));
        self.distribution = settings.distribution.map(|value| Stated { value, place: None });
        self.kgateway = stated(&settings.kgateway);
        self.enterprise_kgateway = stated(&settings.enterprise_kgateway);
        self.gloo = stated(&settings.gloo);
        if let Some(true) = self.istio.as_ref().map(|v| v.value.is_solo_build()) {
            self.distribution.get_or_insert(Stated { value: Distribution::Solo, place: None });
        }
    }

    /// Notes a version of Istio and, by its registry or suffix, whose build it is.
    pub(super) fn take_istio(&mut self, tag: Option<&str>, hub: Option<&str>, place: NodeId) {
        let version = tag.and_then(|tag| tag.parse::<Version>().ok());
        let says = |hubs: &[&str]| hub.is_some_and(|hub| hubs.iter().any(|known| hub.contains(known)));
        let whose = if says(&SOLO_HUBS) || version.as_ref().is_some_and(Version::is_solo_build) {
            Some(Distribution::Solo)
        } else if says(&COMMUNITY_HUBS) {
            Some(Distribution::Istio)
        } else {
            None
        };
        let place = Some(place);
        if let Some(value) = whose {
            self.distribution.get_or_insert(Stated { value, place });
        }
        if let Some(value) = version {
            self.istio.get_or_insert(Stated { value, place });
        }
    }

    fn take_images(&mut self, resource: &Resource, istiod: bool) {
        let Spec::Workload(workload) = &resource.spec else { return };
        let Some(spec) = workload.template.as_ref().and_then(|t| t.spec.as_deref()) else { return };
        for (container, image) in spec.containers.iter().filter_map(|c| Some((c, c.image.as_ref()?))) {
            let untied = image.split_once('@').map_or(&***image, |(name, _)| name);
            // a colon before a slash parts a host from its port
            let (path, tag) = untied.rsplit_once(':').filter(|(_, tag)| !tag.contains('/')).unwrap_or((untied, ""));
            let (hub, name) = path.rsplit_once('/').unwrap_or(("", path));
            let version = || tag.parse::<Version>().ok().map(|value| Stated { value, place: Some(image.node()) });
            let slot = match name {
                "pilot" | "ztunnel" | "install-cni" | "proxyv2" => {
                    if istiod == (name == "pilot") {
                        if istiod {
                            self.take_istiod_container(container);
                        }
                        self.take_istio(Some(tag), Some(hub), image.node());
                    }
                    continue;
                }
                "kgateway" => &mut self.kgateway,
                "enterprise-kgateway-controller" => &mut self.enterprise_kgateway,
                "gloo-ee" | "gloo" => &mut self.gloo,
                _ => continue,
            };
            if slot.is_none() {
                *slot = version();
            }
        }
    }

    fn take_install(&mut self, resource: &Resource) {
        match &resource.spec {
            Spec::IstioOperator(operator) => {
                let Some(spec) = operator.spec.as_deref() else { return };
                if let Some(tag) = &spec.tag {
                    self.take_istio(tag.text().map(|t| &**t), spec.hub.as_ref().map(|h| &***h), tag.node());
                }
                spec.mesh_config.iter().for_each(|config| self.take_mesh_config(config));
                spec.values.iter().for_each(|values| self.take_values(values));
            }
            Spec::SailInstall(install) => {
                let Some(spec) = install.spec.as_deref() else { return };
                if let Some(version) = &spec.version {
                    self.take_istio(Some(version), None, version.node());
                }
                spec.values.iter().for_each(|values| self.take_values(values));
            }
            Spec::ServiceMeshController(controller) => {
                let Some(spec) = controller.spec.as_deref() else { return };
                if let Some(version) = &spec.version {
                    self.distribution.get_or_insert(Stated { value: Distribution::Solo, place: Some(version.node()) });
                    self.take_istio(Some(version), None, version.node());
                }
                spec.network.iter().for_each(|network| self.take_network(network));
                if let Some(domain) = &spec.trust_domain {
                    self.trust_domain = (**domain).clone();
                }
            }
            _ => {}
        }
    }

    fn take_values(&mut self, values: &At<Value>) {
        self.take_values_of(values, false);
    }

    /// Takes Helm values; of Istio's charts for sure, or as they look.
    pub(super) fn take_values_of(&mut self, values: &At<Value>, sure: bool) {
        let istio = ["pilot", "meshConfig", "ztunnel", "istio_cni"];
        let field = |path: &[&str]| values.at(path).filter(|v| v.text().is_some());
        let hub = field(&["global", "hub"]).or_else(|| field(&["hub"]));
        let hub_text = hub.and_then(|h| h.text()).map(|t| &**t);
        let known_hub = hub_text.is_some_and(|h| SOLO_HUBS.iter().chain(&COMMUNITY_HUBS).any(|known| h.contains(known)));
        let is_istio = sure || known_hub || istio.iter().any(|key| values.get(key).is_some());
        if is_istio {
            self.take_istiod_values(values);
            let tag = field(&["global", "tag"]).or_else(|| field(&["tag"]));
            if let Some(place) = tag.or(hub) {
                self.take_istio(tag.and_then(|t| t.text()).map(|t| &**t), hub_text, place.node());
            }
        }
        for (_, reference) in values.get("gatewayClassParametersRefs").iter().flat_map(|refs| refs.entries()) {
            self.class_parameters.extend(reference.get("name").and_then(|n| n.text().cloned()));
        }
        if let Some(config) = values.get("meshConfig") {
            self.take_mesh_config(config);
        }
        // of istio-cni's own chart the settings stand at the top
        let own = Some(values).filter(|v| is_istio || v.get("ambient").is_some() || v.at(&["global", "platform"]).is_some());
        for cni in [values.get("cni"), values.get("istio_cni"), own].into_iter().flatten() {
            if let Some(list) = cni.get("excludeNamespaces") {
                self.excluded = list.items().iter().filter_map(|v| v.text().cloned()).collect();
            }
            if let Some(list) = cni.at(&["ambient", "enablementSelectors"]) {
                let part = |item: &Value, key: &str| item.get(key).map(|v| selector(v)).unwrap_or_default();
                let read = |item: &At<Value>| Enablement { pod: part(item, "podSelector"), namespace: part(item, "namespaceSelector") };
                self.enablement = Some(list.items().iter().map(read).collect());
            }
        }
    }

    fn take_mesh_config(&mut self, config: &Value) {
        if let Some(root) = config.get("rootNamespace").and_then(|v| v.text().cloned()) {
            self.root_namespace = root;
        }
        if let Some(domain) = config.get("trustDomain").and_then(|v| v.text().cloned()) {
            self.trust_domain = domain;
        }
        // with several control planes, a namespace that one of them looks at is looked at
        let selectors = config.get("discoverySelectors").map_or(&[][..], |list| list.items());
        self.discovery.extend(selectors.iter().map(|item| At::new(selector(item), item.node())));
    }

    /// Charts by name and version: a Chart.yaml's dependencies, a helmfile's releases, a kustomization's helmCharts.
    fn take_charts(&mut self, file: &SettingsFile) {
        let lists = ["dependencies", "releases", "helmCharts"];
        for entry in lists.iter().filter_map(|key| file.value.get(key)).flat_map(|list| list.items()) {
            let Some(version) = entry.get("version") else { continue };
            let Some(tag) = version.text() else { continue };
            let text = |key: &str| entry.get(key).and_then(|v| v.text()).map_or("", |t| &**t);
            let chart = if text("chart").is_empty() { text("name") } else { text("chart") };
            let repository = if text("repository").is_empty() { text("repo") } else { text("repository") };
            let name = chart.rsplit('/').next().unwrap_or(chart);
            self.take_chart(name, tag, version.node(), if repository.is_empty() { chart } else { repository });
        }
    }

    /// Notes a chart by its name; `from` is its repository, or whatever else says whose it is.
    pub(super) fn take_chart(&mut self, name: &str, tag: &str, place: NodeId, from: &str) {
        let main = name.strip_suffix("-crds").unwrap_or(name);
        let product = match main {
            "kgateway" => Some(Product::Kgateway),
            "enterprise-kgateway" => Some(Product::EnterpriseKgateway),
            _ => None,
        };
        if let (Some(product), Ok(value)) = (product, tag.parse::<Version>()) {
            self.charts.push(Chart { product, definitions: main != name, version: Stated { value, place: Some(place) } });
        }
        self.take_product(name, tag, place, from);
    }

    /// Notes the version of a product by the name of its chart or image.
    pub(super) fn take_product(&mut self, name: &str, tag: &str, place: NodeId, from: &str) {
        let stated = || tag.parse::<Version>().ok().map(|value| Stated { value, place: Some(place) });
        let slot = match name {
            "kgateway" => &mut self.kgateway,
            "enterprise-kgateway" => &mut self.enterprise_kgateway,
            "gloo-ee" | "gloo" | "gloo-gateway" => &mut self.gloo,
            _ if is_istio_chart(name, from) => return self.take_istio(Some(tag), Some(from), place),
            _ => return,
        };
        if slot.is_none() {
            *slot = stated();
        }
    }

    /// Whether istio-cni leaves a namespace out. The ambient agent honours its list only since 1.30.
    pub fn excludes(&self, namespace: &Namespace) -> Fact<bool> {
        if !namespace.name().is_some_and(|name| self.excluded.iter().any(|e| &**e == name)) {
            return Fact::Known(false);
        }
        let gate = "1.30.0".parse().ok();
        match self.istio.as_ref().zip(gate).and_then(|(version, gate)| version.value.at_least(&gate)) {
            Some(honoured) => Fact::Known(honoured),
            None => Fact::Unknown,
        }
    }

    /// Whether the product behind a Gateway is of this version or later; none when its version is not known, or not exactly enough.
    pub fn at_least(&self, product: Product, gate: &str) -> Option<bool> {
        let version = match product {
            Product::Kgateway => &self.kgateway,
            Product::EnterpriseKgateway => &self.enterprise_kgateway,
            Product::Gloo => &self.gloo,
            _ => return None,
        };
        version.as_ref()?.value.at_least(&gate.parse().ok()?)
    }

    /// Whether Istio is known to be Solo's build.
    pub fn is_solo(&self) -> bool {
        self.distribution.as_ref().is_some_and(|d| d.value == Distribution::Solo)
    }

    /// Whether Istio could be Solo's build: it is, or nothing says whose it is.
    pub fn may_be_solo(&self) -> bool {
        self.distribution.as_ref().is_none_or(|d| d.value == Distribution::Solo)
    }
}

/// A chart that the input has delivered.
#[derive(Clone, Debug)]
struct Chart {
    product: Product,
    /// Whether it holds the product's definitions (CRDs), not the product.
    definitions: bool,
    version: Stated<Version>,
}

/// A product's chart and the chart of its definitions, which are of different versions.
#[derive(Clone, Copy, Debug)]
pub struct UnequalCharts<'m> {
    /// The product.
    pub product: Product,
    /// Its chart.
    pub main: &'m Stated<Version>,
    /// That of its definitions.
    pub definitions: &'m Stated<Version>,
}

impl super::Mesh {
    /// Charts of one product in one cluster that should have one version and surely have two. Where the input has several
    /// versions of one of them nothing says which belong together.
    pub fn unequal_charts(&self) -> impl Iterator<Item = UnequalCharts<'_>> {
        let products = |platform| [Product::Kgateway, Product::EnterpriseKgateway].map(|product| (platform, product));
        self.clusters.iter().flat_map(move |cluster| products(&cluster.platform)).filter_map(|(platform, product)| {
            let the_one = |definitions: bool| {
                let mut all = platform.charts.iter().filter(|chart| chart.product == product && chart.definitions == definitions);
                let first = all.next()?;
                all.all(|other| other.version.value == first.version.value).then_some(&first.version)
            };
            let (main, definitions) = (the_one(false)?, the_one(true)?);
            let differ = main.value.cmp_gate(&definitions.value).is_some_and(std::cmp::Ordering::is_ne);
            differ.then_some(UnequalCharts { product, main, definitions })
        })
    }
}

/// Versions of Istio that a release of a gateway is made for, first and last, as the products' documentation lists them.
const MADE_FOR: [(Product, &str, &str, &str); 3] = [
    (Product::Kgateway, "2.1", "1.23", "1.27"),
    (Product::Kgateway, "2.4", "1.26", "1.30"),
    (Product::EnterpriseKgateway, "2.2", "1.25", "1.29"),
];

/// A gateway's version and one of Istio that it is not made for.
#[derive(Clone, Copy, Debug)]
pub struct Pair<'m> {
    /// The gateway's.
    pub gateway: &'m Stated<Version>,
    /// Istio's.
    pub istio: &'m Stated<Version>,
    /// The first version of Istio that it is made for.
    pub first: &'static str,
    /// The last one.
    pub last: &'static str,
}

impl<'m> super::GatewayView<'m> {
    /// Its version and Istio's, when the one is not made for the other.
    pub fn unsupported_pair(&self) -> Option<Pair<'m>> {
        let platform = self.object.platform();
        let gateway = match self.product {
            Product::Kgateway => platform.kgateway.as_ref()?,
            Product::EnterpriseKgateway => platform.enterprise_kgateway.as_ref()?,
            _ => return None,
        };
        let istio = platform.istio.as_ref()?;
        let minor = |text: &str| text.parse::<Version>().map(|v| v.minor()).ok();
        let of_release = |(product, release, ..): &&(Product, &str, &str, &str)| {
            *product == self.product && minor(release) == Some(gateway.value.minor())
        };
        let (_, _, first, last) = *MADE_FOR.iter().find(of_release)?;
        let inside = (minor(first)?..=minor(last)?).contains(&istio.value.minor());
        (!inside).then_some(Pair { gateway, istio, first, last })
    }
}

/// A label selector in settings that nobody typed. Labels that have to be equal become requirements like the others.
fn selector(value: &Value) -> LabelSelector {
    let text = |value: &At<Value>| {
        let text = match &**value {
            Value::Text(text) => text.clone(),
            Value::Bool(yes) => yes.to_string().into(),
            Value::Number(number) => number.to_string().into(),
            Value::Null | Value::List(_) | Value::Map(_) => return None,
        };
        Some(At::new(text, value.node()))
    };
    let equal = value.get("matchLabels").map_or(&[][..], |labels| labels.entries()).iter().filter_map(|(key, value)| {
        let operator = At::new(Text::from("In"), key.node());
        Some(At::new(LabelRequirement { key: key.clone(), operator, values: vec![text(value)?] }, key.node()))
    });
    let further = value.get("matchExpressions").map_or(&[][..], |list| list.items()).iter().filter_map(|item| {
        let values = item.get("values").map_or(&[][..], |list| list.items()).iter().filter_map(text).collect();
        Some(At::new(LabelRequirement { key: text(item.get("key")?)?, operator: text(item.get("operator")?)?, values }, item.node()))
    });
    LabelSelector { match_labels: None, match_expressions: equal.chain(further).collect() }
}
