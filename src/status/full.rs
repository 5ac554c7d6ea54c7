//! Conditions for people: an object, its parts, and a line for each condition.

use std::io::{self, Write};

use anstyle::AnsiColor;

use super::select::taking;
use super::{Shown, goes_without_saying, telling};
use crate::mesh::Object;
use crate::mesh::status::{Condition, ListenerStatus, State};
use crate::report::Style;
use crate::text::one_line;

/// Writes all of it.
pub(super) fn write(shown: &Shown<'_, '_>, all: bool, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let mut page = Page { shown, all, style, out, first: true };
    let selected = shown.selected;
    for status in &selected.gateways {
        let sets = match status.attached_listener_sets {
            0 => String::new(),
            1 => ", with 1 listener set".to_owned(),
            many => format!(", with {many} listener sets"),
        };
        page.object(status.gateway.object, &sets)?;
        page.conditions(&status.conditions, "  ")?;
        page.listeners(&status.listeners)?;
    }
    for status in &selected.sets {
        page.object(status.set, "")?;
        page.conditions(&status.conditions, "  ")?;
        page.listeners(&status.listeners)?;
    }
    for (status, parents) in &selected.routes {
        page.object(status.route.object, "")?;
        for parent in parents {
            let reference = parent.parent.reference;
            let namespace = status.route.object.namespace_or_own(reference.namespace.as_deref());
            let listeners = match taking(parent) {
                [] => String::new(),
                [one] => format!(", listener `{one}`"),
                many => format!(", listeners {}", crate::mesh::in_words(many.iter().map(|name| format!("`{name}`")))),
            };
            page.part(&format!("{} {}{listeners}", reference.kind(), named(namespace.name(), &reference.name)))?;
            page.conditions(&parent.conditions, "    ")?;
        }
    }
    for (status, ancestors) in &selected.policies {
        page.object(status.policy, "")?;
        for ancestor in ancestors {
            page.part(&format!("{} {}", ancestor.kind, named(ancestor.namespace.name(), ancestor.name)))?;
            page.conditions(&ancestor.conditions, "    ")?;
        }
    }
    Ok(())
}

fn named(namespace: Option<&str>, name: &str) -> String {
    namespace.map_or_else(|| format!("`{name}`"), |namespace| format!("`{namespace}/{name}`"))
}

struct Page<'p, 'a, 'm> {
    shown: &'p Shown<'a, 'm>,
    all: bool,
    style: Style,
    out: &'p mut dyn Write,
    first: bool,
}

impl Page<'_, '_, '_> {
    fn object(&mut self, object: Object<'_>, more: &str) -> io::Result<()> {
        if !std::mem::take(&mut self.first) {
            writeln!(self.out)?;
        }
        let (file, position) = self.shown.place(object.name_place());
        let cluster = object.cluster_name().map_or_else(String::new, |name| format!(" in cluster `{name}`"));
        let head = self.painted(anstyle::Style::new().bold(), &one_line(&format!("{}{cluster}", object.id)));
        writeln!(self.out, "{head}{more} ({}:{})", one_line(file), position.line)
    }

    fn part(&mut self, words: &str) -> io::Result<()> {
        writeln!(self.out, "  {}", one_line(words))
    }

    fn listeners(&mut self, listeners: &[ListenerStatus<'_>]) -> io::Result<()> {
        for status in listeners {
            let view = &status.listener.view;
            let port = view.port.map_or_else(String::new, |port| format!(" {}", **port));
            let host = view.hostname.map_or_else(String::new, |host| format!(" for {}", **host));
            let routes = match status.attached_routes {
                1 => "1 route".to_owned(),
                many => format!("{many} routes"),
            };
            let perhaps = match status.perhaps_routes {
                0 => String::new(),
                more => format!(" (perhaps {more} more)"),
            };
            let kinds: Vec<&str> = status.supported_kinds.iter().map(|kind| kind.name()).collect();
            let kinds = if kinds.is_empty() { "no kind of route".to_owned() } else { kinds.join(", ") };
            self.part(&format!("listener `{}`, {}{port}{host}: {routes}{perhaps}; takes {kinds}", **view.name, **view.protocol))?;
            self.conditions(&status.conditions, "    ")?;
        }
        Ok(())
    }

    fn conditions(&mut self, conditions: &[Condition], indent: &str) -> io::Result<()> {
        for condition in conditions.iter().filter(|condition| self.all || !goes_without_saying(condition)) {
            let color = match (condition.is_bad(), condition.state) {
                (true, _) => AnsiColor::Red,
                (false, State::Unknown) => AnsiColor::Yellow,
                (false, _) => AnsiColor::Green,
            };
            let state = self.painted(color.on_default(), &format!("{:7}", condition.state.as_str()));
            write!(self.out, "{indent}{:14} {state} {}", condition.kind.as_str(), condition.reason.word())?;
            if let Some(node) = telling(condition) {
                let (file, position) = self.shown.place(node);
                write!(self.out, "  {}:{}:{}", one_line(file), position.line, position.column)?;
                if !condition.message.is_empty() {
                    write!(self.out, ": {}", one_line(&condition.message))?;
                }
            }
            writeln!(self.out)?;
        }
        Ok(())
    }

    fn painted(&self, style: anstyle::Style, text: &str) -> String {
        if self.style.color { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }
}
