//! `global-host-without-scope`: the words are in rules/global-host-without-scope.md.
use super::prelude::*;
use crate::mesh::{BackendVerdict, GlobalScope, SERVICE_SCOPE, ServiceView};
use crate::model::Kind;
use crate::yaml::NodeId;

pub(in crate::checks) struct GlobalHostWithoutScope;

impl Rule for GlobalHostWithoutScope {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for backend in mesh.backends_with(BackendVerdict::is_global) {
            let Some(host) = backend.global() else { continue };
            let owners: Vec<_> = host.owners(mesh).collect();
            let scopes: Vec<_> = owners.iter().map(ServiceView::scope).collect();
            // a scope that means nothing is a finding of its own
            let absent = |fact: &Fact<(GlobalScope, _)>| !matches!(fact, Fact::Known((scope, _)) if *scope != GlobalScope::Cluster);
            let (Some(owner), true) = (owners.first(), scopes.iter().all(absent)) else { continue };
            let known = scopes.iter().all(|scope| matches!(scope, Fact::Known(_)));
            let explicit = scopes.iter().find_map(|scope| match scope {
                Fact::Known((_, Some(label))) => label.node,
                _ => None,
            });
            let draft = out
                .finding(backend.name())
                .about(backend.route.object)
                .certainty(if known && !mesh.has_unread(Kind::ServiceEntry) { mesh.sure_of_clusters() } else { Possible })
                .say(match explicit {
                    Some(_) => {
                        format!("host `{}` does not exist: {} has `solo.io/service-scope: cluster`", backend.name(), owner.object.id)
                    }
                    None => format!("host `{}` does not exist: {} has no `solo.io/service-scope`", backend.name(), owner.object.id),
                })
                .label("only a Service with global or segment scope gets this host")
                .also_at(explicit, "this keeps it in its cluster");
            let unlabelled = owners.iter().zip(&scopes).filter(|(_, scope)| !matches!(scope, Fact::Known((_, Some(_)))));
            unlabelled
                .fold(draft, |draft, (owner, _)| draft.also(name_of(owner.object), "no scope here"))
                .note("the gateway finds no such host: the route gets BackendNotFound and requests are answered with 500")
                .help("label the Service `solo.io/service-scope: global` in every cluster that runs it")
                .fix_by(
                    if explicit.is_some() { Manual } else { Unsafe },
                    "add the label `solo.io/service-scope: global` to the Service",
                    |e| {
                        for node in documents(&owners) {
                            e.insert(node, &["metadata", "labels", SERVICE_SCOPE], "global");
                        }
                    },
                );
        }
    }
}

/// Where they are written, each document once: that of several clusters is one.
fn documents(services: &[ServiceView<'_>]) -> Vec<NodeId> {
    let mut nodes: Vec<_> = services.iter().map(|service| service.object.node).collect();
    nodes.sort_unstable();
    nodes.dedup();
    nodes
}
