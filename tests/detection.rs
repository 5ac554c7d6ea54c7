//! Product and version, from every place in which a directory reveals them.
#![expect(clippy::unwrap_used, reason = "tests")]

use meshgate::config::Choice;
use meshgate::lint::{Request, Session};
use meshgate::mesh::{Distribution, Platform, Stated, version::Version};
use meshgate::model::Kind;
use meshgate::text::MemoryWorld;

/// Something to ask the platform of.
const SERVICE: &str =
    "apiVersion: v1\nkind: Service\nmetadata: {name: cart, namespace: shop}\nspec: {selector: {app: cart}, ports: [{port: 80}]}\n";
const SOLO: &str = "us-docker.pkg.dev/soloio-img/istio";

fn with<T>(files: &[(&str, String)], ask: impl FnOnce(&Platform) -> T) -> T {
    let mut all = vec![("all.yaml", SERVICE)];
    all.extend(files.iter().map(|(path, text)| (*path, text.as_str())));
    let world = MemoryWorld::new(all);
    let request = Request { config: Choice::Find, ..Request::new(["."]) };
    let mesh = Session::open(&world, &request).unwrap_or_else(|failure| panic!("{failure:?}")).into_mesh();
    let service = mesh.objects(Kind::Service).next().unwrap();
    ask(service.platform())
}

/// `solo 1.28.5`, `istio ?`, `? 1.28.5`, with `@path-less` places: a version from a file has one.
fn istio(files: &[(&str, String)]) -> String {
    with(files, |platform| {
        let whose = match platform.distribution.as_ref().map(|d| d.value) {
            Some(Distribution::Istio) => "istio",
            Some(Distribution::Solo) => "solo",
            Some(Distribution::Alauda) => "alauda",
            None => "?",
        };
        if let Some(version) = &platform.istio {
            assert!(version.place.is_some(), "{version:?} has a place");
        }
        format!("{whose} {}", shown(platform.istio.as_ref()))
    })
}

fn shown(version: Option<&Stated<Version>>) -> String {
    version.map_or("?".to_owned(), |v| v.value.to_string())
}

fn workload(kind: &str, name: &str, image: &str, labels: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: {kind}\nmetadata: {{name: {name}, namespace: istio-system, labels: {{{labels}}}}}\nspec:\n  selector: {{matchLabels: {{app: {name}}}}}\n  template:\n    metadata: {{labels: {{app: {name}}}}}\n    spec: {{containers: [{{name: c, image: \"{image}\"}}]}}\n"
    )
}

fn check(rows: &[(&str, &str, String, &str)]) {
    let wrong: Vec<String> = rows
        .iter()
        .filter_map(|(what, path, text, expected)| {
            let found = istio(&[(path, text.clone())]);
            (found != *expected).then(|| format!("{what}: {found}, not {expected}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn helm_values() {
    check(&[
        ("istiod, by its hub", "istiod/values.yaml", format!("global: {{hub: {SOLO}, tag: 1.29.2-patch0}}\n"), "solo 1.29.2-patch0"),
        ("ztunnel, at the top", "ztunnel/values.yaml", format!("hub: {SOLO}\ntag: 1.29.2\n"), "solo 1.29.2"),
        (
            "the management plane's registry",
            "values.yaml",
            "hub: gcr.io/gloo-mesh/istio-1234\ntag: 1.27.1-solo\n".into(),
            "solo 1.27.1-solo",
        ),
        ("the community's", "values.yaml", "global: {hub: docker.io/istio, tag: 1.28.1}\n".into(), "istio 1.28.1"),
        ("the release registry", "values.yaml", "global: {hub: gcr.io/istio-release, tag: 1.28.1}\n".into(), "istio 1.28.1"),
        ("the new registry", "values.yaml", "global: {hub: registry.istio.io/release, tag: 1.30.1}\n".into(), "istio 1.30.1"),
        ("a suffix alone", "values.yaml", "pilot: {}\nglobal: {tag: 1.28.6-solo-fips}\n".into(), "solo 1.28.6-solo-fips"),
        ("nobody knows whose", "values.yaml", "pilot: {}\nglobal: {tag: 1.28.6}\n".into(), "? 1.28.6"),
        ("values of something else", "values.yaml", "image: {tag: 1.28.6}\nglobal: {tag: 9.9.9}\n".into(), "? ?"),
    ]);
}

#[test]
fn charts() {
    let chart = |name: &str, version: &str, repository: &str| {
        format!(
            "apiVersion: v2\nname: mesh\nversion: 1.0.0\ndependencies: [{{name: {name}, version: {version}, repository: \"{repository}\"}}]\n"
        )
    };
    let (community, solo) = ("https://istio-release.storage.googleapis.com/charts", "oci://us-docker.pkg.dev/soloio-img/istio-helm");
    let mut rows = Vec::new();
    for name in ["base", "istiod", "cni", "ztunnel", "ambient", "gateway"] {
        rows.push((name, "Chart.yaml", chart(name, "1.28.1", community), "? 1.28.1"));
        rows.push((name, "Chart.yaml", chart(name, "1.29.2-patch0-solo", solo), "solo 1.29.2-patch0-solo"));
    }
    rows.push(("a base of somebody else's", "Chart.yaml", chart("base", "1.28.1", "https://charts.example.com"), "? ?"));
    rows.push(("helmfile", "helmfile.yaml", "releases: [{name: istiod, chart: istio/istiod, version: 1.28.4}]\n".into(), "? 1.28.4"));
    rows.push((
        "kustomization",
        "kustomization.yaml",
        format!("helmCharts: [{{name: istiod, version: 1.28.3, repo: \"{community}\"}}]\n"),
        "? 1.28.3",
    ));
    rows.push((
        "values in a kustomization",
        "kustomization.yaml",
        format!("helmCharts: [{{name: istiod, repo: \"{community}\", valuesInline: {{global: {{hub: {SOLO}, tag: 1.28.2}}}}}}]\n"),
        "solo 1.28.2",
    ));
    rows.push((
        "images of a kustomization",
        "kustomization.yaml",
        "images: [{name: docker.io/istio/pilot, newTag: 1.27.4}]\n".into(),
        "istio 1.27.4",
    ));
    rows.push((
        "a registry of one's own in a kustomization",
        "kustomization.yaml",
        format!("images: [{{name: docker.io/istio/ztunnel, newName: {SOLO}/ztunnel, newTag: 1.27.5-solo}}]\n"),
        "solo 1.27.5-solo",
    ));
    check(&rows);
}

#[test]
fn operators() {
    let doc = |api: &str, kind: &str, spec: &str| {
        format!("apiVersion: {api}\nkind: {kind}\nmetadata: {{name: default, namespace: istio-system}}\nspec: {{{spec}}}\n")
    };
    check(&[
        ("IstioOperator", "a.yaml", doc("install.istio.io/v1alpha1", "IstioOperator", &format!("profile: ambient, hub: {SOLO}, tag: 1.28.1")), "solo 1.28.1"),
        ("IstioOperator's values", "a.yaml", doc("install.istio.io/v1alpha1", "IstioOperator", "values: {global: {hub: docker.io/istio, tag: 1.28.1}}"), "istio 1.28.1"),
        ("Sail, Istio", "a.yaml", doc("sailoperator.io/v1", "Istio", "version: v1.28.1, namespace: istio-system"), "? v1.28.1"),
        ("Sail, IstioCNI", "a.yaml", doc("sailoperator.io/v1", "IstioCNI", "version: v1.28-latest, profile: ambient"), "? v1.28-latest"),
        ("Sail, ZTunnel", "a.yaml", doc("sailoperator.io/v1alpha1", "ZTunnel", "version: v1.27.3"), "? v1.27.3"),
        ("Sail, IstioRevision", "a.yaml", doc("sailoperator.io/v1", "IstioRevision", &format!("version: v1.28.1, values: {{global: {{hub: {SOLO}}}}}")), "solo v1.28.1"),
        ("ServiceMeshController", "a.yaml", doc("operator.gloo.solo.io/v1", "ServiceMeshController", "version: 1.29.1, cluster: one"), "solo 1.29.1"),
        (
            "what is laid over a ServiceMeshController",
            "a.yaml",
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: gloo-extensions-config, namespace: gloo-mesh}\ndata:\n  values.istiod: |\n    global:\n      tag: 1.29.3-solo\n".into(),
            "solo 1.29.3-solo",
        ),
    ]);
}

#[test]
fn images_and_labels() {
    let image = |name: &str, tag: &str| format!("{SOLO}/{name}:{tag}");
    let digest = "docker.io/istio/pilot@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    check(&[
        (
            "pilot",
            "a.yaml",
            workload("Deployment", "istiod", &image("pilot", "1.29.2-patch0-solo-distroless"), ""),
            "solo 1.29.2-patch0-solo-distroless",
        ),
        ("ztunnel", "a.yaml", workload("DaemonSet", "ztunnel", "docker.io/istio/ztunnel:1.28.2", ""), "istio 1.28.2"),
        ("install-cni", "a.yaml", workload("DaemonSet", "istio-cni-node", &image("install-cni", "1.28.3"), ""), "solo 1.28.3"),
        ("proxyv2", "a.yaml", workload("Deployment", "gateway", "docker.io/istio/proxyv2:1.28.4", ""), "istio 1.28.4"),
        ("a tag and a digest", "a.yaml", workload("Deployment", "istiod", &digest.replace('@', ":1.28.5@"), ""), "istio 1.28.5"),
        (
            "a digest, and the version as a label",
            "a.yaml",
            workload("Deployment", "istiod", digest, "app.kubernetes.io/version: 1.28.6"),
            "istio 1.28.6",
        ),
        (
            "a digest, and the chart as a label",
            "a.yaml",
            workload("Deployment", "istiod", digest, "helm.sh/chart: istiod-1.28.7"),
            "istio 1.28.7",
        ),
        ("a digest, and a revision", "a.yaml", workload("Deployment", "istiod", digest, "istio.io/rev: 1-28-8"), "istio 1.28.8"),
        ("a revision that is a name", "a.yaml", workload("Deployment", "istiod", digest, "istio.io/rev: stable"), "istio ?"),
        (
            "labels of an application",
            "a.yaml",
            workload("Deployment", "cart", "registry.example.com/cart:2.0.0", "app.kubernetes.io/version: 2.0.0"),
            "? ?",
        ),
    ]);
    let both = [
        ("a.yaml", workload("DaemonSet", "ztunnel", &image("ztunnel", "1.28.1-solo"), "")),
        ("b.yaml", workload("Deployment", "istiod", &image("pilot", "1.28.2-solo"), "")),
    ];
    assert_eq!(istio(&both), "solo 1.28.2-solo", "istiod's install wins");
}

#[test]
#[expect(clippy::too_many_lines, reason = "one table")]
fn argo_and_flux() {
    let argo = |kind: &str, source: &str| {
        let spec = format!("{source}, destination: {{namespace: istio-system}}");
        let spec = if kind == "ApplicationSet" {
            format!("generators: [], template: {{metadata: {{name: \"{{{{cluster}}}}\"}}, spec: {{{spec}}}}}")
        } else {
            spec
        };
        format!("apiVersion: argoproj.io/v1alpha1\nkind: {kind}\nmetadata: {{name: istiod, namespace: argocd}}\nspec: {{{spec}}}\n")
    };
    let charts = "https://istio-release.storage.googleapis.com/charts";
    let solo = "us-docker.pkg.dev/soloio-img/istio-helm";
    let release = |chart: &str, more: &str| {
        format!(
            "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {{name: istiod, namespace: istio-system}}\nspec: {{interval: 1m, chart: {{spec: {{{chart}}}}}{more}}}\n"
        )
    };
    let repository = |url: &str| {
        format!(
            "---\napiVersion: source.toolkit.fluxcd.io/v1\nkind: HelmRepository\nmetadata: {{name: charts, namespace: istio-system}}\nspec: {{url: \"{url}\"}}\n"
        )
    };
    check(&[
        (
            "Application",
            "a.yaml",
            argo("Application", &format!("source: {{repoURL: \"{charts}\", chart: istiod, targetRevision: 1.28.1}}")),
            "? 1.28.1",
        ),
        (
            "Solo's charts",
            "a.yaml",
            argo("Application", &format!("source: {{repoURL: {solo}, chart: istiod, targetRevision: 1.29.2-patch0-solo}}")),
            "solo 1.29.2-patch0-solo",
        ),
        (
            "several sources",
            "a.yaml",
            argo(
                "Application",
                &format!(
                    "sources: [{{repoURL: \"https://example.com/r.git\", path: a, targetRevision: v9.9.9}}, {{repoURL: \"{charts}\", chart: ztunnel, targetRevision: 1.28.2}}]"
                ),
            ),
            "? 1.28.2",
        ),
        (
            "an object of values",
            "a.yaml",
            argo(
                "Application",
                &format!(
                    "source: {{repoURL: \"{charts}\", chart: istiod, targetRevision: 1.28.*, helm: {{valuesObject: {{global: {{hub: {SOLO}, tag: 1.28.3}}}}}}}}"
                ),
            ),
            "solo 1.28.3",
        ),
        (
            "values as text",
            "a.yaml",
            argo(
                "Application",
                &format!(
                    "source: {{repoURL: \"{charts}\", chart: istiod, targetRevision: 1.28.*, helm: {{values: \"global: {{hub: {SOLO}, tag: 1.28.4}}\"}}}}"
                ),
            ),
            "solo 1.28.4",
        ),
        (
            "ApplicationSet",
            "a.yaml",
            argo("ApplicationSet", &format!("source: {{repoURL: \"{charts}\", chart: istiod, targetRevision: 1.28.5}}")),
            "? 1.28.5",
        ),
        (
            "a revision that is a branch",
            "a.yaml",
            argo("Application", "source: {repoURL: \"https://example.com/istio.git\", path: istiod, targetRevision: main}"),
            "? ?",
        ),
        (
            "HelmRelease",
            "a.yaml",
            release("chart: istiod, version: 1.28.1, sourceRef: {kind: HelmRepository, name: istio}", ""),
            "? 1.28.1",
        ),
        (
            "HelmRepository",
            "a.yaml",
            release("chart: istiod, version: 1.28.2, sourceRef: {kind: HelmRepository, name: charts}", "")
                + &repository(&format!("oci://{solo}")),
            "solo 1.28.2",
        ),
        (
            "values of a HelmRelease",
            "a.yaml",
            release(
                "chart: istiod, sourceRef: {kind: HelmRepository, name: istio}",
                &format!(", values: {{global: {{hub: {SOLO}, tag: 1.28.3}}}}"),
            ),
            "solo 1.28.3",
        ),
        (
            "OCIRepository",
            "a.yaml",
            format!(
                "apiVersion: source.toolkit.fluxcd.io/v1\nkind: OCIRepository\nmetadata: {{name: istiod, namespace: istio-system}}\nspec: {{url: \"oci://{solo}/istiod\", ref: {{tag: 1.29.2-patch0-solo}}}}\n"
            ),
            "solo 1.29.2-patch0-solo",
        ),
        (
            "a chart of somebody else's",
            "a.yaml",
            release("chart: base, version: 9.9.9, sourceRef: {kind: HelmRepository, name: charts}", "")
                + &repository("https://charts.example.com"),
            "? ?",
        ),
    ]);
}

#[test]
fn gateways() {
    let of = |path: &str, text: String| {
        with(&[(path, text)], |p| [&p.kgateway, &p.enterprise_kgateway, &p.gloo].map(|v| shown(v.as_ref())).join(" "))
    };
    let chart = |name: &str, version: &str| {
        format!(
            "apiVersion: v2\nname: edge\nversion: 1.0.0\ndependencies: [{{name: {name}, version: {version}, repository: \"oci://example.com\"}}]\n"
        )
    };
    assert_eq!(of("a.yaml", workload("Deployment", "kgateway", "cr.kgateway.dev/kgateway-dev/kgateway:v2.2.1", "")), "v2.2.1 ? ?");
    assert_eq!(of("a.yaml", workload("Deployment", "c", "us-docker.pkg.dev/x/enterprise-kgateway-controller:2.2.4", "")), "? 2.2.4 ?");
    assert_eq!(of("a.yaml", workload("Deployment", "gloo", "quay.io/solo-io/gloo-ee:1.18.28", "")), "? ? 1.18.28");
    assert_eq!(of("Chart.yaml", chart("kgateway", "v2.3.0")), "v2.3.0 ? ?");
    assert_eq!(of("Chart.yaml", chart("enterprise-kgateway", "2.2.0-rc.2")), "? 2.2.0-rc.2 ?");
    assert_eq!(of("Chart.yaml", chart("gloo-ee", "1.18.28")), "? ? 1.18.28");
    let argo = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: kgateway, namespace: argocd}\nspec: {source: {repoURL: cr.kgateway.dev/kgateway-dev/charts, chart: kgateway, targetRevision: v2.1.2}}\n";
    assert_eq!(of("a.yaml", argo.to_owned()), "v2.1.2 ? ?");
    assert_eq!(of("kustomization.yaml", "images: [{name: cr.kgateway.dev/kgateway-dev/kgateway, newTag: v2.2.2}]\n".into()), "v2.2.2 ? ?");
}

#[test]
fn definitions_of_the_gateway_api() {
    let of = |path: &str, text: &str| with(&[(path, text.to_owned())], |p| shown(p.gateway_api.as_ref()));
    let crd = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata:\n  name: httproutes.gateway.networking.k8s.io\n  annotations: {gateway.networking.k8s.io/bundle-version: v1.4.1, gateway.networking.k8s.io/channel: standard}\nspec: {group: gateway.networking.k8s.io, names: {kind: HTTPRoute}, scope: Namespaced, versions: []}\n";
    assert_eq!(of("crds.yaml", crd), "v1.4.1");
    let release = "resources: [\"https://github.com/kubernetes-sigs/gateway-api/releases/download/v1.5.0/standard-install.yaml\"]\n";
    assert_eq!(of("kustomization.yaml", release), "v1.5.0");
    assert_eq!(of("kustomization.yaml", "resources: [\"github.com/kubernetes-sigs/gateway-api/config/crd?ref=v1.3.0\"]\n"), "v1.3.0");
    assert_eq!(of("kustomization.yaml", "resources: [\"https://example.com/v1.3.0/other.yaml\"]\n"), "?");
}

#[test]
fn what_is_stated_wins() {
    let files = [
        ("istiod/values.yaml", format!("global: {{hub: {SOLO}, tag: 1.28.1}}\n")),
        ("meshgate.yaml", "mesh: {version: 1.30.1, distribution: istio}\n".to_owned()),
    ];
    with(&files, |p| {
        assert_eq!(shown(p.istio.as_ref()), "1.30.1");
        assert_eq!(p.distribution.as_ref().map(|d| d.value), Some(Distribution::Istio));
    });
}

/// What is said of the charts of kgateway and of its definitions.
fn unequal(files: &[(&str, &str)]) -> Vec<String> {
    let world = MemoryWorld::new(files.iter().copied());
    let mesh = Session::open(&world, &Request::new(["."])).unwrap_or_else(|failure| panic!("{failure:?}")).into_mesh();
    mesh.unequal_charts().map(|c| format!("{} {} {}", c.product.name(), c.main.value, c.definitions.value)).collect()
}

#[test]
fn charts_of_one_product_in_two_versions() {
    let helmfile = |main: &str, definitions: &str| {
        format!(
            "releases:\n- {{name: a, chart: oci://a.example/charts/kgateway, version: {main}}}\n- {{name: b, chart: oci://a.example/charts/kgateway-crds, version: {definitions}}}\n"
        )
    };
    for (main, definitions, expected) in [
        ("v2.4.0", "v2.3.1", Some("kgateway v2.4.0 v2.3.1")),
        ("2.4.0", "2.4.0-rc.1", Some("kgateway 2.4.0 2.4.0-rc.1")),
        ("v2.4.0", "2.4.0", None),
        // not exact enough to tell
        ("2.4", "2.4.1", None),
        ("\"~2.4.0\"", "2.3.0", None),
        ("2.4.0", "latest", None),
    ] {
        let found = unequal(&[("helmfile.yaml", &helmfile(main, definitions)), ("all.yaml", SERVICE)]);
        assert_eq!(found, expected.into_iter().collect::<Vec<_>>(), "{main} {definitions}");
    }
    let flux = |name: &str, version: &str| {
        format!(
            "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {{name: {name}, namespace: g}}\nspec: {{interval: 1h, chart: {{spec: {{chart: {name}, \
             version: {version}, sourceRef: {{kind: HelmRepository, name: s}}}}}}}}\n"
        )
    };
    let both = |main: &str, definitions: &str| {
        vec![("main.yaml", flux("enterprise-kgateway", main)), ("definitions.yaml", flux("enterprise-kgateway-crds", definitions))]
    };
    let found = |files: &[(&str, String)]| unequal(&files.iter().map(|(path, text)| (*path, text.as_str())).collect::<Vec<_>>());
    assert_eq!(found(&both("2.2.4", "2.2.3")), ["Solo Enterprise for kgateway 2.2.4 2.2.3"]);
    assert_eq!(found(&both("2.2.4", "2.2.4")), Vec::<String>::new());
    // one of them alone, or charts of two products, say nothing
    assert_eq!(found(&both("2.2.4", "2.2.3")[..1]), Vec::<String>::new());
    assert_eq!(
        found(&[("a.yaml", flux("kgateway", "2.4.0")), ("b.yaml", flux("enterprise-kgateway-crds", "2.2.3"))]),
        Vec::<String>::new()
    );
    // two stages: which belong together is not known
    let mut stages = both("2.2.4", "2.2.4");
    stages.extend([
        ("test/main.yaml", flux("enterprise-kgateway", "2.2.5")),
        ("test/definitions.yaml", flux("enterprise-kgateway-crds", "2.2.5")),
    ]);
    assert_eq!(found(&stages), Vec::<String>::new());
    // an image is no chart
    let images = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nimages: [{name: a.example/kgateway, newTag: v2.4.1}]\nresources: [all.yaml]\n\
                  helmCharts: [{name: kgateway-crds, version: v2.4.0, repo: oci://a.example}]\n";
    assert_eq!(unequal(&[("kustomization.yaml", images), ("all.yaml", SERVICE)]), Vec::<String>::new());
}
