//! All rules with their files.

use std::sync::{Arc, LazyLock};

use super::rule_file::{RuleFile, Source};
use super::{KnownIssues, Rule, ambient, gateway_api, manifests, multicluster, waypoint};

/// A rule with its words.
pub(super) struct Entry {
    pub(super) name: Arc<str>,
    /// What finds it; none for what the reader, the shape check and the suppressions find alone.
    pub(super) rule: Option<&'static dyn Rule>,
    pub(super) file: RuleFile,
}

/// Every rule.
pub struct Catalogue {
    entries: Vec<Entry>,
    /// Faults of released versions.
    pub known_issues: KnownIssues,
}

macro_rules! files {
    ($($name:literal => $rule:expr,)*) => {
        const FILES: &[(&str, &str, Option<&'static dyn Rule>)] = &[$(($name, include_str!(concat!("../../rules/", $name, ".md")), $rule)),*];
    };
}

files! {
    "ambient-sidecar-conflict" => Some(&ambient::AmbientSidecarConflict),
    "ambiguous-scalar" => None,
    "api-version-removed" => Some(&manifests::ApiVersionRemoved),
    "auto-waypoint-misuse" => Some(&waypoint::AutoWaypointMisuse),
    "autogen-authored" => Some(&multicluster::AutogenAuthored),
    "backend-kind-unsupported" => Some(&gateway_api::BackendKindUnsupported),
    "backend-not-in-mesh" => Some(&ambient::BackendNotInMesh),
    "backend-port-is-target-port" => Some(&gateway_api::BackendPortIsTargetPort),
    "backend-port-missing" => Some(&gateway_api::BackendPortMissing),
    "backend-service-not-found" => Some(&gateway_api::BackendServiceNotFound),
    "backend-tls-policy-invalid" => Some(&gateway_api::BackendTlsPolicyInvalid),
    "bypass-annotation-version" => None,
    "bypass-on-app-pod" => Some(&ambient::BypassOnAppPod),
    "bypass-value-invalid" => Some(&ambient::BypassValueInvalid),
    "bypass-wrong-place" => Some(&ambient::BypassWrongPlace),
    "bypassed-gateway-mesh-clients" => None,
    "client-ip-at-app" => Some(&ambient::ClientIpAtApp),
    "community-multinetwork-flag" => Some(&multicluster::CommunityMultinetworkFlag),
    "container-port-undeclared" => Some(&gateway_api::ContainerPortUndeclared),
    "custom-action-at-ztunnel" => Some(&ambient::CustomActionAtZtunnel),
    "dataplane-mode-value" => Some(&ambient::DataplaneModeValue),
    "destinationrule-host-miss" => Some(&waypoint::DestinationruleHostMiss),
    "destinationrule-ignored" => Some(&waypoint::DestinationruleIgnored),
    "destinationrule-subset-global" => Some(&multicluster::DestinationruleSubsetGlobal),
    "discovery-selector-excludes" => Some(&ambient::DiscoverySelectorExcludes),
    "double-policy" => Some(&gateway_api::DoublePolicy),
    "duplicate-key" => None,
    "duplicate-resource" => Some(&manifests::DuplicateResource),
    "east-west-denies-all" => None,
    "eastwest-gateway-shape" => Some(&multicluster::EastwestGatewayShape),
    "edge-policy-overload" => Some(&gateway_api::EdgePolicyOverload),
    "extension-ref-missing" => Some(&gateway_api::ExtensionRefMissing),
    "externalname-backend" => Some(&gateway_api::ExternalnameBackend),
    "filter-unsupported" => Some(&gateway_api::FilterUnsupported),
    "gateway-address-unsupported" => Some(&gateway_api::GatewayAddressUnsupported),
    "gateway-api-version" => Some(&gateway_api::GatewayApiVersion),
    "gateway-class-unknown" => Some(&gateway_api::GatewayClassUnknown),
    "gateway-not-in-mesh" => Some(&ambient::GatewayNotInMesh),
    "gateway-policy-voided" => Some(&ambient::GatewayPolicyVoided),
    "gatewayclass-targetref-version" => None,
    "gg-multinetwork-env" => Some(&multicluster::GgMultinetworkEnv),
    "global-host-without-scope" => Some(&multicluster::GlobalHostWithoutScope),
    "gloo-waypoint-unsupported" => Some(&waypoint::GlooWaypointUnsupported),
    "grpc-http-conflict" => Some(&gateway_api::GrpcHttpConflict),
    "header-filter-refused" => Some(&gateway_api::HeaderFilterRefused),
    "header-value-interpreted" => Some(&gateway_api::HeaderValueInterpreted),
    "headless-behind-waypoint" => Some(&waypoint::HeadlessBehindWaypoint),
    "helm-gateway-captured" => Some(&ambient::HelmGatewayCaptured),
    "hostname-fall-through" => Some(&gateway_api::HostnameFallThrough),
    "hostname-ref-malformed" => Some(&gateway_api::HostnameRefMalformed),
    "hostnetwork-gateway" => Some(&ambient::HostnetworkGateway),
    "ignore-without-reason" => None,
    "ingress-bypasses-waypoint" => Some(&waypoint::IngressBypassesWaypoint),
    "ingress-use-waypoint-value" => Some(&waypoint::IngressUseWaypointValue),
    "ingress-use-waypoint-version" => None,
    "ingress-waypoint-unbound" => Some(&waypoint::IngressWaypointUnbound),
    "invalid-manifest" => Some(&manifests::InvalidManifest),
    "invalid-yaml" => None,
    "istio-gateway-with-kgateway" => Some(&gateway_api::IstioGatewayWithKgateway),
    "kgateway-hostname-without-address" => None,
    "kgateway-istio-compat" => Some(&gateway_api::KgatewayIstioCompat),
    "kgateway-multiport-hostname" => None,
    "kgw-istio-integration-env" => Some(&multicluster::KgwIstioIntegrationEnv),
    "l7-selector-allow" => Some(&ambient::L7SelectorAllow),
    "l7-selector-deny-broad" => Some(&ambient::L7SelectorDenyBroad),
    "l7-selector-deny-noop" => Some(&ambient::L7SelectorDenyNoop),
    "label-not-string" => None,
    "listener-conflict" => Some(&gateway_api::ListenerConflict),
    "listener-protocol-unsupported" => Some(&gateway_api::ListenerProtocolUnsupported),
    "listener-route-kinds-invalid" => Some(&gateway_api::ListenerRouteKindsInvalid),
    "listener-tls-invalid" => Some(&gateway_api::ListenerTlsInvalid),
    "listener-without-routes" => Some(&gateway_api::ListenerWithoutRoutes),
    "listenerset-not-allowed" => Some(&gateway_api::ListenersetNotAllowed),
    "locality-without-outlier" => Some(&waypoint::LocalityWithoutOutlier),
    "match-impossible" => Some(&gateway_api::MatchImpossible),
    "multicluster-ingress-bypasses-waypoint" => None,
    "multicluster-waypoint-missing" => Some(&waypoint::MulticlusterWaypointMissing),
    "named-port-unresolved" => Some(&gateway_api::NamedPortUnresolved),
    "named-target-port-known-issue" => None,
    "namespace-ingress-use-waypoint-version" => None,
    "network-label-mismatch" => Some(&multicluster::NetworkLabelMismatch),
    "networkpolicy-blocks-hbone" => Some(&ambient::NetworkpolicyBlocksHbone),
    "ns-failover-readiness" => Some(&multicluster::NsFailoverReadiness),
    "parametersref-mismatch" => Some(&ambient::ParametersrefMismatch),
    "params-not-referenced" => Some(&ambient::ParamsNotReferenced),
    "peerauth-duplicate" => Some(&ambient::PeerauthDuplicate),
    "peerauth-portlevel-useless" => Some(&ambient::PeerauthPortlevelUseless),
    "peerauth-selector-in-root" => Some(&ambient::PeerauthSelectorInRoot),
    "peering-prereq" => Some(&multicluster::PeeringPrereq),
    "policy-blocks-gateway" => Some(&ambient::PolicyBlocksGateway),
    "policy-blocks-waypoint" => Some(&waypoint::PolicyBlocksWaypoint),
    "policy-target-missing" => Some(&gateway_api::PolicyTargetMissing),
    "protocol-undeclared" => Some(&gateway_api::ProtocolUndeclared),
    "redirect-loop" => Some(&gateway_api::RedirectLoop),
    "redirection-annotation-set" => Some(&ambient::RedirectionAnnotationSet),
    "reference-grant-missing" => Some(&gateway_api::ReferenceGrantMissing),
    "reference-grant-unused" => Some(&gateway_api::ReferenceGrantUnused),
    "regex-invalid" => Some(&gateway_api::RegexInvalid),
    "remote-gateway-shape" => Some(&multicluster::RemoteGatewayShape),
    "removed-gateway-class" => Some(&gateway_api::RemovedGatewayClass),
    "rewrite-without-prefix-match" => Some(&gateway_api::RewriteWithoutPrefixMatch),
    "route-attaches-nowhere" => Some(&gateway_api::RouteAttachesNowhere),
    "route-hostname-disjoint" => Some(&gateway_api::RouteHostnameDisjoint),
    "route-kind-not-allowed" => Some(&gateway_api::RouteKindNotAllowed),
    "route-namespace-not-allowed" => Some(&gateway_api::RouteNamespaceNotAllowed),
    "route-parent-unknown" => Some(&gateway_api::RouteParentUnknown),
    "rule-dropped-after-catch-all" => Some(&gateway_api::RuleDroppedAfterCatchAll),
    "rule-never-matches" => Some(&gateway_api::RuleNeverMatches),
    "rule-order-depends-on-age" => Some(&gateway_api::RuleOrderDependsOnAge),
    "rule-order-depends-on-implementation" => Some(&gateway_api::RuleOrderDependsOnImplementation),
    "rule-without-backends" => Some(&gateway_api::RuleWithoutBackends),
    "scope-one-cluster-only" => Some(&multicluster::ScopeOneClusterOnly),
    "scope-value-invalid" => Some(&multicluster::ScopeValueInvalid),
    "segment-aliases-version" => None,
    "segment-domain-mismatch" => Some(&multicluster::SegmentDomainMismatch),
    "segment-scope-unreachable" => Some(&multicluster::SegmentScopeUnreachable),
    "segment-undefined" => Some(&multicluster::SegmentUndefined),
    "segments-version" => None,
    "selector-policy-on-waypoint" => Some(&waypoint::SelectorPolicyOnWaypoint),
    "service-account-match-bypass" => None,
    "service-ref-is-hostname" => Some(&gateway_api::ServiceRefIsHostname),
    "service-route-without-waypoint" => Some(&waypoint::ServiceRouteWithoutWaypoint),
    "serviceentry-targetref-version" => None,
    "several-virtualservices-at-waypoint" => None,
    "strict-rejects-ingress" => Some(&ambient::StrictRejectsIngress),
    "takeover-ingress-noop" => Some(&multicluster::TakeoverIngressNoop),
    "takeover-value-or-scope" => Some(&multicluster::TakeoverValueOrScope),
    "targetref-bad-reference" => Some(&waypoint::TargetrefBadReference),
    "targetref-without-waypoint" => Some(&waypoint::TargetrefWithoutWaypoint),
    "tcproute-at-waypoint-version" => None,
    "templated-manifest" => None,
    "timeouts-inconsistent" => Some(&gateway_api::TimeoutsInconsistent),
    "traffic-distribution-value" => Some(&multicluster::TrafficDistributionValue),
    "udp-port-in-route" => Some(&gateway_api::UdpPortInRoute),
    "unknown-mesh-key" => Some(&manifests::UnknownMeshKey),
    "unused-ignore" => None,
    "use-waypoint-dangling" => Some(&waypoint::UseWaypointDangling),
    "use-waypoint-namespace-orphan" => Some(&waypoint::UseWaypointNamespaceOrphan),
    "use-waypoint-namespace-version" => None,
    "use-waypoint-spelling" => Some(&waypoint::UseWaypointSpelling),
    "virtualservice-gatewayapi-mix" => Some(&gateway_api::VirtualserviceGatewayapiMix),
    "virtualservice-no-waypoint" => Some(&waypoint::VirtualserviceNoWaypoint),
    "waypoint-cross-namespace-denied" => Some(&waypoint::WaypointCrossNamespaceDenied),
    "waypoint-for-mismatch" => Some(&waypoint::WaypointForMismatch),
    "waypoint-listener-shape" => Some(&waypoint::WaypointListenerShape),
    "waypoint-trust-domain-version" => None,
    "weights-all-zero" => Some(&gateway_api::WeightsAllZero),
}

/// The embedded catalogue, read once. The files are ours, and a test reads each of them.
pub fn catalogue() -> &'static Catalogue {
    static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| {
        let entries = FILES
            .iter()
            .filter_map(|(name, text, rule)| Some(Entry { name: (*name).into(), rule: *rule, file: RuleFile::parse(name, text).ok()? }))
            .collect();
        Catalogue { entries, known_issues: KnownIssues::embedded().unwrap_or_default() }
    });
    &CATALOGUE
}

impl Catalogue {
    /// All rule files, by name.
    pub fn files(&self) -> impl Iterator<Item = &RuleFile> {
        self.entries.iter().map(|e| &e.file)
    }

    /// The file of a rule or known issue.
    pub fn file(&self, name: &str) -> Option<&RuleFile> {
        self.files().find(|file| file.name == name)
    }

    /// The names of all rules and known issues, sorted.
    pub fn names(&self) -> Vec<&str> {
        self.files().map(|file| file.name.as_str()).collect()
    }

    pub(super) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The names of rules that something other than a rule over the mesh finds.
    pub fn found_by(&self, source: Source) -> impl Iterator<Item = &str> {
        self.files().filter(move |file| file.source == source).map(|file| file.name.as_str())
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn every_rule_file_is_read_and_listed_once() {
        for (name, text, _) in FILES {
            if let Err(error) = RuleFile::parse(name, text) {
                panic!("{error}");
            }
        }
        let mut on_disk: Vec<String> = std::fs::read_dir("rules")
            .unwrap()
            .filter_map(|entry| entry.unwrap().file_name().into_string().unwrap().strip_suffix(".md").map(ToOwned::to_owned))
            .collect();
        on_disk.sort();
        let listed: Vec<&str> = FILES.iter().map(|(name, ..)| *name).collect();
        assert_eq!(on_disk, listed, "rules/*.md and the catalogue differ");
    }

    #[test]
    fn who_finds_a_rule_is_what_its_file_says() {
        let catalogue = catalogue();
        for entry in catalogue.entries() {
            let known_issue = catalogue.known_issues.all().iter().any(|issue| issue.name == entry.name);
            // a rule goes on where the shape check ends
            let by_both = entry.file.source == Source::Shape && entry.rule.is_some();
            assert_eq!(entry.rule.is_some() || known_issue, entry.file.source == Source::Check || by_both, "{}", entry.name);
        }
        for issue in catalogue.known_issues.all() {
            assert!(catalogue.file(&issue.name).is_some(), "{} has no words", issue.name);
        }
    }
}
