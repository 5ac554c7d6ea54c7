//! `extension-ref-missing`: the words are in rules/extension-ref-missing.md.
use super::prelude::*;
use crate::mesh::RouteView;
use crate::mesh::status::Reason;

pub(in crate::checks) struct ExtensionRefMissing;

impl Rule for ExtensionRefMissing {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for route in mesh.routes().filter(RouteView::has_extensions) {
            for fault in route.backend_faults().into_iter().filter(|fault| fault.reason == Reason::MissingExtension) {
                out.finding(Place::Node(fault.place))
                    .about(route.object)
                    .certainty(fault.certainty)
                    .say(format!("a filter of {} refers to something that is not there", route.object.id))
                    .label(fault.message)
                    .note("requests of the rule are answered with an error: a filter that can't be found is never left out")
                    .help("name an object of the route's namespace that exists, or take the filter out");
            }
        }
    }
}
