//! Findings of a walk, one row per kind of trouble: a damaged table must not flood the case.

use crate::Note;
use crate::filesystem::Walk;
use model::{Code, FieldError, Stop};
use std::collections::BTreeMap;

/// Findings by (code, what was expected), with the first place and the number of occurrences.
#[derive(Debug, Default)]
pub struct Tally {
    rows: BTreeMap<(&'static str, String), Note>,
}

/// Distinct rows kept; the expected texts are constants, so this is never reached in practice.
const MAX_ROWS: usize = 256;

impl Tally {
    pub fn add(&mut self, note: Note) {
        let key = (note.code.label(), note.expected.clone());
        if let Some(row) = self.rows.get_mut(&key) {
            row.count = row.count.saturating_add(note.count);
        } else if self.rows.len() < MAX_ROWS {
            self.rows.insert(key, note);
        }
    }

    pub fn damaged(&mut self, place: impl Into<Vec<u8>>, expected: &'static str, found: impl Into<String>, at: (u64, u64)) {
        self.add(Note::new(Code::Damaged, place, expected, found).at(at.0, at.1));
    }

    /// A structure whose fields could not be read.
    pub fn field(&mut self, place: impl Into<Vec<u8>>, e: &FieldError) {
        let expected = format!("{}: {}", e.field, e.expected);
        self.add(Note::new(Code::Damaged, place, expected, e.found.clone()).at(e.at, 1));
    }

    pub fn limit(&mut self, place: impl Into<Vec<u8>>, expected: &'static str, found: impl Into<String>) {
        self.add(Note::new(Code::LimitReached, place, expected, found));
    }

    /// The rows in the order of their keys.
    pub fn into_notes(self) -> Vec<Note> {
        self.rows.into_values().collect()
    }

    /// Yields the rows in the order of their keys.
    pub fn emit(self, out: &mut dyn Walk) -> Result<(), Stop> {
        self.rows.into_values().try_for_each(|note| out.note(note))
    }
}
