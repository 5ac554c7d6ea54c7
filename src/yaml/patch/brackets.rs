//! Changes to collections in brackets, on one line or on many, JSON included.

use super::Refusal;
use super::emit::Emitter;
use crate::yaml::{Index, Kind};

impl Emitter<'_, '_, '_> {
    /// The indent of the lines that hold the entries.
    pub(super) fn bracket_indent(&self, node: Index) -> &str {
        let file = self.file;
        let last = file.tree.kids(node).last().map_or_else(|| file.start(node), |last| file.entry_start(*last));
        file.indent(last)
    }

    /// The values of a mapping, the items of a list.
    fn entries(&self, node: Index) -> Vec<Index> {
        let map = usize::from(matches!(self.file.kind(node), Kind::Map { .. }));
        self.file.tree.kids(node).iter().skip(map).step_by(1 + map).copied().collect()
    }

    /// Whether the brackets are there: `[a: b]` is a list of a mapping without braces.
    fn has_brackets(&self, node: Index) -> Result<(), Refusal> {
        match self.file.slice(self.file.start(node), self.file.start(node) + 1) {
            "{" | "[" => Ok(()),
            _ => Err(Refusal::Form("a mapping without braces")),
        }
    }

    /// The comma behind an entry, before the next entry or the closing bracket.
    fn comma(&self, node: Index, entry: Index, next: Option<Index>) -> Option<usize> {
        let file = self.file;
        let to = next.map_or_else(|| (file.tree.span(node).end as usize).saturating_sub(1), |next| file.entry_start(next));
        file.tokens(file.end(entry), to).into_iter().find(|(at, _)| file.slice(*at, at + 1) == ",").map(|(at, _)| at)
    }

    /// Adds entries behind another one, or at the end.
    pub(super) fn add_in_brackets(&mut self, node: Index, after: Option<Index>, texts: &[String]) -> Result<(), Refusal> {
        self.has_brackets(node)?;
        let file = self.file;
        let entries = self.entries(node);
        let place = match after {
            Some(after) => entries.binary_search(&after).ok(),
            None => entries.len().checked_sub(1),
        };
        let Some((place, entry)) = place.and_then(|place| Some((place, *entries.get(place)?))) else {
            return Err(Refusal::Form("an item that is not there"));
        };
        if entries.iter().skip(place).any(|entry| self.plan.removed.contains(entry)) || file.absent(entry) {
            return Err(Refusal::Form("entries added and removed inside one pair of brackets"));
        }
        let next = entries.get(place + 1).copied();
        let (end, comma) = (file.end(entry), self.comma(node, entry, next));
        let close = (file.tree.span(node).end as usize).saturating_sub(1);
        if after.is_some() && next.is_none() && self.plan.add.contains_key(&node) {
            return Err(Refusal::Form("two additions at the end of one pair of brackets"));
        }
        let gap = file.flow(node).comma();
        let start = file.entry_start(entry);
        if !file.starts_line(start) {
            let text = texts.join(gap);
            match comma.filter(|_| next.is_none()) {
                Some(comma) => self.replace(comma + 1, comma + 1, format!(" {text}")),
                None => self.replace(end, end, format!("{gap}{text}")),
            }
            return Ok(());
        }
        let indent = file.indent(start);
        let separator = comma.map_or(end, |comma| comma + 1);
        let line_end = file.line_end;
        if !file.ends_line(separator) || file.next_line(separator) > close {
            // the bracket or another entry follows on the line
            let text: String = texts.iter().flat_map(|text| [",", line_end, indent, text]).collect();
            self.replace(end, end, text);
            return Ok(());
        }
        if comma.is_none() {
            self.replace(end, end, ",");
        }
        let last = texts.len().saturating_sub(1);
        let mark = |n: usize| if comma.is_none() && n == last { "" } else { "," };
        let lines: Vec<String> = texts.iter().enumerate().map(|(n, text)| format!("{indent}{text}{}", mark(n))).collect();
        self.lines(file.next_line(separator), &lines, false)
    }

    /// Takes entries out.
    pub(super) fn remove_in_brackets(&mut self, node: Index, gone: &[Index]) -> Result<(), Refusal> {
        self.has_brackets(node)?;
        let file = self.file;
        let entries = self.entries(node);
        let removed = |entry: &Index| gone.contains(entry);
        let close = (file.tree.span(node).end as usize).saturating_sub(1);
        let open = file.start(node) + 1;
        let comments = |from: usize, to: usize| file.slice(from, to).contains('#');
        if gone.len() == entries.len() {
            if self.plan.add.contains_key(&node) || comments(open, close) {
                return Err(Refusal::Form("all entries inside a pair of brackets"));
            }
            self.replace(open, close, "");
            return Ok(());
        }
        let mut at = 0;
        while let Some(entry) = entries.get(at) {
            if !removed(entry) {
                at += 1;
                continue;
            }
            let run = entries.iter().skip(at).take_while(|entry| removed(entry)).count();
            let (first, last) = (*entry, entries.get(at + run - 1).copied().unwrap_or(*entry));
            let next = entries.get(at + run).copied();
            let before = at.checked_sub(1).and_then(|at| entries.get(at)).copied();
            at += run;
            let comma = self.comma(node, last, next);
            let start = file.entry_start(first);
            let rest = comma.map_or_else(|| file.end(last), |comma| comma + 1);
            if file.starts_line(start) && file.ends_line(rest) && file.next_line(rest) <= close {
                // whole lines; without a comma behind the last entry, there is none behind the one before either
                if let (None, None, Some(before)) = (next, comma, before)
                    && let Some(comma) = self.comma(node, before, Some(first))
                {
                    self.replace(comma, comma + 1, "");
                }
                self.cut(file.line_start(start), file.next_line(rest))?;
                continue;
            }
            let (from, to) = match (next, before) {
                (Some(next), _) => (start, file.entry_start(next)),
                (None, Some(before)) => (file.end(before), file.end(last)),
                (None, None) => (start, file.end(last)),
            };
            if comments(from, to) {
                return Err(Refusal::Form("comments between entries inside brackets"));
            }
            self.replace(from, to, "");
        }
        Ok(())
    }
}
