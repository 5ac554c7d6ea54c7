//! Statements that the rules answer to.

use super::bases::{ISTIO, ONE, SEGMENTS, TWO, WAYPOINT};
use super::{Row, fires, parts, silent};

const E: &str = "east/mesh.yaml";
const W: &str = "west/mesh.yaml";
const C: &str = "coast-1/mesh.yaml";
const I: &str = "inland-1/mesh.yaml";
const M: &str = "mesh.yaml";
const SETTINGS: &str = "meshgate.yaml";
const VALUES: &str = "east/values.yaml";

const UNLABELLED: &str = "    solo.io/service-scope: global\n";
const GLOO_ENROLLED: &str = "name: gloo-system\n  labels:\n    istio.io/dataplane-mode: ambient\n";
const KGATEWAY_ENROLLED: &str = "name: kgateway-system\n  labels:\n    istio.io/dataplane-mode: ambient\n";
const PARCELS_ENROLLED: &str =
    "name: parcels\n  labels:\n    istio.io/dataplane-mode: ambient\n    istio.io/use-waypoint: parcels-waypoint\n";
const TOLD: &str = "name: parcels\n  labels:\n    istio.io/dataplane-mode: ambient\n    istio.io/use-waypoint: parcels-waypoint\n    istio.io/ingress-use-waypoint: \"true\"\n";
const NOT_TOLD: &str = "name: parcels\n  labels:\n    istio.io/dataplane-mode: ambient\n    istio.io/use-waypoint: parcels-waypoint\n    istio.io/ingress-use-waypoint: \"false\"\n";
const INGRESS: &str = "    istio.io/ingress-use-waypoint: \"true\"\n";
const BYPASS: &str = "      extraAnnotations:\n        ambient.istio.io/bypass-inbound-capture: \"true\"\n";
const ON_GATEWAY: &str =
    "name: counter\n  namespace: kgateway-system\n  annotations:\n    ambient.istio.io/bypass-inbound-capture: \"true\"\n";
const PARAMETERS: &str =
    "    parametersRef:\n      group: enterprisekgateway.solo.io\n      kind: EnterpriseKgatewayParameters\n      name: counter-pods\n";
const HOSTNAME: &str = "        - group: networking.istio.io\n          kind: Hostname\n          name: booking.ferries.mesh.internal\n";
const TAKEN_OVER: &str = "    solo.io/service-scope: global\n    solo.io/service-takeover: \"true\"\n";
const ROUTE: &str = "kind: HTTPRoute\nmetadata:\n  name: booking\n  namespace: ferries\n";

pub(super) const ROWS: &[Row] = &[
    // the mesh and the gateway's namespace
    fires(&["S0.1", "S0.2"], &["gateway-not-in-mesh"], ONE, &[(M, GLOO_ENROLLED, "name: gloo-system\n")]),
    fires(
        &["S0.1", "S0.2"],
        &["backend-not-in-mesh"],
        ONE,
        &[(M, "name: tickets\n  labels:\n    istio.io/dataplane-mode: ambient\n", "name: tickets\n")],
    ),
    // no gateway of Istio's own is needed
    silent(&["S0.3"], &["route-parent-unknown", "gateway-not-in-mesh"], ONE, &[]),
    fires(&["S0.5"], &["route-namespace-not-allowed"], ONE, &[(M, "from: All", "from: Same")]),
    fires(&["S0.5"], &["route-parent-unknown"], ONE, &[(M, "    - name: stage\n", "    - name: staeg\n")]),
    fires(&["S0.6"], &["backend-port-is-target-port"], ONE, &[(M, "          port: 9080", "          port: 8080")]),
    fires(&["S0.6"], &["backend-port-missing"], ONE, &[(M, "          port: 9080", "          port: 9999")]),
    // Gloo Gateway in front of several clusters
    fires(&["S0.8"], &["gg-multinetwork-env=error"], TWO, &[(VALUES, "value: \"true\"", "value: \"false\"")]),
    fires(&["S0.8"], &["gg-multinetwork-env=error"], TWO, &[(VALUES, "value: \"true\"", "value: true")]),
    fires(&["S0.8"], &["gg-multinetwork-env=error"], TWO, &[(VALUES, "GG_AMBIENT_MULTINETWORK", "GG_OTHER")]),
    fires(&["S0.10", "S1.3"], &["gateway-not-in-mesh"], TWO, &[(E, GLOO_ENROLLED, "name: gloo-system\n")]),
    fires(&["S0.11", "S0.20", "S1.2"], &["global-host-without-scope"], TWO, &[(E, UNLABELLED, ""), (W, UNLABELLED, "")]),
    fires(
        &["S0.20"],
        &["scope-value-invalid"],
        TWO,
        &[(E, "service-scope: global", "service-scope: Global"), (W, "service-scope: global", "service-scope: Global")],
    ),
    // in-mesh callers are taken over, ingress is not
    parts(
        &["S0.12", "S0.13"],
        &["takeover-ingress-noop"],
        TWO,
        &[(E, UNLABELLED, TAKEN_OVER), (W, UNLABELLED, TAKEN_OVER)],
        &[(E, UNLABELLED, TAKEN_OVER), (W, UNLABELLED, TAKEN_OVER), (E, HOSTNAME, "        - name: booking\n")],
    ),
    fires(&["S0.12"], &["takeover-value-or-scope"], TWO, &[(E, UNLABELLED, "    solo.io/service-takeover: \"true\"\n")]),
    fires(&["S0.14"], &["hostname-ref-malformed"], TWO, &[(E, "        - group: networking.istio.io\n          kind", "        - kind")]),
    fires(
        &["S0.14"],
        &["hostname-ref-malformed"],
        TWO,
        &[(
            E,
            "          name: booking.ferries.mesh.internal\n",
            "          name: booking.ferries.mesh.internal\n          namespace: ferries\n",
        )],
    ),
    fires(&["S0.14"], &["service-ref-is-hostname"], TWO, &[(E, HOSTNAME, "        - name: booking.ferries.mesh.internal\n")]),
    // the domain follows the segment of the cluster that owns the Service
    fires(&["S0.15"], &["segment-domain-mismatch"], SEGMENTS, &[(C, "fares.tickets.coast.rail", "fares.tickets.mesh.internal")]),
    fires(&["S0.15"], &["segment-domain-mismatch"], SEGMENTS, &[(C, "stations.tickets.inland.rail", "stations.tickets.coast.rail")]),
    fires(&["S0.15"], &["segment-undefined"], SEGMENTS, &[(C, "segment: coast", "segment: caost")]),
    silent(&["S0.15"], &["segment-domain-mismatch", "segment-undefined"], TWO, &[]),
    // ports are those of the Service
    fires(&["S0.16"], &["backend-port-is-target-port"], SEGMENTS, &[(C, "          port: 8090", "          port: 8091")]),
    fires(&["S0.16"], &["backend-port-missing"], SEGMENTS, &[(C, "          port: 8090", "          port: 9000")]),
    fires(&["S0.17"], &["named-port-unresolved"], TWO, &[(W, "- name: web", "- name: webs")]),
    fires(&["S0.18"], &["named-target-port-known-issue"], TWO, &[(SETTINGS, "1.29.3", "1.29.2")]),
    fires(&["S0.18"], &["named-target-port-known-issue"], TWO, &[(SETTINGS, "1.29.3", "1.28.5")]),
    silent(&["S0.18"], &["named-target-port-known-issue"], TWO, &[(SETTINGS, "1.29.3", "1.29.2-patch0")]),
    silent(&["S0.18"], &["named-target-port-known-issue"], TWO, &[(SETTINGS, "1.29.3", "1.28.6")]),
    parts(
        &["S0.19"],
        &["named-target-port-known-issue"],
        TWO,
        &[(SETTINGS, "1.29.3", "1.29.2"), (E, "targetPort: web", "targetPort: 5000"), (W, "targetPort: web", "targetPort: 5000")],
        &[(SETTINGS, "1.29.3", "1.29.2"), (E, "targetPort: web", "targetPort: 5000")],
    ),
    // the scope says who reaches a host, not how it is written
    silent(
        &["S0.21"],
        &["segment-domain-mismatch", "hostname-ref-malformed", "global-host-without-scope", "segment-scope-unreachable"],
        SEGMENTS,
        &[(C, "service-scope: global", "service-scope: segment")],
    ),
    silent(&["S0.22"], &["segment-scope-unreachable", "segment-domain-mismatch"], SEGMENTS, &[]),
    fires(&["S0.23"], &["segment-scope-unreachable"], SEGMENTS, &[(I, "service-scope: global", "service-scope: segment")]),
    // waypoints and ingress
    fires(&["S0.25", "S2.9", "S2.11"], &["ingress-bypasses-waypoint"], WAYPOINT, &[(M, INGRESS, "")]),
    parts(
        &["S0.26", "S4.13"],
        &["ingress-bypasses-waypoint"],
        WAYPOINT,
        &[(M, INGRESS, ""), (M, PARCELS_ENROLLED, TOLD)],
        &[(M, INGRESS, ""), (M, PARCELS_ENROLLED, NOT_TOLD)],
    ),
    fires(&["S2.12", "S3.7"], &["ingress-bypasses-waypoint"], ISTIO, &[(M, INGRESS, "")]),
    // plain Services through a waypoint need nothing of kgateway
    silent(&["S0.27"], &["kgw-istio-integration-env"], WAYPOINT, &[]),
    // failing over: inside the mesh by readiness, from a gateway not before the last local pod is gone
    silent(&["S0.28"], &["ns-failover-readiness"], TWO, &[(E, HOSTNAME, "        - name: booking\n")]),
    parts(
        &["S0.29", "S1.4"],
        &["ns-failover-readiness"],
        TWO,
        &[
            (E, UNLABELLED, ""),
            (E, "name: booking\n  namespace: ferries\n  labels:\n    app: booking\n", "name: other\n  namespace: ferries\n"),
        ],
        &[],
    ),
    parts(
        &["S0.30", "S4.17"],
        &["ns-failover-readiness=info"],
        TWO,
        &[(E, "gatewayClassName: gloo-gateway", "gatewayClassName: istio")],
        &[],
    ),
    // STRICT and clients from outside
    fires(&["S0.32", "S4.1", "S4.6"], &["gateway-not-in-mesh=error"], WAYPOINT, &[(M, KGATEWAY_ENROLLED, "name: kgateway-system\n")]),
    fires(
        &["S0.32", "S0.33", "S0.34"],
        &["strict-rejects-ingress"],
        WAYPOINT,
        &[(M, BYPASS, "      extraLabels:\n        team: counter\n")],
    ),
    silent(
        &["S0.33"],
        &["strict-rejects-ingress"],
        WAYPOINT,
        &[
            (M, BYPASS, "      extraLabels:\n        team: counter\n"),
            (M, "name: default\n  namespace: istio-system", "name: default\n  namespace: parcels"),
        ],
    ),
    fires(
        &["S0.34"],
        &["bypass-wrong-place"],
        WAYPOINT,
        &[(M, BYPASS, "      extraLabels:\n        team: counter\n"), (M, "name: counter\n  namespace: kgateway-system\n", ON_GATEWAY)],
    ),
    fires(&["S0.36"], &["params-not-referenced"], WAYPOINT, &[(M, PARAMETERS, "    labels:\n      team: counter\n")]),
    // the older guide: global in both clusters, the route beside the gateway, no switch
    fires(&["S1.2"], &["scope-one-cluster-only"], TWO, &[(W, UNLABELLED, "")]),
    parts(
        &["S1.5"],
        &["hostname-ref-malformed"],
        TWO,
        &[(E, ROUTE, "kind: HTTPRoute\nmetadata:\n  name: booking\n  namespace: gloo-system\n")],
        &[
            (E, ROUTE, "kind: HTTPRoute\nmetadata:\n  name: booking\n  namespace: gloo-system\n"),
            (E, "group: networking.istio.io", "group: \"\""),
        ],
    ),
    parts(
        &["S1.5"],
        &["backend-port-is-target-port"],
        TWO,
        &[(E, ROUTE, "kind: HTTPRoute\nmetadata:\n  name: booking\n  namespace: gloo-system\n")],
        &[
            (E, ROUTE, "kind: HTTPRoute\nmetadata:\n  name: booking\n  namespace: gloo-system\n"),
            (E, "          port: 8000", "          port: 5000"),
        ],
    ),
    fires(
        &["S1.6"],
        &["gg-multinetwork-env=warning"],
        TWO,
        &[(VALUES, "GG_AMBIENT_MULTINETWORK", "GG_OTHER"), (SETTINGS, "version: 1.18.30", "version: 1.17.9")],
    ),
    fires(
        &["S1.6"],
        &["gg-multinetwork-env=warning"],
        TWO,
        &[(VALUES, "GG_AMBIENT_MULTINETWORK", "GG_OTHER"), (SETTINGS, "gateway:\n  gloo:\n    version: 1.18.30\n", "")],
    ),
    // a gateway of class istio
    silent(&["S3.4"], &["backend-not-in-mesh", "gateway-not-in-mesh", "strict-rejects-ingress"], ISTIO, &[]),
    fires(
        &["S3.4"],
        &["backend-not-in-mesh"],
        WAYPOINT,
        &[(M, PARCELS_ENROLLED, "name: parcels\n  labels:\n    istio.io/use-waypoint: parcels-waypoint\n")],
    ),
    fires(&["S3.8"], &["ingress-waypoint-unbound"], ISTIO, &[(M, "    istio.io/use-waypoint: wings\n", "")]),
    fires(
        &["S3.11"],
        &["route-namespace-not-allowed"],
        ISTIO,
        &[
            (M, "from: All", "from: Same"),
            (M, "name: programme\n  namespace: theatre\nspec:\n  parentRefs", "name: programme\n  namespace: lobby\nspec:\n  parentRefs"),
        ],
    ),
    fires(&["S3.13"], &["backend-port-is-target-port"], ISTIO, &[(M, "          port: 8000", "          port: 8080")]),
    silent(&["S3.14"], &["route-parent-unknown", "route-namespace-not-allowed"], ISTIO, &[]),
    fires(&["S3.16"], &["ingress-bypasses-waypoint"], ISTIO, &[(M, INGRESS, "    istio.io/ingress-use-waypoint: \"false\"\n")]),
    // kgateway
    fires(&["S4.3"], &["kgw-istio-integration-env"], SEGMENTS, &[("coast-1/values.yaml", "KGW_ENABLE_ISTIO_INTEGRATION", "KGW_OTHER")]),
    fires(&["S4.7", "S4.9"], &["route-namespace-not-allowed"], WAYPOINT, &[(M, "from: All", "from: Same")]),
    parts(
        &["S4.8"],
        &["backend-not-in-mesh"],
        ONE,
        &[
            (M, "name: tickets\n  labels:\n    istio.io/dataplane-mode: ambient\n", "name: tickets\n"),
            (M, "      labels:\n        app: seats\n", "      labels:\n        app: seats\n        istio.io/dataplane-mode: ambient\n"),
        ],
        &[(M, "      labels:\n        app: seats\n", "      labels:\n        app: seats\n        istio.io/dataplane-mode: none\n")],
    ),
    fires(&["S4.9"], &["route-parent-unknown"], WAYPOINT, &[(M, "    - name: counter\n", "    - name: countre\n")]),
    fires(&["S4.10"], &["backend-port-is-target-port"], WAYPOINT, &[(M, "          port: 8000", "          port: 8080")]),
    fires(&["S4.13"], &["ingress-waypoint-unbound"], WAYPOINT, &[(M, "    istio.io/use-waypoint: parcels-waypoint\n", "")]),
];
