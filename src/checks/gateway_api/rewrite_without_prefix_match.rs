//! `rewrite-without-prefix-match`: the words are in rules/rewrite-without-prefix-match.md.
use super::prelude::*;
use crate::model::gateway::{PathMatchType, PathModifierType};

pub(in crate::checks) struct RewriteWithoutPrefixMatch;

impl Rule for RewriteWithoutPrefixMatch {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for found in mesh.http_rules() {
            let other = found.rule.effective_matches().any(|one| one.path_type() != PathMatchType::PathPrefix);
            let several = found.rule.matches.len() > 1;
            if !other && !several {
                continue;
            }
            let why = if other { "has a match without a `PathPrefix`" } else { "has several matches" };
            let paths = found.filters().filter_map(|filter| {
                let rewrite = filter.url_rewrite.as_ref().and_then(|f| f.path.as_ref());
                rewrite.or_else(|| filter.request_redirect.as_ref()?.path.as_ref())
            });
            for path in paths.filter(|path| *path.kind == PathModifierType::ReplacePrefixMatch) {
                out.finding(&path.kind)
                    .about(found.route.object)
                    .say(format!("a rule of {} replaces the prefix that matched, and {why}", found.route.object.id))
                    .label("which prefix is to be replaced")
                    .note("the API server refuses the route, and a controller that gets it all the same does not accept it")
                    .help("match with one `PathPrefix`, and make a rule of its own for each");
            }
        }
    }
}
