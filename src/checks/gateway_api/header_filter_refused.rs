//! `header-filter-refused`: the words are in rules/header-filter-refused.md.
use serde_json::json;

use super::prelude::*;

pub(in crate::checks) struct HeaderFilterRefused;

impl Rule for HeaderFilterRefused {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for found in mesh.http_rules().filter(crate::mesh::RuleOf::is_for_envoy) {
            let rewrites = found.filters().any(|f| f.url_rewrite.is_some() || f.request_redirect.is_some());
            for filter in found.filters() {
                let Some(modifier) = &filter.request_header_modifier else { continue };
                let named = modifier.set.iter().chain(&modifier.add).map(|header| &header.name).chain(&modifier.remove);
                let Some(name) = named.into_iter().find(|name| name.eq_ignore_ascii_case("host")) else { continue };
                let title = "rewrite the host with a `URLRewrite` filter";
                let draft = out
                    .finding(name)
                    .about(found.route.object)
                    .say(format!("a filter of {} changes the header `{name}`, which Envoy refuses", found.route.object.id))
                    .label("not a header to change")
                    .note("the host of a request is no ordinary header: a proxy that gets such a filter refuses its configuration")
                    .help(title);
                match (modifier.set.as_slice(), modifier.add.len() + modifier.remove.len()) {
                    ([only], 0) if !rewrites && is_hostname(&only.value) => {
                        let rewrite = json!({ "type": "URLRewrite", "urlRewrite": { "hostname": only.value.as_str() } });
                        draft.fix_by_setting(Safe, title, filter.node(), rewrite);
                    }
                    _ => _ = draft.fix(Manual, title),
                }
            }
        }
    }
}

fn is_hostname(value: &str) -> bool {
    let label = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    value.split('.').all(label)
}
