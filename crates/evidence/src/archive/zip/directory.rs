//! The central directory: found from the end, checked, walked record by record.
//! Source: APPNOTE.TXT 6.3.10, sections 4.3.14 to 4.3.16.

use super::record::{CENTRAL, CENTRAL_LENGTH, Central};
use crate::Note;
use model::{ByteSource, Code, FieldError, FieldReader, SharedSource, read_vec};

/// Where the directory lies and what its end record says.
#[derive(Clone, Debug)]
pub(super) struct Directory {
    /// Offset of the first record.
    pub at: u64,
    /// Offset of the end record: no record lies past it.
    pub limit: u64,
    /// Offset after the end record and its comment.
    pub end: u64,
    /// Bytes before the archive: stated offsets are this much too low.
    pub shift: u64,
    /// Records, as stated.
    pub stated: u64,
    /// The 16-bit count may have wrapped.
    pub wide: bool,
    /// The archive is split over several disks.
    pub split: bool,
}

/// Bytes at the end that are searched for the end record: a comment, and some foreign bytes after.
const TAIL: u64 = 1 << 20;
const END_LENGTH: u64 = 22;

impl Directory {
    /// The last end record whose directory is where it says; None where there is none.
    pub fn find(source: &SharedSource) -> std::io::Result<Option<Self>> {
        let from = source.len().saturating_sub(TAIL);
        let tail = read_vec(source, from, usize::try_from(TAIL).unwrap_or(usize::MAX))?;
        let mut search = tail.as_slice();
        let mut tries = 0u32;
        while let Some(i) = memchr::memmem::rfind(search, b"PK\x05\x06") {
            let at = from.saturating_add(i as u64);
            if let Ok(Some(found)) = Self::read(source, tail.get(i..).unwrap_or_default(), at) {
                return Ok(Some(found));
            }
            tries = tries.saturating_add(1);
            if tries >= MAX_TRIES {
                break;
            }
            search = search.get(..i).unwrap_or_default();
        }
        Ok(None)
    }

    fn read(source: &SharedSource, data: &[u8], at: u64) -> Result<Option<Self>, FieldError> {
        let mut r = FieldReader::new(data, at);
        r.u32("end record signature")?;
        let (disk, first_disk) = (r.u16("disk")?, r.u16("first disk")?);
        r.u16("records on this disk")?;
        let mut stated = u64::from(r.u16("records")?);
        let mut size = u64::from(r.u32("directory size")?);
        let mut offset = u64::from(r.u32("directory offset")?);
        let comment = u64::from(r.u16("comment length")?);
        let end = at.saturating_add(END_LENGTH).saturating_add(comment).min(source.len());
        let mut limit = at;
        let mut wide = false;
        if let Some(w) = Wide::find(source, at) {
            (stated, size, offset, limit, wide) = (w.records, w.size, w.offset, w.at, true);
        }
        let split = (disk != 0 && disk != u16::MAX) || (first_disk != 0 && first_disk != u16::MAX);
        let make = |place: u64, shift: u64| Self { at: place, limit, end, shift, stated, wide, split };
        let by_end = limit.checked_sub(size);
        if let Some(place) = by_end.filter(|p| *p >= offset && is_record(source, *p)) {
            return Ok(Some(make(place, place.saturating_sub(offset))));
        }
        if offset < limit && is_record(source, offset) {
            return Ok(Some(make(offset, 0)));
        }
        // An empty archive has an end record only.
        let empty = stated == 0 && size == 0;
        Ok(empty.then(|| make(limit, limit.saturating_sub(offset))))
    }

    /// Reads the record at `at`, through `pages`.
    pub fn record(&self, pages: &mut Pages, at: u64) -> Result<Central, FieldError> {
        let fixed = pages.get(at, CENTRAL_LENGTH);
        let tail = Central::tail_length(fixed).unwrap_or(0);
        Central::read(pages.get(at, CENTRAL_LENGTH.saturating_add(tail)), at)
    }

    /// What is remarkable about the directory as such.
    pub fn notes(&self, source: &SharedSource, name: &[u8]) -> Vec<Note> {
        let mut out = Vec::new();
        if self.shift > 0 {
            let found = format!("{} bytes before it", self.shift);
            out.push(Note::new(Code::Gap, name, "the archive at the start", found).at(0, self.shift));
        }
        let after = source.len().saturating_sub(self.end);
        if after > 0 {
            let found = format!("{after} bytes after it");
            out.push(Note::new(Code::Gap, name, "the archive's end at the end", found).at(self.end, after));
        }
        if self.split {
            out.push(Note::new(Code::MissingSegment, name, "a whole archive", "a part of a split archive"));
        }
        out
    }
}

/// End signatures tried before the search is given up.
const MAX_TRIES: u32 = 64;

fn is_record(source: &SharedSource, at: u64) -> bool {
    read_vec(source, at, 4).is_ok_and(|b| b == CENTRAL.to_le_bytes())
}

/// The zip64 end record, found through its locator before the end record at `at`.
struct Wide {
    at: u64,
    records: u64,
    size: u64,
    offset: u64,
}

impl Wide {
    fn find(source: &SharedSource, end_at: u64) -> Option<Self> {
        let locator_at = end_at.checked_sub(20)?;
        let locator = read_vec(source, locator_at, 20).ok()?;
        let mut r = FieldReader::new(&locator, locator_at);
        if r.u32("locator signature").ok()? != 0x0706_4b50 {
            return None;
        }
        r.u32("disk").ok()?;
        let stated = r.u64("zip64 end record offset").ok()?;
        [stated, locator_at.saturating_sub(56)].into_iter().find_map(|at| Self::read(source, at))
    }
    fn read(source: &SharedSource, at: u64) -> Option<Self> {
        let data = read_vec(source, at, 56).ok()?;
        let mut r = FieldReader::new(&data, at);
        if r.u32("zip64 end record signature").ok()? != 0x0606_4b50 {
            return None;
        }
        r.skip(28, "versions, disks").ok()?;
        Some(Self {
            at,
            records: r.u64("records").ok()?,
            size: r.u64("directory size").ok()?,
            offset: r.u64("directory offset").ok()?,
        })
    }
}

/// A source read in pages, for many small reads near each other.
pub(super) struct Pages {
    source: SharedSource,
    at: u64,
    page: Vec<u8>,
}

const PAGE: usize = 256 << 10;

impl Pages {
    pub fn new(source: SharedSource) -> Self {
        Self { source, at: 0, page: Vec::new() }
    }
    /// `n` bytes at `at`; fewer at the end, or where the source can not be read.
    pub fn get(&mut self, at: u64, n: usize) -> &[u8] {
        let inside = |s: &Self| {
            let from = usize::try_from(at.checked_sub(s.at)?).ok()?;
            (s.page.len().checked_sub(from)? >= n).then_some(from)
        };
        let from = inside(self).unwrap_or_else(|| {
            self.page = read_vec(&self.source, at, n.max(PAGE)).unwrap_or_default();
            self.at = at;
            0
        });
        let rest = self.page.get(from..).unwrap_or_default();
        rest.get(..n).unwrap_or(rest)
    }
    /// Offset of the first `needle` in `from..to`.
    pub fn find(&mut self, from: u64, to: u64, needle: &memchr::memmem::Finder<'_>) -> Option<u64> {
        let length = needle.needle().len();
        let mut at = from;
        while at.saturating_add(length as u64) <= to {
            self.get(at, length);
            let skip = usize::try_from(at.checked_sub(self.at)?).ok()?;
            let there = usize::try_from(to.saturating_sub(at)).unwrap_or(usize::MAX);
            let data = self.page.get(skip..)?;
            let data = data.get(..there).unwrap_or(data);
            if let Some(i) = needle.find(data) {
                return Some(at.saturating_add(i as u64));
            }
            // The needle may lie across two pages.
            at = at.saturating_add(data.len().checked_sub(length.saturating_sub(1)).filter(|n| *n > 0)? as u64);
        }
        None
    }
}
