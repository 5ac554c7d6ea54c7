//! Statements on waypoints, enrolment in finer points, and Gateway API routes.

use super::bases::{ISTIO, ONE, SEGMENTS, TWO, WAYPOINT};
use super::{Row, fires, parts, silent};

const M: &str = "mesh.yaml";
const E: &str = "east/mesh.yaml";
const W: &str = "west/mesh.yaml";
const INGRESS: &str = "    istio.io/ingress-use-waypoint: \"true\"\n";
const BOUND: &str = "    istio.io/use-waypoint: parcels-waypoint\n";
const WINGS: &str = "    istio.io/use-waypoint: wings\n";
const WINGS_SHAPE: &str = "  gatewayClassName: istio-waypoint\n";
const OF_TRACKING: &str = "    app: tracking\n    istio.io/ingress-use-waypoint: \"true\"\n";
const PARAMETERS: &str = "    parametersRef:\n      group: enterprisekgateway.solo.io\n      kind: EnterpriseKgatewayParameters\n";
const BYPASS: &str = "        ambient.istio.io/bypass-inbound-capture: \"true\"\n";
const FERRIES: &str = "name: ferries\n  labels:\n    istio.io/dataplane-mode: ambient\n";
const FERRIES_BOUND: &str = "name: ferries\n  labels:\n    istio.io/dataplane-mode: ambient\n    istio.io/use-waypoint: pier\n";
const FERRIES_WITH_PIER: &str = "name: ferries
  labels:
    istio.io/dataplane-mode: ambient
    istio.io/use-waypoint: pier
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata:
  name: pier
  namespace: ferries
spec:
  gatewayClassName: istio-waypoint
  listeners:
    - name: mesh
      protocol: HBONE
      port: 15008
";
const FIRST: &str = "apiVersion: v1\nkind: Namespace\n";
const GLOO_RELEASE: &str = "apiVersion: apps/v1
kind: Deployment
metadata:
  name: gloo
  namespace: gloo-system
  labels:
    gloo: gloo
spec:
  selector:
    matchLabels:
      gloo: gloo
  template:
    metadata:
      labels:
        gloo: gloo
    spec:
      containers:
        - name: gloo
          image: quay.io/solo-io/gloo-ee:1.18.28
---
apiVersion: v1
kind: Namespace
";
const AMBIENT_INSTALL: &str = "apiVersion: sailoperator.io/v1
kind: Istio
metadata:
  name: default
spec:
  version: v1.29.8
  namespace: istio-system
  profile: ambient
---
apiVersion: sailoperator.io/v1
kind: IstioCNI
metadata:
  name: default
spec:
  version: v1.29.8
  namespace: istio-cni
  profile: ambient
---
apiVersion: sailoperator.io/v1
kind: ZTunnel
metadata:
  name: default
spec:
  version: v1.29.8
  namespace: ztunnel
---
apiVersion: v1
kind: Namespace
";
const FOYER: &str = "name: foyer\n  namespace: theatre\nspec:\n";
const FOYER_BALANCED: &str =
    "name: foyer\n  namespace: theatre\n  annotations:\n    networking.istio.io/service-type: LoadBalancer\nspec:\n";
const FOYER_MISSPELT: &str =
    "name: foyer\n  namespace: theatre\n  annotations:\n    networking.istio.io/service-typ: LoadBalancer\nspec:\n";
const DESTINATION_RULE: &str = "apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata:
  name: seats
  namespace: tickets
spec:
  host: seats
  trafficPolicy:
    outlierDetection:
      consecutive5xxErrors: 5
---
apiVersion: v1
kind: Namespace
";
const VIRTUAL_SERVICE: &str = "apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: programme
  namespace: theatre
spec:
  hosts:
    - programme
  http:
    - route:
        - destination:
            host: programme
---
apiVersion: v1
kind: Namespace
";
const DISCOVERY: &str = "apiVersion: sailoperator.io/v1
kind: Istio
metadata:
  name: default
spec:
  namespace: istio-system
  version: v1.28.6
  profile: ambient
  values:
    meshConfig:
      discoverySelectors:
        - matchLabels:
            istio-discovery: enabled
---
apiVersion: v1
kind: Namespace
";
const TRAFFIC_POLICY: &str = "apiVersion: enterprisekgateway.solo.io/v1alpha1
kind: EnterpriseKgatewayTrafficPolicy
metadata:
  name: tracking
  namespace: parcels
spec:
  targetRefs:
    - group: gateway.networking.k8s.io
      kind: HTTPRoute
      name: tracking
  transformation:
    request:
      set:
        - name: x-counter
          value: one
---
apiVersion: v1
kind: Namespace
";
const RATE_LIMIT: &str = "apiVersion: ratelimit.solo.io/v1alpha1
kind: RateLimitConfig
metadata:
  name: tracking
  namespace: parcels
spec:
  raw:
    descriptors:
      - key: counter
---
apiVersion: v1
kind: Namespace
";
const TIMEOUT_AT_THE_EDGE: &str = "    - backendRefs:\n        - name: programme\n";
const TIMEOUTS: &str = "    - timeouts:\n        request: 5s\n      backendRefs:\n        - name: programme\n";
const INSIDE: &str = "            value: /tonight\n";
const INSIDE_WITH_TIMEOUT: &str = "            value: /tonight\n      timeouts:\n        request: 5s\n";

pub(super) const ROWS: &[Row] = &[
    // labels of namespaces and pods
    fires(&["S0.2"], &["dataplane-mode-value"], ONE, &[(M, "istio.io/dataplane-mode: ambient", "istio.io/dataplane-mode: Ambient")]),
    fires(&["S0.34"], &["bypass-value-invalid"], WAYPOINT, &[(M, BYPASS, "        ambient.istio.io/bypass-inbound-capture: \"yes\"\n")]),
    fires(
        &["S0.35", "S0.36"],
        &["parametersref-mismatch"],
        WAYPOINT,
        &[(M, PARAMETERS, "    parametersRef:\n      group: gateway.kgateway.dev\n      kind: GatewayParameters\n")],
    ),
    fires(
        &["S0.35"],
        &["parametersref-mismatch"],
        WAYPOINT,
        &[(M, "name: counter-pods\n  namespace: kgateway-system", "name: counter-pods\n  namespace: parcels")],
    ),
    fires(&["S3.3"], &["discovery-selector-excludes"], ISTIO, &[(M, FIRST, DISCOVERY)]),
    // the label that sends ingress through the waypoint
    fires(&["S0.26", "S2.12"], &["ingress-use-waypoint-value"], WAYPOINT, &[(M, INGRESS, "    istio.io/ingress-use-waypoint: \"yes\"\n")]),
    fires(&["S0.26"], &["ingress-use-waypoint-value"], WAYPOINT, &[(M, INGRESS, "    istio.io/ingress-use-waypoint: \"True\"\n")]),
    fires(&["S3.7"], &["ingress-use-waypoint-value"], ISTIO, &[(M, INGRESS, "    istio.io/ingress-use-waypoint: enabled\n")]),
    silent(&["S3.7"], &["ingress-use-waypoint-value"], ISTIO, &[(M, INGRESS, "    istio.io/ingress-use-waypoint: \"True\"\n")]),
    // waypoints
    fires(&["S2.1", "S3.8"], &["use-waypoint-dangling"], ISTIO, &[(M, WINGS, "    istio.io/use-waypoint: winsg\n")]),
    parts(
        &["S2.2"],
        &["waypoint-for-mismatch"],
        WAYPOINT,
        &[
            (M, BOUND, ""),
            (
                M,
                OF_TRACKING,
                "    app: tracking\n    istio.io/ingress-use-waypoint: \"true\"\n    istio.io/use-waypoint: parcels-waypoint\n",
            ),
        ],
        &[
            (M, BOUND, ""),
            (
                M,
                OF_TRACKING,
                "    app: tracking\n    istio.io/ingress-use-waypoint: \"true\"\n    istio.io/use-waypoint: parcels-waypoint\n",
            ),
            (M, "waypoint-for: service", "waypoint-for: workload"),
        ],
    ),
    fires(&["S3.6"], &["waypoint-for-mismatch"], ISTIO, &[(M, "waypoint-for: service", "waypoint-for: workload")]),
    silent(&["S3.6"], &["waypoint-for-mismatch"], ISTIO, &[(M, "waypoint-for: service", "waypoint-for: all")]),
    parts(
        &["S2.3"],
        &["multicluster-waypoint-missing"],
        TWO,
        &[(E, FERRIES, FERRIES_WITH_PIER), (W, FERRIES, FERRIES_WITH_PIER)],
        &[(E, FERRIES, FERRIES_WITH_PIER)],
    ),
    parts(
        &["S2.4"],
        &["gloo-waypoint-unsupported"],
        TWO,
        &[(E, FERRIES, FERRIES_WITH_PIER), (W, FERRIES, FERRIES_WITH_PIER)],
        &[
            (E, FERRIES, FERRIES_WITH_PIER),
            (W, FERRIES, FERRIES_WITH_PIER),
            (E, "gatewayClassName: istio-waypoint", "gatewayClassName: gloo-waypoint"),
            (W, "gatewayClassName: istio-waypoint", "gatewayClassName: gloo-waypoint"),
        ],
    ),
    fires(&["S2.13"], &["gloo-waypoint-unsupported"], WAYPOINT, &[(M, WINGS_SHAPE, "  gatewayClassName: gloo-waypoint\n")]),
    fires(&["S2.5", "S3.5", "S4.12"], &["waypoint-listener-shape"], ISTIO, &[(M, "port: 15008", "port: 15009")]),
    fires(&["S3.5", "S4.12"], &["waypoint-listener-shape"], WAYPOINT, &[(M, "protocol: HBONE", "protocol: hbone")]),
    parts(
        &["S2.6"],
        &["use-waypoint-spelling"],
        WAYPOINT,
        &[(M, BOUND, "    istio.io/use-waypoint: auto\n")],
        &[(M, BOUND, "    istio.io/usewaypoint: auto\n")],
    ),
    parts(
        &["S2.6"],
        &["auto-waypoint-misuse"],
        WAYPOINT,
        &[(M, BOUND, "    istio.io/use-waypoint: auto\n")],
        &[(M, BOUND, "    istio.io/use-waypoint: auto\n"), ("meshgate.yaml", "version: 1.29.8", "version: 1.24.3")],
    ),
    parts(
        &["S2.7"],
        &["auto-waypoint-misuse"],
        WAYPOINT,
        &[(M, BOUND, "    istio.io/use-waypoint: auto\n")],
        &[
            (M, BOUND, "    istio.io/use-waypoint: auto\n"),
            (M, OF_TRACKING, "    app: tracking\n    istio.io/ingress-use-waypoint: \"true\"\n    istio.io/use-waypoint: auto\n"),
        ],
    ),
    parts(
        &["S4.12"],
        &["waypoint-cross-namespace-denied"],
        WAYPOINT,
        &[],
        &[
            (M, BOUND, "    istio.io/use-waypoint: parcels-waypoint\n    istio.io/use-waypoint-namespace: kgateway-system\n"),
            (M, "name: parcels-waypoint\n  namespace: parcels", "name: parcels-waypoint\n  namespace: kgateway-system"),
        ],
    ),
    // what belongs at the edge
    fires(&["S2.10", "S2.15"], &["double-policy"], ISTIO, &[(M, TIMEOUT_AT_THE_EDGE, TIMEOUTS), (M, INSIDE, INSIDE_WITH_TIMEOUT)]),
    fires(&["S2.14", "S2.15"], &["edge-policy-overload"], WAYPOINT, &[(M, FIRST, TRAFFIC_POLICY)]),
    silent(&["S2.14", "S2.16"], &["edge-policy-overload"], WAYPOINT, &[(M, FIRST, RATE_LIMIT)]),
    // VirtualServices and hostnames
    // what is installed, and its defaults
    silent(&["S0.9"], &["kgateway-istio-compat", "gg-multinetwork-env", "gateway-not-in-mesh"], ONE, &[(M, FIRST, GLOO_RELEASE)]),
    silent(&["S3.2"], &["peering-prereq", "gateway-not-in-mesh", "dataplane-mode-value"], ISTIO, &[(M, FIRST, AMBIENT_INSTALL)]),
    parts(&["S3.10"], &["unknown-mesh-key"], ISTIO, &[(M, FOYER, FOYER_BALANCED)], &[(M, FOYER, FOYER_MISSPELT)]),
    fires(&["S3.1"], &["virtualservice-gatewayapi-mix"], ISTIO, &[(M, FIRST, VIRTUAL_SERVICE)]),
    fires(&["S3.9", "S3.12"], &["route-hostname-disjoint"], ISTIO, &[(M, "hostname: theatre.example.com", "hostname: cinema.example.com")]),
    // DestinationRules act at the waypoint
    fires(&["S0.31", "S4.2", "S4.11"], &["destinationrule-ignored"], ONE, &[(M, FIRST, DESTINATION_RULE)]),
    silent(&["S4.14", "S4.15"], &["destinationrule-ignored"], WAYPOINT, &[]),
    fires(&["S4.15", "S4.16"], &["destinationrule-ignored"], WAYPOINT, &[(M, INGRESS, ""), (M, BOUND, "")]),
    silent(&["S2.3"], &["multicluster-waypoint-missing"], SEGMENTS, &[]),
    fires(&["S2.3"], &["multicluster-waypoint-missing"], TWO, &[(E, FERRIES, FERRIES_WITH_PIER), (W, FERRIES, FERRIES_BOUND)]),
    // identities of gateways in policies
    parts(&["S0.4"], &["policy-blocks-gateway"], ONE, &[(M, FIRST, GLOO_ALLOWED)], &[(M, FIRST, GLOO_MISSED)]),
    parts(
        &["S3.17"],
        &["policy-blocks-gateway"],
        ISTIO,
        &[(M, INGRESS, ""), (M, FIRST, FOYER_ALLOWED)],
        &[(M, INGRESS, ""), (M, FIRST, FOYER_MISSED)],
    ),
    // several clusters are peered
    parts(&["S0.7", "S1.1"], &["peering-prereq=info"], TWO, &[(VALUES, "gloo:\n", PEERED)], &[(VALUES, "gloo:\n", UNPEERED)]),
    // generated entries
    fires(&["S0.24"], &["autogen-authored"], TWO, &[(E, FIRST, AUTOGEN)]),
    // inside the mesh the waypoint comes first, and without one a route at a Service is not followed
    fires(&["S2.8", "S3.15"], &["service-route-without-waypoint=error"], ISTIO, &[(M, INGRESS, ""), (M, WINGS, "")]),
    // the release of the Gateway API
    parts(&["S4.4"], &["gateway-api-version"], ISTIO, &[(M, FIRST, CALLS_OF_1_5)], &[(M, FIRST, CALLS_OF_1_0)]),
    // both charts of the gateway are of one release
    parts(&["S4.5"], &["kgateway-istio-compat=info"], WAYPOINT, &[(M, FIRST, CHARTS_ALIKE)], &[(M, FIRST, CHARTS_UNLIKE)]),
];

macro_rules! charts {
    ($definitions:literal) => {
        concat!(
            "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata:\n  name: counter\n  namespace: argocd\nspec:\n  project: default\n  \
             destination:\n    name: in-cluster\n    namespace: kgateway-system\n  sources:\n    - repoURL: registry.example.com/charts\n      \
             chart: enterprise-kgateway-crds\n      targetRevision: ",
            $definitions,
            "\n    - repoURL: registry.example.com/charts\n      chart: enterprise-kgateway\n      targetRevision: 2.2.0-rc.2\n---\n\
             apiVersion: v1\nkind: Namespace\n"
        )
    };
}

const CHARTS_ALIKE: &str = charts!("2.2.0-rc.2");
const CHARTS_UNLIKE: &str = charts!("2.2.0-rc.1");

macro_rules! calls {
    ($release:literal) => {
        concat!(
            "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata:\n  name: grpcroutes.gateway.networking.k8s.io\n  annotations:\n    \
             gateway.networking.k8s.io/bundle-version: ",
            $release,
            "\nspec:\n  group: gateway.networking.k8s.io\n  names:\n    kind: GRPCRoute\n    plural: grpcroutes\n  scope: Namespaced\n  versions: []\n---\n\
             apiVersion: gateway.networking.k8s.io/v1\nkind: GRPCRoute\nmetadata:\n  name: calls\n  namespace: theatre\nspec:\n  parentRefs:\n    - name: foyer\n  \
             hostnames: [theatre.example.com]\n---\napiVersion: v1\nkind: Namespace\n"
        )
    };
}

const CALLS_OF_1_5: &str = calls!("v1.5.0");
const CALLS_OF_1_0: &str = calls!("v1.0.0");

const VALUES: &str = "east/values.yaml";
const PEERED: &str = "global:\n  hub: us-docker.pkg.dev/soloio-img/istio\nenv:\n  PILOT_ENABLE_IP_AUTOALLOCATE: \"true\"\nplatforms:\n  peering:\n    enabled: true\ngloo:\n";
const UNPEERED: &str = "global:\n  hub: us-docker.pkg.dev/soloio-img/istio\nenv:\n  PILOT_ENABLE_IP_AUTOALLOCATE: \"true\"\ngloo:\n";
const AUTOGEN: &str = "apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata:
  name: autogen.ferries.booking
  namespace: istio-system
spec:
  hosts:
    - booking.ferries.mesh.internal
  resolution: STATIC
---
apiVersion: v1
kind: Namespace
";

macro_rules! allowing {
    ($namespace:literal, $principal:literal) => {
        concat!(
            "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata:\n  name: callers\n  namespace: ",
            $namespace,
            "\nspec:\n  rules:\n    - from:\n        - source:\n            principals:\n              - ",
            $principal,
            "\n---\napiVersion: v1\nkind: Namespace\n"
        )
    };
}

const GLOO_ALLOWED: &str = allowing!("tickets", "cluster.local/ns/gloo-system/sa/gloo-proxy-stage");
const GLOO_MISSED: &str = allowing!("tickets", "cluster.local/ns/gloo-system/sa/stage");
const FOYER_ALLOWED: &str = allowing!("theatre", "cluster.local/ns/theatre/sa/foyer-istio");
const FOYER_MISSED: &str = allowing!("theatre", "cluster.local/ns/theatre/sa/foyer");
