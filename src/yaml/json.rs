//! JSON that libyaml would refuse and kubectl, which reads JSON by a reader of its own, does not: characters written as
//! two surrogates (`"\ud83d\ude00"`).

use std::borrow::Cow;
use std::fmt::Write;

/// Where the halves of surrogate pairs are moved to: from U+D800 to the private use area.
const MOVED: u32 = 0xE000 - 0xD800;

/// Whether kubectl reads the text as JSON.
pub(super) fn is_json(text: &str) -> bool {
    let inside = text.trim_start_matches('\u{feff}').trim_start().strip_prefix('{');
    inside.is_some_and(|inside| inside.trim_start().starts_with(['"', '}']))
}

/// The text as libyaml may read it, of the same length: each escaped surrogate is an escaped character of the private use
/// area, until [`unmoved`] joins them.
pub(super) fn readable(text: &str) -> Cow<'_, str> {
    if !is_json(text) || !(text.contains("\\ud") || text.contains("\\uD")) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, escape)) = rest.split_once('\\') {
        out.push_str(before);
        out.push('\\');
        if let Some(code) = surrogate(escape) {
            let _ = write!(out, "u{:04x}", code + MOVED);
            rest = escape.get(5..).unwrap_or_default();
        } else {
            // the second half of `\\` starts no escape
            let (skipped, after) = escape.strip_prefix('\\').map_or(("", escape), |after| ("\\", after));
            out.push_str(skipped);
            rest = after;
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// The surrogate that `u` and four digits say.
fn surrogate(escape: &str) -> Option<u32> {
    let digits = escape.strip_prefix('u')?.get(..4)?;
    if !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    u32::from_str_radix(digits, 16).ok().filter(|code| (0xD800..0xE000).contains(code))
}

/// The value of a scalar with this source text that was read from [`readable`] text: pairs are one character, and half of
/// a pair is U+FFFD, as in Go.
pub(super) fn unmoved(source: &str, value: String) -> String {
    if !source.contains("\\ud") && !source.contains("\\uD") {
        return value;
    }
    let half = |c: char| u32::from(c).checked_sub(MOVED).filter(|code| (0xD800..0xE000).contains(code));
    let mut out = String::with_capacity(value.len());
    let mut chars = value.chars().peekable();
    while let Some(c) = chars.next() {
        let Some(high) = half(c) else {
            out.push(c);
            continue;
        };
        let low = chars.peek().and_then(|next| half(*next)).filter(|low| high < 0xDC00 && *low >= 0xDC00);
        let pair = low.and_then(|low| char::from_u32(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00)));
        if pair.is_some() {
            chars.next();
        }
        out.push(pair.unwrap_or(char::REPLACEMENT_CHARACTER));
    }
    out
}
