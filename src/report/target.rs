//! Places for programs that look into a repository: what was piped in points at the file that it was rendered from.

use std::fmt::Write;

use rustc_hash::FxHashMap;

use super::{Places, ReportInput};
use crate::checks::{Finding, Label, Place};
use crate::config::Key;
use crate::text::{FileId, Position};

/// Standard input, as [`super::Sources::path`] calls it.
const STDIN: &str = "<stdin>";

/// A place of a repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Target<'a> {
    /// From the working directory.
    pub(super) path: &'a str,
    /// Start and end (exclusive). `None` for a file that the text was rendered from: nobody knows the line.
    pub(super) range: Option<(Position, Position)>,
}

impl Target<'_> {
    /// Start and end, the start of the file when they are not known.
    pub(super) fn lines(&self) -> (Position, Position) {
        let start = Position { line: 1, column: 1 };
        self.range.unwrap_or((start, start))
    }
}

impl<'a> Places<'a> {
    pub(super) fn target(&self, label: &Label) -> Target<'a> {
        let path = self.path(label.place.file());
        match self.origin(label.place) {
            Some(origin) => Target { path: origin, range: None },
            None => Target { path, range: Some(self.range(label)) },
        }
    }

    /// The file that a piped document was rendered from. A file on disk is itself what people look at.
    pub(super) fn origin(&self, place: Place) -> Option<&'a str> {
        if self.is_piped(place.file()) { self.sources.origin(place) } else { None }
    }

    pub(super) fn is_piped(&self, file: FileId) -> bool {
        self.path(file) == STDIN
    }

    pub(super) fn key(&self, finding: &Finding) -> Key {
        let place = finding.primary.place;
        Key::of(finding, self.sources.field(place).unwrap_or_default(), self.path(place.file()))
    }
}

/// A name for each finding, in their order, that no other has and that edits around it leave as it is: rule, resource and
/// field as in a baseline, and which of several with the same.
pub(super) fn fingerprints(input: &ReportInput<'_>, places: &Places<'_>) -> Vec<String> {
    let mut seen: FxHashMap<Key, usize> = FxHashMap::default();
    let mut fingerprint = |finding| {
        let key = places.key(finding);
        let count = seen.entry(key.clone()).or_default();
        *count += 1;
        let Key { rule, resource, path } = &key;
        format!("{:032x}", fnv(format!("{rule}\0{resource}\0{path}\0{count}").as_bytes()))
    };
    input.findings.iter().map(&mut fingerprint).collect()
}

/// FNV-1a with 128 bits: the same on every machine and in every version, which hashes for tables do not promise.
fn fnv(bytes: &[u8]) -> u128 {
    const BASIS: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
    bytes.iter().fold(BASIS, |hash, byte| (hash ^ u128::from(*byte)).wrapping_mul(PRIME))
}

/// A path as a URI reference: everything that could be read as something else is percent-encoded.
pub(super) fn uri(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    let is_drive = matches!(path.as_bytes(), [drive, b':', b'/', ..] if drive.is_ascii_alphabetic());
    if is_drive {
        out.push_str("file:///");
    } else if path.starts_with('/') {
        out.push_str("file://");
    }
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'/') {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uris_mean_only_the_path() {
        for (path, expected) in [
            ("apps/cart.yaml", "apps/cart.yaml"),
            ("a b/ü%#?.yaml", "a%20b/%C3%BC%25%23%3F.yaml"),
            ("javascript:alert(1)", "javascript%3Aalert%281%29"),
            ("../up.yaml", "../up.yaml"),
            ("/etc/x.yaml", "file:///etc/x.yaml"),
            ("C:/x.yaml", "file:///C%3A/x.yaml"),
            ("<stdin>", "%3Cstdin%3E"),
            ("a\u{1b}\n", "a%1B%0A"),
        ] {
            assert_eq!(uri(path), expected, "{path:?}");
        }
    }

    #[test]
    fn the_hash_is_the_published_one() {
        // test vectors of the FNV draft
        assert_eq!(fnv(b""), 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d);
        assert_eq!(fnv(b"a"), 0xd228_cb69_6f1a_8caf_7891_2b70_4e4a_8964);
    }
}
