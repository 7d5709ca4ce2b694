use super::super::run_map::RunMap;
use super::fixup;
use model::{ByteSource, Run, SharedSource, read_full};
use std::io;

/// NTFS numbers no more.
const MAX_RECORDS: u64 = u32::MAX as u64;

/// The master file table: its records in their order, wherever their pieces lie.
pub(super) struct Mft {
    volume: SharedSource,
    runs: RunMap,
    /// The same as (offset in the volume, length, offset in the table), sorted.
    by_place: Vec<(u64, u64, u64)>,
    pub record_size: usize,
    /// Records the table holds; an unfinished last one is not counted.
    pub count: u64,
}

/// What stood in a record's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// "FILE", fixups undone; the sectors whose fixup did not match.
    File { torn: u32 },
    /// "FILE", but the update sequence can not be read; bytes as they lie.
    NoFixup,
    /// Marked by Windows as damaged.
    Bad,
    /// Zeros: never used.
    Empty,
    /// Something else.
    Foreign,
}

impl Mft {
    /// `size` is that of the table's stream. The count is bounded by the bytes the volume holds.
    pub fn new(volume: SharedSource, runs: &[Run], size: u64, record_size: usize) -> Self {
        let runs = RunMap::new(runs);
        let bytes = size.min(runs.end()).min(volume.len());
        let count = bytes.checked_div(record_size as u64).unwrap_or(0).min(MAX_RECORDS);
        let place = |(start, run): &(u64, Run)| run.offset.map(|o| (o, run.length, *start));
        let mut by_place: Vec<_> = runs.all().iter().filter_map(place).collect();
        by_place.sort_unstable();
        Self { volume, runs, by_place, record_size, count }
    }

    /// Offset of a record in the table.
    pub fn start(&self, record: u64) -> u64 {
        record.saturating_mul(self.record_size as u64)
    }

    /// Where a stretch of the table lies in the volume. Holes have no place and are left out.
    pub fn place(&self, offset: u64, length: u64) -> Vec<(u64, u64)> {
        let mut out = Vec::with_capacity(1);
        let (mut at, mut left) = (offset, length);
        while left > 0 {
            let Some((place, mapped)) = self.runs.at(at) else { break };
            let n = left.min(mapped);
            out.extend(place.map(|start| (start, n)));
            at = at.saturating_add(n);
            left = left.saturating_sub(n);
        }
        out
    }

    /// Where one byte of the table lies in the volume.
    pub fn byte_at(&self, offset: u64) -> Option<u64> {
        self.runs.at(offset)?.0
    }

    /// The record that a byte of the volume belongs to.
    pub fn record_at(&self, byte: u64) -> Option<u64> {
        let index = self.by_place.partition_point(|(place, _, _)| *place <= byte).checked_sub(1)?;
        let (place, length, start) = *self.by_place.get(index)?;
        let within = byte.checked_sub(place).filter(|w| *w < length)?;
        start.saturating_add(within).checked_div(self.record_size as u64).filter(|n| *n < self.count)
    }

    /// Fills `buf` from `offset` of the table, holes as zeros. Returns how far the volume had
    /// bytes; what it lacks is left zero.
    pub fn read(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        buf.fill(0);
        let mut done = 0usize;
        while let Some(rest) = buf.get_mut(done..).filter(|r| !r.is_empty()) {
            let Some((place, mapped)) = self.runs.at(offset.saturating_add(done as u64)) else { break };
            let n = rest.len().min(usize::try_from(mapped).unwrap_or(usize::MAX));
            let Some(part) = rest.get_mut(..n) else { break };
            if let Some(start) = place {
                let got = read_full(&self.volume, start, part)?;
                if got < n {
                    return Ok(done.saturating_add(got));
                }
            }
            done = done.saturating_add(n);
        }
        Ok(done)
    }

    /// One record, its fixups undone where it is a FILE record.
    pub fn record(&self, number: u64) -> io::Result<Option<(Vec<u8>, Shape)>> {
        if number >= self.count {
            return Ok(None);
        }
        let mut bytes = vec![0; self.record_size];
        self.read(self.start(number), &mut bytes)?;
        let shape = shape(&mut bytes);
        Ok(Some((bytes, shape)))
    }
}

/// Tells what a record's bytes are, and undoes the fixups of a FILE record in place.
pub(super) fn shape(record: &mut [u8]) -> Shape {
    match record.get(..4) {
        Some(b"FILE") => match fixup::apply(record) {
            Ok(torn) => Shape::File { torn },
            Err(_) => Shape::NoFixup,
        },
        Some(b"BAAD") => Shape::Bad,
        _ if record.iter().all(|b| *b == 0) => Shape::Empty,
        _ => Shape::Foreign,
    }
}
