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
