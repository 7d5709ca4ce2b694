//! How a file is cut into records: what a profile and the head of a file say of it, and the one
//! rule by which both the splitter and the parser find the next record.

use super::delimited::{Rows, TableShape};
use super::encoding::{Encoding, HeadText};
use super::json_extent::{Outside, value_end};
use super::profile::Profile;
use super::{MAX_LINE, counted, journal, syslog, torn, zeros};
use memchr::memchr;

/// How records lie in a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u8)]
pub enum Framing {
    /// One a line.
    #[default]
    Lines = 0,
    /// One a line, with the lines after it that begin with white space.
    Continued = 1,
    /// Rows of delimited text.
    Delimited = 2,
    /// Elements of arrays of JSON documents.
    JsonArray = 3,
    /// JSON values one after the other, over any number of lines.
    JsonValues = 4,
    /// Entries of a journal export.
    Journal = 5,
    /// Messages of syslog, each with its length before it.
    Counted = 6,
    /// What lies between such messages and is none: one unread record.
    Unframed = 7,
    /// Rows of which one has a quote that is not closed: each on its line, where it can be.
    TornRows = 8,
    /// Values of which one is not closed: each from a line that begins one to the next such line.
    TornJson = 9,
}

impl Framing {
    pub fn from_u8(code: u8) -> Option<Self> {
        const ALL: [Framing; 10] = [
            Framing::Lines,
            Framing::Continued,
            Framing::Delimited,
            Framing::JsonArray,
            Framing::JsonValues,
            Framing::Journal,
            Framing::Counted,
            Framing::Unframed,
            Framing::TornRows,
            Framing::TornJson,
        ];
        ALL.into_iter().find(|f| *f as u8 == code)
    }

    /// How records lie where one of them hides where it ends.
    pub(crate) fn torn(self) -> Framing {
        match self {
            Self::Delimited | Self::TornRows => Self::TornRows,
            Self::JsonArray | Self::JsonValues | Self::TornJson => Self::TornJson,
            Self::Lines | Self::Continued | Self::Journal | Self::Counted | Self::Unframed => Self::Unframed,
        }
    }
}

/// What a block of records must be known by to be read apart from its file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    /// Of the file. Blocks hold its text in UTF-8; their offsets are those of the file.
    pub encoding: Encoding,
    pub framing: Framing,
    /// The header row, or what follows `#Fields:`; empty where columns have no names in the file.
    pub header: Vec<u8>,
    /// What the rows of a table say of it.
    pub table: TableShape,
}

/// Bytes of a header row.
pub(crate) const LONGEST_HEADER: usize = 64 << 10;

/// What lies at the start of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// A record, maybe empty, and where the search for the next begins.
    Record { start: usize, end: usize, next: usize },
    /// The array of records ends here.
    Close { next: usize },
    /// What is no record, up to the next one.
    Unframed { next: usize },
    /// Records of which the first hides where it ends; they are cut as `Framing::torn` says.
    Torn { next: usize },
    /// The bytes end within a record, or before one.
    More,
}

/// The next record. `last`: nothing follows the bytes.
pub(crate) fn next(framing: Framing, rows: Option<Rows>, bytes: &[u8], last: bool) -> Next {
    match framing {
        Framing::Lines => line(bytes),
        Framing::Continued => continued(bytes, last),
        Framing::Delimited => rows.map_or(Next::More, |rows| torn::row(rows, bytes, last)),
        Framing::TornRows => rows.map_or(Next::More, |rows| torn::row_of_torn(rows, bytes)),
        Framing::TornJson => torn::value_of_torn(bytes),
        Framing::JsonArray | Framing::JsonValues => json(framing, bytes, last),
        Framing::Journal => match journal::entry(bytes) {
            journal::Entry::Whole { end, next } => Next::Record { start: 0, end, next },
            journal::Entry::More => Next::More,
        },
        Framing::Counted => counted::next(bytes, last),
        Framing::Unframed => Next::Record { start: 0, end: bytes.len(), next: bytes.len() },
    }
}

fn line(bytes: &[u8]) -> Next {
    memchr(b'\n', bytes).map_or(Next::More, |end| Next::Record { start: 0, end, next: end.saturating_add(1) })
}

fn continued(bytes: &[u8], last: bool) -> Next {
    let line = memchr(b'\n', bytes).unwrap_or(bytes.len());
    // Messages that lie behind one another, as a forwarder's format writes them into a file.
    if let Some(next) = bytes.get(..line).and_then(syslog::run_on) {
        return Next::Record { start: 0, end: next, next };
    }
    let mut from = 0usize;
    loop {
        let Some(n) = bytes.get(from..).and_then(|rest| memchr(b'\n', rest)) else { return Next::More };
        let end = from.saturating_add(n);
        let next = end.saturating_add(1);
        match bytes.get(next) {
            Some(b' ' | b'\t') => from = next,
            None if !last => return Next::More,
            Some(_) | None => return Next::Record { start: 0, end, next },
        }
    }
}

fn json(framing: Framing, bytes: &[u8], last: bool) -> Next {
    let mark = if bytes.starts_with(BOM) { BOM.len() } else { 0 };
    let Some(start) = torn::after_gap(bytes, mark) else { return Next::More };
    match bytes.get(start) {
        Some(b']') if framing == Framing::JsonArray => Next::Close { next: start.saturating_add(1) },
        // The end of what holds the array: its own bracket is gone.
        Some(b'}') if framing == Framing::JsonArray => Next::Close { next: start },
        _ => torn::value(bytes, start, last),
    }
}

pub(super) const BOM: &[u8] = b"\xEF\xBB\xBF";

impl Profile {
    /// Names of a table's columns under a header that `layout` gave.
    pub fn column_names(&self, layout: &Layout) -> Vec<Vec<u8>> {
        self.delimited.as_ref().map_or(Vec::new(), |d| d.names(layout))
    }

    /// How a file that begins with `head` is cut by this profile; None where it is not of it.
    pub fn layout(&self, head: &HeadText<'_>) -> Option<Layout> {
        let text = zeros::before(&head.text).1;
        let text = text.strip_prefix(BOM).unwrap_or(text);
        let text = super::json_lines::without_mark(text);
        let of = |framing| Some(Layout { encoding: head.encoding, framing, ..Layout::default() });
        let first = text.iter().find(|b| !b.is_ascii_whitespace());
        if let Some(json) = &self.json {
            match first {
                Some(b'[') if self.text.is_none() => return of(Framing::JsonArray),
                Some(b'{') => return of(json_framing(text, &json.records)),
                Some(_) | None => {}
            }
        }
        if self.journal.is_some() && journal::looks_like(text) {
            return of(Framing::Journal);
        }
        if let Some(delimited) = &self.delimited
            && let Some(layout) = delimited.layout(text)
        {
            return Some(Layout { encoding: head.encoding, ..layout });
        }
        if let Some(syslog) = &self.syslog {
            let told = || {
                // Octets are counted of what was sent, which is never UTF-16.
                let counted = head.encoding == Encoding::Utf8 && counted::looks_like(&head.text, head.whole);
                if counted { Framing::Counted } else { Framing::Continued }
            };
            return of(syslog.framing.unwrap_or_else(told));
        }
        if self.text.is_some() || self.json.is_some() { of(Framing::Lines) } else { None }
    }
}

/// An object a line, a document around an array of records, or objects over several lines.
fn json_framing(text: &[u8], records: &[String]) -> Framing {
    let start = text.iter().position(|b| !b.is_ascii_whitespace()).unwrap_or(0);
    let text = text.get(start..).unwrap_or_default();
    let whole = value_end(text, false).unwrap_or(text.len());
    if Outside::new(records).enter(text.get(..whole).unwrap_or_default()).is_some() {
        return Framing::JsonArray;
    }
    let line = memchr(b'\n', text).unwrap_or(text.len());
    // A first line that breaks off is a damaged line, not an object over several: those break
    // after a bracket, a comma or a colon.
    let opens = matches!(text.get(..line).map(<[u8]>::trim_ascii_end).and_then(<[u8]>::last), Some(b'{' | b'[' | b',' | b':'));
    if whole > line && opens { Framing::JsonValues } else { Framing::Lines }
}

/// What follows `#Fields:` in a line.
pub(crate) fn fields_directive(line: &[u8]) -> Option<&[u8]> {
    zeros::before(line).1.strip_prefix(b"#Fields:").map(<[u8]>::trim_ascii)
}

/// Bytes of a record that are held; a longer one is counted and passed over.
pub(crate) const LONGEST_RECORD: usize = MAX_LINE;
