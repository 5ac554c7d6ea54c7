//! `invalid-manifest`, beyond what the shape check finds: the words are in rules/invalid-manifest.md.
use super::prelude::*;

pub(in crate::checks) struct InvalidManifest;

impl Rule for InvalidManifest {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for resource in mesh.resources() {
            for refused in resource.refused().into_iter().filter(|refused| refused.said_by.is_none()) {
                out.finding(refused.place)
                    .of(&resource.id)
                    .say(refused.message)
                    .label("not allowed here")
                    .also_at(refused.beside, "beside this")
                    .note("the API server refuses the document")
                    .help(refused.help);
            }
        }
    }
}
