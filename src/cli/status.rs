//! `meshgate status`.

use std::io;

use super::args::{AnswerFormat, Global, Status};
use super::printing::{counted, failed, failure, no_manifests, reading};
use super::{Exit, Streams};
use crate::lint::Session;
use crate::mesh::{Mesh, ObjectName};
use crate::status::{Selected, Shown};
use crate::text::{World, near, one_line};

pub(super) fn run(args: &Status, global: &Global, world: &dyn World, streams: &mut Streams<'_>) -> io::Result<Exit> {
    let request = reading(&args.input);
    let mut session = match Session::open(world, &request) {
        Ok(session) => session,
        Err(why) => return failure(&why, world, streams),
    };
    for path in session.unreadable() {
        writeln!(streams.err, "error: {}: {}", one_line(&path.shown), path.error)?;
    }
    let broken = session.broken();
    if !session.unreadable().is_empty() || (broken == 0 && no_manifests(&session.statistics(), streams)?) {
        return Ok(Exit::Failed);
    }
    let mesh = session.mesh();
    if let Some(name) = args.gateway.as_ref().filter(|name| mesh.gateways_named(name).is_empty()) {
        return failed(&no_such_gateway(&mesh, name), streams);
    }
    let statuses = mesh.statuses();
    let selected = Selected::of(&statuses, args.gateway.as_ref());
    let texts = match session.texts(selected.places()) {
        Ok(texts) => texts,
        Err(why) => return failure(&why, world, streams),
    };
    let shown = Shown::new(&selected, &texts);
    match args.output_format {
        AnswerFormat::Full => shown.full(global.verbose, streams.style, streams.out)?,
        AnswerFormat::Json => shown.json(streams.out)?,
    }
    streams.out.flush()?;
    let counts = shown.counts();
    if !global.quiet && args.output_format == AnswerFormat::Full {
        writeln!(
            streams.err,
            "{}: {} as it should be, {} not, {} unknown",
            counted(counts.objects, "object", "objects"),
            counted(counts.good, "condition is", "conditions are"),
            counts.bad,
            counts.unknown - counts.never_told
        )?;
        if broken > 0 {
            writeln!(streams.err, "hint: {} not read; `meshgate lint` says why", counted(broken, "manifest is", "manifests are"))?;
        }
        if counts.outside > 0 && !mesh.settings().complete {
            writeln!(streams.err, "hint: --complete takes what is not in the input for absent")?;
        }
    }
    Ok(if counts.bad > 0 { Exit::Found } else { Exit::Clean })
}

/// Says which Gateways there are.
fn no_such_gateway(mesh: &Mesh, name: &ObjectName) -> String {
    let mut names: Vec<String> = mesh.gateways().map(|gateway| ObjectName::of(gateway.object).to_string()).collect();
    names.sort_unstable();
    names.dedup();
    let wanted = name.to_string();
    let whole = format!("there is no Gateway `{}`", one_line(&wanted));
    if let Some(near) = near(&wanted, names.iter().map(String::as_str)) {
        return format!("{whole}; did you mean `{}`?", one_line(near));
    }
    if names.is_empty() {
        return format!("{whole}, and no other");
    }
    let names: Vec<_> = names.iter().map(|name| format!("`{}`", one_line(name))).collect();
    format!("{whole}; the input holds {}", crate::mesh::in_words(names))
}
