//! Members found by their local headers alone: in an archive without a directory, and in bytes the
//! directory does not claim.

use super::directory::Pages;
use super::record::{LOCAL_LENGTH, Local, Method};
use super::{Item, Zip, local_header};
use crate::Note;
use crate::archive::body::{Body, drop_bytes};
use crate::archive::codec::{Side, decode_with};
use crate::archive::trouble::{Remarks, Trouble};
use memchr::memmem::Finder;
use model::{ByteSource, Code, SharedSource, Stop, SubSource, read_vec};
use std::sync::Arc;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// There is no directory at all; noted once for the archive.
    NoDirectory,
    /// Bytes between members.
    Unclaimed,
    /// Bytes after the archive.
    Outside,
}

/// Reading again what turned out not to end where it should may cost this many times the archive.
const BUDGET_FACTOR: u64 = 8;
/// Unclaimed ranges noted one by one; the others are counted.
const MAX_GAPS: u64 = 100;
/// Longer than any data descriptor, so worth a note.
const MIN_GAP: u64 = 25;
const WINDOW: usize = 256 << 10;

pub(super) struct Scan {
    budget: u64,
    gaps: u64,
    gap_bytes_unlisted: u64,
    out_of_budget: bool,
    pages: Pages,
}

impl Scan {
    pub fn new(source: &SharedSource) -> Self {
        let budget = source.len().saturating_mul(BUDGET_FACTOR);
        Self { budget, gaps: 0, gap_bytes_unlisted: 0, out_of_budget: false, pages: Pages::new(source.clone()) }
    }

    /// Gives the members whose local headers lie in `from..to`.
    pub fn range(&mut self, zip: &mut Zip<'_, '_, '_>, from: u64, to: u64, why: Why) -> Result<(), Stop> {
        let mut at = from;
        let mut claimed_to = from;
        let header = Finder::new(b"PK\x03\x04");
        while at.saturating_add(LOCAL_LENGTH as u64) <= to && !zip.walk.full && !self.out_of_budget {
            let Some(found) = self.pages.find(at, to, &header) else { break };
            let next = found.saturating_add(4);
            match local_header(zip.source, found).ok().filter(|l| plausible(l, found, to)) {
                None => at = next,
                Some(local) => {
                    self.gap(zip, claimed_to, found, why)?;
                    let (item, end, whole) = self.item(zip, local, found, to, why);
                    let data_at = item.data_at.unwrap_or(next);
                    zip.give(item)?;
                    // Where the data broke off, members may lie inside what they claimed.
                    at = if whole { end } else { data_at };
                    claimed_to = end;
                }
            }
        }
        self.gap(zip, claimed_to, to, why)
    }

    /// The unclaimed ranges that were not listed.
    pub fn finish(&mut self, zip: &mut Zip<'_, '_, '_>) -> Result<(), Stop> {
        if self.out_of_budget {
            let limit = format!("reading at most {BUDGET_FACTOR} times the archive again");
            let note =
                Note::new(Code::LimitReached, zip.name, limit, "more local headers that lead astray; the rest was not searched");
            zip.walk.note(zip.owner, note)?;
        }
        let more = self.gaps.saturating_sub(MAX_GAPS);
        if more > 0 {
            let found = format!("{} bytes in {more} further places, not listed", self.gap_bytes_unlisted);
            let mut note = Note::new(Code::Gap, zip.name, "bytes that belong to members", found);
            note.count = more;
            zip.walk.note(zip.owner, note)?;
        }
        Ok(())
    }

    fn gap(&mut self, zip: &mut Zip<'_, '_, '_>, from: u64, to: u64, why: Why) -> Result<(), Stop> {
        let n = to.saturating_sub(from);
        if n < MIN_GAP || why != Why::Unclaimed {
            return Ok(());
        }
        self.gaps = self.gaps.saturating_add(1);
        if self.gaps > MAX_GAPS {
            self.gap_bytes_unlisted = self.gap_bytes_unlisted.saturating_add(n);
            return Ok(());
        }
        let note = Note::new(Code::Gap, zip.name, "bytes that belong to members", format!("{n} bytes that belong to none"));
        zip.walk.note(zip.owner, note.at(from, n))
    }

    /// The member of a local header, where its data (and descriptor) end, and whether they are whole.
    fn item(&mut self, zip: &Zip<'_, '_, '_>, local: Local, at: u64, to: u64, why: Why) -> (Item, u64, bool) {
        let mut stated = local.stated;
        let data_at = at.saturating_add(local.length);
        let mut notes = Vec::new();
        match why {
            Why::NoDirectory => {}
            Why::Unclaimed | Why::Outside => notes.push(Trouble::new(
                Code::BackupDiffers,
                "a record in the central directory",
                format!("none; only a local header at {at}"),
            )),
        }
        let known = stated.compressed > 0 || !stated.sizes_follow();
        let room = if known { stated.compressed } else { to.saturating_sub(data_at) };
        let mut end = data_at.saturating_add(room);
        let mut whole = true;
        match Method::of(stated.method) {
            _ if stated.encrypted() => {}
            Method::Coded(codec) => {
                let raw: SharedSource = Arc::new(SubSource::new(zip.source.clone(), data_at, room));
                let side = Side::default();
                let mut reader = decode_with(
                    codec,
                    Body::Plain(raw).open(&Remarks::default()),
                    zip.walk.limits.ratio,
                    &Remarks::default(),
                    &side,
                );
                let (_, broke) = drop_bytes(&mut *reader, zip.walk.limits.bytes, &mut vec![0; WINDOW]);
                self.spend(side.consumed.get());
                whole = broke.is_none();
                if !known {
                    stated.compressed = side.consumed.get();
                    end = data_at.saturating_add(side.consumed.get());
                }
            }
            Method::Stored if !known => {
                stated.compressed = self.stored_length(zip.source, data_at, to);
                end = data_at.saturating_add(stated.compressed);
            }
            Method::Stored | Method::Unread(_) => {}
        }
        if !known {
            match descriptor(zip.source, end, stated.compressed) {
                Some((crc32, size, length)) => {
                    (stated.crc32, stated.size) = (crc32, size);
                    end = end.saturating_add(length);
                }
                None => {
                    notes.push(Trouble::damaged("a data descriptor", "none; the checksum is not known"));
                    return (
                        Item { stated, mode: None, comment: Vec::new(), data_at: Some(data_at), notes, unstated: true },
                        end,
                        whole,
                    );
                }
            }
        }
        (Item { stated, mode: None, comment: Vec::new(), data_at: Some(data_at), notes, unstated: false }, end, whole)
    }

    /// Length of stored data of unknown size: up to a descriptor that states it, else up to the
    /// next header.
    fn stored_length(&mut self, source: &SharedSource, data_at: u64, to: u64) -> u64 {
        let mut at = data_at;
        let mut fallback = None;
        let mark = Finder::new(b"PK");
        while let Some(found) = self.pages.find(at, to, &mark) {
            let length = found.saturating_sub(data_at);
            let signature = read_vec(source, found, 4).unwrap_or_default();
            if signature == *b"PK\x07\x08" && descriptor(source, found, length).is_some() {
                self.spend(length);
                return length;
            }
            if matches!(signature.as_slice(), b"PK\x03\x04" | b"PK\x01\x02") {
                fallback = fallback.or(Some(length));
            }
            if self.out_of_budget {
                break;
            }
            self.spend(found.saturating_sub(at));
            at = found.saturating_add(2);
        }
        self.spend(to.saturating_sub(at));
        fallback.unwrap_or_else(|| to.saturating_sub(data_at))
    }

    fn spend(&mut self, n: u64) {
        // A least price: a header that leads nowhere still costs a read.
        match self.budget.checked_sub(n.max(1)) {
            Some(left) => self.budget = left,
            None => self.out_of_budget = true,
        }
    }
}

/// A header a writer could have written, with its name inside the range.
fn plausible(local: &Local, at: u64, to: u64) -> bool {
    let s = &local.stated;
    let known = !matches!(Method::of(s.method), Method::Unread("other"));
    known && (s.version_needed & 0xff) <= 63 && !s.name.is_empty() && at.saturating_add(local.length) <= to
}

/// Checksum, size and length of the data descriptor at `at`, where its compressed size is right:
/// with or without signature, with 32 or 64-bit sizes. APPNOTE.TXT 4.3.9.
fn descriptor(source: &SharedSource, at: u64, compressed: u64) -> Option<(u32, u64, u64)> {
    let data = read_vec(source, at, 24).ok()?;
    let (fields, head) = match data.strip_prefix(b"PK\x07\x08") {
        Some(rest) => (rest, 4u64),
        None => (data.as_slice(), 0),
    };
    let (crc, sizes) = fields.split_first_chunk::<4>()?;
    let crc = u32::from_le_bytes(*crc);
    let narrow = |at: usize| sizes.get(at..).and_then(|b| b.first_chunk::<4>()).map(|b| u64::from(u32::from_le_bytes(*b)));
    let wide = |at: usize| sizes.get(at..).and_then(|b| b.first_chunk::<8>()).map(|b| u64::from_le_bytes(*b));
    let (long, short) = (head.saturating_add(20), head.saturating_add(12));
    let header_after = |n: u64| read_vec(source, at.saturating_add(n), 2).is_ok_and(|b| b == *b"PK");
    if wide(0) == Some(compressed) && (compressed > u64::from(u32::MAX) || (header_after(long) && !header_after(short))) {
        return wide(8).map(|size| (crc, size, long));
    }
    (narrow(0) == Some(compressed)).then(|| narrow(4)).flatten().map(|size| (crc, size, short))
}
