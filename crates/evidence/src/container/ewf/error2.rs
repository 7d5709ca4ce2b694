//! Sectors the acquiring tool could not read, as it recorded them: their bytes in the image are
//! filler, not evidence.

use super::geometry::Geometry;
use super::section::SectionKind;
use super::segment::Segment;
use crate::Note;
use crate::note::push_bounded;
use model::{Code, FieldError, FieldReader};

/// Ranges given out one by one; further ones are counted.
const KEPT: usize = 1000;
/// Bytes before the first entry: count u32, 512 bytes, checksum u32.
const HEADER: usize = 520;

pub fn notes(segments: &[Segment], geometry: &Geometry, out: &mut Vec<Note>) {
    for segment in segments {
        for section in segment.sections.iter().filter(|s| s.kind == SectionKind::Error2) {
            let data = section.data(&segment.file, HEADER.saturating_add(KEPT.saturating_mul(8))).unwrap_or_default();
            if let Err(e) = ranges(&data, geometry, &segment.name, out) {
                push_bounded(out, Note::new(Code::Damaged, segment.name.clone(), "a list of acquisition errors", e.to_string()));
            }
        }
    }
}

fn ranges(data: &[u8], geometry: &Geometry, name: &[u8], out: &mut Vec<Note>) -> Result<(), FieldError> {
    let mut r = FieldReader::new(data, 0);
    let count = r.u32("number of errors")?;
    r.seek(HEADER, "first error")?;
    let kept = (count as usize).min(KEPT);
    let unit = u64::from(geometry.bytes_per_sector);
    for _ in 0..kept {
        let first = u64::from(r.u32("first sector")?);
        let sectors = u64::from(r.u32("number of sectors")?);
        let found = format!("{sectors} sectors from sector {first} could not be read at acquisition");
        let note = Note::new(Code::Unreadable, name, "sectors read from the device", found);
        push_bounded(out, note.at(first.saturating_mul(unit), sectors.saturating_mul(unit)));
    }
    let rest = u64::from(count).saturating_sub(kept as u64);
    if rest > 0 {
        let mut note = Note::new(Code::Unreadable, name, "sectors read from the device", "further ranges, counted only");
        note.count = rest;
        push_bounded(out, note);
    }
    Ok(())
}
