//! `parametersref-mismatch`: the words are in rules/parametersref-mismatch.md.
use super::prelude::*;
use crate::mesh::{ParametersReference, ParametersVerdict};

pub(in crate::checks) struct ParametersrefMismatch;

impl Rule for ParametersrefMismatch {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for reference in mesh.parameters_references() {
            judge(&reference, out);
        }
    }
}

fn judge(reference: &ParametersReference<'_>, out: &mut Findings) {
    let (owner, name, named) = (reference.owner, reference.name, &**reference.kind);
    let draft = match &reference.verdict {
        ParametersVerdict::Fine => return,
        ParametersVerdict::WrongKind { group, kind, related } => {
            let (place, wrong) = if &***reference.kind == *kind { (reference.group, "group") } else { (reference.kind, "kind") };
            let draft = out
                .finding(place)
                .say(format!(
                    "{} refers to {named} of `{}`: {} reads {kind} of `{group}`",
                    owner.id,
                    **reference.group,
                    reference.product.name()
                ))
                .label(format!("not the {wrong} that this class reads"))
                .help(format!("refer to a {kind} of `{group}`"));
            if *related { draft.certainty(Likely) } else { draft }
        }
        ParametersVerdict::Elsewhere(other) => out
            .finding(name)
            .say(format!("{} refers to {named} `{}` in its own namespace, and that is in {}", owner.id, **name, namespace_of(*other)))
            .label("looked up beside the reference")
            .also(name_of(*other), "of that name, and nobody refers to it")
            .certainty(Likely)
            .help("move it to the namespace where it is looked up, or refer to another one"),
        ParametersVerdict::Missing(missing) => {
            let near = missing.near.and_then(|ix| owner.sibling(ix));
            let draft = out
                .finding(name)
                .say(format!("{} refers to {named} `{}`, which does not exist", owner.id, **name))
                .label("no such object")
                .also_at(near.map(name_of), "a similar name")
                .certainty(missing.certainty);
            match near {
                Some(other) => draft.help(format!("refer to `{}`", other.id.name)),
                None => draft.help("create it, or refer to one that exists"),
            }
        }
        ParametersVerdict::NoNamespace => out
            .finding(name)
            .say(format!("{} refers to {named} `{}` without a namespace", owner.id, **name))
            .label("a class has no namespace of its own to look in")
            .help("add `namespace` to the reference"),
    };
    draft
        .about(owner)
        .note("the reference is not resolved: the settings do not reach the gateway's pods, and the Gateway may not be programmed at all")
        .fix(Manual, "correct the reference");
}
