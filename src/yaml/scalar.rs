//! What a plain scalar means to kubectl: the rules of go-yaml v2, which sigs.k8s.io/yaml uses (YAML 1.1 booleans,
//! base-0 integers).

use std::borrow::Cow;

/// A scalar's value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Resolved<'a> {
    /// `null`, `~` or nothing.
    Null,
    /// A boolean, YAML 1.1's words included.
    Bool(bool),
    /// An integer that fits 64 bits with sign.
    Int(i64),
    /// An integer above that.
    Uint(u64),
    /// Any other number.
    Float(f64),
    /// Text.
    Str(&'a str),
    /// The key `<<`.
    Merge,
}

/// Resolves the text of a plain scalar.
pub fn resolve(text: &str) -> Resolved<'_> {
    use Resolved::{Bool, Float, Merge, Null, Str};
    let Some(first) = text.bytes().next() else {
        return Null;
    };
    match first {
        b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' | b'~' => match text {
            "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => Bool(true),
            "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => Bool(false),
            "~" | "null" | "Null" | "NULL" => Null,
            _ => Str(text),
        },
        b'<' if text == "<<" => Merge,
        b'.' => match text {
            ".nan" | ".NaN" | ".NAN" => Float(f64::NAN),
            ".inf" | ".Inf" | ".INF" => Float(f64::INFINITY),
            _ => number(text),
        },
        b'0'..=b'9' | b'+' | b'-' => number(text),
        _ => Str(text),
    }
}

/// What kubectl makes of a plain key: text stays, booleans and numbers are written anew (sigs.k8s.io/yaml,
/// `convertToJSONableObject`). None for null, for what it refuses, and for numbers that it writes with an exponent.
pub fn key_as_text(key: Resolved<'_>) -> Option<Cow<'_, str>> {
    Some(match key {
        Resolved::Str(text) => text.into(),
        Resolved::Bool(key) => if key { "true" } else { "false" }.into(),
        Resolved::Int(number) => number.to_string().into(),
        #[expect(clippy::cast_possible_truncation, reason = "Go's `FormatFloat` with 32 bits")]
        Resolved::Float(number) if number == 0.0 || (1e-4..1e6).contains(&number.abs()) => (number as f32).to_string().into(),
        Resolved::Float(_) | Resolved::Uint(_) | Resolved::Null | Resolved::Merge => return None,
    })
}

fn number(text: &str) -> Resolved<'_> {
    use Resolved::{Float, Str};
    match text {
        "+.inf" | "+.Inf" | "+.INF" => return Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => return Float(f64::NEG_INFINITY),
        _ => {}
    }
    let without_underscores: String;
    let plain = if text.contains('_') {
        without_underscores = text.replace('_', "");
        without_underscores.as_str()
    } else {
        text
    };
    if let Some(value) = integer(plain) {
        return value;
    }
    if is_decimal(plain.trim_start_matches(['+', '-'])) && !plain.starts_with("+-") && !plain.starts_with("-+") {
        return plain.parse().map_or(Str(text), Float);
    }
    Str(text)
}

/// `strconv.ParseInt(plain, 0, 64)`, then `ParseUint`.
fn integer(plain: &str) -> Option<Resolved<'static>> {
    let (negative, signed, body) = match plain.as_bytes().first()? {
        b'-' => (true, true, plain.get(1..)?),
        b'+' => (false, true, plain.get(1..)?),
        _ => (false, false, plain),
    };
    let (radix, digits) = match body.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, body.get(2..)?),
        [b'0', b'o' | b'O', ..] => (8, body.get(2..)?),
        [b'0', b'b' | b'B', ..] => (2, body.get(2..)?),
        [b'0', _, ..] => (8, body.get(1..)?),
        _ => (10, body),
    };
    if digits.is_empty() || !digits.bytes().all(|c| c.is_ascii_alphanumeric()) {
        return None;
    }
    let magnitude = u64::from_str_radix(digits, radix).ok()?;
    if negative {
        return 0_i64.checked_sub_unsigned(magnitude).map(Resolved::Int);
    }
    match i64::try_from(magnitude) {
        Ok(int) => Some(Resolved::Int(int)),
        Err(_) if !signed => Some(Resolved::Uint(magnitude)),
        Err(_) => None,
    }
}

/// `(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`
fn is_decimal(body: &str) -> bool {
    let (mantissa, exponent) = body.find(['e', 'E']).map_or((body, None), |at| {
        let (mantissa, exponent) = body.split_at(at);
        (mantissa, exponent.get(1..))
    });
    let digits = |s: &str| s.bytes().all(|c| c.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').map_or((mantissa, None), |(w, f)| (w, Some(f)));
    digits(whole)
        && fraction.is_none_or(digits)
        && (!whole.is_empty() || fraction.is_some_and(|f| !f.is_empty()))
        && exponent.is_none_or(|e| {
            let e = e.strip_prefix(['+', '-']).unwrap_or(e);
            !e.is_empty() && digits(e)
        })
}

#[cfg(test)]
mod tests {
    use super::{Resolved::*, key_as_text, resolve};

    #[test]
    fn keys_as_kubectl_writes_them() {
        for (key, text) in [
            ("app", Some("app")),
            ("on", Some("true")),
            ("No", Some("false")),
            ("8080", Some("8080")),
            ("0644", Some("420")),
            ("1_000", Some("1000")),
            ("1.10", Some("1.1")),
            ("1.5", Some("1.5")),
            ("08", Some("8")),
            ("1e3", Some("1000")),
            ("1.10.2", Some("1.10.2")),
            ("1e30", None),
            (".inf", None),
            ("18446744073709551615", None),
            ("~", None),
        ] {
            assert_eq!(key_as_text(resolve(key)).as_deref(), text, "{key}");
        }
    }

    #[test]
    fn as_kubectl_reads_them() {
        for (text, value) in [
            ("", Null),
            ("~", Null),
            ("yes", Bool(true)),
            ("Off", Bool(false)),
            ("y", Bool(true)),
            ("YeS", Str("YeS")),
            ("8080", Int(8080)),
            ("1_000", Int(1000)),
            ("0644", Int(420)),
            ("0o17", Int(15)),
            ("0x1F", Int(31)),
            ("0b101", Int(5)),
            ("-5", Int(-5)),
            ("+5", Int(5)),
            ("08", Float(8.0)),
            ("18446744073709551615", Uint(u64::MAX)),
            ("-9223372036854775808", Int(i64::MIN)),
            ("1.5", Float(1.5)),
            ("1.", Float(1.0)),
            (".5", Float(0.5)),
            ("1e3", Float(1000.0)),
            ("1.29.2", Str("1.29.2")),
            ("1.29", Float(1.29)),
            ("-", Str("-")),
            ("+", Str("+")),
            ("0x", Str("0x")),
            (".inf", Float(f64::INFINITY)),
            ("-.inf", Float(f64::NEG_INFINITY)),
            (".", Str(".")),
            ("..", Str("..")),
            ("1e", Str("1e")),
            ("e1", Str("e1")),
            ("10.0.0.1", Str("10.0.0.1")),
            ("::1", Str("::1")),
            ("<<", Merge),
            ("nullable", Str("nullable")),
        ] {
            assert_eq!(resolve(text), value, "{text}");
        }
    }
}
