//! Versions of Istio and the gateways, and the gates that a feature or fault has.
//!
//! Plain semver is wrong here: it sorts `1.29.2-patch0` below `1.29.2`, though Solo's patches come after the release.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// Words at the end of an image tag that say how it was built and nothing about its age.
const FLAVOURS: [&str; 4] = ["solo", "fips", "distroless", "debug"];

/// The version of a product, as a tag, a chart or an operator resource says it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Version {
    text: Arc<str>,
    major: u32,
    minor: u32,
    inside: Inside,
    solo: bool,
}

/// What is known beyond the minor version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Inside {
    /// Everything: `1.29.2-patch0`.
    Exact(Exact),
    /// One of the minor's releases: `1.29`, `v1.28-latest`.
    SomeRelease,
    /// Perhaps not even a release: `1.30-alpha.0a1b2c`, `1.30-dev`.
    SomeBuild,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Exact {
    patch: u32,
    rank: Rank,
    /// The number after the qualifier; `None` when it has none that counts up (`-alpha.0a1b2c`).
    number: Option<u64>,
}

/// Qualifiers in the order of their making.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Rank {
    Alpha,
    Beta,
    Candidate,
    Release,
    Patch,
}

/// Why a text is no version or no range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotAVersion(String);

impl fmt::Display for NotAVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for NotAVersion {}

impl FromStr for Version {
    type Err = NotAVersion;

    /// Reads `1.29.2`, `v1.28-latest`, `1.29.2-patch0-solo-fips` and their like.
    ///
    /// # Errors
    /// A text that does not begin with a major and a minor number (`latest`, a digest).
    fn from_str(text: &str) -> Result<Self, NotAVersion> {
        Self::read(text).ok_or_else(|| NotAVersion(format!("`{text}` is no version: it should look like `1.29.2`")))
    }
}

impl Version {
    fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        let (mut rest, mut solo) = (text.strip_prefix(['v', 'V']).unwrap_or(text), false);
        while let Some((before, flavour)) = rest.rsplit_once('-').filter(|(_, last)| FLAVOURS.contains(last)) {
            solo |= flavour == "solo";
            rest = before;
        }
        let (numbers, qualifier) = rest.split_once('-').map_or((rest, None), |(numbers, qualifier)| (numbers, Some(qualifier)));
        let mut numbers = numbers.split('.').map(number);
        let (major, minor) = (numbers.next()??, numbers.next()??);
        let patch = match numbers.next() {
            None => None,
            Some(patch) => Some(patch?),
        };
        if numbers.next().is_some() {
            return None;
        }
        let inside = match (patch, qualifier) {
            (Some(patch), None) => Inside::Exact(Exact { patch, rank: Rank::Release, number: Some(0) }),
            (Some(patch), Some(qualifier)) => match ranked(qualifier) {
                Some((rank, number)) => Inside::Exact(Exact { patch, rank, number }),
                // a qualifier of somebody's own: it may stand before or after the release it is named for
                None if patch > 0 => Inside::SomeRelease,
                None => Inside::SomeBuild,
            },
            (None, None | Some("latest")) => Inside::SomeRelease,
            (None, Some(_)) => Inside::SomeBuild,
        };
        Some(Self { text: text.into(), major, minor, inside, solo })
    }

    /// Whether the tag ends as Solo.io's builds do. Their tags without `-solo` exist too, so `false` says nothing:
    /// the registry an image comes from says more.
    pub const fn is_solo_build(&self) -> bool {
        self.solo
    }

    /// Major and minor number.
    pub const fn minor(&self) -> (u32, u32) {
        (self.major, self.minor)
    }

    /// How this version stands to a gate. A gate without a patch number (`1.25`) means that whole minor version, so every
    /// release of it is equal to the gate. `None` where what is known of this version does not decide it.
    pub fn cmp_gate(&self, gate: &Self) -> Option<Ordering> {
        let by_minor = self.minor().cmp(&gate.minor());
        if by_minor.is_ne() {
            return Some(by_minor);
        }
        match (self.inside, gate.inside) {
            (Inside::Exact(own), Inside::Exact(gate)) => own.cmp_exact(gate),
            (Inside::Exact(own), _) if own.patch == 0 && own.rank < Rank::Release => None,
            (Inside::Exact(_) | Inside::SomeRelease, Inside::SomeRelease) => Some(Ordering::Equal),
            _ => None,
        }
    }

    /// Whether this version is the gate or later.
    pub fn at_least(&self, gate: &Self) -> Option<bool> {
        if let (Inside::SomeRelease, Inside::Exact(first)) = (self.inside, gate.inside)
            && self.minor() == gate.minor()
            && first.patch == 0
            && first.rank <= Rank::Release
        {
            // no release of a minor version is older than its first
            return Some(true);
        }
        self.cmp_gate(gate).map(Ordering::is_ge)
    }

    /// Whether this version is older than the gate.
    pub fn before(&self, gate: &Self) -> Option<bool> {
        self.at_least(gate).map(|reached| !reached)
    }
}

/// As it was written.
impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Exact {
    fn cmp_exact(self, other: Self) -> Option<Ordering> {
        let coarse = (self.patch, self.rank).cmp(&(other.patch, other.rank));
        if coarse.is_ne() {
            return Some(coarse);
        }
        Some(self.number?.cmp(&other.number?))
    }
}

/// Digits only: `from_str` alone would take `+1`.
fn number(text: &str) -> Option<u32> {
    if text.bytes().all(|b| b.is_ascii_digit()) { text.parse().ok() } else { None }
}

/// `rc.2`, `beta3`, `patch0`, `alpha.0a1b2c`.
fn ranked(qualifier: &str) -> Option<(Rank, Option<u64>)> {
    let words = [("alpha", Rank::Alpha), ("beta", Rank::Beta), ("rc", Rank::Candidate), ("patch", Rank::Patch)];
    let (rest, rank) = words.iter().find_map(|(word, rank)| Some((qualifier.strip_prefix(word)?, *rank)))?;
    let rest = rest.strip_prefix('.').unwrap_or(rest);
    if rest.is_empty() {
        return Some((rank, None));
    }
    let digits = rest.bytes().all(|b| b.is_ascii_digit());
    let hash = rest.bytes().all(|b| b.is_ascii_alphanumeric());
    if !hash {
        return None;
    }
    Some((rank, if digits { rest.parse().ok() } else { None }))
}

/// Versions between gates: `>=1.29.0 <1.29.2-patch0`, alternatives parted by `||`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionRange(Vec<Vec<(Bound, Version)>>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bound {
    AtLeast,
    Above,
    AtMost,
    Below,
    Exactly,
}

impl FromStr for VersionRange {
    type Err = NotAVersion;

    /// # Errors
    /// An empty alternative, or a bound that is no operator (`>=`, `>`, `<=`, `<`, `=`) and version.
    fn from_str(text: &str) -> Result<Self, NotAVersion> {
        text.split("||").map(alternative).collect::<Result<_, _>>().map(Self)
    }
}

fn alternative(text: &str) -> Result<Vec<(Bound, Version)>, NotAVersion> {
    let mut bounds = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let operators = [(">=", Bound::AtLeast), ("<=", Bound::AtMost), (">", Bound::Above), ("<", Bound::Below), ("=", Bound::Exactly)];
        let Some((after, bound)) = operators.iter().find_map(|(operator, bound)| Some((rest.strip_prefix(operator)?, *bound))) else {
            return Err(NotAVersion(format!("a version range needs `>=`, `>`, `<=`, `<` or `=` before `{rest}`")));
        };
        let after = after.trim_start();
        let (version, left) = after.split_once(char::is_whitespace).unwrap_or((after, ""));
        bounds.push((bound, version.parse()?));
        rest = left.trim_start();
    }
    if bounds.is_empty() {
        return Err(NotAVersion("a version range needs a bound such as `>=1.29.0`".to_owned()));
    }
    Ok(bounds)
}

impl VersionRange {
    /// Whether the version lies in the range; `None` where what is known of it does not decide.
    pub fn contains(&self, version: &Version) -> Option<bool> {
        let mut undecided = false;
        for bounds in &self.0 {
            match all(bounds.iter().map(|(bound, gate)| bound.admits(version, gate))) {
                Some(true) => return Some(true),
                Some(false) => {}
                None => undecided = true,
            }
        }
        if undecided { None } else { Some(false) }
    }
}

/// "And" over answers of which some are unknown: one "no" decides.
fn all(answers: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut result = Some(true);
    for answer in answers {
        match answer {
            Some(true) => {}
            Some(false) => return Some(false),
            None => result = None,
        }
    }
    result
}

impl Bound {
    fn admits(self, version: &Version, gate: &Version) -> Option<bool> {
        match self {
            Self::AtLeast => version.at_least(gate),
            Self::Below => version.before(gate),
            Self::Above => version.cmp_gate(gate).map(Ordering::is_gt),
            Self::AtMost => version.cmp_gate(gate).map(Ordering::is_le),
            Self::Exactly => version.cmp_gate(gate).map(Ordering::is_eq),
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use Ordering::{Equal, Greater, Less};

    fn v(text: &str) -> Version {
        text.parse().unwrap()
    }

    #[test]
    fn reads_every_shape_of_tag() {
        for text in [
            "1.29.2",
            "v1.28.1",
            "1.29.2-patch0",
            "1.29.2-patch0-solo",
            "1.28.6-solo",
            "1.28.6-fips",
            "1.28.6-solo-fips",
            "1.28.6-distroless",
            "1.28.6-solo-fips-distroless",
            "1.28.6-distroless-fips-solo",
            "1.28.6-debug",
            "1.29.0-alpha.2",
            "1.29.0-beta.1",
            "1.29.0-rc.0",
            "v1.28-latest",
            "1.30-alpha.0a1b2c3d",
            "1.20.0-beta9",
            "1.28",
        ] {
            assert_eq!(v(text).to_string(), text);
        }
    }

    #[test]
    fn what_is_no_version_is_none() {
        for text in [
            "",
            "latest",
            "1",
            "v",
            "vv1.2",
            "a.b",
            "1.x",
            "1.2.3.4",
            "1.29.",
            "1..2",
            "+1.2",
            "-solo",
            "sha256:0a1b",
            "99999999999.1",
            "1.2.+3",
        ] {
            assert!(text.parse::<Version>().is_err(), "{text}");
        }
    }

    #[test]
    fn in_the_order_of_their_making() {
        let order = [
            "1.28.6",
            "1.29.0-alpha.0",
            "1.29.0-alpha.1",
            "1.29.0-beta.0",
            "1.29.0-rc.1",
            "1.29.0-rc.2",
            "1.29.0-rc.10",
            "1.29.0",
            "1.29.2",
            "1.29.2-patch0",
            "1.29.2-patch2",
            "1.29.2-patch10",
            "1.29.3-rc.1",
            "1.29.3",
            "1.29.10",
            "1.30.0-alpha.1",
            "1.30.0",
            "2.0.0",
        ];
        for (i, a) in order.iter().enumerate() {
            for (j, b) in order.iter().enumerate() {
                assert_eq!(v(a).cmp_gate(&v(b)), Some(i.cmp(&j)), "{a} against {b}");
            }
        }
    }

    #[test]
    fn flavours_do_not_count() {
        for text in ["v1.28.6", "1.28.6-solo", "1.28.6-fips", "1.28.6-solo-fips", "1.28.6-fips-solo-debug", "1.28.6-solo-fips-distroless"] {
            assert_eq!(v(text).cmp_gate(&v("1.28.6")), Some(Equal), "{text}");
        }
        assert_eq!(v("1.29.2-patch0-solo").cmp_gate(&v("1.29.2")), Some(Greater));
        assert_eq!(v("1.29.2-patch0-solo-fips").cmp_gate(&v("1.29.2-patch0")), Some(Equal));
        assert!(v("1.28.6-solo-fips").is_solo_build() && v("1.28.6-fips-solo").is_solo_build());
        assert!(!v("1.28.6-fips").is_solo_build() && !v("1.28.6").is_solo_build());
    }

    #[test]
    fn a_minor_alone_decides_nothing_inside_it() {
        for text in ["1.29", "v1.29-latest", "1.29-alpha.0a1b2c", "1.29-dev", "1.29.1-mine.3"] {
            assert_eq!(v(text).cmp_gate(&v("1.29.2-patch0")), None, "{text}");
            assert_eq!(v(text).cmp_gate(&v("1.28.6")), Some(Greater), "{text}");
            assert_eq!(v(text).cmp_gate(&v("1.30.0")), Some(Less), "{text}");
        }
        assert_eq!(v("1.29").at_least(&v("1.29.0")), Some(true));
        assert_eq!(v("1.29-latest").before(&v("1.29.0")), Some(false));
        assert_eq!(v("1.29").at_least(&v("1.29.1")), None);
        assert_eq!(v("1.29-alpha.0a1b2c").at_least(&v("1.29.0")), None);
        assert_eq!(v("1.29.0-mine").at_least(&v("1.29.0")), None);
    }

    #[test]
    fn a_gate_without_patch_is_the_whole_minor() {
        for text in ["1.25", "1.25.0", "1.25.9-solo", "v1.25-latest", "1.25.3-rc.1"] {
            assert_eq!(v(text).cmp_gate(&v("1.25")), Some(Equal), "{text}");
        }
        assert_eq!(v("1.24.9").at_least(&v("1.25")), Some(false));
        assert_eq!(v("1.26.0-alpha.1").at_least(&v("1.25")), Some(true));
        assert_eq!(v("1.25.0-rc.1").at_least(&v("1.25")), None);
        assert_eq!(v("1.25-alpha.0a1b2c").at_least(&v("1.25")), None);
    }

    #[test]
    fn qualifiers_without_number_are_unknown_among_themselves() {
        assert_eq!(v("1.30.0-alpha.0a1b2c").cmp_gate(&v("1.30.0-alpha.2")), None);
        assert_eq!(v("1.30.0-alpha.0a1b2c").cmp_gate(&v("1.30.0-beta.0")), Some(Less));
        assert_eq!(v("1.30.1-patch").cmp_gate(&v("1.30.1")), Some(Greater));
    }

    #[test]
    fn ranges() {
        let range: VersionRange = ">=1.29.0 <1.29.2-patch0".parse().unwrap();
        for (text, inside) in [
            ("1.28.6", Some(false)),
            ("1.29.0-rc.1", Some(false)),
            ("1.29.0", Some(true)),
            ("1.29.2-solo", Some(true)),
            ("1.29.2-patch0-solo", Some(false)),
            ("1.29.2-patch1", Some(false)),
            ("1.29", None),
            ("1.29-latest", None),
            ("1.30", Some(false)),
            ("1.28-latest", Some(false)),
        ] {
            assert_eq!(range.contains(&v(text)), inside, "{text}");
        }
    }

    #[test]
    fn ranges_with_alternatives() {
        let range: VersionRange = ">=1.29 < 1.29.2-patch0||>= 1.28 <1.28.6".parse().unwrap();
        assert_eq!(range.contains(&v("1.28.5-solo")), Some(true));
        assert_eq!(range.contains(&v("1.28.6")), Some(false));
        assert_eq!(range.contains(&v("1.29.1")), Some(true));
        assert_eq!(range.contains(&v("1.28")), None);
        assert_eq!("=1.29.2".parse::<VersionRange>().unwrap().contains(&v("v1.29.2")), Some(true));
        assert_eq!("<=2.3".parse::<VersionRange>().unwrap().contains(&v("2.3.5")), Some(true));
        assert_eq!(">1.27".parse::<VersionRange>().unwrap().contains(&v("1.27.9")), Some(false));
        for text in ["", "1.29.0", ">=", ">=x", "~1.2", ">=1.2 ||", ">=1.2 1.3"] {
            assert!(text.parse::<VersionRange>().is_err(), "{text}");
        }
    }
}
