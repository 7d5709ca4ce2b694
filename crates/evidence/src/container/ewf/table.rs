//! Which chunk lies where. Only the headers of the tables are read when an image is opened; the
//! entries, 4 bytes a chunk, are read when first needed, so that memory stays flat.

use super::chunk::Place;
use super::geometry::Geometry;
use super::section::{DESCRIPTOR, Section, SectionKind, adler32};
use super::segment::Segment;
use crate::Note;
use crate::note::push_bounded;
use model::{Code, FieldError, FieldReader, read_vec};
use std::sync::Arc;

/// EnCase writes at most 65,534 entries a table; sixteen times that is 32 GiB of media.
pub const MAX_ENTRIES: usize = 1 << 20;
/// Bytes before the first entry.
const HEADER: u64 = 24;
/// Marks a deflated chunk, in an entry of 32 bits.
const DEFLATED: u32 = 1 << 31;

/// One copy of a table (`table` or `table2`), by its header.
#[derive(Clone, Copy, Debug)]
pub struct Copy {
    pub section: Section,
    pub count: u32,
    /// Added to every entry.
    base: u64,
    sound: bool,
    smart: bool,
}

/// The chunks of one table, in order: file offset of each and whether it is deflated.
pub struct Entries {
    pub chunks: Vec<(u64, bool)>,
}

impl Copy {
    /// None where not even the header is there.
    pub fn read(segment: &Segment, section: Section, geometry: &Geometry) -> Option<Self> {
        let data = section.data(&segment.file, 24).ok()?;
        let (count, base, sound) = header(&data).ok()?;
        // Without a checksum that holds, the section's own length is the better witness.
        let fits = section.data_length().saturating_sub(HEADER) / 4;
        let count = if sound { count } else { count.min(u32::try_from(fits).unwrap_or(u32::MAX)) };
        Some(Self { section, count, base, sound, smart: geometry.smart })
    }
}

fn header(data: &[u8]) -> Result<(u32, u64, bool), FieldError> {
    let mut r = FieldReader::new(data, 0);
    let count = r.u32("number of chunks")?;
    r.skip(4, "padding")?;
    let base = r.u64("base offset")?;
    r.skip(4, "padding")?;
    let sound = r.u32("table header checksum")? == adler32(data.get(..20).unwrap_or_default());
    Ok((count, base, sound))
}

/// Reads the entries of the better copy. The note says what was wrong with the other.
pub fn load(segment: &Segment, primary: &Copy, second: Option<&Copy>) -> std::io::Result<(Entries, Option<Note>)> {
    let (raw, fault) = raw_entries(segment, primary)?;
    let Some(fault) = fault else { return Ok((resolve(&raw, primary), None)) };
    let note =
        |found: String| Note::new(Code::ChecksumMismatch, segment.name.clone(), "a table of chunks with its checksums", found);
    if let Some(copy) = second {
        let (other, other_fault) = raw_entries(segment, copy)?;
        if other_fault.is_none() {
            let found = format!("{fault} at file offset {}; its second copy was used", primary.section.start);
            return Ok((resolve(&other, copy), Some(note(found))));
        }
    }
    // Each chunk has a checksum of its own, so a wrong entry cannot pass for a right one.
    let found = format!("{fault} at file offset {}; no sound second copy, used as it is", primary.section.start);
    Ok((resolve(&raw, primary), Some(note(found))))
}

/// The entries as stored, and why they cannot be trusted.
fn raw_entries(segment: &Segment, copy: &Copy) -> std::io::Result<(Vec<u8>, Option<&'static str>)> {
    let wanted = (copy.count as usize).min(MAX_ENTRIES).saturating_mul(4);
    let at = copy.section.start.saturating_add(DESCRIPTOR).saturating_add(HEADER);
    let there = usize::try_from(copy.section.end.saturating_sub(at)).unwrap_or(usize::MAX);
    let raw = read_vec(&segment.file, at, wanted.min(there))?;
    let fault = if !copy.sound {
        Some("the checksum of its header does not match")
    } else if raw.len() < wanted {
        Some("it breaks off")
    } else if copy.smart {
        // SMART's tables end with the chunks themselves; their entries have no checksum.
        None
    } else {
        let end = at.saturating_add(wanted as u64);
        let sum = read_vec(&segment.file, end, 4)?;
        let sound = <[u8; 4]>::try_from(sum.as_slice()).is_ok_and(|s| u32::from_le_bytes(s) == adler32(&raw));
        (!sound).then_some("the checksum of its entries does not match")
    };
    Ok((raw, fault))
}

/// File offsets from entries. EnCase 6.7 wrote more than 2 GiB behind one table: once a chunk
/// reaches past 2^31, later entries use all 32 bits and their chunks are stored, not deflated.
fn resolve(raw: &[u8], copy: &Copy) -> Entries {
    let entries: Vec<u32> = raw.chunks_exact(4).filter_map(|b| <[u8; 4]>::try_from(b).ok()).map(u32::from_le_bytes).collect();
    let mut chunks = Vec::with_capacity(entries.len());
    let mut overflow = false;
    let mut following = entries.iter().skip(1);
    for entry in &entries {
        let (offset, deflated) = if overflow { (*entry, false) } else { (entry & !DEFLATED, entry & DEFLATED != 0) };
        chunks.push((copy.base.saturating_add(u64::from(offset)), deflated));
        if let Some(next) = following.next()
            && !overflow
        {
            // The length of this chunk, by either reading of the next entry.
            let near = (next & !DEFLATED).checked_sub(offset);
            let far = next.checked_sub(offset);
            let length = near.or(far).unwrap_or(0);
            overflow = u64::from(offset).saturating_add(u64::from(length)) > u64::from(!DEFLATED);
        }
    }
    Entries { chunks }
}

impl Entries {
    /// Where chunk `index` of this table lies, at most `limit` bytes of it.
    pub fn place(&self, index: usize, sections: &[Section], limit: u64) -> Option<Place> {
        let (offset, deflated) = *self.chunks.get(index)?;
        let after = sections.partition_point(|s| s.start <= offset);
        let end = sections.get(after.checked_sub(1)?)?.end;
        let next = self.chunks.get(index.saturating_add(1)).map(|(o, _)| *o).filter(|o| *o > offset);
        let end = next.map_or(end, |n| n.min(end));
        Some(Place { offset, length: end.saturating_sub(offset).min(limit), deflated })
    }
}

/// A table and the number of its first chunk in the media.
pub struct Table {
    pub segment: usize,
    pub first: u64,
    pub count: u64,
    pub body: Body,
}

pub enum Body {
    OnDisk {
        primary: Copy,
        second: Option<Copy>,
    },
    /// Found by reading chunk after chunk, where the table itself is lost.
    Recovered(Arc<Entries>),
}

/// All tables of the image, in media order, and the segments they point into.
pub struct Tables {
    pub segments: Vec<Segment>,
    pub list: Vec<Table>,
}

impl Tables {
    pub fn build(segments: Vec<Segment>, geometry: &Geometry, notes: &mut Vec<Note>) -> Self {
        let list = super::placement::place(&segments, geometry, notes);
        Self { segments, list }
    }
    /// The table that holds chunk `chunk`, by position in the list.
    pub fn find(&self, chunk: u64) -> Option<usize> {
        let index = self.list.partition_point(|t| t.first <= chunk).checked_sub(1)?;
        let table = self.list.get(index)?;
        (chunk.saturating_sub(table.first) < table.count).then_some(index)
    }
}

/// The tables of one segment in file order; `first` is not yet known.
pub fn of_segment(index: usize, segment: &Segment, geometry: &Geometry, notes: &mut Vec<Note>) -> Vec<Table> {
    let mut out: Vec<Table> = Vec::new();
    let mut open_primary = false;
    for section in &segment.sections {
        let second = match section.kind {
            SectionKind::Table => false,
            SectionKind::Table2 => true,
            SectionKind::Sectors => {
                open_primary = false;
                continue;
            }
            SectionKind::Header
            | SectionKind::Header2
            | SectionKind::Volume
            | SectionKind::Error2
            | SectionKind::Digest
            | SectionKind::Hash
            | SectionKind::Next
            | SectionKind::Done
            | SectionKind::Other => continue,
        };
        let Some(copy) = Copy::read(segment, *section, geometry) else { continue };
        match out.last_mut() {
            Some(Table { count, body: Body::OnDisk { primary, second: slot @ None }, .. }) if second && open_primary => {
                if primary.sound && copy.sound && primary.count != copy.count {
                    let found = format!("{} chunks in one, {} in the other", primary.count, copy.count);
                    push_bounded(
                        notes,
                        Note::new(Code::BackupDiffers, segment.name.clone(), "two equal copies of a table", found),
                    );
                }
                if !primary.sound && copy.sound {
                    *count = u64::from(copy.count);
                }
                *slot = Some(copy);
            }
            _first => {
                let body = Body::OnDisk { primary: copy, second: None };
                out.push(Table { segment: index, first: 0, count: u64::from(copy.count), body });
                open_primary = !second;
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Entries as EnCase 6.7 wrote them for a segment of more than 2 GiB.
    #[test]
    fn offsets_past_two_gibibytes() {
        let section = Section { kind: SectionKind::Table, start: 0, end: 0 };
        let copy = Copy { section, count: 5, base: 1000, sound: true, smart: false };
        let stored = [DEFLATED | 0x7fff_0000, 0x7fff_8000, 0x8000_0004, 0x8000_8008, 0x8001_000c];
        let raw: Vec<u8> = stored.iter().flat_map(|e: &u32| e.to_le_bytes()).collect();
        let chunks = resolve(&raw, &copy).chunks;
        let at = |n: u64| n + 1000;
        assert_eq!(
            chunks,
            [
                (at(0x7fff_0000), true),
                (at(0x7fff_8000), false),
                (at(0x8000_0004), false),
                (at(0x8000_8008), false),
                (at(0x8001_000c), false),
            ]
        );
    }
}
