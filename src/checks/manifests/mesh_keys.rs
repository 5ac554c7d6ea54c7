//! Label and annotation keys of Istio, Solo.io and kgateway.

/// Keys that decide how traffic goes: a slip in one of them is a setting that does nothing.
const READ: &[&str] = &[
    "admin.solo.io/segment",
    "ambient.istio.io/bypass-inbound-capture",
    "ambient.istio.io/redirection",
    "gateway.istio.io/service-account",
    "gateway.istio.io/tls-terminate-mode",
    "gateway.istio.io/trust-domain",
    "gateway.kgateway.dev/gateway-parameters-name",
    "istio.io/dataplane-mode",
    "istio.io/expose-istiod",
    "istio.io/ingress-use-waypoint",
    "istio.io/use-waypoint",
    "istio.io/use-waypoint-canary",
    "istio.io/use-waypoint-canary-namespace",
    "istio.io/use-waypoint-canary-weight",
    "istio.io/use-waypoint-namespace",
    "istio.io/waypoint-for",
    "networking.istio.io/service-type",
    "networking.istio.io/traffic-distribution",
    "peering.solo.io/data-plane-service-type",
    "peering.solo.io/preferred-data-plane-service-type",
    "sidecar.istio.io/inject",
    "solo.io/draining-weight",
    "solo.io/service-scope",
    "solo.io/service-takeover",
    "topology.istio.io/cluster",
    "topology.istio.io/network",
];

/// Other keys that are real, and no slip of one above.
const OTHER: &[&str] = &[
    "alpha.istio.io/canonical-serviceaccounts",
    "alpha.istio.io/identity",
    "alpha.istio.io/kubernetes-serviceaccounts",
    "ambient.istio.io/connect-strategy",
    "ambient.istio.io/dns-capture",
    "ambient.istio.io/waypoint-inbound-binding",
    "cni.istio.io/uninitialized",
    "galley.istio.io/analyze-suppress",
    "gateway.istio.io/controller-version",
    "gateway.istio.io/managed",
    "gateway.istio.io/name-override",
    "inject.istio.io/templates",
    "install.operator.istio.io/chart-owner",
    "install.operator.istio.io/owner-generation",
    "install.operator.istio.io/owning-resource",
    "install.operator.istio.io/owning-resource-namespace",
    "install.operator.istio.io/owning-resource-not-pruned",
    "install.operator.istio.io/version",
    "internal.istio.io/gateway-semantics",
    "internal.istio.io/parents",
    "internal.istio.io/route-semantics",
    "internal.istio.io/service-hostname",
    "istio.io/autoRegistrationGroup",
    "istio.io/config",
    "istio.io/connectedAt",
    "istio.io/disconnectedAt",
    "istio.io/dry-run",
    "istio.io/for-service-account",
    "istio.io/gateway-name",
    "istio.io/global",
    "istio.io/owned-by",
    "istio.io/reroute-virtual-interfaces",
    "istio.io/rev",
    "istio.io/service-account",
    "istio.io/tag",
    "istio.io/workloadController",
    "networking.istio.io/address-type",
    "networking.istio.io/exportTo",
    "networking.istio.io/gatewayPort",
    "networking.istio.io/tunnel",
    "operator.istio.io/component",
    "operator.istio.io/managed",
    "operator.istio.io/version",
    "policy.istio.io/check",
    "policy.istio.io/checkBaseRetryWaitTime",
    "policy.istio.io/checkMaxRetryWaitTime",
    "policy.istio.io/checkRetries",
    "policy.istio.io/lang",
    "prometheus.istio.io/merge-metrics",
    "proxy.istio.io/config",
    "proxy.istio.io/overrides",
    "readiness.status.sidecar.istio.io/applicationPorts",
    "readiness.status.sidecar.istio.io/failureThreshold",
    "readiness.status.sidecar.istio.io/initialDelaySeconds",
    "readiness.status.sidecar.istio.io/periodSeconds",
    "security.istio.io/autoMTLS",
    "security.istio.io/tlsMode",
    "service.istio.io/canonical-name",
    "service.istio.io/canonical-revision",
    "service.istio.io/workload-name",
    "sidecar.istio.io/agentLogLevel",
    "sidecar.istio.io/bootstrapOverride",
    "sidecar.istio.io/componentLogLevel",
    "sidecar.istio.io/controlPlaneAuthPolicy",
    "sidecar.istio.io/discoveryAddress",
    "sidecar.istio.io/enableCoreDump",
    "sidecar.istio.io/extraStatTags",
    "sidecar.istio.io/interceptionMode",
    "sidecar.istio.io/logLevel",
    "sidecar.istio.io/nativeSidecar",
    "sidecar.istio.io/proxyCPU",
    "sidecar.istio.io/proxyCPULimit",
    "sidecar.istio.io/proxyImage",
    "sidecar.istio.io/proxyImageType",
    "sidecar.istio.io/proxyMemory",
    "sidecar.istio.io/proxyMemoryLimit",
    "sidecar.istio.io/rewriteAppHTTPProbers",
    "sidecar.istio.io/statsCompression",
    "sidecar.istio.io/statsHistogramBuckets",
    "sidecar.istio.io/statsInclusionPrefixes",
    "sidecar.istio.io/statsInclusionRegexps",
    "sidecar.istio.io/statsInclusionSuffixes",
    "sidecar.istio.io/status",
    "sidecar.istio.io/userVolume",
    "sidecar.istio.io/userVolumeMount",
    "solo.io/parent-service",
    "solo.io/parent-service-namespace",
    "status.sidecar.istio.io/port",
    "telemetry.istio.io/metrics",
    "topology.istio.io/controlPlaneClusters",
    "topology.istio.io/subzone",
    "traffic.istio.io/nodeSelector",
    "traffic.sidecar.istio.io/excludeInboundPorts",
    "traffic.sidecar.istio.io/excludeInterfaces",
    "traffic.sidecar.istio.io/excludeOutboundIPRanges",
    "traffic.sidecar.istio.io/excludeOutboundPorts",
    "traffic.sidecar.istio.io/includeInboundPorts",
    "traffic.sidecar.istio.io/includeOutboundIPRanges",
    "traffic.sidecar.istio.io/includeOutboundPorts",
    "traffic.sidecar.istio.io/kubevirtInterfaces",
    // the slip that the rule `use-waypoint-spelling` is about
    "istio.io/usewaypoint",
];

/// The key that another one is a slip of the keyboard for, and by how many letters.
pub(super) fn meant(key: &str) -> Option<(&'static str, usize)> {
    let (_, name) = key.split_once('/')?;
    // in a short name one other letter makes another word
    let allowed = if name.chars().count() < 8 { 1 } else { 2 };
    if READ.contains(&key) || OTHER.contains(&key) {
        return None;
    }
    let letters = |s: &str| s.chars().filter(|c| !c.is_ascii_digit()).collect::<String>();
    let near = READ.iter().filter(|known| known.len().abs_diff(key.len()) <= allowed).map(|known| (*known, distance(key, known)));
    // `network2` is a key of somebody's own
    near.filter(|(known, distance)| *distance <= allowed && letters(known) != letters(key)).min_by_key(|(_, distance)| *distance)
}

/// Edits between two keys; a different case is none.
fn distance(key: &str, known: &str) -> usize {
    strsim::osa_distance(&key.to_lowercase(), known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_found_and_real_keys_left_alone() {
        for (key, known) in [
            ("istio.io/dataplan-mode", "istio.io/dataplane-mode"),
            ("istio.io/data-plane-mode", "istio.io/dataplane-mode"),
            ("istio.io/Dataplane-Mode", "istio.io/dataplane-mode"),
            ("isto.io/use-waypoint", "istio.io/use-waypoint"),
            ("istio.io/ingress-use-waypoints", "istio.io/ingress-use-waypoint"),
            ("solo.io/servicescope", "solo.io/service-scope"),
            ("topology.istio.io/netwrok", "topology.istio.io/network"),
        ] {
            assert_eq!(meant(key).map(|(known, _)| known), Some(known), "{key}");
        }
        for key in [
            "istio.io/usewaypoint",
            "istio.io/rev",
            "istio.io/dev",
            "istio-injection",
            "app.kubernetes.io/name",
            "topology.istio.io/network2",
            "topology.kubernetes.io/zone",
            "mesh.example.com/dataplane-mode",
            "istio.io/my-own-thing",
            "solo.io/anything",
        ] {
            assert_eq!(meant(key), None, "{key}");
        }
        for key in READ.iter().chain(OTHER) {
            assert_eq!(meant(key), None, "{key}");
        }
    }

    #[test]
    fn no_real_key_is_a_slip_of_another() {
        for key in OTHER.iter().filter(|key| **key != "istio.io/usewaypoint") {
            assert!(READ.iter().all(|known| distance(key, known) > 2), "{key}");
        }
    }
}
