//! Chunks whose table is lost: they lie one behind the other in the `sectors` section, and each
//! proves itself by its checksum, so they can be counted off from the section's start.

use super::chunk::{Decoder, plain_sound};
use super::geometry::Geometry;
use super::section::{Section, SectionKind};
use super::segment::Segment;
use super::table::{Entries, MAX_ENTRIES};
use model::read_full;

/// Bytes decoded in one scan at most: a segment of 2 GiB at the usual ratios.
const MAX_DECODED: u64 = 8 << 30;

/// `sectors` sections that no table follows before the next one or the segment's end.
pub fn lost_sections(segment: &Segment) -> Option<Section> {
    let mut lost = None;
    for section in &segment.sections {
        match section.kind {
            SectionKind::Sectors => lost = Some(*section),
            SectionKind::Table | SectionKind::Table2 => lost = None,
            SectionKind::Header
            | SectionKind::Header2
            | SectionKind::Volume
            | SectionKind::Error2
            | SectionKind::Digest
            | SectionKind::Hash
            | SectionKind::Next
            | SectionKind::Done
            | SectionKind::Other => {}
        }
    }
    lost
}

/// Reads chunk after chunk from the section's start until one does not prove itself; `wanted` are
/// the chunks the media still lacks. Reads the section once.
pub fn scan(segment: &Segment, section: &Section, geometry: &Geometry, wanted: u64) -> std::io::Result<Entries> {
    let chunk = usize::try_from(geometry.chunk_bytes()).unwrap_or(usize::MAX);
    let limit = stored_limit(geometry.chunk_bytes());
    let last = usize::try_from(geometry.media_bytes().checked_rem(geometry.chunk_bytes()).unwrap_or(0)).unwrap_or(0);
    let mut decoder = Decoder::new();
    let mut out = vec![0u8; chunk];
    let mut chunks = Vec::new();
    let mut at = section.data_start();
    let wanted = usize::try_from(wanted).unwrap_or(usize::MAX).min(MAX_ENTRIES);
    let budget = usize::try_from(MAX_DECODED.checked_div(geometry.chunk_bytes()).unwrap_or(0)).unwrap_or(usize::MAX);
    let wanted = wanted.min(budget);
    while chunks.len() < wanted {
        let length = section.end.saturating_sub(at).min(limit);
        decoder.stored.resize(usize::try_from(length).unwrap_or(0), 0);
        let n = read_full(&segment.file, at, &mut decoder.stored)?;
        decoder.stored.truncate(n);
        let found = measure(&mut decoder, chunk, last, &mut out);
        let Some((deflated, length)) = found.filter(|(_, n)| *n > 0) else { break };
        chunks.push((at, deflated));
        at = at.saturating_add(length as u64);
    }
    Ok(Entries { chunks })
}

/// (deflated, stored length) of the chunk at the start of what is stored. The media's last chunk
/// may be short.
fn measure(decoder: &mut Decoder, chunk: usize, last: usize, out: &mut [u8]) -> Option<(bool, usize)> {
    for length in [chunk, last].into_iter().filter(|n| *n > 0) {
        if let Some(taken) = out.get_mut(..length).and_then(|part| decoder.measure(part)) {
            return Some((true, taken));
        }
        if plain_sound(&decoder.stored, length) {
            return Some((false, length.saturating_add(4)));
        }
    }
    None
}

/// Most bytes a chunk may take when stored: deflate grows by a few bytes in 16 KiB; twice the
/// chunk leaves room for any encoder.
pub fn stored_limit(chunk: u64) -> u64 {
    chunk.saturating_mul(2).saturating_add(1024)
}
