use model::{Code, Finding, Span};

/// A finding that owns its text, for readers that return a value plus what was wrong with it.
#[derive(Clone, Debug, PartialEq)]
pub struct Note {
    pub code: Code,
    /// (offset, length) in the source that was read.
    pub at: Option<(u64, u64)>,
    pub place: Vec<u8>,
    pub expected: String,
    pub found: String,
    pub count: u64,
}

impl Note {
    pub fn new(code: Code, place: impl Into<Vec<u8>>, expected: impl Into<String>, found: impl Into<String>) -> Self {
        Self { code, at: None, place: place.into(), expected: expected.into(), found: found.into(), count: 1 }
    }
    pub fn at(mut self, offset: u64, length: u64) -> Self {
        self.at = Some((offset, length));
        self
    }
    pub fn finding(&self) -> Finding<'_> {
        Finding {
            code: self.code,
            at: self.at.map(|(offset, length)| Span::here(offset, length)),
            place: &self.place,
            expected: &self.expected,
            found: &self.found,
            count: self.count,
        }
    }
}

/// Notes of one container or partition table kept one by one: a real one has a handful, a hostile
/// one could have millions.
const MAX_NOTES: usize = 2000;

/// Adds a note to a list that a hostile item could make endless: past the bound one note counts
/// the rest.
pub(crate) fn push_bounded(notes: &mut Vec<Note>, note: Note) {
    if notes.len() < MAX_NOTES {
        notes.push(note);
    } else if notes.len() == MAX_NOTES {
        let found = "further notes, counted only";
        notes.push(Note::new(Code::LimitReached, "notes", format!("at most {MAX_NOTES} notes"), found));
    } else if let Some(last) = notes.last_mut() {
        last.count = last.count.saturating_add(1);
    }
}
