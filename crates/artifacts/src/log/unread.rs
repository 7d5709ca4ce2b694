//! Lines that gave no row: counted by reason, with samples, so that nothing is lost in silence.

use super::profile::Profile;
use model::{Code, Finding, Span};
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
    /// Offset and length of each, by offset, at most `PLACES`.
    pub places: Vec<(u64, u64)>,
}

/// What is odd about rows that were read; their values stand as the log has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Oddity {
    TimeNotRead,
    TimeImplausible,
    NumberNotRead,
    Nul,
    InvalidText,
    /// The time states no year, nor does the profile: the row is undated.
    WithoutYear,
    /// The time states no offset, nor does the profile or the import.
    WithoutZone,
}

impl Oddity {
    pub const ALL: [Oddity; 7] = [
        Self::TimeNotRead,
        Self::TimeImplausible,
        Self::NumberNotRead,
        Self::Nul,
        Self::InvalidText,
        Self::WithoutYear,
        Self::WithoutZone,
    ];
    fn code(self) -> Code {
        match self {
            Self::TimeNotRead => Code::TimeNotRead,
            Self::TimeImplausible => Code::ImplausibleTime,
            Self::NumberNotRead => Code::NumberNotRead,
            Self::Nul | Self::InvalidText => Code::InvalidText,
            Self::WithoutYear => Code::TimeWithoutYear,
            Self::WithoutZone => Code::TimeWithoutZone,
        }
    }
    fn expected(self) -> &'static str {
        match self {
            Self::TimeNotRead => "times that tell year, month and day, of days that exist",
            Self::TimeImplausible => "times from 1990 to 2099",
            Self::NumberNotRead => "statuses of at most 65535, bytes of at most 64 bits",
            Self::Nul => "text without NUL bytes",
            Self::InvalidText => "UTF-8",
            Self::WithoutYear => "the year of each time",
            Self::WithoutZone => "the offset of each time",
        }
    }
    /// What was found, before the samples.
    fn found(self) -> &'static str {
        match self {
            Self::TimeNotRead => {
                "others; state time in the log profile where it is one, such as \"dmy\" or \"mdy\", as in docs/log-profiles.md"
            }
            Self::TimeImplausible => "others, kept as recorded",
            Self::NumberNotRead => "others; their rows keep the text",
            Self::Nul => "rows that hold some, kept as they are",
            Self::InvalidText => "rows that are not, whose bytes are kept as they are",
            Self::WithoutYear => "none; state year in the log profile, as in docs/log-profiles.md",
            Self::WithoutZone => "none; state the zone with the import or in the log profile",
        }
    }
}

/// Rows with an oddity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OddRows {
    pub oddity: Oddity,
    pub count: u64,
    /// What the first hold, by offset, at most 5.
    pub samples: Vec<UnreadLine>,
}

/// The unread lines of one source, in the fixed order of `Reason::ALL`, and what is odd about its rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    pub by_reason: [UnreadLines; Reason::ALL.len()],
    pub odd: [OddRows; Oddity::ALL.len()],
    /// Lines that hold nothing but white space, names of columns, or a directive; not unread.
    pub blank: u64,
}

const SAMPLES: usize = 5;
const SAMPLE_TEXT: usize = 120;
/// Places kept for one reason in one source; lines beyond them are counted.
pub const PLACES: usize = 100_000;
/// Lines that one finding stands for at most.
const OF_FINDING: usize = 500;

impl Default for Unread {
    fn default() -> Self {
        Self {
            by_reason: Reason::ALL.map(|reason| UnreadLines { reason, count: 0, samples: Vec::new(), places: Vec::new() }),
            odd: Oddity::ALL.map(|oddity| OddRows { oddity, count: 0, samples: Vec::new() }),
            blank: 0,
        }
    }
}

fn sample(samples: &mut Vec<UnreadLine>, place: Span, text: &[u8]) {
    if samples.len() < SAMPLES || samples.last().is_some_and(|s| s.offset > place.offset) {
        let text = text.get(..SAMPLE_TEXT).unwrap_or(text).to_vec();
        samples.push(UnreadLine { offset: place.offset, length: place.length, text });
        samples.sort();
        samples.truncate(SAMPLES);
    }
}

fn merged(samples: &mut Vec<UnreadLine>, others: Vec<UnreadLine>) {
    samples.extend(others);
    samples.sort();
    samples.truncate(SAMPLES);
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

    pub fn rows_with(&self, oddity: Oddity) -> u64 {
        self.odd.iter().find(|o| o.oddity == oddity).map_or(0, |o| o.count)
    }

    pub fn count(&mut self, reason: Reason, place: Span, line: &[u8]) {
        let Some(r) = self.by_reason.get_mut(reason.index()) else { return };
        r.count = r.count.saturating_add(1);
        sample(&mut r.samples, place, line);
        if r.places.len() < PLACES {
            r.places.push((place.offset, place.length));
        }
    }

    /// A row that holds `text` where something else was expected.
    pub fn odd(&mut self, oddity: Oddity, place: Span, text: &[u8]) {
        let Some(o) = self.odd.iter_mut().find(|o| o.oddity == oddity) else { return };
        o.count = o.count.saturating_add(1);
        sample(&mut o.samples, place, text);
    }

    /// Adds another part of the same source; the order of the parts does not matter while there are at most
    /// `PLACES` places.
    pub fn merge(&mut self, other: Unread) {
        self.blank = self.blank.saturating_add(other.blank);
        for (mine, theirs) in self.by_reason.iter_mut().zip(other.by_reason) {
            mine.count = mine.count.saturating_add(theirs.count);
            merged(&mut mine.samples, theirs.samples);
            let in_order = mine.places.last() <= theirs.places.first() || theirs.places.is_empty();
            mine.places.extend(theirs.places);
            if !in_order {
                mine.places.sort_unstable();
            }
            mine.places.truncate(PLACES);
        }
        for (mine, theirs) in self.odd.iter_mut().zip(other.odd) {
            mine.count = mine.count.saturating_add(theirs.count);
            merged(&mut mine.samples, theirs.samples);
        }
    }

    /// What is to be told of the source when it has ended: each line that gave no row, with its place; what is odd
    /// about rows; and how many lines hold nothing.
    pub fn tell<E>(&self, source: u32, profile: &Profile, mut take: impl FnMut(&Finding<'_>) -> Result<(), E>) -> Result<(), E> {
        let place = profile.name().as_bytes();
        let expected = format!("a line of the log profile {}", profile.name());
        for lines in self.reasons() {
            let mut samples = Some(&lines.samples);
            let mut left = lines.count;
            for places in lines.places.chunks(OF_FINDING) {
                let count = places.len() as u64;
                left = left.saturating_sub(count);
                let mut found = format!("{}; {} of {} lines; ", lines.reason, count, lines.count);
                let told = samples.take().map_or(0, |samples| {
                    texts(&mut found, samples);
                    samples.len()
                });
                let others: Vec<String> = places.iter().skip(told).map(|(offset, _)| offset.to_string()).collect();
                if !others.is_empty() {
                    found.push_str(if told > 0 { "; others at " } else { "at " });
                    found.push_str(&others.join(", "));
                }
                let at = places.first().map(|(offset, length)| Span { source, offset: *offset, length: *length });
                take(&Finding { code: Code::LinesNotParsed, at, place: b"", expected: &expected, found: &found, count })?;
            }
            if left > 0 {
                let found = format!("{}; {left} of {} lines, behind the last of the places told", lines.reason, lines.count);
                let finding =
                    Finding { code: Code::LinesNotParsed, at: None, place: b"", expected: &expected, found: &found, count: left };
                take(&finding)?;
            }
        }
        for odd in self.odd.iter().filter(|o| o.count > 0) {
            let mut found = odd.oddity.found().to_owned();
            found.push_str("; ");
            texts(&mut found, &odd.samples);
            let at = odd.samples.first().map(|s| Span { source, offset: s.offset, length: s.length });
            let (code, expected) = (odd.oddity.code(), odd.oddity.expected());
            take(&Finding { code, at, place, expected, found: &found, count: odd.count })?;
        }
        if self.blank > 0 {
            let (expected, found) = ("a row of each line", "white space, names of columns, or a directive");
            take(&Finding { code: Code::LinesWithoutRow, at: None, place, expected, found, count: self.blank })?;
        }
        Ok(())
    }
}

/// "first 2: at 0: x | at 9: y"
fn texts(out: &mut String, samples: &[UnreadLine]) {
    let all: Vec<String> = samples.iter().map(|s| format!("at {}: {}", s.offset, String::from_utf8_lossy(&s.text))).collect();
    out.push_str(&format!("first {}: {}", all.len(), all.join(" | ")));
}
