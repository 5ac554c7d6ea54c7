//! `extension-ref-missing`: the words are in rules/extension-ref-missing.md.
use super::prelude::*;

pub(in crate::checks) struct ExtensionRefMissing;

impl Rule for ExtensionRefMissing {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for (route, reference, missing) in mesh.missing_extensions() {
            let near = missing.near.and_then(|ix| route.object.sibling(ix));
            let help = near.map_or_else(|| "name one that is there".to_owned(), |near| format!("did you mean `{}`", near.id.name));
            out.finding(&reference.name)
                .about(route.object)
                .certainty(missing.certainty)
                .say(format!(
                    "a filter of {} names the {} `{}`, and there is none in {}",
                    route.object.id,
                    reference.kind,
                    reference.name,
                    namespace_of(route.object)
                ))
                .label("not there")
                .also_at(near.map(name_of), "one of a similar name")
                .note("a filter that cannot be followed must not be passed over: requests of the rule get 500")
                .help(help.clone())
                .fix(Manual, help);
        }
    }
}
