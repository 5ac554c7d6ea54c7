//! The functions that Kubernetes adds to CEL.

use std::cell::RefCell;
use std::cmp::Ordering;
use std::sync::Arc;

use cel::common::types::{DOUBLE_TYPE, INT_TYPE, LIST_TYPE, STRING_TYPE};
use cel::common::value::{CowVal, Val};
use cel::{Env, ExecutionError, Value};
use regex::{Regex, RegexBuilder};
use rustc_hash::FxHashMap;

use super::net::{Cidr, Url, address};
use super::{list_value, text_value, time};

type Found = Result<Value, String>;

/// Declares functions: `of` ones are called on their first argument, `free` ones are not.
macro_rules! functions {
    ($env:ident: $($style:ident $name:literal ($($type:ident),*) $does:expr;)*) => {$(
        functions!(@$style $env, $name, [$($type),*], |args| call($name, &args, $does));
    )*};
    (@free $env:ident, $name:literal, [$($type:ident),*], $does:expr) => {
        let _ = $env.add_overload($name, concat!($name, "_free", $("_", stringify!($type)),*), vec![$($type),*], $does);
    };
    (@of $env:ident, $name:literal, [$own:ident $(, $type:ident)*], $does:expr) => {
        let id = concat!($name, "_of_", stringify!($own), $("_", stringify!($type)),*);
        let _ = $env.add_member_overload($name, id, $own, vec![$($type),*], $does);
    };
}

/// Adds all of them. What is declared already stays.
pub(super) fn add(env: &mut Env) {
    texts(env);
    times_and_quantities(env);
    networks(env);
    lists(env);
}

fn call<'b, 'v>(name: &str, args: &[CowVal<'b, 'v>], does: fn(&[Value]) -> Found) -> Result<CowVal<'b, 'v>, ExecutionError> {
    let wrong = |why: &str| ExecutionError::function_error(name, why);
    let args: Result<Vec<Value>, _> = args.iter().map(|arg| Value::try_from(&**arg)).collect();
    let found = does(&args.map_err(|_| wrong("a value of another kind"))?).map_err(|why| wrong(&why))?;
    let found: Box<dyn Val> = found.try_into().map_err(|_| wrong("no value"))?;
    Ok(CowVal::Owned(found))
}

fn texts(env: &mut Env) {
    functions! { env:
        of "matches" (STRING_TYPE, STRING_TYPE) matches;
        free "matches" (STRING_TYPE, STRING_TYPE) matches;
        of "find" (STRING_TYPE, STRING_TYPE) |args| {
            let own = text(args, 0)?;
            with_pattern(text(args, 1)?, |regex| Ok(text_value(regex.find(own).map_or("", |found| found.as_str()))))
        };
        of "findAll" (STRING_TYPE, STRING_TYPE) |args| find_all(args, usize::MAX);
        of "findAll" (STRING_TYPE, STRING_TYPE, INT_TYPE) |args| {
            // a negative number is no limit
            find_all(args, usize::try_from(int(args, 2)?).unwrap_or(usize::MAX))
        };
    }
}

fn matches(args: &[Value]) -> Found {
    let own = text(args, 0)?;
    with_pattern(text(args, 1)?, |regex| Ok(Value::Bool(regex.is_match(own))))
}

fn find_all(args: &[Value], most: usize) -> Found {
    let own = text(args, 0)?;
    with_pattern(text(args, 1)?, |regex| Ok(list_value(regex.find_iter(own).take(most).map(|found| text_value(found.as_str())).collect())))
}

/// Patterns are few and asked about often.
fn with_pattern(pattern: &str, ask: impl FnOnce(&Regex) -> Found) -> Found {
    const MOST: usize = 256;
    thread_local! {
        static KNOWN: RefCell<FxHashMap<String, Option<Regex>>> = RefCell::default();
    }
    let found = KNOWN.with_borrow_mut(|known| {
        if known.len() >= MOST && !known.contains_key(pattern) {
            known.clear();
        }
        known.entry(pattern.to_owned()).or_insert_with(|| RegexBuilder::new(pattern).size_limit(1 << 20).build().ok()).clone()
    });
    ask(&found.ok_or("no pattern")?)
}

fn times_and_quantities(env: &mut Env) {
    functions! { env:
        free "duration" (STRING_TYPE) |args| time::duration(text(args, 0)?).map(Value::Int).ok_or_else(|| "no duration".to_owned());
        free "timestamp" (STRING_TYPE) |args| time::timestamp(text(args, 0)?).map(Value::Int).ok_or_else(|| "no timestamp".to_owned());
        of "getHours" (INT_TYPE) |args| Ok(Value::Int(int(args, 0)? / 3_600_000_000_000));
        of "getMinutes" (INT_TYPE) |args| Ok(Value::Int(int(args, 0)? / 60_000_000_000));
        of "getSeconds" (INT_TYPE) |args| Ok(Value::Int(int(args, 0)? / 1_000_000_000));
        free "isQuantity" (STRING_TYPE) |args| Ok(Value::Bool(quantity(text(args, 0)?).is_some()));
        free "quantity" (STRING_TYPE) |args| quantity(text(args, 0)?).map(Value::Float).ok_or_else(|| "no quantity".to_owned());
        of "isGreaterThan" (DOUBLE_TYPE, DOUBLE_TYPE) |args| Ok(Value::Bool(float(args, 0)? > float(args, 1)?));
        of "isLessThan" (DOUBLE_TYPE, DOUBLE_TYPE) |args| Ok(Value::Bool(float(args, 0)? < float(args, 1)?));
        of "compareTo" (DOUBLE_TYPE, DOUBLE_TYPE) |args| Ok(Value::Int(float(args, 0)?.total_cmp(&float(args, 1)?) as i64));
        of "asApproximateFloat" (DOUBLE_TYPE) |args| Ok(Value::Float(float(args, 0)?));
        of "isInteger" (DOUBLE_TYPE) |args| Ok(Value::Bool(float(args, 0)?.fract() == 0.0));
        of "sign" (DOUBLE_TYPE) |args| Ok(Value::Int(float(args, 0)?.total_cmp(&0.0) as i64));
        of "add" (DOUBLE_TYPE, DOUBLE_TYPE) |args| Ok(Value::Float(float(args, 0)? + float(args, 1)?));
        of "sub" (DOUBLE_TYPE, DOUBLE_TYPE) |args| Ok(Value::Float(float(args, 0)? - float(args, 1)?));
    }
}

/// A quantity such as `100m` or `1.5Gi`.
fn quantity(text: &str) -> Option<f64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let end = text.len() - digits.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.').len();
    let (number, unit) = text.split_at(end);
    let plain: f64 = number.parse().ok().filter(|_| number.contains(|c: char| c.is_ascii_digit()))?;
    let by = |factor: f64| Some(plain * factor);
    let part = |divisor: f64| Some(plain / divisor);
    match unit {
        "" => Some(plain),
        "n" => part(1e9),
        "u" => part(1e6),
        "m" => part(1e3),
        "k" => by(1e3),
        "M" => by(1e6),
        "G" => by(1e9),
        "T" => by(1e12),
        "P" => by(1e15),
        "E" => by(1e18),
        "Ki" => by(1024.0),
        "Mi" => by(f64::from(1 << 20)),
        "Gi" => by(f64::from(1 << 30)),
        "Ti" => by(1024_f64.powi(4)),
        "Pi" => by(1024_f64.powi(5)),
        "Ei" => by(1024_f64.powi(6)),
        exponent => {
            let power = exponent.strip_prefix(['e', 'E'])?;
            let digits = power.strip_prefix(['+', '-']).unwrap_or(power);
            let written = (1..=3).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
            written.then(|| format!("{number}e{power}").parse().ok()).flatten()
        }
    }
}

fn networks(env: &mut Env) {
    functions! { env:
        free "isURL" (STRING_TYPE) |args| Ok(Value::Bool(Url::parse(text(args, 0)?).is_some()));
        free "url" (STRING_TYPE) |args| url(args).map(|_| args.first().cloned().unwrap_or(Value::Null));
        of "getScheme" (STRING_TYPE) |args| Ok(text_value(&url(args)?.scheme.to_ascii_lowercase()));
        of "getHost" (STRING_TYPE) |args| Ok(text_value(url(args)?.host));
        of "getHostname" (STRING_TYPE) |args| Ok(text_value(url(args)?.name()));
        of "getPort" (STRING_TYPE) |args| Ok(text_value(url(args)?.port()));
        of "getEscapedPath" (STRING_TYPE) |args| Ok(text_value(url(args)?.path));
        free "isIP" (STRING_TYPE) |args| Ok(Value::Bool(address(text(args, 0)?).is_some()));
        free "ip" (STRING_TYPE) |args| Ok(text_value(&ip(args, 0)?.to_string()));
        free "ip.isCanonical" (STRING_TYPE) |args| Ok(Value::Bool(ip(args, 0)?.to_string() == text(args, 0)?));
        of "family" (STRING_TYPE) |args| Ok(Value::Int(if ip(args, 0)?.is_ipv4() { 4 } else { 6 }));
        of "isUnspecified" (STRING_TYPE) |args| Ok(Value::Bool(ip(args, 0)?.is_unspecified()));
        of "isLoopback" (STRING_TYPE) |args| Ok(Value::Bool(ip(args, 0)?.is_loopback()));
        free "isCIDR" (STRING_TYPE) |args| Ok(Value::Bool(Cidr::parse(text(args, 0)?).is_some()));
        free "cidr" (STRING_TYPE) |args| cidr(args, 0).map(|range| text_value(&format!("{}/{}", range.address, range.prefix)));
        of "prefixLength" (STRING_TYPE) |args| Ok(Value::Int(cidr(args, 0)?.prefix.into()));
        of "ip" (STRING_TYPE) |args| Ok(text_value(&cidr(args, 0)?.address.to_string()));
        of "containsIP" (STRING_TYPE, STRING_TYPE) |args| Ok(Value::Bool(cidr(args, 0)?.contains(ip(args, 1)?)));
        of "containsCIDR" (STRING_TYPE, STRING_TYPE) |args| {
            let (outer, inner) = (cidr(args, 0)?, cidr(args, 1)?);
            Ok(Value::Bool(outer.contains(inner.address) && inner.prefix >= outer.prefix))
        };
    }
}

fn url(args: &[Value]) -> Result<Url<'_>, String> {
    Url::parse(text(args, 0)?).ok_or_else(|| "no URL".to_owned())
}

fn ip(args: &[Value], n: usize) -> Result<std::net::IpAddr, String> {
    address(text(args, n)?).ok_or_else(|| "no address".to_owned())
}

fn cidr(args: &[Value], n: usize) -> Result<Cidr, String> {
    Cidr::parse(text(args, n)?).ok_or_else(|| "no range of addresses".to_owned())
}

fn lists(env: &mut Env) {
    functions! { env:
        of "isSorted" (LIST_TYPE) |args| {
            let in_order = |pair: &[Value]| matches!(pair, [a, b] if matches!(a.partial_cmp(b), Some(Ordering::Less | Ordering::Equal)));
            Ok(Value::Bool(list(args, 0)?.windows(2).all(in_order)))
        };
        of "sum" (LIST_TYPE) |args| list(args, 0)?.iter().try_fold(Value::Int(0), |sum, item| match (sum, item) {
            (Value::Int(a), Value::Int(b)) => a.checked_add(*b).map(Value::Int).ok_or_else(|| "too large".to_owned()),
            (Value::Int(0), Value::Float(b)) => Ok(Value::Float(*b)),
            (Value::Float(a), Value::Float(b)) => Ok(Value::Float(a + b)),
            _ => Err("not numbers".to_owned()),
        });
        of "min" (LIST_TYPE) |args| first(args, Ordering::Less);
        of "max" (LIST_TYPE) |args| first(args, Ordering::Greater);
        free "sets.contains" (LIST_TYPE, LIST_TYPE) |args| Ok(Value::Bool(covers(args, 0, 1)?));
        free "sets.equivalent" (LIST_TYPE, LIST_TYPE) |args| Ok(Value::Bool(covers(args, 0, 1)? && covers(args, 1, 0)?));
        free "sets.intersects" (LIST_TYPE, LIST_TYPE) |args| {
            let (some, others) = (bounded(args, 0)?, bounded(args, 1)?);
            Ok(Value::Bool(some.iter().any(|item| others.contains(item))))
        };
    }
}

/// The least or the greatest.
fn first(args: &[Value], wanted: Ordering) -> Found {
    let items = list(args, 0)?;
    let best = items.iter().try_fold(None, |best: Option<&Value>, item| match best.map(|best| item.partial_cmp(best)) {
        Some(None) => Err("not to be compared"),
        Some(Some(order)) if order != wanted => Ok(best),
        _ => Ok(Some(item)),
    })?;
    best.cloned().ok_or_else(|| "an empty list".to_owned())
}

fn covers(args: &[Value], all: usize, some: usize) -> Result<bool, String> {
    let (all, some) = (bounded(args, all)?, bounded(args, some)?);
    Ok(some.iter().all(|item| all.contains(item)))
}

/// A list that is short enough to be compared with another, each with each.
fn bounded(args: &[Value], n: usize) -> Result<&[Value], String> {
    let found = list(args, n)?;
    if found.len() > 1000 { Err("a list too long to compare".to_owned()) } else { Ok(found) }
}

fn text(args: &[Value], n: usize) -> Result<&str, String> {
    match args.get(n) {
        Some(Value::String(text)) => Ok(text),
        _ => Err("not text".to_owned()),
    }
}

fn int(args: &[Value], n: usize) -> Result<i64, String> {
    match args.get(n) {
        Some(Value::Int(number)) => Ok(*number),
        _ => Err("no integer".to_owned()),
    }
}

fn float(args: &[Value], n: usize) -> Result<f64, String> {
    match args.get(n) {
        Some(Value::Float(number)) => Ok(*number),
        _ => Err("no number".to_owned()),
    }
}

fn list(args: &[Value], n: usize) -> Result<&Arc<Vec<Value>>, String> {
    match args.get(n) {
        Some(Value::List(items)) => Ok(items),
        _ => Err("no list".to_owned()),
    }
}
