//! What the API server asks of `metadata.name`, which no schema says.

/// The form of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NameRule {
    /// A DNS-1123 subdomain: most kinds.
    Subdomain,
    /// A DNS-1123 label: Namespace and Service. Service names were DNS-1035 labels (no leading digit) until Kubernetes
    /// relaxed that; as both are in use, the leading digit passes.
    Label,
}

impl NameRule {
    /// Why a name is not valid.
    pub(super) fn objection(self, name: &str) -> Option<&'static str> {
        let (most, dots) = match self {
            Self::Subdomain => (253, true),
            Self::Label => (63, false),
        };
        let edge = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        if name.is_empty() {
            return Some("a name is needed here");
        }
        if name.contains(|c: char| c.is_ascii_uppercase()) {
            return Some("upper case is not allowed");
        }
        if let Some(wrong) = name.chars().find(|c| !(edge(*c) || *c == '-' || (*c == '.' && dots))) {
            return Some(match wrong {
                '_' => "`_` is not allowed: use `-`",
                '.' => "`.` is not allowed in names of this kind",
                _ if dots => "only lower case letters, digits, `-` and `.` are allowed",
                _ => "only lower case letters, digits and `-` are allowed",
            });
        }
        if !name.split('.').all(|part| part.starts_with(edge) && part.ends_with(edge)) {
            return Some("must start and end with a letter or digit, around each `.` too");
        }
        if name.len() > most {
            return Some(if dots { "at most 253 characters are allowed" } else { "at most 63 characters are allowed" });
        }
        None
    }
}

/// Whether the text is filled in later: Helm and Go templates, Flux and envsubst variables, kustomize variables.
pub(super) fn is_templated(text: &str) -> bool {
    text.contains("{{") || text.contains("${") || text.contains("$(")
}

#[cfg(test)]
mod tests {
    use super::NameRule::{Label, Subdomain};

    #[test]
    fn names_as_the_api_server_takes_them() {
        for (rule, name, valid) in [
            (Subdomain, "web", true),
            (Subdomain, "web.v1-2", true),
            (Subdomain, "Web", false),
            (Subdomain, "web_1", false),
            (Subdomain, "-web", false),
            (Subdomain, "web-", false),
            (Subdomain, "web..v1", false),
            (Subdomain, "web-.v1", false),
            (Subdomain, "web/v1", false),
            (Subdomain, "wéb", false),
            (Subdomain, "", false),
            (Label, "web.v1", false),
            (Label, "1web", true),
        ] {
            assert_eq!(rule.objection(name).is_none(), valid, "{name}");
        }
        assert_eq!(Label.objection(&"a".repeat(63)), None);
        assert_eq!(Label.objection(&"a".repeat(64)), Some("at most 63 characters are allowed"));
        assert_eq!(Subdomain.objection(&"a".repeat(254)), Some("at most 253 characters are allowed"));
    }
}
