//! `api-version-removed`: the words are in rules/api-version-removed.md.
use super::prelude::*;

pub(in crate::checks) struct ApiVersionRemoved;

/// Versions that are gone: group, kind (empty for all), version, what serves it now, whether the shape is the same.
const GONE: &[(&str, &str, &str, &str, bool)] = &[
    ("gateway.networking.k8s.io", "GatewayClass", "v1alpha2", "v1", true),
    ("gateway.networking.k8s.io", "Gateway", "v1alpha2", "v1", true),
    ("gateway.networking.k8s.io", "HTTPRoute", "v1alpha2", "v1", true),
    ("gateway.networking.k8s.io", "ReferenceGrant", "v1alpha2", "v1beta1", true),
    ("gateway.networking.k8s.io", "ReferencePolicy", "", "ReferenceGrant", false),
    ("gateway.networking.k8s.io", "BackendTLSPolicy", "v1alpha2", "v1", false),
    ("networking.x-k8s.io", "", "v1alpha1", "gateway.networking.k8s.io/v1", false),
    ("extensions", "Ingress", "v1beta1", "networking.k8s.io/v1", false),
    ("networking.k8s.io", "Ingress", "v1beta1", "networking.k8s.io/v1", false),
    ("extensions", "Deployment", "v1beta1", "apps/v1", false),
    ("extensions", "NetworkPolicy", "v1beta1", "networking.k8s.io/v1", false),
    ("apps", "", "v1beta1", "apps/v1", false),
    ("apps", "", "v1beta2", "apps/v1", false),
    ("rbac.istio.io", "", "v1alpha1", "security.istio.io/v1", false),
    ("authentication.istio.io", "", "v1alpha1", "security.istio.io/v1", false),
];

/// Versions that are served and deprecated.
const OLD: &[(&str, &str, &str, &str)] = &[
    ("gateway.networking.k8s.io", "GatewayClass", "v1beta1", "v1"),
    ("gateway.networking.k8s.io", "Gateway", "v1beta1", "v1"),
    ("gateway.networking.k8s.io", "HTTPRoute", "v1beta1", "v1"),
    ("gateway.networking.k8s.io", "GRPCRoute", "v1alpha2", "v1"),
];

impl Rule for ApiVersionRemoved {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for resource in mesh.resources() {
            let stated = &resource.api_version;
            let (group, version) = stated.split_once('/').unwrap_or(("", stated));
            let kind: &str = &resource.id.kind;
            let gone = GONE.iter().find(|(g, k, v, ..)| *g == group && (k.is_empty() || *k == kind) && (v.is_empty() || *v == version));
            let old = || OLD.iter().find(|(g, k, v, _)| *g == group && *k == kind && *v == version);
            if let Some((.., now, same)) = gone {
                let help = if now.contains('/') || *same {
                    format!("write it as `{}`", whole(group, now))
                } else {
                    format!("write it as a {now}")
                };
                let draft = out
                    .finding(stated)
                    .of(&resource.id)
                    .say(format!("{} is of version `{version}`, which is no longer served", resource.id))
                    .label("gone")
                    .note("the API server knows no such version and refuses the manifest")
                    .help(help.clone());
                if *same {
                    draft.fix_by_setting(Safe, help, stated.node(), whole(group, now));
                } else {
                    draft.fix(Manual, help);
                }
            } else if let Some((.., now)) = old() {
                let help = format!("write it as `{}`", whole(group, now));
                out.finding(stated)
                    .of(&resource.id)
                    .otherwise()
                    .say(format!("{} is of version `{version}`, which is deprecated", resource.id))
                    .label("served for now")
                    .note("the shape is the same, and a later release will not serve it")
                    .help(help.clone())
                    .fix_by_setting(Safe, help, stated.node(), whole(group, now));
            }
        }
    }
}

fn whole(group: &str, version: &str) -> String {
    if version.contains('/') { version.to_owned() } else { format!("{group}/{version}") }
}
