//! Whether promises are kept.

use super::super::{Senseless, Traced, Tracer, words};
use super::file::{Promise, Status};
use crate::checks::{Certainty, Finding, Label, Place, Severity};
use crate::config::ConfigProblem;
use crate::mesh::walk::{End, Step};
use crate::mesh::{Fact, Object};
use crate::text::{FileId, Span};

/// The name under which a promise that is not kept is reported.
pub const RULE: &str = "expectation-not-met";

/// Follows the requests of a file of promises, known as `file` to reports. Findings are the promises that are not kept.
///
/// # Errors
/// Questions that make no sense for this input, with their places.
pub fn judge(tracer: &Tracer<'_>, promises: &[Promise], file: FileId) -> Result<Vec<Finding>, Vec<ConfigProblem>> {
    let (mut findings, mut problems) = (Vec::new(), Vec::new());
    for promise in promises {
        match broken(tracer, promise, file) {
            Ok(found) => findings.extend(found),
            Err(Senseless { part, message, help }) => {
                problems.push(ConfigProblem { span: promise.place_of(part), message, hint: help });
            }
        }
    }
    if problems.is_empty() { Ok(findings) } else { Err(problems) }
}

/// What is not as promised, with the words at its place.
struct Difference {
    place: Span,
    headline: String,
    label: String,
}

fn broken(tracer: &Tracer<'_>, promise: &Promise, file: FileId) -> Result<Option<Finding>, Senseless> {
    // the matches that were looked at are only needed where something is wrong
    let brief = tracer.ask(&promise.question, true)?;
    let mut differences = differences(promise, &brief).into_iter();
    let Some(first) = differences.next() else { return Ok(None) };
    let whole = tracer.ask(&promise.question, false)?;
    let mut secondary: Vec<Label> = differences.map(|other| Label { place: Place::Bytes(file, other.place), text: other.label }).collect();
    secondary.extend(decisive(&whole));
    let mut notes = vec![format!("`{}` ends so: {}", promise.question.request.line(), words::end(&whole.walk.end))];
    notes.extend(whole.walk.steps.iter().filter_map(|step| match step {
        Step::Unsaid(text) => Some(text.clone()),
        _ => None,
    }));
    Ok(Some(Finding {
        rule: RULE.into(),
        severity: Severity::Error,
        otherwise: false,
        certainty: Certainty::Sure,
        message: format!("`{}`: {}", promise.name, first.headline),
        resource: None,
        primary: Label { place: Place::Bytes(file, first.place), text: first.label },
        secondary,
        notes,
        help: Some(format!("run `{}` to see its way", command(promise))),
        fixes: Vec::new(),
        origin: None,
        known: false,
    }))
}

/// The last things on the way that files say, but for pods: the place to look at first.
fn decisive(traced: &Traced<'_>) -> Vec<Label> {
    let lines = traced.walk.steps.iter().flat_map(|step| words::step(step, false)).filter(|line| line.depth == 0);
    let mut found: Vec<Label> = Vec::new();
    for line in lines.collect::<Vec<_>>().into_iter().rev() {
        let Some(place) = line.place.map(Place::Node) else { continue };
        if found.iter().all(|label| label.place != place) && found.len() < 2 {
            found.push(Label { place, text: line.text });
        }
    }
    found
}

fn differences(promise: &Promise, traced: &Traced<'_>) -> Vec<Difference> {
    let (wanted, walk) = (&promise.wanted, &traced.walk);
    let mut found = Vec::new();
    let mut differs = |place: Span, what: &str, expected: &str, really: String| {
        found.push(Difference { place, headline: format!("{what} is {really}, not {expected}"), label: format!("it is {really}") });
    };
    let unknown = walk.served() == Fact::Unknown;
    if let Some((status, place)) = wanted.status {
        let (expected, kept) = match status {
            Status::Closed => ("a closed connection".to_owned(), matches!(walk.end, End::Closed { .. })),
            // a backend that is reached says what it likes; that it refuses is nothing that files promise
            Status::Is(status) => (status.to_string(), answered(&walk.end) == Some(status) || reached(&walk.end).is_some() && status < 400),
        };
        if !kept || unknown {
            let really = match &walk.end {
                _ if unknown => "not known".to_owned(),
                End::Answer { status, .. } => status.to_string(),
                End::Closed { .. } => "a closed connection".to_owned(),
                End::Reached { .. } => "what the backend answers".to_owned(),
                End::Unknown(_) => "not known".to_owned(),
            };
            differs(place, "the status", &expected, really);
        }
    }
    let (service, port) = reached(&walk.end).unzip();
    if let Some((name, place)) = &wanted.service
        && !service.is_some_and(|service| is_named(service, name))
    {
        let really = service.map_or_else(|| "none".to_owned(), |service| format!("`{}`", service.full_name()));
        differs(*place, "the Service", &format!("`{name}`"), really);
    }
    if let Some((number, place)) = wanted.port
        && port != Some(number.into())
    {
        differs(place, "the port", &number.to_string(), port.map_or_else(|| "none".to_owned(), |port| port.to_string()));
    }
    if let Some((name, place)) = &wanted.waypoint {
        let kept = match (name, walk.waypoint) {
            (None, None) => true,
            (Some(name), Some(waypoint)) => is_named(waypoint, name),
            _ => false,
        };
        if !kept {
            let expected = name.as_ref().map_or_else(|| "none".to_owned(), |name| format!("`{name}`"));
            let really = walk.waypoint.map_or_else(|| "none".to_owned(), |waypoint| format!("`{}`", waypoint.full_name()));
            differs(*place, "the waypoint", &expected, really);
        }
    }
    for (name, value, place) in &wanted.headers {
        let seen = if name.eq_ignore_ascii_case("host") { Some(walk.request.host.as_str().into()) } else { walk.request.header(name) };
        if seen.as_deref() != value.as_deref() {
            let expected = value.as_ref().map_or_else(|| "absent".to_owned(), |value| format!("`{value}`"));
            let really = seen.map_or_else(|| "absent".to_owned(), |seen| format!("`{seen}`"));
            differs(*place, &format!("header `{name}` behind the gateway"), &expected, really);
        }
    }
    if let Some((location, place)) = &wanted.location {
        let sent = match &walk.end {
            End::Answer { location, .. } => location.as_deref(),
            _ => None,
        };
        if sent != Some(location) {
            let really = sent.map_or_else(|| "absent".to_owned(), |sent| format!("`{sent}`"));
            differs(*place, "the location", &format!("`{location}`"), really);
        }
    }
    found
}

fn answered(end: &End<'_>) -> Option<u16> {
    match end {
        End::Answer { status, .. } => Some(*status),
        _ => None,
    }
}

fn reached<'m>(end: &End<'m>) -> Option<(Object<'m>, i64)> {
    match end {
        End::Reached { service, port } => Some((*service, *port)),
        _ => None,
    }
}

/// Whether an object is meant by `[[CLUSTER/]NAMESPACE/]NAME`, or a Service by its global host.
fn is_named(object: Object<'_>, name: &str) -> bool {
    let own =
        [object.id.name.to_string(), format!("{}/{}", object.namespace().name().unwrap_or_default(), object.id.name), object.full_name()];
    let global = || {
        let host = crate::mesh::ServiceView::of(object).map(|service| service.global_host());
        matches!(host, Some(Fact::Known(Some(host))) if host.eq_ignore_ascii_case(name))
    };
    own.iter().any(|own| own == name) || name.contains('.') && global()
}

/// The command that shows the way of a promise's request.
fn command(promise: &Promise) -> String {
    let question = &promise.question;
    let request = &question.request;
    let mut words = vec!["meshgate trace".to_owned(), quoted(&url(promise))];
    if request.method != "GET" {
        words.push(format!("-X {}", request.method));
    }
    let hosted = request.server_name.as_ref().is_some_and(|name| *name != request.host);
    words.extend(hosted.then(|| format!("-H {}", quoted(&format!("Host: {}", request.host)))));
    words.extend(request.headers.iter().map(|(name, value)| format!("-H {}", quoted(&format!("{name}: {value}")))));
    words.extend(question.gateway.iter().map(|gateway| format!("--gateway {gateway}")));
    words.extend(question.from.iter().map(|from| format!("--from {from}")));
    words.extend(question.east_west.then(|| "--east-west".to_owned()));
    words.extend(request.client.iter().map(|address| format!("--client-ip {address}")));
    words.extend(question.what_if.down.iter().map(|name| format!("--down {name}")));
    words.extend(question.what_if.not_ready.iter().map(|name| format!("--not-ready {name}")));
    words.join(" ")
}

fn url(promise: &Promise) -> String {
    let request = &promise.question.request;
    let host = request.server_name.as_ref().unwrap_or(&request.host);
    let line = crate::mesh::Request { host: host.clone(), ..request.clone() }.line();
    line.split_once(' ').map(|(_, url)| url.to_owned()).unwrap_or_default()
}

/// A word of a shell.
fn quoted(word: &str) -> String {
    let plain = word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/:._-%+=,@~".contains(&byte));
    if plain { word.to_owned() } else { format!("'{}'", word.replace('\'', "'\\''")) }
}
