//! The formats of texts that the API server checks in custom resources, as far as they are clear.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::LazyLock;

use regex::Regex;

type Pattern = LazyLock<Option<Regex>>;

/// A format of texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Ipv4,
    Ipv6,
    Cidr,
    Uri,
    Uuid,
    DateTime,
    Date,
    /// Nothing is refused for it here; in CEL it makes the text a number of nanoseconds.
    Duration,
    /// Bytes as base64, which CEL sees as bytes.
    Bytes,
}

impl Format {
    pub(super) fn named(word: &str) -> Option<Self> {
        Some(match word {
            "ipv4" => Self::Ipv4,
            "ipv6" => Self::Ipv6,
            "cidr" => Self::Cidr,
            "uri" => Self::Uri,
            "uuid" => Self::Uuid,
            "date-time" => Self::DateTime,
            "date" => Self::Date,
            "duration" => Self::Duration,
            "byte" => Self::Bytes,
            _ => return None,
        })
    }

    /// "an IPv4 address".
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Ipv4 => "an IPv4 address",
            Self::Ipv6 => "an IPv6 address",
            Self::Cidr => "a range of addresses such as `10.0.0.0/8`",
            Self::Uri => "a URI",
            Self::Uuid => "a UUID",
            Self::DateTime => "a time such as `2030-01-31T12:00:00Z`",
            Self::Date => "a date such as `2030-01-31`",
            Self::Duration => "a duration",
            Self::Bytes => "base64",
        }
    }

    /// Whether a text may have it; what is not clear may.
    pub(super) fn allows(self, text: &str) -> bool {
        static UUID: Pattern = LazyLock::new(|| Regex::new("(?i)^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$").ok());
        static DATE_TIME: Pattern =
            LazyLock::new(|| Regex::new(r"(?i)^\d{4}-\d{2}-\d{2}t\d{2}:\d{2}:\d{2}(.\d+)?(z|[+-]\d{2}:\d{2})$").ok());
        static DATE: Pattern = LazyLock::new(|| Regex::new(r"^\d{4}-\d{2}-\d{2}$").ok());
        static URI: Pattern = LazyLock::new(|| Regex::new(r"^(/|[A-Za-z][A-Za-z0-9+.-]*:)").ok());
        let fits = |regex: &Option<Regex>| regex.as_ref().is_none_or(|regex| regex.is_match(text));
        match self {
            Self::Ipv4 => text.parse::<Ipv4Addr>().is_ok(),
            Self::Ipv6 => text.parse::<Ipv6Addr>().is_ok(),
            Self::Cidr => text.split_once('/').is_some_and(|(address, prefix)| {
                let most = if address.parse::<Ipv4Addr>().is_ok() { Some(32) } else { address.parse::<Ipv6Addr>().is_ok().then_some(128) };
                prefix.parse::<u8>().ok().zip(most).is_some_and(|(prefix, most)| prefix <= most)
            }),
            Self::Uri => fits(&URI),
            Self::Uuid => fits(&UUID),
            Self::DateTime => fits(&DATE_TIME),
            Self::Date => fits(&DATE),
            Self::Duration | Self::Bytes => true,
        }
    }
}
