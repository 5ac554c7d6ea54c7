//! Did-you-mean.

/// The candidate that `word` is most likely a slip of the keyboard for: at most two edits (one for words of up to
/// four letters, none of fewer than three), a different case counts as no edit. Ties go to the first candidate.
pub fn near<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let allowed = match word.chars().count() {
        0..=2 => 0,
        3..=4 => 1,
        _ => 2,
    };
    let lower = word.to_lowercase();
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates {
        if candidate == word || candidate.len().abs_diff(word.len()) > allowed {
            continue;
        }
        let distance = strsim::osa_distance(&lower, &candidate.to_lowercase());
        if distance <= allowed && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::near;

    #[test]
    fn finds_slips_and_nothing_else() {
        assert_eq!(near("parentRef", ["parentRefs", "rules"]), Some("parentRefs"));
        assert_eq!(near("PORT", ["port"]), Some("port"));
        assert_eq!(near("htpp", ["http", "htop"]), Some("http"));
        assert_eq!(near("web", ["api", "web2"]), Some("web2"));
        assert_eq!(near("a", ["b"]), None);
        assert_eq!(near("reviews", ["ratings", "details"]), None);
        assert_eq!(near("same", ["same"]), None);
    }
}
