//! Addresses of clients outside, asked for where only the gateway's own is seen.

use std::net::IpAddr;

use crate::mesh::facts::Fact;
use crate::mesh::{Mesh, Object};
use crate::model::istio::AuthorizationPolicySpec;
use crate::model::{Kind, Spec, Text};
use crate::yaml::At;

/// An address of the internet in a policy on pods behind a gateway.
#[derive(Clone, Copy, Debug)]
pub struct OutsideAddress<'m> {
    /// The policy.
    pub policy: Object<'m>,
    /// The address or block.
    pub block: &'m At<Text>,
    /// The Service in front of the pods.
    pub service: Object<'m>,
    /// The route by which requests come.
    pub route: Object<'m>,
    /// The gateway they come from.
    pub gateway: Object<'m>,
}

impl Mesh {
    /// Policies on pods behind gateways that ask for addresses of the internet, each once. Pods that clients reach
    /// without a gateway as well are left out.
    pub fn outside_addresses(&self) -> Vec<OutsideAddress<'_>> {
        let mut found: Vec<OutsideAddress<'_>> = Vec::new();
        let says = |policy: Object<'_>| match &policy.resource().spec {
            Spec::AuthorizationPolicy(content) => content.spec.as_deref().is_some_and(|spec| outside(spec).is_some()),
            _ => false,
        };
        if !self.objects(Kind::AuthorizationPolicy).any(says) {
            return found;
        }
        for route in self.routes() {
            let Some(gateway) = route.ingresses().next() else { continue };
            for service in route.backends().filter(|b| !b.mirror).filter_map(|b| b.service()) {
                if service.is_open_to_outside() {
                    continue;
                }
                for pods in service.lasting_workloads() {
                    let surely = pods.policies(Kind::AuthorizationPolicy).into_iter().filter(|(_, applies)| *applies == Fact::Known(true));
                    for (policy, _) in surely {
                        let Spec::AuthorizationPolicy(content) = &policy.resource().spec else { continue };
                        let Some(block) = content.spec.as_deref().and_then(|spec| outside(spec)) else { continue };
                        if found.iter().all(|other| other.block.node() != block.node() || other.policy != policy) {
                            found.push(OutsideAddress {
                                policy,
                                block,
                                service: service.object,
                                route: route.object,
                                gateway: gateway.object,
                            });
                        }
                    }
                }
            }
        }
        found
    }
}

fn outside(spec: &AuthorizationPolicySpec) -> Option<&At<Text>> {
    let sources = spec.rules.iter().flat_map(|rule| &rule.from).filter_map(|from| from.source.as_deref());
    let blocks = sources.flat_map(|source| source.ip_blocks.iter().chain(&source.not_ip_blocks));
    let conditions = spec.rules.iter().flat_map(|rule| &rule.when).filter(|when| **when.key == *"source.ip");
    blocks.chain(conditions.flat_map(|when| when.values.iter().chain(&when.not_values))).find(|block| is_of_the_internet(block))
}

/// Whether a block is part of the internet, and not so large that it stands for everybody.
fn is_of_the_internet(block: &str) -> bool {
    let (base, length) = block.split_once('/').map_or((block, None), |(base, length)| (base, length.parse::<u8>().ok()));
    match base.parse::<IpAddr>() {
        Ok(IpAddr::V4(ip)) => {
            let [first, second, ..] = ip.octets();
            let shared = first == 100 && (64..128).contains(&second);
            let own = ip.is_private() || ip.is_loopback() || ip.is_link_local() || ip.is_unspecified() || ip.is_multicast() || shared;
            !own && length.is_none_or(|length| length >= 8)
        }
        Ok(IpAddr::V6(ip)) => {
            let first = ip.segments().first().copied().unwrap_or(0);
            first & 0xe000 == 0x2000 && length.is_none_or(|length| length >= 16)
        }
        Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_clusters_are_not_of_the_internet() {
        for (block, expected) in [
            ("203.0.113.0/24", true),
            ("198.51.100.7", true),
            ("2001:db8::/32", true),
            ("10.0.0.0/8", false),
            ("172.16.4.1", false),
            ("192.168.0.0/16", false),
            ("100.64.0.0/10", false),
            ("0.0.0.0/0", false),
            ("fd00::/8", false),
            ("::/0", false),
            ("not-an-address", false),
        ] {
            assert_eq!(is_of_the_internet(block), expected, "{block}");
        }
    }
}
