//! Versions as those who deliver charts and images state them: Argo CD, Flux, kustomizations, labels of what they made.

use rustc_hash::FxHashMap;

use super::platform::{Platform, SettingsFile, is_istio_chart};
use super::settings::{Distribution, Stated};
use super::version::Version;
use crate::model::load::SettingsKind;
use crate::model::{Resource, Spec, Text, Value};
use crate::text::FileId;
use crate::yaml::{At, Decoder, read};

/// The annotation by which the Gateway API's definitions say their release.
const BUNDLE: &str = "gateway.networking.k8s.io/bundle-version";

impl Platform {
    /// Notes what Argo CD's and Flux's resources deliver, what Solo's operator is told beside its resource, and the
    /// release of the Gateway API's definitions.
    pub(super) fn take_deliveries(&mut self, resources: &[&Resource]) {
        let mut repositories: FxHashMap<&str, &str> = FxHashMap::default();
        let specs = || resources.iter().filter_map(|r| Some((*r, delivery(r)?)));
        for (resource, spec) in specs().filter(|(r, _)| &*r.id.kind == "HelmRepository") {
            repositories.extend(spec.get("url").and_then(|url| url.text()).map(|url| (&*resource.id.name, &**url)));
        }
        for (resource, spec) in specs() {
            match &*resource.id.kind {
                "Application" => self.take_application(spec),
                "ApplicationSet" => spec.at(&["template", "spec"]).into_iter().for_each(|spec| self.take_application(spec)),
                "HelmRelease" => self.take_release(spec, &repositories),
                "OCIRepository" => self.take_oci(spec),
                _ => {}
            }
        }
        for resource in resources {
            match &resource.spec {
                Spec::ConfigMap(map) if &*resource.id.name == "gloo-extensions-config" => {
                    let entry = map.data.as_deref().and_then(|data| data.get("values.istiod"));
                    if let Some(text) = entry {
                        self.take_text(text, Some(Distribution::Solo));
                    }
                }
                Spec::CustomResourceDefinition(_) => {
                    let annotation = resource.meta.annotation(BUNDLE);
                    if let Some(label) = annotation {
                        self.take_bundle(label, label.node());
                    }
                }
                _ => {}
            }
        }
    }

    /// Notes the sources of an Application.
    fn take_application(&mut self, spec: &Value) {
        let several = spec.get("sources").map_or(&[][..], |list| list.items());
        for source in spec.get("source").into_iter().chain(several) {
            let text = |path: &[&str]| source.at(path).and_then(|v| v.text()).map_or("", |t| &**t);
            let chart = text(&["chart"]);
            let name = chart.rsplit('/').next().unwrap_or(chart);
            let from = if chart.contains('/') { chart } else { text(&["repoURL"]) };
            if let Some(revision) = source.get("targetRevision") {
                let tag = revision.text().map_or("", |t| &**t);
                self.take_chart(name, tag, revision.node(), from);
            }
            if !is_istio_chart(name, from) {
                continue;
            }
            if let Some(values) = source.at(&["helm", "valuesObject"]) {
                self.take_values_of(values, true);
            }
            if let Some(values) = source.at(&["helm", "values"]) {
                values.text().into_iter().for_each(|text| self.take_text(&At::new(text.clone(), values.node()), None));
            }
        }
    }

    /// Notes the chart of a HelmRelease.
    fn take_release(&mut self, spec: &Value, repositories: &FxHashMap<&str, &str>) {
        let chart = spec.at(&["chart", "spec"]);
        let text = |path: &[&str]| chart.and_then(|c| c.at(path)).and_then(|v| v.text()).map_or("", |t| &**t);
        let name = text(&["chart"]);
        let source = text(&["sourceRef", "name"]);
        let from = repositories.get(source).copied().unwrap_or(source);
        if let Some(version) = chart.and_then(|c| c.get("version")) {
            self.take_chart(name, version.text().map_or("", |t| &**t), version.node(), from);
        }
        if let Some(values) = spec.get("values").filter(|_| is_istio_chart(name, from)) {
            self.take_values_of(values, true);
        }
    }

    /// Notes a chart that is kept as an image: `oci://registry/istio-helm/istiod`.
    fn take_oci(&mut self, spec: &Value) {
        let Some(url) = spec.get("url").and_then(|url| url.text()) else { return };
        let Some(tag) = spec.at(&["ref", "tag"]).or_else(|| spec.at(&["ref", "semver"])) else { return };
        let name = url.rsplit('/').next().unwrap_or(url);
        self.take_chart(name, tag.text().map_or("", |t| &**t), tag.node(), url);
    }

    /// Notes images that a kustomization sets, the values of its charts, and the bundle of the Gateway API it applies.
    pub(super) fn take_kustomization(&mut self, file: &SettingsFile) {
        if file.kind != SettingsKind::Kustomization {
            return;
        }
        let list = |key: &str| file.value.get(key).map_or(&[][..], |list| list.items());
        for image in list("images") {
            let text = |key: &str| image.get(key).and_then(|v| v.text()).map_or("", |t| &**t);
            let (Some(tag), path) = (image.get("newTag"), if text("newName").is_empty() { text("name") } else { text("newName") }) else {
                continue;
            };
            let (hub, name) = path.rsplit_once('/').unwrap_or(("", path));
            let version = tag.text().map_or("", |t| &**t);
            match name {
                "pilot" | "ztunnel" | "install-cni" | "proxyv2" => self.take_istio(Some(version), Some(hub), tag.node()),
                "enterprise-kgateway-controller" => self.take_product("enterprise-kgateway", version, tag.node(), hub),
                name => self.take_product(name, version, tag.node(), ""),
            }
        }
        for chart in list("helmCharts") {
            let text = |key: &str| chart.get(key).and_then(|v| v.text()).map_or("", |t| &**t);
            if let Some(values) = chart.get("valuesInline").filter(|_| is_istio_chart(text("name"), text("repo"))) {
                self.take_values_of(values, true);
            }
        }
        for resource in list("resources") {
            let Some(url) = resource.text().filter(|url| url.contains("gateway-api")) else { continue };
            let release = url.split_once("/releases/download/").and_then(|(_, rest)| rest.split('/').next());
            let branch = || url.split_once("ref=").and_then(|(_, rest)| rest.split('&').next());
            release.or_else(branch).into_iter().for_each(|version| self.take_bundle(version, resource.node()));
        }
    }

    fn take_bundle(&mut self, version: &str, place: crate::yaml::NodeId) {
        if let (None, Ok(value)) = (&self.gateway_api, version.parse::<Version>()) {
            self.gateway_api = Some(Stated { value, place: Some(place) });
        }
    }

    /// Notes the version that labels of istiod state, where its image does not.
    pub(super) fn take_labels(&mut self, resource: &Resource) {
        let Spec::Workload(workload) = &resource.spec else { return };
        let containers = workload.template.as_ref().and_then(|t| t.spec.as_deref()).map_or(&[][..], |spec| &spec.containers);
        let is_istiod = containers.iter().filter_map(|c| c.image.as_ref()).any(|image| {
            let path = image.split_once('@').map_or(&***image, |(path, _)| path);
            path.rsplit('/').next().is_some_and(|name| name.split(':').next() == Some("pilot"))
        });
        if !is_istiod {
            return;
        }
        let label = |key: &str| resource.meta.label(key);
        let chart = label("helm.sh/chart").and_then(|l| Some((l.strip_prefix("istiod-")?.to_owned(), l.node())));
        let app = label("app.kubernetes.io/version").map(|l| (l.to_string(), l.node()));
        // a revision is often the version, with hyphens
        let revision =
            label("istio.io/rev").map(|l| (l.trim_start_matches(|c: char| c.is_ascii_alphabetic()).replacen('-', ".", 2), l.node()));
        for (version, place) in [app, chart, revision].into_iter().flatten() {
            self.take_istio(Some(&version), None, place);
        }
    }

    /// Notes Helm values that stand in a text. Their places are lost, so only the version is taken.
    fn take_text(&mut self, text: &At<Text>, whose: Option<Distribution>) {
        let tree = read(text);
        let Some(root) = tree.documents.first().and_then(|d| d.root).filter(|_| tree.errors.is_empty()) else { return };
        let Ok(values) = Decoder::new(&tree, FileId(0), root).decode::<Value>() else { return };
        let field = |key: &str| values.at(&["global", key]).or_else(|| values.get(key)).and_then(|v| v.text());
        if let Some(value) = whose {
            self.distribution.get_or_insert(Stated { value, place: Some(text.node()) });
        }
        self.take_istio(field("tag").map(|t| &**t), field("hub").map(|t| &**t), text.node());
    }
}

fn delivery(resource: &Resource) -> Option<&Value> {
    match &resource.spec {
        Spec::Delivery(delivery) => delivery.spec.as_deref(),
        _ => None,
    }
}
