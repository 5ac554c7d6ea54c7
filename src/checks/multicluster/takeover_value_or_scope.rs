//! `takeover-value-or-scope`: the words are in rules/takeover-value-or-scope.md.
use super::prelude::*;
use crate::mesh::{GlobalScope, SERVICE_SCOPE, SERVICE_TAKEOVER, ServiceView, parse_bool};
use crate::model::{Kind, Namespace};

pub(in crate::checks) struct TakeoverValueOrScope;

impl Rule for TakeoverValueOrScope {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for object in mesh.objects(Kind::Service).chain(mesh.objects(Kind::Namespace)).filter(|o| o.platform().may_be_solo()) {
            let Some(label) = object.own_label(SERVICE_TAKEOVER) else { continue };
            let Some(node) = label.node else { continue };
            match label.value {
                "true" => {
                    let Some(certainty) = without_scope(object) else { continue };
                    // somebody says otherwise in so many words
                    let contrary = object.label_or_namespace(SERVICE_SCOPE).known().flatten().is_some_and(|l| !l.value.is_empty());
                    out.finding(node)
                        .about(object)
                        .certainty(certainty)
                        .say(format!("`{SERVICE_TAKEOVER}` does nothing: {} has no global or segment scope", object.id))
                        .label("leads to a global host that does not exist")
                        .note("callers go on reaching the pods of their own cluster only")
                        .help(format!("add the label `{SERVICE_SCOPE}: global`, or take this one away"))
                        .fix_by(if contrary { Manual } else { Unsafe }, format!("add the label `{SERVICE_SCOPE}: global`"), |e| {
                            e.insert(object.node, &["metadata", "labels", SERVICE_SCOPE], "global");
                        });
                }
                "false" | "" => {}
                value => {
                    let meant = match parse_bool(&value.to_ascii_lowercase()) {
                        Some(false) => "false",
                        _ if matches!(value.to_ascii_lowercase().as_str(), "no" | "off") => "false",
                        _ => "true",
                    };
                    out.finding(node)
                        .about(object)
                        .say(format!("`{SERVICE_TAKEOVER}: {value}` is neither \"true\" nor \"false\""))
                        .label("not read")
                        .note("the value counts as false: callers go on reaching the pods of their own cluster only")
                        .help("use \"true\" or \"false\", in quotes")
                        .fix_by_setting(Unsafe, format!("use \"{meant}\""), node, meant);
                }
            }
        }
    }
}

/// How sure it is that nothing that the label is for has a global host; none when something has, or may have.
fn without_scope(object: Object<'_>) -> Option<Certainty> {
    if let Some(service) = ServiceView::of(object) {
        return match service.scope() {
            Fact::Known((GlobalScope::Cluster, _)) => Some(Certainty::Sure),
            Fact::Known(_) => None,
            Fact::Unknown => Some(Possible),
        };
    }
    if object.own_label(SERVICE_SCOPE).is_some_and(|l| GlobalScope::of(l.value) != GlobalScope::Cluster) {
        return None;
    }
    // the Services of a namespace may have scopes of their own, and need not all be in the input
    let within = Namespace::Named(object.id.name.clone());
    let mut services = object.services_in(&within).peekable();
    let certainty = if services.peek().is_some() { Likely } else { Possible };
    services.all(|service| matches!(service.scope(), Fact::Known((GlobalScope::Cluster, _)))).then_some(certainty)
}
