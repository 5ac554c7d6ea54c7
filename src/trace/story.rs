//! A walk as people read it.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style as Paint};

use super::{Traced, words};
use crate::checks::Place;
use crate::mesh::Fact;
use crate::report::{Sources, Style};
use crate::text::{LineIndex, one_line};
use crate::yaml::NodeId;

/// Writes a short story: the request, what happens on its way with the places that say so, and how it ends. `verbose`
/// shows every match that was looked at.
pub fn story(traced: &Traced<'_>, sources: &dyn Sources, verbose: bool, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let paint = |paint: Paint, text: &str| if style.color { format!("{paint}{text}{paint:#}") } else { text.to_owned() };
    let dim = |text: &str| paint(Paint::new().dimmed(), text);
    let identity = traced.caller.as_ref().map(|caller| &caller.identity);
    let from = words::client(&traced.request, identity);
    writeln!(out, "{} {}", paint(Paint::new().bold(), &one_line(&traced.request.line())), one_line(&format!("from {from}")))?;
    for line in traced.walk.steps.iter().flat_map(|step| words::step(step, verbose)) {
        let place = line.place.map(|node| place(node, sources)).filter(|place| !place.is_empty());
        let place = place.map(|place| format!("  {}", dim(&one_line(&place)))).unwrap_or_default();
        writeln!(out, "  {:indent$}{}{place}", "", one_line(&line.text), indent = line.depth * 2)?;
    }
    let (mark, color) = match traced.walk.served() {
        Fact::Known(true) => ("served", AnsiColor::Green),
        Fact::Known(false) => ("not served", AnsiColor::Red),
        Fact::Unknown => ("not known", AnsiColor::Yellow),
    };
    let end = words::end(&traced.walk.end);
    let end = if traced.walk.doubtful { format!("{mark}: if it is so, {end}") } else { end };
    let end = end.strip_prefix(mark).map_or(format!(": {end}"), ToOwned::to_owned);
    writeln!(out, "{}{}", paint(color.on_default().bold(), mark), one_line(&end))
}

/// `path:line:column` of a node; empty when its text is gone.
pub(super) fn place(node: NodeId, sources: &dyn Sources) -> String {
    let place = Place::Node(node);
    let Some(text) = sources.text(node.file) else { return String::new() };
    let position = LineIndex::new(text).position(sources.span(place).start);
    format!("{}:{}:{}", sources.path(node.file), position.line, position.column)
}
