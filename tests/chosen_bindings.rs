//! What the fixes of waypoints and global hosts choose: where more than one thing may be meant they leave it to a person, and
//! where several places belong together they change all of them.
#![expect(clippy::unwrap_used, reason = "tests")]

use meshgate::fix::{End, Options, fix};
use meshgate::lint::Request;
use meshgate::text::{MemoryWorld, unified_diff};

/// The lines that fixing takes out and adds, without their indentation.
fn changes(files: &[(&str, &str)]) -> Vec<String> {
    let world = MemoryWorld::new(files.iter().copied());
    let options = Options { unsafe_fixes: true, only: Vec::new() };
    let fixed = fix(&world, &Request::new(["."]), &options).unwrap_or_else(|failure| panic!("{failure:?}"));
    assert_eq!((fixed.dropped.as_slice(), fixed.end), (&[][..], End::Settled));
    let before = |shown: &str| files.iter().find(|(path, _)| *path == shown).map(|(_, text)| *text);
    let diffs = fixed.files.iter().map(|file| unified_diff(&file.shown, Some(before(&file.shown).unwrap()), &file.after));
    let changed = |line: &&str| line.starts_with(['+', '-']) && !line.starts_with("+++") && !line.starts_with("---");
    let squeeze = |line: &str| format!("{}{}", &line[..1], line[1..].trim());
    diffs.flat_map(|diff| diff.lines().filter(changed).map(squeeze).collect::<Vec<_>>()).collect()
}

fn of(documents: &[&str]) -> Vec<String> {
    changes(&[("all.yaml", &documents.join("---\n"))])
}

fn namespace(name: &str, labels: &str) -> String {
    format!("apiVersion: v1\nkind: Namespace\nmetadata:\n  name: {name}\n  labels:\n    istio.io/dataplane-mode: ambient\n{labels}")
}

fn waypoint(name: &str, namespace: &str, serves: &str, listener: &str) -> String {
    format!(
        "apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata:\n  name: {name}\n  namespace: {namespace}\n  labels:\n    \
         istio.io/waypoint-for: {serves}\nspec:\n  gatewayClassName: istio-waypoint\n  listeners:\n{listener}"
    )
}

const MESH: &str = "    - name: mesh\n      port: 15008\n      protocol: HBONE\n";

fn service(metadata: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Service\nmetadata:\n  name: tides\n  namespace: harbour\n{metadata}spec:\n  selector:\n    app: tides\n  \
         ports:\n    - name: http\n      port: 80\n      targetPort: 8080\n"
    )
}

const ASKING: &str = "  labels:\n    istio.io/ingress-use-waypoint: \"true\"\n";

#[test]
fn a_service_is_bound_to_the_only_waypoint_for_services() {
    let harbour = namespace("harbour", "");
    let (one, other) = (waypoint("quay", "harbour", "service", MESH), waypoint("pods", "harbour", "workload", MESH));
    assert_eq!(of(&[&harbour, &one, &other, &service(ASKING)]), ["+istio.io/use-waypoint: quay"]);
    let second = waypoint("pier", "harbour", "all", MESH);
    assert_eq!(of(&[&harbour, &one, &second, &service(ASKING)]), [""; 0]);
}

#[test]
fn an_annotation_on_pods_becomes_their_labels() {
    let deployment = |annotations: &str| {
        format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: tides\n  namespace: harbour\nspec:\n  selector:\n    matchLabels:\n      \
             app: tides\n  template:\n    metadata:\n      labels:\n        app: tides\n      annotations:\n{annotations}    spec:\n      \
             containers:\n        - name: tides\n          image: registry.example.com/harbour/tides:1.0.0\n"
        )
    };
    let alone = deployment("        istio.io/use-waypoint: shared/quay\n");
    assert_eq!(
        of(&[&namespace("harbour", ""), &alone]),
        [
            "-annotations:",
            "-istio.io/use-waypoint: shared/quay",
            "+istio.io/use-waypoint: quay",
            "+istio.io/use-waypoint-namespace: shared"
        ]
    );
    let beside = deployment("        example.com/owner: ports\n        istio.io/use-waypoint: quay\n");
    assert_eq!(of(&[&namespace("harbour", ""), &beside]), ["+istio.io/use-waypoint: quay", "-istio.io/use-waypoint: quay"]);
}

#[test]
fn of_several_misspelt_bindings_none_is_chosen() {
    let labels = "  labels:\n    istio.io/usewaypoint: quay\n  annotations:\n    istio.io/use-waypoint: pier\n";
    assert_eq!(of(&[&namespace("harbour", ""), &service(labels)]), [""; 0]);
    let path = "  labels:\n    istio.io/use-waypoint: shared/quay\n    istio.io/use-waypoint-namespace: other\n";
    assert_eq!(of(&[&namespace("harbour", ""), &service(path)]), [""; 0]);
    let key_and_path = "  labels:\n    istio.io/usewaypoint: shared/quay\n";
    assert_eq!(
        of(&[&namespace("harbour", ""), &service(key_and_path)]),
        ["-istio.io/usewaypoint: shared/quay", "+istio.io/use-waypoint: quay", "+istio.io/use-waypoint-namespace: shared"]
    );
}

#[test]
fn one_listener_admits_every_namespace_that_uses_it() {
    let using = "    istio.io/use-waypoint: quay\n    istio.io/use-waypoint-namespace: shared\n";
    let all =
        [namespace("shared", ""), namespace("harbour", using), namespace("marina", using), waypoint("quay", "shared", "service", MESH)];
    let made = of(&all.each_ref().map(String::as_str));
    let names: Vec<&str> = made.iter().filter_map(|line| line.strip_prefix("+- ")).collect();
    assert_eq!(names, ["key: kubernetes.io/metadata.name", "shared", "harbour", "marina"]);
    let by_label = format!(
        "{MESH}      allowedRoutes:\n        namespaces:\n          from: Selector\n          selector:\n            matchLabels:\n              tier: sea\n"
    );
    let labelled = waypoint("quay", "shared", "service", &by_label);
    assert_eq!(of(&[&namespace("shared", ""), &namespace("harbour", using), &labelled]), ["+tier: sea"]);
}

#[test]
fn of_several_wrong_listeners_none_is_chosen() {
    let listeners = "    - name: http\n      port: 80\n      protocol: HTTP\n    - name: other\n      port: 81\n      protocol: HTTP\n";
    assert_eq!(of(&[&namespace("harbour", ""), &waypoint("quay", "harbour", "service", listeners)]), [""; 0]);
    let hosted = "    - name: http\n      port: 80\n      protocol: HTTP\n      hostname: tides.example.com\n";
    assert_eq!(of(&[&namespace("harbour", ""), &waypoint("quay", "harbour", "service", hosted)]), [""; 0]);
    let second = format!("{MESH}    - name: again\n      port: 15008\n      protocol: HBONE\n");
    assert_eq!(
        of(&[&namespace("harbour", ""), &waypoint("quay", "harbour", "service", &second)]),
        ["-- name: again", "-port: 15008", "-protocol: HBONE"]
    );
}

const EDGE: &str = "apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata:\n  name: public\n  namespace: edge\nspec:\n  \
                    gatewayClassName: kgateway\n  listeners:\n    - name: http\n      port: 80\n      protocol: HTTP\n      allowedRoutes:\n        \
                    namespaces:\n          from: All\n";

fn route(parents: &[&str], backend: &str) -> String {
    let parents = parents.iter().map(|name| format!("    - name: {name}\n      namespace: edge\n")).collect::<Vec<_>>().concat();
    format!(
        "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata:\n  name: tides\n  namespace: harbour\nspec:\n  parentRefs:\n\
         {parents}  rules:\n    - backendRefs:\n{backend}"
    )
}

#[test]
fn what_somebody_declined_is_left_alone() {
    let harbour = namespace("harbour", "    istio.io/use-waypoint: quay\n");
    let rule = "apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata:\n  name: tides\n  namespace: harbour\nspec:\n  host: tides\n  \
                trafficPolicy:\n    outlierDetection:\n      consecutive5xxErrors: 5\n";
    let quay = waypoint("quay", "harbour", "service", MESH);
    let all = |labels: &str| {
        let (tides, to_tides) = (service(labels), route(&["public"], "        - name: tides\n          port: 80\n"));
        of(&[&namespace("edge", ""), &harbour, &quay, EDGE, &to_tides, &tides, rule])
    };
    assert_eq!(all("  labels:\n    app: tides\n"), ["+istio.io/ingress-use-waypoint: \"true\""]);
    assert_eq!(all("  labels:\n    istio.io/ingress-use-waypoint: \"false\"\n"), [""; 0]);

    let host = route(
        &["public"],
        "        - group: networking.istio.io\n          kind: Hostname\n          name: tides.harbour.mesh.internal\n          port: 80\n",
    );
    let scoped = |labels: &str| of(&[&namespace("edge", ""), &namespace("harbour", ""), EDGE, &host, &service(labels)]);
    assert_eq!(scoped("  labels:\n    app: tides\n"), ["+solo.io/service-scope: global"]);
    assert_eq!(scoped("  labels:\n    solo.io/service-scope: cluster\n"), [""; 0]);
}

#[test]
fn gateways_of_one_controller_get_its_variable_once() {
    let gateway = |name: &str| EDGE.replace("public", name).replace("kgateway", "gloo-gateway");
    let taken_over = "  labels:\n    solo.io/service-scope: global\n    solo.io/service-takeover: \"true\"\n";
    let to_tides =
        route(&["public", "second"], "        - name: tides\n          namespace: harbour\n          port: 80\n          kind: Service\n");
    let documents = [namespace("edge", ""), namespace("harbour", ""), gateway("public"), gateway("second"), to_tides, service(taken_over)];
    let values =
        "gloo:\n  kubeGateway:\n    enabled: true\n  gloo:\n    deployment:\n      customEnv:\n        - name: GG_AMBIENT_MULTINETWORK\n";
    let made = changes(&[("app.yaml", &documents.join("---\n")), ("values.yaml", values)]);
    assert_eq!(
        made,
        [
            "-- name: tides",
            "-namespace: harbour",
            "+- group: networking.istio.io",
            "+name: tides.harbour.mesh.internal",
            "-kind: Service",
            "+kind: Hostname",
            "+value: \"true\""
        ]
    );
}
