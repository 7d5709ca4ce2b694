//! Chunks of an event log and the frames of their records.

use super::CHUNK;

const SIGNATURE: &[u8] = b"ElfChnk\0";
/// Position of the first record within its chunk.
pub(super) const FIRST_RECORD: usize = 512;
/// Signature, length, number, time; and the length again at the end.
const RECORD_HEAD: usize = 24;
const RECORD_FRAME: usize = RECORD_HEAD + 4;

pub(super) struct Chunk<'a> {
    pub bytes: &'a [u8],
    /// Bytes from the start of the file.
    pub offset: u64,
    /// Where the records end, by the chunk's header.
    pub end: usize,
    pub truncated: bool,
}

/// The frame of one record.
pub(super) struct Record {
    pub number: u64,
    /// FILETIME at which the service wrote it.
    pub written: u64,
    /// Bytes, with the frame.
    pub length: usize,
    /// Where its BinXml lies in the chunk.
    pub body: (usize, usize),
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|b| u32::from_le_bytes(*b))
}
fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..)?.first_chunk().map(|b| u64::from_le_bytes(*b))
}

impl<'a> Chunk<'a> {
    /// None where the bytes are no chunk.
    pub fn read(bytes: &'a [u8], offset: u64) -> Option<Self> {
        if !bytes.starts_with(SIGNATURE) {
            return None;
        }
        let free = usize::try_from(u32_at(bytes, 48)?).ok()?;
        // A log that was not closed may not have told its chunk of the last records.
        let end = if (FIRST_RECORD..=CHUNK).contains(&free) { free } else { CHUNK };
        Some(Self { bytes, offset, end: end.min(bytes.len()), truncated: bytes.len() < CHUNK })
    }

    /// The record at a position; None behind the last.
    pub fn record(&self, at: usize) -> Option<Result<Record, &'static str>> {
        let rest = self.bytes.get(at..self.end).filter(|r| !r.is_empty())?;
        let whole = rest.starts_with(b"**\0\0");
        if !whole {
            // The header's count of used bytes is older than the records in a log that was not closed.
            return if rest.iter().all(|b| *b == 0) { None } else { Some(Err("no record signature")) };
        }
        Some(self.frame(at, rest))
    }

    fn frame(&self, at: usize, rest: &[u8]) -> Result<Record, &'static str> {
        let length = u32_at(rest, 4).and_then(|n| usize::try_from(n).ok()).ok_or("a record cut short")?;
        if length < RECORD_FRAME || length > rest.len() {
            return Err("a length beyond the chunk");
        }
        let number = u64_at(rest, 8).ok_or("a record cut short")?;
        let written = u64_at(rest, 16).ok_or("a record cut short")?;
        let body = (at.saturating_add(RECORD_HEAD), at.saturating_add(length).saturating_sub(4));
        Ok(Record { number, written, length, body })
    }
}
