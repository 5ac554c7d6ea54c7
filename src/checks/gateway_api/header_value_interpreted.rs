//! `header-value-interpreted`: the words are in rules/header-value-interpreted.md.
use super::prelude::*;

pub(in crate::checks) struct HeaderValueInterpreted;

impl Rule for HeaderValueInterpreted {
    fn check(&self, mesh: &Mesh, out: &mut Findings) {
        for found in mesh.http_rules().filter(crate::mesh::RuleOf::is_for_envoy) {
            let modifiers = found.filters().flat_map(|f| f.request_header_modifier.iter().chain(&f.response_header_modifier));
            for header in modifiers.flat_map(|m| m.set.iter().chain(&m.add)).filter(|header| is_misread(&header.value)) {
                out.finding(&header.value)
                    .about(found.route.object)
                    .say(format!(
                        "the value of header `{}` in {} has a `%` that Envoy takes for the start of a command",
                        header.name, found.route.object.id
                    ))
                    .label("no command of Envoy's")
                    .note("a gateway that hands the value on as it is gets its configuration refused, and one that does not sends the `%`")
                    .help("write the value without `%`");
            }
        }
    }
}

/// Whether there is a `%` that neither stands for itself (`%%`) nor encloses what looks like a command (`%NAME(…)%`).
fn is_misread(value: &str) -> bool {
    let mut rest = value;
    while let Some((_, after)) = rest.split_once('%') {
        if let Some(next) = after.strip_prefix('%') {
            rest = next;
            continue;
        }
        let name = after.find(|c: char| !(c.is_ascii_uppercase() || c == '_' || c.is_ascii_digit())).unwrap_or(after.len());
        let (word, tail) = after.split_at(name);
        let tail = if tail.starts_with('(') { tail.split_once(')').map_or("", |(_, tail)| tail) } else { tail };
        match tail.find('%') {
            Some(end) if word.len() > 2 && tail.get(..end).is_some_and(|size| size.is_empty() || size.starts_with(':')) => {
                rest = tail.get(end + 1..).unwrap_or_default();
            }
            _ => return true,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::is_misread;

    #[test]
    fn commands_and_doubled_signs_are_meant() {
        for (value, misread) in [
            ("100%", true),
            ("50% off", true),
            ("%41", true),
            ("%%", false),
            ("100%%", false),
            ("%REQ(x-id)%", false),
            ("%REQ(x-id)", true),
            ("%DOWNSTREAM_REMOTE_ADDRESS%", false),
            ("%REQ(x):10%", false),
            ("plain", false),
        ] {
            assert_eq!(is_misread(value), misread, "{value}");
        }
    }
}
