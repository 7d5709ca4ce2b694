use super::super::Walk;
use crate::Note;
use model::{Code, Stop};
use std::collections::BTreeMap;

/// Notes of one kind that are told one by one; the rest become one note with their number.
const SHOWN: u64 = 50;

/// Passes notes on and keeps a damaged table from drowning the case in them.
#[derive(Default)]
pub(super) struct Tally {
    seen: BTreeMap<(&'static str, &'static str), (u64, Option<Note>)>,
}

impl Tally {
    pub fn tell(&mut self, out: &mut dyn Walk, kind: &'static str, note: Note) -> Result<(), Stop> {
        let (count, rest) = self.seen.entry((note.code.label(), kind)).or_default();
        *count = count.saturating_add(1);
        if *count <= SHOWN {
            return out.note(note);
        }
        match rest {
            Some(first) => first.count = first.count.saturating_add(1),
            None => *rest = Some(note),
        }
        Ok(())
    }

    /// The same, for trouble that is counted only: one note in the end.
    pub fn count(&mut self, code: Code, kind: &'static str, note: impl FnOnce() -> Note) {
        let (_, rest) = self.seen.entry((code.label(), kind)).or_default();
        match rest {
            Some(first) => first.count = first.count.saturating_add(1),
            None => *rest = Some(note()),
        }
    }

    /// What was counted and not told yet.
    pub fn finish(&mut self, out: &mut dyn Walk) -> Result<(), Stop> {
        for (_, (_, rest)) in std::mem::take(&mut self.seen) {
            if let Some(note) = rest {
                out.note(note)?;
            }
        }
        Ok(())
    }
}
