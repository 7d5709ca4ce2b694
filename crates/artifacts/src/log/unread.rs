//! Lines that gave no row: counted by reason, with samples, so that nothing is lost in silence.

use model::Span;
use std::fmt;

/// Why a line gave no row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// The line is of another kind than the profile describes.
    NotThisFormat,
    /// The line begins as the profile describes and ends too early.
    CutShort,
    NotJson,
    /// Valid JSON that holds none of the fields of a request.
    NotARequest,
    TooDeep,
    TooLong,
    /// A field that every record of the profile has is absent.
    LacksFields,
    /// The row has fewer fields than there are columns.
    TooFewFields,
    TooManyFields,
    /// No message with its length before it; or the length is wrong, or the file ends before it.
    NotFramed,
    /// Zeros before or behind a line: what was never written.
    Zeros,
}

impl Reason {
    pub const ALL: [Reason; 11] = [
        Self::NotThisFormat,
        Self::CutShort,
        Self::NotJson,
        Self::NotARequest,
        Self::TooDeep,
        Self::TooLong,
        Self::LacksFields,
        Self::TooFewFields,
        Self::TooManyFields,
        Self::NotFramed,
        Self::Zeros,
    ];
    pub fn label(self) -> &'static str {
        match self {
            Self::NotThisFormat => "not of this format",
            Self::CutShort => "cut short",
            Self::NotJson => "not a JSON object",
            Self::NotARequest => "no field of a request",
            Self::TooDeep => "nested too deep",
            Self::TooLong => "longer than the bound",
            Self::LacksFields => "without a field of every record",
            Self::TooFewFields => "fewer fields than columns",
            Self::TooManyFields => "more fields than columns",
            Self::NotFramed => "no message of the stated length",
            Self::Zeros => "zeros",
        }
    }
    fn index(self) -> usize {
        Self::ALL.iter().position(|r| *r == self).unwrap_or(0)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.label())
    }
}

/// One unread line: where it lies and how it begins.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnreadLine {
    /// Bytes from the start of the source.
    pub offset: u64,
    /// Bytes, without the line's end.
    pub length: u64,
    /// At most 120 bytes of it as UTF-8.
    pub text: Vec<u8>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnreadLines {
    pub reason: Reason,
    pub count: u64,
    /// The first lines by offset, at most 5.
    pub samples: Vec<UnreadLine>,
}

/// The unread lines of one source, in the fixed order of `Reason::ALL`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    pub by_reason: [UnreadLines; Reason::ALL.len()],
    /// Lines that hold nothing but white space, names of columns, or a directive; not unread.
    pub blank: u64,
    /// Rows that are undated since their time states no year, nor does the profile.
    pub without_year: u64,
    /// Rows whose time states no offset, nor does the profile or the import.
    pub without_zone: u64,
}

const SAMPLES: usize = 5;
const SAMPLE_TEXT: usize = 120;

impl Default for Unread {
    fn default() -> Self {
        Self {
            by_reason: Reason::ALL.map(|reason| UnreadLines { reason, count: 0, samples: Vec::new() }),
            blank: 0,
            without_year: 0,
            without_zone: 0,
        }
    }
}

impl Unread {
    /// Lines without a row, blank ones not among them.
    pub fn total(&self) -> u64 {
        self.by_reason.iter().fold(0, |n, r| n.saturating_add(r.count))
    }

    /// The reasons that occur, in their fixed order.
    pub fn reasons(&self) -> impl Iterator<Item = &UnreadLines> {
        self.by_reason.iter().filter(|r| r.count > 0)
    }

    pub fn count(&mut self, reason: Reason, place: Span, line: &[u8]) {
        let Some(r) = self.by_reason.get_mut(reason.index()) else { return };
        r.count = r.count.saturating_add(1);
        if r.samples.len() < SAMPLES || r.samples.last().is_some_and(|s| s.offset > place.offset) {
            let text = line.get(..SAMPLE_TEXT).unwrap_or(line).to_vec();
            r.samples.push(UnreadLine { offset: place.offset, length: place.length, text });
            r.samples.sort();
            r.samples.truncate(SAMPLES);
        }
    }

    /// Adds another part of the same source; the order of the parts does not matter.
    pub fn merge(&mut self, other: Unread) {
        self.blank = self.blank.saturating_add(other.blank);
        self.without_year = self.without_year.saturating_add(other.without_year);
        self.without_zone = self.without_zone.saturating_add(other.without_zone);
        for (mine, theirs) in self.by_reason.iter_mut().zip(other.by_reason) {
            mine.count = mine.count.saturating_add(theirs.count);
            mine.samples.extend(theirs.samples);
            mine.samples.sort();
            mine.samples.truncate(SAMPLES);
        }
    }
}
