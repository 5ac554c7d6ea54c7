//! Conditions, shown: which of them, for people and for programs.

mod full;
mod json;
mod select;

use std::io::{self, Write};

use rustc_hash::FxHashMap;

use crate::checks::Place;
use crate::mesh::status::{Condition, ConditionType, Reason, State};
use crate::report::{Sources, Style};
use crate::text::{FileId, LineIndex, Position};
use crate::yaml::NodeId;

pub use select::Selected;

/// Statuses that are to be shown, with the files that they are about.
pub struct Shown<'a, 'm> {
    selected: &'a Selected<'a, 'm>,
    sources: &'a dyn Sources,
    lines: FxHashMap<FileId, LineIndex<'a>>,
}

/// How many conditions there are of each state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Counts {
    /// Objects that have conditions.
    pub objects: usize,
    /// Conditions that say that something works.
    pub good: usize,
    /// Conditions that say that something does not work.
    pub bad: usize,
    /// Conditions that files don't tell.
    pub unknown: usize,
    /// Those of them that depend on what is not in the input.
    #[serde(skip)]
    pub outside: usize,
    /// Those of them that no file ever tells.
    #[serde(skip)]
    pub never_told: usize,
}

impl<'a, 'm> Shown<'a, 'm> {
    /// Reads the lines of the files.
    pub fn new(selected: &'a Selected<'a, 'm>, sources: &'a dyn Sources) -> Self {
        let mut lines: FxHashMap<FileId, LineIndex<'a>> = FxHashMap::default();
        for place in selected.places() {
            if !lines.contains_key(&place.file())
                && let Some(text) = sources.text(place.file())
            {
                lines.insert(place.file(), LineIndex::new(text));
            }
        }
        Self { selected, sources, lines }
    }

    /// For people; `all` says what goes without saying too.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn full(&self, all: bool, style: Style, out: &mut dyn Write) -> io::Result<()> {
        full::write(self, all, style, out)
    }

    /// For programs: one JSON document, which `docs/status.md` describes.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn json(&self, out: &mut dyn Write) -> io::Result<()> {
        json::write(self, out)
    }

    /// How many conditions there are of each state.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts { objects: self.selected.objects(), ..Counts::default() };
        for condition in self.selected.conditions() {
            match (condition.is_bad(), condition.state) {
                (true, _) => counts.bad += 1,
                (false, State::Unknown) => counts.unknown += 1,
                (false, _) => counts.good += 1,
            }
            counts.outside += usize::from(condition.reason == Reason::NotInInput);
            counts.never_told += usize::from(condition.state == State::Unknown && condition.kind == ConditionType::Programmed);
        }
        counts
    }

    /// File, line and column of a place.
    fn place(&self, node: NodeId) -> (&'a str, Position) {
        let start = self.sources.span(Place::Node(node)).start;
        let position = self.lines.get(&node.file).map_or(Position { line: 1, column: 1 }, |lines| lines.position(start));
        (self.sources.path(node.file), position)
    }
}

/// Whether it goes without saying: what files never tell, and conflicts that are not there.
fn goes_without_saying(condition: &Condition) -> bool {
    let never_told = condition.kind == ConditionType::Programmed && condition.state == State::Unknown;
    never_told || condition.reason == Reason::NoConflicts
}

/// The place of a condition, and whether it is worth showing to people: of what works the reason says it all.
fn telling(condition: &Condition) -> Option<NodeId> {
    (condition.is_bad() || condition.reason == Reason::NotInInput || !condition.message.is_empty() && condition.reason != Reason::Pending)
        .then_some(condition.place)
}
