//! `scope-value-invalid`: the words are in rules/scope-value-invalid.md.
use super::prelude::*;
use crate::mesh::{GlobalScope, SERVICE_SCOPE};
use crate::model::Kind;

pub(in crate::checks) struct ScopeValueInvalid;

impl Rule for ScopeValueInvalid {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for object in mesh.objects(Kind::Service).chain(mesh.objects(Kind::Namespace)).filter(|o| o.platform().may_be_solo()) {
            let Some(label) = object.own_label(SERVICE_SCOPE) else { continue };
            let Some(node) = label.node else { continue };
            let value = label.value;
            if let Some(instead) = GlobalScope::instead_of(value) {
                out.finding(node)
                    .about(object)
                    .otherwise()
                    .say(format!("`{SERVICE_SCOPE}: {value}` is deprecated"))
                    .label("a value of older releases")
                    .note("it works for now and will be read as no scope once it is gone")
                    .help(format!("use {instead}"))
                    .fix(Manual, format!("use {instead}"));
            } else if GlobalScope::of(value) == GlobalScope::Invalid {
                out.finding(node)
                    .about(object)
                    .say(format!("`{SERVICE_SCOPE}: {value}` means nothing"))
                    .label("not `global`, `segment` or `cluster`")
                    .note("the value is not read: there is no global host, and only the own cluster reaches the pods")
                    .help("use `global`, `segment` or `cluster`")
                    .fix(Manual, "use `global`, `segment` or `cluster`");
            }
        }
    }
}
