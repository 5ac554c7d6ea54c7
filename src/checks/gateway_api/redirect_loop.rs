//! `redirect-loop`: the words are in rules/redirect-loop.md.
use super::prelude::*;

pub(in crate::checks) struct RedirectLoop;

impl Rule for RedirectLoop {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for found in mesh.http_rules() {
            for filter in &found.rule.filters {
                let Some(redirect) = &filter.request_redirect else { continue };
                let Some((gateway, listener, certainty)) = found.https_loop(redirect) else { continue };
                let help = "attach the route to the listener for `http` only, with `sectionName`";
                out.finding(redirect.scheme.as_ref().map_or(filter.node(), crate::yaml::At::node))
                    .about(found.route.object)
                    .certainty(certainty)
                    .say(format!(
                        "{} redirects to `https` and is attached to the listener `{listener}` of Gateway {}, which is `https` already",
                        found.route.object.id,
                        path(gateway)
                    ))
                    .label("leads back to this rule")
                    .also(listener, "requests by `https` come in here")
                    .note("a client that follows the redirect gets the same one again, until it gives up")
                    .help(help)
                    .fix(Manual, help);
            }
        }
    }
}
